variable "blueprint" {
  description = "The cluster to build: a kready_cluster_blueprint resource, whole."
  type        = any
  nullable    = false

  validation {
    condition     = var.blueprint.cloud == "azure"
    error_message = "This module builds on Azure: use modules/eks for cloud = \"aws\"."
  }
  validation {
    condition     = try(var.blueprint.design.network.existing, null) == null && try(length(var.blueprint.design.network.connections), 0) == 0
    error_message = "This module makes its network and no connections: use modules/cluster for network.existing and network.connections."
  }
  validation {
    condition     = try(var.blueprint.design.control_plane.autoscaling, null) != "karpenter"
    error_message = "hashicorp/azurerm has no argument for node auto-provisioning: use modules/cluster, or autoscaling = \"cluster_autoscaler\"."
  }
}

variable "node_pool_sizes" {
  description = "Other totals for node pools, by pool name. No more nodes than the blueprint has addresses for."
  type        = map(object({ min_size = number, max_size = number }))
  default     = {}
  nullable    = false
}

variable "tags" {
  description = "Tags beside the design's, on everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "key_vault_public_access" {
  description = "Open the vault of the cluster's key to the internet, for a first apply from outside the network. Callers still need a role on it."
  type        = bool
  default     = false
  nullable    = false
}

variable "network_watcher" {
  description = "The region's network watcher, which flow logs belong to. Default: the one that Azure makes by itself."
  type        = object({ name = string, resource_group = string })
  default     = null
}
