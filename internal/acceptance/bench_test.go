package acceptance

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

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// cpu runs the binary in a folder and returns the CPU seconds that it and the
// provider used.
func cpu(b *testing.B, dir, config string, args ...string) float64 {
	b.Helper()
	command := exec.CommandContext(context.Background(), benchTerraform(b), args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Run(); err != nil {
		b.Fatalf("%v: %v\n%s", args, err, out.String())
	}
	return (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds()
}

func benchTerraform(b *testing.B) string {
	b.Helper()
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path
	}
	path, err := exec.LookPath("terraform")
	if err != nil {
		b.Skip("no terraform in PATH and TF_ACC_TERRAFORM_PATH is not set: run `make bench`")
	}
	return path
}

// benchFolder makes an initialised workspace.
func benchFolder(b *testing.B, config, text string) string {
	b.Helper()
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cpu(b, dir, config, "init", "-input=false")
	return dir
}

const benchVersions = "terraform {\n  required_providers {\n    kready = { source = \"kready-io/kready\" }\n  }\n}\nprovider \"kready\" {\n  sandbox = {}\n}\n"

// BenchmarkPlan measures the CPU of a create plan and of a plan with nothing
// to do, for many blueprints, as a ratio to the same number of terraform_data
// that carry the same values: the floor that Terraform itself sets.
func BenchmarkPlan(b *testing.B) {
	config, err := buildMirror()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(config)) }()
	values := blueprintValues(b, config)
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("blueprints=%d", n), func(b *testing.B) {
			ours := benchVersions + strings.Replace(clusterConfig, "  name               = \"shop-eu\"\n",
				fmt.Sprintf("  count = %d\n  name  = \"shop-${count.index}\"\n", n), 1)
			floor := fmt.Sprintf("resource \"terraform_data\" \"floor\" {\n  count = %d\n  input = merge({ name = \"shop-${count.index}\" }, jsondecode(file(\"values.json\")))\n}\n", n)
			for b.Loop() {
				kready := benchFolder(b, config, ours)
				plain := b.TempDir()
				for name, text := range map[string]string{"main.tf": floor, "values.json": values} {
					if err := os.WriteFile(filepath.Join(plain, name), []byte(text), 0o600); err != nil {
						b.Fatal(err)
					}
				}
				cpu(b, plain, config, "init", "-input=false")
				plan := []string{"plan", "-input=false"}
				createOurs, createFloor := cpu(b, kready, config, plan...), cpu(b, plain, config, plan...)
				b.ReportMetric(createOurs/createFloor, "create-plan-ratio")
				b.ReportMetric(createOurs, "create-plan-cpu-s")
				apply := []string{"apply", "-auto-approve", "-input=false"}
				cpu(b, kready, config, apply...)
				cpu(b, plain, config, apply...)
				noopOurs, noopFloor := cpu(b, kready, config, plan...), cpu(b, plain, config, plan...)
				b.ReportMetric(noopOurs/noopFloor, "noop-plan-ratio")
				b.ReportMetric(noopOurs, "noop-plan-cpu-s")
			}
		})
	}
}

// blueprintValues is everything that one planned blueprint carries, as JSON.
func blueprintValues(b *testing.B, config string) string {
	b.Helper()
	dir := benchFolder(b, config, benchVersions+clusterConfig)
	cpu(b, dir, config, "apply", "-auto-approve", "-input=false")
	text, err := os.ReadFile(filepath.Join(dir, "terraform.tfstate"))
	if err != nil {
		b.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes map[string]any
			}
		}
	}
	if err := json.Unmarshal(text, &state); err != nil {
		b.Fatal(err)
	}
	values := state.Resources[0].Instances[0].Attributes
	delete(values, "name")
	result, err := json.Marshal(values)
	if err != nil {
		b.Fatal(err)
	}
	return string(result)
}

// BenchmarkRefresh counts the API calls of one plan of a cluster that stands,
// against the number of its cloud objects.
func BenchmarkRefresh(b *testing.B) {
	config, err := buildMirror()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(config)) }()
	module, err := filepath.Abs("../../modules/cluster")
	if err != nil {
		b.Fatal(err)
	}
	dir := benchFolder(b, config, benchVersions+clusterConfig+fmt.Sprintf(moduleConfig, quote(module)))
	cpu(b, dir, config, "apply", "-auto-approve", "-input=false")
	box, err := sandbox.Open(filepath.Join(dir, ".kready", "sandbox.json"), sandbox.Options{})
	if err != nil {
		b.Fatal(err)
	}
	objects, err := box.Objects(false)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		before := countJournal(b, box)
		cpu(b, dir, config, "plan", "-input=false")
		calls := countJournal(b, box) - before
		b.ReportMetric(float64(calls), "calls")
		b.ReportMetric(float64(len(objects)), "objects")
		b.ReportMetric(float64(calls)/float64(len(objects)), "calls-per-object")
	}
}

func countJournal(b *testing.B, box *sandbox.Sandbox) int {
	b.Helper()
	count := 0
	if err := box.Journal(func(sandbox.Entry) error { count++; return nil }); err != nil {
		b.Fatal(err)
	}
	return count
}

// BenchmarkStart measures the binary: its size, and how long it takes to say
// its version, against the shell's `true`.
func BenchmarkStart(b *testing.B) {
	config, err := buildMirror()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(config)) }()
	binary := filepath.Join(filepath.Dir(config), "terraform-provider-kready")
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	start := func(name string, args ...string) time.Duration {
		command := exec.CommandContext(context.Background(), name, args...)
		if err := command.Run(); err != nil {
			b.Fatal(err)
		}
		return command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	}
	for b.Loop() {
		b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
		ours, floor := start(binary, "version"), start("true")
		b.ReportMetric(float64(ours.Microseconds())/1000, "start-cpu-ms")
		b.ReportMetric(float64(ours)/float64(max(floor, time.Microsecond)), "start-ratio-to-true")
	}
}
