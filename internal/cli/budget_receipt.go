package cli

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// receiptFlags are the flags for writing a receipt.
type receiptFlags struct {
	path    string
	keyFile string
	bind    string
	life    time.Duration

	key []byte
}

func (r *receiptFlags) register(flags *flag.FlagSet) {
	flags.StringVar(&r.path, "receipt", "", "write a receipt to `file` when all plans are within")
	flags.StringVar(&r.keyFile, "receipt-key", "", "`file` with a secret of at least 32 bytes, for the digest of the values that verify -same-changes wants")
	flags.StringVar(&r.bind, "bind", "", "plan `file` that the plan given as JSON was made from: the receipt is good for it, too")
	flags.DurationVar(&r.life, "receipt-life", 24*time.Hour, "`duration` for which the receipt is good")
}

func (r *receiptFlags) prepare() error {
	if r.path == "" && (r.keyFile != "" || r.bind != "") {
		return errors.New("-receipt-key and -bind go with -receipt")
	}
	if r.life <= 0 && r.path != "" {
		return errors.New("-receipt-life is a duration such as 24h")
	}
	var err error
	r.key, err = readKey(r.keyFile)
	return err
}

// readKey reads a key file; no name, no key.
func readKey(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable("the key", err)
	}
	if key = bytes.TrimSpace(key); len(key) < 32 {
		return nil, fmt.Errorf("the key in %s is shorter than 32 bytes; make one with `openssl rand -hex 32`", path)
	}
	return key, nil
}

// write writes the receipt that the result deserves. One that an earlier run
// left there is taken away first, so that it is not mistaken for this one's.
func (r *receiptFlags) write(res *result, approval *approval) error {
	if r.path == "" {
		return nil
	}
	if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unreadable("the old receipt", err)
	}
	passed := res.word() == wordWithin || approval != nil && res.word() == wordOver
	if res.advisory || !passed {
		return nil
	}
	receipt := budget.Receipt{Schema: budget.ReceiptSchema, Verdict: res.word(), Created: res.now.UTC(), Expires: res.now.UTC().Add(r.life)}
	if approval != nil {
		receipt.Verdict, receipt.Reason, receipt.By = "approved", approval.reason, approval.by
	}
	for i := range res.plans {
		entry, err := r.entry(&res.plans[i])
		if err != nil {
			return err
		}
		receipt.Plans = append(receipt.Plans, *entry)
	}
	text, err := json.MarshalIndent(receipt, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(r.path, append(text, '\n')); err != nil {
		return err
	}
	res.receipt = r.path
	return nil
}

func (r *receiptFlags) entry(j *judgement) (*budget.ReceiptEntry, error) {
	e := &budget.ReceiptEntry{
		Path: filepath.ToSlash(j.path), Input: j.plan.Input, SHA256: hex.EncodeToString(j.sum),
		Budget: j.budget.Name, BudgetDigest: hex.EncodeToString(j.budget.Digest[:]),
		Changes: hex.EncodeToString(j.print.Changes()), Rows: j.print.Rows(), Values: hex.EncodeToString(j.print.Values()),
		Incomplete: !j.plan.Complete, Deferred: j.verdict.Counts[budget.Deferred] > 0,
	}
	if r.bind == "" {
		return e, nil
	}
	sum, err := bound(r.bind, j)
	if err != nil {
		return nil, err
	}
	e.PlanFile = hex.EncodeToString(sum)
	return e, nil
}

// bound reads the plan file that JSON claims to be made from, and makes sure
// that it holds the same changes.
func bound(path string, j *judgement) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable("the plan file", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable("the plan file", err)
	}
	fingerprint := budget.NewFingerprint(nil)
	want := &budget.Want{AllowIncomplete: true, AllowDeferred: true}
	plan, err := budget.ReadPlan(budget.File{Reader: f, ReaderAt: f, Size: info.Size()}, want,
		fingerprint.Around(want, func(*budget.Change) error { return nil }))
	if err != nil {
		return nil, fmt.Errorf("-bind %s: %w", path, err)
	}
	if plan.Input != budget.PlanFile || j.plan.Input != budget.ShowJSON {
		return nil, fmt.Errorf("-bind %s: it binds the output of `terraform show -json` to the plan file that it was made from", path)
	}
	if !bytes.Equal(fingerprint.Changes(), j.print.Changes()) {
		return nil, fmt.Errorf("-bind %s: its changes are not those of %s, so that JSON was made from another plan", path, j.path)
	}
	return fileSum(path)
}

// writeFile writes a file whole or not at all.
func writeFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("%s can't be written: %w", path, err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("%s can't be written: %w", path, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// readReceipt reads a receipt, which has nothing in it that isn't known.
func readReceipt(path string) (*budget.Receipt, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable("the receipt", err)
	}
	defer func() { _ = f.Close() }()
	const most = 64 << 20
	decoder := json.NewDecoder(io.LimitReader(f, most))
	decoder.DisallowUnknownFields()
	var r budget.Receipt
	err = decoder.Decode(&r)
	if err == nil && decoder.More() {
		err = errors.New("something follows it")
	}
	if err != nil {
		return nil, &budget.Refusal{Code: budget.BadReceipt, Why: path + " is not a receipt", Do: "check the plan again", Cause: err}
	}
	return &r, nil
}
