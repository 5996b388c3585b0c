package azureapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// read answers a GET of one resource, which is also a poll of what is under
// way on it: some clients look only at provisioningState.
func (q *request) read(t *resourceType) (*sandbox.Response, error) {
	r := q.get(q.address.id())
	if r != nil {
		q.advance(r)
		r = q.get(q.address.id())
		q.call.Keep = true // also where this look was the end of a deletion
	}
	if r == nil {
		return nil, q.missing(t, q.address)
	}
	return q.answer(t, r, http.StatusOK), nil
}

// probe answers a HEAD.
func (q *request) probe() (*sandbox.Response, error) {
	if q.get(q.address.id()) == nil {
		return respond(http.StatusNotFound, nil), nil
	}
	return respond(http.StatusNoContent, nil), nil
}

// render is a resource as answers show it.
func (q *request) render(r *resource) map[string]any {
	t := q.typeOf(r.Type)
	properties, _ := clone(r.Properties).(map[string]any)
	if properties == nil {
		properties = map[string]any{}
	}
	out := map[string]any{"id": r.Path, "name": r.Name, "type": t.name, "properties": properties}
	if t.shown != "" {
		out["type"] = t.shown
	}
	if flat, ok := properties["flat"].(map[string]any); ok {
		delete(properties, "flat")
		for name, v := range flat {
			out[name] = v
		}
	}
	if t.tracked {
		out["location"] = r.Location
	}
	if (t.tracked || t.tagged) && r.Tags != nil {
		out["tags"] = r.Tags
	}
	for name, v := range map[string]map[string]any{"sku": r.SKU, "identity": r.Identity} {
		if v != nil {
			out[name] = clone(v)
		}
	}
	if r.Kind != "" {
		out["kind"] = r.Kind
	}
	if r.Zones != nil {
		out["zones"] = clone(r.Zones)
	}
	if t.etagged && t.etagName == "" {
		out["etag"] = etag(r)
	} else if t.etagName != "" {
		out[t.etagName] = r.ETag
	}
	if _, stateful := t.properties["provisioningState"]; stateful {
		properties["provisioningState"] = r.State
		if r.State == "" {
			properties["provisioningState"] = "Succeeded"
		}
	}
	if t.show != nil {
		t.show(q, r, out)
	}
	return out
}

// systemData says who made a resource and when.
func systemData(r *resource) map[string]any {
	return map[string]any{
		"createdBy": r.Author, "createdByType": "Application", "createdAt": r.Created.Format(time.RFC3339Nano),
		"lastModifiedBy": r.Author, "lastModifiedByType": "Application", "lastModifiedAt": r.Changed.Format(time.RFC3339Nano),
	}
}

// listResources answers a GET of a collection.
func (q *request) listResources(t *resourceType) (*sandbox.Response, error) {
	if t.namespace() != resourcesNamespace {
		if err := q.groupThere(); err != nil {
			return nil, err
		}
	}
	a := q.address
	if len(a.types) > 1 {
		parent := q.get(a.above(len(a.names)).id())
		if parent == nil {
			return nil, q.missing(t, a)
		}
		return q.page(q.rendered(t, q.children(parent.ID, t.name)))
	}
	if t.anywhere {
		return q.page(q.rendered(t, q.hanging(t, a.scope)))
	}
	prefix := a.scope
	if t.name == groupType {
		prefix = strings.ToLower("/subscriptions/" + a.subscription)
	}
	if prefix == "/" {
		return nil, q.unknownType()
	}
	return q.page(q.rendered(t, t.table.Where(q.tx, "", func(r *resource) bool {
		return strings.HasPrefix(r.ID, prefix+"/")
	})))
}

// hanging returns the extension resources of a type that are on a scope or
// below it; above it as well, when they are inherited.
func (q *request) hanging(t *resourceType, scope string) []*resource {
	if scope == "/" {
		scope = ""
	}
	only := strings.Contains(strings.ToLower(q.query.Get("$filter")), "atscope()")
	return t.table.Where(q.tx, "", func(r *resource) bool {
		on := scopeOf(r.ID)
		return on == scope || strings.HasPrefix(scope, on+"/") || !only && strings.HasPrefix(on, scope+"/")
	})
}

// scopeOf is what an extension resource hangs on.
func scopeOf(id string) string { return id[:strings.LastIndex(id, "/providers/")] }

func (q *request) rendered(t *resourceType, found []*resource) []any {
	out := []any{}
	for _, r := range found {
		if t.list == nil || t.list(q, r) {
			out = append(out, q.render(r))
		}
	}
	return out
}

// page answers a list, in pages with nextLink when it is long.
func (q *request) page(values []any) (*sandbox.Response, error) {
	size := q.tx.SettingInt("azure/page", 50)
	if top, err := strconv.Atoi(q.query.Get("$top")); err == nil && top > 0 {
		size = min(size, top)
	}
	start := 0
	if token := q.query.Get("$skiptoken"); token != "" {
		n, err := strconv.Atoi(token)
		if err != nil || n < 0 || n > len(values) {
			return nil, refuse(http.StatusBadRequest, "InvalidSkipToken", "The skip token '%s' is not one that this list gave out.", token)
		}
		start = n
	}
	body := map[string]any{}
	stop := len(values)
	if size > 0 && start+size < stop {
		stop = start + size
		next := url.Values{"api-version": {q.version}, "$skiptoken": {strconv.Itoa(stop)}}
		for _, name := range []string{"$filter", "$top"} {
			if v := q.query.Get(name); v != "" {
				next.Set(name, v)
			}
		}
		body["nextLink"] = q.origin() + q.call.Request.URL.EscapedPath() + "?" + next.Encode()
	}
	body["value"] = values[start:stop]
	return respond(http.StatusOK, body), nil
}

// everything answers the lists of all resources of a subscription or group,
// with the filters that ARM knows: one tag, or one type.
func everything(q *request) (*sandbox.Response, error) {
	if err := q.groupThere(); err != nil {
		return nil, err
	}
	keep, err := filter(q.query.Get("$filter"))
	if err != nil {
		return nil, err
	}
	prefix := strings.ToLower("/subscriptions/" + q.address.subscription)
	if q.address.group != "" {
		prefix = q.address.groupID()
	}
	out := []any{}
	for _, t := range q.api.ordered {
		if !t.tracked || t.name == groupType || strings.Count(t.name, "/") > 1 {
			continue
		}
		for _, r := range q.all(t.name) {
			if !strings.HasPrefix(r.ID, prefix+"/") || !keep(r) {
				continue
			}
			whole := q.render(r)
			for name := range whole {
				if !slices.Contains([]string{"id", "name", "type", "location", "tags", "sku", "kind", "identity", "zones"}, name) {
					delete(whole, name)
				}
			}
			out = append(out, whole)
		}
	}
	return q.page(out)
}

// filter reads the two filters of resource lists that ARM allows: tagName and
// tagValue together, or resourceType.
func filter(text string) (func(*resource) bool, error) {
	if text == "" {
		return func(*resource) bool { return true }, nil
	}
	wanted := map[string]string{}
	for _, part := range splitFold(text, " and ") {
		name, value, ok := cutFold(part, " eq ")
		value, quoted := strings.CutPrefix(strings.TrimSpace(value), "'")
		value, closed := strings.CutSuffix(value, "'")
		if !ok || !quoted || !closed {
			return nil, badFilter(text)
		}
		wanted[strings.ToLower(strings.TrimSpace(name))] = strings.ReplaceAll(value, "''", "'")
	}
	for name := range wanted {
		if !slices.Contains([]string{"tagname", "tagvalue", "resourcetype", "name", "location", "resourcegroup"}, name) {
			return nil, badFilter(text)
		}
	}
	_, byTag := wanted["tagname"]
	if byTag && len(wanted) > 2 || byTag && len(wanted) == 2 && wanted["tagvalue"] == "" {
		return nil, refuse(http.StatusBadRequest, "InvalidFilterInQueryString", "Filtering by tag name and value can't be combined with other filters.")
	}
	return func(r *resource) bool {
		for name, value := range wanted {
			switch name {
			case "tagname":
				got, has := tagOf(r.Tags, value)
				want, asked := wanted["tagvalue"]
				if !has || asked && got != want {
					return false
				}
			case "resourcetype":
				if !strings.EqualFold(r.Type, value) {
					return false
				}
			case "name":
				if !strings.EqualFold(r.Name, value) {
					return false
				}
			case "location":
				if r.Location != locationName(value) {
					return false
				}
			case "resourcegroup":
				if !strings.HasSuffix(r.group(), "/"+strings.ToLower(value)) {
					return false
				}
			}
		}
		return true
	}, nil
}

func badFilter(text string) error {
	return refuse(http.StatusBadRequest, "InvalidFilterInQueryString", "Invalid $filter '%s' specified in the query string.", text)
}

func tagOf(tags map[string]string, name string) (string, bool) {
	for have, value := range tags {
		if strings.EqualFold(have, name) {
			return value, true
		}
	}
	return "", false
}

func cutFold(s, sep string) (before, after string, ok bool) {
	i := strings.Index(strings.ToLower(s), sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func splitFold(s, sep string) []string {
	var out []string
	for {
		before, after, ok := cutFold(s, sep)
		out = append(out, before)
		if !ok {
			return out
		}
		s = after
	}
}
