#!/bin/sh
# A CLI-driven run of HCP Terraform or Terraform Enterprise. What
# `terraform plan -out` writes there is a bookmark of the run, and
# `terraform show -json` gets the plan itself. The receipt is for that JSON:
# it shows that this run passed, and the run is what gets applied.
set -eu
terraform plan -input=false -out=run.tfplan
terraform show -json run.tfplan >plan.json
kready budget check -receipt receipt.json plan.json
kready budget verify -receipt receipt.json plan.json
terraform apply -input=false run.tfplan
