#!/bin/sh
# Looks for secrets: in a change, in what it adds to the branch that it goes
# to (KREADY_BASE); else in all that there is. Needs the history.
set -eu
PATH=${KREADY_BIN:-$HOME/.kready/bin}:$PATH
if [ -n "${KREADY_BASE-}" ]; then
  git fetch --quiet origin "$KREADY_BASE"
  gitleaks git --no-banner --redact --log-opts="FETCH_HEAD..HEAD" .
else
  gitleaks git --no-banner --redact .
fi
