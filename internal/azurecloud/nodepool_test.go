package azurecloud_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// TestSystemPool proves that the pool that is born with the cluster is adopted
// as it is, that the last system pool is left to the cluster's delete, and that
// another one goes.
func TestSystemPool(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, func(s *blueprint.Spec) {
		s.NodePools["system-two"] = blueprint.NodePoolSpec{InstanceTypes: []string{"Standard_D4ds_v5"}, MinSize: 2, MaxSize: 3, Mode: "system"}
	})
	w.cluster(design)
	ctx := context.Background()
	part, born := w.cloud.NodePool(), design.ControlPlane.BootstrapPool.Name
	if got := w.poolNames(); !slices.Equal(got, []string{born}) {
		t.Fatalf("the cluster was born with %q, want %q", got, born)
	}
	system, two := design.NodePools["system"], design.NodePools["system-two"]
	made := ensured(w, part, shopRef("node-pool/system"), system, blueprint.NodePoolDesign{})
	if !strings.HasSuffix(made.Objects["pool"], "/"+born) {
		t.Errorf("adopted %s, want %s", made.Objects["pool"], born)
	}
	matches(w, "the cluster beside its adopted pool", mustFind(w, w.cloud.Cluster(), shopRef("cluster"), *design.ControlPlane), *design.ControlPlane)
	ensured(w, part, shopRef("node-pool/system-two"), two, blueprint.NodePoolDesign{})
	if err := part.Delete(ctx, shopRef("node-pool/system"), system, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	last := []string{two.Groups["all"].Name}
	if got := w.poolNames(); !slices.Equal(got, last) {
		t.Errorf("pools %q, want %q", got, last)
	}
	if err := part.Delete(ctx, shopRef("node-pool/system-two"), two, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := w.poolNames(); !slices.Equal(got, last) {
		t.Errorf("the last system pool is gone: %q", got)
	}
	// A pool that was left is taken up again.
	ensured(w, part, shopRef("node-pool/system-two"), two, blueprint.NodePoolDesign{})
	if err := w.cloud.Cluster().Delete(ctx, shopRef("cluster"), *design.ControlPlane, cloud.DeleteOptions{}); err != nil {
		t.Fatalf("%v (%s)", err, cloud.Todo(err))
	}
	if got := w.poolNames(); len(got) > 0 {
		t.Errorf("after the cluster: %q", got)
	}
	if err := part.Delete(ctx, shopRef("node-pool/system-two"), two, cloud.DeleteOptions{}); err != nil {
		t.Errorf("a pool without its cluster: %v", err)
	}
}

func mustFind[D blueprint.Section, O any](w *world, part cloud.Part[D, O], ref cloud.Ref, known D) cloud.Observed[D, O] {
	w.t.Helper()
	found, err := part.Find(context.Background(), ref, known)
	if err != nil {
		w.t.Fatalf("find %s: %v", ref.Part, err)
	}
	return found
}

// TestNodePoolRolls proves that what a scale set can't change makes a new pool
// beside the old one, at its size, before the old one goes; also the only system
// pool's, and also where the run is cut short between the two.
func TestNodePoolRolls(t *testing.T) {
	t.Parallel()
	before := func(s *blueprint.Spec) {}
	after := func(s *blueprint.Spec) {
		system := s.NodePools["system"]
		system.InstanceTypes = []string{"Standard_D8ds_v5"}
		s.NodePools["system"] = system
	}
	w, design := newShop(t, before)
	w.cluster(design)
	ctx := context.Background()
	part, ref, old := w.cloud.NodePool(), shopRef("node-pool/system"), design.NodePools["system"]
	made := ensured(w, part, ref, old, blueprint.NodePoolDesign{})
	w.mutate(made.Objects["pool"], "properties.count", "5")
	rolled := shop(t, after).NodePools["system"]
	if rolled.Groups["all"].Name == old.Groups["all"].Name {
		t.Fatal("the pool keeps its name")
	}
	if _, err := w.box.AddFault(sandbox.Fault{Service: "Microsoft.ContainerService", Operation: "DELETE managedClusters/agentPools", Status: 403, Code: "AuthorizationFailed"}); err != nil {
		t.Fatal(err)
	}
	if _, err := part.Ensure(ctx, ref, rolled, old, w.inputs); !errors.Is(err, cloud.ErrDenied) {
		t.Fatalf("the old pool could be deleted: %v", err)
	}
	if got := w.poolNames(); len(got) != 2 {
		t.Errorf("half way: %q", got)
	}
	again := ensured(w, part, ref, rolled, old)
	if got, want := w.poolNames(), []string{rolled.Groups["all"].Name}; !slices.Equal(got, want) {
		t.Errorf("pools %q, want %q", got, want)
	}
	if again.Outputs.Sizes["all"] != 5 {
		t.Errorf("the new pool began with %d nodes, its predecessor had 5", again.Outputs.Sizes["all"])
	}
}

// TestNodePoolRollChangedHalfWay proves that a roll that was cut short, and goes on
// with one more change, keeps the new pool and removes the old one, whichever of
// the two Azure lists first.
func TestNodePoolRollChangedHalfWay(t *testing.T) {
	t.Parallel()
	for _, ids := range [][2]string{{"a", "b"}, {"b", "a"}} {
		t.Run(ids[1], func(t *testing.T) {
			rollout := func(id string) blueprint.NodePoolDesign {
				return shop(t, func(s *blueprint.Spec) {
					pool := s.NodePools["apps"]
					pool.RolloutID = id
					s.NodePools["apps"] = pool
				}).NodePools["apps"]
			}
			w, design := newShop(t, func(*blueprint.Spec) {})
			w.cluster(design)
			part, ref, old, rolled := w.cloud.NodePool(), shopRef("node-pool/apps"), rollout(ids[0]), rollout(ids[1])
			ensured(w, part, ref, old, blueprint.NodePoolDesign{})
			if _, err := w.box.AddFault(sandbox.Fault{Service: "Microsoft.ContainerService", Operation: "DELETE managedClusters/agentPools", Status: 403, Code: "AuthorizationFailed"}); err != nil {
				t.Fatal(err)
			}
			if _, err := part.Ensure(context.Background(), ref, rolled, old, w.inputs); !errors.Is(err, cloud.ErrDenied) {
				t.Fatalf("the old pool could be deleted: %v", err)
			}
			changed := rolled
			changed.Labels = map[string]string{"changed": "yes"}
			ensured(w, part, ref, changed, old)
			if got := w.poolNames(); !slices.Contains(got, rolled.Groups["all"].Name) || slices.Contains(got, old.Groups["all"].Name) {
				t.Errorf("pools %q, want %s and not %s", got, rolled.Groups["all"].Name, old.Groups["all"].Name)
			}
		})
	}
}

// TestNodePoolsRollBelowLock proves that the pools of a protected cluster roll, two
// at the same time, and that the lock stands again afterwards, as it was.
func TestNodePoolsRollBelowLock(t *testing.T) {
	t.Parallel()
	names := []string{"apps", "more"}
	rollout := func(id string) func(*blueprint.Spec) {
		return func(s *blueprint.Spec) {
			s.DeletionProtection = ptr(true)
			pool := s.NodePools["apps"]
			pool.RolloutID = id
			s.NodePools["apps"], s.NodePools["more"] = pool, pool
		}
	}
	w, design := newShop(t, rollout("a"))
	w.cluster(design)
	rolled := shop(t, rollout("b"))
	for _, name := range names {
		ensured(w, w.cloud.NodePool(), shopRef("node-pool/"+name), design.NodePools[name], blueprint.NodePoolDesign{})
	}
	var group sync.WaitGroup
	for _, name := range names {
		group.Go(func() {
			if _, err := w.cloud.NodePool().Ensure(context.Background(), shopRef("node-pool/"+name), rolled.NodePools[name], design.NodePools[name], w.inputs); err != nil {
				t.Errorf("roll %s: %v (%s)", name, err, cloud.Todo(err))
			}
		})
	}
	group.Wait()
	if got := w.poolNames(); len(got) != 3 {
		t.Errorf("pools %q, want the new ones and the system's", got)
	}
	matches(w, "cluster after the roll", mustFind(w, w.cloud.Cluster(), shopRef("cluster"), *design.ControlPlane), *design.ControlPlane)
}

// TestNodePoolRebuilt proves that the only system pool is rebuilt under its own
// name behind a temporary one, and that whatever cuts that short is finished.
func TestNodePoolRebuilt(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, nil)
	w.cluster(design)
	ctx := context.Background()
	ref, system := shopRef("node-pool/system"), design.NodePools["system"]
	made := ensured(w, w.cloud.NodePool(), ref, system, blueprint.NodePoolDesign{})
	w.mutate(made.Objects["pool"], "properties.vmSize", `"Standard_D8ds_v5"`)
	cuts := 0
	for nth := 1; ; nth++ {
		at := w.copied(t)
		if _, err := at.box.AddFault(sandbox.Fault{Service: "Microsoft.ContainerService", Write: true, Nth: nth, Status: 403, Code: "AuthorizationFailed"}); err != nil {
			t.Fatal(err)
		}
		_, err := at.cloud.NodePool().Ensure(ctx, ref, system, system, at.inputs)
		if err == nil {
			break
		}
		cuts++
		if len(at.poolNames()) == 0 {
			t.Errorf("cut at write %d: there is no pool", nth)
		}
		ensured(at, at.cloud.NodePool(), ref, system, system)
		if got, want := at.poolNames(), []string{system.Groups["all"].Name}; !slices.Equal(got, want) {
			t.Errorf("cut at write %d: pools %q, want %q", nth, got, want)
		}
	}
	if cuts != 4 {
		t.Errorf("%d writes, want a temporary pool, a delete, the pool, a delete", cuts)
	}
}

// TestNodePoolImage proves that a pin moves a pool to the newest image, and is
// refused where AKS can't give what is pinned.
func TestNodePoolImage(t *testing.T) {
	t.Parallel()
	pin := func(release string) func(*blueprint.Spec) {
		return func(s *blueprint.Spec) {
			s.Azure = &blueprint.AzureSpec{NodeOSUpgrade: "None"}
			apps := s.NodePools["apps"]
			apps.NodeImage = &blueprint.NodeImageSpec{Release: release}
			s.NodePools["apps"] = apps
		}
	}
	w, design := newShop(t, pin("202610.28.0"))
	w.cluster(design)
	ctx := context.Background()
	part, ref, apps := w.cloud.NodePool(), shopRef("node-pool/apps"), design.NodePools["apps"]
	ensured(w, part, ref, apps, blueprint.NodePoolDesign{})
	if err := w.box.Set("azure/node-image", "202611.10.0"); err != nil {
		t.Fatal(err)
	}
	ensured(w, part, ref, apps, apps) // the pin holds
	next := shop(t, pin("202611.10.0")).NodePools["apps"]
	moved := ensured(w, part, ref, next, apps)
	if moved.Outputs.ImageRelease["all"] != "202611.10.0" {
		t.Errorf("runs %v", moved.Outputs.ImageRelease)
	}
	_, err := part.Ensure(ctx, ref, apps, next, w.inputs)
	if !errors.Is(err, cloud.ErrInvalid) || !strings.Contains(cloud.Todo(err), `"202611.10.0"`) {
		t.Errorf("back to an older image: %v (%s)", err, cloud.Todo(err))
	}
}

// TestNodePoolRefused proves that pools of strangers' clusters, and of none, are
// refused before anything is changed, and that a limit is named as one.
func TestNodePoolRefused(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, nil)
	ctx := context.Background()
	part, ref, apps := w.cloud.NodePool(), shopRef("node-pool/apps"), design.NodePools["apps"]
	if _, err := part.Ensure(ctx, ref, apps, blueprint.NodePoolDesign{}, w.inputs); !errors.Is(err, cloud.ErrInvalid) || !strings.Contains(cloud.Todo(err), "kready_cluster") {
		t.Errorf("without a cluster: %v", err)
	}
	w.cluster(design)
	stranger := ref
	stranger.Owner, stranger.Incarnation = "others", "inc2"
	mark := w.mark()
	if _, err := part.Ensure(ctx, stranger, apps, blueprint.NodePoolDesign{}, w.inputs); !errors.Is(err, cloud.ErrOwned) {
		t.Errorf("in another one's cluster: %v, want owned", err)
	}
	if _, writes := w.calls(mark); len(writes) > 0 {
		t.Errorf("it changed something: %q", writes)
	}
	if err := w.box.Set("azure/quota/"+region+"/cores", "13"); err != nil {
		t.Fatal(err)
	}
	if _, err := part.Ensure(ctx, ref, apps, blueprint.NodePoolDesign{}, w.inputs); !errors.Is(err, cloud.ErrQuota) || !strings.Contains(cloud.Todo(err), "az quota update --resource-name cores ") {
		t.Errorf("over quota: %v", err)
	}
	if err := w.box.Set("azure/quota/"+region+"/cores", "1000"); err != nil {
		t.Fatal(err)
	}
	ensured(w, part, ref, apps, blueprint.NodePoolDesign{})
}

// TestNodePoolsTogether proves that pools of one cluster that are made at once,
// by processes that know nothing of each other, all come to be.
func TestNodePoolsTogether(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, pools)
	w.cluster(design)
	names := []string{"apps", "fixed", "spot", "system"}
	made := make(chan error, len(names))
	for _, name := range names {
		opened := w.open()
		go func() {
			_, err := opened.NodePool().Ensure(context.Background(), shopRef("node-pool/"+name), design.NodePools[name], blueprint.NodePoolDesign{}, w.inputs)
			made <- err
		}()
	}
	for range names {
		if err := <-made; err != nil {
			t.Errorf("%v (%s)", err, cloud.Todo(err))
		}
	}
	if got := w.poolNames(); len(got) != len(names) {
		t.Errorf("pools: %q", got)
	}
}
