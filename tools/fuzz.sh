#!/usr/bin/env bash
# Fuzzes every target of some packages for a while each. A target beside the
# code is built without the package's outside tests (package x_test), if it has
# such: fuzzing instruments all that a test imports, and the sandbox's outside
# tests import whole SDKs, with which fuzzing takes an hour to begin.
#
# Usage: tools/fuzz.sh TIME PROCESSES PACKAGE...
set -euo pipefail

time=$1 processes=$2
shift 2

list=$(go list -f '{{.Dir}}|{{join .GoFiles " "}} {{join .TestGoFiles " "}}|{{join .TestGoFiles " "}}|{{join .XTestGoFiles " "}}' "$@")
status=0
# fuzz runs one target: NAME and what go test shall build.
fuzz() {
  local name=$1
  shift
  echo "${PWD##*/} $name"
  go test -p "$processes" -run '^$' -fuzz "^$name\$" -fuzztime "$time" -parallel "$processes" "$@" || status=1
}
targets() { sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$@" </dev/null; }

while IFS='|' read -r place beside inside outside; do
  cd "$place"
  [ -n "$outside" ] || beside=.
  # shellcheck disable=SC2086 # file names of Go packages hold no spaces
  {
    for name in $([ -z "$inside" ] || targets $inside); do fuzz "$name" $beside; done
    for name in $([ -z "$outside" ] || targets $outside); do fuzz "$name" .; done
  } </dev/null
done <<<"$list"
exit "$status"
