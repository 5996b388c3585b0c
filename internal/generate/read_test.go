package generate

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// readText reads one file that is written in HCL.
func readText(text string, vars ...string) ([]Blueprint, []Problem) {
	return Read(Input{Files: []Source{{Name: "x.kready.hcl", Text: []byte(text)}}, Vars: vars})
}

// brief are problems as position, rule and summary.
func brief(problems []Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("%s: %s: %s", p.Position, p.Rule, p.Summary))
	}
	return lines
}

// six are the blueprints that everything generated is held to.
var six = []string{"eks-minimal", "eks-production", "eks-isolated", "aks-minimal", "aks-production", "aks-isolated"}

// load reads one of the six.
func load(t testing.TB, name string) Blueprint {
	t.Helper()
	file := name + Extension
	text, err := os.ReadFile(filepath.Join("testdata", "blueprints", file))
	if err != nil {
		t.Fatal(err)
	}
	blueprints, problems := Read(Input{Files: []Source{{Name: file, Text: text}}})
	if len(problems) > 0 || len(blueprints) != 1 {
		t.Fatalf("%s: %d blueprints, %v", name, len(blueprints), problems)
	}
	if _, problems := Judge(blueprints); HasErrors(problems) {
		t.Fatalf("%s: %v", name, problems)
	}
	return blueprints[0]
}

const whole = `
variable "version" {
  type    = string
  default = "1.35"
}
locals {
  net   = cidrsubnet(local.corp, 6, 4)
  corp  = "10.64.0.0/10"
  pools = { for name, size in { system = 3, apps = 6 } : name => {
    instance_types = ["m7g.large"], min_size = 3, max_size = size, mode = name == "system" ? "system" : "user"
  } }
}
blueprint "a" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = var.version
  network = {
    cidr           = local.net
    zones          = [for l in ["a", "b", "c"] : "eu-west-1${l}"]
    reachable_from = ["10.64.0.0/14"]
    reserved       = { b = [blueprint.b.network.cidr] }
  }
  node_pools = local.pools
  access     = { admin_groups = ["arn:aws:iam::111122223333:role/admin"] }
}
blueprint "b" {
  cloud              = blueprint.a.cloud
  region             = blueprint["a"].region
  kubernetes_version = coalesce(blueprint.a.stage, "1.35")
  network            = { cidr = "10.70.0.0/16", zones = [] }
  node_pools         = merge(blueprint.a.node_pools, {})
}
`

// TestReadReferences proves that a file may be written as Terraform's are:
// variables, locals and other blueprints, in any order, through functions.
func TestReadReferences(t *testing.T) {
	blueprints, problems := readText(whole, "version=1.34")
	if len(problems) > 0 {
		t.Fatal(brief(problems))
	}
	a, b := blueprints[0].Spec, blueprints[1].Spec
	if a.Name != "a" || a.KubernetesVersion != "1.34" || a.Network.CIDR != "10.68.0.0/16" || a.Network.Zones[2] != "eu-west-1c" {
		t.Errorf("a: %+v", a)
	}
	if b.Cloud != "aws" || b.KubernetesVersion != "1.35" || !reflect.DeepEqual(b.NodePools, a.NodePools) || b.NodePools["system"].Mode != "system" {
		t.Errorf("b: %+v", b)
	}
	if a.Network.Reserved["b"][0] != "10.70.0.0/16" {
		t.Errorf("a doesn't know of b: %v", a.Network.Reserved)
	}
}

// TestReadFindsEverything proves that each mistake is named at its place, all
// at once, and that what follows from another mistake is not.
func TestReadFindsEverything(t *testing.T) {
	_, problems := readText(`locals {
  one   = local.two
  two   = local.one
  after = local.one
}
variable "size" { type = number }
blueprint "a" {
  clowd   = "aws"
  cloud   = "aws"
  region  = [local.regoin]
  network = {
    cidr  = 10
    zones = "a"
    pods  = { mod = "routable" }
  }
  node_pools = { apps = { instance_types = ["m7g.large"], min_size = 1.5, max_size = var.size, labels = null, zones = [null] } }
  strict = "maybe"
  kubernetes_version = blueprint.a.kubernetes_verson
  tags = { for key in local.after : key => key }
}
blueprint "a" {}
blueprint "b" {
  network {}
  name = "x"
}
resource "x" "y" {}
`, "sise=3", "nothing")
	want := []string{
		`-var: variable: Not a value of a variable`,
		`-var: variable: There is no variable "sise"`,
		`x.kready.hcl:2:3: cycle: Refers to itself`,
		`x.kready.hcl:6:1: variable: Variable "size" has no value`,
		`x.kready.hcl:8:3: structure: Unsupported argument`,
		`x.kready.hcl:10:14: reference: There is no local.regoin`,
		`x.kready.hcl:13:13: type: network.zones is of the wrong type`,
		`x.kready.hcl:14:15: unknown-attribute: network.pods has no attribute "mod"`,
		`x.kready.hcl:17:12: type: strict is of the wrong type`,
		`x.kready.hcl:18:24: reference: A blueprint has no "kubernetes_verson"`,
		`x.kready.hcl:21:11: names-unique: Two blueprints of one name`,
		`x.kready.hcl:22:1: required: cloud is missing`,
		`x.kready.hcl:22:1: required: region is missing`,
		`x.kready.hcl:23:3: structure: Unsupported block type`,
		`x.kready.hcl:24:3: structure: The name is the label`,
		`x.kready.hcl:26:1: structure: Unsupported block type`,
	}
	got := brief(problems)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, hint := range []string{`Did you mean "mode"?`, `Did you mean "kubernetes_version"?`, "local.one needs local.two needs local.one"} {
		if !strings.Contains(fmt.Sprint(problems), hint) {
			t.Errorf("no problem says %q", hint)
		}
	}
}

// TestReadTypes proves that values inside of a list and a map are held to
// their types at their own places, and that what Terraform converts is
// converted.
func TestReadTypes(t *testing.T) {
	blueprints, problems := readText(`blueprint "a" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = 1.35
  network = {
    zones = ["a",
      null,
      {}]
  }
  node_pools = {
    "odd name" = { instance_types = [], min_size = "3", max_size = 1.5 }
    missing    = { min_size = 1, max_size = [] }
    text       = "x"
  }
}`)
	want := []string{
		`x.kready.hcl:7:7: type: network.zones[1] is null`,
		`x.kready.hcl:8:7: type: network.zones[2] is of the wrong type`,
		`x.kready.hcl:11:68: type: node_pools["odd name"].max_size is of the wrong type`,
		`x.kready.hcl:12:18: required: node_pools["missing"].instance_types is missing`,
		`x.kready.hcl:12:45: type: node_pools["missing"].max_size is of the wrong type`,
		`x.kready.hcl:13:18: type: node_pools["text"] is of the wrong type`,
	}
	if got := brief(problems); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(blueprints) != 0 {
		t.Error("a blueprint of which half could not be read is judged")
	}
}

// TestReadJSON proves that JSON of the same shape says the same, with places.
func TestReadJSON(t *testing.T) {
	fromHCL, problems := readText(whole)
	if len(problems) > 0 {
		t.Fatal(brief(problems))
	}
	blocks := map[string]any{}
	for _, b := range fromHCL {
		var tree map[string]any
		text, _ := json.Marshal(b.Spec)
		if err := json.Unmarshal(text, &tree); err != nil {
			t.Fatal(err)
		}
		delete(tree, "name")
		tree["kubernetes_version"] = "${var.version}"
		blocks[b.Spec.Name] = tree
	}
	text, err := json.Marshal(map[string]any{"blueprint": blocks, "variable": map[string]any{"version": map[string]any{"type": "string", "default": "1.35"}}})
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, problems := Read(Input{Files: []Source{{Name: "x.json", Text: text}}})
	if len(problems) > 0 {
		t.Fatal(brief(problems))
	}
	for i := range fromHCL {
		if !reflect.DeepEqual(fromHCL[i].Spec, fromJSON[i].Spec) {
			t.Errorf("%+v\nis read as\n%+v", fromHCL[i].Spec, fromJSON[i].Spec)
		}
	}
	_, problems = Read(Input{Files: []Source{{Name: "x.json", Text: []byte("{\"blueprint\": {\"a\": {\n  \"network\": {\"zones\": [],\n    \"cdir\": \"\"}}}}")}}})
	if got := fmt.Sprint(brief(problems)); !strings.Contains(got, `x.json:3:5: unknown-attribute: network has no attribute "cdir"`) {
		t.Error(got)
	}
}

// TestVariables proves where a variable takes its value from, and what it
// refuses.
func TestVariables(t *testing.T) {
	const file = `
variable "zones" {
  type     = list(string)
  nullable = false
  validation {
    condition     = length(var.zones) == 3
    error_message = "Three zones, not ${length(var.zones)}."
  }
}
variable "free" { default = {} }
variable "deep" {
  type    = object({ size = optional(number, 3) })
  default = {}
}
blueprint "a" {
  cloud              = "aws"
  region             = try(var.free.region, var.free)
  kubernetes_version = "1.35"
  network            = { zones = var.zones }
  node_pools         = { p = { instance_types = ["m7g.large"], min_size = var.deep.size, max_size = 9 } }
}`
	for _, c := range []struct {
		name     string
		varFiles []string
		vars     []string
		zones    int
		region   string
		want     string // a problem, or ""
	}{
		{"from a file", []string{`zones = ["a", "b", "c"]`}, []string{"free=eu-west-1"}, 3, "eu-west-1", ""},
		{"the last file wins", []string{`zones = []`, `zones = ["a", "b", "c"]`}, []string{`free={region="x"}`}, 3, "x", ""},
		{"-var wins", []string{`zones = []`}, []string{`zones=["a", "b", "c"]`, "free=eu west"}, 3, "eu west", ""},
		{"a condition", []string{`zones = ["a"]`}, nil, 0, "", "v0.hcl:1:1: validation: Variable \"zones\" is refused"},
		{"null", nil, []string{"zones=null"}, 0, "", `-var zones: variable: Variable "zones" must not be null`},
		{"a type", nil, []string{"zones={}"}, 0, "", "wrong type"},
		{"no value", nil, nil, 0, "", "has no value"},
		{"not HCL", nil, []string{"zones=["}, 0, "", "-var zones:1:2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			input := Input{Files: []Source{{Name: "x.kready.hcl", Text: []byte(file)}}, Vars: c.vars}
			for i, text := range c.varFiles {
				input.VarFiles = append(input.VarFiles, Source{Name: fmt.Sprintf("v%d.hcl", i), Text: []byte(text)})
			}
			blueprints, problems := Read(input)
			if c.want != "" {
				if !strings.Contains(strings.Join(brief(problems), "\n"), c.want) {
					t.Errorf("got %q, want %q", brief(problems), c.want)
				}
				return
			}
			if len(problems) > 0 {
				t.Fatal(brief(problems))
			}
			if spec := blueprints[0].Spec; len(spec.Network.Zones) != c.zones || spec.Region != c.region || spec.NodePools["p"].MinSize != 3 {
				t.Errorf("%+v", spec)
			}
		})
	}
}

// TestFunctions proves Terraform's results for the functions that kready
// wrote, and for some of those that it took over.
func TestFunctions(t *testing.T) {
	for expression, want := range map[string]string{
		`sum([1, 2.5, "3"])`:                       `6.5`,
		`alltrue([true, "true"])`:                  `true`,
		`alltrue([])`:                              `true`,
		`anytrue([false, null])`:                   `false`,
		`anytrue([false, true])`:                   `true`,
		`index(["a", "b"], "b")`:                   `1`,
		`length("größe")`:                          `5`,
		`length({ a = 1 })`:                        `1`,
		`length([1, 2])`:                           `2`,
		`lookup({ a = 1 }, "b", 2)`:                `2`,
		`lookup({ a = 1 }, "a")`:                   `1`,
		`matchkeys(["x", "y"], ["a", "b"], ["b"])`: `["y"]`,
		`one([])`:                                  `null`,
		`one(["a"])`:                               `"a"`,
		`transpose({ a = ["1", "2"], b = ["2"] })`: `{"1":["a"],"2":["a","b"]}`,
		`replace("a-b", "-", "+")`:                 `"a+b"`,
		`replace("a12", "/[0-9]+/", "($0)")`:       `"a(12)"`,
		`startswith("abc", "ab")`:                  `true`,
		`endswith("abc", "ab")`:                    `false`,
		`strcontains("abc", "bc")`:                 `true`,
		`cidrsubnet("10.0.0.0/8", 8, 3)`:           `"10.3.0.0/16"`,
		`cidrhost("10.0.0.0/8", -1)`:               `"10.255.255.255"`,
		`cidrnetmask("10.0.0.0/20")`:               `"255.255.240.0"`,
		`cidrsubnets("10.0.0.0/16", 4, 8)`:         `["10.0.0.0/20","10.0.16.0/24"]`,
		`try({}.a, "none")`:                        `"none"`,
		`can({}.a)`:                                `false`,
		`format("%s-%02d", "a", 3)`:                `"a-03"`,
		`join(",", sort(distinct(flatten([["b"], ["a", "b"]]))))`: `"a,b"`,
		`merge({ a = 1 }, { a = 2, b = 3 })`:                      `{"a":2,"b":3}`,
		`tolist(toset(["b", "a"]))`:                               `["a","b"]`,
		`jsonencode({ a = [1] })`:                                 `"{\"a\":[1]}"`,
		`slice(["a", "b", "c"], 1, 3)`:                            `["b","c"]`,
		`sum([])`:                                                 `error`,
		`sum(["x"])`:                                              `error`,
		`index([], 1)`:                                            `error`,
		`one([1, 2])`:                                             `error`,
		`lookup({}, "a")`:                                         `error`,
		`length(3)`:                                               `error`,
		`replace("a", "/(/", "")`:                                 `error`,
		`file("/etc/passwd")`:                                     `error`,
		`timestamp()`:                                             `error`,
	} {
		// Through jsonencode every result has the same form.
		blueprints, problems := readText(`locals {
  x = ` + expression + `
}
blueprint "a" {
  cloud              = jsonencode(local.x)
  region             = ""
  kubernetes_version = ""
  network            = { zones = [] }
  node_pools         = {}
}`)
		got := "error"
		if len(problems) == 0 {
			got = blueprints[0].Spec.Cloud
		}
		if got != want {
			t.Errorf("%s is %s, want %s %v", expression, got, want, brief(problems))
		}
	}
}

// TestSixAreSound proves that what the golden files are made of is valid, and
// says so for each place of a finding that it is a line of the file.
func TestSixAreSound(t *testing.T) {
	for _, name := range six {
		b := load(t, name)
		_, problems := b.Resolve()
		for _, p := range problems {
			if p.Line == 0 || p.File != name+Extension {
				t.Errorf("%s: %+v has no place", name, p)
			}
			if p.Severity == blueprint.SeverityError || !strings.HasSuffix(name, "minimal") {
				t.Errorf("%s: %s: %s", name, p.Position, p.Summary)
			}
		}
	}
}

// TestOuter proves the way from an attribute to what stands around it.
func TestOuter(t *testing.T) {
	for path, want := range map[string]string{
		`network`:                  ``,
		`network.zones`:            `network`,
		`network.zones[1]`:         `network.zones`,
		`node_pools["a.b"].taints`: `node_pools["a.b"]`,
		`node_pools["a\"].b"]`:     `node_pools`,
		`node_pools["a]"]`:         `node_pools`,
		``:                         ``,
	} {
		if got := outer(path); got != want {
			t.Errorf("outer(%q) is %q, want %q", path, got, want)
		}
	}
}

// TestTogether proves what only a set of blueprints shows, and that ranges
// side by side are let pass.
func TestTogether(t *testing.T) {
	const form = `blueprint %q {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.35"
  stage              = %q
  network            = { cidr = %q, zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"], reachable_from = ["10.0.0.0/16"] }
  access             = { admin_groups = ["arn:aws:iam::111122223333:role/admin"] }
  node_pools         = { main = { instance_types = ["m7g.large"], min_size = 3, max_size = 4, mode = "system" } }
}`
	for _, c := range []struct {
		name, stage, cidr string
		want              string
	}{
		{"b", "production", "10.80.0.0/16", ""},
		{"b", "production", "10.81.128.0/18", "error: 10.81.128.0/18 overlaps the network of \"a\""},
		{"b", "development", "10.81.0.0/16", "warning: 10.81.0.0/16 overlaps the network of \"a\""},
		{"a", "production", "10.80.0.0/16", "error: another blueprint has this name"},
	} {
		blueprints, problems := Read(Input{Files: []Source{
			{Name: "1.kready.hcl", Text: fmt.Appendf(nil, form, "a", c.stage, "10.81.0.0/16")},
			{Name: "2.kready.hcl", Text: fmt.Appendf(nil, form, c.name, c.stage, c.cidr)},
		}})
		_, judged := Judge(blueprints)
		found := ""
		for _, p := range append(problems, judged...) {
			if p.Rule == "networks-overlap" || p.Rule == "names-unique" {
				found += fmt.Sprintf("%s: %s", p.Severity, p.Summary)
				if p.File != "2.kready.hcl" {
					t.Errorf("it stands at %s", p.Position)
				}
			}
		}
		if found != c.want {
			t.Errorf("%+v: %q", c, found)
		}
	}
}
