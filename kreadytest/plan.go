// Package kreadytest helps test suites, with Terratest or without, to say
// what a Terraform or OpenTofu plan may do.
//
// It reads what such suites have in hand: a saved plan file, the output of
// `terraform show -json` (terratest's terraform.Show), or that of
// `terraform plan -json`. Rows are kept as rows: a deposed object never hides
// the current one, and an import is seen together with the change that comes
// with it. No helper ever prints a value of the plan.
package kreadytest

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// Plan is a plan that has been read to its end. It is safe for concurrent use.
type Plan struct {
	name    string
	source  []byte
	changes []Change
	counts  budget.Counts
}

// Change is one row of a plan.
type Change struct {
	Address         string // module.db["eu"].aws_db_instance.main[0]
	PreviousAddress string // before a move, or ""
	Module          string // module.db["eu"]; "" for the root module
	Type            string // aws_db_instance
	Provider        string // registry.terraform.io/hashicorp/aws; "" in a stream
	Deposed         string // key of a deposed object, or ""
	Reason          string // why Terraform chose the action, in its words
	// Action is create, update, replace, delete, forget,
	// create_then_forget, deposed_delete, action, deferred, read, no_op,
	// drift or output.
	Action    string
	Importing bool // taken into the state by this plan
	Data      bool // a data source

	kind budget.Kind
}

// FromFile reads a plan file, or plan JSON in a file. It ends the test when
// that is no plan, or one of a failed planning.
func FromFile(t testing.TB, path string) *Plan {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("kreadytest: the plan can't be read: %v", err)
	}
	return read(t, path, source)
}

// FromJSON reads the output of `terraform show -json PLANFILE` or of
// `terraform plan -json`. It ends the test when that is no plan, or one of a
// failed planning.
func FromJSON(t testing.TB, text string) *Plan {
	t.Helper()
	return read(t, "plan", []byte(text))
}

func read(t testing.TB, name string, source []byte) *Plan {
	t.Helper()
	p := &Plan{name: name, source: source}
	want := &budget.Want{AllowIncomplete: true, AllowDeferred: true}
	_, err := budget.ReadPlan(p.file(), want, func(c *budget.Change) error {
		p.counts[c.Kind]++
		if c.Importing {
			p.counts[budget.Import]++
		}
		if c.Moved() {
			p.counts[budget.Move]++
		}
		p.changes = append(p.changes, Change{
			Address: c.Address, PreviousAddress: c.Previous, Module: c.Module, Type: c.Type, Provider: c.Provider,
			Deposed: c.Deposed, Reason: c.Reason, Action: c.Kind.String(), Importing: c.Importing, Data: c.Data, kind: c.Kind,
		})
		return nil
	})
	if err != nil {
		t.Fatalf("kreadytest: %s: %v", name, err)
	}
	return p
}

func (p *Plan) file() budget.File {
	r := bytes.NewReader(p.source)
	return budget.File{Reader: r, ReaderAt: bytes.NewReader(p.source), Size: int64(len(p.source))}
}

// Changes lists every row of the plan, also those that change nothing.
func Changes(p *Plan) []Change { return slices.Clone(p.changes) }

// Creates lists what the plan creates; no replacements.
func Creates(p *Plan) []Change { return p.of(budget.Create) }

// Updates lists what the plan changes in place.
func Updates(p *Plan) []Change { return p.of(budget.Update) }

// Replaces lists what the plan replaces, in either order.
func Replaces(p *Plan) []Change { return p.of(budget.Replace) }

// Deletes lists what the plan destroys for good, deposed objects (with
// Deposed set) among them; no replacements.
func Deletes(p *Plan) []Change { return p.of(budget.Delete, budget.DeposedDelete) }

// Forgets lists what the plan drops from the state while the object lives on.
func Forgets(p *Plan) []Change { return p.of(budget.Forget, budget.CreateForget) }

// Imports lists what the plan takes into the state, whatever else it does to it.
func Imports(p *Plan) []Change {
	return p.where(func(c *Change) bool { return c.Importing })
}

// Moves lists what the plan knows under a new address, whatever else it does
// to it.
func Moves(p *Plan) []Change {
	return p.where(func(c *Change) bool { return c.PreviousAddress != "" && c.PreviousAddress != c.Address })
}

func (p *Plan) of(list ...budget.Kind) []Change {
	return p.where(func(c *Change) bool { return slices.Contains(list, c.kind) })
}

func (p *Plan) where(keep func(*Change) bool) []Change {
	var out []Change
	for i := range p.changes {
		if keep(&p.changes[i]) {
			out = append(out, p.changes[i])
		}
	}
	return out
}

// NoChanges fails the test when the plan would do anything, be it only to an
// output, and names what. Drift alone is no change of the plan.
func NoChanges(t testing.TB, p *Plan) {
	t.Helper()
	busy := p.where(func(c *Change) bool {
		return c.kind != budget.NoOp && c.kind != budget.Drift || c.Importing || c.PreviousAddress != ""
	})
	if len(busy) == 0 {
		return
	}
	const most = 20
	var lines []string
	for _, c := range busy[:min(most, len(busy))] {
		what := c.Action
		if c.Importing {
			what += " and import"
		}
		if c.PreviousAddress != "" {
			what += " and move from " + c.PreviousAddress
		}
		lines = append(lines, fmt.Sprintf("  %s: %s", c.Address, what))
	}
	if len(busy) > most {
		lines = append(lines, fmt.Sprintf("  and %d more", len(busy)-most))
	}
	t.Errorf("kreadytest: %s has %d changes, want none:\n%s", p.name, len(busy), strings.Join(lines, "\n"))
}
