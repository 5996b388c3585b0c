resource "kready_vault" "eu" {
  design      = kready_cluster_blueprint.eu.design.vault
  incarnation = kready_cluster_blueprint.eu.incarnation
  network     = kready_network.eu.objects # for private endpoints on Azure

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The vault is incomplete. Apply again: it is finished in place."
    }
  }
}
