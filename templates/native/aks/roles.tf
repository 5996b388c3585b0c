# Who acts in the cloud for the cluster: the control plane, and the kubelets
# that pull images. Their roles stand before the cluster is made.

resource "azurerm_user_assigned_identity" "cluster" {
  for_each = local.cluster_identities

  name                = each.value
  location            = local.region
  resource_group_name = local.group

  tags = local.all_tags
}

data "azurerm_user_assigned_identity" "existing" {
  for_each = local.existing_identities

  name                = element(split("/", each.value), 8)
  resource_group_name = element(split("/", each.value), 4)
}

locals {
  identities = merge(
    { for key, identity in azurerm_user_assigned_identity.cluster : key => { id = identity.id, client_id = identity.client_id, principal_id = identity.principal_id } },
    { for key, identity in data.azurerm_user_assigned_identity.existing : key => { id = identity.id, client_id = identity.client_id, principal_id = identity.principal_id } },
  )

  # What a role assignment of the design holds on. An id stands for itself.
  scopes = merge(
    { "resource-group" = local.resource_group_id, "network:vnet" = azurerm_virtual_network.this.id },
    { for key, subnet in azurerm_subnet.this : "network:subnet/${key}" => subnet.id },
    { for key, table in azurerm_route_table.this : "network:route-table/${key}" => table.id },
    { for key, zone in azurerm_private_dns_zone.this : "network:private-dns-zone/${key}" => zone.id },
    { for key, identity in azurerm_user_assigned_identity.cluster : "cluster:${key}" => identity.id },
    { for vault in azurerm_key_vault.cluster : "cluster:key-vault" => vault.id },
    local.registry_scopes,
    local.vault_scopes,
  )
}

resource "azurerm_role_assignment" "cluster" {
  for_each = local.cluster_roles

  principal_id         = local.identities[each.value.identity].principal_id
  principal_type       = "ServicePrincipal"
  role_definition_name = each.value.role
  scope                = lookup(local.scopes, each.value.scope, each.value.scope)
}

# Who may use the cluster's API, and fetch its address.
resource "azurerm_role_assignment" "access" {
  for_each = local.access

  principal_id         = each.value.principal
  role_definition_name = each.value.role
  scope                = each.value.namespace == null ? azurerm_kubernetes_cluster.this.id : "${azurerm_kubernetes_cluster.this.id}/namespaces/${each.value.namespace}"
}
