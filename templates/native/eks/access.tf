resource "aws_eks_access_entry" "this" {
  for_each = local.access_entries

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value.role == "node" ? local.node_role_arn : each.value.principal
  type          = each.value.role == "node" ? "EC2_LINUX" : "STANDARD"

  tags = local.all_tags
}

locals {
  access_policies = {
    cluster_admin = "AmazonEKSClusterAdminPolicy"
    admin         = "AmazonEKSAdminPolicy"
    edit          = "AmazonEKSEditPolicy"
    view          = "AmazonEKSViewPolicy"
  }
}

resource "aws_eks_access_policy_association" "this" {
  for_each = { for key, entry in local.access_entries : key => entry if entry.role != "node" }

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.this[each.key].principal_arn
  policy_arn    = "arn:${local.partition}:eks::aws:cluster-access-policy/${local.access_policies[each.value.role]}"

  access_scope {
    type       = length(each.value.namespaces) > 0 ? "namespace" : "cluster"
    namespaces = length(each.value.namespaces) > 0 ? each.value.namespaces : null
  }
}
