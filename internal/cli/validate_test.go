package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// blueprintFixtures is where the six blueprints are that everything generated is
// held to; found before any test goes to another folder.
var blueprintFixtures, blueprintFixturesErr = filepath.Abs(filepath.Join("..", "generate", "testdata", "blueprints"))

// blueprintFixture is the path of one of them.
func blueprintFixture(t *testing.T, name string) string {
	t.Helper()
	if blueprintFixturesErr != nil {
		t.Fatal(blueprintFixturesErr)
	}
	return filepath.Join(blueprintFixtures, name+".kready.hcl")
}

// saved writes a text into a file of the test's own.
func saved(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// overlapping is a blueprint whose network overlaps that of eks-minimal, with
// two mistakes of its own.
const overlapping = `blueprint "dev-too" {
  cloud              = "aws"
  region             = "eu-west-9"
  kubernetes_version = "1.35"
  stage              = "production"
  network            = { cidr = "10.80.0.0/16", zones = [] }
  node_pools = {
    main = { instance_types = ["m7g.large"], min_size = 2, max_size = 1, mode = "system" }
  }
}
`

// TestValidateExitCodes proves the three exit codes, and that problems go
// where a pipeline finds them.
func TestValidateExitCodes(t *testing.T) {
	good, minimal := blueprintFixture(t, "eks-production"), blueprintFixture(t, "eks-minimal")
	bad := saved(t, "bad.kready.hcl", overlapping)
	for _, c := range []struct {
		name string
		args []string
		code int
		out  string
		errs string
	}{
		{"sound", []string{good}, 0, "1 blueprint valid; 0 errors, 0 warnings", ""},
		{"a warning lets pass", []string{minimal}, 0, "0 errors, 3 warnings", ""},
		{"two at once", []string{good, minimal}, 0, "2 blueprints valid", ""},
		{"the example", []string{filepath.Join("..", "..", "examples", "blueprint", "fleet.kready.hcl")}, 0, "2 blueprints valid; 0 errors, 0 warnings", ""},
		{"a variable", []string{"-var", "version=1.34", good}, 0, "1 blueprint valid", ""},
		{"flags behind files", []string{good, "-var", "version=1.34"}, 0, "1 blueprint valid", ""},
		{"errors", []string{bad}, 1, bad + ":3:3: warning: dev-too: region: ", ""},
		{"a pool", []string{bad}, 1, bad + `:8:46: error: dev-too: node_pools["main"].min_size: `, ""},
		{"a set", []string{minimal, bad}, 1, `overlaps the network of "dev-eu" [networks-overlap]`, ""},
		{"a misspelled variable", []string{"-var", "vresion=1.34", good}, 1, `There is no variable "vresion"`, ""},
		{"no file", nil, 2, "", "name at least one file"},
		{"a file that is not there", []string{"nowhere.kready.hcl"}, 2, "", "nowhere.kready.hcl"},
		{"a format", []string{"-format", "xml", good}, 2, "", "text and json"},
		{"a flag", []string{"-nonsense"}, 2, "", "-nonsense"},
		{"help", []string{"-h"}, 0, "Exit codes", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := run(t, append([]string{"validate"}, c.args...)...)
			if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) || c.errs == "" && errs != "" {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.code, out, errs)
			}
		})
	}
}

// TestValidateJSON proves the form that editors read: its version, its
// counts, and every problem with its place.
func TestValidateJSON(t *testing.T) {
	bad := saved(t, "bad.kready.hcl", overlapping)
	code, out, _ := run(t, "validate", "-format", "json", bad, blueprintFixture(t, "eks-minimal"))
	var report struct {
		FormatVersion string           `json:"format_version"`
		Valid         bool             `json:"valid"`
		ErrorCount    int              `json:"error_count"`
		WarningCount  int              `json:"warning_count"`
		Blueprints    []map[string]any `json:"blueprints"`
		Problems      []map[string]any `json:"problems"`
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 1 {
		t.Fatalf("%d %v\n%s", code, err, out)
	}
	if report.FormatVersion != "1.0" || report.Valid || report.ErrorCount+report.WarningCount != len(report.Problems) || report.ErrorCount < 3 || len(report.Blueprints) != 2 {
		t.Errorf("%+v", report)
	}
	if b := report.Blueprints[0]; b["name"] != "dev-too" || b["cloud"] != "aws" || b["region"] != "eu-west-9" || b["file"] != bad || b["line"] != 1.0 || b["column"] != 1.0 {
		t.Errorf("%v", b)
	}
	for _, p := range report.Problems {
		for _, member := range []string{"severity", "file", "line", "column", "blueprint", "path", "rule", "summary", "detail"} {
			if _, ok := p[member]; !ok {
				t.Errorf("%v has no %s", p, member)
			}
		}
		if p["line"] == 0.0 || p["rule"] == "" || p["summary"] == "" || p["detail"] == "" {
			t.Errorf("%v says too little", p)
		}
	}

	code, out, _ = run(t, "validate", "-format", "json", blueprintFixture(t, "eks-production"))
	if code != 0 || !strings.Contains(out, `"valid": true`) || !strings.Contains(out, `"problems": []`) {
		t.Errorf("%d\n%s", code, out)
	}
}

// TestValidateStdin proves that an editor can pipe what is not saved yet.
func TestValidateStdin(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	cio := IO{In: strings.NewReader(overlapping), Out: &out, Err: &out}
	if code := Run(t.Context(), []string{"validate", "-"}, cio, App{}); code != 1 || !strings.Contains(out.String(), "stdin:3:3: warning: ") {
		t.Errorf("%d\n%s", code, out.String())
	}
}
