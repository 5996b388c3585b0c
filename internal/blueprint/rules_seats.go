package blueprint

import (
	"maps"
	"slices"
)

// validateSeats refuses attributes that the schema has and this version does
// not realize: they are never ignored.
func (r *resolver) validateSeats() {
	spec := r.spec
	aws := spec.Cloud != CloudAzure
	for _, seat := range []struct {
		used bool
		path string
		what string
	}{
		{aws && spec.Network.DNS != nil, "network.dns", "choosing private DNS"},
		{spec.Network.IPFamily != "" && spec.Network.IPFamily != "ipv4" && !IsUnknown(spec.Network.IPFamily), "network.ip_family", "an ip_family other than \"ipv4\""},
		{aws && (r.networkPolicy() == "cilium" || r.networkPolicy() == "calico"), "network.cni.network_policy", "a network policy engine other than the VPC CNI's own"},
		{!aws && spec.Autoscaling == AutoscalingAutoMode, "autoscaling", "an automatic cluster on AKS"},
		{!aws && r.azure().SKU == "automatic", "azure.sku", "an automatic cluster"},
	} {
		if seat.used {
			r.report.unsupported(seat.path, seat.what)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(spec.NodePools)) {
		pool := spec.NodePools[name]
		if pool.InitialSize != 0 && pool.InitialSize != pool.MinSize {
			r.report.unsupported(at("node_pools", name)+".initial_size", "an initial size other than min_size")
		}
		if !aws {
			r.validateAzurePoolSeats(at("node_pools", name), pool)
		}
	}
}

// validateForeign refuses attributes that only the other cloud has.
func (r *resolver) validateForeign() {
	spec := r.spec
	switch spec.Cloud {
	case CloudAWS:
		if spec.Maintenance != nil {
			r.report.foreign("maintenance_window", "EKS has no maintenance window")
		}
		if spec.Azure != nil {
			r.report.foreign("azure", "settings of Azure, with cloud = \"aws\"")
		}
	case CloudAzure:
		if spec.AWS != nil {
			r.report.foreign("aws", "settings of AWS, with cloud = \"azure\"")
		}
		if spec.Network.CNI != nil && spec.Network.CNI.PrefixDelegation != nil {
			r.report.foreign("network.cni.prefix_delegation", "AKS has no prefix delegation")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(spec.NodePools)) {
		pool := spec.NodePools[name]
		if pool.MaxSurge != "" && spec.Cloud == CloudAWS {
			r.report.foreign(at("node_pools", name)+".max_surge", "EKS chooses the surge itself; max_unavailable is what it takes")
		}
		if !orBool(pool.Repair, true) && spec.Cloud == CloudAzure {
			r.report.foreign(at("node_pools", name)+".repair", "AKS always repairs nodes")
		}
	}
}

// validateAzurePoolSeats refuses what a pool can't be on AKS in this version.
func (r *resolver) validateAzurePoolSeats(path string, pool NodePoolSpec) {
	if orBool(pool.PerZone, false) {
		r.report.unsupported(path+".per_zone", "one group of a pool in each zone on AKS (make a pool for each zone)")
	}
	if pool.Disk != nil && pool.Disk.KeyID != "" {
		r.report.unsupported(path+".disk.key_id", "a key for root disks on AKS")
	}
}
