package blueprint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// poolZones are the zones of a pool: those asked for, else all of the
// network's. One group that spans zones keeps the zones that it has.
func (r *resolver) poolZones(name string, spec NodePoolSpec) []string {
	if len(spec.Zones) > 0 {
		return slices.DeleteFunc(sortedUnique(spec.Zones), func(zone string) bool { return !slices.Contains(r.zones, zone) })
	}
	standing := r.priorPool(name, spec)
	if group, spans := standing.Groups["all"]; spans && !r.perZone(spec) {
		kept := slices.DeleteFunc(slices.Clone(group.Zones), func(zone string) bool { return !slices.Contains(r.zones, zone) })
		if len(kept) > 0 {
			return sortedUnique(kept)
		}
	}
	return r.zones
}

// priorPool is the pool that stands under this key, or under the one that it
// was moved from.
func (r *resolver) priorPool(name string, spec NodePoolSpec) NodePoolDesign {
	pools := r.priorPools()
	if standing, ok := pools[name]; ok {
		return standing
	}
	if spec.MovedFrom != "" {
		if _, stillAsked := r.spec.NodePools[spec.MovedFrom]; !stillAsked {
			return pools[spec.MovedFrom]
		}
	}
	return NodePoolDesign{}
}

// autoscaled tells whether an autoscaler owns the pool's size.
func (r *resolver) autoscaled(spec NodePoolSpec) bool {
	return r.autoscaling() == AutoscalingCluster && spec.MaxSize > spec.MinSize
}

func (r *resolver) perZone(spec NodePoolSpec) bool { return orBool(spec.PerZone, r.autoscaled(spec)) }

// resolveAWSNodePools settles every pool and its groups.
func (r *resolver) resolveAWSNodePools() {
	r.design.NodePools = map[string]NodePoolDesign{}
	for i, name := range slices.Sorted(maps.Keys(r.spec.NodePools)) {
		spec := r.spec.NodePools[name]
		r.design.NodePools[name] = r.nodePool(name, spec, r.demand.pools[i])
		r.validatePool(name, spec)
	}
}

func (r *resolver) nodePool(name string, spec NodePoolSpec, demand poolDemand) NodePoolDesign {
	standing := r.priorPool(name, spec)
	design := NodePoolDesign{
		Scope:             r.scope(false),
		Name:              or(standing.Name, name),
		KubernetesVersion: or(spec.KubernetesVersion, r.spec.KubernetesVersion),
		Mode:              or(spec.Mode, ModeUser),
		InstanceTypes:     slices.Clone(spec.InstanceTypes),
		Architecture:      or(spec.Architecture, architectureOf(spec.InstanceTypes)),
		CapacityType:      or(spec.CapacityType, "on_demand"),
		OS:                "al2023",
		Labels:            cloned(spec.Labels),
		Taints:            sortedTaints(spec.Taints),
		MaxPods:           spec.MaxPods,
		MaxUnavailable:    or(spec.MaxUnavailable, "1"),
		Repair:            orBool(spec.Repair, true),
		Autoscaled:        r.autoscaled(spec),
		RolloutID:         spec.RolloutID,
		Tags:              cloned(merge(r.spec.Tags, spec.Tags)),
	}
	if spec.NodeImage != nil {
		design.OS = or(spec.NodeImage.OS, design.OS)
		design.Release = spec.NodeImage.Release
	}
	if design.MaxPods == 0 && r.prefixDelegation() && len(spec.InstanceTypes) > 0 {
		design.MaxPods = demand.pods
	}
	r.setDisk(&design, spec.Disk)
	r.setGroups(&design, spec, demand, standing)
	for _, group := range design.Groups {
		for key, id := range r.givenIDs(group.Subnets...) {
			if design.GivenSubnets == nil {
				design.GivenSubnets = map[string]string{}
			}
			design.GivenSubnets[key] = id
		}
	}
	return design
}

// setDisk fills in the root disk. Bottlerocket keeps its system on a disk of
// its own; this is the one for images and containers there.
func (r *resolver) setDisk(design *NodePoolDesign, spec *DiskSpec) {
	disk := DiskSpec{}
	if spec != nil {
		disk = *spec
	}
	design.DiskGiB = or(disk.SizeGiB, 100)
	design.DiskType = or(disk.Type, "gp3")
	design.DiskIOPS, design.DiskThroughput = disk.IOPS, disk.Throughput
	design.DiskKey = disk.KeyID
	if design.DiskKey == "" {
		design.DiskKey = "cluster"
		if r.encryption().Mode == "cloud" {
			design.DiskKey = "cloud"
		}
	}
}

// setGroups splits the pool into node groups: one a zone, or one that spans.
func (r *resolver) setGroups(design *NodePoolDesign, spec NodePoolSpec, demand poolDemand, standing NodePoolDesign) {
	design.Groups = map[string]NodeGroupDesign{}
	minimum, maximum := clamp(spec.MinSize, 0, mostNodes), clamp(spec.MaxSize, 0, mostNodes)
	if !r.perZone(spec) {
		if len(demand.zones) > 0 {
			design.Groups["all"] = r.nodeGroup(design, "all", demand.zones, minimum, maximum, standing)
		}
		return
	}
	for i, zone := range demand.zones {
		n := len(demand.zones)
		design.Groups[zone] = r.nodeGroup(design, zone, []string{zone}, share(minimum, n, i), share(maximum, n, i), standing)
	}
}

func (r *resolver) nodeGroup(design *NodePoolDesign, key string, zones []string, minimum, maximum int, standing NodePoolDesign) NodeGroupDesign {
	group := NodeGroupDesign{Zones: slices.Clone(zones), MinSize: minimum, MaxSize: maximum}
	for _, zone := range zones {
		group.Subnets = append(group.Subnets, TierNodes+"-"+zone)
	}
	group.Name = r.groupName(design, key, group, standing.Groups[key].Name)
	return group
}

const (
	maxNodeGroupName = 63 // EKS API, CreateNodegroup.nodegroupName, 2026-08
	hashSuffix       = 9  // a hyphen and eight digits
)

// groupName is base and hash. The hash covers what a managed node group can't
// change in place, so that a change of it makes a new group beside the old
// one: instance types, capacity type, operating system and architecture (the
// image type), subnets and the pods' subnets, the node role, and rollout_id.
// All else (version, release, disk, labels, taints, maximum pods, sizes) is
// updated in place. The base stays what it was when the pool is renamed.
func (r *resolver) groupName(design *NodePoolDesign, key string, group NodeGroupDesign, standing string) string {
	inputs := append(slices.Clone(design.InstanceTypes), "|", design.CapacityType, design.OS, design.Architecture, "|")
	inputs = append(inputs, group.Subnets...)
	inputs = append(inputs, "|", fmt.Sprint(r.customNetworking()), r.nodeRole(), "|", design.RolloutID)
	if waits := firstUnknown(inputs...); waits != "" {
		return Unknown(unknownPath(waits))
	}
	hash := shortHash(inputs...)
	base := strings.TrimSuffix(fitted(design.Name+"-"+key, maxNodeGroupName-hashSuffix), "-")
	if len(standing) > hashSuffix && standing[len(standing)-hashSuffix] == '-' {
		base = standing[:len(standing)-hashSuffix]
	}
	return base + "-" + hash
}

// nodeRole is what tells node roles apart: an ARN, or path and name.
func (r *resolver) nodeRole() string {
	if arn := r.aws().NodeRoleARN; arn != "" {
		return arn
	}
	return r.rolePath() + r.design.ControlPlane.Names["role/node"]
}

// architectureOf is that of the first instance type that the catalog knows.
func architectureOf(instanceTypes []string) string {
	for _, name := range instanceTypes {
		if facts, known := instanceTypeOf(name); known {
			return facts.Architecture
		}
	}
	for _, name := range instanceTypes {
		if graviton(name) {
			return catalog.ARM64
		}
	}
	return catalog.AMD64
}

// graviton tells arm64 from the name of a type that the catalog does not hold:
// a "g" among the letters behind the generation, as in m9gd.
func graviton(name string) bool {
	family, _, _ := strings.Cut(name, ".")
	digits := strings.IndexAny(family, "0123456789")
	return digits > 0 && strings.Contains(strings.TrimLeft(family[digits:], "0123456789"), "g")
}

func sortedTaints(taints []TaintSpec) []TaintSpec {
	if len(taints) == 0 {
		return nil
	}
	taints = slices.Clone(taints)
	for _, taint := range taints {
		if waits := firstUnknown(taint.Key, taint.Effect); waits != "" {
			for i := range taints { // their order waits too
				taints[i] = TaintSpec{Key: waits, Value: waits, Effect: waits}
			}
			return taints
		}
	}
	slices.SortFunc(taints, func(a, b TaintSpec) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Effect, b.Effect), cmp.Compare(a.Value, b.Value))
	})
	return taints
}

func merge(base, over map[string]string) map[string]string {
	merged := maps.Clone(base)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, over)
	return merged
}
