package awscloud_test

import (
	"context"
	"errors"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

func addonsDesign(autoscaling string) blueprint.AddonsDesign {
	d := blueprint.AddonsDesign{
		Scope: shopScope(), KubernetesVersion: "1.34", Identity: "pod_identity", Autoscaling: autoscaling,
		Addons: map[string]blueprint.AddonDesign{
			"coredns":            {VersionPolicy: "default", Configuration: `{"replicaCount":3}`},
			"metrics-server":     {VersionPolicy: "latest"},
			"aws-ebs-csi-driver": {VersionPolicy: "default", Grant: "ebs-csi", Namespace: "kube-system", Account: "ebs-csi-controller-sa"},
		},
		Boundary: "arn:aws:iam::aws:policy/PowerUserAccess", RolePath: "/kready/",
		Names: map[string]string{"role/aws-ebs-csi-driver": "shop-eu-west-1-ebs"},
		Tags:  map[string]string{"team": "shop"},
	}
	switch autoscaling {
	case blueprint.AutoscalingCluster:
		d.Names["role/cluster-autoscaler"] = "shop-eu-west-1-autoscaler"
	case blueprint.AutoscalingKarpenter:
		d.Names["role/karpenter"], d.Names["queue/karpenter"] = "shop-eu-west-1-karpenter", "shop-karpenter"
		for _, event := range blueprint.KarpenterEvents {
			d.Names["rule/karpenter-"+event] = "shop-karpenter-" + event
		}
	}
	return d
}

// TestAddonsLife proves the part's life with each autoscaler.
func TestAddonsLife(t *testing.T) {
	for _, autoscaling := range []string{"", blueprint.AutoscalingCluster, blueprint.AutoscalingKarpenter} {
		t.Run("autoscaling="+autoscaling, func(t *testing.T) {
			s := newStack(t)
			s.shopCluster()
			ensured(s, s.cloud.NodePool(), shopRef("node-pool/apps"), appsDesign(), blueprint.NodePoolDesign{})
			ctx := context.Background()
			part, ref, design := s.cloud.Addons(), shopRef("addons"), addonsDesign(autoscaling)
			if _, err := part.Find(ctx, ref, design); !errors.Is(err, cloud.ErrNotFound) {
				t.Fatalf("find before ensure: %v, want not found", err)
			}
			before := s.left()
			made := ensured(s, part, ref, design, blueprint.AddonsDesign{})
			if made.Outputs.Versions["coredns"] == "" || (made.Outputs.Queue != "") != (autoscaling == blueprint.AutoscalingKarpenter) {
				t.Errorf("outputs: %+v", made.Outputs)
			}
			mark := s.mark()
			if _, err := part.Find(ctx, ref, design); err != nil {
				t.Fatal(err)
			}
			reads, _ := s.calls(mark)
			t.Logf("find: %d calls for %d objects", len(reads), len(made.Objects))
			imported, err := part.Find(ctx, cloud.Ref{Region: "eu-west-1", Cluster: "shop", Part: ref.Part, Owner: "team"}, blueprint.AddonsDesign{})
			if err != nil {
				t.Fatal(err)
			}
			matches(s, "imported", imported, design)
			stranger := ref
			stranger.Owner, stranger.Incarnation, stranger.Token = "others", "inc2", "tok2"
			mark = s.mark()
			if _, err := part.Ensure(ctx, stranger, design, blueprint.AddonsDesign{}, s.inputs); !errors.Is(err, cloud.ErrOwned) {
				t.Errorf("another owner: %v, want owned", err)
			}
			if _, writes := s.calls(mark); len(writes) > 0 {
				t.Errorf("another owner changed something: %q", writes)
			}
			if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
				t.Fatalf("delete: %v (%s)", err, cloud.Todo(err))
			}
			s.sameObjects(before)
		})
	}
}
