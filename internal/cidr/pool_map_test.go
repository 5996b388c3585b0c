package cidr

import (
	"math/big"
	"net/netip"
	"strings"
	"testing"
)

// Proves that a map covers the supernets exactly once and shows who holds what.
func TestMap(t *testing.T) {
	request := corp(map[string]Allocation{"a": {Bits: 16, Headroom: 1}, "b": {Bits: 16}, "m": {Bits: 18, Group: "g"}})
	request.Groups, request.Quarantine = map[string]Group{"g": {Bits: 17, Headroom: 1}}, 3
	first := mustPlan(t, request, PoolState{})
	delete(request.Allocations, "b")
	layout := mustPlan(t, request, first.PoolState)
	segments, err := Map(request, layout.PoolState)
	if err != nil {
		t.Fatal(err)
	}
	total, kinds := new(big.Int), map[SegmentKind]string{}
	var last netip.Prefix
	for _, segment := range segments {
		if last.IsValid() && last.Overlaps(segment.CIDR) {
			t.Errorf("%s overlaps %s", last, segment.CIDR)
		}
		last = segment.CIDR
		total.Add(total, addresses(32, segment.CIDR.Bits()))
		kinds[segment.Kind] += segment.CIDR.String() + " " + segment.Owner + ";"
	}
	if total.Cmp(addresses(32, 12)) != 0 {
		t.Errorf("the segments hold %s addresses", total)
	}
	for kind, want := range map[SegmentKind]string{
		SegmentAllocation: `10.68.0.0/16 allocations["a"];10.71.0.0/18 allocations["m"];`,
		SegmentQuarantine: `10.70.0.0/16 b;`,
		SegmentReserved:   `10.64.0.0/14 reserved["onprem"];`,
		SegmentHeld:       `10.69.0.0/16 allocations["a"];10.71.128.0/17 contiguous["g"];`,
		SegmentGroup:      `10.71.64.0/18 contiguous["g"];`,
		SegmentFree:       `10.72.0.0/13 ;`,
	} {
		if kinds[kind] != want {
			t.Errorf("%s: got %s, want %s", kind, kinds[kind], want)
		}
	}
	request.Supernets = nil
	if _, err := Map(request, layout.PoolState); err == nil {
		t.Error("a pool without supernets has a map")
	}
}

// Proves that an explanation names the place, the reason, the hold, the group and the neighbours.
func TestExplain(t *testing.T) {
	request := corp(map[string]Allocation{"a": {Bits: 16, Headroom: 1}, "p": {CIDR: MustParse("10.68.0.0/24")}, "m": {Bits: 18, Group: "g"}})
	layout := mustPlan(t, request, PoolState{})
	for key, wanted := range map[string][]string{
		"a": {`"a" has 10.70.0.0/16 in 10.64.0.0/12 (cidrs["main"])`, "generation 1", "held a /15", "10.70.0.0/15 is held", "Below it lies 10.69.0.0/16: free", `Above it lies 10.71.0.0/16: held (allocations["a"])`},
		"p": {"pins it", `Below it lies 10.64.0.0/14: reserved (reserved["onprem"])`},
		"m": {`group "g", which lies in`},
	} {
		said, err := Explain(request, layout.PoolState, key)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(said, " ")
		for _, part := range wanted {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q does not say %q", key, text, part)
			}
		}
	}
	if _, err := Explain(request, layout.PoolState, "x"); err == nil || !strings.Contains(err.Error(), `["a" "m" "p"]`) {
		t.Errorf("an unknown key: %v", err)
	}
}
