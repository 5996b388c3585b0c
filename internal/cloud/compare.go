package cloud

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// SameSection tells whether two sections say the same: an empty list and none
// do.
func SameSection(a, b any) bool {
	left, errLeft := json.Marshal(a)
	right, errRight := json.Marshal(b)
	return errLeft == nil && errRight == nil && bytes.Equal(left, right)
}

// Absent lists the components of a design that objects lacks.
func Absent(design blueprint.Section, objects map[string]string) []string {
	var absent []string
	for _, key := range design.Components() {
		if objects[key] == "" {
			absent = append(absent, key)
		}
	}
	return absent
}

// Unseen is the error of components that were made and are not there.
func Unseen(object string, absent []string) error {
	return &Error{
		Kind: ErrNotFound, Operation: "ensure", Object: object,
		Reason: "made, but can't be seen: " + strings.Join(absent, ", "),
		Todo:   "Somebody else may be deleting them. Apply again.",
	}
}

// AddMade adds what a run made to what could be seen.
func AddMade(objects *map[string]string, made map[string]string) {
	if *objects == nil {
		*objects = map[string]string{}
	}
	for component, id := range made {
		if (*objects)[component] == "" {
			(*objects)[component] = id
		}
	}
}
