package acceptance

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/kready-io/terraform-provider-kready/internal/cli"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
)

// TestAccPreflightData_basic proves that a place that fits passes in the plan,
// also where network and cluster are in a VPC that was handed over, and that
// nothing is made for it.
func TestAccPreflightData_basic(t *testing.T) {
	t.Parallel()
	o := newOrganisation(t)
	before := o.stored(t)
	w := newWorkspace(t, o.config(t)+preflightOf("")+
		"\noutput \"found\" { value = join(\";\", flatten([for place in data.kready_preflight.this : place.findings[*].summary])) }\n")
	if out, code := w.run("plan", "-input=false", "-no-color"); code != 0 || !strings.Contains(out, `+ found = ""`) {
		t.Fatalf("the plan exits with %d, or has findings:\n%s", code, out)
	}
	o.untouched(t, before)
}

// preflightOf goes through a local value: Terraform puts a data source off
// until apply where it refers to a resource that is to change.
func preflightOf(more string) string {
	return "\nlocals { designs = { for key, b in kready_cluster_blueprint.this : key => jsonencode(b.design) } }\n" +
		"data \"kready_preflight\" \"this\" {\n  for_each = local.designs\n  design = each.value\n" + more + "}\n"
}

// TestAccPreflightData_refused proves that a place that does not fit fails the
// plan with every finding at once, each with its way out; that report_only lets
// it pass; and that the command line, which is in another account here, finds
// that what is given can not be seen from there.
func TestAccPreflightData_refused(t *testing.T) {
	t.Parallel()
	o := newOrganisation(t)
	client := ec2.NewFromConfig(o.inAccount(prodAccount))
	must(client.DeleteRoute(context.Background(), &ec2.DeleteRouteInput{RouteTableId: &o.nodesTable, DestinationCidrBlock: aws.String("0.0.0.0/0")}))(t)
	gone, wrong := o.subnets["pods-eu-west-1a"], "subnet-0123456789abcdef0"
	config := o.config(t, gone, wrong)
	w := newWorkspace(t, config+preflightOf(""))
	w.fails([]string{"plan"}, wrong+" can't be seen", "has no default route", "use egress = \"isolated\"")
	w.write(config + preflightOf("  report_only = true\n"))
	w.plan()

	w.write(config)
	w.plan()
	out, code := w.run("show", "-json", "tfplan")
	if code != 0 {
		t.Fatal(out)
	}
	plan := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(plan, []byte(out[strings.Index(out, "{"):]), 0o600); err != nil {
		t.Fatal(err)
	}
	var said, errs bytes.Buffer
	code = cli.Run(t.Context(), []string{"preflight", "-sandbox", o.path, "-from-plan", plan}, cli.IO{Out: &said, Err: &errs}, commandLine())
	if code != 1 || !strings.Contains(said.String(), "can't be seen") {
		t.Errorf("kready preflight exits with %d:\n%s%s", code, said.String(), errs.String())
	}
}

// commandLine is the command line as main composes it.
func commandLine() cli.App {
	return cli.App{Version: "test", Clouds: clouds, OpenSandbox: func(path string) (*sandbox.Sandbox, error) {
		return sandbox.Open(path, sandbox.Options{APIs: []sandbox.API{awsapi.New()}})
	}}
}
