# What the tests beside it test: a configuration of your own.

terraform {
  required_version = ">= 1.11"

  required_providers {
    kready = {
      source = "kready-io/kready"
    }
  }
}

variable "zones" {
  type    = list(string)
  default = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
}

resource "kready_cluster_blueprint" "this" {
  name               = "shop-eu"
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.34"
  stage              = "development"

  network = {
    cidr           = "10.68.0.0/16"
    zones          = var.zones
    egress         = "nat"
    reachable_from = ["10.64.0.0/14"]
  }
  access     = { admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"] }
  node_pools = { main = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" } }
}

module "network" {
  source    = "../../modules/network-only" # for users: a git source with ?ref=
  blueprint = kready_cluster_blueprint.this
}

output "subnets" {
  value = module.network.subnets
}
