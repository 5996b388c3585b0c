package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var budgetNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// kreadyBudget runs kready budget and returns its exit code and output.
func kreadyBudget(t *testing.T, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	cio := IO{In: strings.NewReader(stdin), Out: &o, Err: &e, Getenv: func(string) string { return "" }, Now: func() time.Time { return budgetNow }}
	code = runBudget(context.Background(), cio, args)
	return code, o.String(), e.String()
}

// planFixtures is where the plans are that were made with real Terraform and
// OpenTofu; found before any test goes to another folder.
var planFixtures, planFixturesErr = filepath.Abs(filepath.Join("..", "budget", "testdata", "plans"))

// planFixture is the path of one of them.
func planFixture(t *testing.T, name string) string {
	t.Helper()
	if planFixturesErr != nil {
		t.Fatal(planFixturesErr)
	}
	path := filepath.Join(planFixtures, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// repo makes a repository with these files and goes to its root.
func repo(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	t.Chdir(root)
	if err := os.Mkdir(".git", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func copyPlan(t *testing.T, fixture, to string) {
	t.Helper()
	b, err := os.ReadFile(planFixture(t, fixture))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// everything are the numbers that fit the fixture of that name exactly.
var everything = []string{"-create", "4", "-update=3", "--replace", "2", "-delete", "3", "-forget", "1", "-import", "2", "-move", "2"}

// TestBudgetCheckExitCodes proves the three exit codes, in all forms of
// input, from a file and from standard input.
func TestBudgetCheckExitCodes(t *testing.T) {
	for _, tool := range []string{"terraform-1.11", "opentofu-1.12"} {
		for _, form := range []string{"plan.bin", "show.json", "stream.jsonl"} {
			plan := planFixture(t, tool+"/everything."+form)
			for _, test := range []struct {
				args []string
				want int
			}{
				{everything, 0},
				{append([]string{"-update", "2"}, everything[3:]...), 1},
				{[]string{"-create", "0"}, 1},
				{append([]string{"-delete", "2"}, append(everything[:5:5], everything[7:]...)...), 1},
				{[]string{}, 2},
				{[]string{"-create", "x"}, 2},
				{[]string{"-nonsense"}, 2},
			} {
				code, out, errs := kreadyBudget(t, "", append([]string{"check"}, append(test.args, plan)...)...)
				if code != test.want {
					t.Errorf("%s %s %v: exit %d, want %d\n%s%s", tool, form, test.args, code, test.want, out, errs)
				}
			}
			b, err := os.ReadFile(plan)
			if err != nil {
				t.Fatal(err)
			}
			if code, out, _ := kreadyBudget(t, string(b), append([]string{"check"}, append(everything, "-")...)...); code != 0 {
				t.Errorf("%s %s by standard input: exit %d\n%s", tool, form, code, out)
			}
		}
	}
}

// TestBudgetWorstWins proves how the exit codes of several plans add up.
func TestBudgetWorstWins(t *testing.T) {
	within, over, broken := planFixture(t, "terraform-1.11/nothing.plan.bin"), planFixture(t, "terraform-1.11/forget.plan.bin"), planFixture(t, "terraform-1.11/errored.plan.bin")
	for _, test := range []struct {
		plans []string
		want  int
	}{
		{[]string{within}, 0}, {[]string{within, within}, 0}, {[]string{within, over}, 1}, {[]string{over, broken, within}, 2}, {[]string{broken}, 2},
	} {
		if code, out, _ := kreadyBudget(t, "", append([]string{"check", "-create", "0"}, test.plans...)...); code != test.want {
			t.Errorf("%d plans: exit %d, want %d\n%s", len(test.plans), code, test.want, out)
		}
		code, out, _ := kreadyBudget(t, "", append([]string{"check", "-advisory", "-create", "0"}, test.plans...)...)
		if code != 0 || !strings.Contains(out, "ADVISORY") {
			t.Errorf("advisory: exit %d\n%s", code, out)
		}
	}
	// Each forgets one, which each may; together they may not.
	if code, out, _ := kreadyBudget(t, "", "check", "-forget", "1", over, over); code != 1 || !strings.Contains(out, "together") {
		t.Errorf("together: exit %d\n%s", code, out)
	}
}

// TestBudgetUsage proves that a command line that can be misread is refused,
// and that a flag behind the plan is a flag.
func TestBudgetUsage(t *testing.T) {
	plan := planFixture(t, "terraform-1.11/everything.plan.bin")
	for _, args := range [][]string{
		{}, {"nonsense"}, {"check"}, {"check", "-", "-"},
		{"check", "-budget", "x.hcl", "-create", "1", plan},
		{"check", "-report", "html", plan},
		{"check", "-create", "1", "-report", "text", "-report", "json", plan},
		{"check", "-create", "1", "-receipt-key", "k", plan},
		{"check", "-create", "1", "-protect", "aws_db_instance", plan},
		{"check", "-allow-incomplete", plan},
		{"approve", "-create", "1", "-receipt", "r", plan},
		{"approve", "-create", "1", "-reason", "r", plan},
		{"approve", "-create", "1", "-receipt", "r", "-reason", "x", plan, plan},
		{"verify", plan}, {"verify", "-receipt", "r"}, {"verify", "-receipt", "r", "-same-changes", plan},
		{"record", plan}, {"record", "-out", "-"}, {"record", "-out", "-", "-by", "moon", plan},
	} {
		if code, _, errs := kreadyBudget(t, "", args...); code != 2 || errs == "" {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
	if code, out, _ := kreadyBudget(t, "", "check", plan, "-create", "9"); code != 1 || !strings.Contains(out, "OVER") {
		t.Errorf("flags behind the plan: exit %d\n%s", code, out)
	}
	for _, args := range [][]string{{"help"}, {"check", "-h"}, {"explain", "-h"}, {"record", "-h"}, {"approve", "-h"}, {"verify", "-h"}} {
		if code, out, _ := kreadyBudget(t, "", args...); code != 0 || !strings.Contains(out, "Usage") {
			t.Errorf("%v: exit %d", args, code)
		}
	}
}

// TestBudgetIsFound proves which budget file a plan is held to.
func TestBudgetIsFound(t *testing.T) {
	open := `budget "open" {
  create = "unlimited"
  update = "unlimited"
  replace = "unlimited"
  delete = "unlimited"
  forget = "unlimited"
  import = "unlimited"
  move = "unlimited"
}
`
	repo(t, map[string]string{
		"kready.budget.hcl":              "budget \"prod\" {\n  match = [\"live/prod/**\"]\n}\n" + open,
		"live/special/kready.budget.hcl": open,
		"elsewhere/strict.hcl":           "budget \"strict\" {\n}\n",
	})
	for _, to := range []string{"live/prod/eu/p.plan", "live/dev/p.plan", "live/special/p.plan", "p.plan"} {
		copyPlan(t, "terraform-1.11/everything.plan.bin", to)
	}
	for _, test := range []struct {
		args   []string
		code   int
		budget string
	}{
		{[]string{"live/prod/eu/p.plan"}, 1, `"prod" (kready.budget.hcl:1:1)`},
		{[]string{"live/dev/p.plan"}, 0, `"open"`},
		{[]string{"live/special/p.plan"}, 0, `"open" (live/special/kready.budget.hcl:1:1)`},
		{[]string{"p.plan"}, 0, `"open"`},
		{[]string{"-name", "prod", "live/dev/p.plan"}, 1, `"prod"`},
		{[]string{"-stack", "live/prod", "live/dev/p.plan"}, 1, `"prod"`},
		{[]string{"-budget", "elsewhere/strict.hcl", "live/dev/p.plan"}, 1, `"strict"`},
		{[]string{"-budget", "kready.budget.hcl", "live/prod/eu/p.plan"}, 1, `"prod"`},
		{[]string{"-name", "nope", "live/dev/p.plan"}, 2, "no_budget"},
		{[]string{"-budget", "missing.hcl", "live/dev/p.plan"}, 2, "unreadable"},
	} {
		code, out, _ := kreadyBudget(t, "", append([]string{"check"}, test.args...)...)
		_, asJSON, _ := kreadyBudget(t, "", append([]string{"check", "-report", "json"}, test.args...)...)
		if code != test.code || !strings.Contains(out+asJSON, test.budget) {
			t.Errorf("%v: exit %d, want %d with %s\n%s", test.args, code, test.code, test.budget, out)
		}
	}
	t.Chdir("live/dev")
	if code, out, _ := kreadyBudget(t, "", "check", "p.plan"); code != 0 {
		t.Errorf("from inside: exit %d\n%s", code, out)
	}
	// Outside of a repository, nothing above the plan is asked.
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "kready.budget.hcl"), []byte(open), 0o644); err != nil {
		t.Fatal(err)
	}
	copyPlan(t, "terraform-1.11/everything.plan.bin", filepath.Join(outside, "sub", "p.plan"))
	if code, _, _ := kreadyBudget(t, "", "check", filepath.Join(outside, "sub", "p.plan")); code != 2 {
		t.Errorf("a budget above the plan, outside of any repository: exit %d", code)
	}
}

// TestBadBudgetFileHasItsPlace proves that a wrong budget is no verdict, with
// line and column of each mistake.
func TestBadBudgetFileHasItsPlace(t *testing.T) {
	repo(t, map[string]string{"kready.budget.hcl": "budget \"b\" {\n  create = -1\n  destroy = 2\n}\n"})
	copyPlan(t, "terraform-1.11/nothing.plan.bin", "p.plan")
	code, out, _ := kreadyBudget(t, "", "check", "p.plan")
	if code != 2 || !strings.Contains(out, "kready.budget.hcl:2:12") || !strings.Contains(out, "kready.budget.hcl:3:3") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// TestExplain proves that explain names the line of each change.
func TestExplain(t *testing.T) {
	repo(t, map[string]string{"kready.budget.hcl": `budget "b" {
  create = 4
  limit "l" {
    addresses = ["terraform_data.update"]
    update    = 1
  }
  protect = ["terraform_data.replace"]
  exception "x" {
    addresses = ["terraform_data.gone"]
    actions   = ["delete"]
    reason    = "r"
    expires   = "2027-01-01"
  }
}
`})
	copyPlan(t, "terraform-1.11/everything.plan.bin", "p.plan")
	code, out, _ := kreadyBudget(t, "", "explain", "p.plan")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{
		`update             terraform_data.update -> limit "l" (kready.budget.hcl:5:5)`,
		`delete             terraform_data.gone -> exception "x" (kready.budget.hcl:8:3)`,
		`replace            terraform_data.replace -> protect (kready.budget.hcl:7:14)`,
		`replace            terraform_data.replace_cbd -> budget "b" (kready.budget.hcl:1:1)`,
		`move               terraform_data.new_name (was terraform_data.old_name) -> budget "b"`,
		`no_op              terraform_data.keep -> counted only`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

// TestViaShow proves the way out for plan files that kready does not know:
// another program reads them, its failure is a refusal, and the receipt is
// about the plan file.
func TestViaShow(t *testing.T) {
	root := repo(t, nil)
	copyPlan(t, "terraform-1.11/everything.plan.bin", "p.plan")
	program := filepath.Join(root, "fake")
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1 $2 $3\" = 'show -json p.plan' ] && exec cat '%s'\n", planFixture(t, "terraform-1.11/everything.show.json"))
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"check", "-via-show", "-terraform", program, "-receipt", "r.json", "p.plan"}, everything...)
	if code, out, errs := kreadyBudget(t, "", args...); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	if code, _, errs := kreadyBudget(t, "", "verify", "-receipt", "r.json", "p.plan"); code != 0 {
		t.Errorf("verify: exit %d: %s", code, errs)
	}
	failing := strings.Replace(script, "exec cat", "{ echo 'Error: no' >&2; exit 1; } #", 1)
	if err := os.WriteFile(program, []byte(failing), 0o755); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := kreadyBudget(t, "", args...); code != 2 || !strings.Contains(out, "Error: no") {
		t.Errorf("failing: exit %d\n%s", code, out)
	}
	if _, err := os.Stat("r.json"); err == nil {
		t.Error("a receipt of an earlier run is still there")
	}
}

// TestRecordRoundTrip proves that a recorded budget admits its plans on the
// command line.
func TestRecordRoundTrip(t *testing.T) {
	repo(t, nil)
	copyPlan(t, "terraform-1.11/everything.plan.bin", "a/p.plan")
	copyPlan(t, "terraform-1.11/destroy.show.json", "b/p.json")
	for _, by := range []string{"type", "address"} {
		if code, _, errs := kreadyBudget(t, "", "record", "-by", by, "-out", "kready.budget.hcl", "a/p.plan", "b/p.json"); code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
		if code, out, _ := kreadyBudget(t, "", "check", "a/p.plan", "b/p.json"); code != 0 {
			text, _ := os.ReadFile("kready.budget.hcl")
			t.Errorf("exit %d\n%s\n%s", code, out, text)
		}
	}
	if code, out, _ := kreadyBudget(t, "", "record", "-out", "-", "a/p.plan"); code != 0 || !strings.Contains(out, "# Recorded") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if code, _, _ := kreadyBudget(t, "", "record", "-out", "-", planFixture(t, "terraform-1.11/target.plan.bin")); code != 2 {
		t.Errorf("an incomplete plan is recorded: exit %d", code)
	}
}

// TestReceipts proves the whole way of a receipt.
func TestReceipts(t *testing.T) {
	repo(t, map[string]string{"key": strings.Repeat("k", 40), "short": "k", "other": strings.Repeat("o", 40)})
	copyPlan(t, "terraform-1.11/everything.plan.bin", "p.plan")
	copyPlan(t, "terraform-1.11/everything.show.json", "p.json")
	copyPlan(t, "terraform-1.11/objects.plan.bin", "q.plan")
	check := func(args ...string) []string { return append(append([]string{"check"}, everything...), args...) }
	const over = 1
	for _, test := range []struct {
		name string
		args []string
		want int
	}{
		{"written", check("-receipt", "r", "p.plan"), 0},
		{"verified", []string{"verify", "-receipt", "r", "p.plan"}, 0},
		{"another plan", []string{"verify", "-receipt", "r", "q.plan"}, 1},
		{"its JSON", []string{"verify", "-receipt", "r", "p.json"}, 1},
		{"no values", []string{"verify", "-same-changes", "-receipt-key", "key", "-receipt", "r", "p.plan"}, 2},
		{"with a key", check("-receipt", "r", "-receipt-key", "key", "p.plan"), 0},
		{"same changes", []string{"verify", "-same-changes", "-receipt-key", "key", "-receipt", "r", "p.plan"}, 0},
		{"wrong key", []string{"verify", "-same-changes", "-receipt-key", "other", "-receipt", "r", "p.plan"}, 1},
		{"other changes", []string{"verify", "-same-changes", "-receipt-key", "key", "-receipt", "r", "q.plan"}, 1},
		{"short key", check("-receipt", "r", "-receipt-key", "short", "p.plan"), 2},
		{"from JSON", check("-receipt", "r", "p.json"), 0},
		{"not bound", []string{"verify", "-receipt", "r", "p.plan"}, 1},
		{"bound", check("-receipt", "r", "-bind", "p.plan", "p.json"), 0},
		{"verified, bound", []string{"verify", "-receipt", "r", "p.plan"}, 0},
		{"bound to another", check("-receipt", "r", "-bind", "q.plan", "p.json"), 2},
		{"which takes the old one away", []string{"verify", "-receipt", "r", "p.plan"}, 2},
		{"written again", check("-receipt", "r", "p.plan"), 0},
		{"over", []string{"check", "-create", "0", "-receipt", "r", "p.plan"}, over},
		{"takes it away, too", []string{"verify", "-receipt", "r", "p.plan"}, 2},
		{"advisory", check("-advisory", "-receipt", "r", "p.plan"), 0},
		{"never verifies", []string{"verify", "-receipt", "r", "p.plan"}, 2},
		{"approved", []string{"approve", "-create", "0", "-reason", "INC-7", "-by", "ann", "-receipt", "r", "p.plan"}, 0},
		{"verifies", []string{"verify", "-receipt", "r", "p.plan"}, 0},
		{"for this plan only", []string{"verify", "-receipt", "r", "q.plan"}, 1},
		{"protected", []string{"approve", "-create", "0", "-protect", "terraform_data.gone", "-reason", "INC-7", "-receipt", "r", "p.plan"}, over},
		{"no receipt for it", []string{"verify", "-receipt", "r", "p.plan"}, 2},
		{"protected by name", []string{"approve", "-create", "0", "-protect", "terraform_data.gone", "-protected", "terraform_data.gone", "-reason", "INC-7", "-receipt", "r", "p.plan"}, 0},
		{"verifies as well", []string{"verify", "-receipt", "r", "p.plan"}, 0},
		{"can't be judged", []string{"approve", "-create", "0", "-reason", "x", "-receipt", "r", planFixture(t, "terraform-1.11/errored.plan.bin")}, 2},
		{"not approved", []string{"verify", "-receipt", "r", planFixture(t, "terraform-1.11/errored.plan.bin")}, 2},
	} {
		if code, out, errs := kreadyBudget(t, "", test.args...); code != test.want {
			t.Fatalf("%s: exit %d, want %d\n%s%s", test.name, code, test.want, out, errs)
		}
	}
	if code, _, _ := kreadyBudget(t, "", check("-receipt", "r", "p.plan")...); code != 0 {
		t.Fatal("no receipt")
	}
	text, err := os.ReadFile("r")
	if err != nil {
		t.Fatal(err)
	}
	var receipt map[string]any
	if err := json.Unmarshal(text, &receipt); err != nil {
		t.Fatal(err)
	}
	digest := receipt["plans"].([]any)[0].(map[string]any)["budget_sha256"].(string)
	if code, _, _ := kreadyBudget(t, "", "verify", "-budget-sha256", digest, "-receipt", "r", "p.plan"); code != 0 {
		t.Errorf("its own budget: exit %d", code)
	}
	if code, _, _ := kreadyBudget(t, "", "verify", "-budget-sha256", strings.Repeat("0", 64), "-receipt", "r", "p.plan"); code != 1 {
		t.Errorf("another budget: exit %d", code)
	}
	if err := os.WriteFile("r", append(text, "{}"...), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := kreadyBudget(t, "", "verify", "-receipt", "r", "p.plan"); code != 2 {
		t.Errorf("a receipt with something behind it: exit %d", code)
	}
}
