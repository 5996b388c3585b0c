package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type registryResource = partResource[blueprint.RegistryDesign, blueprint.RegistryOutputs]

func newRegistryResource() resource.Resource {
	return &registryResource{part: part[blueprint.RegistryDesign, blueprint.RegistryOutputs]{
		name: "registry",
		doc: "Private image repositories: encrypted, scanned, with immutable tags and a lifecycle. A repository that holds images is not deleted unless force_destroy says so. " +
			"On Azure it is one registry with a private endpoint, which needs the network.",
		inputs: []input{networkInput},
		open: func(c cloud.Cloud) cloud.Part[blueprint.RegistryDesign, blueprint.RegistryOutputs] {
			return c.Registry()
		},
		timeout: 20 * time.Minute,
	}}
}
