resource "terraform_data" "keep" { input = "SECRET-keep" }
resource "terraform_data" "update" { input = "SECRET-update-old" }
resource "terraform_data" "replace" { triggers_replace = "SECRET-replace-old" }
resource "terraform_data" "replace_cbd" {
  triggers_replace = "SECRET-replace-old"
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "gone" { input = "SECRET-gone" }
resource "terraform_data" "count" {
  count = 3
  input = "SECRET-count"
}
resource "terraform_data" "old_name" { input = "SECRET-move" }
resource "terraform_data" "old_name_changed" { input = "SECRET-move-old" }
resource "terraform_data" "forgotten" { input = "SECRET-forget" }
resource "terraform_data" "each" {
  for_each = toset(["a.b", "c/d"])
  input    = "SECRET-each"
}
module "one" {
  source = "./child"
  n      = 2
}
module "many" {
  for_each = toset(["x.y"])
  source   = "./child"
  n        = 1
}
output "stays" { value = "SECRET-output" }
output "secret" {
  value     = "SECRET-output-old"
  sensitive = true
}
