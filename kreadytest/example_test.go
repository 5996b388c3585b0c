package kreadytest_test

import (
	"fmt"

	"github.com/kready-io/terraform-provider-kready/kreadytest"
)

// plan stands for what terraform.Show of Terratest returns.
const plan = `{"format_version":"1.2","planned_values":{},"resource_changes":[
	{"address":"aws_subnet.a[0]","change":{"actions":["create"]}},
	{"address":"aws_db_instance.main","change":{"actions":["no-op"]}}
]}`

// A test suite calls these with its own t.
func Example() {
	t := &fakeT{}
	p := kreadytest.FromJSON(t, plan)
	kreadytest.WithinBudget(t, p, kreadytest.Budget{Create: 1, Protect: []string{"aws_db_instance.*"}})
	for _, c := range kreadytest.Creates(p) {
		fmt.Println("creates", c.Address)
	}
	// Output: creates aws_subnet.a[0]
}

// A suite gives each test clouds of its own, and looks at what Terraform did
// there. With Terratest:
//
//	func TestCluster(t *testing.T) {
//		t.Parallel()
//		clouds := kreadytest.Sandbox(t)
//		folder := kreadytest.Copy(t, "../..", "examples/quickstart", "modules")
//		clouds.Use(folder)
//		options := &terraform.Options{TerraformDir: folder, EnvVars: clouds.Env()}
//		defer terraform.DestroyContext(t, context.Background(), options)
//		terraform.InitAndApplyContext(t, t.Context(), options)
//		…
//	}
func ExampleSandbox() {
	t := &fakeT{}
	defer t.end()

	clouds := kreadytest.Sandbox(t)
	clouds.Fail(kreadytest.Fault{Operation: "CreateCluster", Status: 503, Code: "ServerException"})
	clouds.Plant("aws", "transit-gateway", map[string]string{"region": "eu-west-1"})
	// … apply …
	for _, o := range clouds.Objects() {
		fmt.Println(o.Cloud, o.Type, o.Region)
	}
	for _, f := range clouds.Faults() {
		fmt.Println(f.Operation, "fired", f.Fired, "times")
	}
	// Output:
	// aws ec2/transit-gateway eu-west-1
	// aws ec2/transit-gateway-route-table eu-west-1
	// CreateCluster fired 0 times
}
