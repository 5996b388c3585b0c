package azureapi

import (
	"fmt"
	"net/http"
	"strings"
)

func publicIP() *resourceType {
	return &resourceType{
		name: publicIPType, tracked: true, zoned: true, patch: tagsOnly, etagged: true, flow: networkFlow(), names: networkName,
		sku: fields{"name": oneOf("Basic", "Standard", "StandardV2").or("Standard").once(), "tier": oneOf("Regional", "Global").or("Regional").once()},
		properties: fields{
			"provisioningState":        output(),
			"resourceGuid":             output(),
			"publicIPAllocationMethod": oneOf("Static", "Dynamic").or("Dynamic"),
			"publicIPAddressVersion":   oneOf("IPv4", "IPv6").or("IPv4").once(),
			"idleTimeoutInMinutes":     whole(4, 30).or(4),
			"dnsSettings":              object(fields{"domainNameLabel": text(), "fqdn": output()}),
			"ddosSettings":             object(fields{"protectionMode": oneOf("VirtualNetworkInherited", "Disabled", "Enabled")}),
			"deleteOption":             oneOf("Delete", "Detach"),
			"ipTags":                   list(object(fields{"ipTagType": text(), "tag": text()})),
			"ipAddress":                output(),
			"ipConfiguration":          output(),
			"natGateway":               output(),
		},
		put:    putPublicIP,
		usage:  "PublicIPAddresses",
		usedBy: []string{natType},
		inUse:  "PublicIPAddressCannotBeDeleted",
		show: func(q *request, r *resource, out map[string]any) {
			if users := q.users(r.ID, natType); len(users) > 0 {
				objectAt(out, "properties")["natGateway"] = map[string]any{"id": users[0].Path}
			}
		},
	}
}

func putPublicIP(w *write) error {
	resourceGUID(w)
	p, sku := w.r.Properties, textAt(w.r.SKU, "name")
	switch {
	case sku == "Basic": // retired on 2025-09-30: the limit is 0
		return w.fail(http.StatusBadRequest, "IPv4BasicSkuPublicIpCountLimitReached", "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region.")
	case textAt(p, "publicIPAllocationMethod") != "Static":
		return w.fail(http.StatusBadRequest, "PublicIpWithStandardSkuMustBeStatic", "Public IP %s with %s SKU must have static allocation method.", w.r.Path, sku)
	case sku == "StandardV2" && len(w.r.Zones) > 0 && len(w.r.Zones) != len(locations[w.r.Location].zones()):
		return w.fail(http.StatusBadRequest, "ZonesNotAllowedForStandardV2", "Public IP %s of SKU StandardV2 is zone-redundant: give all zones of the region or none.", w.r.Path)
	}
	if w.old != nil {
		return nil
	}
	if textAt(p, "publicIPAddressVersion") == "IPv6" {
		p["ipAddress"] = fmt.Sprintf("2603:1020:%x:%x::%x", w.tx.Number(0xffff), w.tx.Number(0xffff), w.tx.Number(0xffff)+1)
		return nil
	}
	p["ipAddress"] = w.freeAddress()
	return nil
}

// freeAddress draws a public address that no other object has.
func (w *write) freeAddress() string {
	for {
		a := fmt.Sprintf("20.%d.%d.%d", 33+w.tx.Number(200), w.tx.Number(256), 1+w.tx.Number(254))
		taken := false
		for _, other := range w.all(publicIPType) {
			taken = taken || textAt(other.Properties, "ipAddress") == a
		}
		if !taken {
			return a
		}
	}
}

// inRegion is the resources of a type in a location of the caller's
// subscription.
func (q *request) inRegion(typeName, location string) []*resource {
	var out []*resource
	for _, r := range q.all(typeName) {
		if r.Location == location && strings.EqualFold(r.subscription(), q.address.subscription) {
			out = append(out, r)
		}
	}
	return out
}

func natGateway() *resourceType {
	return &resourceType{
		name: natType, tracked: true, zoned: true, patch: tagsOnly, etagged: true, flow: networkFlow(), names: networkName,
		sku: fields{"name": oneOf("Standard", "StandardV2").or("Standard").once()},
		properties: fields{
			"provisioningState":    output(),
			"resourceGuid":         output(),
			"idleTimeoutInMinutes": whole(4, 120).or(4),
			"publicIpAddresses":    list(ref(publicIPType)),
			"publicIpAddressesV6":  list(ref(publicIPType)),
			"publicIpPrefixes":     emptyList(),
			"publicIpPrefixesV6":   emptyList(),
			"sourceVirtualNetwork": ref(vnetType),
			"subnets":              output(),
		},
		put:    putNat,
		usage:  "NatGateways",
		usedBy: []string{subnetType},
		show: func(q *request, r *resource, out map[string]any) {
			showUsers(q, r, out, "subnets", subnetType)
		},
	}
}

func putNat(w *write) error {
	resourceGUID(w)
	sku := textAt(w.r.SKU, "name")
	switch {
	case sku == "Standard" && len(w.r.Zones) > 1:
		return w.fail(http.StatusBadRequest, "NatGatewayZonesNotSupported", "NAT gateway %s of SKU Standard can be in one zone at most.", w.r.Path)
	case sku == "StandardV2" && !locations[w.r.Location].zoned:
		return w.fail(http.StatusBadRequest, "SkuNotAvailable", "NAT gateway SKU StandardV2 is not available in location %s.", w.r.Location)
	case sku == "StandardV2" && len(w.r.Zones) == 0 && w.old == nil:
		w.r.Zones, _ = clone(locations[w.r.Location].zones()).([]any)
	case w.old != nil && w.r.Zones == nil:
		w.r.Zones = w.old.Zones
	}
	for _, member := range []string{"publicIpAddresses", "publicIpAddressesV6"} {
		for _, entry := range listAt(w.r.Properties, member) {
			address := w.get(textAt(entry, "id"))
			if address == nil {
				continue // the shape has refused it already
			}
			if err := w.sameRegion(w.r.Location, address.ID); err != nil {
				return err
			}
			if have := textAt(address.SKU, "name"); have != sku {
				return w.fail(http.StatusBadRequest, "NatGatewayPublicIpSkuMismatch",
					"NAT gateway %s of SKU %s cannot use public IP %s of SKU %s.", w.r.Path, sku, address.Path, have)
			}
			if want := map[bool]string{true: "IPv6", false: "IPv4"}[member == "publicIpAddressesV6"]; textAt(address.Properties, "publicIPAddressVersion") != want {
				return w.fail(http.StatusBadRequest, "NatGatewayPublicIpVersionMismatch", "Public IP %s in %s of NAT gateway %s is not %s.", address.Path, member, w.r.Path, want)
			}
			for _, user := range w.users(address.ID, natType) {
				if user.ID != w.r.ID {
					return w.fail(http.StatusBadRequest, "PublicIPAddressInUse", "Resource %s is referencing public IP address %s that is already allocated to resource %s.", w.r.Path, address.Path, user.Path)
				}
			}
			if !sameZone(sku, w.r.Zones, address.Zones) {
				return w.fail(http.StatusBadRequest, "NatGatewayZoneMismatch",
					"NAT gateway %s in zones %v cannot use public IP %s in zones %v.", w.r.Path, w.r.Zones, address.Path, address.Zones)
			}
		}
	}
	return nil
}

// sameZone: a zonal gateway takes an address of its zone, or of all zones; a
// gateway without a zone takes any.
func sameZone(sku string, gateway, address []any) bool {
	if sku == "StandardV2" || len(gateway) == 0 || len(address) != 1 {
		return true
	}
	return same(gateway[0], address[0])
}
