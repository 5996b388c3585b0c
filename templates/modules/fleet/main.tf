# Many private Kubernetes clusters out of one address space. Each gets a range
# of its own when it joins, keeps it for life, and moves no other.

locals {
  clusters = {
    for name, cluster in var.clusters : name => merge(var.defaults, cluster, {
      network = merge(try(var.defaults.network, {}), try(cluster.network, {}), { cidr = kready_cidr_pool.this.blocks[name] })
      tags    = merge(try(var.defaults.tags, {}), try(cluster.tags, {}))
    })
  }

  # What a blueprint takes. Terraform itself would pass over a misspelled one.
  attributes = [
    "cloud",
    "region",
    "kubernetes_version",
    "kind",
    "stage",
    "target",
    "network",
    "access",
    "node_pools",
    "autoscaling",
    "addons",
    "control_plane_logs",
    "encryption",
    "maintenance_window",
    "support",
    "registry",
    "vault",
    "workload_identities",
    "capacity",
    "change_budget",
    "deletion_protection",
    "on_destroy",
    "tags",
    "names",
    "pins",
    "acknowledge_replacement",
    "acknowledge_rollback",
    "strict",
    "aws",
    "azure",
  ]
  misspelled = setsubtract(
    concat(keys(var.defaults), flatten([for cluster in var.clusters : keys(cluster)])),
    concat(local.attributes, ["prefix_length"]),
  )
}

resource "kready_cidr_pool" "this" {
  cidrs      = var.cidrs
  reserved   = var.reserved
  peers      = var.peers
  owner      = var.owner
  quarantine = var.quarantine

  allocations = {
    for name, cluster in var.clusters : name => { prefix_length = try(cluster.prefix_length, var.prefix_length) }
  }

  lifecycle {
    precondition {
      condition     = length(local.misspelled) == 0
      error_message = "A blueprint has no attribute ${join(", ", local.misspelled)}. The name of a cluster is its key in clusters."
    }
    precondition {
      condition     = alltrue([for cluster in concat([var.defaults], values(var.clusters)) : try(cluster.network.cidr, null) == null])
      error_message = "A cluster's network.cidr is taken out of cidrs. Remove it; for a range of your own choice take modules/cluster."
    }
  }
}

resource "kready_cluster_blueprint" "this" {
  for_each = local.clusters

  name                    = each.key
  cloud                   = each.value.cloud
  region                  = each.value.region
  kubernetes_version      = each.value.kubernetes_version
  kind                    = try(each.value.kind, null)
  stage                   = try(each.value.stage, null)
  target                  = try(each.value.target, null)
  network                 = each.value.network
  access                  = try(each.value.access, null)
  node_pools              = each.value.node_pools
  autoscaling             = try(each.value.autoscaling, null)
  addons                  = try(each.value.addons, null)
  control_plane_logs      = try(each.value.control_plane_logs, null)
  encryption              = try(each.value.encryption, null)
  maintenance_window      = try(each.value.maintenance_window, null)
  support                 = try(each.value.support, null)
  registry                = try(each.value.registry, null)
  vault                   = try(each.value.vault, null)
  workload_identities     = try(each.value.workload_identities, null)
  capacity                = try(each.value.capacity, null)
  change_budget           = try(each.value.change_budget, null)
  deletion_protection     = try(each.value.deletion_protection, null)
  on_destroy              = try(each.value.on_destroy, null)
  tags                    = try(each.value.tags, null)
  names                   = try(each.value.names, null)
  pins                    = try(each.value.pins, null)
  acknowledge_replacement = try(each.value.acknowledge_replacement, null)
  acknowledge_rollback    = try(each.value.acknowledge_rollback, null)
  strict                  = try(each.value.strict, null)
  aws                     = try(each.value.aws, null)
  azure                   = try(each.value.azure, null)
}

module "cluster" {
  source   = "../cluster"
  for_each = local.clusters

  blueprint = kready_cluster_blueprint.this[each.key]
  timeouts  = var.timeouts
}
