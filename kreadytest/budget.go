package kreadytest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// Unlimited lets any number of changes of a kind through.
const Unlimited = -1

// Budget is what a plan may do. The zero Budget lets nothing through: what is
// not named is 0. It is either numbers or a file.
type Budget struct {
	Create           int
	Update           int
	Replace          int // in either order
	Delete           int
	Forget           int // dropped from the state; the object lives on
	CreateThenForget int
	Import           int
	Move             int
	DeposedDelete    int
	Action           int // actions invoked (Terraform 1.14)
	Deferred         int // more than 0 also lets plans with deferred changes be judged

	// Protect are address patterns of what must not be destroyed, as in a
	// budget file. One that names a single thing must find it in the plan.
	Protect []string

	// AllowIncomplete lets plans made with -target be judged.
	AllowIncomplete bool

	// File is a budget file, HCL or (named *.json) JSON; Name is the budget
	// in it, and without Name, Stack is compared with what it matches.
	File  string
	Name  string
	Stack string
	// At is when the plan is judged by a file: freezes and exceptions hang
	// on it. The zero time lies outside of every dated freeze and before
	// every expiry, so that a test has the same result on every day.
	At time.Time
}

// WithinBudget fails the test when the plan does more than the budget lets
// through, and says what, by how much and at which addresses. It ends the
// test when the plan can't be judged by that budget.
func WithinBudget(t testing.TB, p *Plan, b Budget) {
	t.Helper()
	v := judge(t, p, b)
	for i := range v.Findings {
		t.Errorf("kreadytest: %s is over its budget: %s", p.name, finding(&v.Findings[i]))
	}
}

// OverBudget fails the test unless the plan does more than the budget lets
// through: it proves that a gate would stop the plan. It ends the test when
// the plan can't be judged by that budget.
func OverBudget(t testing.TB, p *Plan, b Budget) {
	t.Helper()
	if v := judge(t, p, b); len(v.Findings) == 0 {
		t.Errorf("kreadytest: %s is within a budget that should stop it: it has %s", p.name, p.sum())
	}
}

// judge holds the plan to the budget, or ends the test.
func judge(t testing.TB, p *Plan, b Budget) *budget.Verdict {
	t.Helper()
	held, err := b.budget()
	if err != nil {
		t.Fatalf("kreadytest: %v", err)
	}
	e := budget.NewEvaluation(held, b.At)
	plan, err := budget.ReadPlan(p.file(), e.Want(), e.Add)
	if err != nil {
		t.Fatalf("kreadytest: %s: %v", p.name, err)
	}
	v, err := e.Finish(plan)
	if err != nil {
		t.Fatalf("kreadytest: %s: %v", p.name, err)
	}
	var run budget.Run
	run.Add(e)
	for _, total := range run.Verdicts() {
		v.Findings = append(v.Findings, total.Findings...)
	}
	return v
}

// sum says how many rows of each kind the plan has.
func (p *Plan) sum() string {
	var parts []string
	for _, k := range budget.Kinds() {
		if n := p.counts[k]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", k, n))
		}
	}
	if len(parts) == 0 {
		return "no rows"
	}
	return strings.Join(parts, ", ")
}

// finding says what is over, with the addresses.
func finding(f *budget.Finding) string {
	var text strings.Builder
	switch f.Rule {
	case budget.OverScore:
		fmt.Fprintf(&text, "the score is %d, %d allowed", f.Used, f.Allowed)
	case budget.Protected:
		fmt.Fprintf(&text, "%s of %d, by %s", f.Kind, f.Used, f.Line)
	default:
		fmt.Fprintf(&text, "%s %d, %d allowed by %s", f.Kind, f.Used, f.Allowed, f.Line)
	}
	for _, row := range f.Rows {
		text.WriteString("\n  " + row.Name)
	}
	if more := f.More(); more > 0 {
		fmt.Fprintf(&text, "\n  and %d more", more)
	}
	return text.String()
}

// budget turns the numbers, or the file, into a budget.
func (b *Budget) budget() (*budget.Budget, error) {
	numbers := map[budget.Kind]int{
		budget.Create: b.Create, budget.Update: b.Update, budget.Replace: b.Replace, budget.Delete: b.Delete,
		budget.Forget: b.Forget, budget.CreateForget: b.CreateThenForget, budget.Import: b.Import, budget.Move: b.Move,
		budget.DeposedDelete: b.DeposedDelete, budget.Action: b.Action, budget.Deferred: b.Deferred,
	}
	out := &budget.Budget{Name: "test", AllowIncomplete: b.AllowIncomplete, AllowDeferred: b.Deferred != 0}
	out.Label = "the test's budget"
	given := len(b.Protect) > 0 || b.AllowIncomplete
	for k, n := range numbers {
		given = given || n != 0
		if n < Unlimited {
			return nil, fmt.Errorf("%s is %d; a number of changes is 0 or more, or Unlimited", k, n)
		}
		out.Allow[k] = budget.Allowance{Named: true, Unlimited: n == Unlimited, Count: int64(max(n, 0))}
	}
	if b.File != "" {
		if given {
			return nil, fmt.Errorf("the budget is both numbers and the file %s; it would not be clear which of them holds", b.File)
		}
		src, err := os.ReadFile(b.File)
		if err != nil {
			return nil, fmt.Errorf("the budget can't be read: %w", err)
		}
		file, err := budget.ParseBudget(src, b.File)
		if err != nil {
			return nil, err
		}
		return file.Choose(b.Name, b.Stack)
	}
	for _, text := range b.Protect {
		p, err := budget.ParsePattern(text)
		if err != nil {
			return nil, err
		}
		p.Pos.File = "Protect"
		out.Protect = append(out.Protect, p)
	}
	return out, nil
}
