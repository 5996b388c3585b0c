package azurecloud

import (
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Cluster implements [cloud.Cloud].
func (c *azureCloud) Cluster() cloud.Part[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs] {
	return unbuilt[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs]{}
}
