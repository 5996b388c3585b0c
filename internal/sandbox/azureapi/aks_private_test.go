package azureapi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerregistry/armcontainerregistry"
	aks "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/keyvault/armkeyvault"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const (
	zoneContributorID = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
	cryptoUserID      = "12338af0-0e69-4776-bea7-57ae8d297424"
	acrPullID         = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
)

// TestOwnZone proves a private DNS zone of the caller's: its name, its role,
// the record and link that the cluster makes in it and takes away again.
func TestOwnZone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	s.allRoles(t)
	wrong, zone := newZone(t, s.account, "privatelink.westeurope.azmk8s.io"), newZone(t, s.account, "private.westeurope.azmk8s.io")
	body := s.production()
	body.Properties.APIServerAccessProfile.PrivateDNSZone = wrong.ID
	refused(t, second(s.put(t, body)), "CustomPrivateDNSZoneInvalid")
	body.Properties.APIServerAccessProfile.PrivateDNSZone = zone.ID
	refused(t, second(s.put(t, body)), "CustomPrivateDNSZoneMissingPermissionError")
	s.grant(t, 4, zoneContributorID, *zone.ID)
	refused(t, second(s.put(t, body)), "CustomPrivateDNSZoneMissingPermissionError") // the network to link is missing
	s.grant(t, 5, networkContributorID, strings.TrimSuffix(*s.nodes, "/subnets/nodes"))
	made := must(s.put(t, body))(t)
	host := strings.TrimSuffix(*made.Properties.PrivateFQDN, "."+*zone.Name)
	records := must(armprivatedns.NewRecordSetsClient(s.subscription, s.credential, s.options))(t)
	if got := must(records.Get(ctx, "rg", *zone.Name, armprivatedns.RecordTypeA, host, nil))(t); *got.Properties.ARecords[0].IPv4Address != "10.64.1.4" {
		t.Errorf("the API server's record is %s", *got.Properties.ARecords[0].IPv4Address)
	}
	links := must(armprivatedns.NewVirtualNetworkLinksClient(s.subscription, s.credential, s.options))(t)
	if got := must(links.NewListPager("rg", *zone.Name, nil).NextPage(ctx))(t); len(got.Value) != 1 {
		t.Errorf("the zone has %d links", len(got.Value))
	}
	twin := s.production()
	twin.Properties.APIServerAccessProfile.PrivateDNSZone = zone.ID
	clusters := s.factory.NewManagedClustersClient()
	for _, name := range []string{"two", "three"} {
		finish(clusters.BeginCreateOrUpdate(ctx, "rg", name, twin, nil))(t)
	}
	_, err := clusters.BeginCreateOrUpdate(ctx, "rg", "four", twin, nil)
	refused(t, err, "InsufficientSubnetSize") // a /27 holds the API servers of three
	for _, name := range []string{"shop", "two", "three"} {
		finish(clusters.BeginDelete(ctx, "rg", name, nil))(t)
	}
	zones := must(armprivatedns.NewPrivateZonesClient(s.subscription, s.credential, s.options))(t)
	finish(zones.BeginDelete(ctx, "rg", *zone.Name, nil))(t)
}

// TestPrivateLinkCluster proves the other kind of private cluster, and a
// private endpoint of it.
func TestPrivateLinkCluster(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	s.allRoles(t)
	body := s.production()
	body.Properties.APIServerAccessProfile = &aks.ManagedClusterAPIServerAccessProfile{EnablePrivateCluster: ptr(true), EnablePrivateClusterPublicFQDN: ptr(false)}
	made := must(s.put(t, body))(t)
	if !strings.HasSuffix(*made.Properties.PrivateFQDN, ".privatelink.westeurope.azmk8s.io") || len(made.Properties.PrivateLinkResources) != 1 {
		t.Errorf("the cluster is %s with %d links", *made.Properties.PrivateFQDN, len(made.Properties.PrivateLinkResources))
	}
	f := network(t, s.account)
	elsewhere := newSubnet(t, f, "vnet", "endpoints", subnetRange("10.64.2.0/27"))
	endpoint := finish(f.NewPrivateEndpointsClient().BeginCreateOrUpdate(ctx, "rg", "pe", armnetwork.PrivateEndpoint{Location: ptr(region), Properties: &armnetwork.PrivateEndpointProperties{
		Subnet: &armnetwork.Subnet{ID: elsewhere.ID}, PrivateLinkServiceConnections: []*armnetwork.PrivateLinkServiceConnection{{Name: ptr("api"),
			Properties: &armnetwork.PrivateLinkServiceConnectionProperties{PrivateLinkServiceID: made.ID, GroupIDs: to.SliceOfPtrs("management")}}}}}, nil))(t)
	if got := endpoint.Properties.CustomDNSConfigs; len(got) != 1 || *got[0].Fqdn != *made.Properties.PrivateFQDN {
		t.Errorf("the endpoint answers for %v", got)
	}
	made.Properties.APIServerAccessProfile.EnablePrivateCluster = ptr(false)
	made.Properties.APIServerAccessProfile.PrivateDNSZone = nil
	refused(t, second(s.put(t, made)), "PropertyChangeNotAllowed")
}

// TestIsolatedCluster proves what nodes without a way out need to start: a
// registry with the cache rule, the right to pull, and an endpoint.
func TestIsolatedCluster(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	s.allRoles(t)
	registries := must(armcontainerregistry.NewRegistriesClient(s.subscription, s.credential, s.options))(t)
	registry := finish(registries.BeginCreate(ctx, "rg", "acrshop", armcontainerregistry.Registry{Location: ptr(region), SKU: &armcontainerregistry.SKU{Name: ptr(armcontainerregistry.SKUNamePremium)},
		Properties: &armcontainerregistry.RegistryProperties{PublicNetworkAccess: ptr(armcontainerregistry.PublicNetworkAccessDisabled)}}, nil))(t)
	body := s.production()
	body.Properties.NetworkProfile.OutboundType = ptr(aks.OutboundTypeNone)
	body.Properties.BootstrapProfile = &aks.ManagedClusterBootstrapProfile{ArtifactSource: ptr(aks.ArtifactSourceCache), ContainerRegistryID: registry.ID}
	refused(t, second(s.put(t, body)), "BootstrapContainerRegistryInvalid")
	rules := must(armcontainerregistry.NewCacheRulesClient(s.subscription, s.credential, s.options))(t)
	finish(rules.BeginCreate(ctx, "rg", "acrshop", "aks-managed-mcr", armcontainerregistry.CacheRule{Properties: &armcontainerregistry.CacheRuleProperties{
		SourceRepository: ptr("mcr.microsoft.com/*"), TargetRepository: ptr("aks-managed-repository/*")}}, nil))(t)
	refused(t, second(s.put(t, body)), "BootstrapContainerRegistryMissingPermission")
	assignments := must(armauthorization.NewRoleAssignmentsClient(s.subscription, s.credential, s.options))(t)
	must(assignments.Create(ctx, *registry.ID, "cccccccc-0000-4000-8000-000000000001", armauthorization.RoleAssignmentCreateParameters{Properties: &armauthorization.RoleAssignmentProperties{
		PrincipalID: s.kubelet.principal, RoleDefinitionID: ptr("/providers/Microsoft.Authorization/roleDefinitions/" + acrPullID)}}, nil))(t)
	body.Properties.AutoUpgradeProfile = &aks.ManagedClusterAutoUpgradeProfile{NodeOSUpgradeChannel: ptr(aks.NodeOSUpgradeChannelSecurityPatch)}
	refused(t, second(s.put(t, body)), "InvalidParameter")
	body.Properties.AutoUpgradeProfile = nil
	refused(t, second(s.put(t, body)), "VMExtensionError_K8SAPIServerConnFail") // no endpoint: the nodes fail to start
	finish(s.factory.NewManagedClustersClient().BeginDelete(ctx, "rg", "shop", nil))(t)
	f := network(t, s.account)
	subnet := newSubnet(t, f, "vnet", "endpoints", subnetRange("10.64.2.0/27"))
	finish(f.NewPrivateEndpointsClient().BeginCreateOrUpdate(ctx, "rg", "pe", armnetwork.PrivateEndpoint{Location: ptr(region), Properties: &armnetwork.PrivateEndpointProperties{
		Subnet: &armnetwork.Subnet{ID: subnet.ID}, PrivateLinkServiceConnections: []*armnetwork.PrivateLinkServiceConnection{{Name: ptr("registry"),
			Properties: &armnetwork.PrivateLinkServiceConnectionProperties{PrivateLinkServiceID: registry.ID, GroupIDs: to.SliceOfPtrs("registry")}}}}}, nil))(t)
	made := must(s.put(t, body))(t)
	if *made.Properties.NetworkProfile.OutboundType != aks.OutboundTypeNone || made.Properties.NetworkProfile.LoadBalancerProfile != nil {
		t.Errorf("the network is %+v", made.Properties.NetworkProfile)
	}
}

// TestKeyOfEtcd proves what a key of the caller's for etcd needs.
func TestKeyOfEtcd(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	s.allRoles(t)
	vaults := must(armkeyvault.NewVaultsClient(s.subscription, s.credential, s.options))(t)
	parameters := vaultOf(s.account, true)
	parameters.Properties.PublicNetworkAccess = ptr("Disabled")
	vault := finish(vaults.BeginCreateOrUpdate(ctx, "rg", "kv-etcd", parameters, nil))(t)
	keys := must(armkeyvault.NewKeysClient(s.subscription, s.credential, s.options))(t)
	key := must(keys.CreateIfNotExist(ctx, "rg", "kv-etcd", "etcd", armkeyvault.KeyCreateParameters{Properties: &armkeyvault.KeyProperties{Kty: ptr(armkeyvault.JSONWebKeyTypeRSA)}}, nil))(t)
	body := s.production()
	kms := &aks.AzureKeyVaultKms{Enabled: ptr(true), KeyID: key.Properties.KeyURI, KeyVaultNetworkAccess: ptr(aks.KeyVaultNetworkAccessTypesPublic)}
	body.Properties.SecurityProfile = &aks.ManagedClusterSecurityProfile{AzureKeyVaultKms: kms}
	refused(t, second(s.put(t, body)), "InvalidParameter") // the key has to be named with its version
	kms.KeyID = key.Properties.KeyURIWithVersion
	refused(t, second(s.put(t, body)), "KeyVaultNotReachable")
	kms.KeyVaultNetworkAccess, kms.KeyVaultResourceID = ptr(aks.KeyVaultNetworkAccessTypesPrivate), vault.ID
	refused(t, second(s.put(t, body)), "KeyVaultMissingPermission")
	s.grant(t, 6, cryptoUserID, *vault.ID)
	must(s.put(t, body))(t)
}

// TestLeftovers proves that what Kubernetes makes holds the nodes' subnet, and
// goes with the cluster, as does a namespace's role.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	s.allRoles(t)
	made := must(s.put(t, s.production()))(t)
	for _, what := range []string{"load-balancer", "volume"} {
		must(s.box.Plant("azure", what, map[string]string{"cluster": "shop", "zone": "1"}))(t)
	}
	f := network(t, s.account)
	balancer := must(f.NewLoadBalancersClient().Get(ctx, *made.Properties.NodeResourceGroup, "kubernetes-internal", nil))(t)
	if got := balancer.Properties.FrontendIPConfigurations; len(got) != 1 || *got[0].Properties.PrivateIPAddress != "10.64.0.4" {
		t.Errorf("the load balancer has %v", got)
	}
	s.grant(t, 7, "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb", *made.ID+"/namespaces/shop")
	finish(s.factory.NewManagedClustersClient().BeginDelete(ctx, "rg", "shop", nil))(t)
	for _, o := range must(s.box.Objects(false))(t) {
		for _, kind := range []string{"loadBalancers", "disks", "managedClusters"} {
			if strings.Contains(strings.ToLower(o.ID), strings.ToLower(kind)) {
				t.Errorf("left behind: %s", o.ID)
			}
		}
	}
}

// TestFlowLogs proves that a region has one watcher, made with its first
// network, and what a network's flow log needs.
func TestFlowLogs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	f := network(t, a)
	vnet := newNetwork(t, f, "vnet", "10.0.0.0/16")
	watchers := must(f.NewWatchersClient().NewListAllPager(nil).NextPage(ctx))(t)
	if len(watchers.Value) != 1 || *watchers.Value[0].Name != "NetworkWatcher_westeurope" {
		t.Fatalf("%d watchers", len(watchers.Value))
	}
	_, err := f.NewWatchersClient().CreateOrUpdate(ctx, "rg", "mine", armnetwork.Watcher{Location: ptr(region)}, nil)
	refused(t, err, "NetworkWatcherCountLimitReached")
	storage := "/subscriptions/" + a.subscription + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/flows"
	body := armnetwork.FlowLog{Location: ptr(region), Properties: &armnetwork.FlowLogPropertiesFormat{TargetResourceID: vnet.ID, StorageID: &storage, Enabled: ptr(true),
		RetentionPolicy: &armnetwork.RetentionPolicyParameters{Days: ptr(int32(30)), Enabled: ptr(true)}}}
	put := func(name string) (armnetwork.FlowLog, error) {
		p, err := f.NewFlowLogsClient().BeginCreateOrUpdate(ctx, "NetworkWatcherRG", "NetworkWatcher_westeurope", name, body, nil)
		if err != nil {
			return armnetwork.FlowLog{}, err
		}
		return finish(p, err)(t).FlowLog, nil
	}
	refused(t, second(put("vnet")), "NotFound")
	made := a.send(t, "PUT", storage+"?api-version=2023-05-01", `{"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"},"properties":{}}`)
	for made.status == 202 {
		made = a.send(t, "GET", made.header.Get("Location"), "")
	}
	if made.status != 200 {
		t.Fatalf("the storage account is %d: %s", made.status, made.raw)
	}
	workspaces := must(armoperationalinsights.NewWorkspacesClient(a.subscription, a.credential, a.options))(t)
	workspace := finish(workspaces.BeginCreateOrUpdate(ctx, "rg", "logs", armoperationalinsights.Workspace{Location: ptr(region)}, nil))(t)
	body.Properties.FlowAnalyticsConfiguration = &armnetwork.TrafficAnalyticsProperties{NetworkWatcherFlowAnalyticsConfiguration: &armnetwork.TrafficAnalyticsConfigurationProperties{
		Enabled: ptr(true), WorkspaceResourceID: workspace.ID, TrafficAnalyticsInterval: ptr(int32(10))}}
	log := must(put("vnet"))(t)
	if *log.Properties.FlowAnalyticsConfiguration.NetworkWatcherFlowAnalyticsConfiguration.WorkspaceID != *workspace.Properties.CustomerID {
		t.Errorf("the log goes to %+v", log.Properties.FlowAnalyticsConfiguration)
	}
	refused(t, second(put("again")), "FlowLogAlreadyExistsForTarget")
}

// TestFailAndDrop proves that an operation can be made to fail, and that a
// create whose answer was lost has happened all the same.
func TestFailAndDrop(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	f := network(t, a)
	if err := a.box.Set("azure/fail/Microsoft.Network/networkSecurityGroups", "InternalServerError: An error occurred."); err != nil {
		t.Fatal(err)
	}
	p, err := f.NewSecurityGroupsClient().BeginCreateOrUpdate(ctx, "rg", "nsg", armnetwork.SecurityGroup{Location: ptr(region)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, second(p.PollUntilDone(ctx, nil)), "InternalServerError")
	if got := must(f.NewSecurityGroupsClient().Get(ctx, "rg", "nsg", nil))(t); *got.Properties.ProvisioningState != armnetwork.ProvisioningStateFailed {
		t.Errorf("the group is %s", *got.Properties.ProvisioningState)
	}
	if _, err := a.box.AddFault(sandbox.Fault{Service: "Microsoft.Network", Operation: "PUT routeTables", Drop: "after"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.NewRouteTablesClient().BeginCreateOrUpdate(ctx, "rg", "rt", armnetwork.RouteTable{Location: ptr(region)}, nil); err == nil {
		t.Fatal("the answer was not lost")
	}
	for range 2 { // nobody has the operation's address: reads of the table move it on
		must(f.NewRouteTablesClient().Get(ctx, "rg", "rt", nil))(t)
	}
	if got := must(f.NewRouteTablesClient().Get(ctx, "rg", "rt", nil))(t); *got.Properties.ProvisioningState != armnetwork.ProvisioningStateSucceeded {
		t.Errorf("the table is %s", *got.Properties.ProvisioningState)
	}
}
