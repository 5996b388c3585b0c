# Identities of workloads: each is trusted for one service account of this
# cluster, and has exactly its role assignments.

resource "azurerm_user_assigned_identity" "workload" {
  for_each = local.workload_identities

  name                = each.value.name
  location            = local.region
  resource_group_name = local.group

  tags = local.all_tags
}

resource "azurerm_federated_identity_credential" "workload" {
  for_each = local.workload_identities

  name                = "kready"
  resource_group_name = local.group
  parent_id           = azurerm_user_assigned_identity.workload[each.key].id
  issuer              = azurerm_kubernetes_cluster.this.oidc_issuer_url
  subject             = "system:serviceaccount:${each.value.namespace}:${each.value.service_account}"
  audience            = ["api://AzureADTokenExchange"]
}

locals {
  # A role of your own is named by its id.
  guid = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
}

resource "azurerm_role_assignment" "workload" {
  for_each = local.workload_roles

  principal_id         = azurerm_user_assigned_identity.workload[each.value.identity].principal_id
  principal_type       = "ServicePrincipal"
  role_definition_name = can(regex(local.guid, each.value.role)) ? null : each.value.role
  role_definition_id   = can(regex(local.guid, each.value.role)) ? "/subscriptions/${data.azurerm_client_config.current.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${each.value.role}" : null
  scope                = lookup(local.scopes, each.value.scope, each.value.scope)
}
