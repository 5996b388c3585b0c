package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

const (
	// markdownMost is the most characters of a Markdown report: GitHub takes
	// 65,536 in a comment, and the rest is left to who wraps it.
	markdownMost = 60000
	// markdownRows is how many rows of a finding are named at first.
	markdownRows = 50
)

// reportMarkdown writes a comment for a pull request. Its first line is a
// marker that is the same in every run over the same plans, so that a
// pipeline updates its comment instead of adding another. When it comes out
// too long, it names fewer rows, and then fewer plans; the verdict and the
// numbers of what is over come first and stay.
func reportMarkdown(w io.Writer, r *result, _ string) error {
	text := ""
	for _, rows := range []int{markdownRows, 10, 3, 0} {
		text = markdown(r, rows)
		if len([]rune(text)) <= markdownMost {
			break
		}
	}
	if runes := []rune(text); len(runes) > markdownMost {
		const end = "\n\n…and more than fits here; see the log.\n"
		text = string(runes[:markdownMost-len([]rune(end))])
		text = text[:strings.LastIndexByte(text, '\n')+1] + end
	}
	_, err := io.WriteString(w, text)
	return err
}

// marker is stable for a set of plans, whatever their order.
func (r *result) marker() string {
	var paths []string
	for i := range r.plans {
		paths = append(paths, r.plans[i].path)
	}
	slices.Sort(paths)
	sum := sha256.Sum256([]byte(strings.Join(paths, "\n")))
	return "<!-- kready-budget:" + hex.EncodeToString(sum[:8]) + " -->"
}

func markdown(r *result, rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n### Change budget: %s\n", r.marker(), escapeMarkdown(strings.ToLower(r.headline())))
	order := make([]*judgement, len(r.plans))
	for i := range r.plans {
		order[i] = &r.plans[i]
	}
	// What needs attention first, so that it is there when the rest is cut.
	slices.SortStableFunc(order, func(x, y *judgement) int { return severity(y) - severity(x) })
	for _, t := range r.totals {
		fmt.Fprintf(&b, "\n#### All plans of %s together\n\n", escapeMarkdown(t.Budget))
		markdownVerdict(&b, t, rows)
	}
	for _, j := range order {
		fmt.Fprintf(&b, "\n#### %s: %s\n\n", escapeMarkdown(j.path), strings.ReplaceAll(j.word(), "_", " "))
		if x := j.refusal; x != nil {
			why := x.Why
			if x.Cause != nil {
				why += ": " + x.Cause.Error()
			}
			fmt.Fprintf(&b, "**%s**\n\n%s\n", escapeMarkdown(why), escapeMarkdown(x.Do))
			continue
		}
		markdownVerdict(&b, j.verdict, rows)
	}
	return b.String()
}

func severity(j *judgement) int {
	switch j.word() {
	case wordNoAnswer:
		return 2
	case wordOver:
		return 1
	}
	return 0
}

func markdownVerdict(b *strings.Builder, v *budget.Verdict, rows int) {
	for i := range v.Findings {
		f := &v.Findings[i]
		fmt.Fprintf(b, "- **%s**", escapeMarkdown(findingText(f)))
		if f.Pos.Line > 0 {
			fmt.Fprintf(b, " (%s)", escapeMarkdown(f.Pos.String()))
		}
		fmt.Fprintf(b, ". %s.\n", escapeMarkdown(f.Do))
		shown := min(rows, len(f.Rows))
		for _, row := range f.Rows[:shown] {
			fmt.Fprintf(b, "  - %s\n", escapeMarkdown(rowText(row)))
		}
		if more := f.More() + int64(len(f.Rows)-shown); more > 0 {
			fmt.Fprintf(b, "  - and %d more\n", more)
		}
	}
	b.WriteString("\n| kind | changes |\n| --- | ---: |\n")
	for _, k := range budget.Kinds() {
		if v.Counts[k] > 0 {
			fmt.Fprintf(b, "| %s | %d |\n", escapeMarkdown(k.String()), v.Counts[k])
		}
	}
	if v.Counts == (budget.Counts{}) {
		b.WriteString("| none | 0 |\n")
	}
	if v.ScoreMax >= 0 {
		fmt.Fprintf(b, "\nScore %d of %d.\n", v.Score, v.ScoreMax)
	}
	for _, x := range v.Exceptions {
		fmt.Fprintf(b, "\nLet through by exception %s: %s %d (%s).\n", escapeMarkdown(x.Name), escapeMarkdown(x.Kind.String()), x.Used, escapeMarkdown(x.Reason))
	}
	for _, n := range v.Notes {
		fmt.Fprintf(b, "\nNote: %s.\n", escapeMarkdown(n))
	}
}

// escapeMarkdown makes text from a plan plain text in Markdown: no markup, no
// HTML, no table cells, no mentions of people, no links.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range oneLine(s) {
		switch {
		case strings.ContainsRune("\\`*_{}[]()#+!|~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '@':
			// An entity would still mention: the invisible joiner does not.
			b.WriteString("@\u2060")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
