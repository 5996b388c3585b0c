# The network of a private cluster, before there is a cluster, in the embedded
# sandbox: no account. For the real thing, replace `sandbox = {}` by an owner.

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

resource "kready_cluster_blueprint" "eu" {
  name               = "shop-eu"
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.34"

  network = {
    cidr           = "10.68.0.0/16"
    zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    reachable_from = ["10.64.0.0/14"]
  }
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
  }
  node_pools = {
    main = { instance_types = ["m7g.large"], min_size = 3, max_size = 9, mode = "system" }
  }
  deletion_protection = false # on by default in production; off here, so that the example can be destroyed
}

module "network" {
  source    = "../../modules/network-only" # for users: a git source with ?ref=
  blueprint = kready_cluster_blueprint.eu
}

output "subnets" {
  value = module.network.subnets
}
