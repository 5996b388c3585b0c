variable "cidrs" {
  description = "Ranges that the clusters' networks are taken out of."
  type        = list(string)
  nullable    = false
}

variable "prefix_length" {
  description = "Prefix length of a cluster's network, where the cluster names none of its own."
  type        = number
  default     = 16
  nullable    = false
}

variable "reserved" {
  description = "Ranges in use elsewhere, by owner: on-premises, VPN. No cluster gets an address of them."
  type        = map(list(string))
  default     = {}
  nullable    = false
}

variable "peers" {
  description = "Ranges of other pools and networks, by owner. Nothing given overlaps them."
  type        = map(list(string))
  default     = {}
  nullable    = false
}

variable "owner" {
  description = "Keeps the ranges in the provider's ledger under this name, so that the fleets of several states never overlap. Default: the state alone remembers them."
  type        = string
  default     = null
}

variable "quarantine" {
  description = "For how many changes of the fleet the range of a cluster that is gone is given to no other. Default: none."
  type        = number
  default     = null
}

variable "defaults" {
  description = "What the clusters have in common: attributes of kready_cluster_blueprint. One that a cluster sets itself replaces it; network and tags are merged."
  type        = any
  default     = {}
  nullable    = false
}

variable "clusters" {
  description = "Clusters by name. Each holds what differs from defaults: attributes of kready_cluster_blueprint, and prefix_length for a network of another size."
  type        = any
  nullable    = false
}

variable "timeouts" {
  description = "Longest create, update and delete of each resource, such as { create = \"90m\" }. Default: each resource's own."
  type = object({
    create = optional(string)
    update = optional(string)
    delete = optional(string)
  })
  default = null
}
