package provider

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type clusterResource = partResource[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs]

func newClusterResource() resource.Resource {
	return &clusterResource{part: part[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs]{
		name: "cluster",
		doc: "The control plane of a cluster, with its roles, key, logs, access and the add-ons that must stand before the first node. " +
			"Its API is private. It is upgraded in place, one minor at a time.",
		inputs: []input{networkInput, registryInput},
		open: func(c cloud.Cloud) cloud.Part[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs] {
			return c.Cluster()
		},
		judge:    judgeControlPlane,
		tolerate: tolerateVersion,
		timeout:  60 * time.Minute,
	}}
}

// judgeControlPlane looks at the step from what runs to what is planned: the
// blueprint may be ahead of an upgrade that failed.
func judgeControlPlane(prior, planned blueprint.ControlPlaneDesign) []blueprint.Finding {
	return blueprint.JudgeUpgrade(prior.KubernetesVersion, planned.KubernetesVersion)
}

// tolerateVersion keeps a live version ahead of the configuration from being
// planned as a downgrade.
func tolerateVersion(configured blueprint.ControlPlaneDesign, observed *blueprint.ControlPlaneDesign) []string {
	if !blueprint.NewerMinor(observed.KubernetesVersion, configured.KubernetesVersion) {
		return nil
	}
	warning := fmt.Sprintf("runs Kubernetes %s, ahead of the configured %s. Raise kubernetes_version to %q; kready never plans a downgrade.",
		observed.KubernetesVersion, configured.KubernetesVersion, observed.KubernetesVersion)
	observed.KubernetesVersion = configured.KubernetesVersion
	return []string{warning}
}
