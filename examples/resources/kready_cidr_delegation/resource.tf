# The provider has a ledger: ledger = { s3 = { bucket = "…", key = "addresses.json" } }
resource "kready_cidr_delegation" "eu" {
  owner         = "platform-team/eu"
  name          = "main"
  cidrs         = ["10.64.0.0/10"]
  prefix_length = 14
  quarantine    = true # kept from others after it is destroyed, until somebody releases it
}

# Known after apply: the clusters of the team are planned in a later apply, or
# in the team's own state, which is handed the range.
output "eu" {
  value = kready_cidr_delegation.eu.cidr
}
