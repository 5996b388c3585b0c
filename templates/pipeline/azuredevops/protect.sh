#!/bin/sh
# Sets up the project, once and as an administrator: the policies of the
# branch, the pipeline's check among them. The environments' approvals are set
# on their page (Pipelines, Environments, Approvals and checks).
#
#     ci/kready/protect.sh ORGANIZATION-URL PROJECT REPOSITORY-ID PIPELINE-ID REVIEWERS
#
# REVIEWERS (names or groups, separated by semicolons) have to agree to changes
# of budgets and of the pipeline.
set -eu
organization=$1 project=$2 repository=$3 pipeline=$4 reviewers=$5
branch=[% sh .Branch %]
policy() {
  kind=$1
  shift
  az repos policy "$kind" create --org "$organization" --project "$project" --repository-id "$repository" --branch "$branch" --blocking true --enabled true --output none "$@"
}
policy approver-count --minimum-approver-count 1 --creator-vote-counts false --allow-downvotes false --reset-on-source-push true
policy comment-required
policy build --build-definition-id "$pipeline" --display-name infrastructure --manual-queue-only false --queue-on-source-update-only false --valid-duration 0
policy required-reviewer --message "Budgets and pipelines" --required-reviewer-ids "$reviewers" \
  --path-filter [% sh (join .Owned ";") %]
