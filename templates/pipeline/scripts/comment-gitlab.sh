#!/bin/sh
# Puts a report into the merge request: one note for each stage, found by the
# marker in its first line, and updated rather than added. A job's own token
# can't write notes: without KREADY_COMMENT_TOKEN, a project access token of
# the scope "api", the report is in the job and in the merge request's widgets.
#
# Usage: comment.sh REPORT
set -eu
if [ -z "${KREADY_COMMENT_TOKEN-}" ] || [ -z "${CI_MERGE_REQUEST_IID-}" ]; then
  exit 0
fi
marker=$(head -n 1 "$1")
notes=$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes
# The token goes through a file: arguments are seen by every process.
config=$(mktemp)
trap 'rm -f "$config"' EXIT
printf 'header = "PRIVATE-TOKEN: %s"\n' "$KREADY_COMMENT_TOKEN" >"$config"
id='' page=1
while [ -z "$id" ]; do
  list=$(curl -sSf -K "$config" "$notes?per_page=100&page=$page")
  id=$(printf '%s' "$list" | jq -r --arg marker "$marker" '[.[] | select(.body | split("\n")[0] | rtrimstr("\r") == $marker) | .id][0] // ""')
  [ "$(printf '%s' "$list" | jq length)" -eq 100 ] || break
  page=$((page + 1))
done
if [ -n "$id" ]; then
  curl -sSf -K "$config" -o /dev/null -X PUT --data-urlencode "body@$1" "$notes/$id"
else
  curl -sSf -K "$config" -o /dev/null -X POST --data-urlencode "body@$1" "$notes"
fi
