package provider

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

var (
	_ resource.ResourceWithConfigure  = (*cidrDelegationResource)(nil)
	_ resource.ResourceWithModifyPlan = (*cidrDelegationResource)(nil)
)

// cidrDelegationResource takes one large range out of the shared space, for a
// state or team that plans inside it. Its range is known after apply: the
// ledger is asked when it is made, so that two applies never race for a plan.
type cidrDelegationResource struct {
	session *session
}

func newCIDRDelegationResource() resource.Resource { return &cidrDelegationResource{} }

// cidrDelegationSpec is what a person asks for.
type cidrDelegationSpec struct {
	Owner        string              `json:"owner" doc:"State or team that gets the range. For life."`
	Name         string              `json:"name" doc:"Name of the range there. For life: equal owner and name get the same range."`
	CIDRs        []string            `json:"cidrs" doc:"Ranges to take it from."`
	PrefixLength int                 `json:"prefix_length" doc:"Prefix length. For life: a delegation that is too small gets a second one beside it."`
	Reserved     map[string][]string `json:"reserved,omitempty" doc:"Ranges in use elsewhere, by owner, that the ledger doesn't know of. Never given."`
	Quarantine   bool                `json:"quarantine,omitempty" doc:"Whether the range, once destroyed, is kept from others until somebody releases it with kready cidr release. Default: false."`
}

// fixedOfDelegation are the attributes of a delegation that are for life.
var fixedOfDelegation = []string{"owner", "name", "prefix_length"}

// Metadata implements resource.Resource.
func (r *cidrDelegationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cidr_delegation"
}

// Schema implements resource.Resource.
func (r *cidrDelegationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := inputAttributes(reflect.TypeFor[cidrDelegationSpec](), byTag)
	attributes["cidr"] = schema.StringAttribute{Computed: true, MarkdownDescription: "Range that was given. Known after apply, then for life."}
	attributes["id"] = schema.StringAttribute{Computed: true, MarkdownDescription: "Owner and name."}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One large range out of the address space that the provider's ledger keeps, for one state or team to plan inside, with a pool of its own. " +
			"The ledger keeps everybody else out of it; several states that plan inside one delegation use a ledger of their own.",
		Attributes: attributes,
	}
}

// Configure implements resource.ResourceWithConfigure.
func (r *cidrDelegationResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan implements resource.ResourceWithModifyPlan.
func (r *cidrDelegationResource) ModifyPlan(_ context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var spec cidrDelegationSpec
	u, err := decode(req.Config.Raw, &spec)
	if err != nil {
		resp.Diagnostics.AddError("Invalid delegation", err.Error())
		return
	}
	if _, err := r.session.ledgerOf(); err != nil {
		resp.Diagnostics.AddError("No ledger", err.Error())
	}
	attributes, err := object(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid delegation", err.Error())
		return
	}
	if !req.State.Raw.IsNull() {
		r.planUpdate(&resp.Diagnostics, req.State.Raw, attributes)
	}
	if len(u.leaves)+len(u.structure) == 0 {
		_, problems := spec.parse()
		addProblems(&resp.Diagnostics, problems, false)
	}
	resp.Plan.Raw = tftypes.NewValue(req.Plan.Raw.Type(), attributes)
}

// planUpdate keeps the range, and refuses what would need another one.
func (r *cidrDelegationResource) planUpdate(diags *diag.Diagnostics, state tftypes.Value, attributes map[string]tftypes.Value) {
	before, err := object(state)
	if err != nil {
		diags.AddError("Invalid state of the delegation", err.Error())
		return
	}
	for _, name := range fixedOfDelegation {
		if !attributes[name].Equal(before[name]) {
			diags.AddAttributeError(path.Root(name), "A delegation is for life",
				"Others plan inside "+text(before["cidr"])+", so its "+name+" can't change. Put it back, and declare another kready_cidr_delegation beside this one.")
		}
	}
	attributes["cidr"], attributes["id"] = before["cidr"], before["id"]
}

// parse reads the ranges; every problem at once.
func (s cidrDelegationSpec) parse() (delegationRequest, []cidr.Problem) {
	var request delegationRequest
	supernets, problems := cidr.ParseListAt("cidrs", s.CIDRs)
	request.supernets = supernets
	for _, owner := range sortedKeys(s.Reserved) {
		prefixes, found := cidr.ParseListAt(fmt.Sprintf("reserved[%q]", owner), s.Reserved[owner])
		problems = append(problems, found...)
		request.reserved = append(request.reserved, prefixes...)
	}
	if len(problems) == 0 {
		if _, err := cidr.NewSpace(supernets...); err != nil || len(supernets) == 0 {
			problems = append(problems, cidr.Problem{Path: "cidrs", Summary: "cidrs is no address space", Detail: fmt.Sprintf("Name at least one range, and none that overlaps another: %v.", err)})
		}
	}
	return request, problems
}

type delegationRequest struct {
	supernets, reserved []netip.Prefix
}

// next is the range that is free for a delegation, the best fit.
func (d delegationRequest) next(bits int, snapshot ledger.Snapshot) (netip.Prefix, error) {
	space, err := cidr.NewSpace(d.supernets...)
	if err != nil {
		return netip.Prefix{}, err
	}
	for _, prefix := range d.reserved {
		space.Exclude(prefix)
	}
	for _, r := range snapshot.Records {
		space.Exclude(r.Held)
	}
	if next, ok := space.Peek(bits, d.supernets...); ok {
		return next, nil
	}
	largest, ok := space.Largest(d.supernets...)
	if !ok {
		return netip.Prefix{}, fmt.Errorf("no /%d is free in %s: all of it is taken. Add a range to cidrs", bits, d.supernets)
	}
	return netip.Prefix{}, fmt.Errorf("no /%d is free in %s: the largest free range is %s. Ask for a /%d, or add a range to cidrs", bits, d.supernets, largest, largest.Bits())
}

// races is how often a delegation that lost a race looks for another range.
const races = 100

// Create implements resource.Resource. Equal owner and name get the range that
// the ledger has for them, so that a run which was killed finds its own.
func (r *cidrDelegationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var spec cidrDelegationSpec
	if _, err := decode(req.Plan.Raw, &spec); err != nil {
		resp.Diagnostics.AddError("Invalid delegation", err.Error())
		return
	}
	request, problems := spec.parse()
	addProblems(&resp.Diagnostics, problems, false)
	opened, err := r.session.ledgerOf()
	if err != nil {
		resp.Diagnostics.AddError("No ledger", err.Error())
	}
	if resp.Diagnostics.HasError() {
		return
	}
	given, after, err := spec.take(ctx, opened, request)
	if err != nil {
		addLedgerError(&resp.Diagnostics, "Taking a range from the ledger", err)
		return
	}
	attributes, err := object(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid delegation", err.Error())
		return
	}
	attributes["cidr"] = wireText(given.String())
	attributes["id"] = wireText(spec.Owner + "/" + spec.Name)
	resp.State.Raw = tftypes.NewValue(req.Plan.Raw.Type(), attributes)
	resp.Diagnostics.Append(carry(ctx, resp.Private, ledger.Snapshot{}, seen{after.Lineage, after.Serial})...)
}

// take commits the next free range, and looks again when somebody was faster.
func (s cidrDelegationSpec) take(ctx context.Context, opened ledger.Ledger, request delegationRequest) (netip.Prefix, ledger.Snapshot, error) {
	var lost error
	for range races {
		snapshot, err := opened.Read(ctx)
		if err != nil {
			return netip.Prefix{}, snapshot, err
		}
		next := netip.Prefix{}
		change := ledger.Change{}
		for _, r := range snapshot.Owned(s.Owner) {
			switch {
			case r.Key != s.Name || r.CIDR.Bits() != s.PrefixLength:
			case r.Kind == ledger.KindDelegation:
				return r.CIDR, snapshot, nil
			case r.Kind == ledger.KindTombstone: // it comes back out of quarantine
				next, change.Drop = r.CIDR, []ledger.Record{r}
			}
		}
		if !next.IsValid() {
			if next, err = request.next(s.PrefixLength, snapshot); err != nil {
				return next, snapshot, err
			}
		}
		change.Put = []ledger.Record{s.record(next, ledger.KindDelegation)}
		after, err := opened.Commit(ctx, change)
		if !errors.Is(err, ledger.ErrStale) {
			return next, after, err
		}
		lost = err
	}
	return netip.Prefix{}, ledger.Snapshot{}, lost
}

func (s cidrDelegationSpec) record(prefix netip.Prefix, kind ledger.Kind) ledger.Record {
	return ledger.Record{Owner: s.Owner, Key: s.Name, Kind: kind, CIDR: prefix, Held: prefix}
}

// Read implements resource.Resource. Only a ledger that is at least as new as
// the one that gave the range can say that it was released.
func (r *cidrDelegationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	resp.State.Raw = req.State.Raw
	spec, given, ok := delegationOf(&resp.Diagnostics, req.State.Raw)
	if !ok {
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
	want := spec.record(given, ledger.KindDelegation)
	for _, record := range snapshot.Records {
		if record.Same(want) {
			resp.Diagnostics.Append(carry(ctx, resp.Private, ledger.Snapshot{}, newest(snapshot, last))...)
			return
		}
	}
	if snapshot.Behind(last.Lineage, last.Serial) {
		resp.Diagnostics.AddWarning("The ledger went back",
			fmt.Sprintf("The ledger is older than it was when it gave %s to %q: it was restored from a backup, deleted, or is another one. "+
				"Until the range is recorded again others may be given it. Restore a newer ledger, or destroy and make this delegation again with nothing in it.", given, spec.Owner))
		return
	}
	resp.State.RemoveResource(ctx)
}

// delegationOf reads a state.
func delegationOf(diags *diag.Diagnostics, state tftypes.Value) (spec cidrDelegationSpec, given netip.Prefix, ok bool) {
	if _, err := decode(state, &spec); err != nil {
		diags.AddError("Invalid state of the delegation", err.Error())
		return spec, given, false
	}
	attributes, err := object(state)
	if err == nil {
		given, err = cidr.Parse(text(attributes["cidr"]))
	}
	if err != nil {
		diags.AddError("Invalid state of the delegation", err.Error())
	}
	return spec, given, err == nil
}

// Update implements resource.Resource: what can change is not in the ledger.
func (r *cidrDelegationResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

// Delete implements resource.Resource.
func (r *cidrDelegationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	spec, given, ok := delegationOf(&resp.Diagnostics, req.State.Raw)
	if !ok {
		return
	}
	opened, err := r.session.ledgerOf()
	if err != nil {
		resp.Diagnostics.AddError("No ledger", err.Error())
		return
	}
	change := ledger.Change{Drop: []ledger.Record{spec.record(given, ledger.KindDelegation)}}
	if spec.Quarantine {
		change.Put = []ledger.Record{spec.record(given, ledger.KindTombstone)}
	}
	if _, err := opened.Commit(ctx, change); err != nil {
		addLedgerError(&resp.Diagnostics, "Giving a range back to the ledger", err)
	}
}
