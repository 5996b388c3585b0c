package budget

import (
	"slices"
	"strings"
)

// differences looks once, when first asked, at what one row changes.
type differences struct {
	values        *values
	done          bool
	err           error
	before, after *node
	paths         [][]string
	tooMany       bool
}

// maxPaths bounds how many changed attributes of one row are told apart. A
// change of more is not one of a few harmless attributes.
const maxPaths = 100000

func (d *differences) load() error {
	if d.done {
		return d.err
	}
	d.done = true
	if d.before, d.after, d.err = d.values.sides(); d.err != nil {
		d.err = &Refusal{Code: Malformed, Why: "the values of a change can't be read", Do: "make the plan again", Cause: d.err}
		return d.err
	}
	differ(d.before, d.after, nil, func(path []string) bool {
		d.paths = append(d.paths, slices.Clone(path))
		d.tooMany = len(d.paths) > maxPaths
		return !d.tooMany
	})
	return nil
}

// within reports whether every changed attribute is covered, and something
// changes at all.
func (d *differences) within(allowed []*AttributePattern) (bool, error) {
	if err := d.load(); err != nil {
		return false, err
	}
	if d.tooMany || len(d.paths) == 0 {
		return false, nil
	}
	for _, path := range d.paths {
		if !slices.ContainsFunc(allowed, func(p *AttributePattern) bool { return p.covers(path) }) {
			return false, nil
		}
	}
	return true, nil
}

// Attributes names the top-level attributes that the change is about, when
// the evaluation had to look into it. Only the schema's own names, so that no
// key of a map that might be a secret gets into a report.
func (e *Evaluation) Attributes() []string {
	if !e.diff.done || e.diff.err != nil {
		return nil
	}
	var names []string
	for _, p := range e.diff.paths {
		if len(p) > 0 && !slices.Contains(names, p[0]) {
			names = append(names, p[0])
		}
	}
	return names
}

// addObjects charges the objects inside a resource that is updated: a key of
// its object map that goes is a delete, one that comes a create, and one
// whose object is another afterwards a replacement. The update itself is
// charged besides. When a whole resource comes or goes, so do its objects,
// and the resource is charged once.
func (e *Evaluation) addObjects(c *Change) error {
	path := e.budget.objectPath(c.Type)
	if path == nil {
		return nil
	}
	if c.from == Stream {
		return refuse(CannotAnswer, "check the plan file or the output of `terraform show -json` instead",
			"%s has objects inside, and a stream doesn't tell what happens to them", printable(c.Address))
	}
	if err := e.diff.load(); err != nil {
		return err
	}
	before, after := e.diff.before.at(path), e.diff.after.at(path)
	if same(before, after) {
		return nil
	}
	if after.kind == unknownNode || before.kind != objectNode && before.kind != nullNode || after.kind != objectNode && after.kind != nullNode {
		return refuse(UnknownObjects, "make its inputs known at plan time, or leave the attribute out of objects in the budget",
			"the objects in %s of %s are not known in this plan", strings.Join(path, "."), printable(c.Address))
	}
	secret := c.values.secret(path)
	row := *c
	row.ObjectPath, row.Importing, row.Previous, row.values = strings.Join(path, "."), false, "", values{}
	for i, key := range unionKeys(before, after) {
		was, is := before.member(key), after.member(key)
		switch {
		case same(was, is):
			continue
		case was.kind == nullNode:
			row.Kind = Create
		case is.kind == nullNode:
			row.Kind = Delete
		default:
			row.Kind = Replace
		}
		row.Object = key
		if secret {
			row.Object = "sensitive key " + itoa(i+1)
		}
		if err := e.addKind(&row, row.Kind); err != nil {
			return err
		}
	}
	return nil
}

// secret reports whether the attribute is marked as sensitive on either side.
func (v *values) secret(path []string) bool {
	for _, p := range v.secretPaths {
		n := min(len(p), len(path))
		if slices.Equal(p[:n], path[:n]) && len(p) <= len(path) {
			return true
		}
	}
	for _, raw := range [][]byte{v.beforeSecret, v.afterSecret} {
		mask, err := jsonNode(raw)
		if err != nil {
			return true
		}
		for i := range len(path) + 1 {
			if n := mask.at(path[:i]); n.kind == scalarNode && n.text == "true" {
				return true
			}
		}
	}
	return false
}
