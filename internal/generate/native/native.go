package native

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/generate"
	"github.com/kready-io/terraform-provider-kready/templates"
)

// Module writes one cluster as a module. What an earlier run settled stands in
// the request's lock, and stays; the files hold the next lock.
func Module(request generate.ModuleRequest) (generate.Files, error) {
	spec, prior := request.Blueprint.Spec, request.Blueprint.Prior
	if request.Lock != nil {
		held, err := ReadLock(request.Lock)
		if err != nil {
			return nil, err
		}
		prior = held
	}
	outcome := blueprint.Resolve(spec, prior)
	if err := refuse(spec, outcome); err != nil {
		return nil, err
	}
	return filesOf(spec, outcome, request.Root)
}

func filesOf(spec blueprint.Spec, outcome blueprint.Outcome, root bool) (generate.Files, error) {
	design := outcome.Design
	folder, contents := "native/eks", awsModule
	if spec.Cloud == blueprint.CloudAzure {
		folder, contents = "native/aks", azureModule
	}
	files := generate.Files{}
	for name, literals := range contents(design) {
		source, err := fs.ReadFile(templates.FS, folder+"/"+name)
		if err != nil {
			return nil, err
		}
		var parts []string
		if len(literals) > 0 {
			parts = append(parts, locals(literals))
		}
		files[name] = []byte(strings.Join(append(parts, string(source)), "\n"))
	}
	files["variables.tf"] = []byte(variables(design))
	if root {
		files["provider.tf"] = []byte(provider(design))
	}
	for name, source := range files {
		formatted, err := format(name, source)
		if err != nil {
			return nil, err
		}
		files[name] = formatted
	}
	readme, err := readme(folder, design)
	if err != nil {
		return nil, err
	}
	files["README.md"] = readme
	files[LockName], err = Lock(spec, outcome)
	return files, err
}

// format checks and formats a file.
func format(name string, source []byte) ([]byte, error) {
	if _, diags := hclsyntax.ParseConfig(source, name, hcl.InitialPos); diags.HasErrors() {
		return nil, fmt.Errorf("native module, %s: %w", name, diags)
	}
	return hclwrite.Format(source), nil
}

// provider is the provider block of a root module.
func provider(design blueprint.Design) string {
	if design.ControlPlane.Cloud == blueprint.CloudAzure {
		return "# The subscription comes from ARM_SUBSCRIPTION_ID or the Azure CLI's default.\n" +
			"provider \"azurerm\" {\nfeatures {}\n\nstorage_use_azuread = true\n}\n"
	}
	return "provider \"aws\" {\nregion = " + literal(design.ControlPlane.Region) + "\n}\n"
}

// refuse names what is wrong with the blueprint and what this flavour can't
// write, all of it at once.
func refuse(spec blueprint.Spec, outcome blueprint.Outcome) error {
	var problems []string
	if text, err := json.Marshal(spec); err != nil || bytes.Contains(text, []byte(symbolOpen)) || bytes.Contains(text, []byte(symbolClose)) {
		problems = append(problems, "the characters U+E000 and U+E001 mean nothing to anybody, and something to kready: remove them")
	}
	for _, finding := range outcome.Findings {
		if finding.Severity == blueprint.SeverityError {
			problems = append(problems, finding.Path+": "+finding.Summary+". "+finding.Detail)
		}
	}
	for _, path := range outcome.Waits {
		problems = append(problems, path+": a generated module needs its value")
	}
	design := outcome.Design
	if len(problems) == 0 && (design.Network == nil || design.ControlPlane == nil) {
		return errors.New("the blueprint settles no network or no cluster")
	}
	if len(problems) == 0 && design.ControlPlane.Cloud == blueprint.CloudAzure {
		problems = azureUnsupported(design)
	} else if len(problems) == 0 {
		problems = awsUnsupported(design)
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("the native flavor can't write this blueprint:\n  %s", strings.Join(problems, "\n  "))
}
