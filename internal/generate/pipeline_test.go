package generate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/kready-io/terraform-provider-kready/internal/permissions"
)

// fleet is a request that every CI can be asked for.
func fleet(ci string) PipelineRequest {
	return PipelineRequest{
		CI: ci, Stages: []string{"development", "staging", "production"}, Branch: "main", Owners: []string{"@acme/platform"},
		Tool: "terraform", ToolVersion: "1.13.3", Version: "0.1.0", AWS: true, Azure: true, CheckCommand: []string{"-ci", ci},
		Stacks: []Stack{
			{Path: "live/dev/eu", Stage: "development"}, {Path: "live/prod/eu", Stage: "production"},
			{Path: "live/prod/us", Stage: "production", Terragrunt: true}, {Path: "live/prod/us", Workspace: "dr", Stage: "production"},
		},
	}
}

func mustPipeline(t *testing.T, r PipelineRequest) Pipeline {
	t.Helper()
	p, err := NewPipeline(r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPipelineRefuses proves that each rule refuses one request, says why,
// and lets the nearest one through.
func TestPipelineRefuses(t *testing.T) {
	for _, c := range []struct {
		name      string
		bad, good func(*PipelineRequest)
		says      string
	}{
		{"ci", func(r *PipelineRequest) { r.CI = "jenkins" }, func(r *PipelineRequest) { r.CI = "gitlab" }, `"jenkins" is no CI`},
		{"tool", func(r *PipelineRequest) { r.Tool = "tf" }, func(r *PipelineRequest) { r.Tool = "tofu" }, `the tool is "tf"`},
		{"tool version", func(r *PipelineRequest) { r.ToolVersion = "latest" }, func(r *PipelineRequest) { r.ToolVersion = "1.14.0-rc1" }, `"latest"`},
		{"kready version", func(r *PipelineRequest) { r.Version = "dev" }, func(r *PipelineRequest) { r.Version = "1.2.3" }, `kready's version is "dev"`},
		{"branch", func(r *PipelineRequest) { r.Branch = "$(id)" }, func(r *PipelineRequest) { r.Branch = "release/1.x" }, `the branch "$(id)"`},
		{"owner", func(r *PipelineRequest) { r.Owners = []string{"platform"} }, func(r *PipelineRequest) { r.Owners = []string{"@acme/platform", "ops@example.com"} }, `the owner "platform"`},
		{"stage", func(r *PipelineRequest) { r.Stages[1] = "Pre Prod" }, func(r *PipelineRequest) { r.Stages[1] = "pre-prod" }, `the stage "Pre Prod"`},
		{"job's name", func(r *PipelineRequest) { r.Stages[1] = "lint" }, func(r *PipelineRequest) { r.Stages[1] = "linting" }, `the stage "lint"`},
		{"stage twice", func(r *PipelineRequest) { r.Stages[1] = "production" }, func(r *PipelineRequest) { r.Stages[1] = "preview" }, `"production" is named twice`},
		{"stack", func(r *PipelineRequest) { r.Stacks[0].Path = "live/$(id)" }, func(r *PipelineRequest) { r.Stacks[0].Path = "live/größe, 2" }, `the stack "live/$(id)"`},
		{"stack outside", func(r *PipelineRequest) { r.Stacks[0].Path = "../live" }, func(r *PipelineRequest) { r.Stacks[0].Path = "..live" }, `the stack "../live"`},
		{"stack that is a flag", func(r *PipelineRequest) { r.Stacks[0].Path = "live/-x" }, func(r *PipelineRequest) { r.Stacks[0].Path = "live/x-" }, `the stack "live/-x"`},
		{"workspace", func(r *PipelineRequest) { r.Stacks[3].Workspace = "a b" }, func(r *PipelineRequest) { r.Stacks[3].Workspace = "a_b" }, `the workspace "a b"`},
		{"unknown stage", func(r *PipelineRequest) { r.Stacks[0].Stage = "lab" }, func(r *PipelineRequest) { r.Stacks[0].Stage = "staging" }, `of the stage "lab"`},
		{"stack twice", func(r *PipelineRequest) { r.Stacks[0].Path = "live/prod/eu" }, func(r *PipelineRequest) { r.Stacks[0].Path = "live/prod/eu2" }, `named twice`},
		{"no stack", func(r *PipelineRequest) { r.Stacks = nil }, func(r *PipelineRequest) { r.Stacks = r.Stacks[:1] }, `there is no stack`},
		{"too many", func(r *PipelineRequest) { r.Stacks = many(mostJobs + 1) }, func(r *PipelineRequest) { r.Stacks = many(mostJobs) }, `more than 200 stacks`},
	} {
		bad, good := fleet("github"), fleet("github")
		c.bad(&bad)
		c.good(&good)
		if _, err := NewPipeline(bad); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", c.name, err, c.says)
		}
		if _, err := NewPipeline(good); err != nil {
			t.Errorf("%s: the nearest one is refused: %v", c.name, err)
		}
	}
}

func many(n int) []Stack {
	var out []Stack
	for i := range n {
		out = append(out, Stack{Path: fmt.Sprintf("live/%03d", i), Stage: "production"})
	}
	return out
}

// TestStageOf proves how a path says its stage.
func TestStageOf(t *testing.T) {
	stages := []string{"development", "staging", "production"}
	for path, want := range map[string]string{
		"live/dev/eu": "development true", "live/prod/eu": "production true", "clusters/shop-stg": "staging true", "live/development": "development true",
		"live/eu/Prod.2": "production true", "device/eu": "production false", "live/eu": "production false",
	} {
		stage, guessed := StageOf(path, stages)
		if got := fmt.Sprint(stage, " ", guessed); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestPipelineIsDeterministic proves that the order of stacks is not seen in
// the files, and that artefacts and jobs never share a name.
func TestPipelineIsDeterministic(t *testing.T) {
	for _, ci := range CIs {
		r := fleet(ci)
		first := mustPipeline(t, r)
		slices.Reverse(r.Stacks)
		second := mustPipeline(t, r)
		for _, name := range first.Files.Names() {
			if !bytes.Equal(first.Files[name], second.Files[name]) {
				t.Errorf("%s: %s depends on the order of stacks", ci, name)
			}
		}
	}
	seen := map[string]string{}
	for _, path := range []string{"a/b", "a-b", "A/b", "a_b", "ä", "ö", strings.Repeat("x", 90) + "/a", strings.Repeat("x", 90) + "/b"} {
		key := stackKey(Stack{Path: path})
		if other, taken := seen[key]; taken || len(key) > 50 || !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(key) {
			t.Errorf("%s has the key %q, like %s", path, key, other)
		}
		seen[key] = path
	}
}

// TestPipelinePinsActions proves that every action is one commit, with its
// version beside it.
func TestPipelinePinsActions(t *testing.T) {
	pinned := regexp.MustCompile(`uses: (\./\.github/workflows/|[a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$)`)
	count := 0
	for name, text := range mustPipeline(t, fleet("github")).Files {
		for line := range strings.Lines(string(text)) {
			line = strings.TrimRight(line, "\n")
			if strings.Contains(line, "uses:") {
				count++
				if !pinned.MatchString(line) {
					t.Errorf("%s: %s", name, line)
				}
			}
		}
	}
	if count < 10 {
		t.Errorf("%d actions: nothing was judged", count)
	}
}

// TestPipelineKeepsNoKeys proves that no file asks for a secret of the CI:
// jobs are known by their tokens.
func TestPipelineKeepsNoKeys(t *testing.T) {
	key := regexp.MustCompile(`secrets\.[A-Z_]+|AWS_SECRET_ACCESS_KEY|AWS_ACCESS_KEY_ID|CLIENT_SECRET`)
	for _, ci := range CIs {
		for name, text := range mustPipeline(t, fleet(ci)).Files {
			if found := key.Find(text); found != nil {
				t.Errorf("%s: %s holds %s", ci, name, found)
			}
		}
	}
}

// TestPipelineParts proves that Terragrunt, Atlantis and the clouds each bring
// what they need, and leave out what they don't.
func TestPipelineParts(t *testing.T) {
	holds := func(p Pipeline, name, text string) bool { return bytes.Contains(p.Files[name], []byte(text)) }
	for _, ci := range CIs {
		r := fleet(ci)
		all := mustPipeline(t, r)
		if !holds(all, "ci/kready/tools.sh", "TERRAGRUNT_VERSION:=") || all.Files["ci/kready/roles/aws/main.tf"] == nil || all.Files["ci/kready/roles/azure/main.tf"] == nil {
			t.Errorf("%s: something is missing: %v", ci, all.Files.Names())
		}
		r.Azure = false
		for i := range r.Stacks {
			r.Stacks[i].Terragrunt = false
		}
		if p := mustPipeline(t, r); holds(p, "ci/kready/tools.sh", "TERRAGRUNT_VERSION:=") || p.Files["ci/kready/roles/azure/main.tf"] != nil || p.Files["ci/kready/roles/aws/main.tf"] == nil {
			t.Errorf("%s: something is there without need: %v", ci, p.Files.Names())
		}
		r.Atlantis = true
		p := mustPipeline(t, r)
		if p.Files["ci/kready/apply.sh"] != nil || p.Files["atlantis/repos.yaml"] == nil || !holds(p, "atlantis/repos.yaml", "kready budget verify") {
			t.Errorf("%s with Atlantis: %v", ci, p.Files.Names())
		}
		for name, text := range p.Files {
			if bytes.Contains(text, []byte("apply.sh")) || bytes.Contains(text, []byte("package.sh")) {
				t.Errorf("%s with Atlantis: %s runs what is not there", ci, name)
			}
		}
		if len(all.Starts["kready.budget.hcl"]) == 0 || ci != "azuredevops" && !strings.Contains(string(joined(all.Starts)), "/kready.budget.hcl @acme/platform\n") {
			t.Errorf("%s: %s", ci, joined(all.Starts))
		}
	}
}

func joined(files Files) []byte {
	var all []byte
	for _, name := range files.Names() {
		all = append(all, files[name]...)
	}
	return all
}

// FuzzPipeline proves that what a person writes is refused, or stands in the
// files as a value and nothing else: all YAML keeps its shape, and no
// expression of a CI begins in it.
func FuzzPipeline(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, text)
	}
	f.Add("live/prod eu/ä", "feature/x")
	shapes := map[string]string{}
	for _, ci := range CIs {
		p, err := NewPipeline(fleet(ci))
		if err != nil {
			f.Fatal(err)
		}
		for name, text := range p.Files {
			shapes[ci+name] = shape(f, name, text)
		}
	}
	f.Fuzz(func(t *testing.T, path, branch string) {
		for _, ci := range CIs {
			r := fleet(ci)
			r.Stacks[0].Path, r.Branch = path, branch
			r.CheckCommand = []string{"-stack", path}
			p, err := NewPipeline(r)
			if err != nil {
				continue
			}
			for name, text := range p.Files {
				if got := shape(t, name, text); got != shapes[ci+name] {
					t.Errorf("%s: %s is another with the stack %q and the branch %q:\n%s", ci, name, path, branch, text)
				}
			}
		}
	})
}

// shape is the structure of a YAML file: its keys, and the kinds and number of
// its values. Expressions are counted, so that a new one shows.
func shape(t testing.TB, name string, text []byte) string {
	t.Helper()
	switch filepath.Ext(name) {
	case ".yml", ".yaml":
	case ".json":
		if !json.Valid(text) {
			t.Errorf("%s is no JSON:\n%s", name, text)
		}
		return ""
	default:
		return ""
	}
	var out strings.Builder
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		fmt.Fprintf(&out, "%d:%d:%s:%d ", n.Kind, len(n.Content), n.Tag, strings.Count(n.Value, "${{")+strings.Count(n.Value, "$(")+strings.Count(n.Value, "$["))
		for _, c := range n.Content {
			walk(c)
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
			return out.String()
		} else if err != nil {
			t.Fatalf("%s is no YAML: %v\n%s", name, err, text)
		}
		walk(&doc)
	}
}

// TestPipelineRights proves that the role that plans has the rights of a plan and
// the role that applies all that an apply asks for, each once.
func TestPipelineRights(t *testing.T) {
	view := &pipelineView{}
	if !slices.Equal(view.AWSRead(), permissions.Demanded("aws", permissions.Plan)) {
		t.Errorf("the role that plans may %q", view.AWSRead())
	}
	all := slices.Concat(view.AWSRead(), view.AWSWrite(), view.AWSGlobal(), []string{passRole})
	slices.Sort(all)
	if want := permissions.Demanded("aws", permissions.Apply); !slices.Equal(all, want) {
		t.Errorf("the role that applies may\n%q\nwant\n%q", all, want)
	}
}
