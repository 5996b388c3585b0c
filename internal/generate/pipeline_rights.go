package generate

import (
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/permissions"
)

// passRole stands in a statement of its own, with the services that a role may
// be handed to.
const passRole = "iam:PassRole"

// AWSRead are the actions of a plan: they read, and read no secret's value.
func (v *pipelineView) AWSRead() []string { return permissions.Demanded("aws", permissions.Plan) }

// AWSWrite are the actions of an apply that belong to a region.
func (v *pipelineView) AWSWrite() []string { return awsWrites(false) }

// AWSGlobal are the actions of an apply on IAM, which has no regions.
func (v *pipelineView) AWSGlobal() []string { return awsWrites(true) }

func awsWrites(global bool) []string {
	reads := permissions.Demanded("aws", permissions.Plan)
	return slices.DeleteFunc(permissions.Demanded("aws", permissions.Apply), func(action string) bool {
		return action == passRole || slices.Contains(reads, action) || strings.HasPrefix(action, "iam:") != global
	})
}
