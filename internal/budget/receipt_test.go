package budget

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
)

var testKey = bytes.Repeat([]byte("k"), 32)

// printed is the fingerprint of a plan.
func printed(t *testing.T, plan, key []byte) *Fingerprint {
	t.Helper()
	f := NewFingerprint(key)
	want := &Want{AllowIncomplete: true}
	_, err := ReadPlan(File{Reader: bytes.NewReader(plan), ReaderAt: bytes.NewReader(plan), Size: int64(len(plan))}, want,
		f.Around(want, func(*Change) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFingerprints proves what two plans have to share to have one
// fingerprint, and that the format, the order and the layout are none of it.
func TestFingerprints(t *testing.T) {
	for _, tool := range tools {
		for _, name := range []string{"everything", "deposed_and_replaced", "forget", "objects", "destroy"} {
			a, b := printed(t, fixture(t, tool+"/"+name+".plan.bin"), nil), printed(t, fixture(t, tool+"/"+name+".show.json"), nil)
			if !bytes.Equal(a.Changes(), b.Changes()) || a.Rows() == 0 || a.Values() != nil {
				t.Errorf("%s %s: the plan file and its JSON differ", tool, name)
			}
		}
	}
	base := row("a.b", `"update"`, `"before":{"x":1,"y":"s"}`, `"after":{"x":2,"y":"s"}`)
	other := row("c.d", `"delete"`, `"before":{"z":null}`)
	reference := printed(t, []byte(showWith(base+","+other)), testKey)
	for _, test := range []struct {
		rows            string
		changes, values bool // the same?
	}{
		{other + "," + base, true, true},
		{base + "," + other + "," + row("e.f", `"no-op"`), true, true},
		{strings.ReplaceAll(base, ",", ", \n") + "," + other, true, true},
		{strings.Replace(base, `{"x":2,"y":"s"}`, `{"y":"s","x":2}`, 1) + "," + other, true, true},
		{strings.Replace(base, `"x":2`, `"x":3`, 1) + "," + other, true, false},
		{strings.Replace(base, `"x":1`, `"x":0`, 1) + "," + other, true, false},
		{strings.Replace(base, `"x":2`, `"x":"2"`, 1) + "," + other, true, false},
		{strings.Replace(base, `"after":{"x":2,"y":"s"}`, `"after":{"y":"s"},"after_unknown":{"x":true}`, 1) + "," + other, true, false},
		{strings.Replace(base, `"update"`, `"delete","create"`, 1) + "," + other, false, false},
		{strings.Replace(base, `a.b`, `a.c`, 1) + "," + other, false, false},
		{row("a.b", `"update"`, `"previous_address":"a.old"`, `"before":{"x":1,"y":"s"}`, `"after":{"x":2,"y":"s"}`) + "," + other, false, false},
		{row("a.b", `"update"`, `"importing":{"id":"i"}`, `"before":{"x":1,"y":"s"}`, `"after":{"x":2,"y":"s"}`) + "," + other, false, false},
		{base, false, false},
		{base + "," + row("c.d", `"delete"`, `"deposed":"0badcafe"`, `"before":{"z":null}`), false, false},
	} {
		got := printed(t, []byte(showWith(test.rows)), testKey)
		if bytes.Equal(got.Changes(), reference.Changes()) != test.changes || bytes.Equal(got.Values(), reference.Values()) != test.values {
			t.Errorf("%s: not as expected", test.rows)
		}
	}
	again := printed(t, []byte(showWith(base+","+other)), bytes.Repeat([]byte("x"), 32))
	if bytes.Equal(again.Values(), reference.Values()) {
		t.Error("the digest of the values does not hang on the key")
	}
}

// TestVerify proves what a receipt is good for.
func TestVerify(t *testing.T) {
	plan := fixture(t, "terraform-1.11/everything.plan.bin")
	sum := sha256.Sum256(plan)
	planned := printed(t, plan, testKey)
	good := func() *Receipt {
		return &Receipt{Schema: ReceiptSchema, Verdict: "within", Created: someTime, Expires: someTime.Add(time.Hour), Plans: []ReceiptEntry{{
			Path: "p", Input: PlanFile, SHA256: hex.EncodeToString(sum[:]),
			Changes: hex.EncodeToString(planned.Changes()), Values: hex.EncodeToString(planned.Values()), Rows: planned.Rows(),
		}}}
	}
	ask := func() Verification { return Verification{Path: "p", SHA256: sum[:], Now: someTime} }
	again := func() Verification {
		return Verification{Path: "p", SameChanges: printed(t, plan, testKey), Input: PlanFile, Now: someTime}
	}
	for name, test := range map[string]struct {
		receipt func(*Receipt)
		ask     func() Verification
		change  func(*Verification)
		want    string // "", or a part of the answer
		refused bool
	}{
		"the plan":        {nil, ask, nil, "", false},
		"approved":        {func(r *Receipt) { r.Verdict = "approved" }, ask, nil, "", false},
		"advisory":        {func(r *Receipt) { r.Verdict = "advisory" }, ask, nil, "does not say that anything passed", true},
		"over":            {func(r *Receipt) { r.Verdict = "over" }, ask, nil, "does not say that anything passed", true},
		"other schema":    {func(r *Receipt) { r.Schema = "kready.receipt/v2" }, ask, nil, "schema", true},
		"of nothing":      {func(r *Receipt) { r.Plans = nil }, ask, nil, "about no plan", true},
		"other bytes":     {nil, ask, func(q *Verification) { q.SHA256 = bytes.Repeat([]byte{1}, 32) }, "bytes differ", false},
		"no digest":       {func(r *Receipt) { r.Plans[0].SHA256 = "" }, ask, func(q *Verification) { q.SHA256 = nil }, "bytes differ", false},
		"last second":     {nil, ask, func(q *Verification) { q.Now = someTime.Add(time.Hour - time.Second) }, "", false},
		"expired":         {nil, ask, func(q *Verification) { q.Now = someTime.Add(time.Hour) }, "expired", false},
		"from the future": {nil, ask, func(q *Verification) { q.Now = someTime.Add(-time.Hour) }, "future", false},
		"JSON, not bound": {func(r *Receipt) { r.Plans[0].Input, r.Plans[0].SHA256 = ShowJSON, strings.Repeat("0", 64) }, ask, nil, "-bind", false},
		"JSON, bound": {func(r *Receipt) {
			r.Plans[0].Input, r.Plans[0].PlanFile, r.Plans[0].SHA256 = ShowJSON, r.Plans[0].SHA256, strings.Repeat("0", 64)
		}, ask, nil, "", false},
		"same changes":          {nil, again, nil, "", false},
		"same changes, no key":  {func(r *Receipt) { r.Plans[0].Values = "" }, again, nil, "no digest of the values", true},
		"same changes, expired": {nil, again, func(q *Verification) { q.Now = someTime.Add(time.Hour) }, "expired", false},
		"other input":           {nil, again, func(q *Verification) { q.Input = ShowJSON }, "made from tfplan", true},
		"other changes": {nil, again, func(q *Verification) {
			q.SameChanges = printed(t, fixture(t, "terraform-1.11/forget.plan.bin"), testKey)
		}, "not those that passed", false},
		"other values":          {nil, again, func(q *Verification) { q.SameChanges = printed(t, plan, bytes.Repeat([]byte("x"), 32)) }, "not to the same values", false},
		"other name among many": {func(r *Receipt) { r.Plans = append(r.Plans, r.Plans[0]); r.Plans[0].Path, r.Plans[1].Path = "q", "r" }, again, nil, "none is called p", false},
	} {
		r, q := good(), test.ask()
		if test.receipt != nil {
			test.receipt(r)
		}
		if test.change != nil {
			test.change(&q)
		}
		err := r.Verify(q)
		var refusal *Refusal
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || errors.As(err, &refusal) != test.refused):
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
