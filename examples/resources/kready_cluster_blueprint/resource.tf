resource "kready_cluster_blueprint" "eu" {
  name               = "shop-eu"
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.34"
  stage              = "production"

  network = {
    cidr           = kready_cidr_pool.corp.blocks["shop-eu"]
    zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    egress         = "nat_per_zone"
    reachable_from = ["10.64.0.0/14"]
    tiers = {
      data = { prefix_length = 24, routable = false }
    }
  }
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
    bindings = {
      shop = { principal = "arn:aws:iam::111122223333:role/shop-developer", role = "edit", namespaces = ["shop"] }
    }
  }
  node_pools = {
    system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" }
    apps   = { instance_types = ["m7g.2xlarge"], min_size = 3, max_size = 60, labels = { tier = "apps" } }
  }
  registry = { repositories = ["shop/web", "shop/api"] }
  vault    = { names = ["shop"] }
  workload_identities = {
    external-secrets = { namespace = "external-secrets", service_account = "external-secrets", grants = ["vault:read"] }
  }
  capacity            = { growth_per_year = 0.5, start = "2026-12" }
  deletion_protection = false
}

# modules/cluster realizes the whole of it; the resources can also be used one
# by one, as their own pages show.
