#!/bin/sh
# Plans the current folder without taking the lock, and judges the plan.
set -eu
plan=$(mktemp)
trap 'rm -f "$plan"' EXIT
terraform plan -input=false -lock=false -out="$plan" >/dev/null
kready budget check -budget kready.budget.hcl "$plan"
