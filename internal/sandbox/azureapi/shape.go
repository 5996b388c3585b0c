package azureapi

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// fields are the members that an object of a request may have, by their name
// in JSON.
type fields map[string]*member

type kind int

const (
	textKind kind = iota
	wholeKind
	flagKind
	objectKind
	listKind
	dictKind // text to text: tags, labels
	mapKind  // text to values of one kind
	anyKind  // kept as it is
)

// member says what one member of a body may be. Build one with the functions
// below; a member is shared by all requests and is never changed afterwards.
type member struct {
	kind      kind
	required  bool
	output    bool // set by the server only: dropped from what is written
	fixed     bool // cannot be changed once it is set
	sticky    bool // stays as it is when a body leaves it out
	verbatim  bool // an id is kept as the caller spelled it
	fallback  any
	values    []string // all that a text may be
	low, high int      // of a whole number
	fields    fields   // of an object
	of        *member  // of the elements of a list or map
	refers    []string // the text is the id of a resource of one of these types
	check     func(text string) (problem string)
}

func text() *member { return &member{kind: textKind} }

func oneOf(v ...string) *member { return &member{kind: textKind, values: v} }

func whole(low, high int) *member { return &member{kind: wholeKind, low: low, high: high} }

func flag() *member { return &member{kind: flagKind} }

func object(f fields) *member { return &member{kind: objectKind, fields: f} }

func list(of *member) *member { return &member{kind: listKind, of: of} }

func dict() *member { return &member{kind: dictKind} }

func mapOf(of *member) *member { return &member{kind: mapKind, of: of} }

func anything() *member { return &member{kind: anyKind} }

func output() *member { return &member{kind: anyKind, output: true} }

// id is a text that is the id of a resource of one of the types.
func id(types ...string) *member { return &member{kind: textKind, refers: types} }

// ref is an object whose id names a resource: {"id": "/subscriptions/…"}. ARM
// lets the whole resource be sent and looks at the id.
func ref(types ...string) *member {
	return object(fields{
		"id": id(types...).need(), "name": output(), "type": output(), "etag": output(), "location": output(),
		"properties": output(), "tags": output(), "sku": output(), "zones": output(), "resourceGroup": output(),
	})
}

// ip is a text that is one IPv4 or IPv6 address.
func ip() *member {
	return text().rule(func(s string) string {
		if _, err := netip.ParseAddr(s); err != nil {
			return "is not an IP address"
		}
		return ""
	})
}

// guid is a text in the form of a GUID.
func guid() *member {
	return text().rule(func(s string) string {
		if !isGUID(s) {
			return "is not a GUID"
		}
		return ""
	})
}

// timestamp is a text in RFC 3339.
func timestamp() *member {
	return text().rule(func(s string) string {
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return "is not a date and time"
		}
		return ""
	})
}

func (m *member) need() *member { m.required = true; return m }

func (m *member) or(v any) *member { m.fallback = v; return m }

func (m *member) stays() *member { m.sticky = true; return m }

func (m *member) asGiven() *member { m.verbatim = true; return m }

func (m *member) once() *member { m.fixed = true; return m }

func (m *member) rule(f func(string) string) *member { m.check = f; return m }

// misfit is what is wrong with a body.
type misfit struct {
	path    string
	problem string
	unknown bool // the member is not one that the type has
	absent  bool
	fixed   bool
	refused *armError // a reference that does not hold, in ARM's own words
}

// reading is one pass of a body through its shape.
type reading struct {
	q      *request
	misfit *misfit // the first found
}

func (r *reading) wrong(m misfit) any {
	if r.misfit == nil {
		r.misfit = &m
	}
	return nil
}

// object returns the members of body that are to be kept, with defaults.
// old is what is stored now, or nil.
func (r *reading) object(f fields, path string, body, old map[string]any) map[string]any {
	out := map[string]any{}
	for _, given := range slices.Sorted(maps.Keys(body)) {
		name, m := f.find(given)
		if m == nil {
			r.wrong(misfit{path: path + given, problem: "is not a member of this object", unknown: true})
			continue
		}
		if m.output || body[given] == nil {
			continue
		}
		out[name] = r.value(m, path+name, body[given], old[name])
	}
	for _, name := range slices.Sorted(maps.Keys(f)) { // in order, so that the first misfit is always the same
		m := f[name]
		_, given := out[name]
		before, had := old[name]
		switch {
		case m.output:
			if had {
				out[name] = before
			}
		case (m.fixed || m.sticky) && had && !given:
			out[name] = before
		case m.fixed && had && !same(before, out[name]):
			r.wrong(misfit{path: path + name, problem: "cannot be changed", fixed: true})
		case given:
		case m.required:
			r.wrong(misfit{path: path + name, problem: "is required", absent: true})
		case m.fallback != nil:
			out[name] = clone(m.fallback)
		}
	}
	return out
}

// find looks a member up. JSON names are matched exactly first, then without
// regard to case, as Azure's own deserialisers do.
func (f fields) find(given string) (string, *member) {
	if m := f[given]; m != nil {
		return given, m
	}
	for name, m := range f {
		if strings.EqualFold(name, given) {
			return name, m
		}
	}
	return "", nil
}

func (r *reading) value(m *member, path string, v, old any) any {
	switch m.kind {
	case textKind:
		return r.text(m, path, v)
	case wholeKind:
		n, ok := v.(float64)
		if !ok || n != math.Trunc(n) {
			return r.wrong(misfit{path: path, problem: "is not a whole number"})
		}
		if n < float64(m.low) || n > float64(m.high) {
			return r.wrong(misfit{path: path, problem: fmt.Sprintf("is %v; it must be from %d to %d", n, m.low, m.high)})
		}
		return n
	case flagKind:
		if _, ok := v.(bool); !ok {
			return r.wrong(misfit{path: path, problem: "is not true or false"})
		}
		return v
	case objectKind:
		given, ok := v.(map[string]any)
		if !ok {
			return r.wrong(misfit{path: path, problem: "is not an object"})
		}
		before, _ := old.(map[string]any)
		return r.object(m.fields, path+".", given, before)
	case listKind:
		return r.list(m, path, v, old)
	case dictKind:
		return r.dict(path, v)
	case mapKind:
		given, ok := v.(map[string]any)
		if !ok {
			return r.wrong(misfit{path: path, problem: "is not an object"})
		}
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if given[name] != nil {
				out[name] = r.value(m.of, path+"."+name, given[name], at(old, name))
			}
		}
		return out
	default:
		return clone(v)
	}
}

func (r *reading) text(m *member, path string, v any) any {
	s, ok := v.(string)
	if !ok {
		return r.wrong(misfit{path: path, problem: "is not a string"})
	}
	if m.required && s == "" {
		return r.wrong(misfit{path: path, problem: "is required", absent: true})
	}
	if len(m.values) > 0 {
		i := slices.IndexFunc(m.values, func(allowed string) bool { return strings.EqualFold(allowed, s) })
		if i < 0 {
			return r.wrong(misfit{path: path, problem: fmt.Sprintf("is %q; it must be one of %s", s, strings.Join(m.values, ", "))})
		}
		return m.values[i]
	}
	if m.check != nil && s != "" {
		if problem := m.check(s); problem != "" {
			return r.wrong(misfit{path: path, problem: problem})
		}
	}
	if len(m.refers) > 0 && s != "" {
		target, refused := r.q.referred(path, s, m.refers)
		if refused != nil {
			return r.wrong(misfit{path: path, refused: refused})
		}
		if m.verbatim {
			return s
		}
		return target
	}
	return s
}

// list keeps an element's stored output by its name, or its place when it has
// none.
func (r *reading) list(m *member, path string, v, old any) any {
	given, ok := v.([]any)
	if !ok {
		return r.wrong(misfit{path: path, problem: "is not a list"})
	}
	stored, _ := old.([]any)
	out := make([]any, 0, len(given))
	for i, element := range given {
		if element == nil {
			continue
		}
		out = append(out, r.value(m.of, fmt.Sprintf("%s[%d]", path, i), element, twin(element, i, stored)))
	}
	return out
}

func twin(element any, i int, stored []any) any {
	if name := textAt(element, "name"); name != "" {
		for _, s := range stored {
			if strings.EqualFold(textAt(s, "name"), name) {
				return s
			}
		}
		return nil
	}
	if i < len(stored) && textAt(stored[i], "name") == "" {
		return stored[i]
	}
	return nil
}

func (r *reading) dict(path string, v any) any {
	given, ok := v.(map[string]any)
	if !ok {
		return r.wrong(misfit{path: path, problem: "is not an object"})
	}
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		switch s := given[name].(type) {
		case string:
			out[name] = s
		case nil:
		default:
			return r.wrong(misfit{path: path + "." + name, problem: "is not a string"})
		}
	}
	return out
}
