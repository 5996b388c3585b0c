#!/bin/sh
# Installs what the pipeline runs, each at one version, into $KREADY_BIN:
#
#     ci/kready/tools.sh kready [% .Tool %]
#     ci/kready/tools.sh -lock        write the checksums of all of them
#
# A download has to have the checksum that its release publishes. What is in
# tools.sha256 beside this file holds over that: run -lock once, read the
# change, and commit it; then a release that is replaced is refused.
set -eu
[%- range .Tools %]
: "${[% .Variable %]:=[% .Version %]}"
[%- end %]

bin=${KREADY_BIN:-$HOME/.kready/bin}
lock=$(cd "$(dirname "$0")" && pwd)/tools.sha256
case $(uname -m) in
  x86_64 | amd64) arch=amd64 x64=x64 ;;
  aarch64 | arm64) arch=arm64 x64=arm64 ;;
  *) echo "tools.sh: there are no releases for $(uname -m)" >&2; exit 1 ;;
esac
mkdir -p "$bin"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# get URL: what is there, or the end.
get() { curl --proto '=https' --tlsv1.2 --retry 3 -sSfL "$1"; }

# install TOOL: name the release, its file, the list of checksums, the program.
install() {
  program=$1
  case $1 in
    terraform)
      from=https://releases.hashicorp.com/terraform/$TERRAFORM_VERSION
      file=terraform_${TERRAFORM_VERSION}_linux_$arch.zip sums=terraform_${TERRAFORM_VERSION}_SHA256SUMS ;;
    tofu)
      from=https://github.com/opentofu/opentofu/releases/download/v$TOFU_VERSION
      file=tofu_${TOFU_VERSION}_linux_$arch.zip sums=tofu_${TOFU_VERSION}_SHA256SUMS ;;
    terragrunt)
      from=https://github.com/gruntwork-io/terragrunt/releases/download/v$TERRAGRUNT_VERSION
      file=terragrunt_linux_$arch sums=SHA256SUMS ;;
    kready)
      from=https://github.com/kready-io/terraform-provider-kready/releases/download/v$KREADY_VERSION
      file=kready_${KREADY_VERSION}_linux_$arch.zip sums=terraform-provider-kready_${KREADY_VERSION}_SHA256SUMS ;;
    tflint)
      from=https://github.com/terraform-linters/tflint/releases/download/v$TFLINT_VERSION
      file=tflint_linux_$arch.zip sums=checksums.txt ;;
    gitleaks)
      from=https://github.com/gitleaks/gitleaks/releases/download/v$GITLEAKS_VERSION
      file=gitleaks_${GITLEAKS_VERSION}_linux_$x64.tar.gz sums=gitleaks_${GITLEAKS_VERSION}_checksums.txt ;;
    *) echo "tools.sh: there is no tool $1" >&2; exit 1 ;;
  esac
  get "$from/$sums" >"$work/sums"
  sum=$(awk -v file="$file" '{sub(/^\*/, "", $2)} $2 == file {print $1; exit}' "$work/sums")
  [ -n "$sum" ] || { echo "tools.sh: $from/$sums does not know $file" >&2; exit 1; }
  if [ -n "$locking" ]; then
    echo "$sum  $from/$file" >>"$work/lock"
    return
  fi
  if [ -e "$lock" ]; then
    sum=$(awk -v url="$from/$file" '$2 == url {print $1; exit}' "$lock")
    [ -n "$sum" ] || { echo "tools.sh: $lock does not know $from/$file; run tools.sh -lock" >&2; exit 1; }
  fi
  get "$from/$file" >"$work/$file"
  echo "$sum  $work/$file" | sha256sum -c - >/dev/null || { echo "tools.sh: $from/$file is not what was released" >&2; exit 1; }
  case $file in
    *.zip) unzip -qo "$work/$file" "$program" -d "$bin" ;;
    *.tar.gz) tar -xzf "$work/$file" -C "$bin" "$program" ;;
    *) cp "$work/$file" "$bin/$program" ;;
  esac
  chmod 755 "$bin/$program"
}

locking=
if [ "${1-}" = -lock ]; then
  locking=yes
  set --[% range .Tools %] [% .Name %][% end %]
  for tool; do
    arch=amd64 x64=x64 install "$tool"
    arch=arm64 x64=arm64 install "$tool"
  done
  sort "$work/lock" >"$lock"
  exit
fi
for tool; do install "$tool"; done
