package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	generator "github.com/kready-io/terraform-provider-kready/internal/generate"
)

// facts are what a cluster is, in words that both flavours can be asked for:
// "subnet/nodes-eu-west-1a range" is "10.68.0.0/20".
type facts map[string]string

// put adds a fact; what is no text is written as canonical JSON.
func (f facts) put(name string, value any) {
	if text, ok := value.(string); ok {
		f[name] = text
		return
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	f[name] = string(text)
}

// policy adds a policy, whatever the order of its lists.
func (f facts) policy(name, text string) {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		f[name] = text
		return
	}
	f.put(name, ordered(value))
}

// ordered sorts lists of words and unwraps lists of one, as AWS does.
func ordered(value any) any {
	switch value := value.(type) {
	case map[string]any:
		result := map[string]any{}
		for key, inner := range value {
			result[key] = ordered(inner)
		}
		return result
	case []any:
		if len(value) == 1 {
			return ordered(value[0])
		}
		list := make([]any, len(value))
		for i, inner := range value {
			list[i] = ordered(inner)
		}
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return list
	}
	return value
}

// renamed are the facts with ids replaced by what they are the ids of.
func (f facts) renamed(names map[string]string) facts {
	var pairs []string
	ids := slices.Collect(maps.Keys(names))
	slices.SortFunc(ids, func(a, b string) int { return len(b) - len(a) })
	for _, id := range ids {
		if id != "" {
			pairs = append(pairs, id, names[id])
		}
	}
	replacer := strings.NewReplacer(pairs...)
	result := facts{}
	for name, value := range f {
		var decoded any
		value = replacer.Replace(value)
		if json.Unmarshal([]byte(value), &decoded) == nil {
			result.put(name, ordered(decoded)) // ids have moved in the order
			continue
		}
		result[name] = value
	}
	return result
}

// difference is a row of the table in the guide that is measured.
var difference = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// TestAccEquivalence proves that both flavours make the same cluster: what the
// kready flavour creates in the sandbox, read by an independent client, and
// what the native module asks its provider for. A difference that the guide
// does not list and justify fails, and so does a row that is no difference any
// more.
func TestAccEquivalence(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../templates/docs/guides/native-modules.md")
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	_, section, _ := strings.Cut(string(guide), "## What differs\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, row := range difference.FindAllStringSubmatch(section, -1) {
		met[row[1]] = false
	}
	listed := func(fact string) bool {
		found := false
		for pattern := range met {
			if ok, err := path.Match(pattern, fact); err == nil && ok {
				met[pattern], found = true, true
			}
		}
		return found
	}
	for _, name := range []string{"eks-production", "eks-karpenter", "eks-irsa", "eks-minimal", "eks-shared", "aks-production", "aks-isolated"} {
		spec, source := readBlueprint(t, nativeBlueprints(t)[name])
		want, got := created(t, spec), asked(t, source)
		for _, fact := range slices.Sorted(maps.Keys(want)) {
			if want[fact] != got[fact] && !listed(fact) {
				t.Errorf("%s: %s differs, and the guide does not say so\nkready: %s\nnative: %s", name, fact, want[fact], got[fact])
			}
		}
		for _, fact := range slices.Sorted(maps.Keys(got)) {
			if _, ok := want[fact]; !ok && !listed(fact) {
				t.Errorf("%s: only the native module has %s: %s", name, fact, got[fact])
			}
		}
		if len(want) < 60 {
			t.Errorf("%s: only %d facts: the comparison would prove little", name, len(want))
		}
	}
	for pattern, seen := range met {
		if !seen {
			t.Errorf("the guide lists %q, and that is no difference any more", pattern)
		}
	}
}

// readBlueprint reads a file with one blueprint.
func readBlueprint(t *testing.T, file string) (blueprint.Spec, string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	read, problems := generator.Read(generator.Input{Files: []generator.Source{{Name: file, Text: text}}})
	if len(read) != 1 || len(problems) > 0 {
		t.Fatalf("%s: %v", file, problems)
	}
	return read[0].Spec, file
}

// created builds a cluster in a sandbox of its own and asks an independent
// client what is there.
func created(t *testing.T, spec blueprint.Spec) facts {
	t.Helper()
	spec.Tags = nil // they are not compared, and the golden ones are made to break out of strings
	outcome := blueprint.Resolve(spec, nil)
	if blueprint.HasErrors(outcome.Findings) {
		t.Fatalf("%+v", outcome.Findings)
	}
	design := outcome.Design
	now := &standing{Sandbox: openSandbox(t, filepath.Join(t.TempDir(), "sandbox.json")), cloud: spec.Cloud, region: spec.Region}
	if spec.AWS != nil && spec.AWS.PermissionsBoundary != "" {
		now.boundary(t, spec.AWS.PermissionsBoundary)
	}
	objects := map[string]map[string]string{}
	stand := func(s subject) map[string]string {
		now.subject = s
		objects[s.ref.Part] = now.ensure(t, s.ref, false).objects
		return objects[s.ref.Part]
	}
	now.inputs.Network = stand(subjectOf(spec, "network", *design.Network, cloud.Cloud.Network))
	if design.Registry != nil {
		now.inputs.Registry = stand(subjectOf(spec, "registry", *design.Registry, cloud.Cloud.Registry))
	}
	if design.Vault != nil {
		now.inputs.Vault = stand(subjectOf(spec, "vault", *design.Vault, cloud.Cloud.Vault))
	}
	now.inputs.Cluster = stand(subjectOf(spec, "cluster", *design.ControlPlane, cloud.Cloud.Cluster))
	for _, key := range sortedNames(design.NodePools) {
		stand(subjectOf(spec, "node-pool/"+key, design.NodePools[key], cloud.Cloud.NodePool))
	}
	if design.Addons != nil {
		stand(subjectOf(spec, "addons", *design.Addons, cloud.Cloud.Addons))
	}
	for _, key := range sortedNames(design.WorkloadIdentities) {
		stand(subjectOf(spec, "workload-identity/"+key, design.WorkloadIdentities[key], cloud.Cloud.WorkloadIdentity))
	}
	if spec.Cloud == blueprint.CloudAzure {
		return azureCreated(t, now)
	}
	return awsCreated(t, now, spec.Name, objects)
}

// planned is one resource of a native module, applied beside the stand-in.
type planned struct {
	Mode   string         `json:"mode"`
	Type   string         `json:"type"`
	Name   string         `json:"name"`
	Index  any            `json:"index"`
	Values map[string]any `json:"values"`
}

// asked applies the native module beside the stand-in of its provider and
// reads what that was asked for.
func asked(t *testing.T, source string) facts {
	t.Helper()
	w := nativeWorkspace(t, source)
	w.apply()
	resources := w.planned()
	for _, r := range resources {
		if strings.HasPrefix(r.Type, "azurerm_") {
			return azureAsked(resources)
		}
	}
	return awsAsked(resources)
}

// resources are the values of everything that was applied, by address in the
// module.
func (w *workspace) resources() map[string]string {
	w.t.Helper()
	found := map[string]string{}
	for _, r := range w.planned() {
		if strings.HasPrefix(r.Type, "kready_") {
			continue
		}
		values, err := json.Marshal(r.Values)
		if err != nil {
			w.t.Fatal(err)
		}
		found[fmt.Sprintf("%s %s.%s[%v]", r.Mode, r.Type, r.Name, r.Index)] = string(values)
	}
	return found
}

// planned are the resources that were applied, in the root module and those
// that it calls.
func (w *workspace) planned() []planned {
	t := w.t
	t.Helper()
	command := exec.CommandContext(t.Context(), terraformPath(t), "show", "-json")
	command.Dir, command.Env = w.dir, append(append(os.Environ(), "TF_CLI_CONFIG_FILE="+cliConfig(t)), w.env...)
	text, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	type module struct {
		Resources []planned `json:"resources"`
		Children  []struct {
			Resources []planned `json:"resources"`
		} `json:"child_modules"`
	}
	var state struct {
		Values struct {
			RootModule module `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	resources := state.Values.RootModule.Resources
	for _, child := range state.Values.RootModule.Children {
		resources = append(resources, child.Resources...)
	}
	return resources
}

// TestAccParametrisedModules proves that modules/eks and modules/aks, fed with a
// blueprint, ask their provider for exactly what the native module with literal
// values does: every resource, every value.
func TestAccParametrisedModules(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"eks-karpenter", "eks-irsa", "eks-shared", "aks-production", "aks-isolated", "aks-shared"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, source := readBlueprint(t, nativeBlueprints(t)[name])
			literal := nativeWorkspace(t, source)
			literal.apply()
			want, got := literal.resources(), parametrised(t, name[:3], spec)
			for _, address := range sortedNames(want) {
				if want[address] != got[address] {
					t.Errorf("%s:\nnative:  %s\nmodules: %s", address, want[address], got[address])
				}
				delete(got, address)
			}
			for address := range got {
				t.Errorf("only the module makes %s", address)
			}
		})
	}
}

// parametrised applies a published module beside the stand-in of its provider.
func parametrised(t *testing.T, module string, spec blueprint.Spec) map[string]string {
	t.Helper()
	w := bareWorkspace(t, "TF_REATTACH_PROVIDERS="+serve(t, standIns(t)))
	providers := map[string]any{"kready": map[string]any{"sandbox": map[string]any{}}, "aws": map[string]any{"region": spec.Region}}
	if module == "aks" {
		delete(providers, "aws")
		providers["azurerm"] = map[string]any{"features": map[string]any{}}
	}
	config, err := json.Marshal(map[string]any{
		"terraform": map[string]any{"required_providers": map[string]any{"kready": map[string]any{"source": "kready-io/kready"}}},
		"provider":  providers,
		"resource":  map[string]any{"kready_cluster_blueprint": map[string]any{"this": spec}},
		"module":    map[string]any{"it": map[string]any{"source": moduleSource(t, module), "blueprint": "${kready_cluster_blueprint.this}"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	// In JSON too, strings are templates.
	text := strings.ReplaceAll(string(config), "${aws:", "$${aws:")
	text = strings.ReplaceAll(text, "${literal}", "$${literal}")
	if err := os.WriteFile(filepath.Join(w.dir, "main.tf.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := w.run("init", "-input=false", "-no-color"); code != 0 {
		t.Fatalf("init: %s", out)
	}
	w.apply()
	return w.resources()
}
