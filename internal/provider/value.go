package provider

import (
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// encode turns a value of the vocabulary into Terraform's. A zero field with
// omitempty becomes null; a string that holds a blueprint.Unknown sentinel
// becomes unknown.
func encode(v any) tftypes.Value {
	return encodeValue(reflect.ValueOf(v), false)
}

func encodeValue(v reflect.Value, omits bool) tftypes.Value {
	t := v.Type()
	typ := wireType(t)
	if t.Kind() == reflect.Pointer {
		if v.IsNil() {
			return tftypes.NewValue(typ, nil)
		}
		return encodeValue(v.Elem(), false)
	}
	if omits && isEmpty(v) {
		return tftypes.NewValue(typ, nil)
	}
	switch t.Kind() {
	case reflect.String:
		if blueprint.IsUnknown(v.String()) {
			return tftypes.NewValue(typ, tftypes.UnknownValue)
		}
		return tftypes.NewValue(typ, v.String())
	case reflect.Bool:
		return tftypes.NewValue(typ, v.Bool())
	case reflect.Int, reflect.Int64:
		return tftypes.NewValue(typ, v.Int())
	case reflect.Float64:
		return tftypes.NewValue(typ, v.Float())
	case reflect.Slice:
		elements := make([]tftypes.Value, 0, v.Len())
		for i := range v.Len() {
			element := encodeValue(v.Index(i), false)
			if t.Elem().Kind() == reflect.String && !element.IsKnown() {
				// Lists are sorted and without doubles: with one element
				// unknown neither length nor order is known.
				return tftypes.NewValue(typ, tftypes.UnknownValue)
			}
			elements = append(elements, element)
		}
		return tftypes.NewValue(typ, elements)
	case reflect.Map:
		elements := make(map[string]tftypes.Value, v.Len())
		for _, key := range v.MapKeys() {
			if blueprint.IsUnknown(key.String()) {
				return tftypes.NewValue(typ, tftypes.UnknownValue)
			}
			elements[key.String()] = encodeValue(v.MapIndex(key), false)
		}
		return tftypes.NewValue(typ, elements)
	default:
		elements := make(map[string]tftypes.Value, len(fieldsOf(t)))
		for _, f := range fieldsOf(t) {
			elements[f.name] = encodeValue(v.FieldByIndex(f.index), f.omits)
		}
		return tftypes.NewValue(typ, elements)
	}
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	default:
		return v.IsZero()
	}
}

// unknowns collects what a decoded value did not know.
type unknowns struct {
	leaves    []string // string leaves, replaced by blueprint.Unknown
	structure []string // counts, switches, keys: can't be planned without
}

// decode fills target, a pointer to a value of the vocabulary, from
// Terraform's value. Attributes of the value that the target does not have
// are passed over. Unknown string leaves become sentinels; other unknowns are
// listed as structure and left zero.
func decode(v tftypes.Value, target any) (unknowns, error) {
	var u unknowns
	err := decodeValue(v, reflect.ValueOf(target).Elem(), "", &u)
	return u, err
}

func decodeValue(v tftypes.Value, target reflect.Value, path string, u *unknowns) error {
	if v.IsNull() {
		return nil
	}
	if target.Kind() == reflect.Pointer {
		if !v.IsKnown() && deref(target.Type()).Kind() != reflect.String {
			u.structure = append(u.structure, path)
			return nil
		}
		target.Set(reflect.New(target.Type().Elem()))
		return decodeValue(v, target.Elem(), path, u)
	}
	if !v.IsKnown() {
		if target.Kind() == reflect.String {
			u.leaves = append(u.leaves, path)
			target.SetString(blueprint.Unknown(path))
		} else {
			u.structure = append(u.structure, path)
		}
		return nil
	}
	switch target.Kind() {
	case reflect.Slice:
		return decodeSlice(v, target, path, u)
	case reflect.Map:
		return decodeMap(v, target, path, u)
	case reflect.Struct:
		return decodeStruct(v, target, path, u)
	default:
		if err := decodeLeaf(v, target); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
}

// decodeLeaf converts as HCL does: in a dynamic value "16" may stand for 16.
func decodeLeaf(v tftypes.Value, target reflect.Value) error {
	text, isText, number := "", v.Type().Is(tftypes.String), new(big.Float)
	truth := false
	var err error
	switch {
	case isText:
		err = v.As(&text)
	case v.Type().Is(tftypes.Number):
		if err = v.As(number); err == nil {
			text = number.Text('f', -1)
		}
	case v.Type().Is(tftypes.Bool):
		if err = v.As(&truth); err == nil {
			text = strconv.FormatBool(truth)
		}
	default:
		err = fmt.Errorf("a %s can't be a %s", typeWord(v.Type()), target.Kind())
	}
	if err != nil {
		return err
	}
	switch target.Kind() {
	case reflect.String:
		target.SetString(text)
	case reflect.Bool:
		if isText {
			truth, err = strconv.ParseBool(text)
		} else if !v.Type().Is(tftypes.Bool) {
			err = fmt.Errorf("%s is not true or false", text)
		}
		target.SetBool(truth)
	default:
		if isText {
			_, _, err = number.Parse(text, 10)
		} else if !v.Type().Is(tftypes.Number) {
			err = fmt.Errorf("%s is not a number", text)
		}
		if err == nil {
			err = setNumber(target, number)
		}
	}
	return err
}

func setNumber(target reflect.Value, number *big.Float) error {
	if target.Kind() == reflect.Float64 {
		f, _ := number.Float64()
		target.SetFloat(f)
		return nil
	}
	i, accuracy := number.Int64()
	if accuracy != big.Exact {
		return fmt.Errorf("%s is not a whole number", number.String())
	}
	target.SetInt(i)
	return nil
}

func decodeSlice(v tftypes.Value, target reflect.Value, path string, u *unknowns) error {
	var elements []tftypes.Value
	if err := v.As(&elements); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	target.Set(reflect.MakeSlice(target.Type(), len(elements), len(elements)))
	for i, element := range elements {
		if err := decodeValue(element, target.Index(i), fmt.Sprintf("%s[%d]", path, i), u); err != nil {
			return err
		}
	}
	return nil
}

func decodeMap(v tftypes.Value, target reflect.Value, path string, u *unknowns) error {
	var elements map[string]tftypes.Value
	if err := v.As(&elements); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	target.Set(reflect.MakeMapWithSize(target.Type(), len(elements)))
	for _, key := range sortedKeys(elements) {
		element := reflect.New(target.Type().Elem()).Elem()
		if err := decodeValue(elements[key], element, fmt.Sprintf("%s[%q]", path, key), u); err != nil {
			return err
		}
		target.SetMapIndex(reflect.ValueOf(key), element)
	}
	return nil
}

func decodeStruct(v tftypes.Value, target reflect.Value, path string, u *unknowns) error {
	var elements map[string]tftypes.Value
	if err := v.As(&elements); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, f := range fieldsOf(target.Type()) {
		element, ok := elements[f.name]
		if !ok {
			continue
		}
		name := f.name
		if path != "" {
			name = path + "." + f.name
		}
		if err := decodeValue(element, target.FieldByIndex(f.index), name, u); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// object gives the attributes of an object value, a fresh map that may be
// changed.
func object(v tftypes.Value) (map[string]tftypes.Value, error) {
	attributes := map[string]tftypes.Value{}
	if v.IsNull() || !v.IsKnown() {
		return attributes, nil
	}
	err := v.As(&attributes)
	return maps.Clone(attributes), err // As hands out the value's own
}

// text is the string in v, or "" where it is null or unknown.
func text(v tftypes.Value) string {
	var s string
	if v.Type() == nil || v.IsNull() || !v.IsKnown() {
		return ""
	}
	if err := v.As(&s); err != nil {
		return ""
	}
	return s
}

// textMap is the known string elements of a map value.
func textMap(v tftypes.Value) map[string]string {
	result := map[string]string{}
	if v.Type() == nil || v.IsNull() || !v.IsKnown() {
		return result
	}
	var elements map[string]tftypes.Value
	if err := v.As(&elements); err != nil {
		return result
	}
	for key, element := range elements {
		if element.IsKnown() && !element.IsNull() {
			result[key] = text(element)
		}
	}
	return result
}

// textList is the known strings of a list value.
func textList(v tftypes.Value) []string {
	if v.Type() == nil || v.IsNull() || !v.IsKnown() {
		return nil
	}
	var elements []tftypes.Value
	if err := v.As(&elements); err != nil {
		return nil
	}
	var result []string
	for _, element := range elements {
		if element.IsKnown() && !element.IsNull() {
			result = append(result, text(element))
		}
	}
	return result
}

func wireText(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

func wireTextMap(m map[string]string) tftypes.Value {
	elements := make(map[string]tftypes.Value, len(m))
	for key, s := range m {
		elements[key] = wireText(s)
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, elements)
}

func unknownOf(t tftypes.Type) tftypes.Value { return tftypes.NewValue(t, tftypes.UnknownValue) }
