package acceptance

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/cli"
)

// kreadyGenerate runs kready generate and must succeed.
func kreadyGenerate(t *testing.T, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	cio := cli.IO{In: strings.NewReader(""), Out: &out, Err: &errs, Random: randomHex}
	if code := cli.Run(t.Context(), append([]string{"generate"}, args...), cio, cli.App{Version: "test"}); code != 0 {
		t.Fatalf("generate %q exits with %d:\n%s%s", args, code, &out, &errs)
	}
}

// sixth is the path of one of the blueprints that the golden files are made
// of.
func sixth(name string) string {
	return filepath.Join("..", "generate", "testdata", "blueprints", name+".kready.hcl")
}

// generated initialises a folder in which a configuration was generated.
func generated(t *testing.T, dir string) *workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1: `make test` sets it")
	}
	w := &workspace{t: t, dir: dir}
	if out, code := w.run("init", "-input=false", "-no-color"); code != 0 {
		t.Fatalf("init: %s", out)
	}
	if out, code := w.run("fmt", "-check", "-diff", "-recursive", "-no-color"); code != 0 {
		t.Errorf("what is generated is not formatted:\n%s", out)
	}
	return w
}

// TestAccGeneratedRoot proves that a generated root module is ready to apply:
// it is formatted, builds, has nothing to do afterwards, and goes without a
// trace. What is generated out of its state, for a new state, keeps every
// range and every name.
func TestAccGeneratedRoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	kreadyGenerate(t, "module", "-blueprint", sixth("eks-minimal"), "-root", "-sandbox", "-out", dir)
	w := generated(t, dir)
	w.apply()
	w.empty()

	shown, code := w.run("show", "-json", "-no-color")
	state := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(state, []byte(shown), 0o600); err != nil || code != 0 {
		t.Fatal(err, shown)
	}
	second := t.TempDir()
	kreadyGenerate(t, "module", "-from-state", state, "-root", "-sandbox", "-out", second)
	const design = "\noutput \"design\" {\n  value = kready_cluster_blueprint.this.design\n}\n"
	want, got := "", ""
	for folder, into := range map[string]*string{dir: &want, second: &got} {
		if err := os.WriteFile(filepath.Join(folder, "design.tf"), []byte(design), 0o600); err != nil {
			t.Fatal(err)
		}
		other := generated(t, folder)
		if folder == second {
			other.plan("-target=kready_cluster_blueprint.this")
			text, _ := other.run("show", "-json", "tfplan")
			*into = outputOf(t, text)
			plan := filepath.Join(t.TempDir(), "plan.json")
			if err := os.WriteFile(plan, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			kreadyGenerate(t, "diagram", "-from-plan", plan, "-out", t.TempDir())
			continue
		}
		other.apply()
		text, _ := other.run("show", "-json")
		*into = outputOf(t, text)
	}
	if want != got || !strings.Contains(want, "10.80.") {
		t.Errorf("generated out of a state, the cluster would become\n%s\nit is\n%s", got, want)
	}

	w.destroy()
	if err := (&box{Sandbox: openSandbox(t, filepath.Join(dir, ".kready", "sandbox.json"))}).nothingLeft(nil); err != nil {
		t.Error(err)
	}
}

// TestAccGeneratedAzure proves the same of a cluster on AKS.
func TestAccGeneratedAzure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	kreadyGenerate(t, "module", "-blueprint", sixth("aks-minimal"), "-root", "-sandbox", "-out", dir)
	w := generated(t, dir)
	w.apply()
	w.empty()
	w.destroy()
	if err := (&box{Sandbox: openSandbox(t, filepath.Join(dir, ".kready", "sandbox.json"))}).nothingLeft(nil); err != nil {
		t.Error(err)
	}
}

// TestAccGeneratedModule proves that a generated module is called with the
// values that differ: two clusters of one design, in one state.
func TestAccGeneratedModule(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	dir := t.TempDir()
	kreadyGenerate(t, "module", "-blueprint", sixth("eks-isolated"), "-out", filepath.Join(dir, "cluster"))
	root := b.block() + `
module "one" {
  source = "./cluster"
}

module "two" {
  source = "./cluster"

  name   = "vault-two"
  cidr   = "10.92.0.0/16"
  region = "eu-west-1"
  zones  = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
}

output "subnets" {
  value = merge(module.one.subnets, module.two.subnets)
}
`
	w := &workspace{t: t, dir: dir}
	w.write(root)
	w = generated(t, dir)
	w.apply()
	w.empty()
	clusters := 0
	objects, err := b.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		if object.Type == "eks/cluster" {
			clusters++
		}
	}
	if clusters != 2 {
		t.Errorf("%d clusters stand, want 2", clusters)
	}
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Error(err)
	}
}

// example is the configuration of an example, on embedded clouds and modules
// of the checkout; pairs are texts and what replaces them.
func (b *box) example(t *testing.T, name string, pairs ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", name, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	_, config, found := strings.Cut(string(text), "provider \"kready\" {")
	_, config, ended := strings.Cut(config, "\n}\n")
	if !found || !ended {
		t.Fatalf("examples/%s has no provider block", name)
	}
	config = strings.ReplaceAll(config, "../../modules/"+name, packageSource(t, name))
	return b.block() + edit(t, config, pairs...)
}

// packageSource is a published module in its package, so that it finds its
// neighbours as it does behind a git source.
func packageSource(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSuffix(moduleSource(t, name), "/"+name) + "//" + name
}

// TestAccFleet proves that a fleet takes its clusters out of one pool: the
// ranges overlap nowhere, and a cluster that joins or leaves touches no other.
func TestAccFleet(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	const play, more = "    play = {", "    apps = { region = \"us-west-2\", network = { zones = [\"us-west-2a\", \"us-west-2b\", \"us-west-2c\"] } }\n    play = {"
	w := newWorkspace(t, b.example(t, "fleet"))
	w.apply()
	w.empty()
	w.write(b.example(t, "fleet", play, more))
	for address, c := range w.plan() {
		if address != "module.fleet.kready_cidr_pool.this" && !strings.Contains(address, `["apps"]`) {
			t.Errorf("another cluster joins, and %s is to %v", address, c.Change.Actions)
		}
	}
	whole := b.example(t, "fleet")
	from, to := strings.Index(whole, "    pay = {"), strings.Index(whole, play)
	w.write(whole[:from] + whole[to:])
	for address, c := range w.plan() {
		if address != "module.fleet.kready_cidr_pool.this" && !strings.Contains(address, `["pay"]`) {
			t.Errorf("a cluster leaves, and %s is to %v", address, c.Change.Actions)
		}
	}
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Error(err)
	}
}

// TestAccFleetMisspelled proves that a fleet refuses what Terraform would pass
// over, and a range that is not the pool's to give.
func TestAccFleetMisspelled(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	w := newWorkspace(t, b.example(t, "fleet", "region  = \"eu-west-1\"", "regoin = \"eu-west-1\""))
	w.fails([]string{"plan"}, "A blueprint has no attribute regoin")
	w.write(b.example(t, "fleet", `egress = "nat_per_zone"`, `cidr = "10.1.0.0/16"`))
	w.fails([]string{"plan"}, "network.cidr is taken out of cidrs")
}

// TestAccNetworkOnly proves that the network stands alone, and that a cluster
// built later takes it over.
func TestAccNetworkOnly(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	w := newWorkspace(t, b.example(t, "network-only"))
	w.apply()
	w.empty()
	config := edit(t, b.example(t, "network-only"),
		`module "network" {`, `module "eu" {`, packageSource(t, "network-only"), packageSource(t, "cluster"), "module.network.subnets", "module.eu.subnets")
	w.write(config + "\nmoved {\n  from = module.network.kready_network.this\n  to   = module.eu.kready_network.this\n}\n")
	if out, code := w.run("init", "-input=false", "-no-color"); code != 0 {
		t.Fatal(out)
	}
	for address, c := range w.plan() {
		if strings.Contains(address, "kready_network") || !slices.Equal(c.Change.Actions, []string{"create"}) {
			t.Errorf("the cluster comes, and %s is to %v", address, c.Change.Actions)
		}
	}
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Error(err)
	}
}

// outputOf is the value of the output "design" in what terraform show -json
// says of a plan or a state, as canonical JSON.
func outputOf(t *testing.T, shown string) string {
	t.Helper()
	type outputs struct {
		Outputs map[string]struct {
			Value any `json:"value"`
		} `json:"outputs"`
	}
	var document struct {
		Values  outputs `json:"values"`
		Planned outputs `json:"planned_values"`
	}
	if err := json.Unmarshal([]byte(shown), &document); err != nil {
		t.Fatalf("%v:\n%s", err, shown)
	}
	value := document.Values.Outputs["design"].Value
	if planned, ok := document.Planned.Outputs["design"]; ok {
		value = planned.Value
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
