resource "kready_node_pool" "eu" {
  for_each = kready_cluster_blueprint.eu.design.node_pools # keys are known in the first plan

  design      = each.value
  incarnation = kready_cluster_blueprint.eu.incarnation
  network     = kready_network.eu.objects
  cluster     = kready_cluster.eu.objects

  lifecycle {
    replace_triggered_by = [kready_cluster.eu.id] # it stands in the cluster

    postcondition {
      condition     = self.status == "complete"
      error_message = "Node pool ${each.key} is incomplete. Apply again: it is finished in place."
    }
  }
}
