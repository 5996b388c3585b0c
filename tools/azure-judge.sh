#!/usr/bin/env bash
# Prints the node_modules folder that holds Microsoft's JavaScript SDK, the
# independent client of the sandbox's Azure wire: the one that
# KREADY_AZURE_NODE_PATH names, else one that it installs into DIRECTORY, from
# npm and at the versions of the lock file beside the test.
#
# Usage: tools/azure-judge.sh DIRECTORY
set -euo pipefail

directory=$1
source=$(cd "$(dirname "$0")/.." && pwd)/internal/sandbox/azureapi/testdata

if [ -n "${KREADY_AZURE_NODE_PATH-}" ]; then
  echo "$KREADY_AZURE_NODE_PATH"
  exit
fi
if ! cmp -s "$source/package-lock.json" "$directory/installed.json"; then
  rm -rf "$directory" && mkdir -p "$directory"
  cp "$source/package.json" "$source/package-lock.json" "$directory/"
  npm ci --silent --no-fund --no-audit --prefix "$directory" >"$directory/log" 2>&1 || {
    echo "no judge for the sandbox's Azure wire: npm ci failed, see $directory/log" >&2
    exit 1
  }
  cp "$source/package-lock.json" "$directory/installed.json"
fi
echo "$directory/node_modules"
