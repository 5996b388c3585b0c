# The network of a private Kubernetes cluster, without the cluster: for
# platforms whose network team builds first, or on its own.
#
# It is sized by the blueprint's node pools, so the ranges are those that the
# cluster will need.

resource "kready_network" "this" {
  design                  = var.blueprint.design.network
  incarnation             = var.blueprint.incarnation
  acknowledge_replacement = var.blueprint.acknowledge_replacement
  timeouts                = var.timeouts

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The network is incomplete: what failed is told above. Apply again: it is finished in place."
    }
  }
}
