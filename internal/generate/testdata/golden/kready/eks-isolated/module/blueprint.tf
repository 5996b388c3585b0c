
# What vault-eu should be. kready decides everything else at plan: names, zones,
# ranges. It refuses what would fail or be unsafe later, and says what to do instead.
resource "kready_cluster_blueprint" "this" {
  name               = var.name
  cloud              = "aws"
  region             = var.region
  kubernetes_version = var.kubernetes_version
  stage              = "production"
  target             = var.target
  network            = { cidr = var.cidr, zones = var.zones, egress = "isolated", reachable_from = var.reachable_from }

  # Who may use the cluster's API.
  access = {
    admin_groups = var.admin_groups
    break_glass  = ["arn:aws:iam::111122223333:role/break-glass"]
  }
  node_pools          = { system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" } }
  registry            = { repositories = ["base/java"] }
  deletion_protection = var.deletion_protection
  tags                = var.tags
}
