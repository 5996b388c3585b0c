# A cluster on EKS with no way out: endpoints of the cloud's services only.
blueprint "vault-eu" {
  cloud              = "aws"
  region             = "eu-central-1"
  kubernetes_version = "1.35"
  stage              = "production"

  network = {
    cidr           = "10.90.0.0/16"
    zones          = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
    egress         = "isolated"
    reachable_from = ["10.64.0.0/14"]
  }
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
    break_glass  = ["arn:aws:iam::111122223333:role/break-glass"]
  }
  node_pools = {
    system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" }
  }
  registry            = { repositories = ["base/java"] }
  deletion_protection = false
}
