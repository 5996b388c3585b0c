package acceptance

import (
	"maps"
	"slices"
	"testing"
)

// TestAccComposition_azure takes the published module through the life of an AKS
// cluster as a person would: build, nothing to do, one version up with another
// VM size for a pool, a copy in a second state, the whole thing gone, and built
// again at once, although Azure keeps the names of its vaults.
func TestAccComposition_azure(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	w := newWorkspace(t, b.azureConfig(t))
	w.apply()
	w.empty()
	before := b.snapshot(t)

	w.write(b.azureConfig(t, `"1.35"`, `"1.36"`, `["Standard_D8pds_v5"]`, `["Standard_D16pds_v5"]`))
	changes := w.plan()
	for _, address := range []string{"module.eu.kready_cluster.this", `module.eu.kready_node_pool.this["apps"]`, `module.eu.kready_node_pool.this["system"]`} {
		if c, ok := changes[address]; !ok || !slices.Equal(c.Change.Actions, []string{"update"}) {
			t.Errorf("a version up: %s is to %v", address, c.Change.Actions)
		}
	}
	w.apply()
	w.empty()
	if after := b.snapshot(t); !maps.Equal(before, after) {
		t.Errorf("a version up changed ids:\n%q\n%q", before, after)
	}

	second := newWorkspace(t, b.azureConfig(t))
	second.fails([]string{"apply", "-auto-approve"}, "owner \"sandbox\"", "incarnation", "kready adopt")
	w.empty()

	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Fatal(err)
	}
	w.apply()
	w.empty()
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Error(err)
	}
}

// TestAccCreateKilled_azure is TestAccCreateKilled on AKS.
func TestAccCreateKilled_azure(t *testing.T) {
	t.Parallel()
	killed(t, "azure", func(t *testing.T, b *box) string { return b.azureConfig(t) })
}

// TestAccIsolated_azure proves that a cluster without a way out boots from the
// registry that is made before it, and that what Kubernetes made is named before
// anything of it is destroyed, and goes when that is asked for.
func TestAccIsolated_azure(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	isolated := []string{`"nat_per_zone"`, `"isolated"`}
	w := newWorkspace(t, b.azureConfig(t, isolated...))
	w.apply()
	w.empty()
	for _, what := range []string{"load-balancer", "volume"} {
		if _, err := b.Plant("azure", what, map[string]string{"cluster": "shop-eu"}); err != nil {
			t.Fatal(err)
		}
	}
	before := b.snapshot(t)
	w.fails([]string{"destroy", "-auto-approve"}, "Kubernetes left objects behind", "load balancer", "volume")
	if after := b.snapshot(t); !maps.Equal(before, after) {
		t.Error("the refused destroy deleted something")
	}
	w.write(b.azureConfig(t, append(isolated, "deletion_protection = false", "deletion_protection = false\n  on_destroy = { leftovers = \"sweep\" }")...))
	w.apply()
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Error(err)
	}
}
