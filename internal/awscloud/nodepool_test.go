package awscloud_test

import (
	"context"
	"errors"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

func appsDesign() blueprint.NodePoolDesign {
	return blueprint.NodePoolDesign{
		Scope: shopScope(), Name: "apps", KubernetesVersion: "1.34", Mode: "user", InstanceTypes: []string{"m7g.large", "m6g.large"},
		Architecture: "arm64", CapacityType: "on_demand", OS: "al2023",
		Groups: map[string]blueprint.NodeGroupDesign{
			zoneA: {Name: "apps-" + zoneA + "-1a2b3c4d", Zones: []string{zoneA}, Subnets: []string{"nodes-" + zoneA}, MinSize: 1, MaxSize: 4},
			zoneB: {Name: "apps-" + zoneB + "-1a2b3c4e", Zones: []string{zoneB}, Subnets: []string{"nodes-" + zoneB}, MinSize: 1, MaxSize: 3},
		},
		Labels: map[string]string{"tier": "apps"}, Taints: []blueprint.TaintSpec{{Key: "dedicated", Value: "apps", Effect: "NoSchedule"}, {Key: "later", Effect: "PreferNoSchedule"}},
		DiskGiB: 100, DiskType: "gp3", DiskThroughput: 250, DiskKey: "cluster", MaxPods: 110, MaxUnavailable: "33%", Repair: true, Autoscaled: true,
		RolloutID: "r1", Tags: map[string]string{"team": "shop"},
	}
}

// TestNodePoolLife proves that a pool is made as designed, found as designed,
// not touched by a second ensure, refused to strangers, and gone when deleted.
func TestNodePoolLife(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	ctx := context.Background()
	part, ref, design := s.cloud.NodePool(), shopRef("node-pool/apps"), appsDesign()
	if _, err := part.Find(ctx, ref, design); !errors.Is(err, cloud.ErrNotFound) {
		t.Fatalf("find before ensure: %v, want not found", err)
	}
	before := s.left()
	made := ensured(s, part, ref, design, blueprint.NodePoolDesign{})
	if made.Outputs.Sizes[zoneA] != 1 || made.Outputs.ImageRelease[zoneB] == "" {
		t.Errorf("outputs: %+v", made.Outputs)
	}
	mark := s.mark()
	if _, err := part.Find(ctx, ref, design); err != nil {
		t.Fatal(err)
	}
	reads, _ := s.calls(mark)
	t.Logf("find: %d calls for %d objects", len(reads), len(made.Objects))
	imported, err := part.Find(ctx, cloud.Ref{Region: "eu-west-1", Cluster: "shop", Part: ref.Part, Owner: "team"}, blueprint.NodePoolDesign{})
	if err != nil {
		t.Fatal(err)
	}
	matches(s, "imported", imported, design)

	stranger := ref
	stranger.Owner, stranger.Incarnation, stranger.Token = "others", "inc2", "tok2"
	mark = s.mark()
	if _, err := part.Ensure(ctx, stranger, design, blueprint.NodePoolDesign{}, s.inputs); !errors.Is(err, cloud.ErrOwned) {
		t.Errorf("another owner: %v, want owned", err)
	}
	if _, writes := s.calls(mark); len(writes) > 0 {
		t.Errorf("another owner changed something: %q", writes)
	}
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Fatalf("delete: %v (%s)", err, cloud.Todo(err))
	}
	s.sameObjects(before)
	if _, err := part.Find(ctx, ref, design); !errors.Is(err, cloud.ErrNotFound) {
		t.Errorf("find after delete: %v, want not found", err)
	}
}
