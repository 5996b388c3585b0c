package blueprint

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// builtinTiers are the tiers that kready knows the purpose of.
var builtinTiers = []string{TierControlPlane, TierNodes, TierPods, TierIngress, TierEndpoints, TierPublic}

// resolveAWSNetwork settles the VPC: ranges, subnets, ways out, endpoints.
func (r *resolver) resolveAWSNetwork() {
	spec := r.spec.Network
	design := NetworkDesign{
		Scope:         r.networkScope(),
		CIDR:          spec.CIDR,
		Zones:         r.zones,
		Egress:        r.egress(),
		NextHop:       spec.NextHop,
		Subnets:       map[string]SubnetDesign{},
		DefaultClosed: !r.givenNetwork(),
		Existing:      r.existingDesign(),
		FlowLogs:      r.flowLogs(),
		Boundary:      r.aws().PermissionsBoundary,
		Names:         map[string]string{},
		Tags:          cloned(r.spec.Tags),
	}
	design.Endpoints = r.awsEndpoints()
	design.NATGateways = r.natGateways()
	pods := r.planPods()
	r.addPodSubnets(&design, pods)
	r.addTierSubnets(&design)
	if hasInterfaceEndpoints(design.Endpoints) {
		design.AdmittedCIDRs = r.admitted(design)
	}
	design.Connections = r.connections(&design)
	r.nameNetwork(&design)
	r.design.Network = &design
	r.holdRanges(design)
	r.validateSubnetSizes(design)
	r.validateNetworkRanges(design)
	r.validatePins(design)
	r.validateExisting()
	r.validateAWSExisting()
	r.validateAWSNextHop()
	r.validateConnections()
}

// networkScope is where the network lives: it may have a target of its own.
func (r *resolver) networkScope() Scope {
	scope := r.scope(false)
	scope.Target = or(r.spec.Network.Target, r.spec.Target)
	return scope
}

// admitted are the ranges that interface endpoints let in: the network's, the
// pods', and those of subnets that exist, as far as they are told.
func (r *resolver) admitted(design NetworkDesign) []string {
	ranges := slices.Concat(design.PodCIDRs, r.podCIDRs())
	if design.CIDR != "" {
		ranges = append(ranges, design.CIDR)
	}
	for key, subnet := range design.Subnets {
		if r.givenSubnet(key) != "" && subnet.CIDR != "" && (subnet.Tier == TierNodes || subnet.Tier == TierPods) {
			ranges = append(ranges, subnet.CIDR)
		}
	}
	return sortedUnique(ranges)
}

// addTierSubnets places every tier of the network's own range.
func (r *resolver) addTierSubnets(design *NetworkDesign) {
	network, err := cidr.Parse(design.CIDR)
	known := err == nil && network.Addr().Is4()
	bits := 16
	if known {
		bits = network.Bits()
	}
	tiers := r.awsTiers(bits, design)
	r.addGivenSubnets(tiers, design)
	var placed map[string]netip.Prefix
	if known && bits <= smallestSubnet && bits >= 8 {
		placed = r.planNetwork(network, tiers)
	}
	for _, tier := range tiers {
		for _, zone := range r.madeZones(tier.name, tier.zones) {
			key := tier.name + "-" + zone
			subnet := SubnetDesign{Tier: tier.name, Zone: zone, RouteTo: r.routeTo(tier.name, zone, design), Balancer: r.balancer(tier.name)}
			switch prefix, ok := placed[key]; {
			case ok:
				subnet.CIDR = prefix.String()
				if tier.name == TierNodes && !r.customNetworking() && r.prefixDelegation() {
					subnet.Reservations = r.reservations(key, zone, prefix)
				}
			case IsUnknown(design.CIDR):
				subnet.CIDR = design.CIDR
				if tier.name == TierNodes && !r.customNetworking() && r.prefixDelegation() {
					subnet.Reservations = []string{design.CIDR}
				}
			}
			design.Subnets[key] = subnet
		}
	}
}

// addGivenSubnets takes the subnets that exist into the design.
func (r *resolver) addGivenSubnets(tiers []tierPlan, design *NetworkDesign) {
	for _, tier := range tiers {
		for _, zone := range tier.zones {
			if key := subnetKey(tier.name, zone); r.givenSubnet(key) != "" {
				design.Subnets[key] = r.describeGiven(tier.name, zone)
			}
		}
	}
}

// addPodSubnets places the pod subnet of each zone in the secondary ranges.
func (r *resolver) addPodSubnets(design *NetworkDesign, pods podPlan) {
	if !r.customNetworking() {
		return
	}
	for _, prefix := range pods.ranges {
		design.PodCIDRs = append(design.PodCIDRs, prefix.String())
	}
	slices.Sort(design.PodCIDRs)
	if pods.waits != "" {
		design.PodCIDRs = []string{pods.waits}
	}
	for _, zone := range r.zones {
		key := TierPods + "-" + zone
		if r.givenSubnet(key) != "" {
			design.Subnets[key] = r.describeGiven(TierPods, zone)
			continue
		}
		subnet := SubnetDesign{Tier: TierPods, Zone: zone, RouteTo: r.routeTo(TierPods, zone, design), CIDR: pods.waits}
		if prefix, ok := pods.subnets[key]; ok {
			subnet.CIDR = prefix.String()
			if r.prefixDelegation() {
				subnet.Reservations = r.reservations(key, zone, prefix)
			}
		} else if pods.waits != "" && r.prefixDelegation() {
			subnet.Reservations = []string{pods.waits}
		}
		design.Subnets[key] = subnet
	}
}

// reservations keeps those of a subnet that stands while they leave enough
// addresses for interfaces.
func (r *resolver) reservations(key, zone string, prefix netip.Prefix) []string {
	primaries := r.demand.zones[zone].primaries
	if standing, ok := r.priorNetwork().Subnets[key]; ok && standing.CIDR == prefix.String() && len(standing.Reservations) > 0 {
		left := 1 << (32 - prefix.Bits())
		for _, reservation := range parsed(standing.Reservations) {
			left -= 1 << (32 - clamp(reservation.Bits(), 8, 32))
		}
		if left >= primaries+reservedAddresses {
			return standing.Reservations
		}
	}
	return prefixReservations(prefix, primaries)
}

// awsTiers lists the tiers of the network's own range, for a network of that
// prefix length.
func (r *resolver) awsTiers(bits int, design *NetworkDesign) []tierPlan {
	now, later := r.demand.largest(r.growth(), nodeAddresses)
	roomyNodes := bits + 4 // sixteen of them in the network
	if !r.customNetworking() {
		roomyNodes = bits + 3
	}
	balancers := 27 // a load balancer wants a /27 and 8 free addresses
	tiers := []tierPlan{
		{name: TierControlPlane, zones: r.birthZones(), roomy: smallestSubnet, need: smallestSubnet, hard: smallestSubnet},
		{name: TierNodes, zones: r.zones, roomy: roomyNodes, need: bitsFor(later), hard: bitsFor(now)},
		{name: TierIngress, zones: r.zones, roomy: bits + 8, need: balancers, hard: balancers},
	}
	if hasInterfaceEndpoints(design.Endpoints) {
		tiers = append(tiers, tierPlan{name: TierEndpoints, zones: r.zones, roomy: bits + 8, need: 27, hard: bitsFor(len(design.Endpoints))})
	}
	if zones := r.publicZones(design); len(zones) > 0 {
		public := tierPlan{name: TierPublic, zones: zones, roomy: bits + 10, need: smallestSubnet, hard: smallestSubnet}
		if r.publicBalancers() {
			public.roomy, public.need, public.hard = bits+8, balancers, balancers
		}
		tiers = append(tiers, public)
	}
	for _, name := range slices.Sorted(maps.Keys(r.spec.Network.Tiers)) {
		if !slices.Contains(builtinTiers, name) {
			tiers = append(tiers, tierPlan{name: name, zones: r.zones, roomy: bits + 6, need: smallestSubnet, hard: smallestSubnet})
		}
	}
	for i := range tiers {
		tier := &tiers[i]
		tier.roomy = clamp(tier.roomy, largestSubnet, smallestSubnet)
		tier.need = clamp(tier.need, largestSubnet, smallestSubnet)
		tier.hard = clamp(tier.hard, largestSubnet, smallestSubnet)
		if tier.fixed = r.givenBits(tier.name); tier.fixed != 0 {
			continue
		}
		if standing := r.standingBits(tier.name); standing > 0 {
			tier.roomy, tier.need = standing, standing
		}
	}
	return tiers
}

// givenBits is the prefix length that the spec gives a tier's subnets, 0 where
// it gives none that the cloud takes.
func (r *resolver) givenBits(tier string) int {
	largest, smallest := r.subnetSizes()
	if given := r.spec.Network.Tiers[tier].PrefixLength; given >= largest && given <= smallest {
		return given
	}
	return 0
}

// birthZones are the zones that the control plane was born with: it keeps them.
func (r *resolver) birthZones() []string {
	var zones []string
	subnets := r.priorNetwork().Subnets
	for _, key := range r.priorControlPlane().Subnets {
		if zone := subnets[key].Zone; slices.Contains(r.zones, zone) {
			zones = append(zones, zone)
		}
	}
	if len(zones) == 0 {
		return r.zones
	}
	return sortedUnique(zones)
}

// Where the one NAT gateway stands. Regional is the key of such a gateway too.
const (
	natRegional  = "regional"
	natModeZonal = "zonal"
)

// regionalNAT tells whether the one NAT gateway stands in every zone. Without a
// word from the spec, the one that is there stays what it is.
func (r *resolver) regionalNAT() bool {
	if mode := r.aws().NATMode; mode != "" {
		return mode == natRegional
	}
	standing := r.priorNetwork().NATGateways
	if _, zonal := standing["all"]; zonal {
		return false
	}
	if _, regional := standing[natRegional]; regional {
		return true
	}
	return catalog.RegionalNAT(r.spec.Region)
}

// natGateways settles the NAT gateways. One that serves every zone stays in
// the zone in which it was made.
func (r *resolver) natGateways() map[string]NATGatewayDesign {
	if len(r.zones) == 0 || r.givenNetwork() {
		return nil
	}
	gateway := func(zone string) NATGatewayDesign {
		return NATGatewayDesign{Subnet: TierPublic + "-" + zone, Zone: zone}
	}
	switch r.egress() {
	case EgressNAT:
		if r.regionalNAT() {
			return map[string]NATGatewayDesign{natRegional: {Zones: r.zones}}
		}
		zone := r.zones[0]
		if standing := r.priorNetwork().NATGateways["all"].Zone; slices.Contains(r.zones, standing) {
			zone = standing
		}
		return map[string]NATGatewayDesign{"all": gateway(zone)}
	case EgressNATPerZone:
		gateways := map[string]NATGatewayDesign{}
		for _, zone := range r.zones {
			gateways[zone] = gateway(zone)
		}
		return gateways
	}
	return nil
}

// publicBalancers tells whether public load balancers were asked for, which is
// what naming the tier means.
func (r *resolver) publicBalancers() bool {
	_, asked := r.spec.Network.Tiers[TierPublic]
	return asked
}

func (r *resolver) publicZones(design *NetworkDesign) []string {
	if r.publicBalancers() {
		return r.zones
	}
	var zones []string
	for _, gateway := range design.NATGateways {
		if gateway.Subnet != "" {
			zones = append(zones, gateway.Zone)
		}
	}
	return sortedUnique(zones)
}

// routeTo is the default route of a subnet.
func (r *resolver) routeTo(tier, zone string, design *NetworkDesign) string {
	if table := r.existing().RouteTables[subnetKey(tier, zone)]; table != "" {
		return routeGivenPrefix + table
	}
	switch tier {
	case TierPublic:
		return "internet"
	case TierEndpoints, TierIngress:
		return ""
	case TierControlPlane:
		if r.aws().ControlPlaneEgress != "CUSTOMER_ROUTED" {
			return ""
		}
	}
	if !slices.Contains(builtinTiers, tier) && !orBool(r.spec.Network.Tiers[tier].Routable, true) {
		return ""
	}
	switch design.Egress {
	case EgressAppliance:
		return "next_hop"
	case EgressNAT, EgressNATPerZone:
		switch {
		case r.givenNetwork():
			return "" // refused: see validateGivenWayOut
		case design.Egress == EgressNATPerZone:
			return "nat/" + zone
		case r.regionalNAT():
			return "nat/" + natRegional
		}
		return "nat/all"
	}
	return ""
}

func (r *resolver) balancer(tier string) string {
	switch {
	case tier == TierIngress:
		return "internal"
	case tier == TierPublic && r.publicBalancers():
		return "public"
	}
	return ""
}

func (r *resolver) flowLogs() *FlowLogsDesign {
	spec := FlowLogsSpec{}
	if r.spec.Network.FlowLogs != nil {
		spec = *r.spec.Network.FlowLogs
	}
	if !orBool(spec.Enabled, r.report.production) {
		return nil
	}
	return &FlowLogsDesign{RetentionDays: or(spec.RetentionDays, 90), Traffic: or(spec.Traffic, "all")}
}

// nameNetwork names what the network makes.
func (r *resolver) nameNetwork(design *NetworkDesign) {
	prior := r.priorNetwork().Names
	cluster := r.spec.Name
	set := func(key, derived, kind string) {
		design.Names[key] = r.names.name(key, prior[key], derived, kind)
	}
	if !r.givenNetwork() {
		set("vpc", cluster, nameTag)
	}
	if design.FlowLogs != nil {
		set("role/flow-logs", r.roleName("flow-logs"), catalog.NameIAMRole)
		set("log-group/flow-logs", "/kready/"+cluster+"/flow-logs", catalog.NameLogGroup)
		design.RolePath = r.rolePath()
	} else {
		design.Boundary = ""
	}
	if hasInterfaceEndpoints(design.Endpoints) {
		set("security-group/endpoints", cluster+"-endpoints", catalog.NameSecurityGroup)
	}
}

// roleName derives the name of an IAM role. Roles are global in an account, so
// the region is part of it.
func (r *resolver) roleName(purpose string) string {
	prefix := r.aws().RoleNamePrefix
	return prefix + strings.Join([]string{r.spec.Name, r.spec.Region, purpose}, "-")
}

func (r *resolver) rolePath() string { return or(r.aws().RolePath, "/") }

// holdRanges notes every range that the network has, for life.
func (r *resolver) holdRanges(design NetworkDesign) {
	if r.replaced["network"] {
		r.held = map[string]string{}
	}
	for key, subnet := range design.Subnets {
		if old := r.spec.Network.Tiers[subnet.Tier].MovedFrom; old != "" {
			if old = subnetKeyPrefix + subnetKey(old, subnet.Zone); subnet.CIDR == r.held[old] {
				delete(r.held, old)
			}
		}
		if subnet.CIDR != "" && !IsUnknown(subnet.CIDR) {
			r.held[subnetKeyPrefix+key] = subnet.CIDR
		}
	}
	for _, prefix := range design.PodCIDRs {
		if !IsUnknown(prefix) {
			r.held[podRangePrefix+prefix] = prefix
		}
	}
}

// validateSubnetSizes compares every node and pod subnet with what the pools
// need in its zone. A tier is reported once, for the zone that lacks most.
func (r *resolver) validateSubnetSizes(design NetworkDesign) {
	r.validateSubnetSize(design, TierNodes, nodeAddresses)
	if r.customNetworking() {
		r.validateSubnetSize(design, TierPods, podAddresses)
	}
}

func (r *resolver) validateSubnetSize(design NetworkDesign, tier string, of func(zoneDemand) (need, roll int)) {
	var worst netip.Prefix
	zone, need, most := "", 0, 0
	key := ""
	for _, candidate := range slices.Sorted(maps.Keys(r.demand.zones)) {
		prefix, err := cidr.Parse(design.Subnets[subnetKey(tier, candidate)].CIDR)
		wanted, _ := of(r.demand.zones[candidate])
		if lack := wanted - usableAddresses(prefix.Bits()); err == nil && lack > most {
			worst, zone, need, most, key = prefix, candidate, wanted, lack, subnetKey(tier, candidate)
		}
	}
	if key == "" {
		return
	}
	r.cramped = true
	largest, _ := r.subnetSizes()
	place := "In " + zone
	if zone == spanning {
		place = "Over all zones"
	}
	fits := bitsFor(need)
	todo := fmt.Sprintf("A /%d would do. A subnet can't be resized once it is made: lower max_size or max_pods, or spread the pools over another zone.", fits)
	if fits < largest {
		todo = fmt.Sprintf("That is more than a /%d, the largest subnet there is: spread the pools over more zones, lower max_size or max_pods, or build a second cluster.", largest)
	} else if _, stands := r.priorNetwork().Subnets[key]; !stands {
		todo = fmt.Sprintf("A /%d is the smallest that fits: set prefix_length = %d, or leave it out.", fits, fits)
	}
	r.report.fail(at("network.tiers", tier)+".prefix_length", "subnet-too-small",
		fmt.Sprintf("%s (%s) has %d usable addresses, and %d are needed", key, worst, usableAddresses(worst.Bits()), need),
		"%s up to %s run while a pool is updated, and %s keeps %d addresses of each subnet. %s",
		place, plural(r.demand.zones[zone].nodes, "node"), r.words().cloud, reservedAddresses, todo)
}
