package blueprint

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// reachability tells who can reach the API, through what, and who can't: as
// far as ranges that are named and connections that are known tell.
func (r *resolver) reachability() []ReachDesign {
	list := []ReachDesign{{From: "nodes", Ranges: r.rangesOf(TierNodes), Through: "network"}}
	if r.spec.Cloud == CloudAWS && r.customNetworking() || r.spec.Cloud == CloudAzure && !r.overlay() {
		list = append(list, ReachDesign{From: "pods", Ranges: r.rangesOf(TierPods), Through: "network"})
	}
	return slices.Concat(list, r.reachFromOutside(), r.reachFromConnections(), r.reachFromInternet())
}

// rangesOf are the ranges of a tier's subnets, sorted.
func (r *resolver) rangesOf(tier string) []string {
	var ranges []string
	for _, subnet := range r.design.Network.Subnets {
		if subnet.Tier == tier && subnet.CIDR != "" {
			ranges = append(ranges, subnet.CIDR)
		}
	}
	return sortedUnique(ranges)
}

// reachFromOutside judges the ranges that the API admits: each needs a way.
// With connections that are told, a range that none of them leads to is worth
// a warning; without any, the network is attached by other means.
func (r *resolver) reachFromOutside() []ReachDesign {
	const path = "network.reachable_from"
	waits := r.unknownForeign()
	var list []ReachDesign
	for i, text := range r.spec.Network.ReachableFrom {
		if waits != "" {
			list = append(list, ReachDesign{From: waits, Ranges: []string{or(firstUnknown(text), text)}, Through: waits, Why: waits})
			continue
		}
		reach := ReachDesign{From: r.rangeName(text), Ranges: []string{text}, Through: r.wayTo(text)}
		if reach.Through == "" {
			reach.Why = "The API admits it, and no connection leads there. Add it to the routes of one in network.connections, or attach the network by other means."
			if len(r.spec.Network.Connections) > 0 {
				r.report.warn(nth(path, i), "reach-no-way", fmt.Sprintf("%s can't reach the API", text), "%s", reach.Why)
			}
		}
		list = append(list, reach)
	}
	return list
}

// rangeName is what a range is called: by the name that it was reserved under.
func (r *resolver) rangeName(text string) string {
	prefix, err := cidr.Parse(text)
	if err != nil {
		return "network.reachable_from"
	}
	for _, name := range slices.Sorted(maps.Keys(r.spec.Network.Reserved)) {
		for _, reserved := range parsed(r.spec.Network.Reserved[name]) {
			if cidr.Contains(reserved, prefix) {
				return name
			}
		}
	}
	return "network.reachable_from"
}

// wayTo says through what a range is reached, or "".
func (r *resolver) wayTo(text string) string {
	prefix, err := cidr.Parse(text)
	if err != nil {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(r.spec.Network.Connections)) {
		for _, route := range parsed(r.spec.Network.Connections[name].Routes) {
			if cidr.Contains(route, prefix) {
				return "connection/" + name
			}
		}
	}
	switch {
	case r.egress() == EgressAppliance:
		return "next_hop"
	case r.givenNetwork():
		return "given routes"
	}
	return ""
}

// connectedTo tells whether a connection leads to an address.
func (r *resolver) connectedTo(address netip.Addr) bool {
	for _, connection := range r.spec.Network.Connections {
		for _, route := range parsed(connection.Routes) {
			if route.Contains(address) {
				return true
			}
		}
	}
	return false
}

// reachFromConnections tells of each connection whether what it leads to is
// admitted.
func (r *resolver) reachFromConnections() []ReachDesign {
	waits := r.unknownForeign()
	var list []ReachDesign
	for _, name := range slices.Sorted(maps.Keys(r.spec.Network.Connections)) {
		reach := ReachDesign{From: "connection/" + name, Ranges: sortedUnique(r.spec.Network.Connections[name].Routes), Through: "connection/" + name}
		if waits != "" {
			reach.Ranges, reach.Through, reach.Why = []string{waits}, waits, waits
		} else if shut := r.notAdmitted(parsed(reach.Ranges)); len(shut) > 0 {
			reach.Ranges, reach.Through = shut, ""
			reach.Why = "It is connected, and the API does not admit it. Add what may reach the API to network.reachable_from."
		}
		list = append(list, reach)
	}
	return list
}

// notAdmitted are the ranges of which the API admits nothing.
func (r *resolver) notAdmitted(routes []netip.Prefix) []string {
	admitted := parsed(r.spec.Network.ReachableFrom)
	var shut []string
	for _, route := range routes {
		if !overlapsAny(route, admitted) {
			shut = append(shut, route.String())
		}
	}
	return shut
}

// reachFromInternet tells who comes over the public endpoint.
func (r *resolver) reachFromInternet() []ReachDesign {
	if !r.publicAPI() {
		return []ReachDesign{{From: "internet", Ranges: []string{"0.0.0.0/0"}, Why: "The API has no public endpoint."}}
	}
	return []ReachDesign{{From: "access.public.allowed_cidrs", Ranges: sortedUnique(r.spec.Access.Public.AllowedCIDRs), Through: "public endpoint"}}
}
