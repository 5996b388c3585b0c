// Package proof counts what the tests of several packages prove, point by
// point, so that `make proof` can print one table. Without the variable
// KREADY_PROOF, which names the file that they meet in, it does nothing.
package proof

import (
	"encoding/json"
	"os"
)

// Claims are the rows of the table.
const (
	Crash       = "cut short at a changing call, the next run ends as an undisturbed one"
	Faults      = "a fault at a call passes unnoticed, or is told with what to do and finished by the next run"
	Drift       = "a managed field or object changed behind our back shows, and is repaired"
	Adoption    = "imported by name alone it plans empty; strangers change nothing"
	Secrets     = "no planted secret in state, plan, logs, output or sandbox"
	Permissions = "an action is in the policy exactly where a call needs it"
	Leftovers   = "what Kubernetes made is named before anything is deleted, and swept on request"
)

// What the points ran through.
const (
	Adapter   = "adapter, SDK and wire"
	Terraform = "Terraform, adapter, SDK and wire"
)

// Row is one line of the file: points of a claim that one test tried.
type Row struct {
	Claim   string `json:"claim"`
	Cloud   string `json:"cloud"`
	Through string `json:"through"`
	Tried   int    `json:"tried"`
	Passed  int    `json:"passed"`
}

// Record adds points. A test that stops at the first failure has tried that one.
func Record(claim, cloud, through string, tried int, failed bool) {
	path := os.Getenv("KREADY_PROOF") //nolint:forbidigo // the tests of several processes meet there
	if path == "" || tried == 0 {
		return
	}
	row := Row{Claim: claim, Cloud: cloud, Through: through, Tried: tried, Passed: tried}
	if failed {
		row.Passed--
	}
	line, err := json.Marshal(row)
	if err != nil {
		panic("proof: " + err.Error()) // texts and numbers only
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic("proof: " + err.Error())
	}
	_, err = file.Write(append(line, '\n'))
	if closed := file.Close(); err != nil || closed != nil {
		panic("proof: can't write " + path)
	}
}
