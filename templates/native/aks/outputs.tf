output "id" {
  description = "Id of the cluster."
  value       = azurerm_kubernetes_cluster.this.id
}

output "name" {
  description = "Name of the cluster."
  value       = azurerm_kubernetes_cluster.this.name
}

output "private_fqdn" {
  description = "Name of the private API."
  value       = azurerm_kubernetes_cluster.this.private_fqdn
}

output "oidc_issuer" {
  description = "URL of the issuer of service-account tokens."
  value       = azurerm_kubernetes_cluster.this.oidc_issuer_url
}

output "network_id" {
  description = "Id of the virtual network."
  value       = azurerm_virtual_network.this.id
}

output "egress_addresses" {
  description = "Public addresses that traffic leaves from."
  value       = sort(values(azurerm_public_ip.nat)[*].ip_address)
}

output "subnets" {
  description = "Subnet ids by key."
  value       = { for key, subnet in azurerm_subnet.this : key => subnet.id }
}

output "workload_identities" {
  description = "Client id of each workload identity, for the annotation of its service account."
  value       = { for name, identity in azurerm_user_assigned_identity.workload : name => identity.client_id }
}
