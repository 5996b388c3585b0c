package blueprint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What others own has a place in a design: its id stands where the object that
// kready would make stands else, and nobody makes, changes or deletes it.

// Words of SubnetDesign.RouteTo for what exists already.
const (
	routeGiven       = "given"  // whatever the subnet has
	routeGivenPrefix = "given/" // a route table, by id
)

// existing returns the parts of the network that exist, empty where all is made.
func (r *resolver) existing() ExistingNetworkSpec {
	if r.spec.Network.Existing == nil {
		return ExistingNetworkSpec{}
	}
	return *r.spec.Network.Existing
}

// givenNetwork tells whether the network itself exists.
func (r *resolver) givenNetwork() bool { return r.existing().NetworkID != "" }

// existingDesign is what exists as a design has it; nil where nothing does.
func (r *resolver) existingDesign() *ExistingNetworkSpec {
	given := r.existing()
	design := ExistingNetworkSpec{
		NetworkID: given.NetworkID, Subnets: cloned(given.Subnets), RouteTables: cloned(given.RouteTables),
	}
	if design.NetworkID == "" && len(design.Subnets)+len(design.RouteTables) == 0 {
		return nil
	}
	return &design
}

// givenSubnet is the id of a subnet that exists, or "".
func (r *resolver) givenSubnet(key string) string { return r.existing().Subnets[key] }

// allGiven tells whether a tier exists in every zone.
func (r *resolver) allGiven(tier string, zones []string) bool {
	for _, zone := range zones {
		if r.givenSubnet(subnetKey(tier, zone)) == "" {
			return false
		}
	}
	return len(zones) > 0
}

// givenIDs are the ids of those of some subnets that exist; nil for none.
func (r *resolver) givenIDs(keys ...string) map[string]string {
	var ids map[string]string
	for _, key := range keys {
		if id := r.givenSubnet(key); id != "" {
			if ids == nil {
				ids = map[string]string{}
			}
			ids[key] = id
		}
	}
	return ids
}

// describeGiven is a subnet that exists, as far as the plan can know it: its
// range where a pin tells it.
func (r *resolver) describeGiven(tier, zone string) SubnetDesign {
	key := subnetKey(tier, zone)
	subnet := SubnetDesign{Tier: tier, CIDR: r.spec.Pins[subnetKeyPrefix+key], RouteTo: routeGiven}
	if zone != spanning {
		subnet.Zone = zone
	}
	if table := r.existing().RouteTables[key]; table != "" {
		subnet.RouteTo = routeGivenPrefix + table
	}
	return subnet
}

// madeZones are the zones in which a tier of the network's own range is made:
// not where it exists, and nowhere in a given network that has no range to
// spare.
func (r *resolver) madeZones(tier string, zones []string) []string {
	if r.givenNetwork() && (r.spec.Network.CIDR == "" || r.spec.Cloud == CloudAzure) {
		return nil // on Azure subnets carry no tags that would tell whose they are
	}
	return slices.DeleteFunc(slices.Clone(zones), func(zone string) bool { return r.givenSubnet(subnetKey(tier, zone)) != "" })
}

// Given implements [Section].
func (d NetworkDesign) Given() map[string]string {
	given := map[string]string{}
	if d.Existing != nil && d.Existing.NetworkID != "" {
		given[d.Main()] = d.Existing.NetworkID
		for _, prefix := range d.PodCIDRs {
			given[podRangePrefix+prefix] = "" // an association of theirs
		}
	}
	if d.Existing != nil {
		for key, id := range d.Existing.Subnets {
			if _, has := d.Subnets[key]; has {
				given[subnetKeyPrefix+key] = id
			}
		}
	}
	for _, subnet := range d.Subnets {
		if id, ok := strings.CutPrefix(subnet.RouteTo, routeGivenPrefix); ok && (d.Cloud == CloudAWS || subnet.RouteTable != "") {
			given["route-table/"+RouteTableKey(subnet.RouteTo)] = id
		}
	}
	if d.Azure != nil {
		for key, zone := range d.Azure.DNSZones {
			if zone.ID != "" {
				given["private-dns-zone/"+key] = zone.ID
			}
		}
	}
	if len(given) == 0 {
		return nil
	}
	return given
}

// GivenTable is the id of the route table that exists behind a default route's
// word; ok is false where kready makes the table, or knows none.
func GivenTable(routeTo string) (id string, ok bool) {
	return strings.CutPrefix(routeTo, routeGivenPrefix)
}

// IsGivenRoute tells whether a subnet's routes are its owner's business.
func IsGivenRoute(routeTo string) bool {
	return routeTo == routeGiven || strings.HasPrefix(routeTo, routeGivenPrefix)
}

// validateExisting judges what is said to exist, as far as ids and the rest of
// the specification tell.
func (r *resolver) validateExisting() {
	given, path := r.existing(), "network.existing"
	if r.spec.Network.Existing == nil {
		return
	}
	r.decides(path+".network_id", given.NetworkID)
	azure := r.spec.Cloud == CloudAzure
	if given.NetworkID == "" && !azure && len(given.Subnets)+len(given.RouteTables) > 0 {
		r.report.fail(path+".network_id", "existing-network", "subnets and route tables exist in a network, and none is named", "Give the id of the VPC that they are in.")
	}
	known := map[string]bool{}
	if network := r.design.Network; network != nil {
		for key := range network.Subnets {
			known[key] = true
		}
	}
	r.validateGivenIDs(path+".subnets", given.Subnets, known)
	r.validateGivenIDs(path+".route_tables", given.RouteTables, known)
	if given.NetworkID == "" {
		return
	}
	r.validateMissingSubnets()
	if r.spec.Network.CIDR == "" {
		r.report.warn("network.cidr", "existing-range", "the range of the network is not known in the plan",
			"So it is not compared with network.reserved, connections and services. Give network.cidr: what kready may use of the network's range, or all of it. `kready preflight` compares what the cloud says.")
	}
	for _, key := range slices.Sorted(maps.Keys(given.Subnets)) {
		if _, pinned := r.spec.Pins[subnetKeyPrefix+key]; pinned || r.spec.Network.CIDR == "" || r.nothingMade() {
			continue
		}
		r.report.warn(at(path+".subnets", key), "existing-unpinned", "subnets are made beside this one, whose range is not known in the plan",
			"The cloud refuses a range that overlaps it. Give pins = { %q = \"RANGE\" }, or a network.cidr that is free.", subnetKeyPrefix+key)
	}
	if r.spec.Network.Target == "" || azure {
		return
	}
	if or(r.spec.Target, "") != r.spec.Network.Target && !r.nothingMade() {
		r.report.fail("network.target", "network-target", "subnets of another account would have to be shared with the cluster's first",
			"On AWS a cluster uses subnets of another account once their owner shares them (AWS RAM). Give all of them under network.existing.subnets, or leave network.target out.")
	}
}

// validateGivenIDs checks the form of ids by subnet key.
func (r *resolver) validateGivenIDs(path string, ids map[string]string, known map[string]bool) {
	form, todo := awsIDs[path[strings.LastIndex(path, ".")+1:]], "Give an id such as subnet-0a1b2c3d4e5f67890."
	if strings.HasSuffix(path, "route_tables") {
		todo = "Give an id such as rtb-0a1b2c3d4e5f67890."
	}
	if r.spec.Cloud == CloudAzure {
		form, todo = azureIDs[path[strings.LastIndex(path, ".")+1:]], "Give a resource id, /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/…."
	}
	for _, key := range slices.Sorted(maps.Keys(ids)) {
		place, id := at(path, key), ids[key]
		if !known[key] {
			r.report.fail(place, "existing-key", fmt.Sprintf("there is no subnet %q in this network", key), "Its subnets are %s.", quoted(slices.Sorted(maps.Keys(known))))
		}
		if IsUnknown(id) {
			continue // it may come from what another configuration makes
		}
		r.match(place, id, form, "existing-id", todo)
	}
}

// nothingMade tells whether every subnet exists.
func (r *resolver) nothingMade() bool {
	if r.design.Network == nil {
		return false
	}
	for key := range r.design.Network.Subnets {
		if r.givenSubnet(key) == "" {
			return false
		}
	}
	return true
}

// validateMissingSubnets demands what can't be made in a given network.
func (r *resolver) validateMissingSubnets() {
	if r.spec.Network.CIDR != "" && r.spec.Cloud != CloudAzure || r.design.Network == nil {
		return
	}
	todo := "Give them, or give network.cidr: a free part of the network's range in which they are made."
	if r.spec.Cloud == CloudAzure {
		todo = "Give them: subnets on Azure carry no tags, so kready makes none in a network of others."
	}
	var missing []string
	for _, key := range r.neededSubnets() {
		if r.givenSubnet(key) == "" {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		r.report.fail("network.existing.subnets", "existing-missing", fmt.Sprintf("%s of the cluster's subnets are neither given nor can be made", plural(len(missing), "id")),
			"Missing are %s. %s", quoted(missing), todo)
	}
}

// neededSubnets are the keys that a cluster can't do without.
func (r *resolver) neededSubnets() []string {
	if r.platform() {
		return []string{TierEndpoints}
	}
	tiers := []string{TierControlPlane, TierNodes}
	zones := r.zones
	if r.spec.Cloud == CloudAzure {
		zones = []string{spanning}
		if !r.integrated() {
			tiers = tiers[1:]
		}
		if r.spec.Registry != nil && r.spec.Registry.Existing == nil || r.makesVaults() {
			tiers = append(tiers, TierEndpoints)
		}
		if !r.overlay() {
			tiers = append(tiers, TierPods)
		}
	} else if r.customNetworking() {
		tiers = append(tiers, TierPods)
	}
	var keys []string
	for _, tier := range tiers {
		for _, zone := range zones {
			keys = append(keys, subnetKey(tier, zone))
		}
	}
	return sortedUnique(keys)
}
