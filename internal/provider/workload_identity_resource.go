package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type workloadIdentityResource = partResource[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs]

func newWorkloadIdentityResource() resource.Resource {
	return &workloadIdentityResource{part: part[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs]{
		name:     "workload_identity",
		doc:      "Cloud identity of one Kubernetes service account, with exactly its grants.",
		inputs:   []input{clusterInput, registryInput, vaultInput},
		instance: func(d blueprint.WorkloadIdentityDesign) string { return d.Name },
		open: func(c cloud.Cloud) cloud.Part[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs] {
			return c.WorkloadIdentity()
		},
		timeout: 20 * time.Minute,
	}}
}
