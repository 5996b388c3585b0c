variable "token" {
  type      = string
  sensitive = true
  default   = "SECRET-variable"
}
resource "terraform_data" "keep" { input = "SECRET-keep" }
resource "terraform_data" "update" { input = "SECRET-update" }
resource "terraform_data" "replace" { triggers_replace = "SECRET-replace" }
resource "terraform_data" "replace_cbd" {
  triggers_replace = "SECRET-replace"
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "count" {
  count = 1
  input = "SECRET-count"
}
moved {
  from = terraform_data.old_name
  to   = terraform_data.new_name
}
moved {
  from = terraform_data.old_name_changed
  to   = terraform_data.new_name_changed
}
removed {
  from = terraform_data.forgotten
  lifecycle { destroy = false }
}
import {
  to = terraform_data.imported
  id = "some-id"
}
import {
  to = terraform_data.imported_changed
  id = "other-id"
}
resource "terraform_data" "imported" {}
resource "terraform_data" "imported_changed" { input = "SECRET-import" }
resource "terraform_data" "new_name" { input = "SECRET-move" }
resource "terraform_data" "new_name_changed" { input = "SECRET-move" }
resource "terraform_data" "each" {
  for_each = toset(["a.b", "c/d", "e\"f", "$${g}"])
  input    = "SECRET-each"
}
resource "terraform_data" "created" { input = var.token }
module "one" {
  source = "./child"
  n      = 2
}
module "many" {
  for_each = toset(["x.y", "new"])
  source   = "./child"
  n        = 1
}
data "terraform_remote_state" "later" {
  backend = "local"
  config  = { path = terraform_data.created.id }
}
output "stays" { value = "SECRET-output" }
output "secret" {
  value     = "SECRET-output-new"
  sensitive = true
}
output "added" { value = terraform_data.created.id }
