# The least that is a cluster on AKS: everything else is decided.
blueprint "dev-we" {
  cloud              = "azure"
  region             = "westeurope"
  kubernetes_version = "1.35"
  stage              = "development"

  network = {
    cidr  = "10.81.0.0/18"
    zones = ["1", "2"]
  }
  node_pools = {
    main = { instance_types = ["Standard_D4pds_v5"], min_size = 2, max_size = 4, mode = "system" }
  }
}
