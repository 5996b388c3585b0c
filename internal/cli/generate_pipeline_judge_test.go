package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPipelineIsValid proves that what is generated for each CI is valid by
// the schema that is published for it, that GitHub's workflows hold to what a
// schema can't say (expressions, inputs, outputs), and that scripts are sound
// shell. Three programs from outside judge; make test brings them.
func TestPipelineIsValid(t *testing.T) {
	python, actionlint := os.Getenv("KREADY_PIPELINE_PYTHON"), os.Getenv("KREADY_ACTIONLINT")
	if python == "" || actionlint == "" {
		t.Skip("nobody judges: make test sets KREADY_PIPELINE_PYTHON and KREADY_ACTIONLINT")
	}
	shellcheck := "shellcheck"
	if found, err := filepath.Glob(filepath.Join(filepath.Dir(python), "*", "bin", "shellcheck")); err == nil && len(found) > 0 {
		shellcheck = found[0]
	}
	schemas := map[string][]string{
		"github":      {"--builtin-schema", "vendor.github-workflows"},
		"gitlab":      {"--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"},
		"azuredevops": {"--builtin-schema", "vendor.azure-pipelines", "--data-transform", "azure-pipelines", "--regex-variant", "python"},
	}
	for ci, schema := range schemas {
		t.Run(ci, func(t *testing.T) {
			t.Parallel()
			var pipelines, scripts []string
			for _, variant := range [][]string{{"-cloud", "aws,azure"}, {"-cloud", "none", "-tool", "tofu"}, {"-cloud", "aws", "-atlantis", "yes"}} {
				root := stacksRepo(t, map[string]string{"live/dev/a/main.tf": "", "live/stg/größe, 2/main.tf": "", "live/prod/b c/terragrunt.hcl": "", ".git/HEAD": "ref: refs/heads/main\n"})
				if code, out, errs := pipelineRunIn(t, root, append([]string{"-ci", ci, "-stack", "live/*/*", "-owner", "@acme/platform"}, variant...)...); code != 0 {
					t.Fatalf("exit %d\n%s%s", code, out, errs)
				}
				err := filepath.WalkDir(root, func(name string, _ os.DirEntry, err error) error {
					switch filepath.Ext(name) {
					case ".sh":
						scripts = append(scripts, name)
					case ".yml":
						pipelines = append(pipelines, name)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if len(pipelines) < 6 || len(scripts) < 20 {
				t.Fatalf("%d pipelines, %d scripts", len(pipelines), len(scripts))
			}
			say := func(program string, args ...string) error {
				out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
				if err != nil {
					err = fmt.Errorf("%s: %w\n%s", filepath.Base(program), err, out)
				}
				return err
			}
			validate := append([]string{"-m", "check_jsonschema"}, schema...)
			if err := say(python, append(validate, pipelines...)...); err != nil {
				t.Error(err)
			}
			if err := say(shellcheck, scripts...); err != nil {
				t.Error(err)
			}
			if ci == "github" {
				if err := say(actionlint, append([]string{"-no-color", "-shellcheck", shellcheck}, pipelines...)...); err != nil {
					t.Error(err)
				}
			}
			// The judge can say no.
			spoilt := filepath.Join(t.TempDir(), "spoilt.yml")
			if err := os.WriteFile(spoilt, []byte(content(t, pipelines[0])+"\nnonsense: [1]\njobs: 7\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := say(python, append(validate, spoilt)...); err == nil {
				t.Error("the schema lets anything through")
			}
		})
	}
}
