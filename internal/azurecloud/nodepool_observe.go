package azurecloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

func observePool(v *view, known blueprint.NodePoolDesign) (blueprint.NodePoolDesign, blueprint.NodePoolOutputs, []string) {
	have := v.find(poolComponent)
	p := at(have.body, "properties")
	version := text(p, "currentOrchestratorVersion")
	if version == "" {
		version = text(p, "orchestratorVersion")
	}
	size := text(p, "vmSize")
	if len(known.InstanceTypes) == 1 && strings.EqualFold(known.InstanceTypes[0], size) {
		size = known.InstanceTypes[0] // Azure has its own spelling
	}
	design := blueprint.NodePoolDesign{
		Scope: v.scopeOf(have), Name: keyOf(v.ref.Part), KubernetesVersion: minorOf(version),
		Mode: strings.ToLower(text(p, "mode")), InstanceTypes: []string{size}, Architecture: architectureOf(p), CapacityType: "on_demand",
		OS: osOf(text(p, "osSKU")), DiskGiB: number(p, "osDiskSizeGB"), DiskType: strings.ToLower(text(p, "osDiskType")), DiskKey: "cloud",
		MaxPods: number(p, "maxPods"), MaxSurge: text(p, "upgradeSettings", "maxSurge"), MaxUnavailable: text(p, "upgradeSettings", "maxUnavailable"),
		Repair: true, Autoscaled: flag(p, "enableAutoScaling"), RolloutID: have.marks[tagRollout],
		Azure: &blueprint.NodePoolAzureDesign{
			ResourceGroup: groupOf(have.id), PodSubnet: subnetKeyOf(text(p, "podSubnetID"), known.GivenSubnets), SSH: text(p, "securityProfile", "sshAccess"),
		},
	}
	if design.MaxUnavailable == "" {
		design.MaxUnavailable = "0"
	}
	if strings.EqualFold(text(p, "scaleSetPriority"), "Spot") {
		design.CapacityType = "spot"
	}
	if have.marks[tagRelease] != "" {
		design.Release = releaseOf(text(p, "nodeImageVersion"))
	}
	observeLabels(p, &design, known)
	group := blueprint.NodeGroupDesign{
		Name: nameOf(have.id), Zones: slices.Sorted(slices.Values(texts(p, "availabilityZones"))), Subnets: []string{subnetKeyOf(text(p, "vnetSubnetID"), known.GivenSubnets)},
		MinSize: number(p, "count"), MaxSize: number(p, "count"),
	}
	if design.Autoscaled {
		group.MinSize, group.MaxSize = number(p, "minCount"), number(p, "maxCount")
	}
	design.GivenSubnets = givenSeen(known.GivenSubnets, text(p, "podSubnetID"), text(p, "vnetSubnetID"))
	design.Groups = map[string]blueprint.NodeGroupDesign{poolKey: group}
	outputs := blueprint.NodePoolOutputs{
		Sizes:        map[string]int64{poolKey: int64(number(p, "count"))},
		ImageRelease: map[string]string{poolKey: releaseOf(text(p, "nodeImageVersion"))},
	}
	return design, outputs, v.poolWarnings(design)
}

// observeLabels reads labels and taints. What AKS adds to spot pools by itself
// is the design's only where it names it too.
func observeLabels(p any, design *blueprint.NodePoolDesign, known blueprint.NodePoolDesign) {
	labels, _ := at(p, "nodeLabels").(map[string]any)
	for key, value := range labels {
		if _, named := known.Labels[key]; key == spotKey && design.CapacityType == "spot" && !named {
			continue
		}
		if design.Labels == nil {
			design.Labels = map[string]string{}
		}
		design.Labels[key], _ = value.(string)
	}
	for _, text := range texts(p, "nodeTaints") {
		rest, effect := text, ""
		if at := strings.LastIndex(text, ":"); at >= 0 {
			rest, effect = text[:at], text[at+1:]
		}
		key, value, _ := strings.Cut(rest, "=")
		taint := blueprint.TaintSpec{Key: key, Value: value, Effect: effect}
		if key == spotKey && design.CapacityType == "spot" && !slices.Contains(known.Taints, taint) {
			continue
		}
		design.Taints = append(design.Taints, taint)
	}
	slices.SortFunc(design.Taints, func(a, b blueprint.TaintSpec) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Effect, b.Effect))
	})
}

// osOf is the operating system behind an SKU, or the SKU where the catalog has
// no word for it.
func osOf(sku string) string {
	for _, image := range catalog.NodeImages(catalog.Azure) {
		if strings.EqualFold(image.APIName, sku) {
			return image.OS
		}
	}
	return sku
}

// architectureOf is what the pool's image is made for.
func architectureOf(p any) string {
	if strings.Contains(strings.ToLower(text(p, "nodeImageVersion")), "arm64") {
		return catalog.ARM64
	}
	if size, known := catalog.LookupVMSize(text(p, "vmSize")); known {
		return size.Architecture
	}
	return catalog.AMD64
}

// releaseOf is the release in an image: "202610.28.0" of
// "AKSUbuntu-2404gen2containerd-202610.28.0".
func releaseOf(image string) string { return image[strings.LastIndex(image, "-")+1:] }

// poolWarnings tell of nodes that stay behind the control plane.
func (v *view) poolWarnings(design blueprint.NodePoolDesign) []string {
	plane, errPlane := catalog.ParseMinor(minorOf(v.fact(factVersion)))
	nodes, errNodes := catalog.ParseMinor(design.KubernetesVersion)
	if errPlane != nil || errNodes != nil || nodes.Compare(plane) >= 0 {
		return nil
	}
	return []string{fmt.Sprintf("The pool's nodes run Kubernetes %s, the control plane %s. Nodes may be three minors behind at most, and a control plane can't be upgraded past that.",
		nodes, plane)}
}
