package azureapi_test

import (
	"context"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/msi/armmsi"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armlocks"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
)

const networkContributor = "/providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7"

func newIdentity(t *testing.T, a account, name string) armmsi.Identity {
	t.Helper()
	client := must(armmsi.NewUserAssignedIdentitiesClient(a.subscription, a.credential, a.options))(t)
	return must(client.CreateOrUpdate(context.Background(), "rg", name, armmsi.Identity{Location: ptr(region)}, nil))(t).Identity
}

// TestRoleAssignments proves that a new identity is not known to everybody at
// once, and what a role assignment is identified by.
func TestRoleAssignments(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	who := newIdentity(t, a, "control-plane")
	client := must(armauthorization.NewRoleAssignmentsClient(a.subscription, a.credential, a.options))(t)
	scope := "/subscriptions/" + a.subscription + "/resourceGroups/rg"
	assign := func(name, role string, kind *armauthorization.PrincipalType) error {
		_, err := client.Create(ctx, scope, name, armauthorization.RoleAssignmentCreateParameters{Properties: &armauthorization.RoleAssignmentProperties{
			PrincipalID: who.Properties.PrincipalID, RoleDefinitionID: ptr("/subscriptions/" + a.subscription + role), PrincipalType: kind}}, nil)
		return err
	}
	const one, two = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	service := ptr(armauthorization.PrincipalTypeServicePrincipal)
	refused(t, assign(one, networkContributor, service), "PrincipalNotFound")
	if err := assign(one, networkContributor, service); err != nil {
		t.Fatalf("a second try: %v", err)
	}
	if err := assign(one, networkContributor, service); err != nil {
		t.Fatalf("the same again: %v", err)
	}
	refused(t, assign(two, networkContributor, service), "RoleAssignmentExists")
	refused(t, assign("not-a-guid", networkContributor, service), "InvalidRoleAssignmentId")
	refused(t, assign(two, networkContributor[:len(networkContributor)-1]+"0", service), "RoleDefinitionDoesNotExist")
	refused(t, assign(two, networkContributor, ptr(armauthorization.PrincipalTypeGroup)), "RoleAssignmentExists")
	page := must(client.NewListForScopePager(scope, &armauthorization.RoleAssignmentsClientListForScopeOptions{Filter: ptr("principalId eq '" + *who.Properties.PrincipalID + "'")}).NextPage(ctx))(t)
	if len(page.Value) != 1 || *page.Value[0].Properties.Scope != scope {
		t.Fatalf("the scope has %d assignments", len(page.Value))
	}
	definitions := must(armauthorization.NewRoleDefinitionsClient(a.credential, a.options))(t)
	found := must(definitions.NewListPager(scope, &armauthorization.RoleDefinitionsClientListOptions{Filter: ptr("roleName eq 'AcrPull'")}).NextPage(ctx))(t)
	if len(found.Value) != 1 || *found.Value[0].Name != "7f951dda-4ed3-4680-a7ca-43fe172d538d" {
		t.Errorf("AcrPull is %v", found.Value)
	}
	const person = "5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c" // of the directory, and no identity
	if got := must(client.Create(ctx, scope, two, armauthorization.RoleAssignmentCreateParameters{Properties: &armauthorization.RoleAssignmentProperties{
		PrincipalID: ptr(person), RoleDefinitionID: ptr("/subscriptions/" + a.subscription + networkContributor)}}, nil))(t); *got.Properties.PrincipalType != armauthorization.PrincipalTypeUser {
		t.Errorf("a person is a %s", *got.Properties.PrincipalType)
	}
	must(client.Delete(ctx, scope, two, nil))(t)
	gone := must(client.Delete(ctx, scope, one, nil))(t)
	if gone.Name == nil || *gone.Name != one {
		t.Errorf("the delete shows %v", gone.Name)
	}
}

// TestFederation proves the rules on federated credentials.
func TestFederation(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	newIdentity(t, a, "workload")
	client := must(armmsi.NewFederatedIdentityCredentialsClient(a.subscription, a.credential, a.options))(t)
	put := func(name, issuer string) error {
		_, err := client.CreateOrUpdate(ctx, "rg", "workload", name, armmsi.FederatedIdentityCredential{Properties: &armmsi.FederatedIdentityCredentialProperties{
			Issuer: &issuer, Subject: ptr("system:serviceaccount:shop:web"), Audiences: to.SliceOfPtrs("api://AzureADTokenExchange")}}, nil)
		return err
	}
	if err := put("web", "https://westeurope.oic.prod-aks.azure.com/x/y/"); err != nil {
		t.Fatal(err)
	}
	refused(t, put("again", "https://westeurope.oic.prod-aks.azure.com/x/y/"), "Conflict")
	refused(t, put("plain", "http://example.com"), "BadRequest")
}

// TestLocks proves that a lock stops the delete of what it hangs on, of what is
// below, and of the group above.
func TestLocks(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	f := network(t, a)
	vnet := newNetwork(t, f, "vnet", "10.0.0.0/16")
	locks := must(armlocks.NewManagementLocksClient(a.subscription, a.credential, a.options))(t)
	must(locks.CreateOrUpdateByScope(ctx, *vnet.ID, "keep", armlocks.ManagementLockObject{Properties: &armlocks.ManagementLockProperties{Level: ptr(armlocks.LockLevelCanNotDelete)}}, nil))(t)
	_, err := f.NewVirtualNetworksClient().BeginDelete(ctx, "rg", "vnet", nil)
	refused(t, err, "ScopeLocked")
	groups := must(armresources.NewResourceGroupsClient(a.subscription, a.credential, a.options))(t)
	_, err = groups.BeginDelete(ctx, "rg", nil)
	refused(t, err, "ScopeLocked")
	newSubnet(t, f, "vnet", "more", subnetRange("10.0.0.0/24")) // writing is not deleting
	must(locks.DeleteByScope(ctx, *vnet.ID, "keep", nil))(t)
	finish(groups.BeginDelete(ctx, "rg", nil))(t)
}
