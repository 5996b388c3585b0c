package cidr

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// poolPlanner holds one run of [PlanPool].
type poolPlanner struct {
	request PoolRequest
	prior   PoolState
	// generation is the one this plan would make, if it changes anything.
	generation int64

	supernets4, supernets6 []netip.Prefix
	foreign                []Range               // reserved, peers, what the clouds refuse
	wanted                 map[string]Allocation // those that make sense
	groups                 map[string]Group      // those that make sense

	top                     *Space              // free space outside groups
	homes                   map[string]*Space   // free space inside each group that has a range
	blocks                  map[string]Block    // given so far
	given                   map[string]Block    // ranges of groups, so far
	priorGroups, openGroups rangeIndex          // the groups by range: of the prior state, so far
	tombstones              []Tombstone         // in quarantine while this plan is made
	fresh                   []string            // keys still without a range, in canonical order
	lost                    map[string]bool     // paths whose hold was lost, which has been reported
	placedNow               map[string]poolItem // what this plan placed, for explanations
	refused                 []poolItem          // what could not be placed
	problems                []Problem
}

func newPoolPlanner(request PoolRequest, prior PoolState) *poolPlanner {
	p := &poolPlanner{
		request: request, prior: prior, generation: prior.Generation + 1,
		wanted: map[string]Allocation{}, groups: map[string]Group{},
		homes: map[string]*Space{}, blocks: map[string]Block{}, given: map[string]Block{},
		lost: map[string]bool{}, placedNow: map[string]poolItem{},
	}
	for name, group := range prior.Groups {
		p.priorGroups = p.priorGroups.with(group.CIDR, name)
	}
	for _, name := range slices.Sorted(maps.Keys(request.Supernets)) {
		if prefix := request.Supernets[name]; prefix.Addr().Is4() {
			p.supernets4 = append(p.supernets4, prefix)
		} else {
			p.supernets6 = append(p.supernets6, prefix)
		}
	}
	return p
}

func (p *poolPlanner) report(problems ...Problem) { p.problems = append(p.problems, problems...) }

// classify settles which keys have a range (from the prior state, under
// another name, or out of quarantine), which are gone, and which are fresh.
func (p *poolPlanner) classify() {
	p.blocks = p.rename()
	heirs := p.heirs()
	for _, tombstone := range p.prior.Tombstones {
		if !p.restore(tombstone, heirs[tombstone.Key]) && p.quarantined(tombstone) {
			p.tombstones = append(p.tombstones, tombstone)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.blocks)) {
		if _, asked := p.request.Allocations[key]; !asked {
			p.bury(key, p.blocks[key].CIDR)
			delete(p.blocks, key)
		}
	}
	for key := range p.wanted {
		if _, known := p.blocks[key]; !known {
			p.fresh = append(p.fresh, key)
		}
	}
	slices.SortFunc(p.fresh, p.canonicalOrder)
}

// canonicalOrder puts larger ranges first, then sorts by key. It depends on
// nothing but the request.
func (p *poolPlanner) canonicalOrder(a, b string) int {
	x, y := p.wanted[a], p.wanted[b]
	return cmp.Or(cmp.Compare(x.Bits-x.Headroom, y.Bits-y.Headroom), cmp.Compare(x.Bits, y.Bits), cmp.Compare(a, b))
}

// rename returns the prior blocks under their new keys.
func (p *poolPlanner) rename() map[string]Block {
	blocks := make(map[string]Block, len(p.prior.Blocks))
	maps.Copy(blocks, p.prior.Blocks)
	takenBy := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(p.wanted)) {
		from := p.wanted[key].MovedFrom
		old, known := p.prior.Blocks[from]
		_, settled := p.prior.Blocks[key]
		if from == "" || !known || settled {
			continue // nothing to move, or moved in an earlier plan
		}
		path := at("allocations", key) + ".moved_from"
		if _, living := p.request.Allocations[from]; living {
			p.report(refuse(path, fmt.Sprintf("%q is still asked for", from),
				"A range can only be renamed when its old key is gone. Remove %s, or leave moved_from out.", at("allocations", from)))
			continue
		}
		if other := takenBy[from]; other != "" {
			p.report(refuse(path, fmt.Sprintf("%q has moved to %q already", from, other),
				"Only one key can keep the range. Leave moved_from out of one of the two."))
			continue
		}
		takenBy[from] = key
		delete(blocks, from)
		blocks[key] = old
	}
	return blocks
}

// heirs returns, by the key that had a range, the keys asked for that may have it back.
func (p *poolPlanner) heirs() map[string][]string {
	heirs := make(map[string][]string, len(p.wanted))
	for _, key := range slices.Sorted(maps.Keys(p.wanted)) {
		heirs[key] = append(heirs[key], key)
		if from := p.wanted[key].MovedFrom; from != "" && from != key {
			heirs[from] = append(heirs[from], key)
		}
	}
	return heirs
}

// restore gives a range in quarantine back to the first of heirs whom it fits,
// and reports whether it did.
func (p *poolPlanner) restore(tombstone Tombstone, heirs []string) bool {
	for _, key := range heirs {
		allocation := p.wanted[key]
		if _, known := p.blocks[key]; known || allocation.Bits != tombstone.CIDR.Bits() ||
			allocation.CIDR.IsValid() && allocation.CIDR != tombstone.CIDR || !p.top.IsFree(tombstone.CIDR) {
			continue
		}
		if home, _ := p.top.SupernetOf(tombstone.CIDR); !slices.Contains(p.among(allocation), home) {
			continue
		}
		if group := p.priorGroups.holder(tombstone.CIDR); group != allocation.Group {
			continue
		}
		p.blocks[key] = Block{CIDR: tombstone.CIDR, Held: tombstone.CIDR, Group: allocation.Group, Since: p.generation}
		return true
	}
	return false
}

// quarantined reports whether a removed range has to wait still.
func (p *poolPlanner) quarantined(tombstone Tombstone) bool {
	return p.generation-tombstone.Generation < int64(p.request.Quarantine) && !slices.Contains(p.request.Release, tombstone.Key)
}

// bury puts a range that a key gives up in quarantine, and reports whether there is one.
func (p *poolPlanner) bury(key string, prefix netip.Prefix) bool {
	tombstone := Tombstone{Key: key, CIDR: prefix, Generation: p.generation}
	if !p.quarantined(tombstone) {
		return false
	}
	p.tombstones = append(p.tombstones, tombstone)
	return true
}

// layout sums up what was given.
func (p *poolPlanner) layout() Layout {
	layout := Layout{PoolState: p.prior, Usage: map[string]Usage{}}
	layout.Version = cmp.Or(p.prior.Version, LayoutVersion)
	if p.top != nil {
		layout.PoolState = p.state()
		layout.Usage = p.usage(layout.PoolState)
	}
	layout.Digest = layout.digest()
	return layout
}

// state returns the state this plan leaves: the prior one if nothing changed.
func (p *poolPlanner) state() PoolState {
	released := slices.ContainsFunc(p.prior.Tombstones, func(t Tombstone) bool { return slices.Contains(p.request.Release, t.Key) })
	if !released && maps.Equal(p.blocks, p.prior.Blocks) && maps.Equal(p.given, p.prior.Groups) {
		state := p.prior
		state.Version = cmp.Or(p.prior.Version, LayoutVersion)
		return state
	}
	if len(p.given) == 0 {
		p.given = nil
	}
	slices.SortFunc(p.tombstones, func(a, b Tombstone) int { return cmp.Or(Compare(a.CIDR, b.CIDR), cmp.Compare(a.Key, b.Key)) })
	return PoolState{
		Version: cmp.Or(p.prior.Version, LayoutVersion), Generation: p.generation,
		Blocks: p.blocks, Groups: p.given, Tombstones: p.tombstones,
	}
}

// usage builds the free space that a state leaves, by supernet name.
func (p *poolPlanner) usage(state PoolState) map[string]Usage {
	space, err := NewSpace(slices.Concat(p.supernets4, p.supernets6)...)
	if err != nil {
		return nil // unreachable: openSupernets made the same
	}
	for _, claim := range p.claims(state) {
		space.Exclude(claim.CIDR)
	}
	byName := make(map[string]Usage, len(p.request.Supernets))
	for _, usage := range space.Usage() {
		byName[p.nameOf(usage.Supernet)] = usage
	}
	return byName
}

// claims lists every range that nobody may take.
func (p *poolPlanner) claims(state PoolState) []Range {
	claims := slices.Clone(p.foreign)
	for key, block := range state.Blocks {
		claims = append(claims, Range{block.Held, at("allocations", key)})
	}
	for name, block := range state.Groups {
		claims = append(claims, Range{block.Held, at("contiguous", name)})
	}
	for _, tombstone := range state.Tombstones {
		claims = append(claims, Range{tombstone.CIDR, tombstone.Key})
	}
	return claims
}

// nameOf returns the name of a supernet.
func (p *poolPlanner) nameOf(supernet netip.Prefix) string {
	for name, prefix := range p.request.Supernets {
		if prefix == supernet {
			return name
		}
	}
	return ""
}

// rangeIndex finds the one of many disjoint ranges that holds another.
type rangeIndex []Range

// with returns the index with a range added.
func (x rangeIndex) with(prefix netip.Prefix, owner string) rangeIndex {
	at, _ := slices.BinarySearchFunc(x, prefix, func(r Range, p netip.Prefix) int { return Compare(r.CIDR, p) })
	return slices.Insert(x, at, Range{prefix, owner})
}

// holder returns the owner of the range that holds prefix, empty if none does.
func (x rangeIndex) holder(prefix netip.Prefix) string {
	at, found := slices.BinarySearchFunc(x, prefix, func(r Range, p netip.Prefix) int { return Compare(r.CIDR, p) })
	if !found {
		at--
	}
	if at < 0 || !Contains(x[at].CIDR, prefix) {
		return ""
	}
	return x[at].Owner
}
