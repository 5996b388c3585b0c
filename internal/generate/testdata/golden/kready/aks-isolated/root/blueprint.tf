
# What vault-we should be. kready decides everything else at plan: names, zones,
# ranges. It refuses what would fail or be unsafe later, and says what to do instead.
#
# Its ranges, which stay with their keys for life:
#
#     control_plane  10.91.18.0/27
#     endpoints      10.91.16.0/24
#     ingress        10.91.17.0/24
#     nodes          10.91.0.0/20
#     (pods)         100.64.0.0/16
#     (services)     172.20.0.0/16
resource "kready_cluster_blueprint" "this" {
  name               = "vault-we"
  cloud              = "azure"
  region             = "westeurope"
  kubernetes_version = "1.35"
  stage              = "production"

  # Address ranges, zones, the way out and the way in. A cluster needs it.
  network = {
    cidr           = "10.91.0.0/16"
    zones          = ["1", "2", "3"]
    egress         = "isolated"
    reachable_from = ["10.64.0.0/14"]
  }
  access = { admin_groups = ["5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c"] }

  # Node pools by name; a cluster needs one. The key is the pool's name for life; rename with moved_from.
  node_pools = {
    system = { instance_types = ["Standard_D4pds_v5"], min_size = 3, max_size = 6, mode = "system" }
  }
  registry            = { repositories = ["base/java"] }
  deletion_protection = false
}
