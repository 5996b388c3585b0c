resource "azurerm_container_registry" "this" {
  # checkov:skip=CKV_AZURE_164: content trust is retired; sign images and verify them on admission
  # checkov:skip=CKV_AZURE_165: one region, as the cluster; a registry of many regions outlives clusters and is made beside them
  # checkov:skip=CKV_AZURE_166: quarantine needs a scanner that releases images
  # checkov:skip=CKV_AZURE_233: Azure makes registries zone redundant by itself where a region has zones
  # checkov:skip=CKV_AZURE_237: all traffic goes through the private endpoint
  count = local.registry == null ? 0 : 1

  name                          = local.registry.name
  location                      = local.region
  resource_group_name           = local.group
  sku                           = "Premium" # private endpoints, retention and cache rules
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = false
  retention_policy_in_days      = local.registry.keep_untagged_days

  tags = local.all_tags
}

# Pull-through caches. AKS looks for "aks-managed-mcr" where nodes have no way
# out.
resource "azurerm_container_registry_cache_rule" "this" {
  for_each = local.registry == null ? {} : local.registry.cache_rules

  name                  = each.key
  container_registry_id = azurerm_container_registry.this[0].id
  source_repo           = each.value.source
  target_repo           = each.value.target
}

resource "azurerm_private_endpoint" "registry" {
  count = local.registry == null ? 0 : 1

  name                = local.registry.private_endpoint
  location            = local.region
  resource_group_name = local.group
  subnet_id           = azurerm_subnet.this["endpoints"].id

  private_service_connection {
    name                           = local.registry.private_endpoint
    private_connection_resource_id = azurerm_container_registry.this[0].id
    subresource_names              = ["registry"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "default"
    private_dns_zone_ids = [azurerm_private_dns_zone.this["registry"].id]
  }

  tags = local.all_tags

  depends_on = [azurerm_container_registry_cache_rule.this]
}

locals {
  registry_scopes = { for registry in azurerm_container_registry.this : "registry:registry" => registry.id }

  # The registry, once nodes reach it.
  boot_registry = one(azurerm_private_endpoint.registry[*].private_service_connection[0].private_connection_resource_id)
}

resource "azurerm_role_assignment" "push" {
  for_each = toset(local.registry == null ? [] : local.registry.push_principals)

  principal_id         = each.value
  role_definition_name = "AcrPush"
  scope                = azurerm_container_registry.this[0].id
}

output "registry_urls" {
  description = "URL of the registry."
  value       = { for registry in azurerm_container_registry.this : "registry" => registry.login_server }
}
