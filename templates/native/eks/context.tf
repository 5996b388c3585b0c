# Where this runs: the account is only known to Terraform, the region must be
# the one that the design was made for.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  all_tags  = merge(local.tags, var.tags)
}
