package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Server returns the provider as Terraform's protocol sees it: the framework's
// server, with a short way for the calls about one resource.
//
// Between the wire and a resource the framework walks every value some twenty
// times: for defaults, plan modifiers, semantic equality and blocks, none of
// which a resource of ours has. Two of the walks are quadratic (their trace log
// nests a context for each attribute, framework v1.19.0): on a pool with 5,000
// keys they took 40 of 43 CPU seconds of a plan. The short way decodes, calls
// the resource and encodes. That both ways give the same is proved by a test.
func Server(options Options) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		p := &kreadyProvider{options: options}
		return &server{ProviderServer: providerserver.NewProtocol6(p)(), provider: p, types: shortTypes(p)}
	}
}

// server answers what is asked about a resource itself, and leaves the rest to
// the framework.
type server struct {
	tfprotov6.ProviderServer
	provider *kreadyProvider
	types    map[string]func() shortType
}

// typeOf finds the resource type of that name, false if the framework serves it.
func (s *server) typeOf(name string) (shortType, bool) {
	typ, short := s.types[name]
	if !short {
		return shortType{}, false
	}
	return typ(), true
}

// open makes a resource and hands it the session.
func (s *server) open(ctx context.Context, t shortType, diags *diag.Diagnostics) resource.Resource {
	one := t.build()
	if configurable, ok := one.(resource.ResourceWithConfigure); ok {
		var req resource.ConfigureRequest
		if s.provider.session != nil {
			req.ProviderData = s.provider.session
		}
		var resp resource.ConfigureResponse
		configurable.Configure(ctx, req, &resp)
		diags.Append(resp.Diagnostics...)
	}
	return one
}

// ValidateResourceConfig implements tfprotov6.ProviderServer. A schema with
// validators is the framework's to judge.
func (s *server) ValidateResourceConfig(ctx context.Context, in *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	t, short := s.typeOf(in.TypeName)
	if !short || t.validated {
		return s.ProviderServer.ValidateResourceConfig(ctx, in)
	}
	values, err := t.decode(in.Config)
	if err != nil {
		return nil, err
	}
	mayWriteOnly := in.ClientCapabilities != nil && in.ClientCapabilities.WriteOnlyAttributesAllowed
	resp := resource.ValidateConfigResponse{Diagnostics: t.judge(values[0], mayWriteOnly)}
	if one, judges := t.build().(resource.ResourceWithValidateConfig); judges {
		one.ValidateConfig(ctx, resource.ValidateConfigRequest{Config: t.config(values[0])}, &resp)
	}
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: wireDiagnostics(resp.Diagnostics)}, nil
}

// UpgradeResourceState implements tfprotov6.ProviderServer. Of an older schema
// the framework takes care.
func (s *server) UpgradeResourceState(ctx context.Context, in *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	t, short := s.typeOf(in.TypeName)
	if !short || in.RawState == nil || in.Version != t.schema.Version {
		return s.ProviderServer.UpgradeResourceState(ctx, in)
	}
	ignore := tfprotov6.UnmarshalOpts{ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true}}
	state, err := in.RawState.UnmarshalWithOpts(t.wire, ignore)
	if err != nil {
		return s.ProviderServer.UpgradeResourceState(ctx, in) // which says it better
	}
	upgraded, err := tfprotov6.NewDynamicValue(t.wire, state)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &upgraded}, err
}

// ReadResource implements tfprotov6.ProviderServer.
func (s *server) ReadResource(ctx context.Context, in *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	t, short := s.typeOf(in.TypeName)
	if !short {
		return s.ProviderServer.ReadResource(ctx, in)
	}
	values, err := t.decode(in.CurrentState)
	if err != nil {
		return nil, err
	}
	var (
		req  resource.ReadRequest
		resp resource.ReadResponse
	)
	if req.Private, err = readPrivate(ctx, req.Private, in.Private); err != nil {
		return nil, err
	}
	resp.Private = req.Private
	req.State, resp.State = t.state(values[0]), t.state(values[0])
	if one := s.open(ctx, t, &resp.Diagnostics); !resp.Diagnostics.HasError() {
		one.Read(ctx, req, &resp)
	}
	out := &tfprotov6.ReadResourceResponse{Diagnostics: wireDiagnostics(resp.Diagnostics)}
	out.NewState, out.Private, err = t.answer(ctx, resp.State.Raw, resp.Private)
	return out, err
}

// PlanResourceChange implements tfprotov6.ProviderServer.
func (s *server) PlanResourceChange(ctx context.Context, in *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	t, short := s.typeOf(in.TypeName)
	if !short {
		return s.ProviderServer.PlanResourceChange(ctx, in)
	}
	values, err := t.decode(in.Config, in.PriorState)
	if err != nil {
		return nil, err
	}
	config, prior := values[0], values[1]
	plan, err := t.propose(config, prior)
	if err != nil {
		return nil, err
	}
	var (
		req  resource.ModifyPlanRequest
		resp resource.ModifyPlanResponse
	)
	if req.Private, err = readPrivate(ctx, req.Private, in.PriorPrivate); err != nil {
		return nil, err
	}
	resp.Private = req.Private
	req.Config, req.State, req.Plan, resp.Plan = t.config(config), t.state(prior), t.plan(plan), t.plan(plan)
	if one := s.open(ctx, t, &resp.Diagnostics); !resp.Diagnostics.HasError() {
		one.(resource.ResourceWithModifyPlan).ModifyPlan(ctx, req, &resp) //nolint:forcetypeassert // shortTypes takes no other.
	}
	out := &tfprotov6.PlanResourceChangeResponse{Diagnostics: wireDiagnostics(resp.Diagnostics)}
	for _, at := range resp.RequiresReplace {
		out.RequiresReplace = append(out.RequiresReplace, wirePath(at))
	}
	out.PlannedState, out.PlannedPrivate, err = t.answer(ctx, resp.Plan.Raw, resp.Private)
	return out, err
}

// ApplyResourceChange implements tfprotov6.ProviderServer.
func (s *server) ApplyResourceChange(ctx context.Context, in *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	t, short := s.typeOf(in.TypeName)
	if !short {
		return s.ProviderServer.ApplyResourceChange(ctx, in)
	}
	values, err := t.decode(in.Config, in.PriorState, in.PlannedState)
	if err != nil {
		return nil, err
	}
	applied := application{config: t.config(values[0]), prior: t.state(values[1]), plan: t.plan(values[2])}
	var kept resource.UpdateRequest // for the type of its private state
	if kept.Private, err = readPrivate(ctx, kept.Private, in.PlannedPrivate); err != nil {
		return nil, err
	}
	one := s.open(ctx, t, &applied.diags)
	switch {
	case applied.diags.HasError():
		applied.state = applied.prior
	case values[1].IsNull():
		if kept.Private, err = readPrivate(ctx, kept.Private, nil); err != nil {
			return nil, err
		}
		resp := resource.CreateResponse{State: t.state(values[1]), Private: kept.Private}
		one.Create(ctx, resource.CreateRequest{Config: applied.config, Plan: applied.plan}, &resp)
		applied.state, applied.diags = resp.State, resp.Diagnostics
	case values[2].IsNull():
		resp := resource.DeleteResponse{State: t.state(values[1]), Private: kept.Private}
		one.Delete(ctx, resource.DeleteRequest{State: applied.prior, Private: kept.Private}, &resp)
		applied.state, applied.diags = resp.State, resp.Diagnostics
		if !applied.diags.HasError() {
			applied.state.Raw = tftypes.NewValue(t.wire, nil)
		}
	default:
		resp := resource.UpdateResponse{State: t.state(values[1]), Private: kept.Private}
		one.Update(ctx, resource.UpdateRequest{Config: applied.config, Plan: applied.plan, State: applied.prior, Private: kept.Private}, &resp)
		applied.state, applied.diags = resp.State, resp.Diagnostics
	}
	out := &tfprotov6.ApplyResourceChangeResponse{Diagnostics: wireDiagnostics(applied.diags)}
	out.NewState, out.Private, err = t.answer(ctx, applied.state.Raw, kept.Private)
	return out, err
}

// application is one apply.
type application struct {
	config tfsdk.Config
	plan   tfsdk.Plan
	prior  tfsdk.State
	state  tfsdk.State // after it
	diags  diag.Diagnostics
}
