package awsapi

import (
	"net/http"
	"net/netip"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

var (
	ten        = netip.MustParsePrefix("10.0.0.0/8")
	oneSevenTw = netip.MustParsePrefix("172.16.0.0/12")
	oneNineTwo = netip.MustParsePrefix("192.168.0.0/16")
	benchmark  = netip.MustParsePrefix("198.19.0.0/16") // AWS keeps it from VPCs with a private range
)

// restricted says whether a VPC that has the ranges may not take another one:
// the table "IPv4 CIDR block association restrictions" of the VPC user guide.
func restricted(have []netip.Prefix, add netip.Prefix) bool {
	if slices.ContainsFunc(neverInVPC, add.Overlaps) {
		return true
	}
	private := []netip.Prefix{ten, oneSevenTw, oneNineTwo}
	primary := have[0]
	family := slices.IndexFunc(private, primary.Overlaps)
	for i, p := range private {
		// Another private range than the primary's, or any private range when
		// the primary is public, shared or 198.19.
		if p.Overlaps(add) && i != family {
			return true
		}
	}
	if benchmark.Overlaps(add) && !benchmark.Overlaps(primary) {
		return true
	}
	low := netip.MustParsePrefix("10.0.0.0/15")
	if slices.ContainsFunc(have, low.Overlaps) && netip.MustParsePrefix("10.0.0.0/16").Overlaps(add) {
		return true
	}
	return oneSevenTw.Overlaps(primary) && netip.MustParsePrefix("172.31.0.0/16").Overlaps(add)
}

func associateVPCRange(q *request) (any, error) {
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	if ipv6, err := q.form.flag("AmazonProvidedIpv6CidrBlock", false); err != nil || ipv6 {
		return nil, unmodelled(err, "IPv6 in a VPC")
	}
	cidr, err := q.prefix("CidrBlock", "InvalidVpc.Range", 16, 28)
	if err != nil {
		return nil, err
	}
	live := v.live()
	if slices.ContainsFunc(live, cidr.Overlaps) {
		return nil, fail(http.StatusBadRequest, "InvalidVpc.Range", "The CIDR '%s' conflicts with another CIDR of the VPC '%s'.", cidr, v.ID)
	}
	if restricted(live, cidr) {
		return nil, fail(http.StatusBadRequest, "InvalidVpc.Range", "The CIDR '%s' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a publicly-routable CIDR.", cidr)
	}
	if table, ok := smallerRoute(q.tx, v, cidr); ok {
		return nil, fail(http.StatusBadRequest, "InvalidVpc.Range", "The CIDR '%s' is the same as, or larger than, the destination of a route in the route table '%s'.", cidr, table)
	}
	if len(live) >= quota(q.tx, q.region, quotaRanges) {
		return nil, fail(http.StatusBadRequest, "CidrLimitExceeded", "This network '%s' has met its maximum number of allowed CIDRs: %d", v.ID, len(live))
	}
	if conflict := rangesAcross(q.tx, v, cidr); conflict != "" {
		return nil, fail(http.StatusBadRequest, "InvalidVpc.Range", "The CIDR '%s' overlaps with a CIDR of the VPC '%s', with which this VPC is peered.", cidr, conflict)
	}
	added := vpcRange{
		Association: newID(q.tx, "vpc-cidr-assoc-"), CIDR: cidr,
		State: "associating", Progress: q.tx.Steps("ec2/vpc-cidr", 1),
	}
	v.Ranges = append(slices.Clone(v.Ranges), added)
	vpcs.table.Put(q.tx, v)
	return []node{text("vpcId", v.ID), group("cidrBlockAssociation", renderRange(added)...)}, nil
}

// smallerRoute finds a route whose destination lies in the new range: the
// local route would have to be more general than it.
func smallerRoute(tx *sandbox.Tx, v *vpc, cidr netip.Prefix) (string, bool) {
	t, ok := routeTables.table.First(tx, v.Region, func(t *routeTable) bool {
		return t.VPC == v.ID && slices.ContainsFunc(t.Routes, func(r tableRoute) bool {
			p, err := netip.ParsePrefix(r.Destination)
			return err == nil && cidr.Bits() <= p.Bits() && cidr.Overlaps(p)
		})
	})
	if !ok {
		return "", false
	}
	return t.ID, true
}

func disassociateVPCRange(q *request) (any, error) {
	id, err := q.form.required("AssociationId")
	if err != nil {
		return nil, err
	}
	has := func(r vpcRange) bool { return r.Association == id }
	v, ok := vpcs.table.First(q.tx, q.region, func(v *vpc) bool { return slices.ContainsFunc(v.Ranges, has) })
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidVpcCidrBlockAssociationID.NotFound", "The vpc CIDR block association ID '%s' does not exist", id)
	}
	q.object(v.ID)
	i := slices.IndexFunc(v.Ranges, has)
	if i == 0 {
		return nil, fail(http.StatusBadRequest, "OperationNotPermitted", "The vpc CIDR block with association ID %s may not be disassociated. It is the primary IPv4 CIDR block of the VPC", id)
	}
	cidr := v.Ranges[i].CIDR
	if s, ok := subnets.table.First(q.tx, q.region, func(s *subnet) bool { return s.VPC == v.ID && cidr.Overlaps(s.CIDR) }); ok {
		return nil, fail(http.StatusBadRequest, "InvalidCidr.InUse", "The vpc %s currently has a subnet %s within CIDR block %s", v.ID, s.ID, cidr)
	}
	v.Ranges = slices.Clone(v.Ranges)
	v.Ranges[i].State, v.Ranges[i].Progress = "disassociating", q.tx.Steps("ec2/vpc-cidr", 1)
	vpcs.table.Put(q.tx, v)
	return []node{text("vpcId", v.ID), group("cidrBlockAssociation", renderRange(v.Ranges[i])...)}, nil
}
