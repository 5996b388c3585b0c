# Asks the cloud, in the plan, whether the place fits the design: given networks,
# free addresses, routes, roles, zones, versions. Errors fail the plan.
data "kready_preflight" "eu" {
  design = jsonencode(kready_cluster_blueprint.eu.design)
}

output "preflight" {
  value = [for finding in data.kready_preflight.eu.findings : "${finding.path}: ${finding.summary}"]
}
