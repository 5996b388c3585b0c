package azureapi_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

const (
	clientID = "11111111-2222-4333-8444-555555555555"
	region   = "westeurope"
)

// account is a strict sandbox with fixed ids, and what a client of Microsoft's
// SDK needs to be in it: every request ends in the sandbox.
type account struct {
	box          *sandbox.Sandbox
	subscription string
	tenant       string
	credential   azcore.TokenCredential
	options      *arm.ClientOptions
}

func newAccount(t *testing.T) account {
	t.Helper()
	box, err := sandbox.Open(filepath.Join(t.TempDir(), "box.json"), sandbox.Options{
		APIs: []sandbox.API{azureapi.New()}, Seed: 1, Strict: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	realm := must(box.Realm())(t)
	if err := box.Set("azure/registered", "all"); err != nil {
		t.Fatal(err)
	}
	a := account{box: box, subscription: azureapi.Subscription(realm), tenant: azureapi.Tenant(realm)}
	transport := &http.Client{Transport: box.Transport()}
	a.options = &arm.ClientOptions{ClientOptions: policy.ClientOptions{Transport: transport}}
	a.options.Retry.MaxRetries = -1
	a.credential = must(azidentity.NewClientSecretCredential(a.tenant, clientID, "secret", &azidentity.ClientSecretCredentialOptions{
		ClientOptions: policy.ClientOptions{Transport: transport}, DisableInstanceDiscovery: true,
	}))(t)
	return a
}

// withGroup is an account with a resource group "rg".
func withGroup(t *testing.T) account {
	t.Helper()
	a := newAccount(t)
	groups := must(armresources.NewResourceGroupsClient(a.subscription, a.credential, a.options))(t)
	must(groups.CreateOrUpdate(context.Background(), "rg", armresources.ResourceGroup{Location: ptr(region)}, nil))(t)
	return a
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// finish polls an operation to its end, as a real client does.
func finish[T any](poller *runtime.Poller[T], err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out, err := poller.PollUntilDone(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// refused fails the test unless err is an answer with that error code.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		t.Fatalf("error is %v; want the code %s", err, code)
	}
	if answer.ErrorCode != code {
		t.Fatalf("error is %s; want the code %s\n%v", answer.ErrorCode, code, err)
	}
}

// second is the error of a call that returns something else besides.
func second[T any](_ T, err error) error { return err }

func ptr[T any](v T) *T { return &v }
