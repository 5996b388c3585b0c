resource "kready_registry" "eu" {
  design      = kready_cluster_blueprint.eu.design.registry
  incarnation = kready_cluster_blueprint.eu.incarnation
  network     = kready_network.eu.objects # for private endpoints on Azure

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The registry is incomplete. Apply again: it is finished in place."
    }
  }
}
