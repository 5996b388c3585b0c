# Karpenter finds the security group of its nodes by this tag; subnets carry it
# too.
resource "aws_ec2_tag" "karpenter" {
  count = local.karpenter == null ? 0 : 1

  resource_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  key         = "karpenter.sh/discovery"
  value       = local.name
}

# AWS's notices that a node is about to go: Karpenter drains it in time.
resource "aws_sqs_queue" "karpenter" {
  count = local.karpenter == null ? 0 : 1

  name                      = local.karpenter.queue
  message_retention_seconds = 300
  sqs_managed_sse_enabled   = true

  tags = local.all_tags
}

resource "aws_sqs_queue_policy" "karpenter" {
  count = local.karpenter == null ? 0 : 1

  queue_url = aws_sqs_queue.karpenter[0].id
  policy    = local.karpenter.policy
}

resource "aws_cloudwatch_event_rule" "karpenter" {
  for_each = local.karpenter == null ? {} : local.karpenter.rules

  name          = each.value.name
  description   = "Tells Karpenter of ${local.name} about ${each.key}"
  event_pattern = each.value.pattern

  tags = local.all_tags
}

resource "aws_cloudwatch_event_target" "karpenter" {
  for_each = local.karpenter == null ? {} : local.karpenter.rules

  rule      = aws_cloudwatch_event_rule.karpenter[each.key].name
  target_id = "karpenter"
  arn       = aws_sqs_queue.karpenter[0].arn
}
