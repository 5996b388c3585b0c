package generate

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// interfaceOf is the inputs and outputs of a module as two tables.
func interfaceOf(files Files) (string, error) {
	var inputs, outputs []string
	for _, name := range files.Names() {
		if !strings.HasSuffix(name, ".tf") {
			continue
		}
		file, diags := hclsyntax.ParseConfig(files[name], name, hcl.InitialPos)
		if diags.HasErrors() {
			return "", diags
		}
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			return "", fmt.Errorf("%s is not HCL", name)
		}
		for _, block := range body.Blocks {
			switch block.Type {
			case "variable":
				inputs = append(inputs, inputRow(block, files[name]))
			case "output":
				outputs = append(outputs, fmt.Sprintf("| `%s` | %s |", block.Labels[0], cell(textOf(block.Body.Attributes["description"]))))
			}
		}
	}
	var out strings.Builder
	if len(inputs) > 0 {
		out.WriteString("## Inputs\n\n| name | what it is | type | default |\n|---|---|---|---|\n" + strings.Join(inputs, "\n") + "\n")
	}
	if len(outputs) > 0 {
		out.WriteString("\n## Outputs\n\n| name | what it is |\n|---|---|\n" + strings.Join(outputs, "\n") + "\n")
	}
	return out.String(), nil
}

func inputRow(block *hclsyntax.Block, source []byte) string {
	attributes := block.Body.Attributes
	fallback := "required"
	if attribute, ok := attributes["default"]; ok {
		fallback = code(string(attribute.Expr.Range().SliceBytes(source)))
	}
	typ := "any"
	if attribute, ok := attributes["type"]; ok {
		typ = string(attribute.Expr.Range().SliceBytes(source))
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s |", block.Labels[0], cell(textOf(attributes["description"])), code(typ), fallback)
}

// textOf is a literal text.
func textOf(attribute *hclsyntax.Attribute) string {
	if attribute == nil {
		return ""
	}
	value, diags := attribute.Expr.Value(nil)
	if diags.HasErrors() || value.Type() != cty.String || value.IsNull() {
		return ""
	}
	return value.AsString()
}

// markup is what Markdown and HTML would not take as text.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", "`", "&#96;", "*", "&#42;", "[", "&#91;", "\\", "&#92;")

// cell is text in a table of Markdown: nothing in it is markup.
func cell(text string) string { return markup.Replace(strings.Join(strings.Fields(text), " ")) }

// code is text as code in a table of Markdown.
func code(text string) string { return "<code>" + cell(text) + "</code>" }

// kreadyReadme introduces a generated module.
func kreadyReadme(request ModuleRequest, files Files) ([]byte, error) {
	spec := request.Blueprint.Spec
	tables, err := interfaceOf(files)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "\n# %s\n\n", cell(spec.Name))
	what := "A private Kubernetes " + spec.KubernetesVersion + " cluster"
	if spec.Kind == blueprint.KindPlatform {
		what = "Registry and vaults that clusters share"
	}
	fmt.Fprintf(&out, "%s (%s, %s) on kready's own resources: one blueprint, and one resource for\neach part that is replaced as a whole. It needs the provider `kready-io/kready` and nothing else.\n\n",
		cell(what), cell(spec.Cloud), cell(spec.Region))
	if request.Root {
		out.WriteString("    terraform init\n    terraform plan -out=tfplan\n    kready budget check -budget kready.budget.hcl tfplan\n    terraform apply tfplan\n\n")
	} else {
		out.WriteString("```hcl\nmodule \"cluster\" {\n  source = \"git::https://git.example.com/platform/clusters.git//PATH?ref=v1.0.0\"\n\n  name = \"another\"\n}\n```\n\n" +
			"Everything that has no variable here is the design that its clusters share. What the\nprovider builds in (`sandbox`, `owner`, `targets`) is said by the caller.\n\n")
	}
	out.WriteString(tables)
	return []byte(out.String()), nil
}
