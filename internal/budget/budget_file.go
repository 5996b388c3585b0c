package budget

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
)

// FileName is how a budget file is called that is found by itself.
const FileName = "kready.budget.hcl"

// ParseBudget reads a budget file: HCL, or JSON of the same shape when the
// name ends in ".json". All that is wrong with it comes in one Refusal, each
// problem with its place.
func ParseBudget(src []byte, name string) (*Budgets, error) {
	parser := hclparse.NewParser()
	var file *hcl.File
	var diags hcl.Diagnostics
	if strings.HasSuffix(name, ".json") {
		file, diags = parser.ParseJSON(src, name)
	} else {
		file, diags = parser.ParseHCL(src, name)
	}
	if diags.HasErrors() {
		return nil, budgetRefusal(diags)
	}
	d := &decoder{name: name}
	content := d.content(file.Body, fileSchema)
	out := &Budgets{Name: name}
	names := map[string]bool{}
	for _, block := range content.Blocks {
		b := d.budget(block)
		b.Digest = sha256.Sum256(fmt.Appendf(nil, "%s\x00%s", b.Name, src))
		if names[b.Name] {
			d.fail(block.DefRange, "Two budgets of one name", "There is another budget %q in this file; names tell budgets apart.", b.Name)
		}
		names[b.Name] = true
		out.Budgets = append(out.Budgets, b)
	}
	if len(content.Blocks) == 0 && !d.diags.HasErrors() {
		d.fail(hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}, "No budget", `Write budget "NAME" { … }.`)
	}
	if d.diags.HasErrors() {
		return nil, budgetRefusal(d.diags)
	}
	return out, nil
}

// budgetRefusal lists every problem with its line and column.
func budgetRefusal(diags hcl.Diagnostics) error {
	var all []error
	for _, diag := range diags {
		if diag.Severity != hcl.DiagError {
			continue
		}
		at := ""
		if diag.Subject != nil {
			at = fmt.Sprintf("%s:%d:%d: ", diag.Subject.Filename, diag.Subject.Start.Line, diag.Subject.Start.Column)
		}
		all = append(all, fmt.Errorf("%s%s: %s", at, diag.Summary, diag.Detail))
	}
	return &Refusal{Code: BadBudget, Why: "the budget is wrong", Do: "mend the budget", Cause: errors.Join(all...)}
}

var fileSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "budget", LabelNames: []string{"name"}}}}

func attributes(names ...string) []hcl.AttributeSchema {
	var out []hcl.AttributeSchema
	for _, n := range names {
		out = append(out, hcl.AttributeSchema{Name: n})
	}
	return out
}

var (
	selectorNames = []string{"types", "modules", "addresses", "providers", "changed"}

	budgetSchema = &hcl.BodySchema{
		Attributes: attributes(append(kindNames[:], "match", "protect", "protect_from", "floor", "objects", "allow_incomplete", "allow_deferred")...),
		Blocks: []hcl.BlockHeaderSchema{
			{Type: "limit", LabelNames: []string{"name"}},
			{Type: "exception", LabelNames: []string{"name"}},
			{Type: "freeze", LabelNames: []string{"name"}},
			{Type: "score"}, {Type: "total"},
		},
	}
	limitSchema     = &hcl.BodySchema{Attributes: attributes(append(append(kindNames[:], selectorNames...), "floor")...)}
	totalSchema     = &hcl.BodySchema{Attributes: attributes(append(kindNames[:], "floor")...)}
	exceptionSchema = &hcl.BodySchema{Attributes: attributes("addresses", "actions", "reason", "expires")}
	freezeSchema    = &hcl.BodySchema{
		Attributes: attributes(append(append(kindNames[:], selectorNames...), "from", "until", "days", "start", "end", "timezone")...),
	}
	scoreSchema = &hcl.BodySchema{
		Attributes: attributes("max", "default"),
		Blocks:     []hcl.BlockHeaderSchema{{Type: "weight", LabelNames: []string{"name"}}},
	}
	weightSchema = &hcl.BodySchema{Attributes: attributes(append(kindNames[:], selectorNames...)...)}
)

// decoder collects every problem instead of stopping at the first.
type decoder struct {
	name  string
	diags hcl.Diagnostics
}

func (d *decoder) fail(at hcl.Range, summary, format string, args ...any) {
	d.diags = append(d.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &at})
}

func (d *decoder) content(body hcl.Body, schema *hcl.BodySchema) *hcl.BodyContent {
	content, diags := body.Content(schema)
	d.diags = append(d.diags, diags...)
	return content
}

func position(r hcl.Range) Position {
	return Position{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

// one is the only block of a type, or nil.
func (d *decoder) one(content *hcl.BodyContent, typ string) *hcl.Block {
	blocks := content.Blocks.OfType(typ)
	if len(blocks) == 0 {
		return nil
	}
	for _, extra := range blocks[1:] {
		d.fail(extra.DefRange, "Two blocks "+typ, "One is enough; join them.")
	}
	return blocks[0]
}

func (d *decoder) budget(block *hcl.Block) *Budget {
	content := d.content(block.Body, budgetSchema)
	b := &Budget{Name: block.Labels[0]}
	b.Line = d.line(fmt.Sprintf("budget %q", b.Name), block, content)
	attrs := content.Attributes
	for _, text := range d.strings(attrs["match"]) {
		b.Matches = append(b.Matches, text.value)
	}
	b.Protect = d.patterns(attrs["protect"])
	if attrs["protect_from"] != nil {
		b.ProtectFrom = d.kinds(attrs["protect_from"])
	}
	b.AllowIncomplete = d.bool(attrs["allow_incomplete"])
	b.AllowDeferred = d.bool(attrs["allow_deferred"])
	b.Objects = d.objects(attrs["objects"])
	labels := map[string]bool{}
	for _, inner := range content.Blocks {
		if len(inner.Labels) > 0 {
			key := inner.Type + " " + inner.Labels[0]
			if labels[key] {
				d.fail(inner.DefRange, "Two blocks of one name", "There is another %s %q in this budget.", inner.Type, inner.Labels[0])
			}
			labels[key] = true
		}
		switch inner.Type {
		case "limit":
			b.Limits = append(b.Limits, d.limit(inner))
		case "exception":
			b.Exceptions = append(b.Exceptions, d.exception(inner))
		case "freeze":
			b.Freezes = append(b.Freezes, d.freeze(inner))
		}
	}
	if total := d.one(content, "total"); total != nil {
		line := d.line("total", total, d.content(total.Body, totalSchema))
		b.Total = &line
	}
	if score := d.one(content, "score"); score != nil {
		b.Score = d.score(score)
	}
	return b
}

// line reads the kinds, and the floor, of a block.
func (d *decoder) line(label string, block *hcl.Block, content *hcl.BodyContent) Line {
	line := Line{Label: label, Pos: position(block.DefRange)}
	percent := false
	for k, name := range kindNames {
		if attr := content.Attributes[name]; attr != nil {
			line.Allow[k] = d.allowance(attr)
			percent = percent || line.Allow[k].Percent > 0
		}
	}
	if attr := content.Attributes["floor"]; attr != nil {
		line.Floor = d.number(attr)
		if !percent {
			d.fail(attr.Range, "A floor without a percentage", "floor is the least that a percentage comes out as, and no kind here has one.")
		}
	}
	return line
}

func (d *decoder) limit(block *hcl.Block) *Line {
	content := d.content(block.Body, limitSchema)
	line := d.line(fmt.Sprintf("limit %q", block.Labels[0]), block, content)
	line.Select = d.selector(content)
	if line.Select.empty() {
		d.fail(block.DefRange, "A limit of nothing in particular", "Say what it is about: types, modules, addresses, providers or changed.")
	}
	named := false
	for _, a := range line.Allow {
		named = named || a.Named
	}
	if !named {
		d.fail(block.DefRange, "A limit without a kind", "Name at least one of %s.", strings.Join(kindNames[:], ", "))
	}
	return &line
}

func (d *decoder) selector(content *hcl.BodyContent) Selector {
	var s Selector
	attrs := content.Attributes
	for _, t := range d.strings(attrs["types"]) {
		if !goodGlob(t.value) || strings.ContainsAny(t.value, ". ") {
			d.fail(t.at, "Not a resource type", "%q is not a resource type, nor a pattern of one such as aws_iam_*.", t.value)
		}
		s.Types = append(s.Types, t.value)
	}
	for _, p := range d.patterns(attrs["modules"]) {
		if !p.whole {
			d.fail(attrs["modules"].Range, "Not a module", "%q is not a module; write module.NAME, and resources into addresses.", p.Text)
		}
		s.Modules = append(s.Modules, p)
	}
	s.Addresses = d.patterns(attrs["addresses"])
	for _, t := range d.strings(attrs["providers"]) {
		s.Providers = append(s.Providers, t.value)
	}
	for _, t := range d.strings(attrs["changed"]) {
		p, err := ParseAttribute(t.value)
		if err != nil {
			d.fail(t.at, "Not an attribute path", "%s.", err)
			continue
		}
		s.Changed = append(s.Changed, p)
	}
	for _, name := range selectorNames {
		if attr := attrs[name]; attr != nil {
			if list, diags := hcl.ExprList(attr.Expr); diags.HasErrors() || len(list) > 0 {
				continue
			}
			d.fail(attr.Range, "An empty list", "%s matches nothing as it is; leave it out, or name something.", name)
		}
	}
	return s
}
