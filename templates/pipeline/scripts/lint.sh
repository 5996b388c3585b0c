#!/bin/sh
# What needs no account: formatting, validity, budgets, blueprints, and
# whether this pipeline still fits the stacks of the repository.
set -eu
PATH=${KREADY_BIN:-$HOME/.kready/bin}:$PATH
worst=0
check() { "$@" || { echo "lint: failed: $*" >&2; worst=1; }; }

check [% .Tool %] fmt -check -recursive -diff .
if [ -e kready.budget.hcl ]; then
  check kready budget validate kready.budget.hcl
fi
[%- range .Blueprints %]
check kready validate [% sh . %]
[%- end %]

# A stack that the pipeline does not know would never be planned.
check kready generate pipeline [% .Command %] -check

# shellcheck disable=SC2329 # called by check
validate() (
  cd "$1"
  if [ -e terragrunt.hcl ] || [ -e terragrunt.stack.hcl ]; then
    return 0 # inputs and backend are Terragrunt's: its plan validates
  fi
  TF_DATA_DIR=$(mktemp -d)
  export TF_DATA_DIR
  [% .Tool %] init -backend=false -input=false -no-color >"$TF_DATA_DIR/log" || { cat "$TF_DATA_DIR/log"; return 1; }
  [% .Tool %] validate -no-color
)
[%- range .Folders %]
check validate [% sh . %]
[%- end %]
if command -v tflint >/dev/null; then
  check tflint --recursive --no-color
fi
exit "$worst"
