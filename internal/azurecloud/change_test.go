package azurecloud_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/azurecloud"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// TestClusterUpgrade proves that a control plane is upgraded a minor at a time,
// with its pools left where they are, and that a live version ahead of the design
// is neither taken back nor written.
func TestClusterUpgrade(t *testing.T) {
	t.Parallel()
	w, all := newShop(t, withoutRegistry)
	ref, design := shopRef("cluster"), *all.ControlPlane
	made := ensured(w, w.cloud.Cluster(), ref, design, blueprint.ControlPlaneDesign{})
	pool := made.Objects["cluster"] + "/agentPools/" + design.BootstrapPool.Name
	before := w.field(pool, "properties", "currentOrchestratorVersion")
	ahead := design
	ahead.KubernetesVersion = "1.36"
	mark := w.mark()
	ensured(w, w.cloud.Cluster(), ref, ahead, design)
	_, writes := w.calls(mark)
	if steps := count(writes, "PUT managedClusters "); steps != 2 {
		t.Errorf("two minors took %d writes of the cluster: %q", steps, writes)
	}
	if after := w.field(pool, "properties", "currentOrchestratorVersion"); after != before {
		t.Errorf("the pool went from %s to %s", before, after)
	}
	mark = w.mark()
	seen, err := w.cloud.Cluster().Ensure(context.Background(), ref, design, design, w.inputs)
	if err != nil || seen.Design.KubernetesVersion != "1.36" {
		t.Errorf("an older design: %v, version %s", err, seen.Design.KubernetesVersion)
	}
	if _, writes := w.calls(mark); len(writes) > 0 {
		t.Errorf("an older design changed something: %q", writes)
	}
}

// TestClusterWaitsForRights proves that identities and roles that were made a
// moment ago, and are not known everywhere, are waited for.
func TestClusterWaitsForRights(t *testing.T) {
	t.Parallel()
	w, all := newShop(t, withoutRegistry)
	for name, value := range map[string]string{"steps/azure/principal": "3", "steps/azure/role": "3"} {
		if err := w.box.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	ensured(w, w.cloud.Cluster(), shopRef("cluster"), *all.ControlPlane, blueprint.ControlPlaneDesign{})
}

// TestLockLifted proves that the lock of a protected cluster is out of the way
// while something below the cluster goes, and stands again afterwards; and that
// it goes with the protection.
func TestLockLifted(t *testing.T) {
	t.Parallel()
	w, all := newShop(t, fullCluster)
	ref, design := shopRef("cluster"), *all.ControlPlane
	ensured(w, w.cloud.Cluster(), ref, design, blueprint.ControlPlaneDesign{})
	fewer := design
	fewer.AccessEntries = map[string]blueprint.AccessEntryDesign{}
	for key, entry := range design.AccessEntries {
		if key != "binding-shop" {
			fewer.AccessEntries[key] = entry
		}
	}
	if len(fewer.AccessEntries) == len(design.AccessEntries) {
		t.Fatalf("there is no binding-shop among %v", design.AccessEntries)
	}
	ensured(w, w.cloud.Cluster(), ref, fewer, design)
	free := fewer
	free.OnDestroy.Protected = false
	ensured(w, w.cloud.Cluster(), ref, free, fewer)
}

// TestKept proves that keys and logs which are to outlive the cluster do, without
// a token, and that the next cluster of that name takes them over.
func TestKept(t *testing.T) {
	t.Parallel()
	w, all := newShop(t, withoutRegistry)
	ctx := context.Background()
	made := ensured(w, w.cloud.Cluster(), shopRef("cluster"), *all.ControlPlane, blueprint.ControlPlaneDesign{})
	keep := cloud.DeleteOptions{KeepKeys: true, KeepLogs: true}
	if err := w.cloud.Cluster().Delete(ctx, shopRef("cluster"), *all.ControlPlane, keep); err != nil {
		t.Fatalf("delete the cluster: %v (%s)", err, cloud.Todo(err))
	}
	if err := w.cloud.Network().Delete(ctx, shopRef("network"), *all.Network, keep); err != nil {
		t.Fatalf("delete the network: %v (%s)", err, cloud.Todo(err))
	}
	objects, err := w.box.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, o := range objects {
		switch {
		case o.Tags[cloud.TagKept] != "" && o.Tags[cloud.TagToken] == "":
			kept = append(kept, o.Tags[cloud.TagComponent])
		case !strings.HasSuffix(o.Type, "/keys"):
			t.Errorf("left behind: %s %s %v", o.Type, o.ID, o.Tags)
		}
	}
	slices.Sort(kept)
	if want := []string{"key-vault", "resource-group", "storage-account/flow-logs", "workspace"}; !slices.Equal(kept, want) {
		t.Errorf("kept %q, want %q", kept, want)
	}
	network, cluster := shopRef("network"), shopRef("cluster")
	network.Incarnation, cluster.Incarnation = "inc2", "inc2"
	w.inputs.Network = ensured(w, w.cloud.Network(), network, *all.Network, blueprint.NetworkDesign{}).Objects
	if again := ensured(w, w.cloud.Cluster(), cluster, *all.ControlPlane, blueprint.ControlPlaneDesign{}); again.Objects["key"] != made.Objects["key"] {
		t.Errorf("the key is %s, was %s", again.Objects["key"], made.Objects["key"])
	}
}

// TestLeftovers proves that what Kubernetes made is told of, stands in the way of
// a delete, and goes with the cluster only where that was asked for.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	w, all := newShop(t, withoutRegistry)
	ctx, ref := context.Background(), shopRef("cluster")
	ensured(w, w.cloud.Cluster(), ref, *all.ControlPlane, blueprint.ControlPlaneDesign{})
	for _, what := range []string{"load-balancer", "volume"} {
		if _, err := w.box.Plant("azure", what, map[string]string{"cluster": "shop"}); err != nil {
			t.Fatal(err)
		}
	}
	seen, err := w.cloud.Cluster().Find(ctx, ref, *all.ControlPlane)
	if err != nil || len(seen.Leftovers) != 2 {
		t.Errorf("found: %v, %q", err, seen.Leftovers)
	}
	if found, err := w.cloud.Leftovers(ctx, "shop"); err != nil || len(found) != 2 {
		t.Errorf("leftovers: %v, %+v", err, found)
	}
	mark := w.mark()
	if err := w.cloud.Cluster().Delete(ctx, ref, *all.ControlPlane, cloud.DeleteOptions{}); !errors.Is(err, cloud.ErrLeftovers) {
		t.Errorf("delete: %v, want leftovers", err)
	}
	if _, writes := w.calls(mark); len(writes) > 0 {
		t.Errorf("a refused delete changed something: %q", writes)
	}
	if err := w.cloud.Cluster().Delete(ctx, ref, *all.ControlPlane, cloud.DeleteOptions{SweepLeftovers: true}); err != nil {
		t.Errorf("delete with a sweep: %v (%s)", err, cloud.Todo(err))
	}
}

// TestGroupOfOthers proves that a resource group in which others have put
// something is not deleted with it, and that they are named.
func TestGroupOfOthers(t *testing.T) {
	t.Parallel()
	w, all := newShop(t, withoutRegistry)
	ctx, cluster := context.Background(), shopRef("cluster")
	ensured(w, w.cloud.Cluster(), cluster, *all.ControlPlane, blueprint.ControlPlaneDesign{})
	err := w.cloud.Network().Delete(ctx, shopRef("network"), *all.Network, cloud.DeleteOptions{})
	if err == nil || !strings.Contains(err.Error(), "shop") {
		t.Errorf("delete of a network with a cluster in it: %v", err)
	}
	if err := w.cloud.Cluster().Delete(ctx, cluster, *all.ControlPlane, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := w.cloud.Network().Delete(ctx, shopRef("network"), *all.Network, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if left := w.left(); len(left) > 0 {
		t.Errorf("left:\n%s", lines(left))
	}
}

// TestRefusals proves what Azure's refusals become: kind, operation, and what to
// do; and that throttling and a busy network are sat out.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault sandbox.Fault
		kind  error
		says  []string
	}{
		"denied": {sandbox.Fault{Operation: "PUT virtualNetworks", Status: 403, Code: "AuthorizationFailed", Times: -1}, cloud.ErrDenied,
			[]string{"Microsoft.Network PUT virtualNetworks", "vnet of shop", "Microsoft.Network/virtualNetworks/write"}},
		"policy": {sandbox.Fault{Operation: "PUT publicIPAddresses", Status: 403, Code: "RequestDisallowedByPolicy", Times: -1}, cloud.ErrDenied, []string{"exemption"}},
		"quota": {sandbox.Fault{Operation: "PUT publicIPAddresses", Status: 400, Code: "PublicIPCountLimitReached", Times: -1}, cloud.ErrQuota,
			[]string{"public-ip/redundant of shop", "quota"}},
		"invalid": {sandbox.Fault{Operation: "PUT natGateways", Status: 400, Code: "InvalidRequestFormat", Times: -1}, cloud.ErrInvalid, []string{"Change the setting"}},
		"lock":    {sandbox.Fault{Operation: "PUT workspaces", Status: 409, Code: "ScopeLocked", Times: -1}, cloud.ErrConflict, []string{"lock"}},
		"throttled for ever": {sandbox.Fault{Operation: "PUT natGateways", Status: 429, Code: "TooManyRequests", Times: -1}, cloud.ErrThrottled,
			[]string{"-parallelism"}},
		"throttled": {sandbox.Fault{Status: 429, Code: "TooManyRequests", Nth: 3, Times: 4}, nil, nil},
		"busy":      {sandbox.Fault{Operation: "PUT virtualNetworks/subnets", Status: 409, Code: "AnotherOperationInProgress", Times: 3}, nil, nil},
		"failing":   {sandbox.Fault{Status: 503, Nth: 5, Times: 3}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if _, err := w.box.AddFault(c.fault); err != nil {
				t.Fatal(err)
			}
			seen, err := w.cloud.Network().Ensure(context.Background(), shopRef("network"), *shop(t, nil).Network, blueprint.NetworkDesign{}, w.inputs)
			if c.kind == nil {
				if err != nil {
					t.Errorf("%v (%s)", err, cloud.Todo(err))
				}
				return
			}
			if !errors.Is(err, c.kind) {
				t.Fatalf("%v, want %v", err, c.kind)
			}
			for _, text := range c.says {
				if told := err.Error() + " " + cloud.Todo(err); !strings.Contains(told, text) {
					t.Errorf("does not say %q: %s", text, told)
				}
			}
			if len(seen.Objects) == 0 {
				t.Error("nothing is told of what was made")
			}
		})
	}
}

// TestRealm proves which subscription a connection is to: the named one, the only
// one, or none.
func TestRealm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, err := w.cloud.Realm(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	const second = "22222222-3333-4444-8555-666666666666"
	if err := w.box.Set("azure/subscriptions", second); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		target cloud.Target
		realm  string
		kind   error
	}{
		"named":           {cloud.Target{SubscriptionID: strings.ToUpper(own)}, own, nil},
		"another":         {cloud.Target{SubscriptionID: second}, second, nil},
		"not one's own":   {cloud.Target{SubscriptionID: "33333333-3333-4444-8555-666666666666"}, "", cloud.ErrRealm},
		"another tenant":  {cloud.Target{SubscriptionID: own, TenantID: second}, "", cloud.ErrRealm},
		"no environment":  {cloud.Target{Environment: "moon"}, "", cloud.ErrInvalid},
		"the first there": {cloud.Target{}, own, nil},
	} {
		t.Run(name, func(t *testing.T) {
			target := c.target
			target.Region, target.Sandbox, target.Transport = region, true, w.box.Transport()
			opened, err := azurecloud.Open(context.Background(), target)
			realm := ""
			if err == nil {
				realm, err = opened.Realm(context.Background())
			}
			if realm != c.realm || !errors.Is(err, c.kind) {
				t.Errorf("%q, %v; want %q, %v", realm, err, c.realm, c.kind)
			}
		})
	}
}

// TestGatewayMoves proves that a gateway whose zone the cluster gives up is made
// anew in another one, under its name, and that its subnets are joined to it.
func TestGatewayMoves(t *testing.T) {
	t.Parallel()
	w, ref := newWorld(t), shopRef("network")
	design := *shop(t, func(s *blueprint.Spec) { s.Network.Egress = "nat" }).Network
	made := ensured(w, w.cloud.Network(), ref, design, blueprint.NetworkDesign{})
	moved := design
	moved.NATGateways = map[string]blueprint.NATGatewayDesign{"all": {Zone: "3", SKU: "Standard"}}
	if design.NATGateways["all"].Zone == "3" {
		t.Fatal("it stands there already")
	}
	again := ensured(w, w.cloud.Network(), ref, moved, design)
	if len(again.Outputs.EgressAddress) != 1 || again.Outputs.EgressAddress[0] == made.Outputs.EgressAddress[0] {
		t.Errorf("traffic leaves from %v, left from %v", again.Outputs.EgressAddress, made.Outputs.EgressAddress)
	}
}

// TestFailedOperation proves that an operation which Azure accepts and then fails
// is told in Azure's words, and tried again by the next run.
func TestFailedOperation(t *testing.T) {
	t.Parallel()
	w, all := newShop(t, withoutRegistry)
	ctx, ref := context.Background(), shopRef("cluster")
	if err := w.box.Set("azure/fail/Microsoft.ContainerService/managedClusters", "ErrCode_InsufficientVCPUQuota: Insufficient vcpu quota requested 12, remaining 4."); err != nil {
		t.Fatal(err)
	}
	seen, err := w.cloud.Cluster().Ensure(ctx, ref, *all.ControlPlane, blueprint.ControlPlaneDesign{}, w.inputs)
	if !errors.Is(err, cloud.ErrQuota) || !strings.Contains(err.Error(), "remaining 4") || !seen.Exists {
		t.Errorf("%v, exists %t", err, seen.Exists)
	}
	ensured(w, w.cloud.Cluster(), ref, *all.ControlPlane, blueprint.ControlPlaneDesign{})
}

// field is a text in an object as the sandbox stores it.
func (w *world) field(id string, path ...string) string {
	w.t.Helper()
	_, raw, err := w.box.Read(stored(id))
	if err != nil {
		w.t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		w.t.Fatal(err)
	}
	for _, step := range path {
		object, _ := value.(map[string]any)
		value = object[step]
	}
	text, _ := value.(string)
	return text
}

// count is how many of a list hold a text.
func count(list []string, text string) int {
	n := 0
	for _, entry := range list {
		if strings.Contains(entry, text) {
			n++
		}
	}
	return n
}
