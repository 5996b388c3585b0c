package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
)

const validateUsage = `Usage: kready budget validate FILE…

Reads budget files and reports all that is wrong with them, with line and
column. A pipeline that judges plans by the budget of the base branch runs it
on the budget of the change, so that a broken one is not found after the merge.`

// budgetValidate is kready budget validate.
func budgetValidate(_ context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("budget validate", flag.ContinueOnError)
	files, code, done := parseBudget(flags, cio, args, validateUsage)
	if done {
		return code
	}
	if len(files) == 0 {
		return budgetFail(cio, "validate", errors.New("name at least one budget file"))
	}
	var source budgetSource
	for _, file := range files {
		budgets, err := source.read(file)
		if err != nil {
			code = budgetFail(cio, "validate", err)
			continue
		}
		fmt.Fprintf(cio.Out, "%s: %d budgets\n", oneLine(file), len(budgets.Budgets))
	}
	return code
}
