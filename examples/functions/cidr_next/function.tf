# "10.64.16.0/20": the smallest free range that is large enough.
output "next" {
  value = provider::kready::cidr_next("10.64.0.0/16", ["10.64.0.0/20", "10.64.128.0/17"], 20)
}
