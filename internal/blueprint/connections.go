package blueprint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

var connectionName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// connections settles the links to other networks.
func (r *resolver) connections(design *NetworkDesign) map[string]ConnectionDesign {
	if len(r.spec.Network.Connections) == 0 {
		return nil
	}
	connections := map[string]ConnectionDesign{}
	for name, spec := range r.spec.Network.Connections {
		connection := ConnectionDesign{
			TransitGatewayID: spec.TransitGatewayID, GatewayTable: spec.GatewayTable, PropagateTo: sortedUnique(spec.PropagateTo),
			PeerNetworkID: spec.PeerNetworkID, PeerAccountID: spec.PeerAccountID, PeerRouteTables: sortedUnique(spec.PeerRouteTables),
			Routes: sortedUnique(spec.Routes), Target: spec.Target, RemoteGateways: spec.RemoteGateways,
		}
		if r.spec.Cloud == CloudAzure {
			connection.ForwardedTraffic = orBool(spec.ForwardedTraffic, true)
		}
		if spec.TransitGatewayID != "" {
			connection.Subnets = r.attachmentSubnets(design)
		}
		connections[name] = connection
	}
	return connections
}

// attachmentSubnets are where a transit gateway puts its interfaces: one a zone,
// among the nodes, whose subnets are the largest.
func (r *resolver) attachmentSubnets(design *NetworkDesign) []string {
	var keys []string
	for _, zone := range r.zones {
		if key := subnetKey(TierNodes, zone); design.Subnets[key].Tier != "" {
			keys = append(keys, key)
		}
	}
	return sortedUnique(keys)
}

// validateConnections judges the links on both clouds.
func (r *resolver) validateConnections() {
	owners := map[string]string{} // connection that has the far side already
	for _, name := range slices.Sorted(maps.Keys(r.spec.Network.Connections)) {
		spec, path := r.spec.Network.Connections[name], at("network.connections", name)
		if !connectionName.MatchString(name) {
			r.report.fail(path, "connection-name", fmt.Sprintf("%q is no name of a connection", name), "Use 1 to 31 lower-case letters, digits and hyphens, starting with a letter.")
		}
		far := or(spec.TransitGatewayID, spec.PeerNetworkID)
		switch {
		case spec.TransitGatewayID != "" && spec.PeerNetworkID != "":
			r.report.fail(path, "connection-kind", "a connection leads to one thing", "Give a transit gateway or a network to peer with, and the other one under a name of its own.")
		case far == "":
			r.report.fail(path, "connection-kind", "the connection leads nowhere", "Give %s.", map[bool]string{true: "peer_network_id", false: "transit_gateway_id or peer_network_id"}[r.spec.Cloud == CloudAzure])
		case owners[strings.ToLower(far)] != "" && !IsUnknown(far):
			r.report.fail(path, "connection-double", fmt.Sprintf("connection %q leads there already", owners[strings.ToLower(far)]), "Merge the two.")
		}
		owners[strings.ToLower(far)] = name
		r.validateConnectionRoutes(path, name, spec)
		if r.spec.Cloud == CloudAzure {
			r.validateAzureConnection(path, spec)
		} else {
			r.validateAWSConnection(path, spec)
		}
	}
	if r.spec.Cloud == CloudAWS {
		r.validatePodsApart()
	}
}

// validateConnectionRoutes refuses a range that two connections claim.
func (r *resolver) validateConnectionRoutes(path, name string, spec ConnectionSpec) {
	for i, text := range spec.Routes {
		prefix, err := cidr.Parse(text)
		if err != nil {
			continue // reported with the other ranges
		}
		for _, other := range slices.Sorted(maps.Keys(r.spec.Network.Connections)) {
			if other >= name {
				break
			}
			for _, theirs := range parsed(r.spec.Network.Connections[other].Routes) {
				if theirs == prefix {
					r.report.fail(nth(path+".routes", i), "connection-route", fmt.Sprintf("connection %q leads to %s already", other, prefix),
						"A range has one way. Remove it here or there; a longer prefix wins over a shorter one.")
				}
			}
		}
		if prefix.Bits() == 0 {
			r.report.fail(nth(path+".routes", i), "connection-default", "the default route is the way out",
				"Use egress = \"appliance\" with next_hop, and name the ranges of the organisation here.")
		}
	}
}

func (r *resolver) validateAWSConnection(path string, spec ConnectionSpec) {
	r.match(path+".transit_gateway_id", spec.TransitGatewayID, gatewayID, "connection-id", "Give the id of a transit gateway, such as tgw-0a1b2c3d4e5f67890.")
	r.match(path+".transit_gateway_route_table_id", spec.GatewayTable, tgwTable, "connection-id", "Give the id of a transit gateway route table, such as tgw-rtb-0a1b2c3d4e5f67890.")
	r.match(path+".peer_network_id", spec.PeerNetworkID, vpcID, "connection-id", "Give the id of a VPC, such as vpc-0a1b2c3d4e5f67890.")
	r.match(path+".peer_account_id", spec.PeerAccountID, accountID, "connection-id", "Give the twelve digits of an account.")
	for i, id := range spec.PropagateTo {
		r.match(nth(path+".propagate_to", i), id, tgwTable, "connection-id", "Give the id of a transit gateway route table, such as tgw-rtb-0a1b2c3d4e5f67890.")
	}
	for i, id := range spec.PeerRouteTables {
		r.match(nth(path+".peer_route_tables", i), id, tableID, "connection-id", "Give the id of a route table, such as rtb-0a1b2c3d4e5f67890.")
	}
	for _, misplaced := range []struct {
		used      bool
		attribute string
		todo      string
	}{
		{spec.PeerNetworkID == "" && spec.PeerAccountID != "", "peer_account_id", "It says whose VPC peer_network_id is. Remove it."},
		{spec.PeerNetworkID == "" && len(spec.PeerRouteTables) > 0, "peer_route_tables", "They are those of a peer VPC; a transit gateway learns ranges with propagate_to."},
		{spec.TransitGatewayID == "" && spec.GatewayTable != "", "transit_gateway_route_table_id", "A peering has none. Remove it."},
		{spec.TransitGatewayID == "" && len(spec.PropagateTo) > 0, "propagate_to", "A peering propagates nothing: name the peer's route tables under peer_route_tables."},
		{spec.RemoteGateways, "use_remote_gateways", "AWS has no such thing: attach the network to the transit gateway of the VPN."},
		{spec.ForwardedTraffic != nil, "forwarded_traffic", "AWS has no such switch: a peering carries no traffic of others, and a transit gateway all that is routed."},
	} {
		if misplaced.used {
			r.report.fail(path+"."+misplaced.attribute, "connection-attribute", "this has no place in this connection", "%s", misplaced.todo)
		}
	}
	if spec.PeerAccountID != "" && spec.Target == "" {
		r.report.warn(path+".target", "connection-accept", "the peering waits until the other account accepts it",
			"Name the provider target of that account, and kready accepts it; or have it accepted and apply again: until then nothing passes.")
	}
	if len(spec.PeerRouteTables) > 0 && spec.PeerAccountID != "" && spec.Target == "" {
		r.report.fail(path+".peer_route_tables", "connection-target", "route tables of another account can't be changed from here", "Name the provider target of that account under target, or leave them to its owner.")
	}
}

// validatePodsApart demands that pod ranges which others get to know are
// chosen: the default is the same in every cluster. A transit gateway
// propagates every range of a VPC, and a peering refuses ranges that overlap.
// Source: EC2 user guide, VPC peering limitations, 2023-04.
func (r *resolver) validatePodsApart() {
	if len(r.spec.Network.Connections) == 0 || !r.customNetworking() || len(r.podCIDRs()) > 0 || r.givenNetwork() {
		return
	}
	if r.prior != nil && len(r.priorNetwork().Connections) > 0 {
		return // it stands, with the range that it has
	}
	r.report.fail("network.pods.cidrs", "connection-pods", "connected networks would learn the default pod range, which is the same in every cluster",
		"The second network that brings it is refused, or gets the first one's traffic. Give network.pods.cidrs: a /16 out of %s that no other connected network has; kready_cidr_pool hands them out.", cidr.SharedSpace())
}
