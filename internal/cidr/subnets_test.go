package cidr

import (
	"maps"
	"net/netip"
	"strings"
	"testing"
)

func zones(tier string, bits int, names ...string) []SubnetRequest {
	var requests []SubnetRequest
	for _, name := range names {
		requests = append(requests, SubnetRequest{Key: tier + "/" + name, Bits: bits})
	}
	return requests
}

func texts(ranges map[string]netip.Prefix) map[string]string {
	written := map[string]string{}
	for key, prefix := range ranges {
		written[key] = prefix.String()
	}
	return written
}

var network = []SubnetRange{{CIDR: MustParse("10.64.0.0/16")}}

// Proves that a fresh layout packs larger subnets first, whatever the order of
// the requests, and leaves the largest free range whole.
func TestPlanSubnetsPacksLargerFirst(t *testing.T) {
	requests := append(zones("control", 28, "a", "b", "c"), zones("nodes", 18, "b", "c", "a")...)
	plan, problems := PlanSubnets(network, requests, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := map[string]string{
		"nodes/a": "10.64.0.0/18", "nodes/b": "10.64.64.0/18", "nodes/c": "10.64.128.0/18",
		"control/a": "10.64.192.0/28", "control/b": "10.64.192.16/28", "control/c": "10.64.192.32/28",
	}
	if got := texts(plan.Subnets); !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if largest := plan.Free[0].Largest.String(); largest != "10.64.224.0/19" {
		t.Errorf("largest free range is %s, want the upper half of the last quarter", largest)
	}
}

// Proves that a subnet keeps its range when a zone and a tier are added and
// another subnet is removed, and that nobody gets the removed one's range.
func TestPlanSubnetsNeverMoves(t *testing.T) {
	first, problems := PlanSubnets(network, append(zones("nodes", 19, "a", "b"), zones("control", 28, "a", "b")...), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	requests := append(zones("nodes", 19, "b", "c"), zones("control", 28, "a", "b", "c")...)
	requests = append(requests, zones("data", 20, "a", "b", "c")...)
	second, problems := PlanSubnets(network, requests, first.Prior())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, key := range []string{"nodes/b", "control/a", "control/b"} {
		if first.Subnets[key] != second.Subnets[key] {
			t.Errorf("%s moved from %s to %s", key, first.Subnets[key], second.Subnets[key])
		}
	}
	gone := first.Subnets["nodes/a"]
	if second.Held["nodes/a"] != gone {
		t.Errorf("the range of nodes/a is not held: %v", second.Held)
	}
	for key, prefix := range second.Subnets {
		if prefix.Overlaps(gone) {
			t.Errorf("%s got %s, which is held for nodes/a", key, prefix)
		}
	}
	third, problems := PlanSubnets(network, append(requests, zones("nodes", 19, "a")...), second.Prior())
	if len(problems) > 0 || third.Subnets["nodes/a"] != gone {
		t.Errorf("nodes/a came back as %s, want %s; %v", third.Subnets["nodes/a"], gone, problems)
	}
}

// Proves that room held for a fourth zone is there when the zone comes, and
// that a hold gives way to a request that needs the room.
func TestPlanSubnetsHolds(t *testing.T) {
	requests := append(zones("nodes", 18, "a", "b", "c"), SubnetRequest{Key: "nodes/d", Bits: 18, Hold: true})
	plan, problems := PlanSubnets(network, requests, nil)
	if len(problems) > 0 || plan.Held["nodes/d"].String() != "10.64.192.0/18" {
		t.Fatalf("held %v, problems %v", plan.Held, problems)
	}
	later, problems := PlanSubnets(network, zones("nodes", 18, "a", "b", "c", "d"), plan.Prior())
	if len(problems) > 0 || later.Subnets["nodes/d"] != plan.Held["nodes/d"] {
		t.Errorf("nodes/d got %s, problems %v", later.Subnets["nodes/d"], problems)
	}
	tight, problems := PlanSubnets(network, append(requests, zones("control", 28, "a")...), nil)
	if HasErrors(problems) || len(problems) != 1 || len(tight.Subnets) != 4 || len(tight.Held) != 0 {
		t.Errorf("a hold did not give way: %v, %v", tight, problems)
	}
}

// Proves that each request that can't be had is refused at its own path with
// what is free and a way out, and that the nearest one that can is accepted.
func TestPlanSubnetsRefusals(t *testing.T) {
	prior := map[string]netip.Prefix{"nodes/a": MustParse("10.64.0.0/18"), "old": MustParse("10.64.128.0/17")}
	for name, test := range map[string]struct {
		ranges  []SubnetRange
		refused SubnetRequest
		path    string
		says    []string
		nearest SubnetRequest
	}{
		"too large for what is left": {
			refused: SubnetRequest{Key: "x", Bits: 17}, path: `subnets["x"].prefix_length`,
			says:    []string{"no /17 is free", "1 × /18", "ask for a /18 (10.64.64.0/18 is free)", `give up 10.64.128.0/17, which is held for "old"`},
			nearest: SubnetRequest{Key: "x", Bits: 18},
		},
		"larger than the network": {
			refused: SubnetRequest{Key: "x", Bits: 15}, path: `subnets["x"].prefix_length`,
			says: []string{"from 16 to 32"}, nearest: SubnetRequest{Key: "x", Bits: 32},
		},
		"host bits in a pin": {
			refused: SubnetRequest{Key: "x", CIDR: netip.MustParsePrefix("10.64.64.1/24")}, path: `subnets["x"].cidr`,
			says: []string{"10.64.64.0/24"}, nearest: SubnetRequest{Key: "x", CIDR: MustParse("10.64.64.0/24")},
		},
		"pin outside": {
			refused: SubnetRequest{Key: "x", CIDR: MustParse("10.65.0.0/24")}, path: `subnets["x"].cidr`,
			says: []string{"outside 10.64.0.0/16"}, nearest: SubnetRequest{Key: "x", CIDR: MustParse("10.64.127.0/24")},
		},
		"pin on another": {
			refused: SubnetRequest{Key: "x", CIDR: MustParse("10.64.63.0/24")}, path: `subnets["x"]`,
			says:    []string{`10.64.63.0/24 of "x" overlaps 10.64.0.0/18 of "nodes/a"`, "next free /24 is 10.64.64.0/24"},
			nearest: SubnetRequest{Key: "x", CIDR: MustParse("10.64.64.0/24")},
		},
		"pin against length": {
			refused: SubnetRequest{Key: "x", Bits: 23, CIDR: MustParse("10.64.64.0/24")}, path: `subnets["x"].prefix_length`,
			says: []string{"make it 24"}, nearest: SubnetRequest{Key: "x", Bits: 24, CIDR: MustParse("10.64.64.0/24")},
		},
		"resized": {
			refused: SubnetRequest{Key: "nodes/a", Bits: 19}, path: `subnets["nodes/a"].prefix_length`,
			says: []string{"10.64.0.0/18 for life"}, nearest: SubnetRequest{Key: "nodes/a", Bits: 19, Renumber: true},
		},
		"unknown range": {
			refused: SubnetRequest{Key: "x", Bits: 24, In: "pods"}, path: `subnets["x"].in`,
			says: []string{`no range "pods"`}, nearest: SubnetRequest{Key: "x", Bits: 24},
		},
		"path of the caller": {
			refused: SubnetRequest{Key: "x", Bits: 33, Path: `network.tiers["x"]`}, path: `network.tiers["x"].prefix_length`,
			says: []string{"no /33"}, nearest: SubnetRequest{Key: "x", Bits: 32},
		},
	} {
		t.Run(name, func(t *testing.T) {
			requests := func(changed SubnetRequest) []SubnetRequest {
				if changed.Key == "nodes/a" {
					return []SubnetRequest{changed}
				}
				return []SubnetRequest{changed, {Key: "nodes/a", Bits: 18}}
			}
			_, problems := PlanSubnets(network, requests(test.refused), prior)
			if len(problems) != 1 || problems[0].Severity != Error || problems[0].Path != test.path {
				t.Fatalf("got %v, want one error at %s", problems, test.path)
			}
			for _, text := range test.says {
				if !strings.Contains(problems[0].Error(), text) {
					t.Errorf("%q does not say %q", problems[0].Error(), text)
				}
			}
			if _, problems := PlanSubnets(network, requests(test.nearest), prior); len(problems) > 0 {
				t.Errorf("the nearest request is refused: %v", problems)
			}
		})
	}
}

// Proves that a renamed key keeps its range, once, and only if the old key is gone.
func TestPlanSubnetsMovedFrom(t *testing.T) {
	prior := map[string]netip.Prefix{"old": MustParse("10.64.8.0/24")}
	plan, problems := PlanSubnets(network, []SubnetRequest{{Key: "new", Bits: 24, MovedFrom: "old"}}, prior)
	if len(problems) > 0 || plan.Subnets["new"] != prior["old"] || len(plan.Held) != 0 {
		t.Errorf("got %v held %v, %v", plan.Subnets, plan.Held, problems)
	}
	_, problems = PlanSubnets(network, []SubnetRequest{{Key: "new", Bits: 24, MovedFrom: "old"}, {Key: "old", Bits: 24}}, prior)
	if len(problems) != 1 || problems[0].Path != `subnets["new"].moved_from` {
		t.Errorf("moving from a living key: %v", problems)
	}
	_, problems = PlanSubnets(network, []SubnetRequest{{Key: "n1", Bits: 24, MovedFrom: "old"}, {Key: "n2", Bits: 24, MovedFrom: "old"}}, prior)
	if len(problems) != 1 || problems[0].Path != `subnets["n2"].moved_from` {
		t.Errorf("moving twice: %v", problems)
	}
}

// Proves that requests are cut from the ranges they name, and from none else.
func TestPlanSubnetsByRange(t *testing.T) {
	ranges := append([]SubnetRange{
		{Name: "pods", CIDR: MustParse("100.64.0.0/16")}, {Name: "pods", CIDR: MustParse("100.65.0.0/16")},
		{Name: "ipv6", CIDR: MustParse("2001:db8::/56")},
	}, network...)
	plan, problems := PlanSubnets(ranges, []SubnetRequest{
		{Key: "pods/a", Bits: 17, In: "pods"}, {Key: "pods/b", Bits: 17, In: "pods"}, {Key: "pods/c", Bits: 17, In: "pods"},
		{Key: "v6/a", Bits: 64, In: "ipv6"}, {Key: "nodes/a", Bits: 20},
	}, nil)
	want := map[string]string{
		"pods/a": "100.64.0.0/17", "pods/b": "100.64.128.0/17", "pods/c": "100.65.0.0/17",
		"v6/a": "2001:db8::/64", "nodes/a": "10.64.0.0/20",
	}
	if got := texts(plan.Subnets); len(problems) > 0 || !maps.Equal(got, want) {
		t.Errorf("got %v, %v", got, problems)
	}
	ranges[1].CIDR = ranges[0].CIDR
	if _, problems := PlanSubnets(ranges, nil, nil); len(problems) != 1 {
		t.Errorf("a network with one range twice: %v", problems)
	}
}
