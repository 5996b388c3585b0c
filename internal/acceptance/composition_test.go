package acceptance

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/proof"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// TestAccComposition takes the published module through a cluster's life as a
// person would: build, nothing to do, one zone more, one version up, the
// whole thing gone, and built again at once.
func TestAccComposition(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	// us-west-2 has a fourth zone.
	config := func(edits ...string) string {
		return strings.ReplaceAll(b.config(t, edits...), "eu-west-1", "us-west-2")
	}
	w := newWorkspace(t, config())
	w.apply()
	w.empty()
	before := b.snapshot(t)

	const zones, moreZones = `"eu-west-1c"]`, `"eu-west-1c", "eu-west-1d"]`
	w.write(config(zones, moreZones))
	for address, c := range w.plan() {
		if !slices.Equal(c.Change.Actions, []string{"update"}) {
			t.Errorf("a zone more: %s is to %v", address, c.Change.Actions)
		}
	}
	w.apply()
	w.empty()
	for component, id := range before {
		if now := b.snapshot(t)[component]; now != id {
			t.Errorf("a zone more: %s was %s and is %q now", component, id, now)
		}
	}

	w.write(config(zones, moreZones, `"1.33"`, `"1.34"`))
	changes := w.plan()
	for _, address := range []string{"module.eu.kready_cluster.this", `module.eu.kready_node_pool.this["apps"]`, `module.eu.kready_node_pool.this["system"]`} {
		if c, ok := changes[address]; !ok || !slices.Equal(c.Change.Actions, []string{"update"}) {
			t.Errorf("a version up: %s is to %v", address, c.Change.Actions)
		}
	}
	w.apply()
	w.empty()

	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Fatal(err)
	}
	w.apply()
	w.empty()
	w.destroy()
}

// snapshot maps every tagged object's part and component to its id.
func (b *box) snapshot(t *testing.T) map[string]string {
	t.Helper()
	objects, err := b.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	snapshot := map[string]string{}
	for _, object := range objects {
		component := object.Tags["kready-component"]
		if component == "" || object.Type == "ec2/instance" || object.Type == "ec2/volume" || object.Type == "ec2/network-interface" {
			continue // nodes and what hangs on them come and go
		}
		if object.Type == "Microsoft.Resources/resourceGroups" && component == "cluster" {
			continue // AKS gives its own group the cluster's tags
		}
		key := object.Tags["kready-cluster"] + " " + object.Tags["kready-part"] + " " + component
		if other, double := snapshot[key]; double {
			t.Errorf("%s exists twice: %s and %s", key, other, object.ID)
		}
		snapshot[key] = object.ID
	}
	return snapshot
}

// TestAccCreateKilled kills the provider after, and before, some of the
// changing calls of a create, and applies again: the outcome is the one of an
// undisturbed run, nothing twice, nothing orphaned, and a plan with nothing to
// do. KREADY_CRASH_POINTS=all tries every call.
func TestAccCreateKilled(t *testing.T) {
	t.Parallel()
	killed(t, "aws", func(t *testing.T, b *box) string { return b.config(t) })
}

// killed is TestAccCreateKilled for one configuration.
func killed(t *testing.T, cloud string, config func(t *testing.T, b *box) string) {
	t.Helper()
	undisturbed := newBox(t)
	w := newWorkspace(t, config(t, undisturbed))
	w.apply()
	want := undisturbed.snapshot(t)
	writes := 0
	if err := undisturbed.Journal(func(e sandbox.Entry) error {
		if e.Write && e.Status < 400 { // how often something is refused at first differs from run to run
			writes++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	points := 0
	defer func() { proof.Record(proof.Crash, cloud, proof.Terraform, points, t.Failed()) }()
	for _, n := range crashPoints(t, writes) {
		for _, when := range []string{"before", "after"} {
			points++
			t.Run(fmt.Sprintf("%s call %d of %d", when, n, writes), func(t *testing.T) {
				b := newBox(t)
				w := newWorkspace(t, config(t, b))
				b.fault(t, sandbox.Fault{Write: true, Nth: n, Crash: when})
				if out, code := w.run("apply", "-auto-approve", "-input=false", "-no-color"); code == 0 {
					t.Fatalf("the provider was not killed:\n%s", out)
				}
				b.clear(t)
				w.apply()
				w.empty()
				got := b.snapshot(t)
				if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
					t.Errorf("components differ from an undisturbed run:\n got %q\nwant %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
				}
				w.destroy()
				if err := b.nothingLeft(nil); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// crashPoints is a spread of points in the short form, and all of them on
// demand.
func crashPoints(t *testing.T, writes int) []int {
	t.Helper()
	count := 4
	switch text := os.Getenv("KREADY_CRASH_POINTS"); text {
	case "":
	case "all":
		count = writes
	default:
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("KREADY_CRASH_POINTS=%s is neither a number nor \"all\"", text)
		}
		count = n
	}
	count = min(count, writes)
	points := make([]int, 0, count)
	for i := range count {
		points = append(points, 1+i*(writes-1)/max(count-1, 1))
	}
	return slices.Compact(points)
}

// TestAccSecondState proves that a copy of a configuration is refused by the
// cluster that stands, with both owners named and nothing changed.
func TestAccSecondState(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	first := newWorkspace(t, b.config(t))
	first.apply()
	before := b.snapshot(t)
	second := newWorkspace(t, b.config(t))
	second.fails([]string{"apply", "-auto-approve"}, "owner \"sandbox\"", "incarnation", "kready adopt")
	if after := b.snapshot(t); !maps.Equal(before, after) {
		t.Errorf("the refused apply changed the cluster:\n%q\n%q", before, after)
	}
	first.empty()
	first.destroy()
}

// TestAccAnotherRealm proves that a state is refused by another sandbox before
// anything is read, and never taken for "deleted".
func TestAccAnotherRealm(t *testing.T) {
	t.Parallel()
	b, other := newBox(t), newBox(t)
	w := newWorkspace(t, b.config(t))
	w.apply()
	w.write(other.config(t))
	w.fails([]string{"plan"}, "this state was made in sandbox-")
	if err := other.Journal(func(e sandbox.Entry) error {
		if e.Service != "sts" {
			return fmt.Errorf("%s %s was called", e.Service, e.Operation)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	w.write(b.config(t))
	w.empty()
	w.destroy()
}

// TestAccProtected proves that a protected cluster refuses to be destroyed at
// plan, and is destroyed once the protection is off.
func TestAccProtected(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	w := newWorkspace(t, b.config(t, "deletion_protection = false", "deletion_protection = true"))
	w.apply()
	w.empty()
	w.fails([]string{"destroy", "-auto-approve"}, "Deletion protection", "deletion_protection = false")
	w.write(b.config(t))
	w.apply()
	w.destroy()
}

// TestAccLeftovers proves that what Kubernetes made is named before anything
// is deleted, and swept when that is asked for.
func TestAccLeftovers(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	w := newWorkspace(t, b.config(t))
	w.apply()
	planted, err := b.Plant("aws", "load-balancer", map[string]string{"cluster": "shop-eu"})
	if err != nil {
		t.Fatal(err)
	}
	before := b.snapshot(t)
	w.fails([]string{"destroy", "-auto-approve"}, "Kubernetes left objects behind", "load balancer")
	if after := b.snapshot(t); !maps.Equal(before, after) {
		t.Error("the refused destroy deleted something")
	}
	w.write(b.config(t, "deletion_protection = false", "deletion_protection = false\n  on_destroy = { leftovers = \"sweep\" }"))
	w.apply()
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Errorf("%v (planted: %v)", err, planted)
	}
	proof.Record(proof.Leftovers, "aws", proof.Terraform, 2, t.Failed())
}

// TestAccDrift deletes one object of every type behind Terraform's back, one
// after the other: each shows in the next plan and is repaired by an apply.
func TestAccDrift(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	w := newWorkspace(t, b.config(t))
	w.apply()
	kinds := slices.Sorted(maps.Keys(b.firstOfEachType(t)))
	points := 0
	defer func() { proof.Record(proof.Drift, "aws", proof.Terraform, points, t.Failed()) }()
	for i, kind := range kinds {
		if !fullDrift() && i%4 != 0 {
			continue
		}
		object, exists := b.firstOfEachType(t)[kind] // repairs may have made it anew
		if !exists {
			t.Errorf("there is no %s any more", kind)
			continue
		}
		points++
		if _, err := b.Remove(object.ID); err != nil {
			t.Fatalf("%s %s: %v", object.Type, object.ID, err)
		}
		if changes := w.plan(); len(changes) == 0 {
			t.Errorf("%s (%s) was deleted and the plan has nothing to do", object.Type, object.Tags["kready-component"])
		}
		w.apply()
		w.empty()
	}
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Error(err)
	}
}

// firstOfEachType is one tagged object of each type that kready makes. A VPC
// is left out: no cloud deletes a network that a cluster stands in.
func (b *box) firstOfEachType(t *testing.T) map[string]sandbox.Object {
	t.Helper()
	objects, err := b.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]sandbox.Object{}
	for _, object := range objects {
		switch object.Type {
		case "ec2/vpc", "ec2/instance", "ec2/volume", "ec2/network-interface":
			continue
		}
		if _, seen := first[object.Type]; !seen && object.Tags["kready-component"] != "" {
			first[object.Type] = object
		}
	}
	return first
}

// fullDrift says to try every type of object, not every fourth.
func fullDrift() bool { return os.Getenv("KREADY_DRIFT") == "all" }

// TestAccFailedCreateDestroyed proves that a create which failed half way can
// be destroyed: what it made is known, and nothing is left.
func TestAccFailedCreateDestroyed(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.Fault{
		{Service: "ec2", Operation: "CreateNatGateway", Nth: 2, Status: 403, Code: "UnauthorizedOperation"},
		{Service: "eks", Operation: "CreateNodegroup", Nth: 4, Status: 403, Code: "AccessDeniedException"},
		{Service: "kms", Operation: "CreateAlias", Nth: 2, Times: -1, Status: 400, Code: "AccessDeniedException"},
	} {
		t.Run(fault.Operation, func(t *testing.T) {
			b := newBox(t)
			w := newWorkspace(t, b.config(t))
			b.fault(t, fault)
			w.fails([]string{"apply", "-auto-approve"}, "access denied")
			b.clear(t)
			w.destroy()
			if err := b.nothingLeft(nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAccUnknownNetwork proves that a network whose ids are not known at plan
// never replaces, nor even changes, a cluster that stands in it.
func TestAccUnknownNetwork(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	const relay = `
resource "terraform_data" "relay" {
  input            = kready_network.eu.objects
  triggers_replace = "one"
}
`
	config := edit(t, b.examples(t), "  network     = kready_network.eu.objects\n  registry    = kready_registry.eu.objects # for pulling", "  network     = terraform_data.relay.output\n  registry    = kready_registry.eu.objects # for pulling") + relay
	w := newWorkspace(t, config)
	w.apply()
	w.empty()
	w.write(edit(t, config, `"one"`, `"two"`)) // the relay is made anew: its output is unknown
	for address, c := range w.plan() {
		if address != "terraform_data.relay" {
			t.Errorf("%s is to %v", address, c.Change.Actions)
		}
	}
	w.apply()
	w.destroy()
}

// TestAccLostState proves the way back from a lost state: a new state is
// refused, and adopts the cluster as it stands once the blueprint carries its
// birth mark.
func TestAccLostState(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	lost := newWorkspace(t, b.config(t))
	lost.apply()
	before := b.snapshot(t)
	objects, err := b.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	incarnation := ""
	for _, object := range objects {
		if object.Tags["kready-incarnation"] != "" {
			incarnation = object.Tags["kready-incarnation"]
		}
	}
	w := newWorkspace(t, b.config(t))
	w.fails([]string{"apply", "-auto-approve"}, "kready adopt")
	w.write(b.config(t, "deletion_protection = false", "deletion_protection = false\n  incarnation = \""+incarnation+"\""))
	// The refused apply left a blueprint with a birth mark of its own.
	w.apply()
	w.empty()
	if after := b.snapshot(t); !maps.Equal(before, after) {
		t.Errorf("adoption changed the cluster:\n%q\n%q", before, after)
	}
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Error(err)
	}
}
