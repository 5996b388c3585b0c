terraform {
  required_version = ">= 1.11"

  required_providers {
    kready = {
      source = "kready-io/kready"
    }
  }
}

# Real clouds: credentials are looked up as the cloud's own tools do, and only
# when something is called.
provider "kready" {
  owner = "platform-team/eu" # who may touch what this state makes

  aws = {
    profile             = "platform"
    allowed_account_ids = ["111122223333"]
  }
  default_tags = {
    cost-center = "platform"
  }
}

# The embedded clouds: no account, no network.
provider "kready" {
  alias   = "sandbox"
  sandbox = {}
}
