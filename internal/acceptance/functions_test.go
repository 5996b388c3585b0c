package acceptance

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

// returns proves what a call returns.
func returns(t *testing.T, call string, want knownvalue.Check) {
	t.Helper()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{{
			Config:            "output \"got\" {\n  value = provider::kready::" + call + "\n}\n",
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("got", want)},
		}},
	})
}

// refuses proves that each call fails, saying why.
func refuses(t *testing.T, calls map[string]string) {
	t.Helper()
	var steps []resource.TestStep
	for call, want := range calls {
		steps = append(steps, resource.TestStep{
			Config:      "output \"got\" {\n  value = provider::kready::" + call + "\n}\n",
			ExpectError: regexp.MustCompile(want),
		})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: steps})
}

// TestAccCIDROverlaps_basic proves that pairs are found, nested and equal, and
// that neighbours are none.
func TestAccCIDROverlaps_basic(t *testing.T) {
	t.Parallel()
	pair := func(outer, inner string) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{"outer": knownvalue.StringExact(outer), "inner": knownvalue.StringExact(inner)})
	}
	returns(t, `cidr_overlaps(["10.1.0.0/16", "10.0.0.0/16", "10.0.4.0/24", "fd00::/8", "10.0.0.0/16"])`, knownvalue.ListExact([]knownvalue.Check{
		pair("10.0.0.0/16", "10.0.0.0/16"), pair("10.0.0.0/16", "10.0.4.0/24"), pair("10.0.0.0/16", "10.0.4.0/24"),
	}))
	returns(t, `cidr_overlaps(["10.1.0.0/16", "10.0.0.0/16"])`, knownvalue.ListExact(nil))
}

// TestAccCIDROverlaps_refused proves that what is no range is named, at its
// index, with the range that was meant.
func TestAccCIDROverlaps_refused(t *testing.T) {
	t.Parallel()
	refuses(t, map[string]string{
		`cidr_overlaps(["10.0.0.0/16", "10.1.0.1/16"])`: `(?s)\[1\].*10\.1\.0\.0/16`,
		`cidr_overlaps(["10.0.0.0/16", null])`:          `\[1\]: null is not a range`,
	})
}

// TestAccCIDRSummarize_basic proves that neighbours merge and nested ranges
// vanish.
func TestAccCIDRSummarize_basic(t *testing.T) {
	t.Parallel()
	returns(t, `cidr_summarize(["10.65.0.0/16", "10.64.0.0/16", "10.65.4.0/24", "10.67.0.0/16"])`,
		knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("10.64.0.0/15"), knownvalue.StringExact("10.67.0.0/16")}))
}

// TestAccCIDRSummarize_refused proves that an address without a length is
// refused.
func TestAccCIDRSummarize_refused(t *testing.T) {
	t.Parallel()
	refuses(t, map[string]string{`cidr_summarize(["10.65.0.0"])`: `without\s+a\s+prefix\s+length`})
}

// TestAccCIDRNext_basic proves that the best fit is returned.
func TestAccCIDRNext_basic(t *testing.T) {
	t.Parallel()
	returns(t, `cidr_next("10.64.0.0/16", ["10.64.0.0/20", "10.64.128.0/17"], 20)`, knownvalue.StringExact("10.64.16.0/20"))
}

// TestAccCIDRNext_refused proves that a size which is not free is refused with
// what is.
func TestAccCIDRNext_refused(t *testing.T) {
	t.Parallel()
	refuses(t, map[string]string{
		`cidr_next("10.64.0.0/16", ["10.64.0.0/20", "10.64.128.0/20"], 17)`: `largest\s+free\s+range\s+is\s+10\.64\.64\.0/18`,
		`cidr_next("10.64.0.0/16", [], 8)`:                                  `from\s+16\s+to\s+32`,
		`cidr_next("10.64.0.0/16", [], 16.5)`:                               `16\.5\s+is\s+no\s+prefix\s+length`,
	})
}

// TestAccCIDRLayout_basic proves that ranges don't depend on the order, that
// room is held, and that previous ranges stay.
func TestAccCIDRLayout_basic(t *testing.T) {
	t.Parallel()
	returns(t, `cidr_layout("10.64.0.0/16", { subnets = { a = 20, b = 18 }, hold = { c = 18 } })`, knownvalue.MapExact(map[string]knownvalue.Check{
		"b": knownvalue.StringExact("10.64.0.0/18"), "c": knownvalue.StringExact("10.64.64.0/18"), "a": knownvalue.StringExact("10.64.128.0/20"),
	}))
	returns(t, `cidr_layout("10.64.0.0/16", { subnets = { a = 20, b = 18 }, reserved = ["10.64.0.0/18", "10.64.0.0/24", "172.16.0.0/12"] })`, knownvalue.MapExact(map[string]knownvalue.Check{
		"a": knownvalue.StringExact("10.64.128.0/20"), "b": knownvalue.StringExact("10.64.64.0/18"),
	}))
	returns(t, `cidr_layout("10.64.0.0/16", { subnets = { a = 20, big = 17 }, previous = { a = "10.64.0.0/20" } })`, knownvalue.MapExact(map[string]knownvalue.Check{
		"a": knownvalue.StringExact("10.64.0.0/20"), "big": knownvalue.StringExact("10.64.128.0/17"),
	}))
}

// TestAccCIDRLayout_refused proves that a specification is judged as an object
// type would be, and that what doesn't fit is refused.
func TestAccCIDRLayout_refused(t *testing.T) {
	t.Parallel()
	refuses(t, map[string]string{
		`cidr_layout("10.64.0.0/16", { subnets = { a = 15 } })`:                            `subnets\["a"\]`,
		`cidr_layout("10.64.0.0/16", { subnets = { a = 20 }, reserved = ["10.0.0.0/8"] })`: `all\s+of\s+10\.64\.0\.0/16\s+is\s+reserved`,
		`cidr_layout("10.64.0.0/16", { subnets = { a = "twenty" } })`:                      `subnets\["a"\]\s+must\s+be\s+a\s+number,\s+not\s+a\s+string`,
		`cidr_layout("10.64.0.0/16", { subnet = { a = 20 } })`:                             `(?s)subnets\s+must\s+be\s+set.*no\s+attribute\s+"subnet"`,
		`cidr_layout("10.64.0.0/16", { subnets = { a = 17, b = 17, c = 17 } })`:            `"?c"?`,
	})
}

// TestAccPodCapacity_basic proves the documented figures of both clouds: 50
// AKS nodes with a surge of one and 30 pods each take 1,581 addresses, and an
// m5.large runs 29 pods without prefixes.
func TestAccPodCapacity_basic(t *testing.T) {
	t.Parallel()
	object := func(perNode, pods, node, pod int64, nodeBits, podBits knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"pods_per_node": knownvalue.Int64Exact(perNode), "pods": knownvalue.Int64Exact(pods),
			"node_addresses": knownvalue.Int64Exact(node), "pod_addresses": knownvalue.Int64Exact(pod),
			"node_prefix_length": nodeBits, "pod_prefix_length": podBits,
		})
	}
	returns(t, `pod_capacity({ cloud = "azure", nodes = 50, mode = "node_subnet", surge_percent = 2 })`,
		object(30, 1500, 1581, 0, knownvalue.Int64Exact(21), knownvalue.Null()))
	returns(t, `pod_capacity({ cloud = "aws", instance_type = "m5.large", prefix_delegation = false })`,
		object(29, 29, 30, 0, knownvalue.Int64Exact(26), knownvalue.Null()))
}

// TestAccPodCapacity_refused proves that what is wrong is named all at once.
func TestAccPodCapacity_refused(t *testing.T) {
	t.Parallel()
	refuses(t, map[string]string{
		`pod_capacity({ cloud = "aws", nodes = -1 })`:                       `(?s)nodes\s+is\s+-1.*instance_type\s+must\s+be\s+set`,
		`pod_capacity({ cloud = "aws", instance_type = "m5.tiny" })`:        `table\s+of\s+instance\s+types`,
		`pod_capacity({ cloud = "azure", mode = "bridge" })`:                `node_subnet`,
		`pod_capacity({ cloud = "gcp" })`:                                   `use\s+"aws"\s+or\s+"azure"`,
		`pod_capacity({ cloud = "azure", node = 3 })`:                       `no\s+attribute\s+"node"`,
		`pod_capacity({ cloud = "azure", mode = "overlay", max_pods = 3 })`: `max_pods`,
	})
}
