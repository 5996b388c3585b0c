#!/bin/sh
# Holds the plans of a stage, one by one and all together, to the budget of
# the branch that the change goes to: a change must not raise its own limit.
# Writes reports, and, when everything is within, the receipt that apply.sh
# demands. It needs no account.
#
# Usage: budget.sh FOLDER-FOR-REPORTS
# KREADY_BASE is the branch that a pull request goes to; KREADY_REPORT is what
# is printed (text, github).
set -eu
PATH=${KREADY_BIN:-$HOME/.kready/bin}:$PATH
reports=$1
mkdir -p "$reports"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

held=kready.budget.hcl advisory=
if [ -n "${KREADY_BASE-}" ]; then
  git fetch --quiet --depth=1 origin "$KREADY_BASE"
  if [ -e kready.budget.hcl ]; then
    kready budget validate kready.budget.hcl
  fi
  if git cat-file -e FETCH_HEAD:kready.budget.hcl 2>/dev/null; then
    held=$work/kready.budget.hcl
    git show FETCH_HEAD:kready.budget.hcl >"$held"
  else
    advisory=-advisory
    echo "There is no budget on $KREADY_BASE yet: the one of this change is reported on, and holds once it is merged."
  fi
fi

find . -name 'kready*.tfplan' -not -path './.git/*' | sort >"$work/plans"
set -- -budget "$held" -budget-as kready.budget.hcl -receipt-life [% .ReceiptLife %] \
  -report "${KREADY_REPORT:-text}" -report "markdown=$reports/budget.md" -report "json=$reports/budget.json" \
  -report "junit=$reports/budget.xml" -report "sarif=$reports/budget.sarif" -report "gitlab=$reports/gl-code-quality-report.json"
if [ -n "$advisory" ]; then
  set -- -advisory "$@"
else
  set -- -receipt "$reports/receipt.json" "$@"
fi
[ -s "$work/plans" ] || { echo "budget.sh: there is no plan to judge" >&2; exit 2; }
while IFS= read -r plan; do
  set -- "$@" "$plan"
done <"$work/plans"
kready budget check "$@"
