package azurecloud

import (
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Vault implements [cloud.Cloud].
func (c *azureCloud) Vault() cloud.Part[blueprint.VaultDesign, blueprint.VaultOutputs] {
	return unbuilt[blueprint.VaultDesign, blueprint.VaultOutputs]{}
}
