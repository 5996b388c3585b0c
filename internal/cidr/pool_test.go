package cidr

import (
	"encoding/json"
	"maps"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func prefixes(texts ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		parsed[i] = MustParse(text)
	}
	return parsed
}

func corp(allocations map[string]Allocation) PoolRequest {
	return PoolRequest{
		Supernets:   map[string]netip.Prefix{"main": MustParse("10.64.0.0/12")},
		Reserved:    map[string][]netip.Prefix{"onprem": prefixes("10.64.0.0/14", "192.168.0.0/16")},
		Allocations: allocations,
	}
}

// mustPlan plans without problems.
func mustPlan(t *testing.T, request PoolRequest, prior PoolState) Layout {
	t.Helper()
	layout, problems := PlanPool(request, prior)
	if len(problems) > 0 {
		t.Fatalf("unexpected problems: %v", problems)
	}
	return layout
}

func given(layout Layout) map[string]string {
	written := map[string]string{}
	for key, block := range layout.Blocks {
		written[key] = block.CIDR.String()
	}
	return written
}

func expectBlocks(t *testing.T, layout Layout, want map[string]string) {
	t.Helper()
	if got := given(layout); !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// Proves that a first plan places larger ranges first, outside what is
// reserved, and counts what is left.
func TestPlanPoolFirst(t *testing.T) {
	layout := mustPlan(t, corp(map[string]Allocation{
		"shop-eu": {Bits: 16}, "shop-we": {Bits: 16}, "lab": {Bits: 20}, "data": {Bits: 15},
	}), PoolState{})
	expectBlocks(t, layout, map[string]string{
		"data": "10.68.0.0/15", "shop-eu": "10.70.0.0/16", "shop-we": "10.71.0.0/16", "lab": "10.72.0.0/20",
	})
	usage := layout.Usage["main"]
	if layout.Generation != 1 || layout.Version != LayoutVersion || len(layout.Digest) != 64 {
		t.Errorf("generation %d, version %d, digest %q", layout.Generation, layout.Version, layout.Digest)
	}
	if usage.Largest.String() != "10.76.0.0/14" || usage.FreeText() != "1 × /14, 1 × /15, 1 × /16, 1 × /17, 1 × /18, 1 × /19, 1 × /20" {
		t.Errorf("largest %s, free %s", usage.Largest, usage.FreeText())
	}
	if want := 1 - float64(usage.Free.Int64())/float64(usage.Addresses.Int64()); usage.Utilization != want {
		t.Errorf("utilization %v, want %v", usage.Utilization, want)
	}
}

// Proves that ranges stay whatever else changes, that a plan without a change
// leaves the generation, and that a state survives JSON.
func TestPlanPoolSticky(t *testing.T) {
	allocations := map[string]Allocation{"b": {Bits: 16}, "d": {Bits: 18}, "f": {Bits: 20}}
	first := mustPlan(t, corp(allocations), PoolState{})
	again := mustPlan(t, corp(allocations), first.PoolState)
	if !reflect.DeepEqual(again, first) {
		t.Errorf("an unchanged request gave %+v, want %+v", again, first)
	}
	encoded, err := json.Marshal(first.PoolState)
	if err != nil {
		t.Fatal(err)
	}
	var state PoolState
	if err := json.Unmarshal(encoded, &state); err != nil || !reflect.DeepEqual(state, first.PoolState) {
		t.Fatalf("%s became %+v, %v", encoded, state, err)
	}
	delete(allocations, "d")
	allocations["a"], allocations["c"], allocations["z"] = Allocation{Bits: 16}, Allocation{Bits: 17}, Allocation{Bits: 14}
	second := mustPlan(t, corp(allocations), state)
	for _, key := range []string{"b", "f"} {
		if second.Blocks[key] != first.Blocks[key] {
			t.Errorf("%s moved from %v to %v", key, first.Blocks[key], second.Blocks[key])
		}
	}
	if second.Generation != 2 || second.Digest == first.Digest {
		t.Errorf("generation %d, digest changed: %v", second.Generation, second.Digest != first.Digest)
	}
}

// Proves that growth happens in place, into what is held or free and nothing else.
func TestPlanPoolHeadroom(t *testing.T) {
	first := mustPlan(t, corp(map[string]Allocation{"a": {Bits: 16, Headroom: 1}, "b": {Bits: 16}}), PoolState{})
	expectBlocks(t, first, map[string]string{"a": "10.68.0.0/16", "b": "10.70.0.0/16"})
	if held := first.Blocks["a"].Held.String(); held != "10.68.0.0/15" {
		t.Errorf("held %s", held)
	}
	second := mustPlan(t, corp(map[string]Allocation{"a": {Bits: 16, Headroom: 1}, "b": {Bits: 16}, "c": {Bits: 16}}), first.PoolState)
	if second.Blocks["c"].CIDR.String() != "10.71.0.0/16" {
		t.Errorf("c got %s", second.Blocks["c"].CIDR)
	}
	third := mustPlan(t, corp(map[string]Allocation{"a": {Bits: 15}, "b": {Bits: 16}, "c": {Bits: 16}}), second.PoolState)
	expectBlocks(t, third, map[string]string{"a": "10.68.0.0/15", "b": "10.70.0.0/16", "c": "10.71.0.0/16"})
	if third.Blocks["a"].Since != 3 || third.Blocks["b"].Since != 1 {
		t.Errorf("since: %v", third.Blocks)
	}
	_, problems := PlanPool(corp(map[string]Allocation{"a": {Bits: 15}, "b": {Bits: 15}, "c": {Bits: 16}}), third.PoolState)
	expectProblem(t, problems, `allocations["b"].prefix_length`, `10.70.0.0/16 of "b" can't grow to 10.70.0.0/15`,
		`10.71.0.0/16 (allocations["c"])`, "The next free /15 is 10.72.0.0/15")
	moved, problems := PlanPool(corp(map[string]Allocation{"a": {Bits: 15}, "b": {Bits: 15, Renumber: true}, "c": {Bits: 16}}), third.PoolState)
	if len(problems) > 0 || moved.Blocks["b"].CIDR.String() != "10.72.0.0/15" {
		t.Errorf("renumbering gave %v, %v", moved.Blocks["b"], problems)
	}
	shrunk := mustPlan(t, corp(map[string]Allocation{"a": {Bits: 17, Renumber: true}, "b": {Bits: 16}, "c": {Bits: 16}}), third.PoolState)
	if shrunk.Blocks["a"].CIDR.String() != "10.68.0.0/17" || shrunk.Blocks["a"].Held.Bits() != 17 {
		t.Errorf("shrunk to %v", shrunk.Blocks["a"])
	}
}

func expectProblem(t *testing.T, problems []Problem, path string, says ...string) {
	t.Helper()
	if len(problems) != 1 || problems[0].Path != path {
		t.Fatalf("got %v, want one problem at %s", problems, path)
	}
	for _, text := range says {
		if !strings.Contains(problems[0].Error(), text) {
			t.Errorf("%q\ndoes not say %q", problems[0].Error(), text)
		}
	}
}

// Proves that a removed range is kept from others for exactly the stated
// generations, comes back to its own key, and can be released early.
func TestPlanPoolQuarantine(t *testing.T) {
	request := func(release []string, keys ...string) PoolRequest {
		allocations := map[string]Allocation{}
		for _, key := range keys {
			allocations[key] = Allocation{Bits: 14}
		}
		request := corp(allocations)
		request.Quarantine, request.Release = 2, release
		return request
	}
	first := mustPlan(t, request(nil, "a", "b", "c"), PoolState{})
	removed := mustPlan(t, request(nil, "b", "c"), first.PoolState)
	if len(removed.Tombstones) != 1 || removed.Tombstones[0] != (Tombstone{"a", MustParse("10.68.0.0/14"), 2}) {
		t.Fatalf("tombstones %v", removed.Tombstones)
	}
	idle := mustPlan(t, request(nil, "b", "c"), removed.PoolState)
	if idle.Generation != 2 || len(idle.Tombstones) != 1 {
		t.Errorf("a plan without a change made generation %d, tombstones %v", idle.Generation, idle.Tombstones)
	}
	_, problems := PlanPool(request(nil, "b", "c", "d"), idle.PoolState)
	expectProblem(t, problems, `allocations["d"].prefix_length`, `release 10.68.0.0/14, in quarantine after "a"`)
	back := mustPlan(t, request(nil, "a", "b", "c"), idle.PoolState)
	if back.Blocks["a"].CIDR != first.Blocks["a"].CIDR || len(back.Tombstones) != 0 {
		t.Errorf("a came back as %v, tombstones %v", back.Blocks["a"], back.Tombstones)
	}
	released := mustPlan(t, request([]string{"a"}, "b", "c", "d"), idle.PoolState)
	if released.Blocks["d"].CIDR != first.Blocks["a"].CIDR {
		t.Errorf("d got %v", released.Blocks["d"])
	}
	other := mustPlan(t, request(nil, "b"), idle.PoolState) // generation 3: a and c in quarantine
	later := mustPlan(t, request(nil, "b", "d"), other.PoolState)
	if later.Generation != 4 || later.Blocks["d"].CIDR != first.Blocks["a"].CIDR || len(later.Tombstones) != 1 {
		t.Errorf("generation %d gave d %v, tombstones %v", later.Generation, later.Blocks["d"], later.Tombstones)
	}
}

// Proves that members of a group lie in one range that nobody else gets, which
// grows in place with them, and that a group around living ranges needs its room to be free.
func TestPlanPoolGroups(t *testing.T) {
	allocations := map[string]Allocation{
		"eu-1": {Bits: 18, Group: "eu"}, "eu-2": {Bits: 18, Group: "eu"}, "us-1": {Bits: 18},
	}
	first := mustPlan(t, corp(allocations), PoolState{})
	if cidr := first.Groups["eu"].CIDR.String(); cidr != "10.68.0.0/17" {
		t.Errorf("the group has %s", cidr)
	}
	expectBlocks(t, first, map[string]string{"eu-1": "10.68.0.0/18", "eu-2": "10.68.64.0/18", "us-1": "10.68.128.0/18"})

	allocations["eu-3"] = Allocation{Bits: 18, Group: "eu"}
	_, problems := PlanPool(corp(allocations), first.PoolState)
	expectProblem(t, problems, `allocations["eu-3"].prefix_length`, "in its group")
	delete(allocations, "us-1")
	second := mustPlan(t, corp(allocations), first.PoolState)
	if second.Groups["eu"].CIDR.String() != "10.68.0.0/16" || second.Blocks["eu-3"].CIDR.String() != "10.68.128.0/18" {
		t.Errorf("group %v, eu-3 %v", second.Groups["eu"], second.Blocks["eu-3"])
	}

	request := corp(map[string]Allocation{"eu-1": {Bits: 18, Group: "eu"}, "us-1": {Bits: 18}})
	request.Groups = map[string]Group{"eu": {Bits: 16, Headroom: 1}}
	roomy := mustPlan(t, request, PoolState{})
	if roomy.Groups["eu"].Held.String() != "10.68.0.0/15" || roomy.Blocks["us-1"].CIDR.String() != "10.70.0.0/18" {
		t.Errorf("group %v, us-1 %v", roomy.Groups["eu"], roomy.Blocks["us-1"])
	}
	pinned := corp(map[string]Allocation{"eu-1": {Bits: 18, Group: "eu"}, "x": {CIDR: MustParse("10.68.64.0/24")}})
	pinned.Groups = request.Groups
	_, problems = PlanPool(pinned, roomy.PoolState)
	expectProblem(t, problems, `allocations["x"].cidr`, `contiguous["eu"]`, "The next free /24 is")

	gathered := mustPlan(t, corp(map[string]Allocation{"eu-1": {Bits: 18, Group: "new"}, "eu-2": {Bits: 18, Group: "new"}, "us-1": {Bits: 18}}),
		mustPlan(t, corp(map[string]Allocation{"eu-1": {Bits: 18}, "eu-2": {Bits: 18}, "us-1": {Bits: 18}}), PoolState{}).PoolState)
	if gathered.Groups["new"].CIDR.String() != "10.68.0.0/17" {
		t.Errorf("gathered %v", gathered.Groups)
	}
	_, problems = PlanPool(corp(map[string]Allocation{"eu-1": {Bits: 18, Group: "new"}, "eu-2": {Bits: 18}, "us-1": {Bits: 18, Group: "new"}}),
		mustPlan(t, corp(map[string]Allocation{"eu-1": {Bits: 18}, "eu-2": {Bits: 18}, "us-1": {Bits: 18}}), PoolState{}).PoolState)
	expectProblem(t, problems, `contiguous["new"]`, `10.68.64.0/18 (allocations["eu-2"])`)
}

// Proves that a pool of both families takes each allocation from the right one.
func TestPlanPoolFamilies(t *testing.T) {
	request := PoolRequest{
		Supernets:   map[string]netip.Prefix{"v4": MustParse("10.64.0.0/12"), "v6": MustParse("fd00::/20")},
		Allocations: map[string]Allocation{"a": {Bits: 24}, "b": {Bits: 48}, "c": {Bits: 24, Supernet: "v6"}, "d": {Bits: 56, Group: "g"}, "e": {Bits: 24, Group: "h"}},
		Groups:      map[string]Group{"h": {Supernet: "v6"}},
	}
	layout := mustPlan(t, request, PoolState{})
	expectBlocks(t, layout, map[string]string{
		"a": "10.64.0.0/24", "b": "fd00:200::/48", "c": "fd00::/24", "d": "fd00:200:1::/56", "e": "fd00:100::/24",
	})
}

// Proves that each request that can't be had is refused at its path, with what
// is in the way and a way out, and that the nearest one that can is accepted.
func TestPlanPoolRefusals(t *testing.T) {
	base := func() PoolRequest {
		return corp(map[string]Allocation{"old": {Bits: 16}, "big": {Bits: 14}})
	}
	prior := mustPlan(t, base(), PoolState{}).PoolState // big 10.68.0.0/14, old 10.72.0.0/16
	with := func(key string, allocation Allocation) func(*PoolRequest) {
		return func(r *PoolRequest) { r.Allocations[key] = allocation }
	}
	for name, test := range map[string]struct {
		refused func(*PoolRequest)
		path    string
		says    []string
		nearest func(*PoolRequest)
	}{
		"no supernet": {
			func(r *PoolRequest) { r.Supernets = nil }, "cidrs", []string{"no supernet"}, func(*PoolRequest) {},
		},
		"supernet with host bits": {
			func(r *PoolRequest) { r.Supernets["x"] = netip.MustParsePrefix("10.128.0.1/16") }, `cidrs["x"]`, []string{"10.128.0.0/16"},
			func(r *PoolRequest) { r.Supernets["x"] = MustParse("10.128.0.0/16") },
		},
		"supernets overlap": {
			func(r *PoolRequest) { r.Supernets["x"] = MustParse("10.79.0.0/16") }, `cidrs["x"]`, []string{`overlaps 10.64.0.0/12 (cidrs["main"])`},
			func(r *PoolRequest) { r.Supernets["x"] = MustParse("10.80.0.0/16") },
		},
		"supernet that can't be routed": {
			func(r *PoolRequest) { r.Supernets["x"] = MustParse("169.254.0.0/17") }, `cidrs["x"]`, []string{"link-local"},
			func(r *PoolRequest) { r.Supernets["x"] = MustParse("100.64.0.0/17") },
		},
		"supernet that the cloud refuses": {
			func(r *PoolRequest) { r.Supernets["x"], r.Clouds = MustParse("172.30.0.0/17"), []Cloud{Azure} }, `cidrs["x"]`, []string{"kept by AKS"},
			func(r *PoolRequest) { r.Supernets["x"], r.Clouds = MustParse("172.30.0.0/17"), []Cloud{AWS} },
		},
		"supernet of a living range is gone": {
			func(r *PoolRequest) { r.Supernets["main"] = MustParse("10.68.0.0/14") }, "cidrs", []string{`10.72.0.0/16 of allocations["old"]`},
			func(r *PoolRequest) { r.Supernets["main"] = MustParse("10.64.0.0/11") },
		},
		"reserved with host bits": {
			func(r *PoolRequest) { r.Reserved["vpn"] = []netip.Prefix{netip.MustParsePrefix("10.79.0.1/24")} }, `reserved["vpn"][0]`, []string{"10.79.0.0/24"},
			func(r *PoolRequest) { r.Reserved["vpn"] = prefixes("10.79.0.0/24") },
		},
		"reserved over a living range": {
			func(r *PoolRequest) { r.Reserved["vpn"] = prefixes("10.72.8.0/24") }, `allocations["old"]`,
			[]string{`10.72.0.0/16 of allocations["old"] overlaps 10.72.8.0/24 (reserved["vpn"])`, "The next free /16 is 10.73.0.0/16"},
			func(r *PoolRequest) { r.Reserved["vpn"] = prefixes("10.73.8.0/24") },
		},
		"reserved over a living range that may move": {
			func(r *PoolRequest) { r.Reserved["vpn"] = prefixes("10.72.8.0/24") }, `allocations["old"]`, []string{"with allow_renumber"},
			func(r *PoolRequest) {
				r.Reserved["vpn"], r.Allocations["old"] = prefixes("10.72.8.0/24"), Allocation{Bits: 16, Renumber: true}
			},
		},
		"peer over a living range": {
			func(r *PoolRequest) {
				r.Peers = map[string][]netip.Prefix{"hub": prefixes("10.68.0.0/15", "10.76.0.0/15")}
			}, `allocations["big"]`,
			[]string{`overlaps 10.68.0.0/15 (peers["hub"])`, "No /14 is free"},
			func(r *PoolRequest) { r.Peers = map[string][]netip.Prefix{"hub": prefixes("10.0.0.0/10")} },
		},
		"pin with host bits": {
			with("x", Allocation{CIDR: netip.MustParsePrefix("10.74.0.1/16")}), `allocations["x"].cidr`, []string{"10.74.0.0/16"},
			with("x", Allocation{CIDR: MustParse("10.74.0.0/16")}),
		},
		"pin outside": {
			with("x", Allocation{CIDR: MustParse("10.80.0.0/16")}), `allocations["x"].cidr`, []string{"none of the supernets"},
			with("x", Allocation{CIDR: MustParse("10.79.0.0/16")}),
		},
		"pin on a living range": {
			with("x", Allocation{CIDR: MustParse("10.72.128.0/24")}), `allocations["x"].cidr`,
			[]string{`10.72.128.0/24 of allocations["x"] overlaps 10.72.0.0/16 (allocations["old"])`, "The next free /24 is 10.73.0.0/24"},
			with("x", Allocation{CIDR: MustParse("10.73.0.0/24")}),
		},
		"pin on what is reserved": {
			with("x", Allocation{CIDR: MustParse("10.67.0.0/24")}), `allocations["x"].cidr`, []string{`10.64.0.0/14 (reserved["onprem"])`},
			with("x", Allocation{CIDR: MustParse("10.73.0.0/24")}),
		},
		"pin against length": {
			with("x", Allocation{Bits: 20, CIDR: MustParse("10.73.0.0/24")}), `allocations["x"].prefix_length`, []string{"make it 24"},
			with("x", Allocation{Bits: 24, CIDR: MustParse("10.73.0.0/24")}),
		},
		"pin that would move a living range": {
			with("old", Allocation{CIDR: MustParse("10.73.0.0/16")}), `allocations["old"].cidr`, []string{"10.72.0.0/16 for life"},
			with("old", Allocation{CIDR: MustParse("10.73.0.0/16"), Renumber: true}),
		},
		"length 0": {
			with("x", Allocation{}), `allocations["x"].prefix_length`, []string{"from 12 to 32"}, with("x", Allocation{Bits: 32}),
		},
		"longer than the supernet allows": {
			with("x", Allocation{Bits: 48}), `allocations["x"].prefix_length`, []string{"Add an IPv6 supernet"}, with("x", Allocation{Bits: 31}),
		},
		"unknown supernet": {
			with("x", Allocation{Bits: 20, Supernet: "lab"}), `allocations["x"].supernet`, []string{`no supernet "lab"`},
			with("x", Allocation{Bits: 20, Supernet: "main"}),
		},
		"shrinking": {
			with("old", Allocation{Bits: 17}), `allocations["old"].prefix_length`, []string{"for life"},
			with("old", Allocation{Bits: 17, Renumber: true}),
		},
		"too much headroom": {
			with("x", Allocation{Bits: 16, Headroom: 5}), `allocations["x"].headroom`, []string{"Use 0 to 4"},
			with("x", Allocation{Bits: 16, Headroom: 2}),
		},
		"headroom of a group that is taken": {
			func(r *PoolRequest) {
				r.Allocations["old"], r.Groups = Allocation{Bits: 16, Group: "g"}, map[string]Group{"g": {Headroom: 4}}
			}, `contiguous["g"].headroom`, []string{"10.64.0.0/14", "Use a headroom of 3"},
			func(r *PoolRequest) {
				r.Allocations["old"], r.Groups = Allocation{Bits: 16, Group: "g"}, map[string]Group{"g": {Headroom: 3}}
			},
		},
		"headroom that is taken": {
			with("old", Allocation{Bits: 16, Headroom: 4}), `allocations["old"].headroom`, []string{"10.64.0.0/14", "Use a headroom of 3"},
			with("old", Allocation{Bits: 16, Headroom: 3}),
		},
		"no room, ways out": {
			with("x", Allocation{Bits: 13}), `allocations["x"].prefix_length`,
			[]string{"1 × /14, 1 × /15, 1 × /16", "ask for a /14, such as 10.76.0.0/14", `widen 10.64.0.0/12 (cidrs["main"]) to 10.64.0.0/11`, "add a supernet of /13"},
			with("x", Allocation{Bits: 14}),
		},
		"no room, less headroom helps": {
			with("x", Allocation{Bits: 15, Headroom: 2}), `allocations["x"].prefix_length`, []string{"use a headroom of 1"},
			with("x", Allocation{Bits: 15, Headroom: 1}),
		},
		"no room, leaving one out helps": {
			func(r *PoolRequest) {
				r.Allocations["x"], r.Allocations["y"] = Allocation{Bits: 14}, Allocation{Bits: 14}
			}, `allocations["y"].prefix_length`,
			[]string{`leave out allocations["x"]`}, with("x", Allocation{Bits: 14}),
		},
		"group that is smaller than its member": {
			func(r *PoolRequest) {
				r.Allocations["x"], r.Groups = Allocation{Bits: 20, Group: "g"}, map[string]Group{"g": {Bits: 21}}
			}, `allocations["x"].prefix_length`, []string{"does not fit"},
			func(r *PoolRequest) {
				r.Allocations["x"], r.Groups = Allocation{Bits: 20, Group: "g"}, map[string]Group{"g": {Bits: 20}}
			},
		},
		"group of both families": {
			func(r *PoolRequest) {
				r.Supernets["six"] = MustParse("fd00:64::/48")
				r.Allocations["x"], r.Allocations["y"] = Allocation{Bits: 20, Group: "g"}, Allocation{Bits: 64, Group: "g"}
			}, `allocations["y"].contiguous`, []string{"IPv4 and IPv6"},
			func(r *PoolRequest) {
				r.Supernets["six"] = MustParse("fd00:64::/48")
				r.Allocations["x"], r.Allocations["y"] = Allocation{Bits: 56, Group: "g"}, Allocation{Bits: 64, Group: "g"}
				r.Groups = map[string]Group{"g": {Bits: 52}}
			},
		},
		"all of it reserved": {
			func(r *PoolRequest) {
				r.Supernets["ten"], r.Reserved["corp"] = MustParse("10.200.0.0/16"), prefixes("10.192.0.0/10")
				r.Allocations["x"] = Allocation{Bits: 24, Supernet: "ten"}
			}, `allocations["x"].prefix_length`, []string{`lies in 10.192.0.0/10 (reserved["corp"])`},
			func(r *PoolRequest) {
				r.Supernets["ten"], r.Reserved["corp"] = MustParse("10.200.0.0/16"), prefixes("10.200.0.0/17")
				r.Allocations["x"] = Allocation{Bits: 24, Supernet: "ten"}
			},
		},
		"group joined from elsewhere": {
			func(r *PoolRequest) {
				r.Allocations["old"], r.Allocations["big"] = Allocation{Bits: 16, Group: "g"}, Allocation{Bits: 14, Group: "g"}
			}, `contiguous["g"]`, []string{"10.64.0.0/12", "10.64.0.0/14"},
			with("old", Allocation{Bits: 16, Group: "g"}),
		},
		"renamed from a living key": {
			with("x", Allocation{Bits: 16, MovedFrom: "old"}), `allocations["x"].moved_from`, []string{"still asked for"},
			func(r *PoolRequest) {
				r.Allocations["x"] = Allocation{Bits: 16, MovedFrom: "old"}
				delete(r.Allocations, "old")
			},
		},
		"negative quarantine": {
			func(r *PoolRequest) { r.Quarantine = -1 }, "quarantine", []string{"0 or more"}, func(r *PoolRequest) { r.Quarantine = 1 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			request := base()
			test.refused(&request)
			_, problems := PlanPool(request, prior)
			errors := problems[:0:0]
			for _, problem := range problems {
				if problem.Severity == Error {
					errors = append(errors, problem)
				}
			}
			expectProblem(t, errors, test.path, test.says...)
			request = base()
			test.nearest(&request)
			if _, problems := PlanPool(request, prior); HasErrors(problems) {
				t.Errorf("the nearest request is refused: %v", problems)
			}
		})
	}
}

// Proves that a fragmented pool names the one move that would make room.
func TestPlanPoolNamesTheMove(t *testing.T) {
	request := PoolRequest{
		Supernets:   map[string]netip.Prefix{"main": MustParse("10.64.0.0/14")},
		Allocations: map[string]Allocation{"a": {CIDR: MustParse("10.64.0.0/24")}, "b": {CIDR: MustParse("10.66.0.0/24")}},
	}
	first := mustPlan(t, request, PoolState{})
	request.Allocations["a"] = Allocation{Bits: 24}
	request.Allocations["x"] = Allocation{Bits: 15}
	_, problems := PlanPool(request, first.PoolState)
	expectProblem(t, problems, `allocations["x"].prefix_length`, "not in one aligned piece", `move allocations["a"] from 10.64.0.0/24 to 10.66.1.0/24`)
	request.Allocations["a"] = Allocation{CIDR: MustParse("10.66.1.0/24"), Renumber: true}
	mustPlan(t, request, first.PoolState)
}

// Proves that room held is lost to a range that is reserved later with a
// warning, then and as long as the request stays, and is held again once it can be.
func TestPlanPoolLosesHeadroom(t *testing.T) {
	request := corp(map[string]Allocation{"a": {Bits: 16, Headroom: 2}, "m": {Bits: 18, Group: "g"}})
	request.Groups = map[string]Group{"g": {Headroom: 1}}
	first := mustPlan(t, request, PoolState{}) // a 10.68.0.0/14, g 10.72.0.0/17
	request.Reserved = map[string][]netip.Prefix{"new": prefixes("10.70.0.0/24", "10.72.64.0/24")}
	second, problems := PlanPool(request, first.PoolState)
	if HasErrors(problems) || len(problems) != 2 || problems[0].Path != `contiguous["g"].headroom` || problems[1].Path != `allocations["a"].headroom` ||
		!strings.Contains(problems[1].Detail, `10.70.0.0/24 (reserved["new"])`) {
		t.Fatalf("problems %v", problems)
	}
	if second.Blocks["a"].Held.String() != "10.68.0.0/15" || second.Groups["g"].Held.Bits() != 18 || second.Blocks["a"].CIDR != first.Blocks["a"].CIDR {
		t.Errorf("state %+v", second.PoolState)
	}
	third, problems := PlanPool(request, second.PoolState)
	if HasErrors(problems) || len(problems) != 2 || third.Generation != second.Generation {
		t.Errorf("planning again made generation %d, %v", third.Generation, problems)
	}
	request.Allocations["a"] = Allocation{Bits: 16, Headroom: 3}
	if _, problems := PlanPool(request, second.PoolState); !HasErrors(problems) {
		t.Error("more headroom than there is was granted")
	}
	request.Allocations["a"], request.Reserved = Allocation{Bits: 16, Headroom: 2}, nil
	fourth := mustPlan(t, request, second.PoolState)
	if fourth.Blocks["a"].Held != first.Blocks["a"].Held || fourth.Groups["g"].Held != first.Groups["g"].Held {
		t.Errorf("state %+v", fourth.PoolState)
	}
}

// Proves that a group without a set size may grow into the room held for it,
// that as much is held again in the same plan if it is free, with a warning if
// it is not, and never before somebody who needs a range has one.
func TestPlanPoolGrowsIntoHeadroom(t *testing.T) {
	request := corp(map[string]Allocation{"m": {Bits: 18, Group: "g"}, "x": {Bits: 17}})
	request.Groups = map[string]Group{"g": {Headroom: 1}}
	first := mustPlan(t, request, PoolState{}) // x 10.68.0.0/17, g 10.68.128.0/18 of a /17
	request.Allocations["m"] = Allocation{Bits: 17, Group: "g"}
	grown, problems := PlanPool(request, first.PoolState)
	if HasErrors(problems) || grown.Groups["g"].CIDR.String() != "10.68.128.0/17" || grown.Groups["g"].Held.Bits() != 17 {
		t.Fatalf("grown to %+v, %v", grown.PoolState, problems)
	}
	expectProblem(t, problems, `contiguous["g"].headroom`, "no room is left for 10.68.128.0/17", `In the way: 10.68.0.0/17 (allocations["x"]). Use`)
	if again, _ := PlanPool(request, grown.PoolState); again.Generation != grown.Generation {
		t.Errorf("planning again gives %+v", again.PoolState)
	}

	delete(request.Allocations, "x")
	held := mustPlan(t, request, first.PoolState)
	if held.Groups["g"].Held.String() != "10.68.0.0/16" {
		t.Errorf("the group holds %+v", held.Groups["g"])
	}
	if again := mustPlan(t, request, held.PoolState); again.Generation != held.Generation {
		t.Errorf("planning again gives %+v", again.PoolState)
	}
	request.Allocations["y"] = Allocation{Bits: 17}
	if beside, _ := PlanPool(request, grown.PoolState); beside.Blocks["y"].CIDR.String() != "10.68.0.0/17" {
		t.Errorf("y has %+v", beside.Blocks["y"])
	}
}

// Proves that the settings of a group are followed in place, or refused.
func TestPlanPoolResizesGroups(t *testing.T) {
	request := func(group Group) PoolRequest {
		request := corp(map[string]Allocation{"m": {Bits: 20, Group: "g"}, "x": {Bits: 16}})
		request.Groups = map[string]Group{"g": group}
		return request
	}
	first := mustPlan(t, request(Group{Bits: 18}), PoolState{}) // x 10.68.0.0/16, g 10.69.0.0/18
	grown := mustPlan(t, request(Group{Bits: 16}), first.PoolState)
	if grown.Groups["g"].CIDR.String() != "10.69.0.0/16" || grown.Blocks["m"].CIDR != first.Blocks["m"].CIDR {
		t.Errorf("grown to %+v", grown.PoolState)
	}
	_, problems := PlanPool(request(Group{Bits: 15}), first.PoolState)
	expectProblem(t, problems, `contiguous["g"].prefix_length`, "can't grow to 10.68.0.0/15", `10.68.0.0/16 (allocations["x"])`)
	_, problems = PlanPool(request(Group{Bits: 19}), first.PoolState)
	expectProblem(t, problems, `contiguous["g"].prefix_length`, "for life")
	empty := mustPlan(t, PoolRequest{Supernets: corp(nil).Supernets, Groups: map[string]Group{"g": {Bits: 18}}}, PoolState{})
	if empty.Groups["g"].CIDR.Bits() != 18 {
		t.Errorf("an empty group of a set size has %v", empty.Groups)
	}
}

// Proves that a renamed key keeps its range and that a state of a newer release is refused.
func TestPlanPoolRename(t *testing.T) {
	first := mustPlan(t, corp(map[string]Allocation{"old": {Bits: 16}, "other": {Bits: 16}}), PoolState{})
	second := mustPlan(t, corp(map[string]Allocation{"new": {Bits: 16, MovedFrom: "old"}, "a": {Bits: 16}, "other": {Bits: 16}}), first.PoolState)
	if second.Blocks["new"].CIDR != first.Blocks["old"].CIDR || second.Blocks["a"].CIDR.Overlaps(first.Blocks["old"].CIDR) {
		t.Errorf("blocks %v", second.Blocks)
	}
	if third := mustPlan(t, corp(map[string]Allocation{"new": {Bits: 16, MovedFrom: "old"}, "a": {Bits: 16}, "other": {Bits: 16}}), second.PoolState); third.Generation != 2 {
		t.Errorf("moved_from that was applied made generation %d", third.Generation)
	}
	newer := first.PoolState
	newer.Version = LayoutVersion + 1
	_, problems := PlanPool(corp(nil), newer)
	expectProblem(t, problems, "layout_version", "newer release")
}

// Proves that ranges the clouds refuse are never given and that default ranges draw a warning with the reason.
func TestPlanPoolDefaults(t *testing.T) {
	request := PoolRequest{
		Supernets:   map[string]netip.Prefix{"all": MustParse("172.16.0.0/12")},
		Clouds:      []Cloud{Azure},
		Allocations: map[string]Allocation{},
	}
	for _, key := range strings.Split("abcdefghijklmn", "") {
		request.Allocations[key] = Allocation{Bits: 16}
	}
	layout, problems := PlanPool(request, PoolState{})
	expectProblem(t, problems, "cidrs", "172.17.0.0/16", "Docker")
	if HasErrors(problems) {
		t.Error("a default range is an error")
	}
	for key, block := range layout.Blocks {
		if block.CIDR.Overlaps(MustParse("172.30.0.0/15")) {
			t.Errorf("%s got %s, which AKS refuses", key, block.CIDR)
		}
	}
}
