package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// verifier is one run of kready budget verify.
type verifier struct {
	receipt string
	keyFile string
	same    bool
	source  string // -budget-sha256
	input   planInput
}

const verifyUsage = `Usage: kready budget verify -receipt FILE [flags] PLAN

Exits 0 when the plan is, byte for byte, the one that the receipt was written
for; with -same-changes, when it makes equal changes to equal values (for
pipelines that plan again after a merge). Exits 1 when it is not, or when the
receipt has expired, and 2 when that can't be told. A receipt is a note and no
signature: keep it where only the pipeline writes, or sign it.`

// budgetVerify is kready budget verify.
func budgetVerify(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("budget verify", flag.ContinueOnError)
	var v verifier
	flags.StringVar(&v.receipt, "receipt", "", "`file` that check or approve wrote")
	flags.StringVar(&v.keyFile, "receipt-key", "", "`file` with the secret that the receipt was written with; needed by -same-changes")
	flags.BoolVar(&v.same, "same-changes", false, "accept another plan that makes equal changes to equal values")
	flags.StringVar(&v.source, "budget-sha256", "", "accept only receipts for the budget with this `digest` (budget_sha256 in a receipt)")
	v.input.register(flags)
	plans, code, done := parseBudget(flags, cio, args, verifyUsage)
	if done {
		return code
	}
	switch {
	case v.receipt == "":
		return budgetFail(cio, "verify", errors.New("-receipt must be given"))
	case len(plans) != 1:
		return budgetFail(cio, "verify", fmt.Errorf("one plan is verified at a time, got %d", len(plans)))
	case v.same && v.keyFile == "":
		return budgetFail(cio, "verify", errors.New("-same-changes compares values, so it needs -receipt-key"))
	}
	err := v.verify(ctx, cio, plans[0])
	var other *budget.Mismatch
	switch {
	case err == nil:
		fmt.Fprintf(cio.Out, "%s: verified by %s\n", oneLine(plans[0]), oneLine(v.receipt))
		return exitWithin
	case errors.As(err, &other):
		fmt.Fprintf(cio.Err, "kready budget verify: %s: %v\n", oneLine(plans[0]), err)
		return exitOver
	}
	return budgetFail(cio, "verify", err)
}

func (v *verifier) verify(ctx context.Context, cio IO, path string) error {
	receipt, err := readReceipt(v.receipt)
	if err != nil {
		return err
	}
	for i := range receipt.Plans {
		if v.source != "" && receipt.Plans[i].BudgetDigest != v.source {
			return &budget.Mismatch{Why: "the receipt was written for another budget; check the plan again"}
		}
	}
	q := budget.Verification{Path: path, Now: cio.Now()}
	if v.same {
		err = v.readAgain(ctx, cio, receipt, &q)
	} else {
		q.SHA256, err = v.sum(cio, path)
	}
	if err != nil {
		return err
	}
	return receipt.Verify(q)
}

// sum is the SHA-256 of the plan as it lies there.
func (v *verifier) sum(cio IO, path string) ([]byte, error) {
	if path != "-" {
		return fileSum(path)
	}
	return readerSum(cio.In)
}

// readAgain takes the fingerprint of the plan. What the receipt let through
// besides (an incomplete plan, deferred changes) is let through again.
func (v *verifier) readAgain(ctx context.Context, cio IO, receipt *budget.Receipt, q *budget.Verification) error {
	key, err := readKey(v.keyFile)
	if err != nil {
		return err
	}
	open, err := v.input.open(ctx, cio, q.Path, false)
	if err != nil {
		return err
	}
	fingerprint := budget.NewFingerprint(key)
	want := &budget.Want{}
	for i := range receipt.Plans {
		want.AllowIncomplete = want.AllowIncomplete || receipt.Plans[i].Incomplete
		want.AllowDeferred = want.AllowDeferred || receipt.Plans[i].Deferred
	}
	plan, err := budget.ReadPlan(open.File, want, fingerprint.Around(want, func(*budget.Change) error { return nil }))
	if closing := open.close(); closing != nil {
		err = closing
	}
	if err != nil {
		return err
	}
	q.SameChanges, q.Input = fingerprint, plan.Input
	return nil
}
