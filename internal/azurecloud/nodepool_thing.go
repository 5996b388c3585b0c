package azurecloud

import (
	"maps"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	aks "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// spotKey is the label and the taint that AKS adds to nodes of spot pools by
// itself.
const spotKey = "kubernetes.azure.com/scalesetpriority"

// poolThing is the agent pool of a design.
func poolThing(v *view, d blueprint.NodePoolDesign) thing {
	group := d.Groups[poolKey]
	cluster := v.fact(factCluster)
	if cluster == "" {
		cluster = v.id(poolGroup(d), clusters, v.ref.Cluster)
	}
	t := thing{
		component: poolComponent, id: child(cluster, agentPools, group.Name),
		tags: remember(d.Scope, tagRollout, d.RolloutID, tagRelease, d.Release),
	}
	if len(d.InstanceTypes) == 0 || d.Azure == nil {
		return t // not known yet
	}
	properties := poolProperties(v, d, group)
	t.want = body(aks.AgentPool{Properties: &properties})
	want, _ := t.want["properties"].(document)
	// What only AKS writes is not written back.
	for _, member := range []string{"eTag", "currentOrchestratorVersion", "nodeImageVersion", "status"} {
		want[member] = nil
	}
	want["nodeTaints"] = anyOf(poolTaints(d))
	have := v.find(poolComponent)
	want["nodeLabels"] = exactly(poolLabels(d), have, "nodeLabels")
	if have != nil && sameID(have.id, t.id) {
		// AKS raises patches by itself, and the design knows none.
		if stands := text(have.body, "properties", "orchestratorVersion"); minorOf(stands) == d.KubernetesVersion {
			want["orchestratorVersion"] = stands
		}
	}
	if d.Autoscaled {
		t.birth = document{"properties": document{"count": bornSize(have, group)}}
	} else {
		want["minCount"], want["maxCount"] = absent, absent
	}
	return t
}

// poolProperties are the members that a design decides.
func poolProperties(v *view, d blueprint.NodePoolDesign, group blueprint.NodeGroupDesign) aks.ManagedClusterAgentPoolProfileProperties {
	image, _ := catalog.LookupNodeImage(catalog.Azure, d.OS, "", "")
	mode, disk := aks.AgentPoolModeUser, aks.OSDiskTypeManaged
	if d.Mode == blueprint.ModeSystem {
		mode = aks.AgentPoolModeSystem
	}
	if d.DiskType == "ephemeral" {
		disk = aks.OSDiskTypeEphemeral
	}
	p := aks.ManagedClusterAgentPoolProfileProperties{
		Mode: to.Ptr(mode), Type: to.Ptr(aks.AgentPoolTypeVirtualMachineScaleSets), OSType: to.Ptr(aks.OSTypeLinux),
		VMSize: to.Ptr(d.InstanceTypes[0]), OSSKU: to.Ptr(aks.OSSKU(image.APIName)), OrchestratorVersion: to.Ptr(d.KubernetesVersion),
		OSDiskSizeGB: to.Ptr(int32(d.DiskGiB)), OSDiskType: to.Ptr(disk), MaxPods: to.Ptr(int32(d.MaxPods)),
		AvailabilityZones: to.SliceOfPtrs(group.Zones...), EnableAutoScaling: to.Ptr(d.Autoscaled), ScaleSetPriority: to.Ptr(aks.ScaleSetPriorityRegular),
		UpgradeSettings: &aks.AgentPoolUpgradeSettings{MaxSurge: to.Ptr(d.MaxSurge), MaxUnavailable: to.Ptr(d.MaxUnavailable)},
		SecurityProfile: &aks.AgentPoolSecurityProfile{SSHAccess: to.Ptr(aks.AgentPoolSSHAccess(d.Azure.SSH))},
	}
	if d.CapacityType == "spot" {
		p.ScaleSetPriority, p.ScaleSetEvictionPolicy = to.Ptr(aks.ScaleSetPrioritySpot), to.Ptr(aks.ScaleSetEvictionPolicyDelete)
	}
	if d.Autoscaled {
		p.MinCount, p.MaxCount = to.Ptr(int32(group.MinSize)), to.Ptr(int32(group.MaxSize))
	} else {
		p.Count = to.Ptr(int32(group.MinSize))
	}
	for _, subnet := range group.Subnets {
		if id := v.inputs.Network["subnet/"+subnet]; id != "" {
			p.VnetSubnetID = to.Ptr(id)
		}
	}
	if id := v.inputs.Network["subnet/"+d.Azure.PodSubnet]; id != "" {
		p.PodSubnetID = to.Ptr(id)
	}
	return p
}

// poolLabels and poolTaints are those of the design, and what AKS adds to spot
// pools by itself.
func poolLabels(d blueprint.NodePoolDesign) map[string]string {
	labels := maps.Clone(d.Labels)
	if d.CapacityType == "spot" {
		if labels == nil {
			labels = map[string]string{}
		}
		labels[spotKey] = "spot"
	}
	return labels
}

func poolTaints(d blueprint.NodePoolDesign) []string {
	var taints []string
	for _, taint := range d.Taints {
		text := taint.Key
		if taint.Value != "" {
			text += "=" + taint.Value
		}
		taints = append(taints, text+":"+taint.Effect)
	}
	if spot := spotKey + "=spot:NoSchedule"; d.CapacityType == "spot" && !slices.Contains(taints, spot) {
		taints = append(taints, spot)
	}
	return taints
}

// anyOf is a list as documents have it.
func anyOf(texts []string) []any {
	list := []any{}
	for _, one := range texts {
		list = append(list, one)
	}
	return list
}

// exactly is a map that is to have these entries, and none of the others that
// are there.
func exactly(entries map[string]string, have *found, member string) document {
	want := document{}
	if have != nil {
		others, _ := at(have.body, "properties", member).(map[string]any)
		for key := range others {
			want[key] = absent
		}
	}
	for key, value := range entries {
		want[key] = value
	}
	return want
}

// bornSize is with how many nodes an autoscaled pool is made: as many as its
// predecessor has, within bounds.
func bornSize(predecessor *found, group blueprint.NodeGroupDesign) int {
	size := group.MinSize
	if predecessor != nil {
		size = number(predecessor.body, "properties", "count")
	}
	return min(max(size, group.MinSize), group.MaxSize)
}

// minorOf is "1.34" of "1.34.6".
func minorOf(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}
