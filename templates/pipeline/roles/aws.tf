# Who the pipeline is on AWS: no key, but a role that only a job of this
# repository can take, by the token that its CI signs. Each stage has two:
# one that plans and can only read, and one that applies, which only a job in
# the stage's own environment (behind its approval) can take.
#
# Apply this once in each account, as an administrator; it is no stack of the
# pipeline, which must not be able to widen its own rights.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

[% if eq .CI "github" -%]
variable "repository" {
  description = "The repository, as ORGANIZATION/NAME."
  type        = string
}
[%- else if eq .CI "gitlab" -%]
variable "project" {
  description = "The project, as GROUP/NAME."
  type        = string
}

variable "issuer" {
  description = "Address of GitLab."
  type        = string
  default     = "https://gitlab.com"
}
[%- else -%]
variable "organization_id" {
  description = "Id (a GUID) of the Azure DevOps organisation."
  type        = string
}

variable "project" {
  description = "The project, as ORGANIZATION/PROJECT. Its service connections STAGE-plan and STAGE sign the tokens."
  type        = string
}
[%- end %]

variable "stages" {
  description = "Stages whose clusters live in this account."
  type        = set(string)
  default     = [% hcl .StageNames %]
}

variable "regions" {
  description = "Regions in which the pipeline may change anything."
  type        = list(string)
}

variable "state_bucket" {
  description = "Bucket that holds the states, or null where they are elsewhere."
  type        = string
  default     = null
}

variable "plan_policy_arns" {
  description = "Further policies for planning, for what else the stacks read."
  type        = set(string)
  default     = []
}

variable "apply_policy_arns" {
  description = "Further policies for applying, for what else the stacks make."
  type        = set(string)
  default     = []
}

variable "permissions_boundary" {
  description = "Boundary of both roles, or null."
  type        = string
  default     = null
}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}

locals {
[%- if eq .CI "github" %]
  issuer   = "token.actions.githubusercontent.com"
  audience = "sts.amazonaws.com"
  # A job in an environment has exactly this subject, whatever its branch: the
  # environment's rules say which branches may use it.
  subjects = { for stage in var.stages : stage => {
    plan  = "repo:${var.repository}:environment:${stage}-plan"
    apply = "repo:${var.repository}:environment:${stage}"
  } }
[%- else if eq .CI "gitlab" %]
  issuer   = trimprefix(var.issuer, "https://")
  audience = "sts.amazonaws.com"
  # A subject names the branch and no environment: only the protected branch
  # applies. Protect the environments, too.
  subjects = { for stage in var.stages : stage => {
    plan  = "project_path:${var.project}:ref_type:branch:ref:*"
    apply = "project_path:${var.project}:ref_type:branch:ref:[% .Branch %]"
  } }
[%- else %]
  issuer   = "vstoken.dev.azure.com/${var.organization_id}"
  audience = "api://AzureADTokenExchange"
  subjects = { for stage in var.stages : stage => {
    plan  = "sc://${var.project}/${stage}-plan"
    apply = "sc://${var.project}/${stage}"
  } }
[%- end %]
  state = var.state_bucket == null ? [] : ["arn:${data.aws_partition.this.partition}:s3:::${var.state_bucket}"]
  own   = "arn:${data.aws_partition.this.partition}:iam::${data.aws_caller_identity.this.account_id}"
}

resource "aws_iam_openid_connect_provider" "pipeline" {
  url            = "https://${local.issuer}"
  client_id_list = [local.audience]
}

data "aws_iam_policy_document" "trust" {
  for_each = merge([for stage, subject in local.subjects : { "${stage}-plan" = subject.plan, "${stage}-apply" = subject.apply }]...)

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.pipeline.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = [local.audience]
    }
    condition {
      test     = strcontains(each.value, "*") ? "StringLike" : "StringEquals"
      variable = "${local.issuer}:sub"
      values   = [each.value]
    }
  }
}

# What a plan reads of kready's parts. No secret's value is among it.
data "aws_iam_policy_document" "plan" {
  statement {
    sid = "Read"
    actions = [
[%- range .AWSRead %]
      "[% . %]",
[%- end %]
    ]
    resources = ["*"]
  }
  dynamic "statement" {
    for_each = local.state
    content {
      sid       = "ReadStates"
      actions   = ["s3:GetObject", "s3:ListBucket"]
      resources = [statement.value, "${statement.value}/*"]
    }
  }
}

# What an apply does to kready's parts: the calls of the provider, each by
# name, in the regions that are given.
data "aws_iam_policy_document" "apply" {
  statement {
    sid = "Write"
    actions = [
[%- range .AWSWrite %]
      "[% . %]",
[%- end %]
    ]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = var.regions
    }
  }
  statement {
    sid = "Roles"
    actions = [
[%- range .AWSGlobal %]
      "[% . %]",
[%- end %]
    ]
    resources = ["${local.own}:role/*", "${local.own}:oidc-provider/*", "${local.own}:instance-profile/*"]
  }
  # The pipeline must not be able to widen its own rights.
  statement {
    sid       = "NotItself"
    effect    = "Deny"
    actions   = ["iam:*"]
    resources = ["${local.own}:role/kready-pipeline-*"]
  }
  statement {
    sid       = "HandRolesToServices"
    actions   = ["iam:PassRole"]
    resources = ["${local.own}:role/*"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["eks.amazonaws.com", "ec2.amazonaws.com", "pods.eks.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
    }
  }
  dynamic "statement" {
    for_each = local.state
    content {
      sid       = "WriteStates"
      actions   = ["s3:PutObject", "s3:DeleteObject"] # deletes: lock files
      resources = ["${statement.value}/*"]
    }
  }
}

resource "aws_iam_role" "plan" {
  for_each             = var.stages
  name                 = "kready-pipeline-${each.key}-plan"
  description          = "Plans ${each.key}: reads."
  assume_role_policy   = data.aws_iam_policy_document.trust["${each.key}-plan"].json
  permissions_boundary = var.permissions_boundary
  max_session_duration = 3600
}

resource "aws_iam_role" "apply" {
  for_each             = var.stages
  name                 = "kready-pipeline-${each.key}"
  description          = "Applies ${each.key}, after its approval."
  assume_role_policy   = data.aws_iam_policy_document.trust["${each.key}-apply"].json
  permissions_boundary = var.permissions_boundary
  max_session_duration = 10800
}

resource "aws_iam_role_policy" "plan" {
  for_each = var.stages
  name     = "read"
  role     = aws_iam_role.plan[each.key].id
  policy   = data.aws_iam_policy_document.plan.json
}

resource "aws_iam_role_policy" "apply_reads" {
  for_each = var.stages
  name     = "read"
  role     = aws_iam_role.apply[each.key].id
  policy   = data.aws_iam_policy_document.plan.json
}

resource "aws_iam_role_policy" "apply" {
  for_each = var.stages
  name     = "write"
  role     = aws_iam_role.apply[each.key].id
  policy   = data.aws_iam_policy_document.apply.json
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each   = { for pair in setproduct(var.stages, var.plan_policy_arns) : join(" ", pair) => pair }
  role       = aws_iam_role.plan[each.value[0]].name
  policy_arn = each.value[1]
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each   = { for pair in setproduct(var.stages, setunion(var.plan_policy_arns, var.apply_policy_arns)) : join(" ", pair) => pair }
  role       = aws_iam_role.apply[each.value[0]].name
  policy_arn = each.value[1]
}

output "roles" {
  description = "KREADY_AWS_ROLE of each environment of the pipeline."
  value       = merge([for stage in var.stages : { "${stage}-plan" = aws_iam_role.plan[stage].arn, (stage) = aws_iam_role.apply[stage].arn }]...)
}
