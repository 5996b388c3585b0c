resource "kready_vault" "eu" {
  design      = kready_cluster_blueprint.eu.design.vault
  incarnation = kready_cluster_blueprint.eu.incarnation

  lifecycle {
    postcondition {
      condition     = self.status == "complete"
      error_message = "The vault is incomplete. Apply again: it is finished in place."
    }
  }
}
