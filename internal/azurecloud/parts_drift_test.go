package azurecloud_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// TestRegistryDrift proves that whatever opens a registry, shows.
func TestRegistryDrift(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, pushers)
	push := "role-assignment/push-" + design.Registry.PushPrincipals[0]
	drifts(w, cloud.Cloud.Registry, shopRef("registry"), *design.Registry, []drift{
		{"registry", "properties.publicNetworkAccess", `"Enabled"`},
		{"registry", "properties.adminUserEnabled", "true"},
		{"registry", "properties.anonymousPullEnabled", "true"},
		{"registry", "properties.policies.retentionPolicy.days", "3"},
		{"registry", "properties.policies.retentionPolicy.status", `"disabled"`},
		{"zone-group", "properties.privateDnsZoneConfigs", "[]"},
		{push, "properties.description", `""`},
	})
}

// TestVaultDrift proves that whatever opens a vault, shows.
func TestVaultDrift(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, vaults)
	drifts(w, cloud.Cloud.Vault, shopRef("vault"), *design.Vault, []drift{
		{"vault/shop", "properties.publicNetworkAccess", `"Enabled"`},
		{"vault/shop", "properties.enableRbacAuthorization", "false"},
		{"vault/payments", "properties.networkAcls.defaultAction", `"Allow"`},
		{"vault/payments", "properties.networkAcls.bypass", `"AzureServices"`},
		{"zone-group/shop", "properties.privateDnsZoneConfigs", "[]"},
	})
}

// TestWorkloadIdentityDrift proves that whoever else is trusted, shows.
func TestWorkloadIdentityDrift(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, grants)
	w.cluster(design)
	w.vault(design)
	drifts(w, cloud.Cloud.WorkloadIdentity, shopRef("workload-identity/external-secrets"), design.WorkloadIdentities["external-secrets"], []drift{
		{"federated-credential", "properties.subject", `"system:serviceaccount:default:default"`},
		{"federated-credential", "properties.issuer", `"https://issuer.example.com/"`},
		{"federated-credential", "properties.audiences", `["api://other"]`},
		{"role-assignment/external-dns", "properties.description", `""`},
	})
}

// TestNodePoolDrift proves that every member of a pool that kready decides
// shows when it drifts, and that an autoscaler's size is no drift.
func TestNodePoolDrift(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, pools)
	w.cluster(design)
	apps := design.NodePools["apps"]
	drifts(w, cloud.Cloud.NodePool, shopRef("node-pool/apps"), apps, []drift{
		{"pool", "properties.minCount", "1"},
		{"pool", "properties.maxCount", "99"},
		{"pool", "properties.enableAutoScaling", "false"},
		{"pool", "properties.mode", `"System"`},
		{"pool", "properties.nodeLabels.tier", `"other"`},
		{"pool", "properties.nodeLabels.extra", `"1"`},
		{"pool", "properties.nodeLabels", "{}"},
		{"pool", "properties.nodeTaints", "[]"},
		{"pool", "properties.nodeTaints", `["dedicated=apps:NoExecute"]`},
		{"pool", "properties.upgradeSettings.maxSurge", `"1"`},
		{"pool", "properties.securityProfile.sshAccess", `"LocalUser"`},
		{"pool", "properties.tags.kready-rollout-id", "null"},
		// What only another scale set has is rebuilt under the same name.
		{"pool", "properties.vmSize", `"Standard_D4ds_v5"`},
		{"pool", "properties.osDiskSizeGB", "64"},
		{"pool", "properties.availabilityZones", `["1"]`},
		{"pool", "properties.maxPods", "30"},
	})
	part, ref := w.cloud.NodePool(), shopRef("node-pool/apps")
	found, err := part.Find(context.Background(), ref, apps)
	if err != nil {
		t.Fatal(err)
	}
	w.mutate(found.Objects["pool"], "properties.count", "7")
	found, err = part.Find(context.Background(), ref, apps)
	if err != nil || len(differ(apps, found.Design)) > 0 || found.Outputs.Sizes["all"] != 7 {
		t.Errorf("scaled to %d nodes: %v, %v", found.Outputs.Sizes["all"], differ(apps, found.Design), err)
	}
	mark := w.mark()
	if _, err := part.Ensure(context.Background(), ref, apps, apps, w.inputs); err != nil {
		t.Fatal(err)
	}
	if _, writes := w.calls(mark); len(writes) > 0 {
		t.Errorf("the size was changed: %q", writes)
	}
}

// poolNames are the agent pools that there are.
func (w *world) poolNames() []string {
	w.t.Helper()
	objects, err := w.box.Objects(false)
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, o := range objects {
		if strings.HasSuffix(o.Type, "/agentPools") {
			names = append(names, o.Name)
		}
	}
	slices.Sort(names)
	return names
}

// member reads one member of what is stored.
func (w *world) member(id string, path ...string) any {
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
	return value
}
