package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// textRows is how many rows of a finding the text report names.
const textRows = 20

// reportText writes the report for people.
func reportText(w io.Writer, r *result, _ string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.headline())
	for i := range r.plans {
		textPlan(&b, &r.plans[i])
	}
	for _, t := range r.totals {
		fmt.Fprintf(&b, "\nall plans of budget %q together: %s\n", t.Budget, countsText(&t.Counts))
		textVerdict(&b, t)
	}
	if r.receipt != "" {
		fmt.Fprintf(&b, "\nreceipt written to %s\n", oneLine(r.receipt))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func textPlan(b *strings.Builder, j *judgement) {
	fmt.Fprintf(b, "\n%s: %s", oneLine(j.path), strings.ReplaceAll(j.word(), "_", " "))
	if j.budget != nil {
		fmt.Fprintf(b, ", budget %q", j.budget.Name)
		if j.budget.Pos.Line > 0 {
			fmt.Fprintf(b, " (%s)", j.budget.Pos)
		}
	}
	b.WriteByte('\n')
	if x := j.refusal; x != nil {
		textRefusal(b, x)
		return
	}
	fmt.Fprintf(b, "  %s\n", countsText(&j.verdict.Counts))
	textVerdict(b, j.verdict)
}

func textRefusal(b *strings.Builder, x *budget.Refusal) {
	fmt.Fprintf(b, "  can't judge: %s\n", oneLine(x.Why))
	if x.Cause != nil {
		for line := range strings.Lines(x.Cause.Error()) {
			fmt.Fprintf(b, "    %s\n", oneLine(strings.TrimSpace(line)))
		}
	}
	if x.Do != "" {
		fmt.Fprintf(b, "    -> %s\n", oneLine(x.Do))
	}
}

func textVerdict(b *strings.Builder, v *budget.Verdict) {
	for i := range v.Findings {
		f := &v.Findings[i]
		fmt.Fprintf(b, "  over: %s", findingText(f))
		if f.Pos.Line > 0 || f.Pos.File != "" {
			fmt.Fprintf(b, " [%s]", f.Pos)
		}
		b.WriteByte('\n')
		for n, row := range f.Rows {
			if n == textRows {
				break
			}
			fmt.Fprintf(b, "    %s\n", rowText(row))
		}
		if more := f.More() + int64(max(0, len(f.Rows)-textRows)); more > 0 {
			fmt.Fprintf(b, "    and %d more\n", more)
		}
		fmt.Fprintf(b, "    -> %s\n", f.Do)
	}
	for _, x := range v.Exceptions {
		fmt.Fprintf(b, "  let through by exception %q: %s %d (%s)\n", x.Name, x.Kind, x.Used, oneLine(x.Reason))
	}
	if v.ScoreMax >= 0 {
		fmt.Fprintf(b, "  score %d of %d\n", v.Score, v.ScoreMax)
	}
	for _, n := range v.Notes {
		fmt.Fprintf(b, "  note: %s\n", oneLine(n))
	}
}

// rowText is a row with what a reader needs to place it.
func rowText(s budget.Sample) string {
	text := oneLine(s.Name)
	if s.Previous != "" && s.Previous != s.Address {
		text += " (was " + oneLine(s.Previous) + ")"
	}
	if s.Reason != "" {
		text += " (" + strings.ReplaceAll(oneLine(s.Reason), "_", " ") + ")"
	}
	return text
}
