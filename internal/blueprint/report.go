package blueprint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// report collects findings. Every rule looks at everything, so that a person
// sees all problems at once.
type report struct {
	production bool
	strict     bool
	findings   []Finding
	waiting    map[string]bool // inputs that a warning has named already
}

func newReport(spec Spec) *report {
	return &report{
		production: isProduction(spec),
		strict:     spec.Strict,
		waiting:    map[string]bool{},
	}
}

func isProduction(spec Spec) bool { return spec.Stage != StageDevelopment }

func (r *report) add(severity Severity, path, rule, summary, detail string) {
	r.findings = append(r.findings, Finding{Severity: severity, Path: path, Rule: rule, Summary: summary, Detail: detail})
}

// fail reports an error. detail is a format.
func (r *report) fail(path, rule, summary, detail string, args ...any) {
	r.add(SeverityError, path, rule, summary, fmt.Sprintf(detail, args...))
}

// warn reports a warning. detail is a format.
func (r *report) warn(path, rule, summary, detail string, args ...any) {
	r.add(SeverityWarning, path, rule, summary, fmt.Sprintf(detail, args...))
}

// relax reports an error in production and a warning in development, where it
// says that it is one.
func (r *report) relax(path, rule, summary, detail string, args ...any) {
	if r.production {
		r.fail(path, rule, summary, detail, args...)
		return
	}
	r.warn(path, rule, summary, "%s", fmt.Sprintf(detail, args...)+" Relaxed by stage = \"development\"; in production this is an error.")
}

// unsupported reports a seat of the schema that this version does not realize.
func (r *report) unsupported(path, what string) {
	r.fail(path, "not-supported-yet", what+" is not supported yet",
		"This version of kready has the attribute, so that configurations don't change when it comes, but can't build it. Remove it.")
}

// foreign reports what means nothing on this cloud, and never will: the schema
// is one for both.
func (r *report) foreign(path, what string) {
	r.fail(path, "other-cloud", what, "Only the other cloud has this, and what is ignored would mislead. Remove it.")
}

// wait reports that a check had to wait for an input that is not known yet,
// once for each input.
func (r *report) wait(value string) {
	path := unknownPath(value)
	if r.waiting[path] {
		return
	}
	r.waiting[path] = true
	if r.strict {
		r.fail(path, "unknown-input", "not known yet, so it can't be checked",
			"strict = true asks for every check at plan. Give a value that is known in the plan, or leave strict out.")
		return
	}
	r.warn(path, "unknown-input", "not known yet, so its checks have to wait",
		"It is checked when the value is known, at apply. Give a value that is known in the plan to have it checked now.")
}

// judged takes over the problems that package cidr found.
func (r *report) judged(rule string, problems ...cidr.Problem) {
	for _, problem := range problems {
		severity := SeverityError
		if problem.Severity == cidr.Warning {
			severity = SeverityWarning
		}
		r.add(severity, problem.Path, rule, problem.Summary, problem.Detail)
	}
}

// sorted returns the findings by path, then rule, without doubles.
func (r *report) sorted() []Finding {
	findings := slices.Clone(r.findings)
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
	})
	return slices.Compact(findings)
}

// lenient turns every error into a warning: a specification that has not
// changed is never refused, or it could not even be destroyed.
func lenient(findings []Finding) []Finding {
	for i := range findings {
		if findings[i].Severity == SeverityError {
			findings[i].Severity = SeverityWarning
			findings[i].Detail += " This is a warning because the specification has not changed; the next change has to put it right."
		}
	}
	return findings
}

// HasErrors tells whether any of findings stops the plan.
func HasErrors(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == SeverityError })
}

// at returns the path of an element of a map attribute.
func at(attribute, key string) string { return fmt.Sprintf("%s[%q]", attribute, key) }

// nth returns the path of an element of a list attribute.
func nth(attribute string, index int) string { return fmt.Sprintf("%s[%d]", attribute, index) }

// quoted writes a list of words for a message.
func quoted(words []string) string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = fmt.Sprintf("%q", word)
	}
	return strings.Join(texts, ", ")
}

// plural writes a count with its noun.
func plural(count int, noun string) string {
	if count == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", count, noun)
}
