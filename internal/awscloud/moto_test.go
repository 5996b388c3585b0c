package awscloud_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/awscloud"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// moto starts a simulator of AWS that others wrote, and returns the cloud in it.
func moto(t *testing.T) cloud.Cloud {
	t.Helper()
	program, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("no moto_server on the PATH: `make test` installs it, or pip install 'moto[server]'")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	_ = listener.Close()
	command := exec.Command(program, "-H", "127.0.0.1", "-p", port)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	endpoint := "http://" + address
	poll := cloud.Poll{First: 100 * time.Millisecond, Max: 100 * time.Millisecond}
	err = poll.Until(t.Context(), "moto", func(ctx context.Context) (bool, string, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/moto-api/", nil)
		if err != nil {
			return false, "", err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, err.Error(), nil //nolint:nilerr // it isn't up yet
		}
		return true, "", response.Body.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAMOTO")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "moto")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	opened, err := awscloud.Open(t.Context(), cloud.Target{
		Region: "eu-west-1", EndpointURL: endpoint,
		Poll: cloud.Poll{First: time.Millisecond, Max: 10 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// lives takes a part through its life: made, found as designed, left alone by a
// second ensure, gone.
func lives[D blueprint.Section, O any](t *testing.T, part cloud.Part[D, O], ref cloud.Ref, design D) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var none D
	made, err := part.Ensure(ctx, ref, design, none, cloud.Inputs{})
	if err != nil {
		t.Fatalf("ensure %s: %v (%s)", ref.Part, err, cloud.Todo(err))
	}
	found, err := part.Find(ctx, ref, design)
	if err != nil {
		t.Fatalf("find %s: %v", ref.Part, err)
	}
	if differences := differ(design, found.Design); len(differences) > 0 {
		t.Errorf("%s: seen is not the design:\n%s", ref.Part, lines(differences))
	}
	again, err := part.Ensure(ctx, ref, design, design, cloud.Inputs{})
	if err != nil {
		t.Fatalf("ensure %s again: %v", ref.Part, err)
	}
	sameIDs(t, made.Objects, again.Objects, nil)
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("delete %s: %v (%s)", ref.Part, err, cloud.Todo(err))
	}
	if seen, err := part.Find(ctx, ref, design); !errors.Is(err, cloud.ErrNotFound) {
		t.Errorf("%s after the delete: %v, %v", ref.Part, seen.Objects, err)
	}
}

// TestAnotherSimulator proves network, registry and vault on a simulator that
// others wrote. Its EKS has neither access entries nor add-on versions, so
// nothing of a cluster can be proved there.
func TestAnotherSimulator(t *testing.T) {
	c := moto(t)
	t.Run("network", func(t *testing.T) { lives(t, c.Network(), networkRef(), networkDesign()) })
	t.Run("registry", func(t *testing.T) { lives(t, c.Registry(), partRef("registry"), registryDesign()) })
	t.Run("vault", func(t *testing.T) { lives(t, c.Vault(), partRef("vault"), vaultDesign()) })
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
