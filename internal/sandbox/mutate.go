package sandbox

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// mutate returns raw with the field at path set to value. Every step but the
// last must exist: a misspelt field would otherwise be a drift that no test
// ever sees.
func mutate(raw []byte, path []string, value string) ([]byte, error) {
	var document any
	if err := json.Unmarshal(raw, &document); err != nil {
		return nil, err
	}
	var decoded any
	if err := json.Unmarshal([]byte(value), &decoded); err != nil {
		decoded = value
	}
	changed, err := replace(document, path, decoded)
	if err != nil {
		return nil, err
	}
	return json.Marshal(changed)
}

func replace(at any, path []string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	switch node := at.(type) {
	case map[string]any:
		child, ok := node[path[0]]
		if !ok && len(path) > 1 {
			return nil, fmt.Errorf("there is no field %q", path[0])
		}
		if value == nil && len(path) == 1 {
			delete(node, path[0])
			return node, nil
		}
		changed, err := replace(child, path[1:], value)
		node[path[0]] = changed
		return node, err
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(node) {
			return nil, fmt.Errorf("there is no element %q in a list of %d", path[0], len(node))
		}
		if value == nil && len(path) == 1 {
			return append(node[:i:i], node[i+1:]...), nil
		}
		changed, err := replace(node[i], path[1:], value)
		node[i] = changed
		return node, err
	default:
		return nil, fmt.Errorf("%q is inside a plain value", path[0])
	}
}
