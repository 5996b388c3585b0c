package acceptance

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestAccReplacement proves that another network is refused with the tokens of
// both things that it would destroy, by the blueprint and again by the cluster
// itself, and that with both acknowledged everything which stood in the old
// network is made anew in the new one.
func TestAccReplacement(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	w := newWorkspace(t, b.config(t))
	w.apply()
	before := b.snapshot(t)

	const protection, moved = "deletion_protection = false", `cidr           = "10.80.0.0/16"`
	old := `cidr           = "10.72.0.0/16"`
	w.write(b.config(t, old, moved))
	refused := w.fails([]string{"plan"}, "this would replace the network", "this would replace the cluster")
	tokens := slices.Compact(sorted(regexp.MustCompile(`(network|cluster)-[0-9a-f]{10}`).FindAllString(refused, -1)))
	if len(tokens) != 2 {
		t.Fatalf("%q instead of two tokens:\n%s", tokens, refused)
	}
	acknowledged := protection + "\n  acknowledge_replacement = [\"" + strings.Join(tokens, `", "`) + `"]`

	// Wired by hand, the cluster hears of one token only.
	w.write(strings.Replace(b.config(t, old, moved, protection, acknowledged), `blueprint = kready_cluster_blueprint.eu`,
		`blueprint = merge(kready_cluster_blueprint.eu, { acknowledge_replacement = ["`+tokens[1]+`"] })`, 1))
	w.fails([]string{"plan"}, "Replacement refused: cluster of shop-eu", tokens[0])
	if after := b.snapshot(t); len(after) != len(before) {
		t.Errorf("the refused plans changed something")
	}

	w.write(b.config(t, old, moved, protection, acknowledged))
	replaced := []string{}
	for address, c := range w.plan() {
		if slices.Equal(c.Change.Actions, []string{"delete", "create"}) {
			replaced = append(replaced, strings.TrimPrefix(address, "module.eu.kready_"))
		}
	}
	slices.Sort(replaced)
	want := []string{"addons.this[0]", "cluster.this", "network.this", `node_pool.this["apps"]`, `node_pool.this["system"]`, `workload_identity.this["external-secrets"]`}
	if !slices.Equal(replaced, want) {
		t.Errorf("to be replaced: %q, want %q", replaced, want)
	}
	w.apply()
	w.empty()
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Error(err)
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
