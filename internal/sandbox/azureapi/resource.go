package azureapi

import (
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// resource is one resource as it is stored. Meta.ID is its id in lower case,
// Meta.Tags its tags; Meta.Region is empty, because ids are unique.
type resource struct {
	sandbox.Meta
	Type       string         `json:"type"` // "Microsoft.Network/virtualNetworks"
	Path       string         `json:"path"` // the id as it was written first
	Location   string         `json:"location,omitempty"`
	Kind       string         `json:"kind,omitempty"`
	SKU        map[string]any `json:"sku,omitempty"`
	Identity   map[string]any `json:"identity,omitempty"`
	Zones      []any          `json:"zones,omitempty"`
	Properties map[string]any `json:"properties"`

	State     string    `json:"state,omitempty"` // provisioningState; empty is Succeeded
	ETag      string    `json:"etag"`            // a GUID
	Operation string    `json:"operation,omitempty"`
	Created   time.Time `json:"created"`
	Changed   time.Time `json:"changed"`
	Author    string    `json:"author"` // object id of who made it

	// Kept is what the type needs to remember and never shows.
	Kept map[string]any `json:"kept,omitempty"`
}

// group is the part of the id that names the resource's group, lower-cased.
func (r *resource) group() string {
	a, _ := parseAddress(r.ID)
	return a.groupID()
}

// subscription is the subscription that the resource is in.
func (r *resource) subscription() string {
	a, _ := parseAddress(r.ID)
	return a.subscription
}

// ready reports whether no operation on the resource is under way.
func (r *resource) ready() bool { return r.Operation == "" }

// resourceType is one type of resource and its rules.
type resourceType struct {
	name     string // "Microsoft.Network/virtualNetworks/subnets"
	shown    string // the type as answers spell it, when that is another
	tracked  bool   // has a location and tags
	tagged   bool   // has tags, but no location of its own
	anywhere bool   // hangs on any scope: locks, roles, diagnostic settings
	wide     bool   // lives in a subscription, not a group

	// The envelope: members beside properties that the type has.
	sku      fields
	identity []string // kinds of identity that the type can have
	kinds    []string
	zoned    bool
	flat     fields // members that the type has beside the usual ones

	properties  fields
	bodiless    bool // properties may be left out
	names       func(name string) (problem string)
	flow        *flow
	patch       patch
	readOnly    bool // PUT and DELETE are not for callers
	madeIs200   bool // PUT answers 200 for new ones too
	showGone    bool // DELETE answers with what was deleted
	etagged     bool // etag in the body, and If-Match honoured
	etagName    string
	badInput    string // error code for a bad body
	lowerGroups bool   // ids have resourcegroups in lower case
	bare        bool   // errors come without the "error" wrapper

	put    func(w *write) error                             // before the new state is stored
	stored func(w *write) error                             // after it: children, what comes along
	remove func(q *request, r *resource) error              // may it go?
	gone   func(q *request, r *resource, along []*resource) // after it went, and what went along
	done   func(q *request, r *resource)                    // an operation on it ended well
	show   func(q *request, r *resource, out map[string]any)
	busy   func(q *request, id string) *resource // whose operation stands in the way
	usage  string                                // name of the usage that counts it, in its location
	usedBy []string                              // types whose references stand in the way of a delete
	inUse  string                                // the error code then
	list   func(q *request, r *resource) bool    // narrows a list

	actions map[string]action
	table   sandbox.Table[resource]
	parent  *resourceType
}

// action is a POST on a resource.
type action struct {
	read bool // changes nothing
	run  func(q *request, r *resource) (*sandbox.Response, error)
}

// patch says what PATCH may do.
type patch int

const (
	noPatch   patch = iota
	tagsOnly        // tags, in place
	tagsByPut       // tags, as a long operation
	anyMember       // merged into the body, then as PUT
)

// namespace is "Microsoft.Network".
func (t *resourceType) namespace() string {
	ns, _, _ := strings.Cut(t.name, "/")
	return ns
}

// short is the type without its namespace: "virtualNetworks/subnets".
func (t *resourceType) short() string {
	_, short, _ := strings.Cut(t.name, "/")
	return short
}

// segment is the type's own part of a path: "subnets".
func (t *resourceType) segment() string { return t.name[strings.LastIndexByte(t.name, '/')+1:] }

// typeOf finds the type by its lower-cased name.
func (q *request) typeOf(name string) *resourceType { return q.api.types[strings.ToLower(name)] }

// get returns a stored resource by id, whatever its case.
func (q *request) get(id string) *resource {
	a, ok := parseAddress(strings.ToLower(id))
	if !ok || !a.whole() {
		return nil
	}
	t := q.api.types[a.key()]
	if t == nil {
		return nil
	}
	r, _ := t.table.Get(q.tx, "", a.id())
	return r
}

// all returns the stored resources of a type, oldest first.
func (q *request) all(typeName string) []*resource {
	return q.typeOf(typeName).table.List(q.tx, "")
}

// below returns the direct children of one type.
func (q *request) below(r *resource, segment string) []*resource {
	return q.children(r.ID, r.Type+"/"+segment)
}

func (q *request) children(parent, typeName string) []*resource {
	t := q.typeOf(typeName)
	prefix := parent + "/" + strings.ToLower(t.segment()) + "/"
	return t.table.Where(q.tx, "", func(r *resource) bool {
		return strings.HasPrefix(r.ID, prefix)
	})
}

// within returns everything below an id: children, and what hangs on it.
func (q *request) within(id string) []*resource {
	var out []*resource
	prefix := strings.ToLower(id) + "/"
	for _, t := range q.api.ordered {
		out = append(out, t.table.Where(q.tx, "", func(r *resource) bool { return strings.HasPrefix(r.ID, prefix) })...)
	}
	return out
}

// save stores a resource.
func (q *request) save(r *resource) {
	q.typeOf(r.Type).table.Put(q.tx, r)
}

// touch gives the resource a new etag and time, and stores it.
func (q *request) touch(r *resource) {
	r.ETag, r.Changed = q.tx.UUID(), q.tx.Now()
	q.save(r)
}

// drop removes a resource, all below it, and all that hangs on it, and lets
// each type do what goes along with it.
func (q *request) drop(r *resource) {
	going := append(q.within(r.ID), r)
	for _, each := range going {
		q.typeOf(each.Type).table.Delete(q.tx, "", each.ID)
	}
	for _, each := range going {
		if t := q.typeOf(each.Type); t.gone != nil {
			t.gone(q, each, going)
		}
	}
}

// users returns the resources of the given types that mention the id anywhere
// in what they store, children of the resource itself left out.
func (q *request) users(id string, types ...string) []*resource {
	var out []*resource
	for _, name := range types {
		for _, r := range q.all(name) {
			if r.ID != id && !strings.HasPrefix(r.ID, id+"/") && (mentions(r.Properties, id) || mentions(r.Identity, id)) {
				out = append(out, r)
			}
		}
	}
	return out
}

func mentions(v any, id string) bool {
	switch v := v.(type) {
	case string:
		return strings.EqualFold(v, id)
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return mentions(e, id) })
	case map[string]any:
		for name, e := range v {
			if strings.EqualFold(name, id) || mentions(e, id) {
				return true
			}
		}
	}
	return false
}

// referred checks that an id names an existing resource of one of the types,
// and returns the id as that resource spells it.
func (q *request) referred(path, given string, types []string) (string, *armError) {
	a, ok := parseAddress(given)
	if !ok || !a.whole() || a.subscription == "" {
		return "", refuse(400, "LinkedInvalidPropertyId",
			"Property id '%s' at path 'properties.%s' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{subscriptionId}' or '/providers/{resourceProviderNamespace}/'.", given, path)
	}
	if !slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(t, a.key()) }) {
		return "", refuse(400, "InvalidResourceReference",
			"Resource %s at '%s' is not of type %s.", given, path, strings.Join(types, " or "))
	}
	r := q.get(given)
	if r == nil {
		return "", refuse(404, "NotFound", "Resource %s not found.", given)
	}
	if !r.ready() && r.State == "Deleting" {
		return "", refuse(409, "ReferencedResourceNotProvisioned",
			"Cannot proceed with operation because resource %s is not in Succeeded state. Resource is in %s state.", r.Path, r.State)
	}
	return r.Path, nil
}
