#!/usr/bin/env bash
# Prints the Terraform or OpenTofu that kready is tried with, as a full path:
# the one that is named, else a new enough terraform or tofu on the PATH, else
# where the GNUmakefile builds OpenTofu. It builds nothing itself.
#
# Usage: tools/terraform.sh FALLBACK [NAME]
set -euo pipefail

fallback=$1
named=${2-}
minimum=1.11.0 # ephemeral resources and write-only attributes, in both

new_enough() {
  local version
  version=$(TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1 "$1" version -json 2>/dev/null |
    sed -n 's/.*"terraform_version": *"\([0-9.]*\).*/\1/p')
  [ -n "$version" ] && printf '%s\n' "$minimum" "$version" | sort -V -C
}

if [ -n "$named" ]; then
  command -v "$named" || { echo "$named: no such Terraform or OpenTofu" >&2; exit 1; }
  exit
fi
for cli in terraform tofu; do
  if path=$(command -v "$cli") && new_enough "$path"; then
    echo "$path"
    exit
  fi
done
echo "$fallback"
