package azurecloud

import (
	"maps"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/privatedns/armprivatedns"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// natZonal is the key of a gateway that stands in one zone and serves all.
const natZonal = "all"

// tagWorkspace remembers an existing log workspace that the design names.
const tagWorkspace = "kready-log-workspace"

// networkThings are all things of a network.
func networkThings(v *view, d blueprint.NetworkDesign) []thing {
	azure := blueprint.NetworkAzureDesign{}
	if d.Azure != nil {
		azure = *d.Azure
	}
	group := azure.ResourceGroup
	vnet := v.networkID(d)
	space := body(armnetwork.VirtualNetwork{Properties: &armnetwork.VirtualNetworkPropertiesFormat{
		AddressSpace: &armnetwork.AddressSpace{AddressPrefixes: to.SliceOfPtrs(d.CIDR)},
	}})
	// Left out of a write, subnets and peerings stay as they are.
	with(with(space, "subnets", nil), "virtualNetworkPeerings", nil)
	things := []thing{{component: "vnet", id: vnet, birth: v.located(), tags: remember(d.Scope, tagWorkspace, azure.WorkspaceID), want: space, given: givenID(d, "vnet") != ""}}
	if !azure.GroupExists {
		things = append(things, thing{component: "resource-group", id: v.groupID(group), birth: v.located()})
	}
	for key, rules := range azure.SecurityGroups {
		things = append(things, thing{
			component: "nsg/" + key, id: v.id(group, securityGroups, d.Names["nsg/"+key]), birth: v.located(), want: securityGroup(rules),
		})
	}
	tables := map[string]bool{}
	for key, subnet := range d.Subnets {
		if id := givenID(d, "subnet/"+key); id != "" {
			things = append(things, thing{component: "subnet/" + key, id: id, given: true})
			continue
		}
		things = append(things, thing{component: "subnet/" + key, id: child(vnet, subnets, key), want: v.subnetBody(d, key, subnet)})
		tables[subnet.RouteTable] = true
	}
	delete(tables, "")
	for key := range tables {
		if id := givenID(d, "route-table/"+key); id != "" {
			things = append(things, thing{component: "route-table/" + key, id: id, given: true})
			continue
		}
		things = append(things, thing{
			component: "route-table/" + key, id: v.id(group, routeTables, d.Names["route-table/"+key]), birth: v.located(), want: routeTable(d.NextHop),
		})
	}
	for key, nat := range d.NATGateways {
		things = append(things, v.natThings(d, key, nat)...)
	}
	for key, zone := range azure.DNSZones {
		things = append(things, thing{component: "private-dns-zone/" + key, id: v.zoneID(group, zone), birth: document{"location": "global"}, given: zone.ID != ""})
	}
	for key, link := range azure.DNSLinks {
		target := link.NetworkID
		if target == "" {
			target = vnet
		}
		things = append(things, thing{
			component: "dns-link/" + key, id: child(v.zoneID(group, azure.DNSZones[link.Zone]), dnsLinks, link.Name), birth: document{"location": "global"},
			want: body(armprivatedns.VirtualNetworkLink{Properties: &armprivatedns.VirtualNetworkLinkProperties{
				VirtualNetwork: &armprivatedns.SubResource{ID: to.Ptr(target)}, RegistrationEnabled: to.Ptr(false),
			}}),
		})
	}
	things = append(things, v.peeringThings(d, vnet)...)
	return append(things, v.logThings(d, azure, vnet)...)
}

// located is where a resource is made.
func (v *view) located() document { return document{"location": v.region} }

// subnetBody is one subnet.
func (v *view) subnetBody(d blueprint.NetworkDesign, key string, subnet blueprint.SubnetDesign) document {
	group := ""
	if d.Azure != nil {
		group = d.Azure.ResourceGroup
	}
	want := armnetwork.SubnetPropertiesFormat{
		AddressPrefix:         to.Ptr(subnet.CIDR),
		DefaultOutboundAccess: to.Ptr(!subnet.OutboundOff),
	}
	if subnet.EndpointRule != "" {
		want.PrivateEndpointNetworkPolicies = to.Ptr(armnetwork.VirtualNetworkPrivateEndpointNetworkPolicies(subnet.EndpointRule))
	}
	if subnet.Delegation != "" {
		want.Delegations = []*armnetwork.Delegation{{
			Name: to.Ptr("aks"), Properties: &armnetwork.ServiceDelegationPropertiesFormat{ServiceName: to.Ptr(subnet.Delegation)},
		}}
	}
	result := body(armnetwork.Subnet{Properties: &want})
	refer := func(member, component string, k kind, wanted bool) {
		if name := d.Names[component]; wanted && name != "" {
			with(result, member, document{"id": v.id(group, k, name)})
			return
		}
		with(result, member, absent)
	}
	_, guarded := d.Azure.SecurityGroups[key]
	refer("networkSecurityGroup", "nsg/"+key, securityGroups, guarded)
	refer("natGateway", "nat/"+subnet.NATGateway, natGateways, subnet.NATGateway != "")
	refer("routeTable", "route-table/"+subnet.RouteTable, routeTables, subnet.RouteTable != "")
	if id, given := blueprint.GivenTable(subnet.RouteTo); given {
		with(result, "routeTable", document{"id": id})
	}
	if subnet.Delegation == "" && subnet.Tier != blueprint.TierPods {
		with(result, "delegations", absent) // AKS itself delegates the subnet of pods
	}
	return result
}

// subnetDesigns reads the subnets back, by key.
func (v *view) subnetDesigns(known blueprint.NetworkDesign) map[string]blueprint.SubnetDesign {
	designs := map[string]blueprint.SubnetDesign{}
	for key, have := range v.all("subnet") {
		properties := at(have.body, "properties")
		prefix := text(properties, "addressPrefix")
		if many := texts(properties, "addressPrefixes"); prefix == "" && len(many) > 0 {
			prefix = many[0]
		}
		off, told := at(properties, "defaultOutboundAccess").(bool)
		design := blueprint.SubnetDesign{
			Tier: key, CIDR: prefix, OutboundOff: told && !off, EndpointRule: text(properties, "privateEndpointNetworkPolicies"),
			NATGateway: v.keyOfID("nat", text(properties, "natGateway", "id")), RouteTable: v.keyOfID("route-table", text(properties, "routeTable", "id")),
		}
		if have.given {
			designs[key] = givenSubnet(known.Subnets[key], prefix)
			continue
		}
		if key == blueprint.TierIngress {
			design.Balancer = "internal"
		}
		for _, delegation := range entries(properties, "delegations") {
			if service := text(delegation, "properties", "serviceName"); key != blueprint.TierPods {
				design.Delegation = service
			}
		}
		switch {
		case design.NATGateway != "":
			design.RouteTo = "nat/" + design.NATGateway
		case design.RouteTable == blueprint.RouteTableKey("next_hop"):
			design.RouteTo = "next_hop"
		case known.Subnets[key].RouteTable == design.RouteTable && blueprint.IsGivenRoute(known.Subnets[key].RouteTo):
			design.RouteTo = known.Subnets[key].RouteTo
		}
		designs[key] = design
	}
	return designs
}

// keyOfID is the key of this part's object that an id names, or the name of a
// stranger.
func (v *view) keyOfID(word, id string) string {
	if id == "" {
		return ""
	}
	for key, have := range v.all(word) {
		if sameID(have.id, id) {
			return key
		}
	}
	return nameOf(id)
}

// securityGroup is the body of one group: its rules, all of them.
func securityGroup(group blueprint.SecurityGroupDesign) document {
	rules := []*armnetwork.SecurityRule{}
	for _, name := range slices.Sorted(maps.Keys(group.Rules)) {
		rule := group.Rules[name]
		properties := &armnetwork.SecurityRulePropertiesFormat{
			Direction: to.Ptr(armnetwork.SecurityRuleDirection(rule.Direction)), Access: to.Ptr(armnetwork.SecurityRuleAccess(rule.Access)),
			Priority: to.Ptr(int32(rule.Priority)), Protocol: to.Ptr(armnetwork.SecurityRuleProtocol(rule.Protocol)), //nolint:gosec // 100 to 4096
			SourcePortRange: to.Ptr("*"),
		}
		// One value and several are different members of Azure's model; tags of
		// services and "*" are taken as one value only.
		properties.SourceAddressPrefix, properties.SourceAddressPrefixes = oneOrMany(rule.Sources)
		properties.DestinationAddressPrefix, properties.DestinationAddressPrefixes = oneOrMany(rule.Destinations)
		properties.DestinationPortRange, properties.DestinationPortRanges = oneOrMany(rule.Ports)
		rules = append(rules, &armnetwork.SecurityRule{Name: to.Ptr(name), Properties: properties})
	}
	return body(armnetwork.SecurityGroup{Properties: &armnetwork.SecurityGroupPropertiesFormat{SecurityRules: rules}})
}

func oneOrMany(values []string) (*string, []*string) {
	if len(values) == 1 {
		return to.Ptr(values[0]), nil
	}
	return nil, to.SliceOfPtrs(values...)
}

// securityGroups reads the groups back.
func (v *view) securityGroups() map[string]blueprint.SecurityGroupDesign {
	designs := map[string]blueprint.SecurityGroupDesign{}
	for key, have := range v.all("nsg") {
		var group blueprint.SecurityGroupDesign
		for _, rule := range entries(have.body, "properties", "securityRules") {
			properties := at(rule, "properties")
			both := func(one, many string) []string {
				values := texts(properties, many)
				if value := text(properties, one); value != "" {
					values = append(values, value)
				}
				return slices.Sorted(slices.Values(values))
			}
			if group.Rules == nil {
				group.Rules = map[string]blueprint.SecurityRuleDesign{}
			}
			group.Rules[text(rule, "name")] = blueprint.SecurityRuleDesign{
				Direction: text(properties, "direction"), Access: text(properties, "access"), Priority: number(properties, "priority"),
				Protocol: text(properties, "protocol"), Sources: both("sourceAddressPrefix", "sourceAddressPrefixes"),
				Destinations: both("destinationAddressPrefix", "destinationAddressPrefixes"), Ports: both("destinationPortRange", "destinationPortRanges"),
			}
		}
		designs[key] = group
	}
	if len(designs) == 0 {
		return nil
	}
	return designs
}

// routeTable is the table of the way out through an appliance.
func routeTable(nextHop string) document {
	return body(armnetwork.RouteTable{Properties: &armnetwork.RouteTablePropertiesFormat{Routes: []*armnetwork.Route{{
		Name: to.Ptr("default"), Properties: &armnetwork.RoutePropertiesFormat{
			AddressPrefix: to.Ptr("0.0.0.0/0"), NextHopType: to.Ptr(armnetwork.RouteNextHopTypeVirtualAppliance), NextHopIPAddress: to.Ptr(nextHop),
		},
	}}}})
}

// nextHop is where the default route leads, "" where there is none.
func (v *view) nextHop() string {
	for _, table := range v.all("route-table") {
		if table.given {
			continue
		}
		for _, route := range entries(table.body, "properties", "routes") {
			if text(route, "properties", "addressPrefix") == "0.0.0.0/0" {
				return text(route, "properties", "nextHopIpAddress")
			}
		}
	}
	return ""
}

// natThings are a gateway and its address.
func (v *view) natThings(d blueprint.NetworkDesign, key string, nat blueprint.NATGatewayDesign) []thing {
	group := d.Azure.ResourceGroup
	address := v.id(group, publicIPs, d.Names["public-ip/"+key])
	zones := []*string{}
	if nat.Zone != "" {
		zones = to.SliceOfPtrs(nat.Zone)
	}
	place := v.located()
	if len(zones) > 0 {
		place["zones"] = []any{nat.Zone}
	}
	return []thing{
		{
			component: "public-ip/" + key, id: address, birth: place,
			want: body(armnetwork.PublicIPAddress{
				SKU: &armnetwork.PublicIPAddressSKU{Name: to.Ptr(armnetwork.PublicIPAddressSKUName(nat.SKU))},
				Properties: &armnetwork.PublicIPAddressPropertiesFormat{
					PublicIPAllocationMethod: to.Ptr(armnetwork.IPAllocationMethodStatic), PublicIPAddressVersion: to.Ptr(armnetwork.IPVersionIPv4),
				},
			}),
		},
		{
			component: "nat/" + key, id: v.id(group, natGateways, d.Names["nat/"+key]), birth: place,
			want: body(armnetwork.NatGateway{
				SKU:        &armnetwork.NatGatewaySKU{Name: to.Ptr(armnetwork.NatGatewaySKUName(nat.SKU))},
				Properties: &armnetwork.NatGatewayPropertiesFormat{PublicIPAddresses: []*armnetwork.SubResource{{ID: to.Ptr(address)}}},
			}),
		},
	}
}

// natDesigns reads the gateways back.
func (v *view) natDesigns() map[string]blueprint.NATGatewayDesign {
	var designs map[string]blueprint.NATGatewayDesign
	for key, have := range v.all("nat") {
		design := blueprint.NATGatewayDesign{SKU: text(have.body, "sku", "name")}
		if zones := texts(have.body, "zones"); len(zones) == 1 {
			design.Zone = zones[0]
		}
		if designs == nil {
			designs = map[string]blueprint.NATGatewayDesign{}
		}
		designs[key] = design
	}
	return designs
}

// dnsZones and dnsLinks read private DNS back.
func (v *view) dnsZones() map[string]blueprint.DNSZoneDesign {
	var designs map[string]blueprint.DNSZoneDesign
	for key, have := range v.all("private-dns-zone") {
		if designs == nil {
			designs = map[string]blueprint.DNSZoneDesign{}
		}
		designs[key] = blueprint.DNSZoneDesign{Domain: nameOf(have.id)}
		if have.given {
			designs[key] = blueprint.DNSZoneDesign{ID: have.id, Domain: nameOf(have.id)}
		}
	}
	return designs
}

func (v *view) dnsLinks() map[string]blueprint.DNSLinkDesign {
	var designs map[string]blueprint.DNSLinkDesign
	for key, have := range v.all("dns-link") {
		zone, _, _ := cutFold(have.id, "/virtualNetworkLinks/")
		link := blueprint.DNSLinkDesign{Zone: v.keyOfID("private-dns-zone", zone), Name: nameOf(have.id)}
		if target := text(have.body, "properties", "virtualNetwork", "id"); !sameID(target, v.idOf("vnet")) {
			link.NetworkID = target
		}
		if designs == nil {
			designs = map[string]blueprint.DNSLinkDesign{}
		}
		designs[key] = link
	}
	return designs
}
