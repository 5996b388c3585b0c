package azureapi

import "github.com/kready-io/terraform-provider-kready/internal/sandbox"

// Announce lists what Azure's SDKs read. Azure knows no variable for the address
// of Resource Manager: a client is given it in its cloud configuration, and it
// is the authority's. Tokens are sent over https only.
func (a *api) Announce(realm string, at sandbox.Endpoint) []sandbox.Variable {
	return []sandbox.Variable{
		{Name: "# Azure clients take " + at.URL("https") + " as the endpoint of Resource Manager; they speak https only."},
		{Name: "AZURE_AUTHORITY_HOST", Value: at.URL("https")},
		{Name: "AZURE_SUBSCRIPTION_ID", Value: Subscription(realm)},
		{Name: "AZURE_TENANT_ID", Value: Tenant(realm)},
		{Name: "AZURE_CLIENT_ID", Value: derived(realm, "client")},
		{Name: "AZURE_CLIENT_SECRET", Value: "sandbox"},
	}
}
