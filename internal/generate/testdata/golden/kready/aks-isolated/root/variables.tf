
variable "timeouts" {
  description = "Longest create, update and delete of each resource, such as { create = \"90m\" }. Default: each resource's own."
  type = object({
    create = optional(string)
    update = optional(string)
    delete = optional(string)
  })
  default = null
}
