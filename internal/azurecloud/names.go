package azurecloud

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// ofCluster names an object in messages: "subnet/nodes of shop-eu".
func ofCluster(component string, ref cloud.Ref) string { return component + " of " + ref.Cluster }

// groupID is the id of a resource group.
func (a *api) groupID(group string) string {
	return "/subscriptions/" + a.subscription + "/resourceGroups/" + group
}

// id is the id of a resource in a group; names has one name for each level of
// the type.
func (a *api) id(group string, k kind, names ...string) string {
	return under(a.groupID(group), k, names...)
}

// under is the id of a resource that hangs on a scope, "" where a name isn't
// known: such an id would be that of a list.
func under(scope string, k kind, names ...string) string {
	if scope == "" || slices.Contains(names, "") {
		return ""
	}
	namespace, short, _ := strings.Cut(k.name, "/")
	id := scope + "/providers/" + namespace
	for i, level := range strings.Split(short, "/") {
		id += "/" + level + "/" + names[i]
	}
	return id
}

// child is the id of a resource inside another one, "" where either isn't known.
func child(parent string, k kind, name string) string {
	if parent == "" || name == "" {
		return ""
	}
	return parent + k.name[strings.LastIndex(k.name, "/"):] + "/" + name
}

// nameOf is the last segment of an id.
func nameOf(id string) string { return id[strings.LastIndex(id, "/")+1:] }

// groupOf is the resource group in an id, "" where it has none.
func groupOf(id string) string {
	segments := strings.Split(id, "/")
	for i := 0; i+1 < len(segments); i++ {
		if strings.EqualFold(segments[i], "resourceGroups") {
			return segments[i+1]
		}
	}
	return ""
}

// typeOf is the type that an id names: "Microsoft.Network/virtualNetworks/subnets".
func typeOf(id string) string {
	lower := strings.ToLower(id)
	at := strings.LastIndex(lower, "/providers/")
	if at < 0 {
		if strings.Contains(lower, "/resourcegroups/") {
			return groups.name
		}
		return ""
	}
	segments := strings.Split(id[at+len("/providers/"):], "/")
	name := segments[0]
	for i := 1; i < len(segments); i += 2 {
		name += "/" + segments[i]
	}
	return name
}

// rootOf is the resource that an id names, without what is inside it: writes
// inside one resource exclude each other.
func rootOf(id string) string {
	lower := strings.ToLower(id)
	at := strings.LastIndex(lower, "/providers/")
	if at < 0 {
		return lower
	}
	segments := strings.SplitN(lower[at+len("/providers/"):], "/", 4)
	return lower[:at] + "/providers/" + strings.Join(segments[:min(3, len(segments))], "/")
}

// sameID compares ids: Azure's have no case.
func sameID(a, b string) bool { return strings.EqualFold(a, b) }

// guid derives the name of a role assignment from what it says, so that every
// run gives it the same one.
func guid(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join(parts, "\x00"))))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // a version 8 UUID, RFC 9562
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// cutFold is strings.Cut without case.
func cutFold(s, sep string) (before, after string, found bool) {
	i := strings.Index(strings.ToLower(s), strings.ToLower(sep))
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
