package acceptance

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestAccMigration proves that a cluster that stands is handed over whole: out
// of the state of the kready flavour come import blocks for every resource of
// the native module, each under its address, and Terraform plans to import all
// of them and to destroy nothing. Back again, out of the state of the native
// module, every resource that kready had has its import, under its old id.
func TestAccMigration(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"eks-karpenter", "aks-production"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := nativeBlueprints(t)[name]
			dir := t.TempDir()
			kreadyGenerate(t, "module", "-blueprint", withoutTags(t, source), "-root", "-sandbox", "-out", dir)
			made := generated(t, dir)
			made.apply()

			w := nativeWorkspace(t, source)
			kreadyGenerate(t, "migration", "-from", "kready", "-from-state", made.shown(), "-out", w.dir)
			imports := w.imports()
			var planned []string
			for address, c := range w.plan() {
				if !slices.Contains(imports, address) && !neverImported.MatchString(address) {
					t.Errorf("%s is not imported: %v", address, c.Change.Actions)
				}
				if slices.Contains(c.Change.Actions, "delete") {
					t.Errorf("%s is destroyed", address)
				}
				planned = append(planned, address)
			}
			for _, address := range imports {
				if !slices.Contains(planned, address) {
					t.Errorf("%s is imported, and the native module has no such resource", address)
				}
			}
			if len(imports) < 50 {
				t.Errorf("only %d imports", len(imports))
			}
			w.apply()
			handedBack(t, made, w)
		})
	}
}

// handedBack proves that out of the state that a native module has after it
// took a cluster over, every resource that kready had gets its import again,
// under the id that it had, and none besides. The accounts of the sandbox and
// of the stand-in are two, and the first pool of an AKS cluster is a note.
func handedBack(t *testing.T, made, native *workspace) {
	t.Helper()
	want, got := map[string]bool{}, map[string]bool{}
	for _, r := range made.planned() {
		_, id, _ := strings.Cut(r.text("id"), "/")
		if r.Mode == "managed" && r.Values["objects"] != nil && id != "" {
			want[r.Type+" "+id] = true
		}
	}
	state, back := native.shown(), t.TempDir()
	kreadyGenerate(t, "migration", "-from", "native", "-from-state", state, "-module", "module.back", "-out", back)
	text, err := os.ReadFile(filepath.Join(back, "migration.tf"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), `this["NAME"], with the cluster's id`) {
		delete(want, "kready_node_pool westeurope/shop-we/system")
	}
	for _, match := range importBack.FindAllStringSubmatch(string(text), -1) {
		got[match[1]+" "+match[2]] = true
	}
	if !maps.Equal(want, got) || len(want) < 5 {
		t.Errorf("kready had:\n%s\nand gets back:\n%s", strings.Join(sortedNames(want), "\n"), strings.Join(sortedNames(got), "\n"))
	}
}

// importBack is an import block for modules/cluster: the type, and the id.
var importBack = regexp.MustCompile(`import \{\n  to = module\.back\.([a-z_]+)\.this\S*\n  id = "[^"/]+/([^"]+)"`)

// neverImported is what a native module takes over by making it, or what has no
// id that kready knows.
var neverImported = regexp.MustCompile(`^(aws_default_security_group\.this|azurerm_role_assignment\.key_officer\[0\]|azurerm_key_vault_key\.cluster\[0\])$`)

var importTo = regexp.MustCompile(`(?m)^  to = (.*)$`)

// imports are the addresses of the import blocks in a workspace.
func (w *workspace) imports() []string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "migration.tf"))
	if err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for _, match := range importTo.FindAllStringSubmatch(string(text), -1) {
		list = append(list, match[1])
	}
	// What is let go is not in this state.
	kept := regexp.MustCompile(`(?s)\nremoved \{.*?\n\}\n`).ReplaceAllString(string(text), "\n")
	if err := os.WriteFile(filepath.Join(w.dir, "migration.tf"), []byte(kept), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if !strings.Contains(string(text), "removed {") || strings.Contains(string(text), "destroy = true") {
		w.t.Error("kready's resources are not let go")
	}
	return list
}

// shown is a file with the state as terraform show -json writes it.
func (w *workspace) shown() string {
	w.t.Helper()
	out, code := w.run("show", "-json", "-no-color")
	if code != 0 {
		w.t.Fatal(out)
	}
	file := filepath.Join(w.t.TempDir(), "state.json")
	if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// withoutTags is the same blueprint without the tags that are made to break out
// of strings: clouds refuse them.
func withoutTags(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(plain, regexp.MustCompile(`(?m)^  tags .*\n`).ReplaceAll(text, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return plain
}
