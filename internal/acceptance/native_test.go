package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nativeBlueprints are what native modules are proved with, by name.
func nativeBlueprints(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, folder := range []string{"../generate/testdata/blueprints", "../generate/native/testdata/blueprints"} {
		paths, err := filepath.Glob(filepath.Join(folder, "*.kready.hcl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			found[strings.TrimSuffix(filepath.Base(path), ".kready.hcl")] = path
		}
	}
	if len(found) < 8 {
		t.Fatalf("only %d blueprints", len(found))
	}
	return found
}

// nativeWorkspace is a generated root module in a folder, with Terraform beside
// the stand-ins of its providers.
func nativeWorkspace(t *testing.T, blueprint string) *workspace {
	t.Helper()
	w := bareWorkspace(t, "TF_REATTACH_PROVIDERS="+serve(t, standIns(t)))
	kreadyGenerate(t, "module", "-flavor", "native", "-root", "-blueprint", blueprint, "-out", w.dir)
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
	for name, path := range nativeBlueprints(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := nativeWorkspace(t, path)
			if out, code := w.run("fmt", "-check", "-diff", "-no-color"); code != 0 {
				t.Errorf("what is generated is not formatted:\n%s", out)
			}
			if out, code := w.run("validate", "-no-color"); code != 0 {
				t.Fatalf("validate: %s", out)
			}
			w.apply()
			w.empty()
			w.destroy()
		})
	}
}

// TestAccNativeGuards proves that a native module refuses, in the plan, what
// the blueprint would have refused, and takes the nearest that is sound.
func TestAccNativeGuards(t *testing.T) {
	t.Parallel()
	w := nativeWorkspace(t, sixth("eks-production"))
	w.plan("-var", `node_pool_sizes={"apps"={"min_size"=6,"max_size"=60}}`, "-var", `reachable_from=["10.60.0.0/16"]`)
	for name, c := range map[string]struct{ flag, value, want string }{
		"more nodes than addresses": {"-var", `node_pool_sizes={"apps"={"min_size"=6,"max_size"=61}}`, "the design has addresses for max_size = 60"},
		"an unknown pool":           {"-var", `node_pool_sizes={"app"={"min_size"=6,"max_size"=6}}`, "names a pool that this cluster doesn't have"},
		"sizes the wrong way round": {"-var", `node_pool_sizes={"apps"={"min_size"=7,"max_size"=6}}`, "min_size is above max_size"},
		"callers in the network":    {"-var", `reachable_from=["10.68.128.0/20"]`, "overlaps the network, its pods or its services"},
		"host bits":                 {"-var", `reachable_from=["10.60.0.1/16"]`, "with their host bits zero"},
		"no minor version":          {"-var", "kubernetes_version=1.35.2", "is a minor version"},
	} {
		t.Run(name, func(t *testing.T) { w.fails([]string{"plan", c.flag, c.value}, c.want) })
	}
	provider := filepath.Join(w.dir, "provider.tf")
	if err := os.WriteFile(provider, []byte("provider \"aws\" {\n  region = \"eu-central-1\"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.fails([]string{"plan"}, "this design was made for eu-west-1")
}

// TestAccStandInJudges proves that the schema really judges: each of the ways
// in which a template could be wrong is refused.
func TestAccStandInJudges(t *testing.T) {
	t.Parallel()
	w := bareWorkspace(t, "TF_REATTACH_PROVIDERS="+serve(t, standIns(t)))
	const head = "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\" }\n  }\n}\n"
	for name, c := range map[string]struct{ config, want string }{
		"sound":                {"resource \"aws_subnet\" \"x\" {\n  vpc_id = \"vpc-1\"\n}\n", ""},
		"unknown type":         {"resource \"aws_sub_net\" \"x\" {\n}\n", "does not support resource type"},
		"unknown attribute":    {"resource \"aws_subnet\" \"x\" {\n  vpc_id = \"vpc-1\"\n  cidr = \"10.0.0.0/24\"\n}\n", "Unsupported argument"},
		"required is missing":  {"resource \"aws_subnet\" \"x\" {\n}\n", "Missing required argument"},
		"read-only is written": {"resource \"aws_subnet\" \"x\" {\n  vpc_id = \"vpc-1\"\n  arn = \"x\"\n}\n", "aws_subnet.arn can only be read"},
		"unknown block":        {"resource \"aws_subnet\" \"x\" {\n  vpc_id = \"vpc-1\"\n  rule {\n  }\n}\n", "Unsupported block type"},
		"one block too many":   {"resource \"aws_eks_access_policy_association\" \"x\" {\n  cluster_name = \"x\"\n  policy_arn = \"x\"\n  principal_arn = \"x\"\n  access_scope {\n    type = \"cluster\"\n  }\n  access_scope {\n    type = \"cluster\"\n  }\n}\n", "access_scope"},
		"wrong type":           {"resource \"aws_subnet\" \"x\" {\n  vpc_id = [\"vpc-1\"]\n}\n", "string required"},
	} {
		if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(head+c.config), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, code := w.run("init", "-input=false", "-no-color"); code != 0 {
			t.Fatalf("init: %s", out)
		}
		if c.want != "" {
			t.Run(name, func(t *testing.T) { w.fails([]string{"plan"}, c.want) })
		} else if out, code := w.run("plan", "-no-color"); code != 0 {
			t.Errorf("%s: %s", name, out)
		}
	}
}
