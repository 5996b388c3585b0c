# A production-ready private EKS cluster, and the same on AKS, in the embedded
# sandbox: no account, no network. For the real thing, replace `sandbox = {}` by an
# owner.

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

# The same cluster on AKS, out of the same pool: what differs is where it stands,
# what zones and machines are called there, and whom Entra knows as administrators.
resource "kready_cluster_blueprint" "we" {
  name               = "shop-we"
  cloud              = "azure"
  region             = "westeurope"
  kubernetes_version = "1.34"
  stage              = "production"

  network = {
    cidr           = kready_cidr_pool.corp.blocks["shop-we"]
    zones          = ["1", "2", "3"]
    egress         = "nat_per_zone"
    reachable_from = ["10.64.0.0/14"]
  }
  access = {
    admin_groups = ["5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c"] # object id of an Entra group
  }
  node_pools = {
    system = { instance_types = ["Standard_D4pds_v5"], min_size = 3, max_size = 6, mode = "system" }
    apps   = { instance_types = ["Standard_D8pds_v5"], min_size = 3, max_size = 60, labels = { tier = "apps" } }
  }
  autoscaling = "cluster_autoscaler"
  registry    = { repositories = ["shop/web", "shop/api"] }
  vault       = { names = ["shop"] }
  workload_identities = {
    external-secrets = { namespace = "external-secrets", service_account = "external-secrets", grants = ["vault:read"] }
  }
  capacity            = { growth_per_year = 0.5, horizon_years = 5, start = "2026-12" }
  change_budget       = { replace = 0, delete = 0 }
  deletion_protection = false
}

module "eu" {
  source    = "../../modules/cluster" # for users: a git source with ?ref=
  blueprint = kready_cluster_blueprint.eu
}

module "we" {
  source    = "../../modules/cluster"
  blueprint = kready_cluster_blueprint.we
}

locals {
  clusters = { eu = module.eu, we = module.we }
}

output "clusters" {
  value = {
    for name, cluster in local.clusters : name => {
      id         = cluster.id
      endpoint   = cluster.endpoint
      network    = cluster.network_id
      registry   = cluster.registry_urls
      identities = cluster.workload_identities
    }
  }
}

output "capacity" {
  value = { eu = kready_cluster_blueprint.eu.capacity_report, we = kready_cluster_blueprint.we.capacity_report }
}
