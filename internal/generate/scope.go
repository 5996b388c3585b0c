package generate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// node is one thing in a file that has a value: a variable, a local, or an
// attribute of a blueprint.
type node struct {
	kind, name, attribute string
}

func (n node) String() string {
	switch n.kind {
	case "variable":
		return "var." + n.name
	case "local":
		return "local." + n.name
	}
	return fmt.Sprintf("blueprint.%s.%s", n.name, n.attribute)
}

// scope is the names of one file and what they stand for.
type scope struct {
	reader      *reader
	declared    map[node]hcl.Range
	expressions map[node]hcl.Expression
	values      map[node]cty.Value // of those that could be evaluated
	done        map[node]bool
	stack       []node
	blueprints  []*blueprintBlock
}

func newScope(r *reader) *scope {
	return &scope{
		reader: r, declared: map[node]hcl.Range{}, expressions: map[node]hcl.Expression{},
		values: map[node]cty.Value{}, done: map[node]bool{},
	}
}

func (s *scope) declare(n node, at hcl.Range, expr hcl.Expression) bool {
	if other, twice := s.declared[n]; twice {
		s.reader.fail(at, "structure", "Declared twice", "%s stands at %s, too.", n, position(other))
		return false
	}
	s.declared[n] = at
	if expr != nil {
		s.expressions[n] = expr
	}
	return true
}

// evaluateAll evaluates everything, whether something refers to it or not:
// all that is wrong is said at once.
func (s *scope) evaluateAll() {
	for _, n := range slices.SortedFunc(maps.Keys(s.expressions), func(a, b node) int { return strings.Compare(a.String(), b.String()) }) {
		s.evaluate(n)
	}
}

// evaluate gives a node its value after those that it refers to. A node that
// fails has none, and what refers to it fails silently.
func (s *scope) evaluate(n node) {
	if s.done[n] || s.expressions[n] == nil {
		return
	}
	if i := slices.Index(s.stack, n); i >= 0 {
		var names []string
		for _, step := range append(slices.Clone(s.stack[i:]), n) {
			names = append(names, step.String())
			s.done[step] = true
		}
		s.reader.fail(s.declared[n], "cycle", "Refers to itself", "%s: break the circle at one of them.", strings.Join(names, " needs "))
		return
	}
	s.stack = append(s.stack, n)
	value, ok := s.value(s.expressions[n], nil)
	s.stack = s.stack[:len(s.stack)-1]
	if ok && !s.done[n] {
		s.values[n] = value
	}
	s.done[n] = true
}

// value evaluates an expression; own are variables that need no look-up.
func (s *scope) value(expr hcl.Expression, own map[string]cty.Value) (cty.Value, bool) {
	tree := map[string]map[string]cty.Value{"var": {}, "local": {}}
	maps.Copy(tree["var"], own)
	attributes := map[string]map[string]cty.Value{} // of blueprints
	sound := true
	for _, traversal := range expr.Variables() {
		needed, ok := s.refers(traversal, own)
		sound = sound && ok
		for _, n := range needed {
			s.evaluate(n)
			value, known := s.values[n]
			if !known && s.expressions[n] == nil && n.kind == "blueprint" {
				value, known = s.unwritten(n), true
			}
			sound = sound && known
			switch n.kind {
			case "variable":
				tree["var"][n.name] = value
			case "local":
				tree["local"][n.name] = value
			default:
				if attributes[n.name] == nil {
					attributes[n.name] = map[string]cty.Value{}
				}
				attributes[n.name][n.attribute] = value
			}
		}
	}
	if !sound {
		return cty.NilVal, false
	}
	context := &hcl.EvalContext{Functions: functions, Variables: map[string]cty.Value{}}
	for root, values := range tree {
		context.Variables[root] = cty.ObjectVal(values)
	}
	blueprints := map[string]cty.Value{}
	for name, values := range attributes {
		blueprints[name] = cty.ObjectVal(values)
	}
	context.Variables["blueprint"] = cty.ObjectVal(blueprints)
	value, diags := expr.Value(context)
	if s.reader.diagnose("expression", diags) {
		return cty.NilVal, false
	}
	return value, true
}

// unwritten is an attribute that a blueprint leaves to its default.
func (s *scope) unwritten(n node) cty.Value {
	if n.attribute == "name" {
		return cty.StringVal(n.name)
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// refers lists the nodes that a reference needs.
func (s *scope) refers(t hcl.Traversal, own map[string]cty.Value) ([]node, bool) {
	name, named := stepName(t, 1)
	switch root := t.RootName(); root {
	case "var", "local":
		n := node{kind: root, name: name}
		if root == "var" {
			n.kind = "variable"
			if _, mine := own[name]; mine && named {
				return nil, true
			}
		}
		if !named {
			s.reader.fail(t.SourceRange(), "reference", "A name is missing", "Write %s.NAME.", root)
			return nil, false
		}
		if _, ok := s.declared[n]; !ok {
			s.reader.fail(t.SourceRange(), "reference", "There is no "+n.String(), "%s", s.hint(n.kind, name))
			return nil, false
		}
		return []node{n}, true
	case "blueprint":
		return s.refersBlueprint(t, name, named)
	default:
		s.reader.fail(t.SourceRange(), "reference", fmt.Sprintf("There is no %q here", root),
			`A blueprint file knows var.NAME, local.NAME and blueprint.NAME.ATTRIBUTE. A text is written in quotes.`)
		return nil, false
	}
}

func (s *scope) refersBlueprint(t hcl.Traversal, name string, named bool) ([]node, bool) {
	var needed []node
	found := !named
	for _, block := range s.blueprints {
		if named && block.name != name {
			continue
		}
		found = true
		attribute, one := stepName(t, 2)
		if one && named {
			if _, known := fieldNamed(specFields, attribute); !known {
				s.reader.fail(t.SourceRange(), "reference", fmt.Sprintf("A blueprint has no %q", attribute), "%s", suggest(attribute, fieldNames(specFields)))
				return nil, false
			}
			needed = append(needed, node{"blueprint", block.name, attribute})
			continue
		}
		for _, f := range specFields {
			needed = append(needed, node{"blueprint", block.name, f.name})
		}
	}
	if !found {
		var names []string
		for _, block := range s.blueprints {
			names = append(names, block.name)
		}
		s.reader.fail(t.SourceRange(), "reference", fmt.Sprintf("There is no blueprint %q in this file", name), "%s", suggest(name, names))
	}
	return needed, found
}

// hint names what there is instead.
func (s *scope) hint(kind, name string) string {
	var names []string
	for n := range s.declared {
		if n.kind == kind {
			names = append(names, n.name)
		}
	}
	slices.Sort(names)
	if kind == "local" {
		return suggest(name, names) + ` A local stands in a block "locals".`
	}
	return suggest(name, names) + fmt.Sprintf(" A variable is declared with: variable %q {}.", name)
}

// stepName is the name in step i of a reference: .name or ["name"].
func stepName(t hcl.Traversal, i int) (string, bool) {
	if i >= len(t) {
		return "", false
	}
	switch step := t[i].(type) {
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
			return step.Key.AsString(), true
		}
	}
	return "", false
}
