
# What dev-eu should be. kready decides everything else at plan: names, zones,
# ranges. It refuses what would fail or be unsafe later, and says what to do instead.
resource "kready_cluster_blueprint" "this" {
  name                = var.name
  cloud               = "aws"
  region              = var.region
  kubernetes_version  = var.kubernetes_version
  stage               = "development"
  target              = var.target
  network             = { cidr = var.cidr, zones = var.zones }
  node_pools          = { main = { instance_types = ["m7g.large"], min_size = 2, max_size = 4, mode = "system" } }
  deletion_protection = var.deletion_protection
  tags                = var.tags
}
