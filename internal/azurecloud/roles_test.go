package azurecloud_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

// TestForeignAssignment proves that a right which somebody else gave already
// serves, shows as no drift, and is left alone by the delete.
func TestForeignAssignment(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, pushers)
	ctx := context.Background()
	part, ref := w.cloud.Registry(), shopRef("registry")
	plain := *design.Registry
	plain.PushPrincipals = nil
	made := ensured(w, part, ref, plain, blueprint.RegistryDesign{})

	realm, err := w.box.Realm()
	if err != nil {
		t.Fatal(err)
	}
	options := policy.ClientOptions{Transport: &http.Client{Transport: w.box.Transport()}}
	credential, err := azidentity.NewClientSecretCredential(azureapi.Tenant(realm), "11111111-2222-4333-8444-555555555555", "secret",
		&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	client, err := armauthorization.NewRoleAssignmentsClient(azureapi.Subscription(realm), credential, &arm.ClientOptions{ClientOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	const name, acrPush = "aaaaaaaa-0000-4000-8000-000000000001", "/providers/Microsoft.Authorization/roleDefinitions/8311e382-0749-4cb8-b61a-304f252e45ec"
	if _, err := client.Create(ctx, made.Objects["registry"], name, armauthorization.RoleAssignmentCreateParameters{Properties: &armauthorization.RoleAssignmentProperties{
		PrincipalID: to.Ptr(design.Registry.PushPrincipals[0]), RoleDefinitionID: to.Ptr("/subscriptions/" + azureapi.Subscription(realm) + acrPush)}}, nil); err != nil {
		t.Fatal(err)
	}
	served := ensured(w, part, ref, *design.Registry, plain)
	given := served.Objects["role-assignment/push-"+design.Registry.PushPrincipals[0]]
	if !strings.HasSuffix(given, name) {
		t.Errorf("served by %s, want %s", given, name)
	}
	if _, err := part.Ensure(ctx, ref, plain, *design.Registry, w.inputs); err != nil {
		t.Fatal(err)
	}
	if w.member(given, "name") != name {
		t.Error("the right that somebody else gave was taken away")
	}
	ensured(w, part, ref, *design.Registry, plain)
	if err := part.Delete(ctx, ref, *design.Registry, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}
