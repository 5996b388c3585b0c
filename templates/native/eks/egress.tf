resource "aws_internet_gateway" "this" {
  count = length(local.nat_gateways) > 0 || contains(values(local.route_tables), "internet") ? 1 : 0

  vpc_id = aws_vpc.this.id

  tags = merge(local.all_tags, { Name = "${local.name}/internet-gateway" })
}

# Traffic leaves from these addresses; they outlive their gateways.
resource "aws_eip" "nat" {
  # checkov:skip=CKV2_AWS_19: it belongs to a NAT gateway, not to an instance
  for_each = local.nat_addresses

  domain = "vpc"

  tags = merge(local.all_tags, { Name = "${local.name}/address/${each.key}" })

  depends_on = [aws_internet_gateway.this]
}

# A gateway stands in its public subnet, or, where it has no subnet, in every
# zone for which it was given an address.
resource "aws_nat_gateway" "this" {
  for_each = local.nat_gateways

  connectivity_type = "public"
  availability_mode = each.value == null ? "regional" : null
  vpc_id            = each.value == null ? aws_vpc.this.id : null
  subnet_id         = each.value == null ? null : aws_subnet.this[each.value].id
  allocation_id     = each.value == null ? null : aws_eip.nat[each.key].id

  dynamic "availability_zone_address" {
    for_each = { for key, address in local.nat_addresses : key => address.zone if address.gateway == each.key && each.value == null }

    content {
      availability_zone = availability_zone_address.value
      allocation_ids    = [aws_eip.nat[availability_zone_address.key].id]
    }
  }

  tags = merge(local.all_tags, { Name = "${local.name}/nat/${each.key}" })

  depends_on = [aws_internet_gateway.this]
}

resource "aws_route" "internet" {
  # checkov:skip=CKV2_AWS_44: the way out of public subnets goes to the internet gateway, not to a peering
  for_each = { for key, way_out in local.route_tables : key => way_out if way_out == "internet" }

  route_table_id         = aws_route_table.this[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route" "nat" {
  # checkov:skip=CKV2_AWS_44: the way out goes to the NAT gateway, not to a peering
  for_each = { for key, way_out in local.route_tables : key => trimprefix(way_out, "nat/") if startswith(way_out, "nat/") }

  route_table_id         = aws_route_table.this[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[each.value].id
}

resource "aws_route" "next_hop" {
  # checkov:skip=CKV2_AWS_44: the blueprint names the next hop of everything: a firewall or a transit gateway
  for_each = { for key, way_out in local.route_tables : key => local.network.next_hop if way_out == "next_hop" }

  route_table_id            = aws_route_table.this[each.key].id
  destination_cidr_block    = "0.0.0.0/0"
  transit_gateway_id        = startswith(each.value, "tgw-") ? each.value : null
  vpc_endpoint_id           = startswith(each.value, "vpce-") ? each.value : null
  network_interface_id      = startswith(each.value, "eni-") ? each.value : null
  vpc_peering_connection_id = startswith(each.value, "pcx-") ? each.value : null
  gateway_id                = startswith(each.value, "vgw-") ? each.value : null
}
