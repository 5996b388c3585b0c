package azurecloud

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// at is the value at a path, nil where there is none. Azure's members have no
// case.
func at(d any, path ...string) any {
	for _, step := range path {
		object, ok := d.(map[string]any)
		if !ok {
			return nil
		}
		if d = object[step]; d == nil {
			for name, value := range object {
				if strings.EqualFold(name, step) {
					d = value
				}
			}
		}
	}
	return d
}

// text is the text at a path, "" where there is none.
func text(d any, path ...string) string {
	value, _ := at(d, path...).(string)
	return value
}

// flag is the truth at a path, false where there is none.
func flag(d any, path ...string) bool {
	value, _ := at(d, path...).(bool)
	return value
}

// number is the number at a path, 0 where there is none.
func number(d any, path ...string) int {
	value, _ := at(d, path...).(float64)
	return int(value)
}

// texts are the texts of the list at a path.
func texts(d any, path ...string) []string {
	list, _ := at(d, path...).([]any)
	var found []string
	for _, entry := range list {
		if value, ok := entry.(string); ok {
			found = append(found, value)
		}
	}
	return found
}

// entries are the objects of the list at a path.
func entries(d any, path ...string) []document {
	list, _ := at(d, path...).([]any)
	var found []document
	for _, entry := range list {
		if value, ok := entry.(map[string]any); ok {
			found = append(found, value)
		}
	}
	return found
}

// absent says of a member of a thing that it must not be there: nothing is put
// over what was read, and what is there is drift.
var absent any = absentMember{}

type absentMember struct{}

func isAbsent(value any) bool {
	_, yes := value.(absentMember)
	return yes
}

// explicit are the flags that mean something else when they are left out.
var explicit = map[string]bool{"defaultOutboundAccess": true}

// differences lists the members of want that have says otherwise, by path. What
// want doesn't name, or names as nil, isn't looked at; false, 0, "", and empty lists and objects
// are the same as nothing, because Azure leaves them out as it likes. Lists are
// compared without order. Text is compared without case: Azure answers in its
// own spelling.
func differences(path string, want, have any) []string {
	if want == nil {
		return nil // not kready's; see merged
	}
	if isAbsent(want) {
		if empty(have) {
			return nil
		}
		return []string{path + " is " + shown(have)}
	}
	if object, ok := want.(map[string]any); ok {
		if len(object) == 0 && have == nil && path != "" {
			return []string{path + " is not set"} // a key without a value is still a key
		}
		var found []string
		for _, name := range slices.Sorted(maps.Keys(object)) {
			found = append(found, differences(strings.TrimPrefix(path+"."+name, "."), object[name], at(have, name))...)
		}
		return found
	}
	if same(want, have) && (have != nil || !explicit[path[strings.LastIndex(path, ".")+1:]]) {
		return nil
	}
	return []string{path + " is " + shown(have)}
}

// same compares all of want with have, in the manner of differences.
func same(want, have any) bool {
	if empty(want) {
		return empty(have)
	}
	switch want := want.(type) {
	case map[string]any:
		return len(differences("", want, have)) == 0
	case []any:
		list, ok := have.([]any)
		if !ok || len(list) != len(want) {
			return false
		}
		rest := slices.Clone(list)
		for _, entry := range want {
			i := slices.IndexFunc(rest, func(other any) bool { return same(entry, other) })
			if i < 0 {
				return false
			}
			rest = slices.Delete(rest, i, i+1)
		}
		return true
	case string:
		other, ok := have.(string)
		return ok && strings.EqualFold(want, other)
	}
	return want == have
}

func empty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case bool:
		return !value
	case string:
		return value == ""
	case float64:
		return value == 0
	case []any:
		return len(value) == 0
	case map[string]any:
		for _, inner := range value {
			if !empty(inner) {
				return false
			}
		}
		return true
	}
	return false
}

// shown is a value for a person, and not a long one.
func shown(value any) string {
	if empty(value) {
		return "not set"
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	const most = 120
	if len(raw) > most {
		return string(raw[:most]) + "…"
	}
	return string(raw)
}

// merged is base with the members of over put over it, deep; lists are replaced
// whole. Neither is changed. A nil member of over takes the one of base away: so
// a thing says which members of what was read are not to be written back.
func merged(base, over document) document {
	result := maps.Clone(base)
	if result == nil {
		result = document{}
	}
	for name, value := range over {
		key := name
		for have := range result {
			if strings.EqualFold(have, name) {
				key = have
			}
		}
		below, isObject := value.(map[string]any)
		above, wasObject := result[key].(map[string]any)
		switch {
		case value == nil || isAbsent(value):
			delete(result, key)
		case isObject && wasObject:
			result[key] = merged(above, below)
		case isObject:
			result[key] = merged(nil, below)
		default:
			result[key] = value
		}
	}
	return result
}

// with sets a member of a body's properties, also to nil or absent, and returns
// the body.
func with(d document, member string, value any) document {
	properties, ok := d["properties"].(map[string]any)
	if !ok {
		properties = document{}
		d["properties"] = properties
	}
	properties[member] = value
	return d
}

// respelled is an observed section with ids in the spelling of the known one:
// ids have no case, people paste them in any, and Azure answers in its own.
func respelled[D any](observed, known D) D {
	raw, err := json.Marshal(respell(body(observed), body(known)))
	if err != nil {
		return observed
	}
	var result D
	if err := json.Unmarshal(raw, &result); err != nil {
		return observed
	}
	return result
}

func respell(value, known any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			value[name] = respell(inner, at(known, name))
		}
	case []any:
		list, _ := known.([]any)
		for i, inner := range value {
			for _, other := range list {
				if again := respell(inner, other); !reflect.DeepEqual(again, inner) {
					value[i] = again
				}
			}
		}
	case string:
		if other, ok := known.(string); ok && strings.HasPrefix(other, "/") && strings.EqualFold(value, other) {
			return other
		}
	}
	return value
}
