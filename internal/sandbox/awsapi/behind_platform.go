package awsapi

import (
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// platformRemovers are the removers of the services above EC2.
func platformRemovers() map[string]func(q *request, o sandbox.Object) {
	return map[string]func(q *request, o sandbox.Object){
		eksClusters.Type(): func(q *request, o sandbox.Object) {
			for _, n := range nodegroupsOf(q.tx, o.Region, o.ID) {
				n.remove(q)
			}
			if c, ok := eksClusters.Get(q.tx, o.Region, o.ID); ok {
				c.remove(q)
			}
		},
		eksNodegroups.Type(): func(q *request, o sandbox.Object) {
			if n, ok := eksNodegroups.Get(q.tx, o.Region, o.ID); ok {
				n.remove(q)
			}
		},
		eksAddons.Type(): func(q *request, o sandbox.Object) {
			if a, ok := eksAddons.Get(q.tx, o.Region, o.ID); ok {
				a.remove(q)
			}
		},
		kmsKeys.Type(): func(q *request, o sandbox.Object) {
			kmsKeys.Delete(q.tx, o.Region, o.ID)
			for _, alias := range aliasesOf(q.tx, o.Region, o.ID) {
				kmsAliases.Delete(q.tx, o.Region, alias.ID)
			}
		},
		iamRoles.Type(): func(q *request, o sandbox.Object) {
			iamRoles.Delete(q.tx, "", o.ID)
			for _, p := range profilesOf(q.tx, o.ID) {
				p.Role = ""
				iamProfiles.Put(q.tx, p)
			}
		},
		iamPolicies.Type(): func(q *request, o sandbox.Object) {
			iamPolicies.Delete(q.tx, "", o.ID)
			attached, bounded := policyUsers(q.tx, o.ID)
			for _, r := range append(attached, bounded...) {
				r.Attached = slices.DeleteFunc(slices.Clone(r.Attached), func(policyARN string) bool { return policyARN == o.ID })
				if r.Boundary == o.ID {
					r.Boundary = ""
				}
				iamRoles.Put(q.tx, r)
			}
		},
	}
}

// behind is a request of nobody, for what happens without one.
func behind(tx *sandbox.Tx, region string) *request {
	return &request{tx: tx, region: region, account: account(tx), call: &sandbox.Call{Region: region}}
}
