package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/kready-io/terraform-provider-kready"

// Every package may import the standard library. The lists below say what
// else: kready's own packages by name, other modules by the banned sets.
var (
	sdks      = []string{"github.com/aws/", "github.com/Azure/"}
	framework = []string{"github.com/hashicorp/terraform-plugin-", "github.com/hashicorp/go-plugin"}
)

// pkg is one row of the house plan.
type pkg struct {
	// may lists the kready packages it may import; its tests may import
	// testsMay too (an SDK as a judge, the sandbox as a fixture).
	may, testsMay []string
	// core packages reach neither the network nor other programs, however
	// deep the import is.
	core bool
	// bans are import path prefixes that the package itself must not import;
	// its tests may.
	bans []string
	// bansDeep are those that it must not reach, however deep the import is:
	// what it imports becomes a dependency of others.
	bansDeep []string
}

// house is the plan: a package that is not a row may not exist. It is the
// table of DESIGN.md as code.
var house = map[string]pkg{
	// Core: pure. No cloud, no Terraform, no network, no processes.
	"templates":          {core: true},
	"internal/cidr":      {core: true},
	"internal/budget":    {core: true, bans: []string{"github.com/hashicorp/terraform-json"}},
	"internal/catalog":   {core: true},
	"internal/blueprint": {core: true, may: []string{"internal/cidr", "internal/catalog"}},
	"internal/awsiam":    {core: true},
	// The design as modules on the official providers.
	"internal/generate/native": {core: true, may: []string{"internal/awsiam", "internal/blueprint", "internal/catalog", "internal/generate", "templates"}},
	"internal/generate":        {core: true, may: []string{"internal/blueprint", "internal/permissions", "templates"}},

	// Contracts: what an adapter promises, in words of the core.
	"internal/cloud":     {may: []string{"internal/blueprint"}, bans: slices.Concat(sdks, framework)},
	"internal/ledger":    {may: []string{"internal/cidr"}, bans: framework},
	"internal/preflight": {may: []string{"internal/blueprint", "internal/catalog", "internal/cidr", "internal/cloud"}, bans: slices.Concat(sdks, framework)},

	// Adapters: one per cloud, strangers to each other and to the faces.
	"internal/awscloud":   withAlso(adapter("github.com/Azure/", "internal/permissions", "internal/proof", "internal/sandbox", "internal/sandbox/awsapi"), "internal/awsiam"),
	"internal/azurecloud": adapter("github.com/aws/", "internal/permissions", "internal/proof", "internal/sandbox", "internal/sandbox/azureapi"),

	// The sandbox knows the wire and nothing of kready: an adapter's mistake
	// must not be repeated in the fake. The wires sit on its core; only main
	// and tests compose them. Tests may use the SDKs as judges.
	"internal/sandbox":          {testsMay: wires, bans: slices.Concat(sdks, framework)},
	"internal/sandbox/awsapi":   {may: []string{"internal/sandbox"}, bans: slices.Concat(sdks, framework)},
	"internal/sandbox/azureapi": {may: []string{"internal/sandbox"}, bans: slices.Concat(sdks, framework)},

	// Faces: they are handed the clouds, they don't know which exist.
	"internal/provider": {
		may:      []string{"internal/cidr", "internal/catalog", "internal/blueprint", "internal/budget", "internal/generate", "internal/cloud", "internal/ledger", "internal/preflight"},
		testsMay: slices.Concat(adapters, wires, []string{"internal/sandbox"}),
		bans:     sdks,
	},
	"internal/cli": {
		may:      []string{"internal/cidr", "internal/catalog", "internal/blueprint", "internal/budget", "internal/generate", "internal/generate/native", "internal/cloud", "internal/ledger", "internal/permissions", "internal/preflight", "internal/sandbox"},
		testsMay: wires,
		bans:     slices.Concat(sdks, framework),
	},

	// Only here everything meets.
	"main": {may: slices.Concat(adapters, wires, []string{"internal/provider", "internal/cli", "internal/cloud", "internal/sandbox"})},

	// What kready itself must be allowed to do: tables, held to its calls.
	"internal/permissions": {core: true},

	// Proof: what users' suites import, and kready's own.
	"internal/proof": {core: true}, // only tests import it
	// The sandbox is in users' suites for its store and its wires, which
	// delete and plant as a cloud does; both are free of SDKs.
	"kreadytest": {may: slices.Concat(wires, []string{"internal/budget", "internal/sandbox"}), bansDeep: slices.Concat([]string{"github.com/gruntwork-io/terratest"}, sdks, framework)},
	"internal/acceptance": {
		may: slices.Concat(adapters, wires, []string{"internal/cidr", "internal/catalog", "internal/blueprint", "internal/budget", "internal/cli", "internal/cloud", "internal/generate", "internal/generate/native", "internal/proof", "internal/provider", "internal/sandbox"}),
	},
}

var (
	adapters = []string{"internal/awscloud", "internal/azurecloud"}
	wires    = []string{"internal/sandbox/awsapi", "internal/sandbox/azureapi"}
)

// adapter is the row of one cloud; otherSDK is the neighbour's.
func adapter(otherSDK string, judges ...string) pkg {
	return pkg{
		may:      []string{"internal/blueprint", "internal/catalog", "internal/cidr", "internal/cloud"},
		testsMay: judges,
		bans:     append([]string{otherSDK}, framework...),
	}
}

// withAlso is a row that may import more.
func withAlso(row pkg, more ...string) pkg {
	row.may = append(row.may, more...)
	return row
}

// outside is what no core package may reach, however deep.
var outside = slices.Concat(sdks, framework, []string{"net/http", "os/exec"})

// noInformation are names that say nothing about what lives in a package.
var noInformation = []string{"util", "utils", "common", "helper", "helpers", "shared", "misc", "pkg"}

// listed is what go list says about one package.
type listed struct {
	ImportPath, Name, Doc string
	Imports, Deps         []string
	TestImports           []string
	XTestImports          []string
	GoFiles               []string
}

// TestLayers proves that the house is built as planned: no unplanned package,
// no import that the plan does not name, a core that stays pure to the last
// dependency, and a package comment everywhere.
//
// Go's test cache doesn't see what go list reads: run it with -count=1.
func TestLayers(t *testing.T) {
	for _, p := range listPackages(t) {
		name := p.place()
		row, planned := house[name]
		if !planned {
			t.Errorf("%s is not in the house plan: put the code where it belongs, or argue for a new row in an ADR", name)
			continue
		}
		for _, problem := range p.violations(name, row) {
			t.Error(problem)
		}
	}
}

// TestLayersNoticesViolations proves that each law can fail: it judges made-up
// packages that break one each.
func TestLayersNoticesViolations(t *testing.T) {
	for _, c := range []struct {
		law, name string
		broken    listed
		want      string
	}{
		{"own imports", "internal/cidr", listed{Imports: []string{modulePath + "/internal/cloud"}}, "internal/cidr must not import internal/cloud"},
		{"core closure", "internal/budget", listed{Deps: []string{"net/http"}}, "core package internal/budget reaches net/http"},
		{"face and adapter", "internal/provider", listed{Imports: []string{modulePath + "/internal/awscloud"}}, "internal/provider must not import internal/awscloud"},
		{"sandbox and SDK", "internal/sandbox/awsapi", listed{Imports: []string{"github.com/aws/aws-sdk-go-v2/aws"}}, "internal/sandbox/awsapi must not import github.com/aws/aws-sdk-go-v2/aws"},
		{"neighbour's SDK", "internal/azurecloud", listed{Imports: []string{"github.com/aws/aws-sdk-go-v2/aws"}}, "internal/azurecloud must not import github.com/aws/aws-sdk-go-v2/aws"},
		{"tests' imports", "internal/cidr", listed{TestImports: []string{modulePath + "/internal/provider"}}, "tests of internal/cidr must not import internal/provider"},
		{"users' closure", "kreadytest", listed{Deps: []string{"github.com/aws/aws-sdk-go-v2/aws"}}, "kreadytest reaches github.com/aws/aws-sdk-go-v2/aws"},
		{"comment", "internal/cidr", listed{Doc: "-"}, "internal/cidr has no package comment"},
	} {
		t.Run(c.law, func(t *testing.T) {
			if c.broken.Doc == "" {
				c.broken.Doc = "Package x is documented."
			} else {
				c.broken.Doc = ""
			}
			c.broken.GoFiles = []string{"x.go"}
			if got := c.broken.violations(c.name, house[c.name]); !slices.Contains(got, c.want) {
				t.Errorf("got %q, want %q among it", got, c.want)
			}
		})
	}
}

// TestHouseNamesSaySomething proves that the plan itself has no drawer for
// odds and ends.
func TestHouseNamesSaySomething(t *testing.T) {
	for name := range house {
		if slices.Contains(noInformation, path.Base(name)) {
			t.Errorf("%s: a name like this says nothing about what lives there", name)
		}
	}
}

// listPackages asks the go command for every package of the module.
func listPackages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-e",
		"-json=ImportPath,Name,Doc,Imports,Deps,TestImports,XTestImports,GoFiles", "./...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var list []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		list = append(list, p)
	}
	if len(list) < 2 {
		t.Fatalf("go list found %d packages: the laws would judge nothing", len(list))
	}
	return list
}

// place is the package's row in the plan.
func (p listed) place() string {
	if p.ImportPath == modulePath {
		return "main"
	}
	return strings.TrimPrefix(p.ImportPath, modulePath+"/")
}

// violations judges one package by its row.
func (p listed) violations(name string, row pkg) []string {
	var found []string
	// A package of tests only has no place for a package comment that go
	// list would report.
	if p.Doc == "" && len(p.GoFiles) > 0 {
		found = append(found, name+" has no package comment")
	}
	for _, imp := range p.Imports {
		if inner, ours := strings.CutPrefix(imp, modulePath+"/"); ours && !slices.Contains(row.may, inner) || startsWithAny(imp, row.bans) {
			found = append(found, name+" must not import "+strings.TrimPrefix(imp, modulePath+"/"))
		}
	}
	for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
		inner, ours := strings.CutPrefix(imp, modulePath+"/")
		if ours && inner != name && !slices.Contains(row.may, inner) && !slices.Contains(row.testsMay, inner) {
			found = append(found, "tests of "+name+" must not import "+inner)
		}
	}
	for _, dep := range p.Deps {
		if startsWithAny(dep, row.bansDeep) {
			found = append(found, name+" reaches "+dep)
		}
	}
	if row.core {
		for _, dep := range p.Deps {
			if startsWithAny(dep, outside) {
				found = append(found, "core package "+name+" reaches "+dep)
			}
		}
	}
	return found
}

func startsWithAny(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}
