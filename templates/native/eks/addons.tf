data "aws_eks_addon_version" "this" {
  for_each = { for name, addon in merge(local.addons_before_nodes, local.addons) : name => addon if addon.version == null }

  addon_name         = each.key
  kubernetes_version = local.kubernetes_version
  most_recent        = each.value.version_policy == "latest"
}

locals {
  addon_versions = { for name, addon in merge(local.addons_before_nodes, local.addons) : name => addon.version == null ? data.aws_eks_addon_version.this[name].version : addon.version }

  # Each zone's pods stand in that zone's pod subnet.
  cni_subnets = {
    for zone, key in local.pod_subnets : zone => {
      id             = aws_subnet.this[key].id
      securityGroups = [aws_eks_cluster.this.vpc_config[0].cluster_security_group_id]
    }
  }
  addon_configurations = {
    for name, addon in merge(local.addons_before_nodes, local.addons) : name => (
      name != "vpc-cni" || length(local.pod_subnets) == 0 ? addon.configuration : jsonencode(merge(
        jsondecode(coalesce(addon.configuration, "{}")),
        { eniConfig = merge(try(jsondecode(addon.configuration).eniConfig, {}), { subnets = local.cni_subnets }) },
      ))
    )
  }
}

# What must stand before the first node: without addresses for pods none joins.
resource "aws_eks_addon" "before_nodes" {
  for_each = local.addons_before_nodes

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = local.addon_versions[each.key]
  configuration_values        = local.addon_configurations[each.key]
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  service_account_role_arn    = each.value.grant != null && local.cluster.identity == "irsa" ? aws_iam_role.workload["addon/${each.key}"].arn : null

  dynamic "pod_identity_association" {
    for_each = each.value.grant != null && local.cluster.identity == "pod_identity" ? [each.value.service_account] : []

    content {
      service_account = pod_identity_association.value
      role_arn        = aws_iam_role.workload["addon/${each.key}"].arn
    }
  }

  tags = local.all_tags

  depends_on = [aws_iam_role_policy.workload]
}

resource "aws_eks_addon" "this" {
  for_each = local.addons

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = local.addon_versions[each.key]
  configuration_values        = local.addon_configurations[each.key]
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  service_account_role_arn    = each.value.grant != null && local.cluster.identity == "irsa" ? aws_iam_role.workload["addon/${each.key}"].arn : null

  dynamic "pod_identity_association" {
    for_each = each.value.grant != null && local.cluster.identity == "pod_identity" ? [each.value.service_account] : []

    content {
      service_account = pod_identity_association.value
      role_arn        = aws_iam_role.workload["addon/${each.key}"].arn
    }
  }

  tags = local.all_tags

  # Their pods need nodes.
  depends_on = [aws_eks_node_group.this, aws_iam_role_policy.workload]
}
