package azurecloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// observeCluster builds the design from what is there.
func observeCluster(v *view, known blueprint.ControlPlaneDesign) (blueprint.ControlPlaneDesign, blueprint.ClusterOutputs, []string) {
	cluster := v.find("cluster")
	p := at(cluster.body, "properties")
	access, network := at(p, "apiServerAccessProfile"), at(p, "networkProfile")
	born := blueprint.ParseBootstrapPool(cluster.marks[blueprint.TagBootstrapPool])
	design := blueprint.ControlPlaneDesign{
		Scope: v.scopeOf(cluster), KubernetesVersion: version(minor(text(p, "kubernetesVersion"))), Support: "standard",
		ServiceCIDR: text(network, "serviceCidr"), PodCIDR: text(network, "podCidr"), NetworkPolicy: text(network, "networkPolicy"),
		PublicCIDRs: slices.Sorted(slices.Values(texts(access, "authorizedIPRanges"))), AccessEntries: v.accessEntries(),
		BootstrapPool: &born, LogTypes: v.logTypes(), Azure: v.observePlane(cluster, known),
	}
	if text(p, "supportPlan") == "AKSLongTermSupport" {
		design.Support = "extended"
	}
	if subnet := text(access, "subnetId"); subnet != "" {
		key := subnetKeyOf(subnet, known.GivenSubnets)
		design.Subnets = []string{key}
		v.remember("network", "subnet/"+key, subnet)
	}
	if flag(p, "oidcIssuerProfile", "enabled") && flag(p, "securityProfile", "workloadIdentity", "enabled") {
		design.Identity = "workload_identity"
	}
	if text(p, "nodeProvisioningProfile", "mode") == "Auto" {
		design.Autoscaling = blueprint.AutoscalingKarpenter
	}
	for _, name := range strings.Fields(cluster.marks[tagAddons]) {
		if name != "azurepolicy" && flag(p, "addonProfiles", name, "enabled") {
			if design.Addons == nil {
				design.Addons = map[string]blueprint.AddonDesign{}
			}
			design.Addons[name] = blueprint.AddonDesign{}
		}
	}
	design.GivenSubnets = givenSeen(known.GivenSubnets, v.subnetsOf(cluster)...)
	v.observeEncryption(&design, at(p, "securityProfile", "azureKeyVaultKms"))
	design.Names = v.clusterNames(cluster)
	return design, v.clusterOutputs(cluster), clusterWarnings(cluster)
}

// remember takes note of the id of another part's object that this part refers
// to, for comparing what is there with the observed design.
func (v *view) remember(part, key, id string) {
	into := map[string]*map[string]string{"network": &v.inputs.Network, "registry": &v.inputs.Registry}[part]
	if (*into)[key] != "" || id == "" {
		return
	}
	copied := maps.Clone(*into)
	if copied == nil {
		copied = map[string]string{}
	}
	copied[key] = id
	*into = copied
}

// observePlane is what only AKS has.
func (v *view) observePlane(cluster *found, known blueprint.ControlPlaneDesign) *blueprint.ControlPlaneAzureDesign {
	p := at(cluster.body, "properties")
	access, network := at(p, "apiServerAccessProfile"), at(p, "networkProfile")
	azure := &blueprint.ControlPlaneAzureDesign{
		ResourceGroup: v.groupName(cluster.id), PrivateCluster: "private_link", PrivateZone: text(access, "privateDNSZone"),
		PublicFQDN: flag(access, "enablePrivateClusterPublicFQDN"), OutboundType: text(network, "outboundType"),
		CachedRegistry: text(p, "bootstrapProfile", "artifactSource") == "Cache", PodMode: "pod_subnet", DNSServiceIP: text(network, "dnsServiceIP"),
		Tier: text(cluster.body, "sku", "tier"), UpgradeChannel: text(p, "autoUpgradeProfile", "upgradeChannel"),
		NodeOSChannel: text(p, "autoUpgradeProfile", "nodeOSUpgradeChannel"), Defender: flag(p, "securityProfile", "defender", "securityMonitoring", "enabled"),
		RunCommand: !flag(access, "disableRunCommand"), NodeGroupLocked: text(p, "nodeResourceGroupProfile", "restrictionLevel") == "ReadOnly",
		WorkspaceID: cluster.marks[tagWorkspace], RoleAssignments: v.roleDesigns(), Maintenance: map[string]blueprint.MaintenanceSpec{},
	}
	if flag(access, "enableVnetIntegration") {
		azure.PrivateCluster = "vnet_integration"
	}
	if text(network, "networkPluginMode") == "overlay" {
		azure.PodMode = "overlay"
	}
	for _, pool := range entries(p, "agentPoolProfiles") {
		if subnet := text(pool, "podSubnetID"); subnet != "" {
			azure.PodSubnet = subnetKeyOf(subnet, known.GivenSubnets)
			v.remember("network", "subnet/"+azure.PodSubnet, subnet)
		}
	}
	if azure.UpgradeChannel == "" {
		azure.UpgradeChannel = "none"
	}
	if strings.HasPrefix(azure.PrivateZone, "/") && cluster.marks[tagZone] == "own" {
		v.remember("network", "private-dns-zone/cluster", azure.PrivateZone)
		azure.PrivateZone = "own"
	}
	cache := text(p, "bootstrapProfile", "containerRegistryId")
	if given := planeOf(known).RegistryID; given != "" && (cache == "" || sameID(cache, given)) {
		azure.RegistryID = given
	} else {
		v.remember("registry", "registry", cache)
	}
	v.remember("network", "workspace", text(p, "securityProfile", "defender", "logAnalyticsWorkspaceResourceId"))
	if have := v.find("diagnostic-setting"); have != nil {
		v.remember("network", "workspace", text(have.body, "properties", "workspaceId"))
	}
	azure.Policy = slices.Contains(strings.Fields(cluster.marks[tagAddons]), "azurepolicy") && flag(p, "addonProfiles", "azurepolicy", "enabled")
	if id := identityOf(cluster.body); v.find("identity/control-plane") == nil {
		azure.ControlPlaneID = id
	}
	if id := kubeletOf(cluster.body); v.find("identity/kubelet") == nil {
		azure.KubeletIdentityID = id
	}
	for name, have := range v.all("maintenance") {
		azure.Maintenance[name] = maintenanceDesign(name, have.body)
	}
	if len(azure.Maintenance) == 0 {
		azure.Maintenance = nil
	}
	return azure
}

// subnetsOf are the ids of the subnets that a cluster uses.
func (v *view) subnetsOf(cluster *found) []string {
	p := at(cluster.body, "properties")
	ids := []string{text(p, "apiServerAccessProfile", "subnetId")}
	for _, pool := range entries(p, "agentPoolProfiles") {
		ids = append(ids, text(pool, "podSubnetID"), text(pool, "vnetSubnetID"))
	}
	return ids
}

// groupName is the group in an id as the design spells it: AKS answers in a
// spelling of its own.
func (v *view) groupName(id string) string {
	if name := groupOf(id); !strings.EqualFold(name, v.place) {
		return name
	}
	return v.place
}

// observeEncryption tells whose key wraps the secrets.
func (v *view) observeEncryption(design *blueprint.ControlPlaneDesign, kms any) {
	vault := text(kms, "keyVaultResourceId")
	switch {
	case v.find("key-vault") != nil && (flag(kms, "enabled") && sameID(vault, v.idOf("key-vault"))):
		design.Encryption = "own"
	case !flag(kms, "enabled"):
		design.Encryption = "cloud"
	default:
		design.Encryption = "existing"
		parts := strings.Split(text(kms, "keyId"), "/")
		if len(parts) > 2 && vault != "" {
			design.KeyID = vault + "/keys/" + parts[len(parts)-2]
		}
	}
}

// logTypes are the logs that are sent to the workspace, sorted.
func (v *view) logTypes() []string {
	have := v.find("diagnostic-setting")
	if have == nil {
		return nil
	}
	var names []string
	for _, log := range entries(have.body, "properties", "logs") {
		if flag(log, "enabled") {
			names = append(names, text(log, "category")+text(log, "categoryGroup"))
		}
	}
	slices.Sort(names)
	return names
}

func (v *view) clusterNames(cluster *found) map[string]string {
	p := at(cluster.body, "properties")
	names := map[string]string{
		"cluster": text(cluster.body, "name"), "dns-prefix": text(p, "dnsPrefix") + text(p, "fqdnSubdomain"), "node-resource-group": text(p, "nodeResourceGroup"),
	}
	for _, component := range []string{"identity/control-plane", "identity/kubelet", "key-vault", "key"} {
		if have := v.find(component); have != nil {
			names[component] = nameOf(have.id)
		}
	}
	return names
}

func (v *view) clusterOutputs(cluster *found) blueprint.ClusterOutputs {
	p := at(cluster.body, "properties")
	host := text(p, "privateFQDN")
	if host == "" {
		host = text(p, "fqdn")
	}
	outputs := blueprint.ClusterOutputs{
		ARN: cluster.id, OIDCIssuer: text(p, "oidcIssuerProfile", "issuerURL"), PlatformVersion: text(p, "currentKubernetesVersion"),
		NodeRole: kubeletOf(cluster.body), CertificateAuthority: v.authority,
	}
	if host != "" {
		outputs.Endpoint = "https://" + host + ":443"
	}
	return outputs
}

// clusterWarnings are for people.
func clusterWarnings(cluster *found) []string {
	if cluster.failed() {
		return []string{"AKS says that the last change of the cluster failed. The next apply tries again."}
	}
	if code := text(cluster.body, "properties", "powerState", "code"); code == "Stopped" {
		return []string{"The cluster is stopped: start it (az aks start), or nothing in it can change."}
	}
	return nil
}

// lookAuthority reads the certificate of the API's authority, which AKS tells
// only in the configuration of clients. Where that may not be read, it is not
// known.
func (v *view) lookAuthority(ctx context.Context, cluster *found) error {
	if cluster.busy() {
		return nil
	}
	known, err := v.authorityOf(ctx, cluster.id)
	if err != nil {
		wrapped := wrap(err, ofCluster("cluster", v.ref))
		if isKind(wrapped, cloud.ErrDenied) || isKind(wrapped, cloud.ErrInvalid) || isKind(wrapped, cloud.ErrConflict) {
			return nil
		}
		return wrapped
	}
	v.authority = known
	return nil
}
