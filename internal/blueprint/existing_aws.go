package blueprint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Forms of EC2's ids: eight hexadecimal digits in old accounts, seventeen since.
// Source: EC2 user guide, resource ids, 2024-12.
var (
	vpcID     = regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`)
	gatewayID = regexp.MustCompile(`^tgw-([0-9a-f]{8}|[0-9a-f]{17})$`)
	tgwTable  = regexp.MustCompile(`^tgw-rtb-([0-9a-f]{8}|[0-9a-f]{17})$`)
	tableID   = regexp.MustCompile(`^rtb-([0-9a-f]{8}|[0-9a-f]{17})$`)
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	nextHopID = regexp.MustCompile(`^(tgw|vpce|eni|vgw|i)-([0-9a-f]{8}|[0-9a-f]{17})$`)

	awsIDs = map[string]*regexp.Regexp{
		"subnets":      regexp.MustCompile(`^subnet-([0-9a-f]{8}|[0-9a-f]{17})$`),
		"route_tables": tableID,
	}
)

// validateAWSExisting judges what only a VPC demands of what exists.
func (r *resolver) validateAWSExisting() {
	given, path := r.existing(), "network.existing"
	if r.spec.Network.Existing == nil {
		return
	}
	r.match(path+".network_id", given.NetworkID, vpcID, "existing-id", "Give the id of a VPC, such as vpc-0a1b2c3d4e5f67890.")
	for _, azureOnly := range []struct {
		used bool
		name string
	}{
		{given.ResourceGroup != "", "resource_group"}, {len(given.PrivateDNSZones) > 0, "private_dns_zones"}, {given.ZoneGroupsByPolicy, "zone_groups_by_policy"},
	} {
		if azureOnly.used {
			r.report.fail(path+"."+azureOnly.name, "existing-azure", "AWS has no such thing", "Remove it: names of endpoints are found in their VPC by themselves.")
		}
	}
	for i, service := range given.InterfaceEndpoints {
		if _, derived := r.derivedEndpoints()[service]; !derived && !IsUnknown(service) {
			r.report.warn(nth(path+".interface_endpoints", i), "existing-endpoint", fmt.Sprintf("no endpoint of %q would be made", service),
				"It would make %s. Remove it, or correct its name.", quoted(slices.Sorted(maps.Keys(r.derivedEndpoints()))))
		}
	}
	if given.NetworkID == "" {
		return
	}
	r.validateGivenWayOut()
	if r.customNetworking() && !r.allGiven(TierPods, r.zones) && len(r.podCIDRs()) == 0 {
		r.report.fail("network.pods.cidrs", "existing-pods", "kready adds no ranges to a VPC of others",
			"Have a /16 of 100.64.0.0/10 associated with %s and name it under network.pods.cidrs; or give the pods' subnets; or let pods use the nodes' subnets with network.pods.mode = \"routable\".", or(given.NetworkID, "the VPC"))
	}
	if _, public := r.spec.Network.Tiers[TierPublic]; public {
		r.report.fail(at("network.tiers", TierPublic), "existing-public", "kready attaches no internet gateway to a VPC of others",
			"Remove the tier, and let the network's owner run the public load balancers.")
	}
}

// validateGivenWayOut demands that the way out of a given VPC is named: a NAT
// gateway of kready's own would need an internet gateway on it.
func (r *resolver) validateGivenWayOut() {
	egress := r.egress()
	if egress == EgressNAT || egress == EgressNATPerZone {
		var open []string
		for _, tier := range []string{TierNodes, TierPods} {
			for _, zone := range r.zones {
				key := subnetKey(tier, zone)
				if _, has := r.design.Network.Subnets[key]; has && r.givenSubnet(key) == "" && r.existing().RouteTables[key] == "" {
					open = append(open, key)
				}
			}
		}
		if len(open) > 0 {
			r.report.fail("network.existing.route_tables", "existing-egress", "kready makes no NAT gateways in a VPC of others, and these subnets have no other way out",
				"Give the route tables of %s, whose default routes lead to the VPC's own NAT gateways or firewall; or use egress = \"appliance\" with a next_hop, or \"isolated\".", quoted(open))
		}
	}
	if egress != EgressIsolated {
		return
	}
	_, gateway := r.design.Network.Endpoints["s3"]
	if !gateway && !slices.Contains(r.existing().InterfaceEndpoints, "s3") {
		r.report.fail("network.existing.route_tables", "existing-s3", "image layers come from S3, and no route table is named that a gateway endpoint could join",
			"Give the route tables of the subnets of nodes and pods; or say that the VPC has the endpoint: network.existing.interface_endpoints = [\"s3\", …].")
	}
	if hasInterfaceEndpoints(r.design.Network.Endpoints) && r.spec.Network.CIDR == "" {
		r.report.fail("network.cidr", "existing-admitted", "interface endpoints admit the network's range, and it is not given",
			"Give network.cidr, or name the endpoints that exist under network.existing.interface_endpoints.")
	}
}

// joinable tells whether a gateway endpoint has a route table to join: one that
// kready makes, or one that is named.
func (r *resolver) joinable() bool {
	if !r.givenNetwork() {
		return true
	}
	if len(r.existing().RouteTables) > 0 {
		return true
	}
	tiers := []string{TierNodes}
	if r.customNetworking() {
		tiers = append(tiers, TierPods)
	}
	return slices.ContainsFunc(tiers, func(tier string) bool { return !r.allGiven(tier, r.zones) })
}

// validateAWSNextHop judges where egress = "appliance" leads.
func (r *resolver) validateAWSNextHop() {
	const path = "network.next_hop"
	hop, appliance := r.spec.Network.NextHop, r.egress() == EgressAppliance
	switch {
	case !appliance && hop != "":
		r.report.fail(path, "next-hop", "a next hop is given, and egress is not \"appliance\"", "Set egress = \"appliance\", or remove next_hop.")
		return
	case !appliance:
		return
	case hop == "":
		r.report.fail(path, "next-hop", "egress = \"appliance\" needs a next hop",
			"Give the id of a transit gateway (tgw-…), which is also in network.connections; or of a firewall endpoint (vpce-…), interface (eni-…) or virtual private gateway (vgw-…) in a given VPC.")
		return
	case IsUnknown(hop):
		r.report.wait(hop)
		return
	case !nextHopID.MatchString(hop):
		r.report.fail(path, "next-hop", fmt.Sprintf("AWS can't route to %q", hop),
			"Give an id of the form tgw-…, vpce-…, eni-…, vgw-… or i-….")
		return
	}
	if strings.HasPrefix(hop, "tgw-") {
		for _, connection := range r.spec.Network.Connections {
			if connection.TransitGatewayID == hop {
				return
			}
		}
		if !r.givenNetwork() {
			r.report.fail(path, "next-hop-connection", fmt.Sprintf("the network is not attached to %s", hop),
				"Add network.connections = { hub = { transit_gateway_id = %q } }.", hop)
		}
		return
	}
	if !r.givenNetwork() {
		r.report.fail(path, "next-hop-place", fmt.Sprintf("%s can't be in a VPC that is yet to be made", hop),
			"Use a transit gateway, or give the VPC that it is in with network.existing.network_id.")
	}
}
