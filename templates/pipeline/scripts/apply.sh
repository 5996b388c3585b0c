#!/bin/sh
# Applies the plan that passed the budget, and no other.
#
# Usage: apply.sh RECEIPT STACK [WORKSPACE]
set -eu
PATH=${KREADY_BIN:-$HOME/.kready/bin}:$PATH
export TF_IN_AUTOMATION=1 TG_NON_INTERACTIVE=true
plan=$PWD/$2/kready${3:+-$3}.tfplan
kready budget verify -receipt "$1" "$plan"
cd "$2"
if [ -n "${3-}" ]; then
  export TF_WORKSPACE="$3"
fi
if [ -e terragrunt.hcl ] || [ -e terragrunt.stack.hcl ]; then
  terragrunt apply -input=false -no-color "$plan"
  exit
fi
set -- -input=false -no-color
if [ -e .terraform.lock.hcl ]; then
  set -- "$@" -lockfile=readonly
fi
if [ -d .terraform/modules ]; then
  set -- "$@" -get=false # packaged
fi
[% .Tool %] init "$@"
[% .Tool %] apply -input=false -no-color "$plan"
