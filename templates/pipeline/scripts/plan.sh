#!/bin/sh
# Plans one stack with rights to read only, so it takes no lock: a plan that
# another run overtakes is stale, and Terraform refuses to apply it.
#
# Usage: plan.sh STACK [WORKSPACE]
set -eu
PATH=${KREADY_BIN:-$HOME/.kready/bin}:$PATH
export TF_IN_AUTOMATION=1 TG_NON_INTERACTIVE=true
plan=$PWD/$1/kready${2:+-$2}.tfplan
cd "$1"
if [ -n "${2-}" ]; then
  export TF_WORKSPACE="$2"
fi
if [ -e terragrunt.hcl ] || [ -e terragrunt.stack.hcl ]; then
  terragrunt plan -input=false -no-color -lock=false -out="$plan"
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
[% .Tool %] plan -input=false -no-color -lock=false -out="$plan"
