package acceptance

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kready-io/terraform-provider-kready/internal/provider"
)

// kind is one kind of thing that a provider registers, and where its example
// and its documentation page live.
type kind struct {
	folder, example string
}

var (
	resources  = kind{"resources", "resource.tf"}
	dataSource = kind{"data-sources", "data-source.tf"}
	ephemerals = kind{"ephemeral-resources", "ephemeral-resource.tf"}
	functions  = kind{"functions", "function.tf"}
)

// TestCompleteness asks the provider for its types and demands of each: an
// acceptance test, an error-path test, an example, and a documentation page.
func TestCompleteness(t *testing.T) {
	tests := testNames(t)
	for _, one := range registered() {
		name, k := one.name, one.kind
		short := strings.TrimPrefix(name, "kready_")
		if _, err := os.Stat(filepath.Join("../../examples", k.folder, name, k.example)); err != nil {
			t.Errorf("%s has no example: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join("../../docs", k.folder, short+".md")); err != nil {
			t.Errorf("%s has no documentation page (run `make docs`): %v", name, err)
		}
		if _, ok := things[name]; ok && k == resources {
			completeThing(t, name)
			continue
		}
		camel := camelCase(short)
		if k == dataSource {
			camel += "Data"
		}
		for suffix, what := range map[string]string{"_basic": "acceptance test", "_refused": "error-path test"} {
			if want := "TestAcc" + camel + suffix; !tests[want] {
				t.Errorf("%s has no %s: %s is missing", name, what, want)
			}
		}
	}
}

// completeThing demands a whole row of a resource on every cloud. Add-ons are
// part of the cluster on Azure.
func completeThing(t *testing.T, name string) {
	t.Helper()
	for word := range clouds {
		row, ok := allThings()[name+"/"+word]
		if !ok && word == "azure" && name == "kready_addons" {
			continue
		}
		if row.address == "" || row.disappears == "" || row.importID == "" || len(row.update) == 0 ||
			row.interrupted.Operation == "" || row.quota.Operation == "" {
			t.Errorf("%s: its row in things on %s is incomplete", name, word)
		}
	}
}

// typeOf is one registered type.
type typeOf struct {
	name string
	kind kind
}

// registered is every type that the provider says it has.
func registered() []typeOf {
	ctx := context.Background()
	p := provider.New(provider.Options{})()
	var types []typeOf
	for _, create := range p.Resources(ctx) {
		var meta resource.MetadataResponse
		create().Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "kready"}, &meta)
		types = append(types, typeOf{meta.TypeName, resources})
	}
	for _, create := range p.DataSources(ctx) {
		var meta datasource.MetadataResponse
		create().Metadata(ctx, datasource.MetadataRequest{ProviderTypeName: "kready"}, &meta)
		types = append(types, typeOf{meta.TypeName, dataSource})
	}
	if p, ok := p.(fwprovider.ProviderWithEphemeralResources); ok {
		for _, create := range p.EphemeralResources(ctx) {
			var meta ephemeral.MetadataResponse
			create().Metadata(ctx, ephemeral.MetadataRequest{ProviderTypeName: "kready"}, &meta)
			types = append(types, typeOf{meta.TypeName, ephemerals})
		}
	}
	if p, ok := p.(fwprovider.ProviderWithFunctions); ok {
		for _, create := range p.Functions(ctx) {
			var meta function.MetadataResponse
			create().Metadata(ctx, function.MetadataRequest{}, &meta)
			types = append(types, typeOf{meta.Name, functions})
		}
	}
	return types
}

// testNames are the names of all tests of this package.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	paths, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil {
				names[function.Name.Name] = true
			}
		}
	}
	return names
}

// camelCase is "CIDRPool" for "cidr_pool".
func camelCase(name string) string {
	var camel strings.Builder
	for _, word := range strings.Split(name, "_") {
		switch word {
		case "cidr":
			camel.WriteString("CIDR")
		default:
			camel.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return camel.String()
}
