package generate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// Blueprint is one cluster as a blueprint file, a plan or a state says it.
type Blueprint struct {
	Spec blueprint.Spec

	// Prior is what was settled before: by an earlier apply, out of a plan or
	// a state, or by an earlier run, out of a lock file. Nil where nothing was.
	Prior *blueprint.Prior

	// Source is the file it was read from, as the user named it.
	Source string

	// places are where attributes stand in Source, by attribute path; "" is
	// the blueprint itself.
	places map[string]Position
}

// Position is a place in a file; line and column count from 1, and are 0
// where there is none, as in a state.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String is the position as compilers and editors write it.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is a finding with its place in a file.
type Problem struct {
	Severity blueprint.Severity `json:"severity"`
	Position
	Blueprint string `json:"blueprint"` // its name, or ""
	Path      string `json:"path"`      // attribute path, or ""
	Rule      string `json:"rule"`      // stable short name
	Summary   string `json:"summary"`   // what is wrong, in one line
	Detail    string `json:"detail"`    // why, and what to do
}

// String is the problem as compilers write one, so that editors find the
// place; the detail stands indented below.
func (p Problem) String() string {
	where := ""
	if p.Blueprint != "" {
		where = p.Blueprint + ": "
	}
	if p.Path != "" && p.Blueprint != "" {
		where += p.Path + ": "
	}
	text := fmt.Sprintf("%s: %s: %s%s [%s]", p.Position, p.Severity, where, p.Summary, p.Rule)
	for line := range strings.SplitSeq(strings.TrimSpace(p.Detail), "\n") {
		text += "\n    " + line
	}
	return text
}

// HasErrors tells whether any problem is an error.
func HasErrors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == blueprint.SeverityError })
}

// At is where the attribute with this path stands: itself, or the nearest
// thing around it that is written down.
func (b Blueprint) At(path string) Position {
	for {
		if place, ok := b.places[path]; ok {
			return place
		}
		if path == "" {
			return Position{File: b.Source}
		}
		path = outer(path)
	}
}

// outer is an attribute path without its last step.
func outer(path string) string {
	last := 0
	for i := 0; i < len(path); {
		switch path[i] {
		case '.':
			last = i
			i++
		case '[':
			last = i
			i += index(path[i:])
		default:
			i++
		}
	}
	return path[:last]
}

// index is the length of the index step, such as ["a"] or [0], that text
// begins with.
func index(text string) int {
	quoted := false
	for i := 1; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ']' && !quoted:
			return i + 1
		}
	}
	return len(text)
}

// Resolve settles the blueprint and says where its problems stand.
func (b Blueprint) Resolve() (blueprint.Outcome, []Problem) {
	outcome := blueprint.Resolve(b.Spec, b.Prior)
	problems := make([]Problem, 0, len(outcome.Findings))
	for _, finding := range outcome.Findings {
		problems = append(problems, b.problem(finding))
	}
	return outcome, problems
}

func (b Blueprint) problem(f blueprint.Finding) Problem {
	return Problem{
		Severity: f.Severity, Position: b.At(f.Path), Blueprint: b.Spec.Name,
		Path: f.Path, Rule: f.Rule, Summary: f.Summary, Detail: f.Detail,
	}
}

// Judge resolves every blueprint of a set and looks at them together. It
// returns all problems by place; outcomes are in the order of blueprints.
func Judge(blueprints []Blueprint) ([]blueprint.Outcome, []Problem) {
	var problems []Problem
	outcomes := make([]blueprint.Outcome, len(blueprints))
	for i, b := range blueprints {
		outcome, found := b.Resolve()
		outcomes[i] = outcome
		problems = append(problems, found...)
	}
	problems = append(problems, judgeTogether(blueprints, outcomes)...)
	return outcomes, sorted(problems)
}

// sorted orders problems by place, without doubles.
func sorted(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		for _, order := range []int{
			strings.Compare(a.File, b.File), a.Line - b.Line, a.Column - b.Column, strings.Compare(a.Blueprint, b.Blueprint),
			strings.Compare(a.Path, b.Path), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Summary, b.Summary),
		} {
			if order != 0 {
				return order
			}
		}
		return strings.Compare(a.Detail, b.Detail)
	})
	return slices.Compact(problems)
}
