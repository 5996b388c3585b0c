package blueprint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

var surgeCount = regexp.MustCompile(`^(0|[1-9][0-9]{0,2}|[1-9][0-9]?%|100%)$`)

// validateAzurePool checks one pool.
func (r *resolver) validateAzurePool(name string, spec NodePoolSpec) {
	path := at("node_pools", name)
	if !poolName.MatchString(name) {
		r.report.fail(path, "pool-name", fmt.Sprintf("%q is no pool name", name),
			"Use 1 to 32 lower-case letters, digits and hyphens, starting with a letter.")
	}
	r.validateAzurePoolSize(path, spec)
	r.validatePoolZones(path, spec)
	r.validateKeptZones(path, name, spec)
	r.validateVMSize(path, spec)
	r.validatePoolVersion(path, name, spec)
	r.validateLabels(path, spec)
	r.validateAzureDisk(path, spec)
	r.validateAzureImage(path, name, spec)
	r.validatePoolMoved(path, spec)
	r.validateTags(path+".tags", spec.Tags)
	r.validateSurge(path, spec)
	if spec.MaxPods != 0 {
		r.report.judged("max-pods", cidr.JudgeAKSMaxPods(path+".max_pods", spec.MaxPods)...)
	}
}

func (r *resolver) validateAzurePoolSize(path string, spec NodePoolSpec) {
	switch {
	case spec.MinSize < 0 || spec.MaxSize < 0:
		r.report.fail(path+".min_size", "pool-size", "a size is negative", "Use 0 or more.")
		return
	case spec.MaxSize == 0:
		r.report.fail(path+".max_size", "pool-size", "max_size is 0", "Give the most nodes that the pool may have, 1 or more; remove the pool if it is to have none.")
		return
	case spec.MinSize > spec.MaxSize:
		r.report.fail(path+".min_size", "pool-min-max", fmt.Sprintf("min_size %d is above max_size %d", spec.MinSize, spec.MaxSize),
			"Lower min_size or raise max_size.")
	case spec.MaxSize > spec.MinSize && r.autoscaling() != AutoscalingCluster:
		r.report.fail(path+".max_size", "pool-unscaled", fmt.Sprintf("with autoscaling = %q nothing scales this pool between %d and %d", r.autoscaling(), spec.MinSize, spec.MaxSize),
			"Set min_size and max_size to the same number, or autoscaling = \"cluster_autoscaler\", which AKS brings along.")
	}
	if spec.MaxSize > mostAKSPoolNodes {
		r.report.fail(path+".max_size", "pool-too-large", fmt.Sprintf("a node pool takes %d nodes", mostAKSPoolNodes), "Lower max_size to %d, or add a pool.", mostAKSPoolNodes)
	}
	switch {
	case spec.Mode == ModeSystem && spec.MinSize == 0:
		r.report.fail(path+".min_size", "system-pool-empty", "a system pool can't be empty", "AKS keeps a node of it at least. Raise min_size.")
	case spec.Mode == ModeSystem && spec.MinSize < 2:
		r.report.relax(path+".min_size", "system-pool-size", "a system pool needs two nodes at least",
			"With one, losing it takes DNS and the controllers with it. Raise min_size.")
	}
}

// validateVMSize judges the VM size by the dated catalog, and by what AKS
// documents as too small.
func (r *resolver) validateVMSize(path string, spec NodePoolSpec) {
	if spec.CapacityType == "spot" && spec.Mode == ModeSystem {
		r.report.fail(path+".capacity_type", "spot-system", "AKS takes no spot nodes for a system pool", "DNS and the controllers run there. Use on_demand for it.")
	}
	place := path + ".instance_types"
	switch len(spec.InstanceTypes) {
	case 0:
		r.report.fail(place, "instance-types", "no instance type is named", "Name a VM size, such as \"Standard_D4ds_v5\".")
		return
	case 1:
	default:
		r.report.fail(place, "instance-types-one", fmt.Sprintf("a node pool has one VM size, and %d are named", len(spec.InstanceTypes)),
			"A scale set has machines of one size. Keep the first, and make a pool for each of the others.")
	}
	name := spec.InstanceTypes[0]
	place = nth(place, 0)
	if IsUnknown(name) {
		r.decides(place, name)
		return
	}
	facts, known := vmSizeOf(name)
	if !known {
		r.report.warn(place, "instance-type-unknown", fmt.Sprintf("VM size %q is not in this version's table", name),
			"The table is of %s. Check the spelling.", tableDate("azure-sizes").Format("2006-01-02"))
		return
	}
	if err := facts.ValidateSystemPool(); spec.Mode == ModeSystem && err != nil {
		r.report.fail(place, "instance-type-system", fmt.Sprintf("%s is no size for a system pool", name), "%s. Choose a larger size.", upperFirst(oneLine(err)))
	} else if err := facts.ValidateUserPool(); err != nil {
		r.report.fail(place, "instance-type-small", fmt.Sprintf("%s is too small for nodes", name), "%s. Choose a larger size.", upperFirst(oneLine(err)))
	}
	if asked := spec.Architecture; asked != "" && asked != facts.Architecture {
		r.report.fail(path+".architecture", "architecture", fmt.Sprintf("%s is not %s", name, asked), "Leave architecture out, or choose another size.")
	}
}

func (r *resolver) validateAzureDisk(path string, spec NodePoolSpec) {
	disk := spec.Disk
	if disk == nil {
		return
	}
	path += ".disk"
	r.oneOf(path+".type", disk.Type, "ephemeral", "managed")
	r.validateCount(path+".size_gib", disk.SizeGiB, 30, 2048)
	if disk.IOPS != 0 || disk.Throughput != 0 {
		r.report.fail(path, "disk-provisioned", "root disks on AKS have no provisioned operations or throughput", "Remove iops and throughput; they follow from the size.")
	}
	if disk.Type != "ephemeral" {
		return
	}
	size := firstOf(spec.InstanceTypes)
	facts, listed := vmSizeOf(size)
	fits, known := facts.EphemeralOS(or(disk.SizeGiB, defaultDiskGiB))
	switch {
	case listed && known && !fits && facts.EphemeralOSGiB == 0:
		r.report.fail(path+".type", "disk-ephemeral", fmt.Sprintf("%s has no storage of its own", size), "Use \"managed\", or a size with a local disk (a \"d\" in its name).")
	case listed && known && !fits:
		r.report.fail(path+".type", "disk-ephemeral", fmt.Sprintf("%d GiB don't fit on %s", or(disk.SizeGiB, defaultDiskGiB), size),
			"It has room for %d GiB. Lower size_gib, use \"managed\", or choose a larger size.", facts.EphemeralOSGiB)
	case !known:
		r.report.warn(path+".type", "disk-ephemeral-unknown", fmt.Sprintf("whether %s has room for the disk is not known", size),
			"Azure refuses the pool if it has not. Its documentation lists temporary storage and cache of each size.")
	}
}

// validateAzureImage checks that the operating system runs the pool's version,
// and that one of AKS and the blueprint chooses images.
func (r *resolver) validateAzureImage(path, name string, spec NodePoolSpec) {
	if image := spec.NodeImage; image != nil {
		r.oneOf(path+".node_image.os", image.OS, catalog.OSUbuntu2404, catalog.OSUbuntu2204, catalog.OSAzureLinux3)
		if channel := or(r.azure().NodeOSUpgrade, "NodeImage"); image.Release != "" && channel != "None" {
			r.report.fail(path+".node_image.release", "image-channel", fmt.Sprintf("channel %q moves nodes to newer images by itself", channel),
				"A pin doesn't hold against it. Leave release out, or use azure.node_os_upgrade_channel = \"None\".")
		}
	}
	system := r.design.NodePools[name].OS
	minor, err := catalog.ParseMinor(or(spec.KubernetesVersion, r.spec.KubernetesVersion))
	image, known := catalog.LookupNodeImage(catalog.Azure, system, "", "")
	if err == nil && known && !image.Runs(minor) {
		r.report.fail(path+".node_image.os", "image-version", fmt.Sprintf("%s doesn't run Kubernetes %s", system, minor),
			"It runs %s to %s. Choose another operating system: the pool's nodes are made anew.", image.Oldest, image.Newest)
	}
}

func (r *resolver) validateSurge(path string, spec NodePoolSpec) {
	for _, count := range []struct{ path, value, rule string }{
		{path + ".max_surge", spec.MaxSurge, "max-surge"}, {path + ".max_unavailable", spec.MaxUnavailable, "max-unavailable"},
	} {
		r.decides(count.path, count.value)
		if count.value != "" && !IsUnknown(count.value) && !surgeCount.MatchString(count.value) {
			r.report.fail(count.path, count.rule, fmt.Sprintf("%q is neither a number nor a percentage", count.value), "Use \"1\" to \"100\", or \"1%%\" to \"100%%\".")
		}
	}
	surge, unavailable := surgeOf(spec), or(spec.MaxUnavailable, "0")
	if surge != "0" && unavailable != "0" || surge == "0" && unavailable == "0" {
		r.report.fail(path+".max_surge", "surge-or-unavailable", "an update either adds nodes or does without some",
			"AKS takes one of max_surge and max_unavailable. Leave the other out.")
	}
}

// validateAzurePools judges what only all pools together show.
func (r *resolver) validateAzurePools() {
	pools := r.spec.NodePools
	if !slices.ContainsFunc(slices.Collect(maps.Values(pools)), func(p NodePoolSpec) bool { return p.Mode == ModeSystem }) {
		r.report.fail("node_pools", "no-system-pool", "no pool has mode = \"system\"",
			"AKS makes a cluster with a system pool, for DNS and the controllers. Give one pool mode = \"system\".")
	}
	if len(pools) > mostAKSPools {
		r.report.fail("node_pools", "pools-count", fmt.Sprintf("%d node pools are too many", len(pools)), "AKS takes %d.", mostAKSPools)
	}
	nodes, most := 0, mostAKSNodes
	for _, pool := range pools {
		nodes += clamp(pool.MaxSize, 0, mostNodes)
	}
	if r.tier() == "Free" {
		most = mostAKSFreeNodes
	}
	if nodes > most {
		r.report.fail("node_pools", "cluster-too-large", fmt.Sprintf("%d nodes are more than AKS runs in one cluster", nodes),
			"The %s tier takes %d. Lower max_size of some pools, or build a second cluster.", r.tier(), most)
	}
}
