package azurecloud

import (
	"context"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Addons implements [cloud.Cloud]. There is nothing to realize: AKS's add-ons
// are part of the cluster, and a design on Azure has no section of them.
func (c *azureCloud) Addons() cloud.Part[blueprint.AddonsDesign, blueprint.AddonsOutputs] {
	return noAddons{}
}

type noAddons struct{}

type observedAddons = cloud.Observed[blueprint.AddonsDesign, blueprint.AddonsOutputs]

func (noAddons) refuse(ref cloud.Ref) error {
	return &cloud.Error{Kind: cloud.ErrInvalid, Object: ofCluster(ref.Part, ref),
		Reason: "AKS's add-ons are part of the cluster, so there are none to be made beside it",
		Todo:   "Leave kready_addons out: count = blueprint.design.addons == null ? 0 : 1. What the cluster is to have is in addons and azure of the blueprint."}
}

// Find implements [cloud.Part]: there never is anything.
func (n noAddons) Find(_ context.Context, ref cloud.Ref, _ blueprint.AddonsDesign) (observedAddons, error) {
	return observedAddons{}, &cloud.Error{Kind: cloud.ErrNotFound, Object: ofCluster(ref.Part, ref), Reason: n.refuse(ref).Error()}
}

// Ensure implements [cloud.Part].
func (n noAddons) Ensure(_ context.Context, ref cloud.Ref, _, _ blueprint.AddonsDesign, _ cloud.Inputs) (observedAddons, error) {
	return observedAddons{}, n.refuse(ref)
}

// Delete implements [cloud.Part].
func (noAddons) Delete(context.Context, cloud.Ref, blueprint.AddonsDesign, cloud.DeleteOptions) error {
	return nil
}
