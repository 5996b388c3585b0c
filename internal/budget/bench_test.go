package budget

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The benchmarks that matter run in processes of their own, so that what is
// compared is what a user pays: CPU seconds (user and system) and the most
// memory that was resident. All of them are ratios against something measured
// in the same run, because the numbers of a machine mean nothing elsewhere.
//
//	KREADY_BENCH_RESOURCES=263650 go test -run - -bench Processes ./internal/budget
//
// makes it a plan of about a gigabyte; without it, it is a tenth of that.

// benchResult is what the program under measurement reports.
type benchResult struct {
	Counts   Counts
	Resident int64 // bytes at most
}

// judgeProgram builds the program under measurement.
func judgeProgram(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "judge")
	measure(b, nil, "go", "build", "-o", path, "./testdata/judge")
	return path
}

// usage is what a process took.
type usage struct {
	cpu time.Duration
	out []byte
}

func measure(b *testing.B, env []string, name string, args ...string) usage {
	b.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v: %s", name, err, errs.String())
	}
	return usage{
		cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		out: out.Bytes(),
	}
}

func benchResources(b *testing.B) int {
	n := 26365
	if text := os.Getenv("KREADY_BENCH_RESOURCES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// BenchmarkProcesses compares the reader of show-JSON with copying the file
// (the floor) and with jq counting the same (when there is a jq).
func BenchmarkProcesses(b *testing.B) {
	path := filepath.Join(b.TempDir(), "plan.json")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	truth, err := makePlan(f, benchResources(b), 7)
	if err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		b.Fatal(err)
	}
	size := float64(info.Size())
	b.SetBytes(info.Size())
	judge := judgeProgram(b)
	for b.Loop() {
		floor := measure(b, nil, "dd", "if="+path, "of=/dev/null", "bs=256k")
		own := measure(b, nil, judge, path)
		var got benchResult
		if err := json.Unmarshal(own.out, &got); err != nil || got.Counts != truth {
			b.Fatalf("counted %v, want %v (%v)", got.Counts, truth, err)
		}
		b.ReportMetric(size/1e6/own.cpu.Seconds(), "MB/CPU-s")
		b.ReportMetric(float64(got.Resident)/(1<<20), "MiB-resident")
		b.ReportMetric(own.cpu.Seconds()/max(floor.cpu.Seconds(), 0.001), "x-dd-CPU")
		for _, rival := range []struct {
			metric string
			argv   []string
		}{
			{"x-less-CPU-than-jq", []string{"jq", "-c", `[.resource_changes[].change.actions|join("/")]|group_by(.)|map({(.[0]):length})|add`, path}},
			{"x-less-CPU-than-conftest", []string{"conftest", "test", "--policy", countingPolicy(b), path}},
		} {
			if _, err := exec.LookPath(rival.argv[0]); err != nil || os.Getenv("KREADY_BENCH_ALONE") != "" {
				continue
			}
			other := measure(b, nil, rival.argv[0], rival.argv[1:]...)
			b.ReportMetric(other.cpu.Seconds()/own.cpu.Seconds(), rival.metric)
		}
	}
}

// countingPolicy is what people write today: ten lines of rego that count.
func countingPolicy(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "count.rego")
	policy := `package main
import rego.v1
count_of(action) := count([1 | some c in input.resource_changes; action in c.change.actions])
deny contains msg if {
	count_of("delete") > 1000000000
	msg := sprintf("%d deletes", [count_of("delete")])
}
`
	if err := os.WriteFile(path, []byte(policy), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkPlanFile compares reading a plan file with `terraform show -json`
// of it, which is what other gates need first.
func BenchmarkPlanFile(b *testing.B) {
	if _, err := exec.LookPath("terraform"); err != nil {
		b.Skip("needs terraform, to compare with")
	}
	dir := b.TempDir()
	config := `locals { value = join("", [for i in range(60) : sha256("${i}")]) }
resource "terraform_data" "a" {
  count = ` + os.ExpandEnv("${KREADY_BENCH_INSTANCES}") + `
  input = { for i in range(60) : "attribute_${i}" => sha256("${count.index}/${i}") }
}
`
	if os.Getenv("KREADY_BENCH_INSTANCES") == "" {
		config = strings.Replace(config, "count = ", "count = 1000", 1)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	env := []string{"TF_CLI_CONFIG_FILE=/dev/null", "CHECKPOINT_DISABLE=1"}
	plan := filepath.Join(dir, "plan.bin")
	measure(b, env, "terraform", "-chdir="+dir, "init", "-input=false")
	measure(b, env, "terraform", "-chdir="+dir, "plan", "-input=false", "-out="+plan)
	judge := judgeProgram(b)
	for b.Loop() {
		own := measure(b, nil, judge, plan)
		show := measure(b, env, "terraform", "-chdir="+dir, "show", "-json", plan)
		b.ReportMetric(show.cpu.Seconds()/own.cpu.Seconds(), "x-less-CPU-than-show")
		var got benchResult
		if err := json.Unmarshal(own.out, &got); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(got.Resident)/(1<<20), "MiB-resident")
		b.ReportMetric(own.cpu.Seconds()*1000, "CPU-ms")
	}
}

// BenchmarkShowJSON is the reader alone, without a process around it.
func BenchmarkShowJSON(b *testing.B) {
	var plan bytes.Buffer
	if _, err := makePlan(&plan, 2000, 7); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(plan.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadPlan(File{Reader: bufio.NewReader(bytes.NewReader(plan.Bytes()))}, &Want{}, func(*Change) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSkip is the scanner alone, against copying the same bytes.
func BenchmarkSkip(b *testing.B) {
	var plan bytes.Buffer
	if _, err := makePlan(&plan, 2000, 7); err != nil {
		b.Fatal(err)
	}
	b.Run("scan", func(b *testing.B) {
		b.SetBytes(int64(plan.Len()))
		for b.Loop() {
			if err := newScanner(bytes.NewReader(plan.Bytes())).skipValue(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(int64(plan.Len()))
		buf := make([]byte, scanWindow)
		for b.Loop() {
			if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{bytes.NewReader(plan.Bytes())}, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}
