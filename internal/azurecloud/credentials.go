package azurecloud

import (
	"context"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Credentials implements [cloud.Discovery].
func (c *azureCloud) Credentials(context.Context, string) (cloud.Credentials, error) {
	return cloud.Credentials{}, &cloud.Error{Kind: cloud.ErrUnsupported, Object: "credentials", Reason: "this version of kready can't make them on Azure"}
}
