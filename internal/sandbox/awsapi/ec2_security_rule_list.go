package awsapi

import (
	"net/http"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// describeSecurityGroupRules lists rules one by one, across groups.
func describeSecurityGroupRules(q *request) (any, error) {
	filters, err := q.filters([]string{"group-id", "security-group-rule-id"})
	if err != nil {
		return nil, err
	}
	ids := q.form.list("SecurityGroupRuleId")
	size, token, err := q.page(len(ids) > 0)
	if err != nil {
		return nil, err
	}
	type one struct {
		group *securityGroup
		rule  groupRule
		place uint64
	}
	var found []one
	seen := map[string]bool{}
	for _, g := range securityGroups.table.List(q.tx, q.region) {
		for i, r := range g.Rules {
			keep := len(ids) == 0 || slices.Contains(ids, r.ID)
			for _, f := range filters {
				switch f.name {
				case "group-id":
					keep = keep && f.any([]string{g.ID})
				case "security-group-rule-id":
					keep = keep && f.any([]string{r.ID})
				default:
					keep = keep && f.any(tagValues(r.Tags, f.name))
				}
			}
			if keep {
				seen[r.ID] = true
				found = append(found, one{g, r, g.Sequence<<16 | uint64(i)})
			}
		}
	}
	for _, id := range ids {
		if !seen[id] {
			return nil, fail(http.StatusBadRequest, "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
		}
	}
	page, next := paginate(found, size, token, func(o one) uint64 { return o.place })
	return []node{
		items("securityGroupRuleSet", page, func(o one) []node { return q.renderRule(o.group, o.rule) }),
		text("nextToken", next),
	}, nil
}

// taggedRules lets rules be tagged, though they are no objects of their own.
func taggedRules() tagged {
	return tagged{
		prefix: "sgr-", tag: "security-group-rule",
		missing: func(id string) *apiError {
			return fail(http.StatusBadRequest, "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
		},
		find: func(tx *sandbox.Tx, region, id string) (*sandbox.Meta, func(), bool) {
			for _, g := range securityGroups.table.List(tx, region) {
				for i, r := range g.Rules {
					if r.ID != id {
						continue
					}
					meta := &sandbox.Meta{ID: id, Region: region, Tags: r.Tags}
					return meta, func() {
						g.Rules = slices.Clone(g.Rules)
						g.Rules[i].Tags = meta.Tags
						securityGroups.table.Put(tx, g)
					}, true
				}
			}
			return nil, nil, false
		},
		list: func(tx *sandbox.Tx, region string) []*sandbox.Meta {
			var out []*sandbox.Meta
			for _, g := range securityGroups.table.List(tx, region) {
				for i, r := range g.Rules {
					out = append(out, &sandbox.Meta{ID: r.ID, Region: region, Tags: r.Tags, Sequence: g.Sequence<<16 | uint64(i)})
				}
			}
			return out
		},
	}
}
