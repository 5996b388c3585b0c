resource "terraform_data" "subnet" {
  for_each = toset(["a", "b"])
  input    = "SECRET-${each.key}"
}
