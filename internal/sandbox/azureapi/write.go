package azureapi

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// write is a resource on its way into the store.
type write struct {
	*request
	t      *resourceType
	body   map[string]any // as sent
	old    *resource      // nil when the resource is new
	r      *resource      // what will be stored
	parent *resource      // nil at the top
}

// fail refuses in the manner of the type's resource provider.
func (w *write) fail(status int, code, format string, arguments ...any) *armError {
	refusal := refuse(status, code, format, arguments...)
	refusal.bare = w.t.bare
	return refusal
}

// put creates a resource or replaces it.
func (q *request) put(t *resourceType) (*sandbox.Response, error) {
	if err := q.registered(t.namespace()); err != nil {
		return nil, err
	}
	body, err := q.decode()
	if err != nil {
		return nil, err
	}
	if err := q.roomFor(t); err != nil {
		return nil, err
	}
	old := q.get(q.address.id())
	if err := q.mayChange(t, q.address.id(), old); err != nil {
		return nil, err
	}
	if err := q.unlocked(q.address.id(), false); err != nil {
		return nil, err
	}
	return q.apply(t, body, old)
}

// patch changes parts of a resource.
func (q *request) patch(t *resourceType) (*sandbox.Response, error) {
	old := q.get(q.address.id())
	if old == nil {
		return nil, q.missing(t, q.address)
	}
	body, err := q.decode()
	if err != nil {
		return nil, err
	}
	if err := q.mayChange(t, old.ID, old); err != nil {
		return nil, err
	}
	if err := q.unlocked(old.ID, false); err != nil {
		return nil, err
	}
	if t.patch == anyMember {
		return q.apply(t, q.patched(t, old, body), old)
	}
	for name := range body {
		if name != "tags" {
			return nil, q.malformed(t, misfit{path: name, problem: "cannot be patched on " + t.name, unknown: true})
		}
	}
	if old.Tags, err = q.tags(t, body["tags"]); err != nil {
		return nil, err
	}
	if t.patch == tagsOnly {
		q.touch(old)
		return q.answer(t, old, http.StatusOK), nil
	}
	old.State = "Updating"
	q.touch(old)
	return q.launch(t, old, http.MethodPatch, http.StatusOK), nil
}

// patched is the whole body that a PATCH amounts to.
func (q *request) patched(t *resourceType, old *resource, body map[string]any) map[string]any {
	now := map[string]any{"properties": old.Properties}
	if t.tracked {
		now["location"] = old.Location
	}
	for name, v := range map[string]map[string]any{"sku": old.SKU, "identity": old.Identity} {
		if v != nil {
			now[name] = v
		}
	}
	if old.Kind != "" {
		now["kind"] = old.Kind
	}
	if old.Zones != nil {
		now["zones"] = old.Zones
	}
	out := merge(now, body)
	// Tags are replaced as a whole, not merged, as the providers do.
	tags := map[string]any{}
	for name, value := range old.Tags {
		tags[name] = value
	}
	if given, ok := body["tags"].(map[string]any); ok {
		tags = given
	}
	if t.tracked || t.tagged {
		out["tags"] = tags
	}
	return out
}

// apply stores the new state and answers.
func (q *request) apply(t *resourceType, body map[string]any, old *resource) (*sandbox.Response, error) {
	w, err := q.build(t, q.address, body, old)
	if err != nil {
		return nil, err
	}
	verb, status := http.MethodPut, http.StatusOK
	if old == nil && !t.madeIs200 {
		status = http.StatusCreated
	}
	if old == nil && t.usage != "" {
		if err := w.quota(t.usage, t.usage+"CountLimitReached", len(q.inRegion(t.name, w.r.Location))+1); err != nil {
			return nil, err
		}
	}
	if t.flow.create == atOnce {
		if err := w.store(); err != nil {
			return nil, err
		}
		return q.answer(t, w.r, status), nil
	}
	w.r.State = "Updating"
	if old == nil && t.flow.creating != "" {
		w.r.State = t.flow.creating
	}
	if err := w.store(); err != nil {
		return nil, err
	}
	return q.launch(t, w.r, verb, status), nil
}

// launch begins the long part of a write and answers it.
func (q *request) launch(t *resourceType, r *resource, verb string, status int) *sandbox.Response {
	o := q.begin(t, r, verb)
	style := t.flow.create
	var answer *sandbox.Response
	switch style {
	case byStatus:
		answer = respond(http.StatusAccepted, map[string]any{})
	case byPlace:
		answer = respond(http.StatusAccepted, nil)
	default:
		answer = q.answer(t, r, status)
	}
	if style != byState {
		q.announce(answer.Header, o, style)
	} else {
		hurry(answer.Header, q.tx.Setting("azure/retry-after", t.flow.retry))
	}
	return answer
}

// answer shows the resource.
func (q *request) answer(t *resourceType, r *resource, status int) *sandbox.Response {
	answer := respond(status, q.render(r))
	if t.etagged {
		answer.Header.Set("Etag", etag(r))
	}
	return answer
}

// store puts the new state into the store, and what comes along with it.
func (w *write) store() error {
	w.save(w.r)
	if w.t.stored != nil {
		return w.t.stored(w)
	}
	return nil
}

// build turns a body into the resource that it describes.
func (q *request) build(t *resourceType, a address, body map[string]any, old *resource) (*write, error) {
	w := &write{request: q, t: t, body: body, old: old}
	name := a.names[len(a.names)-1]
	if t.names != nil && old == nil {
		if problem := t.names(name); problem != "" {
			return nil, w.fail(http.StatusBadRequest, "InvalidResourceName", "Resource name %s is invalid. The name %s.", name, problem)
		}
	}
	now := q.tx.Now()
	w.r = &resource{
		Meta: sandbox.Meta{ID: a.id(), Name: name}, Type: t.name,
		ETag: q.tx.UUID(), Created: now, Changed: now, Author: q.caller,
	}
	if len(a.names) > 1 {
		w.parent = q.get(a.above(len(a.names) - 1).id())
	}
	if old != nil {
		w.r.Meta, w.r.Path, w.r.Created, w.r.Author = old.Meta, old.Path, old.Created, old.Author
		w.r.Kept, _ = clone(old.Kept).(map[string]any)
	} else {
		w.r.Path = q.pathFor(t, a, w.parent)
	}
	if err := w.envelope(); err != nil {
		return nil, err
	}
	if err := w.shape(); err != nil {
		return nil, err
	}
	if t.put != nil {
		if err := t.put(w); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// pathFor is the id as answers spell it: names as given, the rest as Azure
// spells it.
func (q *request) pathFor(t *resourceType, a address, parent *resource) string {
	name := a.names[len(a.names)-1]
	switch {
	case parent != nil:
		return parent.Path + "/" + t.segment() + "/" + name
	case t.name == groupType:
		return "/subscriptions/" + strings.ToLower(a.subscription) + "/resourceGroups/" + name
	}
	above := ""
	if a.subscription != "" {
		above = "/subscriptions/" + strings.ToLower(a.subscription)
	}
	if a.group != "" {
		group := a.group
		if g := q.get(a.groupID()); g != nil {
			group = g.Name
		}
		if t.lowerGroups {
			above += "/resourcegroups/" + group
		} else {
			above += "/resourceGroups/" + group
		}
	}
	if a.hangs() {
		if on, there := q.scopePath(a.scope); there {
			above = on
		}
	}
	return above + "/providers/" + t.name + "/" + name
}

// plant makes a resource that no caller asked for by name: what a service makes
// on its own. The body is as a caller would have sent it.
func (q *request) plant(path string, body map[string]any) (*resource, error) {
	a, ok := parseAddress(path)
	t := q.api.types[a.key()]
	if !ok || t == nil {
		panic("azureapi: plant " + path)
	}
	copied, _ := clone(body).(map[string]any)
	w, err := q.build(t, a, copied, q.get(a.id()))
	if err != nil {
		return nil, err
	}
	return w.r, w.store()
}

func isGUID(s string) bool { return guidForm.MatchString(s) }

var guidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
