
# What shop-we should be. kready decides everything else at plan: names, zones,
# ranges. It refuses what would fail or be unsafe later, and says what to do instead.
resource "kready_cluster_blueprint" "this" {
  name               = var.name
  cloud              = "azure"
  region             = var.region
  kubernetes_version = var.kubernetes_version
  stage              = "production"
  target             = var.target

  # Address ranges, zones, the way out and the way in. A cluster needs it.
  network = {
    cidr           = var.cidr
    zones          = var.zones
    egress         = "nat_per_zone"
    reachable_from = var.reachable_from
    reserved       = { vpn = ["10.127.0.0/16"] }
    tiers          = { data = { prefix_length = 24, routable = false }, ingress = {} }
  }
  access = { admin_groups = var.admin_groups }

  # Node pools by name; a cluster needs one. The key is the pool's name for life; rename with moved_from.
  node_pools = {
    apps = {
      instance_types = ["Standard_D8pds_v5"]
      min_size       = 3
      max_size       = 60
      labels         = { tier = "apps" }
    }
    batch = {
      instance_types = ["Standard_D4pds_v5"]
      min_size       = 0
      max_size       = 30
      capacity_type  = "spot"
      taints         = [{ key = "batch", value = "true", effect = "NoSchedule" }]
    }
    system = { instance_types = ["Standard_D4pds_v5"], min_size = 3, max_size = 6, mode = "system" }
  }
  autoscaling        = "cluster_autoscaler"
  maintenance_window = { day = "Sunday", start = "02:00", duration_hours = 4 }
  registry           = { repositories = ["shop/web", "shop/api"] }
  vault              = { names = ["shop"] }

  # Cloud identities of Kubernetes service accounts, by name.
  workload_identities = {
    external-secrets = {
      namespace       = "external-secrets"
      service_account = "external-secrets"
      grants          = ["vault:read"]
    }
  }
  capacity            = { growth_per_year = 0.5, horizon_years = 5, start = "2026-12" }
  change_budget       = { replace = 0, delete = 0 }
  deletion_protection = var.deletion_protection
  tags                = var.tags
}
