package native

import (
	"maps"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// awsModule is the design of an EKS cluster as the values of its files: what
// stands in front of each template. A file whose template the design has no
// use for is not in it.
func awsModule(design blueprint.Design) map[string]object {
	network, cluster := design.Network, design.ControlPlane
	if design.Addons == nil {
		design.Addons = &blueprint.AddonsDesign{}
	}
	files := map[string]object{
		"context.tf":   awsContext(design),
		"network.tf":   awsNetwork(*network),
		"egress.tf":    natGateways(*network),
		"endpoints.tf": awsEndpoints(*network),
		"cluster.tf": {
			{"kubernetes_version", expression("var.kubernetes_version")}, {"reachable_from", expression("var.reachable_from")},
			{"deletion_protection", expression("var.deletion_protection")}, {"cluster", awsCluster(*cluster)},
		},
		"policies.tf":   nil,
		"outputs.tf":    nil,
		"versions.tf":   nil,
		"access.tf":     {{"access_entries", accessEntries(*cluster)}},
		"node_pools.tf": {{"node_pools", nodePools(design)}, {"node_groups", nodeGroups(design.NodePools)}},
		"addons.tf": {
			{"pod_subnets", cluster.PodSubnets},
			{"addons_before_nodes", addons(cluster.Addons)},
			{"addons", addons(design.Addons.Addons)},
		},
		"identities.tf": {{"workload_roles", workloadRoles(design)}, {"workload_policies", workloadPolicies(design)}},
	}
	if network.FlowLogs != nil {
		files["flow_logs.tf"] = object{{"flow_logs", flowLogs(*network)}, {"flow_log_rights", flowLogRights()}}
	}
	if design.Addons.Autoscaling == blueprint.AutoscalingKarpenter {
		files["karpenter.tf"] = object{{"karpenter", karpenter(*design.Addons)}}
	}
	if design.Registry != nil {
		files["registry.tf"] = object{{"registry", registry(*design.Registry)}, {"repositories", repositories(*design.Registry)}}
	}
	if design.Vault != nil {
		files["vault.tf"] = object{{"vaults", vaults(*design.Vault)}, {"vault_key_policy", document(inPlan.VaultKeyPolicy())}}
	}
	return files
}

func awsContext(design blueprint.Design) object {
	plane := design.ControlPlane
	return object{
		{"name", plane.Cluster},
		{"region", plane.Region},
		{"tags", plane.Tags},
		{"role_path", orNull(plane.RolePath)},
		{"permissions_boundary", orNull(plane.Boundary)},
	}
}

func awsNetwork(network blueprint.NetworkDesign) object {
	subnets, reservations, tables := table{}, table{}, table{}
	for key, subnet := range network.Subnets {
		subnets[key] = object{
			{"tier", subnet.Tier}, {"zone", subnet.Zone}, {"cidr", subnet.CIDR},
			{"route_table", blueprint.RouteTableKey(subnet.RouteTo)}, {"tags", subnetTags(network.Cluster, subnet)},
		}
		tables[blueprint.RouteTableKey(subnet.RouteTo)] = subnet.RouteTo
		for _, cidr := range subnet.Reservations {
			reservations[cidr] = key
		}
	}
	return object{
		{"network", object{
			{"name", network.Names["vpc"]}, {"cidr", network.CIDR}, {"pod_cidrs", network.PodCIDRs}, {"next_hop", orNull(network.NextHop)},
		}},
		{"subnets", subnets},
		{"route_tables", tables},
		{"prefix_reservations", reservations},
	}
}

// subnetTags are the tags of a subnet that Kubernetes reads.
func subnetTags(cluster string, subnet blueprint.SubnetDesign) map[string]string {
	tags := map[string]string{}
	if subnet.Balancer != "" {
		tags["kubernetes.io/cluster/"+cluster] = "shared"
	}
	switch subnet.Balancer {
	case "internal":
		tags["kubernetes.io/role/internal-elb"] = "1"
	case "public":
		tags["kubernetes.io/role/elb"] = "1"
	}
	if subnet.Tier == blueprint.TierNodes {
		tags["karpenter.sh/discovery"] = cluster
	}
	return tags
}

// natGateways are the subnets that gateways stand in, null for a regional one,
// and their addresses.
func natGateways(network blueprint.NetworkDesign) object {
	gateways, addresses := table{}, table{}
	for key, gateway := range network.NATGateways {
		gateways[key] = orNull(gateway.Subnet)
		for address, zone := range gateway.AddressKeys(key) {
			addresses[address] = object{{"gateway", key}, {"zone", orNull(zone)}}
		}
	}
	return object{{"nat_gateways", gateways}, {"nat_addresses", addresses}}
}

func awsEndpoints(network blueprint.NetworkDesign) object {
	endpoints := table{}
	for service, endpoint := range network.Endpoints {
		endpoints[service] = object{{"type", endpoint.Type}, {"policy", endpointPolicy(endpoint.Policy, service)}}
	}
	return object{
		{"endpoint_group", object{
			{"name", network.Names["security-group/endpoints"]}, {"subnets", endpointSubnets(network)}, {"admitted_cidrs", network.AdmittedCIDRs},
		}},
		{"endpoints", endpoints},
	}
}

// endpointSubnets are where interface endpoints stand: their own tier, or the
// nodes' where a network has none.
func endpointSubnets(network blueprint.NetworkDesign) []string {
	for _, tier := range []string{blueprint.TierEndpoints, blueprint.TierNodes} {
		var keys []string
		for _, key := range sortedKeys(network.Subnets) {
			if network.Subnets[key].Tier == tier {
				keys = append(keys, key)
			}
		}
		if len(keys) > 0 {
			return keys
		}
	}
	return nil
}

func flowLogs(network blueprint.NetworkDesign) object {
	return object{
		{"log_group", network.Names["log-group/flow-logs"]}, {"role", network.Names["role/flow-logs"]},
		{"retention_days", network.FlowLogs.RetentionDays}, {"traffic", network.FlowLogs.Traffic},
		{"keep", network.OnDestroy.Logs == "retain"},
	}
}

func awsCluster(plane blueprint.ControlPlaneDesign) object {
	return object{
		{"support", plane.Support},
		{"subnets", plane.Subnets},
		{"service_cidr", plane.ServiceCIDR},
		{"public_cidrs", plane.PublicCIDRs},
		{"log_types", plane.LogTypes},
		{"log_retention_days", plane.LogRetentionDays},
		{"keep_logs", plane.OnDestroy.Logs == "retain"},
		{"encryption", plane.Encryption},
		{"key_id", orNull(plane.KeyID)},
		{"key_alias", orNull(plane.Names["key-alias"])},
		{"identity", plane.Identity},
		{"auto_mode", plane.AutoMode},
		{"role", orNull(plane.Names["role/cluster"])},
		{"existing_role", orNull(plane.ClusterRole)},
		{"node_role", orNull(plane.Names["role/node"])},
		{"existing_node_role", orNull(plane.NodeRole)},
		{"security_group", plane.Names["security-group/control-plane"]},
	}
}

func accessEntries(plane blueprint.ControlPlaneDesign) table {
	entries := table{}
	for key, entry := range plane.AccessEntries {
		entries[key] = object{{"principal", entry.Principal}, {"role", entry.Role}, {"namespaces", entry.Namespaces}}
	}
	return entries
}

func nodePools(design blueprint.Design) table {
	pools := table{}
	for name, pool := range design.NodePools {
		minimum, maximum := sizes(pool)
		image, _ := catalog.LookupNodeImage(catalog.AWS, pool.OS, pool.Architecture, catalog.VariantStandard)
		pools[name] = object{
			{"min_size", minimum}, {"max_size", maximum},
			{"kubernetes_version", poolVersion(design, pool)}, {"os", pool.OS}, {"ami_type", image.APIName}, {"release", orNull(pool.Release)},
			{"instance_types", pool.InstanceTypes}, {"capacity_type", pool.CapacityType},
			{"labels", pool.Labels}, {"taints", taints(pool)}, {"max_pods", pool.MaxPods},
			{"max_unavailable", pool.MaxUnavailable}, {"repair", pool.Repair},
			{"disk", object{
				{"size_gib", pool.DiskGiB}, {"type", pool.DiskType}, {"iops", pool.DiskIOPS}, {"throughput", pool.DiskThroughput}, {"key", pool.DiskKey},
			}},
			{"tags", ownTags(pool.Tags, design.ControlPlane.Tags)},
		}
	}
	return pools
}

// sizes are a pool's totals over its groups, which one zone more divides anew.
func sizes(pool blueprint.NodePoolDesign) (minimum, maximum int) {
	for _, group := range pool.Groups {
		minimum, maximum = minimum+group.MinSize, maximum+group.MaxSize
	}
	return minimum, maximum
}

// poolVersion follows the control plane's, unless the pool has its own.
func poolVersion(design blueprint.Design, pool blueprint.NodePoolDesign) any {
	if pool.KubernetesVersion == design.ControlPlane.KubernetesVersion {
		return expression("var.kubernetes_version")
	}
	return pool.KubernetesVersion
}

func taints(pool blueprint.NodePoolDesign) []any {
	list := make([]any, 0, len(pool.Taints))
	for _, taint := range pool.Taints {
		list = append(list, object{{"key", taint.Key}, {"value", taint.Value}, {"effect", taint.Effect}})
	}
	return list
}

// ownTags are tags beside those that everything has.
func ownTags(tags, everywhere map[string]string) map[string]string {
	own := maps.Clone(tags)
	maps.DeleteFunc(own, func(key, value string) bool { other, ok := everywhere[key]; return ok && other == value })
	return own
}

func nodeGroups(pools map[string]blueprint.NodePoolDesign) table {
	groups := table{}
	for name, pool := range pools {
		for key, group := range pool.Groups {
			groups[name+"/"+key] = object{{"pool", name}, {"name", group.Name}, {"subnets", group.Subnets}}
		}
	}
	return groups
}

func addons(designs map[string]blueprint.AddonDesign) table {
	list := table{}
	for name, addon := range designs {
		list[name] = object{
			{"version", orNull(addon.Version)}, {"version_policy", addon.VersionPolicy}, {"configuration", orNull(addon.Configuration)},
			{"grant", orNull(addon.Grant)}, {"service_account", orNull(addon.Account)},
		}
	}
	return list
}

func registry(design blueprint.RegistryDesign) object {
	var push any
	if len(design.PushPrincipals) > 0 {
		push = document(awsiam.PushPolicy(design.PushPrincipals))
	}
	return object{
		{"key_alias", design.Names["key-alias"]}, {"key_policy", document(inPlan.KeyPolicy())},
		{"push_policy", push}, {"force_destroy", design.OnDestroy.Force},
	}
}

func repositories(design blueprint.RegistryDesign) table {
	list := table{}
	for key, repository := range design.Repositories {
		list[key] = object{
			{"name", repository.Name}, {"immutable_tags", repository.ImmutableTags}, {"scan_on_push", repository.ScanOnPush},
			{"keep_untagged_days", repository.KeepUntaggedDays}, {"keep_images", repository.KeepImages},
		}
	}
	return list
}

func vaults(design blueprint.VaultDesign) table {
	list := table{}
	for name, entry := range design.Vaults {
		list[name] = object{{"prefix", entry.Prefix}, {"key_alias", entry.Name}, {"recovery_days", recoveryDays(design.RecoveryDays)}}
	}
	return list
}

// recoveryDays is a window that KMS takes: 7 to 30 days.
func recoveryDays(days int) int {
	if days == 0 {
		return 30
	}
	return min(max(days, 7), 30)
}

func orNull(value string) any {
	if value == "" {
		return nil
	}
	return value
}

// awsUnsupported names what the provider, or this flavour, has no words for.
func awsUnsupported(design blueprint.Design) []string {
	var problems []string
	network, plane := design.Network, design.ControlPlane
	if network.Existing != nil {
		problems = append(problems, "network.existing: the native flavour makes its network; use the kready flavour to build on one that exists")
	}
	if len(network.Connections) > 0 {
		problems = append(problems, "network.connections: write the attachment beside the module, with its network_id and route tables")
	}
	if egress := plane.ControlPlaneEgress; egress != "" && egress != "AWS_MANAGED" {
		problems = append(problems, "aws.control_plane_egress: hashicorp/aws has no argument for it")
	}
	if hop := network.NextHop; hop != "" && !slices.ContainsFunc([]string{"tgw-", "vpce-", "eni-", "pcx-", "vgw-"}, func(p string) bool { return strings.HasPrefix(hop, p) }) {
		problems = append(problems, "network.next_hop: hashicorp/aws routes to a transit gateway, an endpoint, an interface, a peering or a virtual gateway")
	}
	return problems
}
