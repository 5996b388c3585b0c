resource "aws_cloudwatch_log_group" "flow_logs" {
  # checkov:skip=CKV_AWS_158: flow logs hold addresses and ports, no secrets; CloudWatch encrypts them with its own key
  # checkov:skip=CKV_AWS_338: the blueprint decides how long they are kept
  count = local.flow_logs == null ? 0 : 1

  name              = local.flow_logs.log_group
  retention_in_days = local.flow_logs.retention_days
  skip_destroy      = local.flow_logs.keep

  tags = local.all_tags
}

resource "aws_iam_role" "flow_logs" {
  count = local.flow_logs == null ? 0 : 1

  name                 = local.flow_logs.role
  path                 = local.role_path
  permissions_boundary = local.permissions_boundary
  description          = "Writes the flow logs of ${local.name}"
  assume_role_policy   = local.flow_log_rights.trust

  tags = local.all_tags
}

resource "aws_iam_role_policy" "flow_logs" {
  count = local.flow_logs == null ? 0 : 1

  role   = aws_iam_role.flow_logs[0].name
  name   = "kready"
  policy = local.flow_log_rights.policy
}

resource "aws_flow_log" "this" {
  count = local.flow_logs == null ? 0 : 1

  vpc_id               = aws_vpc.this.id
  traffic_type         = upper(local.flow_logs.traffic)
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow_logs[0].arn
  iam_role_arn         = aws_iam_role.flow_logs[0].arn

  tags = merge(local.all_tags, { Name = "${local.name}/flow-log" })
}
