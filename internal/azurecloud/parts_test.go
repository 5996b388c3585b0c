package azurecloud_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// newShop is a world in which the network of the shop stands.
func newShop(t testing.TB, change func(*blueprint.Spec)) (*world, blueprint.Design) {
	t.Helper()
	w := newWorld(t)
	design := shop(t, change)
	made, err := w.cloud.Network().Ensure(context.Background(), shopRef("network"), *design.Network, blueprint.NetworkDesign{}, cloud.Inputs{})
	if err != nil {
		t.Fatalf("network: %v (%s)", err, cloud.Todo(err))
	}
	w.inputs.Network = made.Objects
	return w, design
}

// registry, vault and cluster stand in the shop from then on.
func (w *world) registry(design blueprint.Design) {
	w.t.Helper()
	made, err := w.cloud.Registry().Ensure(context.Background(), shopRef("registry"), *design.Registry, blueprint.RegistryDesign{}, w.inputs)
	if err != nil {
		w.t.Fatalf("registry: %v (%s)", err, cloud.Todo(err))
	}
	w.inputs.Registry = made.Objects
}

func (w *world) vault(design blueprint.Design) {
	w.t.Helper()
	made, err := w.cloud.Vault().Ensure(context.Background(), shopRef("vault"), *design.Vault, blueprint.VaultDesign{}, w.inputs)
	if err != nil {
		w.t.Fatalf("vault: %v (%s)", err, cloud.Todo(err))
	}
	w.inputs.Vault = made.Objects
}

func (w *world) cluster(design blueprint.Design) {
	w.t.Helper()
	w.registry(design)
	made, err := w.cloud.Cluster().Ensure(context.Background(), shopRef("cluster"), *design.ControlPlane, blueprint.ControlPlaneDesign{}, w.inputs)
	if err != nil {
		w.t.Fatalf("cluster: %v (%s)", err, cloud.Todo(err))
	}
	w.inputs.Cluster = made.Objects
}

// life takes a part through the contract: made as designed, found so by another
// process and on import, not changed by a second ensure nor by strangers, gone
// without a trace, and made again.
func life[D blueprint.Section, O any](w *world, open func(cloud.Cloud) cloud.Part[D, O], ref cloud.Ref, design D) cloud.Observed[D, O] {
	w.t.Helper()
	ctx := context.Background()
	var none D
	part, before := open(w.cloud), w.left()
	if _, err := part.Find(ctx, ref, design); !errors.Is(err, cloud.ErrNotFound) {
		w.t.Fatalf("find before ensure: %v, want not found", err)
	}
	made := ensured(w, part, ref, design, none)
	imported, err := open(w.open()).Find(ctx, cloud.Ref{Region: region, Cluster: ref.Cluster, Part: ref.Part, Owner: ref.Owner}, none)
	if err != nil {
		w.t.Fatalf("import: %v", err)
	}
	matches(w, "imported", imported, design)
	stranger := ref
	stranger.Owner, stranger.Incarnation, stranger.Token = "others", "inc2", "tok2"
	mark := w.mark()
	if _, err := part.Ensure(ctx, stranger, design, none, w.inputs); !errors.Is(err, cloud.ErrOwned) {
		w.t.Errorf("another owner: %v, want owned", err)
	}
	if err := part.Delete(ctx, stranger, design, cloud.DeleteOptions{}); err != nil {
		w.t.Errorf("delete with another token: %v", err)
	}
	if _, writes := w.calls(mark); len(writes) > 0 {
		w.t.Errorf("another owner changed something: %q", writes)
	}
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		w.t.Fatalf("delete: %v (%s)", err, cloud.Todo(err))
	}
	if after := w.left(); lines(after) != lines(before) {
		w.t.Errorf("the delete left\n%s\nof\n%s", lines(after), lines(before))
	}
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		w.t.Errorf("delete again: %v", err)
	}
	again := ensured(w, part, ref, design, none)
	if len(again.Objects) != len(made.Objects) {
		w.t.Errorf("made again: %v, at first %v", again.Objects, made.Objects)
	}
	return again
}

func pushers(spec *blueprint.Spec) {
	spec.Network.Egress = "isolated"
	spec.Registry.PushPrincipals = []string{"0b7c1a52-3f0e-4a7e-8d0a-6f1f2c3d4e5f"}
}

// TestRegistryLife proves that a registry is private, with its caches and the
// rights to push, and reads back as designed.
func TestRegistryLife(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*blueprint.Spec){"plain": nil, "isolated": pushers} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, design := newShop(t, change)
			made := life(w, cloud.Cloud.Registry, shopRef("registry"), *design.Registry)
			if made.Outputs.URLs["registry"] != design.Registry.Name+".azurecr.io" {
				t.Errorf("outputs: %+v", made.Outputs)
			}
		})
	}
}

func vaults(spec *blueprint.Spec) { spec.Vault.Names = []string{"payments", "shop"} }

// TestVaultLife proves that vaults are private and protected, read back as
// designed, and come back with what is in them when they are made again.
func TestVaultLife(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, vaults)
	made := life(w, cloud.Cloud.Vault, shopRef("vault"), *design.Vault)
	if want := "https://" + design.Vault.Vaults["shop"].Name + ".vault.azure.net/"; made.Outputs.IDs["shop"] != want {
		t.Errorf("outputs: %+v, want %s", made.Outputs, want)
	}
}

func grants(spec *blueprint.Spec) {
	spec.WorkloadIdentities = map[string]blueprint.WorkloadIdentitySpec{"external-secrets": {
		Namespace: "external-secrets", ServiceAccount: "external-secrets", Grants: []string{"vault:read", "registry:pull", "external-dns"},
	}}
}

// TestWorkloadIdentityLife proves that an identity trusts one service account
// of the cluster, has exactly its grants, and reads back as designed.
func TestWorkloadIdentityLife(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, grants)
	w.cluster(design)
	w.vault(design)
	made := life(w, cloud.Cloud.WorkloadIdentity, shopRef("workload-identity/external-secrets"), design.WorkloadIdentities["external-secrets"])
	if made.Outputs.PrincipalID == "" {
		t.Error("no client id")
	}
}

func pools(spec *blueprint.Spec) {
	apps := spec.NodePools["apps"]
	apps.Taints = []blueprint.TaintSpec{{Key: "dedicated", Value: "apps", Effect: "NoSchedule"}, {Key: "later", Effect: "PreferNoSchedule"}}
	apps.RolloutID = "r1"
	spec.NodePools["apps"] = apps
	spec.NodePools["spot"] = blueprint.NodePoolSpec{InstanceTypes: []string{"standard_d4pds_v5"}, MinSize: 0, MaxSize: 9, CapacityType: "spot", NodeImage: &blueprint.NodeImageSpec{OS: "azurelinux3"}}
	spec.NodePools["fixed"] = blueprint.NodePoolSpec{InstanceTypes: []string{"Standard_D8ds_v5"}, MinSize: 2, MaxSize: 2, MaxUnavailable: "1", Disk: &blueprint.DiskSpec{Type: "managed", SizeGiB: 200}}
}

// TestNodePoolLife proves that pools are made as designed, of every kind.
func TestNodePoolLife(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, pools)
	w.cluster(design)
	for _, name := range []string{"apps", "spot", "fixed"} {
		made := life(w, cloud.Cloud.NodePool, shopRef("node-pool/"+name), design.NodePools[name])
		if made.Outputs.ImageRelease["all"] == "" || made.Outputs.Sizes["all"] != int64(design.NodePools[name].Groups["all"].MinSize) && name != "spot" {
			t.Errorf("%s: outputs: %+v", name, made.Outputs)
		}
	}
}

// TestVaultDeleted proves what becomes of a deleted vault whose name is wanted
// again: ours comes back with its secrets, one of others is refused with its
// owner, and one with another window with the way out.
func TestVaultDeleted(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, nil)
	ctx := context.Background()
	part, ref, want := w.cloud.Vault(), shopRef("vault"), *design.Vault
	made := ensured(w, part, ref, want, blueprint.VaultDesign{})
	name := want.Vaults["shop"].Name
	if _, err := w.box.Plant("azure", "secret", map[string]string{"vault": name}); err != nil {
		t.Fatal(err)
	}
	before := w.left()
	if err := part.Delete(ctx, ref, want, cloud.DeleteOptions{}); !errors.Is(err, cloud.ErrNotEmpty) || !strings.Contains(err.Error(), "holds 1 secrets") {
		t.Errorf("a vault with a secret: %v, want not empty", err)
	}
	if after := w.left(); lines(after) != lines(before) {
		t.Errorf("the refused delete deleted something:\n%s", lines(after))
	}
	if err := part.Delete(ctx, ref, want, cloud.DeleteOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	longer := want
	longer.RecoveryDays = 60
	if _, err := part.Ensure(ctx, ref, longer, blueprint.VaultDesign{}, w.inputs); !errors.Is(err, cloud.ErrConflict) || !strings.Contains(cloud.Todo(err), "recovery_days = 30") {
		t.Errorf("another window: %v (%s)", err, cloud.Todo(err))
	}
	stranger := ref
	stranger.Owner, stranger.Incarnation, stranger.Token = "others", "inc2", "tok2"
	if _, err := part.Ensure(ctx, stranger, want, blueprint.VaultDesign{}, w.inputs); !errors.Is(err, cloud.ErrOwned) || !strings.Contains(err.Error(), `owner "team"`) {
		t.Errorf("a stranger: %v, want owned", err)
	}
	next := ref
	next.Incarnation, next.Token = "inc2", "tok2" // the cluster was destroyed and built again
	again := ensured(w, part, next, want, blueprint.VaultDesign{})
	if again.Objects["vault/shop"] != made.Objects["vault/shop"] || w.member(made.Objects["vault/shop"]+"/secrets/password", "name") != "password" {
		t.Errorf("the vault came back as %v, without its secret", again.Objects)
	}
	fewer := want
	fewer.Vaults = map[string]blueprint.VaultEntryDesign{"other": {Name: "shop-other-1a2b3c4d"}}
	fewer.Names = map[string]string{"private-endpoint/other": "shop-vault-other"}
	if _, err := part.Ensure(ctx, next, fewer, want, w.inputs); !errors.Is(err, cloud.ErrNotEmpty) {
		t.Errorf("a vault with a secret that the design no longer holds: %v, want not empty", err)
	}
}

// TestRegistryKeepsImages proves that a registry with images is not deleted,
// unless force says so.
func TestRegistryKeepsImages(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, nil)
	ctx := context.Background()
	part, ref := w.cloud.Registry(), shopRef("registry")
	ensured(w, part, ref, *design.Registry, blueprint.RegistryDesign{})
	if _, err := w.box.Plant("azure", "image", map[string]string{"registry": design.Registry.Name, "size": "4096"}); err != nil {
		t.Fatal(err)
	}
	before := w.left()
	if err := part.Delete(ctx, ref, *design.Registry, cloud.DeleteOptions{}); !errors.Is(err, cloud.ErrNotEmpty) || !strings.Contains(err.Error(), "4096 bytes") {
		t.Errorf("delete: %v, want not empty", err)
	}
	if after := w.left(); lines(after) != lines(before) {
		t.Errorf("the refused delete deleted something:\n%s", lines(after))
	}
	if err := part.Delete(ctx, ref, *design.Registry, cloud.DeleteOptions{Force: true}); err != nil {
		t.Errorf("forced: %v", err)
	}
}

// TestRegistryOverQuota proves that a limit is named as one, by the name under
// which it can be raised, and that the registry is finished once it is.
func TestRegistryOverQuota(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, nil)
	if err := w.box.Set("azure/quota/"+region+"/PrivateEndpoints", "0"); err != nil {
		t.Fatal(err)
	}
	part, ref := w.cloud.Registry(), shopRef("registry")
	seen, err := part.Ensure(context.Background(), ref, *design.Registry, blueprint.RegistryDesign{}, w.inputs)
	if !errors.Is(err, cloud.ErrQuota) || !strings.Contains(cloud.Todo(err), "az quota update --resource-name PrivateEndpoints") {
		t.Errorf("over quota: %v (%s)", err, cloud.Todo(err))
	}
	if !seen.Exists || seen.Objects["registry"] == "" {
		t.Errorf("nobody is told of the registry: %+v", seen.Objects)
	}
	if err := w.box.Set("azure/quota/"+region+"/PrivateEndpoints", "10"); err != nil {
		t.Fatal(err)
	}
	ensured(w, part, ref, *design.Registry, seen.Design)
}

// TestPartsNeedTheirInputs proves that a part whose neighbours were not handed
// over says which, before it makes anything.
func TestPartsNeedTheirInputs(t *testing.T) {
	t.Parallel()
	design := shop(t, grants)
	w := newWorld(t)
	ctx := context.Background()
	_, registry := w.cloud.Registry().Ensure(ctx, shopRef("registry"), *design.Registry, blueprint.RegistryDesign{}, cloud.Inputs{})
	_, vault := w.cloud.Vault().Ensure(ctx, shopRef("vault"), *design.Vault, blueprint.VaultDesign{}, cloud.Inputs{})
	_, identity := w.cloud.WorkloadIdentity().Ensure(ctx, shopRef("workload-identity/external-secrets"), design.WorkloadIdentities["external-secrets"], blueprint.WorkloadIdentityDesign{}, cloud.Inputs{})
	_, addons := w.cloud.Addons().Ensure(ctx, shopRef("addons"), blueprint.AddonsDesign{}, blueprint.AddonsDesign{}, cloud.Inputs{})
	for text, err := range map[string]error{"kready_network": registry, "private-dns-zone/vault": vault, "vault:vault/shop": identity, "part of the cluster": addons} {
		if !errors.Is(err, cloud.ErrInvalid) || !strings.Contains(err.Error()+cloud.Todo(err), text) {
			t.Errorf("%v does not say %q", err, text)
		}
	}
	if left := w.left(); len(left) > 0 {
		t.Errorf("made: %q", left)
	}
}
