#!/usr/bin/env bash
# Prints a folder with the servers that the ledgers are tested against: Azurite
# (Azure Blob, from npm) and moto (S3, from PyPI), installed into DIRECTORY once.
# PostgreSQL comes from the system's packages: where it is missing and this is
# root on Debian, it is installed. What can't be had is named, and the test that
# wants it says so: it is skipped by hand and fails in CI.
#
# Usage: tools/servers.sh DIRECTORY
set -euo pipefail

azurite=3.35.0
moto=5.2.1

directory=$1
bin=$directory/bin
mkdir -p "$bin"
missing() { echo "servers: $1 is missing: $2" >&2; }

if [ ! -x "$bin/azurite-blob" ]; then
  if npm install --silent --no-fund --no-audit --prefix "$directory/npm" "azurite@$azurite" >"$directory/npm.log" 2>&1; then
    ln -sf "$directory/npm/node_modules/.bin/azurite-blob" "$bin/azurite-blob"
  else
    missing azurite-blob "npm install azurite@$azurite failed, see $directory/npm.log"
  fi
fi

if [ ! -x "$bin/moto_server" ]; then
  python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null || true)
  if [ -n "$python" ] && "$python" -m pip install --quiet --disable-pip-version-check --target "$directory/moto" "moto[s3,server]==$moto" >"$directory/pip.log" 2>&1; then
    printf '#!/bin/sh\nPYTHONPATH=%q exec %q -c "import sys; from moto.server import main; sys.exit(main())" "$@"\n' "$directory/moto" "$python" >"$bin/moto_server"
    chmod +x "$bin/moto_server"
  else
    missing moto_server "pip install 'moto[s3,server]==$moto' failed, see $directory/pip.log"
  fi
fi

if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 && ! command -v postgres >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q postgresql; } >"$directory/apt.log" 2>&1 ||
      missing postgres "apt-get install postgresql failed, see $directory/apt.log"
  else
    missing postgres "install PostgreSQL's server, such as Debian's package postgresql"
  fi
fi
echo "$bin"
