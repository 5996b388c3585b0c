package cli

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// TestNoReportHasAValue plants secrets in every place of a plan that can hold
// one (attributes before and after, sensitive or not, outputs, variables,
// unknown, imported and deposed objects, keys of sensitive maps) and looks
// for them in every output of every subcommand.
func TestNoReportHasAValue(t *testing.T) {
	repo(t, map[string]string{"key": strings.Repeat("k", 40), "kready.budget.hcl": `budget "b" {
  create = 1
  objects = { terraform_data = "input.objects" }
  limit "tags" {
    changed = ["input.tags"]
    update  = 1
  }
  protect = ["terraform_data.*"]
  score {
    max = 0
  }
}
`})
	secretKeys := `{"format_version":"1.2","resource_changes":[{"address":"kready_vault.v","change":{"actions":["update"],` +
		`"before":{"objects":{"SECRET-key":"SECRET"}},"after":{"objects":{}},"before_sensitive":{"objects":true}}}],` +
		`"variables":{"v":{"value":"SECRET"}},"SECRET":1}`
	broken := `{"format_version":"1.2","resource_changes":[{"address":"a.b","change":{"actions":["update"],"before":"SECRET","after":SECRET`
	for name, text := range map[string]string{"secret.json": secretKeys, "broken.json": broken} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plans := []string{"broken.json"}
	fixtures, err := filepath.Glob(filepath.Join(planFixtures, "*", "*"))
	if err != nil || len(fixtures) < 50 {
		t.Fatalf("%d fixtures (%v)", len(fixtures), err)
	}
	plans = append(plans, fixtures...)
	for _, plan := range plans {
		text, err := os.ReadFile(plan)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(plan, ".bin") && !strings.Contains(plan, "stream") && !strings.Contains(plan, "nothing") && !bytes.Contains(text, []byte("SECRET")) {
			t.Fatalf("%s has no secret in it", plan)
		}
		for _, args := range [][]string{
			{"check", "-report", "text", "-report", "json=j", "-report", "markdown=m", "-report", "github=g", "-report", "gitlab=l", "-report", "junit=u", "-report", "sarif=s"},
			{"explain"}, {"record", "-out", "c"}, {"record", "-by", "address", "-out", "c"},
			{"approve", "-receipt", "r", "-receipt-key", "key", "-reason", "x"}, {"verify", "-receipt", "r"},
		} {
			_, out, errs := kreadyBudget(t, "", append(args, plan)...)
			if strings.Contains(out+errs, "SECRET") {
				t.Errorf("%v %s:\n%s%s", args, plan, out, errs)
			}
		}
		for _, file := range []string{"j", "m", "g", "l", "u", "s", "c", "r"} {
			if text, _ := os.ReadFile(file); bytes.Contains(text, []byte("SECRET")) {
				t.Errorf("%s of %s:\n%s", file, plan, text)
			}
		}
	}
	// The name of a section is no value, but that of a sensitive key is.
	_, out, errs := kreadyBudget(t, "", "explain", "secret.json")
	if strings.Contains(out+errs, "SECRET-key") || !strings.Contains(out, "sensitive key 1") {
		t.Errorf("a sensitive key:\n%s%s", out, errs)
	}
}

// reportsOf runs check with one report to standard output.
func reportOf(t *testing.T, format string, args ...string) string {
	t.Helper()
	_, out, errs := kreadyBudget(t, "", append([]string{"check", "-report", format}, args...)...)
	if errs != "" {
		t.Fatalf("%s: %s", format, errs)
	}
	return out
}

// TestTextReport proves that a person is told what is over, by how much,
// which addresses, where it is written and what to do.
func TestTextReport(t *testing.T) {
	repo(t, map[string]string{"kready.budget.hcl": "budget \"b\" {\n  create = 4\n  update = 1\n}\n"})
	copyPlan(t, "terraform-1.11/everything.plan.bin", "p.plan")
	out := reportOf(t, "text", "p.plan")
	for _, want := range []string{
		"OVER BUDGET", `p.plan: over, budget "b" (kready.budget.hcl:1:1)`, "create 4, update 3, replace 2",
		`over: update: 3, 1 allowed by budget "b" (2 over) [kready.budget.hcl:3:3]`, "terraform_data.update\n",
		"terraform_data.new_name_changed (was terraform_data.old_name_changed)", "-> make the change smaller",
		"terraform_data.gone (delete because no resource config)",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestJSONReport proves the documented shape of the JSON report.
func TestJSONReport(t *testing.T) {
	repo(t, map[string]string{"kready.budget.hcl": "budget \"b\" {\n  create = 4\n}\n"})
	copyPlan(t, "terraform-1.11/everything.plan.bin", "p.plan")
	copyPlan(t, "terraform-1.11/errored.plan.bin", "q.plan")
	_, out, _ := kreadyBudget(t, "", "check", "-report", "json", "p.plan", "q.plan")
	var doc jsonReport
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	p, q := doc.Plans[0], doc.Plans[1]
	switch {
	case doc.Schema != "kready.budget.report/v1" || doc.Verdict != "cannot_judge" || doc.ExitCode != 2:
		t.Errorf("head: %+v", doc)
	case p.Verdict != "over" || p.Plan.Input != "tfplan" || p.Plan.Tool != "terraform" || p.Budget.Line != 1 || p.Refusal != nil:
		t.Errorf("plan: %+v", p)
	case len(p.Judgment.Counts) != len(budget.Kinds()) || p.Judgment.Counts["create"] != 4 || p.Judgment.Counts["drift"] != 0:
		t.Errorf("counts: %v", p.Judgment.Counts)
	case q.Refusal == nil || q.Refusal.Code != "errored_plan" || q.Refusal.Do == "" || q.Judgment != nil:
		t.Errorf("refusal: %+v", q)
	}
}

// TestMarkdownReport proves that a comment fits, keeps its marker, and is not
// a way to write markup or mention people by the name of a resource.
func TestMarkdownReport(t *testing.T) {
	repo(t, nil)
	marker := regexp.MustCompile(`^<!-- kready-budget:[0-9a-f]{16} -->\n`)
	var rows []string
	for i := range 9000 {
		rows = append(rows, fmt.Sprintf(`{"address":"aws_x.a[\"@all <script>|[x](http://e) é %d %s\"]","change":{"actions":["delete"]}}`, i, strings.Repeat("ü", 200)))
	}
	var plans []string
	for i := range 60 {
		name := fmt.Sprintf("stack-%02d/plan.json", i)
		plans = append(plans, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(`{"format_version":"1.2","resource_changes":[`+strings.Join(rows[:100+i], ",")+`]}`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	few := reportOf(t, "markdown", append([]string{"-create", "0"}, plans[:2]...)...)
	many := reportOf(t, "markdown", append([]string{"-create", "0"}, plans...)...)
	for _, text := range []string{few, many} {
		if n := utf8.RuneCountInString(text); n > 60000 || n < 1000 {
			t.Errorf("%d characters", n)
		}
		if !marker.MatchString(text) || !strings.Contains(text, "over budget") {
			t.Errorf("head: %.200s", text)
		}
		body := marker.ReplaceAllString(text, "")
		for _, bad := range []string{"@all", "<script", "](http"} {
			if strings.Contains(body, bad) {
				t.Errorf("%q is not escaped", bad)
			}
		}
	}
	again := reportOf(t, "markdown", append([]string{"-delete", "unlimited"}, plans[1], plans[0])...)
	if marker.FindString(again) != marker.FindString(few) {
		t.Error("the same plans in another order, with another verdict, have another marker")
	}
	if marker.FindString(few) == marker.FindString(many) {
		t.Error("other plans have the same marker")
	}
}

// TestGitHubReport proves that nothing in a plan can end a workflow command.
func TestGitHubReport(t *testing.T) {
	repo(t, map[string]string{"p.json": `{"format_version":"1.2","resource_changes":[{"address":"aws_x.a[\"x\\n::add-mask::y,z:%0A\"]","change":{"actions":["delete"]}}]}`,
		"kready.budget.hcl": "budget \"b\" {\n  delete = 0\n}\n"})
	out := reportOf(t, "github", "p.json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "::error file=kready.budget.hcl,line=2,col=3,title=change budget%3A over-budget::p.json: delete: 1, 0 allowed") {
		t.Errorf("%s", out)
	}
	if !strings.Contains(lines[0], "%250A") {
		t.Errorf("a percent sign is not escaped: %s", out)
	}
	if out := reportOf(t, "github", "-advisory", "p.json"); !strings.HasPrefix(out, "::warning ") {
		t.Errorf("advisory: %s", out)
	}
	if out := reportOf(t, "github", "-delete", "1", "p.json"); !strings.HasPrefix(out, "::notice ") {
		t.Errorf("within: %s", out)
	}
}

// TestGitLabReport proves the shape that GitLab's code quality asks for.
func TestGitLabReport(t *testing.T) {
	repo(t, map[string]string{"kready.budget.hcl": "budget \"b\" {\n  create = 4\n}\n"})
	copyPlan(t, "terraform-1.11/everything.plan.bin", "p.plan")
	var issues []struct {
		Description, CheckName, Fingerprint, Severity string
		Location                                      struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	text := strings.ReplaceAll(reportOf(t, "gitlab", "p.plan"), "check_name", "CheckName")
	if err := json.Unmarshal([]byte(text), &issues); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, i := range issues {
		if i.Description == "" || i.CheckName == "" || i.Severity != "blocker" || i.Location.Path != "kready.budget.hcl" || i.Location.Lines.Begin < 1 || seen[i.Fingerprint] {
			t.Errorf("%+v", i)
		}
		seen[i.Fingerprint] = true
	}
	if len(issues) != 6 {
		t.Errorf("%d issues", len(issues))
	}
	if empty := reportOf(t, "gitlab", append(slices.Clone(everything), "p.plan")...); strings.TrimSpace(empty) != "[]" {
		t.Errorf("within: %s", empty)
	}
}

// TestJUnitReport proves that the XML is well-formed and adds up.
func TestJUnitReport(t *testing.T) {
	repo(t, map[string]string{"kready.budget.hcl": "budget \"b\" {\n  create = 4\n  output = 9\n}\n",
		"odd.json": `{"format_version":"1.2","resource_changes":[{"address":"aws_x.a[\"<&]]>\u0001\ufffe\"]","change":{"actions":["delete"]}}]}`})
	copyPlan(t, "terraform-1.11/everything.plan.bin", "p.plan")
	copyPlan(t, "terraform-1.11/errored.plan.bin", "q.plan")
	var doc junitSuites
	if err := xml.Unmarshal([]byte(reportOf(t, "junit", "p.plan", "q.plan", "odd.json")), &doc); err != nil {
		t.Fatal(err)
	}
	tests, failures, errs := 0, 0, 0
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			tests++
			if c.Failure != nil {
				failures++
			}
			if c.Error != nil {
				errs++
			}
		}
	}
	if doc.Tests != tests || doc.Failures != failures || doc.Errors != errs || errs != 1 || len(doc.Suites) != 4 {
		t.Errorf("%+v; counted %d %d %d", doc, tests, failures, errs)
	}
}

// TestSARIFReport proves GitHub's rules for SARIF: a version, a driver, rules
// with descriptions that results point at, locations inside the repository
// with lines from 1, and fingerprints of their own.
func TestSARIFReport(t *testing.T) {
	repo(t, map[string]string{"kready.budget.hcl": "budget \"b\" {\n  create = 4\n  protect = [\"terraform_data.gone\"]\n}\n",
		"main.tf": "resource \"terraform_data\" \"update\" {\n}\n\nmodule \"many\" {\n  source = \"./a child\"\n}\n", "a child/x.tf": "\n\nresource \"terraform_data\" \"inner\" {}\n"})
	copyPlan(t, "terraform-1.11/everything.plan.bin", "p.plan")
	copyPlan(t, "terraform-1.11/errored.plan.bin", "q.plan")
	parse := func(args ...string) sarifRun {
		var log sarifLog
		d := json.NewDecoder(strings.NewReader(reportOf(t, "sarif", args...)))
		d.DisallowUnknownFields()
		if err := d.Decode(&log); err != nil {
			t.Fatal(err)
		}
		if log.Version != "2.1.0" || len(log.Runs) != 1 {
			t.Fatalf("%+v", log)
		}
		return log.Runs[0]
	}
	check := func(run sarifRun) (at []string) {
		seen := map[string]bool{}
		for _, r := range run.Results {
			rule := run.Tool.Driver.Rules[r.RuleIndex]
			l := r.Locations[0].Physical
			fingerprint := r.Fingerprints["kreadyBudget/v1"]
			if rule.ID != r.RuleID || rule.Short.Text == "" || rule.Help.Text == "" || r.Message.Text == "" || r.Level != "error" ||
				l.Region.StartLine < 1 || l.Region.StartColumn < 1 || strings.HasPrefix(l.Artifact.URI, "/") || l.Artifact.URI == "" || seen[fingerprint] || fingerprint == "" {
				t.Errorf("%+v", r)
			}
			seen[fingerprint] = true
			at = append(at, fmt.Sprintf("%s %s:%d", r.RuleID, l.Artifact.URI, l.Region.StartLine))
		}
		return at
	}
	at := check(parse("p.plan", "q.plan"))
	for _, want := range []string{"protected kready.budget.hcl:3", "over-budget kready.budget.hcl:1", "cannot-judge/errored-plan q.plan:1"} {
		if !slices.Contains(at, want) {
			t.Errorf("no %s in %q", want, at)
		}
	}
	at = check(parse("-root", ".", "p.plan"))
	if !slices.Contains(at, "over-budget main.tf:1") {
		t.Errorf("no block in %q", at)
	}
	at = check(parse("-root", ".", "-create", "0", "p.plan"))
	if !slices.Contains(at, "over-budget a%20child/x.tf:3") {
		t.Errorf("no block of a module in %q", at)
	}
}

// TestReportsOfOneRead proves that several reports come out of one run, and
// that one which can't be written is no success.
func TestReportsOfOneRead(t *testing.T) {
	repo(t, nil)
	plan := planFixture(t, "terraform-1.11/forget.plan.bin")
	text, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	code, out, _ := kreadyBudget(t, string(text), "check", "-forget", "1", "-report", "text", "-report", "json=a.json", "-report", "sarif=b.sarif", "-")
	if code != 0 || !strings.Contains(out, "WITHIN") {
		t.Errorf("exit %d\n%s", code, out)
	}
	for _, file := range []string{"a.json", "b.sarif"} {
		if b, err := os.ReadFile(file); err != nil || !json.Valid(b) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if code, _, errs := kreadyBudget(t, "", "check", "-forget", "1", "-report", "json=no/such/folder/x", plan); code != 2 || errs == "" {
		t.Errorf("exit %d: %s", code, errs)
	}
}
