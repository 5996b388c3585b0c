package blueprint

import "slices"

// securityGroups settles what may talk to each subnet. Azure's default rules
// let the network talk to itself and to the internet, and nobody else in; rules
// of ours close the API server's subnet but for those who need it, and the way
// out of an isolated network.
// Source: AKS api-server-vnet-integration, 2026-08 (ports 443, 4443, 9988).
func (r *resolver) securityGroups(design NetworkDesign) map[string]SecurityGroupDesign {
	groups := map[string]SecurityGroupDesign{}
	for key, subnet := range design.Subnets {
		rules := map[string]SecurityRuleDesign{}
		if subnet.Tier == TierControlPlane {
			r.admitToAPI(rules, design)
		} else if r.egress() == EgressIsolated {
			rules["DenyInternet"] = SecurityRuleDesign{
				Direction: "Outbound", Access: "Deny", Priority: 4000, Protocol: "*",
				Sources: []string{"*"}, Destinations: []string{"Internet"}, Ports: []string{"*"},
			}
		}
		if subnet.Tier == TierNodes {
			if plane := design.Subnets[TierControlPlane].CIDR; plane != "" {
				rules["AllowControlPlane"] = inbound(100, []string{plane}, []string{subnet.CIDR}, "443", "4443")
			}
			if r.admitsPublic() {
				rules["AllowInternet"] = inbound(200, []string{"Internet"}, []string{"*"}, "80", "443")
			}
		}
		groups[key] = SecurityGroupDesign{Rules: cloned(rules)}
	}
	return groups
}

// admitToAPI closes the subnet of the API server but for nodes, the cloud's
// load balancer, and those who may reach the API.
func (r *resolver) admitToAPI(rules map[string]SecurityRuleDesign, design NetworkDesign) {
	own := []string{design.Subnets[TierControlPlane].CIDR}
	nodes := []string{or(or(design.Subnets[TierNodes].CIDR, design.CIDR), "VirtualNetwork")}
	if pods := design.Subnets[TierPods].CIDR; pods != "" {
		nodes = append(nodes, pods)
	}
	rules["AllowNodes"] = inbound(100, sortedUnique(nodes), own, "443", "4443")
	rules["AllowBalancer"] = inbound(110, []string{"AzureLoadBalancer"}, own, "9988")
	rules["AllowItself"] = SecurityRuleDesign{
		Direction: "Inbound", Access: "Allow", Priority: 120, Protocol: "*", Sources: own, Destinations: own, Ports: []string{"*"},
	}
	if callers := sortedUnique(r.spec.Network.ReachableFrom); len(callers) > 0 {
		rules["AllowReachable"] = inbound(130, callers, own, "443")
	}
	if r.publicAPI() {
		rules["AllowPublic"] = inbound(140, sortedUnique(r.spec.Access.Public.AllowedCIDRs), own, "443")
	}
	rules["DenyNetwork"] = SecurityRuleDesign{
		Direction: "Inbound", Access: "Deny", Priority: 4000, Protocol: "*",
		Sources: []string{"VirtualNetwork"}, Destinations: []string{"*"}, Ports: []string{"*"},
	}
}

// inbound lets TCP in.
func inbound(priority int, sources, destinations []string, ports ...string) SecurityRuleDesign {
	slices.Sort(ports)
	return SecurityRuleDesign{
		Direction: "Inbound", Access: "Allow", Priority: priority, Protocol: "Tcp",
		Sources: sources, Destinations: destinations, Ports: ports,
	}
}
