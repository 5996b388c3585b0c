package azurecloud

import (
	"maps"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// What exists already in a design (network.existing) is read at its id, and
// nothing else happens to it: it is never tagged, changed or deleted.

// givenID is the id of a component that exists already, or "".
func givenID(d blueprint.NetworkDesign, component string) string { return d.Given()[component] }

// networkID is where the virtual network is, or will be.
func (v *view) networkID(d blueprint.NetworkDesign) string {
	if id := givenID(d, "vnet"); id != "" {
		return id
	}
	group := ""
	if d.Azure != nil {
		group = d.Azure.ResourceGroup
	}
	return v.id(group, vnets, d.Names["vnet"])
}

// zoneID is where a private DNS zone is, or will be.
func (v *view) zoneID(group string, zone blueprint.DNSZoneDesign) string {
	if zone.ID != "" {
		return zone.ID
	}
	return v.id(group, dnsZones, zone.Domain)
}

// rememberNetwork gives a virtual network of others the tags that it would have
// if it were kready's, in this view only: what the others are held against.
func (v *view) rememberNetwork(known blueprint.NetworkDesign) {
	vnet := v.find("vnet")
	if vnet == nil || !vnet.given {
		return
	}
	marks := v.tagging.Want(v.ref, "vnet", "", known.Tags)
	workspace := ""
	if known.Azure != nil {
		workspace = known.Azure.WorkspaceID
	}
	maps.Copy(marks, remember(known.Scope, tagWorkspace, workspace))
	v.mu.Lock()
	vnet.marks = marks
	v.mu.Unlock()
}

// groupOfNetwork is the resource group in which the network's own objects are.
func (v *view) groupOfNetwork(vnet *found, known blueprint.NetworkDesign) string {
	if !vnet.given {
		return groupOf(vnet.id)
	}
	if known.Azure != nil && known.Azure.ResourceGroup != "" {
		return known.Azure.ResourceGroup
	}
	return v.place
}

// existingDesign reads back what exists: what is gone is missing from it.
func (v *view) existingDesign(known blueprint.NetworkDesign) *blueprint.ExistingNetworkSpec {
	if known.Existing == nil {
		return nil
	}
	design := blueprint.ExistingNetworkSpec{RouteTables: known.Existing.RouteTables}
	if vnet := v.find("vnet"); vnet != nil && vnet.given {
		design.NetworkID = known.Existing.NetworkID
	}
	for key, id := range known.Existing.Subnets {
		if have := v.find("subnet/" + key); have != nil && have.given {
			if design.Subnets == nil {
				design.Subnets = map[string]string{}
			}
			design.Subnets[key] = id
		}
	}
	return &design
}

// givenSubnet is a subnet that exists in the words of who said so; its range
// where they know it.
func givenSubnet(known blueprint.SubnetDesign, prefix string) blueprint.SubnetDesign {
	if known.CIDR != "" {
		known.CIDR = prefix
	}
	return known
}

// subnetKeyOf is the key of a subnet that a cluster or a pool uses: of one that
// exists its design says which, and others are named by their keys.
func subnetKeyOf(id string, given map[string]string) string {
	for key, one := range given {
		if sameID(one, id) {
			return key
		}
	}
	return nameOf(id)
}

// givenSeen are those of the given subnets that are in use; nil for none.
func givenSeen(known map[string]string, used ...string) map[string]string {
	var seen map[string]string
	for key, id := range known {
		for _, one := range used {
			if !sameID(one, id) {
				continue
			}
			if seen == nil {
				seen = map[string]string{}
			}
			seen[key] = id
		}
	}
	return seen
}
