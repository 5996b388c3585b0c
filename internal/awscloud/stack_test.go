package awscloud_test

import (
	"encoding/json"
	"strings"
)

// sameText tells whether two sections are the same JSON.
func sameText(a, b any) bool {
	left, errLeft := json.Marshal(a)
	right, errRight := json.Marshal(b)
	return errLeft == nil && errRight == nil && string(left) == string(right)
}

func isLinkedRole(object string) bool { return strings.Contains(object, "AWSServiceRoleFor") }

// isAlias tells whether an object is an alias: it stays with its key while that
// waits to be deleted, so that the key is found again.
func isAlias(object string) bool { return strings.HasPrefix(object, "kms/alias ") }
