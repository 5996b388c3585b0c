package cidr

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// SegmentKind says what a part of the address space is used for.
type SegmentKind string

// The kinds of segments. Where several apply, the first of them counts.
const (
	SegmentAllocation SegmentKind = "allocation" // given
	SegmentQuarantine SegmentKind = "quarantine" // removed, not given again yet
	SegmentReserved   SegmentKind = "reserved"   // reserved, a peer's, or refused by the clouds
	SegmentHeld       SegmentKind = "held"       // kept free for its neighbour to grow into
	SegmentGroup      SegmentKind = "group"      // kept for members of a group
	SegmentFree       SegmentKind = "free"
)

// Segment is a part of the address space of a pool.
type Segment struct {
	CIDR netip.Prefix
	Kind SegmentKind
	// Owner is the path of who holds it, such as allocations["shop-eu"]; the key
	// it was removed from in quarantine; empty if it is free.
	Owner string
}

// Map splits the supernets of a pool into segments, ordered by address, that
// together cover them exactly once.
func Map(request PoolRequest, state PoolState) ([]Segment, error) {
	planner := newPoolPlanner(request, state)
	if !planner.openSupernets() {
		return nil, planner.problems[0]
	}
	rest, err := NewSpace(slices.Concat(planner.supernets4, planner.supernets6)...)
	if err != nil {
		return nil, err
	}
	var segments []Segment
	paint := func(prefix netip.Prefix, kind SegmentKind, owner string) {
		for part := range rest.FreeIn(prefix) {
			segments = append(segments, Segment{part, kind, owner})
		}
		rest.Exclude(prefix)
	}
	keys := slices.Sorted(maps.Keys(state.Blocks))
	for _, key := range keys {
		paint(state.Blocks[key].CIDR, SegmentAllocation, at("allocations", key))
	}
	for _, tombstone := range state.Tombstones {
		paint(tombstone.CIDR, SegmentQuarantine, tombstone.Key)
	}
	for _, claim := range planner.foreign {
		paint(claim.CIDR, SegmentReserved, claim.Owner)
	}
	for _, key := range keys {
		paint(state.Blocks[key].Held, SegmentHeld, at("allocations", key))
	}
	for _, name := range slices.Sorted(maps.Keys(state.Groups)) {
		paint(state.Groups[name].CIDR, SegmentGroup, at("contiguous", name))
		paint(state.Groups[name].Held, SegmentHeld, at("contiguous", name))
	}
	for prefix := range rest.Free() {
		segments = append(segments, Segment{CIDR: prefix, Kind: SegmentFree})
	}
	slices.SortFunc(segments, func(a, b Segment) int { return Compare(a.CIDR, b.CIDR) })
	return segments, nil
}

// Explain says in sentences why the range of a key lies where it lies, what is
// kept around it, and what is next to it.
func Explain(request PoolRequest, state PoolState, key string) ([]string, error) {
	block, known := state.Blocks[key]
	if !known {
		return nil, fmt.Errorf("the pool has no allocation %q: it has %q", key, slices.Sorted(maps.Keys(state.Blocks)))
	}
	segments, err := Map(request, state)
	if err != nil {
		return nil, err
	}
	planner := newPoolPlanner(request, state)
	where := "a supernet that is no longer there"
	var home netip.Prefix
	for _, supernet := range slices.Concat(planner.supernets4, planner.supernets6) {
		if Contains(supernet, block.CIDR) {
			home, where = supernet, planner.supernetName(supernet)
		}
	}
	why := fmt.Sprintf("as the best fit: the smallest free range that held a /%d, the lowest of several", block.CIDR.Bits()-block.Headroom)
	if request.Allocations[key].CIDR == block.CIDR {
		why = "because the request pins it there"
	}
	said := []string{
		fmt.Sprintf("%q has %s in %s.", key, block.CIDR, where),
		fmt.Sprintf("It was given or last grew in generation %d of the pool, %s. It stays there for life.", block.Since, why),
	}
	if block.Group != "" {
		said = append(said, fmt.Sprintf("It belongs to the group %q, which lies in %s.", block.Group, state.Groups[block.Group].CIDR))
	}
	if block.Held != block.CIDR {
		said = append(said, fmt.Sprintf("%s is held around it: it can grow to a /%d in place.", block.Held, block.Held.Bits()))
	}
	place := slices.IndexFunc(segments, func(s Segment) bool { return s.Kind == SegmentAllocation && s.CIDR == block.CIDR })
	for _, neighbour := range []struct {
		index int
		side  string
	}{{place - 1, "Below"}, {place + 1, "Above"}} {
		if place < 0 || neighbour.index < 0 || neighbour.index >= len(segments) {
			continue
		}
		if segment := segments[neighbour.index]; Contains(home, segment.CIDR) {
			said = append(said, fmt.Sprintf("%s it lies %s: %s.", neighbour.side, segment.CIDR, describe(segment)))
		}
	}
	return said, nil
}

// describe names the use and the owner of a segment.
func describe(segment Segment) string {
	if segment.Owner == "" {
		return string(segment.Kind)
	}
	return fmt.Sprintf("%s (%s)", segment.Kind, segment.Owner)
}
