package terratest

import (
	"testing"

	"github.com/gruntwork-io/terratest/modules/terraform"

	"github.com/kready-io/terraform-provider-kready/kreadytest"
)

// TestBudgetStopsDestroy proves that a change that would take a cluster away
// is stopped by its budget, as a file or as numbers, and that the same budget
// lets a harmless change through.
func TestBudgetStopsDestroy(t *testing.T) {
	t.Parallel()
	s := newStack(t, root, "examples/quickstart", "modules")
	terraform.InitContext(t, t.Context(), s.options)
	s.plan()
	s.apply()
	production := kreadytest.Budget{Update: 20, Protect: []string{"kready_cluster.*", "kready_network.*"}}
	destroy := s.plan("-destroy")
	kreadytest.OverBudget(t, destroy, production)
	kreadytest.OverBudget(t, destroy, kreadytest.Budget{Delete: kreadytest.Unlimited, Protect: production.Protect})
	kreadytest.OverBudget(t, s.plan("-replace=module.eu.kready_cluster.this"), production)
	kreadytest.WithinBudget(t, s.plan(), production)

	// Somebody takes a subnet away behind Terraform's back: the plan that would
	// bring it back is seen as a create inside of an update, and is over.
	for _, o := range s.clouds.Objects() {
		if o.Type == "ec2/vpc-endpoint" {
			s.clouds.Remove(o.ID)
			break
		}
	}
	drifted := s.plan()
	if len(kreadytest.Updates(drifted)) == 0 {
		t.Error("drift is not planned away")
	}
	kreadytest.OverBudget(t, drifted, production)
	production.Create = kreadytest.Unlimited
	kreadytest.WithinBudget(t, drifted, production)
}
