package azurecloud

import (
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// Marks of an assignment that gives somebody access to the cluster: the words of
// the entry that it comes from.
const (
	markEntry     = "kready-entry"
	markAccess    = "kready-access"
	markNamespace = "kready-namespace"
)

// accessThings are the assignments on the cluster that access entries come to.
func (v *view) accessThings(d blueprint.ControlPlaneDesign, cluster string) []thing {
	var things []thing
	for _, access := range d.AzureAccess() {
		entry := entryOf(access.Key, d.AccessEntries)
		words := map[string]string{markEntry: entry, markAccess: d.AccessEntries[entry].Role}
		scope := cluster
		if access.Namespace != "" {
			words[markNamespace] = access.Namespace
			scope += "/namespaces/" + access.Namespace
		}
		things = append(things, v.assignment(grant{component: access.Key, principal: access.Principal, role: access.Role, scope: scope, words: words}))
	}
	return things
}

// entryOf is the entry that a component key of an assignment is made of: the
// longest one, because the name of a namespace may follow.
func entryOf(component string, entries map[string]blueprint.AccessEntryDesign) string {
	best := ""
	for entry := range entries {
		for _, prefix := range []string{"role-assignment/access-", "role-assignment/user-"} {
			key := prefix + entry
			exact := component == key
			longer := len(component) > len(key) && component[:len(key)+1] == key+"-"
			if (exact || longer) && len(entry) > len(best) {
				best = entry
			}
		}
	}
	return best
}

// accessEntries reads the entries back from their assignments.
func (v *view) accessEntries() map[string]blueprint.AccessEntryDesign {
	designs := map[string]blueprint.AccessEntryDesign{}
	for _, have := range v.all("role-assignment") {
		key := have.marks[markEntry]
		if key == "" {
			continue
		}
		entry := designs[key]
		entry.Principal, entry.Role = text(have.body, "properties", "principalId"), have.marks[markAccess]
		if namespace := have.marks[markNamespace]; namespace != "" {
			entry.Namespaces = append(entry.Namespaces, namespace)
			slices.Sort(entry.Namespaces)
		}
		designs[key] = entry
	}
	return designs
}
