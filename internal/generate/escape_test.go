package generate

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/text/unicode/norm"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// hostile are texts that try to leave the string that they stand in.
var hostile = []string{
	`plain`, `"`, `\`, `\"`, `${file("/etc/passwd")}`, `%{ for x in y }`, `$${x}`, `%%{x}`, "$${", "${", "%{", `"}` + "\n" + `resource "x" "y" {`,
	"\n", "\r\n", "\x00", "\u2028", "*/", "-->", "<script>", "]]>", "&amp;", "|", "`", "```\n# x", "EOF\n", "null", "for", "true", "1", "",
	"ünïcödé", "e\u0301", "a=b", "a-b", "-", "__", "#", "//", "'", "{{.}}", "${{ secrets.X }}", "::set-output", "\u202e", "\ufeff", "end\n  end\nsubgraph",
}

// strewn is a blueprint with one text wherever a person may write one.
func strewn(text string) blueprint.Spec {
	quota := 3
	return blueprint.Spec{
		Name: text, Cloud: "aws", Region: text, KubernetesVersion: text, Stage: text, Target: text,
		Network: blueprint.NetworkSpec{
			CIDR: text, Zones: []string{text, text}, NextHop: text, Reserved: map[string][]string{text: {text}},
			Tiers:       map[string]blueprint.TierSpec{text: {MovedFrom: text}},
			Connections: map[string]blueprint.ConnectionSpec{text: {Routes: []string{text}}},
		},
		Access: &blueprint.AccessSpec{AdminGroups: []string{text}, Bindings: map[string]blueprint.BindingSpec{text: {Principal: text, Role: text}}},
		NodePools: map[string]blueprint.NodePoolSpec{text: {
			InstanceTypes: []string{text}, MinSize: 1, MaxSize: 2, Labels: map[string]string{text: text},
			Taints: []blueprint.TaintSpec{{Key: text, Value: text, Effect: text}},
		}},
		Addons:             map[string]blueprint.AddonSpec{text: {Configuration: text}},
		Registry:           &blueprint.RegistrySpec{Repositories: []string{text}},
		Vault:              &blueprint.VaultSpec{Names: []string{text}},
		WorkloadIdentities: map[string]blueprint.WorkloadIdentitySpec{text: {Namespace: text, ServiceAccount: text, Policies: map[string]string{text: text}}},
		Capacity:           &blueprint.CapacitySpec{GrowthPerYear: 0.125, Start: text},
		ChangeBudget:       &blueprint.ChangeBudgetSpec{Update: &quota},
		Tags:               map[string]string{text: text, text + "x": text},
	}
}

// nothingBreaksOut generates modules of a blueprint that is strewn with text,
// reads them as HCL, and demands the very blueprint back: every text is a
// constant where it was put, and there is no block and no attribute more.
func nothingBreaksOut(t *testing.T, text string) {
	t.Helper()
	want := strewn(text)
	for _, root := range []bool{true, false} {
		files, err := KreadyModule(ModuleRequest{Blueprint: Blueprint{Spec: want}, Root: root, Sandbox: root})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		reader := &reader{}
		attributes := blocksOf(t, files["blueprint.tf"], blueprintType+" this")
		if !root {
			defaults := map[string]hclsyntax.Expression{}
			for _, p := range parameters {
				if variable, ok := blockNamed(t, files["variables.tf"], "variable", p.name); ok {
					defaults["var."+p.name] = variable["default"].Expr
				}
			}
			for name, attribute := range attributes {
				for _, traversal := range attribute.Expr.Variables() {
					if step, ok := stepName(traversal, 1); !ok || defaults["var."+step] == nil {
						t.Fatalf("%q: %s refers to something", text, name)
					}
				}
			}
			continue
		}
		got := blueprint.Spec{}
		d := &decoder{reader: reader, places: map[string]Position{}, sound: true}
		for _, f := range specFields {
			attribute, written := attributes[f.name]
			if !written {
				continue
			}
			value, diags := attribute.Expr.Value(nil)
			if diags.HasErrors() {
				t.Fatalf("%q: %s is no constant: %v", text, f.name, diags)
			}
			if !value.IsNull() {
				d.decode(value, attribute.Expr, f.name, reflect.ValueOf(&got).Elem().FieldByIndex(f.index))
			}
		}
		if len(reader.problems) > 0 || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q comes back otherwise: %v\n%s", text, reader.problems, files["blueprint.tf"])
		}
	}
}

// blocksOf are the attributes of the only block of a file.
func blocksOf(t *testing.T, source []byte, labels string) hclsyntax.Attributes {
	t.Helper()
	file, diags := hclsyntax.ParseConfig(source, "x.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, source)
	}
	body := file.Body.(*hclsyntax.Body)
	if len(body.Blocks) != 1 || len(body.Attributes) != 0 || strings.Join(body.Blocks[0].Labels, " ") != labels || len(body.Blocks[0].Body.Blocks) != 0 {
		t.Fatalf("something broke out:\n%s", source)
	}
	return body.Blocks[0].Body.Attributes
}

func blockNamed(t *testing.T, source []byte, typ, name string) (hclsyntax.Attributes, bool) {
	t.Helper()
	file, diags := hclsyntax.ParseConfig(source, "x.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, source)
	}
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		if block.Type == typ && block.Labels[0] == name {
			return block.Body.Attributes, true
		}
	}
	return nil, false
}

// TestNothingBreaksOut proves for texts that try that none leaves its string.
func TestNothingBreaksOut(t *testing.T) {
	for _, text := range hostile {
		if utf8.ValidString(text) && norm.NFC.IsNormalString(text) {
			nothingBreaksOut(t, text)
		}
	}
}

// FuzzNothingBreaksOut looks for a text that does. HCL itself reads strings in
// Unicode's composed form, so others can't come back as they were.
func FuzzNothingBreaksOut(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || !norm.NFC.IsNormalString(text) {
			t.Skip()
		}
		nothingBreaksOut(t, text)
	})
}

// FuzzRead proves that no file makes the reader or the rules panic, and that
// every problem has a file to stand in.
func FuzzRead(f *testing.F) {
	f.Add(whole, false)
	f.Add(`{"blueprint": {"a": {"tags": {"x": "${1}"}}}}`, true)
	f.Add(`variable "a" { default = [for x in "": x...] }`, false)
	f.Fuzz(func(t *testing.T, text string, isJSON bool) {
		name := "x.kready.hcl"
		if isJSON {
			name = "x.json"
		}
		blueprints, problems := Read(Input{Files: []Source{{Name: name, Text: []byte(text)}}})
		_, judged := Judge(blueprints)
		for _, p := range append(problems, judged...) {
			if p.File != name {
				t.Errorf("%+v stands nowhere", p)
			}
		}
	})
}
