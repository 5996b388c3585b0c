data "kready_cidr_ledger" "shared" {}

# A pool of one of several states that share an address space. Its ranges are
# known in the plan; apply takes exactly these, or says that the plan is stale.
resource "kready_cidr_pool" "payments" {
  cidrs       = ["10.64.0.0/10"]
  owner       = "payments"
  ledger      = data.kready_cidr_ledger.shared.snapshot
  allocations = { shop-eu = { prefix_length = 16, cluster = "shop-eu" } }
}

output "who_holds_what" {
  value = { for r in data.kready_cidr_ledger.shared.records : r.cidr => "${r.owner}/${r.key}" }
}
