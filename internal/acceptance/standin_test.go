package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// standIn is an official provider of which only the schema is there: the real
// one, as testdata holds it. So real Terraform judges a native module as it
// would beside the real provider: types, required and read-only arguments,
// nesting, what is known in the first plan, preconditions. It makes nothing; a
// plan is the configuration with what the cloud would fill in unknown.
type standIn struct {
	tfprotov6.ProviderServer // nil: what Terraform doesn't call here

	resources, data map[string]*tfprotov6.Schema
	answers         map[string]map[string]string // what a data source reads
}

// standIns reads the schemas of both providers, by local name.
func standIns(t *testing.T) map[string]*standIn {
	t.Helper()
	found := map[string]*standIn{}
	for _, name := range []string{"aws", "azurerm"} {
		text, err := os.ReadFile("../generate/native/testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var schemas tfjson.ProviderSchemas
		if err := json.Unmarshal(text, &schemas); err != nil {
			t.Fatal(err)
		}
		provider := schemas.Schemas["registry.terraform.io/hashicorp/"+name]
		found[name] = &standIn{
			resources: protocolSchemas(t, provider.ResourceSchemas), data: protocolSchemas(t, provider.DataSourceSchemas),
			answers: maps.Clone(cloudAnswers),
		}
	}
	return found
}

// cloudAnswers are what data sources read, by type and attribute. An attribute
// that is not here stays as the configuration has it.
var cloudAnswers = map[string]map[string]string{
	"aws_caller_identity":   {"account_id": "111122223333"},
	"aws_partition":         {"partition": "aws"},
	"aws_eks_addon_version": {"version": "v1.2.3-eksbuild.1"},
	"azurerm_client_config": {"tenant_id": "9d5a1c5e-1f9b-4b52-8a51-5a6f8a0f7a10", "object_id": "0c3d8a3e-7a0e-4d0e-9a3a-2f6f0b1c2d3e", "subscription_id": "6f9d5b1c-3a57-4b0a-8c1e-2d3f4a5b6c7d"},
	"azurerm_location":      {"location": "westeurope"},
}

func protocolSchemas(t *testing.T, schemas map[string]*tfjson.Schema) map[string]*tfprotov6.Schema {
	t.Helper()
	found := map[string]*tfprotov6.Schema{}
	for name, schema := range schemas {
		found[name] = &tfprotov6.Schema{Block: protocolBlock(t, schema.Block)}
	}
	return found
}

func protocolBlock(t *testing.T, from *tfjson.SchemaBlock) *tfprotov6.SchemaBlock {
	t.Helper()
	block := &tfprotov6.SchemaBlock{}
	for _, name := range slices.Sorted(maps.Keys(from.Attributes)) {
		a := from.Attributes[name]
		block.Attributes = append(block.Attributes, &tfprotov6.SchemaAttribute{
			Name: name, Type: protocolType(t, a.AttributeType), Required: a.Required, Optional: a.Optional, Computed: a.Computed,
		})
	}
	nestings := map[tfjson.SchemaNestingMode]tfprotov6.SchemaNestedBlockNestingMode{
		"list": tfprotov6.SchemaNestedBlockNestingModeList, "set": tfprotov6.SchemaNestedBlockNestingModeSet,
		"single": tfprotov6.SchemaNestedBlockNestingModeSingle, "map": tfprotov6.SchemaNestedBlockNestingModeMap,
	}
	for _, name := range slices.Sorted(maps.Keys(from.NestedBlocks)) {
		inner := from.NestedBlocks[name]
		one := &tfprotov6.SchemaNestedBlock{TypeName: name, Nesting: nestings[inner.NestingMode], Block: protocolBlock(t, inner.Block)}
		if inner.NestingMode != "single" {
			one.MinItems, one.MaxItems = int64(inner.MinItems), int64(inner.MaxItems)
		}
		block.BlockTypes = append(block.BlockTypes, one)
	}
	return block
}

func protocolType(t *testing.T, from cty.Type) tftypes.Type {
	t.Helper()
	text, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	kind, err := tftypes.ParseJSONType(text) //nolint:staticcheck // the one way from Terraform's JSON to a type
	if err != nil {
		t.Fatal(err)
	}
	return kind
}

func (s *standIn) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	metadata := &tfprotov6.GetMetadataResponse{ServerCapabilities: &tfprotov6.ServerCapabilities{}}
	for name := range s.resources {
		metadata.Resources = append(metadata.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	for name := range s.data {
		metadata.DataSources = append(metadata.DataSources, tfprotov6.DataSourceMetadata{TypeName: name})
	}
	return metadata, nil
}

// anything is the schema of the provider block: what stands there is not
// judged.
var anything = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
	Attributes: []*tfprotov6.SchemaAttribute{
		{Name: "region", Type: tftypes.String, Optional: true}, {Name: "storage_use_azuread", Type: tftypes.Bool, Optional: true},
	},
	BlockTypes: []*tfprotov6.SchemaNestedBlock{{TypeName: "features", Nesting: tfprotov6.SchemaNestedBlockNestingModeList, Block: &tfprotov6.SchemaBlock{}}},
}}

func (s *standIn) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{Provider: anything, ResourceSchemas: s.resources, DataSourceSchemas: s.data,
		ServerCapabilities: &tfprotov6.ServerCapabilities{}}, nil
}

func (s *standIn) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s *standIn) ValidateProviderConfig(_ context.Context, r *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: r.Config}, nil
}

// ConfigureProvider keeps the region, which a data source reads.
func (s *standIn) ConfigureProvider(_ context.Context, r *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	config, err := r.Config.Unmarshal(anything.ValueType())
	if err != nil {
		return nil, err
	}
	var attributes map[string]tftypes.Value
	if err := config.As(&attributes); err != nil {
		return nil, err
	}
	if region := attributes["region"]; !region.IsNull() && region.IsKnown() {
		var name string
		if err := region.As(&name); err != nil {
			return nil, err
		}
		s.answers["aws_region"] = map[string]string{"region": name}
	}
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (s *standIn) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

// ValidateResourceConfig refuses what can only be read: providers do that, not
// Terraform.
func (s *standIn) ValidateResourceConfig(_ context.Context, r *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	schema := s.resources[r.TypeName]
	value, err := r.Config.Unmarshal(schema.ValueType())
	if err != nil {
		return nil, err
	}
	response := &tfprotov6.ValidateResourceConfigResponse{}
	_, err = walkBlock(schema.Block, value, r.TypeName, func(a *tfprotov6.SchemaAttribute, name string, current tftypes.Value) tftypes.Value {
		if a.Computed && !a.Optional && !current.IsNull() {
			response.Diagnostics = append(response.Diagnostics, &tfprotov6.Diagnostic{
				Severity: tfprotov6.DiagnosticSeverityError, Summary: "Read-only attribute", Detail: name + " can only be read."})
		}
		return current
	})
	return response, err
}

func (s *standIn) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (s *standIn) UpgradeResourceState(_ context.Context, r *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	kind := s.resources[r.TypeName].ValueType()
	value, err := r.RawState.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(kind, value)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (s *standIn) ReadResource(_ context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: r.CurrentState}, nil
}

// PlanResourceChange plans what the cloud would fill in as unknown.
func (s *standIn) PlanResourceChange(_ context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	planned, err := s.filled(r.TypeName, r.ProposedNewState, func(kind tftypes.Type, _ string) tftypes.Value {
		return tftypes.NewValue(kind, tftypes.UnknownValue)
	})
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned}, err
}

// ApplyResourceChange makes up what the cloud would fill in, each value with
// what tells the object from others of its type.
func (s *standIn) ApplyResourceChange(_ context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	planned, err := r.PlannedState.Unmarshal(s.resources[r.TypeName].ValueType())
	if err != nil {
		return nil, err
	}
	told := identityOf(planned)
	applied, err := s.filled(r.TypeName, r.PlannedState, func(kind tftypes.Type, name string) tftypes.Value {
		if name == "aws_iam_role.arn" {
			return tftypes.NewValue(kind, "arn:aws:iam::111122223333:role"+told)
		}
		return invented(kind, name+"("+told+")")
	})
	return &tfprotov6.ApplyResourceChangeResponse{NewState: applied}, err
}

// identityOf is what tells an object from others of its type: path and name,
// tag, range or description.
func identityOf(planned tftypes.Value) string {
	var attributes map[string]tftypes.Value
	if planned.IsNull() || planned.As(&attributes) != nil {
		return ""
	}
	text := func(name string) string {
		var value string
		if v, ok := attributes[name]; ok && v.IsKnown() && !v.IsNull() && v.Type().Is(tftypes.String) && v.As(&value) == nil {
			return value
		}
		return ""
	}
	if name := text("name"); name != "" {
		path := text("path")
		if path == "" {
			path = "/"
		}
		return path + name
	}
	var tags map[string]tftypes.Value
	if v, ok := attributes["tags"]; ok && v.IsKnown() && !v.IsNull() && v.As(&tags) == nil {
		var name string
		if tag, ok := tags["Name"]; ok && tag.As(&name) == nil {
			return name
		}
	}
	return text("cidr_block") + text("description") + text("node_group_name")
}

// ImportResourceState knows the id, and makes up what only the cloud knows.
func (s *standIn) ImportResourceState(_ context.Context, r *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	schema := s.resources[r.TypeName]
	value := emptyBlock(schema.Block, r.TypeName+"("+r.ID+")")
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		return nil, err
	}
	attributes["id"] = tftypes.NewValue(tftypes.String, r.ID)
	if r.TypeName == "aws_eks_cluster" {
		arn := "arn:aws:eks:" + s.answers["aws_region"]["region"] + ":" + s.answers["aws_caller_identity"]["account_id"] + ":cluster/" + r.ID
		attributes["arn"] = tftypes.NewValue(tftypes.String, arn)
	}
	state, err := tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), attributes))
	return &tfprotov6.ImportResourceStateResponse{ImportedResources: []*tfprotov6.ImportedResource{{TypeName: r.TypeName, State: &state}}}, err
}

// emptyBlock is a block of which only what can't be written is there, with
// those inside of it that must be.
func emptyBlock(block *tfprotov6.SchemaBlock, name string) tftypes.Value {
	values := map[string]tftypes.Value{}
	for _, a := range block.Attributes {
		values[a.Name] = tftypes.NewValue(a.Type, nil)
		if a.Computed && !a.Optional {
			values[a.Name] = invented(a.Type, name+"."+a.Name)
		}
	}
	for _, inner := range block.BlockTypes {
		kind := inner.ValueType()
		if inner.Nesting == tfprotov6.SchemaNestedBlockNestingModeSingle {
			values[inner.TypeName] = tftypes.NewValue(kind, nil)
			continue
		}
		elements := []tftypes.Value{}
		if inner.MinItems > 0 {
			elements = append(elements, emptyBlock(inner.Block, name+"."+inner.TypeName))
		}
		values[inner.TypeName] = tftypes.NewValue(kind, elements)
	}
	return tftypes.NewValue(block.ValueType(), values)
}

// ReadDataSource answers what the test's cloud would.
func (s *standIn) ReadDataSource(_ context.Context, r *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	schema := s.data[r.TypeName]
	kind := schema.ValueType()
	config, err := r.Config.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	var attributes map[string]tftypes.Value
	if err := config.As(&attributes); err != nil {
		return nil, err
	}
	for _, a := range schema.Block.Attributes {
		if answer, ok := s.answers[r.TypeName][a.Name]; ok && attributes[a.Name].IsNull() {
			attributes[a.Name] = tftypes.NewValue(a.Type, answer)
		} else if a.Computed && attributes[a.Name].IsNull() {
			attributes[a.Name] = invented(a.Type, r.TypeName+"."+a.Name)
		}
	}
	state, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, attributes))
	return &tfprotov6.ReadDataSourceResponse{State: &state}, err
}

// filled is a state with every computed attribute that it lacks filled in. A
// state that is null is a deletion.
func (s *standIn) filled(name string, state *tfprotov6.DynamicValue, fill func(tftypes.Type, string) tftypes.Value) (*tfprotov6.DynamicValue, error) {
	schema := s.resources[name]
	kind := schema.ValueType()
	value, err := state.Unmarshal(kind)
	if err != nil || value.IsNull() {
		return state, err
	}
	value, err = walkBlock(schema.Block, value, name, func(a *tfprotov6.SchemaAttribute, name string, current tftypes.Value) tftypes.Value {
		if a.Computed && (current.IsNull() || !current.IsKnown()) {
			return fill(a.Type, name)
		}
		return current
	})
	if err != nil {
		return nil, err
	}
	result, err := tfprotov6.NewDynamicValue(kind, value)
	return &result, err
}

// walkBlock replaces every attribute of a block, and of the blocks in it, by
// what visit returns.
func walkBlock(block *tfprotov6.SchemaBlock, value tftypes.Value, name string, visit func(*tfprotov6.SchemaAttribute, string, tftypes.Value) tftypes.Value) (tftypes.Value, error) {
	if value.IsNull() || !value.IsKnown() {
		return value, nil
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		return value, err
	}
	for _, a := range block.Attributes {
		attributes[a.Name] = visit(a, name+"."+a.Name, attributes[a.Name])
	}
	for _, inner := range block.BlockTypes {
		current := attributes[inner.TypeName]
		if inner.Nesting == tfprotov6.SchemaNestedBlockNestingModeSingle || current.IsNull() || !current.IsKnown() {
			continue
		}
		var elements []tftypes.Value
		if err := current.As(&elements); err != nil {
			return value, err
		}
		for i := range elements {
			one, err := walkBlock(inner.Block, elements[i], name+"."+inner.TypeName, visit)
			if err != nil {
				return value, err
			}
			elements[i] = one
		}
		attributes[inner.TypeName] = tftypes.NewValue(current.Type(), elements)
	}
	return tftypes.NewValue(value.Type(), attributes), nil
}

// invented is a value that tells where it comes from.
func invented(kind tftypes.Type, name string) tftypes.Value {
	switch {
	case kind.Is(tftypes.String):
		return tftypes.NewValue(kind, name)
	case kind.Is(tftypes.Number):
		return tftypes.NewValue(kind, 1)
	case kind.Is(tftypes.Bool):
		return tftypes.NewValue(kind, false)
	}
	switch kind := kind.(type) {
	case tftypes.List:
		return tftypes.NewValue(kind, []tftypes.Value{invented(kind.ElementType, name)})
	case tftypes.Set:
		return tftypes.NewValue(kind, []tftypes.Value{invented(kind.ElementType, name)})
	case tftypes.Map:
		return tftypes.NewValue(kind, map[string]tftypes.Value{})
	case tftypes.Object:
		attributes := map[string]tftypes.Value{}
		for attribute, inner := range kind.AttributeTypes {
			attributes[attribute] = invented(inner, name+"."+attribute)
		}
		return tftypes.NewValue(kind, attributes)
	}
	return tftypes.NewValue(kind, nil)
}

// serve runs the stand-ins until the test ends and returns what lets a
// Terraform find them.
func serve(t *testing.T, providers map[string]*standIn) string {
	t.Helper()
	type address struct{ Network, String string }
	type reattach struct {
		Protocol        string
		ProtocolVersion int
		Pid             int
		Test            bool
		Addr            address
	}
	found := map[string]reattach{}
	for _, name := range slices.Sorted(maps.Keys(providers)) {
		ctx, cancel := context.WithCancel(context.Background())
		configs, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
		go func() {
			err := tf6server.Serve("registry.terraform.io/hashicorp/"+name, func() tfprotov6.ProviderServer { return providers[name] },
				tf6server.WithDebug(ctx, configs, closed), tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithLoggingSink(t), tf6server.WithoutLogStderrOverride())
			if err != nil {
				panic(fmt.Sprintf("stand-in for %s: %v", name, err))
			}
		}()
		config := <-configs
		t.Cleanup(func() { cancel(); <-closed })
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			found[host+"/hashicorp/"+name] = reattach{
				Protocol: string(config.Protocol), ProtocolVersion: config.ProtocolVersion, Pid: config.Pid, Test: true,
				Addr: address{config.Addr.Network(), config.Addr.String()},
			}
		}
	}
	text, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
