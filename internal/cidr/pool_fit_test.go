package cidr

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
)

// The slow, obvious twin of the planner for contiguous groups and headroom: it
// tries every place for everything that is new, in the world of poolWorld,
// whose 48 addresses are the bits of one integer: those of supernet a from 0,
// those of supernet b from 32.
const everything = uint64(1)<<48 - 1

// beyond is a place outside of the world, which is never free.
const beyond = uint64(1) << 63

// unitsOf are the addresses of ranges that lie in the world.
func unitsOf(ranges ...netip.Prefix) uint64 {
	var units uint64
	for name, first := range map[string]int{"a": 0, "b": 32} {
		supernet := poolWorld.Supernets[name]
		for unit := range int(Size(supernet)) {
			address := key{hi: keyOf(supernet.Addr()).hi + uint64(unit)<<32}.address(32)
			if slices.ContainsFunc(ranges, func(r netip.Prefix) bool { return r.Contains(address) }) {
				units |= 1 << (first + unit)
			}
		}
	}
	return units
}

// aligned are all places for a range of a length inside others.
func aligned(length int, inside uint64) []uint64 {
	var all []uint64
	size := 1 << (32 - length)
	for at := 0; at+size <= 48; at += size {
		if units := (uint64(1)<<size - 1) << at; units&^inside == 0 {
			all = append(all, units)
		}
	}
	return all
}

// around is the range of a length that holds units.
func around(units uint64, length int) uint64 {
	for _, place := range aligned(length, everything) {
		if units&^place == 0 {
			return place
		}
	}
	return beyond
}

// lengthOf is that of the smallest range that holds units.
func lengthOf(units uint64) int {
	for length := 32; length >= 27; length-- {
		if around(units, length) != beyond {
			return length
		}
	}
	return 0
}

// anyFit tries every place of every newcomer beside what is taken.
func anyFit(places [][]uint64, taken uint64) bool {
	type step struct {
		left  int
		taken uint64
	}
	failed := map[step]bool{}
	var try func(places [][]uint64, taken uint64) bool
	try = func(places [][]uint64, taken uint64) bool {
		if len(places) == 0 {
			return true
		}
		at := step{len(places), taken}
		for _, place := range places[0] {
			if !failed[at] && place&taken == 0 && try(places[1:], taken|place) {
				return true
			}
		}
		failed[at] = true
		return false
	}
	return try(places, taken)
}

// homeOf are the addresses of a supernet, or of both.
func homeOf(name string) uint64 {
	if name == "" {
		return everything
	}
	return unitsOf(poolWorld.Supernets[name])
}

// canHave reports whether everything that a request asks for can be had beside
// what a prior state gave. Of keys that have a range nothing may have changed,
// but that they grow, hold more or less, or joined a group that had none.
func canHave(request PoolRequest, prior PoolState) bool {
	taken := unitsOf(request.Reserved["x"]...)
	living := taken
	var places [][]uint64
	groups := map[string]*fitGroup{"g": {}, "h": {}}
	for key, allocation := range request.Allocations {
		block, given := prior.Blocks[key]
		group, holds := groups[allocation.Group], allocation.Bits-allocation.Headroom
		mine := unitsOf(block.Held)
		if given && (allocation.Bits != block.CIDR.Bits() || allocation.Headroom != block.Headroom) {
			mine = around(unitsOf(block.CIDR), holds) // its own place, however large it gets
		}
		if mine == beyond || mine&living != 0 {
			return false // it grows out of the world, or into another
		}
		living |= mine
		switch {
		case given && group == nil:
			taken |= mine
		case given:
			group.living |= mine
		case group == nil:
			places = append(places, aligned(holds, homeOf(allocation.Supernet)))
		default:
			group.fresh = append(group.fresh, holds)
		}
	}
	for name, group := range groups {
		settings, set := request.Groups[name]
		group.settings = settings
		old, given := prior.Groups[name]
		switch none := group.living == 0 && len(group.fresh) == 0; {
		case given && (set || !none):
			places = append(places, group.grown(unitsOf(old.CIDR)|group.living, unitsOf(old.Held)))
		case group.living != 0:
			cover := around(group.living, cmp.Or(settings.Bits, lengthOf(group.living)))
			places = append(places, group.grown(cover, around(cover, lengthOf(cover)-settings.Headroom)))
		case !none || settings.Bits != 0:
			places = append(places, group.anew())
		}
	}
	return anyFit(places, taken)
}

// fitGroup is a contiguous group as the twin sees it.
type fitGroup struct {
	settings Group
	living   uint64 // what members have
	fresh    []int  // lengths of what others want
}

// packs reports whether the new members fit into a place beside the others.
func (g *fitGroup) packs(place uint64) bool {
	var members [][]uint64
	for _, length := range g.fresh {
		members = append(members, aligned(length, place))
	}
	return anyFit(members, g.living)
}

// lengths are those that the range of the group may have.
func (g *fitGroup) lengths() []int {
	if g.settings.Bits != 0 {
		return []int{g.settings.Bits}
	}
	return []int{27, 28, 29, 30, 31, 32}
}

// grown are the places of a group that has a range, which may grow.
func (g *fitGroup) grown(has, held uint64) []uint64 {
	var places []uint64
	for _, length := range g.lengths() {
		if place := around(has, length); place&^homeOf(g.settings.Supernet) == 0 && g.packs(place) {
			places = append(places, place|held)
		}
	}
	return places
}

// anew are the places of a group that has none, with the room it may grow to.
func (g *fitGroup) anew() []uint64 {
	var places []uint64
	for _, length := range g.lengths() {
		for _, held := range aligned(length-g.settings.Headroom, homeOf(g.settings.Supernet)) {
			if g.packs(aligned(length, held)[0]) {
				places = append(places, held)
			}
		}
	}
	return places
}

// fitEdit changes a request: keys go, come, grow, or join a group that has no range.
func fitEdit(random *rand.Rand, request *PoolRequest, state PoolState) {
	for range 1 + random.IntN(5) {
		key := string(rune('a' + random.IntN(8)))
		allocation, asked := request.Allocations[key]
		group := []string{"", "", "g", "g", "h"}[random.IntN(5)]
		block, given := state.Blocks[key]
		switch _, open := state.Groups[group]; {
		case asked && random.IntN(3) == 0:
			delete(request.Allocations, key)
		case given && asked && allocation.Bits == block.CIDR.Bits() && random.IntN(2) == 0:
			allocation.Bits, allocation.Headroom = allocation.Bits-random.IntN(2), max(0, allocation.Headroom+1-random.IntN(3))
			request.Allocations[key] = allocation
		case given && asked && block.Group == "" && !open:
			allocation.Group, allocation.Supernet = group, ""
			request.Allocations[key] = allocation
		case !given && !asked:
			allocation = Allocation{Bits: 29 + random.IntN(4), Headroom: max(0, random.IntN(4)-1), Group: group}
			if group == "" && random.IntN(3) == 0 {
				allocation.Supernet = []string{"a", "b"}[random.IntN(2)]
			}
			request.Allocations[key] = allocation
		}
	}
}

// TestPlanPoolFits proves that a pool with contiguous groups and headroom is
// refused if and only if trying everything finds no fit, that a plan which is
// made again changes nothing, and that IPv6 is planned as IPv4 is.
func TestPlanPoolFits(t *testing.T) {
	t.Parallel()
	had, refused := 0, 0
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 11))
		request := poolWorld
		request.Allocations, request.Groups = map[string]Allocation{}, map[string]Group{}
		if random.IntN(2) == 0 {
			request.Groups["g"] = Group{Bits: []int{0, 0, 28, 29, 30}[random.IntN(5)], Headroom: random.IntN(2), Supernet: []string{"", "", "a", "b"}[random.IntN(4)]}
		}
		var state PoolState
		for range 5 {
			before := maps.Clone(request.Allocations)
			fitEdit(random, &request, state)
			layout, problems := PlanPool(request, state)
			can := canHave(request, state)
			if HasErrors(problems) == can {
				t.Fatalf("seed %d: trying everything finds a fit: %t\nthe planner says %v\nprior %+v\nrequest %+v %+v", seed, can, problems, state, request.Allocations, request.Groups)
			}
			twin, twinProblems := PlanPool(requestInIPv6(request), stateInIPv6(state))
			if HasErrors(twinProblems) == can || !reflect.DeepEqual(twin.PoolState, stateInIPv6(layout.PoolState)) {
				t.Fatalf("seed %d: IPv6 differs: %+v, %v\nIPv4: %+v, %v", seed, twin.PoolState, twinProblems, layout.PoolState, problems)
			}
			if !can {
				refused++
				request.Allocations = before
				continue
			}
			had++
			checkLayout(t, request, state, layout)
			if again, problems := PlanPool(request, layout.PoolState); HasErrors(problems) || !reflect.DeepEqual(again.PoolState, layout.PoolState) {
				t.Fatalf("seed %d: planning again gives %+v, %v\nwant %+v", seed, again.PoolState, problems, layout.PoolState)
			}
			state = layout.PoolState
		}
	}
	if had < 1000 || refused < 1000 {
		t.Errorf("%d had and %d refused prove little", had, refused)
	}
}
