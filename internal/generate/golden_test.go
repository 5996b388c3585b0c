package generate

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// golden holds files to those under testdata/golden, both ways: none differs,
// none is missing, none is left over.
func golden(t *testing.T, folder string, files Files) {
	t.Helper()
	root := filepath.Join("testdata", "golden", filepath.FromSlash(folder))
	if *update {
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
		for name, content := range files {
			path := filepath.Join(root, filepath.FromSlash(name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	found := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		found++
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if got, ok := files[filepath.ToSlash(name)]; !ok {
			t.Errorf("%s is generated no more", path)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s differs; if it is meant to, run go test ./internal/generate -update and look at the diff. Now it is\n%s", path, got)
		}
		return nil
	})
	if err != nil || found != len(files) {
		t.Errorf("%s holds %d files, %d are generated (%v); run go test ./internal/generate -update", root, found, len(files), err)
	}
}

// TestGolden proves that what is generated for the six blueprints is what was
// looked at and checked in, and that it is the same on every run.
func TestGolden(t *testing.T) {
	for _, name := range six {
		t.Run(name, func(t *testing.T) {
			b := load(t, name)
			for folder, request := range map[string]ModuleRequest{
				"root":   {Blueprint: b, Root: true, Sandbox: true},
				"module": {Blueprint: b},
			} {
				files, err := KreadyModule(request)
				if err != nil {
					t.Fatal(err)
				}
				mine := maps.Clone(files)
				for _, file := range []string{"main.tf", "outputs.tf", "versions.tf"} {
					delete(mine, file) // those of modules/cluster, see TestPartsAreThePublishedOnes
				}
				if name != "eks-production" {
					delete(mine, "README.md")
					delete(mine, "variables.tf")
				}
				golden(t, "kready/"+name+"/"+folder, mine)
				for range 3 {
					again, err := KreadyModule(request)
					if err != nil {
						t.Fatal(err)
					}
					for _, file := range files.Names() {
						if !bytes.Equal(files[file], again[file]) {
							t.Errorf("%s differs from run to run", file)
						}
					}
				}
			}
		})
	}
}

// TestPartsAreThePublishedOnes proves that a generated module realizes a
// blueprint exactly as modules/cluster does: but for where the blueprint comes
// from, the files are the same.
func TestPartsAreThePublishedOnes(t *testing.T) {
	published, err := PublishedModules()
	if err != nil {
		t.Fatal(err)
	}
	platform := load(t, "eks-minimal")
	platform.Spec.Kind = blueprint.KindPlatform
	for folder, b := range map[string]Blueprint{"cluster/": load(t, "eks-minimal"), "platform/": platform} {
		files, err := KreadyModule(ModuleRequest{Blueprint: b})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"main.tf", "outputs.tf", "versions.tf"} {
			want := strings.ReplaceAll(string(published[folder+name]), "var.blueprint", "kready_cluster_blueprint.this")
			if got := string(files[name]); got != want || strings.Contains(got, "var.blueprint") {
				t.Errorf("%s differs from that of modules/%s:\n%s", name, folder, got)
			}
		}
	}
}
