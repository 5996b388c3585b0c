package cidr

import (
	"net/netip"
)

// LayoutVersion is the placement algorithm of this release. A pool keeps the
// version it began with, so that a newer release plans no differently.
const LayoutVersion = 1

// PoolRequest is what is asked of a pool: many named ranges, laid out together.
type PoolRequest struct {
	// Supernets are the ranges to allocate from, by name. They must not overlap.
	Supernets map[string]netip.Prefix
	// Reserved are ranges that are in use elsewhere, by owner: on-premises, VPN,
	// inventory. They may lie outside the supernets and overlap each other.
	Reserved map[string][]netip.Prefix
	// Peers are the ranges of other pools and networks, by owner. They are
	// treated like Reserved, and named as peers in problems.
	Peers map[string][]netip.Prefix
	// Allocations are the ranges asked for, by key.
	Allocations map[string]Allocation
	// Groups are the settings of groups that need some; naming a group in an
	// Allocation is enough to make it.
	Groups map[string]Group
	// Quarantine is for how many generations of the pool, the removal's own
	// included, a removed range is not given to another key. 0 frees it at once.
	Quarantine int
	// Release has the keys whose removed ranges are free at once, without
	// quarantine or out of it.
	Release []string
	// Clouds are where the ranges may be used. Ranges they refuse are never
	// given. Empty means any cloud: see [JudgeRange].
	Clouds []Cloud
}

// Allocation asks for one range, or pins it.
type Allocation struct {
	// Bits is the prefix length. With CIDR set it may be 0. Making it shorter
	// grows the range in place, if its buddies are held for it or free.
	Bits int
	// CIDR pins the range.
	CIDR netip.Prefix
	// Supernet is the name of the supernet to use. Without it: any IPv4
	// supernet, or any IPv6 supernet for a length beyond 32 or if there is no
	// IPv4 supernet.
	Supernet string
	// Headroom holds the buddies with which the range can grow in place to
	// Bits − Headroom.
	Headroom int
	// Group keeps the range together with those of the same group, in one range
	// that nobody else gets: one route summarises them.
	Group string
	// MovedFrom is the key the range had before it was renamed.
	MovedFrom string
	// Renumber allows this key to get another range if what is asked for can't
	// be had in place. Everything built in the old range has to be replaced.
	Renumber bool
}

// Group is a range that holds the allocations that name it.
type Group struct {
	// Bits is its prefix length; 0 means as small as its members need, growing
	// in place with them.
	Bits int
	// Supernet is as in [Allocation].
	Supernet string
	// Headroom is as in [Allocation].
	Headroom int
}

// PoolState is what a pool has to remember from one plan to the next. The zero
// value is a pool that has given nothing yet. It marshals to JSON and back
// without loss.
type PoolState struct {
	// Version is the [LayoutVersion] that the pool began with.
	Version int `json:"version"`
	// Generation counts the plans that changed the pool.
	Generation int64 `json:"generation"`
	// Blocks are the ranges given, by key.
	Blocks map[string]Block `json:"blocks,omitempty"`
	// Groups are the ranges of the groups, by name.
	Groups map[string]Block `json:"groups,omitempty"`
	// Tombstones are removed ranges in quarantine, ordered by range.
	Tombstones []Tombstone `json:"tombstones,omitempty"`
}

// Block is a range that is given for life.
type Block struct {
	CIDR netip.Prefix `json:"cidr"`
	// Held is the range that is kept free around CIDR, for it alone; CIDR itself if none is.
	Held netip.Prefix `json:"held"`
	// Headroom is what was asked for when Held was last settled. Held may be less
	// if a range that was reserved later took some of it.
	Headroom int `json:"headroom,omitempty"`
	// Group is the group that it belongs to, empty if none.
	Group string `json:"group,omitempty"`
	// Since is the generation in which CIDR was given or last grew.
	Since int64 `json:"since"`
}

// Tombstone is a range that was given once, and is in quarantine.
type Tombstone struct {
	Key  string       `json:"key"`
	CIDR netip.Prefix `json:"cidr"`
	// Generation is the one that removed it.
	Generation int64 `json:"generation"`
}

// Layout is a planned pool.
type Layout struct {
	PoolState
	// Usage is how full each supernet is, by name. Held ranges, reserved ranges,
	// groups and tombstones count as taken.
	Usage map[string]Usage
	// Digest is a SHA-256, in hex, of all ranges given and held. Equal digests
	// mean equal ranges.
	Digest string
}

// PlanPool lays out a pool: a pure function of the request and of the state
// that the last plan left. All problems are returned at once, in a fixed order,
// each at the path of its attribute. With an Error among them the layout must
// not be applied: it holds what could be placed.
//
// What prior holds is kept verbatim. New keys are placed in canonical order:
// those that name a supernet first, larger first, then by key; each as the best
// fit, so that the largest free ranges stay whole. A key that came back out of
// quarantine gets its old range. The generation rises by one if and only if a
// range, a hold, a group or the quarantine changes.
func PlanPool(request PoolRequest, prior PoolState) (Layout, []Problem) {
	if prior.Version > LayoutVersion {
		return Layout{PoolState: prior}, []Problem{refuse("layout_version", "the pool was laid out by a newer release",
			"Its layout version is %d and this release knows versions up to %d. Use the newer release.", prior.Version, LayoutVersion)}
	}
	planner := newPoolPlanner(request, prior)
	if planner.openSupernets() {
		planner.validate()
		planner.classify()
		planner.keep()
		planner.grow()
		planner.pin()
		planner.settleGroups()
		planner.placeFresh()
		planner.explainRefusals()
		planner.regain()
		planner.warnDefaults()
	}
	return planner.layout(), planner.problems
}
