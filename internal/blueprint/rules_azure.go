package blueprint

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

var (
	resourceID  = `^/subscriptions/[0-9a-fA-F-]{36}/resourceGroups/[A-Za-z0-9._()-]{1,90}/providers/`
	identityID  = regexp.MustCompile(`(?i)` + resourceID + `Microsoft\.ManagedIdentity/userAssignedIdentities/[A-Za-z0-9_-]+$`)
	workspaceID = regexp.MustCompile(`(?i)` + resourceID + `Microsoft\.OperationalInsights/workspaces/[A-Za-z0-9-]+$`)
	vaultKeyID  = regexp.MustCompile(`(?i)` + resourceID + `Microsoft\.KeyVault/vaults/[A-Za-z0-9-]+/keys/[A-Za-z0-9-]+$`)
	dnsZoneID   = regexp.MustCompile(`(?i)` + resourceID + `Microsoft\.Network/privateDnsZones/[A-Za-z0-9.-]+$`)
	networkID   = regexp.MustCompile(`(?i)` + resourceID + `Microsoft\.Network/virtualNetworks/[A-Za-z0-9_.-]+$`)
	azureTagKey = regexp.MustCompile(`^[^<>%&\\?/]+$`)
)

const (
	mostAKSNodes     = 5000 // of a cluster in the Standard and Premium tiers; AKS limits, 2024-01
	mostAKSFreeNodes = 1000 // of a cluster in the Free tier; AKS best practices for scale, 2026-08
	mostAKSPoolNodes = 1000 // of a pool; AKS limits, 2024-01
	mostAKSPools     = 100  // of a cluster; AKS limits, 2024-01
)

// validateAzure checks what only AKS has, and what it demands of the rest.
func (r *resolver) validateAzure() {
	r.validateAzureSettings()
	r.validateTier()
	r.validateChannels()
	r.validateMaintenance()
	r.validateAccess()
	r.validateAzureDNS()
	r.validateAzureLogs()
	r.validateAzureEncryption()
	r.validateAzureAddons()
	r.validateAzurePools()
	r.validateCapacity()
	r.validateAzureEgress()
	r.validateWorldNames()
}

func (r *resolver) validateAzureSettings() {
	azure := r.azure()
	decided := map[string]string{
		"azure.private_cluster": azure.PrivateCluster, "azure.tier": azure.Tier, "azure.auto_upgrade_channel": azure.AutoUpgrade,
		"azure.node_os_upgrade_channel": azure.NodeOSUpgrade, "azure.resource_group": azure.ResourceGroup,
		"azure.sku": azure.SKU,
	}
	for _, path := range slices.Sorted(maps.Keys(decided)) {
		r.decides(path, decided[path])
	}
	r.oneOf("azure.private_cluster", azure.PrivateCluster, "vnet_integration", "private_link")
	r.oneOf("azure.tier", azure.Tier, "Free", "Standard", "Premium")
	r.oneOf("azure.auto_upgrade_channel", azure.AutoUpgrade, "none", "patch", "stable", "rapid", "node-image")
	r.oneOf("azure.node_os_upgrade_channel", azure.NodeOSUpgrade, "NodeImage", "SecurityPatch", "Unmanaged", "None")
	r.oneOf("azure.sku", azure.SKU, "base", "automatic")
	r.match("azure.log_workspace_id", azure.LogWorkspaceID, workspaceID, "resource-id",
		"Give the id of a Log Analytics workspace: /subscriptions/…/resourceGroups/…/providers/Microsoft.OperationalInsights/workspaces/NAME.")
	const identity = "Give the id of an identity: /subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME."
	r.match("azure.control_plane_identity_id", azure.ControlPlaneID, identityID, "resource-id", identity)
	r.match("azure.kubelet_identity_id", azure.KubeletIdentityID, identityID, "resource-id", identity)
	if name := azure.ResourceGroup; name != "" && !IsUnknown(name) {
		if err := catalog.ValidateName(catalog.NameResourceGroup, name); err != nil {
			r.report.fail("azure.resource_group", "resource-group", "Azure has no resource group of this name", "%s.", upperFirst(err.Error()))
		} else if len(name) > catalog.AKSOverlayNameMax && r.overlay() {
			r.report.fail("azure.resource_group", "resource-group", fmt.Sprintf("the name has %d characters", len(name)),
				"AKS makes labels of it with an overlay, and takes %d. Use another group.", catalog.AKSOverlayNameMax)
		}
	}
	if azure.RolesExist && (azure.ControlPlaneID == "" || azure.KubeletIdentityID == "") {
		r.report.fail("azure.role_assignments_exist", "roles-exist", "an identity that is yet to be made has no roles",
			"Give azure.control_plane_identity_id and azure.kubelet_identity_id too, or remove role_assignments_exist.")
	}
	if r.publicAPI() && !r.integrated() {
		r.report.fail("access.public", "public-private-link", "an API behind a private link has no public endpoint",
			"Use azure.private_cluster = \"vnet_integration\", which has both, or remove access.public.")
	}
	if r.networkPolicy() == "vpc_cni" {
		r.report.fail("network.cni.network_policy", "network-policy", "\"vpc_cni\" is the network policy engine of EKS",
			"Use \"cilium\", \"calico\" or \"none\", or leave it out: cilium is the default on AKS.")
	}
	if r.networkPolicy() == "none" {
		r.report.relax("network.cni.network_policy", "network-policy-none", "nothing enforces network policies",
			"Every pod may talk to every other. Leave network_policy out.")
	}
	if r.autoscaling() == AutoscalingKarpenter && r.networkPolicy() == "calico" {
		r.report.fail("network.cni.network_policy", "karpenter-calico", "node auto-provisioning doesn't run with Calico",
			"Use \"cilium\", which is the default, or autoscaling = \"cluster_autoscaler\".")
	}
}

// validateTier judges price tier and support plan together.
func (r *resolver) validateTier() {
	tier, support := r.azure().Tier, r.spec.Support
	switch {
	case support == "extended" && tier != "" && tier != "Premium":
		r.report.fail("azure.tier", "tier-support", fmt.Sprintf("long-term support needs the Premium tier, not %s", tier),
			"Remove azure.tier, or use support = \"standard\". Premium is billed.")
	case support == "standard" && tier == "Premium":
		r.report.fail("azure.tier", "tier-support", "the Premium tier is for long-term support", "Use support = \"extended\", or tier = \"Standard\".")
	case tier == "Free":
		r.report.relax("azure.tier", "tier-free", "the Free tier has no uptime agreement", "Leave azure.tier out.")
	}
}

// validateChannels judges who upgrades what.
func (r *resolver) validateChannels() {
	azure := r.azure()
	upgrade, nodes := or(azure.AutoUpgrade, "none"), or(azure.NodeOSUpgrade, "NodeImage")
	if upgrade == "stable" || upgrade == "rapid" {
		r.report.warn("azure.auto_upgrade_channel", "upgrade-channel", fmt.Sprintf("channel %q raises the Kubernetes version by itself", upgrade),
			"kubernetes_version then has to follow it. Use \"patch\", and raise the minor version here.")
	}
	if upgrade == "node-image" && nodes != "NodeImage" {
		r.report.fail("azure.node_os_upgrade_channel", "channels", fmt.Sprintf("channel \"node-image\" doesn't go with %q", nodes),
			"Both say how node images are renewed. Leave one of the two out.")
	}
	if nodes == "None" || nodes == "Unmanaged" {
		if azure.NodeOSUpgrade != "" && r.egress() != EgressIsolated {
			r.report.warn("azure.node_os_upgrade_channel", "node-patching", fmt.Sprintf("channel %q leaves patching nodes to you", nodes),
				"Change rollout_id of the pools at least once a month, or leave it out.")
		}
	}
	if r.egress() == EgressIsolated && nodes != "NodeImage" && nodes != "None" {
		r.report.fail("azure.node_os_upgrade_channel", "isolated-channel", fmt.Sprintf("channel %q needs a way out", nodes),
			"An isolated cluster gets patches with node images only. Use \"NodeImage\" or \"None\".")
	}
}

var weekdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

func (r *resolver) validateMaintenance() {
	window := r.spec.Maintenance
	if window == nil {
		return
	}
	if !slices.Contains(weekdays, window.Day) && !IsUnknown(window.Day) {
		r.report.fail("maintenance_window.day", "maintenance", fmt.Sprintf("%q is no weekday", window.Day), "Use one of %s.", quoted(weekdays))
	}
	if !clockTime.MatchString(window.Start) && !IsUnknown(window.Start) {
		r.report.fail("maintenance_window.start", "maintenance", fmt.Sprintf("%q is no time", window.Start), "Write \"HH:MM\" in UTC, such as \"02:00\".")
	}
	r.validateCount("maintenance_window.duration_hours", window.DurationHours, 4, 24)
	azure := r.azure()
	if or(azure.AutoUpgrade, "none") == "none" && (azure.NodeOSUpgrade == "None" || azure.NodeOSUpgrade == "Unmanaged") {
		r.report.warn("maintenance_window", "maintenance-unused", "AKS does no work of its own accord in this cluster",
			"Both channels are off. Remove the window, or leave azure.node_os_upgrade_channel out.")
	}
}

// validateAzureDNS judges in which zone the API's private name is, and who
// resolves it.
func (r *resolver) validateAzureDNS() {
	dns := r.spec.Network.DNS
	if dns == nil {
		return
	}
	const path = "network.dns.private_zone"
	r.decides(path, dns.PrivateZone)
	if r.publicAPI() && (dns.PrivateZone != "" || len(dns.LinkNetworks) > 0) {
		r.report.fail("network.dns", "dns-public", "a public API has no private zone", "Remove network.dns, or access.public.")
		return
	}
	switch zone := dns.PrivateZone; {
	case zone == "" || zone == "system" || IsUnknown(zone):
	case zone == "none":
		r.report.relax(path, "dns-none", "without a private zone the API's name is public",
			"The name is all that becomes public, but production keeps it to itself. Leave private_zone out, or give the id of a zone.")
	case !dnsZoneID.MatchString(zone):
		r.report.fail(path, "dns-zone", fmt.Sprintf("%q is neither a word nor the id of a private DNS zone", zone),
			"Use \"system\", \"none\", or /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/privateDnsZones/NAME.")
	default:
		name := strings.ToLower(zone[strings.LastIndex(zone, "/")+1:])
		if wanted := r.apiZone(); name != wanted && !strings.HasSuffix(name, "."+wanted) {
			r.report.fail(path, "dns-zone", fmt.Sprintf("AKS doesn't put the API's name into %s", name),
				"With azure.private_cluster = %q the zone is %s, or one below it.", or(r.azure().PrivateCluster, "vnet_integration"), wanted)
		}
	}
	if len(dns.LinkNetworks) > 0 && dns.PrivateZone != "" {
		r.report.fail("network.dns.link_networks", "dns-links", "only a zone that kready makes can be linked to networks",
			"AKS locks the zone that it makes (\"system\"), and a zone of yours is yours to link. Leave private_zone out, and the cluster gets a zone of its own.")
	}
	for i, id := range dns.LinkNetworks {
		r.match(nth("network.dns.link_networks", i), id, networkID, "resource-id",
			"Give the id of a network: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/NAME.")
	}
}

func (r *resolver) validateAzureLogs() {
	if logs := r.spec.Network.FlowLogs; logs != nil {
		r.validateAzureRetention("network.flow_logs.retention_days", logs.RetentionDays, 365)
		if logs.Traffic != "" && logs.Traffic != "all" {
			r.report.fail("network.flow_logs.traffic", "flow-logs-traffic", "flow logs of a virtual network hold all traffic",
				"Azure has no choice. Leave traffic out, and select when reading.")
		}
		if !orBool(logs.Enabled, true) && r.report.production {
			r.report.warn("network.flow_logs.enabled", "flow-logs-off", "flow logs are off in production", "Without them nobody can tell later who talked to whom.")
		}
	}
	logs := r.spec.ControlPlaneLogs
	if logs == nil {
		return
	}
	r.validateAzureRetention("control_plane_logs.retention_days", logs.RetentionDays, 730)
	for i, name := range logs.Types {
		if !slices.Contains(aksLogTypes, name) && !IsUnknown(name) {
			r.report.fail(nth("control_plane_logs.types", i), "log-type", fmt.Sprintf("%q is no log of AKS", name), "Use some of %s.", quoted(aksLogTypes))
		}
	}
	audit := slices.ContainsFunc(logs.Types, func(name string) bool { return strings.HasPrefix(name, "kube-audit") })
	if len(logs.Types) > 0 && !audit && firstUnknown(logs.Types...) == "" {
		r.report.relax("control_plane_logs.types", "log-audit", "the audit log is off", "Without it nobody can tell later who did what. Add \"kube-audit-admin\".")
	}
}

// validateAzureRetention checks a period that Log Analytics keeps logs for.
// Source: Azure Monitor data retention, 2026-08; flow logs, 2026-08.
func (r *resolver) validateAzureRetention(path string, days, most int) {
	if days != 0 && (days < 30 || days > most) {
		r.report.fail(path, "log-retention", fmt.Sprintf("Azure can't keep these logs for %d days", days), "Use 30 to %d days.", most)
	}
}

func (r *resolver) validateAzureEncryption() {
	encryption := r.spec.Encryption
	if encryption != nil {
		switch {
		case encryption.Mode == "existing" && encryption.KeyID == "":
			r.report.fail("encryption.key_id", "encryption-key", "mode = \"existing\" needs a key", "Give the id of a Key Vault key.")
		case encryption.Mode != "existing" && encryption.KeyID != "":
			r.report.fail("encryption.key_id", "encryption-key", "a key is given, and mode is not \"existing\"", "Set mode = \"existing\", or remove key_id.")
		}
		r.match("encryption.key_id", encryption.KeyID, vaultKeyID, "resource-id",
			"Give the key's id in ARM, which has no version: /subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/VAULT/keys/KEY.")
	}
	if r.encryption().Mode != "cloud" && !r.integrated() {
		r.report.fail("encryption.mode", "kms-private-link", "a key in a private vault needs an API server in the network",
			"AKS reaches a private vault only with azure.private_cluster = \"vnet_integration\". Use that, or encryption = { mode = \"cloud\" }: the data is encrypted at rest all the same.")
	}
}

func (r *resolver) validateAzureAddons() {
	for _, name := range slices.Sorted(maps.Keys(r.spec.Addons)) {
		path, asked := at("addons", name), r.spec.Addons[name]
		switch {
		case name == "azurepolicy":
			r.report.fail(path, "addon-name", "Azure Policy has an attribute of its own", "Use azure.policy.")
		case !slices.Contains(aksAddonNames, name):
			r.report.fail(path, "addon-name", fmt.Sprintf("%q is no add-on of AKS that kready knows", name),
				"AKS brings network, DNS, disks and metrics with the cluster. Use %s, or install it from inside the cluster.", quoted(aksAddonNames))
		case asked.Version != "" || asked.VersionPolicy != "" || asked.Configuration != "":
			r.report.fail(path, "addon-version", "AKS chooses version and configuration of its add-ons", "Leave version, version_policy and configuration out.")
		}
	}
}

// validateAzureEgress judges the way out against the stage and the rest.
func (r *resolver) validateAzureEgress() {
	spec := r.spec.Network
	if spec.Egress == EgressNAT && r.report.production {
		r.report.warn("network.egress", "nat-single", "one NAT gateway serves all zones",
			"It stands in one zone, and losing that takes the way out of all of them. Use \"nat_per_zone\", which is the default in production.")
	}
	region, known := catalog.LookupRegion(catalog.Azure, r.spec.Region)
	if r.egress() == EgressNATPerZone && known && region.ZonesKnown && len(region.Zones) == 0 {
		r.report.fail("network.egress", "nat-zones", fmt.Sprintf("%s has no zones for a gateway to stand in", r.spec.Region), "Use \"nat\", or another region.")
	}
	r.validateNextHop()
	if r.egress() == EgressIsolated {
		r.validateAzureIsolated()
	}
}

func (r *resolver) validateNextHop() {
	hop, appliance := r.spec.Network.NextHop, r.egress() == EgressAppliance
	const path = "network.next_hop"
	switch {
	case IsUnknown(hop):
		r.report.wait(hop)
	case appliance && hop == "":
		r.report.fail(path, "next-hop", "egress = \"appliance\" needs a next hop", "Give the private address of the firewall, such as \"10.64.0.4\".")
	case !appliance && hop != "":
		r.report.fail(path, "next-hop", "a next hop is given, and egress is not \"appliance\"", "Set egress = \"appliance\", or remove next_hop.")
	case appliance:
		address, err := netip.ParseAddr(hop)
		if err != nil || !address.Is4() || !privateRange(netip.PrefixFrom(address, 32)) {
			r.report.fail(path, "next-hop", fmt.Sprintf("%q is no private IPv4 address", hop), "Azure routes to an address: give the firewall's, such as \"10.64.0.4\".")
			return
		}
		if network := parsed([]string{r.spec.Network.CIDR}); len(network) > 0 && !network[0].Contains(address) && !r.connectedTo(address) {
			r.report.warn(path, "next-hop-far", fmt.Sprintf("%s stands in another network", hop),
				"Nodes don't boot before they reach it. Name the connection that leads there, with its range in routes: network.connections = { hub = { peer_network_id = \"…\", routes = [\"…\"] } }.")
		}
	}
}

// validateAzureIsolated checks what a cluster without a way out can't do
// without, and what it has to do without.
func (r *resolver) validateAzureIsolated() {
	if r.spec.Registry == nil {
		r.report.fail("registry", "isolated-registry", "nodes of an isolated cluster boot from a registry of its own",
			"Their images come from the internet else, and there is no way out. Add registry = { repositories = [\"…\"] }: kready adds the cache that AKS boots from.")
	}
	gaps := map[string]bool{"azure.policy": orBool(r.azure().Policy, false), "azure.defender": orBool(r.azure().Defender, false)}
	for _, path := range slices.Sorted(maps.Keys(gaps)) {
		if gaps[path] {
			r.report.warn(path, "isolated-gap", "this calls services that have no private endpoint in an isolated network", "Leave it out, or choose another egress.")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.spec.NodePools)) {
		if facts, known := vmSizeOf(firstOf(r.spec.NodePools[name].InstanceTypes)); known && facts.GPUs > 0 {
			r.report.warn(at("node_pools", name)+".instance_types", "isolated-gap", "drivers for GPUs come from the internet", "Bring images with drivers, or choose another egress.")
		}
	}
}

// validateAzureTier checks what a built-in tier can be on Azure.
func (r *resolver) validateAzureTier(path, name string, tier TierSpec) {
	switch {
	case name == TierPods && r.overlay():
		r.report.fail(path, "tier-pods", "pods of an overlay have no subnet", "Give network.pods.cidrs, or set network.pods.mode = \"routable\".")
	case name == TierPublic && r.egress() == EgressIsolated:
		r.report.fail(path, "tier-public", "an isolated network has no public load balancers", "Remove the tier, or choose another egress.")
	case name == TierPublic && tier.PrefixLength != 0:
		r.report.fail(path+".prefix_length", "tier-public-size", "public load balancers take no subnet on Azure", "Leave prefix_length out: the tier only lets their traffic in.")
	case name == TierControlPlane && !r.integrated():
		r.report.fail(path, "tier-control-plane", "with a private link the API server has no subnet", "Remove the tier, or use azure.private_cluster = \"vnet_integration\".")
	case name == TierControlPlane && tier.PrefixLength > apiServerBits:
		r.report.fail(path+".prefix_length", "tier-control-plane-size", fmt.Sprintf("a /%d is too small for the API server", tier.PrefixLength),
			"It takes nine addresses or more, and Azure keeps five. Use a /%d.", apiServerBits)
	}
}

// validateWorldNames names what the suffix of names that are unique in the
// world has to wait for.
func (r *resolver) validateWorldNames() {
	if r.spec.Access == nil {
		return
	}
	if waits := firstUnknown(r.spec.Access.AdminGroups...); waits != "" {
		r.report.wait(waits)
	}
}

// validateAzureTransitions judges what AKS doesn't take back.
func (r *resolver) validateAzureTransitions() {
	standing := r.priorControlPlane()
	if standing.Azure == nil {
		return
	}
	planned := r.design.ControlPlane
	if standing.Autoscaling == AutoscalingKarpenter && standing.Azure.OutboundType != planned.Azure.OutboundType {
		r.report.fail("network.egress", "egress-frozen", fmt.Sprintf("node auto-provisioning keeps the way out at %q", standing.Azure.OutboundType),
			"AKS doesn't change it any more. Put network.egress back, or build a second blueprint beside this one (blue/green).")
	}
	if standing.Support == "extended" && planned.Support == "standard" {
		if minor, err := catalog.ParseMinor(r.spec.KubernetesVersion); err == nil &&
			catalog.SupportedOn(catalog.Azure, minor, tableDate("aks-versions")) == catalog.SupportExtended {
			r.report.fail("support", "support-left", fmt.Sprintf("only long-term support still covers Kubernetes %s", minor), "Raise kubernetes_version first.")
		}
	}
	if network := r.priorNetwork(); network.Egress != r.egress() && r.egress() == EgressIsolated {
		r.report.warn("network.egress", "egress-isolated", "every node is made anew from the registry's cache",
			"Nodes that stand pulled from the internet. Do it in a maintenance window.")
	}
}
