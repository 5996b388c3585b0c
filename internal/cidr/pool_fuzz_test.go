package cidr

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// poolWorld is small enough that whether requests fit can be found by trying everything.
var poolWorld = PoolRequest{
	Supernets: map[string]netip.Prefix{"a": MustParse("10.0.0.0/27"), "b": MustParse("10.0.1.0/28")},
	Reserved:  map[string][]netip.Prefix{"x": prefixes("10.0.0.24/30", "10.0.0.24/31", "10.0.1.15/32", "192.168.0.0/16")},
}

// livePool runs a program of edits to a request, planning after some of them
// and keeping what a run of Terraform would keep: the state of plans without an error.
func livePool(t *testing.T, program []byte, grouped bool) {
	t.Helper()
	request := poolWorld
	request.Allocations, request.Reserved, request.Groups = map[string]Allocation{}, maps.Clone(poolWorld.Reserved), map[string]Group{}
	var state PoolState
	for ; len(program) >= 4; program = program[4:] {
		edit(&request, program[0], program[1], program[2], program[3], grouped)
		if program[0]&0x40 == 0 {
			continue // edit more before the next plan
		}
		layout, problems := PlanPool(request, state)
		if again, same := PlanPool(request, state); !reflect.DeepEqual(layout, again) || !slices.Equal(problems, same) {
			t.Fatalf("two runs differ: %+v, %v\n%+v, %v", layout, problems, again, same)
		}
		twin, twinProblems := PlanPool(requestInIPv6(request), stateInIPv6(state))
		if HasErrors(problems) != HasErrors(twinProblems) || !reflect.DeepEqual(twin.PoolState, stateInIPv6(layout.PoolState)) {
			t.Fatalf("IPv6 differs: %+v, %v\nIPv4: %+v, %v", twin.PoolState, twinProblems, layout.PoolState, problems)
		}
		if HasErrors(problems) {
			checkRefusals(t, request, state, layout, problems, grouped)
			continue
		}
		checkLayout(t, request, state, layout)
		if next, problems := PlanPool(request, layout.PoolState); HasErrors(problems) || !reflect.DeepEqual(next.PoolState, layout.PoolState) {
			t.Fatalf("planning again gave %+v, %v\nwant %+v", next.PoolState, problems, layout.PoolState)
		}
		state = layout.PoolState
		checkMemory(t, state)
	}
}

// checkMemory proves that a state survives being split and put together.
func checkMemory(t *testing.T, state PoolState) {
	t.Helper()
	memory, err := state.Memory()
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	for key, block := range state.Blocks {
		blocks[key] = block.CIDR.String()
	}
	if state.Blocks == nil {
		state.Blocks = map[string]Block{}
	}
	if recalled, err := Recall(memory, blocks); err != nil || !reflect.DeepEqual(recalled, state) {
		t.Fatalf("%v: recalled %+v\nfrom %s\nwant %+v", err, recalled, memory, state)
	}
}

// inIPv6 is the same range in a /96 of IPv6.
func inIPv6(prefix netip.Prefix) netip.Prefix {
	if !prefix.IsValid() && !prefix.Addr().IsValid() {
		return prefix
	}
	raw := MustParse("fd00:6b72::/96").Addr().As16()
	four := prefix.Addr().As4()
	copy(raw[12:], four[:])
	return netip.PrefixFrom(netip.AddrFrom16(raw), prefix.Bits()+96)
}

// requestInIPv6 is the same request in IPv6.
func requestInIPv6(request PoolRequest) PoolRequest {
	twin := request
	twin.Supernets, twin.Reserved = map[string]netip.Prefix{}, map[string][]netip.Prefix{}
	twin.Allocations, twin.Groups = map[string]Allocation{}, map[string]Group{}
	for name, prefix := range request.Supernets {
		twin.Supernets[name] = inIPv6(prefix)
	}
	for owner, list := range request.Reserved {
		for _, prefix := range list {
			twin.Reserved[owner] = append(twin.Reserved[owner], inIPv6(prefix))
		}
	}
	for key, allocation := range request.Allocations {
		if allocation.Bits != 0 {
			allocation.Bits += 96
		}
		allocation.CIDR = inIPv6(allocation.CIDR)
		twin.Allocations[key] = allocation
	}
	for name, group := range request.Groups {
		if group.Bits != 0 {
			group.Bits += 96
		}
		twin.Groups[name] = group
	}
	return twin
}

// stateInIPv6 is the same state in IPv6.
func stateInIPv6(state PoolState) PoolState {
	twin := state
	translate := func(blocks map[string]Block) map[string]Block {
		if blocks == nil {
			return nil
		}
		translated := map[string]Block{}
		for key, block := range blocks {
			block.CIDR, block.Held = inIPv6(block.CIDR), inIPv6(block.Held)
			translated[key] = block
		}
		return translated
	}
	twin.Blocks, twin.Groups, twin.Tombstones = translate(state.Blocks), translate(state.Groups), slices.Clone(state.Tombstones)
	for i := range twin.Tombstones {
		twin.Tombstones[i].CIDR = inIPv6(twin.Tombstones[i].CIDR)
	}
	return twin
}

// edit changes one thing in a request. Some edits make no sense; the planner has to say so.
func edit(request *PoolRequest, what, which, size, place byte, grouped bool) {
	key := string('a' + rune(which%7))
	allocation := request.Allocations[key]
	switch what % 16 {
	case 0, 1, 2, 3, 4, 5:
		allocation = Allocation{Bits: 28 + int(size%5)}
		if size&0x10 != 0 {
			allocation.Headroom = 1 + int(size>>5&1)
		}
		if place&3 == 0 {
			allocation.Supernet = string('a' + rune(place>>2&1))
		}
		if grouped && place&0x30 == 0 {
			allocation.Group = string('g' + rune(place>>6&1))
		}
	case 6, 7, 8:
		delete(request.Allocations, key)
		return
	case 9, 10:
		allocation.Bits--
	case 11:
		allocation.Headroom = int(size % 3)
	case 12:
		pin := netip.PrefixFrom(shifted(MustParse("10.0.0.0/24"), place), 28+int(size%5)).Masked()
		allocation = Allocation{CIDR: pin}
	case 13:
		old := string('a' + rune(size%7))
		if allocation, known := request.Allocations[old]; known && old != key {
			delete(request.Allocations, old)
			allocation.MovedFrom = old
			request.Allocations[key] = allocation
		}
		return
	case 14:
		switch {
		case grouped && place&1 == 0:
			request.Groups["g"] = Group{Bits: []int{0, 27, 28, 29, 30}[size%5], Headroom: int(place >> 1 & 1)}
		case place&2 == 0:
			request.Quarantine = int(size % 4)
		case size&1 == 0:
			delete(request.Reserved, "y")
		default:
			request.Reserved["y"] = []netip.Prefix{netip.PrefixFrom(shifted(MustParse("10.0.0.0/24"), place>>2), 32)}
		}
		return
	case 15:
		request.Release = nil
		if size&1 == 0 {
			request.Release = []string{key}
		}
		allocation.Renumber = !allocation.Renumber
		if _, known := request.Allocations[key]; !known {
			return
		}
	}
	request.Allocations[key] = allocation
}

// checkLayout proves that a layout without errors gives everyone what was asked
// for, apart from all others, and moved nobody.
func checkLayout(t *testing.T, request PoolRequest, prior PoolState, layout Layout) {
	t.Helper()
	claims := []Range{}
	for _, name := range slices.Sorted(maps.Keys(layout.Groups)) {
		claims = append(claims, Range{layout.Groups[name].Held, "group " + name})
	}
	for key, block := range layout.Blocks {
		allocation, asked := request.Allocations[key]
		bits := allocation.Bits
		if allocation.CIDR.IsValid() {
			bits = allocation.CIDR.Bits()
		}
		if !asked || block.CIDR.Bits() != bits || allocation.CIDR.IsValid() && block.CIDR != allocation.CIDR || block.Group != allocation.Group {
			t.Fatalf("%s got %+v, asked for %+v", key, block, allocation)
		}
		if !Contains(block.Held, block.CIDR) {
			t.Fatalf("%s holds %s around %s", key, block.Held, block.CIDR)
		}
		inside := func(supernet netip.Prefix) bool { return Contains(supernet, block.Held) }
		if home := request.Supernets[allocation.Supernet]; allocation.Supernet != "" && !inside(home) || !slices.ContainsFunc(slices.Collect(maps.Values(request.Supernets)), inside) {
			t.Fatalf("%s lies outside its supernet: %+v", key, block)
		}
		if block.Group != "" && !Contains(layout.Groups[block.Group].CIDR, block.Held) {
			t.Fatalf("%s lies outside its group: %+v, %+v", key, block, layout.Groups)
		}
		before, known := prior.Blocks[key]
		if known && !allocation.Renumber && !Contains(block.CIDR, before.CIDR) {
			t.Fatalf("%s moved from %s to %s", key, before.CIDR, block.CIDR)
		}
		claims = append(claims, Range{block.Held, key})
	}
	if len(layout.Blocks) != len(request.Allocations) {
		t.Fatalf("asked for %v, got %v", request.Allocations, layout.Blocks)
	}
	for _, tombstone := range layout.Tombstones {
		claims = append(claims, Range{tombstone.CIDR, "tombstone of " + tombstone.Key})
	}
	for _, reserved := range slices.Concat(request.Reserved["x"], request.Reserved["y"]) {
		claims = append(claims, Range{reserved, "reserved"})
	}
	for outer, inner := range EachOverlap(claims) {
		if strings.HasPrefix(outer.Owner, "group") || outer.Owner == "reserved" && inner.Owner == "reserved" {
			continue
		}
		t.Fatalf("%s overlaps %s in %+v", inner, outer, layout.PoolState)
	}
}

// checkRefusals proves that nothing was refused that can be had: a growth only
// if something is in the way, room only if trying everything finds none.
func checkRefusals(t *testing.T, request PoolRequest, prior PoolState, layout Layout, problems []Problem, grouped bool) {
	t.Helper()
	if grouped {
		return // members bind each other: see TestPlanPoolGroups
	}
	var fixed, wanted []netip.Prefix // wanted: only the lengths count
	var bound []string
	for _, tombstone := range layout.Tombstones {
		fixed = append(fixed, tombstone.CIDR)
	}
	fixed = slices.Concat(fixed, request.Reserved["x"], request.Reserved["y"])
	for _, key := range slices.Sorted(maps.Keys(request.Allocations)) {
		allocation, block := request.Allocations[key], layout.Blocks[key]
		if block.CIDR.IsValid() && (block.Since != prior.Generation+1 || allocation.CIDR.IsValid() || prior.Blocks[key].CIDR.IsValid()) {
			fixed = append(fixed, block.Held)
			continue
		}
		length := allocation.Bits - allocation.Headroom
		if length < 27 || length < 28 && allocation.Supernet == "b" || allocation.Bits > 32 || allocation.CIDR.IsValid() {
			continue // refused by itself
		}
		wanted = append(wanted, netip.PrefixFrom(netip.IPv4Unspecified(), length))
		bound = append(bound, allocation.Supernet)
	}
	for _, problem := range problems {
		switch {
		case problem.Severity == Warning:
		case strings.HasPrefix(problem.Summary, "no room for"):
			if fits(request, fixed, wanted, bound) {
				t.Fatalf("%v\nbut %v fit beside %v", problem, wanted, fixed)
			}
		case strings.Contains(problem.Summary, "can't grow to"):
			key := problem.Path[len(`allocations["`):][:1]
			before, target := prior.Blocks[key], Grown(prior.Blocks[key].CIDR, request.Allocations[key].Bits)
			if !before.CIDR.IsValid() {
				continue // renamed in this plan
			}
			taken := slices.ContainsFunc(fixed, func(other netip.Prefix) bool { return other.Overlaps(target) && other != layout.Blocks[key].Held })
			if home := request.Supernets["a"]; !taken && (Contains(home, target) || Contains(request.Supernets["b"], target)) {
				t.Fatalf("%v\nbut nothing of %v is in the way", problem, fixed)
			}
		}
	}
}

// fits tries every place for every range, larger ones first.
func fits(request PoolRequest, fixed, wanted []netip.Prefix, bound []string) bool {
	var taken [2]uint32
	names := []string{"a", "b"}
	start := func(i int) uint32 { return uint32(keyOf(request.Supernets[names[i]].Addr()).hi >> 32) }
	for i, name := range names {
		for unit := range uint32(Size(request.Supernets[name])) {
			address := key{hi: uint64(start(i)+unit) << 32}.address(32)
			if slices.ContainsFunc(fixed, func(p netip.Prefix) bool { return p.Contains(address) }) {
				taken[i] |= 1 << unit
			}
		}
	}
	order := make([]int, len(wanted))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return wanted[x].Bits() - wanted[y].Bits() })
	failed := map[string]bool{}
	var try func(n int) bool
	try = func(n int) bool {
		if n == len(order) {
			return true
		}
		at := fmt.Sprint(n, taken)
		if failed[at] {
			return false
		}
		size := uint32(1) << (32 - wanted[order[n]].Bits())
		for i, name := range names {
			if bound[order[n]] != "" && bound[order[n]] != name {
				continue
			}
			all := uint32(Size(request.Supernets[name]))
			for unit := uint32(0); unit+size <= all; unit += size {
				mask := uint32(1<<size-1) << unit
				if taken[i]&mask != 0 {
					continue
				}
				taken[i] |= mask
				if try(n + 1) {
					return true
				}
				taken[i] &^= mask
			}
		}
		failed[at] = true
		return false
	}
	return try(0)
}

// Proves over long random lives of a pool: never an overlap, never a refusal
// when a fit exists, never a moved range, the same layout on every run.
func TestPlanPoolLives(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		program := make([]byte, 4*80)
		for i := range program {
			program[i] = byte(random.Uint32())
		}
		livePool(t, program, seed%3 == 0)
	}
}

// FuzzPlanPool looks for a life of a pool that breaks a promise.
func FuzzPlanPool(f *testing.F) {
	f.Add(false, []byte{0x40, 0, 0, 1, 0x40, 1, 1, 0, 0x49, 0, 0, 0, 0x46, 1, 0, 0})
	f.Add(true, []byte{0x40, 0, 2, 0, 0x40, 1, 2, 0, 0x4d, 2, 0, 0})
	f.Fuzz(func(t *testing.T, grouped bool, program []byte) {
		livePool(t, program[:min(len(program), 4*100)], grouped)
	})
}
