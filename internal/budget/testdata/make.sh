#!/bin/sh
# Makes the plans in plans/ anew, with whatever terraform or tofu is named:
#
#     ./make.sh terraform terraform-1.11
#     ./make.sh tofu      opentofu-1.12
#     ./make.sh tofu-1.8  opentofu-1.8      (go -C tools/tofu builds others)
#
# Only the built-in provider is used, so nothing is downloaded. Every value
# that must not show up in a report has "SECRET" in it; the tests look for it.
set -eu
tool=$1
here=$(cd "$(dirname "$0")" && pwd)
out=$here/plans/$2
export TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
mkdir -p "$out"

# plan NAME [flags]: saves the plan of the current folder in all three forms.
plan() {
  name=$1
  shift
  "$tool" plan -input=false -out=plan.bin -json "$@" >"$out/$name.stream.jsonl" || true
  cp plan.bin "$out/$name.plan.bin"
  "$tool" show -json plan.bin >"$out/$name.show.json"
  rm -f plan.bin
}

start() {
  work=$(mktemp -d)
  cd "$work"
}

# understood FILE: takes out what an old OpenTofu has no word for. There,
# `removed` means to forget.
understood() {
  if "$tool" version | grep -qE 'OpenTofu v1\.[0-9]\.'; then
    sed -i '/lifecycle { destroy = false }/d' "$1"
  fi
}

apply() {
  "$tool" init -input=false >/dev/null
  "$tool" apply -input=false -auto-approve >/dev/null
}

# everything: every action that a plan of the built-in provider can have.
start
cp -r "$here/config/child" .
cp "$here/config/before.tf" main.tf
apply
cp "$here/config/after.tf" main.tf
understood main.tf
"$tool" init -input=false >/dev/null
plan everything
cp "$here/config/before.tf" main.tf
"$tool" init -input=false >/dev/null
plan nothing
sed s/SECRET-update-old/SECRET-update/ "$here/config/before.tf" >main.tf
plan target -target=terraform_data.update
plan destroy -destroy
"$tool" show -json >"$out/state.show.json"
cp terraform.tfstate "$out/state.tfstate"

# deposed: what an interrupted create-before-destroy leaves behind. Such a
# failure can't be provoked with the built-in provider, so it is written into
# the state.
start
echo 'resource "terraform_data" "a" { triggers_replace = "SECRET1" }' >main.tf
apply
jq '.resources[0].instances += [.resources[0].instances[0] * {deposed: "0badcafe", attributes: {id: "00000000-0000-0000-0000-000000000001"}}]' \
  terraform.tfstate >edited && mv edited terraform.tfstate
plan deposed
sed -i s/SECRET1/SECRET2/ main.tf
plan deposed_and_replaced

# forget: nothing but an object that is dropped from the state.
start
echo 'resource "terraform_data" "a" { input = "SECRET" }' >main.tf
apply
cat >main.tf <<'EOF'
removed {
  from = terraform_data.a
  lifecycle { destroy = false }
}
EOF
understood main.tf
plan forget

# errored: the plan is written all the same.
start
cat >main.tf <<'EOF'
resource "terraform_data" "good" { input = "SECRET" }
data "terraform_remote_state" "missing" {
  backend = "local"
  config  = { path = "missing.tfstate" }
}
resource "terraform_data" "bad" { input = data.terraform_remote_state.missing.outputs.x }
EOF
"$tool" init -input=false >/dev/null
plan errored

# objects: a map of objects inside a resource, and a storm of tags.
start
cat >main.tf <<'EOF'
resource "terraform_data" "network" {
  input = {
    objects = { "subnet/a" = "id-SECRET-a", "subnet/b" = "id-SECRET-b", "nat/a" = "id-SECRET-n", "peer/x" = "id-SECRET-p" }
    size    = 1
  }
}
resource "terraform_data" "tagged" {
  count = 3
  input = { tags = { team = "SECRET" }, size = 1 }
}
resource "terraform_data" "resized" { input = { tags = { team = "SECRET" }, size = 1 } }
EOF
apply
cat >main.tf <<'EOF'
resource "terraform_data" "fresh" { input = "SECRET" }
resource "terraform_data" "network" {
  input = {
    objects = { "subnet/a" = "id-SECRET-a", "subnet/c" = "id-SECRET-c", "nat/a" = "id-SECRET-other", "peer/x" = terraform_data.fresh.id }
    size    = 1
  }
}
resource "terraform_data" "tagged" {
  count = 3
  input = { tags = { team = "SECRET2", "cost/center" = "SECRET" }, size = 1 }
}
resource "terraform_data" "resized" { input = { tags = { team = "SECRET2" }, size = 2 } }
EOF
plan objects

# test: what `terraform test` prints, for examples/budget/terraform-test.
start
cp "$here"/../../../examples/budget/terraform-test/*.tf "$here"/../../../examples/budget/terraform-test/*.hcl .
"$tool" init -input=false >/dev/null
"$tool" test -verbose -json >"$out/test.stream.jsonl"
