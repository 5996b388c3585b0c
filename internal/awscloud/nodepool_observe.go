package awscloud

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// observe turns the view into a design: equal, field by field, to the one that
// was ensured, where nothing has drifted.
func (v *poolView) observe() observedPool {
	seen := observedPool{Objects: map[string]string{}}
	tags := v.templateTags()
	if v.template != nil {
		seen.Objects[templateComponent] = aws.ToString(v.template.LaunchTemplateId)
	}
	groups := v.current()
	for key, group := range groups {
		seen.Objects["group/"+key] = eksID(v.ref, aws.ToString(group.NodegroupName))
		if tags == nil {
			tags = group.Tags // somebody removed the template
		}
	}
	seen.Exists = len(seen.Objects) > 0
	if !seen.Exists {
		return seen
	}
	seen.Owner, seen.Incarnation, seen.Token = tags[cloud.TagOwner], tags[cloud.TagIncarnation], tags[cloud.TagToken]
	seen.Outputs = blueprint.NodePoolOutputs{Sizes: map[string]int64{}, ImageRelease: map[string]string{}}
	var busy []string
	for _, key := range sortedKeys(groups) {
		group := groups[key]
		if group.ScalingConfig != nil {
			seen.Outputs.Sizes[key] = int64(aws.ToInt32(group.ScalingConfig.DesiredSize))
		}
		seen.Outputs.ImageRelease[key] = aws.ToString(group.ReleaseVersion)
		switch group.Status {
		case types.NodegroupStatusCreating, types.NodegroupStatusUpdating, types.NodegroupStatusDeleting:
			busy = append(busy, "group/"+key+" "+string(group.Status))
		case types.NodegroupStatusDegraded, types.NodegroupStatusCreateFailed:
			seen.Warnings = append(seen.Warnings, unhealthyGroup("group/"+key, group).Error()+".")
		}
	}
	seen.Busy = strings.Join(busy, ", ")
	seen.Design = v.design(groups)
	seen.Warnings = append(seen.Warnings, v.skew(seen.Design)...)
	return seen
}

// skew warns of nodes that stay behind the control plane.
func (v *poolView) skew(design blueprint.NodePoolDesign) []string {
	if v.cluster == nil || design.KubernetesVersion == "" {
		return nil
	}
	behind := minor(aws.ToString(v.cluster.Version)) - minor(withoutRemark(design.KubernetesVersion))
	if behind <= 0 {
		return nil
	}
	return []string{fmt.Sprintf("The pool's nodes run Kubernetes %s, the control plane %s. Nodes may be three minors behind at most, and a control plane can't be upgraded past that.",
		design.KubernetesVersion, aws.ToString(v.cluster.Version))}
}

func (v *poolView) design(groups map[string]*types.Nodegroup) blueprint.NodePoolDesign {
	tags := v.templateTags()
	design := blueprint.NodePoolDesign{
		Scope: blueprint.Scope{
			Cloud: blueprint.CloudAWS, Region: v.api.region, Cluster: v.ref.Cluster, Target: targetOf(tags, v.known.Target),
			OnDestroy: cloud.ParseLifecycle(tags[cloud.TagLifecycle]),
		},
		Name: poolName(v.ref), Mode: tags[tagMode], RolloutID: tags[tagRollout], Autoscaled: tags[tagAutoscaled] == "true",
	}
	for _, key := range sortedKeys(groups) {
		group := groups[key]
		design.GivenSubnets = givenIn(v.places, v.known.GivenSubnets)
		if design.Groups == nil {
			design.Groups = map[string]blueprint.NodeGroupDesign{}
			v.observeFirst(group, tags, &design)
		} else {
			v.observeOther(key, group, tags, &design)
		}
		design.Groups[key] = v.groupDesign(group)
	}
	if v.version != nil {
		v.observeTemplate(groups, &design)
	}
	design.Tags = v.tagsDesign(groups)
	return design
}

// observeFirst reads what all groups of a pool have in common off one of them.
func (v *poolView) observeFirst(group *types.Nodegroup, tags map[string]string, design *blueprint.NodePoolDesign) {
	design.KubernetesVersion = aws.ToString(group.Version)
	design.InstanceTypes = group.InstanceTypes
	design.OS, design.Architecture = ofImageType(group.AmiType)
	design.CapacityType = strings.ToLower(string(group.CapacityType))
	if len(group.Labels) > 0 {
		design.Labels = group.Labels
	}
	design.Taints = fromTaints(group.Taints)
	design.MaxUnavailable = maxUnavailable(group.UpdateConfig)
	design.Repair = repairs(group.NodeRepairConfig)
	if tags[tagRelease] != "" {
		design.Release = aws.ToString(group.ReleaseVersion)
	}
}

// observeOther remarks on where a further group is not as the first.
func (v *poolView) observeOther(key string, group *types.Nodegroup, tags map[string]string, design *blueprint.NodePoolDesign) {
	var other blueprint.NodePoolDesign
	v.observeFirst(group, tags, &other)
	note := func(into *string, value string) {
		if withoutRemark(*into) != value {
			*into = remark(*into, "group/"+key+": "+value)
		}
	}
	note(&design.KubernetesVersion, other.KubernetesVersion)
	note(&design.CapacityType, other.CapacityType)
	note(&design.OS, other.OS)
	note(&design.Architecture, other.Architecture)
	note(&design.Release, other.Release)
	note(&design.MaxUnavailable, other.MaxUnavailable)
	if !slices.Equal(design.InstanceTypes, other.InstanceTypes) {
		design.InstanceTypes = append(slices.Clone(design.InstanceTypes), remark("", "group/"+key+": "+strings.Join(other.InstanceTypes, ", ")))
	}
	if design.Repair != other.Repair {
		design.Repair = false
		design.MaxUnavailable = remark(design.MaxUnavailable, "group/"+key+": repair "+onOff(other.Repair))
	}
	for label, value := range other.Labels {
		if design.Labels[label] != value {
			design.Labels = with(design.Labels, label, remark(design.Labels[label], "group/"+key+": "+value))
		}
	}
	for label := range design.Labels {
		if _, ok := other.Labels[label]; !ok {
			design.Labels = with(design.Labels, label, remark(design.Labels[label], "missing on group/"+key))
		}
	}
	if !slices.Equal(design.Taints, other.Taints) {
		design.Taints = append(slices.Clone(design.Taints), blueprint.TaintSpec{Key: remark("", "differ on group/"+key)})
	}
}

// with is a copy of a map with one entry changed.
func with(m map[string]string, key, value string) map[string]string {
	changed := map[string]string{key: value}
	for k, v := range m {
		if k != key {
			changed[k] = v
		}
	}
	return changed
}

func (v *poolView) groupDesign(group *types.Nodegroup) blueprint.NodeGroupDesign {
	design := blueprint.NodeGroupDesign{Name: aws.ToString(group.NodegroupName)}
	for _, id := range group.Subnets {
		where, ok := v.places[id]
		if !ok {
			where.key = id
		}
		design.Subnets = append(design.Subnets, where.key)
		if where.zone != "" && !slices.Contains(design.Zones, where.zone) {
			design.Zones = append(design.Zones, where.zone)
		}
	}
	slices.Sort(design.Subnets)
	slices.Sort(design.Zones)
	if group.ScalingConfig != nil {
		design.MinSize, design.MaxSize = int(aws.ToInt32(group.ScalingConfig.MinSize)), int(aws.ToInt32(group.ScalingConfig.MaxSize))
	}
	return design
}

// observeTemplate reads disk and maximum pods, and remarks on what else the
// template says, and on groups that don't use its default version.
func (v *poolView) observeTemplate(groups map[string]*types.Nodegroup, design *blueprint.NodePoolDesign) {
	have := templateOf(v.version)
	root := have.root()
	design.DiskGiB, design.DiskType, design.DiskIOPS, design.DiskThroughput = root.size, root.kind, root.iops, root.throughput
	design.MaxPods = have.maxPods()
	group, clusterKey := "", ""
	if v.cluster != nil {
		group, clusterKey = aws.ToString(v.cluster.ResourcesVpcConfig.ClusterSecurityGroupId), (&clusterView{cluster: v.cluster}).keyARN()
	}
	switch root.key {
	case "":
		design.DiskKey = "cloud"
	case clusterKey:
		design.DiskKey = "cluster"
	default:
		design.DiskKey = root.key
	}
	plain := *design
	plain.OS, plain.Tags = withoutRemark(plain.OS), v.userTags()
	ref := v.ref
	ref.Owner = v.templateTags()[cloud.TagOwner]
	remarks := v.api.wantTemplate(ref, plain, group, root.key).differences(have)
	number := fmt.Sprint(aws.ToInt64(v.version.VersionNumber))
	for _, key := range sortedKeys(groups) {
		used := groups[key].LaunchTemplate
		switch {
		case used == nil || aws.ToString(used.Id) != aws.ToString(v.template.LaunchTemplateId):
			remarks = append(remarks, "group/"+key+" uses another launch template")
		case aws.ToString(used.Version) != number:
			remarks = append(remarks, "group/"+key+" uses version "+aws.ToString(used.Version)+" of the launch template")
		}
	}
	design.DiskType = remark(design.DiskType, remarks...)
}

// userTags are the design's tags as the template carries them.
func (v *poolView) userTags() map[string]string {
	tags := cloud.UserTags(v.templateTags(), v.api.defaults, v.api.ignore)
	for key := range tags {
		if cloud.IsAdapterTag(key) {
			delete(tags, key)
		}
	}
	return tags
}

func (v *poolView) tagsDesign(groups map[string]*types.Nodegroup) map[string]string {
	var others []tagged
	for _, key := range sortedKeys(groups) {
		others = append(others, tagged{component: "group/" + key, tags: groups[key].Tags})
	}
	return v.api.allTags(tagged{component: templateComponent, tags: v.templateTags()}, others, v.known.Target)
}
