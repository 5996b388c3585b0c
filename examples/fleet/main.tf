# Three private clusters out of one address space, in the embedded sandbox: no
# account, no network. For the real thing, replace `sandbox = {}` by an owner.

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

module "fleet" {
  source = "../../modules/fleet" # for users: a git source with ?ref=

  cidrs    = ["10.64.0.0/10"]
  reserved = { onprem = ["10.64.0.0/14"] }

  defaults = {
    cloud              = "aws"
    kubernetes_version = "1.34"

    network             = { egress = "nat_per_zone", reachable_from = ["10.64.0.0/14"] }
    access              = { admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"] }
    node_pools          = { main = { instance_types = ["m7g.large"], min_size = 3, max_size = 9, mode = "system" } }
    tags                = { team = "platform" }
    deletion_protection = false # on by default in production; off here, so that the example can be destroyed
  }

  clusters = {
    shop = {
      region  = "eu-west-1"
      network = { zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
    }
    pay = {
      region        = "eu-central-1"
      network       = { zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
      prefix_length = 18
    }
    play = {
      region  = "eu-north-1"
      stage   = "development"
      network = { zones = ["eu-north-1a", "eu-north-1b"], egress = "nat" }
      tags    = { cost = "play" }
    }
  }
}

output "blocks" {
  value = module.fleet.blocks
}

output "endpoints" {
  value = { for name, cluster in module.fleet.clusters : name => cluster.endpoint }
}
