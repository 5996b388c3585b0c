package azurecloud

import (
	"context"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Ranges implements [cloud.Inventory].
func (c *azureCloud) Ranges(context.Context) ([]cloud.NetworkRange, error) {
	return nil, &cloud.Error{Kind: cloud.ErrUnsupported, Object: "address ranges", Reason: "this version of kready can't list them on Azure"}
}
