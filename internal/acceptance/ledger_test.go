package acceptance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// ledgerBlock is a provider block with a ledger in a file.
func ledgerBlock(path string) string {
	return "provider \"kready\" {\n  sandbox = {}\n  ledger  = { path = " + quote(path) + " }\n}\n\ndata \"kready_cidr_ledger\" \"shared\" {}\n"
}

// sharedPool is one team's pool in the shared space.
func sharedPool(path, owner, allocations string) string {
	return ledgerBlock(path) + fmt.Sprintf(`
resource "kready_cidr_pool" "this" {
  cidrs       = ["10.64.0.0/12"]
  owner       = %q
  ledger      = data.kready_cidr_ledger.shared.snapshot
  allocations = { %s }
}

output "blocks" {
  value = kready_cidr_pool.this.blocks
}
`, owner, allocations)
}

// blocks are the ranges that a workspace holds.
func (w *workspace) blocks() map[string]string {
	w.t.Helper()
	out, code := w.run("output", "-json", "blocks")
	var blocks map[string]string
	if err := json.Unmarshal([]byte(out), &blocks); code != 0 || err != nil {
		w.t.Fatalf("output: %v\n%s", err, out)
	}
	return blocks
}

// records are what a ledger's file holds, as "owner/key kind" by range.
func records(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Records []struct{ Owner, Key, Kind, CIDR string }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	held := map[string]string{}
	for _, r := range file.Records {
		held[r.CIDR] = r.Owner + "/" + r.Key + " " + r.Kind
	}
	return held
}

func expectBlocks(t *testing.T, w *workspace, want map[string]string) {
	t.Helper()
	got := w.blocks()
	if len(got) != len(want) {
		t.Errorf("blocks are %v, want %v", got, want)
	}
	for key, block := range want {
		if got[key] != block {
			t.Errorf("%s has %s, want %s", key, got[key], block)
		}
	}
}

// TestAccCIDRPool_ledger proves what two states that share a ledger promise
// each other: ranges known in the plan and never taken twice, a lost race that
// is a stale plan with nothing written, ranges that come back after a lost
// state and after a restored ledger, and a destroy that gives up its own only.
func TestAccCIDRPool_ledger(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.json")
	red := newWorkspace(t, sharedPool(path, "red", `a = { prefix_length = 16 }`))
	blue := newWorkspace(t, sharedPool(path, "blue", `a = { prefix_length = 16 }`))

	red.apply()
	red.empty()
	if after := string(blue.plan()["kready_cidr_pool.this"].Change.After); !strings.Contains(after, `"a":"10.65.0.0/16"`) {
		t.Errorf("the plan doesn't know the range that it will take: %s", after)
	}
	blue.apply()
	expectBlocks(t, blue, map[string]string{"a": "10.65.0.0/16"})
	red.empty() // what others take is no change
	early, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	// Both plan the same range; the first one has it.
	red.write(sharedPool(path, "red", `a = { prefix_length = 16 }, b = { prefix_length = 16 }`))
	blue.write(sharedPool(path, "blue", `a = { prefix_length = 16 }, b = { prefix_length = 16, cluster = "shop" }`))
	red.plan()
	blue.plan()
	red.run("apply", "-input=false", "tfplan")
	before := records(t, path)
	out, code := blue.run("apply", "-input=false", "-no-color", "tfplan")
	for _, text := range []string{"Stale plan, nothing written", `"red", key "b"`, "Plan again"} {
		if flat := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " "); code != 1 || !strings.Contains(flat, text) {
			t.Errorf("exit code %d, no %q:\n%s", code, text, out)
		}
	}
	if strings.Contains(out, "inconsistent") || strings.Contains(out, "bug in the provider") {
		t.Errorf("a lost race is called a bug:\n%s", out)
	}
	if got := records(t, path); len(got) != len(before) {
		t.Errorf("a stale plan was written: %v", got)
	}
	blue.apply()
	expectBlocks(t, blue, map[string]string{"a": "10.65.0.0/16", "b": "10.67.0.0/16"})

	// A lost state, as after a kill between ledger and state.
	for _, name := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
		_ = os.Remove(filepath.Join(red.dir, name))
	}
	red.apply()
	expectBlocks(t, red, map[string]string{"a": "10.64.0.0/16", "b": "10.66.0.0/16"})
	red.empty()

	// A ledger from a backup gives nothing new until it has been told again.
	if err := os.WriteFile(path, early, 0o600); err != nil {
		t.Fatal(err)
	}
	red.write(sharedPool(path, "red", `a = { prefix_length = 16 }, b = { prefix_length = 16 }, c = { prefix_length = 16 }`))
	red.fails([]string{"plan"}, "The ledger went back")
	red.write(sharedPool(path, "red", `a = { prefix_length = 16 }, b = { prefix_length = 16 }`))
	red.apply()
	blue.apply()
	red.empty()
	blue.empty()
	if got := records(t, path); got["10.66.0.0/16"] != "red/b allocation" || got["10.67.0.0/16"] != "blue/b allocation" {
		t.Errorf("ranges were not recorded again: %v", got)
	}

	red.write(sharedPool(path, "green", `a = { prefix_length = 16 }`))
	red.fails([]string{"plan"}, "The owner is for life")
	red.write(sharedPool(path, "red", `a = { prefix_length = 16 }, b = { prefix_length = 16 }`))
	red.destroy()
	if got := records(t, path); len(got) != 2 || got["10.65.0.0/16"] != "blue/a allocation" {
		t.Errorf("after red is gone the ledger holds %v", got)
	}
}

// TestAccCIDRPool_quarantine proves that ranges of a pool with quarantine are
// kept from others after its destroy, and come back to the same owner and key.
func TestAccCIDRPool_quarantine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.json")
	quarantined := edit(t, sharedPool(path, "red", `a = { prefix_length = 16 }`), "  owner ", "  quarantine = 2\n  owner ")
	red := newWorkspace(t, quarantined)
	red.apply()
	red.destroy()
	if got := records(t, path); got["10.64.0.0/16"] != "red/a tombstone" {
		t.Errorf("after destroy the ledger holds %v", got)
	}
	blue := newWorkspace(t, sharedPool(path, "blue", `a = { prefix_length = 16 }`))
	blue.apply()
	expectBlocks(t, blue, map[string]string{"a": "10.65.0.0/16"})
	red.apply()
	expectBlocks(t, red, map[string]string{"a": "10.64.0.0/16"})
}

// TestAccCIDRPool_races proves on the real Terraform that states which change
// their pools at random, plan first and apply later, in any order, see a clean
// apply or a stale plan and nothing else, and never hold the same range.
func TestAccCIDRPool_races(t *testing.T) {
	t.Parallel()
	const rounds = 4
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // repeatable.
	path := filepath.Join(t.TempDir(), "ledger.json")
	owners := []string{"red", "blue"}
	var states []*workspace
	for _, owner := range owners {
		states = append(states, newWorkspace(t, sharedPool(path, owner, "")))
	}
	stale := 0
	for range rounds {
		for i, w := range states {
			var allocations []string
			for k := range 5 {
				if random.IntN(3) > 0 {
					allocations = append(allocations, fmt.Sprintf("k%d = { prefix_length = %d }", k, 16+k%3))
				}
			}
			w.write(sharedPool(path, owners[i], strings.Join(allocations, ", ")))
			w.plan()
		}
		for _, i := range random.Perm(len(states)) {
			out, code := states[i].run("apply", "-input=false", "-no-color", "tfplan")
			switch {
			case code != 0 && strings.Contains(out, "Stale plan"):
				stale++
			case code != 0:
				t.Fatalf("neither applied nor stale:\n%s", out)
			}
		}
	}
	if stale == 0 {
		t.Error("no race was lost: the test proves nothing")
	}
	for _, w := range states {
		w.apply()
		w.empty()
	}
	seen := map[string]bool{}
	for _, w := range states {
		for key, block := range w.blocks() {
			if seen[block] {
				t.Errorf("%s of %s is held twice", block, key)
			}
			seen[block] = true
		}
	}
}

const delegationConfig = `
resource "kready_cidr_delegation" "eu" {
  owner         = "platform-team/eu"
  name          = "main"
  cidrs         = ["10.64.0.0/10"]
  prefix_length = 14
}

resource "kready_cidr_pool" "eu" {
  cidrs       = [kready_cidr_delegation.eu.cidr]
  allocations = { shop = { prefix_length = 16 } }
}
`

// TestAccCIDRDelegation_basic proves that a delegation is known after apply, is
// kept from everybody else, stays where it is, and that a pool plans inside it.
func TestAccCIDRDelegation_basic(t *testing.T) {
	t.Parallel()
	block := ledgerBlock(filepath.Join(t.TempDir(), "ledger.json"))
	second := strings.NewReplacer(`"kready_cidr_delegation" "eu"`, `"kready_cidr_delegation" "us"`, "/eu", "/us").Replace(
		delegationConfig[:strings.Index(delegationConfig, "\nresource \"kready_cidr_pool\"")+1])
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{
				Config: block + delegationConfig,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectUnknownValue("kready_cidr_delegation.eu", tfjsonpath.New("cidr")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("kready_cidr_delegation.eu", tfjsonpath.New("cidr"), knownvalue.StringExact("10.64.0.0/14")),
					statecheck.ExpectKnownValue("kready_cidr_pool.eu", tfjsonpath.New("blocks").AtMapKey("shop"), knownvalue.StringExact("10.64.0.0/16")),
				},
			},
			{
				Config: block + delegationConfig + second,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("kready_cidr_delegation.eu", plancheck.ResourceActionNoop),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("kready_cidr_delegation.us", tfjsonpath.New("cidr"), knownvalue.StringExact("10.68.0.0/14")),
				},
			},
		},
	})
}

// TestAccCIDRDelegation_refused proves that a delegation can't be had without a
// ledger or where nothing is free, and that it never changes.
func TestAccCIDRDelegation_refused(t *testing.T) {
	t.Parallel()
	block := ledgerBlock(filepath.Join(t.TempDir(), "ledger.json"))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{Config: newBox(t).block() + delegationConfig, ExpectError: regexp.MustCompile(`provider\s+has\s+no\s+ledger`)},
			{Config: block + edit(t, delegationConfig, "= 14", "= 9"), ExpectError: regexp.MustCompile(`no\s+/9\s+is\s+free`)},
			{Config: block + edit(t, delegationConfig, "10.64.0.0/10", "10.64.0.1/10"), ExpectError: regexp.MustCompile(`Write\s+"10\.64\.0\.0/10"`)},
			{Config: block + delegationConfig},
			{Config: block + edit(t, delegationConfig, "= 14", "= 13"), ExpectError: regexp.MustCompile(`(?s)for\s+life.*beside`)},
			{Config: block + delegationConfig, PlanOnly: true},
		},
	})
}

// TestAccCIDRLedgerData_basic proves that an empty ledger reads as such and
// that records show who holds what.
func TestAccCIDRLedgerData_basic(t *testing.T) {
	t.Parallel()
	block := ledgerBlock(filepath.Join(t.TempDir(), "ledger.json"))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{
				Config: block,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("data.kready_cidr_ledger.shared", tfjsonpath.New("serial"), knownvalue.Int64Exact(0)),
					statecheck.ExpectKnownValue("data.kready_cidr_ledger.shared", tfjsonpath.New("records"), knownvalue.ListSizeExact(0)),
				},
			},
			{Config: block + delegationConfig},
			{
				Config: block + delegationConfig,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("data.kready_cidr_ledger.shared", tfjsonpath.New("serial"), knownvalue.Int64Exact(1)),
					statecheck.ExpectKnownValue("data.kready_cidr_ledger.shared", tfjsonpath.New("records").AtSliceIndex(0).AtMapKey("owner"), knownvalue.StringExact("platform-team/eu")),
					statecheck.ExpectKnownValue("data.kready_cidr_ledger.shared", tfjsonpath.New("records").AtSliceIndex(0).AtMapKey("kind"), knownvalue.StringExact("delegation")),
				},
			},
		},
	})
}

// TestAccCIDRLedgerData_refused proves that a missing ledger, two of them, and
// a file that is none are errors which say what to do.
func TestAccCIDRLedgerData_refused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.json")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := "\ndata \"kready_cidr_ledger\" \"shared\" {}\n"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{Config: newBox(t).block() + data, ExpectError: regexp.MustCompile(`provider\s+has\s+no\s+ledger`)},
			{Config: "provider \"kready\" {\n  ledger = { path = \"a\", postgres = \"postgres://h/d\" }\n}\n" + data, ExpectError: regexp.MustCompile(`exactly\s+one\s+of\s+path`)},
			{Config: ledgerBlock(path), ExpectError: regexp.MustCompile(`lineage`)},
		},
	})
}

// TestAccCIDRPool_ledgerRefused proves that a pool with an owner is not planned
// against nothing.
func TestAccCIDRPool_ledgerRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.json")
	config := sharedPool(path, "red", "a = { prefix_length = 16 }")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{Config: edit(t, config, "data.kready_cidr_ledger.shared.snapshot", "null"), ExpectError: regexp.MustCompile(`No\s+snapshot\s+of\s+the\s+ledger`)},
			{Config: edit(t, config, "data.kready_cidr_ledger.shared.snapshot", `"{"`), ExpectError: regexp.MustCompile(`Not\s+a\s+snapshot`)},
			{Config: config},
		},
	})
}
