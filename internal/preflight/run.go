package preflight

import (
	"context"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Run surveys the places that the parts of a design live in, and judges it. A
// network in a target of its own is surveyed there.
func Run(ctx context.Context, design blueprint.Design, open func(context.Context, blueprint.Scope) (cloud.Cloud, error)) ([]blueprint.Finding, error) {
	parts := []blueprint.Design{design}
	if design.Network != nil && design.ControlPlane != nil && design.Network.Target != design.ControlPlane.Target {
		parts = []blueprint.Design{{Network: design.Network, NodePools: design.NodePools}, {ControlPlane: design.ControlPlane}}
	}
	var findings []blueprint.Finding
	for _, part := range parts {
		opened, err := open(ctx, part.Where())
		if err != nil {
			return nil, err
		}
		surveyor, ok := opened.(cloud.Surveyor)
		if !ok {
			return nil, &cloud.Error{
				Kind: cloud.ErrUnsupported, Object: "a survey of " + part.Where().Cloud, Reason: "this version of kready can't make one",
			}
		}
		survey, err := surveyor.Survey(ctx, part)
		if err != nil {
			return nil, err
		}
		findings = append(findings, Judge(part, survey)...)
	}
	return findings, nil
}
