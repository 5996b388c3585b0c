variable "blueprint" {
  description = "The cluster to build: a kready_cluster_blueprint resource, whole."
  type        = any
  nullable    = false

  validation {
    condition     = var.blueprint.cloud == "aws"
    error_message = "This module builds on AWS: use modules/aks for cloud = \"azure\"."
  }
  validation {
    condition     = try(var.blueprint.design.network.existing, null) == null && try(length(var.blueprint.design.network.connections), 0) == 0
    error_message = "This module makes its network and no connections: use modules/cluster for network.existing and network.connections."
  }
  validation {
    condition     = try(var.blueprint.design.control_plane.control_plane_egress, null) == null || try(var.blueprint.design.control_plane.control_plane_egress, null) == "AWS_MANAGED"
    error_message = "hashicorp/aws has no argument for aws.control_plane_egress: use modules/cluster."
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

variable "service_linked_roles" {
  description = "Services whose service-linked role is to be made: \"autoscaling\" and \"spot\" in an account that never started such instances. The key's policy names both roles, and KMS refuses one that doesn't exist."
  type        = set(string)
  default     = []
  nullable    = false
}
