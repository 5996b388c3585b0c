package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type networkResource = partResource[blueprint.NetworkDesign, blueprint.NetworkOutputs]

var (
	_ resource.ResourceWithConfigure   = (*networkResource)(nil)
	_ resource.ResourceWithImportState = (*networkResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*networkResource)(nil)
)

func newNetworkResource() resource.Resource {
	return &networkResource{part: part[blueprint.NetworkDesign, blueprint.NetworkOutputs]{
		name: "network",
		doc: "The network of a cluster: VPC or virtual network, subnets by tier and zone, routes, the way out, private endpoints and flow logs. " +
			"Adding a zone, a tier or a pod range moves nothing that is there.",
		open: func(c cloud.Cloud) cloud.Part[blueprint.NetworkDesign, blueprint.NetworkOutputs] {
			return c.Network()
		},
		timeout: 30 * time.Minute,
	}}
}
