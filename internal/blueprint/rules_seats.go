package blueprint

import (
	"maps"
	"slices"
)

// validateSeats refuses attributes that the schema has and this version does
// not realize: they are never ignored.
func (r *resolver) validateSeats() {
	spec := r.spec
	for _, seat := range []struct {
		used bool
		path string
		what string
	}{
		{spec.Network.Existing != nil, "network.existing", "a network that exists"},
		{len(spec.Network.Connections) > 0, "network.connections", "connecting the network to others"},
		{spec.Network.Target != "", "network.target", "a network in another target"},
		{spec.Network.DNS != nil, "network.dns", "choosing private DNS"},
		{spec.Network.Egress == EgressAppliance, "network.egress", "egress = \"appliance\""},
		{spec.Network.NextHop != "", "network.next_hop", "a next hop"},
		{spec.Network.IPFamily != "" && spec.Network.IPFamily != "ipv4" && !IsUnknown(spec.Network.IPFamily), "network.ip_family", "an ip_family other than \"ipv4\""},
		{r.networkPolicy() == "cilium" || r.networkPolicy() == "calico", "network.cni.network_policy", "a network policy engine other than the VPC CNI's own"},
		{spec.Registry != nil && spec.Registry.Existing != nil, "registry.existing", "a registry that exists"},
		{spec.Vault != nil && spec.Vault.Existing != nil, "vault.existing", "a vault that exists"},
		{spec.Cloud == CloudAWS && spec.Maintenance != nil, "maintenance_window", "a maintenance window on EKS, which has none,"},
		{spec.Cloud == CloudAWS && spec.Azure != nil, "azure", "settings of Azure with cloud = \"aws\""},
		{spec.Cloud == CloudAzure && spec.AWS != nil, "aws", "settings of AWS with cloud = \"azure\""},
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
		if pool.MaxSurge != "" && spec.Cloud == CloudAWS {
			r.report.unsupported(at("node_pools", name)+".max_surge", "a surge on EKS, which chooses it itself (max_unavailable is what it takes),")
		}
	}
}
