package cidr

import (
	"maps"
	"net/netip"
)

// SubnetRange is one range of a network, from which subnets are cut.
type SubnetRange struct {
	// Name is what requests select by: "" for the network's own range, "pods"
	// for a secondary one. Several ranges may share a name; a subnet then comes
	// from whichever fits best.
	Name string
	CIDR netip.Prefix
	// Path overrides the path in problems; the default is ranges["name"].
	Path string
}

// SubnetRequest asks for one subnet.
type SubnetRequest struct {
	// Key names the subnet for life: "nodes/eu-west-1a". Zones and tiers belong
	// in it by name, never by position.
	Key string
	// Bits is the prefix length. With CIDR set it may be 0.
	Bits int
	// CIDR pins the subnet to exactly that range.
	CIDR netip.Prefix
	// In is the Name of the ranges to cut it from.
	In string
	// Hold keeps room without making a subnet, such as for a zone not used yet.
	// A later request with the same key and no Hold gets that very range. A hold
	// never takes room that a request without Hold needs.
	Hold bool
	// MovedFrom is the key that this subnet had before it was renamed.
	MovedFrom string
	// Renumber allows a change of size or pin to give the subnet a new range,
	// which makes clouds replace it.
	Renumber bool
	// Path overrides the path in problems; the default is subnets["key"].
	Path string
}

// path is where problems of the request are reported.
func (r SubnetRequest) path() string {
	if r.Path != "" {
		return r.Path
	}
	return at("subnets", r.Key)
}

// SubnetPlan is the layout of one network.
type SubnetPlan struct {
	// Subnets has the range of each request without Hold that could be placed.
	Subnets map[string]netip.Prefix
	// Held has the ranges of requests with Hold, and of keys that were given a
	// range once and are no longer asked for: no other key ever gets those.
	Held map[string]netip.Prefix
	// Free has how full each range is, ordered by address.
	Free []Usage
}

// Prior returns what the next [PlanSubnets] has to know: every key that was
// ever given a range. To give up a held range, leave its key out.
func (p SubnetPlan) Prior() map[string]netip.Prefix {
	prior := maps.Clone(p.Held)
	if prior == nil {
		prior = map[string]netip.Prefix{}
	}
	maps.Copy(prior, p.Subnets)
	return prior
}

// PlanSubnets lays out the subnets of one network.
//
// A key in prior keeps its range whatever else is asked for. New keys are
// placed in canonical order (larger first, then by key), each as the best fit,
// so that the largest free ranges stay whole for zones and tiers to come, and
// the order of requests does not matter. A key that is no longer asked for
// keeps its range as held. With an Error among the problems the plan holds what
// could be placed, and must not be applied.
func PlanSubnets(ranges []SubnetRange, requests []SubnetRequest, prior map[string]netip.Prefix) (SubnetPlan, []Problem) {
	planner := &subnetPlanner{
		byName: map[string][]netip.Prefix{},
		given:  make(map[string]netip.Prefix, len(requests)),
		plan:   SubnetPlan{Subnets: make(map[string]netip.Prefix, len(requests)), Held: map[string]netip.Prefix{}},
	}
	if !planner.openRanges(ranges) {
		return planner.plan, planner.problems
	}
	valid := planner.validateRequests(requests)
	fresh := planner.keepPrior(valid, prior)
	planner.takeFixed()
	planner.place(fresh)
	planner.finish(valid)
	return planner.plan, planner.problems
}
