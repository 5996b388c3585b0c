package azureapi_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func network(t *testing.T, a account) *armnetwork.ClientFactory {
	t.Helper()
	return must(armnetwork.NewClientFactory(a.subscription, a.credential, a.options))(t)
}

func newNetwork(t *testing.T, f *armnetwork.ClientFactory, name, space string) armnetwork.VirtualNetwork {
	t.Helper()
	return finish(f.NewVirtualNetworksClient().BeginCreateOrUpdate(context.Background(), "rg", name, armnetwork.VirtualNetwork{
		Location:   ptr(region),
		Properties: &armnetwork.VirtualNetworkPropertiesFormat{AddressSpace: &armnetwork.AddressSpace{AddressPrefixes: to.SliceOfPtrs(space)}},
	}, nil))(t).VirtualNetwork
}

func newSubnet(t *testing.T, f *armnetwork.ClientFactory, vnet, name string, p armnetwork.SubnetPropertiesFormat) armnetwork.Subnet {
	t.Helper()
	return finish(f.NewSubnetsClient().BeginCreateOrUpdate(context.Background(), "rg", vnet, name, armnetwork.Subnet{Properties: &p}, nil))(t).Subnet
}

// TestGroupTakesAllAlong proves the life of a resource group as Microsoft's
// client sees it: a synchronous PUT, a delete that is polled by Location, and
// nothing left of what was inside.
func TestGroupTakesAllAlong(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	newNetwork(t, network(t, a), "vnet", "10.0.0.0/16")
	groups := must(armresources.NewResourceGroupsClient(a.subscription, a.credential, a.options))(t)
	if got := must(groups.Get(ctx, "RG", nil))(t); *got.Name != "rg" || *got.Properties.ProvisioningState != "Succeeded" {
		t.Errorf("group is %s, %s", *got.Name, *got.Properties.ProvisioningState)
	}
	finish(groups.BeginDelete(ctx, "rg", nil))(t)
	refused(t, second(groups.Get(ctx, "rg", nil)), "ResourceGroupNotFound")
	objects := must(a.box.Objects(false))(t)
	if len(objects) != 0 {
		t.Errorf("left behind: %v", objects)
	}
}

// TestSubnets proves what a subnet shows and refuses, and that two subnets of
// one network cannot be written at once.
func TestSubnets(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	f := network(t, a)
	newNetwork(t, f, "vnet", "10.0.0.0/16")
	table := finish(f.NewRouteTablesClient().BeginCreateOrUpdate(ctx, "rg", "rt", armnetwork.RouteTable{Location: ptr(region),
		Properties: &armnetwork.RouteTablePropertiesFormat{Routes: []*armnetwork.Route{{Name: ptr("out"), Properties: &armnetwork.RoutePropertiesFormat{
			AddressPrefix: ptr("0.0.0.0/0"), NextHopType: ptr(armnetwork.RouteNextHopTypeVirtualAppliance), NextHopIPAddress: ptr("10.9.0.4")}}}}}, nil))(t)
	nodes := newSubnet(t, f, "vnet", "nodes", armnetwork.SubnetPropertiesFormat{
		AddressPrefix: ptr("10.0.0.0/22"), DefaultOutboundAccess: ptr(false),
		RouteTable: &armnetwork.RouteTable{ID: ptr(strings.ToUpper(*table.ID))},
		Delegations: []*armnetwork.Delegation{{Name: ptr("aks"), Properties: &armnetwork.ServiceDelegationPropertiesFormat{
			ServiceName: ptr("Microsoft.ContainerService/managedClusters")}}},
	})
	if *nodes.Properties.ProvisioningState != armnetwork.ProvisioningStateSucceeded || *nodes.Properties.RouteTable.ID != *table.ID ||
		*nodes.Properties.Delegations[0].Properties.Actions[0] != "Microsoft.Network/virtualNetworks/subnets/join/action" || *nodes.Properties.DefaultOutboundAccess {
		t.Errorf("subnet is %+v", nodes.Properties)
	}
	if got := must(f.NewRouteTablesClient().Get(ctx, "rg", "rt", nil))(t); len(got.Properties.Subnets) != 1 || *got.Properties.Subnets[0].ID != *nodes.ID {
		t.Errorf("the route table does not name its subnet: %v", got.Properties.Subnets)
	}
	subnets := f.NewSubnetsClient()
	one, err := subnets.BeginCreateOrUpdate(ctx, "rg", "vnet", "one", armnetwork.Subnet{Properties: &armnetwork.SubnetPropertiesFormat{AddressPrefix: ptr("10.0.8.0/24")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = subnets.BeginCreateOrUpdate(ctx, "rg", "vnet", "two", armnetwork.Subnet{Properties: &armnetwork.SubnetPropertiesFormat{AddressPrefix: ptr("10.0.9.0/24")}}, nil)
	refused(t, err, "AnotherOperationInProgress")
	finish(one, nil)(t)
	for _, test := range []struct{ name, cidr, code string }{
		{"overlap", "10.0.1.0/24", "NetcfgSubnetRangesOverlap"},
		{"outside", "10.1.0.0/24", "NetcfgInvalidSubnet"},
		{"small", "10.0.9.0/30", "NetcfgInvalidSubnet"},
		{"unmasked", "10.0.9.1/24", "InvalidCIDRNotation"},
		{"nonsense", "ten", "InvalidAddressPrefixFormat"},
	} {
		_, err := subnets.BeginCreateOrUpdate(ctx, "rg", "vnet", test.name, armnetwork.Subnet{Properties: &armnetwork.SubnetPropertiesFormat{AddressPrefix: ptr(test.cidr)}}, nil)
		refused(t, err, test.code)
	}
	_, err = f.NewRouteTablesClient().BeginDelete(ctx, "rg", "rt", nil)
	refused(t, err, "InUseRouteTableCannotBeDeleted")
	// A network written without its subnets keeps them; one written with none loses them.
	newNetwork(t, f, "VNET", "10.0.0.0/16")
	if got := must(f.NewVirtualNetworksClient().Get(ctx, "rg", "vnet", nil))(t); len(got.Properties.Subnets) != 2 || *got.Name != "vnet" {
		t.Errorf("%s has %d subnets; want 2", *got.Name, len(got.Properties.Subnets))
	}
	finish(f.NewVirtualNetworksClient().BeginCreateOrUpdate(ctx, "rg", "vnet", armnetwork.VirtualNetwork{Location: ptr(region),
		Properties: &armnetwork.VirtualNetworkPropertiesFormat{AddressSpace: &armnetwork.AddressSpace{AddressPrefixes: to.SliceOfPtrs("10.0.0.0/16")}, Subnets: []*armnetwork.Subnet{}}}, nil))(t)
	refused(t, second(subnets.Get(ctx, "rg", "vnet", "nodes", nil)), "ResourceNotFound")
}

// TestPeering proves both ends' states, and that overlapping networks cannot
// be peered.
func TestPeering(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := network(t, withGroup(t))
	a, b, c := newNetwork(t, f, "a", "10.0.0.0/16"), newNetwork(t, f, "b", "10.1.0.0/16"), newNetwork(t, f, "c", "10.0.128.0/17")
	client := f.NewVirtualNetworkPeeringsClient()
	peer := func(from, to *string) (armnetwork.VirtualNetworkPeering, error) {
		p, err := client.BeginCreateOrUpdate(ctx, "rg", *from, "to-"+(*to)[strings.LastIndex(*to, "/")+1:], armnetwork.VirtualNetworkPeering{
			Properties: &armnetwork.VirtualNetworkPeeringPropertiesFormat{RemoteVirtualNetwork: &armnetwork.SubResource{ID: to}}}, nil)
		if err != nil {
			return armnetwork.VirtualNetworkPeering{}, err
		}
		return finish(p, err)(t).VirtualNetworkPeering, nil
	}
	if got := must(peer(a.Name, b.ID))(t); *got.Properties.PeeringState != armnetwork.VirtualNetworkPeeringStateInitiated {
		t.Errorf("one end alone is %s", *got.Properties.PeeringState)
	}
	if got := must(peer(b.Name, a.ID))(t); *got.Properties.PeeringState != armnetwork.VirtualNetworkPeeringStateConnected {
		t.Errorf("the second end is %s", *got.Properties.PeeringState)
	}
	refused(t, second(peer(a.Name, c.ID)), "VnetAddressSpacesOverlap")
	finish(client.BeginDelete(ctx, "rg", "a", "to-b", nil))(t)
	if got := must(client.Get(ctx, "rg", "b", "to-a", nil))(t); *got.Properties.PeeringState != armnetwork.VirtualNetworkPeeringStateDisconnected {
		t.Errorf("an end whose other is gone is %s", *got.Properties.PeeringState)
	}
	refused(t, second(peer(a.Name, b.ID)), "RemotePeeringIsDisconnected")
}

// TestGateway proves that addresses and gateways of one kind go together, that
// they name each other, and in which order they can go.
func TestGateway(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := network(t, withGroup(t))
	newNetwork(t, f, "vnet", "10.0.0.0/16")
	address := func(name string, sku armnetwork.PublicIPAddressSKUName) *string {
		return finish(f.NewPublicIPAddressesClient().BeginCreateOrUpdate(ctx, "rg", name, armnetwork.PublicIPAddress{Location: ptr(region), SKU: &armnetwork.PublicIPAddressSKU{Name: &sku},
			Properties: &armnetwork.PublicIPAddressPropertiesFormat{PublicIPAllocationMethod: ptr(armnetwork.IPAllocationMethodStatic)}}, nil))(t).ID
	}
	standard, v2 := address("standard", armnetwork.PublicIPAddressSKUNameStandard), address("v2", armnetwork.PublicIPAddressSKUNameStandardV2)
	gateway := func(address *string) armnetwork.NatGateway {
		return armnetwork.NatGateway{Location: ptr(region), SKU: &armnetwork.NatGatewaySKU{Name: ptr(armnetwork.NatGatewaySKUNameStandardV2)},
			Properties: &armnetwork.NatGatewayPropertiesFormat{PublicIPAddresses: []*armnetwork.SubResource{{ID: address}}}}
	}
	gateways := f.NewNatGatewaysClient()
	_, err := gateways.BeginCreateOrUpdate(ctx, "rg", "nat", gateway(standard), nil)
	refused(t, err, "NatGatewayPublicIpSkuMismatch")
	_, err = gateways.BeginCreateOrUpdate(ctx, "rg", "nat", gateway(ptr(*v2+"x")), nil)
	refused(t, err, "NotFound")
	nat := finish(gateways.BeginCreateOrUpdate(ctx, "rg", "nat", gateway(v2), nil))(t)
	newSubnet(t, f, "vnet", "nodes", armnetwork.SubnetPropertiesFormat{AddressPrefix: ptr("10.0.0.0/24"), NatGateway: &armnetwork.SubResource{ID: nat.ID}})
	if got := must(f.NewPublicIPAddressesClient().Get(ctx, "rg", "v2", nil))(t); got.Properties.NatGateway == nil || *got.Properties.NatGateway.ID != *nat.ID || *got.Properties.IPAddress == "" {
		t.Errorf("the address is %+v", got.Properties)
	}
	_, err = f.NewPublicIPAddressesClient().BeginDelete(ctx, "rg", "v2", nil)
	refused(t, err, "PublicIPAddressCannotBeDeleted")
	_, err = gateways.BeginDelete(ctx, "rg", "nat", nil)
	refused(t, err, "InUseNatGatewayCannotBeDeleted")
	finish(f.NewSubnetsClient().BeginDelete(ctx, "rg", "vnet", "nodes", nil))(t)
	finish(gateways.BeginDelete(ctx, "rg", "nat", nil))(t)
	finish(f.NewPublicIPAddressesClient().BeginDelete(ctx, "rg", "v2", nil))(t)
}

// TestSecurityRules proves the rules on rules: inside their group's body and
// on their own.
func TestSecurityRules(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := network(t, withGroup(t))
	rule := func(name string, priority int32, ports string) *armnetwork.SecurityRule {
		return &armnetwork.SecurityRule{Name: &name, Properties: &armnetwork.SecurityRulePropertiesFormat{
			Access: ptr(armnetwork.SecurityRuleAccessAllow), Direction: ptr(armnetwork.SecurityRuleDirectionInbound), Protocol: ptr(armnetwork.SecurityRuleProtocolTCP),
			Priority: &priority, SourceAddressPrefix: ptr("AzureLoadBalancer"), DestinationAddressPrefix: ptr("10.0.0.0/24"), SourcePortRange: ptr("*"), DestinationPortRange: &ports,
		}}
	}
	put := func(rules ...*armnetwork.SecurityRule) (armnetwork.SecurityGroup, error) {
		p, err := f.NewSecurityGroupsClient().BeginCreateOrUpdate(ctx, "rg", "nsg", armnetwork.SecurityGroup{Location: ptr(region),
			Properties: &armnetwork.SecurityGroupPropertiesFormat{SecurityRules: rules}}, nil)
		if err != nil {
			return armnetwork.SecurityGroup{}, err
		}
		return finish(p, err)(t).SecurityGroup, nil
	}
	refused(t, second(put(rule("a", 100, "443"), rule("b", 100, "80"))), "SecurityRuleConflict")
	refused(t, second(put(rule("a", 100, "99999"))), "SecurityRuleInvalidPortRange")
	group := must(put(rule("a", 100, "443"), rule("b", 200, "9988")))(t)
	if len(group.Properties.SecurityRules) != 2 || len(group.Properties.DefaultSecurityRules) != 6 {
		t.Errorf("the group has %d rules and %d by default", len(group.Properties.SecurityRules), len(group.Properties.DefaultSecurityRules))
	}
	must(put(rule("a", 200, "443"), rule("b", 100, "9988")))(t) // both change places
	finish(f.NewSecurityRulesClient().BeginCreateOrUpdate(ctx, "rg", "nsg", "c", *rule("c", 300, "4443"), nil))(t)
	if group = must(put(rule("a", 100, "443")))(t); len(group.Properties.SecurityRules) != 1 {
		t.Errorf("a body with one rule leaves %d", len(group.Properties.SecurityRules))
	}
}

// TestDeletionEndsWhenLookedAt proves that a deletion of which nobody follows the
// operation ends by looks at the resource, and stays ended.
func TestDeletionEndsWhenLookedAt(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	groups := network(t, a).NewSecurityGroupsClient()
	finish(groups.BeginCreateOrUpdate(ctx, "rg", "nsg", armnetwork.SecurityGroup{Location: ptr(region)}, nil))(t)
	must(groups.BeginDelete(ctx, "rg", "nsg", nil))(t)
	gone := false
	for range 10 {
		_, err := groups.Get(ctx, "rg", "nsg", nil)
		gone = gone || err != nil
	}
	if objects := must(a.box.Objects(true))(t); !gone || slices.ContainsFunc(objects, func(o sandbox.Object) bool { return strings.HasSuffix(o.ID, "/nsg") }) {
		t.Errorf("gone: %t; there is %+v", gone, objects)
	}
}
