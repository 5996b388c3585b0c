#!/bin/sh
# Puts the configuration of this commit, with the modules that it calls, into
# one file. Every stage plans and applies this very file, so that what was
# tried in development is what reaches production. Prints its checksum.
set -eu
PATH=${KREADY_BIN:-$HOME/.kready/bin}:$PATH
export TF_IN_AUTOMATION=1
file=kready-configuration.tar
git archive --format=tar -o "$file" HEAD
modules() {
  if [ -e "$1/terragrunt.hcl" ] || [ -e "$1/terragrunt.stack.hcl" ]; then
    return 0 # Terragrunt fetches its sources by their ref
  fi
  (cd "$1" && [% .Tool %] get -no-color >&2)
  if [ -d "$1/.terraform/modules" ]; then
    tar -rf "$file" --exclude=.git "$1/.terraform/modules"
  fi
}
[%- range .Folders %]
modules [% sh . %]
[%- end %]
gzip -nf "$file"
sha256sum "$file.gz" | cut -d ' ' -f 1
