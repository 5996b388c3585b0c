package cli

import (
	"context"
	"errors"
	"flag"
	"runtime/debug"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// check is one run of kready budget check, explain or approve.
type check struct {
	source   budgetSource
	input    planInput
	reports  reportFlags
	receipt  receiptFlags
	advisory bool

	charges func(plan string, e *budget.Evaluation) func(budget.Charge) // explain
	digest  bool                                                        // a receipt is wanted
}

func (c *check) register(flags *flag.FlagSet) {
	c.source.register(flags)
	c.input.register(flags)
	c.reports.register(flags)
}

const checkUsage = `Usage: kready budget check [flags] PLAN…

Judges each plan by its budget, and all of them together. Exits 0 when all are
within, 1 when one is over, 2 when one can't be judged. A budget allows only
what it names; any number, unless one is given, is allowed of reads, unchanged
resources, drift and outputs, which by themselves change nothing.`

// budgetCheck is kready budget check.
func budgetCheck(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("budget check", flag.ContinueOnError)
	var c check
	c.register(flags)
	c.receipt.register(flags)
	flags.BoolVar(&c.advisory, "advisory", false, "report, and exit 0 whatever the verdict; no receipt is written")
	plans, code, done := parseBudget(flags, cio, args, checkUsage)
	if done {
		return code
	}
	c.digest = c.receipt.path != "" && !c.advisory
	return c.run(ctx, cio, plans)
}

// run judges the plans and writes the reports and the receipt.
func (c *check) run(ctx context.Context, cio IO, plans []string) int {
	if err := c.prepare(plans); err != nil {
		return budgetFail(cio, "check", err)
	}
	// The process ends with this; see budget.GCPercent.
	defer debug.SetGCPercent(debug.SetGCPercent(budget.GCPercent))
	result := c.judge(ctx, cio, plans)
	result.advisory = c.advisory
	if err := c.receipt.write(result, nil); err != nil {
		budgetFail(cio, "check", err)
		result.broken = true
	}
	if err := c.reports.write(cio, result); err != nil {
		return budgetFail(cio, "check", err)
	}
	return result.exit()
}

// prepare finds what is wrong with the command line.
func (c *check) prepare(plans []string) error {
	if len(plans) == 0 {
		return errors.New("name at least one plan, or - for standard input")
	}
	stdin := 0
	for _, p := range plans {
		if p == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return errors.New("standard input (-) can be read only once")
	}
	var err error
	if c.source.flags, err = c.source.fromFlags(); err != nil {
		return err
	}
	if c.source.flags == nil && c.source.file == "" && (c.source.incomplete || c.source.deferred) {
		return errors.New("-allow-incomplete and -allow-deferred go with numbers such as -create 20; in a budget file, write allow_incomplete or allow_deferred")
	}
	if err := c.receipt.prepare(); err != nil {
		return err
	}
	return c.reports.prepare()
}

// judgement is what came of one plan.
type judgement struct {
	path    string
	budget  *budget.Budget // nil when none was found
	plan    *budget.Plan   // nil when it can't be judged
	verdict *budget.Verdict
	refusal *budget.Refusal
	print   *budget.Fingerprint // when a receipt is wanted
	sum     []byte
}

// result is what came of all plans of a run.
type result struct {
	plans    []judgement
	totals   []*budget.Verdict
	advisory bool
	approved string // the reason, when someone approved what is over
	receipt  string // the path, when one was written
	broken   bool   // a receipt could not be written
	now      time.Time
}

// verdict words, as in reports.
const (
	wordWithin   = "within"
	wordOver     = "over"
	wordNoAnswer = "cannot_judge"
)

func (j *judgement) word() string {
	switch {
	case j.refusal != nil:
		return wordNoAnswer
	case !j.verdict.Within():
		return wordOver
	}
	return wordWithin
}

// word is the worst of all.
func (r *result) word() string {
	worst := wordWithin
	for i := range r.plans {
		switch r.plans[i].word() {
		case wordNoAnswer:
			return wordNoAnswer
		case wordOver:
			worst = wordOver
		}
	}
	for _, t := range r.totals {
		if !t.Within() {
			worst = wordOver
		}
	}
	return worst
}

// exit is the exit code.
func (r *result) exit() int {
	if r.advisory {
		return exitWithin
	}
	if r.broken {
		return exitNoAnswer
	}
	switch r.word() {
	case wordNoAnswer:
		return exitNoAnswer
	case wordOver:
		if r.approved != "" {
			return exitWithin
		}
		return exitOver
	}
	return exitWithin
}

// judge reads and judges every plan.
func (c *check) judge(ctx context.Context, cio IO, plans []string) *result {
	r := &result{now: cio.Now()}
	var run budget.Run
	for _, path := range plans {
		j := judgement{path: path}
		evaluation, err := c.judgeOne(ctx, cio, &j, r.now)
		if err != nil && !errors.As(err, &j.refusal) {
			j.refusal = &budget.Refusal{Code: budget.Unreadable, Why: "the plan can't be read", Do: "check it and try again", Cause: err}
		}
		if err == nil {
			run.Add(evaluation)
		}
		r.plans = append(r.plans, j)
	}
	r.totals = run.Verdicts()
	return r
}

func (c *check) judgeOne(ctx context.Context, cio IO, j *judgement, now time.Time) (*budget.Evaluation, error) {
	var err error
	if j.budget, err = c.source.forPlan(j.path); err != nil {
		return nil, err
	}
	open, err := c.input.open(ctx, cio, j.path, c.digest)
	if err != nil {
		return nil, err
	}
	evaluation := budget.NewEvaluation(j.budget, now)
	if c.charges != nil {
		evaluation.OnCharge = c.charges(j.path, evaluation)
	}
	want, yield := evaluation.Want(), evaluation.Add
	if c.digest {
		j.print = budget.NewFingerprint(c.receipt.key)
		yield = j.print.Around(want, yield)
	}
	plan, err := budget.ReadPlan(open.File, want, yield)
	if err == nil {
		j.sum, err = open.sum(plan)
	}
	if closing := open.close(); closing != nil {
		// What terraform says of its failure explains what came of it.
		err = closing
	}
	if err != nil {
		return nil, err
	}
	verdict, err := evaluation.Finish(plan)
	if err != nil {
		return nil, err
	}
	j.plan, j.verdict = plan, verdict
	return evaluation, nil
}
