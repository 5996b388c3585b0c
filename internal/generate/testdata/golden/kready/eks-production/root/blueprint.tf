
# What shop-eu should be. kready decides everything else at plan: names, zones,
# ranges. It refuses what would fail or be unsafe later, and says what to do instead.
#
# Its ranges, which stay with their keys for life:
#
#     control_plane-eu-west-1a  10.68.109.128/28
#     control_plane-eu-west-1b  10.68.109.144/28
#     control_plane-eu-west-1c  10.68.109.160/28
#     data-eu-west-1a           10.68.96.0/24
#     data-eu-west-1b           10.68.97.0/24
#     data-eu-west-1c           10.68.98.0/24
#     ingress-eu-west-1a        10.68.102.0/24
#     ingress-eu-west-1b        10.68.103.0/24
#     ingress-eu-west-1c        10.68.104.0/24
#     nodes-eu-west-1a          10.68.0.0/20
#     nodes-eu-west-1b          10.68.16.0/20
#     nodes-eu-west-1c          10.68.32.0/20
#     pods-eu-west-1a           100.64.0.0/16
#     pods-eu-west-1b           100.65.0.0/16
#     pods-eu-west-1c           100.66.0.0/16
#     public-eu-west-1a         10.68.108.0/26
#     public-eu-west-1b         10.68.108.64/26
#     public-eu-west-1c         10.68.108.128/26
#     (services)                172.20.0.0/16
resource "kready_cluster_blueprint" "this" {
  name               = "shop-eu"
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.35"
  stage              = "production"

  # Address ranges, zones, the way out and the way in. A cluster needs it.
  network = {
    cidr           = "10.68.0.0/16"
    zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    egress         = "nat_per_zone"
    reachable_from = ["10.64.0.0/14"]
    reserved       = { vpn = ["10.127.0.0/16"] }
    tiers          = { data = { prefix_length = 24, routable = false }, ingress = {} }
  }

  # Who may use the cluster's API.
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
    bindings = {
      shop = { principal = "arn:aws:iam::111122223333:role/shop", role = "edit", namespaces = ["shop"] }
    }
  }

  # Node pools by name; a cluster needs one. The key is the pool's name for life; rename with moved_from.
  node_pools = {
    apps = {
      instance_types = ["m7g.2xlarge", "m6g.2xlarge"]
      min_size       = 3
      max_size       = 60
      labels         = { tier = "apps" }
    }
    batch = {
      instance_types = ["m7g.xlarge", "m6g.xlarge"]
      min_size       = 0
      max_size       = 30
      capacity_type  = "spot"
      taints         = [{ key = "batch", value = "true", effect = "NoSchedule" }]
    }
    system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" }
  }
  autoscaling = "cluster_autoscaler"
  registry    = { repositories = ["shop/web", "shop/api"] }
  vault       = { names = ["shop"] }

  # Cloud identities of Kubernetes service accounts, by name.
  workload_identities = {
    external-dns = { namespace = "external-dns", service_account = "external-dns", grants = ["external-dns"] }
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
