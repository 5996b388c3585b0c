package budget

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// parsed is the first budget of a file.
func parsed(t testing.TB, body string) *Budget {
	t.Helper()
	f, err := ParseBudget([]byte("budget \"b\" {\n"+body+"\n}\n"), "b.hcl")
	if err != nil {
		t.Fatal(err)
	}
	return f.Budgets[0]
}

// judged holds a plan to a budget. The string tells what was charged to
// which line: "KIND NAME -> LINE" for each charge that is not only observed.
func judged(b *Budget, plan []byte, now time.Time) (*Verdict, []string, error) {
	e := NewEvaluation(b, now)
	var charges []string
	e.OnCharge = func(c Charge) {
		if c.To != "" {
			charges = append(charges, fmt.Sprintf("%s %s -> %s", c.Kind, c.Change.Name(), strings.Join(append([]string{c.To}, c.Freezes...), " + ")))
		}
	}
	p, err := ReadPlan(File{Reader: bytes.NewReader(plan), ReaderAt: bytes.NewReader(plan), Size: int64(len(plan))}, e.Want(), e.Add)
	if err != nil {
		return nil, charges, err
	}
	v, err := e.Finish(p)
	return v, charges, err
}

// found lists findings as "RULE KIND USED/ALLOWED at LINE".
func found(v *Verdict) string {
	var out []string
	for _, f := range v.Findings {
		out = append(out, fmt.Sprintf("%s %s %d/%d at %d", f.Rule, f.Kind, f.Used, f.Allowed, f.Pos.Line))
	}
	return strings.Join(out, "; ")
}

// TestNothingIsAllowedUnlessNamed proves, for every kind, that an empty
// budget stops it (or, for those that change nothing, doesn't), that naming
// one lets one through, and that one less does not.
func TestNothingIsAllowedUnlessNamed(t *testing.T) {
	plans := map[Kind]string{
		Create:        showWith(row("a.b", `"create"`)),
		Update:        showWith(row("a.b", `"update"`)),
		Replace:       showWith(row("a.b", `"delete","create"`)),
		Delete:        showWith(row("a.b", `"delete"`)),
		Forget:        showWith(row("a.b", `"forget"`)),
		CreateForget:  showWith(row("a.b", `"create","forget"`)),
		Import:        showWith(row("a.b", `"no-op"`, `"importing":{"id":"x"}`)),
		Move:          showWith(row("a.b", `"no-op"`, `"previous_address":"a.c"`)),
		DeposedDelete: showWith(row("a.b", `"delete"`, `"deposed":"0badcafe"`)),
		Action:        showWith("", `"action_invocations":[{"address":"action.a.b"}]`),
		Deferred:      showWith("", `"deferred_changes":[{"resource_change":`+row("a.b", `"create"`)+`}]`),
		Read:          showWith(row("data.a.b", `"read"`)),
		NoOp:          showWith(row("a.b", `"no-op"`)),
		Drift:         showWith("", `"resource_drift":[`+row("a.b", `"delete"`)+`]`),
		Output:        showWith("", `"output_changes":{"o":{"actions":["update"]}}`),
	}
	for _, k := range Kinds() {
		for _, test := range []struct {
			body string
			want bool
		}{
			{"", k.Observed()}, {k.String() + " = 0", false}, {k.String() + " = 1", true}, {k.String() + ` = "unlimited"`, true},
		} {
			v, _, err := judged(parsed(t, test.body+"\nallow_deferred = true"), []byte(plans[k]), someTime)
			if err != nil {
				t.Fatalf("%s: %v", k, err)
			}
			if v.Within() != test.want {
				t.Errorf("%s with %q: within = %t (%s)", k, test.body, v.Within(), found(v))
			}
		}
	}
	if v, _, err := judged(parsed(t, "replace = 1"), []byte(showWith(row("a.b", `"create","delete"`))), someTime); err != nil || !v.Within() {
		t.Errorf("create before destroy is no replacement: %v", err)
	}
	if v, _, err := judged(parsed(t, "create_then_forget = 1"), []byte(showWith(row("a.b", `"forget","create"`))), someTime); err != nil || !v.Within() {
		t.Errorf("OpenTofu's spelling: %v", err)
	}
	both := showWith(row("a.b", `"update"`, `"previous_address":"a.c"`, `"importing":{"id":"x"}`))
	for _, body := range []string{"update = 1\nmove = 1", "update = 1\nimport = 1", "import = 1\nmove = 1"} {
		if v, _, _ := judged(parsed(t, body), []byte(both), someTime); v.Within() {
			t.Errorf("a row that is three things passes with %q", body)
		}
	}
}

// TestCharging proves which line each change is charged to.
func TestCharging(t *testing.T) {
	plan := showWith(strings.Join([]string{
		row("aws_eks_node_group.a", `"update"`),
		row("aws_eks_node_group.b", `"update"`),
		row("aws_eks_node_group.c", `"delete"`),
		row("module.eu.aws_x.a[0]", `"update"`),
		row("module.eu.aws_x.moved", `"update"`, `"previous_address":"module.us.aws_x.moved"`),
		row("data.aws_x.r", `"read"`),
		row("aws_y.z", `"create"`),
	}, ","))
	b := parsed(t, `
		update = 1
		create = 1
		move = 1
		limit "none of it" {
			types  = ["aws_eks_node_group"]
			create = 1
		}
		limit "pools" {
			types  = ["aws_eks_*"]
			update = 1
		}
		limit "never reached" {
			types  = ["aws_eks_node_group"]
			update = 5
		}
		limit "us" {
			modules = ["module.us"]
			update  = 1
		}
		limit "provider" {
			providers = ["hashicorp/google"]
			update    = 7
		}
	`)
	v, charges, err := judged(b, []byte(plan), someTime)
	if err != nil {
		t.Fatal(err)
	}
	want := `update aws_eks_node_group.a -> limit "pools"
update aws_eks_node_group.b -> limit "pools"
delete aws_eks_node_group.c -> budget "b"
update module.eu.aws_x.a[0] -> budget "b"
update module.eu.aws_x.moved -> limit "us"
move module.eu.aws_x.moved -> budget "b"
create aws_y.z -> budget "b"`
	if got := strings.Join(charges, "\n"); got != want {
		t.Errorf("charged\n%s\nwant\n%s", got, want)
	}
	if got := found(v); got != "over-budget delete 1/0 at 1; over-budget update 2/1 at 12" {
		t.Errorf("found %s", got)
	}
	if v.Findings[1].Rows[1].Name != "aws_eks_node_group.b" {
		t.Errorf("rows %v", v.Findings[1].Rows)
	}
}

// TestProtect proves what protection stops, what gets past it, and that it
// can't be got round.
func TestProtect(t *testing.T) {
	const budget = `
		create = "unlimited"
		update = "unlimited"
		replace = "unlimited"
		delete = "unlimited"
		forget = "unlimited"
		move = "unlimited"
		create_then_forget = "unlimited"
		deposed_delete = "unlimited"
		limit "all" {
			types = ["*"]
			delete = "unlimited"
		}
		protect = ["aws_db_instance.main", "module.prod"]
	`
	keep := row("aws_db_instance.main", `"no-op"`) + "," + row("module.prod.aws_x.keep", `"no-op"`) + ","
	for _, test := range []struct {
		row  string
		want bool
	}{
		{row(`aws_db_instance.main["x"]`, `"update"`), true},
		{row(`aws_db_instance.main["x"]`, `"create"`), true},
		{row(`aws_db_instance.main["x"]`, `"delete"`), false},
		{row(`aws_db_instance.main["x"]`, `"create","delete"`), false},
		{row(`aws_db_instance.main["x"]`, `"forget"`), false},
		{row(`aws_db_instance.main["x"]`, `"create","forget"`), false},
		{row(`aws_db_instance.main`, `"delete"`, `"deposed":"0badcafe"`), false},
		{row(`module.any[3].aws_db_instance.main`, `"delete"`), false}, // read wide
		{row(`aws_db_instance.mains`, `"delete"`), true},
		{row(`module.prod.aws_y.z`, `"delete"`), false},
		{row(`module.dev.aws_y.z`, `"delete"`), true},
		{row(`aws_db_instance.other`, `"no-op"`, `"previous_address":"aws_db_instance.main[1]"`), false},    // leaves protection
		{row(`aws_db_instance.other`, `"delete"`, `"previous_address":"aws_db_instance.main[1]"`), false},   // by its old name
		{row(`aws_db_instance.main[2]`, `"no-op"`, `"previous_address":"aws_db_instance.main[1]"`), true},   // stays in it
		{row(`aws_db_instance.main[2]`, `"no-op"`, `"previous_address":"aws_db_instance.elsewhere"`), true}, // comes into it
	} {
		v, _, err := judged(parsed(t, budget), []byte(showWith(keep+test.row)), someTime)
		if err != nil || v.Within() != test.want {
			t.Errorf("%s: within = %t (%v)", test.row, !test.want, err)
		}
	}
	from := budget + "\nprotect_from = [\"update\"]"
	for actions, want := range map[string]bool{`"update"`: false, `"delete"`: true} {
		if v, _, err := judged(parsed(t, from), []byte(showWith(keep+row(`aws_db_instance.main[1]`, actions))), someTime); err != nil || v.Within() != want {
			t.Errorf("protect_from update, %s: %v", actions, err)
		}
	}
}

// TestProtectNeedsItsObject proves that protection of one thing that isn't
// there is no verdict, that being configured is being there, and that a class
// of things may have no members.
func TestProtectNeedsItsObject(t *testing.T) {
	configuration := `"configuration":{"root_module":{"resources":[{"address":"aws_db_instance.main","mode":"managed"}],"module_calls":{"m":{"module":{"resources":[{"address":"aws_x.inner"}]}}}}}`
	for pattern, want := range map[string]bool{
		"aws_db_instance.main":    true,
		`aws_db_instance.main[7]`: true, // its block is there
		"module.m":                true,
		"module.m.aws_x.inner":    true,
		"aws_db_instance.mian":    false,
		"module.n":                false,
		"module.*.aws_y.*":        true, // a class
		"aws_y.*":                 true,
		"aws_y.thing":             false,
	} {
		v, _, err := judged(parsed(t, fmt.Sprintf("protect = [%q]", pattern)), []byte(showWith("", configuration)), someTime)
		var r *Refusal
		switch {
		case want && (err != nil || !v.Within()):
			t.Errorf("%s: %v", pattern, err)
		case !want && (!errors.As(err, &r) || r.Code != UnmatchedProtect || !strings.Contains(err.Error(), pattern)):
			t.Errorf("%s: %v", pattern, err)
		}
	}
	v, _, err := judged(parsed(t, "protect = [\"aws_y.*\"]\nlimit \"l\" {\n addresses = [\"aws_gone.x\"]\n update = 1\n}"), []byte(showWith("", configuration)), someTime)
	if err != nil || len(v.Notes) != 2 || !strings.Contains(v.Notes[1], "aws_gone.x") {
		t.Errorf("patterns that match nothing are not reported: %v %v", v, err)
	}
	_, _, err = judged(parsed(t, `protect = ["aws_db_instance.main"]`), []byte(noSummary+sumLine), someTime)
	var r *Refusal
	if !errors.As(err, &r) || r.Code != UnmatchedProtect || !strings.Contains(r.Do, "show -json") {
		t.Errorf("a stream: %v", err)
	}
	for _, tool := range tools {
		for pattern, want := range map[string]bool{"module.one.terraform_data.inner": true, `module.many["x.y"]`: true, "terraform_data.each[\"gone\"]": true, "terraform_data.nope": false} {
			for _, form := range []string{"plan.bin", "show.json"} {
				b := parsed(t, fmt.Sprintf("protect = [%q]\nprotect_from = [\"drift\"]", pattern))
				if _, _, err := judged(b, fixture(t, tool+"/everything."+form), someTime); (err == nil) != want {
					t.Errorf("%s %s: %s: %v", tool, form, pattern, err)
				}
			}
		}
	}
}

// TestExceptions proves what an exception lets through and what it doesn't.
func TestExceptions(t *testing.T) {
	const budget = `
		protect = ["aws_db_instance.*"]
		exception "T-1" {
			addresses = ["aws_db_instance.main[0]", "aws_y.z"]
			actions   = ["delete", "update"]
			reason    = "because"
			expires   = "2026-11-30"
		}
	`
	for _, test := range []struct {
		row  string
		now  string
		want bool
	}{
		{row("aws_db_instance.main[0]", `"delete"`), "2026-11-30T23:59:59Z", true},
		{row("aws_db_instance.main[0]", `"delete"`), "2026-12-01T00:00:00Z", false},
		{row("aws_db_instance.main[1]", `"delete"`), "2026-11-20T00:00:00Z", false},
		{row("aws_db_instance.main", `"delete"`), "2026-11-20T00:00:00Z", false},
		{row("module.m.aws_db_instance.main[0]", `"delete"`), "2026-11-20T00:00:00Z", false},
		{row("aws_db_instance.main[0]", `"delete","create"`), "2026-11-20T00:00:00Z", false},
		{row("aws_db_instance.main[0]", `"delete"`, `"deposed":"0badcafe"`), "2026-11-20T00:00:00Z", false},
		{row("aws_y.z", `"update"`), "2026-11-20T00:00:00Z", true},
		{row("aws_y.new", `"update"`, `"previous_address":"aws_y.z"`), "2026-11-20T00:00:00Z", false},
	} {
		now, err := time.Parse(time.RFC3339, test.now)
		if err != nil {
			t.Fatal(err)
		}
		v, _, err := judged(parsed(t, budget), []byte(showWith(test.row)), now)
		if err != nil || v.Within() != test.want {
			t.Errorf("%s at %s: within = %t (%v)", test.row, test.now, !test.want, err)
		}
		if test.want && len(v.Exceptions) != 1 {
			t.Errorf("%s: what went through is not reported", test.row)
		}
	}
	late, _, err := judged(parsed(t, budget), []byte(showWith("")), someTime.AddDate(1, 0, 0))
	if err != nil || !strings.Contains(strings.Join(late.Notes, "\n"), "expired") {
		t.Errorf("an expired exception is not reported: %v", err)
	}
}

// TestWhatAStreamCantAnswer proves that a rule that needs more than a stream
// has is no verdict, unless it does not matter.
func TestWhatAStreamCantAnswer(t *testing.T) {
	update := versionLine + strings.Replace(createLine, `"create"`, `"update"`, 1) + strings.Replace(sumLine, `"add":1,"change":0`, `"add":0,"change":1`, 1)
	destroy := func(reason string) string {
		return versionLine + strings.Replace(createLine, `"create"`, `"delete"`+reason, 1) + strings.Replace(sumLine, `"add":1,"change":0,"import":0,"remove":0`, `"add":0,"change":0,"import":0,"remove":1`, 1)
	}
	for name, test := range map[string]struct {
		body, plan string
		judged     bool
	}{
		"provider":               {"limit \"l\" {\n providers = [\"hashicorp/aws\"]\n update = 1\n}", update, false},
		"provider of others":     {"update = 1\nlimit \"l\" {\n types = [\"b\"]\n providers = [\"hashicorp/aws\"]\n update = 1\n}", update, true},
		"provider, other kind":   {"update = 1\nlimit \"l\" {\n providers = [\"hashicorp/aws\"]\n create = 1\n}", update, true},
		"changed":                {"limit \"l\" {\n changed = [\"tags\"]\n update = 1\n}", update, false},
		"percentage":             {"update = \"50%\"", update, false},
		"percentage unused":      {"update = 1\ncreate = \"50%\"", update, true},
		"delete, deposed open":   {"delete = 1", destroy(""), false},
		"delete, both allowed":   {"delete = 1\ndeposed_delete = 1", destroy(""), true},
		"delete with its reason": {"delete = 1", destroy(`,"reason":"delete_because_no_resource_config"`), true},
		"delete, over anyway":    {"delete = 0", destroy(""), true},
	} {
		_, _, err := judged(parsed(t, test.body), []byte(test.plan), someTime)
		var r *Refusal
		if (err == nil) != test.judged || err != nil && (!errors.As(err, &r) || r.Code != CannotAnswer || !strings.Contains(r.Do, "show -json")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRuns proves how the plans of one run add up.
func TestRuns(t *testing.T) {
	plan := []byte(showWith(row("a.b", `"create"`)))
	for _, test := range []struct {
		body  string
		plans int
		want  string // findings of the total
	}{
		{"create = 1", 1, "none"},
		{"create = 1", 2, "over-total create 2/1 at 2"},
		{"create = 2", 2, ""},
		{"create = 1\ntotal {\n create = 2\n}", 2, ""},
		{"create = 1\ntotal {\n create = 2\n}", 3, "over-total create 3/2 at 4"},
		{"create = 1\ntotal {\n}", 2, "over-total create 2/0 at 3"},
		{"create = 1\ntotal {\n create = 0\n}", 1, "over-total create 1/0 at 4"},
		{"create = 1\ntotal {\n create = 1\n}", 1, ""},
		{"limit \"l\" {\n types=[\"a\"]\n create = 1\n}\ntotal {\n create = 2\n}", 2, ""},
		{"limit \"l\" {\n types=[\"a\"]\n create = 1\n}", 2, "over-total create 2/1 at 4"},
	} {
		b := parsed(t, test.body)
		var run Run
		for range test.plans {
			e := NewEvaluation(b, someTime)
			p, err := ReadPlan(File{Reader: bytes.NewReader(plan)}, e.Want(), e.Add)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := e.Finish(p); err != nil || !v.Within() {
				t.Fatalf("one by one: %v", err)
			}
			run.Add(e)
		}
		totals := run.Verdicts()
		got := "none"
		if len(totals) > 0 {
			got = found(totals[0])
		}
		if got != test.want {
			t.Errorf("%q, %d plans: %s, want %s", test.body, test.plans, got, test.want)
		}
	}
}
