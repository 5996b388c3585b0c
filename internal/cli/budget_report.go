package cli

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// reportFlags are the flags that say which reports are written, and where.
type reportFlags struct {
	formats list
	root    string

	outputs []reportOutput
}

type reportOutput struct {
	format string
	path   string // "" is standard output
	write  reportWriter
}

// reportWriter writes one format. No writer has access to a value of a plan:
// a result has none.
type reportWriter func(w io.Writer, r *result, root string) error

var reportWriters = map[string]reportWriter{
	"text": reportText, "json": reportJSON, "markdown": reportMarkdown, "github": reportGitHub,
	"gitlab": reportGitLab, "junit": reportJUnit, "sarif": reportSARIF,
}

func (f *reportFlags) register(flags *flag.FlagSet) {
	flags.Var(&f.formats, "report", "`format[=path]`: text, json, markdown, github (annotations), gitlab (code quality), junit or sarif; may be repeated, without a path for one of them")
	flags.StringVar(&f.root, "root", "", "`folder` with the configuration: SARIF, GitHub and GitLab point at the block of a resource in it, rather than at the budget")
}

func (f *reportFlags) prepare() error {
	if len(f.formats) == 0 {
		f.formats = list{"text"}
	}
	var all []error
	paths := map[string]bool{}
	for _, text := range f.formats {
		format, path, _ := strings.Cut(text, "=")
		write := reportWriters[format]
		if write == nil {
			all = append(all, fmt.Errorf("-report %q: the formats are text, json, markdown, github, gitlab, junit and sarif", format))
			continue
		}
		if path == "-" {
			path = ""
		}
		if paths[path] {
			where := path
			if path == "" {
				where = "standard output"
			}
			all = append(all, fmt.Errorf("-report %s: another report goes to %s already; give it a path: -report %s=FILE", format, where, format))
		}
		paths[path] = true
		f.outputs = append(f.outputs, reportOutput{format, path, write})
	}
	return errors.Join(all...)
}

// write writes every report, also when one of them fails.
func (f *reportFlags) write(cio IO, r *result) error {
	var all []error
	for _, o := range f.outputs {
		var text bytes.Buffer
		err := o.write(&text, r, f.root)
		switch {
		case err != nil:
		case o.path == "":
			_, err = cio.Out.Write(text.Bytes())
		default:
			err = writeFile(o.path, text.Bytes())
		}
		if err != nil {
			all = append(all, fmt.Errorf("-report %s: %w", o.format, err))
		}
	}
	return errors.Join(all...)
}

// issue is one thing that keeps a run from passing, in the shape that reports
// of single issues (annotations, SARIF, JUnit) share.
type issue struct {
	rule    string // identifier
	plan    string // path; "" for all plans together
	message string // one line
	do      string
	file    string // where it is to be mended
	line    int
	column  int
	rows    []budget.Sample
	more    int64
	key     string // the same thing has the same key in the next run
}

// issues lists what keeps the run from passing.
func (r *result) issues() []issue {
	var out []issue
	for i := range r.plans {
		j := &r.plans[i]
		if x := j.refusal; x != nil {
			why := x.Why
			if x.Cause != nil {
				why += ": " + x.Cause.Error()
			}
			is := issue{rule: "cannot-judge/" + strings.ReplaceAll(string(x.Code), "_", "-"), plan: j.path, message: oneLine(why), do: oneLine(x.Do), file: j.path, line: 1, column: 1}
			is.key = is.rule + "|" + j.path
			out = append(out, is)
			continue
		}
		for _, f := range j.verdict.Findings {
			out = append(out, findingIssue(j.path, &f))
		}
	}
	for _, t := range r.totals {
		for _, f := range t.Findings {
			out = append(out, findingIssue("", &f))
		}
	}
	return out
}

func findingIssue(plan string, f *budget.Finding) issue {
	is := issue{
		rule: string(f.Rule), plan: plan, message: findingText(f), do: f.Do,
		file: f.Pos.File, line: f.Pos.Line, column: f.Pos.Column, rows: f.Rows, more: f.More(),
		key: strings.Join([]string{string(f.Rule), plan, f.Line, f.Kind.String()}, "|"),
	}
	if f.Pos.Line == 0 { // a budget of flags is written nowhere
		is.file, is.line, is.column = plan, 1, 1
	}
	return is
}

// findingText says what is over and by how much.
func findingText(f *budget.Finding) string {
	switch f.Rule {
	case budget.Protected:
		return fmt.Sprintf("%s: %d protected by %s", f.Kind, f.Used, oneLine(f.Line))
	case budget.OverScore:
		return fmt.Sprintf("score: %d, %d allowed (%d over)", f.Used, f.Allowed, f.Used-f.Allowed)
	}
	return fmt.Sprintf("%s: %d, %d allowed by %s (%d over)", f.Kind, f.Used, f.Allowed, oneLine(f.Line), f.Used-f.Allowed)
}

// countsText lists the counts that are not zero.
func countsText(c *budget.Counts) string {
	var parts []string
	for _, k := range budget.Kinds() {
		if c[k] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", k, c[k]))
		}
	}
	if len(parts) == 0 {
		return "no changes"
	}
	return strings.Join(parts, ", ")
}

// headline is the verdict in capitals.
func (r *result) headline() string {
	text := map[string]string{wordWithin: "WITHIN BUDGET", wordOver: "OVER BUDGET", wordNoAnswer: "CAN'T JUDGE"}[r.word()]
	if r.approved != "" && r.word() == wordOver {
		text += ", APPROVED (" + oneLine(r.approved) + ")"
	}
	if r.advisory {
		text += " (ADVISORY: the exit code is 0 whatever the verdict)"
	}
	return text
}

// oneLine makes text from outside fit for one line of a report.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == 0x2028 || r == 0x2029:
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || slices.Contains([]rune{0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069}, r):
			return '?'
		}
		return r
	}, s)
}
