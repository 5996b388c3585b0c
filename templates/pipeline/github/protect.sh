#!/bin/sh
# Sets up the repository, once and as an administrator: the rules of the branch,
# and the environments of the stages. May be run again.
#
#     ci/kready/protect.sh ORG/REPOSITORY [TEAM-OR-USER-ID…]
#
# The ids (gh api orgs/ORG/teams/TEAM --jq .id) are who approves applies; a
# minus in front makes it a user's.
set -eu
repository=$1
shift
rules=$(cd "$(dirname "$0")" && pwd)/ruleset.json
# GitHub refuses the comment in the first line of the file.
present=$(gh api "repos/$repository/rulesets" --jq '.[] | select(.name == "infrastructure") | .id')
if [ -n "$present" ]; then
  jq 'del(."//")' "$rules" | gh api --silent -X PUT "repos/$repository/rulesets/$present" --input -
else
  jq 'del(."//")' "$rules" | gh api --silent -X POST "repos/$repository/rulesets" --input -
fi
reviewers='[]'
for id; do
  case $id in
    -*) reviewers=$(printf '%s' "$reviewers" | jq --argjson id "${id#-}" '. + [{type: "User", id: $id}]') ;;
    *) reviewers=$(printf '%s' "$reviewers" | jq --argjson id "$id" '. + [{type: "Team", id: $id}]') ;;
  esac
done
environment() {
  printf '%s' "$2" | gh api --silent -X PUT "repos/$repository/environments/$1" --input -
}
[%- range .Stages %]
environment [% .Name %]-plan '{}'
[%- if .Approved %]
environment [% .Name %] "$(printf '%s' "$reviewers" | jq '{reviewers: ., prevent_self_review: true, deployment_branch_policy: {protected_branches: true, custom_branch_policies: false}}')"
[%- else %]
environment [% .Name %] '{"deployment_branch_policy": {"protected_branches": true, "custom_branch_policies": false}}'
[%- end %]
[%- end %]
