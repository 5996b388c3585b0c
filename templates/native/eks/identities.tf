# Roles of pods: of add-ons, of the autoscaler, and of workloads. Each may be
# taken by one service account of this cluster, and has exactly its policies.

resource "aws_iam_openid_connect_provider" "this" {
  count = local.cluster.identity == "irsa" ? 1 : 0

  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]

  tags = local.all_tags
}

locals {
  oidc_provider = one(aws_iam_openid_connect_provider.this[*].arn)
  oidc_issuer   = trimprefix(aws_eks_cluster.this.identity[0].oidc[0].issuer, "https://")
}

resource "aws_iam_role" "workload" {
  for_each = local.workload_roles

  name                 = each.value.name
  path                 = local.role_path
  permissions_boundary = local.permissions_boundary
  description          = "${each.value.namespace}/${each.value.service_account} in ${local.name}"
  assume_role_policy   = local.workload_trust[each.key]

  tags = local.all_tags
}

resource "aws_iam_role_policy" "workload" {
  for_each = local.workload_policies

  role   = aws_iam_role.workload[each.value.role].name
  name   = each.value.name
  policy = each.value.policy
}

# Add-ons bring their own association.
resource "aws_eks_pod_identity_association" "workload" {
  for_each = { for key, role in local.workload_roles : key => role if local.cluster.identity == "pod_identity" && !startswith(key, "addon/") }

  cluster_name    = aws_eks_cluster.this.name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.workload[each.key].arn

  tags = local.all_tags

  depends_on = [aws_iam_role_policy.workload]
}
