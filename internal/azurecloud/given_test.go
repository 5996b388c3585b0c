package azurecloud_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/msi/armmsi"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

// given are things that an organisation has before kready comes: a group, two
// identities, a log workspace.
type given struct{ group, plane, planePrincipal, kubelet, workspace string }

func (w *world) given() given {
	w.t.Helper()
	ctx := context.Background()
	subscription, credential, options := w.operator()
	groups := must(armresources.NewResourceGroupsClient(subscription, credential, options))(w.t)
	must(groups.CreateOrUpdate(ctx, "platform", armresources.ResourceGroup{Location: ptr(region)}, nil))(w.t)
	identities := must(armmsi.NewUserAssignedIdentitiesClient(subscription, credential, options))(w.t)
	identity := func(name string) armmsi.Identity {
		return must(identities.CreateOrUpdate(ctx, "platform", name, armmsi.Identity{Location: ptr(region)}, nil))(w.t).Identity
	}
	plane, kubelet := identity("plane"), identity("kubelet")
	workspaces := must(armoperationalinsights.NewWorkspacesClient(subscription, credential, options))(w.t)
	workspace := done(workspaces.BeginCreateOrUpdate(ctx, "platform", "logs", armoperationalinsights.Workspace{Location: ptr(region)}, nil))(w.t)
	return given{"platform", *plane.ID, *plane.Properties.PrincipalID, *kubelet.ID, *workspace.ID}
}

// operator is somebody with Microsoft's own clients.
func (w *world) operator() (subscription string, credential *azidentity.ClientSecretCredential, options *arm.ClientOptions) {
	w.t.Helper()
	realm := must(w.box.Realm())(w.t)
	transport := &http.Client{Transport: w.box.Transport()}
	credential = must(azidentity.NewClientSecretCredential(azureapi.Tenant(realm), "11111111-2222-4333-8444-555555555555", "secret",
		&azidentity.ClientSecretCredentialOptions{ClientOptions: policy.ClientOptions{Transport: transport}, DisableInstanceDiscovery: true}))(w.t)
	// Else this client would wait, for real seconds.
	for name, value := range map[string]string{"azure/registered": "all", "steps/azure/principal": "0"} {
		if err := w.box.Set(name, value); err != nil {
			w.t.Fatal(err)
		}
	}
	return azureapi.Subscription(realm), credential, &arm.ClientOptions{ClientOptions: policy.ClientOptions{Transport: transport}}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// done polls an operation to its end.
func done[T any](poller *runtime.Poller[T], err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		return must(must(poller, err)(t).PollUntilDone(context.Background(), nil))(t)
	}
}

// TestGivenThings proves that a cluster can stand in a group, act as identities
// and log to a workspace that were there before, with roles that others gave; and
// that none of these is touched or goes with it.
func TestGivenThings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, there := context.Background(), w.given()
	all := shop(t, func(s *blueprint.Spec) {
		withoutRegistry(s)
		s.Encryption = &blueprint.EncryptionSpec{Mode: "cloud"}
		s.Azure = &blueprint.AzureSpec{
			ResourceGroup: there.group, ControlPlaneID: there.plane, KubeletIdentityID: there.kubelet, LogWorkspaceID: there.workspace, RolesExist: true,
		}
	})
	subscription, credential, options := w.operator()
	assignments := must(armauthorization.NewRoleAssignmentsClient(subscription, credential, options))(t)
	for name, role := range map[string]string{ // Network Contributor and Managed Identity Operator, on the group
		"11111111-0000-4000-8000-000000000001": "4d97b98b-1d4f-4787-a291-c67834d212e7",
		"11111111-0000-4000-8000-000000000002": "f1a07417-d97a-45cb-824c-7a7467783830",
	} {
		must(assignments.Create(ctx, "/subscriptions/"+subscription+"/resourceGroups/"+there.group, name, armauthorization.RoleAssignmentCreateParameters{
			Properties: &armauthorization.RoleAssignmentProperties{
				PrincipalID: ptr(there.planePrincipal), PrincipalType: ptr(armauthorization.PrincipalTypeServicePrincipal), RoleDefinitionID: ptr("/providers/Microsoft.Authorization/roleDefinitions/" + role),
			}}, nil))(t)
	}
	before := w.left()
	network := life(w, cloud.Cloud.Network, shopRef("network"), *all.Network)
	w.inputs.Network = network.Objects
	life(w, cloud.Cloud.Cluster, shopRef("cluster"), *all.ControlPlane)
	if err := w.cloud.Cluster().Delete(ctx, shopRef("cluster"), *all.ControlPlane, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := w.cloud.Network().Delete(ctx, shopRef("network"), *all.Network, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if after := w.left(); lines(after) != lines(before) {
		t.Errorf("there is\n%s\nbefore there was\n%s", lines(after), lines(before))
	}
}
