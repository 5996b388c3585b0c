package azureapi

import (
	"net/http"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// delete removes a resource. What is not there is 204.
func (q *request) delete(t *resourceType) (*sandbox.Response, error) {
	r := q.get(q.address.id())
	if r == nil {
		if err := q.groupThere(); err != nil && t.name != groupType {
			return nil, err
		}
		if t.name == groupType {
			return nil, q.missing(t, q.address)
		}
		return respond(http.StatusNoContent, nil), nil
	}
	if r.State == "Deleting" && r.Operation != "" {
		if o, ok := operations.Get(q.tx, "", r.Operation); ok { // asked twice: the same deletion
			answer := respond(http.StatusAccepted, nil)
			q.announce(answer.Header, o, t.flow.remove)
			return answer, nil
		}
	}
	if err := q.mayChange(t, r.ID, r); err != nil {
		return nil, err
	}
	if err := q.unlocked(r.ID, true); err != nil {
		return nil, err
	}
	if err := q.mayGo(t, r); err != nil {
		return nil, err
	}
	if t.flow.remove == atOnce {
		var last any
		if t.showGone {
			last = q.render(r)
		}
		q.drop(r)
		return respond(http.StatusOK, last), nil
	}
	r.State = "Deleting"
	q.touch(r)
	o := q.begin(t, r, http.MethodDelete)
	answer := respond(http.StatusAccepted, nil)
	q.announce(answer.Header, o, t.flow.remove)
	return answer, nil
}

// mayGo asks whether something uses the resource.
func (q *request) mayGo(t *resourceType, r *resource) error {
	if t.usedBy != nil {
		if users := q.users(r.ID, t.usedBy...); len(users) > 0 {
			return q.used(t, r, users)
		}
	}
	if t.remove != nil {
		return t.remove(q, r)
	}
	return nil
}

func (q *request) used(t *resourceType, r *resource, users []*resource) error {
	var paths []string
	for _, u := range users {
		paths = append(paths, u.Path)
	}
	code := t.inUse
	if code == "" {
		code = "InUse" + strings.ToUpper(t.segment()[:1]) + strings.TrimSuffix(t.segment()[1:], "s") + "CannotBeDeleted"
	}
	refusal := refuse(http.StatusBadRequest, code,
		"%s %s is in use by %s and cannot be deleted. In order to delete it, dissociate it from the resources listed.",
		strings.TrimSuffix(t.segment(), "s"), r.Name, strings.Join(paths, ", "))
	refusal.bare = t.bare
	return refusal
}

// groupThere says when the group of the request's address is not there.
func (q *request) groupThere() error {
	if id := q.address.groupID(); id != "" && q.get(id) == nil {
		return refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", q.address.group)
	}
	return nil
}

// missing is the answer for a resource that is not there.
func (q *request) missing(t *resourceType, a address) error {
	if t.name == groupType {
		return refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", a.group)
	}
	if err := q.groupThere(); err != nil {
		return err
	}
	for n := 1; n < len(a.names); n++ {
		if q.get(a.above(n).id()) == nil {
			return refuse(http.StatusNotFound, "ParentResourceNotFound",
				"Failed to perform 'read' on resource(s) of type '%s', because the parent resource '%s' could not be found.", t.short(), a.above(n).id())
		}
	}
	code := "ResourceNotFound"
	if len(a.names) > 1 && t.namespace() != networkNamespace {
		code = "NotFound"
	}
	return refuse(http.StatusNotFound, code,
		"The Resource '%s/%s' under resource group '%s' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
		t.name, strings.Join(a.names, "/"), a.group)
}
