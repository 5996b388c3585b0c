#!/usr/bin/env bash
# Takes the schemas of the official providers out of the prebuilt CDKTF bindings
# on npm, which are generated from them, and writes what kready's templates use
# of them into internal/generate/native/testdata. Run it, by `make
# provider-schemas`, when a template uses another resource type or the bindings
# move on; the result is checked in, so that no test needs the network.
#
# Usage: tools/provider-schemas.sh DIRECTORY
set -euo pipefail

directory=$1
root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/internal/generate/native/testdata
mkdir -p "$directory" "$out"

for package in provider-aws@21.22.1 provider-azurerm@14.23.1; do
  archive=$directory/cdktf-${package/@/-}.tgz
  [ -f "$archive" ] || npm pack --silent --pack-destination "$directory" "@cdktf/$package" >/dev/null
  provider=${package#provider-}
  go -C "$root/tools" run ./providerschema -package "$archive" -templates "$root/templates/native" \
    -date "$(date -u +%F)" -out "$out/${provider%@*}.json"
done
