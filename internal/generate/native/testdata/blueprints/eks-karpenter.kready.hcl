# Karpenter over a small system pool, and a policy of one's own.
blueprint "shop-eu" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.35"

  network = {
    cidr           = "10.68.0.0/16"
    zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    reachable_from = ["10.64.0.0/14"]
  }
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
  }
  node_pools = {
    system = { instance_types = ["m7g.large"], min_size = 3, max_size = 3, mode = "system" }
    apps = {
      instance_types = ["m7g.2xlarge"]
      min_size       = 4
      max_size       = 4
      per_zone       = true
      taints         = [{ key = "dedicated", value = "apps", effect = "NoSchedule" }]
    }
  }
  autoscaling = "karpenter"
  registry = {
    repositories    = ["shop/web"]
    push_principals = ["arn:aws:iam::111122223333:role/ci"]
  }
  vault = { names = ["shop", "pay"] }
  workload_identities = {
    ci = {
      namespace       = "ci"
      service_account = "runner"
      grants          = ["registry:push", "load-balancer-controller", "vault:read:pay"]
      policies = {
        reports = jsonencode({
          Version   = "2012-10-17"
          Statement = [{ Effect = "Allow", Action = ["s3:PutObject"], Resource = ["arn:aws:s3:::reports/$${aws:PrincipalTag/team}/*"] }]
        })
      }
    }
  }
}
