#!/bin/sh
# Plans a stack that nobody has changed, and holds the plan to a budget of
# nothing: whatever it would do is drift.
#
# Usage: drift.sh REPORT STACK [WORKSPACE]
set -eu
PATH=${KREADY_BIN:-$HOME/.kready/bin}:$PATH
report=$1
shift
"$(dirname "$0")/plan.sh" "$@"
kready budget check -create 0 -report text -report "markdown=$report" "$1/kready${2:+-$2}.tfplan"
