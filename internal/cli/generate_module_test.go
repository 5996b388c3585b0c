package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// generateRun runs kready generate.
func generateRun(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cio := IO{In: strings.NewReader(""), Out: &out, Err: &errs, Random: func(n int) string { return strings.Repeat("0", n) }}
	code = Run(context.Background(), append([]string{"generate"}, args...), cio, App{})
	return code, out.String(), errs.String()
}

// TestGenerateModule proves which modules are written where, and that nothing
// is where it can't be told, or is refused.
func TestGenerateModule(t *testing.T) {
	eks, aks := blueprintFixture(t, "eks-minimal"), blueprintFixture(t, "aks-minimal")
	bad := saved(t, "bad.kready.hcl", overlapping)
	for _, c := range []struct {
		name  string
		args  []string
		code  int
		files string // that must be there
		errs  string
	}{
		{"a module", []string{"-blueprint", eks}, 0, "blueprint.tf main.tf outputs.tf variables.tf versions.tf README.md", ""},
		{"a root", []string{"-blueprint", eks, "-root", "-owner", "platform"}, 0, "provider.tf", ""},
		{"each", []string{"-blueprint", eks, "-blueprint", aks, "-each"}, 0, "dev-eu/blueprint.tf dev-we/blueprint.tf", ""},
		{"one of two", []string{"-blueprint", eks, "-blueprint", aks, "-name", "dev-we"}, 0, "blueprint.tf", ""},
		{"two", []string{"-blueprint", eks, "-blueprint", aks}, 2, "", "pick one with -name, or take all with -each: dev-eu, dev-we"},
		{"none of that name", []string{"-blueprint", eks, "-name", "x"}, 2, "", `there is no blueprint "x"`},
		{"a root of nowhere", []string{"-blueprint", eks, "-root"}, 2, "", "with an owner for real clouds or in the sandbox"},
		{"a root of both", []string{"-blueprint", eks, "-root", "-sandbox", "-owner", "x"}, 2, "", "with an owner for real clouds or in the sandbox"},
		{"an unknown flavor", []string{"-blueprint", eks, "-flavor", "sweet"}, 2, "", `-flavor "sweet" is none of kready`},
		{"errors", []string{"-blueprint", bad}, 1, "", "nothing was written"},
		{"no blueprint", nil, 2, "", "name a file with -blueprint, -from-plan or -from-state"},
		{"not a state", []string{"-from-state", eks}, 1, "", "It is not the output of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			code, out, errs := generateRun(t, append([]string{"module", "-out", dir}, c.args...)...)
			if code != c.code || !strings.Contains(errs, c.errs) {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.code, out, errs)
			}
			for _, name := range strings.Fields(c.files) {
				if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
					t.Error(err)
				}
			}
			if entries, _ := os.ReadDir(dir); c.files == "" && len(entries) > 0 {
				t.Errorf("something was written: %v", entries)
			}
		})
	}
	if code, _, errs := generateRun(t, "module", "-blueprint", eks); code != 2 || !strings.Contains(errs, "-out must be given") {
		t.Errorf("%d %s", code, errs)
	}
}

// TestGenerateModuleAgain proves that a run after a change of the blueprint
// changes the files that differ and no others, and that turning a root module
// into one to call removes what only a root has.
func TestGenerateModuleAgain(t *testing.T) {
	dir := t.TempDir()
	file := blueprintFixture(t, "eks-production")
	if code, _, errs := generateRun(t, "module", "-out", dir, "-blueprint", file, "-root", "-sandbox"); code != 0 {
		t.Fatal(errs)
	}
	code, out, errs := generateRun(t, "module", "-out", dir, "-blueprint", file, "-root", "-sandbox", "-var", "version=1.34")
	if code != 0 || out != "update "+filepath.Join(dir, "README.md")+"\nupdate "+filepath.Join(dir, "blueprint.tf")+"\n" {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
	code, out, _ = generateRun(t, "module", "-out", dir, "-blueprint", file)
	if code != 0 || !strings.Contains(out, "remove "+filepath.Join(dir, "provider.tf")+"\n") {
		t.Errorf("%d\n%s", code, out)
	}
	if code, out, _ := generateRun(t, "module", "-out", dir, "-blueprint", file, "-check"); code != 0 || out != "" {
		t.Errorf("%d\n%s", code, out)
	}
}

// TestGenerateModules proves that what is published is what the templates say,
// and that the check which CI makes finds a change, a loss and an addition.
func TestGenerateModules(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := generateRun(t, "modules", "-out", dir, "-check"); code != 1 {
		t.Errorf("nothing is there, and the check says %d %s", code, errs)
	}
	if code, _, errs := generateRun(t, "modules", "-out", dir); code != 0 || errs != "" {
		t.Fatal(errs)
	}
	if code, out, errs := generateRun(t, "modules", "-out", dir, "-check"); code != 0 || out+errs != "" {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
	main, extra := filepath.Join(dir, "cluster", "main.tf"), filepath.Join(dir, "mine", "main.tf")
	for name, change := range map[string]func() error{
		"by hand":  func() error { return os.WriteFile(main, []byte(content(t, main)+"\n"), 0o600) },
		"a loss":   func() error { return os.Remove(main) },
		"one more": func() error { return os.WriteFile(extra, nil, 0o600) },
	} {
		if code, _, errs := generateRun(t, "modules", "-out", dir, "-force"); code != 0 {
			t.Fatal(errs)
		}
		if err := errors.Join(os.RemoveAll(filepath.Dir(extra)), os.Mkdir(filepath.Dir(extra), 0o755), change()); err != nil {
			t.Fatal(err)
		}
		if code, _, _ := generateRun(t, "modules", "-out", dir, "-check"); code != 1 {
			t.Errorf("%s passes the check", name)
		}
	}
}

// TestGenerateDiagram proves where drawings go.
func TestGenerateDiagram(t *testing.T) {
	eks, aks := blueprintFixture(t, "eks-minimal"), blueprintFixture(t, "aks-minimal")
	if code, out, _ := generateRun(t, "diagram", "-blueprint", eks); code != 0 || !strings.HasPrefix(out, "<svg ") {
		t.Errorf("%d\n%s", code, out)
	}
	if code, out, _ := generateRun(t, "diagram", "-blueprint", eks, "-format", "mermaid"); code != 0 || !strings.HasPrefix(out, "flowchart ") {
		t.Errorf("%d\n%s", code, out)
	}
	dir := t.TempDir()
	for format, names := range map[string][]string{"svg": {"dev-eu.svg", "dev-we.svg"}, "mermaid": {"dev-eu.mmd", "dev-we.mmd"}} {
		if code, _, errs := generateRun(t, "diagram", "-blueprint", eks, "-blueprint", aks, "-format", format, "-out", dir); code != 0 {
			t.Error(errs)
		}
		for _, name := range names {
			if !strings.Contains(content(t, dir, name), "Generated by kready generate diagram dev-") {
				t.Errorf("%s has no marker", name)
			}
		}
	}
	for _, name := range []string{"dev-eu.svg", "dev-we.svg"} {
		content(t, dir, name) // still there: one format doesn't take the other for stale
	}
	for want, args := range map[string][]string{
		"pick one with -name":         {"-blueprint", eks, "-blueprint", aks},
		"the formats are":             {"-blueprint", eks, "-format", "png"},
		"are about files: give -out":  {"-blueprint", eks, "-check"},
		`takes flags only, got ["x"]`: {"-blueprint", eks, "x"},
	} {
		if code, out, errs := generateRun(t, append([]string{"diagram"}, args...)...); code != 2 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%q: %d\n%s%s", args, code, out, errs)
		}
	}
}
