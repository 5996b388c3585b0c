
# What vault-eu should be. kready decides everything else at plan: names, zones,
# ranges. It refuses what would fail or be unsafe later, and says what to do instead.
#
# Its ranges, which stay with their keys for life:
#
#     control_plane-eu-central-1a  10.90.108.0/28
#     control_plane-eu-central-1b  10.90.108.16/28
#     control_plane-eu-central-1c  10.90.108.32/28
#     endpoints-eu-central-1a      10.90.96.0/24
#     endpoints-eu-central-1b      10.90.97.0/24
#     endpoints-eu-central-1c      10.90.98.0/24
#     ingress-eu-central-1a        10.90.102.0/24
#     ingress-eu-central-1b        10.90.103.0/24
#     ingress-eu-central-1c        10.90.104.0/24
#     nodes-eu-central-1a          10.90.0.0/20
#     nodes-eu-central-1b          10.90.16.0/20
#     nodes-eu-central-1c          10.90.32.0/20
#     pods-eu-central-1a           100.64.0.0/18
#     pods-eu-central-1b           100.64.64.0/18
#     pods-eu-central-1c           100.64.128.0/18
#     (services)                   172.20.0.0/16
resource "kready_cluster_blueprint" "this" {
  name               = "vault-eu"
  cloud              = "aws"
  region             = "eu-central-1"
  kubernetes_version = "1.35"
  stage              = "production"

  # Address ranges, zones, the way out and the way in. A cluster needs it.
  network = {
    cidr           = "10.90.0.0/16"
    zones          = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
    egress         = "isolated"
    reachable_from = ["10.64.0.0/14"]
  }

  # Who may use the cluster's API.
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
    break_glass  = ["arn:aws:iam::111122223333:role/break-glass"]
  }
  node_pools          = { system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" } }
  registry            = { repositories = ["base/java"] }
  deletion_protection = false
}
