data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "this" {
  count = local.resource_group.exists ? 0 : 1

  name     = local.resource_group.name
  location = local.region

  tags = local.all_tags
}

locals {
  all_tags          = merge(local.tags, var.tags)
  group             = local.resource_group.exists ? local.resource_group.name : one(azurerm_resource_group.this[*].name)
  resource_group_id = "/subscriptions/${data.azurerm_client_config.current.subscription_id}/resourceGroups/${local.resource_group.name}"
}
