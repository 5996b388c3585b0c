package blueprint

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// errorsOf lists the errors among findings, for messages.
func errorsOf(findings []Finding) []string {
	var list []string
	for _, f := range findings {
		if f.Severity == SeverityError {
			list = append(list, fmt.Sprintf("%s [%s]: %s. %s", f.Path, f.Rule, f.Summary, f.Detail))
		}
	}
	return list
}

// apply resolves spec against prior, fails on errors, and returns the design
// and what the next plan gets.
func apply(t *testing.T, spec Spec, prior *Prior) (Design, *Prior) {
	t.Helper()
	outcome := Resolve(spec, prior)
	for _, problem := range errorsOf(outcome.Findings) {
		t.Errorf("error: %s", problem)
	}
	return outcome.Design, priorOf(spec, outcome)
}

// kept fails where anything that stood before has another range or name after.
func kept(t *testing.T, before, after Design) {
	t.Helper()
	for key, subnet := range before.Network.Subnets {
		if now, ok := after.Network.Subnets[key]; ok && now.CIDR != subnet.CIDR {
			t.Errorf("subnet %s moved from %s to %s", key, subnet.CIDR, now.CIDR)
		}
	}
	if before.ControlPlane.ServiceCIDR != after.ControlPlane.ServiceCIDR {
		t.Errorf("services moved from %s to %s", before.ControlPlane.ServiceCIDR, after.ControlPlane.ServiceCIDR)
	}
	if !slices.Equal(before.ControlPlane.Subnets, after.ControlPlane.Subnets) {
		t.Errorf("the control plane's subnets changed from %v to %v", before.ControlPlane.Subnets, after.ControlPlane.Subnets)
	}
	for name, pool := range before.NodePools {
		for key, group := range pool.Groups {
			if now, ok := after.NodePools[name].Groups[key]; ok && now.Name != group.Name {
				t.Errorf("group %s of %s was renamed from %s to %s", key, name, group.Name, now.Name)
			}
		}
	}
	for key, gateway := range before.Network.NATGateways {
		if now, ok := after.Network.NATGateways[key]; ok && (now.Zone != gateway.Zone || now.Subnet != gateway.Subnet) {
			t.Errorf("NAT gateway %s moved from %+v to %+v", key, gateway, now)
		}
	}
	for key, name := range before.ControlPlane.Names {
		if after.ControlPlane.Names[key] != name {
			t.Errorf("%s was renamed from %s to %s", key, name, after.ControlPlane.Names[key])
		}
	}
}

// Adding a zone, tier, pool, repository, vault or identity moves and renames
// nothing; taking it away and adding it again gives it what it had.
func TestAddingMovesNothing(t *testing.T) {
	for name, add := range map[string]func(*Spec){
		"a zone behind": func(s *Spec) { s.Network.Zones = append(s.Network.Zones, "eu-west-1d") },
		"a zone before": func(s *Spec) { s.Network.Zones = []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"} },
		"a tier":        func(s *Spec) { s.Network.Tiers = map[string]TierSpec{"data": {}} },
		"a large tier":  func(s *Spec) { s.Network.Tiers = map[string]TierSpec{"aaa": {PrefixLength: 20}} },
		"a pool": func(s *Spec) {
			s.NodePools["batch"] = NodePoolSpec{InstanceTypes: []string{"m7i.4xlarge"}, MinSize: 3, MaxSize: 9}
		},
		"a repository": func(s *Spec) { s.Registry.Repositories = []string{"base", "shop/web", "shop/api"} },
		"a vault":      func(s *Spec) { s.Vault.Names = []string{"a", "shop"} },
		"an identity": func(s *Spec) {
			s.WorkloadIdentities["ci"] = WorkloadIdentitySpec{Namespace: "ci", ServiceAccount: "ci", Grants: []string{"registry:push"}}
		},
		"isolated": func(s *Spec) { s.Network.Egress = EgressIsolated },
	} {
		t.Run(name, func(t *testing.T) {
			base := cloneSpec(t, quickstart())
			base.ChangeBudget = nil
			if name == "a zone before" {
				base.Network.Zones = []string{"eu-west-1b", "eu-west-1c", "eu-west-1d"}
				add = func(s *Spec) { s.Network.Zones = append([]string{"eu-west-1a"}, s.Network.Zones...) }
			}
			larger := cloneSpec(t, base)
			add(&larger)
			before, prior := apply(t, base, nil)
			after, prior := apply(t, larger, prior)
			kept(t, before, after)
			disjoint(t, after, prior.Held)
			if _, _, replaced, deleted := Count(before, after); name != "isolated" && replaced+deleted > 0 {
				t.Errorf("%d components are replaced and %d deleted", replaced, deleted)
			}
			removed, prior := apply(t, base, prior)
			kept(t, after, removed)
			again, _ := apply(t, larger, prior)
			kept(t, after, again)
			if len(again.Network.Subnets) != len(after.Network.Subnets) {
				t.Errorf("%d subnets, then %d", len(after.Network.Subnets), len(again.Network.Subnets))
			}
		})
	}
}

// disjoint fails where two ranges of the network overlap, or a range that is
// held for a removed key is used.
func disjoint(t *testing.T, design Design, held map[string]string) {
	t.Helper()
	var keys []string
	ranges := map[string]netip.Prefix{}
	for key, text := range held {
		if strings.HasPrefix(key, subnetKeyPrefix) {
			keys, ranges[key] = append(keys, key), netip.MustParsePrefix(text)
		}
	}
	for key, subnet := range design.Network.Subnets {
		if prefix, ok := ranges[subnetKeyPrefix+key]; !ok || prefix.String() != subnet.CIDR {
			t.Errorf("subnet %s has %s, and %s is held for it", key, subnet.CIDR, prefix)
		}
	}
	slices.Sort(keys)
	for i, a := range keys {
		for _, b := range keys[:i] {
			if ranges[a].Overlaps(ranges[b]) {
				t.Errorf("%s (%s) overlaps %s (%s)", a, ranges[a], b, ranges[b])
			}
		}
	}
}

// A /16 with the default layout has room for six zones.
func TestDefaultLayoutHasRoomForSixZones(t *testing.T) {
	for _, mode := range []string{"non_routable", "routable"} {
		t.Run(mode, func(t *testing.T) {
			spec := quickstart()
			spec.Network.Pods = &PodsSpec{Mode: mode}
			spec.Capacity = nil
			var prior *Prior
			var before Design
			for zones := 3; zones <= 6; zones++ {
				spec.Network.Zones = nil
				for i := range zones {
					spec.Network.Zones = append(spec.Network.Zones, fmt.Sprintf("eu-west-1%c", 'a'+i))
				}
				design, next := apply(t, spec, prior)
				if prior != nil {
					kept(t, before, design)
				}
				disjoint(t, design, next.Held)
				before, prior = design, next
				spec = cloneSpec(t, spec)
			}
		})
	}
}

// Random edits never make ranges overlap, never move one, and never give one
// to another key.
func TestRandomEditsKeepRanges(t *testing.T) {
	letters := []string{"a", "b", "c", "d", "e", "f"}
	applied, refused := 0, 0
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 7))
		spec := quickstart()
		spec.ChangeBudget = nil
		if seed%3 == 0 {
			spec.Network.CIDR = "10.68.0.0/20"
			spec.NodePools = map[string]NodePoolSpec{"system": {InstanceTypes: []string{"m7g.large"}, MinSize: 3, MaxSize: 6, Mode: "system"}}
		}
		ever := map[string]string{} // range by key, for life
		var prior *Prior
		var before Design
		for step := range 12 {
			edit(random, &spec, letters, step)
			outcome := Resolve(spec, prior)
			if HasErrors(outcome.Findings) {
				if prior == nil {
					t.Fatalf("seed %d: %v", seed, errorsOf(outcome.Findings))
				}
				refused++
				spec = cloneSpec(t, prior.Spec) // what does not fit is refused, and nothing happens
				continue
			}
			for key, subnet := range outcome.Design.Network.Subnets {
				if known, ok := ever[key]; ok && known != subnet.CIDR {
					t.Fatalf("seed %d step %d: %s had %s, now %s", seed, step, key, known, subnet.CIDR)
				}
				ever[key] = subnet.CIDR
			}
			for a, rangeA := range ever {
				for b, rangeB := range ever {
					if a < b && netip.MustParsePrefix(rangeA).Overlaps(netip.MustParsePrefix(rangeB)) {
						t.Fatalf("seed %d step %d: %s (%s) overlaps %s (%s)", seed, step, a, rangeA, b, rangeB)
					}
				}
			}
			if prior != nil {
				kept(t, before, outcome.Design)
			}
			applied++
			before, prior = outcome.Design, priorOf(cloneSpec(t, spec), outcome)
		}
	}
	if applied < refused {
		t.Errorf("%d edits were applied and %d refused: the test proves little", applied, refused)
	}
}

// edit changes something of the spec that may change in place.
func edit(random *rand.Rand, spec *Spec, letters []string, step int) {
	if step == 0 {
		return
	}
	switch random.IntN(6) {
	case 0:
		count := 3 + random.IntN(4)
		spec.Network.Zones = nil
		for _, i := range random.Perm(6)[:count] {
			spec.Network.Zones = append(spec.Network.Zones, "eu-west-1"+letters[i])
		}
	case 1, 2:
		tiers := map[string]TierSpec{}
		for _, name := range []string{"data", "cache", "mail", "public"} {
			if random.IntN(2) == 0 {
				tiers[name] = TierSpec{}
			}
		}
		spec.Network.Tiers = tiers
	case 3:
		spec.Network.Egress = []string{EgressNAT, EgressNATPerZone, EgressIsolated}[random.IntN(3)]
		delete(spec.Network.Tiers, "public")
	case 4:
		spec.NodePools["extra"] = NodePoolSpec{InstanceTypes: []string{"m7g.large"}, MinSize: 6, MaxSize: 6 + random.IntN(30)}
	case 5:
		delete(spec.NodePools, "extra")
	}
}
