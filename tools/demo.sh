#!/usr/bin/env bash
# The quickstart from empty to running to empty again, in a fresh copy and in
# clouds that live in one file. Stops at the first thing that isn't as it
# should be.
#
# Usage: tools/demo.sh TERRAFORM DIRECTORY
set -euo pipefail

terraform=$1
work=$2
root=$(cd "$(dirname "$0")/.." && pwd)
kready=$root/bin/kready
log=$work/last.log

[ -d "$root/examples/quickstart" ] || { echo "demo: examples/quickstart is missing, there is nothing to show" >&2; exit 1; }

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold= dim= plain=; fi
step=0
heading() { step=$((step + 1)); printf '\n%s%d. %s%s\n' "$bold" "$step" "$1" "$plain"; }
note() { sed "s/^/   $dim/; s/\$/$plain/"; }

# quietly runs a command and shows its output only when it fails.
quietly() {
  printf '   $ %s\n' "$(sed "s,$terraform,${terraform##*/},; s,$kready,kready," <<<"$*")"
  "$@" >"$log" 2>&1 || { local status=$?; cat "$log"; echo "demo: stopped, that ended with status $status" >&2; exit 1; }
}

# objects counts what the sandbox holds; -json is one object, so an empty list
# is how "nothing" looks.
empty() { "$kready" sandbox show -json | tr -d ' \n\t' | grep -q '"objects":\[\]'; }

rm -rf "$work" && mkdir -p "$work/examples"
cp -R "$root/examples/quickstart" "$work/examples/quickstart"
rm -rf "$work/examples/quickstart"/{.terraform,.kready,.terraform.lock.hcl,terraform.tfstate*,tfplan}
[ ! -d "$root/modules" ] || cp -R "$root/modules" "$work/modules"
cd "$work/examples/quickstart"

printf '%skready: a private EKS cluster and the same on AKS, with no account and no network%s\n' "$bold" "$plain"
"$terraform" version >"$log"
sed -n 1p "$log" | note

heading "Plan: names, keys and address ranges are decided now, problems would show now"
quietly "$terraform" init -input=false -no-color
quietly "$terraform" plan -input=false -no-color -out=tfplan
grep -E '^  # .* will be|^Plan:' "$log" | sed 's/^ *# */  /' | note

heading "Judge: the plan against a budget; what isn't named is 0"
quietly "$kready" budget check -create 20 tfplan
note <"$log"

heading "Apply: the plan that was judged, and no other"
quietly "$terraform" apply -input=false -no-color tfplan
grep -E '^Apply complete' "$log" | note

heading "Plan again: nothing to do"
quietly "$terraform" plan -input=false -no-color -detailed-exitcode
grep -E '^No changes' "$log" | note

heading "Look: what stands in the cloud now"
empty && { echo "demo: the sandbox is empty after an apply" >&2; exit 1; }
quietly "$kready" sandbox show
note <"$log"
quietly "$terraform" output -no-color
note <"$log"

heading "Judge a mistake: the same budget refuses to delete it all"
quietly "$terraform" plan -input=false -no-color -destroy -out=destroy.tfplan
printf '   $ kready budget check -create 20 destroy.tfplan\n'
status=0
"$kready" budget check -create 20 destroy.tfplan >"$log" 2>&1 || status=$?
note <"$log"
[ "$status" -eq 1 ] || { echo "demo: the budget must refuse with status 1, it ended with $status" >&2; exit 1; }

heading "Destroy: on purpose this time"
quietly "$terraform" apply -input=false -no-color destroy.tfplan
grep -E '^Apply complete' "$log" | note
empty || { "$kready" sandbox show; echo "demo: destroy left something behind" >&2; exit 1; }
echo "the sandbox is empty" | note

printf '\n%sDone.%s Everything is in %s: change main.tf there, plan again.\n' "$bold" "$plain" "${PWD/#$root\//}"
