# Traffic leaves from these addresses.
resource "azurerm_public_ip" "nat" {
  for_each = local.nat_gateways

  name                = each.value.address
  location            = local.region
  resource_group_name = local.group
  allocation_method   = "Static"
  sku                 = each.value.sku
  zones               = each.value.zone == null ? null : [each.value.zone]

  tags = local.all_tags
}

resource "azurerm_nat_gateway" "this" {
  for_each = local.nat_gateways

  name                = each.value.name
  location            = local.region
  resource_group_name = local.group
  sku_name            = each.value.sku
  zones               = each.value.zone == null ? null : [each.value.zone]

  tags = local.all_tags
}

resource "azurerm_nat_gateway_public_ip_association" "this" {
  for_each = local.nat_gateways

  nat_gateway_id       = azurerm_nat_gateway.this[each.key].id
  public_ip_address_id = azurerm_public_ip.nat[each.key].id
}

resource "azurerm_subnet_nat_gateway_association" "this" {
  for_each = { for key, subnet in local.subnets : key => subnet.nat_gateway if subnet.nat_gateway != null }

  subnet_id      = azurerm_subnet.this[each.key].id
  nat_gateway_id = azurerm_nat_gateway.this[each.value].id

  depends_on = [azurerm_nat_gateway_public_ip_association.this]
}

resource "azurerm_route_table" "this" {
  for_each = local.route_tables

  name                          = each.value
  location                      = local.region
  resource_group_name           = local.group
  bgp_route_propagation_enabled = true

  tags = local.all_tags
}

resource "azurerm_route" "next_hop" {
  for_each = local.route_tables

  name                   = "default"
  resource_group_name    = local.group
  route_table_name       = azurerm_route_table.this[each.key].name
  address_prefix         = "0.0.0.0/0"
  next_hop_type          = "VirtualAppliance"
  next_hop_in_ip_address = local.network.next_hop
}

resource "azurerm_subnet_route_table_association" "this" {
  for_each = { for key, subnet in local.subnets : key => subnet.route_table if subnet.route_table != null }

  subnet_id      = azurerm_subnet.this[each.key].id
  route_table_id = azurerm_route_table.this[each.value].id

  depends_on = [azurerm_route.next_hop]
}
