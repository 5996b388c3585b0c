package blueprint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
)

// Digest is the SHA-256 of the design in canonical JSON, as "sha256:" and 64
// hexadecimal digits: equal designs have equal digests, whether an absent list
// is nil or empty. A design that waits for an input has the digest [Unknown].
func Digest(design Design) string {
	text, ok := canonical(design)
	if !ok || bytes.Contains(text, []byte(`\u0000unknown:`)) {
		return Unknown("digest")
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// canonical writes v as JSON with sorted keys, without nulls and empty lists.
// Empty objects and texts stay: a tier that is asked for with all defaults is
// an empty object. It is false for what JSON can't hold, such as NaN.
func canonical(v any) ([]byte, bool) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, false
	}
	text, err = json.Marshal(pruned(tree))
	return text, err == nil
}

// pruned returns value without nulls and empty lists in its objects.
func pruned(value any) any {
	switch value := value.(type) {
	case []any:
		for i := range value {
			value[i] = pruned(value[i])
		}
	case map[string]any:
		for key, child := range value {
			child = pruned(child)
			if list, ok := child.([]any); child == nil || ok && len(list) == 0 {
				delete(value, key)
				continue
			}
			value[key] = child
		}
	}
	return value
}

// sameSpec tells whether two specs say the same.
func sameSpec(a, b Spec) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	textA, okA := canonical(a)
	textB, okB := canonical(b)
	return okA && okB && bytes.Equal(textA, textB)
}
