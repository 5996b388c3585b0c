variable "blueprint" {
  description = "The platform to build: a kready_cluster_blueprint resource with kind = \"platform\", whole."
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
