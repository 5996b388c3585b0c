package kreadytest_test

import (
	"fmt"
	"testing"

	"github.com/kready-io/terraform-provider-kready/kreadytest"
)

// plan stands for what terraform.Show of Terratest returns.
const plan = `{"format_version":"1.2","planned_values":{},"resource_changes":[
	{"address":"aws_subnet.a[0]","change":{"actions":["create"]}},
	{"address":"aws_db_instance.main","change":{"actions":["no-op"]}}
]}`

// A test suite calls these with its own t.
func Example() {
	var t = fakeT{}
	p := kreadytest.FromJSON(t, plan)
	kreadytest.WithinBudget(t, p, kreadytest.Budget{Create: 1, Protect: []string{"aws_db_instance.*"}})
	for _, c := range kreadytest.Creates(p) {
		fmt.Println("creates", c.Address)
	}
	// Output: creates aws_subnet.a[0]
}

// fakeT lets the example run outside of a test.
type fakeT struct{ testing.TB }

func (fakeT) Helper() {}
