package azureapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

func endpointTypes() []*resourceType {
	connection := func() *member {
		return object(fields{
			"id": output(), "type": output(), "etag": output(), "name": text().need(),
			"properties": object(fields{
				"privateLinkServiceId": id(linkTypes()...).need().once(), "groupIds": list(text()).need().once(), "requestMessage": text().rule(atMost(140)),
				"privateLinkServiceConnectionState": output(), "provisioningState": output(),
			}).need(),
		})
	}
	return []*resourceType{
		{
			name: endpointType, tracked: true, etagged: true, flow: networkFlow(), names: networkName, usage: "PrivateEndpoints",
			properties: fields{
				"provisioningState": output(), "resourceGuid": output(),
				"subnet":                              ref(subnetType).need().once(),
				"privateLinkServiceConnections":       list(connection()).need(),
				"manualPrivateLinkServiceConnections": emptyList(),
				"customNetworkInterfaceName":          text().once(),
				"ipConfigurations":                    emptyList(),
				"applicationSecurityGroups":           emptyList(),
				"networkInterfaces":                   output(),
				"customDnsConfigs":                    list(&member{kind: anyKind}),
				"ipVersionType":                       oneOf("IPv4").or("IPv4"),
			},
			put: putEndpoint, stored: storeEndpoint, gone: goneEndpoint, show: showEndpoint,
		},
		{
			name: zoneGroupType, etagged: true, flow: networkFlow(), busy: busyFamily, names: networkName,
			properties: fields{
				"provisioningState": output(),
				"privateDnsZoneConfigs": list(object(fields{
					"id": output(), "name": text().need(),
					"properties": object(fields{"privateDnsZoneId": id(privateZoneType).need(), "recordSets": output()}).need(),
				})).need(),
			},
			put: putZoneGroup, stored: storeZoneGroup, gone: goneZoneGroup,
		},
		{
			name: interfaceType, tracked: true, etagged: true, readOnly: true,
			properties: fields{"provisioningState": output(), "resourceGuid": output(), "ipConfigurations": list(&member{kind: anyKind}), "privateEndpoint": &member{kind: anyKind}, "macAddress": text(), "nicType": text(), "enableIPForwarding": flag(), "enableAcceleratedNetworking": flag(), "primary": flag()},
		},
	}
}

func putEndpoint(w *write) error {
	p := w.r.Properties
	delete(p, "customDnsConfigs")
	subnet := w.get(textAt(p, "subnet", "id"))
	if len(listAt(subnet.Properties, "delegations")) > 0 {
		return w.fail(http.StatusBadRequest, "PrivateEndpointCreationNotAllowedAsSubnetIsDelegated",
			"Private endpoint %s cannot be created as subnet %s is delegated.", w.r.Path, subnet.Path)
	}
	if err := w.sameRegion(w.r.Location, w.vnetOf(subnet).ID); err != nil {
		return err
	}
	connections := listAt(p, "privateLinkServiceConnections")
	if len(connections) != 1 {
		return w.fail(http.StatusBadRequest, "PrivateEndpointMustHaveOneConnection", "Private endpoint %s must have exactly one private link service connection.", w.r.Path)
	}
	connection := objectAt(connections[0])
	inner := objectAt(connection, "properties")
	target := w.get(textAt(inner, "privateLinkServiceId"))
	l := links()[target.Type]
	groups := textsAt(inner, "groupIds")
	if len(groups) != 1 || !slices.Contains(l.groups, groups[0]) {
		return w.fail(http.StatusBadRequest, "PrivateLinkServiceGroupIdNotFound",
			"Call to %s failed. Error message: The group ids %v are not those of the resource: %s.", target.Type, groups, strings.Join(l.groups, ", "))
	}
	if l.refuse != nil {
		if why := l.refuse(target); why != "" {
			return w.fail(http.StatusBadRequest, "PrivateLinkServiceNotSupported", "Call to %s failed. Error message: %s", target.Type, why)
		}
	}
	connection["id"], connection["type"] = w.r.Path+"/privateLinkServiceConnections/"+textAt(connection, "name"), endpointType+"/privateLinkServiceConnections"
	inner["provisioningState"] = "Succeeded"
	inner["privateLinkServiceConnectionState"] = map[string]any{"status": "Approved", "description": "Auto-approved", "actionsRequired": "None"}
	resourceGUID(w)
	return nil
}

// storeEndpoint gives a new endpoint its interface, with one address for each
// member of its target.
func storeEndpoint(w *write) error {
	if w.old != nil {
		return nil
	}
	p := w.r.Properties
	subnet := w.get(textAt(p, "subnet", "id"))
	inner := objectAt(listAt(p, "privateLinkServiceConnections")[0], "properties")
	target := w.get(textAt(inner, "privateLinkServiceId"))
	name := textAt(p, "customNetworkInterfaceName")
	if name == "" {
		name = w.r.Name + ".nic." + w.tx.UUID()
	}
	var configurations []any
	taken := w.taken(subnet)
	for i, n := range links()[target.Type].names(target) {
		address, ok := free(subnet, taken)
		if !ok {
			return w.fail(http.StatusBadRequest, "SubnetIsFull", "Subnet %s with address prefix %s does not have enough capacity for 1 IP addresses.", subnet.Name, strings.Join(subnetPrefixes(subnet), ","))
		}
		taken[address] = true
		configurations = append(configurations, map[string]any{
			"name": "privateEndpointIpConfig." + w.tx.UUID(),
			"properties": map[string]any{
				"provisioningState": "Succeeded", "privateIPAddress": address.String(), "privateIPAllocationMethod": "Dynamic", "privateIPAddressVersion": "IPv4",
				"primary": i == 0, "subnet": map[string]any{"id": subnet.Path},
				"privateLinkConnectionProperties": map[string]any{"groupId": textsAt(inner, "groupIds")[0], "requiredMemberName": n.member, "fqdns": []string{n.fqdn}},
			},
		})
	}
	a := w.addressOf(w.r)
	nic, err := w.plant("/subscriptions/"+a.subscription+"/resourceGroups/"+a.group+"/providers/"+interfaceType+"/"+name, map[string]any{
		"location": w.r.Location,
		"properties": map[string]any{"ipConfigurations": configurations, "privateEndpoint": map[string]any{"id": w.r.Path},
			"nicType": "Standard", "enableIPForwarding": false, "enableAcceleratedNetworking": false},
	})
	if err != nil {
		return err
	}
	p["networkInterfaces"] = []any{map[string]any{"id": nic.Path}}
	w.save(w.r)
	return nil
}

func goneEndpoint(q *request, r *resource, _ []*resource) {
	for _, n := range listAt(r.Properties, "networkInterfaces") {
		if nic := q.get(textAt(n, "id")); nic != nil {
			q.drop(nic)
		}
	}
}

func showEndpoint(q *request, r *resource, out map[string]any) {
	p := objectAt(out, "properties")
	p["manualPrivateLinkServiceConnections"] = []any{}
	for _, c := range listAt(p, "privateLinkServiceConnections") {
		if q.get(textAt(c, "properties", "privateLinkServiceId")) == nil {
			objectAt(c, "properties")["privateLinkServiceConnectionState"] = map[string]any{
				"status": "Disconnected", "description": "The private link resource was deleted.", "actionsRequired": "",
			}
		}
	}
	configs := []any{}
	if len(q.below(r, "privateDnsZoneGroups")) == 0 { // a zone group takes them over
		for _, n := range q.endpointAddresses(r) {
			configs = append(configs, map[string]any{"fqdn": n.fqdn, "ipAddresses": []string{n.address}})
		}
	}
	p["customDnsConfigs"] = configs
}

type endpointAddress struct {
	endpointName
	address string
}

// endpointAddresses are the names that an endpoint answers, with its address
// for each.
func (q *request) endpointAddresses(r *resource) []endpointAddress {
	byMember := map[string]string{}
	for _, n := range listAt(r.Properties, "networkInterfaces") {
		nic := q.get(textAt(n, "id"))
		if nic == nil {
			continue
		}
		for _, c := range listAt(nic.Properties, "ipConfigurations") {
			byMember[textAt(c, "properties", "privateLinkConnectionProperties", "requiredMemberName")] = textAt(c, "properties", "privateIPAddress")
		}
	}
	var out []endpointAddress
	for _, c := range listAt(r.Properties, "privateLinkServiceConnections") {
		target := q.get(textAt(c, "properties", "privateLinkServiceId"))
		if target == nil {
			continue
		}
		for _, n := range links()[target.Type].names(target) {
			out = append(out, endpointAddress{n, byMember[n.member]})
		}
	}
	return out
}

// taken are the addresses that interfaces have in a subnet.
func (q *request) taken(subnet *resource) map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for _, r := range q.users(subnet.ID, interfaceType, balancerType) {
		for _, c := range append(slices.Clone(listAt(r.Properties, "ipConfigurations")), listAt(r.Properties, "frontendIPConfigurations")...) {
			if a, err := netip.ParseAddr(textAt(c, "properties", "privateIPAddress")); err == nil {
				out[a] = true
			}
		}
	}
	return out
}

// free is the lowest free address: Azure keeps the first four of a subnet and
// its last.
func free(subnet *resource, taken map[netip.Addr]bool) (netip.Addr, bool) {
	for _, p := range prefixesOf(subnetPrefixes(subnet)) {
		a := p.Addr()
		for range 4 {
			a = a.Next()
		}
		for ; p.Contains(a) && p.Contains(a.Next()); a = a.Next() {
			if !taken[a] {
				return a, true
			}
		}
	}
	return netip.Addr{}, false
}
