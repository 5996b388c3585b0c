package native

import (
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// azureModule is the design of an AKS cluster as the values of its files: what
// stands in front of each template.
func azureModule(design blueprint.Design) map[string]object {
	network, cluster := *design.Network, *design.ControlPlane
	files := map[string]object{
		"context.tf": {
			{"name", cluster.Cluster}, {"region", cluster.Region}, {"tags", cluster.Tags},
			{"resource_group", object{{"name", network.Azure.ResourceGroup}, {"exists", network.Azure.GroupExists}}},
		},
		"network.tf": azureNetwork(network),
		"egress.tf":  azureEgress(network),
		"dns.tf":     azureDNS(*network.Azure),
		"logs.tf":    azureLogs(network),
		"roles.tf":   azureRoles(cluster),
		"cluster.tf": {
			{"kubernetes_version", expression("var.kubernetes_version")}, {"deletion_protection", expression("var.deletion_protection")},
			{"cluster", azureCluster(cluster)}, {"maintenance", maintenance(cluster)},
			{"vault_access", vaultAccess(cluster)},
		},
		"node_pools.tf": {
			{"node_pools", azurePools(design)}, {"node_groups", azureGroups(design.NodePools)}, {"default_pool", defaultPool(design)},
		},
		"identities.tf": azureIdentities(design.WorkloadIdentities),
		"outputs.tf":    nil,
		"versions.tf":   nil,
	}
	if network.FlowLogs != nil {
		files["flow_logs.tf"] = object{{"watcher", expression("var.network_watcher")}, {"flow_logs", azureFlowLogs(network)}}
	}
	// What roles hold on is gathered in roles.tf.
	if design.Registry != nil {
		files["registry.tf"] = object{{"registry", azureRegistry(*design.Registry)}}
	} else {
		files["roles.tf"] = append(files["roles.tf"], attribute{"registry_scopes", object{}}, attribute{"boot_registry", nil})
	}
	if design.Vault != nil {
		files["vault.tf"] = object{{"vaults", azureVaults(*design.Vault)}}
	} else {
		files["roles.tf"] = append(files["roles.tf"], attribute{"vault_scopes", object{}})
	}
	return files
}

func azureNetwork(network blueprint.NetworkDesign) object {
	subnets, groups, rules := table{}, table{}, table{}
	for key, subnet := range network.Subnets {
		subnets[key] = object{
			{"cidr", subnet.CIDR}, {"delegation", orNull(subnet.Delegation)}, {"nat_gateway", orNull(subnet.NATGateway)},
			{"route_table", orNull(subnet.RouteTable)}, {"default_outbound_off", subnet.OutboundOff},
			{"private_endpoint_policies", orNull(subnet.EndpointRule)},
		}
	}
	for key, group := range network.Azure.SecurityGroups {
		groups[key] = network.Names["nsg/"+key]
		for name, rule := range group.Rules {
			rules[key+"/"+name] = object{
				{"group", key}, {"name", name}, {"direction", rule.Direction}, {"access", rule.Access}, {"priority", rule.Priority},
				{"protocol", rule.Protocol}, {"sources", rule.Sources}, {"destinations", rule.Destinations}, {"ports", rule.Ports},
			}
		}
	}
	return object{
		{"network", object{{"name", network.Names["vnet"]}, {"cidr", network.CIDR}, {"next_hop", orNull(network.NextHop)}}},
		{"subnets", subnets},
		{"security_groups", groups},
		{"security_rules", rules},
	}
}

func azureEgress(network blueprint.NetworkDesign) object {
	gateways, tables := table{}, table{}
	for key, gateway := range network.NATGateways {
		gateways[key] = object{
			{"name", network.Names["nat/"+key]}, {"address", network.Names["public-ip/"+key]}, {"sku", gateway.SKU}, {"zone", orNull(gateway.Zone)},
		}
	}
	for _, subnet := range network.Subnets {
		if key := subnet.RouteTable; key != "" {
			tables[key] = network.Names["route-table/"+key]
		}
	}
	return object{{"nat_gateways", gateways}, {"route_tables", tables}}
}

func azureDNS(azure blueprint.NetworkAzureDesign) object {
	zones, links := table{}, table{}
	for key, zone := range azure.DNSZones {
		zones[key] = zone.Domain
	}
	for key, link := range azure.DNSLinks {
		links[key] = object{{"zone", link.Zone}, {"name", link.Name}, {"network_id", orNull(link.NetworkID)}}
	}
	return object{{"private_dns_zones", zones}, {"dns_links", links}}
}

func azureLogs(network blueprint.NetworkDesign) object {
	return object{{"logs", object{
		{"workspace", orNull(network.Names["workspace"])}, {"workspace_id", orNull(network.Azure.WorkspaceID)},
		{"workspace_days", network.Azure.WorkspaceDays},
	}}}
}

func azureFlowLogs(network blueprint.NetworkDesign) object {
	return object{
		{"name", network.Names["flow-log"]}, {"storage_account", network.Names["storage-account/flow-logs"]},
		{"retention_days", network.FlowLogs.RetentionDays},
	}
}

// azureRoles are the identities that act for the cluster, what they may do,
// and who may use its API.
func azureRoles(plane blueprint.ControlPlaneDesign) object {
	own, existing, roles, access := table{}, table{}, table{}, table{}
	for key, id := range map[string]string{"identity/control-plane": plane.Azure.ControlPlaneID, "identity/kubelet": plane.Azure.KubeletIdentityID} {
		if id == "" {
			own[key] = plane.Names[key]
		} else {
			existing[key] = id
		}
	}
	for key, role := range plane.Azure.RoleAssignments {
		roles[key] = object{{"identity", role.Identity}, {"role", role.Role}, {"scope", role.Scope}}
	}
	for _, one := range plane.AzureAccess() {
		access[strings.TrimPrefix(one.Key, "role-assignment/")] = object{
			{"principal", one.Principal}, {"role", one.Role}, {"namespace", orNull(one.Namespace)},
		}
	}
	return object{{"cluster_identities", own}, {"existing_identities", existing}, {"cluster_roles", roles}, {"access", access}}
}

func azureCluster(plane blueprint.ControlPlaneDesign) object {
	azure := plane.Azure
	_, secrets := plane.Addons["azureKeyvaultSecretsProvider"]
	return object{
		{"tier", azure.Tier},
		{"support", plane.Support},
		{"upgrade_channel", azure.UpgradeChannel},
		{"node_os_channel", azure.NodeOSChannel},
		{"dns_prefix", plane.Names["dns-prefix"]},
		{"private_cluster", azure.PrivateCluster},
		{"private_dns_zone", orNull(azure.PrivateZone)},
		{"public_fqdn", azure.PublicFQDN},
		{"public_cidrs", plane.PublicCIDRs},
		{"subnets", plane.Subnets},
		{"node_resource_group", plane.Names["node-resource-group"]},
		{"outbound_type", azure.OutboundType},
		{"cached_registry", azure.CachedRegistry},
		{"registry_id", orNull(azure.RegistryID)},
		{"network_policy", plane.NetworkPolicy},
		{"pod_cidr", orNull(plane.PodCIDR)},
		{"pod_subnet", orNull(azure.PodSubnet)},
		{"service_cidr", plane.ServiceCIDR},
		{"dns_service_ip", azure.DNSServiceIP},
		{"identity", plane.Identity},
		{"policy", azure.Policy},
		{"defender", azure.Defender},
		{"run_command", azure.RunCommand},
		{"secrets_provider", secrets},
		{"log_types", plane.LogTypes},
		{"encryption", plane.Encryption},
		{"key_vault", orNull(plane.Names["key-vault"])},
		{"key", orNull(plane.Names["key"])},
		{"key_id", orNull(plane.KeyID)},
	}
}

// vaultAccess opens the vault of the cluster's key, where there is one.
func vaultAccess(plane blueprint.ControlPlaneDesign) any {
	if plane.Encryption != "own" {
		return false
	}
	return expression("var.key_vault_public_access")
}

func maintenance(plane blueprint.ControlPlaneDesign) table {
	windows := table{}
	for name, window := range plane.Azure.Maintenance {
		windows[name] = object{{"day", window.Day}, {"start", window.Start}, {"duration_hours", window.DurationHours}}
	}
	return windows
}

func azurePools(design blueprint.Design) table {
	pools := table{}
	for name, pool := range design.NodePools {
		minimum, maximum := sizes(pool)
		image, _ := catalog.LookupNodeImage(catalog.Azure, pool.OS, "", "")
		pools[name] = object{
			{"min_size", minimum}, {"max_size", maximum}, {"autoscaled", pool.Autoscaled},
			{"kubernetes_version", poolVersion(design, pool)}, {"mode", pool.Mode}, {"os_sku", image.APIName},
			{"instance_type", firstOf(pool.InstanceTypes)}, {"capacity_type", pool.CapacityType},
			{"labels", pool.Labels}, {"taints", taints(pool)}, {"critical_addons_only", criticalOnly(pool)},
			{"max_pods", pool.MaxPods}, {"max_surge", pool.MaxSurge},
			{"disk", object{{"size_gib", pool.DiskGiB}, {"type", pool.DiskType}}},
			{"tags", ownTags(pool.Tags, design.ControlPlane.Tags)},
		}
	}
	return pools
}

func azureGroups(pools map[string]blueprint.NodePoolDesign) table {
	groups := table{}
	for name, pool := range pools {
		for key, group := range pool.Groups {
			groups[name+"/"+key] = object{
				{"pool", name}, {"name", group.Name}, {"zones", group.Zones}, {"subnet", firstOf(group.Subnets)},
			}
		}
	}
	return groups
}

// defaultPool is the group that the cluster is made with: the one that it was
// born with, or the first system pool where that one was replaced.
func defaultPool(design blueprint.Design) string {
	first := ""
	for _, name := range sortedKeys(design.NodePools) {
		pool := design.NodePools[name]
		for _, key := range sortedKeys(pool.Groups) {
			if born := design.ControlPlane.BootstrapPool; born != nil && born.Name == pool.Groups[key].Name {
				return name + "/" + key
			}
			if first == "" && pool.Mode == blueprint.ModeSystem {
				first = name + "/" + key
			}
		}
	}
	return first
}

// criticalOnly tells whether a pool is for the cluster's own workloads alone,
// which is the one taint that a first pool takes.
func criticalOnly(pool blueprint.NodePoolDesign) bool {
	return slices.Contains(pool.Taints, blueprint.TaintSpec{Key: "CriticalAddonsOnly", Value: "true", Effect: "NoSchedule"})
}

func azureRegistry(design blueprint.RegistryDesign) object {
	rules := table{}
	for name, rule := range design.Azure.CacheRules {
		rules[name] = object{{"source", rule.Source}, {"target", rule.Target}}
	}
	return object{
		{"name", design.Name}, {"private_endpoint", design.Names["private-endpoint"]}, {"keep_untagged_days", design.Azure.KeepUntaggedDays},
		{"push_principals", design.PushPrincipals}, {"cache_rules", rules},
	}
}

func azureVaults(design blueprint.VaultDesign) table {
	list := table{}
	for name, entry := range design.Vaults {
		list[name] = object{
			{"name", entry.Name}, {"private_endpoint", design.Names["private-endpoint/"+name]}, {"recovery_days", min(max(design.RecoveryDays, 7), 90)},
		}
	}
	return list
}

func azureIdentities(designs map[string]blueprint.WorkloadIdentityDesign) object {
	identities, roles := table{}, table{}
	for name, design := range designs {
		identities[name] = object{{"name", design.RoleName}, {"namespace", design.Namespace}, {"service_account", design.ServiceAccount}}
		for key, role := range design.Azure.RoleAssignments {
			roles[name+"/"+key] = object{{"identity", name}, {"role", role.Role}, {"scope", role.Scope}}
		}
	}
	return object{{"workload_identities", identities}, {"workload_roles", roles}}
}

func firstOf(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// azureUnsupported names what the provider, or this flavour, has no words for.
func azureUnsupported(design blueprint.Design) []string {
	var problems []string
	network, plane := design.Network, design.ControlPlane
	if network.Existing != nil {
		problems = append(problems, "network.existing: the native flavor makes its network; use the kready flavor to build on one that exists")
	}
	if len(network.Connections) > 0 {
		problems = append(problems, "network.connections: write the peering beside the module, with its network_id")
	}
	if plane.Autoscaling == blueprint.AutoscalingKarpenter {
		problems = append(problems, "autoscaling: hashicorp/azurerm has no argument for node auto-provisioning; use \"cluster_autoscaler\"")
	}
	if network.FlowLogs != nil && network.FlowLogs.Traffic != "all" {
		problems = append(problems, "network.flow_logs.traffic: hashicorp/azurerm logs all traffic only")
	}
	if group, ok := design.NodePools[strings.Split(defaultPool(design), "/")[0]]; ok {
		for _, taint := range group.Taints {
			if taint.Key != "CriticalAddonsOnly" {
				problems = append(problems, "node_pools["+literal(group.Name)+"].taints: hashicorp/azurerm gives the first system pool no taint but CriticalAddonsOnly=true:NoSchedule")
			}
		}
	}
	for _, name := range sortedKeys(design.NodePools) {
		if design.NodePools[name].Release != "" {
			problems = append(problems, "node_pools["+literal(name)+"].node_image.release: hashicorp/azurerm can't pin a node image")
		}
		if design.NodePools[name].DiskKey != "cloud" {
			problems = append(problems, "node_pools["+literal(name)+"].disk.key_id: hashicorp/azurerm has one disk encryption set for the whole cluster")
		}
	}
	return problems
}

func azureVariables(design blueprint.Design) []variable {
	plane := design.ControlPlane
	list := append(sharedVariables(design), variable{
		name: "deletion_protection", kind: "bool", value: plane.OnDestroy.Protected,
		description: "Whether a lock keeps the cluster from being deleted.",
	})
	if plane.Encryption == "own" {
		list = append(list, variable{
			name: "key_vault_public_access", kind: "bool", value: false,
			description: "Open the vault of the cluster's key to the internet, for a first apply from outside the network. Callers still need a role on it.",
		})
	}
	if design.Network.FlowLogs != nil {
		list = append(list, variable{
			name: "network_watcher", kind: "object({ name = string, resource_group = string })",
			value:       object{{"name", "NetworkWatcher_" + plane.Region}, {"resource_group", "NetworkWatcherRG"}},
			description: "The region's network watcher, which flow logs belong to.",
		})
	}
	return list
}
