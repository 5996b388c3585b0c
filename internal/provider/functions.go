package provider

import (
	"context"
	"fmt"
	"math/big"
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

// prefixesOf parses an argument that is a list of ranges; everything in it that
// is none is named, at its index.
func prefixesOf(position int64, texts []*string) ([]netip.Prefix, *function.FuncError) {
	prefixes := make([]netip.Prefix, 0, len(texts))
	var problems []cidr.Problem
	for i, text := range texts {
		at := fmt.Sprintf("[%d]", i)
		if text == nil {
			problems = append(problems, cidr.Problem{Path: at, Summary: "null is not a range", Detail: "Leave it out, such as with compact()."})
			continue
		}
		prefix, found := cidr.ParseAt(at, *text)
		prefixes, problems = append(prefixes, prefix), append(problems, found...)
	}
	return prefixes, refusal(position, problems)
}

// prefixOf parses an argument that is one range.
func prefixOf(position int64, text string) (netip.Prefix, *function.FuncError) {
	prefix, err := cidr.Parse(text)
	if err != nil {
		return prefix, argumentError(position, err.Error())
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
	return argumentError(position, said...)
}

// argumentError is what is wrong with an argument. Terraform ends it with a
// full stop of its own.
func argumentError(position int64, said ...string) *function.FuncError {
	return function.NewArgumentFuncError(position, strings.TrimSuffix(strings.Join(said, "\n"), "."))
}

// argument fills target, a pointer to a struct of the vocabulary, from an
// argument of any type: Terraform's objects in functions have no optional
// attributes, so that a specification comes as a dynamic value. What has no
// place in target and what is missing is refused, all at once.
func argument(ctx context.Context, position int64, value types.Dynamic, target any) *function.FuncError {
	v, err := value.ToTerraformValue(ctx)
	if err != nil {
		return argumentError(position, err.Error())
	}
	expected := reflect.TypeOf(target).Elem()
	var wrong []string
	for _, m := range misfits(v, expected, "") {
		wrong = append(wrong, m.text)
	}
	if len(wrong) > 0 {
		return argumentError(position, wrong...)
	}
	if _, err := decode(v, target); err != nil {
		return argumentError(position, err.Error())
	}
	return nil
}

// misfit is one place where a value is not of the form that it should be.
type misfit struct{ at, text string }

func unfit(at, text string, args ...any) []misfit {
	return []misfit{{at, fmt.Sprintf(text, args...)}}
}

// misfits says where a value is not of the form of a type of the vocabulary.
func misfits(v tftypes.Value, t reflect.Type, at string) []misfit {
	t = deref(t)
	where := at
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
			return unfit(at, "%s must be an object, not %s.", where, kindOf(v))
		}
		if t.Kind() == reflect.Struct {
			return misfitsOfStruct(elements, t, at, where)
		}
		var wrong []misfit
		for _, key := range sortedKeys(elements) {
			inner := fmt.Sprintf("%s[%q]", at, key)
			if elements[key].IsNull() {
				wrong = append(wrong, misfit{inner, inner + " is null."})
			}
			wrong = append(wrong, misfits(elements[key], t.Elem(), inner)...)
		}
		return wrong
	case reflect.Slice:
		var elements []tftypes.Value
		if v.As(&elements) != nil {
			return unfit(at, "%s must be a list, not %s.", where, kindOf(v))
		}
		var wrong []misfit
		for i, element := range elements {
			wrong = append(wrong, misfits(element, t.Elem(), fmt.Sprintf("%s[%d]", at, i))...)
		}
		return wrong
	default:
		if target := reflect.New(t).Elem(); decodeLeaf(v, target) != nil {
			return unfit(at, "%s must be %s, not %s.", where, leafWord(t, v), leafText(v))
		}
		return nil
	}
}

func misfitsOfStruct(elements map[string]tftypes.Value, t reflect.Type, at, where string) []misfit {
	prefix := ""
	if at != "" {
		prefix = at + "."
	}
	known := map[string]bool{}
	var names []string
	var wrong []misfit
	for _, f := range fieldsOf(t) {
		known[f.name] = true
		names = append(names, f.name)
		element, given := elements[f.name]
		switch {
		case given && !element.IsNull():
			wrong = append(wrong, misfits(element, f.typ, prefix+f.name)...)
		case !f.omits:
			wrong = append(wrong, misfit{at, fmt.Sprintf("%s%s must be set.", prefix, f.name)})
		}
	}
	for _, name := range sortedKeys(elements) {
		if !known[name] {
			wrong = append(wrong, misfit{at, fmt.Sprintf("%s has no attribute %q; it has %s.", where, name, strings.Join(names, ", "))})
		}
	}
	return wrong
}

// leafWord names what a leaf must be, instead of v.
func leafWord(t reflect.Type, v tftypes.Value) string {
	if t.Kind() != reflect.Float64 && wireType(t).Is(tftypes.Number) && v.Type().Is(tftypes.Number) {
		return "a whole number"
	}
	return "a " + typeWord(wireType(t))
}

// leafText is a number as it is, and of anything else the kind.
func leafText(v tftypes.Value) string {
	var number big.Float
	if v.Type().Is(tftypes.Number) && v.As(&number) == nil {
		return number.Text('g', -1)
	}
	return kindOf(v)
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
