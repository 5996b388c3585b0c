package provider

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// twins are the server and the framework's own, asked the same.
type twins struct {
	t           *testing.T
	short, long tfprotov6.ProviderServer
	types       map[string]shortType
}

func newTwins(t *testing.T) *twins {
	t.Helper()
	options := Options{Version: "test", Clouds: cloud.Clouds{"aws": nil}, Random: func(n int) string { return "0123456789abcdef"[:n] }}
	short := Server(options)()
	w := &twins{t: t, short: short, long: providerserver.NewProtocol6(New(options)())(), types: map[string]shortType{}}
	for name, typ := range short.(*server).types {
		w.types[name] = typ()
	}
	block := encode(providerModel{Owner: "team"})
	for _, one := range []tfprotov6.ProviderServer{w.short, w.long} {
		if _, err := one.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
			t.Fatal(err)
		}
		configured, err := one.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: w.wire(block)})
		if err != nil || len(configured.Diagnostics) > 0 {
			t.Fatal(err, configured.Diagnostics)
		}
	}
	return w
}

func (w *twins) wire(v tftypes.Value) *tfprotov6.DynamicValue {
	w.t.Helper()
	value, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		w.t.Fatal(err)
	}
	return &value
}

// value is a whole resource, given some attributes.
func (w *twins) value(name string, given map[string]tftypes.Value) tftypes.Value {
	w.t.Helper()
	object := w.types[name].wire.(tftypes.Object)
	attributes := map[string]tftypes.Value{}
	for attribute, typ := range object.AttributeTypes {
		attributes[attribute] = tftypes.NewValue(typ, nil)
	}
	for attribute, value := range given {
		attributes[attribute] = value
	}
	return tftypes.NewValue(object, attributes)
}

// same holds one answer to the other. Diagnostics come in any order.
func (w *twins) same(what, name string, short, long *tfprotov6.DynamicValue, shortSaid, longSaid []*tfprotov6.Diagnostic) tftypes.Value {
	w.t.Helper()
	for _, said := range [][]*tfprotov6.Diagnostic{shortSaid, longSaid} {
		slices.SortStableFunc(said, func(a, b *tfprotov6.Diagnostic) int {
			return cmp.Or(cmp.Compare(a.Attribute.String(), b.Attribute.String()), cmp.Compare(a.Summary+a.Detail, b.Summary+b.Detail))
		})
	}
	if len(shortSaid) != len(longSaid) {
		w.t.Fatalf("%s %s: %d diagnostics, the framework has %d: %v", what, name, len(shortSaid), len(longSaid), firstError(append(shortSaid, longSaid...)))
	}
	for i, one := range shortSaid {
		if !one.Attribute.Equal(longSaid[i].Attribute) || one.Severity != longSaid[i].Severity {
			w.t.Errorf("%s %s: says %q at %s, the framework %q at %s", what, name, one.Summary, one.Attribute, longSaid[i].Summary, longSaid[i].Attribute)
		}
	}
	if short == nil && long == nil || firstError(shortSaid) != "" {
		return tftypes.Value{}
	}
	got, err := short.Unmarshal(w.types[name].wire)
	if err != nil {
		w.t.Fatal(err)
	}
	want, err := long.Unmarshal(w.types[name].wire)
	if err != nil {
		w.t.Fatal(err)
	}
	if !got.Equal(want) {
		differences, _ := got.Diff(want)
		w.t.Fatalf("%s %s: differs from the framework's: %v", what, name, differences)
	}
	return got
}

// plan validates and plans both ways; what is proposed is what Terraform would.
func (w *twins) plan(what, name string, config, prior tftypes.Value) tftypes.Value {
	w.t.Helper()
	ctx := w.t.Context()
	if !config.IsNull() {
		ask := &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: w.wire(config), ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true}}
		short, err := w.short.ValidateResourceConfig(ctx, ask)
		if err != nil {
			w.t.Fatal(err)
		}
		long, err := w.long.ValidateResourceConfig(ctx, ask)
		if err != nil {
			w.t.Fatal(err)
		}
		w.same("validate, "+what, name, nil, nil, short.Diagnostics, long.Diagnostics)
		if firstError(short.Diagnostics) != "" {
			return tftypes.Value{}
		}
	}
	proposed := config
	if !config.IsNull() {
		attributes, before := elementsOrFail(w.t, config), elementsOrFail(w.t, prior)
		for attribute, s := range w.types[name].schema.Attributes {
			if value, there := before[attribute]; there && s.IsComputed() && attributes[attribute].IsNull() {
				attributes[attribute] = value
			}
			if s.IsWriteOnly() {
				attributes[attribute] = tftypes.NewValue(attributes[attribute].Type(), nil)
			}
		}
		proposed = tftypes.NewValue(config.Type(), attributes)
	}
	ask := &tfprotov6.PlanResourceChangeRequest{TypeName: name, Config: w.wire(config), PriorState: w.wire(prior), ProposedNewState: w.wire(proposed), PriorPrivate: []byte(`{"token":"InQi"}`)}
	short, err := w.short.PlanResourceChange(ctx, ask)
	if err != nil {
		w.t.Fatal(err)
	}
	long, err := w.long.PlanResourceChange(ctx, ask)
	if err != nil {
		w.t.Fatal(err)
	}
	if string(short.PlannedPrivate) != string(long.PlannedPrivate) || !reflect.DeepEqual(short.RequiresReplace, long.RequiresReplace) {
		w.t.Errorf("%s %s: private %s, replace %v; the framework: %s, %v", what, name, short.PlannedPrivate, short.RequiresReplace, long.PlannedPrivate, long.RequiresReplace)
	}
	return w.same("plan, "+what, name, short.PlannedState, long.PlannedState, short.Diagnostics, long.Diagnostics)
}

// apply applies both ways, then reads both ways.
func (w *twins) apply(what, name string, config, prior, planned tftypes.Value) tftypes.Value {
	w.t.Helper()
	ctx := w.t.Context()
	ask := &tfprotov6.ApplyResourceChangeRequest{TypeName: name, Config: w.wire(config), PriorState: w.wire(prior), PlannedState: w.wire(planned)}
	short, err := w.short.ApplyResourceChange(ctx, ask)
	if err != nil {
		w.t.Fatal(err)
	}
	long, err := w.long.ApplyResourceChange(ctx, ask)
	if err != nil {
		w.t.Fatal(err)
	}
	state := w.same("apply, "+what, name, short.NewState, long.NewState, short.Diagnostics, long.Diagnostics)
	if state.IsNull() {
		return state
	}
	look := &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: w.wire(state), Private: short.Private}
	shortRead, err := w.short.ReadResource(ctx, look)
	if err != nil {
		w.t.Fatal(err)
	}
	longRead, err := w.long.ReadResource(ctx, look)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.same("read, "+what, name, shortRead.NewState, longRead.NewState, shortRead.Diagnostics, longRead.Diagnostics)
}

// TestShortWay proves that the server answers as the framework does, through
// the life of what decides in the plan: created, left alone, changed, refused,
// half unknown and destroyed.
func TestShortWay(t *testing.T) {
	w := newTwins(t)
	wider := validSpec()
	wider.Stage = "development"
	for name, wishes := range map[string][]map[string]tftypes.Value{
		"kready_cidr_pool": {
			elementsOrFail(t, encode(cidrPoolSpec{CIDRs: []string{"10.64.0.0/12"}, Allocations: map[string]cidrAllocationModel{"a": {PrefixLength: 16}}})),
			elementsOrFail(t, encode(cidrPoolSpec{CIDRs: []string{"10.64.0.0/12"}, Quarantine: 2, Allocations: map[string]cidrAllocationModel{"b": {PrefixLength: 20, Headroom: 1}}})),
			elementsOrFail(t, encode(cidrPoolSpec{CIDRs: []string{"10.64.0.1/12"}, Allocations: map[string]cidrAllocationModel{"b": {PrefixLength: 20}}})),
			{"cidrs": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, nil)},
		},
		"kready_cluster_blueprint": {elementsOrFail(t, encode(validSpec())), elementsOrFail(t, encode(wider)), elementsOrFail(t, encode(blueprint.Spec{Name: "x"}))},
	} {
		state := tftypes.NewValue(w.types[name].wire, nil)
		for i, wish := range wishes {
			config := w.value(name, wish)
			for _, what := range []string{"changed", "left alone"} {
				planned := w.plan(what, name, config, state)
				if planned.IsNull() {
					break // refused
				}
				state = w.apply(what, name, config, state, planned)
			}
			if i == 0 {
				waiting := elementsOrFail(t, config)
				for _, attribute := range []string{"reserved", "labels", "tags"} {
					if value, there := waiting[attribute]; there {
						waiting[attribute] = unknownOf(value.Type())
					}
				}
				w.plan("unknown", name, tftypes.NewValue(config.Type(), waiting), state)
			}
		}
		gone := tftypes.NewValue(w.types[name].wire, nil)
		w.plan("destroyed", name, gone, state)
		w.apply("destroyed", name, gone, state, gone)
	}
}

// TestShortWayOfParts proves it for a part, whose plan asks nothing of a cloud.
func TestShortWayOfParts(t *testing.T) {
	w := newTwins(t)
	outcome := blueprint.Resolve(validSpec(), nil)
	name := "kready_network"
	config := w.value(name, map[string]tftypes.Value{"design": encode(*outcome.Design.Network), "incarnation": wireText("0123456789abcdef")})
	w.plan("created", name, config, tftypes.NewValue(w.types[name].wire, nil))
	w.plan("without a mark", name, w.value(name, map[string]tftypes.Value{"design": encode(*outcome.Design.Network)}), tftypes.NewValue(w.types[name].wire, nil))
}

// TestNothingToWalkFor proves that the server may go the short way: no
// attribute has validators, plan modifiers or a default, and none inside
// another is computed. Timeouts have validators, which the framework runs.
func TestNothingToWalkFor(t *testing.T) {
	var visit func(name string, attribute schema.Attribute, inside bool)
	visit = func(name string, attribute schema.Attribute, inside bool) {
		v := reflect.ValueOf(attribute)
		for _, field := range []string{"Validators", "PlanModifiers", "Default"} {
			if f := v.FieldByName(field); f.IsValid() && !f.IsZero() {
				t.Errorf("%s has %s, which the server's short way never runs", name, field)
			}
		}
		if inside && attribute.IsComputed() {
			t.Errorf("%s is computed inside another attribute: the server's short way would not make it unknown", name)
		}
		for inner, nested := range nestedAttributes(attribute) {
			visit(name+"."+inner, nested, true)
		}
	}
	for name, typ := range shortTypes(&kreadyProvider{}) {
		for attribute, s := range typ().schema.Attributes {
			if attribute != "timeouts" {
				visit(name+"."+attribute, s, false)
			}
		}
	}
}

// TestAllocationsOfAnyShape proves that allocations, which Terraform does not
// type, are judged as a typed attribute would be: what HCL converts is taken,
// what it would refuse is refused at its path, all at once.
func TestAllocationsOfAnyShape(t *testing.T) {
	w := newTwins(t)
	name := "kready_cidr_pool"
	number := func(n int) tftypes.Value { return tftypes.NewValue(tftypes.Number, n) }
	allocation := func(given map[string]tftypes.Value) tftypes.Value {
		types := map[string]tftypes.Type{}
		for attribute, v := range given {
			types[attribute] = v.Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: types}, given)
	}
	config := func(allocations tftypes.Value) tftypes.Value {
		return w.value(name, map[string]tftypes.Value{
			"cidrs":       tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{wireText("10.64.0.0/12")}),
			"allocations": allocations,
		})
	}
	taken := allocation(map[string]tftypes.Value{
		"a": allocation(map[string]tftypes.Value{"prefix_length": number(16)}),
		"b": allocation(map[string]tftypes.Value{"prefix_length": wireText("20"), "allow_renumber": wireText("false"), "cidr": tftypes.NewValue(tftypes.String, nil)}),
	})
	planned := w.plan("taken", name, config(taken), tftypes.NewValue(w.types[name].wire, nil))
	if got := textMap(elementsOrFail(t, planned)["blocks"]); got["a"] != "10.64.0.0/16" || got["b"] != "10.65.0.0/20" {
		t.Errorf("planned %v", got)
	}
	for text, allocations := range map[string]tftypes.Value{
		`allocations["a"].prefix_length must be a whole number, not 16.5.`: allocation(map[string]tftypes.Value{"a": allocation(map[string]tftypes.Value{"prefix_length": tftypes.NewValue(tftypes.Number, 16.5)})}),
		`allocations["a"].prefix_length must be a number, not a string.`:   allocation(map[string]tftypes.Value{"a": allocation(map[string]tftypes.Value{"prefix_length": wireText("sixteen")})}),
		`allocations["a"] has no attribute "size"`:                         allocation(map[string]tftypes.Value{"a": allocation(map[string]tftypes.Value{"size": number(16)})}),
		`allocations["a"] must be an object, not a number.`:                allocation(map[string]tftypes.Value{"a": number(16)}),
		`allocations["a"] is null.`:                                        allocation(map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.Object{}, nil)}),
		"allocations must be an object, not a string.":                     wireText("a"),
		`allocations["a"].cidr must be a string, not a list.`:              allocation(map[string]tftypes.Value{"a": allocation(map[string]tftypes.Value{"cidr": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{})})}),
	} {
		judged, err := w.short.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: w.wire(config(allocations))})
		if err != nil {
			t.Fatal(err)
		}
		if got := firstError(judged.Diagnostics); !strings.Contains(got, text) {
			t.Errorf("said %q, want %q", got, text)
		}
	}
}
