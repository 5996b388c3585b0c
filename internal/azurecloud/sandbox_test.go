package azurecloud_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/azurecloud"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

const region = "westeurope"

// world is the adapter on a sandbox of its own.
type world struct {
	t     testing.TB
	box   *sandbox.Sandbox
	cloud cloud.Cloud
	// inputs are what the parts that stand already have made.
	inputs cloud.Inputs
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return openWorld(t, filepath.Join(t.TempDir(), "sandbox.json"))
}

func openWorld(t testing.TB, path string) *world {
	t.Helper()
	box, err := sandbox.Open(path, sandbox.Options{APIs: []sandbox.API{azureapi.New()}, Seed: 7, Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, box: box}
	w.cloud = w.open()
	return w
}

// copied is a world of its own on a copy of this one's sandbox.
func (w *world) copied(t testing.TB) *world {
	t.Helper()
	state, err := os.ReadFile(w.box.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return newWorld(t)
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sandbox.json")
	if err := os.WriteFile(path, state, 0o600); err != nil {
		t.Fatal(err)
	}
	other := openWorld(t, path)
	other.inputs = w.inputs
	return other
}

// open is another process on the same sandbox.
func (w *world) open() cloud.Cloud { return w.openThrough(w.box.Transport()) }

// openThrough is the same, through another transport.
func (w *world) openThrough(transport http.RoundTripper) cloud.Cloud {
	w.t.Helper()
	opened, err := azurecloud.Open(context.Background(), cloud.Target{
		Region: region, Sandbox: true, Transport: witness{transport},
		Poll:        cloud.Poll{First: time.Microsecond, Max: time.Microsecond},
		DefaultTags: map[string]string{"managed-by": "kready"},
		IgnoreTags:  cloud.IgnoreTags{KeyPrefixes: []string{"audit-"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return opened
}

// mark is a place in the journal, for calls.
func (w *world) mark() int64 {
	w.t.Helper()
	info, err := os.Stat(w.box.JournalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return info.Size()
}

// calls lists the calls since a mark, as "service operation".
func (w *world) calls(since int64) (reads, writes []string) {
	w.t.Helper()
	file, err := os.Open(w.box.JournalPath())
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.Seek(since, io.SeekStart); err != nil {
		w.t.Fatal(err)
	}
	for lines := json.NewDecoder(file); lines.More(); {
		var e sandbox.Entry
		if err := lines.Decode(&e); err != nil {
			w.t.Fatal(err)
		}
		call := e.Service + " " + e.Operation + " " + e.Object
		if e.Write {
			writes = append(writes, call)
		} else {
			reads = append(reads, call)
		}
	}
	return reads, writes
}

// left lists what exists, as "type id (component)".
func (w *world) left() []string {
	w.t.Helper()
	objects, err := w.box.Objects(false)
	if err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for _, o := range objects {
		list = append(list, fmt.Sprintf("%s %s (%s)", o.Type, o.ID, o.Tags[cloud.TagComponent]))
	}
	return list
}

// stored is the id under which the sandbox keeps what an ARM id names.
func stored(id string) string { return strings.ToLower(id) }

// mutate changes a stored field behind the adapter's back.
func (w *world) mutate(id, field, value string) {
	w.t.Helper()
	if _, err := w.box.Mutate(stored(id), field, value); err != nil {
		w.t.Fatal(err)
	}
}

// remove deletes an object behind the adapter's back.
func (w *world) remove(id string) {
	w.t.Helper()
	if _, err := w.box.Remove(stored(id)); err != nil {
		w.t.Fatal(err)
	}
}

func lines(list []string) string { return strings.Join(list, "\n") }

// shop is the settled design of a small cluster in the sandbox.
func shop(t testing.TB, change func(*blueprint.Spec)) blueprint.Design {
	t.Helper()
	return resolved(t, shopSpec(change), nil)
}

// changedShop is that of the plain shop once it stands and is changed.
func changedShop(t testing.TB, change func(*blueprint.Spec)) blueprint.Design {
	t.Helper()
	plain := shopSpec(nil)
	return resolved(t, shopSpec(change), &blueprint.Prior{Spec: plain, Design: resolved(t, plain, nil)})
}

func shopSpec(change func(*blueprint.Spec)) blueprint.Spec {
	spec := blueprint.Spec{
		Name: "shop", Cloud: "azure", Region: region, Target: "prod", Stage: "production", KubernetesVersion: "1.34",
		Network: blueprint.NetworkSpec{CIDR: "10.64.0.0/16", Zones: []string{"1", "2", "3"}, Egress: "nat_per_zone", ReachableFrom: []string{"10.80.0.0/14"}},
		Access:  &blueprint.AccessSpec{AdminGroups: []string{"5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c"}},
		NodePools: map[string]blueprint.NodePoolSpec{
			"system": {InstanceTypes: []string{"Standard_D4ds_v5"}, MinSize: 3, MaxSize: 6, Mode: "system"},
			"apps":   {InstanceTypes: []string{"Standard_D8ds_v5"}, MinSize: 3, MaxSize: 12, Labels: map[string]string{"tier": "apps"}},
		},
		Autoscaling:        "cluster_autoscaler",
		Registry:           &blueprint.RegistrySpec{Repositories: []string{"shop/web"}},
		Vault:              &blueprint.VaultSpec{Names: []string{"shop"}},
		Tags:               map[string]string{"team": "shop"},
		DeletionProtection: new(bool),
	}
	if change != nil {
		change(&spec)
	}
	return spec
}

func resolved(t testing.TB, spec blueprint.Spec, prior *blueprint.Prior) blueprint.Design {
	t.Helper()
	outcome := blueprint.Resolve(spec, prior)
	for _, finding := range outcome.Findings {
		if finding.Severity == blueprint.SeverityError {
			t.Fatalf("%+v", finding)
		}
	}
	return outcome.Design
}

func shopRef(part string) cloud.Ref {
	return cloud.Ref{Region: region, Cluster: "shop", Part: part, Owner: "team", Incarnation: "inc1", Token: "token-" + part}
}

// ensured ensures a part and demands that what is seen is exactly the design,
// then and when found again, and that a second ensure changes nothing.
func ensured[D blueprint.Section, O any](w *world, part cloud.Part[D, O], ref cloud.Ref, design, known D) cloud.Observed[D, O] {
	w.t.Helper()
	ctx := context.Background()
	made, err := part.Ensure(ctx, ref, design, known, w.inputs)
	if err != nil {
		w.t.Fatalf("ensure %s: %v (%s)", ref.Part, err, cloud.Todo(err))
	}
	matches(w, "ensured "+ref.Part, made, design)
	found, err := part.Find(ctx, ref, design)
	if err != nil {
		w.t.Fatalf("find %s: %v", ref.Part, err)
	}
	matches(w, "found "+ref.Part, found, design)
	before := w.mark()
	if _, err := part.Ensure(ctx, ref, design, design, w.inputs); err != nil {
		w.t.Fatalf("ensure %s again: %v", ref.Part, err)
	}
	if _, writes := w.calls(before); len(writes) > 0 {
		w.t.Errorf("a second ensure of %s changed something: %q", ref.Part, writes)
	}
	return made
}

// matches demands that what is seen is exactly the design.
func matches[D blueprint.Section, O any](w *world, what string, seen cloud.Observed[D, O], design D) {
	w.t.Helper()
	if differences := differ(design, seen.Design); len(differences) > 0 {
		w.t.Errorf("%s: seen is not the design:\n%s", what, lines(differences))
	}
	var keys []string
	for key := range seen.Objects {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	if want := design.Components(); !slices.Equal(keys, want) {
		w.t.Errorf("%s: objects:\n got %q\nwant %q", what, keys, want)
	}
	if !seen.Exists || seen.Busy != "" {
		w.t.Errorf("%s: exists %t, busy %q", what, seen.Exists, seen.Busy)
	}
}

// differ lists where two sections differ; an empty list and none are the same.
func differ[D any](want, got D) []string {
	left, errLeft := json.Marshal(want)
	right, errRight := json.Marshal(got)
	if errLeft == nil && errRight == nil && string(left) == string(right) {
		return nil
	}
	return diff("design", want, got)
}
