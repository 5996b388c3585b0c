#!/bin/sh
# Plans every stack below the current folder, judges each by its budget and
# all of them together, and applies only what passed. A pipeline puts the
# budget of the base branch into $BUDGET.
set -eu
plans=$(mktemp -d)
trap 'rm -rf "$plans"' EXIT
terragrunt run --all --non-interactive --out-dir "$plans" plan
(
  cd "$plans"
  find . -name '*.tfplan' | sort >list
  [ -s list ] || { echo 'no plans' >&2; exit 2; }
)
# The folders below $plans are those of the stacks, so they match as stacks.
cp "${BUDGET:-kready.budget.hcl}" "$plans/kready.budget.hcl"
mkdir -p "$plans/.git" # the end of the search for a budget
(
  cd "$plans"
  tr '\n' '\0' <list | xargs -0 kready budget check -receipt receipt.json
  while read -r plan; do
    kready budget verify -receipt receipt.json "$plan"
  done <list
)
terragrunt run --all --non-interactive --out-dir "$plans" apply
