package azureapi

import (
	"net/http"
	"regexp"
	"strings"
)

// namespaceScope is a namespace inside a cluster, on which roles can be given
// although it is no resource of ARM's.
var namespaceScope = regexp.MustCompile(`^(.*/managedclusters/[^/]+)/namespaces/([^/]+)$`)

// scopePath is what an extension resource hangs on, as answers spell it.
func (q *request) scopePath(scope string) (string, bool) {
	if r := q.get(scope); r != nil {
		return r.Path, true
	}
	if m := namespaceScope.FindStringSubmatch(scope); m != nil {
		if r := q.get(m[1]); r != nil {
			return r.Path + "/namespaces/" + m[2], true
		}
	}
	return "", false
}

// roomFor checks that what the new resource is put into exists and stays.
func (q *request) roomFor(t *resourceType) error {
	a := q.address
	if id := a.groupID(); id != "" && t.name != groupType {
		group := q.get(id)
		switch {
		case group == nil:
			return refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", a.group)
		case group.State == "Deleting":
			return refuse(http.StatusConflict, "ResourceGroupBeingDeleted", "The resource group '%s' is in deprovisioning state and cannot perform this operation.", a.group)
		}
	}
	if _, there := q.scopePath(a.scope); a.hangs() && !there {
		return refuse(http.StatusNotFound, "ResourceNotFound", "The Resource '%s' under resource group '%s' was not found.", a.scope, a.group)
	}
	if len(a.names) > 1 {
		above := a.above(len(a.names) - 1)
		if q.get(above.id()) == nil {
			return refuse(http.StatusNotFound, "ParentResourceNotFound",
				"Failed to perform 'write' on resource(s) of type '%s', because the parent resource '%s' could not be found.", t.short(), above.id())
		}
	}
	return nil
}

// mayChange checks what is under way, and conditions; r is nil when there is
// no such resource yet.
func (q *request) mayChange(t *resourceType, id string, r *resource) error {
	busy := t.busy
	if busy == nil {
		busy = busyItself
	}
	if other := busy(q, id); other != nil {
		return q.another(t, other)
	}
	return q.precondition(t, r)
}

// busyItself: only an operation on the resource itself stands in the way.
func busyItself(q *request, id string) *resource {
	if r := q.get(id); r != nil && !r.ready() {
		return r
	}
	return nil
}

// busyFamily: an operation on the resource at the top, or anywhere below it,
// stands in the way of all of them.
func busyFamily(q *request, id string) *resource {
	a, _ := parseAddress(id)
	top := a.above(1).id()
	if r := busyItself(q, top); r != nil {
		return r
	}
	for _, r := range q.within(top) {
		if !r.ready() {
			return r
		}
	}
	return nil
}

// another refuses because of an operation under way. The refusal counts as a
// poll of that operation: otherwise a caller that only retries would never get
// through.
func (q *request) another(t *resourceType, other *resource) error {
	defer q.advance(other)
	q.call.Keep = true
	if t.bare {
		refusal := refuse(http.StatusConflict, "OperationNotAllowed",
			"Operation is not allowed because there's an in progress %s operation on %s. Please wait for it to finish before starting a new operation. See https://aka.ms/aks-pending-operation for more details",
			strings.ToLower(strings.TrimSuffix(other.State, "ing")+"e"), other.Name)
		refusal.bare = true
		return refusal
	}
	o, _ := operations.Get(q.tx, "", other.Operation)
	uri := ""
	if o != nil {
		uri = q.origin() + o.Place + "/operations/" + o.ID + "?api-version=" + o.Version
	}
	return refuse(http.StatusConflict, "AnotherOperationInProgress",
		"Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: %s.", uri)
}

// etag is a resource's ETag on the wire.
func etag(r *resource) string { return `W/"` + r.ETag + `"` }

// precondition holds If-Match and If-None-Match against the resource; r is nil
// when there is none.
func (q *request) precondition(t *resourceType, r *resource) error {
	if !t.etagged {
		return nil
	}
	want, not := q.call.Request.Header.Get("If-Match"), q.call.Request.Header.Get("If-None-Match")
	bare := func(s string) string { return strings.Trim(strings.TrimPrefix(s, "W/"), `"`) }
	failed := want != "" && (r == nil || want != "*" && bare(want) != r.ETag) || not == "*" && r != nil
	if !failed {
		return nil
	}
	refusal := refuse(http.StatusPreconditionFailed, "PreconditionFailed", "The condition '%s%s' of the request is not met: the resource was changed meanwhile, or exists, or does not.", want, not)
	refusal.bare = t.bare
	return refusal
}
