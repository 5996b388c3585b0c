# Asks the cloud, in the plan, whether the place fits the design: given networks,
# free addresses, routes, roles, zones, versions. Errors fail the plan.
#
# The local value matters: Terraform puts a data source off until apply where it
# refers to a resource that is to change.
locals {
  design = jsonencode(kready_cluster_blueprint.eu.design)
}

data "kready_preflight" "eu" {
  design = local.design
}

output "preflight" {
  value = [for finding in data.kready_preflight.eu.findings : "${finding.path}: ${finding.summary}"]
}
