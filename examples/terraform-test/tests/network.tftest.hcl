# `terraform test` (or `tofu test`) builds this in embedded clouds. Each file
# has clouds of its own, so files may run at the same time; what a file makes
# is destroyed at its end.
#
#     kready sandbox fault add -state .kready/network.tftest.json -operation CreateSubnet -status 503
#     terraform test
#     kready sandbox journal -state .kready/network.tftest.json
#     kready sandbox show -state .kready/network.tftest.json      # nothing is left

provider "kready" {
  sandbox = { path = ".kready/network.tftest.json" }
}

run "built" {
  assert {
    condition     = length(output.subnets) > 0
    error_message = "The network has no subnets."
  }
}

run "settled" {
  command = plan

  # An id that the plan doesn't know fails this, too: nothing is made anew.
  assert {
    condition     = alltrue([for id in values(output.subnets) : startswith(id, "subnet-")])
    error_message = "A second plan makes subnets anew."
  }
}
