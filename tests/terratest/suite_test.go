package terratest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGeneratedSuite proves that the Go suite that is written for a blueprint,
// and one for a module that has no provider of its own, run as they are.
func TestGeneratedSuite(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("make terratest builds kready")
	}
	from := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(from, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("module/main.tf", `
terraform {
  required_providers {
    kready = { source = "kready-io/kready" }
  }
}

variable "cidr" {
  type = string
}

resource "kready_cidr_pool" "this" {
  cidrs       = [var.cidr]
  allocations = { a = { prefix_length = 20 } }
}
`)
	kready(t, "generate", "terratest", "-blueprint", write("shop.kready.hcl", blueprintFile), "-out", filepath.Join(from, "blueprint"))
	kready(t, "generate", "terratest", "-module", filepath.Join(from, "module"), "-var-file", write("values.tfvars", "cidr = \"10.0.0.0/16\"\n"), "-out", filepath.Join(from, "suite"))
	for _, suite := range []string{"blueprint", "suite"} {
		runSuite(t, filepath.Join(from, suite))
	}
}

// runSuite runs a suite with the dependencies of this one: a user's comes from
// the module proxy.
func runSuite(t *testing.T, folder string) {
	t.Helper()
	start, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil || !strings.Contains(string(start), "github.com/gruntwork-io/terratest v1.0.0\n") {
		t.Fatalf("go.mod: %v\n%s", err, start)
	}
	repository, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": strings.ReplaceAll(string(mod), "=> ../..", "=> "+repository), "go.sum": string(sum)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "./...")
	command.Dir = folder
	command.Env = append(os.Environ(), "KREADY_TEST_TERRAFORM="+os.Getenv("TF_ACC_TERRAFORM_PATH"))
	if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: Test") {
		t.Errorf("%s: %v\n%s", folder, err, out)
	}
}
