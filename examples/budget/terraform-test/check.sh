#!/bin/sh
# Runs the tests of a module and holds the plan of each run to a budget:
#
#     check.sh first "-create 2" settled ""
#
# The plans are in what `terraform test` prints with -verbose; a run that
# makes none (because its name is wrong, say) can't be judged.
set -eu
out=$(mktemp)
trap 'rm -f "$out"' EXIT
terraform test -verbose -json >"$out"
worst=0
while [ $# -gt 1 ]; do
  code=0
  # shellcheck disable=SC2086 # the budget is several words
  jq -c --arg run "$1" 'select(.type == "test_plan" and .["@testrun"] == $run) | .test_plan
      | .format_version = .plan_format_version
      | with_entries(select(.key | IN("format_version", "resource_changes", "resource_drift", "output_changes", "deferred_changes", "action_invocations")))' "$out" |
    kready budget check -create 0 $2 - || code=$?
  [ "$code" -le "$worst" ] || worst=$code
  shift 2
done
exit "$worst"
