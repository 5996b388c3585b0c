#!/bin/sh
# Puts a report into the pull request: one comment for each stage, found by
# the marker in its first line, and updated rather than added.
#
# Usage: comment.sh REPORT (needs GH_TOKEN, REPOSITORY, NUMBER)
set -eu
marker=$(head -n 1 "$1")
comments=repos/$REPOSITORY/issues/$NUMBER/comments
id=$(gh api --paginate "$comments" --jq '.[] | [.id, (.body | split("\n")[0] | rtrimstr("\r"))] | @tsv' |
  awk -F '\t' -v marker="$marker" '$2 == marker {print $1; exit}')
if [ -n "$id" ]; then
  gh api --silent -X PATCH "repos/$REPOSITORY/issues/comments/$id" -F "body=@$1"
else
  gh api --silent -X POST "$comments" -F "body=@$1"
fi
