package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// workspace is one folder with one state, driven by the real binary as a
// person drives it. It runs the provider as its own process, so that a test
// can kill it.
type workspace struct {
	t   *testing.T
	dir string
	env []string // beside the test's own environment
}

// bareWorkspace is a folder with nothing in it.
func bareWorkspace(t *testing.T, env ...string) *workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1: `make test` sets it")
	}
	return &workspace{t: t, dir: t.TempDir(), env: env}
}

// newWorkspace writes a configuration and initialises it, offline.
func newWorkspace(t *testing.T, config string) *workspace {
	t.Helper()
	w := bareWorkspace(t)
	w.write(config)
	if out, code := w.run("init", "-input=false", "-no-color"); code != 0 {
		t.Fatalf("init: %s", out)
	}
	return w
}

// write replaces the configuration.
func (w *workspace) write(config string) {
	w.t.Helper()
	const versions = "terraform {\n  required_providers {\n    kready = { source = \"kready-io/kready\" }\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(versions+config), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// run runs one command and returns what it printed and its exit code.
func (w *workspace) run(args ...string) (string, int) {
	w.t.Helper()
	command := exec.CommandContext(context.Background(), terraformPath(w.t), args...)
	command.Dir = w.dir
	command.Env = append(append(os.Environ(), "TF_CLI_CONFIG_FILE="+cliConfig(w.t), "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1"), w.env...)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatalf("%v: %v", args, err)
	}
	return out.String(), command.ProcessState.ExitCode()
}

// apply applies and must succeed.
func (w *workspace) apply() string {
	w.t.Helper()
	out, code := w.run("apply", "-auto-approve", "-input=false", "-no-color")
	if code != 0 {
		w.t.Fatalf("apply exits with %d:\n%s", code, out)
	}
	return out
}

// fails runs a command that must fail, and whose output must hold each text.
// Terraform wraps lines, so white space counts as one blank.
func (w *workspace) fails(args []string, texts ...string) string {
	w.t.Helper()
	out, code := w.run(append(args, "-no-color", "-input=false")...)
	if code != 1 {
		w.t.Fatalf("%v exits with %d, want 1:\n%s", args, code, out)
	}
	flat := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " ")
	for _, text := range texts {
		if !strings.Contains(flat, text) {
			w.t.Errorf("%v does not say %q:\n%s", args, text, out)
		}
	}
	return out
}

// empty fails unless a plan has nothing to do.
func (w *workspace) empty() {
	w.t.Helper()
	if out, code := w.run("plan", "-detailed-exitcode", "-input=false", "-no-color"); code != 0 {
		w.t.Fatalf("the plan is not empty (exit code %d):\n%s", code, out)
	}
}

// destroy destroys and must succeed.
func (w *workspace) destroy() {
	w.t.Helper()
	if out, code := w.run("destroy", "-auto-approve", "-input=false", "-no-color"); code != 0 {
		w.t.Fatalf("destroy exits with %d:\n%s", code, out)
	}
}

// change is one row of a plan.
type change struct {
	Address string
	Change  struct {
		Actions []string
		Before  json.RawMessage
		After   json.RawMessage
	}
}

// plan makes a plan and returns what it changes, by address.
func (w *workspace) plan(args ...string) map[string]change {
	w.t.Helper()
	args = append([]string{"plan", "-out=tfplan", "-input=false", "-no-color"}, args...)
	if out, code := w.run(args...); code != 0 {
		w.t.Fatalf("plan exits with %d:\n%s", code, out)
	}
	command := exec.CommandContext(context.Background(), terraformPath(w.t), "show", "-json", "tfplan")
	command.Dir = w.dir
	command.Env = append(append(os.Environ(), "TF_CLI_CONFIG_FILE="+cliConfig(w.t)), w.env...)
	text, err := command.Output()
	if err != nil {
		w.t.Fatal(err)
	}
	var plan struct {
		ResourceChanges []change `json:"resource_changes"`
	}
	if err := json.Unmarshal(text, &plan); err != nil {
		w.t.Fatal(err)
	}
	changes := map[string]change{}
	for _, c := range plan.ResourceChanges {
		if len(c.Change.Actions) != 1 || c.Change.Actions[0] != "no-op" {
			changes[c.Address] = c
		}
	}
	return changes
}

// terraformPath is the binary that the makefile chose, or the one in PATH.
func terraformPath(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("neither terraform nor tofu is in PATH, and TF_ACC_TERRAFORM_PATH is not set")
	return ""
}

var built struct {
	once   sync.Once
	config string
	err    error
}

// cliConfig builds the provider once, lays it out as a mirror of both
// registries, and returns a CLI configuration that leads there.
func cliConfig(t *testing.T) string {
	t.Helper()
	built.once.Do(func() { built.config, built.err = buildMirror() })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.config
}

func buildMirror() (string, error) {
	root, err := os.MkdirTemp("", "kready-acceptance-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(root, "terraform-provider-kready")
	// As it is released: Terraform hashes the binary in every run.
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "../..").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the provider: %w\n%s", err, out)
	}
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		folder := filepath.Join(root, "mirror", host, "kready-io", "kready", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return "", err
		}
		if err := os.Link(binary, filepath.Join(folder, "terraform-provider-kready_v0.0.1")); err != nil {
			return "", err
		}
	}
	config := filepath.Join(root, "terraformrc")
	text := "provider_installation {\n  filesystem_mirror {\n    path = " + quote(filepath.Join(root, "mirror")) + "\n  }\n}\n"
	return config, os.WriteFile(config, []byte(text), 0o600)
}

// TestMain removes the mirror.
func TestMain(m *testing.M) {
	code := m.Run()
	if built.config != "" {
		_ = os.RemoveAll(filepath.Dir(built.config))
	}
	os.Exit(code)
}
