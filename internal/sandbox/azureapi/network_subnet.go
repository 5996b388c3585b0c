package azureapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

func subnet() *resourceType {
	return &resourceType{
		name: subnetType, etagged: true, flow: networkFlow(), busy: busyFamily, names: networkName,
		properties: fields{
			"provisioningState":    output(),
			"addressPrefix":        text(),
			"addressPrefixes":      list(text()),
			"networkSecurityGroup": ref(nsgType),
			"routeTable":           ref(routeTableType),
			"natGateway":           ref(natType),
			"serviceEndpoints": list(object(fields{
				"service": text().need(), "locations": list(text()), "provisioningState": output(), "networkIdentifier": output(),
			})),
			"delegations": list(object(fields{
				"id": output(), "etag": output(), "type": output(), "name": text().need(),
				"properties": object(fields{"serviceName": text().need(), "actions": output(), "provisioningState": output()}).need(),
			})),
			"privateEndpointNetworkPolicies":     oneOf("Disabled", "Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled").or("Disabled"),
			"privateLinkServiceNetworkPolicies":  oneOf("Enabled", "Disabled").or("Enabled"),
			"defaultOutboundAccess":              flag(),
			"ipConfigurations":                   output(),
			"ipConfigurationProfiles":            output(),
			"privateEndpoints":                   output(),
			"purpose":                            output(),
			"resourceNavigationLinks":            output(),
			"serviceAssociationLinks":            output(),
			"serviceEndpointPolicies":            emptyList(),
			"applicationGatewayIPConfigurations": emptyList(),
			"ipAllocations":                      emptyList(),
		},
		put:    putSubnet,
		show:   showSubnet,
		usedBy: subnetUsers(),
		inUse:  "InUseSubnetCannotBeDeleted",
	}
}

// emptyList is a list that other services fill, and that this sandbox has no
// entries for: a client may send it back as it read it, empty.
func emptyList() *member { return list(&member{kind: textKind, values: []string{"(nothing)"}}) }

// subnetUsers are the types whose objects have addresses in subnets.
func subnetUsers() []string { return []string{endpointType, balancerType, clusterType, poolType} }

// delegates are the services to which a subnet can be handed over, and what
// they may do there. Source: learn.microsoft.com, "Add or remove a subnet
// delegation".
var delegates = map[string][]string{
	"Microsoft.ContainerService/managedClusters":     {"Microsoft.Network/virtualNetworks/subnets/join/action"},
	"Microsoft.ContainerInstance/containerGroups":    {"Microsoft.Network/virtualNetworks/subnets/action"},
	"Microsoft.DBforPostgreSQL/flexibleServers":      {"Microsoft.Network/virtualNetworks/subnets/join/action"},
	"Microsoft.DBforMySQL/flexibleServers":           {"Microsoft.Network/virtualNetworks/subnets/join/action"},
	"Microsoft.Network/dnsResolvers":                 {"Microsoft.Network/virtualNetworks/subnets/join/action"},
	"Microsoft.Netapp/volumes":                       {"Microsoft.Network/networkinterfaces/*", "Microsoft.Network/virtualNetworks/subnets/join/action"},
	"Microsoft.App/environments":                     {"Microsoft.Network/virtualNetworks/subnets/join/action"},
	"Microsoft.Web/serverFarms":                      {"Microsoft.Network/virtualNetworks/subnets/action"},
	"Microsoft.ServiceNetworking/trafficControllers": {"Microsoft.Network/virtualNetworks/subnets/join/action"},
}

// serviceTags of endpoints that a subnet can have.
var endpointServices = []string{
	"Microsoft.Storage", "Microsoft.Storage.Global", "Microsoft.KeyVault", "Microsoft.ContainerRegistry", "Microsoft.Sql",
	"Microsoft.AzureActiveDirectory", "Microsoft.ServiceBus", "Microsoft.EventHub", "Microsoft.AzureCosmosDB", "Microsoft.Web", "Microsoft.CognitiveServices",
}

func subnetPrefixes(r *resource) []string {
	if p := textAt(r.Properties, "addressPrefix"); p != "" {
		return []string{p}
	}
	return textsAt(r.Properties, "addressPrefixes")
}

// vnetOf is the network that a subnet is in.
func (q *request) vnetOf(subnet *resource) *resource {
	a, _ := parseAddress(subnet.ID)
	return q.get(a.above(1).id())
}

func putSubnet(w *write) error {
	p := w.r.Properties
	if textAt(p, "addressPrefix") != "" && len(textsAt(p, "addressPrefixes")) > 0 {
		if list := textsAt(p, "addressPrefixes"); len(list) > 1 || list[0] != textAt(p, "addressPrefix") {
			return w.fail(http.StatusBadRequest, "SubnetWithBothAddressPrefixAndAddressPrefixes", "Subnet %s has both addressPrefix and addressPrefixes.", w.r.Path)
		}
		delete(p, "addressPrefixes")
	}
	ranges, err := w.ranges(subnetPrefixes(w.r))
	if err != nil {
		return err
	}
	if len(ranges) == 0 {
		return w.malformed(w.t, misfit{path: "properties.addressPrefix", problem: "is required", absent: true})
	}
	if err := w.fits(ranges); err != nil {
		return err
	}
	if err := w.sameRegion(w.parent.Location, textAt(p, "networkSecurityGroup", "id"), textAt(p, "routeTable", "id"), textAt(p, "natGateway", "id")); err != nil {
		return err
	}
	if err := w.keepsUsers(ranges); err != nil {
		return err
	}
	return w.services()
}

// fits checks the subnet's ranges against its network and its siblings.
func (w *write) fits(ranges []netip.Prefix) error {
	space := spaceOf(w.parent)
	for _, r := range ranges {
		if r.Addr().Is4() && r.Bits() > 29 || !contained(r, space) {
			return w.fail(http.StatusBadRequest, "NetcfgInvalidSubnet", "Subnet '%s' is not valid in virtual network '%s'.", w.r.Name, w.parent.Name)
		}
		for _, sibling := range w.below(w.parent, "subnets") {
			if sibling.ID == w.r.ID {
				continue
			}
			if slices.ContainsFunc(prefixesOf(subnetPrefixes(sibling)), r.Overlaps) {
				return w.fail(http.StatusBadRequest, "NetcfgSubnetRangesOverlap",
					"Subnet '%s' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '%s'.", w.r.Name, w.parent.Name)
			}
		}
	}
	return nil
}

// keepsUsers refuses to take ranges and delegations away from who uses them.
func (w *write) keepsUsers(ranges []netip.Prefix) error {
	if w.old == nil || len(w.users(w.old.ID, w.t.usedBy...)) == 0 {
		return nil
	}
	for _, before := range prefixesOf(subnetPrefixes(w.old)) {
		if !slices.Contains(ranges, before) {
			return w.fail(http.StatusBadRequest, "InUsePrefixCannotBeDeleted",
				"IpPrefix %s on Subnet %s has active allocations and cannot be deleted.", before, w.r.Name)
		}
	}
	for _, d := range listAt(w.old.Properties, "delegations") {
		service := textAt(d, "properties", "serviceName")
		if !slices.ContainsFunc(listAt(w.r.Properties, "delegations"), func(n any) bool {
			return strings.EqualFold(textAt(n, "properties", "serviceName"), service)
		}) {
			return w.fail(http.StatusBadRequest, "SubnetMissingRequiredDelegation",
				"Subnet %s requires the following delegation(s) [%s] to reference service association link.", w.r.Path, service)
		}
	}
	return nil
}

// services checks and completes delegations and service endpoints.
func (w *write) services() error {
	for _, d := range listAt(w.r.Properties, "delegations") {
		entry, properties := objectAt(d), objectAt(d, "properties")
		service := textAt(properties, "serviceName")
		known := ""
		for name := range delegates {
			if strings.EqualFold(name, service) {
				known = name
			}
		}
		if known == "" {
			return w.fail(http.StatusBadRequest, "InvalidServiceNameOnDelegation", "Subnet %s cannot be delegated to service %s: it is not known.", w.r.Path, service)
		}
		entry["id"], entry["type"] = w.r.Path+"/delegations/"+textAt(entry, "name"), "Microsoft.Network/virtualNetworks/subnets/delegations"
		properties["serviceName"], properties["actions"], properties["provisioningState"] = known, clone(delegates[known]), "Succeeded"
	}
	for _, e := range listAt(w.r.Properties, "serviceEndpoints") {
		entry := objectAt(e)
		service := textAt(entry, "service")
		if !slices.ContainsFunc(endpointServices, func(s string) bool { return strings.EqualFold(s, service) }) {
			return w.fail(http.StatusBadRequest, "ServiceEndpointServiceNotFound", "Service endpoint %s of subnet %s is not known.", service, w.r.Path)
		}
		entry["provisioningState"] = "Succeeded"
		if entry["locations"] == nil {
			entry["locations"] = []any{w.parent.Location}
		}
	}
	return nil
}

func showSubnet(q *request, r *resource, out map[string]any) {
	properties := objectAt(out, "properties")
	for _, name := range []string{"delegations", "serviceEndpoints"} {
		if properties[name] == nil {
			properties[name] = []any{}
		}
	}
	showUsers(q, r, out, "privateEndpoints", endpointType)
	var configurations []any
	for _, nic := range q.users(r.ID, interfaceType) {
		for _, c := range listAt(nic.Properties, "ipConfigurations") {
			configurations = append(configurations, map[string]any{"id": nic.Path + "/ipConfigurations/" + textAt(c, "name")})
		}
	}
	if configurations != nil {
		properties["ipConfigurations"] = configurations
	}
}
