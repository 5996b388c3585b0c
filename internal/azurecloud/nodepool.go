package azurecloud

import (
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// NodePool implements [cloud.Cloud].
func (c *azureCloud) NodePool() cloud.Part[blueprint.NodePoolDesign, blueprint.NodePoolOutputs] {
	return unbuilt[blueprint.NodePoolDesign, blueprint.NodePoolOutputs]{}
}
