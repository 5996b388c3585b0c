#!/usr/bin/env bash
# Generates native modules from every blueprint that they are proved with, and
# judges them as a user's pipeline would: tflint with all of its built-in
# Terraform rules, and checkov, of which every finding must be explained beside
# the resource (checkov:skip). Checkov comes from PyPI, once for each content of
# tools/checkov.txt; nothing outside of DIRECTORY changes.
#
# Usage: tools/scan-native.sh KREADY TFLINT DIRECTORY
set -euo pipefail

kready=$1 tflint=$2 directory=$3
root=$(cd "$(dirname "$0")/.." && pwd)
wanted=$root/tools/checkov.txt
scanner=$directory/checkov

if ! cmp -s "$wanted" "$scanner/installed.txt"; then
  rm -rf "$scanner" && mkdir -p "$scanner"
  python3 -m venv "$scanner" >"$directory/log" 2>&1 &&
    "$scanner/bin/pip" --disable-pip-version-check install --quiet --requirement "$wanted" >>"$directory/log" 2>&1 || {
    tail -n 3 "$directory/log" >&2
    echo "checkov could not be installed: python3 with venv and PyPI are needed" >&2
    exit 1
  }
  cp "$wanted" "$scanner/installed.txt"
fi

modules=$directory/modules
rm -rf "$modules"
for blueprint in "$root"/internal/generate/testdata/blueprints/*.kready.hcl "$root"/internal/generate/native/testdata/blueprints/*.kready.hcl; do
  name=$(basename "$blueprint" .kready.hcl)
  "$kready" generate module -flavor native -root -blueprint "$blueprint" -out "$modules/$name" >"$directory/log" 2>&1 || {
    cat "$directory/log" >&2
    exit 1
  }
done

"$tflint" --chdir "$modules" --recursive --config "$root/tools/tflint/tflint.hcl"
# Quiet: what passed is not listed. No policies are fetched.
"$scanner/bin/checkov" --directory "$modules" --framework terraform --quiet --compact --skip-download
