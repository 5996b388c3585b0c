package blueprint

import (
	"maps"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// aksLogTypes are the logs of an AKS control plane; kube-audit holds what
// kube-audit-admin holds.
// Source: AKS monitor-aks-reference, resource logs, 2026-08.
var aksLogTypes = []string{
	"cloud-controller-manager", "cluster-autoscaler", "csi-azuredisk-controller", "csi-azurefile-controller", "csi-snapshot-controller",
	"guard", "kube-apiserver", "kube-audit", "kube-audit-admin", "kube-controller-manager", "kube-scheduler",
}

// resolveAzureControlPlane settles the cluster without its nodes.
func (r *resolver) resolveAzureControlPlane() {
	encryption := r.encryption()
	design := ControlPlaneDesign{
		Scope:             r.scope(false),
		KubernetesVersion: r.spec.KubernetesVersion,
		Support:           r.support(),
		LogTypes:          slices.DeleteFunc(slices.Clone(aksLogTypes), func(name string) bool { return name == "kube-audit-admin" }),
		Encryption:        encryption.Mode,
		KeyID:             encryption.KeyID,
		Identity:          "workload_identity",
		Addons:            r.aksAddons(),
		PodCIDR:           r.resolveOverlay(),
		NetworkPolicy:     r.networkPolicy(),
		AccessEntries:     r.accessEntries(),
		Tags:              cloned(r.spec.Tags),
	}
	if r.autoscaling() == AutoscalingKarpenter {
		design.Autoscaling = AutoscalingKarpenter // the pools say whether AKS scales them
	}
	if r.integrated() {
		design.Subnets = []string{TierControlPlane}
	}
	if logs := r.spec.ControlPlaneLogs; logs != nil && len(logs.Types) > 0 {
		design.LogTypes = sortedUnique(logs.Types)
	}
	if r.publicAPI() {
		design.PublicCIDRs = sortedUnique(r.spec.Access.Public.AllowedCIDRs)
	}
	r.design.ControlPlane = &design
	design.ServiceCIDR = r.serviceCIDR()
	design.GivenSubnets = r.givenIDs(TierControlPlane, TierPods)
	azure := r.controlPlaneAzure(design)
	design.Azure = &azure
	design.BootstrapPool = r.bootstrapPool()
	r.nameAzureControlPlane(&design)
	r.validateServiceCIDR(design)
	r.validateOverlay(design)
}

// controlPlaneAzure settles what only AKS has.
func (r *resolver) controlPlaneAzure(design ControlPlaneDesign) ControlPlaneAzureDesign {
	asked := r.azure()
	isolated := r.egress() == EgressIsolated
	azure := ControlPlaneAzureDesign{
		ResourceGroup:     r.resourceGroup(),
		PrivateCluster:    or(asked.PrivateCluster, "vnet_integration"),
		PrivateZone:       r.privateZone(),
		OutboundType:      outboundTypes[r.egress()],
		CachedRegistry:    isolated,
		PodMode:           "overlay",
		DNSServiceIP:      dnsServiceIP(design.ServiceCIDR),
		Tier:              r.tier(),
		UpgradeChannel:    or(asked.AutoUpgrade, "none"),
		NodeOSChannel:     or(asked.NodeOSUpgrade, "NodeImage"),
		Policy:            orBool(asked.Policy, r.report.production && !isolated),
		Defender:          orBool(asked.Defender, false),
		RunCommand:        !r.report.production,
		NodeGroupLocked:   r.report.production,
		WorkspaceID:       asked.LogWorkspaceID,
		ControlPlaneID:    asked.ControlPlaneID,
		KubeletIdentityID: asked.KubeletIdentityID,
	}
	azure.PublicFQDN = azure.PrivateZone == "none"
	if r.spec.Registry != nil && r.spec.Registry.Existing != nil {
		azure.RegistryID = r.spec.Registry.Existing.ID
	}
	if !r.overlay() {
		azure.PodMode, azure.PodSubnet = "pod_subnet", TierPods
	}
	azure.Maintenance = r.maintenance(azure)
	if !asked.RolesExist {
		azure.RoleAssignments = r.clusterRoles(azure)
	}
	return azure
}

// outboundTypes are what AKS calls the ways out of a network of one's own.
var outboundTypes = map[string]string{
	EgressNAT: "userAssignedNATGateway", EgressNATPerZone: "userAssignedNATGateway",
	EgressAppliance: "userDefinedRouting", EgressIsolated: "none",
}

// tier is the cluster's price tier: an SLA in production, and the Premium tier
// for long-term support, which needs it.
func (r *resolver) tier() string {
	switch {
	case r.azure().Tier != "":
		return r.azure().Tier
	case r.support() == "extended":
		return "Premium"
	case r.report.production:
		return "Standard"
	}
	return "Free"
}

// dnsServiceIP is the address of the DNS service in a range of services.
func dnsServiceIP(services string) string {
	if IsUnknown(services) {
		return services
	}
	prefix, err := cidr.Parse(services)
	if err != nil || prefix.Addr().BitLen()-prefix.Bits() < 4 {
		return ""
	}
	return cidr.DNSService(prefix).String()
}

// maintenance settles when AKS may work of its own accord: on Sunday night
// unless something else is asked for.
func (r *resolver) maintenance(azure ControlPlaneAzureDesign) map[string]MaintenanceSpec {
	window := MaintenanceSpec{Day: "Sunday", Start: "02:00"}
	if r.spec.Maintenance != nil {
		window = *r.spec.Maintenance
	}
	window.DurationHours = or(window.DurationHours, 4)
	windows := map[string]MaintenanceSpec{}
	if azure.UpgradeChannel != "none" {
		windows["aksManagedAutoUpgradeSchedule"] = window
	}
	if azure.NodeOSChannel != "None" && azure.NodeOSChannel != "Unmanaged" {
		windows["aksManagedNodeOSUpgradeSchedule"] = window
	}
	return cloned(windows)
}

// clusterRoles are what the cluster's two identities need before it is made.
// Source: AKS use-managed-identity and private-clusters, 2026-08.
func (r *resolver) clusterRoles(azure ControlPlaneAzureDesign) map[string]RoleAssignmentDesign {
	const plane, kubelet = "identity/control-plane", "identity/kubelet"
	roles := map[string]RoleAssignmentDesign{}
	for key := range r.design.Network.Subnets {
		switch key {
		case TierControlPlane, TierNodes, TierPods, TierIngress:
			roles["network-"+key] = RoleAssignmentDesign{plane, "Network Contributor", "network:subnet/" + key}
		}
	}
	if table := r.design.Network.Subnets[TierNodes].RouteTable; table != "" {
		roles["route-table"] = RoleAssignmentDesign{plane, "Network Contributor", "network:route-table/" + table}
	}
	if table, given := GivenTable(r.design.Network.Subnets[TierNodes].RouteTo); given && roles["route-table"].Role == "" {
		roles["route-table"] = RoleAssignmentDesign{plane, "Network Contributor", table}
	}
	zone := azure.PrivateZone
	if zone == "own" {
		zone = "network:private-dns-zone/cluster"
	}
	if zone != "" && zone != "system" && zone != "none" {
		roles["dns-zone"] = RoleAssignmentDesign{plane, "Private DNS Zone Contributor", zone}
		roles["dns-network"] = RoleAssignmentDesign{plane, "Network Contributor", "network:vnet"}
	}
	roles["kubelet-operator"] = RoleAssignmentDesign{plane, "Managed Identity Operator", or(azure.KubeletIdentityID, "cluster:"+kubelet)}
	if vault := r.kmsVault(); vault != "" {
		roles["kms"] = RoleAssignmentDesign{plane, "Key Vault Crypto User", vault}
		roles["kms-network"] = RoleAssignmentDesign{plane, "Key Vault Contributor", vault}
	}
	if r.spec.Registry != nil {
		roles["registry-pull"] = RoleAssignmentDesign{kubelet, "AcrPull", r.registryScope()}
	}
	return roles
}

// kmsVault is the vault of the key that wraps secrets: a component key, an id,
// or empty.
func (r *resolver) kmsVault() string {
	switch encryption := r.encryption(); {
	case encryption.Mode == "own":
		return "cluster:key-vault"
	case encryption.Mode == "existing" && encryption.KeyID != "":
		vault, _, _ := strings.Cut(encryption.KeyID, "/keys/")
		return vault
	}
	return ""
}

// bootstrapPool is the first system pool as AKS makes it with the cluster. Once
// it stands it is a fact, whatever has become of the pool.
func (r *resolver) bootstrapPool() *BootstrapPoolDesign {
	if standing := r.priorControlPlane().BootstrapPool; standing != nil {
		return standing
	}
	for _, name := range slices.Sorted(maps.Keys(r.design.NodePools)) {
		pool := r.design.NodePools[name]
		if pool.Mode != ModeSystem {
			continue
		}
		group := pool.Groups["all"]
		born := BootstrapPoolDesign{
			Name: group.Name, Zones: group.Zones, OS: pool.OS, DiskGiB: pool.DiskGiB, DiskType: pool.DiskType,
			MaxPods: pool.MaxPods, Size: max(group.MinSize, 1),
		}
		if len(pool.InstanceTypes) > 0 {
			born.InstanceType = pool.InstanceTypes[0]
		}
		return &born
	}
	return nil
}

// aksAddons are the add-ons of the cluster that were asked for.
func (r *resolver) aksAddons() map[string]AddonDesign {
	addons := map[string]AddonDesign{}
	for name, asked := range r.spec.Addons {
		if slices.Contains(aksAddonNames, name) && orBool(asked.Enabled, true) {
			addons[name] = AddonDesign{}
		}
	}
	return addons
}

// aksAddonNames are the add-ons that can be asked for by name. Azure Policy and
// Defender have attributes of their own.
// Source: AKS integrations, 2026-08.
var aksAddonNames = []string{"azureKeyvaultSecretsProvider"}

// nameAzureControlPlane names what the control plane makes.
func (r *resolver) nameAzureControlPlane(design *ControlPlaneDesign) {
	prior := r.priorControlPlane().Names
	design.Names = map[string]string{}
	set := func(key, derived, kind string) {
		design.Names[key] = r.names.name(key, prior[key], derived, kind)
	}
	cluster := r.spec.Name
	design.Names["cluster"] = cluster // a cluster is called what it is called
	set("dns-prefix", cluster, catalog.NameAKSDNSPrefix)
	set("node-resource-group", cluster+"-"+r.spec.Region+"-nodes", catalog.NameNodeResourceGroup)
	if design.Azure.ControlPlaneID == "" {
		set("identity/control-plane", cluster+"-control-plane", catalog.NameIdentity)
	}
	if design.Azure.KubeletIdentityID == "" {
		set("identity/kubelet", cluster+"-kubelet", catalog.NameIdentity)
	}
	if design.Encryption == "own" {
		set("key-vault", r.keyVaultName("kms"), catalog.NameKeyVault)
		design.Names["key"] = "etcd"
	}
}

// overlayRange is the pods' range, for rules that compare ranges.
func (r *resolver) overlayRange(text string) []cidr.Range {
	var ranges []cidr.Range
	for _, prefix := range parsed([]string{text}) {
		ranges = append(ranges, cidr.Range{CIDR: prefix, Owner: "the pods"})
	}
	return ranges
}

// validateOverlay judges the pods' range against the pools and all others.
func (r *resolver) validateOverlay(design ControlPlaneDesign) {
	pods := parsed([]string{design.PodCIDR})
	if len(pods) == 0 {
		return
	}
	path := "network.pods.cidrs"
	if len(r.podCIDRs()) > 0 {
		path = nth(path, 0)
	}
	var others []cidr.Range
	for _, prefix := range parsed([]string{r.spec.Network.CIDR}) {
		others = append(others, cidr.Range{CIDR: prefix, Owner: "network.cidr"})
	}
	nodes := r.aksNodes()
	nodes.Nodes = min(nodes.Nodes, mostAKSNodes) // too many are reported as such
	problems := cidr.JudgeOverlayPods(path, pods[0], nodes, others...)
	r.cramped = r.cramped || cidr.HasErrors(problems)
	r.report.judged("pod-range", problems...)
}
