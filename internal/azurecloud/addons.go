package azurecloud

import (
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Addons implements [cloud.Cloud].
func (c *azureCloud) Addons() cloud.Part[blueprint.AddonsDesign, blueprint.AddonsOutputs] {
	return unbuilt[blueprint.AddonsDesign, blueprint.AddonsOutputs]{}
}
