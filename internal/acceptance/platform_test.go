package acceptance

import (
	"fmt"
	"strings"
	"testing"
)

// platformConfig is what two clusters share.
func (b *box) platformConfig(t *testing.T) string {
	t.Helper()
	return b.block() + fmt.Sprintf(`
resource "kready_cluster_blueprint" "shared" {
  kind                = "platform"
  name                = "shared"
  cloud               = "aws"
  region              = "eu-west-1"
  registry            = { repositories = ["shop/web", "shop/api"] }
  vault               = { names = ["shop"] }
  deletion_protection = false
}

module "shared" {
  source    = %s
  blueprint = kready_cluster_blueprint.shared
}

output "vault" { value = module.shared.vault_ids["shop"] }
output "registry" { value = module.shared.registry_id }
`, quote(moduleSource(t, "platform")))
}

// usesPlatform is a cluster that uses what is shared.
func (b *box) usesPlatform(t *testing.T, name, range16, vault, registry string) string {
	t.Helper()
	text := b.config(t,
		`"shop-eu"`, quote(name), `"10.72.0.0/16"`, quote(range16),
		`registry = { repositories = ["shop/web", "shop/api"] }`, fmt.Sprintf(`registry = { repositories = ["shop/web"], existing = { id = %s } }`, quote(registry)),
		`vault    = { names = ["shop"] }`, fmt.Sprintf(`vault    = { existing = { ids = { shop = %s } } }`, quote(vault)),
		`grants = ["vault:read"]`, `grants = ["vault:read", "registry:push"]`)
	return text
}

// TestAccPlatform proves that two clusters use one registry and one vault, with
// rights on exactly these, and that destroying either of them, or both, leaves
// the platform exactly as it was.
func TestAccPlatform(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	if err := b.Set("quota/aws/ec2/L-0263D0A3", "10"); err != nil { // two clusters need six addresses
		t.Fatal(err)
	}
	platform := newWorkspace(t, b.platformConfig(t))
	platform.apply()
	platform.empty()
	vault, registry := platform.output("vault"), platform.output("registry")
	before := b.stored(t)
	blue := newWorkspace(t, b.usesPlatform(t, "shop-blue", "10.72.0.0/16", vault, registry))
	green := newWorkspace(t, b.usesPlatform(t, "shop-green", "10.73.0.0/16", vault, registry))
	for _, w := range []*workspace{blue, green} {
		w.apply()
		w.empty()
	}
	rights := 0
	for key, raw := range b.stored(t) {
		if strings.Contains(key, "iam/role") && strings.Contains(raw, "repository/shop/web") && strings.Contains(raw, vault) {
			rights++
		}
		if strings.Contains(key, "iam/role") && strings.Contains(raw, "repository/shop/api") {
			t.Errorf("%s may push to a repository that was not named", key)
		}
	}
	if rights != 2 {
		t.Errorf("%d roles have rights on what is shared, want one of each cluster", rights)
	}
	green.destroy()
	blue.empty()
	blue.destroy()
	b.onlyKept(t, before)
	platform.empty()
	platform.destroy()
}

// onlyKept fails unless everything that was there before is there exactly as it
// was, and nothing new but what a destroy keeps on purpose.
func (b *box) onlyKept(t *testing.T, before map[string]string) {
	t.Helper()
	after := b.stored(t)
	for key, was := range before {
		if now := after[key]; now != was {
			t.Errorf("%s was changed:\nwas %s\nnow %s", key, was, now)
		}
	}
	for key, raw := range after {
		if _, there := before[key]; !there && !strings.Contains(raw, "kready-kept") {
			t.Errorf("%s is left", key)
		}
	}
}

// output is one output of the state, as text.
func (w *workspace) output(name string) string {
	w.t.Helper()
	out, code := w.run("output", "-raw", name)
	if code != 0 {
		w.t.Fatalf("output %s: %s", name, out)
	}
	return out
}
