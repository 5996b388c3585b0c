
# What shop-we should be. kready decides everything else at plan: names, zones,
# ranges. It refuses what would fail or be unsafe later, and says what to do instead.
#
# Its ranges, which stay with their keys for life:
#
#     control_plane  10.69.19.0/27
#     data           10.69.16.0/24
#     endpoints      10.69.17.0/24
#     ingress        10.69.18.0/24
#     nodes          10.69.0.0/20
#     (pods)         100.64.0.0/13
#     (services)     172.20.0.0/16
resource "kready_cluster_blueprint" "this" {
  name               = "shop-we"
  cloud              = "azure"
  region             = "westeurope"
  kubernetes_version = "1.35"
  stage              = "production"

  # Address ranges, zones, the way out and the way in. A cluster needs it.
  network = {
    cidr           = "10.69.0.0/16"
    zones          = ["1", "2", "3"]
    egress         = "nat_per_zone"
    reachable_from = ["10.64.0.0/14"]
    reserved       = { vpn = ["10.127.0.0/16"] }
    tiers          = { data = { prefix_length = 24, routable = false }, ingress = {} }
  }
  access = { admin_groups = ["5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c"] }

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
  deletion_protection = true
  tags                = { note = "a \"quoted\" $${literal}", team = "platform" }
}
