package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

const explainUsage = `Usage: kready budget explain [flags] PLAN…

Says for each change which line of the budget it is charged to, and then what
"kready budget check" says. The exit code is that of check.`

// budgetExplain is kready budget explain.
func budgetExplain(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("budget explain", flag.ContinueOnError)
	var c check
	c.register(flags)
	plans, code, done := parseBudget(flags, cio, args, explainUsage)
	if done {
		return code
	}
	c.charges = func(plan string, e *budget.Evaluation) func(budget.Charge) {
		fmt.Fprintf(cio.Out, "%s\n", plan)
		return func(charge budget.Charge) { fmt.Fprintln(cio.Out, explained(charge, e.Attributes())) }
	}
	return c.run(ctx, cio, plans)
}

// explained is one line for one charge.
func explained(c budget.Charge, attributes []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %-18s %s", c.Kind, oneLine(c.Change.Name()))
	if c.Kind == budget.Move {
		fmt.Fprintf(&b, " (was %s)", oneLine(c.Change.Previous))
	}
	if len(attributes) > 0 && c.Kind == budget.Update && c.Change.Object == "" {
		fmt.Fprintf(&b, " [%s]", strings.Join(attributes, ", "))
	}
	if c.To == "" {
		b.WriteString(" -> counted only")
	} else {
		fmt.Fprintf(&b, " -> %s", c.To)
		if c.Pos.Line > 0 {
			fmt.Fprintf(&b, " (%s)", c.Pos)
		}
	}
	for _, f := range c.Freezes {
		fmt.Fprintf(&b, ", and %s", f)
	}
	return b.String()
}
