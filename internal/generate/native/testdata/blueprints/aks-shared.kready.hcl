# Rights on what exists already: nodes with no way out boot from a platform
# team's registry, and pods read its vault beside one of their own.
blueprint "guest-we" {
  cloud              = "azure"
  region             = "westeurope"
  kubernetes_version = "1.35"
  stage              = "development"

  network = {
    cidr   = "10.92.0.0/16"
    zones  = ["1", "2", "3"]
    egress = "isolated"
  }
  node_pools = {
    main = { instance_types = ["Standard_D4pds_v5"], min_size = 2, max_size = 4, mode = "system" }
  }
  registry = {
    existing = { id = "/subscriptions/6f9d5b1c-3a57-4b0a-8c1e-2d3f4a5b6c7d/resourceGroups/platform/providers/Microsoft.ContainerRegistry/registries/platformimages" }
  }
  vault = {
    names    = ["own"]
    existing = { ids = { shared = "/subscriptions/6f9d5b1c-3a57-4b0a-8c1e-2d3f4a5b6c7d/resourceGroups/platform/providers/Microsoft.KeyVault/vaults/platform-secrets" } }
  }
  workload_identities = {
    secrets = { namespace = "secrets", service_account = "reader", grants = ["vault:read"] }
    builder = { namespace = "ci", service_account = "builder", grants = ["registry:push", "vault:read:shared"] }
  }
}
