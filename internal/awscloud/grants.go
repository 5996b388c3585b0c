package awscloud

import (
	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// scopeOf takes a grant's scope out of what other parts made.
func scopeOf(ref cloud.Ref, on []string, inputs cloud.Inputs) awsiam.Scope {
	scope := awsiam.Scope{Cluster: ref.Cluster, On: on, Vaults: map[string]string{}}
	for component, id := range inputs.Vault {
		if name, ok := cutComponent("key", component); ok {
			scope.Vaults[name] = id
		}
	}
	return scope
}
