package generate

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// Extension is how the names of blueprint files end; JSON of the same shape
// ends in ".json".
const Extension = ".kready.hcl"

// Source is a file that was read.
type Source struct {
	Name string // as the user named it
	Text []byte
}

// Input is what blueprints are read out of.
type Input struct {
	// Files are blueprint files; each stands for itself, with its own locals
	// and variables.
	Files []Source
	// Vars are values of variables as NAME=VALUE; they win over those of
	// VarFiles, of which the last wins.
	Vars     []string
	VarFiles []Source
	// Plans and States are what "terraform show -json" writes of them.
	Plans, States []Source
}

// Read reads blueprints, in the order in which they stand, and finds
// everything that is wrong with how they are written. What is wrong with what
// they say, [Judge] finds.
func Read(input Input) ([]Blueprint, []Problem) {
	r := &reader{parser: hclparse.NewParser()}
	given := r.given(input)
	var blueprints []Blueprint
	for _, source := range input.Files {
		if file := r.parse(source); file != nil {
			blueprints = append(blueprints, r.file(source.Name, file, given)...)
		}
	}
	for _, source := range input.Plans {
		blueprints = append(blueprints, r.shown(source, true)...)
	}
	for _, source := range input.States {
		blueprints = append(blueprints, r.shown(source, false)...)
	}
	given.unused(r)
	return blueprints, sorted(r.problems)
}

// reader collects every problem instead of stopping at the first.
type reader struct {
	parser   *hclparse.Parser
	problems []Problem
}

func (r *reader) fail(at hcl.Range, rule, summary, detail string, args ...any) {
	r.problems = append(r.problems, Problem{
		Severity: blueprint.SeverityError, Position: position(at), Rule: rule, Summary: summary, Detail: fmt.Sprintf(detail, args...),
	})
}

// diagnose takes over what HCL says, and tells whether it is an error.
func (r *reader) diagnose(rule string, diags hcl.Diagnostics) (failed bool) {
	for _, diag := range diags {
		if diag.Severity != hcl.DiagError {
			continue
		}
		at := hcl.Range{}
		if diag.Subject != nil {
			at = *diag.Subject
		}
		r.fail(at, rule, diag.Summary, "%s", diag.Detail)
	}
	return diags.HasErrors()
}

func position(r hcl.Range) Position {
	return Position{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

// parse parses a file. Below one that can't be parsed nothing is looked at:
// what follows from a missing bracket helps nobody.
func (r *reader) parse(source Source) *hcl.File {
	parse := r.parser.ParseHCL
	if strings.HasSuffix(source.Name, ".json") {
		parse = r.parser.ParseJSON
	}
	file, diags := parse(source.Text, source.Name)
	if r.diagnose("syntax", diags) {
		return nil
	}
	return file
}

var fileSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "blueprint", LabelNames: []string{"name"}},
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "locals"},
}}

// specFields are the attributes of a blueprint.
var specFields = fieldsOf(reflect.TypeFor[blueprint.Spec]())

var blueprintSchema = func() *hcl.BodySchema {
	schema := &hcl.BodySchema{}
	for _, f := range specFields {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: f.name})
	}
	return schema
}()

// file reads the blueprints of one file.
func (r *reader) file(name string, file *hcl.File, given *given) []Blueprint {
	content, diags := file.Body.Content(fileSchema)
	r.diagnose("structure", diags)
	s := newScope(r)
	for _, block := range content.Blocks {
		switch block.Type {
		case "locals":
			attributes, diags := block.Body.JustAttributes()
			r.diagnose("structure", diags)
			for _, attribute := range attributes {
				s.declare(node{kind: "local", name: attribute.Name}, attribute.NameRange, attribute.Expr)
			}
		case "variable":
			r.variable(s, block, given)
		case "blueprint":
			r.blueprint(s, block)
		}
	}
	if len(s.blueprints) == 0 && !diags.HasErrors() {
		r.fail(hcl.Range{Filename: name, Start: hcl.InitialPos}, "structure", "No blueprint", `Write blueprint "NAME" { … }.`)
	}
	s.evaluateAll()
	var blueprints []Blueprint
	for _, block := range s.blueprints {
		if b, ok := r.decodeBlueprint(s, block); ok {
			b.Source = name
			blueprints = append(blueprints, b)
		}
	}
	return blueprints
}

// blueprintBlock is a block as written.
type blueprintBlock struct {
	name       string
	at         hcl.Range
	attributes hcl.Attributes
	broken     bool
}

func (r *reader) blueprint(s *scope, block *hcl.Block) {
	name := block.Labels[0]
	for _, other := range s.blueprints {
		if other.name == name {
			r.fail(block.LabelRanges[0], "names-unique", "Two blueprints of one name", "Another blueprint %q stands at %s: give each its own name.", name, position(other.at))
			return
		}
	}
	content, diags := block.Body.Content(blueprintSchema)
	b := &blueprintBlock{name: name, at: block.DefRange, attributes: content.Attributes}
	b.broken = r.diagnose("structure", diags)
	if attribute, ok := b.attributes["name"]; ok {
		r.fail(attribute.NameRange, "structure", "The name is the label", "Remove name: the blueprint is called %q by its label.", name)
		delete(b.attributes, "name")
	}
	for attribute, written := range b.attributes {
		s.declare(node{"blueprint", name, attribute}, written.NameRange, written.Expr)
	}
	s.blueprints = append(s.blueprints, b)
}

// decodeBlueprint turns evaluated attributes into a specification.
func (r *reader) decodeBlueprint(s *scope, block *blueprintBlock) (Blueprint, bool) {
	b := Blueprint{Spec: blueprint.Spec{Name: block.name}, places: map[string]Position{"": position(block.at), "name": position(block.at)}}
	d := &decoder{reader: r, places: b.places, sound: !block.broken}
	spec := reflect.ValueOf(&b.Spec).Elem()
	for _, f := range specFields {
		if f.name == "name" {
			continue
		}
		attribute, written := block.attributes[f.name]
		if !written {
			if f.required {
				d.missing(block.at, f.name)
			}
			continue
		}
		b.places[f.name] = position(attribute.NameRange)
		value, ok := s.values[node{"blueprint", block.name, f.name}]
		if !ok {
			d.sound = false // why, was said where it failed
			continue
		}
		if value.IsNull() {
			if f.required {
				d.missing(attribute.Expr.Range(), f.name)
			}
			continue
		}
		d.decode(value, attribute.Expr, f.name, spec.FieldByIndex(f.index))
	}
	return b, d.sound
}
