# Azure's own services write the flow logs; nobody else gets in by network.
resource "azurerm_storage_account" "flow_logs" {
  count = local.flow_logs == null ? 0 : 1

  name                            = local.flow_logs.storage_account
  location                        = local.region
  resource_group_name             = local.group
  account_kind                    = "StorageV2"
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  allow_nested_items_to_be_public = false

  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices"]
  }

  tags = local.all_tags
}

# Azure makes one network watcher a region and subscription, with the first
# network in it.
resource "azurerm_network_watcher_flow_log" "this" {
  count = local.flow_logs == null ? 0 : 1

  name                 = local.flow_logs.name
  location             = local.region
  resource_group_name  = var.network_watcher.resource_group
  network_watcher_name = var.network_watcher.name
  target_resource_id   = azurerm_virtual_network.this.id
  storage_account_id   = azurerm_storage_account.flow_logs[0].id
  enabled              = true
  version              = 2

  retention_policy {
    enabled = true
    days    = local.flow_logs.retention_days
  }

  tags = local.all_tags
}
