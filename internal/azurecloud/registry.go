package azurecloud

import (
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Registry implements [cloud.Cloud].
func (c *azureCloud) Registry() cloud.Part[blueprint.RegistryDesign, blueprint.RegistryOutputs] {
	return unbuilt[blueprint.RegistryDesign, blueprint.RegistryOutputs]{}
}
