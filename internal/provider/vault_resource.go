package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type vaultResource = partResource[blueprint.VaultDesign, blueprint.VaultOutputs]

func newVaultResource() resource.Resource {
	return &vaultResource{part: part[blueprint.VaultDesign, blueprint.VaultOutputs]{
		name: "vault",
		doc: "Secret vaults, each with its own key. kready never reads or writes the value of a secret. A vault that holds secrets is not deleted unless force_destroy says so. " +
			"On Azure each is a Key Vault with a private endpoint, which needs the network.",
		inputs: []input{networkInput},
		open: func(c cloud.Cloud) cloud.Part[blueprint.VaultDesign, blueprint.VaultOutputs] {
			return c.Vault()
		},
		timeout: 20 * time.Minute,
	}}
}
