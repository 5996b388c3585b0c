package provider

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// poolPlan is one run of ModifyPlan.
type poolPlan struct {
	spec       cidrPoolSpec
	prior      cidr.PoolState
	attributes map[string]tftypes.Value // of the plan, to be filled in
	before     map[string]tftypes.Value // of the prior state
	shared     *poolLedger              // nil without owner
	behind     bool                     // the ledger is older than one seen before
	diags      *diag.Diagnostics
	session    *session
}

// ModifyPlan implements resource.ResourceWithModifyPlan. The layout is a pure
// function of configuration, prior state and, with an owner, of the snapshot
// of the ledger that Terraform carries from plan to apply.
func (r *cidrPoolResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	p := poolPlan{diags: &resp.Diagnostics, session: r.session}
	waits := p.open(req)
	if !p.diags.HasError() && p.spec.Owner != "" {
		waits = append(waits, p.openLedger(ctx, r, req)...)
	}
	if p.diags.HasError() {
		return
	}
	if len(waits) > 0 {
		p.unknown(waits)
	} else {
		p.settle()
	}
	if !p.diags.HasError() {
		resp.Plan.Raw = tftypes.NewValue(req.Plan.Raw.Type(), p.attributes)
	}
}

// open reads the request and returns the inputs that are not known yet.
func (p *poolPlan) open(req resource.ModifyPlanRequest) []string {
	var err error
	if p.attributes, err = object(req.Plan.Raw); err != nil {
		p.diags.AddError("Invalid pool", err.Error())
		return nil
	}
	if p.before, err = object(req.State.Raw); err != nil {
		p.diags.AddError("Invalid state of the pool", err.Error())
		return nil
	}
	u, err := decode(req.Config.Raw, &p.spec)
	if err != nil {
		p.diags.AddError("Invalid pool", err.Error())
		return nil
	}
	if p.prior, err = poolState(req.State.Raw); err != nil {
		p.diags.AddError("Invalid state of the pool", err.Error())
		return nil
	}
	p.attributes["id"] = wireText("pool")
	p.attributes["registered"] = tftypes.NewValue(tftypes.Bool, nil)
	waits := append(u.leaves, u.structure...)
	for _, input := range waits {
		if input == "owner" {
			p.diags.AddAttributeError(path.Root("owner"), "Owner not known at plan", "Ranges are kept in the ledger by owner. Use one that is known when Terraform plans.")
		}
	}
	if was := text(p.before["owner"]); was != "" && was != p.spec.Owner {
		p.diags.AddAttributeError(path.Root("owner"), "The owner is for life",
			fmt.Sprintf("The ledger keeps the ranges of this pool under %q. Under another owner they would be taken twice. Put the owner back; to give the ranges up, destroy the pool.", was))
	}
	return waits
}

// openLedger finds the snapshot that Terraform carries: in private state once
// there is a state, before that in the write-only attribute.
func (p *poolPlan) openLedger(ctx context.Context, r *cidrPoolResource, req resource.ModifyPlanRequest) []string {
	if _, err := r.session.ledgerOf(); err != nil {
		p.diags.AddAttributeError(path.Root("owner"), "No ledger", err.Error())
		return nil
	}
	p.attributes["registered"] = tftypes.NewValue(tftypes.Bool, true)
	if !req.State.Raw.IsNull() {
		snapshot, last, ok, diags := carried(ctx, req.Private)
		if p.diags.Append(diags...); diags.HasError() {
			return nil
		}
		if ok {
			p.behind = snapshot.Behind(last.Lineage, last.Serial)
			p.share(snapshot)
			return nil
		}
	}
	given, ok := configured(req.Config.Raw)
	switch {
	case !ok:
		return []string{"ledger"}
	case given == "":
		p.diags.AddAttributeError(path.Root("ledger"), "No snapshot of the ledger",
			"A pool with an owner is first planned against what the ledger holds. Declare data \"kready_cidr_ledger\" \"shared\" {} and set ledger = data.kready_cidr_ledger.shared.snapshot.")
		return nil
	}
	snapshot, err := parseSnapshot(given)
	if err != nil {
		p.diags.AddAttributeError(path.Root("ledger"), "Not a snapshot of the ledger", "Use data.kready_cidr_ledger.….snapshot as it is: "+err.Error())
		return nil
	}
	p.share(snapshot)
	return nil
}

// configured is the write-only snapshot of a configuration; false while it is
// unknown.
func configured(config tftypes.Value) (string, bool) {
	attributes, err := object(config)
	if err != nil {
		return "", true
	}
	value := attributes["ledger"]
	return text(value), value.IsKnown()
}

func (p *poolPlan) share(snapshot ledger.Snapshot) {
	shared := newPoolLedger(p.spec, p.prior, snapshot)
	p.shared = &shared
}

// settle plans with everything known.
func (p *poolPlan) settle() {
	request, problems := p.spec.request()
	if p.shared != nil {
		p.prior = p.shared.adopt(p.prior)
		for owner, prefixes := range p.shared.foreign() {
			request.Peers[owner] = prefixes
		}
	}
	var layout cidr.Layout
	if !cidr.HasErrors(problems) {
		var found []cidr.Problem
		layout, found = cidr.PlanPool(request, p.prior)
		problems = append(problems, found...)
	}
	unchanged := p.unchanged()
	for i := range problems {
		problems[i].Path = p.spec.pathOf(problems[i].Path)
	}
	addProblems(p.diags, problems, unchanged)
	if p.diags.HasError() {
		return
	}
	if cidr.HasErrors(problems) {
		p.keep() // warned: what stood before the rule changed stands
		return
	}
	p.session.meetPool(p.diags, p.spec, layout)
	computed, err := object(encode(resultOf(p.spec, layout)))
	if err != nil {
		p.diags.AddError("Invalid pool", err.Error())
		return
	}
	same := text(computed["layout"]) == text(p.before["layout"]) && text(computed["digest"]) == text(p.before["digest"])
	if p.behind && !same {
		p.diags.AddError("The ledger went back",
			"The ledger is older than it was when this pool last saw it: it was restored from a backup, deleted, or is another one. Ranges that others hold may be missing from it, so nothing new is given. "+
				"Undo the change of this pool and apply, here and in every other state that uses the ledger: each writes its ranges again. Then make the change.")
		return
	}
	if p.shared != nil && unchanged && same {
		p.keepComputed() // what others take and give up is no change of this pool
		return
	}
	for name, value := range computed {
		p.attributes[name] = value
	}
}

// unchanged reports whether what a person wrote is what the state holds.
func (p *poolPlan) unchanged() bool {
	if len(p.before) == 0 {
		return false
	}
	for _, f := range fieldsOf(reflect.TypeFor[cidrPoolSpec]()) {
		if !p.attributes[f.name].Equal(p.before[f.name]) {
			return false
		}
	}
	return true
}

// keepComputed plans the results that the state has.
func (p *poolPlan) keepComputed() {
	for _, f := range fieldsOf(reflect.TypeFor[cidrPoolResult]()) {
		p.attributes[f.name] = p.before[f.name]
	}
}

// keep plans no change at all.
func (p *poolPlan) keep() {
	p.keepComputed()
	p.attributes["registered"] = p.before["registered"]
}

// unknown plans with inputs that are not known yet: ranges that are given stay,
// everything new is known after apply. Placing only the known ones would be
// wrong: the plan at apply can't tell which of them had been unknown.
func (p *poolPlan) unknown(where []string) {
	for _, input := range where {
		if input == "allocations" {
			p.diags.AddAttributeError(path.Root("allocations"), "Keys not known at plan",
				"The keys of allocations are not known until apply, so kready can't say which ranges there will be. Use keys that are known when Terraform plans.")
			return
		}
	}
	blocks := map[string]tftypes.Value{}
	all := strings.Join(where, "\n")
	for key := range p.spec.Allocations {
		blocks[key] = unknownOf(tftypes.String)
		touched := strings.Contains(all, fmt.Sprintf("allocations[%q]", key))
		if block, given := p.prior.Blocks[key]; given && !touched {
			blocks[key] = wireText(block.CIDR.String())
		}
	}
	for _, f := range fieldsOf(reflect.TypeFor[cidrPoolResult]()) {
		p.attributes[f.name] = unknownOf(wireType(f.typ))
	}
	p.attributes["blocks"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, blocks)
}

// pathOf is a path of the planner, which calls a supernet by its text, in the
// words of the schema, where supernets are a list.
func (s cidrPoolSpec) pathOf(at string) string {
	for i, text := range s.CIDRs {
		if at == fmt.Sprintf("cidrs[%q]", text) {
			return fmt.Sprintf("cidrs[%d]", i)
		}
	}
	return at
}

// addProblems reports problems. A request that has not changed draws warnings
// only: a destroy begins with a plan, and must not fail on a rule that became
// stricter.
func addProblems(diags *diag.Diagnostics, problems []cidr.Problem, unchanged bool) {
	for _, p := range problems {
		detail := p.Detail
		if p.Path != "" {
			detail = p.Path + ": " + detail
		}
		if p.Severity == cidr.Error && !unchanged {
			diags.AddAttributeError(attributePath(p.Path), p.Summary, detail)
		} else {
			diags.AddAttributeWarning(attributePath(p.Path), p.Summary, detail)
		}
	}
}
