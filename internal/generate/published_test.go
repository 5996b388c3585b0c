package generate

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// TestFleetKnowsTheVocabulary proves that a fleet passes every attribute of a
// blueprint on, and lets no other pass: a new attribute must not be lost on
// the way.
func TestFleetKnowsTheVocabulary(t *testing.T) {
	files, err := PublishedModules()
	if err != nil {
		t.Fatal(err)
	}
	file, diags := hclsyntax.ParseConfig(files["fleet/main.tf"], "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	want := fieldNames(specFields)
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		switch {
		case block.Type == "locals":
			value, diags := block.Body.Attributes["attributes"].Expr.Value(nil)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			listed := []string{"name"} // the key in clusters
			for _, element := range value.AsValueSlice() {
				listed = append(listed, element.AsString())
			}
			if !slices.Equal(listed, want) {
				t.Errorf("local.attributes is\n%q\nwant\n%q", listed, want)
			}
		case block.Type == "resource" && block.Labels[0] == blueprintType:
			for _, name := range want {
				attribute := block.Body.Attributes[name]
				if attribute == nil {
					t.Errorf("%s is not passed on", name)
				} else if name != "name" && !strings.Contains(string(attribute.Expr.Range().SliceBytes(files["fleet/main.tf"])), "each.value."+name) {
					t.Errorf("%s is not what a cluster says", name)
				}
			}
		}
	}
}

// TestPublishedModulesAreDescribed proves that every published module has a
// README with its inputs and outputs, each with a description, and with a
// pinned source.
func TestPublishedModulesAreDescribed(t *testing.T) {
	files, err := PublishedModules()
	if err != nil {
		t.Fatal(err)
	}
	modules := 0
	for _, name := range files.Names() {
		folder, found := strings.CutSuffix(name, "versions.tf")
		if !found {
			continue
		}
		modules++
		readme := string(files[folder+"README.md"])
		for _, text := range []string{"## Inputs", "## Outputs", "?ref=v"} {
			if !strings.Contains(readme, text) {
				t.Errorf("%sREADME.md lacks %q", folder, text)
			}
		}
		if strings.Contains(readme, "|  |") || strings.Contains(readme, interfaceMark) {
			t.Errorf("%sREADME.md has something without a description:\n%s", folder, readme)
		}
	}
	if modules < 3 {
		t.Errorf("there are %d modules", modules)
	}
}
