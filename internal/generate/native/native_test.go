package native

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

var update = flag.Bool("update", false, "write the golden files")

// blueprints are the six that everything generated is held to, and those that
// show what only native modules have to get right, by the folders they are in.
var blueprints = map[string]string{
	"eks-minimal": "../testdata/blueprints", "eks-production": "../testdata/blueprints", "eks-isolated": "../testdata/blueprints",
	"aks-minimal": "../testdata/blueprints", "aks-production": "../testdata/blueprints", "aks-isolated": "../testdata/blueprints",
	"eks-karpenter": "testdata/blueprints", "eks-irsa": "testdata/blueprints",
	"eks-shared": "testdata/blueprints", "aks-shared": "testdata/blueprints",
}

func readSpec(t testing.TB, name string) blueprint.Spec {
	t.Helper()
	file := filepath.Join(blueprints[name], name+generate.Extension)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	read, problems := generate.Read(generate.Input{Files: []generate.Source{{Name: file, Text: text}}})
	if len(problems) > 0 || len(read) != 1 {
		t.Fatalf("%s: %v", file, problems)
	}
	return read[0].Spec
}

// module writes a spec, which must have no errors.
func module(t testing.TB, spec blueprint.Spec, lock []byte) generate.Files {
	t.Helper()
	files, err := Module(generate.ModuleRequest{Blueprint: generate.Blueprint{Spec: spec}, Root: true, Lock: lock})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestGolden proves that nothing about a generated module changes unseen: the
// values in front of each file's resources are compared with those that are
// checked in, and what follows them is the template, as it is.
func TestGolden(t *testing.T) {
	for _, name := range sortedKeys(blueprints) {
		t.Run(name, func(t *testing.T) {
			files := module(t, readSpec(t, name), nil)
			var all strings.Builder
			for _, file := range files.Names() {
				if file != LockName {
					all.WriteString("### " + file + "\n" + string(files[file]))
				}
			}
			path := filepath.Join("testdata", "golden", name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(all.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v: run go test ./internal/generate/native -run TestGolden -update", err)
			}
			if string(want) != all.String() {
				t.Errorf("%s differs: look at it with git diff after go test ./internal/generate/native -run TestGolden -update", path)
			}
		})
	}
}

// azurePool is one more pool of an AKS cluster. Its name sorts before those that
// stand, so that whoever numbers in order would renumber.
func azurePool(mode string) func(*blueprint.Spec) {
	return func(s *blueprint.Spec) {
		s.NodePools["aaa"] = blueprint.NodePoolSpec{InstanceTypes: []string{"Standard_D4pds_v5"}, MinSize: 2, MaxSize: 9, Mode: mode}
	}
}

func azureTier(s *blueprint.Spec) {
	s.Network.Tiers = maps.Clone(s.Network.Tiers)
	if s.Network.Tiers == nil {
		s.Network.Tiers = map[string]blueprint.TierSpec{}
	}
	s.Network.Tiers["aaa"] = blueprint.TierSpec{PrefixLength: 26}
}

// TestStickiness proves that generating again with one more zone, tier and
// pool changes no line that stands: the old lines of every file are among the
// new ones, in their order. The lock is a record, not a part of the module.
func TestStickiness(t *testing.T) {
	for _, c := range []struct {
		name string
		grow map[string]func(*blueprint.Spec)
	}{
		{"eks-minimal", map[string]func(*blueprint.Spec){
			"zone": func(s *blueprint.Spec) { s.Network.Zones = append(s.Network.Zones, "eu-west-1c") },
			"tier": func(s *blueprint.Spec) { s.Network.Tiers = map[string]blueprint.TierSpec{"data": {PrefixLength: 26}} },
			"pool": func(s *blueprint.Spec) {
				s.NodePools["batch-jobs"] = blueprint.NodePoolSpec{InstanceTypes: []string{"m7i.large"}, MinSize: 0, MaxSize: 9}
			},
		}},
		// Subnets of Azure span zones, and a pool that stands can't take another: a
		// new zone is for new pools.
		{"aks-minimal", map[string]func(*blueprint.Spec){
			"zone, with a pool": func(s *blueprint.Spec) { s.Network.Zones = append(s.Network.Zones, "3"); azurePool("user")(s) },
			"tier":              azureTier, "pool": azurePool("user"), "system pool": azurePool("system"),
		}},
		{"aks-production", map[string]func(*blueprint.Spec){"tier": azureTier, "pool": azurePool("user"), "system pool": azurePool("system")}},
	} {
		for what, grow := range c.grow {
			t.Run(c.name+", one more "+what, func(t *testing.T) {
				spec := readSpec(t, c.name)
				before := module(t, spec, nil)
				grow(&spec)
				after := module(t, spec, before[LockName])
				for _, file := range before.Names() {
					if file != LockName {
						subsequence(t, file, string(before[file]), string(after[file]))
					}
				}
				if string(before["network.tf"])+string(before["node_pools.tf"]) == string(after["network.tf"])+string(after["node_pools.tf"]) {
					t.Error("nothing was added")
				}
				kept(t, before[LockName], after[LockName])
			})
		}
	}
}

// kept fails where a range, zone, name, priority or the cluster's first pool is
// another than before.
func kept(t *testing.T, before, after []byte) {
	t.Helper()
	var settled [2]map[string]string
	for i, text := range [][]byte{before, after} {
		prior, err := ReadLock(text)
		if err != nil {
			t.Fatal(err)
		}
		design := prior.Design
		numbers := map[string]string{"network": design.Network.CIDR, "services": design.ControlPlane.ServiceCIDR, "first pool": defaultPool(design)}
		for key, name := range design.Network.Names {
			numbers["name "+key] = name
		}
		for key, subnet := range design.Network.Subnets {
			numbers["subnet "+key] = subnet.CIDR + " " + subnet.Zone
		}
		if design.Network.Azure != nil {
			for key, group := range design.Network.Azure.SecurityGroups {
				for name, rule := range group.Rules {
					numbers["rule "+key+"/"+name] = fmt.Sprint(rule.Priority)
				}
			}
		}
		for name, pool := range design.NodePools {
			for key, group := range pool.Groups {
				numbers["group "+name+"/"+key] = fmt.Sprint(group.Name, group.Zones, group.Subnets)
			}
		}
		settled[i] = numbers
	}
	for key, was := range settled[0] {
		if is := settled[1][key]; is != was {
			t.Errorf("%s was %q and is %q", key, was, is)
		}
	}
	if len(settled[1]) <= len(settled[0]) {
		t.Error("nothing was settled anew")
	}
}

// subsequence fails at the first old line that the new text lacks.
func subsequence(t *testing.T, file, before, after string) {
	t.Helper()
	rest := strings.Split(after, "\n")
	for i, line := range strings.Split(before, "\n") {
		at := slices.Index(rest, line)
		if at < 0 {
			t.Errorf("%s:%d: %q changed", file, i+1, line)
			return
		}
		rest = rest[at+1:]
	}
}

// TestLock proves that a lock gives back what was settled, and that a damaged
// or newer one is refused instead of renumbering.
func TestLock(t *testing.T) {
	spec := readSpec(t, "eks-production")
	first := module(t, spec, nil)
	again := module(t, spec, first[LockName])
	for _, file := range first.Names() {
		if string(first[file]) != string(again[file]) {
			t.Errorf("%s differs although nothing changed", file)
		}
	}
	for text, want := range map[string]string{
		"{":              "is damaged",
		`{"format": 99}`: "the kready that wrote it",
		`{"design": {}}`: "has format 0",
	} {
		if _, err := ReadLock([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestRefused proves that what the flavour can't write is said, all at once,
// and that a blueprint with errors is not written.
func TestRefused(t *testing.T) {
	spec := readSpec(t, "eks-karpenter")
	design := blueprint.Resolve(spec, nil).Design
	design.Network.NextHop, design.ControlPlane.ControlPlaneEgress = "i-0123456789abcdef0", "CUSTOMER_ROUTED"
	design.Network.Connections = map[string]blueprint.ConnectionDesign{"hub": {}}
	design.Network.Existing = &blueprint.ExistingNetworkSpec{}
	err := refuse(spec, blueprint.Outcome{Design: design})
	for _, want := range []string{"network.next_hop: ", "aws.control_plane_egress: ", "network.connections: ", "network.existing: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
	spec.Registry.PushPrincipals = []string{symbol("local.account")}
	if _, err := Module(generate.ModuleRequest{Blueprint: generate.Blueprint{Spec: spec}}); err == nil || !strings.Contains(err.Error(), "U+E000") {
		t.Errorf("kready's own marks are written: %v", err)
	}
	spec = readSpec(t, "eks-production")
	spec.Network.CIDR = "10.68.0.0/33"
	if _, err := Module(generate.ModuleRequest{Blueprint: generate.Blueprint{Spec: spec}}); err == nil || !strings.Contains(err.Error(), "network.cidr") {
		t.Errorf("written although the range is none: %v", err)
	}
}

// FuzzEscape proves that nothing that a user writes breaks out of a string: a
// label and a tag come back out of the module as they went in, and nothing
// else is evaluated.
func FuzzEscape(f *testing.F) {
	for _, seed := range []string{
		"plain", `"`, `\`, "${local.account}", "%{ if true }x%{ endif }", "$${x}", "$", "%", "a\nb", "\u2028", "#", "*/",
		symbolOpen + "local.account" + symbolClose, symbolOpen, `"}` + "\n}\nresource \"null_resource\" \"x\" {", "EOT", "\x00", "ünï",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip("HCL is UTF-8")
		}
		source := locals(object{{"labels", map[string]string{"key": text, text: "value"}}, {"list", []any{text, object{{text, text}}}}})
		formatted, err := format("locals.tf", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		for _, written := range [][]byte{[]byte(source), formatted} {
			file, diags := hclsyntax.ParseConfig(written, "locals.tf", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatalf("%q: %v", text, diags)
			}
			content, _ := file.Body.(*hclsyntax.Body)
			if len(content.Blocks) != 1 || len(content.Blocks[0].Body.Blocks) != 0 || len(content.Blocks[0].Body.Attributes) != 2 {
				t.Fatalf("%q breaks out: %s", text, written)
			}
			value, diags := content.Blocks[0].Body.Attributes["list"].Expr.Value(nil) // no variable, no function
			if diags.HasErrors() {
				t.Fatalf("%q is evaluated: %v", text, diags)
			}
			want := cty.StringVal(text)
			if got := value.AsValueSlice(); !got[0].RawEquals(want) || !got[1].GetAttr(want.AsString()).RawEquals(want) {
				t.Fatalf("%q comes back as %#v", text, value)
			}
		}
	})
}

// FuzzSymbols proves that in kready's own documents too only references are
// believed: whatever stands around them stays text.
func FuzzSymbols(f *testing.F) {
	for _, seed := range []string{"a", "$", "%", "${", `"`, symbolOpen, symbolClose, symbolOpen + "file(\"/etc/passwd\")" + symbolClose, `x"]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip("HCL is UTF-8")
		}
		source := render(document{"Statement": []string{text + symbol("local.account") + text, text}})
		expr, diags := hclsyntax.ParseExpression([]byte(source), "policy.tf", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%q: %v\n%s", text, diags, source)
		}
		for _, used := range expr.Variables() {
			if root := used.RootName(); root != "local" && root != "role" && root != "grant" && root != "aws_kms_key" {
				t.Fatalf("%q is evaluated: %s", text, source)
			}
		}
	})
}

// TestPoliciesAreAWSIAMs proves that the policies in templates are the very
// documents that whoever realizes a design sends to AWS.
func TestPoliciesAreAWSIAMs(t *testing.T) {
	for path, want := range map[string]string{"native/eks/policies.tf": awsPolicies(), "modules/eks/grants.tf": awsGrants()} {
		formatted, err := format(path, []byte("# Made from internal/awsiam: go test ./internal/generate/native -run TestPolicies -update\n\n"+want))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("..", "..", "..", "templates", filepath.FromSlash(path))
		if *update {
			if err := os.WriteFile(file, formatted, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(formatted) {
			t.Errorf("%s is not what internal/awsiam says: run this test with -update", path)
		}
	}
}
