package blueprint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

var azureIDs = map[string]*regexp.Regexp{
	"subnets":      regexp.MustCompile(`(?i)` + resourceID + `Microsoft\.Network/virtualNetworks/[A-Za-z0-9_.-]+/subnets/[A-Za-z0-9_.-]+$`),
	"route_tables": regexp.MustCompile(`(?i)` + resourceID + `Microsoft\.Network/routeTables/[A-Za-z0-9_.-]+$`),
}

// givenZones are the purposes of private DNS zones that can be given.
var givenZones = []string{"registry", "vault"}

// validateAzureExisting judges what only a virtual network demands of what
// exists.
func (r *resolver) validateAzureExisting() {
	given, path := r.existing(), "network.existing"
	r.validateDNSTarget()
	if r.spec.Network.Existing == nil {
		return
	}
	r.match(path+".network_id", given.NetworkID, networkID, "existing-id",
		"Give the id of a virtual network: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/NAME.")
	if given.NetworkID == "" && len(given.Subnets) > 0 {
		r.report.fail(path+".network_id", "existing-network", "subnets exist in a network, and none is named", "Give the id of the virtual network that they are in.")
	}
	if len(given.InterfaceEndpoints) > 0 {
		r.report.fail(path+".interface_endpoints", "existing-aws", "a private endpoint on Azure is of one registry or vault",
			"Remove it; a registry or vault that exists is given with registry.existing or vault.existing.")
	}
	if given.ResourceGroup != "" && r.azure().ResourceGroup != "" && given.ResourceGroup != r.azure().ResourceGroup {
		r.report.fail(path+".resource_group", "existing-group", "a cluster and its network stand in one resource group, and two are named", "Remove one of the two; a given network may be in any group.")
	}
	if name := given.ResourceGroup; name != "" && !IsUnknown(name) {
		if err := catalog.ValidateName(catalog.NameResourceGroup, name); err != nil {
			r.report.fail(path+".resource_group", "resource-group", "Azure has no resource group of this name", "%s.", upperFirst(err.Error()))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given.Subnets)) {
		id := given.Subnets[key]
		if given.NetworkID != "" && !IsUnknown(id+given.NetworkID) && !strings.HasPrefix(strings.ToLower(id), strings.ToLower(given.NetworkID)+"/") {
			r.report.fail(at(path+".subnets", key), "existing-elsewhere", "the subnet is in another network", "Give a subnet of %s.", given.NetworkID)
		}
	}
	r.validateGivenRoutes(path, given)
	r.validateGivenZones(path, given)
}

// validateGivenRoutes demands the route table of nodes whose way out is a route:
// AKS refuses a cluster whose identity may not write it.
// Source: learn.microsoft.com, AKS egress with a user-defined route, 2026-08.
func (r *resolver) validateGivenRoutes(path string, given ExistingNetworkSpec) {
	if given.Subnets[TierNodes] == "" || given.RouteTables[TierNodes] != "" || r.platform() || r.azure().RolesExist {
		return
	}
	if r.egress() == EgressAppliance {
		r.report.fail(path+".route_tables", "existing-routes", "AKS demands that the cluster may write the route table of its nodes, and nothing says which that is",
			"Give route_tables = { nodes = \"/subscriptions/…/routeTables/NAME\" }: kready grants the cluster's identity the role on it. Or have its owner grant that, and set azure.role_assignments_exist.")
	}
}

// validateGivenZones judges private DNS zones of the organisation.
func (r *resolver) validateGivenZones(path string, given ExistingNetworkSpec) {
	for _, purpose := range slices.Sorted(maps.Keys(given.PrivateDNSZones)) {
		place, id := at(path+".private_dns_zones", purpose), given.PrivateDNSZones[purpose]
		if !slices.Contains(givenZones, purpose) {
			r.report.fail(place, "existing-zone", fmt.Sprintf("there is no zone for %q", purpose),
				"Use %s; the zone of the API is network.dns.private_zone.", quoted(givenZones))
			continue
		}
		r.match(place, id, dnsZoneID, "existing-id", "Give the id of a private DNS zone: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/privateDnsZones/NAME.")
		link, _ := catalog.LookupPrivateLink(purpose)
		if domain := link.ZoneIn(r.spec.Region); !IsUnknown(id) && dnsZoneID.MatchString(id) && !strings.EqualFold(id[strings.LastIndex(id, "/")+1:], domain) {
			r.report.fail(place, "existing-zone", "names of private endpoints are not looked up in this zone", "Give the id of the zone %s.", domain)
		}
		if given.ZoneGroupsByPolicy {
			r.report.fail(place, "existing-policy", "a policy chooses the zone, and one is given", "Remove the zone, or zone_groups_by_policy.")
		}
	}
}

// validateDNSTarget demands a zone for a target of zones.
func (r *resolver) validateDNSTarget() {
	given := r.existing()
	if dns := r.spec.Network.DNS; dns != nil && dns.Target != "" {
		r.warnOfLogin("network.dns.target", "Private DNS Zone Contributor on the zones")
	}
	if dns := r.spec.Network.DNS; dns != nil && dns.Target != "" && len(given.PrivateDNSZones) == 0 && !strings.HasPrefix(dns.PrivateZone, "/") {
		r.report.fail("network.dns.target", "dns-target", "no zone is given that could live in another target",
			"Give network.existing.private_dns_zones, or the id of a zone under network.dns.private_zone; or remove it.")
	}
}

// warnOfLogin says whose login works in another subscription: ids on Azure are
// absolute, so it is the network's own.
func (r *resolver) warnOfLogin(path, role string) {
	r.report.warn(path, "azure-login", "what is in the other subscription is made with the login of the network's own target", "Give that login %s.", role)
}

// validateAzureConnection judges a peering of virtual networks.
func (r *resolver) validateAzureConnection(path string, spec ConnectionSpec) {
	r.match(path+".peer_network_id", spec.PeerNetworkID, networkID, "connection-id",
		"Give the id of a virtual network: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/NAME.")
	for _, misplaced := range []struct {
		used      bool
		attribute string
	}{
		{spec.TransitGatewayID != "", "transit_gateway_id"}, {spec.GatewayTable != "", "transit_gateway_route_table_id"},
		{len(spec.PropagateTo) > 0, "propagate_to"}, {spec.PeerAccountID != "", "peer_account_id"}, {len(spec.PeerRouteTables) > 0, "peer_route_tables"},
	} {
		if misplaced.used {
			r.report.fail(path+"."+misplaced.attribute, "connection-attribute", "this has no place in a connection on Azure",
				"Networks are peered there with peer_network_id, and a peering brings the routes of both along.")
		}
	}
	if spec.Target != "" {
		r.warnOfLogin(path+".target", "Network Contributor on the peer network")
	}
	gateways := 0
	for _, other := range r.spec.Network.Connections {
		if other.RemoteGateways {
			gateways++
		}
	}
	if spec.RemoteGateways && gateways > 1 {
		r.report.fail(path+".use_remote_gateways", "connection-gateways", "a network uses the gateway of one peer", "Set it for one connection only.")
	}
}
