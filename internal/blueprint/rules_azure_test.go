package blueprint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	testGroup  = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/platform/providers/"
	testVNet   = testGroup + "Microsoft.Network/virtualNetworks/hub"
	testObject = "8d1c7b52-3f0a-4b6e-9c2d-1a2b3c4d5e6f"
)

// Each rule for AKS refuses what breaks it, naming the attribute and what to
// do, and accepts the nearest thing that keeps it.
func TestAzureRules(t *testing.T) {
	for _, c := range slices.Concat(azureClusterCases, azureNetworkCases, azurePoolCases, azureServiceCases, azureSeatCases) {
		t.Run(c.name, func(t *testing.T) { holdRule(t, azureQuickstart(), c) })
	}
}

// Rules that development relaxes on AKS are warnings there, and say so.
func TestAzureDevelopmentRelaxesAloud(t *testing.T) {
	relaxed := set{}
	for _, c := range slices.Concat(azureClusterCases, azureNetworkCases, azurePoolCases, azureServiceCases) {
		spec := cloneSpec(t, azureQuickstart())
		c.broken(&spec)
		refused := map[string]bool{} // in production
		for _, f := range findings(Resolve(spec, nil).Findings, c.rule, c.path) {
			refused[f.Summary] = f.Severity == SeverityError
		}
		spec.Stage = StageDevelopment
		for _, f := range findings(Resolve(spec, nil).Findings, c.rule, c.path) {
			if f.Severity == SeverityWarning && refused[f.Summary] {
				relaxed.add(c.rule)
				if !strings.Contains(f.Detail, "Relaxed by stage") {
					t.Errorf("%s is relaxed silently: %s", c.rule, f.Detail)
				}
			}
		}
	}
	want := []string{"dns-none", "log-audit", "network-policy-none", "system-pool-size", "tier-free", "zones-production"}
	if got := relaxed.sorted(); !slices.Equal(got, want) {
		t.Errorf("relaxed are %v, want %v", got, want)
	}
}

func azure(spec AzureSpec) func(*Spec) { return func(s *Spec) { s.Azure = &spec } }

func dns(spec DNSSpec) func(*Spec) { return func(s *Spec) { s.Network.DNS = &spec } }

func azureSeat(path string, broken func(*Spec)) ruleCase {
	return ruleCase{name: "seat " + path, rule: "not-supported-yet", path: path, says: "Remove it", broken: broken}
}

var azureClusterCases = []ruleCase{
	{name: "region", rule: "region", path: "region", says: "westeurope", broken: func(s *Spec) { s.Region = "" }},
	{name: "region unknown", severity: SeverityWarning, rule: "region-unknown", path: "region", says: "spelling", broken: func(s *Spec) { s.Region = "westmoon" }},
	{name: "zone", rule: "zone-name", path: "network.zones[2]", says: `"1", "2" or "3"`, broken: func(s *Spec) { s.Network.Zones[2] = "westeurope-3" }},
	{name: "no zone", rule: "zones-two", path: "network.zones", says: "Name three", broken: func(s *Spec) { s.Network.Zones = nil }},
	{name: "two zones", rule: "zones-production", path: "network.zones", says: "third", broken: func(s *Spec) { s.Network.Zones = s.Network.Zones[:2] }},
	{name: "region without zones", rule: "zones-missing", path: "network.zones[0]", says: "another region", broken: func(s *Spec) { s.Region = "ukwest" },
		nearest: func(s *Spec) {
			s.Region, s.Stage, s.Network.Zones, s.Network.Egress = "ukwest", StageDevelopment, []string{}, EgressNAT
		}},
	{name: "tag characters", rule: "tags-characters", path: `tags["a/b"]`, says: "another key", broken: func(s *Spec) { s.Tags = map[string]string{"a/b": "c"} },
		nearest: func(s *Spec) { s.Tags = map[string]string{"a.b": "c/d"} }},
	{name: "tag of Azure", rule: "tags-reserved", path: `tags["azure-team"]`, says: "belong to Azure", broken: func(s *Spec) { s.Tags = map[string]string{"azure-team": "c"} },
		nearest: func(s *Spec) { s.Tags = map[string]string{"team-azure": "c"} }},
	{name: "version too old", rule: "version-unsupported", path: "kubernetes_version", says: "AKS makes no such cluster",
		broken: func(s *Spec) { s.KubernetesVersion = "1.33" }, nearest: func(s *Spec) { s.KubernetesVersion, s.Support = "1.33", "extended" }},
	{name: "version ending", severity: SeverityWarning, rule: "version-ending", path: "kubernetes_version", says: "2026-11-30",
		broken: func(*Spec) {}, nearest: func(s *Spec) { s.KubernetesVersion = "1.35" }},
	{name: "version announced", severity: SeverityWarning, rule: "version-unknown", path: "kubernetes_version", says: "announced",
		broken: func(s *Spec) { s.KubernetesVersion = "1.37" }},
	{name: "no Entra id", rule: "access-principal", path: "access.admin_groups[0]", says: "az ad group show",
		broken: func(s *Spec) { s.Access.AdminGroups[0] = "platform-admins" }},
	{name: "binding of an administrator", rule: "access-double", path: `access.bindings["shop"].principal`, says: "AKS",
		broken: func(s *Spec) {
			s.Access.Bindings = map[string]BindingSpec{"shop": {Principal: strings.ToUpper(s.Access.AdminGroups[0]), Role: "edit"}}
		},
		nearest: func(s *Spec) {
			s.Access.Bindings = map[string]BindingSpec{"shop": {Principal: testObject, Role: "edit", Namespaces: []string{"shop"}}}
		}},
	{name: "namespace wildcard", rule: "namespace", path: `access.bindings["shop"].namespaces[0]`, says: "no wildcards",
		broken: func(s *Spec) {
			s.Access.Bindings = map[string]BindingSpec{"shop": {Principal: testObject, Role: "edit", Namespaces: []string{"shop-*"}}}
		}},
	{name: "resource group", rule: "resource-group", path: "azure.resource_group", says: "90", broken: azure(AzureSpec{ResourceGroup: strings.Repeat("a", 91)}), nearest: azure(AzureSpec{ResourceGroup: strings.Repeat("a", 63)})},
	{name: "resource group with an overlay", rule: "resource-group", path: "azure.resource_group", says: "63", broken: azure(AzureSpec{ResourceGroup: strings.Repeat("a", 64)}), nearest: azure(AzureSpec{ResourceGroup: "shared"})},
	{name: "workspace", rule: "resource-id", path: "azure.log_workspace_id", says: "workspaces/NAME", broken: azure(AzureSpec{LogWorkspaceID: "logs"}),
		nearest: azure(AzureSpec{LogWorkspaceID: testGroup + "Microsoft.OperationalInsights/workspaces/logs"})},
	{name: "roles without identities", rule: "roles-exist", path: "azure.role_assignments_exist", says: "kubelet_identity_id", broken: azure(AzureSpec{RolesExist: true}),
		nearest: azure(AzureSpec{RolesExist: true, ControlPlaneID: testGroup + "Microsoft.ManagedIdentity/userAssignedIdentities/a", KubeletIdentityID: testGroup + "Microsoft.ManagedIdentity/userAssignedIdentities/b"})},
	{name: "private cluster", rule: "enumeration", path: "azure.private_cluster", says: "private_link", broken: azure(AzureSpec{PrivateCluster: "yes"})},
	{name: "public behind a private link", rule: "public-private-link", path: "access.public", says: "vnet_integration",
		broken: func(s *Spec) {
			s.Azure, s.Encryption = &AzureSpec{PrivateCluster: "private_link"}, &EncryptionSpec{Mode: "cloud"}
			s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"203.0.113.0/24"}}
		},
		nearest: func(s *Spec) { s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"203.0.113.0/24"}} }},
	{name: "support without Premium", rule: "tier-support", path: "azure.tier", says: "Premium is billed",
		broken:  func(s *Spec) { s.Support, s.Azure = "extended", &AzureSpec{Tier: "Standard"} },
		nearest: func(s *Spec) { s.Support, s.Azure = "extended", &AzureSpec{Tier: "Premium"} }},
	{name: "Premium without support", rule: "tier-support", path: "azure.tier", says: "Standard",
		broken: func(s *Spec) { s.Support, s.Azure = "standard", &AzureSpec{Tier: "Premium"} }, nearest: azure(AzureSpec{Tier: "Premium"})},
	{name: "Free", rule: "tier-free", path: "azure.tier", says: "uptime", broken: azure(AzureSpec{Tier: "Free"}), nearest: azure(AzureSpec{Tier: "Standard"})},
	{name: "channel raises versions", severity: SeverityWarning, rule: "upgrade-channel", path: "azure.auto_upgrade_channel", says: "patch",
		broken: azure(AzureSpec{AutoUpgrade: "stable"}), nearest: azure(AzureSpec{AutoUpgrade: "patch"})},
	{name: "two channels for images", rule: "channels", path: "azure.node_os_upgrade_channel", says: "Leave one",
		broken: azure(AzureSpec{AutoUpgrade: "node-image", NodeOSUpgrade: "SecurityPatch"}), nearest: azure(AzureSpec{AutoUpgrade: "node-image"})},
	{name: "nobody patches", severity: SeverityWarning, rule: "node-patching", path: "azure.node_os_upgrade_channel", says: "rollout_id",
		broken: azure(AzureSpec{NodeOSUpgrade: "None"}), nearest: azure(AzureSpec{NodeOSUpgrade: "SecurityPatch"})},
	{name: "weekday", rule: "maintenance", path: "maintenance_window.day", says: "Sunday", broken: func(s *Spec) { s.Maintenance = &MaintenanceSpec{Day: "sun", Start: "02:00"} },
		nearest: func(s *Spec) { s.Maintenance = &MaintenanceSpec{Day: "Sunday", Start: "02:00"} }},
	{name: "time", rule: "maintenance", path: "maintenance_window.start", says: "HH:MM", broken: func(s *Spec) { s.Maintenance = &MaintenanceSpec{Day: "Sunday", Start: "2am"} }},
	{name: "short window", rule: "bounds", path: "maintenance_window.duration_hours", says: "4 to 24",
		broken:  func(s *Spec) { s.Maintenance = &MaintenanceSpec{Day: "Sunday", Start: "02:00", DurationHours: 3} },
		nearest: func(s *Spec) { s.Maintenance = &MaintenanceSpec{Day: "Sunday", Start: "02:00", DurationHours: 4} }},
	{name: "window for nothing", severity: SeverityWarning, rule: "maintenance-unused", path: "maintenance_window", says: "Both channels",
		broken: func(s *Spec) {
			s.Azure, s.Maintenance = &AzureSpec{NodeOSUpgrade: "None"}, &MaintenanceSpec{Day: "Sunday", Start: "02:00"}
		},
		nearest: func(s *Spec) { s.Maintenance = &MaintenanceSpec{Day: "Sunday", Start: "02:00"} }},
	{name: "log type", rule: "log-type", path: "control_plane_logs.types[1]", says: "kube-audit-admin", broken: func(s *Spec) { s.ControlPlaneLogs = &LogsSpec{Types: []string{"kube-audit", "api"}} }},
	{name: "no audit", rule: "log-audit", path: "control_plane_logs.types", says: "kube-audit-admin", broken: func(s *Spec) { s.ControlPlaneLogs = &LogsSpec{Types: []string{"guard"}} },
		nearest: func(s *Spec) { s.ControlPlaneLogs = &LogsSpec{Types: []string{"kube-audit-admin"}} }},
	{name: "log retention", rule: "log-retention", path: "control_plane_logs.retention_days", says: "30 to 730", broken: func(s *Spec) { s.ControlPlaneLogs = &LogsSpec{RetentionDays: 14} },
		nearest: func(s *Spec) { s.ControlPlaneLogs = &LogsSpec{RetentionDays: 100} }},
	{name: "key id", rule: "resource-id", path: "encryption.key_id", says: "no version",
		broken: func(s *Spec) {
			s.Encryption = &EncryptionSpec{Mode: "existing", KeyID: "https://v.vault.azure.net/keys/k/1"}
		},
		nearest: func(s *Spec) {
			s.Encryption = &EncryptionSpec{Mode: "existing", KeyID: testGroup + "Microsoft.KeyVault/vaults/v/keys/k"}
		}},
	{name: "key missing", rule: "encryption-key", path: "encryption.key_id", says: "Key Vault key", broken: func(s *Spec) { s.Encryption = &EncryptionSpec{Mode: "existing"} }},
	{name: "key behind a private link", rule: "kms-private-link", path: "encryption.mode", says: "at rest all the same", broken: azure(AzureSpec{PrivateCluster: "private_link"}),
		nearest: func(s *Spec) {
			s.Azure, s.Encryption = &AzureSpec{PrivateCluster: "private_link"}, &EncryptionSpec{Mode: "cloud"}
		}},
	{name: "storage account name", rule: "names-form", path: `names["storage-account/flow-logs"]`, says: "3 to 24",
		broken:  func(s *Spec) { s.Names = map[string]string{"storage-account/flow-logs": "Shop-Logs"} },
		nearest: func(s *Spec) { s.Names = map[string]string{"storage-account/flow-logs": "shoplogs"} }},
	{name: "vault name in Azure", rule: "names-form", path: `names["vault/shop"]`, says: "24",
		broken:  func(s *Spec) { s.Names = map[string]string{"vault/shop": strings.Repeat("x", 25)} },
		nearest: func(s *Spec) { s.Names = map[string]string{"vault/shop": strings.Repeat("x", 24)} }},
	{name: "administrators unknown", severity: SeverityWarning, rule: "unknown-input", path: "g", says: "wait",
		broken: func(s *Spec) { s.Access.AdminGroups[0] = Unknown("g") }},
}

var azureNetworkCases = []ruleCase{
	{name: "range too large", rule: "vnet-range", path: "network.cidr", says: "/8 to a /29", broken: func(s *Spec) { s.Network.CIDR = "10.0.0.0/7" }, nearest: func(s *Spec) { s.Network.CIDR = "10.128.0.0/10" }},
	{name: "range of AKS itself", rule: "vnet-range", path: "network.cidr", says: "172.30.0.0/16", broken: func(s *Spec) { s.Network.CIDR = "172.16.0.0/12" }, nearest: func(s *Spec) { s.Network.CIDR = "172.24.0.0/14" }},
	{name: "network too small", rule: "network-too-small", path: "network.cidr", says: "A /24 would hold it", broken: func(s *Spec) { s.Network.CIDR = "10.68.0.0/25" }, nearest: func(s *Spec) { s.Network.CIDR = "10.68.0.0/23" }},
	{name: "tier too long", rule: "tier-size", path: `network.tiers["data"].prefix_length`, says: "/8 to /29", broken: tier("data", TierSpec{PrefixLength: 30}), nearest: tier("data", TierSpec{PrefixLength: 29})},
	{name: "pin too long", rule: "pin-size", path: `pins["subnet/ingress"]`, says: "/8 to /29", broken: func(s *Spec) { s.Pins = map[string]string{"subnet/ingress": "10.68.255.0/30"} },
		nearest: func(s *Spec) { s.Pins = map[string]string{"subnet/ingress": "10.68.255.0/28"} }},
	{name: "pin of a zone", rule: "pin-unused", path: `pins["subnet/nodes-1"]`, says: "subnet/nodes", broken: func(s *Spec) { s.Pins = map[string]string{"subnet/nodes-1": "10.68.0.0/24"} }},
	{name: "nodes too small", rule: "subnet-too-small", path: `network.tiers["nodes"].prefix_length`, says: "Over all zones",
		broken: tier("nodes", TierSpec{PrefixLength: 26}), nearest: func(s *Spec) { s.Capacity = nil; tier("nodes", TierSpec{PrefixLength: 25})(s) }},
	{name: "pods tier of an overlay", rule: "tier-pods", path: `network.tiers["pods"]`, says: "routable", broken: tier("pods", TierSpec{}),
		nearest: func(s *Spec) {
			s.Capacity, s.Network.Pods = nil, &PodsSpec{Mode: "routable"}
			tier("pods", TierSpec{PrefixLength: 18})(s)
		}},
	{name: "public in isolation", rule: "tier-public", path: `network.tiers["public"]`, says: "another egress", broken: func(s *Spec) { s.Network.Egress = EgressIsolated; tier("public", TierSpec{})(s) }, nearest: tier("public", TierSpec{})},
	{name: "size of public", rule: "tier-public-size", path: `network.tiers["public"].prefix_length`, says: "no subnet", broken: tier("public", TierSpec{PrefixLength: 24}), nearest: tier("public", TierSpec{})},
	{name: "control plane behind a private link", rule: "tier-control-plane", path: `network.tiers["control_plane"]`, says: "vnet_integration",
		broken: func(s *Spec) {
			s.Azure, s.Encryption = &AzureSpec{PrivateCluster: "private_link"}, &EncryptionSpec{Mode: "cloud"}
			tier("control_plane", TierSpec{PrefixLength: 27})(s)
		},
		nearest: tier("control_plane", TierSpec{PrefixLength: 27})},
	{name: "control plane too small", rule: "tier-control-plane-size", path: `network.tiers["control_plane"].prefix_length`, says: "/27", broken: tier("control_plane", TierSpec{PrefixLength: 28}), nearest: tier("control_plane", TierSpec{PrefixLength: 26})},
	{name: "two ranges for pods", rule: "pod-range", path: "network.pods.cidrs", says: "takes no list", broken: func(s *Spec) { s.Network.Pods = &PodsSpec{CIDRs: []string{"100.64.0.0/16", "100.65.0.0/16"}} },
		nearest: func(s *Spec) { s.Network.Pods = &PodsSpec{CIDRs: []string{"100.64.0.0/14"}} }},
	{name: "few pods", rule: "pod-range", path: "network.pods.cidrs[0]", says: "Use a /17", broken: func(s *Spec) { s.Network.Pods = &PodsSpec{CIDRs: []string{"100.64.0.0/18"}} },
		nearest: func(s *Spec) { s.Capacity = nil; s.Network.Pods = &PodsSpec{CIDRs: []string{"100.64.0.0/17"}} }},
	{name: "public pods", rule: "pod-range", path: "network.pods.cidrs[0]", says: "not private", broken: func(s *Spec) { s.Network.Pods = &PodsSpec{CIDRs: []string{"203.0.0.0/14"}} }},
	{name: "no room for pods", rule: "pod-range", path: "network.pods.cidrs", says: "no range is left", broken: func(s *Spec) { s.Network.Reserved = map[string][]string{"all": {"100.64.0.0/10"}} },
		nearest: func(s *Spec) {
			s.Network.Reserved = map[string][]string{"all": {"100.64.0.0/10"}}
			s.Network.Pods = &PodsSpec{CIDRs: []string{"10.128.0.0/14"}}
		}},
	{name: "services of AKS itself", rule: "service-range", path: "network.service_cidr", says: "172.30.0.0/16", broken: func(s *Spec) { s.Network.ServiceCIDR = "172.30.0.0/16" }, nearest: func(s *Spec) { s.Network.ServiceCIDR = "172.29.0.0/16" }},
	{name: "services where pods are", rule: "service-range", path: "network.service_cidr", says: "the pods", broken: func(s *Spec) { s.Network.ServiceCIDR = "100.65.0.0/16" }},
	{name: "services too large", rule: "service-range", path: "network.service_cidr", says: "smaller than a /12", broken: func(s *Spec) { s.Network.ServiceCIDR = "10.128.0.0/12" }, nearest: func(s *Spec) { s.Network.ServiceCIDR = "10.128.0.0/13" }},
	{name: "policy of EKS", rule: "network-policy", path: "network.cni.network_policy", says: "cilium", broken: func(s *Spec) { s.Network.CNI = &CNISpec{NetworkPolicy: "vpc_cni"} }, nearest: func(s *Spec) { s.Network.CNI = &CNISpec{NetworkPolicy: "calico"} }},
	{name: "no policy", rule: "network-policy-none", path: "network.cni.network_policy", says: "Leave", broken: func(s *Spec) { s.Network.CNI = &CNISpec{NetworkPolicy: "none"} }},
	{name: "one NAT in production", severity: SeverityWarning, rule: "nat-single", path: "network.egress", says: "nat_per_zone", broken: func(s *Spec) { s.Network.Egress = EgressNAT }},
	{name: "NAT without zones", rule: "nat-zones", path: "network.egress", says: `"nat"`,
		broken: func(s *Spec) { s.Region, s.Stage, s.Network.Zones = "ukwest", StageDevelopment, []string{} },
		nearest: func(s *Spec) {
			s.Region, s.Stage, s.Network.Zones, s.Network.Egress = "ukwest", StageDevelopment, []string{}, EgressNAT
		}},
	{name: "appliance without an address", rule: "next-hop", path: "network.next_hop", says: "firewall", broken: func(s *Spec) { s.Network.Egress = EgressAppliance },
		nearest: func(s *Spec) { s.Network.Egress, s.Network.NextHop = EgressAppliance, "10.64.0.4" }},
	{name: "next hop is no address", rule: "next-hop", path: "network.next_hop", says: "no private IPv4 address", broken: func(s *Spec) { s.Network.Egress, s.Network.NextHop = EgressAppliance, "tgw-1" }},
	{name: "next hop of nothing", rule: "next-hop", path: "network.next_hop", says: "remove next_hop", broken: func(s *Spec) { s.Network.NextHop = "10.64.0.4" }},
	{name: "next hop elsewhere", severity: SeverityWarning, rule: "next-hop-far", path: "network.next_hop", says: "peer", broken: func(s *Spec) { s.Network.Egress, s.Network.NextHop = EgressAppliance, "10.64.0.4" },
		nearest: func(s *Spec) { s.Network.Egress, s.Network.NextHop = EgressAppliance, "10.68.255.4" }},
	{name: "isolated without a registry", rule: "isolated-registry", path: "registry", says: "AKS boots from", broken: func(s *Spec) { s.Network.Egress, s.Registry = EgressIsolated, nil }, nearest: func(s *Spec) { s.Network.Egress = EgressIsolated }},
	{name: "isolated packages", rule: "isolated-channel", path: "azure.node_os_upgrade_channel", says: "NodeImage",
		broken:  func(s *Spec) { s.Network.Egress, s.Azure = EgressIsolated, &AzureSpec{NodeOSUpgrade: "SecurityPatch"} },
		nearest: func(s *Spec) { s.Network.Egress, s.Azure = EgressIsolated, &AzureSpec{NodeOSUpgrade: "None"} }},
	{name: "isolated policies", severity: SeverityWarning, rule: "isolated-gap", path: "azure.policy", says: "another egress",
		broken: func(s *Spec) {
			on := true
			s.Network.Egress, s.Azure = EgressIsolated, &AzureSpec{Policy: &on}
		},
		nearest: func(s *Spec) { s.Network.Egress = EgressIsolated }},
	{name: "isolated GPUs", severity: SeverityWarning, rule: "isolated-gap", path: `node_pools["apps"].instance_types`, says: "drivers",
		broken: func(s *Spec) {
			s.Network.Egress = EgressIsolated
			pool(s, "apps", func(p *NodePoolSpec) { p.InstanceTypes = []string{"Standard_NC4as_T4_v3"} })
		}},
	{name: "flow log retention", rule: "log-retention", path: "network.flow_logs.retention_days", says: "30 to 365", broken: func(s *Spec) { s.Network.FlowLogs = &FlowLogsSpec{RetentionDays: 400} }, nearest: func(s *Spec) { s.Network.FlowLogs = &FlowLogsSpec{RetentionDays: 365} }},
	{name: "flow log traffic", rule: "flow-logs-traffic", path: "network.flow_logs.traffic", says: "all traffic", broken: func(s *Spec) { s.Network.FlowLogs = &FlowLogsSpec{Traffic: "reject"} }, nearest: func(s *Spec) { s.Network.FlowLogs = &FlowLogsSpec{Traffic: "all"} }},
	{name: "flow logs off", severity: SeverityWarning, rule: "flow-logs-off", path: "network.flow_logs.enabled", says: "talked to whom", broken: func(s *Spec) { off := false; s.Network.FlowLogs = &FlowLogsSpec{Enabled: &off} }},
	{name: "public name", rule: "dns-none", path: "network.dns.private_zone", says: "public", broken: dns(DNSSpec{PrivateZone: "none"}), nearest: dns(DNSSpec{PrivateZone: "system"})},
	{name: "zone is no zone", rule: "dns-zone", path: "network.dns.private_zone", says: "privateDnsZones/NAME", broken: dns(DNSSpec{PrivateZone: "corp"})},
	{name: "zone of a private link", rule: "dns-zone", path: "network.dns.private_zone", says: "private.westeurope.azmk8s.io",
		broken:  dns(DNSSpec{PrivateZone: testGroup + "Microsoft.Network/privateDnsZones/privatelink.westeurope.azmk8s.io"}),
		nearest: dns(DNSSpec{PrivateZone: testGroup + "Microsoft.Network/privateDnsZones/shop.private.westeurope.azmk8s.io"})},
	{name: "links of a locked zone", rule: "dns-links", path: "network.dns.link_networks", says: "zone of its own", broken: dns(DNSSpec{PrivateZone: "system", LinkNetworks: []string{testVNet}}), nearest: dns(DNSSpec{LinkNetworks: []string{testVNet}})},
	{name: "link to no network", rule: "resource-id", path: "network.dns.link_networks[0]", says: "virtualNetworks/NAME", broken: dns(DNSSpec{LinkNetworks: []string{"hub"}}), nearest: dns(DNSSpec{LinkNetworks: []string{testVNet}})},
	{name: "zone of a public API", rule: "dns-public", path: "network.dns", says: "access.public",
		broken: func(s *Spec) {
			s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"203.0.113.0/24"}}
			s.Network.DNS = &DNSSpec{PrivateZone: "system"}
		},
		nearest: func(s *Spec) { s.Access.Public = &PublicSpec{AllowedCIDRs: []string{"203.0.113.0/24"}} }},
}

func manyPools(count, each int) func(*Spec) {
	return func(s *Spec) {
		s.Capacity = nil
		s.Network.Pods = &PodsSpec{CIDRs: []string{"10.128.0.0/10"}}
		for i := range count {
			s.NodePools[fmt.Sprintf("p%d", i)] = NodePoolSpec{InstanceTypes: []string{"Standard_D8pds_v5"}, MinSize: each, MaxSize: each}
		}
	}
}

var azurePoolCases = []ruleCase{
	{name: "pool name", rule: "pool-name", path: `node_pools["Apps"]`, says: "lower-case", broken: func(s *Spec) { s.NodePools["Apps"] = s.NodePools["apps"] }},
	{name: "no nodes", rule: "pool-size", path: `node_pools["apps"].max_size`, says: "1 or more", broken: apps(func(p *NodePoolSpec) { p.MinSize, p.MaxSize = 0, 0 }), nearest: apps(func(p *NodePoolSpec) { p.MinSize, p.MaxSize = 0, 1 })},
	{name: "min above max", rule: "pool-min-max", path: `node_pools["apps"].min_size`, says: "raise max_size", broken: apps(func(p *NodePoolSpec) { p.MinSize = 61 })},
	{name: "nothing scales", rule: "pool-unscaled", path: `node_pools["apps"].max_size`, says: "AKS brings along", broken: func(s *Spec) { s.Autoscaling = AutoscalingNone },
		nearest: func(s *Spec) {
			s.Autoscaling = AutoscalingKarpenter
			apps(func(p *NodePoolSpec) { p.MinSize = 60 })(s)
			system(func(p *NodePoolSpec) { p.MinSize = 6 })(s)
		}},
	{name: "karpenter with calico", rule: "karpenter-calico", path: "network.cni.network_policy", says: "cilium",
		broken: func(s *Spec) { s.Autoscaling, s.Network.CNI = AutoscalingKarpenter, &CNISpec{NetworkPolicy: "calico"} }},
	{name: "pool too large", rule: "pool-too-large", path: `node_pools["apps"].max_size`, says: "1000", broken: func(s *Spec) { s.Capacity = nil; apps(func(p *NodePoolSpec) { p.MaxSize = 1001 })(s) },
		nearest: func(s *Spec) { s.Capacity = nil; apps(func(p *NodePoolSpec) { p.MaxSize = 1000 })(s) }},
	{name: "cluster too large", rule: "cluster-too-large", path: "node_pools", says: "5000", broken: manyPools(5, 1000), nearest: manyPools(4, 900)},
	{name: "free cluster too large", rule: "cluster-too-large", path: "node_pools", says: "Free", broken: func(s *Spec) { s.Stage = StageDevelopment; manyPools(1, 950)(s) },
		nearest: func(s *Spec) { s.Stage = StageDevelopment; manyPools(1, 900)(s) }},
	{name: "too many pools", rule: "pools-count", path: "node_pools", says: "100", broken: manyPools(99, 1), nearest: manyPools(98, 1)},
	{name: "empty system pool", rule: "system-pool-empty", path: `node_pools["system"].min_size`, says: "Raise", broken: system(func(p *NodePoolSpec) { p.MinSize = 0 }), nearest: system(func(p *NodePoolSpec) { p.MinSize = 2 })},
	{name: "small system pool", rule: "system-pool-size", path: `node_pools["system"].min_size`, says: "DNS", broken: system(func(p *NodePoolSpec) { p.MinSize = 1 })},
	{name: "no system pool", rule: "no-system-pool", path: "node_pools", says: "AKS makes", broken: func(s *Spec) { delete(s.NodePools, "system") }},
	{name: "system pool of two vCPUs", rule: "instance-type-system", path: `node_pools["system"].instance_types[0]`, says: "needs 4",
		broken: system(func(p *NodePoolSpec) { p.InstanceTypes = []string{"Standard_D2pds_v5"} }), nearest: system(func(p *NodePoolSpec) { p.InstanceTypes = []string{"Standard_D4ps_v5"} })},
	{name: "system pool of the B series", rule: "instance-type-system", path: `node_pools["system"].instance_types[0]`, says: "B series",
		broken: system(func(p *NodePoolSpec) { p.InstanceTypes = []string{"Standard_B4ms"} }), nearest: apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"Standard_B4ms"} })},
	{name: "size too small", rule: "instance-type-small", path: `node_pools["apps"].instance_types[0]`, says: "AKS pool needs", broken: apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"Standard_A1_v2"} }),
		nearest: apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"Standard_B2s"} })},
	{name: "two sizes", rule: "instance-types-one", path: `node_pools["apps"].instance_types`, says: "pool for each", broken: apps(func(p *NodePoolSpec) { p.InstanceTypes = append(p.InstanceTypes, "Standard_D8ps_v5") })},
	{name: "no size", rule: "instance-types", path: `node_pools["apps"].instance_types`, says: "Standard_", broken: apps(func(p *NodePoolSpec) { p.InstanceTypes = nil })},
	{name: "unknown size", severity: SeverityWarning, rule: "instance-type-unknown", path: `node_pools["apps"].instance_types[0]`, says: "spelling", broken: apps(func(p *NodePoolSpec) { p.InstanceTypes = []string{"Standard_D8pds_v99"} })},
	{name: "wrong architecture", rule: "architecture", path: `node_pools["apps"].architecture`, says: "Leave architecture out", broken: apps(func(p *NodePoolSpec) { p.Architecture = "amd64" })},
	{name: "system on spot", rule: "spot-system", path: `node_pools["system"].capacity_type`, says: "on_demand", broken: system(func(p *NodePoolSpec) { p.CapacityType = "spot" })},
	{name: "too many pods", rule: "max-pods", path: `node_pools["apps"].max_pods`, says: "10 to 250", broken: apps(func(p *NodePoolSpec) { p.MaxPods = 251 }), nearest: apps(func(p *NodePoolSpec) { p.MaxPods = 30 })},
	{name: "pool ahead", rule: "version-skew", path: `node_pools["apps"].kubernetes_version`, says: "ahead", broken: apps(func(p *NodePoolSpec) { p.KubernetesVersion = "1.35" })},
	{name: "label of AKS", rule: "label", path: `node_pools["apps"].labels["kubernetes.azure.com/mode"]`, says: "set by AKS", broken: apps(func(p *NodePoolSpec) { p.Labels["kubernetes.azure.com/mode"] = "x" })},
	{name: "disk doesn't fit", rule: "disk-ephemeral", path: `node_pools["apps"].disk.type`, says: "300 GiB", broken: apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{Type: "ephemeral", SizeGiB: 301} }),
		nearest: apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{Type: "ephemeral", SizeGiB: 300} })},
	{name: "no local disk", rule: "disk-ephemeral", path: `node_pools["apps"].disk.type`, says: "no storage of its own", broken: apps(func(p *NodePoolSpec) {
		p.InstanceTypes, p.Disk = []string{"Standard_D4ps_v5"}, &DiskSpec{Type: "ephemeral"}
	})},
	{name: "local disk not known", severity: SeverityWarning, rule: "disk-ephemeral-unknown", path: `node_pools["apps"].disk.type`, says: "documentation", broken: apps(func(p *NodePoolSpec) {
		p.InstanceTypes, p.Disk = []string{"Standard_F4s_v2"}, &DiskSpec{Type: "ephemeral"}
	})},
	{name: "disk of EKS", rule: "enumeration", path: `node_pools["apps"].disk.type`, says: "ephemeral", broken: apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{Type: "gp3"} })},
	{name: "provisioned disk", rule: "disk-provisioned", path: `node_pools["apps"].disk`, says: "follow from the size", broken: apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{IOPS: 3000} }), nearest: apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{SizeGiB: 512} })},
	{name: "operating system", rule: "enumeration", path: `node_pools["apps"].node_image.os`, says: "azurelinux3", broken: apps(func(p *NodePoolSpec) { p.NodeImage = &NodeImageSpec{OS: "al2023"} }),
		nearest: apps(func(p *NodePoolSpec) { p.NodeImage = &NodeImageSpec{OS: "azurelinux3"} })},
	{name: "image too new", rule: "image-version", path: `node_pools["apps"].node_image.os`, says: "1.32 to", broken: apps(func(p *NodePoolSpec) {
		p.KubernetesVersion, p.NodeImage = "1.31", &NodeImageSpec{OS: "ubuntu2404"}
	}), nearest: apps(func(p *NodePoolSpec) { p.KubernetesVersion = "1.31" })},
	{name: "pin against a channel", rule: "image-channel", path: `node_pools["apps"].node_image.release`, says: `"None"`, broken: apps(func(p *NodePoolSpec) { p.NodeImage = &NodeImageSpec{Release: "202611.02.0"} }),
		nearest: func(s *Spec) {
			s.Azure = &AzureSpec{NodeOSUpgrade: "None"}
			apps(func(p *NodePoolSpec) { p.NodeImage = &NodeImageSpec{Release: "202611.02.0"} })(s)
		}},
	{name: "surge", rule: "max-surge", path: `node_pools["apps"].max_surge`, says: "percentage", broken: apps(func(p *NodePoolSpec) { p.MaxSurge = "many" }), nearest: apps(func(p *NodePoolSpec) { p.MaxSurge = "50%" })},
	{name: "surge and unavailable", rule: "surge-or-unavailable", path: `node_pools["apps"].max_surge`, says: "one of", broken: apps(func(p *NodePoolSpec) { p.MaxSurge, p.MaxUnavailable = "1", "1" }), nearest: apps(func(p *NodePoolSpec) { p.MaxUnavailable = "1" })},
	{name: "moved from a pool that stays", rule: "moved-from", path: `node_pools["apps"].moved_from`, says: "still asked for", broken: apps(func(p *NodePoolSpec) { p.MovedFrom = "system" })},
}

var azureServiceCases = []ruleCase{
	{name: "add-on of EKS", rule: "addon-name", path: `addons["coredns"]`, says: "AKS brings", broken: func(s *Spec) { s.Addons = map[string]AddonSpec{"coredns": {}} },
		nearest: func(s *Spec) { s.Addons = map[string]AddonSpec{"azureKeyvaultSecretsProvider": {}} }},
	{name: "Azure Policy by name", rule: "addon-name", path: `addons["azurepolicy"]`, says: "azure.policy", broken: func(s *Spec) { s.Addons = map[string]AddonSpec{"azurepolicy": {}} }},
	{name: "add-on version", rule: "addon-version", path: `addons["azureKeyvaultSecretsProvider"]`, says: "Leave version",
		broken: func(s *Spec) { s.Addons = map[string]AddonSpec{"azureKeyvaultSecretsProvider": {Version: "1"}} }},
	{name: "repository name", rule: "repository-name", path: "registry.repositories[0]", says: "lower-case", broken: func(s *Spec) { s.Registry.Repositories[0] = "Shop" }},
	{name: "repository twice", rule: "repository-key", path: "registry.repositories[2]", says: "Remove one", broken: func(s *Spec) { s.Registry.Repositories = append(s.Registry.Repositories, "shop/web") }},
	{name: "repository of AKS", rule: "repository-reserved", path: "registry.repositories[0]", says: "another name", broken: func(s *Spec) { s.Registry.Repositories[0] = "aks-managed-repository/a" }},
	{name: "immutable tags", severity: SeverityWarning, rule: "registry-on-azure", path: "registry.immutable_tags", says: "digest", broken: func(s *Spec) { on := true; s.Registry.ImmutableTags = &on }},
	{name: "untagged for long", rule: "bounds", path: "registry.keep_untagged_days", says: "0 to 365", broken: func(s *Spec) { s.Registry.KeepUntagged = 366 }, nearest: func(s *Spec) { s.Registry.KeepUntagged = 365 }},
	{name: "registry may be destroyed full", severity: SeverityWarning, rule: "force-destroy", path: "registry.force_destroy", says: "production", broken: func(s *Spec) { s.Registry.ForceDestroy = true }},
	{name: "pusher", rule: "push-principal", path: "registry.push_principals[0]", says: "object id", broken: func(s *Spec) { s.Registry.PushPrincipals = []string{"ci"} }, nearest: func(s *Spec) { s.Registry.PushPrincipals = []string{testObject} }},
	{name: "pusher twice", severity: SeverityWarning, rule: "push-principal-double", path: "registry.push_principals[1]", says: "Remove one", broken: func(s *Spec) { s.Registry.PushPrincipals = []string{testObject, strings.ToUpper(testObject)} }},
	{name: "vault name", rule: "vault-name", path: "vault.names[0]", says: "lower-case", broken: func(s *Spec) { s.Vault.Names[0] = "Shop" }},
	{name: "vault twice", rule: "vault-double", path: "vault.names[1]", says: "Remove one", broken: func(s *Spec) { s.Vault.Names = append(s.Vault.Names, "shop") }},
	{name: "empty vault", rule: "vault-empty", path: "vault.names", says: "remove vault", broken: func(s *Spec) { s.Vault, s.WorkloadIdentities = &VaultSpec{}, nil }},
	{name: "vault recovery", rule: "vault-recovery", path: "vault.recovery_days", says: "7 to 90", broken: func(s *Spec) { s.Vault.RecoveryDays = 91 }, nearest: func(s *Spec) { s.Vault.RecoveryDays = 90 }},
	{name: "grant of what AKS does", severity: SeverityWarning, rule: "grant-builtin", path: `workload_identities["external-secrets"].grants[1]`, says: "Remove the grant",
		broken: func(s *Spec) {
			identity := s.WorkloadIdentities["external-secrets"]
			identity.Grants = append(identity.Grants, "cluster-autoscaler")
			s.WorkloadIdentities["external-secrets"] = identity
		}},
	{name: "policy is no role", rule: "policy-role", path: `workload_identities["external-secrets"].policies["p"]`, says: "ROLE@SCOPE", broken: policy(`{"Statement":[]}`),
		nearest: policy("Storage Blob Data Reader@" + testGroup + "Microsoft.Storage/storageAccounts/media")},
	{name: "policy allows everything", severity: SeverityWarning, rule: "policy-wildcard", path: `workload_identities["external-secrets"].policies["p"]`, says: "narrower",
		broken: policy("Reader@/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590")},
}

var azureSeatCases = []ruleCase{
	foreign("network.cni.prefix_delegation", func(s *Spec) { on := true; s.Network.CNI = &CNISpec{PrefixDelegation: &on} }),
	azureSeat("autoscaling", func(s *Spec) { s.Autoscaling = AutoscalingAutoMode }),
	azureSeat("azure.sku", azure(AzureSpec{SKU: "automatic"})),
	foreign("aws", func(s *Spec) { s.AWS = &AWSSpec{} }),
	azureSeat(`node_pools["apps"].per_zone`, apps(func(p *NodePoolSpec) { on := true; p.PerZone = &on })),
	foreign(`node_pools["apps"].repair`, apps(func(p *NodePoolSpec) { off := false; p.Repair = &off })),
	azureSeat(`node_pools["apps"].disk.key_id`, apps(func(p *NodePoolSpec) { p.Disk = &DiskSpec{KeyID: "k"} })),
}
