package blueprint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

var (
	poolName  = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)
	dnsLabel  = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	unitCount = regexp.MustCompile(`^([1-9][0-9]{0,2}|[1-9][0-9]?%|100%)$`)
)

const (
	maxPoolSize      = 450 // nodes of one managed node group; EKS service quota, 2024-12
	maxInstanceTypes = 20  // of one managed node group; EKS API, CreateNodegroup, 2026-08
	minVCPUs         = 2
	minMemoryMiB     = 4096
	fewPods          = 10 // network, proxy, identity, storage, monitoring and DNS have pods on a node
)

// validatePool checks one pool.
func (r *resolver) validatePool(name string, spec NodePoolSpec) {
	path := at("node_pools", name)
	if !poolName.MatchString(name) {
		r.report.fail(path, "pool-name", fmt.Sprintf("%q is no pool name", name),
			"Use 1 to 32 lower-case letters, digits and hyphens, starting with a letter.")
	}
	r.validatePoolSize(path, name, spec)
	r.validatePoolZones(path, spec)
	r.validateKeptZones(path, name, spec)
	r.validateInstanceTypes(path, spec)
	r.validatePoolVersion(path, name, spec)
	r.validateLabels(path, spec)
	r.validateDisk(path, spec)
	r.validatePoolMoved(path, spec)
	r.validateTags(path+".tags", spec.Tags)
	r.decides(path+".max_unavailable", spec.MaxUnavailable)
	if spec.MaxUnavailable != "" && !IsUnknown(spec.MaxUnavailable) && !unitCount.MatchString(spec.MaxUnavailable) {
		r.report.fail(path+".max_unavailable", "max-unavailable", fmt.Sprintf("%q is neither a number nor a percentage", spec.MaxUnavailable),
			"Use \"1\" to \"100\", or \"1%%\" to \"100%%\".")
	}
	if image := spec.NodeImage; image != nil {
		r.oneOf(path+".node_image.os", image.OS, "al2023", "bottlerocket")
	}
}

func (r *resolver) validatePoolSize(path, name string, spec NodePoolSpec) {
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
			"EKS scales no node group by itself. Set min_size and max_size to the same number, or autoscaling = \"cluster_autoscaler\".")
	}
	zones := r.poolZones(name, spec)
	if r.perZone(spec) && len(zones) > 0 {
		if spec.MaxSize < len(zones) {
			r.report.fail(path+".max_size", "pool-zones-empty", fmt.Sprintf("%s over %s leave a zone without any", plural(spec.MaxSize, "node"), plural(len(zones), "zone")),
				"A node group must be able to hold one node. Raise max_size to %d, name fewer zones, or set per_zone = false.", len(zones))
		}
	}
	groups := 1
	if r.perZone(spec) {
		groups = max(len(zones), 1)
	}
	if spec.MaxSize > maxPoolSize*groups {
		r.report.fail(path+".max_size", "pool-too-large", fmt.Sprintf("a managed node group takes %d nodes, and this pool has %s", maxPoolSize, plural(groups, "group")),
			"Lower max_size to %d, or add a pool.", maxPoolSize*groups)
	}
	if spec.Mode == ModeSystem && spec.MinSize < 2 {
		r.report.relax(path+".min_size", "system-pool-size", "a system pool needs two nodes at least",
			"With one, losing it takes DNS and the controllers with it. Raise min_size.")
	}
}

func (r *resolver) validatePoolZones(path string, spec NodePoolSpec) {
	for i, zone := range spec.Zones {
		if !slices.Contains(r.zones, zone) {
			r.report.fail(nth(path+".zones", i), "pool-zone", fmt.Sprintf("%q is not a zone of the network", zone),
				"Use some of %s, or add it to network.zones.", quoted(r.zones))
		}
	}
	if len(sortedUnique(spec.Zones)) == 1 {
		r.report.relax(path+".zones", "pool-single-zone", "the pool stands in one zone only",
			"Losing the zone takes the whole pool. Name a second zone, or leave zones out.")
	}
}

// validateKeptZones tells of zones that the network got after the pool: a group
// that spans zones keeps those that it was born with.
func (r *resolver) validateKeptZones(path, name string, spec NodePoolSpec) {
	if len(spec.Zones) > 0 {
		return
	}
	var has []string
	for _, group := range r.design.NodePools[name].Groups {
		has = append(has, group.Zones...)
	}
	has = sortedUnique(has)
	lacks := slices.DeleteFunc(slices.Clone(r.zones), func(zone string) bool { return slices.Contains(has, zone) })
	if len(has) > 0 && len(lacks) > 0 {
		r.report.warn(path+".zones", "pool-zones-kept", fmt.Sprintf("the pool keeps to %s, and has no nodes in %s", quoted(has), quoted(lacks)),
			"Its nodes can't move while it stands. Set zones = [%s] to have them made anew over all zones, or zones = [%s] if it is to stay.", quoted(r.zones), quoted(has))
	}
}

// validateInstanceTypes judges instance types by the dated catalog.
func (r *resolver) validateInstanceTypes(path string, spec NodePoolSpec) {
	path += ".instance_types"
	types := spec.InstanceTypes
	switch {
	case len(types) == 0:
		r.report.fail(path, "instance-types", "no instance type is named", "Name one or more, most wanted first.")
	case len(types) > maxInstanceTypes:
		r.report.fail(path, "instance-types", fmt.Sprintf("%d instance types are too many", len(types)), "A node group takes %d.", maxInstanceTypes)
	case spec.CapacityType == "spot" && len(types) == 1:
		r.report.warn(path, "spot-types", "a spot pool with one instance type is interrupted together",
			"Name several types of like size, so that another kind of capacity can take over.")
	}
	if spec.CapacityType == "spot" && spec.Mode == ModeSystem {
		r.report.relax(strings.TrimSuffix(path, ".instance_types")+".capacity_type", "spot-system", "a system pool on spot can vanish within two minutes",
			"DNS and the controllers run there. Use on_demand for it.")
	}
	architectures := map[string]string{}
	for i, name := range types {
		place := nth(path, i)
		if IsUnknown(name) {
			r.decides(place, name)
			continue
		}
		if slices.Contains(types[:i], name) {
			r.report.fail(place, "instance-type-double", fmt.Sprintf("%q is named twice", name), "Remove one of the two.")
		}
		facts, known := instanceTypeOf(name)
		if !known {
			r.report.warn(place, "instance-type-unknown", fmt.Sprintf("instance type %q is not in this version's table", name),
				"The table is of %s. Check the spelling; addresses are counted as for a type of %d vCPUs.", tableDate("ec2-types").Format("2006-01-02"), typicalInstance.VCPUs)
			continue
		}
		architectures[facts.Architecture] = name
		if facts.VCPUs < minVCPUs || facts.MemoryMiB < minMemoryMiB {
			r.report.relax(place, "instance-type-small", fmt.Sprintf("%s has %s and %d MiB", name, plural(facts.VCPUs, "vCPU"), facts.MemoryMiB),
				"The system's own pods need %d vCPUs and %d MiB to leave room for others. Choose a larger type.", minVCPUs, minMemoryMiB)
		}
		limit := r.eksNode(name, 0).Capacity()
		if limit < fewPods {
			r.report.relax(place, "instance-type-pods", fmt.Sprintf("%s has addresses for %s", name, plural(limit, "pod")),
				"The cluster's own pods on each node take most of them. Choose a larger type, or leave prefix delegation on.")
		}
		if spec.MaxPods > limit {
			r.report.fail(strings.TrimSuffix(path, ".instance_types")+".max_pods", "max-pods", fmt.Sprintf("%s has addresses for %d pods, and max_pods is %d", name, limit, spec.MaxPods),
				"Lower max_pods, choose a larger type, or leave prefix delegation on.")
		}
	}
	if spec.MaxPods != 0 && spec.MaxPods < fewPods {
		r.report.fail(strings.TrimSuffix(path, ".instance_types")+".max_pods", "max-pods", fmt.Sprintf("max_pods is %d", spec.MaxPods),
			"The cluster's own pods on each node take that many. Use %d or more, or leave it out.", fewPods)
	}
	r.validateImage(path, spec)
	if len(architectures) > 1 {
		r.report.fail(path, "instance-types-mixed", "the instance types are of two architectures",
			"%s is arm64 and %s is amd64; a node group has one image. Make two pools.", architectures[catalog.ARM64], architectures[catalog.AMD64])
	}
	if asked := spec.Architecture; asked != "" && len(architectures) == 1 && architectures[asked] == "" {
		r.report.fail(strings.TrimSuffix(path, ".instance_types")+".architecture", "architecture", fmt.Sprintf("the instance types are not %s", asked),
			"Leave architecture out, or choose other types.")
	}
}

// validateImage checks that one node image serves all instance types: those
// with GPUs or accelerators need one with drivers.
func (r *resolver) validateImage(path string, spec NodePoolSpec) {
	variants := map[string]string{} // an instance type of each variant
	for _, name := range spec.InstanceTypes {
		if facts, known := instanceTypeOf(name); known {
			variants[catalog.VariantFor(facts)] = name
		}
	}
	if len(variants) > 1 {
		r.report.fail(path, "instance-types-image", "the instance types need different node images",
			"%s need different drivers, and a node group has one image. Make a pool for each.", quoted(slices.Sorted(maps.Values(variants))))
	}
	system := catalog.DefaultOS(catalog.AWS)
	if spec.NodeImage != nil {
		system = or(spec.NodeImage.OS, system)
	}
	for variant, name := range variants {
		_, there := catalog.LookupNodeImage(catalog.AWS, system, architectureOf([]string{name}), variant)
		if !there && (system == catalog.OSAL2023 || system == catalog.OSBottlerocket) {
			r.report.fail(path, "instance-type-image", fmt.Sprintf("there is no %s image for %s", system, name), "Choose another instance type or operating system.")
		}
	}
}

// validatePoolVersion checks the pool's version against the control plane's,
// and against the one that its nodes have.
func (r *resolver) validatePoolVersion(path, name string, spec NodePoolSpec) {
	text := or(spec.KubernetesVersion, r.spec.KubernetesVersion)
	if IsUnknown(text) {
		r.report.wait(text)
		return
	}
	path += ".kubernetes_version"
	nodes, err := catalog.ParseMinor(text)
	if err != nil || nodes.String() != text {
		if spec.KubernetesVersion != "" {
			r.report.fail(path, "version", fmt.Sprintf("%q is no Kubernetes minor version", text), "Write major.minor, such as \"1.34\".")
		}
		return
	}
	standing, err := catalog.ParseMinor(r.priorPool(name, spec).KubernetesVersion)
	if err == nil && spec.KubernetesVersion != "" && nodes.Compare(standing) < 0 && r.spec.AcknowledgeRollback == "" {
		r.report.fail(path, "pool-downgrade", fmt.Sprintf("the pool's nodes are at %s, and %s takes none back to %s", standing, r.words().service, nodes),
			"Keep %q, or make a new pool with the older version and move the workloads.", standing)
	}
	cluster, err := catalog.ParseMinor(r.spec.KubernetesVersion)
	if err != nil {
		return
	}
	if err := catalog.ValidateKubeletSkew(cluster, nodes); err != nil {
		r.report.fail(path, "version-skew", fmt.Sprintf("nodes of %s don't go with a control plane of %s", nodes, cluster), "%s.", upperFirst(err.Error()))
	}
}

// maxTaints is how many taints a managed node group takes.
// Source: Amazon EKS API, CreateNodegroup.taints, 2026-08.
const maxTaints = 50

func (r *resolver) validateLabels(path string, spec NodePoolSpec) {
	for _, key := range slices.Sorted(maps.Keys(spec.Labels)) {
		value := spec.Labels[key]
		if IsUnknown(value) {
			r.report.wait(value)
			continue
		}
		if err := catalog.ValidateNodeLabel(r.spec.Cloud, key, value); err != nil {
			r.report.fail(at(path+".labels", key), "label", "the node pool can't be given this label", "%s.", upperFirst(oneLine(err)))
		}
	}
	if len(spec.Taints) > maxTaints {
		r.report.fail(path+".taints", "taints-count", fmt.Sprintf("%d taints are too many", len(spec.Taints)), "%s takes %d.", r.words().group, maxTaints)
	}
	seen := map[string]bool{}
	for i, taint := range spec.Taints {
		if waits := firstUnknown(taint.Key, taint.Value, taint.Effect); waits != "" {
			r.report.wait(waits)
			continue
		}
		place := nth(path+".taints", i)
		if err := catalog.ValidateNodeTaint(r.spec.Cloud, taint.Key, taint.Value, taint.Effect); err != nil {
			r.report.fail(place, "taint", "the node pool can't be given this taint", "%s.", upperFirst(oneLine(err)))
		}
		if id := taint.Key + " " + taint.Effect; seen[id] {
			r.report.fail(place, "taint-double", fmt.Sprintf("taint %s with %s is given twice", taint.Key, taint.Effect), "Remove one of the two.")
		} else {
			seen[id] = true
		}
	}
	if spec.Mode == ModeSystem {
		for i, taint := range spec.Taints {
			if taint.Effect != "PreferNoSchedule" && taint.Key != "CriticalAddonsOnly" && !IsUnknown(taint.Key) {
				r.report.warn(nth(path+".taints", i), "system-taint", "a taint on a system pool keeps the cluster's own pods away",
					"coredns and the controllers tolerate CriticalAddonsOnly only. Make sure that another pool takes them.")
			}
		}
	}
}

// diskTypes are the volume types that a root disk may have.
// Source: EC2 user guide, EBS volume types, 2024-12.
var diskTypes = []string{"gp3", "io2"}

func (r *resolver) validateDisk(path string, spec NodePoolSpec) {
	disk := spec.Disk
	if disk == nil {
		return
	}
	path += ".disk"
	r.oneOf(path+".type", disk.Type, diskTypes...)
	r.validateCount(path+".size_gib", disk.SizeGiB, 20, 16384)
	switch or(disk.Type, "gp3") {
	case "gp3":
		r.validateCount(path+".iops", disk.IOPS, 3000, 80000)
		r.validateCount(path+".throughput", disk.Throughput, 125, 2000)
	case "io2":
		r.validateCount(path+".iops", disk.IOPS, 100, 256000)
		if disk.IOPS == 0 {
			r.report.fail(path+".iops", "disk-iops", "io2 needs iops", "Give the operations a second to provision.")
		}
		if disk.Throughput != 0 {
			r.report.fail(path+".throughput", "disk-throughput", "io2 has no throughput of its own", "Remove it; it follows from iops.")
		}
	}
}

func (r *resolver) validatePoolMoved(path string, spec NodePoolSpec) {
	if spec.MovedFrom != "" {
		if _, stillAsked := r.spec.NodePools[spec.MovedFrom]; stillAsked {
			r.report.fail(path+".moved_from", "moved-from", fmt.Sprintf("pool %q is still asked for", spec.MovedFrom),
				"A pool can only be renamed when its old key is gone. Remove the old pool, or leave moved_from out.")
		}
	}
}

// validateMovedNames refuses a pool or identity under a key whose name a
// renamed one keeps.
func (r *resolver) validateMovedNames() {
	for _, key := range slices.Sorted(maps.Keys(r.design.NodePools)) {
		name := r.design.NodePools[key].Name
		if other, taken := r.design.NodePools[name]; taken && name != key && other.Name == name {
			r.report.fail(at("node_pools", name), "pool-name-taken", fmt.Sprintf("pool %q was renamed and keeps the name %q in the cloud", key, name),
				"Choose another key for this pool.")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.design.WorkloadIdentities)) {
		name := r.design.WorkloadIdentities[key].Name
		if other, taken := r.design.WorkloadIdentities[name]; taken && name != key && other.Name == name {
			r.report.fail(at("workload_identities", name), "identity-name-taken", fmt.Sprintf("identity %q was renamed and keeps the name %q", key, name),
				"Choose another key for this identity.")
		}
	}
}

// validatePools judges what only all pools together show.
func (r *resolver) validatePools() {
	pools := r.spec.NodePools
	if r.autoscaling() == AutoscalingAutoMode {
		for _, name := range slices.Sorted(maps.Keys(pools)) {
			r.report.unsupported(at("node_pools", name), "a node pool beside EKS Auto Mode, which brings its own nodes,")
		}
		return
	}
	system := slices.ContainsFunc(slices.Collect(maps.Values(pools)), func(p NodePoolSpec) bool { return p.Mode == ModeSystem })
	if !system {
		r.report.relax("node_pools", "no-system-pool", "no pool has mode = \"system\"",
			"DNS, the autoscaler and the controllers need nodes that workloads don't crowd. Give one pool mode = \"system\".")
	}
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
