package azurecloud_test

import (
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// withoutRegistry is a cluster that can be made before anything else.
func withoutRegistry(s *blueprint.Spec) { s.Registry = nil }

// fullCluster has every kind of object that a control plane can have without a
// registry.
func fullCluster(s *blueprint.Spec) {
	withoutRegistry(s)
	s.DeletionProtection = ptr(true)
	s.Access.Bindings = map[string]blueprint.BindingSpec{"shop": {Principal: "6f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c", Role: "edit", Namespaces: []string{"shop", "shop-test"}}}
	s.Addons = map[string]blueprint.AddonSpec{"azureKeyvaultSecretsProvider": {}}
}

// TestClusterLife takes a control plane through its life; the vault of its key
// comes back from its deletion, with the key.
func TestClusterLife(t *testing.T) {
	t.Parallel()
	w, all := newShop(t, fullCluster)
	made := life(w, cloud.Cloud.Cluster, shopRef("cluster"), *all.ControlPlane)
	out := made.Outputs
	if out.ARN == "" || !strings.Contains(out.Endpoint, ".azmk8s.io:443") || out.CertificateAuthority == "" || out.OIDCIssuer == "" ||
		!strings.EqualFold(out.NodeRole, made.Objects["identity/kubelet"]) || out.PlatformVersion == "" {
		t.Errorf("outputs: %+v", out)
	}
}

func ptr[T any](v T) *T { return &v }
