resource "azurerm_key_vault" "vault" {
  # checkov:skip=CKV2_AZURE_32: each vault has a private endpoint, below; the check doesn't always see it through for_each
  for_each = local.vaults

  name                          = each.value.name
  location                      = local.region
  resource_group_name           = local.group
  tenant_id                     = data.azurerm_client_config.current.tenant_id
  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = each.value.recovery_days
  public_network_access_enabled = false

  network_acls {
    bypass         = "None"
    default_action = "Deny"
  }

  tags = local.all_tags
}

locals {
  vault_scopes = { for name, vault in azurerm_key_vault.vault : "vault:vault/${name}" => vault.id }
}

resource "azurerm_private_endpoint" "vault" {
  for_each = local.vaults

  name                = each.value.private_endpoint
  location            = local.region
  resource_group_name = local.group
  subnet_id           = azurerm_subnet.this["endpoints"].id

  private_service_connection {
    name                           = each.value.private_endpoint
    private_connection_resource_id = azurerm_key_vault.vault[each.key].id
    subresource_names              = ["vault"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "default"
    private_dns_zone_ids = [azurerm_private_dns_zone.this["vault"].id]
  }

  tags = local.all_tags
}

output "vault_ids" {
  description = "URI of each vault, by name."
  value       = { for name, vault in azurerm_key_vault.vault : name => vault.vault_uri }
}
