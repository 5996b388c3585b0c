# The order of the map doesn't matter, and room for a zone to come is kept.
output "subnets" {
  value = provider::kready::cidr_layout("10.64.0.0/16", {
    subnets = { nodes-a = 20, nodes-b = 20, public-a = 26, public-b = 26 }
    hold    = { nodes-c = 20, public-c = 26 }
  })
}
