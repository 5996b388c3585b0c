package provider

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// Functions are pure: Terraform compares what they return in the plan with
// what they return at apply, so none of them may read a ledger or a cloud.

// prefixesOf parses an argument that is a list of ranges; every range that is
// none is named, at its index.
func prefixesOf(position int64, texts []string) ([]netip.Prefix, *function.FuncError) {
	prefixes, problems := cidr.ParseListAt("", texts)
	return prefixes, refusal(position, problems)
}

// prefixOf parses an argument that is one range.
func prefixOf(position int64, text string) (netip.Prefix, *function.FuncError) {
	prefix, err := cidr.Parse(text)
	if err != nil {
		return prefix, function.NewArgumentFuncError(position, err.Error()+".")
	}
	return prefix, nil
}

// refusal turns the errors among problems into one error of an argument, nil
// where there are none. A function can't warn: warnings are for resources.
func refusal(position int64, problems []cidr.Problem) *function.FuncError {
	var said []string
	for _, p := range problems {
		if p.Severity != cidr.Error {
			continue
		}
		text := p.Summary + ". " + p.Detail
		if p.Path != "" {
			text = p.Path + ": " + text
		}
		said = append(said, text)
	}
	if len(said) == 0 {
		return nil
	}
	return function.NewArgumentFuncError(position, strings.Join(said, "\n"))
}

// argument fills target, a pointer to a struct of the vocabulary, from an
// argument of any type: Terraform's objects in functions have no optional
// attributes, so that a specification comes as a dynamic value. What has no
// place in target and what is missing is refused, all at once.
func argument(ctx context.Context, position int64, value types.Dynamic, target any) *function.FuncError {
	v, err := value.ToTerraformValue(ctx)
	if err != nil {
		return function.NewArgumentFuncError(position, err.Error())
	}
	expected := reflect.TypeOf(target).Elem()
	if wrong := misfits(v, expected, ""); len(wrong) > 0 {
		return function.NewArgumentFuncError(position, strings.Join(wrong, "\n"))
	}
	if _, err := decode(v, target); err != nil {
		return function.NewArgumentFuncError(position, err.Error())
	}
	return nil
}

// misfits says where a value is not of the form of a type of the vocabulary.
func misfits(v tftypes.Value, t reflect.Type, path string) []string {
	t = deref(t)
	where := path
	if where == "" {
		where = "the specification"
	}
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		var elements map[string]tftypes.Value
		if v.As(&elements) != nil {
			return []string{fmt.Sprintf("%s must be an object, not %s.", where, kindOf(v))}
		}
		if t.Kind() == reflect.Map {
			var wrong []string
			for _, key := range sortedKeys(elements) {
				if elements[key].IsNull() {
					wrong = append(wrong, fmt.Sprintf("%s[%q] is null.", path, key))
				}
				wrong = append(wrong, misfits(elements[key], t.Elem(), fmt.Sprintf("%s[%q]", path, key))...)
			}
			return wrong
		}
		return misfitsOfStruct(elements, t, path, where)
	case reflect.Slice:
		var elements []tftypes.Value
		if v.As(&elements) != nil {
			return []string{fmt.Sprintf("%s must be a list, not %s.", where, kindOf(v))}
		}
		var wrong []string
		for i, element := range elements {
			wrong = append(wrong, misfits(element, t.Elem(), fmt.Sprintf("%s[%d]", path, i))...)
		}
		return wrong
	default:
		if want := wireType(t); !v.Type().Is(want) {
			return []string{fmt.Sprintf("%s must be a %s, not %s.", where, typeWord(want), kindOf(v))}
		}
		return nil
	}
}

func misfitsOfStruct(elements map[string]tftypes.Value, t reflect.Type, path, where string) []string {
	prefix := ""
	if path != "" {
		prefix = path + "."
	}
	known := map[string]bool{}
	var names, wrong []string
	for _, f := range fieldsOf(t) {
		known[f.name] = true
		names = append(names, f.name)
		element, given := elements[f.name]
		switch {
		case given && !element.IsNull():
			wrong = append(wrong, misfits(element, f.typ, prefix+f.name)...)
		case !f.omits:
			wrong = append(wrong, fmt.Sprintf("%s%s must be set.", prefix, f.name))
		}
	}
	for _, name := range sortedKeys(elements) {
		if !known[name] {
			wrong = append(wrong, fmt.Sprintf("%s has no attribute %q; it has %s.", where, name, strings.Join(names, ", ")))
		}
	}
	return wrong
}

// kindOf names the type of a value as HCL authors do.
func kindOf(v tftypes.Value) string { return "a " + typeWord(v.Type()) }

func typeWord(t tftypes.Type) string {
	switch {
	case t == nil:
		return "value"
	case t.Is(tftypes.String):
		return "string"
	case t.Is(tftypes.Number):
		return "number"
	case t.Is(tftypes.Bool):
		return "bool"
	case t.Is(tftypes.List{}), t.Is(tftypes.Tuple{}), t.Is(tftypes.Set{}):
		return "list"
	default:
		return "map or object"
	}
}

// specMarkdown describes the attributes of a specification: there is no
// schema for a dynamic argument that Terraform could show.
func specMarkdown(t reflect.Type) string {
	var text strings.Builder
	for _, f := range fieldsOf(t) {
		need := "optional"
		if !f.omits {
			need = "required"
		}
		fmt.Fprintf(&text, "\n- `%s` (%s, %s): %s", f.name, typeText(f.typ), need, f.doc)
	}
	return text.String()
}

func typeText(t reflect.Type) string {
	switch t = deref(t); t.Kind() {
	case reflect.Map:
		return "map of " + typeText(t.Elem())
	case reflect.Slice:
		return "list of " + typeText(t.Elem())
	default:
		return typeWord(wireType(t))
	}
}

// objectReturn is the return type that a struct of the vocabulary makes.
func objectReturn(t reflect.Type) function.ObjectReturn {
	object := attrType(t).(types.ObjectType) //nolint:forcetypeassert // structs make objects.
	return function.ObjectReturn{AttributeTypes: object.AttrTypes}
}

// result is a value of the vocabulary as a framework value.
func result(ctx context.Context, v any) (attr.Value, *function.FuncError) {
	value, err := attrType(reflect.TypeOf(v)).ValueFromTerraform(ctx, encode(v))
	if err != nil {
		return nil, function.NewFuncError(err.Error())
	}
	return value, nil
}
