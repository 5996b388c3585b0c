package awscloud_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/proof"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
)

// copied is a world of its own on a copy of this one's sandbox.
func (s *stack) copied(t testing.TB) *stack {
	t.Helper()
	state, err := os.ReadFile(s.box.Path())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sandbox.json")
	if err := os.WriteFile(path, state, 0o600); err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.Open(path, sandbox.Options{APIs: []sandbox.API{awsapi.New()}, Seed: 7, Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, box: box}
	w.cloud = w.open()
	return &stack{world: w, inputs: s.inputs}
}

// reaper is a transport that strikes at the nth changing call, right before or
// right after it is carried out: it kills the process, or interrupts it, or
// loses the answer.
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
	var body []byte
	if request.Body != nil {
		body, _ = io.ReadAll(request.Body)
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.mu.Lock()
	if r.dead {
		r.mu.Unlock()
		return nil, errKilled
	}
	call := callOf(request, body)
	if call == "" && request.Method != http.MethodGet {
		call = request.Method + " " + request.URL.Path
	}
	hit := false
	if call != "" && !strings.HasPrefix(call, "Describe") && !strings.HasPrefix(call, "Get") && !strings.HasPrefix(call, "List") {
		r.writes++
		hit = r.writes == r.nth
	}
	if !hit {
		r.mu.Unlock()
		return r.inner.RoundTrip(request)
	}
	// Others wait, so that the order of calls around the blow is what it says.
	defer r.mu.Unlock()
	r.struck, r.dead = call, r.kill
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

// matrix runs a part's work with a blow at every changing call, and lets the
// next process finish: the end must be what an undisturbed run makes, with
// nothing doubled. Where clean is given, what it leaves must be nothing new.
func matrix[D blueprint.Section, O any](t *testing.T, prepared *stack, open func(cloud.Cloud) cloud.Part[D, O], ref cloud.Ref, known, design D) {
	t.Helper()
	ctx := context.Background()
	calm := prepared.copied(t)
	before := calm.left()
	ensured(calm, open(calm.cloud), ref, design, known)
	want := kindsOf(calm.left())
	points := 0
	defer func() { proof.Record(proof.Crash, "aws", proof.Adapter, points, t.Failed()) }()
	for _, blow := range []string{"killed", "interrupted", "answer lost"} {
		for _, after := range []bool{false, true} {
			for nth := 1; ; nth += stride() {
				s := prepared.copied(t)
				running, cancel := context.WithCancel(ctx)
				r := &reaper{inner: s.box.Transport(), nth: nth, after: after, kill: blow == "killed"}
				if blow == "interrupted" {
					r.interrupt = cancel
				}
				seen, err := open(s.openThrough(r)).Ensure(running, ref, design, known, s.inputs)
				cancel()
				if r.struck == "" {
					if err != nil {
						t.Fatalf("undisturbed: %v", err)
					}
					break
				}
				points++
				point := fmt.Sprintf("%s at change %d, %s, after=%t", blow, nth, r.struck, after)
				if blow == "answer lost" && err != nil {
					t.Errorf("%s: %v", point, err)
				}
				if !r.kill && err != nil {
					// The caller keeps what it is told of; nothing else may exist.
					for _, object := range s.left() {
						component := object[strings.LastIndex(object, "(")+1 : len(object)-1]
						if !slices.Contains(before, object) && slices.Contains(design.Components(), component) && seen.Objects[component] == "" {
							t.Errorf("%s: nobody was told of %s", point, object)
						}
					}
				}
				if known.In().Cluster == "" && points%2 == 0 {
					// A create that failed may be destroyed instead.
					if err := open(s.open()).Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
						t.Fatalf("%s: delete: %v", point, err)
					}
					for _, object := range s.left() {
						if !slices.Contains(before, object) && !isLinkedRole(object) && !isAlias(object) {
							t.Errorf("%s: deleted at once, left behind: %s", point, object)
						}
					}
					continue
				}
				next := ref
				next.Token = "second"
				part := open(s.open())
				if _, err := part.Ensure(ctx, next, design, known, s.inputs); err != nil {
					t.Fatalf("%s: the next run: %v (%s)", point, err, cloud.Todo(err))
				}
				found, err := part.Find(ctx, next, design)
				if err != nil {
					t.Fatalf("%s: find: %v", point, err)
				}
				matches(s, point, found, design)
				if got := kindsOf(s.left()); !slices.Equal(got, want) {
					t.Errorf("%s: there is\n%s\nundisturbed\n%s", point, lines(got), lines(want))
				}
				if err := part.Delete(ctx, next, design, cloud.DeleteOptions{}); err != nil {
					t.Fatalf("%s: delete: %v", point, err)
				}
				for _, object := range s.left() {
					if !slices.Contains(before, object) && !isLinkedRole(object) && !isAlias(object) {
						t.Errorf("%s: left behind: %s", point, object)
					}
				}
				if t.Failed() {
					return
				}
			}
		}
	}
	t.Logf("%d points", points)
}

// kindsOf are objects without their ids, which differ from run to run.
func kindsOf(objects []string) []string {
	var kinds []string
	for _, object := range objects {
		kind, _, _ := strings.Cut(object, " ")
		component := object[strings.LastIndex(object, " ")+1:]
		kinds = append(kinds, kind+" "+component)
	}
	slices.Sort(kinds)
	return kinds
}

// deleteMatrix does the same with Delete: after any blow, the next one ends
// it, and nothing is left.
func deleteMatrix[D blueprint.Section, O any](t *testing.T, prepared *stack, open func(cloud.Cloud) cloud.Part[D, O], ref cloud.Ref, design D) {
	t.Helper()
	ctx := context.Background()
	calm := prepared.copied(t)
	if err := open(calm.cloud).Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	want := calm.left()
	points := 0
	defer func() { proof.Record(proof.Crash, "aws", proof.Adapter, points, t.Failed()) }()
	for _, blow := range []string{"killed", "interrupted", "answer lost"} {
		for _, after := range []bool{false, true} {
			for nth := 1; ; nth += stride() {
				s := prepared.copied(t)
				running, cancel := context.WithCancel(ctx)
				r := &reaper{inner: s.box.Transport(), nth: nth, after: after, kill: blow == "killed"}
				if blow == "interrupted" {
					r.interrupt = cancel
				}
				err := open(s.openThrough(r)).Delete(running, ref, design, cloud.DeleteOptions{})
				cancel()
				if r.struck == "" {
					break
				}
				points++
				point := fmt.Sprintf("%s at change %d, %s, after=%t", blow, nth, r.struck, after)
				if blow == "answer lost" && err != nil {
					t.Errorf("%s: %v", point, err)
				}
				if err := open(s.open()).Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
					t.Fatalf("%s: the next delete: %v", point, err)
				}
				if got := s.left(); !slices.Equal(got, want) {
					t.Errorf("%s: left\n%s\nundisturbed\n%s", point, lines(got), lines(want))
				}
				if t.Failed() {
					return
				}
			}
		}
	}
	t.Logf("%d points", points)
}

func clusterPart(c cloud.Cloud) cloud.Part[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs] {
	return c.Cluster()
}

func poolPart(c cloud.Cloud) cloud.Part[blueprint.NodePoolDesign, blueprint.NodePoolOutputs] {
	return c.NodePool()
}

func addonsPart(c cloud.Cloud) cloud.Part[blueprint.AddonsDesign, blueprint.AddonsOutputs] {
	return c.Addons()
}

// TestClusterBlows proves that a create, an update and a delete of a control
// plane that are cut short anywhere are finished by the next run.
func TestClusterBlows(t *testing.T) {
	s := newStack(t)
	t.Run("create", func(t *testing.T) {
		matrix(t, s, clusterPart, shopRef("cluster"), blueprint.ControlPlaneDesign{}, controlPlaneDesign())
	})
	s.shopCluster()
	t.Run("update", func(t *testing.T) {
		changed := controlPlaneDesign()
		changed.KubernetesVersion, changed.Support, changed.Identity = "1.35", "standard", "irsa"
		changed.LogTypes, changed.ReachableFrom = []string{"audit"}, []string{"10.99.0.0/16"}
		delete(changed.Addons, "eks-pod-identity-agent")
		changed.AccessEntries["binding-shop"] = blueprint.AccessEntryDesign{Principal: "arn:aws:iam::111122223333:role/other", Role: "view"}
		matrix(t, s, clusterPart, shopRef("cluster"), controlPlaneDesign(), changed)
	})
	t.Run("delete", func(t *testing.T) { deleteMatrix(t, s, clusterPart, shopRef("cluster"), controlPlaneDesign()) })
}

// TestNodePoolBlows proves the same of a pool, rolling its groups included.
func TestNodePoolBlows(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	ref := shopRef("node-pool/apps")
	t.Run("create", func(t *testing.T) { matrix(t, s, poolPart, ref, blueprint.NodePoolDesign{}, appsDesign()) })
	ensured(s, s.cloud.NodePool(), ref, appsDesign(), blueprint.NodePoolDesign{})
	t.Run("update", func(t *testing.T) {
		rolled := appsDesign()
		rolled.InstanceTypes, rolled.DiskGiB, rolled.Labels = []string{"m7g.xlarge"}, 150, map[string]string{"tier": "web"}
		group := rolled.Groups[zoneA]
		group.Name = "apps-" + zoneA + "-99999999"
		rolled.Groups = map[string]blueprint.NodeGroupDesign{zoneA: group}
		matrix(t, s, poolPart, ref, appsDesign(), rolled)
	})
	t.Run("delete", func(t *testing.T) { deleteMatrix(t, s, poolPart, ref, appsDesign()) })
}

// TestAddonsBlows proves the same of the add-ons.
func TestAddonsBlows(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	ensured(s, s.cloud.NodePool(), shopRef("node-pool/apps"), appsDesign(), blueprint.NodePoolDesign{})
	ref, design := shopRef("addons"), addonsDesign(blueprint.AutoscalingKarpenter)
	t.Run("create", func(t *testing.T) { matrix(t, s, addonsPart, ref, blueprint.AddonsDesign{}, design) })
	ensured(s, s.cloud.Addons(), ref, design, blueprint.AddonsDesign{})
	t.Run("update", func(t *testing.T) {
		changed := addonsDesign(blueprint.AutoscalingCluster)
		delete(changed.Addons, "aws-ebs-csi-driver")
		delete(changed.Names, "role/aws-ebs-csi-driver")
		changed.Addons["coredns"] = blueprint.AddonDesign{VersionPolicy: "latest"}
		matrix(t, s, addonsPart, ref, design, changed)
	})
	t.Run("delete", func(t *testing.T) { deleteMatrix(t, s, addonsPart, ref, design) })
}
