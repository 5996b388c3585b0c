
# What dev-we should be. kready decides everything else at plan: names, zones,
# ranges. It refuses what would fail or be unsafe later, and says what to do instead.
#
# Its ranges, which stay with their keys for life:
#
#     control_plane  10.81.4.128/27
#     endpoints      10.81.4.0/26
#     ingress        10.81.4.64/26
#     nodes          10.81.0.0/22
#     (pods)         100.64.0.0/16
#     (services)     172.20.0.0/16
resource "kready_cluster_blueprint" "this" {
  name               = "dev-we"
  cloud              = "azure"
  region             = "westeurope"
  kubernetes_version = "1.35"
  stage              = "development"
  network            = { cidr = "10.81.0.0/18", zones = ["1", "2"] }

  # Node pools by name; a cluster needs one. The key is the pool's name for life; rename with moved_from.
  node_pools = {
    main = { instance_types = ["Standard_D4pds_v5"], min_size = 2, max_size = 4, mode = "system" }
  }
}
