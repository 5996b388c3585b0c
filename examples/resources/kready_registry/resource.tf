resource "kready_registry" "eu" {
  design      = kready_cluster_blueprint.eu.design.registry
  incarnation = kready_cluster_blueprint.eu.incarnation

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The registry is incomplete. Apply again: it is finished in place."
    }
  }
}
