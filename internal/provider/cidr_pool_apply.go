package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// Configure implements resource.ResourceWithConfigure.
func (r *cidrPoolResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// Create implements resource.Resource.
func (r *cidrPoolResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	given, _ := configured(req.Config.Raw)
	snapshot := ledger.Snapshot{}
	if given != "" {
		var err error
		if snapshot, err = parseSnapshot(given); err != nil {
			resp.Diagnostics.AddError("Not a snapshot of the ledger", err.Error())
			return
		}
	}
	if r.commit(ctx, &resp.Diagnostics, resp.Private, snapshot, req.Plan.Raw, tftypes.NewValue(req.Plan.Raw.Type(), nil)) {
		resp.State.Raw = req.Plan.Raw
	}
}

// Update implements resource.Resource.
func (r *cidrPoolResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	snapshot, _, ok, diags := carried(ctx, req.Private)
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return
	}
	if given, _ := configured(req.Config.Raw); !ok && given != "" {
		var err error
		if snapshot, err = parseSnapshot(given); err != nil {
			resp.Diagnostics.AddError("Not a snapshot of the ledger", err.Error())
			return
		}
	}
	if r.commit(ctx, &resp.Diagnostics, resp.Private, snapshot, req.Plan.Raw, req.State.Raw) {
		resp.State.Raw = req.Plan.Raw
	}
}

// commit writes what was planned into the ledger, before the state, and tells
// whether the state may follow. A pool without owner has nothing to write.
func (r *cidrPoolResource) commit(ctx context.Context, diags *diag.Diagnostics, private privateWriter, snapshot ledger.Snapshot, plan, state tftypes.Value) bool {
	var spec cidrPoolSpec
	if _, err := decode(plan, &spec); err != nil {
		diags.AddError("Invalid pool", err.Error())
		return false
	}
	if spec.Owner == "" {
		return true
	}
	planned, err := poolState(plan)
	if err != nil {
		diags.AddError("Invalid pool", err.Error())
		return false
	}
	prior, err := poolState(state)
	if err != nil {
		diags.AddError("Invalid state of the pool", err.Error())
		return false
	}
	opened, err := r.session.ledgerOf()
	if err != nil {
		diags.AddError("No ledger", err.Error())
		return false
	}
	after, err := opened.Commit(ctx, newPoolLedger(spec, prior, snapshot).change(prior, planned))
	if err != nil {
		addLedgerError(diags, "Taking ranges from the ledger", err)
		return false
	}
	diags.Append(carry(ctx, private, after, seen{after.Lineage, after.Serial})...)
	return true
}

// Read implements resource.Resource. A pool without an owner is all in the
// state; with one, the plan that follows needs to know what others hold.
func (r *cidrPoolResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	resp.State.Raw = req.State.Raw
	spec, state, ok := r.stored(&resp.Diagnostics, req.State.Raw)
	if !ok || spec.Owner == "" {
		return
	}
	snapshot, err := r.session.readLedger(ctx)
	if err != nil {
		addLedgerError(&resp.Diagnostics, "Reading the ledger", err)
		return
	}
	_, last, _, diags := carried(ctx, req.Private)
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return
	}
	resp.Diagnostics.Append(carry(ctx, resp.Private, snapshot, newest(snapshot, last))...)
	attributes, err := object(req.State.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid state of the pool", err.Error())
		return
	}
	registered := !snapshot.Behind(last.Lineage, last.Serial) && newPoolLedger(spec, state, snapshot).registered(state)
	attributes["registered"] = tftypes.NewValue(tftypes.Bool, registered)
	resp.State.Raw = tftypes.NewValue(req.State.Raw.Type(), attributes)
}

// stored is what a state says.
func (r *cidrPoolResource) stored(diags *diag.Diagnostics, raw tftypes.Value) (spec cidrPoolSpec, state cidr.PoolState, ok bool) {
	if _, err := decode(raw, &spec); err != nil {
		diags.AddError("Invalid state of the pool", err.Error())
		return spec, state, false
	}
	state, err := poolState(raw)
	if err != nil {
		diags.AddError("Invalid state of the pool", err.Error())
	}
	return spec, state, err == nil
}

// Delete implements resource.Resource: Terraform destroys what stands in the
// ranges first, so the ledger is written last. If that fails the ranges stay
// held, which is the safe side.
func (r *cidrPoolResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	spec, state, ok := r.stored(&resp.Diagnostics, req.State.Raw)
	if !ok || spec.Owner == "" {
		return
	}
	opened, err := r.session.ledgerOf()
	if err != nil {
		resp.Diagnostics.AddError("No ledger", err.Error())
		return
	}
	shared := newPoolLedger(spec, state, ledger.Snapshot{})
	if _, err := opened.Commit(ctx, shared.farewell(state, spec.Quarantine)); err != nil {
		addLedgerError(&resp.Diagnostics, "Giving ranges back to the ledger", err)
		return
	}
	if spec.Quarantine > 0 && len(state.Blocks) > 0 {
		resp.Diagnostics.AddWarning("Ranges stay in quarantine",
			"The pool had a quarantine, so its ranges are kept from others until somebody releases them: kready cidr release.")
	}
}
