package blueprint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const (
	testVPC    = "vpc-0a1b2c3d4e5f67890"
	testHub    = "tgw-0a1b2c3d4e5f67890"
	testTable  = "rtb-0a1b2c3d4e5f67890"
	testSubnet = testVNet + "/subnets/"
)

// givenAll is a VPC of others with every subnet that a cluster needs.
func givenAll(s *Spec) {
	subnets := map[string]string{}
	for i, tier := range []string{TierControlPlane, TierNodes, TierPods} {
		for j, zone := range s.Network.Zones {
			subnets[tier+"-"+zone] = fmt.Sprintf("subnet-0a1b2c3d4e5f67%d%d0", i, j)
		}
	}
	s.Network.CIDR = ""
	s.Network.Existing = &ExistingNetworkSpec{NetworkID: testVPC, Subnets: subnets}
}

// givenVPC is a VPC of others in which subnets are made.
func givenVPC(s *Spec) {
	tables := map[string]string{}
	for _, tier := range []string{TierNodes, TierPods} {
		for _, zone := range s.Network.Zones {
			tables[tier+"-"+zone] = testTable
		}
	}
	s.Network.Existing = &ExistingNetworkSpec{NetworkID: testVPC, RouteTables: tables}
	s.Network.Pods = &PodsSpec{CIDRs: []string{"100.66.0.0/16"}}
}

func both(changes ...func(*Spec)) func(*Spec) {
	return func(s *Spec) {
		for _, change := range changes {
			change(s)
		}
	}
}

// hub attaches the network to a transit gateway.
func hub(change func(*ConnectionSpec)) func(*Spec) {
	return func(s *Spec) {
		connection := ConnectionSpec{TransitGatewayID: testHub, Routes: []string{"10.64.0.0/14"}}
		change(&connection)
		s.Network.Connections = map[string]ConnectionSpec{"hub": connection}
		s.Network.Pods = &PodsSpec{CIDRs: []string{"100.66.0.0/16"}}
	}
}

func keep(*ConnectionSpec) {}

// peer connects the network to another VPC.
func peer(change func(*ConnectionSpec)) func(*Spec) {
	return hub(func(c *ConnectionSpec) {
		*c = ConnectionSpec{PeerNetworkID: testVPC, Routes: []string{"10.64.0.0/14"}}
		change(c)
	})
}

func appliance(hop string) func(*Spec) {
	return func(s *Spec) { s.Network.Egress, s.Network.NextHop = EgressAppliance, hop }
}

func existing(change func(*ExistingNetworkSpec)) func(*Spec) {
	return func(s *Spec) {
		if s.Network.Existing == nil {
			s.Network.Existing = &ExistingNetworkSpec{}
		}
		change(s.Network.Existing)
	}
}

func isolated(s *Spec) { s.Network.Egress = EgressIsolated }

var orgCases = slices.Concat(givenCases, connectionCases, sharedCases)

var givenCases = []ruleCase{
	{name: "id is no VPC", rule: "existing-id", path: "network.existing.network_id", says: "vpc-0a1b",
		broken: both(givenAll, existing(func(e *ExistingNetworkSpec) { e.NetworkID = "shop" })), nearest: givenAll},
	{name: "id is no subnet", rule: "existing-id", path: `network.existing.subnets["nodes-eu-west-1a"]`, says: "subnet-0a1b",
		broken: both(givenAll, existing(func(e *ExistingNetworkSpec) { e.Subnets["nodes-eu-west-1a"] = "nodes" })), nearest: givenAll},
	{name: "subnet that nothing has", rule: "existing-key", path: `network.existing.subnets["db-eu-west-1a"]`, says: "control_plane-eu-west-1a",
		broken: both(givenVPC, existing(func(e *ExistingNetworkSpec) {
			e.Subnets = map[string]string{"db-eu-west-1a": "subnet-0a1b2c3d4e5f67890"}
		})),
		nearest: both(givenVPC, existing(func(e *ExistingNetworkSpec) {
			e.Subnets = map[string]string{"nodes-eu-west-1a": "subnet-0a1b2c3d4e5f67890"}
		}))},
	{name: "subnets of no network", rule: "existing-network", path: "network.existing.network_id", says: "VPC",
		broken: both(givenAll, existing(func(e *ExistingNetworkSpec) { e.NetworkID = "" }), func(s *Spec) { s.Network.CIDR = "10.68.0.0/16" }), nearest: givenAll},
	{name: "subnet missing", rule: "existing-missing", path: "network.existing.subnets", says: `"nodes-eu-west-1b"`,
		broken: both(givenAll, existing(func(e *ExistingNetworkSpec) { delete(e.Subnets, "nodes-eu-west-1b") })), nearest: givenAll},
	{name: "range not told", severity: SeverityWarning, rule: "existing-range", path: "network.cidr", says: "preflight",
		broken: givenAll, nearest: both(givenAll, func(s *Spec) { s.Network.CIDR = "10.68.0.0/16" })},
	{name: "range beside is not told", severity: SeverityWarning, rule: "existing-unpinned", path: `network.existing.subnets["nodes-eu-west-1a"]`, says: "pins",
		broken: both(givenVPC, existing(func(e *ExistingNetworkSpec) {
			e.Subnets = map[string]string{"nodes-eu-west-1a": "subnet-0a1b2c3d4e5f67890"}
		})),
		nearest: both(givenVPC, existing(func(e *ExistingNetworkSpec) {
			e.Subnets = map[string]string{"nodes-eu-west-1a": "subnet-0a1b2c3d4e5f67890"}
		}),
			func(s *Spec) { s.Pins = map[string]string{"subnet/nodes-eu-west-1a": "10.68.0.0/20"} })},
	{name: "way out of a given VPC", rule: "existing-egress", path: "network.existing.route_tables", says: "next_hop",
		broken: both(givenVPC, existing(func(e *ExistingNetworkSpec) { delete(e.RouteTables, "nodes-eu-west-1a") })), nearest: givenVPC},
	{name: "pods in a given VPC", rule: "existing-pods", path: "network.pods.cidrs", says: "associated",
		broken: both(givenVPC, func(s *Spec) { s.Network.Pods = nil }), nearest: givenVPC},
	{name: "public in a given VPC", rule: "existing-public", path: `network.tiers["public"]`, says: "internet gateway",
		broken: both(givenVPC, tier("public", TierSpec{})), nearest: givenVPC},
	{name: "layers in a given VPC", rule: "existing-s3", path: "network.existing.route_tables", says: "interface_endpoints",
		broken: both(givenAll, isolated, func(s *Spec) { s.Network.CIDR = "10.68.0.0/16" }),
		nearest: both(givenAll, isolated, func(s *Spec) { s.Network.CIDR = "10.68.0.0/16" },
			existing(func(e *ExistingNetworkSpec) { e.InterfaceEndpoints = []string{"s3"} }))},
	{name: "endpoints admit nobody", rule: "existing-admitted", path: "network.cidr", says: "interface_endpoints",
		broken:  both(givenAll, isolated, existing(func(e *ExistingNetworkSpec) { e.InterfaceEndpoints = []string{"s3"} })),
		nearest: both(givenAll, isolated, existing(func(e *ExistingNetworkSpec) { e.InterfaceEndpoints = []string{"s3"} }), func(s *Spec) { s.Network.CIDR = "10.68.0.0/16" })},
	{name: "endpoint of nothing", severity: SeverityWarning, rule: "existing-endpoint", path: "network.existing.interface_endpoints[0]", says: "s3",
		broken:  existing(func(e *ExistingNetworkSpec) { e.InterfaceEndpoints = []string{"sagemaker"} }),
		nearest: existing(func(e *ExistingNetworkSpec) { e.InterfaceEndpoints = []string{"s3"} })},
	{name: "zones of Azure", rule: "existing-azure", path: "network.existing.zone_groups_by_policy", says: "Remove it",
		broken: existing(func(e *ExistingNetworkSpec) { e.ZoneGroupsByPolicy = true })},
	{name: "network of another account", rule: "network-target", path: "network.target", says: "AWS RAM",
		broken: both(givenVPC, func(s *Spec) { s.Network.Target = "hub" }), nearest: both(givenAll, func(s *Spec) { s.Network.Target = "hub" })},
	{name: "appliance without a hop", rule: "next-hop", path: "network.next_hop", says: "tgw-", broken: both(hub(keep), appliance("")), nearest: both(hub(keep), appliance(testHub))},
	{name: "hop without an appliance", rule: "next-hop", path: "network.next_hop", says: "remove next_hop", broken: func(s *Spec) { s.Network.NextHop = testHub }},
	{name: "hop is an address", rule: "next-hop", path: "network.next_hop", says: "vpce-", broken: both(hub(keep), appliance("10.0.0.4")), nearest: both(hub(keep), appliance(testHub))},
	{name: "hop that is not connected", rule: "next-hop-connection", path: "network.next_hop", says: "transit_gateway_id", broken: appliance(testHub), nearest: both(hub(keep), appliance(testHub))},
	{name: "hop in a VPC to be made", rule: "next-hop-place", path: "network.next_hop", says: "network_id",
		broken: appliance("vpce-0a1b2c3d4e5f67890"), nearest: both(givenVPC, appliance("vpce-0a1b2c3d4e5f67890"))},
	{name: "runner that nothing leads to", severity: SeverityWarning, rule: "reach-no-way", path: "network.reachable_from[0]", says: "routes",
		broken: hub(func(c *ConnectionSpec) { c.Routes = []string{"10.80.0.0/16"} }), nearest: hub(keep)},
}

var connectionCases = []ruleCase{
	{name: "connection to nothing", rule: "connection-kind", path: `network.connections["hub"]`, says: "transit_gateway_id",
		broken: hub(func(c *ConnectionSpec) { c.TransitGatewayID = "" }), nearest: hub(keep)},
	{name: "connection to two things", rule: "connection-kind", path: `network.connections["hub"]`, says: "one thing",
		broken: hub(func(c *ConnectionSpec) { c.PeerNetworkID = testVPC }), nearest: peer(keep)},
	{name: "connection's name", rule: "connection-name", path: `network.connections["Hub"]`, says: "lower-case",
		broken: both(hub(keep), func(s *Spec) {
			s.Network.Connections = map[string]ConnectionSpec{"Hub": s.Network.Connections["hub"]}
		}), nearest: hub(keep)},
	{name: "connection twice", rule: "connection-double", path: `network.connections["spare"]`, says: "Merge",
		broken: both(hub(keep), func(s *Spec) { s.Network.Connections["spare"] = ConnectionSpec{TransitGatewayID: testHub} }),
		nearest: both(hub(keep), func(s *Spec) {
			s.Network.Connections["spare"] = ConnectionSpec{TransitGatewayID: "tgw-0a1b2c3d4e5f67891"}
		})},
	{name: "route twice", rule: "connection-route", path: `network.connections["spare"].routes[0]`, says: "one way",
		broken: both(hub(keep), func(s *Spec) {
			s.Network.Connections["spare"] = ConnectionSpec{PeerNetworkID: testVPC, Routes: []string{"10.64.0.0/14"}}
		}),
		nearest: both(hub(keep), func(s *Spec) {
			s.Network.Connections["spare"] = ConnectionSpec{PeerNetworkID: testVPC, Routes: []string{"10.64.0.0/16"}}
		})},
	{name: "default route of a connection", rule: "connection-default", path: `network.connections["hub"].routes[1]`, says: "appliance",
		broken: func(s *Spec) {
			hub(func(c *ConnectionSpec) { c.Routes = append(c.Routes, "0.0.0.0/0") })(s)
		}, nearest: hub(keep)},
	{name: "connection is no gateway", rule: "connection-id", path: `network.connections["hub"].transit_gateway_id`, says: "tgw-0a1b",
		broken: hub(func(c *ConnectionSpec) { c.TransitGatewayID = "hub" }), nearest: hub(keep)},
	{name: "propagation of a peering", rule: "connection-attribute", path: `network.connections["hub"].propagate_to`, says: "peer_route_tables",
		broken:  peer(func(c *ConnectionSpec) { c.PropagateTo = []string{"tgw-rtb-0a1b2c3d4e5f67890"} }),
		nearest: peer(func(c *ConnectionSpec) { c.PeerRouteTables = []string{testTable} })},
	{name: "peering nobody accepts", severity: SeverityWarning, rule: "connection-accept", path: `network.connections["hub"].target`, says: "accepts it",
		broken:  peer(func(c *ConnectionSpec) { c.PeerAccountID = "222233334444" }),
		nearest: peer(func(c *ConnectionSpec) { c.PeerAccountID, c.Target = "222233334444", "hub" })},
	{name: "tables of another account", rule: "connection-target", path: `network.connections["hub"].peer_route_tables`, says: "target",
		broken: peer(func(c *ConnectionSpec) { c.PeerAccountID, c.PeerRouteTables = "222233334444", []string{testTable} }),
		nearest: peer(func(c *ConnectionSpec) {
			c.PeerAccountID, c.PeerRouteTables, c.Target = "222233334444", []string{testTable}, "hub"
		})},
	{name: "pods in two networks", rule: "connection-pods", path: "network.pods.cidrs", says: "the same in every cluster",
		broken: both(hub(keep), func(s *Spec) { s.Network.Pods = nil }), nearest: hub(keep)},
	{name: "connection overlaps", rule: "overlap", path: "network.cidr", says: "10.68.0.0/14",
		broken: hub(func(c *ConnectionSpec) { c.Routes = []string{"10.68.0.0/14"} }), nearest: hub(keep)},
}

func givenRegistry(change func(*RegistrySpec)) func(*Spec) {
	return func(s *Spec) {
		s.Registry = &RegistrySpec{Repositories: []string{"shop/web"}, Existing: &ExistingRegistrySpec{ID: "222233334444.dkr.ecr.eu-west-1.amazonaws.com"}}
		change(s.Registry)
	}
}

func givenVault(ids map[string]string, names ...string) func(*Spec) {
	return func(s *Spec) { s.Vault = &VaultSpec{Names: names, Existing: &ExistingVaultSpec{IDs: ids}} }
}

// testKey is the key of somebody else's secrets.
const testKey = "arn:aws:kms:eu-west-1:222233334444:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// onPlatform is what several clusters share.
func onPlatform(change func(*Spec)) func(*Spec) {
	return func(s *Spec) {
		off := false
		*s = Spec{Name: "shared", Kind: KindPlatform, Cloud: s.Cloud, Region: s.Region, Registry: s.Registry, Vault: s.Vault, DeletionProtection: &off}
		change(s)
	}
}

var sharedCases = []ruleCase{
	{name: "registry is no address", rule: "registry-id", path: "registry.existing.id", says: "dkr.ecr",
		broken: givenRegistry(func(r *RegistrySpec) { r.Existing.ID = "shared" }), nearest: givenRegistry(func(*RegistrySpec) {})},
	{name: "registry without an address", rule: "registry-id", path: "registry.existing.id", says: "dkr.ecr",
		broken: givenRegistry(func(r *RegistrySpec) { r.Existing.ID = "" }), nearest: givenRegistry(func(*RegistrySpec) {})},
	{name: "settings of the registry's owner", rule: "registry-owner", path: "registry.keep_images", says: "owner",
		broken: givenRegistry(func(r *RegistrySpec) { r.KeepImages = 5 }), nearest: givenRegistry(func(*RegistrySpec) {})},
	{name: "grant on an unnamed repository", rule: "registry-empty", path: "registry.repositories", says: "Name those",
		broken: both(givenRegistry(func(r *RegistrySpec) { r.Repositories = nil }), pushes), nearest: both(givenRegistry(func(*RegistrySpec) {}), pushes)},
	{name: "vault is no key", rule: "vault-id", path: `vault.existing.ids["shop"]`, says: "arn:aws:kms",
		broken: givenVault(map[string]string{"shop": "shop"}), nearest: givenVault(map[string]string{"shop": testKey})},
	{name: "no vault that exists", rule: "vault-id", path: "vault.existing.ids", says: "by name",
		broken: givenVault(nil, "shop"), nearest: givenVault(map[string]string{"other": testKey}, "shop")},
	{name: "vault made and given", rule: "vault-double", path: `vault.existing.ids["shop"]`, says: "vault.names",
		broken: givenVault(map[string]string{"shop": testKey}, "shop"), nearest: givenVault(map[string]string{"other": testKey}, "shop")},
	{name: "kind", rule: "enumeration", path: "kind", says: `"platform"`, broken: func(s *Spec) { s.Kind = "hub" }, nearest: func(s *Spec) { s.Kind = "cluster" }},
	{name: "empty platform", rule: "platform-empty", path: "kind", says: "Add registry",
		broken: onPlatform(func(s *Spec) { s.Registry, s.Vault = nil, nil }), nearest: onPlatform(func(*Spec) {})},
	{name: "platform with pools", rule: "platform-cluster", path: "node_pools", says: "clusters' own",
		broken: onPlatform(func(s *Spec) { s.NodePools = quickstart().NodePools }), nearest: onPlatform(func(*Spec) {})},
	{name: "platform with another's registry", rule: "platform-existing", path: "registry.existing", says: "makes its registry",
		broken: both(onPlatform(func(*Spec) {}), givenRegistry(func(*RegistrySpec) {})), nearest: onPlatform(func(*Spec) {})},
}

// pushes gives a workload the right to push images.
func pushes(s *Spec) {
	s.WorkloadIdentities["ci"] = WorkloadIdentitySpec{Namespace: "ci", ServiceAccount: "runner", Grants: []string{"registry:push"}}
}

// Rules for what others own on Azure.
func TestAzureOrganisationRules(t *testing.T) {
	zone := testGroup + "Microsoft.Network/privateDnsZones/privatelink.azurecr.io"
	zones := func(ids map[string]string) func(*Spec) {
		return existing(func(e *ExistingNetworkSpec) { e.PrivateDNSZones = ids })
	}
	vnet := both(existing(func(e *ExistingNetworkSpec) {
		e.NetworkID = testVNet
		e.Subnets = map[string]string{"nodes": testSubnet + "nodes", "control_plane": testSubnet + "api", "endpoints": testSubnet + "endpoints"}
	}), func(s *Spec) { s.Network.CIDR = "" })
	byAppliance := func(s *Spec) { s.Network.Egress, s.Network.NextHop = EgressAppliance, "10.64.0.4" }
	peering := func(change func(*ConnectionSpec)) func(*Spec) {
		return func(s *Spec) {
			connection := ConnectionSpec{PeerNetworkID: testVNet, Routes: []string{"10.64.0.0/14"}}
			change(&connection)
			s.Network.Connections = map[string]ConnectionSpec{"hub": connection}
		}
	}
	for _, c := range []ruleCase{
		{name: "id is no network", rule: "existing-id", path: "network.existing.network_id", says: "virtualNetworks/NAME",
			broken: existing(func(e *ExistingNetworkSpec) { e.NetworkID = testVPC }), nearest: vnet},
		{name: "subnet elsewhere", rule: "existing-elsewhere", path: `network.existing.subnets["nodes"]`, says: testVNet,
			broken: both(vnet, existing(func(e *ExistingNetworkSpec) {
				e.Subnets["nodes"] = testGroup + "Microsoft.Network/virtualNetworks/other/subnets/nodes"
			})), nearest: vnet},
		{name: "subnet missing", rule: "existing-missing", path: "network.existing.subnets", says: "nodes",
			broken: both(vnet, existing(func(e *ExistingNetworkSpec) { delete(e.Subnets, "nodes") })), nearest: vnet},
		{name: "subnets of no network", rule: "existing-network", path: "network.existing.network_id", says: "virtual network",
			broken: existing(func(e *ExistingNetworkSpec) { e.Subnets = map[string]string{"nodes": testSubnet + "nodes"} }), nearest: vnet},
		{name: "endpoints of AWS", rule: "existing-aws", path: "network.existing.interface_endpoints", says: "registry.existing",
			broken: existing(func(e *ExistingNetworkSpec) { e.InterfaceEndpoints = []string{"acr"} })},
		{name: "routes of nobody", rule: "existing-routes", path: "network.existing.route_tables", says: "role_assignments_exist",
			broken: both(vnet, byAppliance), nearest: both(vnet, byAppliance, existing(func(e *ExistingNetworkSpec) {
				e.RouteTables = map[string]string{"nodes": testGroup + "Microsoft.Network/routeTables/firewall"}
			}))},
		{name: "two groups", rule: "existing-group", path: "network.existing.resource_group", says: "Remove",
			broken:  both(azure(AzureSpec{ResourceGroup: "platform"}), existing(func(e *ExistingNetworkSpec) { e.ResourceGroup = "net" })),
			nearest: existing(func(e *ExistingNetworkSpec) { e.ResourceGroup = "net" })},
		{name: "zone of nothing", rule: "existing-zone", path: `network.existing.private_dns_zones["files"]`, says: `"registry"`,
			broken: zones(map[string]string{"files": zone}), nearest: zones(map[string]string{"registry": zone})},
		{name: "zone of something else", rule: "existing-zone", path: `network.existing.private_dns_zones["vault"]`, says: "vaultcore",
			broken: zones(map[string]string{"vault": zone}), nearest: zones(map[string]string{"registry": zone})},
		{name: "zone and policy", rule: "existing-policy", path: `network.existing.private_dns_zones["registry"]`, says: "policy",
			broken:  both(zones(map[string]string{"registry": zone}), existing(func(e *ExistingNetworkSpec) { e.ZoneGroupsByPolicy = true })),
			nearest: existing(func(e *ExistingNetworkSpec) { e.ZoneGroupsByPolicy = true })},
		{name: "target of no zone", rule: "dns-target", path: "network.dns.target", says: "private_dns_zones",
			broken: dns(DNSSpec{Target: "hub"}), nearest: both(dns(DNSSpec{Target: "hub"}), zones(map[string]string{"registry": zone}))},
		{name: "transit gateway", rule: "connection-attribute", path: `network.connections["hub"].transit_gateway_id`, says: "peer_network_id",
			broken: peering(func(c *ConnectionSpec) { c.TransitGatewayID = testHub }), nearest: peering(keep)},
		{name: "whose login", severity: SeverityWarning, rule: "azure-login", path: `network.connections["hub"].target`, says: "Network Contributor",
			broken: peering(func(c *ConnectionSpec) { c.Target = "hub" }), nearest: peering(keep)},
		{name: "gateways of two peers", rule: "connection-gateways", path: `network.connections["hub"].use_remote_gateways`, says: "one connection",
			broken: both(peering(func(c *ConnectionSpec) { c.RemoteGateways = true }), func(s *Spec) {
				s.Network.Connections["spare"] = ConnectionSpec{PeerNetworkID: testVNet + "2", RemoteGateways: true}
			}), nearest: peering(func(c *ConnectionSpec) { c.RemoteGateways = true })},
		{name: "registry is no registry", rule: "registry-id", path: "registry.existing.id", says: "registries/NAME",
			broken: func(s *Spec) { s.Registry = &RegistrySpec{Existing: &ExistingRegistrySpec{ID: "shared"}} },
			nearest: func(s *Spec) {
				s.Registry = &RegistrySpec{Existing: &ExistingRegistrySpec{ID: testGroup + "Microsoft.ContainerRegistry/registries/shared"}}
			}},
	} {
		t.Run(c.name, func(t *testing.T) { holdRule(t, azureQuickstart(), c) })
	}
}

// Guards of the organisation refuse, name the way out, and accept the nearest.
func TestGuard(t *testing.T) {
	guards := Guards{
		Targets: map[string][]string{"prod": {"aws"}, "hub": {"azure"}}, Regions: []string{"eu-west-1", "eu-central-1"},
		DefaultTags: map[string]string{"Team": "platform"},
		Ignored:     func(key string) bool { return strings.HasPrefix(key, "scanner-") },
		TagPolicies: map[string]TagPolicy{"CostCenter": {Values: []string{"4711", "48*"}, Required: true}, "Team": {Values: []string{"platform", "shop"}}},
	}
	ok := func(s *Spec) { s.Tags = map[string]string{"CostCenter": "4711"} }
	tags := func(pairs ...string) func(*Spec) {
		return both(ok, func(s *Spec) {
			for i := 0; i < len(pairs); i += 2 {
				s.Tags[pairs[i]] = pairs[i+1]
			}
		})
	}
	for _, c := range []ruleCase{
		{name: "region", rule: "region-allowed", path: "region", says: "allowed_regions", broken: both(ok, func(s *Spec) { s.Region = "us-east-1" })},
		{name: "no such target", rule: "target-unknown", path: "target", says: `"prod"`, broken: both(ok, func(s *Spec) { s.Target = "dev" }), nearest: both(ok, func(s *Spec) { s.Target = "prod" })},
		{name: "target of the network", rule: "target-unknown", path: "network.target", says: `"prod"`, broken: both(ok, func(s *Spec) { s.Network.Target = "dev" })},
		{name: "target of a connection", rule: "target-unknown", path: `network.connections["hub"].target`, says: `"prod"`, broken: both(ok, hub(func(c *ConnectionSpec) { c.Target = "dev" }))},
		{name: "target of another cloud", rule: "target-cloud", path: "target", says: `"aws"`, broken: both(ok, func(s *Spec) { s.Target = "hub" }), nearest: both(ok, func(s *Spec) { s.Target = "prod" })},
		{name: "tag missing", rule: "tag-required", path: "tags", says: "default_tags", broken: func(*Spec) {}},
		{name: "tag's case", rule: "tag-case", path: `tags["costcenter"]`, says: `"CostCenter"`, broken: tags("costcenter", "4711")},
		{name: "tag's value", rule: "tag-value", path: `tags["CostCenter"]`, says: `"48*"`, broken: tags("CostCenter", "9"), nearest: tags("CostCenter", "4899")},
		{name: "tag's value on a pool", rule: "tag-value", path: `node_pools["apps"].tags["Team"]`, says: `"shop"`, broken: both(ok, apps(func(p *NodePoolSpec) { p.Tags = map[string]string{"Team": "x"} })),
			nearest: both(ok, apps(func(p *NodePoolSpec) { p.Tags = map[string]string{"Team": "shop"} }))},
		{name: "tag of others", severity: SeverityWarning, rule: "tag-ignored", path: `tags["scanner-run"]`, says: "never set", broken: tags("scanner-run", "1")},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken, nearest := cloneSpec(t, quickstart()), cloneSpec(t, quickstart())
			c.broken(&broken)
			orElse(c.nearest, ok)(&nearest)
			found := findings(Guard(broken, nil, guards), c.rule, c.path)
			if len(found) == 0 || found[0].Severity != or(c.severity, SeverityError) || !strings.Contains(found[0].Summary+found[0].Detail, c.says) {
				t.Errorf("found %+v among %+v", found, Guard(broken, nil, guards))
			}
			if again := Guard(nearest, nil, guards); len(again) > 0 {
				t.Errorf("the nearest is not accepted: %+v", again)
			}
			if stands := Guard(broken, &Prior{Spec: broken}, guards); HasErrors(stands) {
				t.Errorf("what stands in the same words is refused: %+v", stands)
			}
		})
	}
	wrong := guards
	wrong.DefaultTags = map[string]string{"team": "platform", "CostCenter": "9"}
	if found := findings(Guard(quickstart(), nil, wrong), "tag-default", "tags"); len(found) != 2 {
		t.Errorf("default tags that no policy allows: %+v", found)
	}
}

func orElse(change, otherwise func(*Spec)) func(*Spec) {
	if change == nil {
		return otherwise
	}
	return change
}

// What exists stands in the components with its id, is counted by no budget,
// and a network of others is left as it is.
func TestGivenNetworkDesign(t *testing.T) {
	spec := quickstart()
	givenAll(&spec)
	design := Resolve(spec, nil).Design.Network
	given, components := design.Given(), design.Components()
	if given["vpc"] != testVPC || given["subnet/nodes-eu-west-1a"] != "subnet-0a1b2c3d4e5f67100" {
		t.Errorf("given are %v", given)
	}
	for component := range given {
		if !slices.Contains(components, component) {
			t.Errorf("%s is given and no component", component)
		}
	}
	rest := slices.DeleteFunc(slices.Clone(components), func(c string) bool { _, exists := given[c]; return exists })
	if !slices.Equal(rest, []string{"flow-log", "log-group/flow-logs", "role/flow-logs"}) {
		t.Errorf("in a network with all subnets kready makes %v", rest)
	}
	if design.DefaultClosed || len(design.NATGateways)+len(design.Endpoints)+len(design.PodCIDRs) > 0 || design.Names["vpc"] != "" {
		t.Errorf("the design would change the network: %+v", design)
	}
	created, _, _, _ := Count(Design{}, Design{Network: design})
	if created != len(rest) {
		t.Errorf("a budget counts %d creates, want %d", created, len(rest))
	}
	spec = quickstart()
	givenVPC(&spec)
	spec.Network.Existing.Subnets = map[string]string{"nodes-eu-west-1a": "subnet-0a1b2c3d4e5f67890"}
	spec.Pins = map[string]string{"subnet/nodes-eu-west-1a": "10.68.0.0/20"}
	design = Resolve(spec, nil).Design.Network
	if subnet := design.Subnets["nodes-eu-west-1a"]; subnet.RouteTo != "given/"+testTable || subnet.CIDR != "10.68.0.0/20" {
		t.Errorf("the given subnet is %+v", subnet)
	}
	for key, subnet := range design.Subnets {
		if key != "nodes-eu-west-1a" && overlapsAny(parsed([]string{subnet.CIDR})[0], parsed([]string{"10.68.0.0/20"})) {
			t.Errorf("%s (%s) is made where a given subnet stands", key, subnet.CIDR)
		}
	}
	if design.Endpoints["s3"].Type != "gateway" || !maps.Equal(map[string]string{"": ""}, map[string]string{"": design.Given()["pod-range/100.66.0.0/16"]}) {
		t.Errorf("endpoints %v, given %v", design.Endpoints, design.Given())
	}
}

// The report names who reaches the API, through what, and who does not.
func TestReachability(t *testing.T) {
	spec := quickstart()
	hub(func(c *ConnectionSpec) { c.Routes = []string{"10.64.0.0/14", "10.80.0.0/16"} })(&spec)
	spec.Network.ReachableFrom = []string{"10.64.8.0/24", "192.168.7.0/24"}
	spec.Network.Reserved = map[string][]string{"runners": {"10.64.8.0/22"}}
	got := map[string]string{}
	for _, reach := range Resolve(spec, nil).Design.Reachability {
		got[reach.From+" "+strings.Join(reach.Ranges, ",")] = reach.Through
		if (reach.Through == "") != (reach.Why != "") {
			t.Errorf("%+v says neither how nor why not", reach)
		}
	}
	for who, want := range map[string]string{
		"runners 10.64.8.0/24": "connection/hub", "network.reachable_from 192.168.7.0/24": "",
		"connection/hub 10.80.0.0/16": "", "internet 0.0.0.0/0": "",
	} {
		if through, told := got[who]; !told || through != want {
			t.Errorf("%s: %q (told: %t), want %q; all: %v", who, through, told, want, got)
		}
	}
	if got["nodes "+strings.Join(nodeRanges(spec), ",")] != "network" {
		t.Errorf("nodes: %v", got)
	}
}

func nodeRanges(spec Spec) []string {
	var ranges []string
	for _, subnet := range Resolve(spec, nil).Design.Network.Subnets {
		if subnet.Tier == TierNodes {
			ranges = append(ranges, subnet.CIDR)
		}
	}
	return sortedUnique(ranges)
}

// A platform's design has what is shared, and nothing of a cluster.
func TestPlatform(t *testing.T) {
	for _, base := range []Spec{quickstart(), azureQuickstart()} {
		spec := cloneSpec(t, base)
		onPlatform(func(s *Spec) {
			if s.Cloud == CloudAzure {
				s.Network.CIDR = "10.69.0.0/24"
			}
		})(&spec)
		outcome := Resolve(spec, nil)
		if HasErrors(outcome.Findings) {
			t.Fatalf("%s: %v", spec.Cloud, errorsOf(outcome.Findings))
		}
		design := outcome.Design
		if design.ControlPlane != nil || len(design.NodePools) > 0 || design.Registry == nil || design.Vault == nil || (design.Network != nil) != (spec.Cloud == CloudAzure) {
			t.Errorf("%s: %+v", spec.Cloud, design)
		}
		again := Resolve(spec, &Prior{Spec: spec, Design: design, DesignVersion: 1, Held: outcome.Held})
		if Digest(again.Design) != Digest(design) {
			t.Errorf("%s: an unchanged platform changes its design", spec.Cloud)
		}
	}
}
