# Azure's own services write the flow logs; nobody else gets in by network.
resource "azurerm_storage_account" "flow_logs" {
  # checkov:skip=CKV_AZURE_33: it has no queues
  # checkov:skip=CKV_AZURE_59: closed by its network rules; Azure writes the logs as a trusted service
  # checkov:skip=CKV_AZURE_206: flow logs are worth one region
  # checkov:skip=CKV2_AZURE_1: flow logs hold addresses and ports, no secrets
  # checkov:skip=CKV2_AZURE_33: nobody in the network reads it
  # checkov:skip=CKV2_AZURE_38: the retention of the flow log decides
  # checkov:skip=CKV2_AZURE_40: the flow log service authorizes by key
  # checkov:skip=CKV2_AZURE_41: nobody is given a shared access signature
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
  resource_group_name  = local.watcher.resource_group
  network_watcher_name = local.watcher.name
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
