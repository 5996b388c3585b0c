package blueprint

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

const (
	apiServerDelegation = "Microsoft.ContainerService/managedClusters"
	// apiServerBits is the subnet of the API server: a cluster takes nine
	// addresses or more of it. Source: AKS api-server-vnet-integration, 2026-08.
	apiServerBits = 27

	natZonal     = "all"       // a Standard gateway in one zone serves every subnet
	natRedundant = "redundant" // a StandardV2 gateway stands in every zone
)

// resolveAzureNetwork settles the virtual network: subnets that span the
// zones, security groups, the way out, private DNS, logs.
func (r *resolver) resolveAzureNetwork() {
	spec := r.spec.Network
	azure := NetworkAzureDesign{
		ResourceGroup: r.resourceGroup(), GroupExists: r.givenGroup() != "", WorkspaceID: r.azure().LogWorkspaceID,
		ZonesByPolicy: r.existing().ZoneGroupsByPolicy,
	}
	if dns := spec.DNS; dns != nil {
		azure.DNSTarget = dns.Target
	}
	design := NetworkDesign{
		Scope: r.networkScope(), CIDR: spec.CIDR, Egress: r.egress(), NextHop: spec.NextHop,
		NATGateways: r.azureNATGateways(), Subnets: map[string]SubnetDesign{}, FlowLogs: r.flowLogs(),
		Names: map[string]string{}, Tags: cloned(r.spec.Tags), Azure: &azure, Existing: r.existingDesign(),
	}
	r.addAzureSubnets(&design)
	azure.SecurityGroups = r.securityGroups(design)
	for key := range r.existing().Subnets {
		delete(azure.SecurityGroups, key) // its rules are its owner's
	}
	design.Connections = r.connections(&design)
	azure.DNSZones, azure.DNSLinks = r.privateDNS()
	if azure.WorkspaceID == "" {
		azure.WorkspaceDays = r.workspaceDays(design.FlowLogs)
	}
	r.nameAzureNetwork(&design)
	r.design.Network = &design
	r.holdRanges(design)
	r.validateSubnetSize(design, TierNodes, nodeAddresses)
	if !r.overlay() && !r.platform() {
		r.validateSubnetSize(design, TierPods, podAddresses)
	}
	r.validateNetworkRanges(design)
	r.validatePins(design)
	r.validateExisting()
	r.validateAzureExisting()
	r.validateConnections()
}

// azureNATGateways settles the NAT gateway: a subnet takes only one.
func (r *resolver) azureNATGateways() map[string]NATGatewayDesign {
	if r.platform() || r.allGiven(TierNodes, []string{spanning}) {
		return nil // a subnet that exists has the way out that its owner gave it
	}
	switch r.egress() {
	case EgressNAT:
		gateway := NATGatewayDesign{SKU: "Standard"}
		if len(r.zones) > 0 {
			gateway.Zone = r.zones[0]
		}
		if standing := r.priorNetwork().NATGateways[natZonal]; standing.SKU != "" && slices.Contains(r.zones, standing.Zone) {
			gateway.Zone = standing.Zone
		}
		return map[string]NATGatewayDesign{natZonal: gateway}
	case EgressNATPerZone:
		return map[string]NATGatewayDesign{natRedundant: {SKU: "StandardV2"}}
	}
	return nil
}

// addAzureSubnets places the subnet of every tier in the network's range.
func (r *resolver) addAzureSubnets(design *NetworkDesign) {
	network, err := cidr.Parse(design.CIDR)
	known := err == nil && network.Addr().Is4()
	bits := 16
	if known {
		bits = network.Bits()
	}
	tiers := r.azureTiers(bits)
	var placed map[string]netip.Prefix
	if _, smallest := r.subnetSizes(); known && bits <= smallest && bits >= 8 {
		placed = r.planNetwork(network, tiers)
	}
	for _, tier := range tiers {
		if r.givenSubnet(tier.name) != "" {
			design.Subnets[tier.name] = r.describeGiven(tier.name, spanning)
			continue
		}
		if len(r.madeZones(tier.name, tier.zones)) == 0 {
			continue
		}
		subnet := SubnetDesign{Tier: tier.name, OutboundOff: true, EndpointRule: "Enabled"}
		if prefix, ok := placed[tier.name]; ok {
			subnet.CIDR = prefix.String()
		} else if IsUnknown(design.CIDR) {
			subnet.CIDR = design.CIDR
		}
		switch tier.name {
		case TierControlPlane:
			subnet.Delegation = apiServerDelegation
		case TierIngress:
			subnet.Balancer = "internal"
		}
		r.azureWayOut(&subnet)
		design.Subnets[tier.name] = subnet
	}
}

// azureWayOut joins a subnet to the gateway or route table of its way out.
func (r *resolver) azureWayOut(subnet *SubnetDesign) {
	if table := r.existing().RouteTables[subnet.Tier]; table != "" {
		subnet.RouteTo = routeGivenPrefix + table
		subnet.RouteTable = RouteTableKey(subnet.RouteTo)
		return
	}
	builtin := slices.Contains(builtinTiers, subnet.Tier)
	if builtin && subnet.Tier != TierNodes && subnet.Tier != TierPods {
		return
	}
	if !builtin && !orBool(r.spec.Network.Tiers[subnet.Tier].Routable, true) {
		return
	}
	switch r.egress() {
	case EgressAppliance:
		subnet.RouteTo, subnet.RouteTable = "next_hop", RouteTableKey("next_hop")
	case EgressNAT:
		subnet.RouteTo, subnet.NATGateway = "nat/"+natZonal, natZonal
	case EgressNATPerZone:
		subnet.RouteTo, subnet.NATGateway = "nat/"+natRedundant, natRedundant
	}
}

// azureTiers lists the tiers of a network of that prefix length.
func (r *resolver) azureTiers(bits int) []tierPlan {
	span := []string{spanning}
	if r.platform() { // private endpoints are all that stands in it
		endpoints := tierPlan{name: TierEndpoints, zones: span, roomy: min(bits+2, 27), need: 28, hard: 29}
		endpoints.fixed = r.givenBits(TierEndpoints)
		if standing := r.standingBits(TierEndpoints); endpoints.fixed == 0 && standing > 0 {
			endpoints.roomy, endpoints.need = standing, standing
		}
		return []tierPlan{endpoints}
	}
	now, _ := r.demand.largest(1, nodeAddresses)
	_, later := r.demand.largest(r.growth(), nodeAddresses)
	tiers := []tierPlan{
		{name: TierNodes, zones: span, roomy: bits + 4, need: bitsFor(later), hard: bitsFor(now)},
		{name: TierIngress, zones: span, roomy: bits + 8, need: 27, hard: 28},
		{name: TierEndpoints, zones: span, roomy: bits + 8, need: 27, hard: 28},
	}
	if r.integrated() {
		tiers = append(tiers, tierPlan{name: TierControlPlane, zones: span, roomy: apiServerBits, need: apiServerBits, hard: apiServerBits})
	}
	if !r.overlay() {
		now, _ := r.demand.largest(1, podAddresses)
		_, later := r.demand.largest(r.growth(), podAddresses)
		tiers = append(tiers, tierPlan{name: TierPods, zones: span, roomy: bits + 2, need: bitsFor(later), hard: bitsFor(now)})
	}
	for _, name := range slices.Sorted(maps.Keys(r.spec.Network.Tiers)) {
		if !slices.Contains(builtinTiers, name) {
			tiers = append(tiers, tierPlan{name: name, zones: span, roomy: bits + 6, need: 28, hard: 29})
		}
	}
	largest, smallest := r.subnetSizes()
	for i := range tiers {
		tier := &tiers[i]
		tier.roomy = clamp(tier.roomy, largest, smallest)
		tier.need = clamp(tier.need, largest, smallest)
		tier.hard = clamp(tier.hard, largest, smallest)
		if tier.fixed = r.givenBits(tier.name); tier.fixed != 0 {
			continue
		}
		if standing := r.standingBits(tier.name); standing > 0 {
			tier.roomy, tier.need = standing, standing
		}
	}
	return tiers
}

// integrated tells whether the API server stands in a subnet of the network.
func (r *resolver) integrated() bool {
	return r.azure().PrivateCluster != "private_link"
}

// workspaceDays is how long the workspace keeps logs: as long as the logs that
// are kept longest.
func (r *resolver) workspaceDays(flows *FlowLogsDesign) int {
	days := 30
	if r.report.production {
		days = 90
	}
	if logs := r.spec.ControlPlaneLogs; logs != nil {
		days = or(logs.RetentionDays, days)
	}
	if flows != nil {
		days = max(days, flows.RetentionDays)
	}
	return days
}

// Public load balancers on Azure stand outside the network; naming the tier
// lets their traffic in.
func (r *resolver) admitsPublic() bool { return r.publicBalancers() && r.egress() != EgressIsolated }

// nameAzureNetwork names what the network makes.
func (r *resolver) nameAzureNetwork(design *NetworkDesign) {
	prior := r.priorNetwork().Names
	cluster := r.spec.Name
	kinds := map[string]string{
		"nsg": catalog.NameNSG, "route-table": catalog.NameRouteTable, "public-ip": catalog.NamePublicIP, "nat": catalog.NameNATGateway,
	}
	for _, key := range design.Components() {
		kind, name, _ := strings.Cut(key, "/")
		switch kind {
		case "vnet":
			if r.givenNetwork() {
				continue
			}
			design.Names[key] = r.names.name(key, prior[key], cluster+"-vnet", catalog.NameVirtualNetwork)
		case "nsg", "route-table", "public-ip", "nat":
			design.Names[key] = r.names.name(key, prior[key], cluster+"-"+name, kinds[kind])
		case "workspace":
			design.Names[key] = r.names.name(key, prior[key], cluster+"-logs", catalog.NameLogWorkspace)
		case "flow-log":
			design.Names[key] = r.names.name(key, prior[key], cluster+"-flow-logs", nameTag)
		case "storage-account":
			derived := r.worldName(lettersAndDigits(cluster), key, maxStorageAccount, "")
			design.Names[key] = r.names.name(key, prior[key], derived, nameStorageAccount)
		}
	}
}

// privateDNS settles the zones in which private names are found, and who
// resolves them. The zone of the API is the cluster's own, so that another
// network can be linked to the zones of several clusters.
func (r *resolver) privateDNS() (map[string]DNSZoneDesign, map[string]DNSLinkDesign) {
	zones, links := map[string]DNSZoneDesign{}, map[string]DNSLinkDesign{}
	add := func(key, service string) {
		link, _ := catalog.LookupPrivateLink(service)
		zones[key] = DNSZoneDesign{ID: r.existing().PrivateDNSZones[key], Domain: link.ZoneIn(r.spec.Region)}
		links[key] = DNSLinkDesign{Zone: key, Name: r.spec.Name}
	}
	byPolicy := r.existing().ZoneGroupsByPolicy
	if r.spec.Registry != nil && r.spec.Registry.Existing == nil && !byPolicy {
		add("registry", "registry")
	}
	if r.makesVaults() && !byPolicy {
		add("vault", "vault")
	}
	if !r.platform() && r.privateZone() == "own" {
		const label = 32 // longest sub-zone; AKS private-clusters, 2026-08
		zones["cluster"] = DNSZoneDesign{Domain: fitted(r.spec.Name, label) + "." + r.apiZone()}
		for _, network := range sortedUnique(r.spec.Network.DNS.LinkNetworks) {
			name := network
			if !IsUnknown(network) {
				name = network[strings.LastIndex(network, "/")+1:] + "-" + shortHash(strings.ToLower(network))
			}
			links["cluster-"+name] = DNSLinkDesign{Zone: "cluster", NetworkID: network, Name: fitted(name, 80)}
		}
	}
	return zones, links
}

// apiZone is the zone in which AKS puts private names of APIs.
func (r *resolver) apiZone() string {
	service := "cluster"
	if r.integrated() {
		service = "cluster-integrated"
	}
	link, _ := catalog.LookupPrivateLink(service)
	return link.ZoneIn(r.spec.Region)
}

// privateZone says whose the API's zone is: the word "system", "none" or "own",
// or the id of a zone; empty where the API is public. Networks can be linked
// only to a zone that AKS doesn't lock, so asking for links asks for one.
func (r *resolver) privateZone() string {
	if r.publicAPI() {
		return ""
	}
	dns := r.spec.Network.DNS
	switch {
	case dns == nil:
		return "system"
	case dns.PrivateZone == "" && len(dns.LinkNetworks) > 0:
		return "own"
	}
	return or(dns.PrivateZone, "system")
}

func (r *resolver) publicAPI() bool {
	return r.spec.Access != nil && r.spec.Access.Public != nil && len(r.spec.Access.Public.AllowedCIDRs) > 0
}
