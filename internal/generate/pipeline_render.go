package generate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/kready-io/terraform-provider-kready/templates"
)

// actions are GitHub's, each at one commit. Their tags can be moved; the
// version is for people and for the robots that raise it.
var actions = map[string]string{
	"checkout":                  "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
	"upload-artifact":           "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0",
	"download-artifact":         "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
	"configure-aws-credentials": "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3",
}

// pipelineFiles are the templates of each CI, below templates/pipeline, and
// the files that they become.
var pipelineFiles = map[string]map[string]string{
	"github": {
		"github/kready.yml":         ".github/workflows/kready.yml",
		"github/kready-stage.yml":   ".github/workflows/kready-stage.yml",
		"github/kready-drift.yml":   ".github/workflows/kready-drift.yml",
		"github/ruleset.json":       "ci/kready/ruleset.json",
		"github/protect.sh":         "ci/kready/protect.sh",
		"scripts/comment-github.sh": "ci/kready/comment.sh",
	},
	"gitlab": {
		"gitlab/kready.yml":         ".gitlab/kready.yml",
		"gitlab/protect.sh":         "ci/kready/protect.sh",
		"scripts/comment-gitlab.sh": "ci/kready/comment.sh",
	},
	"azuredevops": {
		"azuredevops/kready.yml":         ".azuredevops/kready.yml",
		"azuredevops/kready-unpack.yml":  ".azuredevops/kready-unpack.yml",
		"azuredevops/kready-run.yml":     ".azuredevops/kready-run.yml",
		"azuredevops/protect.sh":         "ci/kready/protect.sh",
		"scripts/comment-azuredevops.sh": "ci/kready/comment.sh",
	},
}

// commonScripts are what every CI runs; applying are those that Atlantis does
// without.
var (
	commonScripts   = []string{"tools", "lint", "secrets", "plan", "drift"}
	applyingScripts = []string{"package", "budget", "apply"}
	// applyingFiles are left out where Atlantis applies.
	applyingFiles = []string{"github/kready-stage.yml", "azuredevops/kready-unpack.yml"}
)

// render fills in the files of a pipeline.
func (v *pipelineView) render(out *Pipeline) error {
	files := map[string]string{}
	for from, to := range pipelineFiles[v.CI] {
		files[from] = to
	}
	scripts := commonScripts
	if v.Atlantis {
		for _, from := range append(applyingFiles, "scripts/comment-github.sh", "scripts/comment-gitlab.sh", "scripts/comment-azuredevops.sh") {
			delete(files, from)
		}
		files["atlantis/repos.yaml"] = "atlantis/repos.yaml"
	} else {
		scripts = append(scripts, applyingScripts...)
	}
	for _, name := range scripts {
		files["scripts/"+name+".sh"] = "ci/kready/" + name + ".sh"
	}
	if v.AWS {
		files["roles/aws.tf"] = "ci/kready/roles/aws/main.tf"
	}
	if v.Azure {
		files["roles/azure.tf"] = "ci/kready/roles/azure/main.tf"
	}
	for from, to := range files {
		text, err := v.fill(from)
		if err != nil {
			return err
		}
		out.Files[to] = text
	}
	return v.starts(out)
}

// starts are the files that a repository has one of, and that are the user's.
func (v *pipelineView) starts(out *Pipeline) error {
	owners := map[string]string{"github": ".github/CODEOWNERS", "gitlab": ".gitlab/CODEOWNERS"}[v.CI]
	if owners != "" && len(v.Owners) > 0 {
		out.Starts[owners] = v.owners()
	}
	entry := map[string]string{"gitlab": "gitlab/gitlab-ci.yml .gitlab-ci.yml", "azuredevops": "azuredevops/azure-pipelines.yml azure-pipelines.yml"}[v.CI]
	if from, to, found := strings.Cut(entry, " "); found {
		text, err := v.fill(from)
		if err != nil {
			return err
		}
		out.Starts[to] = text
	}
	return nil
}

// fill fills in one template.
func (v *pipelineView) fill(name string) ([]byte, error) {
	t := template.New("").Delims("[%", "%]").Option("missingkey=error").Funcs(pipelineFunctions)
	for _, part := range []string{"github/identity.yml", name} {
		if part == name || strings.HasPrefix(name, "github/") {
			source, err := templates.FS.ReadFile("pipeline/" + part)
			if err != nil {
				return nil, err
			}
			if t, err = t.New(part).Parse(string(source)); err != nil {
				return nil, err
			}
		}
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, name, v); err != nil {
		return nil, err
	}
	text := append(bytes.TrimSpace(out.Bytes()), '\n')
	if !strings.HasSuffix(name, ".tf") {
		return text, nil
	}
	if _, diags := hclsyntax.ParseConfig(text, name, hcl.InitialPos); diags.HasErrors() {
		return nil, fmt.Errorf("templates/pipeline/%s: %w", name, diags)
	}
	return append([]byte("\n"), hclwrite.Format(text)...), nil
}

// pipelineFunctions write what users wrote, each for the place it goes to.
var pipelineFunctions = template.FuncMap{
	"yaml":   yamlQuote,
	"json":   yamlQuote,
	"sh":     shellQuote,
	"hcl":    hclQuote,
	"regexp": regexp.QuoteMeta,
	"join":   strings.Join,
	"dec":    func(i int) int { return i - 1 },
	"list":   func(s ...string) []string { return s },
	"action": func(name string) (string, error) {
		if actions[name] == "" {
			return "", fmt.Errorf("there is no action %q", name)
		}
		return actions[name], nil
	},
}

// yamlQuote is text as a JSON string, which is a YAML one as well. No
// expression of GitHub's or Azure DevOps' begins in it.
func yamlQuote(text string) (string, error) {
	quoted, err := json.Marshal(text)
	return strings.ReplaceAll(string(quoted), "$", `\u0024`), err
}

// shellQuote is text as one word of a POSIX shell.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// hclQuote is a list of texts in HCL.
func hclQuote(list []string) string {
	var values []cty.Value
	for _, text := range list {
		values = append(values, cty.StringVal(text))
	}
	return string(hclwrite.TokensForValue(cty.TupleVal(values)).Bytes())
}
