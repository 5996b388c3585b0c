package provider

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type nodePoolResource = partResource[blueprint.NodePoolDesign, blueprint.NodePoolOutputs]

func newNodePoolResource() resource.Resource {
	return &nodePoolResource{part: part[blueprint.NodePoolDesign, blueprint.NodePoolOutputs]{
		name: "node_pool",
		doc: "One pool of nodes. The autoscaler owns its size: the number of nodes is no drift. " +
			"What a node group can't change in place rolls it: a new group starts at its predecessor's size, the cloud drains the old one, and it is removed.",
		inputs:   []input{networkInput, clusterInput},
		instance: func(d blueprint.NodePoolDesign) string { return d.Name },
		open: func(c cloud.Cloud) cloud.Part[blueprint.NodePoolDesign, blueprint.NodePoolOutputs] {
			return c.NodePool()
		},
		judge: func(prior, planned blueprint.NodePoolDesign) []blueprint.Finding {
			return blueprint.JudgeUpgrade(prior.KubernetesVersion, planned.KubernetesVersion)
		},
		tolerate: func(configured blueprint.NodePoolDesign, observed *blueprint.NodePoolDesign) []string {
			if !blueprint.NewerMinor(observed.KubernetesVersion, configured.KubernetesVersion) {
				return nil
			}
			warning := fmt.Sprintf("runs Kubernetes %s, ahead of the configured %s. Raise kubernetes_version; kready never plans a downgrade.",
				observed.KubernetesVersion, configured.KubernetesVersion)
			observed.KubernetesVersion = configured.KubernetesVersion
			return []string{warning}
		},
		timeout: 60 * time.Minute,
	}}
}
