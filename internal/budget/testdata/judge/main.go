// Command judge is kready budget check without the command line and without
// the rest of kready: the benchmarks measure it in a process of its own.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/budget"
)

func main() {
	debug.SetGCPercent(budget.GCPercent)
	if err := judge(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func judge(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	e := budget.NewEvaluation(&budget.Budget{}, time.Time{})
	p, err := budget.ReadPlan(budget.File{Reader: f, ReaderAt: f, Size: info.Size()}, e.Want(), e.Add)
	if err != nil {
		return err
	}
	v, err := e.Finish(p)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(struct {
		Counts   budget.Counts
		Resident int64 // bytes at most
	}{v.Counts, residentPeak()})
}

// residentPeak is the most memory that this process had resident; 0 where
// there is no /proc. The process measures itself, because what the kernel
// tells its parent includes the parent's own memory at the fork.
func residentPeak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			if err == nil {
				return n << 10
			}
		}
	}
	return 0
}
