resource "aws_kms_key" "registry" {
  count = local.registry == null ? 0 : 1

  description         = "Images of ${local.name}"
  enable_key_rotation = true
  policy              = local.registry.key_policy

  tags = local.all_tags
}

resource "aws_kms_alias" "registry" {
  count = local.registry == null ? 0 : 1

  name          = local.registry.key_alias
  target_key_id = aws_kms_key.registry[0].key_id
}

resource "aws_ecr_repository" "this" {
  for_each = local.repositories

  name                 = each.value.name
  image_tag_mutability = each.value.immutable_tags ? "IMMUTABLE" : "MUTABLE"
  force_delete         = local.registry.force_destroy

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.registry[0].arn
  }

  image_scanning_configuration {
    scan_on_push = each.value.scan_on_push
  }

  tags = local.all_tags
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = local.repositories

  repository = aws_ecr_repository.this[each.key].name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "expire untagged images"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = each.value.keep_untagged_days }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "keep the newest images"
        selection    = { tagStatus = "tagged", tagPatternList = ["*"], countType = "imageCountMoreThan", countNumber = each.value.keep_images }
        action       = { type = "expire" }
      },
    ]
  })
}

resource "aws_ecr_repository_policy" "this" {
  for_each = { for key, repository in local.repositories : key => repository if try(local.registry.push_policy, null) != null }

  repository = aws_ecr_repository.this[each.key].name
  policy     = local.registry.push_policy
}

output "registry_urls" {
  description = "URL of each image repository, by key."
  value       = { for key, repository in aws_ecr_repository.this : key => repository.repository_url }
}
