resource "kready_network" "eu" {
  design      = kready_cluster_blueprint.eu.design.network
  incarnation = kready_cluster_blueprint.eu.incarnation

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The network is incomplete. Apply again: it is finished in place."
    }
  }
}
