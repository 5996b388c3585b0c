package budget

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

type located struct {
	value string
	at    hcl.Range
}

func (d *decoder) value(attr *hcl.Attribute) cty.Value {
	v, diags := attr.Expr.Value(nil)
	d.diags = append(d.diags, diags...)
	if diags.HasErrors() || !v.IsWhollyKnown() {
		return cty.NilVal
	}
	return v
}

// strings reads a list of strings, or a single one.
func (d *decoder) strings(attr *hcl.Attribute) []located {
	if attr == nil {
		return nil
	}
	v := d.value(attr)
	if v == cty.NilVal {
		return nil
	}
	bad := func() {
		d.fail(attr.Expr.Range(), "Not a list of strings", "%s is a list of strings.", attr.Name)
	}
	if v.IsNull() || !v.CanIterateElements() || v.Type().IsObjectType() || v.Type().IsMapType() {
		bad()
		return nil
	}
	var out []located
	exprs, _ := hcl.ExprList(attr.Expr)
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, e := it.Element()
		if e.IsNull() || e.Type() != cty.String {
			bad()
			return nil
		}
		at := attr.Expr.Range()
		if i < len(exprs) {
			at = exprs[i].Range()
		}
		out = append(out, located{e.AsString(), at})
	}
	return out
}

func (d *decoder) patterns(attr *hcl.Attribute) []*Pattern {
	var out []*Pattern
	for _, t := range d.strings(attr) {
		p, err := ParsePattern(t.value)
		if err != nil {
			d.fail(t.at, "Not an address pattern", "%s.", err)
			continue
		}
		p.Pos = position(t.at)
		out = append(out, p)
	}
	return out
}

func (d *decoder) kinds(attr *hcl.Attribute) []Kind {
	out := []Kind{}
	for _, t := range d.strings(attr) {
		k, ok := ParseKind(t.value)
		if !ok {
			d.fail(t.at, "Not a kind of change", "%q is none of %s.", t.value, strings.Join(kindNames[:], ", "))
			continue
		}
		out = append(out, k)
	}
	return out
}

func (d *decoder) string(attr *hcl.Attribute) string {
	v := d.value(attr)
	if v == cty.NilVal || v.IsNull() || v.Type() != cty.String {
		if v != cty.NilVal {
			d.fail(attr.Expr.Range(), "Not a string", "%s is a string.", attr.Name)
		}
		return ""
	}
	return v.AsString()
}

func (d *decoder) bool(attr *hcl.Attribute) bool {
	if attr == nil {
		return false
	}
	v := d.value(attr)
	if v == cty.NilVal {
		return false
	}
	if v.IsNull() || v.Type() != cty.Bool {
		d.fail(attr.Expr.Range(), "Neither true nor false", "%s is true or false.", attr.Name)
		return false
	}
	return v.True()
}

// number reads a whole number that is not negative.
func (d *decoder) number(attr *hcl.Attribute) int64 {
	v := d.value(attr)
	if v == cty.NilVal {
		return 0
	}
	if !v.IsNull() && v.Type() == cty.Number {
		if n, acc := v.AsBigFloat().Int64(); acc == 0 && n >= 0 {
			return n
		}
	}
	d.fail(attr.Expr.Range(), "Not a number", "%s is a whole number, 0 or more.", attr.Name)
	return 0
}

// allowance reads a number, a percentage or "unlimited".
func (d *decoder) allowance(attr *hcl.Attribute) Allowance {
	a := Allowance{Named: true, Pos: position(attr.Range)}
	v := d.value(attr)
	switch {
	case v == cty.NilVal:
	case !v.IsNull() && v.Type() == cty.String:
		parsed, err := ParseAllowance(v.AsString())
		if err != nil {
			d.fail(attr.Expr.Range(), "Not an allowance", "%s: %s.", attr.Name, err)
		}
		a.Unlimited, a.Count, a.Percent = parsed.Unlimited, parsed.Count, parsed.Percent
	case !v.IsNull() && v.Type() == cty.Number:
		a.Count = d.number(attr)
	default:
		d.fail(attr.Expr.Range(), "Not an allowance", `%s is a whole number, a percentage such as "10%%", or "unlimited".`, attr.Name)
	}
	return a
}

// objects reads a map of resource types to attribute paths.
func (d *decoder) objects(attr *hcl.Attribute) []ObjectMap {
	if attr == nil {
		return nil
	}
	v := d.value(attr)
	if v == cty.NilVal {
		return nil
	}
	if v.IsNull() || !v.CanIterateElements() || !v.Type().IsObjectType() && !v.Type().IsMapType() {
		d.fail(attr.Expr.Range(), "Not a map", `objects is a map of resource types to attribute paths: { aws_x = "rules" }.`)
		return nil
	}
	var out []ObjectMap
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if value.IsNull() || value.Type() != cty.String {
			d.fail(attr.Expr.Range(), "Not an attribute path", "objects maps resource types to attribute paths.")
			continue
		}
		p, err := ParseAttribute(value.AsString())
		if err != nil || strings.ContainsAny(value.AsString(), "[*") {
			d.fail(attr.Expr.Range(), "Not an attribute path", "%q is not a path of attribute names.", value.AsString())
			continue
		}
		out = append(out, ObjectMap{Type: key.AsString(), Path: p.steps})
	}
	return out
}
