
# What dev-we should be. kready decides everything else at plan: names, zones,
# ranges. It refuses what would fail or be unsafe later, and says what to do instead.
resource "kready_cluster_blueprint" "this" {
  name               = var.name
  cloud              = "azure"
  region             = var.region
  kubernetes_version = var.kubernetes_version
  stage              = "development"
  target             = var.target
  network            = { cidr = var.cidr, zones = var.zones }

  # Node pools by name; a cluster needs one. The key is the pool's name for life; rename with moved_from.
  node_pools = {
    main = { instance_types = ["Standard_D4pds_v5"], min_size = 2, max_size = 4, mode = "system" }
  }
  deletion_protection = var.deletion_protection
  tags                = var.tags
}
