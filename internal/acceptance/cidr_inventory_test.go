package acceptance

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
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
