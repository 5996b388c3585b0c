# A cluster on AKS with no way out: images come through its own registry.
blueprint "vault-we" {
  cloud              = "azure"
  region             = "westeurope"
  kubernetes_version = "1.35"
  stage              = "production"

  network = {
    cidr           = "10.91.0.0/16"
    zones          = ["1", "2", "3"]
    egress         = "isolated"
    reachable_from = ["10.64.0.0/14"]
  }
  access = {
    admin_groups = ["5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c"]
  }
  node_pools = {
    system = { instance_types = ["Standard_D4pds_v5"], min_size = 3, max_size = 6, mode = "system" }
  }
  registry            = { repositories = ["base/java"] }
  deletion_protection = false
}
