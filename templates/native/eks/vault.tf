# A vault is a prefix of secret names in Secrets Manager, and the key that opens
# them. Give the key's alias to every secret that is made under the prefix.

resource "aws_kms_key" "vault" {
  for_each = local.vaults

  description             = "Secrets under ${each.value.prefix}"
  enable_key_rotation     = true
  deletion_window_in_days = each.value.recovery_days
  policy                  = local.vault_key_policy

  tags = local.all_tags
}

resource "aws_kms_alias" "vault" {
  for_each = local.vaults

  name          = each.value.key_alias
  target_key_id = aws_kms_key.vault[each.key].key_id
}

output "vault_ids" {
  description = "Key ARN by vault name."
  value       = { for name, key in aws_kms_key.vault : name => key.arn }
}
