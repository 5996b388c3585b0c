package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stacksRepo is a repository with stacks of plain Terraform.
func stacksRepo(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// pipelineRunIn runs kready generate pipeline in a repository.
func pipelineRunIn(t *testing.T, root string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return run(t, append([]string{"generate", "pipeline", "-out", root}, args...)...)
}

const plainStack = "provider \"aws\" {}\n"

// TestGeneratePipelineKeepsWhatIsThere proves that files which a repository
// has one of are written once and are the user's from then on, while the rest
// is generated again, and is removed when it is made no more.
func TestGeneratePipelineKeepsWhatIsThere(t *testing.T) {
	mine := "/docs/ @acme/writers\n"
	root := stacksRepo(t, map[string]string{"live/dev/a/main.tf": plainStack, "live/prod/a/main.tf": plainStack, ".github/CODEOWNERS": mine})
	args := []string{"-ci", "github", "-stack", "live/*/*", "-owner", "@acme/platform"}
	code, out, errs := pipelineRunIn(t, root, args...)
	if code != 0 || content(t, root, ".github", "CODEOWNERS") != mine || !strings.Contains(errs, "is yours and is kept") || !strings.Contains(errs, "/kready.budget.hcl @acme/platform") {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	if code, out, _ := pipelineRunIn(t, root, args...); code != 0 || out != "" {
		t.Errorf("a second run writes: %d\n%s", code, out)
	}
	budget := filepath.Join(root, "kready.budget.hcl")
	edited := strings.Replace(content(t, budget), "create  = 50", "create  = 7", 1)
	if err := os.WriteFile(budget, []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "live/prod/b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "live/prod/b/main.tf"), []byte(plainStack), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := pipelineRunIn(t, root, append(args, "-check")...); code != 1 || !strings.Contains(errs, "not as they would be generated") {
		t.Errorf("a new stack is not missed: %d %s", code, errs)
	}
	if code, out, errs := pipelineRunIn(t, root, args...); code != 0 || content(t, budget) != edited || !strings.Contains(content(t, root, ".github/workflows/kready.yml"), "live/prod/b") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	// Another CI's files would stay beside: they are of another command. The
	// same command without clouds takes its roles away.
	if code, out, errs := pipelineRunIn(t, root, append(args, "-atlantis", "yes")...); code != 0 || !strings.Contains(out, "remove "+filepath.Join(root, "ci/kready/apply.sh")) {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}

// TestGeneratePipelineFindsStacks proves which folders are stacks, of which
// stage, and what a person is told about the guesses.
func TestGeneratePipelineFindsStacks(t *testing.T) {
	files := map[string]string{
		"live/dev/a/main.tf": plainStack, "live/prod/a/terragrunt.hcl": "", "live/prod/a/.terraform/modules/x/main.tf": "", "live/prod/readme/README.md": "",
		"live/eu/x/main.tofu": "resource \"kready_cluster_blueprint\" \"x\" {\n  cloud = \"azure\"\n}\n", "modules/m/main.tf": "",
	}
	root := stacksRepo(t, files)
	code, out, errs := pipelineRunIn(t, root, "-ci", "gitlab", "-stack", "live/**")
	text := content(t, root, ".gitlab", "kready.yml")
	for _, want := range []string{`{ STACK: "live/dev/a", WORKSPACE: "", KEY: `, `{ STACK: "live/prod/a", `, `{ STACK: "live/eu/x", `, "api://AzureADTokenExchange", "sts.amazonaws.com", "terragrunt", "development-apply", "production-apply"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if code != 0 || strings.Contains(text, "modules/m") || strings.Contains(text, "readme") || strings.Contains(text, ".terraform") || strings.Contains(text, "staging") ||
		!strings.Contains(errs, "The path live/eu/x names no stage, so it is taken for production") {
		t.Errorf("exit %d\n%s%s\n%s", code, out, errs, text)
	}
	if code, _, errs := pipelineRunIn(t, root, "-ci", "gitlab", "-stack", "live/**", "-stage", "live/eu/*=staging", "-force"); code != 0 || strings.Contains(errs, "names no stage") || !strings.Contains(content(t, root, ".gitlab", "kready.yml"), "staging-apply") {
		t.Errorf("exit %d %s", code, errs)
	}
	for name, bad := range map[string][]string{
		"no folder below":  {"-ci", "gitlab", "-stack", "nothing/*"},
		"-stage '[=x'":     {"-ci", "gitlab", "-stack", "live/**", "-stage", "[=x"},
		"is none of aws":   {"-ci", "gitlab", "-stack", "live/**", "-cloud", "gcp"},
		"yes, no or auto":  {"-ci", "gitlab", "-stack", "live/**", "-atlantis", "maybe"},
		"is no CI":         {"-ci", "jenkins", "-stack", "live/**"},
		"-ci, and -stack ": {"-stack", "live/**"},
	} {
		if code, _, errs := pipelineRunIn(t, root, bad...); code != 2 || !strings.Contains(strings.ReplaceAll(errs, "the pattern \"[\"", "-stage '[=x'"), name) {
			t.Errorf("%v: exit %d: %s", bad, code, errs)
		}
	}
}

// TestGeneratePipelineReadsAtlantis proves that the projects of atlantis.yaml
// are the stacks, and that then the CI neither plans nor applies.
func TestGeneratePipelineReadsAtlantis(t *testing.T) {
	atlantis := "version: 3\nprojects:\n  - dir: live/prod/a\n    workspace: blue\n  - dir: ./live/prod/a\n    workspace: default\n"
	root := stacksRepo(t, map[string]string{"atlantis.yaml": atlantis, "live/prod/a/main.tf": plainStack, "live/prod/b/main.tf": plainStack})
	code, out, errs := pipelineRunIn(t, root, "-ci", "github", "-stack", "live/*/*", "-owner", "@acme/platform")
	drift := content(t, root, ".github/workflows/kready-drift.yml")
	if code != 0 || !strings.Contains(drift, `stack: "live/prod/a", workspace: "blue"`) || !strings.Contains(drift, `stack: "live/prod/a", workspace: ""`) || !strings.Contains(errs, "live/prod/b matches and is no project of atlantis.yaml") {
		t.Errorf("exit %d\n%s%s\n%s", code, out, errs, drift)
	}
	if _, err := os.Stat(filepath.Join(root, ".github/workflows/kready-stage.yml")); err == nil {
		t.Error("two would apply: Atlantis and the CI")
	}
	if content(t, root, "atlantis.yaml") != atlantis {
		t.Error("atlantis.yaml was changed")
	}
	if code, _, errs := pipelineRunIn(t, root, "-ci", "github", "-stack", "live/*/*", "-atlantis", "no", "-owner", "@acme/platform", "-force"); code != 0 || errs != "" {
		t.Errorf("exit %d: %s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(root, ".github/workflows/kready-stage.yml")); err != nil {
		t.Error(err)
	}
}

// TestGeneratePipelineOfBlueprints proves that each cluster of a fleet is a
// job of its own.
func TestGeneratePipelineOfBlueprints(t *testing.T) {
	root := stacksRepo(t, map[string]string{"fleet.kready.hcl": fleetBlueprints})
	code, out, errs := pipelineRunIn(t, root, "-ci", "github", "-blueprint", filepath.Join(root, "fleet.kready.hcl"), "-path", "live/{stage}/{name}", "-owner", "@acme/platform")
	text := content(t, root, ".github/workflows/kready.yml")
	if code != 0 || !strings.Contains(text, `live/production/shop-a`) || !strings.Contains(text, `live/production/shop-b`) {
		t.Fatalf("exit %d\n%s%s\n%s", code, out, errs, text)
	}
	if lint := content(t, root, "ci/kready/lint.sh"); !strings.Contains(lint, "kready validate 'fleet.kready.hcl'") || !strings.Contains(lint, "'-blueprint' 'fleet.kready.hcl'") {
		t.Errorf("lint:\n%s", lint)
	}
	if budget := content(t, root, "kready.budget.hcl"); !strings.Contains(budget, `protect = ["kready_cluster.*"`) {
		t.Errorf("budget:\n%s", budget)
	}
}

const fleetBlueprints = `
blueprint "shop-a" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.34"
  stage              = "production"
  network = {
    cidr           = "10.64.0.0/16"
    zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    egress         = "nat_per_zone"
    reachable_from = ["10.0.0.0/14"]
  }
  access     = { admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"] }
  node_pools = { system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" } }
}
blueprint "shop-b" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.34"
  stage              = "production"
  network = {
    cidr           = "10.65.0.0/16"
    zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    egress         = "nat_per_zone"
    reachable_from = ["10.0.0.0/14"]
  }
  access     = { admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"] }
  node_pools = { system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" } }
}
`
