package azureapi

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
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
func (w *write) fail(status int, code, format string, arguments ...any) error {
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
	if old.Tags, err = q.tags(t, body["tags"], old.Tags); err != nil {
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

// envelope reads what stands beside the properties.
func (w *write) envelope() error {
	t := w.t
	for given := range w.body {
		known := []string{"id", "name", "type", "etag", "systemData", "properties"}
		if t.etagName != "" {
			known = append(known, t.etagName)
		}
		for member, has := range map[string]bool{
			"location": t.tracked, "tags": t.tracked || t.tagged, "sku": t.sku != nil,
			"identity": t.identity != nil, "zones": t.zoned, "kind": t.kinds != nil,
		} {
			if has {
				known = append(known, member)
			}
		}
		for member := range t.flat {
			known = append(known, member)
		}
		if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, given) }) {
			return w.malformed(t, misfit{path: given, problem: "is not a member of this object", unknown: true})
		}
	}
	var err error
	if t.tracked {
		if err = w.place(); err != nil {
			return err
		}
	}
	if t.tracked || t.tagged {
		if w.r.Tags, err = w.tags(t, w.body["tags"], nil); err != nil {
			return err
		}
	}
	if t.kinds != nil {
		w.r.Kind = t.kinds[0]
		if given := textAt(w.body, "kind"); given != "" {
			i := slices.IndexFunc(t.kinds, func(k string) bool { return strings.EqualFold(k, given) })
			if i < 0 {
				return w.malformed(t, misfit{path: "kind", problem: "must be one of " + strings.Join(t.kinds, ", ")})
			}
			w.r.Kind = t.kinds[i]
		}
	}
	if t.zoned {
		if w.r.Zones, err = w.zones(); err != nil {
			return err
		}
	}
	return w.identities()
}

// place reads the location.
func (w *write) place() error {
	given := locationName(textAt(w.body, "location"))
	switch {
	case given == "" && w.old == nil:
		return w.fail(http.StatusBadRequest, "LocationRequired", "The location property is required for this definition.")
	case given == "":
		given = w.old.Location
	case w.old != nil && given != w.old.Location:
		return w.fail(http.StatusConflict, "InvalidResourceLocation",
			"The resource '%s' already exists in location '%s'. A resource with the same name cannot be created in location '%s'. Please select a new resource name.",
			w.r.Name, w.old.Location, given)
	case given != "global" && locations[given].display == "":
		return refuse(http.StatusBadRequest, "LocationNotAvailableForResourceType",
			"The provided location '%s' is not available for resource type '%s'. List of available regions for the resource type is '%s'.",
			given, w.t.name, strings.Join(locationNames(), ","))
	}
	w.r.Location = given
	return nil
}

func (w *write) zones() ([]any, error) {
	given, ok := at(w.body, "zones").([]any)
	if !ok || len(given) == 0 {
		return nil, nil
	}
	for _, z := range given {
		name, _ := z.(string)
		if !slices.Contains(locations[w.r.Location].zones(), name) {
			return nil, refuse(http.StatusBadRequest, "AvailabilityZoneNotSupported",
				"The zone(s) '%v' for resource '%s' is not supported. The supported zones for location '%s' are '%s'",
				z, w.t.name+"/"+w.r.Name, w.r.Location, strings.Join(locations[w.r.Location].zones(), ","))
		}
	}
	if w.old != nil && !same(w.old.Zones, given) {
		return nil, w.fail(http.StatusBadRequest, "ResourceAvailabilityZonesCannotBeModified",
			"Resource %s has an existing availability zone constraint and the request has another one, which do not match. Zones cannot be added, updated or removed once the resource is created.", w.r.Path)
	}
	out, _ := clone(given).([]any)
	return out, nil
}

// shape reads sku and properties.
func (w *write) shape() error {
	read := reading{q: w.request}
	var before, beforeSKU map[string]any
	if w.old != nil {
		before, beforeSKU = w.old.Properties, w.old.SKU
	}
	properties, isObject := w.body["properties"].(map[string]any)
	if !isObject && w.body["properties"] != nil {
		read.wrong(misfit{path: "properties", problem: "is not an object"})
	}
	w.r.Properties = read.object(w.t.properties, "", properties, before)
	if w.t.flat != nil {
		flat := map[string]any{}
		for name, v := range w.body {
			if _, m := w.t.flat.find(name); m != nil {
				flat[name] = v
			}
		}
		kept, _ := before["flat"].(map[string]any)
		w.r.Properties["flat"] = read.object(w.t.flat, "", flat, kept)
	}
	if w.t.sku != nil {
		given, _ := w.body["sku"].(map[string]any)
		if given == nil && beforeSKU != nil {
			w.r.SKU, _ = clone(beforeSKU).(map[string]any)
		} else {
			w.r.SKU = read.object(w.t.sku, "sku.", given, beforeSKU)
		}
	}
	if read.misfit != nil {
		return w.malformed(w.t, *read.misfit)
	}
	return nil
}

// malformed is a misfit in the words of the type's resource provider.
func (q *request) malformed(t *resourceType, m misfit) error {
	if m.refused != nil {
		m.refused.bare = t.bare
		return m.refused
	}
	code := t.badInput
	switch {
	case m.fixed:
		code = "PropertyChangeNotAllowed"
	case code != "":
	case m.absent:
		code = "MissingJsonReferenceProperty"
	default:
		code = "InvalidRequestFormat"
	}
	refusal := refuse(http.StatusBadRequest, code, "The value of parameter %s is invalid: %s %s.", m.path, m.path, m.problem)
	if m.unknown {
		refusal.message = "Could not find member '" + m.path + "' on object of type '" + t.name + "': it " + m.problem + ", or this sandbox does not model it."
	}
	if m.fixed {
		refusal.message = "Changing property '" + m.path + "' is not allowed."
	}
	refusal.target, refusal.bare = m.path, t.bare
	return refusal
}

// decode reads the request's body.
func (q *request) decode() (map[string]any, error) {
	var body map[string]any
	if err := json.Unmarshal(q.call.Body, &body); err != nil || body == nil {
		return nil, refuse(http.StatusBadRequest, "InvalidRequestContent", "The request content was invalid and could not be deserialized.")
	}
	return body, nil
}

var badTagName = regexp.MustCompile(`[<>%&\\?/\x00-\x1f]`)

// tags reads tags; names are compared without regard to case.
func (q *request) tags(t *resourceType, given any, _ map[string]string) (map[string]string, error) {
	if given == nil {
		return nil, nil
	}
	object, ok := given.(map[string]any)
	if !ok {
		return nil, q.malformed(t, misfit{path: "tags", problem: "is not an object"})
	}
	if len(object) > 50 {
		return nil, refuse(http.StatusBadRequest, "TagsLimitExceeded", "The number of tags '%d' exceeds the limit of 50.", len(object))
	}
	out, lower := map[string]string{}, map[string]bool{}
	for name, v := range object {
		value, isText := v.(string)
		switch {
		case v == nil:
			continue
		case !isText || len(value) > 256:
			return nil, refuse(http.StatusBadRequest, "InvalidTag", "The value of tag '%s' is not a text of at most 256 characters.", name)
		case name == "" || len(name) > 512 || badTagName.MatchString(name):
			return nil, refuse(http.StatusBadRequest, "InvalidTagNameCharacters",
				`The tag name '%s' has reserved characters '<,>,%%,&,\,?,/' or control characters, or is not of 1 to 512 characters.`, name)
		case lower[strings.ToLower(name)]:
			return nil, refuse(http.StatusBadRequest, "InvalidTag", "The tag name '%s' is given more than once.", name)
		}
		out[name], lower[strings.ToLower(name)] = value, true
	}
	return out, nil
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

func isGUID(s string) bool { return guidForm.MatchString(s) }

var guidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
