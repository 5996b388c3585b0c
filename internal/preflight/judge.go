package preflight

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Judge holds a design against a survey, and returns every finding, sorted by
// path and rule.
func Judge(design blueprint.Design, survey cloud.Survey) []blueprint.Finding {
	j := &judge{design: design, survey: survey}
	if design.Network != nil {
		j.network = *design.Network
		j.judgeNetwork()
		j.judgeSubnets()
		j.judgeTables()
		j.judgeLinks()
		j.judgeRanges()
		j.judgeZones()
	}
	j.judgeVersion()
	j.judgeRights()
	slices.SortFunc(j.findings, func(a, b blueprint.Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Summary, b.Summary))
	})
	return j.findings
}

type judge struct {
	design   blueprint.Design
	network  blueprint.NetworkDesign
	survey   cloud.Survey
	findings []blueprint.Finding
}

func (j *judge) fail(path, rule, summary, detail string, args ...any) {
	j.findings = append(j.findings, blueprint.Finding{Severity: blueprint.SeverityError, Path: path, Rule: rule, Summary: summary, Detail: fmt.Sprintf(detail, args...)})
}

func (j *judge) warn(path, rule, summary, detail string, args ...any) {
	j.findings = append(j.findings, blueprint.Finding{Severity: blueprint.SeverityWarning, Path: path, Rule: rule, Summary: summary, Detail: fmt.Sprintf(detail, args...)})
}

func (j *judge) given() blueprint.ExistingNetworkSpec {
	if j.network.Existing == nil {
		return blueprint.ExistingNetworkSpec{}
	}
	return *j.network.Existing
}

func (j *judge) aws() bool { return j.network.Cloud == blueprint.CloudAWS }

func at(attribute, key string) string { return fmt.Sprintf("%s[%q]", attribute, key) }

// judgeNetwork looks at a network that exists.
func (j *judge) judgeNetwork() {
	id := j.given().NetworkID
	if id == "" {
		return
	}
	have := j.survey.Network
	if have == nil {
		j.fail("network.existing.network_id", "network-missing", id+" can't be seen", "It is not in %s of the account that network.target leads to, or the credentials may not see it. Correct the id, the region or the target.", j.network.Region)
		return
	}
	for path, wanted := range map[string][]string{"network.cidr": {j.network.CIDR}, "network.pods.cidrs": j.network.PodCIDRs} {
		for _, text := range wanted {
			if prefix, err := cidr.Parse(text); err == nil && !within(prefix, have.CIDRs) {
				j.fail(path, "range-missing", fmt.Sprintf("%s has no range that holds %s", id, prefix), "Its ranges are %s. Choose one of them, or have the range added by the network's owner.", strings.Join(have.CIDRs, ", "))
			}
		}
	}
	for _, service := range slices.Sorted(maps.Keys(j.network.Endpoints)) {
		endpoint := j.network.Endpoints[service]
		if other := have.Endpoints[service]; other != "" {
			j.fail("network.existing.interface_endpoints", "endpoint-exists", fmt.Sprintf("%s has an endpoint of %s already: %s", id, service, other),
				"A private name is taken once, and a route table has one gateway endpoint of a service. Add %q to network.existing.interface_endpoints.", service)
		} else if endpoint.Type == "interface" && !have.PrivateNames {
			j.fail("network.existing.network_id", "network-names", id+" has DNS support or DNS host names off", "Private names of endpoints aren't found without them. Have its owner switch both on.")
			break
		}
	}
}

// judgeSubnets looks at subnets that exist: place, range, room and marks.
func (j *judge) judgeSubnets() {
	for _, key := range slices.Sorted(maps.Keys(j.given().Subnets)) {
		path, want := at("network.existing.subnets", key), j.network.Subnets[key]
		have, seen := j.survey.Subnets[key]
		switch {
		case !seen:
			j.fail(path, "subnet-missing", j.given().Subnets[key]+" can't be seen", "Correct the id, or network.target.")
			continue
		case !strings.EqualFold(have.Network, j.given().NetworkID):
			j.fail(path, "subnet-elsewhere", have.ID+" is in "+have.Network, "Give a subnet of %s.", j.given().NetworkID)
		case want.Zone != "" && have.Zone != want.Zone:
			j.fail(path, "subnet-zone", have.ID+" is in "+have.Zone, "Give a subnet of %s under this key.", want.Zone)
		}
		if want.CIDR != "" && have.CIDR != want.CIDR {
			j.fail(at("pins", "subnet/"+key), "subnet-range", fmt.Sprintf("%s has the range %s", have.ID, have.CIDR), "Correct the pin.")
		}
		j.judgeRoom(path, key, want, have)
		j.judgeMarks(path, want, have)
		if have.Public && want.Tier != blueprint.TierPublic {
			j.warn(path, "subnet-public", "instances in "+have.ID+" get public addresses", "Nodes would be on the internet. Have its owner switch map-public-ip-on-launch off.")
		}
	}
}

// judgeRoom compares free addresses with what the cluster takes.
func (j *judge) judgeRoom(path, key string, want blueprint.SubnetDesign, have cloud.SurveyedSubnet) {
	least, most, why := j.addresses(want)
	switch {
	case have.Free < least:
		j.fail(path, "subnet-full", fmt.Sprintf("%s has %d free addresses, and %d are needed at once", have.ID, have.Free, least), "%s Give a larger subnet under %q.", why, key)
	case have.Free < most:
		j.warn(path, "subnet-small", fmt.Sprintf("%s has %d free addresses, and the pools at their maximum take %d", have.ID, have.Free, most), "%s Lower max_size, or give a larger subnet under %q.", why, key)
	}
}

// addresses are those that a subnet needs at birth, and with every pool at its
// maximum.
func (j *judge) addresses(subnet blueprint.SubnetDesign) (least, most int, why string) {
	switch subnet.Tier {
	case blueprint.TierControlPlane:
		if j.aws() {
			return 6, 6, "EKS puts its interfaces there, and new ones beside them during an upgrade."
		}
		return 9, 9, "AKS puts its API server there."
	case blueprint.TierNodes, blueprint.TierPods:
		low, high := j.nodes(subnet.Zone, subnet.Tier)
		return low, high, "Each node takes its share of addresses."
	}
	return 0, 0, ""
}

// nodes are the addresses that nodes in a zone take of a tier.
func (j *judge) nodes(zone, tier string) (least, most int) {
	podsApart := j.podsApart()
	for _, pool := range j.design.NodePools {
		share := 1
		switch {
		case tier == blueprint.TierPods, !podsApart && j.aws():
			share = max(pool.MaxPods, 16)
		}
		for _, group := range pool.Groups {
			zones := len(group.Zones)
			if zone != "" && !slices.Contains(group.Zones, zone) || zones == 0 {
				continue
			}
			if zone == "" {
				zones = 1
			}
			least += share * ((group.MinSize + zones - 1) / zones)
			most += share * ((group.MaxSize + zones - 1) / zones)
		}
	}
	return least, most
}

func (j *judge) podsApart() bool {
	for _, subnet := range j.network.Subnets {
		if subnet.Tier == blueprint.TierPods {
			return true
		}
	}
	return j.design.ControlPlane != nil && j.design.ControlPlane.PodCIDR != ""
}

// judgeMarks looks for the tags by which controllers choose subnets: kready
// does not write them on subnets of others.
func (j *judge) judgeMarks(path string, want blueprint.SubnetDesign, have cloud.SurveyedSubnet) {
	if !j.aws() {
		return
	}
	_, ingress := j.network.Subnets[blueprint.TierIngress+"-"+want.Zone]
	if want.Tier == blueprint.TierIngress || want.Tier == blueprint.TierNodes && !ingress {
		if have.Tags["kubernetes.io/role/internal-elb"] != "1" {
			j.warn(path, "subnet-balancer", have.ID+" is not marked for internal load balancers",
				"The load balancer controller doesn't find it by itself. Have its owner tag it kubernetes.io/role/internal-elb = 1, or name subnets in the annotations of Services and Ingresses.")
		}
	}
	if want.Tier == blueprint.TierNodes && j.design.ControlPlane != nil && j.design.ControlPlane.Autoscaling == blueprint.AutoscalingKarpenter {
		if have.Tags["karpenter.sh/discovery"] != j.network.Cluster {
			j.warn(path, "subnet-discovery", have.ID+" is not marked for Karpenter", "Have its owner tag it karpenter.sh/discovery = %s, or name subnet ids in the EC2NodeClass.", j.network.Cluster)
		}
	}
}

// judgeTables looks at the ways out of what exists, for the egress mode.
func (j *judge) judgeTables() {
	looked := map[string]bool{}
	look := func(path, id, egress string) {
		table, seen := j.survey.Tables[id]
		if looked[id] || id == "" {
			return
		}
		looked[id] = true
		switch out := egress != blueprint.EgressIsolated; {
		case !seen:
			j.fail(path, "table-missing", id+" can't be seen", "Correct the id.")
		case out && table.Default == "":
			j.fail(path, "table-closed", fmt.Sprintf("%s has no default route, and egress is %q", id, egress), "Have its owner add a route to the network's NAT gateway or firewall, or use egress = \"isolated\".")
		case out && table.Dead:
			j.fail(path, "table-dead", fmt.Sprintf("the default route of %s leads nowhere: %s is gone", id, table.Default), "Have its owner mend it.")
		case strings.HasPrefix(table.Default, "igw-"):
			j.warn(path, "table-public", id+" leads straight to the internet", "Private nodes have no public addresses, and don't get out that way. Use a table with a NAT gateway or firewall.")
		case !out && table.Default != "":
			j.warn(path, "table-open", fmt.Sprintf("%s has a default route, and egress is \"isolated\"", id), "So the cluster is not isolated. Have it removed, or say how traffic leaves.")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(j.given().RouteTables)) {
		look(at("network.existing.route_tables", key), j.given().RouteTables[key], j.network.Egress)
	}
	for _, key := range slices.Sorted(maps.Keys(j.given().Subnets)) {
		if tier := j.network.Subnets[key].Tier; tier == blueprint.TierNodes || tier == blueprint.TierPods {
			look(at("network.existing.subnets", key), j.survey.Subnets[key].Table, j.network.Egress)
		}
	}
}

// judgeLinks looks at the far sides of connections, and at what they know.
func (j *judge) judgeLinks() {
	own := slices.Concat([]string{j.network.CIDR}, j.network.PodCIDRs)
	for _, name := range slices.Sorted(maps.Keys(j.network.Connections)) {
		path, want := at("network.connections", name), j.network.Connections[name]
		far := cmp.Or(want.TransitGatewayID, want.PeerNetworkID)
		link := j.survey.Links[name]
		if !link.Seen {
			j.fail(path, "link-missing", far+" can't be seen", "Have its owner share it with this account (AWS RAM), or name its target; correct the id otherwise.")
			continue
		}
		for _, ours := range parsed(own) {
			for _, theirs := range parsed(link.CIDRs) {
				if ours.Overlaps(theirs) {
					j.fail(path, "link-overlap", fmt.Sprintf("%s overlaps %s, which is behind %s", ours, theirs, far), "Traffic for one would go to the other. Choose another range; pod ranges are announced as well.")
				}
			}
		}
	}
}

// judgeRanges warns of networks that could never be connected with this one.
func (j *judge) judgeRanges() {
	for _, ours := range parsed([]string{j.network.CIDR}) {
		for _, other := range j.survey.Ranges {
			prefix, err := cidr.Parse(other.CIDR)
			if err != nil || other.Kind == cloud.RangeSubnet || other.Cluster == j.network.Cluster || other.Network == j.given().NetworkID || !prefix.Overlaps(ours) {
				continue
			}
			j.warn("network.cidr", "range-used", fmt.Sprintf("%s overlaps %s of %s", ours, prefix, other.Network), "The two can never be connected. Take a range from a pool that knows what is in use (data.kready_cidr_inventory).")
		}
	}
}

func (j *judge) judgeZones() {
	if len(j.survey.Zones) == 0 {
		return
	}
	for _, zone := range j.network.Zones {
		if !slices.Contains(j.survey.Zones, zone) {
			j.fail("network.zones", "zone-missing", "the account does not see the zone "+zone, "It sees %s.", strings.Join(j.survey.Zones, ", "))
		}
	}
}

func (j *judge) judgeVersion() {
	plane := j.design.ControlPlane
	if plane == nil || len(j.survey.Versions) == 0 {
		return
	}
	var offered []string
	for _, version := range j.survey.Versions {
		offered = append(offered, version.Version)
	}
	if !slices.Contains(offered, plane.KubernetesVersion) {
		j.fail("kubernetes_version", "version-missing", "Kubernetes "+plane.KubernetesVersion+" is not on offer in "+plane.Region, "On offer are %s.", strings.Join(offered, ", "))
	}
}

// judgeRights looks at roles and keys that exist.
func (j *judge) judgeRights() {
	plane := j.design.ControlPlane
	if plane == nil {
		return
	}
	for path, want := range map[string]struct{ arn, service string }{
		"aws.cluster_role_arn": {plane.ClusterRole, "eks.amazonaws.com"}, "aws.node_role_arn": {plane.NodeRole, "ec2.amazonaws.com"},
	} {
		if want.arn == "" {
			continue
		}
		role, seen := j.survey.Roles[want.arn]
		switch {
		case !seen:
			j.fail(path, "role-missing", want.arn+" can't be seen", "Correct the ARN, path included, or leave it out to have a role made.")
		case !slices.Contains(role.Services, want.service):
			j.fail(path, "role-trust", want.arn+" does not trust "+want.service, "Have its owner add the service to its trust policy; it trusts %s.", cmp.Or(strings.Join(role.Services, ", "), "no service"))
		}
	}
	if plane.Encryption == "existing" && !blueprint.IsUnknown(plane.KeyID) {
		if state, seen := j.survey.Keys[plane.KeyID]; !seen || state != "enabled" {
			j.fail("encryption.key_id", "key-unusable", fmt.Sprintf("%s is %s", plane.KeyID, cmp.Or(state, "not to be seen")), "A cluster can't be made without it, and loses its secrets with it. Have it enabled, or give another key.")
		}
	}
}

func within(prefix netip.Prefix, ranges []string) bool {
	return slices.ContainsFunc(parsed(ranges), func(outer netip.Prefix) bool { return cidr.Contains(outer, prefix) })
}

func parsed(texts []string) []netip.Prefix {
	var ranges []netip.Prefix
	for _, text := range texts {
		if prefix, err := cidr.Parse(text); err == nil {
			ranges = append(ranges, prefix)
		}
	}
	return ranges
}
