package blueprint

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// standing is the quickstart as it stands after its first apply.
func standing(t *testing.T, change func(*Spec)) (Spec, *Prior) {
	t.Helper()
	spec := cloneSpec(t, quickstart())
	spec.ChangeBudget = nil
	if change != nil {
		change(&spec)
	}
	_, prior := apply(t, cloneSpec(t, spec), nil)
	return spec, prior
}

// What would make the network, cluster, registry or vault anew is refused with
// its token and the way out; the token lets it through, once.
func TestReplacementNeedsItsToken(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*Spec)
		objects []string
		path    string
	}{
		"name": {func(s *Spec) { s.Name = "shop-us" }, []string{"cluster", "network", "registry", "vault"}, "name"},
		"region": {func(s *Spec) {
			s.Region = "us-east-1"
			s.Network.Zones = []string{"us-east-1a", "us-east-1b", "us-east-1c"}
		}, []string{"cluster", "network", "registry", "vault"}, "region"},
		"target":       {func(s *Spec) { s.Target = "prod" }, []string{"cluster", "network", "registry", "vault"}, "target"},
		"range":        {func(s *Spec) { s.Network.CIDR = "10.69.0.0/16" }, []string{"cluster", "network"}, "network.cidr"},
		"services":     {func(s *Spec) { s.Network.ServiceCIDR = "10.200.0.0/16" }, []string{"cluster"}, "network.service_cidr"},
		"birth zone":   {func(s *Spec) { s.Network.Zones = []string{"eu-west-1a", "eu-west-1b", "eu-west-1d"} }, []string{"cluster"}, "network.zones"},
		"cluster role": {func(s *Spec) { s.AWS = &AWSSpec{RolePath: "/platform/"} }, []string{"cluster"}, "aws"},
		"key":          {func(s *Spec) { s.Encryption = &EncryptionSpec{Mode: "cloud"} }, []string{"cluster"}, "encryption"},
	} {
		t.Run(name, func(t *testing.T) {
			spec, prior := standing(t, nil)
			c.change(&spec)
			outcome := Resolve(spec, prior)
			var objects []string
			for _, f := range outcome.Findings {
				if f.Rule != "replacement" {
					continue
				}
				object := strings.TrimPrefix(f.Summary, "this would replace the ")
				objects = append(objects, object)
				if !strings.Contains(f.Detail, "blue/green") {
					t.Errorf("no way out: %s", f.Detail)
				}
				_, rest, _ := strings.Cut(f.Detail, `add "`)
				token, _, _ := strings.Cut(rest, `"`)
				spec.AcknowledgeReplacement = append(spec.AcknowledgeReplacement, token)
				if f.Path != c.path {
					t.Errorf("path %s, want %s", f.Path, c.path)
				}
			}
			slices.Sort(objects)
			if !slices.Equal(objects, c.objects) {
				t.Fatalf("replaced are %v, want %v", objects, c.objects)
			}
			design, next := apply(t, spec, prior)
			if design.Network.CIDR != spec.Network.CIDR {
				t.Errorf("the network has %s", design.Network.CIDR)
			}
			next.Incarnation = "6a01"
			after := Resolve(spec, next)
			if HasErrors(after.Findings) || len(findings(after.Findings, "acknowledge-unused", "acknowledge_replacement[0]")) != 1 {
				t.Errorf("a used token is not told: %+v", after.Findings)
			}
		})
	}
}

// Adding a key to a cluster without one, and everything else that changes in
// place, is no replacement.
func TestInPlaceIsNoReplacement(t *testing.T) {
	for name, c := range map[string]struct{ before, change func(*Spec) }{
		"add a key":            {func(s *Spec) { s.Encryption = &EncryptionSpec{Mode: "cloud"} }, func(s *Spec) { s.Encryption = nil }},
		"version":              {nil, func(s *Spec) { s.KubernetesVersion = "1.35" }},
		"boundary":             {nil, func(s *Spec) { s.AWS = &AWSSpec{PermissionsBoundary: "arn:aws:iam::111122223333:policy/b"} }},
		"egress":               {nil, func(s *Spec) { s.Network.Egress = EgressIsolated }},
		"stage":                {nil, func(s *Spec) { s.Stage = StageDevelopment }},
		"later zone":           {func(s *Spec) { s.Network.Zones = append(s.Network.Zones, "eu-west-1d") }, func(s *Spec) { s.Network.Zones = s.Network.Zones[:4] }},
		"role prefix":          {nil, func(s *Spec) { s.AWS = &AWSSpec{RoleNamePrefix: "x-"} }},
		"services as they are": {nil, func(s *Spec) { s.Network.ServiceCIDR = "172.20.0.0/16" }},
	} {
		t.Run(name, func(t *testing.T) {
			spec, prior := standing(t, c.before)
			c.change(&spec)
			before := prior.Design
			after, _ := apply(t, spec, prior)
			if name != "egress" {
				kept(t, before, after)
			}
		})
	}
}

// A realizer judges what it observed by the same rule as the blueprint.
func TestReplacedByOfObserved(t *testing.T) {
	_, prior := standing(t, nil)
	observed := *prior.Design.ControlPlane
	planned := observed
	if ReplacedBy("cluster", "i", observed, planned) != nil {
		t.Error("nothing changed, and it would be replaced")
	}
	planned.ServiceCIDR = Unknown("x")
	if ReplacedBy("cluster", "i", observed, planned) != nil {
		t.Error("an unknown value triggers a replacement")
	}
	planned.ServiceCIDR = "10.200.0.0/16"
	got := ReplacedBy("cluster", "i", observed, planned)
	if got == nil || got.Path != "network.service_cidr" || got.Token != ReplacementToken("cluster", "i", observed.Fixed()) {
		t.Errorf("got %+v", got)
	}
	if ReplacementToken("cluster", "i", observed.Fixed()) == ReplacementToken("cluster", "j", observed.Fixed()) {
		t.Error("the token does not tell incarnations apart")
	}
}

// The version goes up one minor at a time, down only by one and acknowledged.
func TestVersionSteps(t *testing.T) {
	for name, c := range map[string]struct {
		from, to, rollback string
		rule               string
		severity           Severity
	}{
		"one up":     {from: "1.33", to: "1.34"},
		"two up":     {from: "1.33", to: "1.35", rule: "version-skip", severity: SeverityError},
		"down":       {from: "1.34", to: "1.33", rule: "version-downgrade", severity: SeverityError},
		"rollback":   {from: "1.34", to: "1.33", rollback: "1.33", rule: "version-rollback", severity: SeverityWarning},
		"two down":   {from: "1.35", to: "1.33", rollback: "1.33", rule: "version-downgrade", severity: SeverityError},
		"idle words": {from: "1.34", to: "1.34", rollback: "1.33", rule: "acknowledge-unused", severity: SeverityWarning},
	} {
		t.Run(name, func(t *testing.T) {
			spec, prior := standing(t, func(s *Spec) { s.KubernetesVersion = c.from })
			spec.KubernetesVersion, spec.AcknowledgeRollback = c.to, c.rollback
			var got []Finding
			for _, f := range Resolve(spec, prior).Findings {
				if strings.HasPrefix(f.Rule, "version") || f.Rule == "acknowledge-unused" {
					got = append(got, f)
				}
			}
			switch {
			case c.rule == "" && len(got) > 0:
				t.Errorf("got %+v", got)
			case c.rule != "" && (len(got) != 1 || got[0].Rule != c.rule || got[0].Severity != c.severity):
				t.Errorf("got %+v, want %s", got, c.rule)
			}
		})
	}
}

// A spec that has not changed is never refused, whatever rules have come since:
// it could not even be destroyed. The design stays verbatim, even one that this
// version would not make.
func TestUnchangedIsNeverRefused(t *testing.T) {
	spec := cloneSpec(t, quickstart())
	spec.Network.Zones = []string{"nowhere-1a"}
	spec.KubernetesVersion = "1.20"
	spec.Network.CIDR = "10.0.0.0/30"
	old := Resolve(quickstart(), nil)
	old.Design.Network.Names["vpc"] = "an older way of naming"
	outcome := Resolve(spec, priorOf(spec, old))
	if HasErrors(outcome.Findings) {
		t.Errorf("refused: %v", errorsOf(outcome.Findings))
	}
	if len(outcome.Findings) < 3 {
		t.Errorf("what is wrong is not told: %+v", outcome.Findings)
	}
	if !reflect.DeepEqual(outcome.Design, old.Design) || !reflect.DeepEqual(outcome.Held, old.Held) {
		t.Error("the design is not verbatim")
	}
}

// A new way of deriving names renames nothing that stands, and an older
// design version stays.
func TestNamesAndVersionAreSticky(t *testing.T) {
	spec, prior := standing(t, nil)
	prior.Design.ControlPlane.Names["role/node"] = "old-node"
	prior.Design.Vault.Vaults["shop"] = VaultEntryDesign{Prefix: "shop/", Name: "alias/old"}
	identity := prior.Design.WorkloadIdentities["external-secrets"]
	identity.RoleName = "old-role"
	prior.Design.WorkloadIdentities["external-secrets"] = identity
	prior.DesignVersion = 7
	spec.Tags = map[string]string{"a": "b"}
	outcome := Resolve(spec, prior)
	if got := outcome.Design.ControlPlane.Names["role/node"]; got != "old-node" {
		t.Errorf("node role %q", got)
	}
	if got := outcome.Design.Vault.Vaults["shop"].Name; got != "alias/old" {
		t.Errorf("vault alias %q", got)
	}
	if got := outcome.Design.WorkloadIdentities["external-secrets"].RoleName; got != "old-role" {
		t.Errorf("role %q", got)
	}
	if outcome.DesignVersion != 7 {
		t.Errorf("design version %d", outcome.DesignVersion)
	}
}

// Renaming a key through moved_from keeps its ranges and names, then and in
// every later plan; the old key can't be used by another.
func TestMovedFrom(t *testing.T) {
	spec, prior := standing(t, tier("db", TierSpec{}))
	before := prior.Design
	spec.Network.Tiers = map[string]TierSpec{"data": {MovedFrom: "db"}}
	spec.NodePools["workers"] = spec.NodePools["apps"]
	pool(&spec, "workers", func(p *NodePoolSpec) { p.MovedFrom = "apps" })
	delete(spec.NodePools, "apps")
	spec.WorkloadIdentities["secrets"] = spec.WorkloadIdentities["external-secrets"]
	delete(spec.WorkloadIdentities, "external-secrets")
	identity := spec.WorkloadIdentities["secrets"]
	identity.MovedFrom = "external-secrets"
	spec.WorkloadIdentities["secrets"] = identity
	moved, prior := apply(t, spec, prior)
	check := func(design Design) {
		t.Helper()
		for _, zone := range []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"} {
			if was, is := before.Network.Subnets["db-"+zone].CIDR, design.Network.Subnets["data-"+zone].CIDR; was != is {
				t.Errorf("%s: %s became %s", zone, was, is)
			}
			if was, is := before.NodePools["apps"].Groups[zone].Name, design.NodePools["workers"].Groups[zone].Name; was != is {
				t.Errorf("%s: group %s became %s", zone, was, is)
			}
		}
		if design.NodePools["workers"].Name != "apps" {
			t.Errorf("pool %q", design.NodePools["workers"].Name)
		}
		if was, is := before.WorkloadIdentities["external-secrets"].RoleName, design.WorkloadIdentities["secrets"].RoleName; was != is {
			t.Errorf("role %s became %s", was, is)
		}
	}
	check(moved)
	disjoint(t, moved, prior.Held)
	spec = cloneSpec(t, spec)
	spec.Network.Tiers = map[string]TierSpec{"data": {}}
	pool(&spec, "workers", func(p *NodePoolSpec) { p.MovedFrom = "" })
	identity.MovedFrom = ""
	spec.WorkloadIdentities["secrets"] = identity
	settled, prior := apply(t, spec, prior)
	check(settled)
	spec = cloneSpec(t, spec)
	spec.NodePools["apps"] = NodePoolSpec{InstanceTypes: []string{"m7g.large"}, MinSize: 3, MaxSize: 6}
	if got := Resolve(spec, prior).Findings; len(findings(got, "pool-name-taken", `node_pools["apps"]`)) != 1 {
		t.Errorf("the name of a renamed pool is given away: %+v", got)
	}
}

// Subnets can't be resized; pins restore a lost layout.
func TestSizesAndPins(t *testing.T) {
	spec, prior := standing(t, tier("data", TierSpec{PrefixLength: 24}))
	before := prior.Design
	tier("data", TierSpec{PrefixLength: 23})(&spec)
	if got := Resolve(spec, prior).Findings; len(findings(got, "tier-kept", `network.tiers["data"].prefix_length`)) != 1 {
		t.Errorf("a tier is resized: %+v", got)
	}
	lost := cloneSpec(t, prior.Spec)
	lost.Network.Zones = append([]string{"eu-west-1d"}, lost.Network.Zones...)
	lost.Pins = map[string]string{}
	for key, subnet := range before.Network.Subnets {
		lost.Pins["subnet/"+key] = subnet.CIDR
	}
	lost.Network.Pods = &PodsSpec{CIDRs: before.Network.PodCIDRs}
	lost.Network.ServiceCIDR = before.ControlPlane.ServiceCIDR
	restored, _ := apply(t, lost, nil)
	for key, subnet := range before.Network.Subnets {
		if restored.Network.Subnets[key].CIDR != subnet.CIDR {
			t.Errorf("%s: %s, want %s", key, restored.Network.Subnets[key].CIDR, subnet.CIDR)
		}
	}
}

// A pool rolls by a new group when what a group can't change changes, and only
// then.
func TestWhatRollsAPool(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*NodePoolSpec)
		rolls  bool
	}{
		"instance types": {func(p *NodePoolSpec) { p.InstanceTypes = []string{"m7g.4xlarge"} }, true},
		"capacity":       {func(p *NodePoolSpec) { p.CapacityType = "spot" }, true},
		"system":         {func(p *NodePoolSpec) { p.NodeImage = &NodeImageSpec{OS: "bottlerocket"} }, true},
		"rollout":        {func(p *NodePoolSpec) { p.RolloutID = "2" }, true},
		"release":        {func(p *NodePoolSpec) { p.NodeImage = &NodeImageSpec{Release: "1.34.1-20261101"} }, false},
		"labels":         {func(p *NodePoolSpec) { p.Labels["a"] = "b" }, false},
		"taints":         {func(p *NodePoolSpec) { p.Taints = []TaintSpec{{Key: "a", Effect: "NoSchedule"}} }, false},
		"disk":           {func(p *NodePoolSpec) { p.Disk = &DiskSpec{SizeGiB: 200} }, false},
		"sizes":          {func(p *NodePoolSpec) { p.MaxSize = 90 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			spec, prior := standing(t, nil)
			before := prior.Design.NodePools["apps"].Groups["eu-west-1a"].Name
			apps(c.change)(&spec)
			after, _ := apply(t, spec, prior)
			name := after.NodePools["apps"].Groups["eu-west-1a"].Name
			if (name != before) != c.rolls || !strings.HasPrefix(name, "apps-eu-west-1a-") {
				t.Errorf("%s became %s, rolls: %v", before, name, c.rolls)
			}
		})
	}
}

// Unknown inputs make what hangs on them unknown, and nothing else; the
// missing checks are named once, and are errors where strict asks for it.
func TestUnknownInputs(t *testing.T) {
	spec := cloneSpec(t, quickstart())
	spec.Network.CIDR = Unknown("network.cidr")
	spec.Access.AdminGroups[0] = Unknown("access.admin_groups[0]")
	spec.Tags = map[string]string{"team": Unknown("tags")}
	outcome := Resolve(spec, nil)
	if HasErrors(outcome.Findings) {
		t.Fatalf("refused: %v", errorsOf(outcome.Findings))
	}
	if len(outcome.Findings) != 2 || !slices.Equal(outcome.Waits, []string{"access.admin_groups[0]", "network.cidr"}) {
		t.Errorf("waits %v, findings %+v", outcome.Waits, outcome.Findings)
	}
	known := Resolve(quickstart(), nil)
	if len(outcome.Design.Network.Subnets) != len(known.Design.Network.Subnets) {
		t.Error("the keys of subnets hang on an unknown range")
	}
	for key, subnet := range outcome.Design.Network.Subnets {
		if want := subnet.Tier != TierPods; IsUnknown(subnet.CIDR) != want {
			t.Errorf("%s: %q", key, subnet.CIDR)
		}
		if !IsUnknown(subnet.CIDR) && subnet.CIDR != known.Design.Network.Subnets[key].CIDR {
			t.Errorf("%s: %s now, %s later", key, subnet.CIDR, known.Design.Network.Subnets[key].CIDR)
		}
	}
	if !IsUnknown(outcome.Design.ControlPlane.ServiceCIDR) || !IsUnknown(Digest(outcome.Design)) || outcome.CapacityWaits != "network.cidr" {
		t.Errorf("services %q, digest %q, capacity waits for %q", outcome.Design.ControlPlane.ServiceCIDR, Digest(outcome.Design), outcome.CapacityWaits)
	}
	spec.Strict = true
	if got := len(errorsOf(Resolve(spec, nil).Findings)); got != 2 {
		t.Errorf("strict gives %d errors", got)
	}
}

// What decides keys, counts or sizes, and what is for life once it stands,
// must be known.
func TestUnknownStructureIsRefused(t *testing.T) {
	for path, change := range map[string]func(*Spec){
		"network.zones[1]":                     func(s *Spec) { s.Network.Zones[1] = Unknown("z") },
		"network.egress":                       func(s *Spec) { s.Network.Egress = Unknown("z") },
		"stage":                                func(s *Spec) { s.Stage = Unknown("z") },
		"autoscaling":                          func(s *Spec) { s.Autoscaling = Unknown("z") },
		`node_pools["apps"].instance_types[0]`: apps(func(p *NodePoolSpec) { p.InstanceTypes[0] = Unknown("z") }),
		"registry.repositories[0]":             func(s *Spec) { s.Registry.Repositories[0] = Unknown("z") },
		"vault.names[0]":                       func(s *Spec) { s.Vault.Names[0] = Unknown("z") },
	} {
		spec := cloneSpec(t, quickstart())
		change(&spec)
		if got := Resolve(spec, nil).Findings; len(findings(got, "unknown-structure", path)) != 1 {
			t.Errorf("%s: %+v", path, got)
		}
	}
	for path, change := range map[string]func(*Spec){
		"network.cidr":         func(s *Spec) { s.Network.CIDR = Unknown("z") },
		"network.service_cidr": func(s *Spec) { s.Network.ServiceCIDR = Unknown("z") },
		"name":                 func(s *Spec) { s.Name = Unknown("z") },
		"target":               func(s *Spec) { s.Target = Unknown("z") },
	} {
		spec, prior := standing(t, nil)
		change(&spec)
		got := Resolve(spec, prior)
		if len(findings(got.Findings, "unknown-fixed", path)) != 1 {
			t.Errorf("%s: %+v", path, got.Findings)
		}
	}
}

// What an unknown plan showed as known comes out the same when the value is
// there: Terraform refuses anything else.
func TestUnknownThenKnown(t *testing.T) {
	for name, c := range map[string]struct{ unknown, known func(*Spec) }{
		"range":    {func(s *Spec) { s.Network.CIDR = Unknown("x") }, func(s *Spec) { s.Network.CIDR = "192.168.0.0/16" }},
		"reserved": {func(s *Spec) { s.Network.ReachableFrom = []string{Unknown("x")} }, func(s *Spec) { s.Network.ReachableFrom = []string{"100.64.0.0/16"} }},
		"groups": {func(s *Spec) { s.Access.AdminGroups = []string{"arn:aws:iam::111122223333:role/z", Unknown("x")} }, func(s *Spec) {
			s.Access.AdminGroups = []string{"arn:aws:iam::111122223333:role/z", "arn:aws:iam::111122223333:role/z"}
		}},
		"pushers": {func(s *Spec) { s.Registry.PushPrincipals = []string{"arn:aws:iam::111122223333:role/z", Unknown("x")} }, func(s *Spec) {
			s.Registry.PushPrincipals = []string{"arn:aws:iam::111122223333:role/z", "arn:aws:iam::111122223333:role/a"}
		}},
		"version": {func(s *Spec) { s.KubernetesVersion = Unknown("x") }, func(s *Spec) { s.KubernetesVersion = "1.35" }},
		"taints": {apps(func(p *NodePoolSpec) {
			p.Taints = []TaintSpec{{"b", "", "NoSchedule"}, {Unknown("x"), "", "NoSchedule"}}
		}), apps(func(p *NodePoolSpec) { p.Taints = []TaintSpec{{"b", "", "NoSchedule"}, {"a", "", "NoSchedule"}} })},
		"start":     {func(s *Spec) { s.Capacity.Start = Unknown("x") }, func(s *Spec) { s.Capacity.Start = "2027-01" }},
		"node role": {func(s *Spec) { s.AWS = &AWSSpec{NodeRoleARN: Unknown("x")} }, func(s *Spec) { s.AWS = &AWSSpec{NodeRoleARN: "arn:aws:iam::111122223333:role/n"} }},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := cloneSpec(t, quickstart()), cloneSpec(t, quickstart())
			c.unknown(&first)
			c.known(&second)
			early, late := Resolve(first, nil), Resolve(second, nil)
			agrees(t, "design", tree(t, early.Design), tree(t, late.Design))
			if early.CapacityWaits == "" {
				agrees(t, "capacity", tree(t, early.Capacity), tree(t, late.Capacity))
			}
		})
	}
}

// A tier with all defaults is a change, though it says nothing.
func TestEmptyIsNotAbsent(t *testing.T) {
	spec, prior := standing(t, nil)
	spec.Network.Tiers = map[string]TierSpec{"data": {}}
	if design, _ := apply(t, spec, prior); design.Network.Subnets["data-eu-west-1a"].CIDR == "" {
		t.Error("the tier is missing")
	}
	spec, prior = standing(t, apps(func(p *NodePoolSpec) { p.Taints = []TaintSpec{{Key: "a", Value: "b", Effect: "NoSchedule"}} }))
	spec.Tags = map[string]string{"a": ""}
	if design, _ := apply(t, spec, prior); len(design.Network.Tags) != 1 {
		t.Error("the tag is missing")
	}
}

// Nodes are not taken back to an older version, and the control plane's own
// way out is not taken back from the customer.
func TestNoWayBack(t *testing.T) {
	spec, prior := standing(t, nil)
	apps(func(p *NodePoolSpec) { p.KubernetesVersion = "1.33" })(&spec)
	if got := Resolve(spec, prior).Findings; len(findings(got, "pool-downgrade", `node_pools["apps"].kubernetes_version`)) != 1 {
		t.Errorf("a pool is downgraded: %+v", got)
	}
	spec, prior = standing(t, func(s *Spec) { s.AWS = &AWSSpec{ControlPlaneEgress: "CUSTOMER_ROUTED"} })
	if route := prior.Design.Network.Subnets["control_plane-eu-west-1a"].RouteTo; route != "nat/eu-west-1a" {
		t.Errorf("the control plane routes to %q", route)
	}
	spec.AWS = nil
	if got := Resolve(spec, prior).Findings; len(findings(got, "control-plane-egress", "aws.control_plane_egress")) != 1 {
		t.Errorf("CUSTOMER_ROUTED is left: %+v", got)
	}
}

// Ranges that pods live in stay in the list, and the name that a renamed
// identity keeps is not given away.
func TestWhatIsInUseStays(t *testing.T) {
	spec, prior := standing(t, nil)
	spec.Network.Pods = &PodsSpec{CIDRs: []string{"100.80.0.0/16", "100.81.0.0/16"}}
	if got := Resolve(spec, prior).Findings; len(findings(got, "pod-range-kept", "network.pods.cidrs")) != 2 {
		t.Errorf("ranges are taken from pods: %+v", got)
	}
	spec.Network.Pods.CIDRs = append([]string{"100.64.0.0/16", "100.65.0.0/16"}, spec.Network.Pods.CIDRs...)
	after, _ := apply(t, spec, prior)
	kept(t, prior.Design, after)

	spec, prior = standing(t, nil)
	identity := spec.WorkloadIdentities["external-secrets"]
	identity.MovedFrom = "external-secrets"
	spec.WorkloadIdentities = map[string]WorkloadIdentitySpec{"secrets": identity}
	_, prior = apply(t, cloneSpec(t, spec), prior)
	spec.WorkloadIdentities["external-secrets"] = WorkloadIdentitySpec{Namespace: "a", ServiceAccount: "b", Grants: []string{"backup"}}
	identity.MovedFrom = ""
	spec.WorkloadIdentities["secrets"] = identity
	if got := Resolve(spec, prior).Findings; len(findings(got, "identity-name-taken", `workload_identities["external-secrets"]`)) != 1 {
		t.Errorf("a name is given away: %+v", got)
	}
}

// What somebody deleted is made again, and is no reason to replace a cluster.
func TestLostPartsAreNoReplacement(t *testing.T) {
	_, prior := standing(t, nil)
	planned := *prior.Design.ControlPlane
	observed := planned
	observed.Names = map[string]string{}
	observed.Subnets = nil
	if got := ReplacedBy("cluster", "i", observed, planned); got != nil {
		t.Errorf("replaced: %+v", got)
	}
}
