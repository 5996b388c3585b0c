package azurecloud

import (
	"context"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Versions implements [cloud.Discovery].
func (c *azureCloud) Versions(context.Context) ([]cloud.VersionInfo, error) {
	return nil, &cloud.Error{Kind: cloud.ErrUnsupported, Object: "versions", Reason: "this version of kready can't list them on Azure"}
}

// NodeImages implements [cloud.Discovery].
func (c *azureCloud) NodeImages(context.Context, cloud.NodeImageQuery) ([]cloud.NodeImage, error) {
	return nil, &cloud.Error{Kind: cloud.ErrUnsupported, Object: "node images", Reason: "this version of kready can't list them on Azure"}
}

// Leftovers implements [cloud.Discovery].
func (c *azureCloud) Leftovers(context.Context, string) ([]cloud.Leftover, error) {
	return nil, &cloud.Error{Kind: cloud.ErrUnsupported, Object: "leftovers", Reason: "this version of kready can't list them on Azure"}
}
