# A production cluster on EKS with everything that one usually has.
variable "version" {
  type        = string
  default     = "1.35"
  description = "Kubernetes minor version of cluster and nodes."
}

locals {
  corp  = "10.64.0.0/10"
  zones = [for letter in ["a", "b", "c"] : "eu-west-1${letter}"]
}

blueprint "shop-eu" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = var.version
  stage              = "production"

  network = {
    cidr           = cidrsubnet(local.corp, 6, 4)
    zones          = local.zones
    egress         = "nat_per_zone"
    reachable_from = [cidrsubnet(local.corp, 4, 0)]
    reserved       = { vpn = ["10.127.0.0/16"] }
    tiers = {
      ingress = {}
      data    = { prefix_length = 24, routable = false }
    }
  }
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
    bindings = {
      shop = { principal = "arn:aws:iam::111122223333:role/shop", role = "edit", namespaces = ["shop"] }
    }
  }
  node_pools = {
    system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" }
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
  }
  autoscaling = "cluster_autoscaler"
  registry    = { repositories = ["shop/web", "shop/api"] }
  vault       = { names = ["shop"] }
  workload_identities = {
    external-secrets = { namespace = "external-secrets", service_account = "external-secrets", grants = ["vault:read"] }
    external-dns     = { namespace = "external-dns", service_account = "external-dns", grants = ["external-dns"] }
  }
  capacity            = { growth_per_year = 0.5, horizon_years = 5, start = "2026-12" }
  change_budget       = { replace = 0, delete = 0 }
  deletion_protection = true
  tags                = { team = "platform", note = "a \"quoted\" $${literal}" }
}
