variable "n" {}
resource "terraform_data" "inner" {
  count = var.n
  input = "SECRET-inner-${count.index}"
}
