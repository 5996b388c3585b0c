package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type addonsResource = partResource[blueprint.AddonsDesign, blueprint.AddonsOutputs]

func newAddonsResource() resource.Resource {
	return &addonsResource{part: part[blueprint.AddonsDesign, blueprint.AddonsOutputs]{
		name:   "addons",
		doc:    "What is added to a cluster once nodes run: DNS, storage drivers and the like, each with its own identity, and what the autoscaler needs in the cloud.",
		inputs: []input{clusterInput},
		open: func(c cloud.Cloud) cloud.Part[blueprint.AddonsDesign, blueprint.AddonsOutputs] {
			return c.Addons()
		},
		timeout: 45 * time.Minute,
	}}
}
