#!/bin/sh
# Puts a report into the pull request: one thread for each stage, found by the
# marker in its first line, and updated rather than added. The build service
# needs the right "Contribute to pull requests".
#
# Usage: comment.sh REPORT (needs SYSTEM_ACCESSTOKEN)
set -eu
if [ -z "${SYSTEM_PULLREQUEST_PULLREQUESTID-}" ]; then
  exit 0
fi
marker=$(head -n 1 "$1")
threads=${SYSTEM_COLLECTIONURI}${SYSTEM_TEAMPROJECTID}/_apis/git/repositories/$BUILD_REPOSITORY_ID/pullRequests/$SYSTEM_PULLREQUEST_PULLREQUESTID/threads
# The token goes through a file: arguments are seen by every process.
config=$(mktemp)
trap 'rm -f "$config"' EXIT
printf 'header = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\n' "$SYSTEM_ACCESSTOKEN" >"$config"
found=$(curl -sSf -K "$config" "$threads?api-version=7.1" | jq -r --arg marker "$marker" \
  '[.value[] | select(.comments[0].content // "" | split("\n")[0] | rtrimstr("\r") == $marker) | "\(.id)/comments/\(.comments[0].id)"][0] // ""')
if [ -n "$found" ]; then
  jq -Rs '{content: .}' "$1" | curl -sSf -K "$config" -o /dev/null -X PATCH --data-binary @- "$threads/$found?api-version=7.1"
else
  jq -Rs '{comments: [{parentCommentId: 0, content: ., commentType: "text"}], status: "closed"}' "$1" |
    curl -sSf -K "$config" -o /dev/null -X POST --data-binary @- "$threads?api-version=7.1"
fi
