# Rights on what exists already: a registry and a vault in the account of a
# platform team, in another region, beside a vault of its own.
blueprint "guest-eu" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.35"
  stage              = "development"

  network = {
    cidr  = "10.77.0.0/18"
    zones = ["eu-west-1a", "eu-west-1b"]
  }
  node_pools = {
    main = { instance_types = ["m7g.large"], min_size = 2, max_size = 4, mode = "system" }
  }
  registry = {
    existing     = { id = "444455556666.dkr.ecr.eu-central-1.amazonaws.com" }
    repositories = ["base/java", "shop/web"]
  }
  vault = {
    names    = ["own"]
    existing = { ids = { shared = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab" } }
  }
  workload_identities = {
    secrets = { namespace = "secrets", service_account = "reader", grants = ["vault:read"] }
    builder = { namespace = "ci", service_account = "builder", grants = ["registry:pull", "registry:push", "vault:read:shared"] }
  }
}
