# The design, in the words of the resources: what a native module of one cluster
# has as literal values.

locals {
  design = var.blueprint.design
  net    = local.design.network
  plane  = local.design.control_plane
  pools  = local.design.node_pools == null ? {} : local.design.node_pools
  people = local.design.workload_identities == null ? {} : local.design.workload_identities

  name   = local.plane.cluster
  region = local.plane.region
  tags   = local.plane.tags == null ? {} : local.plane.tags
  resource_group = {
    name   = local.net.azure.resource_group
    exists = local.net.azure.resource_group_exists
  }
}

# Network.
locals {
  network = {
    name     = local.net.names["vnet"]
    cidr     = local.net.cidr
    next_hop = local.net.next_hop
  }
  subnets = {
    for key, subnet in local.net.subnets : key => {
      cidr                      = subnet.cidr
      delegation                = subnet.delegation
      nat_gateway               = subnet.nat_gateway
      route_table               = subnet.route_table
      default_outbound_off      = subnet.default_outbound_off == null ? false : subnet.default_outbound_off
      private_endpoint_policies = subnet.private_endpoint_policies
    }
  }
  groups          = local.net.azure.security_groups == null ? {} : local.net.azure.security_groups
  security_groups = { for key, group in local.groups : key => local.net.names["nsg/${key}"] }
  security_rules = merge([
    for key, group in local.groups : {
      for name, rule in group.rules == null ? {} : group.rules : "${key}/${name}" => merge(rule, { group = key, name = name })
    }
  ]...)
  nat_gateways = {
    for key, gateway in local.net.nat_gateways == null ? {} : local.net.nat_gateways : key => {
      name    = local.net.names["nat/${key}"]
      address = local.net.names["public-ip/${key}"]
      sku     = gateway.sku
      zone    = gateway.zone
    }
  }
  route_tables      = { for key in distinct([for subnet in values(local.subnets) : subnet.route_table if subnet.route_table != null]) : key => local.net.names["route-table/${key}"] }
  private_dns_zones = { for key, zone in local.net.azure.private_dns_zones == null ? {} : local.net.azure.private_dns_zones : key => zone.domain }
  dns_links         = local.net.azure.dns_links == null ? {} : local.net.azure.dns_links
  logs = {
    workspace      = try(local.net.names["workspace"], null)
    workspace_id   = local.net.azure.log_workspace_id
    workspace_days = local.net.azure.log_workspace_days
  }
  watcher = var.network_watcher == null ? { name = "NetworkWatcher_${local.region}", resource_group = "NetworkWatcherRG" } : var.network_watcher
  flow_logs = local.net.flow_logs == null ? null : {
    name            = local.net.names["flow-log"]
    storage_account = local.net.names["storage-account/flow-logs"]
    retention_days  = local.net.flow_logs.retention_days
  }
}

# Identities, roles and access.
locals {
  cluster_identities = { for key in ["identity/control-plane", "identity/kubelet"] : key => local.plane.names[key] if contains(keys(local.plane.names), key) }
  existing_identities = merge(
    local.plane.azure.control_plane_identity_id == null ? {} : { "identity/control-plane" = local.plane.azure.control_plane_identity_id },
    local.plane.azure.kubelet_identity_id == null ? {} : { "identity/kubelet" = local.plane.azure.kubelet_identity_id },
  )
  cluster_roles = local.plane.azure.role_assignments == null ? {} : local.plane.azure.role_assignments
  entries       = local.plane.access_entries == null ? {} : local.plane.access_entries
  built_in_roles = {
    cluster_admin = "Azure Kubernetes Service RBAC Cluster Admin"
    admin         = "Azure Kubernetes Service RBAC Admin"
    edit          = "Azure Kubernetes Service RBAC Writer"
    view          = "Azure Kubernetes Service RBAC Reader"
  }
  access = merge(
    { for key, entry in local.entries : "user-${key}" => { principal = entry.principal, role = "Azure Kubernetes Service Cluster User Role", namespace = null } },
    { for key, entry in local.entries : "access-${key}" => { principal = entry.principal, role = local.built_in_roles[entry.role], namespace = null } if try(length(entry.namespaces), 0) == 0 },
    merge([
      for key, entry in local.entries : {
        for namespace in entry.namespaces == null ? [] : entry.namespaces : "access-${key}-${namespace}" => { principal = entry.principal, role = local.built_in_roles[entry.role], namespace = namespace }
      }
    ]...),
  )
}

# Control plane.
locals {
  kubernetes_version  = local.plane.kubernetes_version
  deletion_protection = local.plane.on_destroy.protected
  vault_access        = var.key_vault_public_access
  cluster = {
    tier                = local.plane.azure.tier
    support             = local.plane.support
    upgrade_channel     = local.plane.azure.upgrade_channel
    node_os_channel     = local.plane.azure.node_os_channel
    dns_prefix          = local.plane.names["dns-prefix"]
    private_cluster     = local.plane.azure.private_cluster
    private_dns_zone    = local.plane.azure.private_dns_zone
    public_fqdn         = local.plane.azure.public_fqdn
    public_cidrs        = local.plane.public_cidrs == null ? [] : local.plane.public_cidrs
    subnets             = local.plane.subnets == null ? [] : local.plane.subnets
    node_resource_group = local.plane.names["node-resource-group"]
    outbound_type       = local.plane.azure.outbound_type
    cached_registry     = local.plane.azure.cached_registry
    registry_id         = local.plane.azure.registry_id
    network_policy      = local.plane.network_policy
    pod_cidr            = local.plane.pod_cidr
    pod_subnet          = local.plane.azure.pod_subnet
    service_cidr        = local.plane.service_cidr
    dns_service_ip      = local.plane.azure.dns_service_ip
    identity            = local.plane.identity
    policy              = local.plane.azure.policy
    defender            = local.plane.azure.defender
    run_command         = local.plane.azure.run_command
    secrets_provider    = contains(keys(local.plane.addons == null ? {} : local.plane.addons), "azureKeyvaultSecretsProvider")
    log_types           = local.plane.log_types == null ? [] : local.plane.log_types
    encryption          = local.plane.encryption
    key_vault           = try(local.plane.names["key-vault"], null)
    key                 = try(local.plane.names["key"], null)
    key_id              = local.plane.key_id
  }
  maintenance = local.plane.azure.maintenance == null ? {} : local.plane.azure.maintenance
}

# Nodes.
locals {
  images = { ubuntu2204 = "Ubuntu2204", ubuntu2404 = "Ubuntu2404", azurelinux3 = "AzureLinux3" }
  node_pools = {
    for name, pool in local.pools : name => {
      min_size             = sum([for group in values(pool.groups) : group.min_size])
      max_size             = sum([for group in values(pool.groups) : group.max_size])
      autoscaled           = pool.autoscaled
      kubernetes_version   = pool.kubernetes_version
      mode                 = pool.mode
      os_sku               = local.images[pool.os]
      instance_type        = pool.instance_types[0]
      capacity_type        = pool.capacity_type
      labels               = pool.labels == null ? {} : pool.labels
      taints               = [for taint in pool.taints == null ? [] : pool.taints : { key = taint.key, value = taint.value == null ? "" : taint.value, effect = taint.effect }]
      critical_addons_only = contains([for taint in pool.taints == null ? [] : pool.taints : "${taint.key}=${taint.value == null ? "" : taint.value}:${taint.effect}"], "CriticalAddonsOnly=true:NoSchedule")
      max_pods             = pool.max_pods
      max_surge            = pool.max_surge
      disk                 = { size_gib = pool.disk_gib, type = pool.disk_type }
      tags                 = { for key, value in pool.tags == null ? {} : pool.tags : key => value if try(local.tags[key], null) != value }
    }
  }
  node_groups = merge([
    for name, pool in local.pools : { for key, group in pool.groups : "${name}/${key}" => { pool = name, name = group.name, zones = group.zones, subnet = group.subnets[0] } }
  ]...)

  # The group that the cluster was born with, or the first system pool where
  # that one was replaced.
  born         = [for key, group in local.node_groups : key if group.name == try(local.plane.bootstrap_pool.name, "")]
  default_pool = concat(local.born, sort([for key, group in local.node_groups : key if local.node_pools[group.pool].mode == "system"]))[0]
}

# Registry, vaults and the identities of workloads.
locals {
  registry = local.design.registry == null ? null : {
    name               = local.design.registry.name
    private_endpoint   = local.design.registry.names["private-endpoint"]
    keep_untagged_days = local.design.registry.azure.keep_untagged_days
    push_principals    = local.design.registry.push_principals == null ? [] : local.design.registry.push_principals
    cache_rules        = local.design.registry.azure.cache_rules == null ? {} : local.design.registry.azure.cache_rules
  }
  vaults = {
    for name, entry in try(local.design.vault.vaults, null) == null ? {} : local.design.vault.vaults : name => {
      name             = entry.name
      private_endpoint = local.design.vault.names["private-endpoint/${name}"]
      recovery_days    = min(max(local.design.vault.recovery_days, 7), 90)
    }
  }
  workload_identities = { for name, identity in local.people : name => { name = identity.role_name, namespace = identity.namespace, service_account = identity.service_account } }
  workload_roles = merge([
    for name, identity in local.people : {
      for key, role in identity.azure.role_assignments == null ? {} : identity.azure.role_assignments : "${name}/${key}" => { identity = name, role = role.role, scope = role.scope }
    }
  ]...)
}
