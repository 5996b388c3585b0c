package awscloud

import (
	"context"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// What this file holds is not realized yet, and says so. Whoever writes a part
// deletes its lines here; the last one deletes the file.

func (c *awsCloud) Cluster() cloud.Part[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs] {
	return unfinished[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs]{}
}

func (c *awsCloud) NodePool() cloud.Part[blueprint.NodePoolDesign, blueprint.NodePoolOutputs] {
	return unfinished[blueprint.NodePoolDesign, blueprint.NodePoolOutputs]{}
}

func (c *awsCloud) Addons() cloud.Part[blueprint.AddonsDesign, blueprint.AddonsOutputs] {
	return unfinished[blueprint.AddonsDesign, blueprint.AddonsOutputs]{}
}

func (c *awsCloud) Registry() cloud.Part[blueprint.RegistryDesign, blueprint.RegistryOutputs] {
	return unfinished[blueprint.RegistryDesign, blueprint.RegistryOutputs]{}
}

func (c *awsCloud) Vault() cloud.Part[blueprint.VaultDesign, blueprint.VaultOutputs] {
	return unfinished[blueprint.VaultDesign, blueprint.VaultOutputs]{}
}

func (c *awsCloud) WorkloadIdentity() cloud.Part[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs] {
	return unfinished[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs]{}
}

func (c *awsCloud) Versions(context.Context) ([]cloud.VersionInfo, error) { return nil, unsupported() }

func (c *awsCloud) NodeImages(context.Context, cloud.NodeImageQuery) ([]cloud.NodeImage, error) {
	return nil, unsupported()
}

func (c *awsCloud) Credentials(context.Context, string) (cloud.Credentials, error) {
	return cloud.Credentials{}, unsupported()
}

func (c *awsCloud) Leftovers(context.Context, string) ([]cloud.Leftover, error) {
	return nil, unsupported()
}

type unfinished[D blueprint.Section, O any] struct{}

func (unfinished[D, O]) Find(context.Context, cloud.Ref, D) (cloud.Observed[D, O], error) {
	return cloud.Observed[D, O]{}, unsupported()
}

func (unfinished[D, O]) Ensure(context.Context, cloud.Ref, D, D, cloud.Inputs) (cloud.Observed[D, O], error) {
	return cloud.Observed[D, O]{}, unsupported()
}

func (unfinished[D, O]) Delete(context.Context, cloud.Ref, D, cloud.DeleteOptions) error {
	return unsupported()
}

func unsupported() error {
	return &cloud.Error{Kind: cloud.ErrUnsupported, Operation: "aws", Reason: "this version of kready can't do it yet"}
}
