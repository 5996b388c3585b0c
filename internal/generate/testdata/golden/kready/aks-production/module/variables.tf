
variable "name" {
  description = "Name of the cluster. Everything that kready makes is named after it: lower-case letters, digits and hyphens, starting with a letter. It is for life."
  type        = string
  default     = "shop-we"
}

variable "region" {
  description = "Region as the cloud spells it, such as eu-west-1 or westeurope. It is for life."
  type        = string
  default     = "westeurope"
}

variable "kubernetes_version" {
  description = "Kubernetes minor version, such as \"1.34\". Raised one minor at a time. A cluster needs it."
  type        = string
  default     = "1.35"
}

variable "target" {
  description = "Name of the provider's target (account or subscription) to build in. Default: the provider's own."
  type        = string
  default     = null
}

variable "cidr" {
  description = "IPv4 range of the network, such as \"10.64.0.0/16\". Required unless existing names a network. It is for life."
  type        = string
  default     = "10.69.0.0/16"
}

variable "zones" {
  description = "Availability zones by name (AWS) or number (Azure). Adding one moves nothing."
  type        = list(string)
  default     = ["1", "2", "3"]
}

variable "reachable_from" {
  description = "Ranges from which the private API can be reached: runners, VPN. They must not overlap the network."
  type        = list(string)
  default     = ["10.64.0.0/14"]
}

variable "admin_groups" {
  description = "Administrators: IAM role ARNs (EKS) or Entra group ids (AKS)."
  type        = list(string)
  default     = ["5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c"]
}

variable "deletion_protection" {
  description = "Refuse to destroy. Default: true in production, false in development."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags on everything that is made."
  type        = map(string)
  default     = { note = "a \"quoted\" $${literal}", team = "platform" }
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
