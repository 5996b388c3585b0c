package awsapi

import (
	"net/http"
	"net/netip"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// peering connects two VPCs of a region.
type peering struct {
	ec2Object
	Owner     string           `json:"owner,omitempty"` // account of the requester, as tables know it
	Peer      string           `json:"peer,omitempty"`  // account of the accepter
	Requester string           `json:"requester"`
	Accepter  string           `json:"accepter"`
	State     string           `json:"state"` // pending-acceptance, active, failed, deleted
	Message   string           `json:"message"`
	Progress  sandbox.Progress `json:"progress"`
}

func (p *peering) live() bool { return p.State == "active" || p.State == "pending-acceptance" }

var peerings = &ec2Type[peering]{
	table:  sandbox.NewWideTable[peering](cloud, "ec2/vpc-peering-connection"),
	prefix: "pcx-", tag: "vpc-peering-connection", code: "InvalidVpcPeeringConnectionID.NotFound", word: "vpcPeeringConnection",
	ids: "VpcPeeringConnectionId", set: "vpcPeeringConnectionSet",
	filters: []string{
		"accepter-vpc-info.vpc-id", "accepter-vpc-info.owner-id", "requester-vpc-info.vpc-id", "requester-vpc-info.owner-id",
		"status-code", "vpc-peering-connection-id",
	},
}

func init() {
	peerings.visible = func(q *request, p *peering) bool { return p.Owner == q.tx.Account() || p.Peer == q.tx.Account() }
	peerings.filter, peerings.render = peeringField, renderPeering
}

func peeringField(tx *sandbox.Tx, p *peering, name string) []string {
	return []string{map[string]string{
		"accepter-vpc-info.vpc-id": p.Accepter, "accepter-vpc-info.owner-id": accountOf(tx, p.Peer),
		"requester-vpc-info.vpc-id": p.Requester, "requester-vpc-info.owner-id": accountOf(tx, p.Owner),
		"status-code": p.State, "vpc-peering-connection-id": p.ID,
	}[name]}
}

func renderPeering(q *request, p *peering) []node {
	side := func(name, id, owner string) node {
		kids := []node{text("vpcId", id), text("ownerId", accountOf(q.tx, owner)), text("region", p.Region)}
		if v, ok := vpcs.table.Anywhere(q.tx, p.Region, id); ok && (p.State == "active" || owner == q.tx.Account()) {
			kids = append(kids, text("cidrBlock", v.Ranges[0].CIDR.String()), items("cidrBlockSet", v.live(), func(c netip.Prefix) []node {
				return []node{text("cidrBlock", c.String())}
			}))
		}
		return group(name, kids...)
	}
	return []node{
		text("vpcPeeringConnectionId", p.ID), side("requesterVpcInfo", p.Requester, p.Owner), side("accepterVpcInfo", p.Accepter, p.Peer),
		group("status", text("code", p.State), text("message", p.Message)), tagSet(p.Tags),
	}
}

func createPeering(q *request) (any, error) {
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	in := q.tx.Account()
	if other := q.form.text("PeerOwnerId"); other != "" {
		in = inside(q.tx, other)
	}
	if other := q.form.text("PeerRegion"); other != "" && other != q.region {
		return nil, unmodelled(nil, "peering with another region")
	}
	var peer *vpc
	q.tx.Inside(in, func() { peer, err = vpcs.named(q, "PeerVpcId") })
	if err != nil {
		return nil, err
	}
	tags, err := q.tagSpecification("vpc-peering-connection")
	if err != nil {
		return nil, err
	}
	if v.ID == peer.ID {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "A VPC can't be peered with itself: %s", v.ID)
	}
	mine := peerings.table.Where(q.tx, q.region, func(p *peering) bool {
		return p.live() && (p.Requester == v.ID || p.Accepter == v.ID)
	})
	for _, p := range mine {
		if p.Requester == peer.ID || p.Accepter == peer.ID {
			return nil, fail(http.StatusBadRequest, "VpcPeeringConnectionAlreadyExists", "A VPC peering connection between %s and %s already exists: %s", v.ID, peer.ID, p.ID)
		}
	}
	if len(mine) >= quota(q.tx, q.region, quotaPeerings) {
		return nil, fail(http.StatusBadRequest, "VpcPeeringConnectionLimitExceeded", "The maximum number of active peering connections has been reached.")
	}
	p := &peering{
		ec2Object: q.newObject("pcx-", tags), Owner: q.tx.Account(), Peer: in, Requester: v.ID, Accepter: peer.ID,
		State: "pending-acceptance", Message: "Pending Acceptance by " + accountOf(q.tx, in),
	}
	if overlap(v.live(), peer.live()) {
		// AWS takes the request and fails it.
		p.State, p.Pending = "failed", true
		p.Message = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
	}
	peerings.table.Put(q.tx, p)
	return []node{group("vpcPeeringConnection", renderPeering(q, p)...)}, nil
}

func overlap(a, b []netip.Prefix) bool {
	return slices.ContainsFunc(a, func(p netip.Prefix) bool { return slices.ContainsFunc(b, p.Overlaps) })
}

// rangesAcross finds a VPC that is peered with v and has a range that overlaps.
func rangesAcross(tx *sandbox.Tx, v *vpc, cidr netip.Prefix) string {
	for _, p := range peerings.table.List(tx, v.Region) {
		for _, pair := range [][2]string{{p.Requester, p.Accepter}, {p.Accepter, p.Requester}} {
			other, ok := vpcs.table.Anywhere(tx, v.Region, pair[1])
			if pair[0] == v.ID && p.live() && ok && overlap(other.live(), []netip.Prefix{cidr}) {
				return other.ID
			}
		}
	}
	return ""
}

func acceptPeering(q *request) (any, error) {
	p, err := peerings.named(q, "VpcPeeringConnectionId")
	if err != nil {
		return nil, err
	}
	if p.Peer != q.tx.Account() {
		return nil, fail(http.StatusForbidden, "OperationNotPermitted", "User %s cannot accept peering %s", q.account, p.ID)
	}
	if p.State != "pending-acceptance" && p.State != "active" {
		return nil, fail(http.StatusBadRequest, "InvalidStateTransition", "Invalid state transition for %s, attempted to transition from %s to active", p.ID, p.State)
	}
	p.State, p.Message = "active", "Active"
	peerings.table.Put(q.tx, p)
	return []node{group("vpcPeeringConnection", renderPeering(q, p)...)}, nil
}

func deletePeering(q *request) (any, error) {
	p, err := peerings.named(q, "VpcPeeringConnectionId")
	if err != nil {
		return nil, err
	}
	if !p.live() {
		return nil, fail(http.StatusBadRequest, "InvalidStateTransition", "Invalid state transition for %s, attempted to transition from %s to deleting", p.ID, p.State)
	}
	p.State, p.Message, p.Pending = "deleted", "Deleted by "+q.account, true
	peerings.table.Put(q.tx, p)
	return []node{flag("return", true)}, nil
}
