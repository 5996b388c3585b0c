package azureapi

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
)

const groupType = "Microsoft.Resources/resourceGroups"

// groupName is compiled when it is first asked: so long a repetition costs every
// start of the program memory and time.
var groupName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\p{L}\p{N}_.()-]{1,90}$`) })

// groupTypes is the resource group. Its delete answers with Location only and
// takes along whatever is inside.
func groupTypes() []*resourceType {
	return []*resourceType{{
		name: groupType, tracked: true, patch: tagsOnly, bodiless: true,
		properties: fields{"provisioningState": output()},
		flat:       fields{"managedBy": text().once()},
		flow:       &flow{remove: byPlace, polls: 2, retry: "15"},
		names: func(name string) string {
			if !groupName().MatchString(name) || strings.HasSuffix(name, ".") {
				return "can have up to 90 letters, digits, underscores, parentheses, hyphens and periods, and does not end with a period"
			}
			return ""
		},
		put: func(w *write) error {
			if w.old != nil && w.old.State == "Deleting" {
				return refuse(http.StatusConflict, "ResourceGroupBeingDeleted", "The resource group '%s' is in deprovisioning state and cannot perform this operation.", w.old.Name)
			}
			return nil
		},
		remove: removeGroup,
		list:   groupListed,
	}}
}

// removeGroup refuses when something outside the group needs what is inside:
// ARM would delete until it cannot, and put the rest back.
func removeGroup(q *request, r *resource) error {
	for _, inside := range q.within(r.ID) {
		t := q.typeOf(inside.Type)
		for _, user := range q.users(inside.ID, t.usedBy...) {
			if !strings.HasPrefix(user.ID, r.ID+"/") && !q.managedFrom(user, r) {
				return refuse(http.StatusConflict, "ResourceGroupDeletionBlocked",
					"Deletion of resource group '%s' failed as resources with identifiers '%s' could not be deleted: used by %s. The provisioning state of the resource group will be rolled back.",
					r.Name, inside.Path, user.Path)
			}
		}
	}
	return nil
}

// managedFrom reports whether a resource is in a group that belongs to a
// cluster in the other group, and so goes with it.
func (q *request) managedFrom(user, group *resource) bool {
	g := q.get(user.group())
	if g == nil {
		return false
	}
	return strings.HasPrefix(strings.ToLower(textAt(g.Properties, "flat", "managedBy")), group.ID+"/")
}

func groupListed(q *request, r *resource) bool {
	text := q.query.Get("$filter")
	if text == "" {
		return true
	}
	keep, err := filter(text)
	return err == nil && keep(r)
}
