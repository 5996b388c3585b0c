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

// chaos is a request of anything: sense is the planner's to judge.
func chaos(random *rand.Rand) PoolRequest {
	prefix := func() netip.Prefix {
		switch random.IntN(4) {
		case 0: // in a small part of IPv6
			address := netip.AddrFrom16([16]byte{0xfd, 0, byte(random.IntN(2)), byte(random.IntN(4) << 6), 15: byte(random.IntN(4))})
			return netip.PrefixFrom(address, []int{0, 7, 24, 26, 28, 120, 126, 128}[random.IntN(8)]).Masked()
		case 1: // anywhere
			return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(random.Uint32()), byte(random.Uint32())}), random.IntN(33)).Masked()
		}
		address := netip.AddrFrom4([4]byte{10, 64, byte(random.IntN(4)), byte(random.IntN(4) << 6)})
		return netip.PrefixFrom(address, []int{0, 8, 22, 23, 24, 25, 26, 28, 31, 32}[random.IntN(10)]).Masked()
	}
	list := func(most int) []netip.Prefix {
		var all []netip.Prefix
		for range random.IntN(most + 1) {
			all = append(all, prefix())
		}
		return all
	}
	request := PoolRequest{
		Supernets: map[string]netip.Prefix{}, Reserved: map[string][]netip.Prefix{"r": list(2)}, Peers: map[string][]netip.Prefix{"p": list(1)},
		Allocations: map[string]Allocation{}, Groups: map[string]Group{}, Quarantine: max(random.IntN(5)-1, random.IntN(8)-1),
	}
	for i := range 1 + random.IntN(3) {
		request.Supernets[string(rune('A'+i))] = prefix()
	}
	supernet := func() string { return []string{"", "", "", "", "", "", "", "A", "A", "B", "Z"}[random.IntN(11)] }
	bits := func() int {
		if random.IntN(10) > 0 {
			return []int{25, 26, 27, 28, 30, 32, 126}[random.IntN(7)]
		}
		return []int{-1, 0, 1, 8, 24, 33, 64, 128, 200}[random.IntN(9)]
	}
	for i := range random.IntN(7) {
		allocation := Allocation{Bits: bits(), Supernet: supernet(), Headroom: max(random.IntN(8)-5, random.IntN(20)-1) % 4, Renumber: random.IntN(6) == 0}
		if random.IntN(5) == 0 {
			allocation.CIDR = prefix()
			allocation.Bits = 0
		}
		allocation.Group = []string{"", "", "", "g", "h"}[random.IntN(5)]
		if random.IntN(6) == 0 {
			allocation.MovedFrom = string(rune('a' + random.IntN(7)))
		}
		request.Allocations[string(rune('a'+i))] = allocation
	}
	if random.IntN(3) == 0 {
		request.Groups["g"] = Group{Bits: bits(), Supernet: supernet(), Headroom: random.IntN(2)}
	}
	if random.IntN(4) == 0 {
		request.Release = []string{"a", "c"}
	}
	return request
}

// Proves that no request, however odd, brings the planner down or makes it give
// a range twice, move one, or answer differently when asked again.
func TestPlanPoolChaos(t *testing.T) {
	planned := 0
	for seed := range uint64(4_000) {
		random := rand.New(rand.NewPCG(seed, 11))
		var state PoolState
		request := chaos(random)
		for range 6 {
			what := fmt.Sprintf("seed %d: %+v over %+v", seed, request, state)
			layout, problems := PlanPool(request, state)
			if again, same := PlanPool(request, state); !reflect.DeepEqual(layout, again) || !slices.Equal(problems, same) {
				t.Fatalf("%s: two runs differ", what)
			}
			if !HasErrors(problems) {
				planned++
				checkChaos(t, what, request, state, layout)
				state = layout.PoolState
			}
			if next := chaos(random); random.IntN(3) == 0 {
				request = next
			} else { // mostly, only what is asked for changes
				request.Allocations, request.Groups, request.Quarantine, request.Release = next.Allocations, next.Groups, next.Quarantine, next.Release
			}
		}
	}
	if planned < 3_000 {
		t.Errorf("only %d requests could be had: the test proves little", planned)
	}
}

// checkChaos holds a layout to what every layout promises.
func checkChaos(t *testing.T, what string, request PoolRequest, prior PoolState, layout Layout) {
	t.Helper()
	var claims []Range
	inside := func(prefix netip.Prefix) bool {
		return slices.ContainsFunc(slices.Collect(maps.Values(request.Supernets)), func(supernet netip.Prefix) bool { return Contains(supernet, prefix) })
	}
	for name, group := range layout.Groups {
		claims = append(claims, Range{group.Held, "group " + name})
	}
	for key, block := range layout.Blocks {
		if before, known := prior.Blocks[key]; known && !request.Allocations[key].Renumber && !Contains(block.CIDR, before.CIDR) {
			t.Fatalf("%s\n%s moved from %s to %s", what, key, before.CIDR, block.CIDR)
		}
		if !inside(block.Held) || !Contains(block.Held, block.CIDR) {
			t.Fatalf("%s\n%s has %s and holds %s", what, key, block.CIDR, block.Held)
		}
		claims = append(claims, Range{block.Held, "key " + key})
	}
	for _, tombstone := range layout.Tombstones {
		claims = append(claims, Range{tombstone.CIDR, "tombstone " + tombstone.Key})
	}
	for _, foreign := range slices.Concat(request.Reserved["r"], request.Peers["p"]) {
		claims = append(claims, Range{foreign, "foreign"})
	}
	for outer, inner := range EachOverlap(claims) {
		of := func(kind string) bool { return strings.HasPrefix(outer.Owner, kind) }
		in := func(kind string) bool { return strings.HasPrefix(inner.Owner, kind) }
		switch {
		case of("foreign") && !in("key"), in("foreign") && !of("key"): // a group may have a reserved range in it
		case of("group") && !in("group"):
		default:
			t.Fatalf("%s\n%s overlaps %s in %+v", what, inner, outer, layout.PoolState)
		}
	}
	checkMemory(t, layout.PoolState)
}
