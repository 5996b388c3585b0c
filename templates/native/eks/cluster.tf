# The key that wraps Kubernetes secrets and encrypts the nodes' disks. Its
# policy names two service-linked roles, which a new account may not have yet.
resource "aws_iam_service_linked_role" "this" {
  for_each = var.service_linked_roles

  aws_service_name = "${each.value}.amazonaws.com"
}

resource "aws_kms_key" "cluster" {
  count = local.cluster.encryption == "own" ? 1 : 0

  description         = "Secrets and disks of ${local.name}"
  enable_key_rotation = true
  policy              = local.node_key_policy

  tags = local.all_tags

  depends_on = [aws_iam_service_linked_role.this]
}

resource "aws_kms_alias" "cluster" {
  count = local.cluster.encryption == "own" ? 1 : 0

  name          = local.cluster.key_alias
  target_key_id = aws_kms_key.cluster[0].key_id
}

locals {
  secrets_key      = local.cluster.encryption == "own" ? one(aws_kms_key.cluster[*].arn) : local.cluster.key_id
  cluster_role_arn = local.cluster.existing_role == null ? one(aws_iam_role.cluster[*].arn) : local.cluster.existing_role
  node_role_arn    = local.cluster.existing_node_role == null ? one(aws_iam_role.node[*].arn) : local.cluster.existing_node_role
}

resource "aws_iam_role" "cluster" {
  count = local.cluster.existing_role == null ? 1 : 0

  name                 = local.cluster.role
  path                 = local.role_path
  permissions_boundary = local.permissions_boundary
  description          = "Control plane of ${local.name}"
  assume_role_policy   = local.cluster_rights.trust

  tags = local.all_tags
}

resource "aws_iam_role_policy_attachment" "cluster" {
  for_each = local.cluster.existing_role == null ? local.cluster_rights.managed : []

  role       = aws_iam_role.cluster[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value}"
}

resource "aws_iam_role_policy" "cluster" {
  count = local.cluster.existing_role == null && local.cluster.encryption != "cloud" ? 1 : 0

  role   = aws_iam_role.cluster[0].name
  name   = "encryption"
  policy = local.cluster_rights.encryption
}

resource "aws_iam_role" "node" {
  count = local.cluster.existing_node_role == null ? 1 : 0

  name                 = local.cluster.node_role
  path                 = local.role_path
  permissions_boundary = local.permissions_boundary
  description          = "Nodes of ${local.name}"
  assume_role_policy   = local.node_rights.trust

  tags = local.all_tags
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = local.cluster.existing_node_role == null ? local.node_rights.managed : []

  role       = aws_iam_role.node[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value}"
}

# Made before the cluster: a group that EKS makes keeps its logs for ever.
resource "aws_cloudwatch_log_group" "cluster" {
  # checkov:skip=CKV_AWS_158: audit events hold no values of secrets; CloudWatch encrypts them with its own key
  # checkov:skip=CKV_AWS_338: the blueprint decides how long they are kept
  count = length(local.cluster.log_types) > 0 ? 1 : 0

  name              = "/aws/eks/${local.name}/cluster"
  retention_in_days = local.cluster.log_retention_days
  skip_destroy      = local.cluster.keep_logs

  tags = local.all_tags
}

# Who reaches the private API. What goes to nodes is EKS's own group's.
resource "aws_security_group" "control_plane" {
  name        = local.cluster.security_group
  description = "Control plane of ${local.name}"
  vpc_id      = aws_vpc.this.id

  ingress = [for cidr in local.reachable_from : merge(local.https, { description = "API from callers of ${local.name}", cidr_blocks = [cidr] })]
  egress  = []

  tags = merge(local.all_tags, { Name = "${local.name}/security-group/control-plane" })
}

resource "aws_eks_cluster" "this" {
  # checkov:skip=CKV_AWS_58: encrypted with a key of its own unless the blueprint says encryption = { mode = "cloud" }; the scanner does not see dynamic blocks
  name                          = local.name
  version                       = local.kubernetes_version
  role_arn                      = local.cluster_role_arn
  bootstrap_self_managed_addons = false
  deletion_protection           = local.deletion_protection
  enabled_cluster_log_types     = local.cluster.log_types

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  vpc_config {
    subnet_ids              = [for key in local.cluster.subnets : aws_subnet.this[key].id]
    security_group_ids      = [aws_security_group.control_plane.id]
    endpoint_private_access = true
    endpoint_public_access  = length(local.cluster.public_cidrs) > 0
    public_access_cidrs     = length(local.cluster.public_cidrs) > 0 ? local.cluster.public_cidrs : null
  }

  kubernetes_network_config {
    ip_family         = "ipv4"
    service_ipv4_cidr = local.cluster.service_cidr

    dynamic "elastic_load_balancing" {
      for_each = local.cluster.auto_mode ? [true] : []

      content {
        enabled = true
      }
    }
  }

  upgrade_policy {
    support_type = upper(local.cluster.support)
  }

  dynamic "encryption_config" {
    for_each = local.cluster.encryption == "cloud" ? [] : [true]

    content {
      resources = ["secrets"]

      provider {
        key_arn = local.secrets_key
      }
    }
  }

  dynamic "compute_config" {
    for_each = local.cluster.auto_mode ? [true] : []

    content {
      enabled       = true
      node_pools    = ["general-purpose", "system"]
      node_role_arn = local.node_role_arn
    }
  }

  dynamic "storage_config" {
    for_each = local.cluster.auto_mode ? [true] : []

    content {
      block_storage {
        enabled = true
      }
    }
  }

  tags = local.all_tags

  depends_on = [
    aws_cloudwatch_log_group.cluster,
    aws_iam_role_policy.cluster,
    aws_iam_role_policy_attachment.cluster,
    aws_route.nat,
    aws_route.next_hop,
    aws_vpc_endpoint.this,
  ]

  lifecycle {
    precondition {
      condition     = alltrue([for range in local.reachable_from : alltrue([for own in concat([local.network.cidr, local.cluster.service_cidr], local.network.pod_cidrs) : cidrhost("${split("/", range)[0]}/${min(split("/", range)[1], split("/", own)[1])}", 0) != cidrhost("${split("/", own)[0]}/${min(split("/", range)[1], split("/", own)[1])}", 0)])])
      error_message = "A range in reachable_from overlaps the network, its pods or its services: the answers would never leave the VPC."
    }
  }
}
