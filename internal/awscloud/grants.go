package awscloud

import (
	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// scopeOf takes a grant's scope out of what other parts made.
func scopeOf(ref cloud.Ref, grant blueprint.GrantDesign, inputs cloud.Inputs) awsiam.Scope {
	scope := awsiam.Scope{Cluster: ref.Cluster, On: grant.On, Given: grant.Given, Vaults: map[string]string{}}
	for component, id := range inputs.Vault {
		if name, ok := cutComponent("key", component); ok && grant.Given[name] == "" {
			scope.Vaults[name] = id
		}
	}
	return scope
}
