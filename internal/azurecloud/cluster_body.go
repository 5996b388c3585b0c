package azurecloud

import (
	"cmp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	aks "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// Tags of the cluster that remember what AKS can't tell.
const (
	tagAddons = "kready-addons"           // add-ons that the design asks for; others come from policies of the tenant
	tagZone   = "kready-private-dns-zone" // "own", where the API's zone is the network's
)

// clusterThing is the cluster itself. Its version is the upgrade's business.
func clusterThing(v *view, d blueprint.ControlPlaneDesign) thing {
	azure := planeOf(d)
	properties := &aks.ManagedClusterProperties{
		DisableLocalAccounts: to.Ptr(true), SupportPlan: to.Ptr(aks.KubernetesSupportPlanKubernetesOfficial),
		PublicNetworkAccess:      to.Ptr(aks.PublicNetworkAccessDisabled),
		NodeResourceGroupProfile: &aks.ManagedClusterNodeResourceGroupProfile{RestrictionLevel: to.Ptr(aks.RestrictionLevelUnrestricted)},
		AADProfile:               &aks.ManagedClusterAADProfile{Managed: to.Ptr(true), EnableAzureRBAC: to.Ptr(true)},
		APIServerAccessProfile:   v.apiAccess(d),
		NetworkProfile:           clusterNetwork(d),
		IdentityProfile:          map[string]*aks.UserAssignedIdentity{"kubeletidentity": v.kubelet(d)},
		AutoUpgradeProfile: &aks.ManagedClusterAutoUpgradeProfile{
			UpgradeChannel: to.Ptr(aks.UpgradeChannel(azure.UpgradeChannel)), NodeOSUpgradeChannel: to.Ptr(aks.NodeOSUpgradeChannel(azure.NodeOSChannel)),
		},
		OidcIssuerProfile:       &aks.ManagedClusterOIDCIssuerProfile{Enabled: to.Ptr(true)},
		SecurityProfile:         v.clusterSecurity(d),
		NodeProvisioningProfile: &aks.ManagedClusterNodeProvisioningProfile{Mode: to.Ptr(aks.NodeProvisioningModeManual)},
		BootstrapProfile:        &aks.ManagedClusterBootstrapProfile{ArtifactSource: to.Ptr(aks.ArtifactSourceDirect)},
	}
	if d.Support == "extended" {
		properties.SupportPlan = to.Ptr(aks.KubernetesSupportPlanAKSLongTermSupport)
	}
	if len(d.PublicCIDRs) > 0 {
		properties.PublicNetworkAccess = to.Ptr(aks.PublicNetworkAccessEnabled)
	}
	if azure.NodeGroupLocked {
		properties.NodeResourceGroupProfile.RestrictionLevel = to.Ptr(aks.RestrictionLevelReadOnly)
	}
	if d.Autoscaling == blueprint.AutoscalingKarpenter {
		properties.NodeProvisioningProfile.Mode = to.Ptr(aks.NodeProvisioningModeAuto)
	}
	if azure.CachedRegistry {
		properties.BootstrapProfile = &aks.ManagedClusterBootstrapProfile{
			ArtifactSource: to.Ptr(aks.ArtifactSourceCache), ContainerRegistryID: to.Ptr(cmp.Or(azure.RegistryID, v.inputs.Registry["registry"])),
		}
	}
	want := body(aks.ManagedCluster{
		SKU:        &aks.ManagedClusterSKU{Name: to.Ptr(aks.ManagedClusterSKUNameBase), Tier: to.Ptr(aks.ManagedClusterSKUTier(azure.Tier))},
		Properties: properties,
		Identity: &aks.ManagedClusterIdentity{
			Type: to.Ptr(aks.ResourceIdentityTypeUserAssigned), UserAssignedIdentities: map[string]*aks.ManagedServiceIdentityUserAssignedIdentitiesValue{v.planeID(d): {}},
		},
	})
	asked := askedAddons(d)
	if addons := v.addonProfiles(asked); len(addons) > 0 {
		with(want, "addonProfiles", addons)
	}
	zone := ""
	if azure.PrivateZone == "own" {
		zone = "own"
	}
	born := ""
	if d.BootstrapPool != nil {
		born = d.BootstrapPool.Tag()
	}
	return thing{
		component: "cluster", id: v.id(azure.ResourceGroup, clusters, d.Names["cluster"]), want: want, birth: v.clusterBirth(d),
		tags: remember(d.Scope, blueprint.TagBootstrapPool, born, tagAddons, strings.Join(asked, " "), tagWorkspace, azure.WorkspaceID, tagZone, zone),
	}
}

// clusterBirth is what a cluster is made with, and can't change or is changed
// elsewhere.
func (v *view) clusterBirth(d blueprint.ControlPlaneDesign) document {
	azure := planeOf(d)
	properties := &aks.ManagedClusterProperties{
		KubernetesVersion: to.Ptr(d.KubernetesVersion), NodeResourceGroup: to.Ptr(d.Names["node-resource-group"]), EnableRBAC: to.Ptr(true),
	}
	if azure.PrivateZone == "own" || strings.HasPrefix(azure.PrivateZone, "/") {
		properties.FqdnSubdomain = to.Ptr(d.Names["dns-prefix"])
	} else {
		properties.DNSPrefix = to.Ptr(d.Names["dns-prefix"])
	}
	if born := d.BootstrapPool; born != nil {
		profile := &aks.ManagedClusterAgentPoolProfile{
			Name: to.Ptr(born.Name), Mode: to.Ptr(aks.AgentPoolModeSystem), Type: to.Ptr(aks.AgentPoolTypeVirtualMachineScaleSets), OSType: to.Ptr(aks.OSTypeLinux),
			VMSize: to.Ptr(born.InstanceType), Count: to.Ptr(int32(born.Size)), MaxPods: to.Ptr(int32(born.MaxPods)), //nolint:gosec // up to 1000
			OSDiskSizeGB: to.Ptr(int32(born.DiskGiB)), OSDiskType: to.Ptr(aks.OSDiskTypeManaged), //nolint:gosec // up to 2048
			AvailabilityZones: to.SliceOfPtrs(born.Zones...), VnetSubnetID: to.Ptr(v.inputs.Network["subnet/"+blueprint.TierNodes]),
		}
		if image, ok := catalog.LookupNodeImage(catalog.Azure, born.OS, "", ""); ok {
			profile.OSSKU = to.Ptr(aks.OSSKU(image.APIName))
		}
		if born.DiskType == "ephemeral" {
			profile.OSDiskType = to.Ptr(aks.OSDiskTypeEphemeral)
		}
		if azure.PodSubnet != "" {
			profile.PodSubnetID = to.Ptr(v.inputs.Network["subnet/"+azure.PodSubnet])
		}
		properties.AgentPoolProfiles = []*aks.ManagedClusterAgentPoolProfile{profile}
	}
	return merged(v.located(), body(aks.ManagedCluster{Properties: properties}))
}

// apiAccess is how the API is reached.
func (v *view) apiAccess(d blueprint.ControlPlaneDesign) *aks.ManagedClusterAPIServerAccessProfile {
	azure := planeOf(d)
	access := &aks.ManagedClusterAPIServerAccessProfile{
		EnablePrivateCluster: to.Ptr(len(d.PublicCIDRs) == 0), EnablePrivateClusterPublicFQDN: to.Ptr(azure.PublicFQDN), DisableRunCommand: to.Ptr(!azure.RunCommand),
		EnableVnetIntegration: to.Ptr(azure.PrivateCluster == "vnet_integration"), AuthorizedIPRanges: to.SliceOfPtrs(d.PublicCIDRs...),
	}
	for _, key := range d.Subnets {
		access.SubnetID = to.Ptr(v.inputs.Network["subnet/"+key])
	}
	switch zone := azure.PrivateZone; zone {
	case "":
	case "own":
		access.PrivateDNSZone = to.Ptr(v.inputs.Network["private-dns-zone/cluster"])
	default:
		access.PrivateDNSZone = to.Ptr(zone)
	}
	return access
}

// clusterNetwork is where pods and services are, and how they get out.
func clusterNetwork(d blueprint.ControlPlaneDesign) *aks.NetworkProfile {
	azure := planeOf(d)
	network := &aks.NetworkProfile{
		NetworkPlugin: to.Ptr(aks.NetworkPluginAzure), NetworkDataplane: to.Ptr(aks.NetworkDataplaneAzure), NetworkPolicy: to.Ptr(aks.NetworkPolicy(d.NetworkPolicy)),
		ServiceCidr: to.Ptr(d.ServiceCIDR), DNSServiceIP: to.Ptr(azure.DNSServiceIP), OutboundType: to.Ptr(aks.OutboundType(azure.OutboundType)),
		LoadBalancerSKU: to.Ptr(aks.LoadBalancerSKUStandard),
	}
	if azure.PodMode == "overlay" {
		network.NetworkPluginMode, network.PodCidr = to.Ptr(aks.NetworkPluginModeOverlay), to.Ptr(d.PodCIDR)
	}
	if d.NetworkPolicy == "cilium" {
		network.NetworkDataplane = to.Ptr(aks.NetworkDataplaneCilium)
	}
	return network
}

// planeID is the id of the identity that the cluster acts as.
func (v *view) planeID(d blueprint.ControlPlaneDesign) string {
	azure := planeOf(d)
	if azure.ControlPlaneID != "" {
		return azure.ControlPlaneID
	}
	return v.id(azure.ResourceGroup, identities, d.Names["identity/control-plane"])
}

// kubelet is the identity that nodes act as.
func (v *view) kubelet(d blueprint.ControlPlaneDesign) *aks.UserAssignedIdentity {
	azure := planeOf(d)
	id := azure.KubeletIdentityID
	if id == "" {
		id = v.id(azure.ResourceGroup, identities, d.Names["identity/kubelet"])
	}
	identity := v.identity("identity/kubelet")
	kubelet := &aks.UserAssignedIdentity{ResourceID: to.Ptr(id)}
	if client := text(identity, "properties", "clientId"); client != "" {
		kubelet.ClientID, kubelet.ObjectID = to.Ptr(client), to.Ptr(text(identity, "properties", "principalId"))
	}
	return kubelet
}

// clusterSecurity is workload identity, Defender and the key that wraps secrets.
func (v *view) clusterSecurity(d blueprint.ControlPlaneDesign) *aks.ManagedClusterSecurityProfile {
	security := &aks.ManagedClusterSecurityProfile{
		WorkloadIdentity: &aks.ManagedClusterSecurityProfileWorkloadIdentity{Enabled: to.Ptr(d.Identity == "workload_identity")},
		Defender:         &aks.ManagedClusterSecurityProfileDefender{SecurityMonitoring: &aks.ManagedClusterSecurityProfileDefenderSecurityMonitoring{Enabled: to.Ptr(planeOf(d).Defender)}},
		AzureKeyVaultKms: &aks.AzureKeyVaultKms{Enabled: to.Ptr(false)},
	}
	if planeOf(d).Defender {
		security.Defender.LogAnalyticsWorkspaceResourceID = to.Ptr(v.workspaceOf(d))
	}
	var key document
	switch {
	case d.Encryption == "own" && v.find("key") != nil:
		key = v.find("key").body
	case d.Encryption == "existing":
		key = v.foreign["key"]
	}
	if d.Encryption == "own" || d.Encryption == "existing" {
		vault, _, _ := cutFold(text(key, "id"), "/keys/")
		security.AzureKeyVaultKms = &aks.AzureKeyVaultKms{
			Enabled: to.Ptr(true), KeyID: to.Ptr(text(key, "properties", "keyUriWithVersion")),
			KeyVaultNetworkAccess: to.Ptr(aks.KeyVaultNetworkAccessTypesPrivate), KeyVaultResourceID: to.Ptr(vault),
		}
	}
	return security
}

// askedAddons are the add-ons that the design asks for, sorted.
func askedAddons(d blueprint.ControlPlaneDesign) []string {
	var asked []string
	if planeOf(d).Policy {
		asked = append(asked, "azurepolicy")
	}
	return append(asked, sortedKeys(d.Addons)...)
}

// addonProfiles turns the asked add-ons on, and off those that an earlier design
// asked for. Others are a matter of the tenant's policies.
func (v *view) addonProfiles(asked []string) document {
	profiles := document{}
	if have := v.find("cluster"); have != nil {
		for _, name := range strings.Fields(have.marks[tagAddons]) {
			profiles[name] = document{"enabled": false}
		}
	}
	for _, name := range asked {
		profiles[name] = document{"enabled": true}
	}
	return profiles
}
