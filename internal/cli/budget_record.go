package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

const recordUsage = `Usage: kready budget record -out FILE [flags] PLAN…

Writes the budget that exactly admits these plans: for each resource type (or
address, with -by address) the most that any of them does, and for all of them
together the sum. Read it before you commit it: whatever was wrong in a plan is
allowed from then on.`

// budgetRecord is kready budget record.
func budgetRecord(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("budget record", flag.ContinueOnError)
	var input planInput
	out := flags.String("out", "", "`file` to write; - is standard output")
	name := flags.String("name", "recorded", "`name` of the budget")
	by := flags.String("by", "type", "one limit for each `type or address`")
	incomplete := flags.Bool("allow-incomplete", false, "record incomplete plans (-target), too")
	deferred := flags.Bool("allow-deferred", false, "record plans with deferred changes, too")
	input.register(flags)
	plans, code, done := parseBudget(flags, cio, args, recordUsage)
	if done {
		return code
	}
	switch {
	case *out == "":
		return budgetFail(cio, "record", errors.New("-out must be given"))
	case len(plans) == 0:
		return budgetFail(cio, "record", errors.New("name at least one plan, or - for standard input"))
	case *by != "type" && *by != "address":
		return budgetFail(cio, "record", fmt.Errorf("-by is type or address, not %q", *by))
	}
	recorder := budget.NewRecorder(*by == "address", &budget.Budget{AllowIncomplete: *incomplete, AllowDeferred: *deferred})
	for _, path := range plans {
		if err := recordPlan(ctx, cio, &input, recorder, path); err != nil {
			return budgetFail(cio, "record", fmt.Errorf("%s: %w", path, err))
		}
	}
	comment := fmt.Sprintf("Recorded by kready budget record on %s from %d plan(s): %s.", cio.Now().UTC().Format(time.DateOnly), len(plans), recorder.Summary())
	text := recorder.Write(*name, comment)
	if *out == "-" {
		if _, err := cio.Out.Write(text); err != nil {
			return budgetFail(cio, "record", err)
		}
		return exitWithin
	}
	if err := writeFile(*out, text); err != nil {
		return budgetFail(cio, "record", err)
	}
	fmt.Fprintf(cio.Out, "%s: %s\n", oneLine(*out), recorder.Summary())
	return exitWithin
}

func recordPlan(ctx context.Context, cio IO, input *planInput, recorder *budget.Recorder, path string) error {
	open, err := input.open(ctx, cio, path, false)
	if err != nil {
		return err
	}
	evaluation := recorder.Plan()
	plan, err := budget.ReadPlan(open.File, evaluation.Want(), evaluation.Add)
	if closing := open.close(); closing != nil {
		err = closing
	}
	if err == nil {
		recorder.Done(plan)
	}
	return err
}
