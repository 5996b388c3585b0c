package blueprint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// defaultDiskGiB is the root disk that AKS gives nodes by itself.
// Source: AKS concepts-storage, 2026-08.
const defaultDiskGiB = 128

// azurePoolZones are the zones of a pool: those asked for, else those that it
// has, because a scale set can't change them, else all of the network's.
func (r *resolver) azurePoolZones(name string, spec NodePoolSpec) []string {
	spec.PerZone = new(bool)
	return r.poolZones(name, spec)
}

// resolveAzureNodePools settles every pool. Names that stand come first, so
// that a new pool never takes one.
func (r *resolver) resolveAzureNodePools() {
	r.design.NodePools = map[string]NodePoolDesign{}
	taken := map[string]bool{}
	for _, pool := range r.priorPools() {
		taken[pool.Groups["all"].Name] = true
	}
	for i, name := range slices.Sorted(maps.Keys(r.spec.NodePools)) {
		spec := r.spec.NodePools[name]
		design := r.azureNodePool(name, spec, r.demand.pools[i], taken)
		taken[design.Groups["all"].Name] = true
		r.design.NodePools[name] = design
		r.validateAzurePool(name, spec)
	}
}

func (r *resolver) azureNodePool(name string, spec NodePoolSpec, demand poolDemand, taken map[string]bool) NodePoolDesign {
	standing := r.priorPool(name, spec)
	size := firstOf(spec.InstanceTypes)
	facts, _ := vmSizeOf(size)
	design := NodePoolDesign{
		Scope:             r.scope(false),
		Name:              or(standing.Name, name),
		KubernetesVersion: or(spec.KubernetesVersion, r.spec.KubernetesVersion),
		Mode:              or(spec.Mode, ModeUser),
		InstanceTypes:     slices.Clone(spec.InstanceTypes),
		Architecture:      or(spec.Architecture, facts.Architecture),
		CapacityType:      or(spec.CapacityType, "on_demand"),
		OS:                or(standing.OS, r.defaultOS(spec)),
		Labels:            cloned(spec.Labels),
		Taints:            sortedTaints(spec.Taints),
		DiskKey:           "cloud",
		MaxPods:           r.azureMaxPods(spec),
		MaxSurge:          surgeOf(spec),
		MaxUnavailable:    or(spec.MaxUnavailable, "0"),
		Repair:            true,
		Autoscaled:        r.autoscaled(spec),
		RolloutID:         spec.RolloutID,
		Tags:              cloned(merge(r.spec.Tags, spec.Tags)),
		GivenSubnets:      r.givenIDs(TierNodes, TierPods),
		Azure:             &NodePoolAzureDesign{ResourceGroup: r.resourceGroup(), SSH: "LocalUser"},
	}
	if r.report.production {
		design.Azure.SSH = "Disabled"
	}
	if !r.overlay() {
		design.Azure.PodSubnet = TierPods
	}
	if spec.NodeImage != nil {
		design.OS = or(spec.NodeImage.OS, design.OS)
		design.Release = spec.NodeImage.Release
	}
	r.setAzureDisk(&design, spec.Disk, facts, standing)
	group := NodeGroupDesign{
		Zones: slices.Clone(demand.zones), Subnets: []string{TierNodes},
		MinSize: clamp(spec.MinSize, 0, mostNodes), MaxSize: clamp(spec.MaxSize, 0, mostNodes),
	}
	group.Name = r.poolName(design, group, standing, taken)
	design.Groups = map[string]NodeGroupDesign{"all": group}
	return design
}

// poolName keeps the name that stands while nothing changes that a scale set
// can't change in place: VM size, zones, subnets, disk, operating system, most
// pods, capacity type; or rollout_id.
func (r *resolver) poolName(design NodePoolDesign, group NodeGroupDesign, standing NodePoolDesign, taken map[string]bool) string {
	inputs := fixedOfPool(design, group)
	if waits := firstUnknown(append(inputs, group.Zones...)...); waits != "" {
		return Unknown(unknownPath(waits))
	}
	if was, ok := standing.Groups["all"]; ok && slices.Equal(inputs, fixedOfPool(standing, was)) {
		return was.Name
	}
	return poolNameInAzure(design.Name, taken, inputs...)
}

func fixedOfPool(design NodePoolDesign, group NodeGroupDesign) []string {
	subnet := ""
	if design.Azure != nil {
		subnet = design.Azure.PodSubnet
	}
	return []string{
		strings.ToLower(firstOf(design.InstanceTypes)), strings.Join(group.Zones, ","), strings.Join(group.Subnets, ","), subnet,
		design.OS, design.DiskType, fmt.Sprint(design.DiskGiB, " ", design.MaxPods), design.CapacityType, design.RolloutID,
	}
}

// defaultOS is the newest operating system that runs the pool's version.
func (r *resolver) defaultOS(spec NodePoolSpec) string {
	newest := catalog.DefaultOS(catalog.Azure)
	minor, err := catalog.ParseMinor(or(spec.KubernetesVersion, r.spec.KubernetesVersion))
	if image, ok := catalog.LookupNodeImage(catalog.Azure, newest, "", ""); err == nil && ok && !image.Runs(minor) {
		if older, ok := catalog.LookupNodeImage(catalog.Azure, catalog.OSUbuntu2204, "", ""); ok && older.Runs(minor) {
			return older.OS
		}
	}
	return newest
}

// setAzureDisk fills in the root disk: on the host's own storage where it fits,
// which is faster and free. What stands stays, also where a newer catalog
// knows of storage that an older one did not.
func (r *resolver) setAzureDisk(design *NodePoolDesign, spec *DiskSpec, facts catalog.VMSize, standing NodePoolDesign) {
	disk := DiskSpec{}
	if spec != nil {
		disk = *spec
	}
	design.DiskGiB = or(disk.SizeGiB, defaultDiskGiB)
	design.DiskIOPS, design.DiskThroughput = disk.IOPS, disk.Throughput
	design.DiskType = disk.Type
	if design.DiskType != "" {
		return
	}
	sameDisk := standing.DiskGiB == design.DiskGiB && strings.EqualFold(firstOf(standing.InstanceTypes), firstOf(design.InstanceTypes))
	if standing.DiskType != "" && sameDisk {
		design.DiskType = standing.DiskType
		return
	}
	design.DiskType = "managed"
	if fits, known := facts.EphemeralOS(design.DiskGiB); known && fits {
		design.DiskType = "ephemeral"
	}
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
