# The design, in the words of the resources: what a native module of one cluster
# has as literal values.

locals {
  design  = var.blueprint.design
  net     = local.design.network
  plane   = local.design.control_plane
  rest    = local.design.addons
  pools   = local.design.node_pools == null ? {} : local.design.node_pools
  people  = local.design.workload_identities == null ? {} : local.design.workload_identities
  boot    = local.plane.addons == null ? {} : local.plane.addons
  further = try(local.rest.addons, null) == null ? {} : local.rest.addons
  scaler  = try(local.rest.autoscaling, null) == null ? "" : local.rest.autoscaling

  name                 = local.plane.cluster
  region               = local.plane.region
  tags                 = local.plane.tags == null ? {} : local.plane.tags
  role_path            = local.plane.role_path
  permissions_boundary = local.plane.permissions_boundary
}

# Network.
locals {
  network = {
    name      = local.net.names["vpc"]
    cidr      = local.net.cidr
    pod_cidrs = local.net.pod_cidrs == null ? [] : local.net.pod_cidrs
    next_hop  = local.net.next_hop
  }
  subnets = {
    for key, subnet in local.net.subnets : key => {
      zone        = subnet.zone
      cidr        = subnet.cidr
      tier        = subnet.tier
      route_table = subnet.route_to == null ? "local" : replace(subnet.route_to, "/", "-")
      tags = merge(
        subnet.load_balancer == null ? {} : { "kubernetes.io/cluster/${local.name}" = "shared" },
        subnet.load_balancer == "internal" ? { "kubernetes.io/role/internal-elb" = "1" } : {},
        subnet.load_balancer == "public" ? { "kubernetes.io/role/elb" = "1" } : {},
        subnet.tier == "nodes" ? { "karpenter.sh/discovery" = local.name } : {},
      )
    }
  }
  ways_out     = { for key, subnet in local.net.subnets : local.subnets[key].route_table => subnet.route_to == null ? "" : subnet.route_to... }
  route_tables = { for key, ways in local.ways_out : key => ways[0] }
  prefix_reservations = merge([
    for key, subnet in local.net.subnets : { for cidr in subnet.prefix_reservations == null ? [] : subnet.prefix_reservations : cidr => key }
  ]...)

  gateways     = local.net.nat_gateways == null ? {} : local.net.nat_gateways
  nat_gateways = { for key, gateway in local.gateways : key => gateway.subnet }
  nat_addresses = merge([
    for key, gateway in local.gateways : (
      gateway.zones == null ? { (key) = { gateway = key, zone = gateway.zone } } : { for zone in gateway.zones : "${key}-${zone}" => { gateway = key, zone = zone } }
    )
  ]...)

  endpoint_tier = anytrue([for subnet in values(local.net.subnets) : subnet.tier == "endpoints"]) ? "endpoints" : "nodes"
  endpoint_group = {
    name           = try(local.net.names["security-group/endpoints"], null)
    subnets        = sort([for key, subnet in local.net.subnets : key if subnet.tier == local.endpoint_tier])
    admitted_cidrs = local.net.admitted_cidrs == null ? [] : local.net.admitted_cidrs
  }
  organization = one(distinct([for endpoint in values(local.net.endpoints == null ? {} : local.net.endpoints) : trimprefix(endpoint.policy, "organization:") if startswith(endpoint.policy, "organization:")]))
  endpoints = {
    for service, endpoint in local.net.endpoints == null ? {} : local.net.endpoints : service => {
      type   = endpoint.type
      policy = endpoint.policy == "open" ? null : lookup(local.endpoint_policies[split(":", endpoint.policy)[0]], service, local.endpoint_policies[split(":", endpoint.policy)[0]]["default"])
    }
  }
  flow_logs = local.net.flow_logs == null ? null : {
    log_group      = local.net.names["log-group/flow-logs"]
    role           = local.net.names["role/flow-logs"]
    retention_days = local.net.flow_logs.retention_days
    traffic        = local.net.flow_logs.traffic
    keep           = local.net.on_destroy.logs == "retain"
  }
}

# Control plane.
locals {
  kubernetes_version  = local.plane.kubernetes_version
  reachable_from      = local.plane.reachable_from == null ? [] : local.plane.reachable_from
  deletion_protection = local.plane.on_destroy.protected
  cluster = {
    support            = local.plane.support
    subnets            = local.plane.subnets
    service_cidr       = local.plane.service_cidr
    public_cidrs       = local.plane.public_cidrs == null ? [] : local.plane.public_cidrs
    log_types          = local.plane.log_types == null ? [] : local.plane.log_types
    log_retention_days = local.plane.log_retention_days
    keep_logs          = local.plane.on_destroy.logs == "retain"
    encryption         = local.plane.encryption
    key_id             = local.plane.key_id
    key_alias          = try(local.plane.names["key-alias"], null)
    identity           = local.plane.identity
    auto_mode          = local.plane.auto_mode
    role               = try(local.plane.names["role/cluster"], null)
    existing_role      = local.plane.cluster_role
    node_role          = try(local.plane.names["role/node"], null)
    existing_node_role = local.plane.node_role
    security_group     = local.plane.names["security-group/control-plane"]
  }
  access_entries = {
    for key, entry in local.plane.access_entries == null ? {} : local.plane.access_entries : key => {
      principal  = entry.principal
      role       = entry.role
      namespaces = entry.namespaces == null ? [] : entry.namespaces
    }
  }
  pod_subnets = local.plane.pod_subnets == null ? {} : local.plane.pod_subnets
}

# Nodes.
locals {
  images = {
    "al2023 amd64"       = "AL2023_x86_64_STANDARD"
    "al2023 arm64"       = "AL2023_ARM_64_STANDARD"
    "bottlerocket amd64" = "BOTTLEROCKET_x86_64"
    "bottlerocket arm64" = "BOTTLEROCKET_ARM_64"
  }
  node_pools = {
    for name, pool in local.pools : name => {
      min_size           = sum([for group in values(pool.groups) : group.min_size])
      max_size           = sum([for group in values(pool.groups) : group.max_size])
      kubernetes_version = pool.kubernetes_version
      os                 = pool.os
      ami_type           = local.images["${pool.os} ${pool.architecture}"]
      release            = pool.release
      instance_types     = pool.instance_types
      capacity_type      = pool.capacity_type
      labels             = pool.labels == null ? {} : pool.labels
      taints             = [for taint in pool.taints == null ? [] : pool.taints : { key = taint.key, value = taint.value == null ? "" : taint.value, effect = taint.effect }]
      max_pods           = pool.max_pods
      max_unavailable    = pool.max_unavailable
      repair             = pool.repair
      disk               = { size_gib = pool.disk_gib, type = pool.disk_type, iops = pool.disk_iops, throughput = pool.disk_throughput, key = pool.disk_key }
      tags               = { for key, value in pool.tags == null ? {} : pool.tags : key => value if try(local.tags[key], null) != value }
    }
  }
  node_groups = merge([
    for name, pool in local.pools : { for key, group in pool.groups : "${name}/${key}" => { pool = name, name = group.name, subnets = group.subnets } }
  ]...)
}

# Add-ons and the identities of pods.
locals {
  addons_before_nodes = { for name, addon in local.boot : name => { version = addon.version, version_policy = addon.version_policy, configuration = addon.configuration, grant = addon.grant, service_account = addon.service_account } }
  addons              = { for name, addon in local.further : name => { version = addon.version, version_policy = addon.version_policy, configuration = addon.configuration, grant = addon.grant, service_account = addon.service_account } }

  granted = merge(
    { for name, addon in local.boot : name => { addon = addon, role = local.plane.names["role/${name}"] } if addon.grant != null },
    { for name, addon in local.further : name => { addon = addon, role = local.rest.names["role/${name}"] } if addon.grant != null },
  )
  controllers = { for word, name in { cluster_autoscaler = "cluster-autoscaler", karpenter = "karpenter" } : name => word if word == local.scaler }

  workload_roles = merge(
    { for name, one in local.granted : "addon/${name}" => { name = one.role, namespace = one.addon.namespace, service_account = one.addon.service_account } },
    { for name, word in local.controllers : "autoscaler/${name}" => { name = local.rest.names["role/${name}"], namespace = "kube-system", service_account = name } },
    { for name, identity in local.people : "identity/${name}" => { name = identity.role_name, namespace = identity.namespace, service_account = identity.service_account } },
  )
  object_grants = merge([
    for name, identity in local.people : {
      for grant, on in identity.grants == null ? {} : identity.grants : "identity/${name}/grant.${replace(grant, ":", ".")}" => {
        name = grant
        on   = on.on == null ? [] : on.on
        # Where each of them is: in this account, or where it exists already.
        at = {
          for one, place in { for one in on.on == null ? [] : on.on : one => split(":", try(on.given[one], "arn:${local.partition}::${local.region}:${local.account}:")) } : one => {
            partition = place[1]
            region    = place[3]
            account   = place[4]
            key       = try(on.given[one], aws_kms_key.vault[one].arn, "")
          }
        }
      }
    }
  ]...)
  workload_policies = merge(
    { for name, one in local.granted : "addon/${name}/grant.${one.addon.grant}" => { role = "addon/${name}", name = "grant.${one.addon.grant}", policy = local.controller_grants[one.addon.grant] } },
    { for name, policy in local.scaler == "cluster_autoscaler" ? { "grant.cluster-autoscaler" = local.controller_grants["cluster-autoscaler"] } : {} : "autoscaler/cluster-autoscaler/${name}" => { role = "autoscaler/cluster-autoscaler", name = name, policy = policy } },
    { for name, policy in local.scaler == "karpenter" ? local.karpenter_rights : {} : "autoscaler/karpenter/${name}" => { role = "autoscaler/karpenter", name = name, policy = policy } },
    {
      for key, grant in local.object_grants : key => {
        role   = join("/", slice(split("/", key), 0, 2))
        name   = split("/", key)[2]
        policy = try(local.vault_grants[key], local.pull_grants[key], local.push_grants[key], local.controller_grants[grant.name])
      }
    },
    merge([
      for name, identity in local.people : {
        for own, policy in identity.policies == null ? {} : identity.policies : "identity/${name}/policy.${own}" => { role = "identity/${name}", name = "policy.${own}", policy = policy }
      }
    ]...),
  )

  queue = try(local.rest.names["queue/karpenter"], "")
  karpenter = local.scaler != "karpenter" ? null : {
    queue  = local.queue
    policy = local.karpenter_queue_policy
    rules  = { for event, pattern in local.karpenter_patterns : event => { name = local.rest.names["rule/karpenter-${event}"], pattern = pattern } }
  }
}

# Registry and vaults.
locals {
  pushers = [for list in local.design.registry == null ? [] : [local.design.registry.push_principals] : { on = list } if list != null]
  registry = local.design.registry == null ? null : {
    key_alias     = local.design.registry.names["key-alias"]
    key_policy    = local.account_key_policy
    push_policy   = local.push_policy
    force_destroy = local.design.registry.on_destroy.force
  }
  repositories = { for key, repository in try(local.design.registry.repositories, null) == null ? {} : local.design.registry.repositories : key => repository }
  vaults = {
    for name, entry in try(local.design.vault.vaults, null) == null ? {} : local.design.vault.vaults : name => {
      prefix        = entry.prefix
      key_alias     = entry.name
      recovery_days = local.design.vault.recovery_days == 0 ? 30 : min(max(local.design.vault.recovery_days, 7), 30)
    }
  }
}
