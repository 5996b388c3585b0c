resource "azurerm_virtual_network" "this" {
  name                = local.network.name
  location            = local.region
  resource_group_name = local.group
  address_space       = [local.network.cidr]

  tags = local.all_tags
}

resource "azurerm_subnet" "this" {
  for_each = local.subnets

  name                              = each.key
  resource_group_name               = local.group
  virtual_network_name              = azurerm_virtual_network.this.name
  address_prefixes                  = [each.value.cidr]
  default_outbound_access_enabled   = !each.value.default_outbound_off
  private_endpoint_network_policies = each.value.private_endpoint_policies

  dynamic "delegation" {
    for_each = each.value.delegation == null ? [] : [each.value.delegation]

    content {
      name = "delegation"

      service_delegation {
        name    = delegation.value
        actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
      }
    }
  }
}

# Each subnet has a group of its own.
resource "azurerm_network_security_group" "this" {
  for_each = local.security_groups

  name                = each.value
  location            = local.region
  resource_group_name = local.group

  tags = local.all_tags
}

resource "azurerm_network_security_rule" "this" {
  for_each = local.security_rules

  name                         = each.value.name
  resource_group_name          = local.group
  network_security_group_name  = azurerm_network_security_group.this[each.value.group].name
  direction                    = each.value.direction
  access                       = each.value.access
  priority                     = each.value.priority
  protocol                     = title(lower(each.value.protocol))
  source_port_range            = "*"
  source_address_prefix        = length(each.value.sources) == 1 ? each.value.sources[0] : null
  source_address_prefixes      = length(each.value.sources) == 1 ? null : each.value.sources
  destination_address_prefix   = length(each.value.destinations) == 1 ? each.value.destinations[0] : null
  destination_address_prefixes = length(each.value.destinations) == 1 ? null : each.value.destinations
  destination_port_range       = length(each.value.ports) == 1 ? each.value.ports[0] : null
  destination_port_ranges      = length(each.value.ports) == 1 ? null : each.value.ports
}

resource "azurerm_subnet_network_security_group_association" "this" {
  for_each = local.security_groups

  subnet_id                 = azurerm_subnet.this[each.key].id
  network_security_group_id = azurerm_network_security_group.this[each.key].id

  depends_on = [azurerm_network_security_rule.this]
}
