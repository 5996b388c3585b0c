package awscloud

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// What exists already in a design (network.existing) is looked up by id and
// verified. It is in no list of objects, so it is never tagged, changed,
// removed or taken for a spare.

// tagGivenNetwork marks what kready made in a VPC of others with the VPC's id,
// so that an import knows that the VPC is not kready's.
const tagGivenNetwork = "kready-given-network"

// given is what exists already, as the caller says.
func (v *networkView) given() blueprint.ExistingNetworkSpec {
	if v.known.Existing == nil {
		return blueprint.ExistingNetworkSpec{}
	}
	return *v.known.Existing
}

// theirs tells whether the VPC is somebody else's.
func (v *networkView) theirs() bool { return v.given().NetworkID != "" }

// isGivenSubnet tells whether a subnet key stands for one that exists already.
func (v *networkView) isGivenSubnet(key string) bool { return v.given().Subnets[key] != "" }

// findGivenVPC looks the VPC up by its id.
func (v *networkView) findGivenVPC(ctx context.Context) error {
	found, err := v.describeVPCs(ctx, filter("vpc-id", v.given().NetworkID))
	if err != nil || len(found) == 0 {
		return err
	}
	v.vpc, v.vpcTags = &found[0], v.memory()
	return nil
}

// memory are the tags that the VPC would carry if it were kready's: what the
// others are held against, and what is remembered.
func (v *networkView) memory() map[string]string {
	tags := v.api.wantTags(v.ref, "vpc", "", v.known.Tags)
	tags[cloud.TagLifecycle] = cloud.LifecycleTag(v.known.OnDestroy)
	for key, value := range map[string]string{tagTarget: v.known.Target, tagLogGroup: v.known.Names[flowLogGroup], tagLogRole: v.known.Names[flowLogRole]} {
		if value != "" && (key == tagTarget || v.known.FlowLogs != nil) {
			tags[key] = value
		}
	}
	return tags
}

// inherit takes the VPC of a tagged subnet for somebody else's, where the
// subnet says so: on import nothing else tells.
func (v *networkView) inherit() {
	id := v.heirs[tagGivenNetwork]
	if id == "" || v.theirs() {
		return
	}
	v.known.Existing = &blueprint.ExistingNetworkSpec{NetworkID: id}
	v.known.OnDestroy = cloud.ParseLifecycle(v.heirs[cloud.TagLifecycle])
	v.known.Target = v.heirs[tagTarget]
	v.vpcTags = v.memory()
}

// takeGivenSubnets files the subnets that exist under their keys.
func (v *networkView) takeGivenSubnets(found []types.Subnet) {
	for key, id := range v.given().Subnets {
		if own, ok := v.subnets[key]; ok && aws.ToString(own.SubnetId) != id {
			v.addSpare("subnet/"+key, aws.ToString(own.SubnetId)) // made once, given now
		}
		delete(v.subnets, key)
		at := slices.IndexFunc(found, func(s types.Subnet) bool { return aws.ToString(s.SubnetId) == id })
		if at >= 0 {
			v.subnets[key] = found[at]
		}
	}
}

// givenSubnetDesign reads a subnet that exists back, in the words of who said
// so: what differs is its owner's doing.
func (v *networkView) givenSubnetDesign(key string, subnet types.Subnet) blueprint.SubnetDesign {
	known := v.known.Subnets[key]
	design := blueprint.SubnetDesign{Tier: known.Tier, Zone: aws.ToString(subnet.AvailabilityZone), RouteTo: known.RouteTo, Balancer: known.Balancer}
	if design.Tier == "" {
		design.Tier = tierOf(key, subnet)
	}
	if known.CIDR != "" {
		design.CIDR = aws.ToString(subnet.CidrBlock)
	}
	if table, ok := blueprint.GivenTable(known.RouteTo); ok {
		if have := v.tableOf(aws.ToString(subnet.SubnetId)); have != table {
			design.RouteTo = remark(known.RouteTo, "it uses "+have)
		}
	}
	return design
}

// tableOf is the id of the route table that a subnet uses: its own, or the
// VPC's main one.
func (v *networkView) tableOf(subnet string) string {
	main := ""
	for _, table := range slices.Concat(slices.Collect(maps.Values(v.tables)), v.foreign) {
		if tableAssociation(table, subnet) != "" {
			return aws.ToString(table.RouteTableId)
		}
		if slices.ContainsFunc(table.Associations, func(a types.RouteTableAssociation) bool { return aws.ToBool(a.Main) }) {
			main = aws.ToString(table.RouteTableId)
		}
	}
	return main
}

// foreignTable is a route table of the VPC that is not kready's; nil: there is
// none of that id.
func (v *networkView) foreignTable(id string) *types.RouteTable {
	at := slices.IndexFunc(v.foreign, func(t types.RouteTable) bool { return aws.ToString(t.RouteTableId) == id })
	if at < 0 {
		return nil
	}
	return &v.foreign[at]
}

// givenTables are the route tables that exist and are named, sorted.
func (v *networkView) givenTables() []string {
	var ids []string
	for _, id := range v.given().RouteTables {
		if v.foreignTable(id) != nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// existingDesign reads back what exists: what is gone is missing from it.
func (v *networkView) existingDesign() *blueprint.ExistingNetworkSpec {
	if !v.theirs() {
		return nil
	}
	design := blueprint.ExistingNetworkSpec{NetworkID: v.vpcID()}
	for key, id := range v.given().Subnets {
		if _, there := v.subnets[key]; there {
			if design.Subnets == nil {
				design.Subnets = map[string]string{}
			}
			design.Subnets[key] = id
		}
	}
	for key, id := range v.given().RouteTables {
		if v.foreignTable(id) != nil {
			if design.RouteTables == nil {
				design.RouteTables = map[string]string{}
			}
			design.RouteTables[key] = id
		}
	}
	return &design
}

// givenObjects are the ids of what exists, by component key.
func (v *networkView) givenObjects() map[string]string {
	objects := map[string]string{}
	for key := range v.given().Subnets {
		if subnet, there := v.subnets[key]; there {
			objects["subnet/"+key] = aws.ToString(subnet.SubnetId)
		}
	}
	for _, id := range v.givenTables() {
		objects["route-table/"+blueprint.RouteTableKey("given/"+id)] = id
	}
	if v.theirs() {
		for cidr, association := range v.podRanges() {
			if slices.Contains(v.known.PodCIDRs, cidr) {
				objects["pod-range/"+cidr] = association
			}
		}
	}
	return objects
}

// givenRange is the range of a VPC of others: what may be used of it, where the
// VPC has that.
func (v *networkView) givenRange() string {
	wanted, err := netip.ParsePrefix(v.known.CIDR)
	if v.known.CIDR == "" || err != nil {
		return ""
	}
	for _, have := range v.ranges() {
		if have.Bits() <= wanted.Bits() && have.Contains(wanted.Addr()) {
			return v.known.CIDR
		}
	}
	return aws.ToString(v.vpc.CidrBlock)
}

// ranges are all the ranges of the VPC.
func (v *networkView) ranges() []netip.Prefix {
	var ranges []netip.Prefix
	for _, association := range v.vpc.CidrBlockAssociationSet {
		if prefix, err := netip.ParsePrefix(aws.ToString(association.CidrBlock)); err == nil {
			ranges = append(ranges, prefix)
		}
	}
	return ranges
}

// verifyGiven holds what exists against the design, before anything is made.
func (r *networkRun) verifyGiven(ctx context.Context) error {
	given := r.view.given()
	if !r.view.theirs() {
		return nil
	}
	if r.view.vpc == nil {
		return r.misgiven("vpc", given.NetworkID+" is not in "+r.region+" of account "+r.account,
			"Correct network.existing.network_id, or network.target: the account and region that the VPC is in.")
	}
	var problems []error
	if r.design.CIDR != "" && r.view.givenRange() != r.design.CIDR {
		problems = append(problems, r.misgiven("vpc", given.NetworkID+" has no range that holds "+r.design.CIDR,
			"Set network.cidr to a part of one of its ranges, or have the range associated with the VPC."))
	}
	for _, cidr := range r.design.PodCIDRs {
		if r.view.podRanges()[cidr] == "" && aws.ToString(r.view.vpc.CidrBlock) != cidr {
			problems = append(problems, r.misgiven("pod-range/"+cidr, "the range is not associated with "+given.NetworkID,
				"Have its owner run: aws ec2 associate-vpc-cidr-block --vpc-id "+given.NetworkID+" --cidr-block "+cidr+"."))
		}
	}
	if r.wantsGroup() && (!r.view.dnsSupport || !r.view.dnsHostnames) {
		problems = append(problems, r.misgiven("vpc", "private names of endpoints need DNS support and DNS host names, and "+given.NetworkID+" has them off",
			"Have its owner switch both on (aws ec2 modify-vpc-attribute), or name the endpoints that exist under network.existing.interface_endpoints."))
	}
	problems = append(problems, r.verifyGivenSubnets(), r.verifyGivenTables())
	return errors.Join(problems...)
}

func (r *networkRun) verifyGivenSubnets() error {
	var problems []error
	given := r.view.given()
	for _, key := range sortedKeys(given.Subnets) {
		want, wanted := r.design.Subnets[key]
		have, there := r.view.subnets[key]
		switch component := "subnet/" + key; {
		case !wanted:
		case !there:
			problems = append(problems, r.misgiven(component, given.Subnets[key]+" is not in "+given.NetworkID, "Correct its id under network.existing.subnets."))
		case aws.ToString(have.AvailabilityZone) != want.Zone:
			problems = append(problems, r.misgiven(component, given.Subnets[key]+" is in "+aws.ToString(have.AvailabilityZone), "Give a subnet of "+want.Zone+" under this key."))
		case want.CIDR != "" && aws.ToString(have.CidrBlock) != want.CIDR:
			problems = append(problems, r.misgiven(component, given.Subnets[key]+" has the range "+aws.ToString(have.CidrBlock)+", and pins say "+want.CIDR, "Correct the pin."))
		}
	}
	return errors.Join(problems...)
}

func (r *networkRun) verifyGivenTables() error {
	var problems []error
	given := r.view.given()
	for _, key := range sortedKeys(given.RouteTables) {
		id := given.RouteTables[key]
		table := r.view.foreignTable(id)
		if table == nil {
			problems = append(problems, r.misgiven("route table of "+key, id+" is not in "+given.NetworkID, "Correct its id under network.existing.route_tables."))
			continue
		}
		if r.design.Egress != blueprint.EgressIsolated && defaultRoute(*table) == nil && strings.HasPrefix(key, blueprint.TierNodes+"-") {
			problems = append(problems, r.misgiven("route table of "+key, id+" has no default route, and egress is \""+r.design.Egress+"\"",
				"Have its owner add one to the VPC's NAT gateway or firewall, or use egress = \"isolated\"."))
		}
	}
	return errors.Join(problems...)
}

// misgiven is the error of a part that exists otherwise than it is said to.
func (r *networkRun) misgiven(component, reason, todo string) error {
	return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "verify", Object: r.object(component), Reason: reason, Todo: todo}
}
