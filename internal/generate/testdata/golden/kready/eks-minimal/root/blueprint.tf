
# What dev-eu should be. kready decides everything else at plan: names, zones,
# ranges. It refuses what would fail or be unsafe later, and says what to do instead.
#
# Its ranges, which stay with their keys for life:
#
#     control_plane-eu-west-1a  10.80.25.128/28
#     control_plane-eu-west-1b  10.80.25.144/28
#     ingress-eu-west-1a        10.80.24.0/26
#     ingress-eu-west-1b        10.80.24.64/26
#     nodes-eu-west-1a          10.80.0.0/22
#     nodes-eu-west-1b          10.80.4.0/22
#     pods-eu-west-1a           100.64.0.0/18
#     pods-eu-west-1b           100.64.64.0/18
#     (services)                172.20.0.0/16
resource "kready_cluster_blueprint" "this" {
  name               = "dev-eu"
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.35"
  stage              = "development"
  network            = { cidr = "10.80.0.0/18", zones = ["eu-west-1a", "eu-west-1b"] }
  node_pools         = { main = { instance_types = ["m7g.large"], min_size = 2, max_size = 4, mode = "system" } }
}
