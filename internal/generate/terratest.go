package generate

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/kready-io/terraform-provider-kready/templates"
)

// TerratestRequest asks for a suite that applies one root module.
type TerratestRequest struct {
	Name    string   // what is tested, for the test's name
	Root    string   // folder that Folders are below, seen from the suite
	Folders []string // the module, and what it calls by relative sources
	// Provider tells whether the module has a provider block for kready;
	// otherwise the suite gives it one.
	Provider bool
	VarFile  string // file with values in the suite's folder, or ""
	Version  string // of kready
}

// TerratestSuite is a Go suite: tests are kready's to keep, go.mod is a start.
func TerratestSuite(r TerratestRequest) (suite, start Files, err error) {
	view := struct {
		TerratestRequest
		Test, What string
	}{r, testName(r.Name), "the module " + oneLine(strconv.QuoteToASCII(r.Name))}
	if !versionForm.MatchString(view.Version) {
		view.Version = "0.0.0" // of no release: the user's go.mod has a replace
	}
	test, err := fillGo("suite_test.go.tmpl", view)
	if err != nil {
		return nil, nil, err
	}
	if test, err = format.Source(test); err != nil {
		return nil, nil, fmt.Errorf("kready generated a file that is not Go, please report it: %w", err)
	}
	mod, err := fillGo("go.mod.tmpl", view)
	if err != nil {
		return nil, nil, err
	}
	return Files{fileName(r.Name) + "_test.go": append([]byte("\n"), test...)}, Files{"go.mod": mod}, nil
}

func fillGo(name string, view any) ([]byte, error) {
	source, err := templates.FS.ReadFile("terratest/" + name)
	if err != nil {
		return nil, err
	}
	t, err := template.New(name).Funcs(template.FuncMap{"quote": strconv.Quote}).Parse(string(source))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, view)
	return out.Bytes(), err
}

var notLetters = regexp.MustCompile(`[^A-Za-z0-9]+`)

// testName is a name as the end of a test's: shop-eu becomes ShopEu.
func testName(name string) string {
	out := ""
	for _, word := range notLetters.Split(name, -1) {
		if word != "" {
			out += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	if out == "" {
		return "Module"
	}
	return out
}

// fileName is a name as that of a file. What Go would take for a build
// constraint (windows, amd64) has a word in front.
func fileName(name string) string {
	out := strings.Trim(notLetters.ReplaceAllString(strings.ToLower(name), "_"), "_")
	return strings.TrimSuffix("module_"+out, "_")
}

// ModuleFacts is what has to be known of a module before it can be tested.
type ModuleFacts struct {
	Provider bool     // it has a provider block for kready
	Required []string // variables without a default, sorted
	Calls    []string // relative sources of the modules that it calls, sorted
}

// ReadModule takes the facts out of a module's *.tf files, by name.
func ReadModule(files Files) (ModuleFacts, error) {
	var facts ModuleFacts
	for _, name := range files.Names() {
		file, diags := hclsyntax.ParseConfig(files[name], name, hcl.InitialPos)
		if diags.HasErrors() {
			return facts, diags
		}
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			continue
		}
		for _, block := range body.Blocks {
			switch {
			case len(block.Labels) != 1:
			case block.Type == "provider" && block.Labels[0] == "kready":
				facts.Provider = true
			case block.Type == "variable" && block.Body.Attributes["default"] == nil:
				facts.Required = append(facts.Required, block.Labels[0])
			case block.Type == "module" && block.Body.Attributes["source"] != nil:
				value, diags := block.Body.Attributes["source"].Expr.Value(nil)
				if diags.HasErrors() || value.IsNull() || !value.Type().Equals(cty.String) {
					continue // Terraform itself will say what is wrong with it
				}
				if source := value.AsString(); strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") {
					facts.Calls = append(facts.Calls, path.Clean(source))
				}
			}
		}
	}
	slices.Sort(facts.Required)
	slices.Sort(facts.Calls)
	facts.Calls = slices.Compact(facts.Calls)
	return facts, nil
}
