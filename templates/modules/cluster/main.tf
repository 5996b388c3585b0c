# A private Kubernetes cluster, from a blueprint that has decided everything.
#
# Each resource realizes one section of the design and carries a postcondition
# on its status: an apply that was interrupted or failed half way exits with 1,
# and the next apply finishes it in place. None of them ever sets
# create_before_destroy: what was adopted would die with the old object.

locals {
  design      = var.blueprint.design
  incarnation = var.blueprint.incarnation

  incomplete = "is incomplete: what failed is told above. Apply again: it is finished in place."
}

resource "kready_network" "this" {
  design                  = local.design.network
  incarnation             = local.incarnation
  acknowledge_replacement = var.blueprint.acknowledge_replacement
  timeouts                = var.timeouts

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The network ${local.incomplete}"
    }
  }
}

resource "kready_cluster" "this" {
  design                  = local.design.control_plane
  incarnation             = local.incarnation
  acknowledge_replacement = var.blueprint.acknowledge_replacement
  network                 = kready_network.this.objects
  registry                = one(kready_registry.this[*].objects) # on Azure nodes pull from it, and isolated ones boot from it
  timeouts                = var.timeouts

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The cluster ${local.incomplete}"
    }
  }
}

resource "kready_node_pool" "this" {
  for_each = local.design.node_pools

  design      = each.value
  incarnation = local.incarnation
  network     = kready_network.this.objects
  cluster     = kready_cluster.this.objects
  timeouts    = var.timeouts

  lifecycle {
    # It stands in the cluster: another cluster needs another one.
    replace_triggered_by = [kready_cluster.this.id]

    postcondition {
      condition     = self.status == "complete"
      error_message = "Node pool ${each.key} ${local.incomplete}"
    }
  }
}

resource "kready_addons" "this" {
  count = local.design.addons == null ? 0 : 1

  design      = local.design.addons
  incarnation = local.incarnation
  cluster     = kready_cluster.this.objects
  timeouts    = var.timeouts

  # Their pods need nodes; on the way out they go first.
  depends_on = [kready_node_pool.this]

  lifecycle {
    # It stands in the cluster: another cluster needs another one.
    replace_triggered_by = [kready_cluster.this.id]

    postcondition {
      condition     = self.status == "complete"
      error_message = "The add-ons ${local.incomplete}"
    }
  }
}

resource "kready_registry" "this" {
  count = local.design.registry == null ? 0 : 1

  design      = local.design.registry
  incarnation = local.incarnation
  network     = kready_network.this.objects
  timeouts    = var.timeouts

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The registry ${local.incomplete}"
    }
  }
}

resource "kready_vault" "this" {
  count = local.design.vault == null ? 0 : 1

  design      = local.design.vault
  incarnation = local.incarnation
  network     = kready_network.this.objects
  timeouts    = var.timeouts

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The vault ${local.incomplete}"
    }
  }
}

resource "kready_workload_identity" "this" {
  for_each = local.design.workload_identities == null ? {} : local.design.workload_identities

  design      = each.value
  incarnation = local.incarnation
  cluster     = kready_cluster.this.objects
  registry    = one(kready_registry.this[*].objects)
  vault       = one(kready_vault.this[*].objects)
  timeouts    = var.timeouts

  lifecycle {
    # It stands in the cluster: another cluster needs another one.
    replace_triggered_by = [kready_cluster.this.id]

    postcondition {
      condition     = self.status == "complete"
      error_message = "Workload identity ${each.key} ${local.incomplete}"
    }
  }
}
