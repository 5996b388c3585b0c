package provider

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// ModifyPlan implements resource.ResourceWithModifyPlan. It is a pure
// function of configuration, prior state and private state: Terraform plans
// again at apply and demands the same answer, so nothing here asks a cloud.
func (r *partResource[D, O]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	switch {
	case req.Plan.Raw.IsNull():
		r.planDestroy(ctx, req, resp)
	case req.State.Raw.IsNull():
		r.planCreate(req, resp)
	default:
		r.planUpdate(req, resp)
	}
}

// planDestroy refuses what is protected, and names what Kubernetes would
// leave behind before anything is deleted.
func (r *partResource[D, O]) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	state, err := readPart[D, O](req.State.Raw, req.State.Raw, r.part)
	if err != nil {
		return // a state that can't be read must not make a cluster undestroyable
	}
	guard := state.Design.In().OnDestroy
	name := r.part.key(state.Design) + " of " + state.Design.In().Cluster
	if guard.Protected {
		resp.Diagnostics.AddError("Deletion protection: "+name,
			"This part is protected. To destroy it, set deletion_protection = false in the blueprint, apply, and destroy then.")
	}
	leftovers, diags := req.Private.GetKey(ctx, privateLeftovers)
	resp.Diagnostics.Append(diags...)
	if found := privateText(leftovers); found != "" && guard.Leftovers != "sweep" {
		resp.Diagnostics.AddError("Kubernetes left objects behind: "+name,
			"These were made from inside the cluster and would block the delete or outlive it:\n  - "+strings.ReplaceAll(found, "\n", "\n  - ")+
				"\n\nDelete the Services, Ingresses and claims that made them, or set on_destroy = { leftovers = \"sweep\" } in the blueprint, apply, and destroy then. Nothing has been deleted.")
	}
	if keeps := kept(guard); len(keeps) > 0 && r.part.name == "cluster" {
		resp.Diagnostics.AddWarning("Kept after the destroy: "+name,
			"on_destroy keeps "+strings.Join(keeps, ", ")+". They go on costing what storage and keys cost; remove them by hand when no longer needed.")
	}
}

func kept(guard blueprint.LifecycleDesign) []string {
	var keeps []string
	for _, k := range []struct{ what, word string }{{"logs", guard.Logs}, {"keys", guard.Keys}, {"backups", guard.Backups}} {
		if k.word == "retain" {
			keeps = append(keeps, k.what)
		}
	}
	return keeps
}

func (r *partResource[D, O]) planCreate(req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	planned, attributes, ok := r.planned(req, resp)
	if !ok {
		return
	}
	objects := unknownObjects(planned.Design, nil, nil)
	r.finish(resp, req, attributes, objects, planned.Design.Main(), nil)
}

func (r *partResource[D, O]) planUpdate(req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	planned, attributes, ok := r.planned(req, resp)
	if !ok {
		return
	}
	state, err := readPart[D, O](req.State.Raw, req.State.Raw, r.part)
	if err != nil {
		resp.Diagnostics.AddError("Invalid state of "+r.part.name, err.Error())
		return
	}
	prior, err := object(req.State.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid state of "+r.part.name, err.Error())
		return
	}
	if !r.judgeReplacement(req, resp, state, planned) {
		return
	}
	if r.part.judge != nil {
		addFindings(&resp.Diagnostics, r.part.judge(state.Design, planned.Design))
	}
	if len(resp.RequiresReplace) > 0 {
		r.finish(resp, req, attributes, unknownObjects(planned.Design, nil, nil), planned.Design.Main(), nil)
		return
	}
	known := textMap(prior["objects"])
	objects := unknownObjects(planned.Design, known, func(component string) bool {
		return state.Design.IdentityOf(component) == planned.Design.IdentityOf(component)
	})
	unchanged := state.Status == statusComplete && attributes["design"].Equal(prior["design"]) &&
		attributes["incarnation"].Equal(prior["incarnation"]) && objects.Equal(prior["objects"])
	if unchanged {
		prior["timeouts"] = attributes["timeouts"]
		resp.Plan.Raw = tftypes.NewValue(req.Plan.Raw.Type(), prior)
		return
	}
	r.finish(resp, req, attributes, objects, planned.Design.Main(), prior)
}

// planned reads the plan. A design whose keys are not known can't be planned:
// that is an error which names the input.
func (r *partResource[D, O]) planned(req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) (partState[D, O], map[string]tftypes.Value, bool) {
	attributes, err := object(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid "+r.part.name, err.Error())
		return partState[D, O]{}, nil, false
	}
	var design D
	u, err := decode(attributes["design"], &design)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("design"), "Invalid design", err.Error())
		return partState[D, O]{}, nil, false
	}
	for _, where := range u.structure {
		if where == "" {
			where = "design"
		} else {
			where = "design." + where
		}
		resp.Diagnostics.AddAttributeError(attributePath(where), "Design not known at plan",
			where+" is not known until apply, so kready can't say what would be made. Give the blueprint values that are known when Terraform plans: literals, variables, or what another blueprint or pool has planned.")
	}
	if resp.Diagnostics.HasError() {
		return partState[D, O]{}, nil, false
	}
	if _, built := r.session.options.Clouds[design.In().Cloud]; !built && !blueprint.IsUnknown(design.In().Cloud) {
		resp.Diagnostics.AddAttributeError(path.Root("design"), "Not supported yet",
			fmt.Sprintf("This version of kready does not build on %q yet; it builds on %v.", design.In().Cloud, sortedKeys(r.session.options.Clouds)))
		return partState[D, O]{}, nil, false
	}
	planned := partState[D, O]{Design: design, Incarnation: text(attributes["incarnation"])}
	return planned, attributes, true
}

// judgeReplacement refuses what would replace the part, unless its token is
// acknowledged. It reports false where planning can't go on.
func (r *partResource[D, O]) judgeReplacement(req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, state, planned partState[D, O]) bool {
	before, after := state.Design.Fixed(), planned.Design.Fixed()
	for _, key := range sortedKeys(before) {
		if blueprint.IsUnknown(after[key]) {
			resp.Diagnostics.AddAttributeError(path.Root("design").AtName(key), "Fixed value not known at plan",
				fmt.Sprintf("design.%s is for life, and is %q now. Its new value is not known until apply, so kready can't tell whether the %s would have to be replaced. Make it known at plan.", key, before[key], r.part.name))
			return false
		}
	}
	replacement := blueprint.ReplacedBy(r.part.key(state.Design), state.Incarnation, state.Design, planned.Design)
	if replacement == nil {
		return true
	}
	config, err := object(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid "+r.part.name, err.Error())
		return false
	}
	name := r.part.key(state.Design) + " of " + state.Design.In().Cluster
	if !slices.Contains(textList(config["acknowledge_replacement"]), replacement.Token) {
		finding := replacement.Finding()
		resp.Diagnostics.AddAttributeError(path.Root("design"), "Replacement refused: "+name, finding.Detail)
		return false
	}
	if state.Design.In().OnDestroy.Protected {
		resp.Diagnostics.AddAttributeError(path.Root("design"), "Deletion protection: "+name,
			"The replacement is acknowledged, but the part is protected. Set deletion_protection = false in the blueprint, apply, and replace it then.")
		return false
	}
	resp.RequiresReplace = append(resp.RequiresReplace, path.Root("design"))
	return true
}

// unknownObjects plans the objects key by key: what exists and keeps its
// identity keeps its id, everything else is known after apply.
func unknownObjects(design blueprint.Section, known map[string]string, same func(component string) bool) tftypes.Value {
	mapType := tftypes.Map{ElementType: tftypes.String}
	elements := map[string]tftypes.Value{}
	given := design.Given()
	for _, component := range design.Components() {
		if blueprint.IsUnknown(component) {
			return unknownOf(mapType)
		}
		id, exists := known[component]
		switch there := given[component]; {
		case there != "" && !blueprint.IsUnknown(there):
			elements[component] = wireText(there) // it exists, whatever is made
		case exists && same(component):
			elements[component] = wireText(id)
		default:
			elements[component] = unknownOf(tftypes.String)
		}
	}
	return tftypes.NewValue(mapType, elements)
}

// finish writes the computed attributes of a plan that makes or changes
// something. prior is nil for a part that is made anew.
func (r *partResource[D, O]) finish(resp *resource.ModifyPlanResponse, req resource.ModifyPlanRequest, attributes map[string]tftypes.Value, objects tftypes.Value, main string, prior map[string]tftypes.Value) {
	attributes["objects"] = objects
	attributes["status"] = unknownOf(tftypes.String)
	if prior != nil && text(prior["status"]) == statusComplete {
		attributes["status"] = prior["status"]
	}
	for _, name := range []string{"id", "realm"} {
		attributes[name] = unknownOf(tftypes.String)
		if prior != nil {
			attributes[name] = prior[name]
		}
	}
	sameKeys := prior != nil && objects.IsKnown() && slices.Equal(sortedKeys(elementsOf(objects)), sortedKeys(elementsOf(prior["objects"]))) && objects.IsFullyKnown()
	for _, f := range fieldsOf(reflect.TypeFor[O]()) {
		kind := deref(f.typ).Kind()
		structured := kind == reflect.Map || kind == reflect.Slice
		keep := prior != nil && !f.volatile && (sameKeys || !structured) && !missingMain(main, objects)
		if keep && !prior[f.name].IsNull() {
			attributes[f.name] = prior[f.name]
		} else {
			attributes[f.name] = unknownOf(wireType(f.typ))
		}
	}
	resp.Plan.Raw = tftypes.NewValue(req.Plan.Raw.Type(), attributes)
}

// missingMain tells whether outputs would hang on an object that is made
// anew: then none of them is known.
func missingMain(main string, objects tftypes.Value) bool {
	id, planned := elementsOf(objects)[main]
	return planned && !id.IsKnown()
}

func elementsOf(v tftypes.Value) map[string]tftypes.Value {
	var elements map[string]tftypes.Value
	if v.Type() == nil || v.IsNull() || !v.IsKnown() {
		return nil
	}
	if err := v.As(&elements); err != nil {
		return nil
	}
	return elements
}
