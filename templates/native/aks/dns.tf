resource "azurerm_private_dns_zone" "this" {
  for_each = local.private_dns_zones

  name                = each.value
  resource_group_name = local.group

  tags = local.all_tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each = local.dns_links

  name                  = each.value.name
  resource_group_name   = local.group
  private_dns_zone_name = azurerm_private_dns_zone.this[each.value.zone].name
  virtual_network_id    = each.value.network_id == null ? azurerm_virtual_network.this.id : each.value.network_id
  registration_enabled  = false

  tags = local.all_tags
}
