package azurecloud_test

import (
	"context"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// TestClusterKinds takes control planes of every kind through their life, each
// with what it needs around it.
func TestClusterKinds(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world, s *blueprint.Spec){
		"own zone": func(w *world, s *blueprint.Spec) { linked(hub(w))(s) },
		"isolated": func(_ *world, s *blueprint.Spec) { s.Network.Egress = "isolated" },
		"appliance": func(_ *world, s *blueprint.Spec) {
			s.Network.Egress, s.Network.NextHop = "appliance", "10.64.0.4"
		},
		"private link": func(_ *world, s *blueprint.Spec) {
			s.Azure = &blueprint.AzureSpec{PrivateCluster: "private_link"}
			s.Encryption = &blueprint.EncryptionSpec{Mode: "cloud"}
		},
		"routable pods": func(_ *world, s *blueprint.Spec) { s.Network.Pods = &blueprint.PodsSpec{Mode: "routable"} },
		"development":   func(_ *world, s *blueprint.Spec) { s.Stage = "development" },
		"public": func(_ *world, s *blueprint.Spec) {
			s.Stage = "development"
			s.Access.Public = &blueprint.PublicSpec{AllowedCIDRs: []string{"203.0.113.0/24"}}
		},
		"karpenter": func(_ *world, s *blueprint.Spec) {
			s.Autoscaling = "karpenter"
			for name, pool := range s.NodePools {
				pool.MaxSize = pool.MinSize
				s.NodePools[name] = pool
			}
		},
		"defender, long-term support": func(_ *world, s *blueprint.Spec) {
			s.Support, s.Azure = "extended", &blueprint.AzureSpec{Defender: ptr(true), AutoUpgrade: "patch"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			all := shop(t, func(s *blueprint.Spec) { change(w, s) })
			ctx := context.Background()
			network, err := w.cloud.Network().Ensure(ctx, shopRef("network"), *all.Network, blueprint.NetworkDesign{}, w.inputs)
			if err != nil {
				t.Fatalf("network: %v (%s)", err, cloud.Todo(err))
			}
			w.inputs.Network = network.Objects
			registry, err := w.cloud.Registry().Ensure(ctx, shopRef("registry"), *all.Registry, blueprint.RegistryDesign{}, w.inputs)
			if err != nil {
				t.Fatalf("registry: %v (%s)", err, cloud.Todo(err))
			}
			w.inputs.Registry = registry.Objects
			life(w, cloud.Cloud.Cluster, shopRef("cluster"), *all.ControlPlane)
		})
	}
}
