package acceptance

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

const keysConfig = `
resource "terraform_data" "subnets" {
  for_each = kready_cluster_blueprint.eu.design.network.subnets
  input    = each.value.cidr
}

resource "terraform_data" "pools" {
  for_each = kready_cluster_blueprint.eu.design.node_pools
  input    = each.value.instance_types
}
`

// TestAccClusterBlueprint_basic proves that the design is known in the first
// plan, keys and ranges alike: for_each over pools and subnets plans; that a
// second plan is empty; and that a zone more moves no range.
func TestAccClusterBlueprint_basic(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	config := func(edits ...string) string {
		return strings.ReplaceAll(b.block()+edit(t, clusterConfig, edits...)+keysConfig, "eu-west-1", "us-west-2")
	}
	w := newWorkspace(t, config())
	first := w.plan()
	for _, address := range []string{`terraform_data.subnets["nodes-us-west-2a"]`, `terraform_data.subnets["pods-us-west-2c"]`, `terraform_data.pools["apps"]`} {
		if _, planned := first[address]; !planned {
			t.Errorf("the first plan does not hold %s", address)
		}
	}
	w.apply()
	w.empty()
	w.write(config(`"eu-west-1c"]`, `"eu-west-1c", "eu-west-1d"]`))
	for address, c := range w.plan() {
		if strings.HasPrefix(address, "terraform_data.subnets") && !slices.Equal(c.Change.Actions, []string{"create"}) {
			t.Errorf("a zone more: %s is to %v", address, c.Change.Actions)
		}
	}
	w.apply()
	w.empty()
	w.destroy()
}

// TestAccClusterBlueprint_known proves that the first plan shows the values.
func TestAccClusterBlueprint_known(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{{
			Config: b.block() + clusterConfig,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue("kready_cluster_blueprint.eu", tfjsonpath.New("design").AtMapKey("network").AtMapKey("cidr"), knownvalue.StringExact("10.72.0.0/16")),
				plancheck.ExpectKnownValue("kready_cluster_blueprint.eu", tfjsonpath.New("digest"), knownvalue.StringRegexp(regexp.MustCompile(`^sha256:[0-9a-f]{64}$`))),
				plancheck.ExpectUnknownValue("kready_cluster_blueprint.eu", tfjsonpath.New("incarnation")),
			}},
		}},
	})
}

// TestAccClusterBlueprint_refused proves that problems are reported all at
// once, each with its path, and that the nearest valid blueprint plans.
func TestAccClusterBlueprint_refused(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{
				Config: b.block() + edit(t, clusterConfig,
					`zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]`, `zones          = ["eu-west-1a"]`,
					`min_size = 3, max_size = 12`, `min_size = 13, max_size = 12`),
				ExpectError: regexp.MustCompile(`(?s)network\.zones.*node_pools\["apps"\]|node_pools\["apps"\].*network\.zones`),
			},
			{
				Config:   b.block() + clusterConfig,
				PlanOnly: true, ExpectNonEmptyPlan: true,
			},
		},
	})
}

// TestAccClusterBlueprint_replacement proves that a change which would replace
// the network is a plan error with a token, and that a stricter rule never
// stands in the way of destroy: the last step of every test is one.
func TestAccClusterBlueprint_replacement(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{Config: b.block() + clusterConfig},
			{
				Config:      b.block() + edit(t, clusterConfig, "10.72.0.0/16", "10.76.0.0/16"),
				ExpectError: regexp.MustCompile(`(?s)replace the\s+network.*acknowledge_replacement`),
			},
		},
	})
}

// TestAccClusterBlueprint_unknown proves that an unknown leaf is carried
// through the design and that an unknown count is refused with its name.
func TestAccClusterBlueprint_unknown(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	const later = "resource \"terraform_data\" \"later\" {\n  input = \"arn:aws:iam::111122223333:role/admin\"\n}\nresource \"terraform_data\" \"count\" {\n  input = 12\n}\n"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{
				Config:      b.block() + later + edit(t, clusterConfig, "max_size = 12", "max_size = terraform_data.count.output"),
				ExpectError: regexp.MustCompile(`(?s)node_pools\["apps"\]\.max_size is not known\s+until\s+apply`),
			},
			{
				Config: b.block() + later + edit(t, clusterConfig, `"arn:aws:iam::111122223333:role/platform-admin"`, "terraform_data.later.output"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownValue("kready_cluster_blueprint.eu", tfjsonpath.New("design").AtMapKey("network").AtMapKey("cidr"), knownvalue.StringExact("10.72.0.0/16")),
				}},
			},
		},
	})
}
