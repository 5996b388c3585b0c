# Two clusters out of one address space, on two clouds, as a blueprint file:
#
#     kready validate fleet.kready.hcl
#     kready generate module -blueprint fleet.kready.hcl -each -out clusters
#     kready generate diagram -blueprint fleet.kready.hcl -out docs

variable "kubernetes_version" {
  type        = string
  default     = "1.35"
  description = "Kubernetes minor version of both clusters."

  validation {
    condition     = can(regex("^1\\.[0-9]+$", var.kubernetes_version))
    error_message = "A minor version, such as 1.35."
  }
}

locals {
  corp    = "10.64.0.0/10"
  offices = cidrsubnet(local.corp, 4, 0)
  apps    = { labels = { tier = "apps" }, min_size = 3, max_size = 60 }
}

blueprint "shop-eu" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = var.kubernetes_version
  stage              = "production"

  network = {
    cidr           = cidrsubnet(local.corp, 6, 4)
    zones          = [for letter in ["a", "b", "c"] : "eu-west-1${letter}"]
    reachable_from = [local.offices]
    reserved       = { shop-we = [blueprint.shop-we.network.cidr] }
  }
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
  }
  node_pools = {
    system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" }
    apps   = merge(local.apps, { instance_types = ["m7g.2xlarge"] })
  }
  registry = { repositories = ["shop/web", "shop/api"] }
}

blueprint "shop-we" {
  cloud              = "azure"
  region             = "westeurope"
  kubernetes_version = blueprint.shop-eu.kubernetes_version
  stage              = blueprint.shop-eu.stage

  network = {
    cidr           = cidrsubnet(local.corp, 6, 5)
    zones          = ["1", "2", "3"]
    reachable_from = [local.offices]
  }
  access = {
    admin_groups = ["5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c"]
  }
  node_pools = {
    system = { instance_types = ["Standard_D4pds_v5"], min_size = 3, max_size = 6, mode = "system" }
    apps   = merge(local.apps, { instance_types = ["Standard_D8pds_v5"] })
  }
}
