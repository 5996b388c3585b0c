package azurecloud

import (
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// WorkloadIdentity implements [cloud.Cloud].
func (c *azureCloud) WorkloadIdentity() cloud.Part[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs] {
	return unbuilt[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs]{}
}
