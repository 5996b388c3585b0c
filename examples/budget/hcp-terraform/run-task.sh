#!/bin/sh
# The work of a run task (post-plan): $PLAN_JSON_API_URL, $ACCESS_TOKEN and
# $CALLBACK_URL come from the request that HCP Terraform sent to the service
# that runs this. The result goes back to it as passed or failed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'header = "Authorization: Bearer %s"\n' "$ACCESS_TOKEN" >"$work/auth"
curl -sSfL --config "$work/auth" "$PLAN_JSON_API_URL" >"$work/plan.json"
status=passed
kready budget check -budget "$BUDGET" -report json="$work/report.json" "$work/plan.json" || status=failed
message=$(jq -r '"change budget: " + .verdict' "$work/report.json")
jq -n --arg status "$status" --arg message "$message" \
  '{data: {type: "task-results", attributes: {status: $status, message: $message}}}' |
  curl -sSf --config "$work/auth" -X PATCH -H 'Content-Type: application/vnd.api+json' --data @- "$CALLBACK_URL"
