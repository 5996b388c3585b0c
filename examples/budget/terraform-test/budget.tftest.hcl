# `terraform test` makes the plans; check.sh holds each of them to a budget.
run "first" {
  command = plan
}

run "apply" {
  command = apply
}

run "settled" {
  command = plan
}
