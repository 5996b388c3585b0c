# Brings back the birth mark of a cluster that exists; `kready adopt` prints it.
terraform import kready_cluster_blueprint.eu shop-eu/0123456789abcdef
