package azurecloud_test

import (
	"context"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	aks "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

// operator is somebody with Microsoft's own clients.
func (w *world) operator() (subscription string, credential *azidentity.ClientSecretCredential, options *arm.ClientOptions) {
	w.t.Helper()
	realm, err := w.box.Realm()
	if err != nil {
		w.t.Fatal(err)
	}
	transport := &http.Client{Transport: w.box.Transport()}
	credential, err = azidentity.NewClientSecretCredential(azureapi.Tenant(realm), "11111111-2222-4333-8444-555555555555", "secret",
		&azidentity.ClientSecretCredentialOptions{ClientOptions: policy.ClientOptions{Transport: transport}, DisableInstanceDiscovery: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return azureapi.Subscription(realm), credential, &arm.ClientOptions{ClientOptions: policy.ClientOptions{Transport: transport}}
}

// standIn is a cluster in the shop's network, marked as kready marks it, with
// the first system pool of the design.
func (w *world) standIn(design blueprint.Design) {
	w.t.Helper()
	ctx := context.Background()
	subscription, credential, options := w.operator()
	client, err := aks.NewManagedClustersClient(subscription, credential, options)
	if err != nil {
		w.t.Fatal(err)
	}
	tags := map[string]*string{}
	for key, value := range shopRef("cluster").OwnershipTags("cluster") {
		tags[key] = to.Ptr(value)
	}
	born := design.ControlPlane.BootstrapPool
	plane := design.ControlPlane
	disk := aks.OSDiskTypeManaged
	if born.DiskType == "ephemeral" {
		disk = aks.OSDiskTypeEphemeral
	}
	poller, err := client.BeginCreateOrUpdate(ctx, plane.Azure.ResourceGroup, "shop", aks.ManagedCluster{
		Location: to.Ptr(region), Tags: tags,
		SKU:      &aks.ManagedClusterSKU{Name: to.Ptr(aks.ManagedClusterSKUNameBase), Tier: to.Ptr(aks.ManagedClusterSKUTierStandard)},
		Identity: &aks.ManagedClusterIdentity{Type: to.Ptr(aks.ResourceIdentityTypeSystemAssigned)},
		Properties: &aks.ManagedClusterProperties{
			KubernetesVersion: to.Ptr(plane.KubernetesVersion), DNSPrefix: to.Ptr("shop"), NodeResourceGroup: to.Ptr(plane.Names["node-resource-group"]),
			AADProfile:        &aks.ManagedClusterAADProfile{Managed: to.Ptr(true), EnableAzureRBAC: to.Ptr(true)},
			OidcIssuerProfile: &aks.ManagedClusterOIDCIssuerProfile{Enabled: to.Ptr(true)},
			NetworkProfile: &aks.NetworkProfile{
				NetworkPlugin: to.Ptr(aks.NetworkPluginAzure), NetworkPluginMode: to.Ptr(aks.NetworkPluginModeOverlay),
				PodCidr: to.Ptr(plane.PodCIDR), ServiceCidr: to.Ptr(plane.ServiceCIDR), DNSServiceIP: to.Ptr(plane.Azure.DNSServiceIP),
				OutboundType: to.Ptr(aks.OutboundType(plane.Azure.OutboundType)),
			},
			AgentPoolProfiles: []*aks.ManagedClusterAgentPoolProfile{{
				Name: to.Ptr(born.Name), Mode: to.Ptr(aks.AgentPoolModeSystem), VMSize: to.Ptr(born.InstanceType), Count: to.Ptr(int32(born.Size)),
				AvailabilityZones: to.SliceOfPtrs(born.Zones...), VnetSubnetID: to.Ptr(w.inputs.Network["subnet/nodes"]), MaxPods: to.Ptr(int32(born.MaxPods)),
				OSDiskSizeGB: to.Ptr(int32(born.DiskGiB)), OSDiskType: to.Ptr(disk), OSSKU: to.Ptr(aks.OSSKUUbuntu2404), Tags: tags,
			}},
		},
	}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	made, err := poller.PollUntilDone(ctx, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.inputs.Cluster = map[string]string{"cluster": *made.ID}
}

// registry and vault stand in the shop from then on.
func (w *world) registry(design blueprint.Design) {
	w.t.Helper()
	made, err := w.cloud.Registry().Ensure(context.Background(), shopRef("registry"), *design.Registry, blueprint.RegistryDesign{}, w.inputs)
	if err != nil {
		w.t.Fatalf("registry: %v (%s)", err, cloud.Todo(err))
	}
	w.inputs.Registry = made.Objects
}

func (w *world) vault(design blueprint.Design) {
	w.t.Helper()
	made, err := w.cloud.Vault().Ensure(context.Background(), shopRef("vault"), *design.Vault, blueprint.VaultDesign{}, w.inputs)
	if err != nil {
		w.t.Fatalf("vault: %v (%s)", err, cloud.Todo(err))
	}
	w.inputs.Vault = made.Objects
}
