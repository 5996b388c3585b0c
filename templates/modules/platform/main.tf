# What several clusters share: image registry and secret vaults, and on Azure
# the network in which their private endpoints stand, from a blueprint with
# kind = "platform". Clusters use it with registry.existing and vault.existing,
# and none of them can destroy it.

locals {
  design      = var.blueprint.design
  incarnation = var.blueprint.incarnation

  incomplete = "is incomplete: what failed is told above. Apply again: it is finished in place."
}

resource "kready_network" "this" {
  count = local.design.network == null ? 0 : 1

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

resource "kready_registry" "this" {
  count = local.design.registry == null ? 0 : 1

  design                  = local.design.registry
  incarnation             = local.incarnation
  network                 = one(kready_network.this[*].objects)
  acknowledge_replacement = var.blueprint.acknowledge_replacement
  timeouts                = var.timeouts

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The registry ${local.incomplete}"
    }
  }
}

resource "kready_vault" "this" {
  count = local.design.vault == null ? 0 : 1

  design                  = local.design.vault
  incarnation             = local.incarnation
  network                 = one(kready_network.this[*].objects)
  acknowledge_replacement = var.blueprint.acknowledge_replacement
  timeouts                = var.timeouts

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The vaults ${local.incomplete}"
    }
  }
}
