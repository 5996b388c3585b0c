package generate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// shownValuesOf is what Terraform shows of a blueprint: the specification and
// what was settled for it.
func shownValuesOf(t *testing.T, b Blueprint) map[string]any {
	t.Helper()
	outcome, _ := b.Resolve()
	values := map[string]any{}
	for _, part := range []any{b.Spec, map[string]any{"design": outcome.Design, "design_version": outcome.DesignVersion, "held_ranges": outcome.Held, "incarnation": "0123"}} {
		text, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &values); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

// shownAs is the output of terraform show -json with a blueprint in a module
// of a module.
func shownAs(t *testing.T, member string, values map[string]any, unknown map[string]any) []byte {
	t.Helper()
	const address = "module.a.module.b.kready_cluster_blueprint.this"
	inner := map[string]any{"resources": []any{
		map[string]any{"address": "other.x", "mode": "managed", "type": "other", "values": map[string]any{"name": 1}},
		map[string]any{"address": address, "mode": "managed", "type": blueprintType, "values": values},
	}}
	text, err := json.Marshal(map[string]any{
		"format_version": "1.2",
		member:           map[string]any{"root_module": map[string]any{"child_modules": []any{map[string]any{"child_modules": []any{inner}}}}},
		"resource_changes": []any{map[string]any{
			"address": address, "type": blueprintType, "change": map[string]any{"after_unknown": unknown},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestShown proves that a blueprint comes out of plans and states as it was
// settled there, and that what can't be told is refused with what to do.
func TestShown(t *testing.T) {
	b := load(t, "eks-production")
	values := shownValuesOf(t, b)
	for _, c := range []struct {
		name    string
		text    []byte
		planned bool
		want    string // a problem, or ""
		settled bool
	}{
		{"a state", shownAs(t, "values", values, nil), false, "", true},
		{"a plan", shownAs(t, "planned_values", values, map[string]any{"incarnation": true}), true, "", true},
		{"a plan that waits", shownAs(t, "planned_values", values, map[string]any{"design": map[string]any{"network": map[string]any{"cidr": true}}}), true, "", false},
		{"an unknown input", shownAs(t, "planned_values", values, map[string]any{"network": map[string]any{"zones": []any{false, true}}}), true, "network.zones[1] is not known in this plan. Apply first", false},
		{"a state for a plan", shownAs(t, "values", values, nil), true, "A plan is no state", false},
		{"a plan for a state", shownAs(t, "planned_values", values, nil), false, "A plan is no state", false},
		{"no blueprint", []byte(`{"format_version":"1.0","values":{"root_module":{}}}`), false, "No blueprint", false},
		{"an empty state", []byte(`{"format_version":"1.0"}`), false, "No blueprint", false},
		{"a state file", []byte(`{"version":4,"resources":[]}`), false, "run terraform show -json > state.json", false},
		{"a plan file", []byte("PK\x03\x04"), true, "terraform show -json PLANFILE", false},
		{"values of another type", shownAs(t, "values", map[string]any{"name": 1}, nil), false, "can't be used", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			input := Input{States: []Source{{Name: "shown.json", Text: c.text}}}
			if c.planned {
				input = Input{Plans: input.States}
			}
			blueprints, problems := Read(input)
			if c.want != "" {
				if len(problems) != 1 || !strings.Contains(problems[0].String(), c.want) || len(blueprints) > 0 {
					t.Errorf("got %v, want %q", problems, c.want)
				}
				return
			}
			if len(problems) > 0 || len(blueprints) != 1 {
				t.Fatal(problems)
			}
			got := blueprints[0]
			if got.Spec.Name != b.Spec.Name || (got.Prior != nil) != c.settled {
				t.Errorf("%+v", got)
			}
			if at := got.At("network.zones").String(); at != "shown.json module.a.module.b.kready_cluster_blueprint.this" {
				t.Errorf("it stands at %s", at)
			}
		})
	}
}

// TestPinned proves that a module out of a state gives every range again,
// although the state had grown in another order than the blueprint is written.
func TestPinned(t *testing.T) {
	b := load(t, "eks-production")
	small := b
	small.Spec.NodePools = map[string]blueprint.NodePoolSpec{"system": b.Spec.NodePools["system"]}
	small.Spec.Network.Tiers = nil
	small.Spec.Network.Zones = b.Spec.Network.Zones[1:]
	small.Spec.Stage = blueprint.StageDevelopment
	first, _ := small.Resolve()
	grown := b
	grown.Spec.Stage = blueprint.StageDevelopment
	grown.Prior = &blueprint.Prior{Spec: small.Spec, Design: first.Design, DesignVersion: first.DesignVersion, Held: first.Held}
	stands, problems := grown.Resolve()
	if HasErrors(problems) {
		t.Fatal(problems)
	}
	grown.Prior = &blueprint.Prior{Spec: grown.Spec, Design: stands.Design, DesignVersion: stands.DesignVersion, Held: stands.Held}
	again, problems := (Blueprint{Spec: pinned(grown)}).Resolve()
	fresh, _ := (Blueprint{Spec: grown.Spec}).Resolve()
	if HasErrors(problems) {
		t.Fatal(problems)
	}
	differ := 0
	for key, subnet := range stands.Design.Network.Subnets {
		if got := again.Design.Network.Subnets[key].CIDR; got != subnet.CIDR {
			t.Errorf("%s is %s, was %s", key, got, subnet.CIDR)
		}
		if fresh.Design.Network.Subnets[key].CIDR != subnet.CIDR {
			differ++
		}
	}
	if again.Design.ControlPlane.ServiceCIDR != stands.Design.ControlPlane.ServiceCIDR || differ == 0 {
		t.Errorf("the test shows nothing: without pins %d ranges differ", differ)
	}
}
