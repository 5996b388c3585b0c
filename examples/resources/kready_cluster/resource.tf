resource "kready_cluster" "eu" {
  design      = kready_cluster_blueprint.eu.design.control_plane
  incarnation = kready_cluster_blueprint.eu.incarnation
  network     = kready_network.eu.objects
  registry    = kready_registry.eu.objects # for pulling from it on Azure

  timeouts = {
    create = "90m"
  }

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The cluster is incomplete. Apply again: it is finished in place."
    }
  }
}
