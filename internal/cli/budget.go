package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"
)

// Exit codes of kready budget. Those of several plans are reduced to the
// worst: 2, then 1, then 0.
const (
	exitWithin   = 0 // every plan is within its budget
	exitOver     = 1 // a plan is over its budget, or is not the one that passed
	exitNoAnswer = 2 // a plan can't be judged
)

const budgetUsage = `Usage: kready budget SUBCOMMAND [flags] PLAN…

Holds Terraform and OpenTofu plans, of any provider, to a change budget. A
PLAN is a saved plan file, the output of "terraform show -json PLANFILE" or
of "terraform plan -json", or - for standard input.

Subcommands:

    check     judge plans: exit 0 within, 1 over, 2 can't judge
    explain   say for each change to which line of the budget it is charged
    record    write the budget that exactly admits these plans
    approve   write a receipt for one plan that is over, with a reason
    verify    make sure that a plan is the one a receipt was written for
    validate  report what is wrong with budget files

"kready budget SUBCOMMAND -h" prints the flags of one.
`

// runBudget dispatches the subcommands of kready budget.
func runBudget(ctx context.Context, cio IO, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(cio.Err, budgetUsage)
		return exitNoAnswer
	}
	switch args[0] {
	case "check":
		return budgetCheck(ctx, cio, args[1:])
	case "explain":
		return budgetExplain(ctx, cio, args[1:])
	case "record":
		return budgetRecord(ctx, cio, args[1:])
	case "approve":
		return budgetApprove(ctx, cio, args[1:])
	case "verify":
		return budgetVerify(ctx, cio, args[1:])
	case "validate":
		return budgetValidate(ctx, cio, args[1:])
	case "help", "-h", "-help", "--help":
		fmt.Fprint(cio.Out, budgetUsage)
		return exitWithin
	}
	fmt.Fprintf(cio.Err, "kready budget: there is no subcommand %q; \"kready budget help\" lists those there are\n", args[0])
	return exitNoAnswer
}

// parseBudget reads flags, which may stand before, between and behind the
// plans: a flag that is taken for a file name would be a budget that isn't
// held.
func parseBudget(flags *flag.FlagSet, cio IO, args []string, usage string) (plans []string, code int, done bool) {
	for {
		if code, done := parse(flags, cio, args, usage); done {
			return nil, code, true
		}
		args = flags.Args()
		if len(args) == 0 {
			return plans, exitWithin, false
		}
		plans, args = append(plans, args[0]), args[1:]
	}
}

// list is a flag that may be repeated.
type list []string

func (l *list) String() string     { return strings.Join(*l, ", ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// budgetFail prints why nothing could be done.
func budgetFail(cio IO, command string, err error) int {
	fmt.Fprintf(cio.Err, "kready budget %s: %v\n", command, err)
	return exitNoAnswer
}
