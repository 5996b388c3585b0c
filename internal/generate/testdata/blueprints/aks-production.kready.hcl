# A production cluster on AKS with everything that one usually has.
variable "version" {
  type        = string
  default     = "1.35"
  description = "Kubernetes minor version of cluster and nodes."
}

locals {
  corp = "10.64.0.0/10"
}

blueprint "shop-we" {
  cloud              = "azure"
  region             = "westeurope"
  kubernetes_version = var.version
  stage              = "production"

  network = {
    cidr           = cidrsubnet(local.corp, 6, 5)
    zones          = ["1", "2", "3"]
    egress         = "nat_per_zone"
    reachable_from = [cidrsubnet(local.corp, 4, 0)]
    reserved       = { vpn = ["10.127.0.0/16"] }
    tiers = {
      ingress = {}
      data    = { prefix_length = 24, routable = false }
    }
  }
  access = {
    admin_groups = ["5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c"]
  }
  node_pools = {
    system = { instance_types = ["Standard_D4pds_v5"], min_size = 3, max_size = 6, mode = "system" }
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
  }
  autoscaling        = "cluster_autoscaler"
  maintenance_window = { day = "Sunday", start = "02:00", duration_hours = 4 }
  registry           = { repositories = ["shop/web", "shop/api"] }
  vault              = { names = ["shop"] }
  workload_identities = {
    external-secrets = { namespace = "external-secrets", service_account = "external-secrets", grants = ["vault:read"] }
  }
  capacity            = { growth_per_year = 0.5, horizon_years = 5, start = "2026-12" }
  change_budget       = { replace = 0, delete = 0 }
  deletion_protection = true
  tags                = { team = "platform", note = "a \"quoted\" $${literal}" }
}
