package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

// budgetChild makes this test binary a kready for the scripts under test.
const budgetChild = "KREADY_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(budgetChild) == "" || len(os.Args) < 2 || strings.HasPrefix(os.Args[1], "-") {
		os.Exit(m.Run())
	}
	cio := IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Now: time.Now, Random: zeros}
	os.Exit(Run(context.Background(), os.Args[1:], cio, App{Version: "0.1.0"}))
}

var budgetExamples, budgetExamplesErr = filepath.Abs(filepath.Join("..", "..", "examples", "budget"))

func example(t *testing.T, name string) string {
	t.Helper()
	if budgetExamplesErr != nil {
		t.Fatal(budgetExamplesErr)
	}
	return filepath.Join(budgetExamples, filepath.FromSlash(name))
}

// pipeline is a repository with a base branch and a change, and the programs
// that a pipeline runs: kready is this test binary, terraform and terragrunt
// hand out plans that were made before.
type pipeline struct {
	env []string
}

const (
	tightBudget = "budget \"b\" {\n  match = [\"**\"]\n  forget = 0\n}\n"
	wideBudget  = "budget \"b\" {\n  match = [\"**\"]\n  forget = 9\n}\n"
)

// newPipeline starts in a clone whose origin has base as the budget of main,
// while the change that is checked out has its own.
func newPipeline(t *testing.T, base, own string) *pipeline {
	t.Helper()
	root := t.TempDir()
	tools := filepath.Join(root, "tools")
	p := &pipeline{env: append(os.Environ(),
		budgetChild+"=1", "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"), "PLANS="+planFixtures+"/terraform-1.11",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME="+root,
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com",
	)}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{
		"kready":     fmt.Sprintf("exec '%s' \"$@\"\n", self),
		"terraform":  "case \"$1\" in\n  plan) for a; do case $a in -out=*) cp \"$PLANS/forget.plan.bin\" \"${a#-out=}\" ;; esac; done ;;\n  show) cat \"$PLANS/forget.show.json\" ;;\n  test) cat \"$PLANS/test.stream.jsonl\" ;;\n  apply) echo applied ;;\nesac\n",
		"terragrunt": "case \"$*\" in\n  *' plan') mkdir -p \"$5/live/a\" \"$5/live/b\"; cp \"$PLANS/forget.plan.bin\" \"$5/live/a/tfplan.tfplan\"; cp \"$PLANS/nothing.plan.bin\" \"$5/live/b/tfplan.tfplan\" ;;\n  *' apply') echo applied ;;\nesac\n",
	} {
		if err := os.MkdirAll(tools, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	origin := filepath.Join(root, "origin")
	t.Chdir(root)
	for _, args := range [][]string{{"init", "-q", "-b", "main", origin}, {"-C", origin, "commit", "-q", "--allow-empty", "-m", "start"}} {
		p.must(t, "git", args...)
	}
	if err := os.WriteFile(filepath.Join(origin, "kready.budget.hcl"), []byte(base), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-C", origin, "add", "."}, {"-C", origin, "commit", "-q", "-m", "budget"}, {"clone", "-q", origin, "work"}} {
		p.must(t, "git", args...)
	}
	t.Chdir(filepath.Join(root, "work"))
	if err := os.WriteFile("kready.budget.hcl", []byte(own), 0o644); err != nil {
		t.Fatal(err)
	}
	copyPlan(t, "terraform-1.11/forget.plan.bin", "plan.tfplan")
	return p
}

func (p *pipeline) must(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = p.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// run runs a script and returns its exit code and output.
func (p *pipeline) run(t *testing.T, shell, script string, env ...string) (int, string) {
	t.Helper()
	cmd := exec.Command(shell, "-c", script)
	cmd.Env = append(append([]string{}, p.env...), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// scalars lists the values of a key anywhere in a YAML file.
func scalars(t *testing.T, file, key string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == key {
				switch c.Kind {
				case yaml.ScalarNode:
					out = append(out, c.Value)
				case yaml.SequenceNode: // GitLab: the lines of one script
					var lines []string
					for _, line := range c.Content {
						lines = append(lines, line.Value)
					}
					out = append(out, strings.Join(lines, "\n"))
				}
			}
			walk(c)
		}
	}
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var doc yaml.Node
		if err := d.Decode(&doc); err != nil {
			break
		}
		walk(&doc)
	}
	return out
}

// holding picks the script in which a budget is checked.
func holding(t *testing.T, scripts []string, what string) string {
	t.Helper()
	for _, s := range scripts {
		if strings.Contains(s, what) {
			return s
		}
	}
	t.Fatalf("no script with %q", what)
	return ""
}

// TestPipelinesHoldTheBaseBranch runs the script of each shipped pipeline: a
// change that is within the budget of the base branch passes, and one that
// raises its own limit does not.
func TestPipelinesHoldTheBaseBranch(t *testing.T) {
	for _, test := range []struct {
		name, file, key string
		env             func(temp string) []string
	}{
		{"GitHub", "github/action.yml", "run", func(temp string) []string {
			return []string{"PLAN=plan.tfplan", "BUDGET=kready.budget.hcl", "RECEIPT=receipt.json", "SARIF=budget.sarif", "BASE=main", "RUNNER_TEMP=" + temp, "GITHUB_OUTPUT=" + temp + "/out", "GITHUB_STEP_SUMMARY=" + temp + "/summary"}
		}},
		{"GitLab", "gitlab/budget.yml", "script", func(string) []string {
			return []string{"PLAN=plan.tfplan", "BUDGET=kready.budget.hcl", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main"}
		}},
		{"Azure DevOps", "azure-devops/budget.yml", "bash", func(temp string) []string {
			return []string{"PLAN=plan.tfplan", "BUDGET=kready.budget.hcl", "SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main", "AGENT_TEMPDIRECTORY=" + temp}
		}},
		{"Atlantis", "atlantis/repos.yaml", "command", func(temp string) []string {
			return []string{"PLANFILE=plan.tfplan", "REPO_REL_DIR=live/a", "BASE_BRANCH_NAME=main"}
		}},
	} {
		for _, budgets := range []struct {
			base, own string
			want      int
		}{{wideBudget, wideBudget, 0}, {tightBudget, wideBudget, 1}, {wideBudget, tightBudget, 0}} {
			p := newPipeline(t, budgets.base, budgets.own)
			script := holding(t, scalars(t, example(t, test.file), test.key), "kready budget check")
			temp := t.TempDir()
			code, out := p.run(t, "bash", "set -e\n"+script, append(test.env(temp), "TMPDIR="+temp)...)
			if code != budgets.want {
				t.Errorf("%s: exit %d, want %d\n%s", test.name, code, budgets.want, out)
			}
			if strings.Contains(out, temp+"/kready.budget") {
				t.Errorf("%s: a report names a file that is not in the repository\n%s", test.name, out)
			}
		}
	}
}

// TestGitHubActionReports proves that the action leaves behind what the
// workflow takes from it.
func TestGitHubActionReports(t *testing.T) {
	p := newPipeline(t, tightBudget, tightBudget)
	temp := t.TempDir()
	script := holding(t, scalars(t, example(t, "github/action.yml"), "run"), "kready budget check")
	code, out := p.run(t, "bash", script, "PLAN=plan.tfplan", "BUDGET=kready.budget.hcl", "RECEIPT=receipt.json", "SARIF=budget.sarif", "BASE=main",
		"RUNNER_TEMP="+temp, "GITHUB_OUTPUT="+temp+"/out", "GITHUB_STEP_SUMMARY="+temp+"/summary")
	if code != 1 || !strings.Contains(out, "::error file=kready.budget.hcl,line=3") {
		t.Errorf("exit %d\n%s", code, out)
	}
	summary, err := os.ReadFile(filepath.Join(temp, "summary"))
	if err != nil || !bytes.HasPrefix(summary, []byte("<!-- kready-budget:")) {
		t.Errorf("summary: %.80s (%v)", summary, err)
	}
	sarif, err := os.ReadFile("budget.sarif")
	if err != nil || !json.Valid(sarif) || !bytes.Contains(sarif, []byte(`"uri": "kready.budget.hcl"`)) {
		t.Errorf("SARIF: %v", err)
	}
	if _, err := os.Stat("receipt.json"); err == nil {
		t.Error("a receipt for a plan that is over")
	}
}

// TestScriptsApplyOnlyWhatPassed runs the shell scripts with a budget that
// fits and one that doesn't.
func TestScriptsApplyOnlyWhatPassed(t *testing.T) {
	for _, name := range []string{"terragrunt/check.sh", "hcp-terraform/check.sh", "pre-commit/check.sh"} {
		for own, want := range map[string]int{wideBudget: 0, tightBudget: 1} {
			p := newPipeline(t, own, own)
			code, out := p.run(t, "sh", "exec '"+example(t, name)+"'")
			applied := strings.Contains(out, "applied")
			if code == 123 { // what xargs makes of any failure
				code = 1
			}
			if code != want || applied != (want == 0 && name != "pre-commit/check.sh") {
				t.Errorf("%s: exit %d, want %d\n%s", name, code, want, out)
			}
		}
	}
	// The second half of Atlantis: what passed is what is applied.
	p := newPipeline(t, wideBudget, wideBudget)
	scripts := scalars(t, example(t, "atlantis/repos.yaml"), "command")
	env := []string{"PLANFILE=plan.tfplan", "REPO_REL_DIR=.", "BASE_BRANCH_NAME=main"}
	for _, what := range []string{"budget check", "budget verify"} {
		if code, out := p.run(t, "sh", holding(t, scripts, what), env...); code != 0 {
			t.Errorf("%s: exit %d\n%s", what, code, out)
		}
	}
	copyPlan(t, "terraform-1.11/everything.plan.bin", "plan.tfplan")
	if code, _ := p.run(t, "sh", holding(t, scripts, "budget verify"), env...); code != 1 {
		t.Errorf("another plan: exit %d", code)
	}
}

// TestTerraformTestPlans proves that the plans of a terraform test are held
// to budgets, run by run.
func TestTerraformTestPlans(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("the script needs jq")
	}
	p := newPipeline(t, wideBudget, wideBudget)
	for args, want := range map[string]int{
		`first '-create 2' settled ''`: 0, `first '-create 1' settled ''`: 1, `first ''`: 1, `missing ''`: 2, `first '' missing ''`: 2,
	} {
		if code, out := p.run(t, "sh", "exec '"+example(t, "terraform-test/check.sh")+"' "+args); code != want {
			t.Errorf("%s: exit %d, want %d\n%s", args, code, want, out)
		}
	}
}

// TestExampleBudgets proves that every budget file that is shown is right,
// and that YAML files are YAML.
func TestExampleBudgets(t *testing.T) {
	files, err := filepath.Glob(example(t, "*.budget.*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%d budgets (%v)", len(files), err)
	}
	if code, out, errs := kreadyBudget(t, "", append([]string{"validate"}, files...)...); code != 0 {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := budget.ParseBudget(src, f); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
	repo(t, map[string]string{"bad.hcl": "budget \"b\" {\n  create = -1\n}\n"})
	if code, _, errs := kreadyBudget(t, "", append([]string{"validate", "bad.hcl"}, files...)...); code != 2 || !strings.Contains(errs, "bad.hcl:2:12") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
