locals {
  ranges = ["10.64.0.0/16", "10.65.0.0/16", "10.64.128.0/20"]
}

# [{ outer = "10.64.0.0/16", inner = "10.64.128.0/20" }]
output "overlaps" {
  value = provider::kready::cidr_overlaps(local.ranges)
}
