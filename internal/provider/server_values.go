package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// shortType is a resource type as the server's short way needs it.
type shortType struct {
	build     func() resource.Resource
	schema    schema.Schema
	wire      tftypes.Type
	validated bool // its timeouts have validators, as nothing else of ours has
}

// shortTypes lists the resources, which all decide in ModifyPlan. Each schema
// is made when it is first asked for: Terraform starts a provider three times
// a plan, and needs few of them.
func shortTypes(p *kreadyProvider) map[string]func() shortType {
	ctx := context.Background()
	var of fwprovider.MetadataResponse
	p.Metadata(ctx, fwprovider.MetadataRequest{}, &of)
	types := map[string]func() shortType{}
	for _, build := range p.Resources(ctx) {
		one := build()
		if _, plans := one.(resource.ResourceWithModifyPlan); !plans {
			continue
		}
		var named resource.MetadataResponse
		one.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: of.TypeName}, &named)
		types[named.TypeName] = sync.OnceValue(func() shortType {
			var described resource.SchemaResponse
			one.Schema(ctx, resource.SchemaRequest{}, &described)
			_, limited := described.Schema.Attributes["timeouts"]
			return shortType{build, described.Schema, described.Schema.Type().TerraformType(ctx), limited}
		})
	}
	return types
}

func (t shortType) config(v tftypes.Value) tfsdk.Config {
	return tfsdk.Config{Raw: v, Schema: t.schema}
}
func (t shortType) plan(v tftypes.Value) tfsdk.Plan   { return tfsdk.Plan{Raw: v, Schema: t.schema} }
func (t shortType) state(v tftypes.Value) tfsdk.State { return tfsdk.State{Raw: v, Schema: t.schema} }

// decode reads values from the wire; none is a null value.
func (t shortType) decode(from ...*tfprotov6.DynamicValue) ([]tftypes.Value, error) {
	values := make([]tftypes.Value, len(from))
	for i, one := range from {
		if one == nil {
			values[i] = tftypes.NewValue(t.wire, nil)
			continue
		}
		var err error
		if values[i], err = one.Unmarshal(t.wire); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// propose is what ModifyPlan begins with: what is configured, without what is
// only for writing, and of the computed rest what the state has, or unknown
// once something changes. Terraform's own proposal says no more, as nothing
// inside an attribute is computed, so it need not be decoded.
func (t shortType) propose(config, prior tftypes.Value) (tftypes.Value, error) {
	if config.IsNull() {
		return config, nil
	}
	written, err := object(config)
	if err != nil {
		return config, err
	}
	before, err := object(prior)
	if err != nil {
		return config, err
	}
	attributes, same := maps.Clone(written), !prior.IsNull()
	for name, attribute := range t.schema.Attributes {
		switch {
		case attribute.IsWriteOnly():
			attributes[name] = tftypes.NewValue(written[name].Type(), nil)
		case attribute.IsComputed() && written[name].IsNull():
			attributes[name] = unknownOf(written[name].Type())
		default:
			same = same && written[name].Equal(before[name])
		}
	}
	if same {
		return prior, nil
	}
	return tftypes.NewValue(t.wire, attributes), nil
}

// judge finds what Terraform itself lets pass: a required attribute that is
// null, and a write-only one where Terraform would keep it in the state.
func (t shortType) judge(config tftypes.Value, mayWriteOnly bool) diag.Diagnostics {
	var diags diag.Diagnostics
	attributes, err := object(config)
	if err != nil {
		diags.AddError("Invalid configuration", err.Error())
		return diags
	}
	for name, attribute := range t.schema.Attributes {
		if attribute.IsWriteOnly() && !mayWriteOnly && !attributes[name].IsNull() {
			diags.AddAttributeError(path.Root(name), "Write-only attribute not allowed",
				fmt.Sprintf("This Terraform would keep %s in the state. Use Terraform 1.11 or newer, or OpenTofu 1.11 or newer.", name))
		}
	}
	judgeRequired(&diags, path.Empty(), t.schema.Attributes, attributes)
	return diags
}

// judgeRequired reports the required attributes that are null, at any depth.
func judgeRequired(diags *diag.Diagnostics, at path.Path, attributes map[string]schema.Attribute, values map[string]tftypes.Value) {
	for _, name := range sortedKeys(attributes) {
		attribute, value, here := attributes[name], values[name], at.AtName(name)
		if value.IsNull() {
			if attribute.IsRequired() {
				diags.AddAttributeError(here, "Required attribute is null", fmt.Sprintf("%s must have a value.", here))
			}
			continue
		}
		inner := nestedAttributes(attribute)
		if len(inner) == 0 || !value.IsKnown() {
			continue
		}
		switch attribute.(type) {
		case schema.SingleNestedAttribute:
			judgeRequired(diags, here, inner, elementsOf(value))
		case schema.MapNestedAttribute:
			elements := elementsOf(value)
			for _, key := range sortedKeys(elements) {
				judgeRequired(diags, here.AtMapKey(key), inner, elementsOf(elements[key]))
			}
		case schema.ListNestedAttribute:
			var elements []tftypes.Value
			_ = value.As(&elements)
			for i, element := range elements {
				judgeRequired(diags, here.AtListIndex(i), inner, elementsOf(element))
			}
		}
	}
}

// nestedAttributes are the attributes inside one.
func nestedAttributes(attribute schema.Attribute) map[string]schema.Attribute {
	switch a := attribute.(type) {
	case schema.SingleNestedAttribute:
		return a.Attributes
	case schema.MapNestedAttribute:
		return a.NestedObject.Attributes
	case schema.ListNestedAttribute:
		return a.NestedObject.Attributes
	}
	return nil
}

// privateKeys are all that resources keep in private state.
var privateKeys = []string{privateToken, privateLeftovers, privateSnapshot, privateSeen}

// readPrivate fills private state, whose type is the framework's own, from its
// wire form.
func readPrivate[P any, S interface {
	*P
	privateWriter
}](ctx context.Context, _ S, wire []byte) (S, error) {
	private := S(new(P))
	if len(wire) == 0 {
		return private, nil
	}
	var kept map[string][]byte
	if err := json.Unmarshal(wire, &kept); err != nil {
		return private, fmt.Errorf("private state: %w", err)
	}
	for _, key := range privateKeys {
		if value, ok := kept[key]; ok {
			if diags := private.SetKey(ctx, key, value); diags.HasError() {
				return private, fmt.Errorf("private state %s: %s", key, diags[0].Detail())
			}
		}
	}
	return private, nil
}

// answer encodes what a resource answered.
func (t shortType) answer(ctx context.Context, value tftypes.Value, private privateReader) (*tfprotov6.DynamicValue, []byte, error) {
	encoded, err := tfprotov6.NewDynamicValue(t.wire, value)
	if err != nil {
		return nil, nil, err
	}
	entries := map[string][]byte{}
	for _, key := range privateKeys {
		value, diags := private.GetKey(ctx, key)
		if diags.HasError() {
			return nil, nil, fmt.Errorf("private state %s: %s", key, diags[0].Detail())
		}
		if len(value) > 0 {
			entries[key] = value
		}
	}
	if len(entries) == 0 {
		return &encoded, nil, nil
	}
	wire, err := json.Marshal(entries)
	return &encoded, wire, err
}

func wireDiagnostics(diags diag.Diagnostics) []*tfprotov6.Diagnostic {
	var wire []*tfprotov6.Diagnostic
	for _, d := range diags {
		one := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: d.Summary(), Detail: d.Detail()}
		if d.Severity() == diag.SeverityWarning {
			one.Severity = tfprotov6.DiagnosticSeverityWarning
		}
		if where, ok := d.(diag.DiagnosticWithPath); ok {
			one.Attribute = wirePath(where.Path())
		}
		wire = append(wire, one)
	}
	return wire
}

func wirePath(p path.Path) *tftypes.AttributePath {
	wire := tftypes.NewAttributePath()
	for _, step := range p.Steps() {
		switch s := step.(type) {
		case path.PathStepAttributeName:
			wire = wire.WithAttributeName(string(s))
		case path.PathStepElementKeyString:
			wire = wire.WithElementKeyString(string(s))
		case path.PathStepElementKeyInt:
			wire = wire.WithElementKeyInt(int(s))
		}
	}
	return wire
}
