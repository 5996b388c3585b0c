#!/bin/sh
# Sets up the project, once and as a maintainer: the rules of the branch, and
# the environments of the stages. May be run again. Approvals by code owners
# and protected environments are a matter of GitLab's plan (Premium).
#
#     ci/kready/protect.sh GROUP/PROJECT [GROUP-ID…]      (who approves applies)
set -eu
project=projects/$(printf '%s' "$1" | jq -Rr @uri)
shift
branch=[% sh .Branch %]
glab api --silent -X DELETE "$project/protected_branches/$(printf '%s' "$branch" | jq -Rr @uri)" || true
glab api --silent -X POST "$project/protected_branches" -f "name=$branch" -f push_access_level=0 -f merge_access_level=40 -F allow_force_push=false -F code_owner_approval_required=true
glab api --silent -X PUT "$project" -F only_allow_merge_if_pipeline_succeeds=true -F only_allow_merge_if_all_discussions_are_resolved=true
protect() {
  levels='[{"access_level": 40}]' approvals='[]'
  if [ "$2" = approved ]; then
    for id in $groups; do
      approvals=$(printf '%s' "$approvals" | jq --argjson id "$id" '. + [{group_id: $id, required_approvals: 1}]')
    done
  fi
  glab api --silent -X DELETE "$project/protected_environments/$1" || true
  jq -n --arg name "$1" --argjson levels "$levels" --argjson approvals "$approvals" '{name: $name, deploy_access_levels: $levels, approval_rules: $approvals}' |
    glab api --silent -X POST "$project/protected_environments" -H 'Content-Type: application/json' --input -
}
groups=$*
[%- range .Stages %]
protect [% .Name %] [% if .Approved %]approved[% else %]open[% end %]
[%- end %]
