package azureapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// envelope reads what stands beside the properties.
func (w *write) envelope() error {
	t := w.t
	for _, given := range slices.Sorted(maps.Keys(w.body)) {
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
		if w.r.Tags, err = w.tags(t, w.body["tags"]); err != nil {
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
func (q *request) tags(t *resourceType, given any) (map[string]string, error) {
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
	for _, name := range slices.Sorted(maps.Keys(object)) {
		v := object[name]
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
