package azurecloud_test

import (
	"context"
	"errors"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// TestNetworkLife proves that a network is made as designed, found as designed
// (on import too, where nothing is known), not touched by a second ensure, not by
// strangers, and leaves nothing when deleted.
func TestNetworkLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	part, ref, design := w.cloud.Network(), shopRef("network"), *shop(t, nil).Network
	if _, err := part.Find(ctx, ref, design); !errors.Is(err, cloud.ErrNotFound) {
		t.Fatalf("find before ensure: %v, want not found", err)
	}
	made := ensured(w, part, ref, design, blueprint.NetworkDesign{})
	if made.Token != ref.Token || made.Owner != ref.Owner || made.Incarnation != ref.Incarnation {
		t.Errorf("made: %+v", made)
	}
	if made.Outputs.NetworkID != made.Objects["vnet"] || len(made.Outputs.EgressAddress) != 1 {
		t.Errorf("outputs: %+v", made.Outputs)
	}
	imported, err := part.Find(ctx, cloud.Ref{Region: region, Cluster: "shop", Part: "network", Owner: "team"}, blueprint.NetworkDesign{})
	if err != nil {
		t.Fatal(err)
	}
	matches(w, "imported", imported, design)

	stranger := ref
	stranger.Owner, stranger.Incarnation, stranger.Token = "others", "inc2", "tok2"
	mark := w.mark()
	if _, err := part.Ensure(ctx, stranger, design, blueprint.NetworkDesign{}, w.inputs); !errors.Is(err, cloud.ErrOwned) {
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
	if left := w.left(); len(left) > 0 {
		t.Errorf("left behind:\n%s", lines(left))
	}
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("delete again: %v", err)
	}
	ensured(w, part, ref, design, blueprint.NetworkDesign{})
}
