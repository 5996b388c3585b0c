# A production-ready private EKS cluster in the embedded sandbox: no account,
# no network. For the real thing, replace `sandbox = {}` by an owner.

terraform {
  required_version = ">= 1.11"

  required_providers {
    kready = {
      source = "kready-io/kready"
    }
  }
}

provider "kready" {
  sandbox = {} # embedded clouds. Only ever chosen here, never by an environment variable.
}

resource "kready_cidr_pool" "corp" {
  cidrs    = ["10.64.0.0/10"]
  reserved = { onprem = ["10.64.0.0/14"], vpn = ["10.127.0.0/16"] }
  allocations = {
    shop-eu = { prefix_length = 16 }
    shop-we = { prefix_length = 16 }
  }
}

resource "kready_cluster_blueprint" "eu" {
  name               = "shop-eu"
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.34"
  stage              = "production" # or "development": relaxes named rules, never silently

  network = {
    cidr           = kready_cidr_pool.corp.blocks["shop-eu"]
    zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    egress         = "nat_per_zone"
    reachable_from = ["10.64.0.0/14"] # who may reach the private API: runners, VPN
  }
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
  }
  node_pools = {
    system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" }
    apps   = { instance_types = ["m7g.2xlarge"], min_size = 3, max_size = 60, labels = { tier = "apps" } }
  }
  autoscaling = "cluster_autoscaler" # | "karpenter" | "auto_mode" | "none"
  registry    = { repositories = ["shop/web", "shop/api"] }
  vault       = { names = ["shop"] }
  workload_identities = {
    external-secrets = { namespace = "external-secrets", service_account = "external-secrets", grants = ["vault:read"] }
  }
  capacity            = { growth_per_year = 0.5, horizon_years = 5, start = "2026-12" }
  change_budget       = { replace = 0, delete = 0 }
  deletion_protection = false # on by default in production; off here, so that the quickstart can be destroyed
}

module "eu" {
  source    = "../../modules/cluster" # for users: a git source with ?ref=
  blueprint = kready_cluster_blueprint.eu
}

output "cluster" {
  value = {
    id         = module.eu.id
    endpoint   = module.eu.endpoint
    network    = module.eu.network_id
    registry   = module.eu.registry_urls
    identities = module.eu.workload_identities
  }
}

output "capacity" {
  value = kready_cluster_blueprint.eu.capacity_report
}
