output "clusters" {
  description = "The clusters by name: every output of modules/cluster."
  value       = module.cluster
}

output "blocks" {
  description = "Range of each cluster's network, by name. Known in the first plan."
  value       = kready_cidr_pool.this.blocks
}

output "capacity" {
  description = "How far each cluster's ranges carry, by name."
  value       = { for name, blueprint in kready_cluster_blueprint.this : name => blueprint.capacity_report }
}
