# A cluster that another configuration made.
data "kready_cluster" "eu" {
  cloud  = "aws"
  region = "eu-west-1"
  name   = "shop-eu"
}

output "endpoint" {
  value = data.kready_cluster.eu.endpoint
}
