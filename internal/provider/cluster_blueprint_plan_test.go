package provider

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// blueprintValue is a whole blueprint resource as Terraform holds it.
func blueprintValue(t *testing.T, r *clusterBlueprintResource, spec blueprint.Spec, model *blueprintModel) (tftypes.Value, schema.Schema) {
	t.Helper()
	ctx := context.Background()
	var resp resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &resp)
	object, ok := resp.Schema.Type().TerraformType(ctx).(tftypes.Object)
	if !ok {
		t.Fatal("the schema is not an object")
	}
	attributes := map[string]tftypes.Value{}
	for name, typ := range object.AttributeTypes {
		attributes[name] = tftypes.NewValue(typ, nil)
	}
	for name, value := range elementsOrFail(t, encode(spec)) {
		attributes[name] = value
	}
	if model != nil {
		for name, value := range elementsOrFail(t, encode(*model)) {
			attributes[name] = value
		}
	}
	return tftypes.NewValue(object, attributes), resp.Schema
}

func elementsOrFail(t *testing.T, v tftypes.Value) map[string]tftypes.Value {
	t.Helper()
	elements, err := object(v)
	if err != nil {
		t.Fatal(err)
	}
	return elements
}

func planned(t *testing.T, before, after blueprint.Spec, model *blueprintModel) resource.ModifyPlanResponse {
	t.Helper()
	r := &clusterBlueprintResource{session: &session{}}
	config, s := blueprintValue(t, r, after, nil)
	plan, _ := blueprintValue(t, r, after, nil)
	state := tftypes.NewValue(plan.Type(), nil)
	if model != nil {
		state, _ = blueprintValue(t, r, before, model)
	}
	resp := resource.ModifyPlanResponse{Plan: tfsdk.Plan{Raw: plan, Schema: s}}
	r.ModifyPlan(context.Background(), resource.ModifyPlanRequest{
		Config: tfsdk.Config{Raw: config, Schema: s}, Plan: tfsdk.Plan{Raw: plan, Schema: s}, State: tfsdk.State{Raw: state, Schema: s},
	}, &resp)
	return resp
}

func validSpec() blueprint.Spec {
	return blueprint.Spec{
		Name: "shop-eu", Cloud: "aws", Region: "eu-west-1", KubernetesVersion: "1.34",
		Network: blueprint.NetworkSpec{
			CIDR: "10.72.0.0/16", Zones: []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"}, ReachableFrom: []string{"10.64.0.0/14"},
		},
		Access: &blueprint.AccessSpec{AdminGroups: []string{"arn:aws:iam::111122223333:role/admin"}},
		NodePools: map[string]blueprint.NodePoolSpec{
			"system": {InstanceTypes: []string{"m7g.large"}, MinSize: 3, MaxSize: 6, Mode: "system"},
		},
	}
}

// TestUpgradePlansEmpty proves that an upgraded kready, whose defaults and
// rules differ from those that a design was made with, plans no change while
// the specification stays: neither with another design in the state, nor with
// a specification that it would refuse today.
func TestUpgradePlansEmpty(t *testing.T) {
	spec := validSpec()
	design := blueprint.Resolve(spec, nil).Design
	design.ControlPlane.LogRetentionDays = 5 // an older default
	delete(design.Addons.Addons, "metrics-server")
	model := &blueprintModel{Design: design, Incarnation: "0123", DesignVersion: 1, Digest: "sha256:old"}
	resp := planned(t, spec, spec, model)
	if resp.Diagnostics.HasError() {
		t.Fatal(resp.Diagnostics)
	}
	state, _ := blueprintValue(t, &clusterBlueprintResource{}, spec, model)
	if !resp.Plan.Raw.Equal(state) {
		t.Error("an unchanged specification plans a change")
	}

	spec.Network.Zones = spec.Network.Zones[:1] // refused by today's rules
	if resp := planned(t, spec, spec, nil); !resp.Diagnostics.HasError() {
		t.Error("the stricter rule does not refuse a new cluster")
	}
	resp = planned(t, spec, spec, model)
	if resp.Diagnostics.HasError() {
		t.Errorf("a stricter rule refuses a cluster that stands: %v", resp.Diagnostics)
	}
	if resp.Diagnostics.WarningsCount() == 0 {
		t.Error("a stricter rule says nothing of a cluster that stands")
	}
}

// TestPlanTwiceIsTheSame proves that a plan is a pure function: Terraform asks
// again at apply.
func TestPlanTwiceIsTheSame(t *testing.T) {
	spec := validSpec()
	first, second := planned(t, spec, spec, nil), planned(t, spec, spec, nil)
	if !first.Plan.Raw.Equal(second.Plan.Raw) {
		t.Error("two plans of the same configuration differ")
	}
}
