resource "kready_addons" "eu" {
  design      = kready_cluster_blueprint.eu.design.addons
  incarnation = kready_cluster_blueprint.eu.incarnation
  cluster     = kready_cluster.eu.objects

  depends_on = [kready_node_pool.eu] # their pods need nodes

  lifecycle {
    replace_triggered_by = [kready_cluster.eu.id] # it stands in the cluster

    postcondition {
      condition     = self.status == "complete"
      error_message = "The add-ons are incomplete. Apply again: they are finished in place."
    }
  }
}
