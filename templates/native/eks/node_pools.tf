locals {
  # A pool's sizes are totals over its groups. Each group has its share; what
  # doesn't divide goes to the first ones.
  pool_sizes = { for name, pool in local.node_pools : name => try(var.node_pool_sizes[name], { min_size = pool.min_size, max_size = pool.max_size }) }
  pool_groups = {
    for name, pool in local.node_pools : name => sort([for key, group in local.node_groups : key if group.pool == name])
  }
  group_sizes = {
    for key, group in local.node_groups : key => {
      for bound in ["min_size", "max_size"] : bound => (
        floor(local.pool_sizes[group.pool][bound] / length(local.pool_groups[group.pool])) +
        (index(local.pool_groups[group.pool], key) < local.pool_sizes[group.pool][bound] % length(local.pool_groups[group.pool]) ? 1 : 0)
      )
    }
  }
  node_disk_keys = {
    for name, pool in local.node_pools : name => pool.disk.key == "cluster" ? local.secrets_key : pool.disk.key == "cloud" ? null : pool.disk.key
  }

  # How many pods the kubelet may run, told in the way of the operating system.
  node_user_data = {
    for name, pool in local.node_pools : name => pool.max_pods == 0 ? null : base64encode(
      pool.os == "bottlerocket" ? "[settings.kubernetes]\nmax-pods = ${pool.max_pods}\n" : <<-EOT
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="KREADY"

        --KREADY
        Content-Type: application/node.eks.aws

        apiVersion: node.eks.aws/v1alpha1
        kind: NodeConfig
        spec:
          kubelet:
            config:
              maxPods: ${pool.max_pods}

        --KREADY--
      EOT
    )
  }
}

resource "aws_launch_template" "this" {
  for_each = local.node_pools

  name                   = "${local.name}-${each.key}"
  update_default_version = true
  user_data              = local.node_user_data[each.key]
  vpc_security_group_ids = [aws_eks_cluster.this.vpc_config[0].cluster_security_group_id]

  # Pods can't reach the node's credentials: that takes two hops.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  # Bottlerocket has its system on a disk of its own.
  dynamic "block_device_mappings" {
    for_each = each.value.os == "bottlerocket" ? [true] : []

    content {
      device_name = "/dev/xvda"

      ebs {
        volume_type           = "gp3"
        encrypted             = true
        kms_key_id            = local.node_disk_keys[each.key]
        delete_on_termination = true
      }
    }
  }

  block_device_mappings {
    device_name = each.value.os == "bottlerocket" ? "/dev/xvdb" : "/dev/xvda"

    ebs {
      volume_size           = each.value.disk.size_gib
      volume_type           = each.value.disk.type
      iops                  = each.value.disk.iops > 0 ? each.value.disk.iops : null
      throughput            = each.value.disk.throughput > 0 ? each.value.disk.throughput : null
      encrypted             = true
      kms_key_id            = local.node_disk_keys[each.key]
      delete_on_termination = true
    }
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "network-interface", "volume"])

    content {
      resource_type = tag_specifications.value
      tags          = merge(local.all_tags, each.value.tags, { Name = "${local.name}-${each.key}" })
    }
  }

  tags = merge(local.all_tags, each.value.tags, { Name = "${local.name}/node-pool/${each.key}" })
}

resource "aws_eks_node_group" "this" {
  for_each = local.node_groups

  cluster_name    = aws_eks_cluster.this.name
  node_group_name = each.value.name
  node_role_arn   = local.node_role_arn
  subnet_ids      = [for key in each.value.subnets : aws_subnet.this[key].id]
  version         = local.node_pools[each.value.pool].kubernetes_version
  release_version = local.node_pools[each.value.pool].release
  ami_type        = local.node_pools[each.value.pool].ami_type
  capacity_type   = upper(local.node_pools[each.value.pool].capacity_type)
  instance_types  = local.node_pools[each.value.pool].instance_types
  labels          = local.node_pools[each.value.pool].labels

  launch_template {
    id      = aws_launch_template.this[each.value.pool].id
    version = aws_launch_template.this[each.value.pool].latest_version
  }

  scaling_config {
    min_size     = local.group_sizes[each.key].min_size
    max_size     = local.group_sizes[each.key].max_size
    desired_size = local.group_sizes[each.key].min_size
  }

  update_config {
    max_unavailable            = endswith(local.node_pools[each.value.pool].max_unavailable, "%") ? null : tonumber(local.node_pools[each.value.pool].max_unavailable)
    max_unavailable_percentage = endswith(local.node_pools[each.value.pool].max_unavailable, "%") ? tonumber(trimsuffix(local.node_pools[each.value.pool].max_unavailable, "%")) : null
  }

  node_repair_config {
    enabled = local.node_pools[each.value.pool].repair
  }

  dynamic "taint" {
    for_each = local.node_pools[each.value.pool].taints

    content {
      key    = taint.value.key
      value  = taint.value.value == "" ? null : taint.value.value
      effect = local.taint_effects[taint.value.effect]
    }
  }

  tags = merge(local.all_tags, local.node_pools[each.value.pool].tags)

  # Nodes need addresses for pods, their role's rights and a way out; a key and
  # the CNI before them.
  depends_on = [
    aws_eks_addon.before_nodes,
    aws_iam_role_policy_attachment.node,
    aws_route_table_association.this,
    aws_ec2_subnet_cidr_reservation.prefixes,
  ]

  lifecycle {
    # Whoever scales the nodes owns the number.
    ignore_changes = [scaling_config[0].desired_size]

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

locals {
  taint_effects = {
    NoSchedule       = "NO_SCHEDULE"
    PreferNoSchedule = "PREFER_NO_SCHEDULE"
    NoExecute        = "NO_EXECUTE"
  }
}
