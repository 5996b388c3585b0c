package generate

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Quote writes a text as an HCL string in which nothing is interpreted: a
// template in it stays text, and no quote or line ends it early.
func Quote(text string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(text)).Bytes())
}

// keywords are identifiers that would be read as something else where an
// object begins.
var keywords = []string{"for", "null", "true", "false"}

// bare is what needs no quotes as a key. HCL takes more, and passes over a
// byte-order mark.
var bare = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// Key writes the key of an object: bare where it can be.
func Key(text string) string {
	if bare.MatchString(text) && !slices.Contains(keywords, text) {
		return text
	}
	return Quote(text)
}

// Comment writes a text as comment lines, whatever is in it.
func Comment(text string) string {
	var out strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		out.WriteString(strings.TrimRight("# "+oneLine(line), " ") + "\n")
	}
	return out.String()
}

// expression is a piece of HCL that is written as it is.
type expression string

// literals writes values of the vocabulary as HCL. instead gives expressions
// for attribute paths, such as var.cidr for network.cidr.
type literals struct {
	instead map[string]expression
}

// short is how long an object may be that stands on one line.
const short = 96

// body writes the attributes of a struct, one a line; comments introduce those
// that have attributes of their own.
func (l literals) body(v reflect.Value, path string) string {
	var out strings.Builder
	for _, f := range fieldsOf(v.Type()) {
		text := l.attribute(v.FieldByIndex(f.index), f, join(path, f.name))
		if text == "" {
			continue
		}
		if strings.Contains(text, "\n") {
			out.WriteString("\n" + Comment(f.doc))
		}
		out.WriteString(f.name + " = " + text + "\n")
	}
	return out.String()
}

// attribute is the value of a field, or "" where it is left to its default.
func (l literals) attribute(v reflect.Value, f field, path string) string {
	if text, ok := l.instead[path]; ok {
		return string(text)
	}
	if !f.required && empty(v) {
		return ""
	}
	return l.value(v, path)
}

// empty is what a specification leaves out: the zero value, but no object
// that was asked for with all defaults.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	default:
		return v.IsZero()
	}
}

func (l literals) value(v reflect.Value, path string) string {
	switch v.Kind() {
	case reflect.Pointer:
		return l.value(v.Elem(), path)
	case reflect.String:
		return Quote(v.String())
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case reflect.Slice:
		var items []string
		for i := range v.Len() {
			items = append(items, l.value(v.Index(i), path))
		}
		return enclosed("[", items, ",", "]")
	case reflect.Map:
		var items []string
		keys := make([]string, 0, v.Len())
		for _, key := range v.MapKeys() {
			keys = append(keys, key.String())
		}
		slices.Sort(keys)
		for _, key := range keys {
			items = append(items, Key(key)+" = "+l.value(v.MapIndex(reflect.ValueOf(key)), path+"["+strconv.Quote(key)+"]"))
		}
		return object(items)
	default:
		var items []string
		for _, f := range fieldsOf(v.Type()) {
			if text := l.attribute(v.FieldByIndex(f.index), f, join(path, f.name)); text != "" {
				items = append(items, f.name+" = "+text)
			}
		}
		return object(items)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// object is an object on one line where that reads well.
func object(items []string) string {
	if len(items) == 0 {
		return "{}"
	}
	text := "{ " + strings.Join(items, ", ") + " }"
	if len(text) <= short && !strings.Contains(text, "\n") {
		return text
	}
	return "{\n" + strings.Join(items, "\n") + "\n}"
}

// enclosed is a list on one line where that reads well.
func enclosed(open string, items []string, separator, end string) string {
	text := open + strings.Join(items, separator+" ") + end
	if len(text) <= short && !strings.Contains(text, "\n") {
		return text
	}
	return open + "\n" + strings.Join(items, separator+"\n") + separator + "\n" + end
}
