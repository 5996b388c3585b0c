package awsapi

import (
	"net/http"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// Network ACLs: a VPC is born with one that lets everything through, and this
// sandbox has no others. So they are told from VPCs and subnets, not stored.

func describeNetworkACLs(q *request) (any, error) {
	filters, err := q.filters([]string{"association.network-acl-id", "association.subnet-id", "default", "network-acl-id", "owner-id", "vpc-id"})
	if err != nil {
		return nil, err
	}
	ids := q.form.list("NetworkAclId")
	size, token, err := q.page(len(ids) > 0)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !exists(vpcs, q.tx, q.region, func(v *vpc) bool { return v.DefaultACL == id }) {
			return nil, fail(http.StatusBadRequest, "InvalidNetworkAclID.NotFound", "The networkAcl ID '%s' does not exist", id)
		}
	}
	found := vpcs.table.Where(q.tx, q.region, func(v *vpc) bool {
		if len(ids) > 0 && !slices.Contains(ids, v.DefaultACL) {
			return false
		}
		return !slices.ContainsFunc(filters, func(f filter) bool { return !f.any(aclField(q.tx, v, f.name)) })
	})
	page, next := paginate(found, size, token, sequenceOf[vpc])
	return []node{items("networkAclSet", page, q.renderACL), text("nextToken", next)}, nil
}

func aclField(tx *sandbox.Tx, v *vpc, name string) []string {
	if name == "association.subnet-id" {
		return each(subnetsOf(tx, v), func(s *subnet) string { return s.ID })
	}
	return []string{map[string]string{
		"association.network-acl-id": v.DefaultACL, "default": "true", "network-acl-id": v.DefaultACL,
		"owner-id": account(tx), "vpc-id": v.ID,
	}[name]}
}

func subnetsOf(tx *sandbox.Tx, v *vpc) []*subnet {
	return subnets.table.Where(tx, v.Region, func(s *subnet) bool { return s.VPC == v.ID })
}

func (q *request) renderACL(v *vpc) []node {
	type entry struct {
		number         int
		action, egress string
	}
	entries := []entry{{100, "allow", "true"}, {32767, "deny", "true"}, {100, "allow", "false"}, {32767, "deny", "false"}}
	return []node{
		text("networkAclId", v.DefaultACL), text("vpcId", v.ID), text("ownerId", q.account), flag("default", true),
		items("entrySet", entries, func(e entry) []node {
			return []node{
				num("ruleNumber", e.number), text("protocol", "-1"), text("ruleAction", e.action), text("egress", e.egress),
				text("cidrBlock", "0.0.0.0/0"),
			}
		}),
		items("associationSet", subnetsOf(q.tx, v), func(s *subnet) []node {
			return []node{
				text("networkAclAssociationId", "aclassoc-0"+digest(s.ID)[:16]), text("networkAclId", v.DefaultACL), text("subnetId", s.ID),
			}
		}),
		items("tagSet", []string(nil), plain),
	}
}
