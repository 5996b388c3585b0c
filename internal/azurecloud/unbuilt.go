package azurecloud

import (
	"context"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// unbuilt is a part that this version can't realize.
type unbuilt[D blueprint.Section, O any] struct{}

func (unbuilt[D, O]) refuse(ref cloud.Ref) error {
	return &cloud.Error{Kind: cloud.ErrUnsupported, Object: ofCluster(ref.Part, ref), Reason: "this version of kready can't build it on Azure"}
}

// Find implements [cloud.Part].
func (u unbuilt[D, O]) Find(_ context.Context, ref cloud.Ref, _ D) (cloud.Observed[D, O], error) {
	return cloud.Observed[D, O]{}, u.refuse(ref)
}

// Ensure implements [cloud.Part].
func (u unbuilt[D, O]) Ensure(_ context.Context, ref cloud.Ref, _, _ D, _ cloud.Inputs) (cloud.Observed[D, O], error) {
	return cloud.Observed[D, O]{}, u.refuse(ref)
}

// Delete implements [cloud.Part].
func (u unbuilt[D, O]) Delete(_ context.Context, ref cloud.Ref, _ D, _ cloud.DeleteOptions) error {
	return u.refuse(ref)
}
