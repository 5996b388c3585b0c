package acceptance

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/kready-io/terraform-provider-kready/internal/cli"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

const inventoryConfig = `
data "kready_cidr_inventory" "all" {
  places = [{ cloud = "aws", region = "eu-west-1" }]
  own    = true
}

data "kready_cidr_inventory" "others" {
  places = [{ cloud = "aws", region = "eu-west-1" }]
}

output "networks" {
  value = sort([for r in data.kready_cidr_inventory.all.ranges : r.cidr if r.kind == "network" && r.cluster == "shop-eu"])
}

output "subnets_inside" {
  value = length([for r in data.kready_cidr_inventory.all.ranges : r if r.kind == "subnet" && r.cluster == "shop-eu" && r.owner == "sandbox"]) >= 6
}

output "reserved" {
  value = contains(flatten(values(data.kready_cidr_inventory.all.reserved)), "10.72.0.0/16")
}

output "reserved_by_others" {
  value = contains(flatten(values(data.kready_cidr_inventory.others.reserved)), "10.72.0.0/16")
}
`

const networkOnly = `
resource "kready_network" "eu" {
  design      = kready_cluster_blueprint.eu.design.network
  incarnation = kready_cluster_blueprint.eu.incarnation
}
`

// TestAccCIDRInventoryData_basic proves that the ranges of a network are found,
// secondary ones and subnets too, with who made them, and that a pool's own
// networks are reserved only on request.
func TestAccCIDRInventoryData_basic(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{Config: b.block() + clusterConfig + networkOnly},
			{
				Config: b.block() + clusterConfig + networkOnly + inventoryConfig,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownOutputValueAtPath("networks", tfjsonpath.New(0), knownvalue.StringExact("10.72.0.0/16")),
					statecheck.ExpectKnownOutputValueAtPath("networks", tfjsonpath.New(1), knownvalue.StringRegexp(regexp.MustCompile(`^100\.`))),
					statecheck.ExpectKnownOutputValue("subnets_inside", knownvalue.Bool(true)),
					statecheck.ExpectKnownOutputValue("reserved", knownvalue.Bool(true)),
					statecheck.ExpectKnownOutputValue("reserved_by_others", knownvalue.Bool(false)),
				},
			},
		},
	})
}

// TestAccPins_fromTags proves that a pool whose state is lost gets its pins from
// the tags of the networks that stand, in several places of both clouds; that
// an inventory of the same places lists them; and that a place that can't be
// read is an error, not a hole.
func TestAccPins_fromTags(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	kready := func(want string, wantCode int, args ...string) func(*terraform.State) error {
		return func(*terraform.State) error {
			var out, errs bytes.Buffer
			open := func(path string) (*sandbox.Sandbox, error) {
				return sandbox.Open(path, sandbox.Options{APIs: []sandbox.API{azureapi.New(), awsapi.New()}})
			}
			cio := cli.IO{In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now, Random: randomHex}
			code := cli.Run(t.Context(), append(args, "-sandbox", b.path), cio, cli.App{Version: "test", Clouds: clouds, OpenSandbox: open})
			if said := out.String() + errs.String(); code != wantCode || !strings.Contains(said, want) {
				return fmt.Errorf("kready %q exits with %d and says %s; want %d and %q", args, code, said, wantCode, want)
			}
			return nil
		}
	}
	pins := "allocations = {\n  \"shop-eu\" = { cidr = \"10.72.0.0/16\" }\n}\n"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{{
			Config: b.block() + clusterConfig + networkOnly,
			Check: resource.ComposeAggregateTestCheckFunc(
				kready(pins, 0, "pins", "-region", "eu-west-1"),
				kready(pins, 0, "pins", "-place", "azure/westeurope", "-place", "aws/eu-west-1", "-owner", "sandbox", "-cidr", "10.64.0.0/10"),
				kready("no network there carries the tags", 2, "pins", "-region", "eu-west-1", "-owner", "somebody"),
				kready("no network there carries the tags", 2, "pins", "-region", "eu-west-1", "-cidr", "10.0.0.0/12"),
				kready("gcp us-1: -cloud \"gcp\" is none of aws, azure", 2, "pins", "-place", "aws/eu-west-1", "-place", "gcp/us-1"),
				kready("10.72.0.0/16", 0, "cidr", "inventory", "-place", "azure/westeurope", "-place", "aws/eu-west-1"),
			),
		}},
	})
}

// TestAccCIDRInventoryData_refused proves that a cloud that is none and one
// that denies are errors: an inventory with a hole would give away what is
// taken.
func TestAccCIDRInventoryData_refused(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	data := "\ndata \"kready_cidr_inventory\" \"all\" {\n  places = [{ cloud = \"aws\", region = \"eu-west-1\" }]\n}\n"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{Config: b.block() + edit(t, data, `"aws"`, `"gcp"`), ExpectError: regexp.MustCompile(`cloud\s+"gcp"`)},
			{
				PreConfig: func() {
					b.fault(t, sandbox.Fault{Service: "ec2", Operation: "DescribeSubnets", Times: -1, Status: 403, Code: "UnauthorizedOperation"})
				},
				Config: b.block() + data, ExpectError: regexp.MustCompile(`(?i)denied`),
			},
		},
	})
}
