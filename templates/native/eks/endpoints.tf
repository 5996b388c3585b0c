locals {
  https = { protocol = "tcp", from_port = 443, to_port = 443, ipv6_cidr_blocks = [], prefix_list_ids = [], security_groups = [], self = false }
}

# HTTPS from every node and pod. Endpoints only answer, so nothing goes out.
resource "aws_security_group" "endpoints" {
  count = anytrue([for endpoint in values(local.endpoints) : endpoint.type == "interface"]) ? 1 : 0

  name        = local.endpoint_group.name
  description = "Endpoints of ${local.name}"
  vpc_id      = aws_vpc.this.id

  # Written as lists, so that a rule that somebody adds is taken away again.
  ingress = [for cidr in local.endpoint_group.admitted_cidrs : merge(local.https, { description = "HTTPS from nodes and pods", cidr_blocks = [cidr] })]
  egress  = []

  tags = merge(local.all_tags, { Name = "${local.name}/security-group/endpoints" })
}

resource "aws_vpc_endpoint" "this" {
  for_each = local.endpoints

  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${local.region}.${each.key}"
  vpc_endpoint_type = title(each.value.type)
  policy            = each.value.policy

  route_table_ids     = each.value.type == "gateway" ? values(aws_route_table.this)[*].id : null
  subnet_ids          = each.value.type == "interface" ? [for key in local.endpoint_group.subnets : aws_subnet.this[key].id] : null
  security_group_ids  = each.value.type == "interface" ? [aws_security_group.endpoints[0].id] : null
  private_dns_enabled = each.value.type == "interface" ? true : null

  tags = merge(local.all_tags, { Name = "${local.name}/endpoint/${each.key}" })
}
