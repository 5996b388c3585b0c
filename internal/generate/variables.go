package generate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// given are the values of variables from outside of the files.
type given struct {
	files map[string]givenValue // out of -var-file
	texts map[string]string     // out of -var
	used  map[string]bool
}

type givenValue struct {
	value cty.Value
	at    hcl.Range
}

// given reads what -var and -var-file say.
func (r *reader) given(input Input) *given {
	g := &given{files: map[string]givenValue{}, texts: map[string]string{}, used: map[string]bool{}}
	for _, source := range input.VarFiles {
		file := r.parse(source)
		if file == nil {
			continue
		}
		attributes, diags := file.Body.JustAttributes()
		r.diagnose("structure", diags)
		for name, attribute := range attributes {
			value, diags := attribute.Expr.Value(&hcl.EvalContext{})
			if !r.diagnose("expression", diags) {
				g.files[name] = givenValue{value, attribute.Range}
			}
		}
	}
	for _, text := range input.Vars {
		name, value, found := strings.Cut(text, "=")
		if !found || name == "" {
			r.fail(hcl.Range{Filename: "-var"}, "variable", "Not a value of a variable", "%q is not of the form NAME=VALUE.", text)
			continue
		}
		g.texts[name] = value
	}
	return g
}

// unused reports -var that no file declares: a misspelled one would be a value
// that silently does not hold. Files of values may serve several files.
func (g *given) unused(r *reader) {
	for _, name := range slices.Sorted(maps.Keys(g.texts)) {
		if !g.used[name] {
			r.fail(hcl.Range{Filename: "-var"}, "variable", fmt.Sprintf("There is no variable %q", name), "No file declares it. Remove -var %s, or declare: variable %q {}.", name, name)
		}
	}
}

var (
	variableSchema = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "type"}, {Name: "default"}, {Name: "description"}, {Name: "nullable"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "validation"}},
	}
	validationSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "condition", Required: true}, {Name: "error_message", Required: true}}}
)

// variable declares a variable and gives it its value.
func (r *reader) variable(s *scope, block *hcl.Block, g *given) {
	name := block.Labels[0]
	g.used[name] = true
	content, diags := block.Body.Content(variableSchema)
	r.diagnose("structure", diags)
	n := node{kind: "variable", name: name}
	if !s.declare(n, block.DefRange, nil) {
		return
	}
	typ, defaults := cty.DynamicPseudoType, (*typeexpr.Defaults)(nil)
	if attribute, ok := content.Attributes["type"]; ok {
		var diags hcl.Diagnostics
		typ, defaults, diags = typeexpr.TypeConstraintWithDefaults(attribute.Expr)
		if r.diagnose("type", diags) {
			return
		}
	}
	value, at, ok := r.variableValue(name, typ, block, content, g)
	if !ok {
		return
	}
	if defaults != nil && !value.IsNull() {
		value = defaults.Apply(value)
	}
	value, err := convert.Convert(value, typ)
	if err != nil {
		r.fail(at, "variable", fmt.Sprintf("The value of variable %q is of the wrong type", name), "It takes %s: %s.", typeexpr.TypeString(typ), err)
		return
	}
	if value.IsNull() && !r.nullable(content) {
		r.fail(at, "variable", fmt.Sprintf("Variable %q must not be null", name), "Give it a value.")
		return
	}
	if r.validated(s, name, value, at, content) {
		s.values[n] = value
	}
}

func (r *reader) variableValue(name string, typ cty.Type, block *hcl.Block, content *hcl.BodyContent, g *given) (cty.Value, hcl.Range, bool) {
	if text, ok := g.texts[name]; ok {
		at := hcl.Range{Filename: "-var " + name}
		if typ.IsPrimitiveType() {
			return cty.StringVal(text), at, true
		}
		expr, diags := hclsyntax.ParseExpression([]byte(text), at.Filename, hcl.InitialPos)
		if diags.HasErrors() && typ == cty.DynamicPseudoType {
			return cty.StringVal(text), at, true
		}
		if r.diagnose("variable", diags) {
			return cty.NilVal, at, false
		}
		value, diags := expr.Value(&hcl.EvalContext{})
		if diags.HasErrors() && typ == cty.DynamicPseudoType {
			return cty.StringVal(text), at, true // a word, such as eu-west-1
		}
		return value, at, !r.diagnose("variable", diags)
	}
	if value, ok := g.files[name]; ok {
		return value.value, value.at, true
	}
	if attribute, ok := content.Attributes["default"]; ok {
		value, diags := attribute.Expr.Value(&hcl.EvalContext{})
		return value, attribute.Range, !r.diagnose("variable", diags)
	}
	r.fail(block.DefRange, "variable", fmt.Sprintf("Variable %q has no value", name), "Give it one with -var %s=VALUE or -var-file, or a default.", name)
	return cty.NilVal, block.DefRange, false
}

func (r *reader) nullable(content *hcl.BodyContent) bool {
	attribute, ok := content.Attributes["nullable"]
	if !ok {
		return true
	}
	value, diags := attribute.Expr.Value(nil)
	if r.diagnose("structure", diags) {
		return true
	}
	flag, err := convert.Convert(value, cty.Bool)
	if err != nil || flag.IsNull() {
		r.fail(attribute.Expr.Range(), "type", "nullable is true or false", "Write one of them.")
		return true
	}
	return flag.True()
}

// validated holds a value to the variable's own conditions.
func (r *reader) validated(s *scope, name string, value cty.Value, at hcl.Range, content *hcl.BodyContent) bool {
	sound := true
	for _, block := range content.Blocks {
		inner, diags := block.Body.Content(validationSchema)
		if r.diagnose("structure", diags) {
			sound = false
			continue
		}
		own := map[string]cty.Value{name: value}
		holds, ok := s.value(inner.Attributes["condition"].Expr, own)
		if !ok {
			sound = false
			continue
		}
		condition, err := convert.Convert(holds, cty.Bool)
		if err != nil || condition.IsNull() {
			r.fail(inner.Attributes["condition"].Expr.Range(), "type", "A condition is true or false", "This is %s.", kindOf(holds))
			sound = false
			continue
		}
		if condition.True() {
			continue
		}
		sound = false
		message, ok := s.value(inner.Attributes["error_message"].Expr, own)
		if !ok {
			continue
		}
		if text, err := convert.Convert(message, cty.String); err == nil && !text.IsNull() {
			r.fail(at, "validation", fmt.Sprintf("Variable %q is refused", name), "%s (condition at %s)", text.AsString(), position(inner.Attributes["condition"].Range))
		}
	}
	return sound
}
