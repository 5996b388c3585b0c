output "network_id" {
  description = "Id of the VPC or virtual network."
  value       = kready_network.this.network_id
}

output "cidr" {
  description = "Range of the network."
  value       = var.blueprint.design.network.cidr
}

output "egress_addresses" {
  description = "Public addresses that traffic leaves from."
  value       = kready_network.this.egress_addresses
}

output "subnets" {
  description = "Subnet ids by key."
  value       = { for key in keys(var.blueprint.design.network.subnets) : key => kready_network.this.objects["subnet/${key}"] }
}

output "ranges" {
  description = "Subnet ranges by key. Known in the first plan."
  value       = { for key, subnet in var.blueprint.design.network.subnets : key => subnet.cidr }
}

output "objects" {
  description = "Ids of all objects of the network, by component key: what the other resources take as network."
  value       = kready_network.this.objects
}
