# The key that wraps Kubernetes secrets, in a vault of its own that outlives the
# cluster. Terraform makes the key through the vault's own API: run it where
# that can be reached, or let the first apply in with key_vault_public_access.
resource "azurerm_key_vault" "cluster" {
  # checkov:skip=CKV2_AZURE_32: AKS reaches it over its own private connection; nothing else has to
  count = local.cluster.encryption == "own" ? 1 : 0

  name                          = local.cluster.key_vault
  location                      = local.region
  resource_group_name           = local.group
  tenant_id                     = data.azurerm_client_config.current.tenant_id
  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 90
  public_network_access_enabled = local.vault_access

  network_acls {
    bypass         = "None"
    default_action = local.vault_access ? "Allow" : "Deny"
  }

  tags = local.all_tags
}

# Whoever applies this may make the key.
resource "azurerm_role_assignment" "key_officer" {
  count = local.cluster.encryption == "own" ? 1 : 0

  principal_id         = data.azurerm_client_config.current.object_id
  role_definition_name = "Key Vault Crypto Officer"
  scope                = azurerm_key_vault.cluster[0].id
}

resource "azurerm_key_vault_key" "cluster" {
  # checkov:skip=CKV_AZURE_40: an expired key would lock the cluster out of its own secrets
  # checkov:skip=CKV_AZURE_112: an HSM is a choice of cost; the vault is purge protected and closed
  count = local.cluster.encryption == "own" ? 1 : 0

  name         = local.cluster.key
  key_vault_id = azurerm_key_vault.cluster[0].id
  key_type     = "RSA"
  key_size     = 3072
  key_opts     = ["decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey"]

  depends_on = [azurerm_role_assignment.key_officer]
}

locals {
  secrets_key = local.cluster.encryption == "own" ? one(azurerm_key_vault_key.cluster[*].id) : local.cluster.key_id

  # The API has a name in a private zone: Azure's own, none, or this one.
  api_zone_id = local.cluster.private_dns_zone == "own" ? azurerm_private_dns_zone.this["cluster"].id : local.cluster.private_dns_zone
  own_zone    = local.cluster.private_dns_zone == "own" || startswith(coalesce(local.cluster.private_dns_zone, "system"), "/")
}

resource "azurerm_kubernetes_cluster" "this" {
  # checkov:skip=CKV_AZURE_4: logs go through the diagnostic setting below
  # checkov:skip=CKV_AZURE_116: the blueprint decides: on in production, off where it can not reach its service
  # checkov:skip=CKV_AZURE_117: disks are encrypted with the platform key; the blueprint has no disk encryption set
  # checkov:skip=CKV_AZURE_168: the blueprint plans addresses for 30 to 250 pods a node; the scanner does not see expressions
  # checkov:skip=CKV_AZURE_170: the blueprint decides: Standard in production, Free in development
  # checkov:skip=CKV_AZURE_226: ephemeral where the VM size has room; the scanner does not see expressions
  # checkov:skip=CKV_AZURE_227: encryption at host is a feature that a subscription has to register first
  # checkov:skip=CKV_AZURE_232: the blueprint decides by a taint of the system pool
  name                      = local.name
  location                  = local.region
  resource_group_name       = local.group
  node_resource_group       = local.cluster.node_resource_group
  kubernetes_version        = local.kubernetes_version
  sku_tier                  = local.cluster.tier
  support_plan              = local.cluster.support == "extended" ? "AKSLongTermSupport" : "KubernetesOfficial"
  automatic_upgrade_channel = local.cluster.upgrade_channel == "none" ? null : local.cluster.upgrade_channel
  node_os_upgrade_channel   = local.cluster.node_os_channel

  dns_prefix                          = local.own_zone ? null : local.cluster.dns_prefix
  dns_prefix_private_cluster          = local.own_zone ? local.cluster.dns_prefix : null
  private_cluster_enabled             = length(local.cluster.public_cidrs) == 0
  private_cluster_public_fqdn_enabled = local.cluster.public_fqdn
  private_dns_zone_id                 = local.api_zone_id == null || local.own_zone ? local.api_zone_id : title(local.api_zone_id)

  azure_policy_enabled              = local.cluster.policy
  local_account_disabled            = true
  oidc_issuer_enabled               = true
  role_based_access_control_enabled = true
  run_command_enabled               = local.cluster.run_command
  workload_identity_enabled         = local.cluster.identity == "workload_identity"

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled = true
    tenant_id          = data.azurerm_client_config.current.tenant_id
  }

  api_server_access_profile {
    authorized_ip_ranges                = length(local.cluster.public_cidrs) > 0 ? local.cluster.public_cidrs : null
    subnet_id                           = length(local.cluster.subnets) > 0 ? azurerm_subnet.this[local.cluster.subnets[0]].id : null
    virtual_network_integration_enabled = local.cluster.private_cluster == "vnet_integration"
  }

  default_node_pool {
    name                         = local.node_groups[local.default_pool].name
    vm_size                      = local.node_pools[local.node_groups[local.default_pool].pool].instance_type
    zones                        = local.node_groups[local.default_pool].zones
    vnet_subnet_id               = azurerm_subnet.this[local.node_groups[local.default_pool].subnet].id
    pod_subnet_id                = local.cluster.pod_subnet == null ? null : azurerm_subnet.this[local.cluster.pod_subnet].id
    orchestrator_version         = local.node_pools[local.node_groups[local.default_pool].pool].kubernetes_version
    os_sku                       = local.node_pools[local.node_groups[local.default_pool].pool].os_sku
    os_disk_size_gb              = local.node_pools[local.node_groups[local.default_pool].pool].disk.size_gib
    os_disk_type                 = title(local.node_pools[local.node_groups[local.default_pool].pool].disk.type)
    max_pods                     = local.node_pools[local.node_groups[local.default_pool].pool].max_pods
    node_labels                  = local.node_pools[local.node_groups[local.default_pool].pool].labels
    only_critical_addons_enabled = local.node_pools[local.node_groups[local.default_pool].pool].critical_addons_only
    auto_scaling_enabled         = local.node_pools[local.node_groups[local.default_pool].pool].autoscaled
    min_count                    = local.node_pools[local.node_groups[local.default_pool].pool].autoscaled ? local.pool_sizes[local.node_groups[local.default_pool].pool].min_size : null
    max_count                    = local.node_pools[local.node_groups[local.default_pool].pool].autoscaled ? local.pool_sizes[local.node_groups[local.default_pool].pool].max_size : null
    node_count                   = max(local.pool_sizes[local.node_groups[local.default_pool].pool].min_size, 1)
    node_public_ip_enabled       = false

    upgrade_settings {
      max_surge = local.node_pools[local.node_groups[local.default_pool].pool].max_surge
    }

    tags = merge(local.all_tags, local.node_pools[local.node_groups[local.default_pool].pool].tags)
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [local.identities["identity/control-plane"].id]
  }

  kubelet_identity {
    user_assigned_identity_id = local.identities["identity/kubelet"].id
    client_id                 = local.identities["identity/kubelet"].client_id
    object_id                 = local.identities["identity/kubelet"].principal_id
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = local.cluster.pod_cidr == null ? null : "overlay"
    network_data_plane  = local.cluster.network_policy == "cilium" ? "cilium" : "azure"
    network_policy      = local.cluster.network_policy == "none" ? null : local.cluster.network_policy
    outbound_type       = local.cluster.outbound_type
    load_balancer_sku   = "standard"
    pod_cidr            = local.cluster.pod_cidr
    service_cidr        = local.cluster.service_cidr
    dns_service_ip      = local.cluster.dns_service_ip
  }

  # Nodes boot from the registry's cache instead of the internet.
  dynamic "bootstrap_profile" {
    for_each = local.cluster.cached_registry ? [local.cluster.registry_id == null ? local.boot_registry : local.cluster.registry_id] : []

    content {
      artifact_source       = "Cache"
      container_registry_id = bootstrap_profile.value
    }
  }

  dynamic "key_management_service" {
    for_each = local.cluster.encryption == "cloud" ? [] : [local.secrets_key]

    content {
      key_vault_key_id         = key_management_service.value
      key_vault_network_access = "Private"
    }
  }

  dynamic "key_vault_secrets_provider" {
    for_each = local.cluster.secrets_provider ? [true] : []

    content {
      secret_rotation_enabled = true
    }
  }

  dynamic "microsoft_defender" {
    for_each = local.cluster.defender ? [local.workspace_id] : []

    content {
      log_analytics_workspace_id = microsoft_defender.value
    }
  }

  dynamic "maintenance_window" {
    for_each = [for name, window in local.maintenance : window if name == "default"]

    content {
      allowed {
        day   = maintenance_window.value.day
        hours = [for hour in range(maintenance_window.value.duration_hours) : (tonumber(split(":", maintenance_window.value.start)[0]) + hour) % 24]
      }
    }
  }

  dynamic "maintenance_window_auto_upgrade" {
    for_each = [for name, window in local.maintenance : window if name == "aksManagedAutoUpgradeSchedule"]

    content {
      frequency   = "Weekly"
      interval    = 1
      day_of_week = maintenance_window_auto_upgrade.value.day
      start_time  = maintenance_window_auto_upgrade.value.start
      utc_offset  = "+00:00"
      duration    = maintenance_window_auto_upgrade.value.duration_hours
    }
  }

  dynamic "maintenance_window_node_os" {
    for_each = [for name, window in local.maintenance : window if name == "aksManagedNodeOSUpgradeSchedule"]

    content {
      frequency   = "Weekly"
      interval    = 1
      day_of_week = maintenance_window_node_os.value.day
      start_time  = maintenance_window_node_os.value.start
      utc_offset  = "+00:00"
      duration    = maintenance_window_node_os.value.duration_hours
    }
  }

  tags = local.all_tags

  # Roles, names, ways out and rules stand before the cluster.
  depends_on = [
    azurerm_private_dns_zone_virtual_network_link.this,
    azurerm_role_assignment.cluster,
    azurerm_subnet_nat_gateway_association.this,
    azurerm_subnet_network_security_group_association.this,
    azurerm_subnet_route_table_association.this,
  ]

  lifecycle {
    # The autoscaler owns the number of nodes.
    ignore_changes = [default_node_pool[0].node_count]

    precondition {
      condition     = local.pool_sizes[local.node_groups[local.default_pool].pool].max_size <= local.node_pools[local.node_groups[local.default_pool].pool].max_size
      error_message = "Node pool ${local.node_groups[local.default_pool].pool}: the design has addresses for max_size = ${local.node_pools[local.node_groups[local.default_pool].pool].max_size}. Raise it in the blueprint, which checks the ranges, and generate again."
    }
  }
}

resource "azurerm_monitor_diagnostic_setting" "cluster" {
  count = length(local.cluster.log_types) > 0 ? 1 : 0

  name                           = "kready"
  target_resource_id             = azurerm_kubernetes_cluster.this.id
  log_analytics_workspace_id     = local.workspace_id
  log_analytics_destination_type = "Dedicated"

  dynamic "enabled_log" {
    for_each = toset(local.cluster.log_types)

    content {
      category = enabled_log.value
    }
  }
}

resource "azurerm_management_lock" "cluster" {
  count = local.deletion_protection ? 1 : 0

  name       = "kready-deletion-protection"
  scope      = azurerm_kubernetes_cluster.this.id
  lock_level = "CanNotDelete"
  notes      = "Set deletion_protection = false and apply to delete ${local.name}."
}
