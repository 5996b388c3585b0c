package azureapi

import (
	"reflect"
	"strings"
)

// clone copies a JSON value. Numbers become float64 and lists []any, as
// encoding/json decodes them, so that literals in this package and decoded
// bodies compare equal.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, value := range v {
			out[name] = clone(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = clone(value)
		}
		return out
	case []string:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = value
		}
		return out
	case []map[string]any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = clone(value)
		}
		return out
	case int:
		return float64(v)
	default:
		return v
	}
}

// same compares two JSON values; texts without regard to case, as ids and
// enumerations are.
func same(a, b any) bool {
	x, textA := a.(string)
	y, textB := b.(string)
	if textA && textB {
		return strings.EqualFold(x, y)
	}
	return reflect.DeepEqual(clone(a), clone(b))
}

// at follows a path of members through JSON objects; nil when it ends early.
func at(v any, path ...string) any {
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func textAt(v any, path ...string) string { s, _ := at(v, path...).(string); return s }

func flagAt(v any, path ...string) bool { b, _ := at(v, path...).(bool); return b }

func numberAt(v any, path ...string) int { n, _ := at(v, path...).(float64); return int(n) }

func listAt(v any, path ...string) []any { l, _ := at(v, path...).([]any); return l }

func objectAt(v any, path ...string) map[string]any {
	m, _ := at(v, path...).(map[string]any)
	return m
}

// textsAt is the texts of a list.
func textsAt(v any, path ...string) []string {
	var out []string
	for _, element := range listAt(v, path...) {
		if s, ok := element.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// merge lays patch over base as PATCH does: objects member by member, anything
// else whole; null removes.
func merge(base, patch map[string]any) map[string]any {
	out, _ := clone(base).(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	for name, value := range patch {
		inner, isObject := value.(map[string]any)
		before, wasObject := out[name].(map[string]any)
		switch {
		case value == nil:
			delete(out, name)
		case isObject && wasObject:
			out[name] = merge(before, inner)
		default:
			out[name] = clone(value)
		}
	}
	return out
}
