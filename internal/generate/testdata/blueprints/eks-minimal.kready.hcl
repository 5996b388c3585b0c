# The least that is a cluster on EKS: everything else is decided.
blueprint "dev-eu" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.35"
  stage              = "development"

  network = {
    cidr  = "10.80.0.0/18"
    zones = ["eu-west-1a", "eu-west-1b"]
  }
  node_pools = {
    main = { instance_types = ["m7g.large"], min_size = 2, max_size = 4, mode = "system" }
  }
}
