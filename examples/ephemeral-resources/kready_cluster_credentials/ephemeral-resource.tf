# Opened only once the cluster exists, because its id is unknown before. The
# token never enters the state or a plan.
ephemeral "kready_cluster_credentials" "eu" {
  cluster_id = kready_cluster.eu.id
}
