package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

var (
	versionForm   = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$`)
	branchForm    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./-]*$`)
	ownerForm     = regexp.MustCompile(`^(@[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_./-]*)?|[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+)$`)
	stageForm     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)
	workspaceForm = regexp.MustCompile(`^[A-Za-z0-9_.][A-Za-z0-9_.-]*$`)
	// Letters of any language: paths are quoted wherever they are written.
	pathForm = regexp.MustCompile(`^[\p{L}\p{N}_.+=@,][\p{L}\p{M}\p{N}_.+=@, -]*(/[\p{L}\p{N}_.+=@,][\p{L}\p{M}\p{N}_.+=@, -]*)*$`)
)

// pipelineView is what the templates see.
type pipelineView struct {
	PipelineRequest
	Stages []stageView
	Tools  []toolView
}

// stageView is one stage that has stacks.
type stageView struct {
	Name     string
	ID       string // for places that take no "-"
	Approved bool   // a person agrees before it is applied
	Tier     string // in GitLab's words
	Stacks   []stackView
}

type stackView struct {
	Stack
	Key string // unique in the stage; for names of artefacts
	ID  string // the same for places that take no "-"
}

type toolView struct{ Name, Variable, Version string }

// toolVersions are what the pipelines install, apart from Terraform or OpenTofu
// and kready itself.
var toolVersions = map[string]string{"terragrunt": "0.93.3", "tflint": "0.61.0", "gitleaks": "8.30.1"}

func newPipelineView(r PipelineRequest) *pipelineView {
	v := &pipelineView{PipelineRequest: r}
	stacks := slices.Clone(r.Stacks)
	slices.SortFunc(stacks, func(a, b Stack) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return strings.Compare(a.Workspace, b.Workspace)
	})
	for _, name := range r.Stages {
		s := stageView{Name: name, ID: strings.ReplaceAll(name, "-", "_"), Approved: true, Tier: tier(name)}
		for _, stack := range stacks {
			if stack.Stage == name {
				key := stackKey(stack)
				s.Stacks = append(s.Stacks, stackView{stack, key, "s_" + strings.ReplaceAll(key, "-", "_")})
			}
		}
		if len(s.Stacks) > 0 {
			v.Stages = append(v.Stages, s)
		}
	}
	// What comes first is there to be tried; the last is never without a person.
	if len(v.Stages) > 1 {
		v.Stages[0].Approved = false
	}
	versions := map[string]string{"kready": r.Version, r.Tool: r.ToolVersion}
	for name, version := range toolVersions {
		versions[name] = version
	}
	for _, name := range []string{"kready", r.Tool, "terragrunt", "tflint", "gitleaks"} {
		if name != "terragrunt" || v.Terragrunt() {
			v.Tools = append(v.Tools, toolView{name, strings.ToUpper(name) + "_VERSION", versions[name]})
		}
	}
	return v
}

// tier is the stage in the words of GitLab's deployment tiers.
func tier(stage string) string {
	switch stage {
	case "development", "testing", "staging", "production":
		return stage
	}
	return "other"
}

// stackKey is a name for a stack that artefacts and jobs can have. The digest
// keeps apart what the alphabet doesn't.
func stackKey(s Stack) string {
	text := strings.ToLower(s.Path)
	if s.Workspace != "" {
		text += "-" + s.Workspace
	}
	var key strings.Builder
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			key.WriteRune(r)
		case key.Len() > 0 && !strings.HasSuffix(key.String(), "-"):
			key.WriteByte('-')
		}
	}
	sum := sha256.Sum256([]byte(s.Path + "\x00" + s.Workspace))
	short := strings.Trim(key.String(), "-")
	if len(short) > 40 {
		short = strings.Trim(short[len(short)-40:], "-")
	}
	return strings.TrimPrefix(short+"-"+hex.EncodeToString(sum[:3]), "-")
}

// Terragrunt tells whether any stack is one of Terragrunt's.
func (v *pipelineView) Terragrunt() bool {
	return slices.ContainsFunc(v.Stacks, func(s Stack) bool { return s.Terragrunt })
}

// StageNames are the stages that have stacks.
func (v *pipelineView) StageNames() []string {
	var names []string
	for _, s := range v.Stages {
		names = append(names, s.Name)
	}
	return names
}

// Folders are the stacks' folders, each once.
func (v *pipelineView) Folders() []string {
	var folders []string
	for _, s := range v.Stacks {
		folders = append(folders, s.Path)
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

// JSON is the stage's stacks as GitHub's fromJSON takes them.
func (s stageView) JSON() (string, error) {
	type entry struct {
		Key       string `json:"key"`
		Stack     string `json:"stack"`
		Workspace string `json:"workspace"`
	}
	var list []entry
	for _, stack := range s.Stacks {
		list = append(list, entry{stack.Key, stack.Path, stack.Workspace})
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// Command is what made the pipeline, for a shell.
func (v *pipelineView) Command() string {
	var words []string
	for _, word := range v.CheckCommand {
		words = append(words, shellQuote(word))
	}
	return strings.Join(words, " ")
}

// ReceiptLife is how long a plan may wait for its approval; artefacts are kept
// as long.
func (v *pipelineView) ReceiptLife() string { return "168h" }

// Image is what GitLab's jobs run in: nothing but a shell and a package
// manager, for everything else is installed at its own version.
func (v *pipelineView) Image() string { return "debian:13.2-slim" }

// Cron is when drift is looked for: before work.
func (v *pipelineView) Cron() string { return "17 4 * * 1-5" }

// Owned are the paths that owners review.
func (v *pipelineView) Owned() []string {
	owned := []string{"/kready.budget.hcl", "/ci/kready/*"}
	switch v.CI {
	case "github":
		owned = append(owned, "/.github/*")
	case "gitlab":
		owned = append(owned, "/.gitlab/*", "/.gitlab-ci.yml")
	case "azuredevops":
		owned = append(owned, "/.azuredevops/*", "/azure-pipelines.yml")
	}
	if v.Atlantis {
		owned = append(owned, "/atlantis/*", "/atlantis.yaml")
	}
	return owned
}

// owners is a CODEOWNERS file; folders are written with a slash at the end.
func (v *pipelineView) owners() []byte {
	var text strings.Builder
	text.WriteString("# Who has to agree to a change of what guards the others.\n")
	for _, place := range v.Owned() {
		fmt.Fprintf(&text, "%s %s\n", strings.TrimSuffix(place, "*"), strings.Join(v.Owners, " "))
	}
	return []byte(text.String())
}

// budget is a first budget: one for each stage, the stricter the later.
func (v *pipelineView) budget() []byte {
	file := hclwrite.NewEmptyFile()
	body := file.Body()
	comment := func(text string) {
		body.AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte("# " + text + "\n")}})
	}
	comment("What a plan may do, by stage: what is not named is 0, and exceptions are reviewed.")
	comment("This is a first draft. Read it, change the numbers, and it is yours.")
	for i, stage := range v.Stages {
		last := i == len(v.Stages)-1
		body.AppendNewline()
		block := body.AppendNewBlock("budget", []string{stage.Name}).Body()
		var match []cty.Value
		for _, s := range stage.Stacks {
			if value := cty.StringVal(s.Path); len(match) == 0 || !match[len(match)-1].RawEquals(value) {
				match = append(match, value)
			}
		}
		block.SetAttributeValue("match", cty.ListVal(match))
		numbers := map[string]int64{"create": 50, "update": 50, "replace": 10, "delete": 10}
		if last {
			numbers = map[string]int64{"create": 50, "update": 20, "replace": 0, "delete": 0}
		}
		for _, kind := range []string{"create", "update", "replace", "delete"} {
			block.SetAttributeValue(kind, cty.NumberIntVal(numbers[kind]))
		}
		if last && len(v.Blueprints) > 0 {
			block.SetAttributeValue("protect", cty.ListVal([]cty.Value{cty.StringVal("kready_cluster.*"), cty.StringVal("kready_network.*"), cty.StringVal("kready_vault.*")}))
		}
	}
	return hclwrite.Format(file.Bytes())
}
