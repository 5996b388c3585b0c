resource "azurerm_log_analytics_workspace" "this" {
  count = local.logs.workspace_id == null ? 1 : 0

  name                = local.logs.workspace
  location            = local.region
  resource_group_name = local.group
  sku                 = "PerGB2018"
  retention_in_days   = local.logs.workspace_days

  tags = local.all_tags
}

locals {
  workspace_id = local.logs.workspace_id == null ? one(azurerm_log_analytics_workspace.this[*].id) : local.logs.workspace_id
}
