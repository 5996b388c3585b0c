package azureapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// reservedRanges cannot be pods', services' or nodes' addresses on AKS.
// Source: azure-aks-docs, concepts-network-cni-overview.
var reservedRanges = prefixesOf([]string{"169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"})

// clusterNetwork fills and checks the network profile.
func clusterNetwork(w *write) error {
	n := objectAt(w.r.Properties, "networkProfile")
	if n == nil {
		n = map[string]any{"networkPlugin": "azure", "networkDataplane": "azure", "loadBalancerSku": "standard"}
		w.r.Properties["networkProfile"] = n
	}
	usual := func(name string, v any) {
		if n[name] == nil {
			n[name] = clone(v)
		}
	}
	usual("outboundType", "loadBalancer")
	usual("serviceCidr", "10.0.0.0/16")
	usual("dnsServiceIP", dnsOf(textAt(n, "serviceCidr")))
	usual("serviceCidrs", []string{textAt(n, "serviceCidr")})
	usual("ipFamilies", []string{"IPv4"})
	usual("networkPolicy", "none")
	overlay := textAt(n, "networkPluginMode") == "overlay"
	if overlay || textAt(n, "networkPlugin") == "kubenet" {
		usual("podCidr", "10.244.0.0/16")
		n["podCidrs"] = []any{textAt(n, "podCidr")}
	}
	switch {
	case textAt(n, "loadBalancerSku") == "basic": // retired on 2025-09-30
		return w.invalid("networkProfile.loadBalancerSku", "Basic load balancers are retired.")
	case textAt(n, "networkDataplane") == "cilium" && textAt(n, "networkPlugin") != "azure":
		return w.invalid("networkProfile.networkDataplane", "Network dataplane cilium requires network plugin azure.")
	case textAt(n, "networkPolicy") == "cilium" && textAt(n, "networkDataplane") != "cilium":
		return w.invalid("networkProfile.networkPolicy", "Network policy cilium requires network dataplane cilium.")
	case overlay && textAt(n, "networkPlugin") != "azure":
		return w.invalid("networkProfile.networkPluginMode", "Plugin mode overlay requires network plugin azure.")
	case !overlay && textAt(n, "networkPlugin") == "azure" && textAt(n, "podCidr") != "":
		return w.invalid("networkProfile.podCidr", "podCidr cannot be set with network plugin azure without plugin mode overlay.")
	case flagAt(n, "advancedNetworking", "security", "enabled") && textAt(n, "networkDataplane") != "cilium":
		return w.invalid("networkProfile.advancedNetworking", "Container network security requires network dataplane cilium.")
	case flagAt(n, "staticEgressGatewayProfile", "enabled"):
		return w.invalid("networkProfile.staticEgressGatewayProfile", "This sandbox does not model static egress gateways.")
	}
	if err := w.clusterRanges(n); err != nil {
		return err
	}
	return w.outbound(n)
}

// dnsOf is the tenth address of a service range.
func dnsOf(serviceCidr string) any {
	p, err := netip.ParsePrefix(serviceCidr)
	if err != nil {
		return nil
	}
	a := p.Addr()
	for range 10 {
		a = a.Next()
	}
	return a.String()
}

func (w *write) clusterRanges(n map[string]any) error {
	service, err := netip.ParsePrefix(textAt(n, "serviceCidr"))
	if err != nil || service != service.Masked() {
		return w.invalid("networkProfile.serviceCidr", "%s is not a valid range.", textAt(n, "serviceCidr"))
	}
	if service.Bits() < 12 {
		return w.invalid("networkProfile.serviceCidr", "%s must be smaller than /12.", service)
	}
	dns, err := netip.ParseAddr(textAt(n, "dnsServiceIP"))
	if err != nil || !service.Contains(dns) {
		return w.fail(http.StatusBadRequest, "DnsServiceIpOutOfServiceCidr", "The dnsServiceIP %s is out of range of serviceCidr %s.", textAt(n, "dnsServiceIP"), service)
	}
	if dns == service.Addr() || dns == service.Addr().Next() {
		return w.invalid("networkProfile.dnsServiceIP", "%s is one of the first addresses of %s, which is taken.", dns, service)
	}
	ours := []netip.Prefix{service}
	if text := textAt(n, "podCidr"); text != "" {
		pods, err := netip.ParsePrefix(text)
		if err != nil || pods != pods.Masked() {
			return w.invalid("networkProfile.podCidr", "%s is not a valid range.", text)
		}
		if pods.Overlaps(service) {
			return w.fail(http.StatusBadRequest, "PodCidrOverlapServiceCidr", "The specified pod CIDR %s overlaps with the service CIDR %s.", pods, service)
		}
		if w.old != nil {
			before, _ := netip.ParsePrefix(textAt(w.old.Properties, "networkProfile", "podCidr"))
			if before.IsValid() && before != pods && (pods.Bits() > before.Bits() || !pods.Contains(before.Addr())) {
				return w.fail(http.StatusBadRequest, "InvalidPodCidrChange", "The pod CIDR can only grow to one that contains it: %s does not contain %s.", pods, before)
			}
		}
		ours = append(ours, pods)
	}
	for _, p := range ours {
		if i := slices.IndexFunc(reservedRanges, p.Overlaps); i >= 0 {
			return w.invalid("networkProfile", "%s overlaps with %s, which AKS reserves.", p, reservedRanges[i])
		}
	}
	return w.apart(ours)
}

// apart refuses service and pod ranges that overlap with the cluster's network.
func (w *write) apart(ours []netip.Prefix) error {
	for _, vnet := range w.vnets() {
		for _, s := range w.below(vnet, "subnets") {
			for _, there := range prefixesOf(subnetPrefixes(s)) {
				for i, p := range ours {
					if !p.Overlaps(there) {
						continue
					}
					if i == 0 {
						return w.fail(http.StatusBadRequest, "ServiceCidrOverlapExistingSubnetsCidr", "The specified service CIDR %s is conflicted with an existing subnet CIDR %s.", p, there)
					}
					return w.fail(http.StatusBadRequest, "PodCidrOverlapExistingSubnetsCidr", "The specified pod CIDR %s is conflicted with an existing subnet CIDR %s.", p, there)
				}
			}
		}
	}
	return nil
}

// subnetsNamed are the ids of all subnets that the cluster's body names: for
// nodes, for pods, for the API server.
func (w *write) subnetsNamed() []string {
	var out []string
	add := func(id string) {
		if id != "" && !slices.ContainsFunc(out, func(have string) bool { return strings.EqualFold(have, id) }) {
			out = append(out, id)
		}
	}
	profiles := listAt(w.body, "properties", "agentPoolProfiles")
	for _, p := range profiles {
		add(textAt(p, "vnetSubnetID"))
		add(textAt(p, "podSubnetID"))
	}
	if profiles == nil && w.old != nil {
		for _, pool := range w.below(w.old, "agentPools") {
			add(textAt(pool.Properties, "vnetSubnetID"))
			add(textAt(pool.Properties, "podSubnetID"))
		}
	}
	add(textAt(w.r.Properties, "apiServerAccessProfile", "subnetId"))
	return out
}

// vnets are the networks of those subnets.
func (w *write) vnets() []*resource {
	var out []*resource
	for _, id := range w.subnetsNamed() {
		if s := w.get(id); s != nil {
			if vnet := w.vnetOf(s); !slices.Contains(out, vnet) {
				out = append(out, vnet)
			}
		}
	}
	return out
}

// nodeSubnets are the subnets of the nodes in the cluster's body.
func (w *write) nodeSubnets() []*resource {
	var out []*resource
	profiles := listAt(w.body, "properties", "agentPoolProfiles")
	for _, p := range profiles {
		if s := w.get(textAt(p, "vnetSubnetID")); s != nil {
			out = append(out, s)
		}
	}
	if profiles == nil && w.old != nil {
		for _, pool := range w.below(w.old, "agentPools") {
			if s := w.get(textAt(pool.Properties, "vnetSubnetID")); s != nil {
				out = append(out, s)
			}
		}
	}
	return out
}

// outbound checks that the way out that the cluster is told to take is there.
func (w *write) outbound(n map[string]any) error {
	kind := textAt(n, "outboundType")
	subnets := w.nodeSubnets()
	delete(w.r.Kept, "doomed")
	switch kind {
	case "loadBalancer":
		if n["loadBalancerProfile"] == nil {
			n["loadBalancerProfile"] = clone(map[string]any{"managedOutboundIPs": map[string]any{"count": 1}, "backendPoolType": "NodeIPConfiguration"})
		}
	case "managedNATGateway":
		if len(subnets) > 0 {
			return w.fail(http.StatusBadRequest, "ManagedNATGatewayNotSupportedWithCustomVNet", "The outbound type managedNATGateway is for clusters in a network that AKS makes. Use userAssignedNATGateway with your own.")
		}
	case "userAssignedNATGateway", "userDefinedRouting":
		if len(subnets) == 0 {
			return w.invalid("networkProfile.outboundType", "Outbound type %s requires a virtual network of your own.", kind)
		}
		for _, s := range subnets {
			if kind == "userAssignedNATGateway" && textAt(s.Properties, "natGateway", "id") == "" {
				return w.fail(http.StatusBadRequest, "NatGatewayNotAssociatedWithSubnet", "An existing NAT gateway has not been associated with subnet %s. Please update the NAT gateway association.", s.Path)
			}
			if kind == "userDefinedRouting" {
				if err := w.routed(s); err != nil {
					return err
				}
			}
		}
	case "none":
		if textAt(w.r.Properties, "bootstrapProfile", "artifactSource") != "Cache" {
			return w.invalid("networkProfile.outboundType", "Outbound type none requires bootstrapProfile.artifactSource Cache: nodes cannot reach the internet.")
		}
	}
	return nil
}

// routed checks the routes of a cluster that leaves by them. A table without a
// default route is accepted, and the nodes then fail to start: so does Azure.
func (w *write) routed(s *resource) error {
	table := w.get(textAt(s.Properties, "routeTable", "id"))
	if table == nil {
		return w.fail(http.StatusBadRequest, "ExistingRouteTableNotAssociatedWithSubnet",
			"An existing route table has not been associated with subnet %s. Please update the route table association.", s.Path)
	}
	for _, r := range w.below(table, "routes") {
		if textAt(r.Properties, "addressPrefix") == "0.0.0.0/0" && textAt(r.Properties, "nextHopType") != "None" {
			return nil
		}
	}
	if w.old == nil {
		w.keep("doomed", "VMExtensionError_OutboundConnFail: VMExtensionProvisioningError: Failed to establish outbound connection: the route table "+table.Path+" has no default route")
	}
	return nil
}

// keep remembers something about the new resource.
func (w *write) keep(name string, v any) {
	if w.r.Kept == nil {
		w.r.Kept = map[string]any{}
	}
	w.r.Kept[name] = v
}
