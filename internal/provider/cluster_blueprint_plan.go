package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// ModifyPlan implements resource.ResourceWithModifyPlan. The plan is a pure
// function of configuration and prior state.
func (r *clusterBlueprintResource) ModifyPlan(_ context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		planBlueprintDestroy(req, resp)
		return
	}
	attributes, err := object(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid blueprint", err.Error())
		return
	}
	var spec blueprint.Spec
	u, err := decode(req.Config.Raw, &spec)
	if err != nil {
		resp.Diagnostics.AddError("Invalid blueprint", err.Error())
		return
	}
	for _, where := range u.structure {
		resp.Diagnostics.AddAttributeError(attributePath(where), "Not known at plan",
			where+" is not known until apply, so kready can't say how many of what would be made. Give it a value that is known when Terraform plans: a literal, a variable, or what another blueprint or pool has planned.")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	prior, err := priorOf(req.State.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid state of the blueprint", err.Error())
		return
	}
	outcome := blueprint.Resolve(spec, prior)
	addFindings(&resp.Diagnostics, outcome.Findings)
	if r.session != nil {
		addFindings(&resp.Diagnostics, blueprint.Guard(spec, prior, r.session.guards()))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	r.session.meetNetwork(&resp.Diagnostics, spec, outcome.Design.Network)
	if prior != nil && !r.changed(req, attributes) {
		// An upgraded provider may have more to say, but has nothing to do.
		resp.Plan.Raw = req.State.Raw
		return
	}
	resp.Plan.Raw = planBlueprint(req, attributes, spec, outcome, len(u.leaves) > 0)
}

// changed tells whether an input differs from the state.
func (r *clusterBlueprintResource) changed(req resource.ModifyPlanRequest, planned map[string]tftypes.Value) bool {
	state, err := object(req.State.Raw)
	if err != nil {
		return true
	}
	for _, f := range fieldsOf(reflect.TypeFor[blueprint.Spec]()) {
		if !planned[f.name].Equal(state[f.name]) {
			return true
		}
	}
	config, err := object(req.Config.Raw)
	if err != nil {
		return true
	}
	written := config["incarnation"]
	return !written.IsNull() && !written.Equal(state["incarnation"])
}

// planBlueprint writes the computed attributes, or the prior ones where
// nothing changes.
func planBlueprint(req resource.ModifyPlanRequest, attributes map[string]tftypes.Value, spec blueprint.Spec, outcome blueprint.Outcome, waiting bool) tftypes.Value {
	computed, err := object(encode(blueprintModel{
		Design: outcome.Design, Capacity: outcome.Capacity, Findings: outcome.Findings,
		DesignVersion: outcome.DesignVersion, Held: outcome.Held,
	}))
	if err != nil {
		return req.Plan.Raw
	}
	if waiting {
		// Checks that wait for an input are reported now and gone at apply.
		computed["findings"] = unknownOf(computed["findings"].Type())
	}
	for name, value := range computed {
		attributes[name] = value
	}
	attributes["digest"] = wireText(blueprint.Digest(outcome.Design))
	if !computed["design"].IsFullyKnown() {
		attributes["digest"] = unknownOf(tftypes.String)
	}
	if outcome.CapacityWaits != "" {
		attributes["capacity_report"] = unknownOf(computed["capacity_report"].Type())
	}
	attributes["id"] = wireText(spec.Cloud + "/" + spec.Region + "/" + spec.Name)
	if blueprint.IsUnknown(spec.Cloud + spec.Region + spec.Name) {
		attributes["id"] = unknownOf(tftypes.String)
	}
	prior, err := object(req.State.Raw)
	if err != nil {
		return req.Plan.Raw
	}
	attributes["incarnation"] = unknownOf(tftypes.String)
	config, err := object(req.Config.Raw)
	if err != nil {
		return req.Plan.Raw
	}
	switch written := config["incarnation"]; {
	case !written.IsNull():
		attributes["incarnation"] = written
	case !req.State.Raw.IsNull() && text(prior["incarnation"]) != "":
		attributes["incarnation"] = prior["incarnation"]
	}
	return tftypes.NewValue(req.Plan.Raw.Type(), attributes)
}

// planBlueprintDestroy refuses to forget a protected cluster.
func planBlueprintDestroy(req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	prior, err := priorOf(req.State.Raw)
	if err != nil || prior == nil {
		return
	}
	if prior.Protected() {
		resp.Diagnostics.AddAttributeError(path.Root("deletion_protection"), "Deletion protection: "+prior.Spec.Name,
			"This cluster is protected. To destroy it, set deletion_protection = false, apply, and destroy then.")
	}
}

// priorOf reads what an earlier apply settled; nil where there is nothing, or
// only an imported birth mark.
func priorOf(state tftypes.Value) (*blueprint.Prior, error) {
	if state.IsNull() {
		return nil, nil
	}
	var prior blueprint.Prior
	if _, err := decode(state, &prior.Spec); err != nil {
		return nil, err
	}
	var model blueprintModel
	if _, err := decode(state, &model); err != nil {
		return nil, err
	}
	if model.Design.Empty() {
		return nil, nil
	}
	prior.Design, prior.Incarnation = model.Design, model.Incarnation
	prior.DesignVersion, prior.Held = model.DesignVersion, model.Held
	return &prior, nil
}
