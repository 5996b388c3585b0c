package awscloud

import (
	"context"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// What this file holds is not realized yet, and says so. Whoever writes a part
// deletes its lines here; the last one deletes the file.

func (c *awsCloud) NodePool() cloud.Part[blueprint.NodePoolDesign, blueprint.NodePoolOutputs] {
	return unfinished[blueprint.NodePoolDesign, blueprint.NodePoolOutputs]{}
}

func (c *awsCloud) Addons() cloud.Part[blueprint.AddonsDesign, blueprint.AddonsOutputs] {
	return unfinished[blueprint.AddonsDesign, blueprint.AddonsOutputs]{}
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
