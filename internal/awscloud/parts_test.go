package awscloud_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// partRef is a part of the cluster shop-eu.
func partRef(part string) cloud.Ref {
	return cloud.Ref{Region: "eu-west-1", Cluster: "shop-eu", Part: part, Owner: "team", Incarnation: "inc-1", Token: "token-1"}
}

// canonicalJSON is what the provider compares designs by.
func canonicalJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// conform takes a part through the contract: ensured, it is found as it was
// designed and with exactly the components of the design; ensured again, it
// changes nothing; another owner is refused; every cut of its create by an
// error is finished by the next ensure; deleted, nothing is left.
func conform[D blueprint.Section, O any](t *testing.T, ref cloud.Ref, design D, inputs cloud.Inputs, open func(cloud.Cloud) cloud.Part[D, O], prepare func(w *world)) {
	t.Helper()
	ctx := context.Background()
	w := newWorld(t)
	if prepare != nil {
		prepare(w)
	}
	before := w.left()
	part := open(w.cloud)
	var none D
	if _, err := part.Find(ctx, ref, design); !errors.Is(err, cloud.ErrNotFound) {
		t.Fatalf("before: %v, want not found", err)
	}
	made, err := part.Ensure(ctx, ref, design, none, inputs)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, observed cloud.Observed[D, O]) {
		t.Helper()
		if got, want := canonicalJSON(t, observed.Design), canonicalJSON(t, design); got != want {
			t.Errorf("%s: the design reads back as\n%s\nwant\n%s", what, got, want)
		}
		keys := make([]string, 0, len(observed.Objects))
		for key := range observed.Objects {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		if want := design.Components(); !slices.Equal(keys, want) {
			t.Errorf("%s: objects are %q, want %q", what, keys, want)
		}
		if observed.Owner != ref.Owner || observed.Incarnation != ref.Incarnation || observed.Token != ref.Token {
			t.Errorf("%s: belongs to %q %q %q", what, observed.Owner, observed.Incarnation, observed.Token)
		}
	}
	check("ensured", made)
	found, err := open(w.open()).Find(ctx, ref, design)
	if err != nil {
		t.Fatal(err)
	}
	check("found", found)

	mark := w.mark()
	if _, err := part.Ensure(ctx, ref, design, design, inputs); err != nil {
		t.Fatal(err)
	}
	if _, writes := w.calls(mark); len(writes) > 0 {
		t.Errorf("ensured again: %q", writes)
	}

	other := ref
	other.Owner, other.Incarnation, other.Token = "others", "inc-2", "token-2"
	if _, err := part.Ensure(ctx, other, design, none, inputs); !errors.Is(err, cloud.ErrOwned) {
		t.Errorf("another owner: %v, want ErrOwned", err)
	}
	if err := part.Delete(ctx, other, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("another token's delete: %v", err)
	}
	if again, err := part.Find(ctx, ref, design); err != nil {
		t.Errorf("after another token's delete: %v", err)
	} else {
		check("after another token's delete", again)
	}

	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{RecoveryDays: 7}); err != nil {
		t.Fatal(err)
	}
	if after := w.left(); !slices.Equal(after, before) {
		t.Errorf("the delete left %q", after)
	}
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("deleted again: %v", err)
	}
	remade, err := part.Ensure(ctx, ref, design, none, inputs)
	if err != nil {
		t.Fatalf("made again after its delete: %v", err)
	}
	check("made again after its delete", remade)
	interruptions(t, ref, design, inputs, open, prepare)
}

// interruptions fails each changing call of a create in turn, and drops the
// answer of each, and ensures again: the outcome is the same, with nothing
// twice.
func interruptions[D blueprint.Section, O any](t *testing.T, ref cloud.Ref, design D, inputs cloud.Inputs, open func(cloud.Cloud) cloud.Part[D, O], prepare func(w *world)) {
	t.Helper()
	ctx := context.Background()
	var none D
	for _, fault := range []sandbox.Fault{{Write: true, Status: 403, Code: "AccessDeniedException"}, {Write: true, Drop: "after"}, {Write: true, Drop: "before"}} {
		for nth := 1; ; nth++ {
			w := newWorld(t)
			if prepare != nil {
				prepare(w)
			}
			fault.Nth = nth
			if _, err := w.box.AddFault(fault); err != nil {
				t.Fatal(err)
			}
			part := open(w.cloud)
			_, first := part.Ensure(ctx, ref, design, none, inputs)
			faults, err := w.box.Faults()
			if err != nil {
				t.Fatal(err)
			}
			if faults[0].Fired == 0 {
				break
			}
			if err := w.box.ClearFaults(); err != nil {
				t.Fatal(err)
			}
			retry := ref
			retry.Token = "token-2" // the state was lost with the token
			observed, err := part.Ensure(ctx, retry, design, none, inputs)
			if err != nil {
				t.Errorf("%+v, first %v: ensured again: %v", fault, first, err)
				continue
			}
			if got, want := canonicalJSON(t, observed.Design), canonicalJSON(t, design); got != want {
				t.Errorf("%+v: the design reads back as\n%s", fault, got)
			}
			if err := part.Delete(ctx, retry, design, cloud.DeleteOptions{RecoveryDays: 7}); err != nil {
				t.Errorf("%+v: %v", fault, err)
			}
			clean := newWorld(t)
			if prepare != nil {
				prepare(clean)
			}
			if left, want := len(w.left()), len(clean.left()); left != want {
				t.Errorf("%+v: the delete left %q", fault, w.left())
			}
		}
	}
}

var lifecycle = blueprint.LifecycleDesign{Logs: "delete", Keys: "delete", Backups: "delete", Leftovers: "refuse"}

func scope() blueprint.Scope {
	return blueprint.Scope{Cloud: "aws", Region: "eu-west-1", Cluster: "shop-eu", OnDestroy: lifecycle}
}

func registryDesign() blueprint.RegistryDesign {
	return blueprint.RegistryDesign{
		Scope: scope(),
		Repositories: map[string]blueprint.RepositoryDesign{
			"shop-web": {Name: "shop/web", ImmutableTags: true, ScanOnPush: true, KeepUntaggedDays: 14, KeepImages: 500},
			"shop-api": {Name: "shop/api", ImmutableTags: false, ScanOnPush: false, KeepUntaggedDays: 7, KeepImages: 10},
		},
		PushPrincipals: []string{"arn:aws:iam::111122223333:role/ci"},
		Names:          map[string]string{"key-alias": "alias/kready-shop-eu-registry"},
		Tags:           map[string]string{"cost-center": "shop"},
	}
}

// TestRegistryConforms holds the registry to the contract.
func TestRegistryConforms(t *testing.T) {
	conform(t, partRef("registry"), registryDesign(), cloud.Inputs{}, cloud.Cloud.Registry, nil)
}

// TestRegistryKeepsImages proves that a repository with images is not deleted,
// neither alone nor with the registry, unless force says so.
func TestRegistryKeepsImages(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	ref, design := partRef("registry"), registryDesign()
	if _, err := w.cloud.Registry().Ensure(ctx, ref, design, blueprint.RegistryDesign{}, cloud.Inputs{}); err != nil {
		t.Fatal(err)
	}
	images := ecr.New(ecr.Options{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKIASANDBOX", "sandbox", ""),
		HTTPClient: &http.Client{Transport: w.box.Transport()},
	})
	_, err := images.PutImage(ctx, &ecr.PutImageInput{
		RepositoryName: aws.String("shop/web"), ImageTag: aws.String("v1"),
		ImageManifest: aws.String(`{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	fewer := registryDesign()
	delete(fewer.Repositories, "shop-web")
	if _, err := w.cloud.Registry().Ensure(ctx, ref, fewer, design, cloud.Inputs{}); !errors.Is(err, cloud.ErrNotEmpty) || !strings.Contains(err.Error(), "shop/web holds 1 images") {
		t.Errorf("a repository less: %v", err)
	}
	before := w.left()
	if err := w.cloud.Registry().Delete(ctx, ref, design, cloud.DeleteOptions{}); !errors.Is(err, cloud.ErrNotEmpty) {
		t.Errorf("delete: %v", err)
	}
	if after := w.left(); !slices.Equal(before, after) {
		t.Errorf("the refused delete deleted something: %q", after)
	}
	if err := w.cloud.Registry().Delete(ctx, ref, design, cloud.DeleteOptions{Force: true}); err != nil {
		t.Errorf("forced: %v", err)
	}
	if left := w.left(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func vaultDesign() blueprint.VaultDesign {
	return blueprint.VaultDesign{
		Scope: scope(), RecoveryDays: 7,
		Vaults: map[string]blueprint.VaultEntryDesign{
			"shop":     {Prefix: "shop/", Name: "alias/kready-shop-eu-vault-shop"},
			"payments": {Prefix: "payments/", Name: "alias/kready-shop-eu-vault-payments"},
		},
	}
}

// TestVaultConforms holds the vaults to the contract.
func TestVaultConforms(t *testing.T) {
	conform(t, partRef("vault"), vaultDesign(), cloud.Inputs{}, cloud.Cloud.Vault, nil)
}
