package azurecloud_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// withNetwork is a world in which the network of a design stands.
func withNetwork(t testing.TB, design blueprint.Design) *world {
	t.Helper()
	w := newWorld(t)
	made, err := w.cloud.Network().Ensure(context.Background(), shopRef("network"), *design.Network, blueprint.NetworkDesign{}, cloud.Inputs{})
	if err != nil {
		t.Fatalf("ensure network: %v (%s)", err, cloud.Todo(err))
	}
	w.inputs.Network = made.Objects
	return w
}

// withoutRegistry is a cluster that can be made before anything else.
func withoutRegistry(s *blueprint.Spec) { s.Registry = nil }

// TestClusterLife proves that a control plane is made as designed, found as
// designed (on import too, where nothing is known), not touched by a second
// ensure, not by strangers, and leaves nothing when deleted; and that the vault
// of its key comes back when it is made again.
func TestClusterLife(t *testing.T) {
	t.Parallel()
	all := shop(t, func(s *blueprint.Spec) {
		withoutRegistry(s)
		s.DeletionProtection = ptr(true)
		s.Access.Bindings = map[string]blueprint.BindingSpec{"shop": {Principal: "6f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c", Role: "edit", Namespaces: []string{"shop", "shop-test"}}}
		s.Addons = map[string]blueprint.AddonSpec{"azureKeyvaultSecretsProvider": {}}
	})
	w := withNetwork(t, all)
	ctx := context.Background()
	part, ref, design := w.cloud.Cluster(), shopRef("cluster"), *all.ControlPlane
	if _, err := part.Find(ctx, ref, design); !errors.Is(err, cloud.ErrNotFound) {
		t.Fatalf("find before ensure: %v, want not found", err)
	}
	before := w.left()
	made := ensured(w, part, ref, design, blueprint.ControlPlaneDesign{})
	out := made.Outputs
	if out.ARN == "" || !strings.Contains(out.Endpoint, ".azmk8s.io:443") || out.CertificateAuthority == "" || out.OIDCIssuer == "" ||
		!strings.EqualFold(out.NodeRole, made.Objects["identity/kubelet"]) || out.PlatformVersion == "" {
		t.Errorf("outputs: %+v", out)
	}
	imported, err := part.Find(ctx, cloud.Ref{Region: region, Cluster: "shop", Part: "cluster", Owner: "team"}, blueprint.ControlPlaneDesign{})
	if err != nil {
		t.Fatal(err)
	}
	matches(w, "imported", imported, design)

	stranger := ref
	stranger.Owner, stranger.Incarnation, stranger.Token = "others", "inc2", "tok2"
	mark := w.mark()
	if _, err := part.Ensure(ctx, stranger, design, blueprint.ControlPlaneDesign{}, w.inputs); !errors.Is(err, cloud.ErrOwned) {
		t.Errorf("another owner: %v, want owned", err)
	}
	if err := part.Delete(ctx, stranger, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("delete with another token: %v", err)
	}
	if _, writes := w.calls(mark); len(writes) > 0 {
		t.Errorf("another owner changed something: %q", writes)
	}
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Fatalf("delete: %v (%s)", err, cloud.Todo(err))
	}
	for _, object := range w.left() {
		if !slices.Contains(before, object) {
			t.Errorf("left behind: %s", object)
		}
	}
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("delete again: %v", err)
	}
	again := ensured(w, part, ref, design, blueprint.ControlPlaneDesign{})
	if again.Objects["key"] != made.Objects["key"] {
		t.Errorf("the key is %s, was %s", again.Objects["key"], made.Objects["key"])
	}
}

func ptr[T any](v T) *T { return &v }
