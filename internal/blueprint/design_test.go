package blueprint

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// NAT gateways, routes and public subnets follow from egress; a network
// without a way out has endpoints instead.
func TestEgress(t *testing.T) {
	for egress, want := range map[string]struct {
		nat, public, interfaces int
		route                   string
	}{
		EgressNATPerZone: {3, 3, 0, "nat/eu-west-1b"},
		EgressNAT:        {1, 0, 0, "nat/regional"},
		EgressIsolated:   {0, 0, 10, ""},
	} {
		spec := cloneSpec(t, quickstart())
		spec.Network.Egress = egress
		network := Resolve(spec, nil).Design.Network
		public, interfaces := 0, 0
		for _, subnet := range network.Subnets {
			if subnet.Tier == TierPublic {
				public++
			}
		}
		for _, endpoint := range network.Endpoints {
			if endpoint.Type == "interface" {
				interfaces++
			}
		}
		if len(network.NATGateways) != want.nat || public != want.public || interfaces != want.interfaces {
			t.Errorf("%s: %d NAT gateways, %d public subnets, %d interface endpoints", egress, len(network.NATGateways), public, interfaces)
		}
		for _, tier := range []string{TierNodes, TierPods} {
			if got := network.Subnets[tier+"-eu-west-1b"].RouteTo; got != want.route {
				t.Errorf("%s: %s routes to %q", egress, tier, got)
			}
		}
		if (len(network.AdmittedCIDRs) > 0) != (interfaces > 0) {
			t.Errorf("%s: admitted %v", egress, network.AdmittedCIDRs)
		}
		for key, gateway := range network.NATGateways {
			if key == natRegional && slices.Equal(gateway.Zones, network.Zones) {
				continue
			}
			if network.Subnets[gateway.Subnet].RouteTo != "internet" || gateway.Zone == "" {
				t.Errorf("%s: NAT gateway %s stands in %+v", egress, key, network.Subnets[gateway.Subnet])
			}
		}
	}
}

// The one NAT gateway stands in every zone where the region has such, in one on
// request and elsewhere; what stands is not moved by a default, and a move never
// takes the way out before there is another.
func TestNATModes(t *testing.T) {
	modes := func(region, mode string, prior *Prior) (string, *Prior) {
		spec := cloneSpec(t, quickstart())
		spec.Network.Egress, spec.Region = EgressNAT, region
		spec.Network.Zones = []string{region + "a", region + "b", region + "c"}
		if mode != "" {
			spec.AWS = &AWSSpec{NATMode: mode}
		}
		outcome := Resolve(spec, prior)
		network := outcome.Design.Network
		if len(network.NATGateways) != 1 {
			t.Fatalf("%s %q: %+v", region, mode, network.NATGateways)
		}
		for key := range network.NATGateways {
			components := network.Components()
			if !slices.Contains(components, "internet-gateway") || !slices.Contains(components, "route-table/nat-"+key) {
				t.Errorf("%s: %q", key, components)
			}
			return key, priorOf(spec, outcome)
		}
		return "", nil
	}
	if got, _ := modes("us-gov-west-1", "", nil); got != "all" {
		t.Errorf("a region that has none: %s", got)
	}
	zonal, prior := modes("eu-west-1", "zonal", nil)
	again, prior := modes("eu-west-1", "", prior)
	moved, prior := modes("eu-west-1", "regional", prior)
	stays, _ := modes("eu-west-1", "", prior)
	if zonal != "all" || again != "all" || moved != natRegional || stays != natRegional {
		t.Errorf("asked for zonal: %s, then for nothing: %s, for regional: %s, for nothing: %s", zonal, again, moved, stays)
	}
}

// The endpoints of an isolated cluster are derived from what it uses.
func TestIsolatedEndpoints(t *testing.T) {
	spec := cloneSpec(t, quickstart())
	spec.Network.Egress = EgressIsolated
	base := []string{"autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "kms", "logs", "s3", "secretsmanager", "sts"}
	check := func(name string, want ...string) {
		t.Helper()
		var got []string
		for service := range Resolve(spec, nil).Design.Network.Endpoints {
			got = append(got, service)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	check("quickstart", base...)
	spec.WorkloadIdentities["lb"] = WorkloadIdentitySpec{Namespace: "kube-system", ServiceAccount: "lb", Grants: []string{"load-balancer-controller"}}
	check("load balancers", append(base, "elasticloadbalancing")...)
	spec.Addons = map[string]AddonSpec{"aws-efs-csi-driver": {}}
	check("files", append(base, "elasticloadbalancing", "elasticfilesystem")...)
	spec.AWS = &AWSSpec{Identity: "irsa"}
	check("irsa", slices.DeleteFunc(append(slices.Clone(base), "elasticloadbalancing", "elasticfilesystem"), func(s string) bool { return s == "eks-auth" })...)
}

// Reservations keep a pod subnet for prefixes and leave the addresses of
// interfaces alone; together with the rest they make up the subnet.
func TestPrefixReservations(t *testing.T) {
	for _, c := range []struct {
		subnet    string
		primaries int
	}{{"100.64.0.0/17", 400}, {"100.64.0.0/18", 3}, {"100.64.0.0/20", 900}, {"10.0.0.0/26", 20}, {"10.0.0.0/28", 2}} {
		subnet := netip.MustParsePrefix(c.subnet)
		reserved := 0
		var ranges []netip.Prefix
		for _, text := range prefixReservations(subnet, c.primaries) {
			r := netip.MustParsePrefix(text)
			if !subnet.Contains(r.Addr()) || r.Bits() > 28 || r.Bits() <= subnet.Bits() || r.Masked() != r {
				t.Errorf("%s: %s", subnet, r)
			}
			for _, other := range ranges {
				if other.Overlaps(r) {
					t.Errorf("%s overlaps %s", r, other)
				}
			}
			ranges = append(ranges, r)
			reserved += 1 << (32 - r.Bits())
		}
		left := 1<<(32-subnet.Bits()) - reserved
		if left < c.primaries+reservedAddresses {
			t.Errorf("%s leaves %d addresses for %d interfaces", subnet, left, c.primaries)
		}
	}
}

// Shares over zones add up to what was asked for, and no zone's minimum is
// above its maximum.
func TestGroupsAddUp(t *testing.T) {
	for minimum := range 12 {
		for maximum := max(minimum, 5); maximum < 14; maximum++ {
			spec := cloneSpec(t, quickstart())
			spec.Network.Zones = append(spec.Network.Zones, "eu-west-1d", "eu-west-1e")
			perZone := true
			pool(&spec, "apps", func(p *NodePoolSpec) { p.MinSize, p.MaxSize, p.PerZone = minimum, maximum, &perZone })
			low, high := 0, 0
			for _, group := range Resolve(spec, nil).Design.NodePools["apps"].Groups {
				low, high = low+group.MinSize, high+group.MaxSize
				if group.MinSize > group.MaxSize {
					t.Errorf("%d to %d: %+v", minimum, maximum, group)
				}
			}
			if low != minimum || high != maximum {
				t.Errorf("%d to %d became %d to %d", minimum, maximum, low, high)
			}
		}
	}
}

// Every derived name is one that the cloud takes, however long the words it
// is made from, and no two of a kind are the same.
func TestDerivedNamesFit(t *testing.T) {
	for _, length := range []int{1, 20, 63} {
		spec := cloneSpec(t, quickstart())
		spec.Name = strings.Repeat("a", length)
		spec.Network.Egress = EgressIsolated
		spec.Autoscaling = AutoscalingKarpenter
		pool(&spec, "system", func(p *NodePoolSpec) { p.MaxSize = 3 })
		delete(spec.NodePools, "apps")
		long := strings.Repeat("p", 32)
		spec.NodePools[long] = NodePoolSpec{InstanceTypes: []string{"m7g.large"}, MinSize: 3, MaxSize: 3}
		spec.WorkloadIdentities[long] = WorkloadIdentitySpec{Namespace: "a", ServiceAccount: "b", Grants: []string{"backup"}}
		spec.Vault.Names = append(spec.Vault.Names, strings.Repeat("v", 60))
		spec.AWS = &AWSSpec{RoleNamePrefix: strings.Repeat("r", 30)}
		outcome := Resolve(spec, nil)
		if HasErrors(outcome.Findings) {
			t.Fatalf("refused: %v", errorsOf(outcome.Findings))
		}
		seen := map[string]bool{}
		check := func(kind, name string) {
			t.Helper()
			if err := catalog.ValidateName(kind, name); err != nil {
				t.Error(err)
			}
			if seen[kind+name] {
				t.Errorf("two of kind %s are called %s", kind, name)
			}
			seen[kind+name] = true
		}
		design := outcome.Design
		kinds := map[string]string{"role": catalog.NameIAMRole, "queue": catalog.NameSQSQueue, "rule": catalog.NameEventRule, "key-alias": catalog.NameKMSAlias,
			"log-group": catalog.NameLogGroup, "security-group": catalog.NameSecurityGroup}
		for _, names := range []map[string]string{design.Network.Names, design.ControlPlane.Names, design.Addons.Names, design.Registry.Names} {
			for key, name := range names {
				kind, _, _ := strings.Cut(key, "/")
				if kind != "vpc" {
					check(kinds[kind], name)
				}
			}
		}
		for _, entry := range design.Vault.Vaults {
			check(catalog.NameKMSAlias, entry.Name)
		}
		for _, identity := range design.WorkloadIdentities {
			check(catalog.NameIAMRole, identity.RoleName)
		}
		for _, p := range design.NodePools {
			for _, group := range p.Groups {
				check(catalog.NameEKSNodeGroup, group.Name)
			}
		}
	}
}

// Every named component has a name, and nothing is named that is not made.
func TestNamesMatchComponents(t *testing.T) {
	spec := cloneSpec(t, quickstart())
	spec.Network.Egress = EgressIsolated
	design := Resolve(spec, nil).Design
	for _, c := range []struct {
		section Section
		names   map[string]string
	}{{*design.Network, design.Network.Names}, {*design.ControlPlane, design.ControlPlane.Names}, {*design.Addons, design.Addons.Names}, {*design.Registry, design.Registry.Names}} {
		components := c.section.Components()
		for key := range c.names {
			if !slices.Contains(components, key) {
				t.Errorf("%q is named and not made", key)
			}
		}
		for _, component := range components {
			kind, _, _ := strings.Cut(component, "/")
			if slices.Contains([]string{"role", "queue", "rule", "key-alias", "log-group", "security-group", "vpc"}, kind) && c.names[component] == "" {
				t.Errorf("%q is made and has no name", component)
			}
		}
	}
}

// The months until exhaustion are those that counting month by month gives,
// from the input's month.
func TestCapacityAgainstSlowTwin(t *testing.T) {
	for _, rate := range []float64{0, 0.1, 0.5, 1, 3} {
		spec := cloneSpec(t, quickstart())
		spec.Capacity.GrowthPerYear = rate
		spec.Network.Tiers = map[string]TierSpec{"pods": {PrefixLength: 18}}
		outcome := Resolve(spec, nil)
		r := &resolver{spec: spec, report: newReport(spec), zones: spec.Network.Zones}
		need := r.awsDemand().zones["eu-west-1a"].pod
		months := -1
		for month, want := 0, float64(need); month <= mostMonths && rate > 0; month++ {
			if math.Ceil(want-1e-6) > 16379 {
				months = month
				break
			}
			want = float64(need) * math.Exp(math.Log(1+rate)*float64(month+1)/12)
		}
		if got := outcome.Capacity.MonthsToExhaustion; got != months {
			t.Errorf("growth %v: %d months, want %d", rate, got, months)
		}
		if months >= 0 {
			want := fmt.Sprintf("%04d-%02d", 2026+(11+months)/12, (11+months)%12+1)
			if got := outcome.Capacity.ExhaustedIn; got != want {
				t.Errorf("growth %v: exhausted in %s, want %s", rate, got, want)
			}
		} else if outcome.Capacity.ExhaustedIn != "" {
			t.Errorf("growth %v: exhausted in %s", rate, outcome.Capacity.ExhaustedIn)
		}
	}
}

// A change is counted by component: what is made, changed, made anew, removed.
func TestCount(t *testing.T) {
	for name, c := range map[string]struct {
		change                          func(*Spec)
		create, update, replace, delete int
	}{
		"nothing":    {change: func(*Spec) {}},
		"repository": {change: func(s *Spec) { s.Registry.Repositories = append(s.Registry.Repositories, "base") }, create: 1},
		"vault":      {change: func(s *Spec) { s.Vault.Names = append(s.Vault.Names, "b") }, create: 2, update: 1}, // the identity may read it
		"tier":       {change: tier("data", TierSpec{}), create: 3},
		"pool":       {change: func(s *Spec) { s.NodePools["extra"] = s.NodePools["system"] }, create: 4},
		"roll":       {change: apps(func(p *NodePoolSpec) { p.RolloutID = "2" }), update: 1, replace: 3},
		"sizes":      {change: apps(func(p *NodePoolSpec) { p.MaxSize = 61 }), update: 1},
		"admin":      {change: func(s *Spec) { s.Access.AdminGroups[0] = "arn:aws:iam::111122223333:role/other" }, create: 1, delete: 1},
		"version":    {change: func(s *Spec) { s.KubernetesVersion = "1.35" }, update: 1 + 3 + 5 + 4 + 4}, // cluster, add-ons before and after, each pool and its groups
		"tags":       {change: func(s *Spec) { s.Registry.KeepImages = 7 }, update: 2},
	} {
		t.Run(name, func(t *testing.T) {
			spec, prior := standing(t, nil)
			c.change(&spec)
			next, _ := apply(t, spec, prior)
			create, update, replace, deleted := Count(prior.Design, next)
			if create != c.create || update != c.update || replace != c.replace || deleted != c.delete {
				t.Errorf("create %d update %d replace %d delete %d, want %d %d %d %d", create, update, replace, deleted, c.create, c.update, c.replace, c.delete)
			}
		})
	}
	whole := Resolve(quickstart(), nil).Design
	components := 0
	for _, section := range sections(whole) {
		components += len(section.Components())
	}
	if create, _, _, _ := Count(Design{}, whole); create != components {
		t.Errorf("a first create counts %d of %d components", create, components)
	}
	if _, _, _, deleted := Count(whole, Design{}); deleted != components {
		t.Errorf("a destroy counts %d of %d components", deleted, components)
	}
	moved := cloneSpec(t, quickstart())
	moved.Region, moved.Network.Zones = "eu-west-2", []string{"eu-west-2a", "eu-west-2b", "eu-west-2c"}
	if _, _, replace, _ := Count(whole, Resolve(moved, nil).Design); replace == 0 {
		t.Error("another region replaces nothing")
	}
}

// The change budget limits what it names, and does not judge a first create.
func TestChangeBudget(t *testing.T) {
	spec, prior := standing(t, nil)
	zero, one := 0, 1
	spec.ChangeBudget = &ChangeBudgetSpec{Create: &zero}
	if got := Resolve(spec, nil).Findings; HasErrors(got) {
		t.Errorf("a first create is judged: %+v", got)
	}
	spec.Registry.Repositories = append(spec.Registry.Repositories, "base")
	if got := Resolve(spec, prior).Findings; len(findings(got, "budget-exceeded", "change_budget.create")) != 1 {
		t.Errorf("one is not more than none: %+v", got)
	}
	spec.ChangeBudget.Create = &one
	if got := Resolve(spec, prior).Findings; HasErrors(got) {
		t.Errorf("one is more than one: %+v", got)
	}
}

// The digest tells designs apart, and not an absent list from an empty one.
func TestDigest(t *testing.T) {
	design := Resolve(quickstart(), nil).Design
	digest := Digest(design)
	if !strings.HasPrefix(digest, "sha256:") || len(digest) != 71 {
		t.Errorf("digest %q", digest)
	}
	var again Design
	text, err := json.Marshal(design)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	again.Network.PodCIDRs = slices.Clone(design.Network.PodCIDRs)
	again.Network.Connections = map[string]ConnectionDesign{}
	again.Registry.PushPrincipals = []string{}
	if Digest(again) != digest {
		t.Error("the same design has another digest")
	}
	again.Network.DefaultClosed = false
	if Digest(again) == digest {
		t.Error("another design has the same digest")
	}
}

// Principals keep their path, sessions become their role, and two accounts
// may have roles of one name.
func TestAccessEntries(t *testing.T) {
	spec := cloneSpec(t, quickstart())
	spec.Autoscaling = AutoscalingKarpenter
	sso := "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef"
	spec.Access = &AccessSpec{
		AdminGroups: []string{sso, "arn:aws:sts::111122223333:assumed-role/ops/jo", "arn:aws:iam::444455556666:role/ops"},
		BreakGlass:  []string{"arn:aws:iam::111122223333:user/glass"},
		Bindings:    map[string]BindingSpec{"shop": {Principal: "arn:aws:iam::111122223333:role/team/shop", Role: "edit", Namespaces: []string{"b", "a", "b"}}},
	}
	got := Resolve(spec, nil).Design.ControlPlane.AccessEntries
	want := map[string]AccessEntryDesign{
		"admin-AWSReservedSSO_Admin_0123456789abcdef": {Principal: sso, Role: "cluster_admin"},
		"admin-ops":              {Principal: "arn:aws:iam::111122223333:role/ops", Role: "cluster_admin"},
		"admin-ops-444455556666": {Principal: "arn:aws:iam::444455556666:role/ops", Role: "cluster_admin"},
		"break-glass-glass":      {Principal: "arn:aws:iam::111122223333:user/glass", Role: "cluster_admin"},
		"binding-shop":           {Principal: "arn:aws:iam::111122223333:role/team/shop", Role: "edit", Namespaces: []string{"a", "b"}},
		"nodes":                  {Principal: "role/node", Role: "node"},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// Auto Mode brings its own nodes and most add-ons.
func TestAutoMode(t *testing.T) {
	spec := cloneSpec(t, quickstart())
	spec.Autoscaling, spec.NodePools = AutoscalingAutoMode, nil
	outcome := Resolve(spec, nil)
	if len(outcome.Findings) > 0 {
		t.Errorf("findings: %+v", outcome.Findings)
	}
	plane := outcome.Design.ControlPlane
	if !plane.AutoMode || len(plane.Addons) > 0 || len(plane.PodSubnets) > 0 || len(outcome.Design.Addons.Addons) != 1 {
		t.Errorf("control plane %+v, add-ons %+v", plane, outcome.Design.Addons.Addons)
	}
}

// Routable pods share the nodes' subnets, which are sized and reserved for
// them.
func TestRoutablePods(t *testing.T) {
	spec := cloneSpec(t, quickstart())
	spec.Network.Pods = &PodsSpec{Mode: "routable"}
	spec.Capacity = nil
	design, _ := apply(t, spec, nil)
	if len(design.Network.PodCIDRs) > 0 || len(design.ControlPlane.PodSubnets) > 0 {
		t.Error("routable pods have ranges of their own")
	}
	nodes := design.Network.Subnets["nodes-eu-west-1a"]
	if len(nodes.Reservations) == 0 || !strings.HasSuffix(nodes.CIDR, "/18") {
		t.Errorf("nodes %+v", nodes)
	}
	if strings.Contains(design.ControlPlane.Addons["vpc-cni"].Configuration, "CUSTOM_NETWORK") {
		t.Error("custom networking is on")
	}
}

func BenchmarkResolve(b *testing.B) {
	spec := quickstart()
	b.Run("create", func(b *testing.B) {
		for b.Loop() {
			Resolve(spec, nil)
		}
	})
	prior := priorOf(spec, Resolve(spec, nil))
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			Resolve(spec, prior)
		}
	})
}
