package terratest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gruntwork-io/terratest/modules/logger"
	"github.com/gruntwork-io/terratest/modules/terraform"

	"github.com/kready-io/terraform-provider-kready/kreadytest"
)

// root is the repository.
const root = "../.."

// stack is one folder that is applied, in clouds of its own.
type stack struct {
	t       *testing.T
	clouds  *kreadytest.Clouds
	options *terraform.Options
}

// newStack copies the folders below from and lets the first use clouds of the
// test's own.
func newStack(t *testing.T, from string, folders ...string) *stack {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("these tests need the built provider: make terratest")
	}
	folder := kreadytest.Copy(t, from, folders...)
	clouds := kreadytest.Sandbox(t)
	clouds.Use(folder)
	return &stack{t: t, clouds: clouds, options: &terraform.Options{
		TerraformDir: folder, TerraformBinary: os.Getenv("TF_ACC_TERRAFORM_PATH"), EnvVars: clouds.Env(), NoColor: true,
		PlanFilePath: filepath.Join(t.TempDir(), "plan.tfplan"), Logger: logger.Discard, Lock: true,
	}}
}

// plan makes a plan and reads it.
func (s *stack) plan(args ...string) *kreadytest.Plan {
	s.t.Helper()
	s.options.ExtraArgs = terraform.ExtraArgs{Plan: args}
	terraform.PlanContext(s.t, s.t.Context(), s.options)
	return kreadytest.FromFile(s.t, s.options.PlanFilePath)
}

// apply applies the plan that was made last, and no other.
func (s *stack) apply() {
	s.t.Helper()
	// Terratest would write settings into the environment of a plan file's
	// apply that belong to the plan.
	options := *s.options
	options.ExtraArgs = terraform.ExtraArgs{}
	if _, err := terraform.ApplyContextE(s.t, s.t.Context(), &options); err != nil {
		for _, call := range s.clouds.Journal() {
			if call.Code != "" {
				s.t.Logf("%s %s: %d %s", call.Service, call.Operation, call.Status, call.Code)
			}
		}
		s.t.Fatal(err)
	}
}

// life takes a stack from nothing to nothing: the first plan only creates, and
// no more than allowed; the second is empty; a budget without deletes stops
// the destroy; and what was destroyed is gone. check looks at what stands.
func (s *stack) life(most int, check func()) {
	s.t.Helper()
	terraform.InitContext(s.t, s.t.Context(), s.options)
	kreadytest.WithinBudget(s.t, s.plan(), kreadytest.Budget{Create: most})
	s.apply()
	kreadytest.NoChanges(s.t, s.plan())
	if check != nil {
		check()
	}
	destroy := s.plan("-destroy")
	kreadytest.OverBudget(s.t, destroy, kreadytest.Budget{Create: kreadytest.Unlimited, Update: kreadytest.Unlimited, Replace: kreadytest.Unlimited})
	kreadytest.WithinBudget(s.t, destroy, kreadytest.Budget{Delete: most})
	s.apply()
	for _, o := range s.clouds.Leftovers() {
		s.t.Errorf("destroy leaves %s %s %s behind", o.Type, o.ID, o.Name)
	}
}

// count counts the objects of a type.
func (s *stack) count(kind string) int {
	s.t.Helper()
	n := 0
	for _, o := range s.clouds.Objects() {
		if o.Type == kind {
			n++
		}
	}
	return n
}
