package azureapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"
	aks "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/quota/armquota"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
)

const (
	networkContributorID = "4d97b98b-1d4f-4787-a291-c67834d212e7"
	identityOperatorID   = "f1a07417-d97a-45cb-824c-7a7467783830"
)

// stage is what a private cluster needs before it: network, way out,
// identities with their roles.
type stage struct {
	account
	nodes, api       *string // subnets
	control, kubelet armIdentity
	factory          *aks.ClientFactory
}

type armIdentity struct{ id, client, principal *string }

func newStage(t *testing.T) stage {
	t.Helper()
	ctx := context.Background()
	a := withGroup(t)
	if err := a.box.Set("steps/azure/principal", "0"); err != nil {
		t.Fatal(err)
	}
	f := network(t, a)
	newNetwork(t, f, "vnet", "10.64.0.0/16")
	address := finish(f.NewPublicIPAddressesClient().BeginCreateOrUpdate(ctx, "rg", "out", armnetwork.PublicIPAddress{Location: ptr(region), SKU: &armnetwork.PublicIPAddressSKU{Name: ptr(armnetwork.PublicIPAddressSKUNameStandard)},
		Properties: &armnetwork.PublicIPAddressPropertiesFormat{PublicIPAllocationMethod: ptr(armnetwork.IPAllocationMethodStatic)}}, nil))(t)
	nat := finish(f.NewNatGatewaysClient().BeginCreateOrUpdate(ctx, "rg", "nat", armnetwork.NatGateway{Location: ptr(region), SKU: &armnetwork.NatGatewaySKU{Name: ptr(armnetwork.NatGatewaySKUNameStandard)},
		Properties: &armnetwork.NatGatewayPropertiesFormat{PublicIPAddresses: []*armnetwork.SubResource{{ID: address.ID}}}}, nil))(t)
	s := stage{account: a, factory: must(aks.NewClientFactory(a.subscription, a.credential, a.options))(t)}
	s.nodes = newSubnet(t, f, "vnet", "nodes", armnetwork.SubnetPropertiesFormat{AddressPrefix: ptr("10.64.0.0/24"), NatGateway: &armnetwork.SubResource{ID: nat.ID}}).ID
	s.api = newSubnet(t, f, "vnet", "api", armnetwork.SubnetPropertiesFormat{AddressPrefix: ptr("10.64.1.0/27"), Delegations: []*armnetwork.Delegation{{Name: ptr("aks"),
		Properties: &armnetwork.ServiceDelegationPropertiesFormat{ServiceName: ptr("Microsoft.ContainerService/managedClusters")}}}}).ID
	for name, into := range map[string]*armIdentity{"control": &s.control, "kubelet": &s.kubelet} {
		who := newIdentity(t, a, name)
		*into = armIdentity{who.ID, who.Properties.ClientID, who.Properties.PrincipalID}
	}
	return s
}

// grant gives the control plane's identity a role.
func (s stage) grant(t *testing.T, n int, role, scope string) {
	t.Helper()
	client := must(armauthorization.NewRoleAssignmentsClient(s.subscription, s.credential, s.options))(t)
	must(client.Create(context.Background(), scope, fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012d", n), armauthorization.RoleAssignmentCreateParameters{Properties: &armauthorization.RoleAssignmentProperties{
		PrincipalID: s.control.principal, PrincipalType: ptr(armauthorization.PrincipalTypeServicePrincipal),
		RoleDefinitionID: ptr("/subscriptions/" + s.subscription + "/providers/Microsoft.Authorization/roleDefinitions/" + role)}}, nil))(t)
}

// production is a private cluster with all that production asks for.
func (s stage) production() aks.ManagedCluster {
	return aks.ManagedCluster{
		Location: ptr(region), SKU: &aks.ManagedClusterSKU{Name: ptr(aks.ManagedClusterSKUNameBase), Tier: ptr(aks.ManagedClusterSKUTierStandard)},
		Identity: &aks.ManagedClusterIdentity{Type: ptr(aks.ResourceIdentityTypeUserAssigned), UserAssignedIdentities: map[string]*aks.ManagedServiceIdentityUserAssignedIdentitiesValue{*s.control.id: {}}},
		Properties: &aks.ManagedClusterProperties{
			KubernetesVersion: ptr("1.34"), DNSPrefix: ptr("shop"), DisableLocalAccounts: ptr(true), EnableRBAC: ptr(true),
			AADProfile:             &aks.ManagedClusterAADProfile{Managed: ptr(true), EnableAzureRBAC: ptr(true)},
			OidcIssuerProfile:      &aks.ManagedClusterOIDCIssuerProfile{Enabled: ptr(true)},
			IdentityProfile:        map[string]*aks.UserAssignedIdentity{"kubeletidentity": {ResourceID: s.kubelet.id, ClientID: s.kubelet.client, ObjectID: s.kubelet.principal}},
			APIServerAccessProfile: &aks.ManagedClusterAPIServerAccessProfile{EnablePrivateCluster: ptr(true), EnablePrivateClusterPublicFQDN: ptr(false), EnableVnetIntegration: ptr(true), SubnetID: s.api, DisableRunCommand: ptr(true)},
			NetworkProfile: &aks.NetworkProfile{NetworkPlugin: ptr(aks.NetworkPluginAzure), NetworkPluginMode: ptr(aks.NetworkPluginModeOverlay), NetworkDataplane: ptr(aks.NetworkDataplaneCilium), NetworkPolicy: ptr(aks.NetworkPolicyCilium),
				PodCidr: ptr("100.64.0.0/16"), ServiceCidr: ptr("10.65.0.0/20"), DNSServiceIP: ptr("10.65.0.10"), OutboundType: ptr(aks.OutboundTypeUserAssignedNATGateway)},
			NodeResourceGroupProfile: &aks.ManagedClusterNodeResourceGroupProfile{RestrictionLevel: ptr(aks.RestrictionLevelReadOnly)},
			AgentPoolProfiles: []*aks.ManagedClusterAgentPoolProfile{{Name: ptr("system"), Mode: ptr(aks.AgentPoolModeSystem), VMSize: ptr("Standard_D4ds_v5"), Count: ptr(int32(3)),
				AvailabilityZones: to.SliceOfPtrs("1", "2", "3"), VnetSubnetID: s.nodes}},
		},
	}
}

func (s stage) put(t *testing.T, body aks.ManagedCluster) (aks.ManagedCluster, error) {
	t.Helper()
	p, err := s.factory.NewManagedClustersClient().BeginCreateOrUpdate(context.Background(), "rg", "shop", body, nil)
	if err != nil {
		return aks.ManagedCluster{}, err
	}
	out, err := p.PollUntilDone(context.Background(), nil)
	return out.ManagedCluster, err
}

func (s stage) allRoles(t *testing.T) {
	t.Helper()
	if err := s.box.Set("steps/azure/role", "0"); err != nil {
		t.Fatal(err)
	}
	s.grant(t, 1, identityOperatorID, *s.kubelet.id)
	s.grant(t, 2, networkContributorID, *s.nodes)
	s.grant(t, 3, networkContributorID, *s.api)
}

// TestCluster proves a private cluster's life: the roles that have to be there
// first and are seen a moment later, the names that the first answer holds,
// what the server adds, what stands in the way of its network's delete, and
// that nothing of it stays behind.
func TestCluster(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	clusters := s.factory.NewManagedClustersClient()
	refused(t, second(s.put(t, s.production())), "CustomKubeletIdentityMissingPermissionError")
	s.grant(t, 1, identityOperatorID, *s.kubelet.id)
	s.grant(t, 2, networkContributorID, strings.TrimSuffix(*s.nodes, "/subnets/nodes"))
	refused(t, second(s.put(t, s.production())), "CustomKubeletIdentityMissingPermissionError")
	refused(t, second(s.put(t, s.production())), "VnetSubnetMissingPermission") // each assignment is late on its own
	poller, err := clusters.BeginCreateOrUpdate(ctx, "rg", "shop", s.production(), nil)
	if err != nil {
		t.Fatal(err)
	}
	begun := must(clusters.Get(ctx, "RG", "SHOP", nil))(t)
	if *begun.Properties.ProvisioningState != "Creating" || *begun.Properties.AgentPoolProfiles[0].ProvisioningState != "Creating" {
		t.Errorf("while it is made the cluster is %s, its pool %s", *begun.Properties.ProvisioningState, *begun.Properties.AgentPoolProfiles[0].ProvisioningState)
	}
	if !strings.HasSuffix(*begun.Properties.PrivateFQDN, ".private.westeurope.azmk8s.io") || begun.Properties.Fqdn != nil {
		t.Errorf("the private name is %s", *begun.Properties.PrivateFQDN)
	}
	refused(t, second(s.put(t, s.production())), "OperationNotAllowed")
	made := finish(poller, nil)(t)
	if !strings.Contains(*made.ID, "/resourcegroups/rg/") || *made.Type != "Microsoft.ContainerService/ManagedClusters" {
		t.Errorf("id %s, type %s", *made.ID, *made.Type)
	}
	p, pool := made.Properties, made.Properties.AgentPoolProfiles[0]
	if *p.NodeResourceGroup != "MC_rg_shop_westeurope" || *p.CurrentKubernetesVersion != "1.34.6" || *p.KubernetesVersion != "1.34" || *pool.OSDiskSizeGB != 128 ||
		*pool.OSDiskType != aks.OSDiskTypeEphemeral || *pool.MaxPods != 250 || *pool.UpgradeSettings.MaxSurge != "10%" || *p.APIServerAccessProfile.PrivateDNSZone != "system" || p.OidcIssuerProfile.IssuerURL == nil {
		t.Errorf("the server filled in %+v, pool %+v", p, pool)
	}
	f := network(t, s.account)
	_, err = f.NewSubnetsClient().BeginDelete(ctx, "rg", "vnet", "nodes", nil)
	refused(t, err, "InUseSubnetCannotBeDeleted")
	groups := must(armresources.NewResourceGroupsClient(s.subscription, s.credential, s.options))(t)
	_, err = groups.BeginDelete(ctx, *p.NodeResourceGroup, nil)
	refused(t, err, "DenyAssignmentAuthorizationFailed")
	refused(t, second(clusters.ListClusterAdminCredentials(ctx, "rg", "shop", nil)), "BadRequest")
	config := must(clusters.ListClusterUserCredentials(ctx, "rg", "shop", &aks.ManagedClustersClientListClusterUserCredentialsOptions{Format: ptr(aks.FormatExec)}))(t)
	if text := string(config.Kubeconfigs[0].Value); !strings.Contains(text, "kubelogin") || !strings.Contains(text, *p.PrivateFQDN) {
		t.Errorf("kubeconfig:\n%s", text)
	}
	finish(clusters.BeginDelete(ctx, "rg", "shop", nil))(t)
	finish(f.NewSubnetsClient().BeginDelete(ctx, "rg", "vnet", "nodes", nil))(t)
	for _, o := range must(s.box.Objects(false))(t) {
		if strings.Contains(o.ID, "mc_rg_shop") || strings.Contains(o.ID, "containerservice") {
			t.Errorf("left behind: %s", o.ID)
		}
	}
}

// TestClusterRefusals proves what a cluster cannot be, one change to a good
// one at a time.
func TestClusterRefusals(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.allRoles(t)
	for _, test := range []struct {
		name, code string
		change     func(p *aks.ManagedClusterProperties)
	}{
		{"no system pool", "InvalidParameter", func(p *aks.ManagedClusterProperties) { p.AgentPoolProfiles[0].Mode = ptr(aks.AgentPoolModeUser) }},
		{"small system pool", "SystemPoolSkuTooLow", func(p *aks.ManagedClusterProperties) { p.AgentPoolProfiles[0].VMSize = ptr("Standard_D2ds_v5") }},
		{"burstable system pool", "SystemPoolSkuTooLow", func(p *aks.ManagedClusterProperties) { p.AgentPoolProfiles[0].VMSize = ptr("Standard_B4ms") }},
		{"unknown size", "VMSizeNotSupported", func(p *aks.ManagedClusterProperties) { p.AgentPoolProfiles[0].VMSize = ptr("Standard_Nope") }},
		{"pool name", "InvalidResourceName", func(p *aks.ManagedClusterProperties) { p.AgentPoolProfiles[0].Name = ptr("System-1") }},
		{"old version", "K8sVersionNotSupported", func(p *aks.ManagedClusterProperties) { p.KubernetesVersion = ptr("1.20") }},
		{"long-term version", "K8sVersionNotSupported", func(p *aks.ManagedClusterProperties) { p.KubernetesVersion = ptr("1.32") }},
		{"services in the network", "ServiceCidrOverlapExistingSubnetsCidr", func(p *aks.ManagedClusterProperties) {
			p.NetworkProfile.ServiceCidr, p.NetworkProfile.DNSServiceIP = ptr("10.64.0.0/20"), ptr("10.64.0.10")
		}},
		{"DNS outside", "DnsServiceIpOutOfServiceCidr", func(p *aks.ManagedClusterProperties) { p.NetworkProfile.DNSServiceIP = ptr("10.99.0.10") }},
		{"reserved pods", "InvalidParameter", func(p *aks.ManagedClusterProperties) { p.NetworkProfile.PodCidr = ptr("172.16.0.0/12") }},
		{"no route table", "ExistingRouteTableNotAssociatedWithSubnet", func(p *aks.ManagedClusterProperties) {
			p.NetworkProfile.OutboundType = ptr(aks.OutboundTypeUserDefinedRouting)
		}},
		{"isolated without cache", "InvalidParameter", func(p *aks.ManagedClusterProperties) { p.NetworkProfile.OutboundType = ptr(aks.OutboundTypeNone) }},
		{"API in the nodes' subnet", "APIServerSubnetNotDelegated", func(p *aks.ManagedClusterProperties) { p.APIServerAccessProfile.SubnetID = s.nodes }},
		{"no name at all", "BadRequest", func(p *aks.ManagedClusterProperties) { p.APIServerAccessProfile.PrivateDNSZone = ptr("none") }},
		{"too many nodes", "InsufficientSubnetSize", func(p *aks.ManagedClusterProperties) { p.AgentPoolProfiles[0].Count = ptr(int32(240)) }},
		{"workload identity without issuer", "BadRequest", func(p *aks.ManagedClusterProperties) {
			p.OidcIssuerProfile = nil
			p.SecurityProfile = &aks.ManagedClusterSecurityProfile{WorkloadIdentity: &aks.ManagedClusterSecurityProfileWorkloadIdentity{Enabled: ptr(true)}}
		}},
		{"local accounts off without Entra", "BadRequest", func(p *aks.ManagedClusterProperties) { p.AADProfile = nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := s.production()
			test.change(body.Properties)
			refused(t, second(s.put(t, body)), test.code)
		})
	}
	for _, o := range must(s.box.Objects(true))(t) {
		if strings.Contains(o.ID, "containerservice") || strings.Contains(o.ID, "mc_rg") {
			t.Errorf("a refusal left %s", o.ID)
		}
	}
}

// TestPools proves pools of their own: two at once, the last system pool,
// what cannot be changed, and the quota.
func TestPools(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	s.allRoles(t)
	must(s.put(t, s.production()))(t)
	pools := s.factory.NewAgentPoolsClient()
	body := func(size string) aks.AgentPool {
		return aks.AgentPool{Properties: &aks.ManagedClusterAgentPoolProfileProperties{VMSize: &size, Count: ptr(int32(2)), VnetSubnetID: s.nodes, Mode: ptr(aks.AgentPoolModeUser),
			EnableAutoScaling: ptr(true), MinCount: ptr(int32(2)), MaxCount: ptr(int32(9)), OSDiskType: ptr(aks.OSDiskTypeManaged)}}
	}
	one, errOne := pools.BeginCreateOrUpdate(ctx, "rg", "shop", "one", body("Standard_D8s_v5"), nil)
	two, errTwo := pools.BeginCreateOrUpdate(ctx, "rg", "shop", "two", body("Standard_D8s_v5"), nil)
	if err := errors.Join(errOne, errTwo); err != nil {
		t.Fatal(err)
	}
	clusterBody := s.production()
	clusterBody.Properties.AgentPoolProfiles = nil
	refused(t, second(s.put(t, clusterBody)), "OperationNotAllowed")
	finish(one, nil)(t)
	finish(two, nil)(t)
	_, err := pools.BeginCreateOrUpdate(ctx, "rg", "shop", "one", body("Standard_D4s_v5"), nil)
	refused(t, err, "PropertyChangeNotAllowed")
	_, err = pools.BeginDelete(ctx, "rg", "shop", "system", nil)
	refused(t, err, "OperationNotAllowed")
	usage := must(armcompute.NewUsageClient(s.subscription, s.credential, s.options))(t)
	page := must(usage.NewListPager(region, nil).NextPage(ctx))(t)
	for _, u := range page.Value {
		if *u.Name.Value == "cores" && *u.CurrentValue != 3*4+2*8+2*8 {
			t.Errorf("the cores used are %d", *u.CurrentValue)
		}
	}
	if err := s.box.Set("azure/quota/westeurope/cores", "50"); err != nil {
		t.Fatal(err)
	}
	quotas := must(armquota.NewClient(s.credential, s.options))(t)
	limit := must(quotas.Get(ctx, "cores", "subscriptions/"+s.subscription+"/providers/Microsoft.Compute/locations/westeurope", nil))(t)
	if v, ok := limit.Properties.Limit.(*armquota.LimitObject); !ok || *v.Value != 50 {
		t.Errorf("the limit is %+v", limit.Properties.Limit)
	}
	_, err = pools.BeginCreateOrUpdate(ctx, "rg", "shop", "three", body("Standard_D8s_v5"), nil)
	refused(t, err, "ErrCode_InsufficientVCPUQuota")
	finish(pools.BeginDelete(ctx, "rg", "shop", "two", nil))(t)
	if err := s.box.Set("azure/node-image", "202611.10.0"); err != nil {
		t.Fatal(err)
	}
	rolled := finish(pools.BeginUpgradeNodeImageVersion(ctx, "rg", "shop", "one", nil))(t)
	_ = rolled
	if got := must(pools.Get(ctx, "rg", "shop", "one", nil))(t); !strings.HasSuffix(*got.Properties.NodeImageVersion, "202611.10.0") || *got.Properties.ProvisioningState != "Succeeded" {
		t.Errorf("the pool's image is %s, it is %s", *got.Properties.NodeImageVersion, *got.Properties.ProvisioningState)
	}
}

// TestUpgrade proves the ways of an upgrade: control plane first, one minor at
// a time, pools never ahead, and a body that was read before someone else's
// change is refused.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	s.allRoles(t)
	made := must(s.put(t, s.production()))(t)
	clusters, pools := s.factory.NewManagedClustersClient(), s.factory.NewAgentPoolsClient()
	pool := must(pools.Get(ctx, "rg", "shop", "system", nil))(t).AgentPool
	pool.Properties.OrchestratorVersion = ptr("1.35")
	_, err := pools.BeginCreateOrUpdate(ctx, "rg", "shop", "system", pool, nil)
	refused(t, err, "NodePoolMcVersionIncompatible")
	made.Properties.KubernetesVersion = ptr("1.36")
	refused(t, second(s.put(t, made)), "BadRequest")
	made.Properties.KubernetesVersion = ptr("1.35")
	up := must(s.put(t, made))(t)
	if *up.Properties.CurrentKubernetesVersion != "1.35.4" || *up.Properties.AgentPoolProfiles[0].CurrentOrchestratorVersion != "1.34.6" {
		t.Errorf("the control plane is at %s, the pool at %s", *up.Properties.CurrentKubernetesVersion, *up.Properties.AgentPoolProfiles[0].CurrentOrchestratorVersion)
	}
	finish(pools.BeginCreateOrUpdate(ctx, "rg", "shop", "system", pool, nil))(t)
	up.Properties.KubernetesVersion = ptr("1.34")
	refused(t, second(s.put(t, up)), "BadRequest")
	_, err = clusters.BeginCreateOrUpdate(ctx, "rg", "shop", made, &aks.ManagedClustersClientBeginCreateOrUpdateOptions{IfMatch: made.ETag})
	refused(t, err, "PreconditionFailed")
	versions := must(clusters.ListKubernetesVersions(ctx, region, nil))(t)
	if len(versions.Values) == 0 {
		t.Error("no versions are offered")
	}
	profile := must(clusters.GetUpgradeProfile(ctx, "rg", "shop", nil))(t)
	if len(profile.Properties.ControlPlaneProfile.Upgrades) == 0 {
		t.Error("no upgrades are offered")
	}
}

// TestReadModifyWrite proves that a cluster written back as it was read does
// not change, add-ons of the tenant's policy included.
func TestReadModifyWrite(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	s.allRoles(t)
	if err := s.box.Set("azure/tenant-addons", "azurepolicy"); err != nil {
		t.Fatal(err)
	}
	made := must(s.put(t, s.production()))(t)
	again := must(s.put(t, made))(t)
	one, two := must(made.MarshalJSON())(t), must(again.MarshalJSON())(t)
	blank := func(raw []byte, tags ...*string) string {
		text := string(raw)
		for _, tag := range tags {
			text = strings.ReplaceAll(text, *tag, "")
		}
		if _, after, ok := strings.Cut(text, `"systemData"`); ok {
			text = strings.Replace(text, after[:strings.Index(after, "}")], "", 1)
		}
		return text
	}
	if a, b := blank(one, made.ETag, made.Properties.AgentPoolProfiles[0].ETag), blank(two, again.ETag, again.Properties.AgentPoolProfiles[0].ETag); a != b {
		t.Errorf("before\n%s\nafter\n%s", a, b)
	}
	if again.Properties.AddonProfiles["azurepolicy"] == nil || !*again.Properties.AddonProfiles["azurepolicy"].Enabled {
		t.Error("the tenant's add-on is not there")
	}
	if got := must(s.factory.NewManagedClustersClient().NewListPager(nil).NextPage(ctx))(t); len(got.Value) != 1 {
		t.Errorf("the subscription has %d clusters", len(got.Value))
	}
}

// TestFailedCreate proves a create that ends badly: an appliance's route that
// is missing shows only when the nodes start, and the cluster stays, failed.
func TestFailedCreate(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	s.allRoles(t)
	f := network(t, s.account)
	table := finish(f.NewRouteTablesClient().BeginCreateOrUpdate(ctx, "rg", "rt", armnetwork.RouteTable{Location: ptr(region)}, nil))(t)
	newSubnet(t, f, "vnet", "nodes", armnetwork.SubnetPropertiesFormat{AddressPrefix: ptr("10.64.0.0/24"), RouteTable: &armnetwork.RouteTable{ID: table.ID}})
	s.grant(t, 9, networkContributorID, *table.ID)
	body := s.production()
	body.Properties.NetworkProfile.OutboundType = ptr(aks.OutboundTypeUserDefinedRouting)
	_, err := s.put(t, body)
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) || answer.ErrorCode != "VMExtensionError_OutboundConnFail" {
		t.Fatalf("the create ended with %v", err)
	}
	if got := must(s.factory.NewManagedClustersClient().Get(ctx, "rg", "shop", nil))(t); *got.Properties.ProvisioningState != "Failed" {
		t.Errorf("the cluster is %s", *got.Properties.ProvisioningState)
	}
	finish(s.factory.NewManagedClustersClient().BeginDelete(ctx, "rg", "shop", nil))(t)
}

// TestMaintenance proves the three configurations and their different shapes.
func TestMaintenance(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStage(t)
	s.allRoles(t)
	must(s.put(t, s.production()))(t)
	client := s.factory.NewMaintenanceConfigurationsClient()
	window := aks.MaintenanceConfiguration{Properties: &aks.MaintenanceConfigurationProperties{MaintenanceWindow: &aks.MaintenanceWindow{
		DurationHours: ptr(int32(4)), StartTime: ptr("02:00"), Schedule: &aks.Schedule{Weekly: &aks.WeeklySchedule{DayOfWeek: ptr(aks.WeekDaySunday), IntervalWeeks: ptr(int32(1))}}}}}
	must(client.CreateOrUpdate(ctx, "rg", "shop", "aksManagedAutoUpgradeSchedule", window, nil))(t)
	refused(t, second(client.CreateOrUpdate(ctx, "rg", "shop", "default", window, nil)), "InvalidParameter")
	refused(t, second(client.CreateOrUpdate(ctx, "rg", "shop", "sundays", window, nil)), "InvalidParameter")
	window.Properties.MaintenanceWindow.Schedule.Daily = &aks.DailySchedule{IntervalDays: ptr(int32(1))}
	refused(t, second(client.CreateOrUpdate(ctx, "rg", "shop", "aksManagedNodeOSUpgradeSchedule", window, nil)), "InvalidParameter")
}
