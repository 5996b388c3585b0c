output "registry_id" {
  description = "What a cluster's registry.existing.id takes; null without a registry."
  value = (
    local.design.registry == null ? null :
    var.blueprint.cloud == "azure" ? kready_registry.this[0].objects["registry"] :
    split("/", values(kready_registry.this[0].urls)[0])[0]
  )
}

output "registry_urls" {
  description = "URL of each image repository, by key; on Azure that of the registry, as \"registry\"."
  value       = try(kready_registry.this[0].urls, {})
}

output "vault_ids" {
  description = "What a cluster's vault.existing.ids takes: the key's ARN (AWS) or the Key Vault's id (Azure), by vault name."
  value = local.design.vault == null ? {} : {
    for name in keys(local.design.vault.vaults) : name =>
    kready_vault.this[0].objects[var.blueprint.cloud == "azure" ? "vault/${name}" : "key/${name}"]
  }
}
