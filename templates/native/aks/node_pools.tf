locals {
  pool_sizes = { for name, pool in local.node_pools : name => try(var.node_pool_sizes[name], { min_size = pool.min_size, max_size = pool.max_size }) }
}

# The first system pool is part of the cluster.
resource "azurerm_kubernetes_cluster_node_pool" "this" {
  # checkov:skip=CKV_AZURE_168: the blueprint plans addresses for 30 to 250 pods a node; the scanner does not see expressions
  # checkov:skip=CKV_AZURE_227: encryption at host is a feature that a subscription has to register first
  for_each = { for key, group in local.node_groups : key => group if key != local.default_pool }

  name                   = each.value.name
  kubernetes_cluster_id  = azurerm_kubernetes_cluster.this.id
  mode                   = title(local.node_pools[each.value.pool].mode)
  vm_size                = local.node_pools[each.value.pool].instance_type
  zones                  = each.value.zones
  vnet_subnet_id         = azurerm_subnet.this[each.value.subnet].id
  pod_subnet_id          = local.cluster.pod_subnet == null ? null : azurerm_subnet.this[local.cluster.pod_subnet].id
  orchestrator_version   = local.node_pools[each.value.pool].kubernetes_version
  os_sku                 = local.node_pools[each.value.pool].os_sku
  os_disk_size_gb        = local.node_pools[each.value.pool].disk.size_gib
  os_disk_type           = title(local.node_pools[each.value.pool].disk.type)
  max_pods               = local.node_pools[each.value.pool].max_pods
  node_labels            = local.node_pools[each.value.pool].labels
  node_taints            = [for taint in local.node_pools[each.value.pool].taints : "${taint.key}=${taint.value}:${taint.effect}"]
  node_public_ip_enabled = false
  priority               = local.node_pools[each.value.pool].capacity_type == "spot" ? "Spot" : "Regular"
  eviction_policy        = local.node_pools[each.value.pool].capacity_type == "spot" ? "Delete" : null
  spot_max_price         = local.node_pools[each.value.pool].capacity_type == "spot" ? -1 : null
  auto_scaling_enabled   = local.node_pools[each.value.pool].autoscaled
  min_count              = local.node_pools[each.value.pool].autoscaled ? local.pool_sizes[each.value.pool].min_size : null
  max_count              = local.node_pools[each.value.pool].autoscaled ? local.pool_sizes[each.value.pool].max_size : null
  node_count             = local.pool_sizes[each.value.pool].min_size

  # A Spot pool takes none.
  dynamic "upgrade_settings" {
    for_each = local.node_pools[each.value.pool].capacity_type == "spot" ? [] : [local.node_pools[each.value.pool].max_surge]

    content {
      max_surge = upgrade_settings.value
    }
  }

  tags = merge(local.all_tags, local.node_pools[each.value.pool].tags)

  lifecycle {
    # Whoever scales the nodes owns the number.
    ignore_changes = [node_count]

    precondition {
      condition     = tonumber(split(".", local.node_pools[each.value.pool].kubernetes_version)[1]) <= tonumber(split(".", local.kubernetes_version)[1])
      error_message = "Nodes can't be ahead of the control plane (${local.kubernetes_version}): raise kubernetes_version first."
    }
    precondition {
      condition     = local.pool_sizes[each.value.pool].min_size <= local.pool_sizes[each.value.pool].max_size
      error_message = "Node pool ${each.value.pool}: min_size is above max_size."
    }
    precondition {
      condition     = local.pool_sizes[each.value.pool].max_size <= local.node_pools[each.value.pool].max_size
      error_message = "Node pool ${each.value.pool}: the design has addresses for max_size = ${local.node_pools[each.value.pool].max_size}. Raise it in the blueprint, which checks the ranges, and generate again."
    }
  }
}
