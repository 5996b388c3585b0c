resource "aws_vpc" "this" {
  # checkov:skip=CKV2_AWS_11: flow logs are in flow_logs.tf unless the blueprint turns them off, as development does
  cidr_block           = local.network.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true # interface endpoints have private names only with both on

  tags = merge(local.all_tags, { Name = local.network.name })

  lifecycle {
    precondition {
      condition     = data.aws_region.current.region == local.region
      error_message = "The provider is set to ${data.aws_region.current.region}, and this design was made for ${local.region}: its zones and endpoints are there. Set region in the provider block."
    }
  }
}

# Ranges for pods. They are not routable outside of the VPC.
resource "aws_vpc_ipv4_cidr_block_association" "pods" {
  for_each = toset(local.network.pod_cidrs)

  vpc_id     = aws_vpc.this.id
  cidr_block = each.value
}

# The group that every VPC is born with admits nothing.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(local.all_tags, { Name = "${local.name}/default" })
}

resource "aws_subnet" "this" {
  for_each = local.subnets

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.value.zone
  cidr_block              = each.value.cidr
  map_public_ip_on_launch = false

  tags = merge(local.all_tags, each.value.tags, { Name = "${local.name}/subnet/${each.key}" })

  depends_on = [aws_vpc_ipv4_cidr_block_association.pods]
}

# Kept for whole prefixes, before nodes scatter single addresses over them.
resource "aws_ec2_subnet_cidr_reservation" "prefixes" {
  for_each = local.prefix_reservations

  subnet_id        = aws_subnet.this[each.value].id
  cidr_block       = each.key
  reservation_type = "prefix"
  description      = "Prefixes for pods"
}

# One table for each way out.
resource "aws_route_table" "this" {
  for_each = local.route_tables

  vpc_id = aws_vpc.this.id

  tags = merge(local.all_tags, { Name = "${local.name}/route-table/${each.key}" })
}

resource "aws_route_table_association" "this" {
  for_each = local.subnets

  subnet_id      = aws_subnet.this[each.key].id
  route_table_id = aws_route_table.this[each.value.route_table].id
}
