package budget

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"testing"
)

// recorded is the budget that a recorder makes of these plans.
func recorded(t *testing.T, byAddress bool, plans ...[]byte) []byte {
	t.Helper()
	r := NewRecorder(byAddress, &Budget{AllowIncomplete: true, AllowDeferred: true})
	for _, plan := range plans {
		e := r.Plan()
		p, err := ReadPlan(File{Reader: bytes.NewReader(plan), ReaderAt: bytes.NewReader(plan), Size: int64(len(plan))}, e.Want(), e.Add)
		if err != nil {
			t.Fatal(err)
		}
		r.Done(p)
	}
	return r.Write("recorded", "one\ntwo")
}

// admits holds plans to a budget, one by one and together.
func admits(t *testing.T, src []byte, plans ...[]byte) bool {
	t.Helper()
	f, err := ParseBudget(src, "b.hcl")
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	var run Run
	ok := true
	for _, plan := range plans {
		e := NewEvaluation(f.Budgets[0], someTime)
		p, err := ReadPlan(File{Reader: bytes.NewReader(plan), ReaderAt: bytes.NewReader(plan), Size: int64(len(plan))}, e.Want(), e.Add)
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Finish(p)
		if err != nil {
			t.Fatal(err)
		}
		ok = ok && v.Within()
		run.Add(e)
	}
	for _, v := range run.Verdicts() {
		ok = ok && v.Within()
	}
	return ok
}

// TestRecordedBudgetsFitExactly proves that a recorded budget admits its
// plans, and that none of its numbers can be made smaller.
func TestRecordedBudgetsFitExactly(t *testing.T) {
	a := []byte(showWith(row("aws_x.a", `"create"`) + "," + row("aws_x.b", `"create"`) + "," + row(`aws_y.c["d.e"]`, `"delete"`)))
	b := []byte(showWith(row("aws_x.a", `"create"`) + "," + row("aws_z.q", `"update"`, `"previous_address":"aws_z.p"`) + "," + row("data.aws_d.x", `"read"`)))
	deferred := []byte(showWith("", `"complete":false`, `"deferred_changes":[{"resource_change":`+row("a.b", `"create"`)+`}]`))
	own := []byte(showWith(row("kready_network.n", `"update"`, `"before":{"objects":{"a":"1","b":"2"}}`, `"after":{"objects":{"a":"1"}}`)))
	number := regexp.MustCompile(`= (\d+)\n`)
	for i, plans := range [][][]byte{
		{fixture(t, "terraform-1.11/everything.plan.bin")}, {fixture(t, "opentofu-1.12/everything.show.json")}, {fixture(t, "terraform-1.11/nothing.show.json")},
		{a}, {b}, {a, b}, {a, a, b}, {deferred}, {own}, {a, own},
	} {
		for _, byAddress := range []bool{false, true} {
			src := recorded(t, byAddress, plans...)
			if !admits(t, src, plans...) {
				t.Fatalf("%d: does not admit what it was made from:\n%s", i, src)
			}
			for _, at := range number.FindAllSubmatchIndex(src, -1) {
				n, err := strconv.Atoi(string(src[at[2]:at[3]]))
				if err != nil || n == 0 {
					t.Fatalf("%d: a number that says nothing in\n%s", i, src)
				}
				less := fmt.Sprintf("%s%d%s", src[:at[2]], n-1, src[at[3]:])
				if admits(t, []byte(less), plans...) {
					t.Errorf("%d: admits although a number is smaller:\n%s", i, less)
				}
			}
		}
	}
}
