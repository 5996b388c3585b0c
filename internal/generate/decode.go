package generate

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// decoder moves a value into a type of the vocabulary, as strictly as a
// schema of Terraform does, and notes where each attribute stands.
type decoder struct {
	reader *reader
	places map[string]Position
	sound  bool
}

func (d *decoder) fail(at hcl.Range, rule, path, summary, detail string, args ...any) {
	d.sound = false
	d.reader.fail(at, rule, summary, detail, args...)
	d.reader.problems[len(d.reader.problems)-1].Path = path
}

func (d *decoder) missing(at hcl.Range, path string) {
	d.fail(at, "required", path, path+" is missing", "It has no default: write it.")
}

func (d *decoder) mismatch(at hcl.Range, path, want string, value cty.Value) {
	d.fail(at, "type", path, path+" is of the wrong type", "It takes %s; this is %s.", want, kindOf(value))
}

func kindOf(value cty.Value) string {
	switch t := value.Type(); {
	case t.IsObjectType() || t.IsMapType():
		return "an object"
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		return "a list"
	case t == cty.String:
		return "a string"
	case t == cty.Number:
		return "a number"
	case t == cty.Bool:
		return "true or false"
	default:
		return t.FriendlyName()
	}
}

// decode fills target, which value is for. value is not null; expr is where it
// comes from, nil where it was computed.
func (d *decoder) decode(value cty.Value, expr hcl.Expression, path string, target reflect.Value) {
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	switch target.Kind() {
	case reflect.String:
		if text, ok := d.primitive(value, cty.String, "a string", expr, path); ok {
			target.SetString(text.AsString())
		}
	case reflect.Bool:
		if flag, ok := d.primitive(value, cty.Bool, "true or false", expr, path); ok {
			target.SetBool(flag.True())
		}
	case reflect.Int, reflect.Int64:
		number, ok := d.primitive(value, cty.Number, "a whole number", expr, path)
		if !ok {
			return
		}
		whole, accuracy := number.AsBigFloat().Int64()
		if accuracy != big.Exact {
			d.mismatch(expr.Range(), path, "a whole number", value)
			return
		}
		target.SetInt(whole)
	case reflect.Float64:
		if number, ok := d.primitive(value, cty.Number, "a number", expr, path); ok {
			float, _ := number.AsBigFloat().Float64()
			target.SetFloat(float)
		}
	case reflect.Slice:
		d.slice(value, expr, path, target)
	case reflect.Map:
		d.mapping(value, expr, path, target)
	default:
		d.object(value, expr, path, target)
	}
}

// primitive converts as Terraform does: "3" is a number where one is needed.
func (d *decoder) primitive(value cty.Value, want cty.Type, words string, expr hcl.Expression, path string) (cty.Value, bool) {
	converted, err := convert.Convert(value, want)
	if err != nil || converted.IsNull() {
		d.mismatch(expr.Range(), path, words, value)
		return cty.NilVal, false
	}
	return converted, true
}

func (d *decoder) slice(value cty.Value, expr hcl.Expression, path string, target reflect.Value) {
	if t := value.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		d.mismatch(expr.Range(), path, "a list", value)
		return
	}
	written, diags := hcl.ExprList(expr)
	if diags.HasErrors() {
		written = nil
	}
	list := value.AsValueSlice()
	target.Set(reflect.MakeSlice(target.Type(), len(list), len(list)))
	for i, element := range list {
		at, where := expr, fmt.Sprintf("%s[%d]", path, i)
		if len(written) == len(list) {
			at = written[i]
			d.places[where] = position(at.Range())
		}
		if element.IsNull() {
			d.fail(at.Range(), "type", where, where+" is null", "Leave it out: a list has no gaps.")
			continue
		}
		d.decode(element, at, where, target.Index(i))
	}
}

// members are the expressions of an object that is written out, by key, with
// the place of each key.
type member struct {
	key  hcl.Range
	expr hcl.Expression
}

func members(expr hcl.Expression) map[string]member {
	pairs, diags := hcl.ExprMap(expr)
	if diags.HasErrors() {
		return nil
	}
	found := map[string]member{}
	for _, pair := range pairs {
		key, diags := pair.Key.Value(nil)
		if diags.HasErrors() || !key.IsWhollyKnown() || key.IsNull() {
			continue // computed: its value stands where the whole does
		}
		if name, err := convert.Convert(key, cty.String); err == nil {
			found[name.AsString()] = member{pair.Key.Range(), pair.Value}
		}
	}
	return found
}

// attributesOf are the members of an object or a map.
func (d *decoder) attributesOf(value cty.Value, expr hcl.Expression, path string) (map[string]cty.Value, bool) {
	if t := value.Type(); !t.IsObjectType() && !t.IsMapType() {
		d.mismatch(expr.Range(), path, "an object", value)
		return nil, false
	}
	return value.AsValueMap(), true
}

func (d *decoder) mapping(value cty.Value, expr hcl.Expression, path string, target reflect.Value) {
	attributes, ok := d.attributesOf(value, expr, path)
	if !ok {
		return
	}
	written := members(expr)
	target.Set(reflect.MakeMapWithSize(target.Type(), len(attributes)))
	for _, key := range sortedKeys(attributes) {
		at, where := d.member(written, key, expr, fmt.Sprintf("%s[%q]", path, key))
		if attributes[key].IsNull() {
			d.fail(at.Range(), "type", where, where+" is null", "Leave the key out, or give it a value.")
			continue
		}
		element := reflect.New(target.Type().Elem()).Elem()
		d.decode(attributes[key], at, where, element)
		target.SetMapIndex(reflect.ValueOf(key), element)
	}
}

func (d *decoder) object(value cty.Value, expr hcl.Expression, path string, target reflect.Value) {
	attributes, ok := d.attributesOf(value, expr, path)
	if !ok {
		return
	}
	written := members(expr)
	fields := fieldsOf(target.Type())
	for _, key := range sortedKeys(attributes) {
		if _, known := fieldNamed(fields, key); !known {
			at := expr.Range()
			if m, ok := written[key]; ok {
				at = m.key
			}
			d.fail(at, "unknown-attribute", path+"."+key, fmt.Sprintf("%s has no attribute %q", path, key), "%s", suggest(key, fieldNames(fields)))
		}
	}
	for _, f := range fields {
		at, where := d.member(written, f.name, expr, path+"."+f.name)
		element, present := attributes[f.name]
		if !present || element.IsNull() {
			if f.required {
				d.missing(at.Range(), where)
			}
			continue
		}
		d.decode(element, at, where, target.FieldByIndex(f.index))
	}
}

// member is where the value of a key comes from; the place of the key is
// noted.
func (d *decoder) member(written map[string]member, key string, whole hcl.Expression, path string) (hcl.Expression, string) {
	m, ok := written[key]
	if !ok {
		return whole, path
	}
	d.places[path] = position(m.key)
	return m.expr, path
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
