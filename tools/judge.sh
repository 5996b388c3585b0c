#!/usr/bin/env bash
# Prints a Python that has the packages of tools/LIST.txt, as a full path: the
# one that the environment variable VARIABLE names, else one that it installs
# into DIRECTORY, from PyPI and once for each content of that list. Nothing
# outside of DIRECTORY changes. Without a list, it is the independent AWS client
# of judge.txt, and KREADY_BOTO_PYTHON.
#
# Usage: tools/judge.sh DIRECTORY [LIST MODULE VARIABLE]
set -euo pipefail

directory=$1
list=${2-judge} module=${3-boto3} variable=${4-KREADY_BOTO_PYTHON}
wanted=$(cd "$(dirname "$0")" && pwd)/$list.txt
judge=$directory/judge

if [ -n "${!variable-}" ]; then
  echo "${!variable}"
  exit
fi
if [ -x "$judge" ] && cmp -s "$wanted" "$directory/installed.txt"; then
  echo "$judge"
  exit
fi

cannot() {
  echo "no Python with $module: $1" >&2
  echo "install it, or let $variable name a Python that has $module" >&2
  exit 1
}
# The interpreter itself, not what a version manager puts before it.
python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null) || cannot "there is no python3 on the PATH"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || cannot "python3 on the PATH is older than 3.10"

rm -rf "$directory" && mkdir -p "$directory"
pip="-m pip --disable-pip-version-check install --quiet --requirement $wanted"
path=
# Debian's python3 makes no environments without python3-venv, but its
# python3-pip installs into a folder all the same.
if "$python" -m venv "$directory/environment" >"$directory/log" 2>&1; then
  python=$directory/environment/bin/python
elif "$python" -m pip --version >>"$directory/log" 2>&1; then
  path=$directory/packages
  pip="$pip --target $path"
else
  cannot "python3 has neither venv nor pip (on Debian: python3-venv)"
fi
# shellcheck disable=SC2086 # words on purpose
"$python" $pip >>"$directory/log" 2>&1 || { tail -n 3 "$directory/log" >&2; cannot "pip could not fetch $module"; }

printf '#!/bin/sh\nPYTHONPATH=%q exec %q "$@"\n' "$path" "$python" >"$judge"
chmod +x "$judge"
"$judge" -c "import $module" || cannot "$module was installed, but can't be imported"
cp "$wanted" "$directory/installed.txt"
echo "$judge"
