data "kready_cidr_inventory" "in_use" {
  places = [
    { cloud = "aws", region = "eu-west-1" },
    { cloud = "aws", region = "eu-central-1" },
    { cloud = "azure", region = "westeurope" },
  ]
}

# Whatever others have made is never given.
resource "kready_cidr_pool" "corp" {
  cidrs       = ["10.64.0.0/10"]
  reserved    = data.kready_cidr_inventory.in_use.reserved
  allocations = { shop-eu = { prefix_length = 16 } }
}

output "never_to_be_peered" {
  value = data.kready_cidr_inventory.in_use.overlaps
}
