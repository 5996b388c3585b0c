# IRSA, Bottlerocket and the habits of an organisation: a boundary, a path, its
# own nodes' role and a policy of its own for endpoints.
blueprint "audit-eu" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.35"

  network = {
    cidr           = "10.76.0.0/16"
    zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    egress         = "isolated"
    reachable_from = ["10.64.0.0/14"]
    pods           = { mode = "routable" }
  }
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
  }
  node_pools = {
    main = {
      instance_types = ["m7i.xlarge"]
      min_size       = 3
      max_size       = 9
      mode           = "system"
      node_image     = { os = "bottlerocket" }
    }
  }
  encryption = { mode = "cloud" }
  workload_identities = {
    dns = { namespace = "dns", service_account = "external-dns", grants = ["external-dns"] }
  }
  aws = {
    organization_id      = "o-abc1234567"
    identity             = "irsa"
    role_path            = "/kready/"
    permissions_boundary = "arn:aws:iam::111122223333:policy/boundary"
  }
}
