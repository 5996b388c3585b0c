package azurecloud_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/proof"
)

var errKilled = errors.New("the process is dead")

// reaper is a transport that strikes at the nth changing call, right before or
// right after it is carried out: it kills the process, or interrupts it, or loses
// the answer.
type reaper struct {
	inner     http.RoundTripper
	nth       int
	after     bool
	kill      bool   // nothing goes through from then on
	interrupt func() // cancels the run

	mu     sync.Mutex
	writes int
	dead   bool
	struck string
}

func (r *reaper) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		body, _ := io.ReadAll(request.Body)
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.mu.Lock()
	if r.dead {
		r.mu.Unlock()
		return nil, errKilled
	}
	hit := false
	if request.Method == http.MethodPut || request.Method == http.MethodDelete || request.Method == http.MethodPatch {
		r.writes++
		hit = r.writes == r.nth
	}
	if !hit {
		r.mu.Unlock()
		return r.inner.RoundTrip(request)
	}
	// Others wait, so that the order of calls around the blow is what it says.
	defer r.mu.Unlock()
	r.struck, r.dead = request.Method+" "+request.URL.Path, r.kill
	if r.interrupt != nil && !r.after {
		r.interrupt()
	}
	if !r.after && r.interrupt == nil {
		return nil, errKilled
	}
	response, err := r.inner.RoundTrip(request)
	if r.interrupt != nil {
		r.interrupt()
		return response, err
	}
	return nil, errKilled
}

// blows calls point for every blow at every changing call that work makes, until
// work makes no further one. point is told what happened.
func blows(t *testing.T, prepared *world, work func(ctx context.Context, w *world, opened cloud.Cloud) error, point func(w *world, r *reaper, what string, err error)) {
	t.Helper()
	points := 0
	defer func() { proof.Record(proof.Crash, "azure", proof.Adapter, points, t.Failed()) }()
	for _, blow := range []string{"killed", "interrupted", "answer lost"} {
		for _, after := range []bool{false, true} {
			for nth := 1; ; nth += stride() {
				w := prepared.copied(t)
				ctx, cancel := context.WithCancel(context.Background())
				r := &reaper{inner: w.box.Transport(), nth: nth, after: after, kill: blow == "killed"}
				if blow == "interrupted" {
					r.interrupt = cancel
				}
				err := work(ctx, w, w.openThrough(r))
				cancel()
				if r.struck == "" {
					if err != nil {
						t.Fatalf("undisturbed: %v", err)
					}
					break
				}
				points++
				what := fmt.Sprintf("%s at change %d, %s, after=%t", blow, nth, r.struck, after)
				if blow == "answer lost" && err != nil {
					t.Errorf("%s: %v", what, err)
				}
				point(w, r, what, err)
				if t.Failed() {
					return
				}
			}
		}
	}
	t.Logf("%d points", points)
}

// matrix runs Ensure with a blow at every changing call, and lets the next
// process finish: the end must be what an undisturbed run makes, with nothing
// doubled, and its delete must leave nothing new.
func matrix[D blueprint.Section, O any](t *testing.T, prepared *world, open func(cloud.Cloud) cloud.Part[D, O], ref cloud.Ref, known, design D) {
	t.Helper()
	ctx := context.Background()
	calm := prepared.copied(t)
	before := calm.left()
	ensured(calm, open(calm.cloud), ref, design, known)
	want := kindsOf(calm.left())
	points := 0
	var seen cloud.Observed[D, O]
	blows(t, prepared, func(ctx context.Context, w *world, opened cloud.Cloud) (err error) {
		seen, err = open(opened).Ensure(ctx, ref, design, known, w.inputs)
		return err
	}, func(w *world, r *reaper, what string, err error) {
		points++
		if !r.kill && err != nil {
			// The caller keeps what it is told of; nothing else may exist.
			for _, object := range w.left() {
				component := object[strings.LastIndex(object, "(")+1 : len(object)-1]
				if !slices.Contains(before, object) && slices.Contains(design.Components(), component) && seen.Objects[component] == "" {
					t.Errorf("%s: nobody was told of %s", what, object)
				}
			}
		}
		next := ref
		part := open(w.open())
		if known.In().Cluster == "" && points%2 == 0 {
			// A create that failed may be destroyed instead.
			if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
				t.Fatalf("%s: delete: %v", what, err)
			}
		} else {
			next.Token = "second"
			if _, err := part.Ensure(ctx, next, design, known, w.inputs); err != nil {
				t.Fatalf("%s: the next run: %v (%s)", what, err, cloud.Todo(err))
			}
			found, err := part.Find(ctx, next, design)
			if err != nil {
				t.Fatalf("%s: find: %v", what, err)
			}
			matches(w, what, found, design)
			if got := kindsOf(w.left()); !slices.Equal(got, want) {
				t.Errorf("%s: there is\n%s\nundisturbed\n%s", what, lines(got), lines(want))
			}
			if err := part.Delete(ctx, next, design, cloud.DeleteOptions{}); err != nil {
				t.Fatalf("%s: delete: %v", what, err)
			}
		}
		for _, object := range w.left() {
			if !slices.Contains(before, object) {
				t.Errorf("%s: left behind: %s", what, object)
			}
		}
	})
}

// kindsOf are objects without their ids, some of which differ from run to run.
func kindsOf(objects []string) []string {
	var kinds []string
	for _, object := range objects {
		kind, _, _ := strings.Cut(object, " ")
		kinds = append(kinds, kind+object[strings.LastIndex(object, " "):])
	}
	slices.Sort(kinds)
	return kinds
}

// deleteMatrix does the same with Delete: after any blow the next one ends it.
func deleteMatrix[D blueprint.Section, O any](t *testing.T, prepared *world, open func(cloud.Cloud) cloud.Part[D, O], ref cloud.Ref, design D) {
	t.Helper()
	ctx := context.Background()
	calm := prepared.copied(t)
	if err := open(calm.cloud).Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	want := calm.left()
	blows(t, prepared, func(ctx context.Context, _ *world, opened cloud.Cloud) error {
		return open(opened).Delete(ctx, ref, design, cloud.DeleteOptions{})
	}, func(w *world, _ *reaper, what string, _ error) {
		if err := open(w.open()).Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
			t.Fatalf("%s: the next delete: %v", what, err)
		}
		if got := w.left(); lines(got) != lines(want) {
			t.Errorf("%s: left\n%s\nundisturbed\n%s", what, lines(got), lines(want))
		}
	})
}

// TestNetworkBlows proves that a create, an update and a delete of a network that
// are cut short anywhere are finished by the next run.
func TestNetworkBlows(t *testing.T) {
	t.Parallel()
	w, ref := newWorld(t), shopRef("network")
	design := *shop(t, nil).Network
	t.Run("create", func(t *testing.T) { matrix(t, w, cloud.Cloud.Network, ref, blueprint.NetworkDesign{}, design) })
	ensured(w, w.cloud.Network(), ref, design, blueprint.NetworkDesign{})
	t.Run("update", func(t *testing.T) {
		changed := *changedShop(t, func(s *blueprint.Spec) {
			s.Network.Egress = "nat"
			s.Network.Tiers = map[string]blueprint.TierSpec{"data": {PrefixLength: 24}}
			s.Network.FlowLogs = &blueprint.FlowLogsSpec{Enabled: ptr(false)}
			s.Vault = nil
			s.Tags = map[string]string{"team": "other"}
		}).Network
		matrix(t, w, cloud.Cloud.Network, ref, design, changed)
	})
	t.Run("delete", func(t *testing.T) { deleteMatrix(t, w, cloud.Cloud.Network, ref, design) })
}

// TestClusterBlows proves the same of a control plane.
func TestClusterBlows(t *testing.T) {
	t.Parallel()
	w, all := newShop(t, fullCluster)
	ref, design := shopRef("cluster"), *all.ControlPlane
	t.Run("create", func(t *testing.T) { matrix(t, w, cloud.Cloud.Cluster, ref, blueprint.ControlPlaneDesign{}, design) })
	ensured(w, w.cloud.Cluster(), ref, design, blueprint.ControlPlaneDesign{})
	t.Run("update", func(t *testing.T) {
		changed := *shop(t, func(s *blueprint.Spec) {
			fullCluster(s)
			s.KubernetesVersion = "1.36"
			s.Access.Bindings = map[string]blueprint.BindingSpec{"shop": {Principal: "6f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c", Role: "view"}}
			s.Addons = nil
			s.ControlPlaneLogs = &blueprint.LogsSpec{Types: []string{"kube-audit-admin"}}
		}).ControlPlane
		matrix(t, w, cloud.Cloud.Cluster, ref, design, changed)
	})
	t.Run("delete", func(t *testing.T) { deleteMatrix(t, w, cloud.Cloud.Cluster, ref, design) })
}
