package generate

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// field is one attribute of the vocabulary. The types of package blueprint
// say what there is; the provider derives its schema from the same tags.
type field struct {
	name     string
	doc      string
	index    []int
	typ      reflect.Type
	required bool
}

// fieldsOf lists the attributes of a struct type in declaration order.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields = append(fields, field{
			name: name, doc: f.Tag.Get("doc"), index: f.Index, typ: f.Type, required: !strings.Contains(options, "omitempty"),
		})
	}
	return fields
}

func fieldNamed(fields []field, name string) (field, bool) {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return fields[i], true
}

func fieldNames(fields []field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// suggest names what may have been meant, or everything that there is.
func suggest(name string, there []string) string {
	best, distance := "", 1+max(2, len(name)/3)
	for _, candidate := range there {
		if d := levenshtein.Distance(name, candidate, nil); d < distance {
			best, distance = candidate, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("Did you mean %q?", best)
	case len(there) == 0:
		return "There are none."
	}
	return "There is " + strings.Join(there, ", ") + "."
}
