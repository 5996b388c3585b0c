package acceptance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	generator "github.com/kready-io/terraform-provider-kready/internal/generate"
	"github.com/kready-io/terraform-provider-kready/internal/generate/native"
)

// nativeSpec reads one of the six blueprints that native modules are proved
// with.
func nativeSpec(t *testing.T, name string) blueprint.Spec {
	t.Helper()
	text, err := os.ReadFile("../generate/native/testdata/blueprints/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var spec blueprint.Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	return spec
}

// nativeWorkspace is a generated module in a folder, with Terraform beside the
// stand-ins of its providers.
func nativeWorkspace(t *testing.T, name string) *workspace {
	t.Helper()
	spec := nativeSpec(t, name)
	files, err := native.Module(generator.ModuleRequest{Blueprint: generator.Blueprint{Spec: spec}, Root: true})
	if err != nil {
		t.Fatal(err)
	}
	w := bareWorkspace(t, "TF_REATTACH_PROVIDERS="+serve(t, standIns(t)))
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(w.dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, code := w.run("init", "-input=false", "-no-color"); code != 0 {
		t.Fatalf("init: %s", out)
	}
	return w
}

// TestAccNativeModules proves that real Terraform, with the official providers'
// real schemas, takes every native module: it validates, its plan needs no
// -target, an apply leaves nothing to do, and destroy leaves nothing.
func TestAccNativeModules(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"eks-minimal", "eks-production", "eks-isolated", "aks-minimal", "aks-production", "aks-isolated"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := nativeWorkspace(t, name)
			if out, code := w.run("validate", "-no-color"); code != 0 {
				t.Fatalf("validate: %s", out)
			}
			w.apply()
			w.empty()
			w.destroy()
		})
	}
}
