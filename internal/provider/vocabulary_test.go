package provider

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// models pairs each model with the attribute of the schema that it must
// match; "" is the whole schema, which may hold more.
var models = map[string]map[string]reflect.Type{
	"kready_cluster_blueprint": {"": reflect.TypeFor[blueprint.Spec](), "design": reflect.TypeFor[blueprint.Design](), "capacity_report": reflect.TypeFor[blueprint.CapacityReport](), "findings": reflect.TypeFor[[]blueprint.Finding]()},
	"kready_cidr_pool":         {"": reflect.TypeFor[cidrPoolSpec](), "usage": reflect.TypeFor[map[string]cidrUsageModel]()},
	"kready_cidr_delegation":   {"": reflect.TypeFor[cidrDelegationSpec]()},
	"kready_network":           {"": reflect.TypeFor[blueprint.NetworkOutputs](), "design": reflect.TypeFor[blueprint.NetworkDesign]()},
	"kready_cluster":           {"": reflect.TypeFor[blueprint.ClusterOutputs](), "design": reflect.TypeFor[blueprint.ControlPlaneDesign]()},
	"kready_node_pool":         {"": reflect.TypeFor[blueprint.NodePoolOutputs](), "design": reflect.TypeFor[blueprint.NodePoolDesign]()},
	"kready_addons":            {"": reflect.TypeFor[blueprint.AddonsOutputs](), "design": reflect.TypeFor[blueprint.AddonsDesign]()},
	"kready_registry":          {"": reflect.TypeFor[blueprint.RegistryOutputs](), "design": reflect.TypeFor[blueprint.RegistryDesign]()},
	"kready_vault":             {"": reflect.TypeFor[blueprint.VaultOutputs](), "design": reflect.TypeFor[blueprint.VaultDesign]()},
	"kready_workload_identity": {"": reflect.TypeFor[blueprint.WorkloadIdentityOutputs](), "design": reflect.TypeFor[blueprint.WorkloadIdentityDesign]()},
}

// TestParity proves that every resource's schema says exactly what its model
// holds, attribute by attribute and leaf by leaf, and that the framework finds
// nothing wrong with any schema.
func TestParity(t *testing.T) {
	ctx := context.Background()
	p := New(Options{})()
	for _, create := range p.Resources(ctx) {
		r := create()
		var meta resource.MetadataResponse
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "kready"}, &meta)
		var schema resource.SchemaResponse
		r.Schema(ctx, resource.SchemaRequest{}, &schema)
		if diags := schema.Schema.ValidateImplementation(ctx); diags.HasError() {
			t.Errorf("%s: %v", meta.TypeName, diags)
		}
		object, ok := schema.Schema.Type().TerraformType(ctx).(tftypes.Object)
		if !ok {
			t.Fatalf("%s: not an object", meta.TypeName)
		}
		pairs, known := models[meta.TypeName]
		if !known {
			t.Errorf("%s: say in models which types its schema stands for", meta.TypeName)
		}
		for attribute, model := range pairs {
			if attribute != "" {
				if !object.AttributeTypes[attribute].Equal(wireType(model)) {
					t.Errorf("%s.%s is %s, the model is %s", meta.TypeName, attribute, object.AttributeTypes[attribute], wireType(model))
				}
				continue
			}
			for _, f := range fieldsOf(model) {
				want := wireType(f.typ)
				if f.dynamic {
					want = tftypes.DynamicPseudoType
				}
				if got := object.AttributeTypes[f.name]; got == nil || !got.Equal(want) {
					t.Errorf("%s.%s is %v, the model is %s", meta.TypeName, f.name, got, want)
				}
			}
		}
		for name, attribute := range schema.Schema.Attributes {
			if attribute.GetMarkdownDescription() == "" && name != "timeouts" { // the framework's own: its members are described
				t.Errorf("%s.%s has no description", meta.TypeName, name)
			}
		}
	}
	for _, create := range p.DataSources(ctx) {
		var schema datasource.SchemaResponse
		create().Schema(ctx, datasource.SchemaRequest{}, &schema)
		if diags := schema.Schema.ValidateImplementation(ctx); diags.HasError() {
			t.Error(diags)
		}
	}
	var schema provider.SchemaResponse
	p.Schema(ctx, provider.SchemaRequest{}, &schema)
	if diags := schema.Schema.ValidateImplementation(ctx); diags.HasError() {
		t.Error(diags)
	}
	object, ok := schema.Schema.Type().TerraformType(ctx).(tftypes.Object)
	if !ok || !object.Equal(wireType(reflect.TypeFor[providerModel]())) {
		t.Errorf("provider: the schema is %s, the model is %s", object, wireType(reflect.TypeFor[providerModel]()))
	}
}

// TestEveryFieldIsDescribed proves that documentation has a text for every
// word of the vocabulary, however deep.
func TestEveryFieldIsDescribed(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var visit func(typ reflect.Type)
	visit = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for _, f := range fieldsOf(typ) {
			if f.doc == "" {
				t.Errorf("%s: %s has no doc tag", typ, f.name)
			}
			visit(f.typ)
		}
	}
	for _, pairs := range models {
		for _, model := range pairs {
			visit(model)
		}
	}
	visit(reflect.TypeFor[ledgerRecordModel]())
	visit(reflect.TypeFor[inventoryResult]())
	visit(reflect.TypeFor[layoutSpec]())
	visit(reflect.TypeFor[capacitySpec]())
	visit(reflect.TypeFor[cloud.NodeImage]())
	visit(reflect.TypeFor[cloud.VersionInfo]())
}

// fill sets every field of v, however deep, to a value that differs from zero
// and from its neighbours.
func fill(v reflect.Value, next *int) {
	*next++
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), next)
	case reflect.String:
		v.SetString(fmt.Sprintf("word %d", *next))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*next))
	case reflect.Float64:
		v.SetFloat(float64(*next) + 0.5)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), next)
		fill(v.Index(1), next)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			element := reflect.New(v.Type().Elem()).Elem()
			fill(element, next)
			v.SetMapIndex(reflect.ValueOf(fmt.Sprintf("key %d", *next)), element)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), next)
		}
	default:
		panic("no such kind in the vocabulary: " + v.Kind().String())
	}
}

// TestValuesCrossBothWays proves that every field of every model survives the
// way to Terraform and back, filled and empty: a field that either direction
// forgot would differ.
func TestValuesCrossBothWays(t *testing.T) {
	for name, pairs := range models {
		for attribute, model := range pairs {
			filled := reflect.New(model)
			next := 0
			fill(filled.Elem(), &next)
			for what, original := range map[string]reflect.Value{"filled": filled, "empty": reflect.New(model)} {
				back := reflect.New(model)
				u, err := decode(encode(original.Elem().Interface()), back.Interface())
				if err != nil || len(u.leaves)+len(u.structure) > 0 {
					t.Errorf("%s %s, %s: %v, %+v", name, attribute, what, err, u)
				}
				if !encode(original.Elem().Interface()).Equal(encode(back.Elem().Interface())) {
					t.Errorf("%s %s, %s: came back different", name, attribute, what)
				}
			}
		}
	}
}

// TestUnknownsCross proves that an unknown leaf becomes a sentinel that turns
// unknown again, and that an unknown count is listed as structure.
func TestUnknownsCross(t *testing.T) {
	design := encode(blueprint.NetworkDesign{CIDR: "x", Zones: []string{"a", "b"}, FlowLogs: &blueprint.FlowLogsDesign{RetentionDays: 3}})
	attributes, err := object(design)
	if err != nil {
		t.Fatal(err)
	}
	attributes["cidr"] = unknownOf(tftypes.String)
	attributes["zones"] = tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{wireText("a"), unknownOf(tftypes.String)})
	flow, err := object(attributes["flow_logs"])
	if err != nil {
		t.Fatal(err)
	}
	flow["retention_days"] = unknownOf(tftypes.Number)
	attributes["flow_logs"] = tftypes.NewValue(attributes["flow_logs"].Type(), flow)

	var back blueprint.NetworkDesign
	u, err := decode(tftypes.NewValue(design.Type(), attributes), &back)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"cidr", "zones[1]"}; !reflect.DeepEqual(u.leaves, want) {
		t.Errorf("leaves are %q, want %q", u.leaves, want)
	}
	if want := []string{"flow_logs.retention_days"}; !reflect.DeepEqual(u.structure, want) {
		t.Errorf("structure is %q, want %q", u.structure, want)
	}
	if !blueprint.IsUnknown(back.CIDR) || back.Zones[0] != "a" || !blueprint.IsUnknown(back.Zones[1]) {
		t.Errorf("decoded %q and %q", back.CIDR, back.Zones)
	}
	again, err := object(encode(back))
	if err != nil {
		t.Fatal(err)
	}
	if again["cidr"].IsKnown() || again["zones"].IsKnown() {
		t.Error("a sentinel did not turn unknown again")
	}
}

// TestAttributePath proves that findings point at the attribute that they
// name, quoted keys included.
func TestAttributePath(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		"network.zones[1]":                    `network.zones[1]`,
		`node_pools["apps"].taints[0].key`:    `node_pools["apps"].taints[0].key`,
		`node_pools["a]b.c"].max_size`:        `node_pools["a]b.c"].max_size`,
		`tags["with \"quotes\""]`:             `tags["with \"quotes\""]`,
		"stage":                               "stage",
		`workload_identities["x"].grants[12]`: `workload_identities["x"].grants[12]`,
	} {
		if got := attributePath(text).String(); got != want {
			t.Errorf("attributePath(%s) = %s", text, got)
		}
	}
}
