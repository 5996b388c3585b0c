package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// approval is who let a plan pass that is over its budget, and why.
type approval struct {
	reason, by string
	protected  list // exact addresses that may be destroyed although protected
}

const approveUsage = `Usage: kready budget approve -receipt FILE -reason WHY [flags] PLAN

Judges one plan and writes a receipt for it even when it is over its budget.
Only this very plan then passes "kready budget verify". What is protected has
to be named as well, each by its exact address, with -protected. A plan that
can't be judged can't be approved.`

// budgetApprove is kready budget approve.
func budgetApprove(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("budget approve", flag.ContinueOnError)
	var c check
	var a approval
	c.register(flags)
	c.receipt.register(flags)
	flags.StringVar(&a.reason, "reason", "", "`why` this plan may pass; it goes into the receipt")
	flags.StringVar(&a.by, "by", "", "`who` approves; it goes into the receipt")
	flags.Var(&a.protected, "protected", "exact `address` of a protected resource that may be destroyed; may be repeated")
	plans, code, done := parseBudget(flags, cio, args, approveUsage)
	if done {
		return code
	}
	if err := a.check(&c, plans); err != nil {
		return budgetFail(cio, "approve", err)
	}
	if err := c.prepare(plans); err != nil {
		return budgetFail(cio, "approve", err)
	}
	c.digest = true
	res := c.judge(ctx, cio, plans)
	grant := &a
	if missing := a.missing(res); len(missing) > 0 {
		budgetFail(cio, "approve", fmt.Errorf("the plan destroys what is protected; name it: -protected '%s'", strings.Join(missing, "' -protected '")))
		grant = nil
	} else if res.word() == wordOver {
		res.approved = a.reason
	}
	if err := c.receipt.write(res, grant); err != nil {
		budgetFail(cio, "approve", err)
		res.broken = true
	}
	if err := c.reports.write(cio, res); err != nil {
		return budgetFail(cio, "approve", err)
	}
	return res.exit()
}

func (a *approval) check(c *check, plans []string) error {
	var all []error
	if c.receipt.path == "" {
		all = append(all, errors.New("-receipt must be given"))
	}
	if a.reason = strings.TrimSpace(a.reason); a.reason == "" {
		all = append(all, errors.New("-reason must be given"))
	}
	if len(plans) != 1 {
		all = append(all, fmt.Errorf("one plan is approved at a time, got %d", len(plans)))
	}
	return errors.Join(all...)
}

// missing are the protected rows that the approval does not name. Rows beyond
// those that a verdict remembers can't be named, and so can't be approved.
func (a *approval) missing(res *result) []string {
	var out []string
	for i := range res.plans {
		if res.plans[i].verdict == nil {
			continue
		}
		for _, f := range res.plans[i].verdict.Findings {
			if f.Rule != budget.Protected {
				continue
			}
			for _, row := range f.Rows {
				if !slices.Contains(a.protected, row.Name) {
					out = append(out, row.Name)
				}
			}
			if f.More() > 0 {
				out = append(out, fmt.Sprintf("(and %d more)", f.More()))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
