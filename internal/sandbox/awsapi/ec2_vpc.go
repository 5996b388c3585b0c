package awsapi

import (
	"net/http"
	"net/netip"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// vpc is a virtual private cloud. Its first range is the primary one.
type vpc struct {
	ec2Object
	Ranges           []vpcRange       `json:"ranges"`
	State            string           `json:"state"` // pending, available
	Tenancy          string           `json:"tenancy"`
	DNSSupport       bool             `json:"dns_support"`
	DNSHostnames     bool             `json:"dns_hostnames"`
	UsageMetrics     bool             `json:"usage_metrics"`
	MainRouteTable   string           `json:"main_route_table"`
	DefaultGroup     string           `json:"default_group"`
	DefaultACL       string           `json:"default_acl"`
	Progress         sandbox.Progress `json:"progress"`
	DHCPOptions      string           `json:"dhcp_options"`
	BlockPublicState string           `json:"block_public_state"`
}

// vpcRange is one IPv4 range of a VPC.
type vpcRange struct {
	Association string           `json:"association"`
	CIDR        netip.Prefix     `json:"cidr"`
	State       string           `json:"state"` // associating, associated, disassociating, disassociated
	Progress    sandbox.Progress `json:"progress"`
}

var vpcs = &ec2Type[vpc]{
	table:  sandbox.NewTable[vpc](cloud, "ec2/vpc"),
	prefix: "vpc-", tag: "vpc", code: "InvalidVpcID.NotFound", word: "vpc", ids: "VpcId", set: "vpcSet",
	filters: []string{
		"cidr", "cidr-block-association.cidr-block", "cidr-block-association.association-id",
		"cidr-block-association.state", "dhcp-options-id", "is-default", "owner-id", "state", "vpc-id",
	},
	states: []string{"state", "cidr-block-association.state"},
}

func init() {
	vpcs.filter, vpcs.progress, vpcs.render = vpcField, vpcProgress, renderVPC
}

func vpcField(tx *sandbox.Tx, v *vpc, name string) []string {
	switch name {
	case "cidr":
		return []string{v.Ranges[0].CIDR.String()}
	case "cidr-block-association.cidr-block":
		return each(v.Ranges, func(r vpcRange) string { return r.CIDR.String() })
	case "cidr-block-association.association-id":
		return each(v.Ranges, func(r vpcRange) string { return r.Association })
	case "cidr-block-association.state":
		return each(v.Ranges, func(r vpcRange) string { return r.State })
	case "dhcp-options-id":
		return []string{v.DHCPOptions}
	case "is-default":
		return []string{"false"}
	case "owner-id":
		return []string{account(tx)}
	case "state":
		return []string{v.State}
	default: // vpc-id
		return []string{v.ID}
	}
}

// vpcProgress moves a new VPC to available, and its ranges on their way.
func vpcProgress(q *request, v *vpc) {
	done, moved := v.Progress.Poll()
	if done && v.State == "pending" {
		v.State, moved = "available", true
	}
	var ranges []vpcRange
	for _, r := range v.Ranges {
		over, step := r.Progress.Poll()
		if over && r.State == "associating" {
			r.State, step = "associated", true
		}
		moved = moved || step
		if over && r.State == "disassociating" {
			moved = true
			continue
		}
		ranges = append(ranges, r)
	}
	if moved {
		v.Ranges = ranges
		vpcs.table.Put(q.tx, v)
	}
}

func renderVPC(q *request, v *vpc) []node {
	return []node{
		text("vpcId", v.ID), text("ownerId", q.account), text("state", v.State),
		text("cidrBlock", v.Ranges[0].CIDR.String()), text("dhcpOptionsId", v.DHCPOptions),
		text("instanceTenancy", v.Tenancy), flag("isDefault", false),
		items("cidrBlockAssociationSet", v.Ranges, renderRange),
		tagSet(v.Tags),
	}
}

func renderRange(r vpcRange) []node {
	return []node{
		text("associationId", r.Association), text("cidrBlock", r.CIDR.String()),
		group("cidrBlockState", text("state", r.State)),
	}
}

// each maps a slice.
func each[T, U any](in []T, f func(T) U) []U {
	out := make([]U, 0, len(in))
	for _, v := range in {
		out = append(out, f(v))
	}
	return out
}

// live are the ranges that the VPC has or is about to have.
func (v *vpc) live() []netip.Prefix {
	var out []netip.Prefix
	for _, r := range v.Ranges {
		if r.State == "associated" || r.State == "associating" {
			out = append(out, r.CIDR)
		}
	}
	return out
}

func createVPC(q *request) (any, error) {
	// VPCs without IPv6 and without address management are what is modelled.
	if ipv6, err := q.form.flag("AmazonProvidedIpv6CidrBlock", false); err != nil || ipv6 {
		return nil, unmodelled(err, "IPv6 in a VPC")
	}
	cidr, err := q.prefix("CidrBlock", "InvalidVpc.Range", 16, 28)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(neverInVPC, cidr.Overlaps) {
		return nil, fail(http.StatusBadRequest, "InvalidVpc.Range", "The CIDR '%s' is invalid.", cidr)
	}
	tenancy := q.form.text("InstanceTenancy")
	if tenancy == "" {
		tenancy = "default"
	}
	if tenancy != "default" && tenancy != "dedicated" {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter instanceTenancy is invalid.", tenancy)
	}
	tags, err := q.tagSpecification("vpc")
	if err != nil {
		return nil, err
	}
	if len(vpcs.table.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaVPCs) {
		return nil, fail(http.StatusBadRequest, "VpcLimitExceeded", "The maximum number of VPCs has been reached.")
	}
	v := &vpc{
		ec2Object: q.newObject("vpc-", tags), State: "pending", Tenancy: tenancy,
		DNSSupport: true, Progress: q.tx.Steps("ec2/vpc", 1), BlockPublicState: "off",
		Ranges:      []vpcRange{{Association: newID(q.tx, "vpc-cidr-assoc-"), CIDR: cidr, State: "associated"}},
		DHCPOptions: "dopt-" + digest("dhcp " + q.tx.Realm() + q.region)[:17],
		DefaultACL:  newID(q.tx, "acl-"),
	}
	v.MainRouteTable = newMainRouteTable(q, v)
	v.DefaultGroup = newDefaultGroup(q, v)
	vpcs.table.Put(q.tx, v)
	q.object(v.ID)
	return []node{group("vpc", renderVPC(q, v)...)}, nil
}

// neverInVPC are ranges that no VPC may have.
var neverInVPC = prefixes("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")

func prefixes(texts ...string) []netip.Prefix {
	return each(texts, netip.MustParsePrefix)
}

// prefix reads an IPv4 range and brings it to canonical form, as EC2 does.
func (q *request) prefix(parameter, rangeCode string, shortest, longest int) (netip.Prefix, error) {
	given, err := q.form.required(parameter)
	if err != nil {
		return netip.Prefix{}, err
	}
	p, parseErr := netip.ParsePrefix(given)
	if parseErr != nil || !p.Addr().Is4() {
		return netip.Prefix{}, fail(http.StatusBadRequest, "InvalidParameterValue",
			"Value (%s) for parameter %s is invalid. This is not a valid CIDR block.", given, lowerFirst(parameter))
	}
	if p.Bits() < shortest || p.Bits() > longest {
		return netip.Prefix{}, fail(http.StatusBadRequest, rangeCode, "The CIDR '%s' is invalid.", given)
	}
	return p.Masked(), nil
}

func lowerFirst(s string) string { return string(s[0]|0x20) + s[1:] }

// unmodelled refuses what the sandbox knows of and does not have.
func unmodelled(err error, what string) error {
	if err != nil {
		return err
	}
	return fail(http.StatusBadRequest, "UnsupportedOperation", "This sandbox does not model %s.", what)
}

func modifyVPCAttribute(q *request) (any, error) {
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	fields := map[string]*bool{
		"EnableDnsSupport": &v.DNSSupport, "EnableDnsHostnames": &v.DNSHostnames,
		"EnableNetworkAddressUsageMetrics": &v.UsageMetrics,
	}
	return nil, setOneFlag(q, fields, func() { vpcs.table.Put(q.tx, v) })
}

// setOneFlag is how EC2's Modify…Attribute operations take one flag a call.
func setOneFlag(q *request, fields map[string]*bool, put func()) error {
	given := ""
	for _, name := range sortedKeys(fields) {
		if !q.form.has(name) {
			continue
		}
		if given != "" {
			return fail(http.StatusBadRequest, "InvalidParameterCombination", "Fields for multiple attribute types specified")
		}
		given = name
	}
	if given == "" {
		return fail(http.StatusBadRequest, "MissingParameter", "The request must contain an attribute to change")
	}
	value, err := q.form.sub(given).flag("Value", false)
	if err != nil {
		return err
	}
	*fields[given] = value
	put()
	return nil
}

func describeVPCAttribute(q *request) (any, error) {
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	values := map[string]bool{
		"enableDnsSupport": v.DNSSupport, "enableDnsHostnames": v.DNSHostnames,
		"enableNetworkAddressUsageMetrics": v.UsageMetrics,
	}
	name, err := q.form.required("Attribute")
	if err != nil {
		return nil, err
	}
	value, ok := values[name]
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter attribute is invalid. Unknown attribute.", name)
	}
	return []node{text("vpcId", v.ID), group(name, flag("value", value))}, nil
}

func deleteVPC(q *request) (any, error) {
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	if vpcInUse(q, v) {
		q.stepRegional(func(n *natGateway) bool { return n.VPC == v.ID })
		return nil, q.refuseBusy("vpc", v.ID, func(i *networkInterface) bool { return i.VPC == v.ID })
	}
	return nil, dropVPC(q.tx, v)
}

// dropVPC removes a VPC with what was born with it.
func dropVPC(tx *sandbox.Tx, v *vpc) error {
	routeTables.table.Delete(tx, v.Region, v.MainRouteTable)
	securityGroups.table.Delete(tx, v.Region, v.DefaultGroup)
	vpcs.table.Delete(tx, v.Region, v.ID)
	return nil
}

// vpcInUse says whether anything is left that EC2 does not delete along.
func vpcInUse(q *request, v *vpc) bool {
	tx, region := q.tx, q.region
	in := func(id string) bool { return id == v.ID }
	return exists(subnets, tx, region, func(s *subnet) bool { return in(s.VPC) }) ||
		exists(interfaces, tx, region, func(i *networkInterface) bool { return in(i.VPC) }) ||
		exists(routeTables, tx, region, func(t *routeTable) bool { return in(t.VPC) && t.ID != v.MainRouteTable }) ||
		exists(securityGroups, tx, region, func(g *securityGroup) bool { return in(g.VPC) && g.ID != v.DefaultGroup }) ||
		exists(gateways, tx, region, func(g *internetGateway) bool { return in(g.VPC) }) ||
		exists(endpoints, tx, region, func(e *vpcEndpoint) bool { return in(e.VPC) }) ||
		exists(natGateways, tx, region, func(n *natGateway) bool { return in(n.VPC) && !n.over() }) ||
		exists(attachments, tx, region, func(a *transitAttachment) bool { return in(a.VPC) && a.State != "deleted" }) ||
		exists(peerings, tx, region, func(p *peering) bool {
			return (in(p.Requester) || in(p.Accepter)) && p.live()
		})
}

func exists[T any](t *ec2Type[T], tx *sandbox.Tx, region string, match func(*T) bool) bool {
	_, ok := t.table.First(tx, region, match)
	return ok
}
