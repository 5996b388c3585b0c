package blueprint

import (
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// standingAzure is the quickstart for AKS as it stands after its first apply.
func standingAzure(t *testing.T, change func(*Spec)) (Spec, *Prior) {
	t.Helper()
	spec := cloneSpec(t, azureQuickstart())
	spec.ChangeBudget = nil
	if change != nil {
		change(&spec)
	}
	_, prior := apply(t, cloneSpec(t, spec), nil)
	return spec, prior
}

// keptAzure fails where anything on Azure that stood before has another range,
// name or identity after.
func keptAzure(t *testing.T, before, after Design) {
	t.Helper()
	kept(t, before, after)
	if was, is := before.ControlPlane.PodCIDR, after.ControlPlane.PodCIDR; was != is {
		t.Errorf("pods moved from %s to %s", was, is)
	}
	if !reflect.DeepEqual(before.ControlPlane.BootstrapPool, after.ControlPlane.BootstrapPool) {
		t.Errorf("the bootstrap pool was born again: %+v, %+v", before.ControlPlane.BootstrapPool, after.ControlPlane.BootstrapPool)
	}
	for object, section := range sections(before) {
		next, ok := sections(after)[object]
		if !ok {
			continue
		}
		for _, component := range section.Components() {
			if !slices.Contains(next.Components(), component) || strings.HasPrefix(component, "nsg/") {
				continue
			}
			if was, is := section.IdentityOf(component), next.IdentityOf(component); was != is {
				t.Errorf("%s of %s became %q, was %q", component, object, is, was)
			}
		}
	}
}

// What is said once is settled once: a second plan changes nothing.
func TestAzureUnchangedIsVerbatim(t *testing.T) {
	first := Resolve(azureQuickstart(), nil)
	if len(first.Findings) != 1 || first.Findings[0].Rule != "version-ending" {
		t.Errorf("the quickstart is not silent: %+v", first.Findings)
	}
	second := Resolve(azureQuickstart(), priorOf(azureQuickstart(), first))
	if !reflect.DeepEqual(first.Design, second.Design) || !reflect.DeepEqual(first.Held, second.Held) || first.Capacity != second.Capacity {
		t.Error("the second outcome differs from the first")
	}
	touched := azureQuickstart()
	touched.Tags = map[string]string{}
	touched.Strict = true
	third := Resolve(touched, priorOf(azureQuickstart(), first))
	if Digest(first.Design) != Digest(third.Design) {
		t.Error("resolving against what stands gives another design")
	}
}

// Adding a zone, tier, pool, vault, identity, administrator or registry moves,
// renames and replaces nothing; taking it away and adding it again gives it
// what it had.
func TestAzureAddingMovesNothing(t *testing.T) {
	for name, add := range map[string]func(*Spec){
		"a zone":       func(s *Spec) { s.Network.Zones = []string{"3", "1", "2"} },
		"a tier":       tier("aaa", TierSpec{}),
		"a large tier": tier("data", TierSpec{PrefixLength: 18}),
		"a pool": func(s *Spec) {
			s.NodePools["a-system"] = NodePoolSpec{InstanceTypes: []string{"Standard_D8ds_v5"}, MinSize: 3, MaxSize: 9, Mode: ModeSystem}
		},
		"a vault":          func(s *Spec) { s.Vault.Names = []string{"a", "shop"} },
		"an administrator": func(s *Spec) { s.Access.AdminGroups = append([]string{testObject}, s.Access.AdminGroups...) },
		"an identity": func(s *Spec) {
			s.WorkloadIdentities["ci"] = WorkloadIdentitySpec{Namespace: "ci", ServiceAccount: "ci", Grants: []string{"registry:push"}}
		},
		"growth": apps(func(p *NodePoolSpec) { p.MaxSize = 200 }),
	} {
		t.Run(name, func(t *testing.T) {
			base := cloneSpec(t, azureQuickstart())
			base.ChangeBudget = nil
			if name == "a zone" {
				base.Stage, base.Network.Zones = StageDevelopment, []string{"2", "3"}
			}
			larger := cloneSpec(t, base)
			add(&larger)
			before, prior := apply(t, base, nil)
			after, prior := apply(t, larger, prior)
			keptAzure(t, before, after)
			disjoint(t, after, prior.Held)
			if _, _, replaced, deleted := Count(before, after); replaced+deleted > 0 {
				t.Errorf("%d components are replaced and %d deleted", replaced, deleted)
			}
			removed, prior := apply(t, base, prior)
			keptAzure(t, after, removed)
			again, _ := apply(t, larger, prior)
			keptAzure(t, after, again)
		})
	}
}

// A pool that was born before a zone has no nodes there, and the plan says so
// until zones are named: all of them, or those that it is to keep.
func TestAzurePoolTellsOfNewZone(t *testing.T) {
	spec := cloneSpec(t, azureQuickstart())
	spec.Stage, spec.Network.Zones, spec.ChangeBudget = StageDevelopment, []string{"1", "2"}, nil
	before, prior := apply(t, spec, nil)
	told := func(zones ...string) []Finding {
		larger := cloneSpec(t, spec)
		larger.Network.Zones = []string{"1", "2", "3"}
		pool(&larger, "apps", func(p *NodePoolSpec) { p.Zones = zones })
		outcome := Resolve(larger, prior)
		if len(errorsOf(outcome.Findings)) > 0 {
			t.Errorf("zones = %v: %v", zones, errorsOf(outcome.Findings))
		}
		renamed := outcome.Design.NodePools["apps"].Groups["all"].Name != before.NodePools["apps"].Groups["all"].Name
		if renamed != (len(zones) == 3) {
			t.Errorf("zones = %v: made anew: %t", zones, renamed)
		}
		return findings(outcome.Findings, "pool-zones-kept", `node_pools["apps"].zones`)
	}
	if got := told(); len(got) != 1 || got[0].Severity != SeverityWarning || !strings.Contains(got[0].Detail, `zones = ["1", "2", "3"]`) {
		t.Errorf("a zone without nodes is not told: %+v", got)
	}
	if got := append(told("1", "2"), told("1", "2", "3")...); len(got) > 0 {
		t.Errorf("told although zones are named: %+v", got)
	}
}

// The budget counts what is deleted, by name, and lets deletion_protection be
// turned off: the lock that goes is no loss, and a destroy has to come after it.
func TestAzureBudgetLetsProtectionGo(t *testing.T) {
	spec, on, off := cloneSpec(t, azureQuickstart()), true, false
	spec.DeletionProtection = &on
	spec.Vault.Names = []string{"shop", "old"}
	_, prior := apply(t, spec, nil)
	spec.DeletionProtection = &off
	apply(t, spec, prior)
	spec.Vault.Names = []string{"shop"}
	got := findings(Resolve(spec, prior).Findings, "budget-exceeded", "change_budget.delete")
	if len(got) != 1 || !strings.Contains(got[0].Detail, "vault vault/old") || strings.Contains(got[0].Detail, "lock") {
		t.Errorf("a vault that goes is not named: %+v", got)
	}
}

// Random edits never make ranges overlap, never move one, never rename a pool
// or vault that stays as it is, and never give two pools one name.
func TestAzureRandomEditsKeepWhatStands(t *testing.T) {
	applied, refused := 0, 0
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 11))
		spec := cloneSpec(t, azureQuickstart())
		spec.ChangeBudget = nil
		if seed%3 == 0 {
			spec.Network.CIDR = "10.68.0.0/23"
		}
		ever := map[string]string{}
		var prior *Prior
		for step := range 12 {
			editAzure(random, &spec, step)
			outcome := Resolve(spec, prior)
			if HasErrors(outcome.Findings) {
				if prior == nil {
					t.Fatalf("seed %d: %v", seed, errorsOf(outcome.Findings))
				}
				refused++
				spec = cloneSpec(t, prior.Spec)
				continue
			}
			for key, subnet := range outcome.Design.Network.Subnets {
				if known, ok := ever[key]; ok && known != subnet.CIDR {
					t.Fatalf("seed %d step %d: %s had %s, now %s", seed, step, key, known, subnet.CIDR)
				}
				ever[key] = subnet.CIDR
			}
			disjoint(t, outcome.Design, outcome.Held)
			names := map[string]bool{}
			for name, pool := range outcome.Design.NodePools {
				called := pool.Groups["all"].Name
				if names[called] || catalog.ValidateName(catalog.NameAKSNodePool, called) != nil {
					t.Fatalf("seed %d step %d: pool %s is called %q", seed, step, name, called)
				}
				names[called] = true
			}
			if prior != nil && prior.Design.Network.Egress == outcome.Design.Network.Egress && prior.Design.ControlPlane.PodCIDR == outcome.Design.ControlPlane.PodCIDR {
				keptAzure(t, prior.Design, outcome.Design)
			}
			applied++
			prior = priorOf(cloneSpec(t, spec), outcome)
		}
	}
	if applied < refused {
		t.Errorf("%d edits were applied and %d refused: the test proves little", applied, refused)
	}
}

// editAzure changes something of the spec that may change in place.
func editAzure(random *rand.Rand, spec *Spec, step int) {
	if step == 0 {
		return
	}
	switch random.IntN(6) {
	case 0, 1:
		tiers := map[string]TierSpec{}
		for _, name := range []string{"data", "cache", "mail", "public"} {
			if random.IntN(2) == 0 {
				tiers[name] = TierSpec{}
			}
		}
		spec.Network.Tiers = tiers
	case 2:
		spec.Network.Egress = []string{EgressNAT, EgressNATPerZone, EgressIsolated}[random.IntN(3)]
		delete(spec.Network.Tiers, "public")
	case 3:
		name := []string{"extra", "ex-tra", "extra-pool-with-a-long-name"}[random.IntN(3)]
		size := 3 + random.IntN(30)
		spec.NodePools[name] = NodePoolSpec{InstanceTypes: []string{"Standard_D8pds_v5"}, MinSize: size, MaxSize: size}
	case 4:
		delete(spec.NodePools, "extra")
	case 5:
		spec.Vault.Names = []string{"shop", "a", "b", "c"}[:1+random.IntN(4)]
	}
}

// The ways out of Azure: one gateway that every subnet of nodes is joined to, a
// route to an appliance, or nothing but the registry's cache.
func TestAzureEgress(t *testing.T) {
	for egress, want := range map[string]struct{ gateway, zone, sku, table, outbound string }{
		EgressNAT:        {"all", "1", "Standard", "", "userAssignedNATGateway"},
		EgressNATPerZone: {"redundant", "", "StandardV2", "", "userAssignedNATGateway"},
		EgressAppliance:  {"", "", "", "next_hop", "userDefinedRouting"},
		EgressIsolated:   {"", "", "", "", "none"},
	} {
		spec := cloneSpec(t, azureQuickstart())
		spec.Network.Egress = egress
		if egress == EgressAppliance {
			spec.Network.NextHop = "10.64.0.4"
		}
		design, _ := apply(t, spec, nil)
		nodes, plane := design.Network.Subnets[TierNodes], design.ControlPlane.Azure
		gateway := design.Network.NATGateways[want.gateway]
		if nodes.NATGateway != want.gateway || nodes.RouteTable != want.table || gateway.Zone != want.zone || gateway.SKU != want.sku || plane.OutboundType != want.outbound {
			t.Errorf("%s: nodes %+v, gateway %+v, outbound type %s", egress, nodes, gateway, plane.OutboundType)
		}
		isolated := egress == EgressIsolated
		_, denied := design.Network.Azure.SecurityGroups[TierNodes].Rules["DenyInternet"]
		if plane.CachedRegistry != isolated || denied != isolated || (len(design.EgressRequirements) == 0) != isolated ||
			slices.Contains(design.Registry.Components(), "cache-rule/aks-managed-mcr") != isolated {
			t.Errorf("%s: cached %v, denied %v, %d requirements, registry %v", egress, plane.CachedRegistry, denied, len(design.EgressRequirements), design.Registry.Components())
		}
		if _, made := plane.RoleAssignments["route-table"]; made != (egress == EgressAppliance) {
			t.Errorf("%s: role assignments %v", egress, slices.Sorted(maps.Keys(plane.RoleAssignments)))
		}
	}
}

// The roles that the identities need before the cluster follow from its zone,
// its key and its registry; none where they are said to exist.
func TestAzureRoles(t *testing.T) {
	base := []string{"kms", "kms-network", "kubelet-operator", "network-control_plane", "network-ingress", "network-nodes", "registry-pull"}
	for name, c := range map[string]struct {
		change func(*Spec)
		want   []string
	}{
		"default":     {func(*Spec) {}, base},
		"own zone":    {dns(DNSSpec{LinkNetworks: []string{testVNet}}), append(slices.Clone(base), "dns-network", "dns-zone")},
		"no registry": {func(s *Spec) { s.Registry = nil }, base[:6]},
		"cloud's key": {func(s *Spec) { s.Encryption = &EncryptionSpec{Mode: "cloud"} }, base[2:]},
		"routable":    {func(s *Spec) { s.Capacity, s.Network.Pods = nil, &PodsSpec{Mode: "routable"} }, append(slices.Clone(base), "network-pods")},
		"private link": {func(s *Spec) {
			s.Azure, s.Encryption = &AzureSpec{PrivateCluster: "private_link"}, &EncryptionSpec{Mode: "cloud"}
		}, []string{"kubelet-operator", "network-ingress", "network-nodes", "registry-pull"}},
		"made elsewhere": {azure(AzureSpec{RolesExist: true, ControlPlaneID: testGroup + "Microsoft.ManagedIdentity/userAssignedIdentities/a",
			KubeletIdentityID: testGroup + "Microsoft.ManagedIdentity/userAssignedIdentities/b"}), nil},
	} {
		spec := cloneSpec(t, azureQuickstart())
		c.change(&spec)
		design, _ := apply(t, spec, nil)
		got := slices.Sorted(maps.Keys(design.ControlPlane.Azure.RoleAssignments))
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		for key, role := range design.ControlPlane.Azure.RoleAssignments {
			if part, component, ok := strings.Cut(role.Scope, ":"); ok && !slices.Contains(sections(design)[part].Components(), component) {
				t.Errorf("%s: %s is on %s, which is not made", name, key, role.Scope)
			}
		}
	}
}

// The bootstrap pool is the first system pool as it was born, and stays that
// whatever the pool becomes; its tag reads back.
func TestBootstrapPoolIsABirthCertificate(t *testing.T) {
	spec, prior := standingAzure(t, nil)
	born := *prior.Design.ControlPlane.BootstrapPool
	if group := prior.Design.NodePools["system"].Groups["all"]; born.Name != group.Name || born.Size != 3 || born.InstanceType != "Standard_D4pds_v5" {
		t.Errorf("born as %+v, the pool is %+v", born, group)
	}
	if tag := born.Tag(); !reflect.DeepEqual(ParseBootstrapPool(tag), born) || len(tag) > maxTagValue {
		t.Errorf("%q reads back as %+v", tag, ParseBootstrapPool(tag))
	}
	system(func(p *NodePoolSpec) { p.InstanceTypes, p.MinSize = []string{"Standard_D8pds_v5"}, 4 })(&spec)
	after, _ := apply(t, spec, prior)
	if after.ControlPlane.BootstrapPool.Name != born.Name || after.NodePools["system"].Groups["all"].Name == born.Name {
		t.Errorf("bootstrap pool %+v, pool %+v", after.ControlPlane.BootstrapPool, after.NodePools["system"].Groups["all"])
	}
	if ReplacedBy("cluster", "i", *prior.Design.ControlPlane, *after.ControlPlane) != nil {
		t.Error("another VM size replaces the cluster")
	}
}

// A pool is made anew under a new name when what a scale set can't change
// changes, and only then; a catalog that knows more changes no disk.
func TestWhatRollsAnAzurePool(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*NodePoolSpec)
		rolls  bool
	}{
		"size":      {func(p *NodePoolSpec) { p.InstanceTypes = []string{"Standard_D16pds_v5"} }, true},
		"zones":     {func(p *NodePoolSpec) { p.Zones = []string{"1", "2"} }, true},
		"capacity":  {func(p *NodePoolSpec) { p.CapacityType = "spot" }, true},
		"system":    {func(p *NodePoolSpec) { p.NodeImage = &NodeImageSpec{OS: "azurelinux3"} }, true},
		"disk":      {func(p *NodePoolSpec) { p.Disk = &DiskSpec{SizeGiB: 200} }, true},
		"pods":      {func(p *NodePoolSpec) { p.MaxPods = 100 }, true},
		"rollout":   {func(p *NodePoolSpec) { p.RolloutID = "2" }, true},
		"capitals":  {func(p *NodePoolSpec) { p.InstanceTypes = []string{"standard_d8pds_v5"} }, false},
		"labels":    {func(p *NodePoolSpec) { p.Labels["a"] = "b" }, false},
		"surge":     {func(p *NodePoolSpec) { p.MaxSurge = "50%" }, false},
		"mode":      {func(p *NodePoolSpec) { p.Mode = ModeSystem }, false},
		"max_size":  {func(p *NodePoolSpec) { p.MaxSize = 90 }, false},
		"all zones": {func(p *NodePoolSpec) { p.Zones = []string{"3", "2", "1"} }, false},
	} {
		spec, prior := standingAzure(t, nil)
		before := prior.Design.NodePools["apps"].Groups["all"].Name
		apps(c.change)(&spec)
		after, _ := apply(t, spec, prior)
		if now := after.NodePools["apps"].Groups["all"].Name; (now != before) != c.rolls {
			t.Errorf("%s: %s became %s, rolls: %v", name, before, now, c.rolls)
		}
	}
	spec, prior := standingAzure(t, nil)
	pool := prior.Design.NodePools["apps"]
	pool.DiskType = "managed" // as an older catalog had it
	prior.Design.NodePools["apps"] = pool
	spec.Tags = map[string]string{"a": "b"}
	if after, _ := apply(t, spec, prior); after.NodePools["apps"].DiskType != "managed" {
		t.Error("the disk moved to the host's storage by itself")
	}
}

// The overlay's range grows into the range that was held around it, and only
// when it must; what stands in the way is an error.
func TestOverlayGrows(t *testing.T) {
	small := func(s *Spec) {
		s.Capacity = &CapacitySpec{GrowthPerYear: 0, Start: "2026-12"}
		s.Network.CIDR = "10.64.0.0/14"
		s.Network.ReachableFrom = []string{"10.70.0.0/16"}
	}
	spec, prior := standingAzure(t, small)
	if got, held := prior.Design.ControlPlane.PodCIDR, prior.Held["pod-range/overlay"]; got != "100.64.0.0/16" || held != "100.64.0.0/15" {
		t.Fatalf("pods %s, held %s", got, held)
	}
	apps(func(p *NodePoolSpec) { p.MaxSize = 300 })(&spec)
	outcome := Resolve(spec, prior)
	if HasErrors(outcome.Findings) || outcome.Design.ControlPlane.PodCIDR != "100.64.0.0/15" ||
		len(findings(outcome.Findings, "pod-range-grows", "network.pods.cidrs")) != 1 {
		t.Errorf("pods %s, %v", outcome.Design.ControlPlane.PodCIDR, outcome.Findings)
	}
	blocked := cloneSpec(t, spec)
	blocked.Network.Reserved = map[string][]string{"peer": {"100.65.0.0/16"}}
	if got := Resolve(blocked, prior).Findings; len(findings(got, "pod-range", "network.pods.cidrs")) != 1 {
		t.Errorf("the range grows into somebody else's: %+v", got)
	}
	shrunk := cloneSpec(t, prior.Spec)
	shrunk.Network.Pods = &PodsSpec{CIDRs: []string{"100.64.0.0/17"}}
	if got := Resolve(shrunk, prior).Findings; len(findings(got, "pod-range-kept", "network.pods.cidrs[0]")) != 1 {
		t.Errorf("the range shrinks: %+v", got)
	}
}

// What AKS doesn't change in place is refused with its token; what it does is
// not.
func TestAzureReplacements(t *testing.T) {
	for name, c := range map[string]struct {
		before, change func(*Spec)
		objects        []string
	}{
		"range":          {nil, func(s *Spec) { s.Network.CIDR = "10.69.0.0/16" }, []string{"cluster", "network"}},
		"resource group": {nil, azure(AzureSpec{ResourceGroup: "other"}), []string{"cluster", "network"}},
		"services":       {nil, func(s *Spec) { s.Network.ServiceCIDR = "10.200.0.0/16" }, []string{"cluster"}},
		"pods":           {nil, func(s *Spec) { s.Capacity, s.Network.Pods = nil, &PodsSpec{Mode: "routable"} }, []string{"cluster"}},
		"from the subnet": {nil, func(s *Spec) {
			s.Azure, s.Encryption = &AzureSpec{PrivateCluster: "private_link"}, &EncryptionSpec{Mode: "cloud"}
		}, []string{"cluster"}},
		"into the subnet": {func(s *Spec) {
			s.Azure, s.Encryption = &AzureSpec{PrivateCluster: "private_link"}, &EncryptionSpec{Mode: "cloud"}
		}, func(s *Spec) { s.Azure = nil }, nil},
		"from cilium": {nil, func(s *Spec) { s.Network.CNI = &CNISpec{NetworkPolicy: "calico"} }, []string{"cluster"}},
		"to cilium":   {func(s *Spec) { s.Network.CNI = &CNISpec{NetworkPolicy: "calico"} }, func(s *Spec) { s.Network.CNI = nil }, nil},
		"registry":    {nil, func(s *Spec) { s.Names = map[string]string{"registry": "othername"} }, []string{"registry"}},
		"key":         {nil, func(s *Spec) { s.Encryption = &EncryptionSpec{Mode: "cloud"} }, nil},
		"public":      {nil, func(s *Spec) { s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"203.0.113.0/24"}} }, nil},
		"isolated":    {nil, func(s *Spec) { s.Network.Egress = EgressIsolated }, nil},
		"version":     {nil, func(s *Spec) { s.KubernetesVersion = "1.35" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			spec, prior := standingAzure(t, c.before)
			c.change(&spec)
			var objects []string
			for _, f := range Resolve(spec, prior).Findings {
				if f.Rule != "replacement" {
					continue
				}
				objects = append(objects, strings.TrimPrefix(f.Summary, "this would replace the "))
				_, rest, _ := strings.Cut(f.Detail, `add "`)
				token, _, _ := strings.Cut(rest, `"`)
				spec.AcknowledgeReplacement = append(spec.AcknowledgeReplacement, token)
				if f.Path == "" {
					t.Errorf("no path: %+v", f)
				}
			}
			slices.Sort(objects)
			if !slices.Equal(objects, c.objects) {
				t.Fatalf("replaced are %v, want %v", objects, c.objects)
			}
			apply(t, spec, prior)
		})
	}
}

// What AKS doesn't take back is refused.
func TestAzureNoWayBack(t *testing.T) {
	spec, prior := standingAzure(t, func(s *Spec) {
		s.Autoscaling = AutoscalingKarpenter
		apps(func(p *NodePoolSpec) { p.MinSize = 60 })(s)
		system(func(p *NodePoolSpec) { p.MinSize = 6 })(s)
	})
	spec.Network.Egress = EgressIsolated
	if got := Resolve(spec, prior).Findings; len(findings(got, "egress-frozen", "network.egress")) != 1 {
		t.Errorf("the way out of node auto-provisioning changes: %+v", got)
	}
	spec, prior = standingAzure(t, nil)
	spec.Network.Egress = EgressIsolated
	if got := Resolve(spec, prior).Findings; HasErrors(got) || len(findings(got, "egress-isolated", "network.egress")) != 1 {
		t.Errorf("nobody tells that nodes are made anew: %+v", got)
	}
	spec, prior = standingAzure(t, nil)
	spec.Vault.RecoveryDays = 60
	if got := Resolve(spec, prior).Findings; len(findings(got, "vault-recovery-kept", "vault.recovery_days")) != 1 {
		t.Errorf("a vault's window changes: %+v", got)
	}
	spec, prior = standingAzure(t, func(s *Spec) { s.KubernetesVersion, s.Support = "1.33", "extended" })
	spec.Support = ""
	if got := Resolve(spec, prior).Findings; len(findings(got, "support-left", "support")) != 1 {
		t.Errorf("long-term support is left: %+v", got)
	}
	spec, prior = standingAzure(t, nil)
	spec.KubernetesVersion, spec.AcknowledgeRollback = "1.33", "1.33"
	if got := Resolve(spec, prior).Findings; len(findings(got, "version-downgrade", "kubernetes_version")) != 1 {
		t.Errorf("AKS rolls back: %+v", got)
	}
}

// Every derived name is one that Azure takes, however long the words it is made
// from; two organisations with the same words get different names in the world,
// and the same words give the same names.
func TestAzureNamesFit(t *testing.T) {
	for _, length := range []int{1, 20, 63} {
		spec := cloneSpec(t, azureQuickstart())
		spec.Name = strings.Repeat("a", length)
		spec.Network.DNS = &DNSSpec{LinkNetworks: []string{testVNet}}
		spec.Vault.Names = append(spec.Vault.Names, strings.Repeat("v", 60), "a--b")
		long := strings.Repeat("p", 32)
		spec.NodePools[long] = NodePoolSpec{InstanceTypes: []string{"Standard_D8pds_v5"}, MinSize: 3, MaxSize: 3}
		spec.NodePools["1"] = spec.NodePools[long]
		delete(spec.NodePools, "1")
		spec.WorkloadIdentities[long] = WorkloadIdentitySpec{Namespace: "a", ServiceAccount: "b", Grants: []string{"backup"}}
		design, _ := apply(t, spec, nil)
		check := func(kind, name string) {
			t.Helper()
			if err := catalog.ValidateName(kind, name); err != nil {
				t.Error(err)
			}
		}
		kinds := map[string]string{
			"vnet": catalog.NameVirtualNetwork, "nsg": catalog.NameNSG, "route-table": catalog.NameRouteTable, "public-ip": catalog.NamePublicIP,
			"nat": catalog.NameNATGateway, "workspace": catalog.NameLogWorkspace, "cluster": catalog.NameAKSCluster, "dns-prefix": catalog.NameAKSDNSPrefix,
			"node-resource-group": catalog.NameNodeResourceGroup, "identity": catalog.NameIdentity, "key-vault": catalog.NameKeyVault,
			"private-endpoint": catalog.NamePrivateEndpoint,
		}
		for _, names := range []map[string]string{design.Network.Names, design.ControlPlane.Names, design.Registry.Names, design.Vault.Names} {
			for key, name := range names {
				kind, _, _ := strings.Cut(key, "/")
				if kinds[kind] != "" {
					check(kinds[kind], name)
				} else if kind == "storage-account" && !storageAccount.MatchString(name) {
					t.Errorf("storage account %q", name)
				}
			}
		}
		check(catalog.NameResourceGroup, design.Network.Azure.ResourceGroup)
		check(catalog.NameContainerRegistry, design.Registry.Name)
		for _, entry := range design.Vault.Vaults {
			check(catalog.NameKeyVault, entry.Name)
		}
		for _, identity := range design.WorkloadIdentities {
			check(catalog.NameIdentity, identity.RoleName)
			check(catalog.NameFederation, identity.RoleName)
		}
		for _, p := range design.NodePools {
			check(catalog.NameAKSNodePool, p.Groups["all"].Name)
		}
		other := cloneSpec(t, spec)
		other.Access.AdminGroups = []string{testObject}
		if Resolve(other, nil).Design.Registry.Name == design.Registry.Name {
			t.Error("two organisations get one registry name")
		}
	}
}

// Every component that has a name of its own has one, no name is of nothing,
// and no two components of a section share a key with another kind of object.
func TestAzureNamesMatchComponents(t *testing.T) {
	spec := cloneSpec(t, azureQuickstart())
	spec.Network.Egress, spec.Network.NextHop = EgressAppliance, "10.64.0.4"
	design, _ := apply(t, spec, nil)
	unmade := []string{"cluster", "dns-prefix", "node-resource-group"}
	named := []string{"vnet", "nsg", "route-table", "public-ip", "nat", "workspace", "storage-account", "flow-log", "identity", "key-vault", "key", "private-endpoint"}
	for _, c := range []struct {
		section Section
		names   map[string]string
	}{{*design.Network, design.Network.Names}, {*design.ControlPlane, design.ControlPlane.Names}, {*design.Registry, design.Registry.Names}, {*design.Vault, design.Vault.Names}} {
		components := c.section.Components()
		for key := range c.names {
			if !slices.Contains(components, key) && !slices.Contains(unmade, key) {
				t.Errorf("%q is named and not made", key)
			}
		}
		for _, component := range components {
			kind, _, _ := strings.Cut(component, "/")
			if slices.Contains(named, kind) && c.names[component] == "" {
				t.Errorf("%q is made and has no name", component)
			}
		}
	}
}

// A change is counted by component on Azure too.
func TestAzureCount(t *testing.T) {
	for name, c := range map[string]struct {
		change                          func(*Spec)
		create, update, replace, delete int
	}{
		"nothing":    {change: func(*Spec) {}},
		"repository": {change: func(s *Spec) { s.Registry.Repositories = append(s.Registry.Repositories, "base") }},
		"vault":      {change: func(s *Spec) { s.Vault.Names = append(s.Vault.Names, "b") }, create: 4}, // and the identity may read it
		"tier":       {change: tier("data", TierSpec{}), create: 2},
		"pool":       {change: func(s *Spec) { s.NodePools["extra"] = s.NodePools["apps"] }, create: 1},
		"roll":       {change: apps(func(p *NodePoolSpec) { p.RolloutID = "2" }), replace: 1},
		"sizes":      {change: apps(func(p *NodePoolSpec) { p.MaxSize = 61 }), update: 1},
		"admin":      {change: func(s *Spec) { s.Access.AdminGroups[0] = testObject }, create: 2, delete: 2},
		"version":    {change: func(s *Spec) { s.KubernetesVersion = "1.35" }, update: 3},
		"protection": {change: func(s *Spec) { s.DeletionProtection = nil }, create: 1, update: 8},
		"egress":     {change: func(s *Spec) { s.Network.Egress = EgressNAT }, create: 2, update: 1, delete: 2},
	} {
		t.Run(name, func(t *testing.T) {
			spec, prior := standingAzure(t, nil)
			c.change(&spec)
			next, _ := apply(t, spec, prior)
			create, update, replace, deleted := Count(prior.Design, next)
			if create != c.create || update != c.update || replace != c.replace || deleted != c.delete {
				t.Errorf("create %d update %d replace %d delete %d, want %d %d %d %d", create, update, replace, deleted, c.create, c.update, c.replace, c.delete)
			}
		})
	}
}

// Unknown inputs make what hangs on them unknown and nothing else: what was
// shown as known comes out the same when the value is there.
func TestAzureUnknownThenKnown(t *testing.T) {
	for name, c := range map[string]struct{ unknown, known func(*Spec) }{
		"range":    {func(s *Spec) { s.Network.CIDR = Unknown("x") }, func(s *Spec) { s.Network.CIDR = "192.168.0.0/16" }},
		"reserved": {func(s *Spec) { s.Network.ReachableFrom = []string{Unknown("x")} }, func(s *Spec) { s.Network.ReachableFrom = []string{"100.64.0.0/16"} }},
		"groups":   {func(s *Spec) { s.Access.AdminGroups[0] = Unknown("x") }, func(s *Spec) { s.Access.AdminGroups[0] = testObject }},
		"link":     {dns(DNSSpec{LinkNetworks: []string{Unknown("x")}}), dns(DNSSpec{LinkNetworks: []string{testVNet}})},
		"next hop": {func(s *Spec) { s.Network.Egress, s.Network.NextHop = EgressAppliance, Unknown("x") }, func(s *Spec) { s.Network.Egress, s.Network.NextHop = EgressAppliance, "10.64.0.4" }},
		"version":  {func(s *Spec) { s.KubernetesVersion = Unknown("x") }, func(s *Spec) { s.KubernetesVersion = "1.35" }},
		"workspace": {azure(AzureSpec{LogWorkspaceID: Unknown("x")}),
			azure(AzureSpec{LogWorkspaceID: testGroup + "Microsoft.OperationalInsights/workspaces/logs"})},
		"pusher": {func(s *Spec) { s.Registry.PushPrincipals = []string{Unknown("x")} }, func(s *Spec) { s.Registry.PushPrincipals = []string{testObject} }},
		"policy": {policy(Unknown("x")), policy("Reader@" + testVNet)},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := cloneSpec(t, azureQuickstart()), cloneSpec(t, azureQuickstart())
			c.unknown(&first)
			c.known(&second)
			early, late := Resolve(first, nil), Resolve(second, nil)
			if HasErrors(early.Findings) || HasErrors(late.Findings) {
				t.Errorf("refused: %v %v", errorsOf(early.Findings), errorsOf(late.Findings))
			}
			agrees(t, "design", tree(t, early.Design), tree(t, late.Design))
			if early.CapacityWaits == "" {
				agrees(t, "capacity", tree(t, early.Capacity), tree(t, late.Capacity))
			}
		})
	}
}

// Pods with addresses of the network have a subnet of their own, with room for
// the batches in which nodes take addresses.
func TestAzureRoutablePods(t *testing.T) {
	spec := cloneSpec(t, azureQuickstart())
	spec.Capacity, spec.Network.Pods = nil, &PodsSpec{Mode: "routable"}
	design, _ := apply(t, spec, nil)
	plane, pods := design.ControlPlane, design.Network.Subnets[TierPods]
	if plane.PodCIDR != "" || plane.Azure.PodMode != "pod_subnet" || plane.Azure.PodSubnet != TierPods || pods.RouteTo == "" || design.NodePools["apps"].MaxPods != podsInSubnet {
		t.Errorf("plane %+v, pods %+v", plane.Azure, pods)
	}
	if need := 88 * 128; usableAddresses(netip.MustParsePrefix(pods.CIDR).Bits()) < need {
		t.Errorf("%s is too small for %d addresses", pods.CIDR, need)
	}
}

// Mutated specs never make Resolve panic, disagree with itself or refuse what
// has not changed.
func TestAzureMutatedSpecs(t *testing.T) {
	rich := cloneSpec(t, richSpec(t))
	base := azureQuickstart()
	rich.Cloud, rich.Region, rich.Network.Zones, rich.Access, rich.NodePools, rich.AWS = base.Cloud, base.Region, base.Network.Zones, base.Access, base.NodePools, nil
	for seed := range uint64(mutations) {
		random := rand.New(rand.NewPCG(seed, 5))
		first, okFirst := mutate(t, random, []Spec{rich, base}[seed%2])
		second, okSecond := mutate(t, random, first)
		if !okFirst || !okSecond {
			continue
		}
		outcome := Resolve(first, nil)
		complete(t, outcome)
		if again := Resolve(first, nil); !reflect.DeepEqual(outcome, again) {
			t.Fatalf("seed %d: two outcomes of the same spec differ", seed)
		}
		same := Resolve(first, priorOf(first, outcome))
		if !reflect.DeepEqual(same.Design, outcome.Design) || HasErrors(same.Findings) {
			t.Fatalf("seed %d: an unchanged spec changed its design, or is refused: %v", seed, errorsOf(same.Findings))
		}
		next := Resolve(second, priorOf(first, outcome))
		complete(t, next)
		if !HasErrors(outcome.Findings) && !HasErrors(next.Findings) && next.Design.Network != nil {
			disjoint(t, withoutUnknown(next.Design), next.Held)
		}
	}
}

// TestVaultsBesideGivenOnes proves that a vault that is made finds its name in
// a private zone, also where others exist already, and that none is made for
// vaults that all exist.
func TestVaultsBesideGivenOnes(t *testing.T) {
	given := &ExistingVaultSpec{IDs: map[string]string{"shared": "/subscriptions/6f9d5b1c-3a57-4b0a-8c1e-2d3f4a5b6c7d/resourceGroups/platform/providers/Microsoft.KeyVault/vaults/platform-secrets"}}
	for name, c := range map[string]struct {
		vault *VaultSpec
		zone  bool
	}{
		"made":           {&VaultSpec{Names: []string{"own"}}, true},
		"made and given": {&VaultSpec{Names: []string{"own"}, Existing: given}, true},
		"given":          {&VaultSpec{Existing: given}, false},
		"none":           {nil, false},
	} {
		spec := azureQuickstart()
		spec.Vault, spec.WorkloadIdentities = c.vault, nil
		outcome := Resolve(spec, nil)
		if HasErrors(outcome.Findings) {
			t.Fatalf("%s: %+v", name, outcome.Findings)
		}
		if _, zone := outcome.Design.Network.Azure.DNSZones["vault"]; zone != c.zone {
			t.Errorf("%s: zone for vaults: %t", name, zone)
		}
	}
}
