resource "kready_workload_identity" "eu" {
  for_each = kready_cluster_blueprint.eu.design.workload_identities

  design      = each.value
  incarnation = kready_cluster_blueprint.eu.incarnation
  cluster     = kready_cluster.eu.objects
  registry    = kready_registry.eu.objects
  vault       = kready_vault.eu.objects

  lifecycle {
    replace_triggered_by = [kready_cluster.eu.id] # it stands in the cluster

    postcondition {
      condition     = self.status == "complete"
      error_message = "Workload identity ${each.key} is incomplete. Apply again: it is finished in place."
    }
  }
}
