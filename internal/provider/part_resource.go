package provider

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// part describes one kind of resource that realizes a section of a design.
// Everything that the kinds have in common is in partResource; what differs
// is said here, in the file of each kind.
type part[D blueprint.Section, O any] struct {
	name   string // kready_<name>
	doc    string
	inputs []input
	open   func(cloud.Cloud) cloud.Part[D, O]
	// instance names one of several parts of a cluster ("apps" of
	// node-pool/apps); nil where a cluster has one.
	instance func(D) string
	// judge looks at a planned change against what was last observed; nil: no
	// rules of its own.
	judge func(prior, planned D) []blueprint.Finding
	// tolerate keeps what is not drift: it may write what is configured over
	// what was observed, and says so in warnings; nil: everything is drift.
	tolerate func(configured D, observed *D) []string
	timeout  time.Duration
}

// input is a map of ids that another resource made.
type input struct {
	name, doc string
	into      func(*cloud.Inputs) *map[string]string
}

var (
	networkInput = input{"network", "Ids that the network made, by component key: `kready_network.….objects`. Read from the configuration at each apply and not kept in the state.",
		func(i *cloud.Inputs) *map[string]string { return &i.Network }}
	clusterInput = input{"cluster", "Ids that the control plane made, by component key: `kready_cluster.….objects`. Read from the configuration at each apply and not kept in the state.",
		func(i *cloud.Inputs) *map[string]string { return &i.Cluster }}
	registryInput = input{"registry", "Ids that the registry made, by component key: `kready_registry.….objects`. Read from the configuration at each apply and not kept in the state.",
		func(i *cloud.Inputs) *map[string]string { return &i.Registry }}
	vaultInput = input{"vault", "Ids that the vaults made, by component key: `kready_vault.….objects`. Read from the configuration at each apply and not kept in the state.",
		func(i *cloud.Inputs) *map[string]string { return &i.Vault }}
)

// Statuses of a part.
const (
	statusComplete   = "complete"
	statusIncomplete = "incomplete"
)

// partResource is the one implementation of all parts.
type partResource[D blueprint.Section, O any] struct {
	part    part[D, O]
	session *session
}

// Metadata implements resource.Resource.
func (r *partResource[D, O]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.part.name
}

// Schema implements resource.Resource.
func (r *partResource[D, O]) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"design": schema.SingleNestedAttribute{
			Required:            true,
			MarkdownDescription: "Section of the blueprint's design, as it is: `kready_cluster_blueprint.….design.…`.",
			Attributes:          inputAttributes(reflect.TypeFor[D](), optional),
		},
		"incarnation": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Birth mark of the blueprint: `kready_cluster_blueprint.….incarnation`. Objects of an equal mark are adopted, those of another are refused.",
		},
		"acknowledge_replacement": schema.ListAttribute{
			Optional: true, WriteOnly: true, ElementType: types.StringType,
			MarkdownDescription: "Tokens of objects that may be replaced, from the error that asked for them.",
		},
		"id":      schema.StringAttribute{Computed: true, MarkdownDescription: "Account (or subscription, or sandbox), region and name: what import takes."},
		"realm":   schema.StringAttribute{Computed: true, MarkdownDescription: "Account, subscription or sandbox that it was made in. Another one is refused before anything is read."},
		"objects": schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Cloud objects by component key. Planned key by key: an object to be made is known after apply, one to be removed disappears, the rest keep their ids."},
		"status":  schema.StringAttribute{Computed: true, MarkdownDescription: "\"complete\", or \"incomplete\" where an apply was interrupted or failed half way: the next apply finishes it in place."},
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, Update: true, Delete: true,
			CreateDescription: "Longest create. Default: " + r.part.timeout.String() + ".",
			UpdateDescription: "Longest update. Default: " + r.part.timeout.String() + ".",
			DeleteDescription: "Longest delete. Default: " + r.part.timeout.String() + ".",
		}),
	}
	for _, in := range r.part.inputs {
		attributes[in.name] = schema.MapAttribute{
			Optional: true, WriteOnly: true, ElementType: types.StringType, MarkdownDescription: in.doc,
		}
	}
	for _, f := range fieldsOf(reflect.TypeFor[O]()) {
		attributes[f.name] = computedAttribute(f.typ, f.doc)
	}
	resp.Schema = schema.Schema{MarkdownDescription: r.part.doc, Attributes: attributes}
}

// Configure implements resource.ResourceWithConfigure.
func (r *partResource[D, O]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// sessionOf is the one place that takes the provider's data. Terraform
// validates before it configures: then there is none.
func sessionOf(data any, diags *diag.Diagnostics) *session {
	if data == nil {
		return nil
	}
	s, ok := data.(*session)
	if !ok {
		diags.AddError("Provider not configured", fmt.Sprintf("The provider handed over %T. This is a bug in kready: please report it.", data))
	}
	return s
}

// Create implements resource.Resource.
func (r *partResource[D, O]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	planned, err := readPart[D, O](req.Plan.Raw, req.Config.Raw, r.part)
	if err != nil {
		resp.Diagnostics.AddError("Invalid "+r.part.name, err.Error())
		return
	}
	limit, diags := planTimeout(ctx, &req.Plan, timeouts.Value.Create, r.part.timeout)
	resp.Diagnostics.Append(diags...)
	ref := r.ref(planned, r.session.options.Random(16))
	var known D
	observed, realm, err := r.ensure(ctx, limit, ref, planned, known)
	if err != nil && !observed.Exists && len(observed.Objects) == 0 {
		resp.Diagnostics.AddError(explain("Creating "+ref.Part+" of "+ref.Cluster, err))
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateToken, privateString(ref.Token))...)
	resp.State.Raw = planned.settle(r.part, req.Plan.Raw, realm, observed, err)
	if err != nil {
		// A failed create is tainted and replaced by Terraform, and an object
		// that the replacement adopts would then die by the old one's delete.
		// So this is a warning; modules turn status into exit code 1 with a
		// postcondition.
		summary, detail := explain("Incomplete: "+ref.Part+" of "+ref.Cluster, err)
		resp.Diagnostics.AddWarning(summary, detail+"\n\nWhat exists is kept in the state, with status = \"incomplete\". Apply again: it is finished in place.")
	}
	addWarnings(&resp.Diagnostics, ref, observed.Warnings)
}

// Read implements resource.Resource.
func (r *partResource[D, O]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state, err := readPart[D, O](req.State.Raw, req.State.Raw, r.part)
	if err != nil {
		resp.Diagnostics.AddError("Invalid state of "+r.part.name, err.Error())
		return
	}
	token, diags := req.Private.GetKey(ctx, privateToken)
	resp.Diagnostics.Append(diags...)
	ref := r.ref(state, privateText(token))
	c, realm, err := r.open(ctx, state)
	if err != nil {
		resp.Diagnostics.AddError(explain("Reading "+ref.Part+" of "+ref.Cluster, err))
		return
	}
	var known D // nothing, on import
	if !state.imported {
		known = state.Design
	}
	observed, err := r.part.open(c).Find(ctx, ref, known)
	switch {
	case isNotFound(err) && len(observed.Objects) > 0 && !state.imported:
		resp.Diagnostics.AddWarning("Incomplete: "+ref.Part+" of "+ref.Cluster,
			err.Error()+"\n\nWhat is left of it stays in the state: the next apply finishes it in place, a destroy removes it.")
		resp.State.Raw = state.remains(req.State.Raw, observed.Objects)
		return
	case isNotFound(err):
		resp.Diagnostics.AddWarning("Gone: "+ref.Part+" of "+ref.Cluster,
			"It was deleted outside of Terraform: nothing of it is left in "+realm+". The next apply makes it anew.")
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		resp.Diagnostics.AddError(explain("Reading "+ref.Part+" of "+ref.Cluster, err))
		return
	}
	resp.Diagnostics.Append(r.remember(ctx, ref, state, observed, resp)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.part.tolerate != nil && !state.imported {
		observed.Warnings = append(observed.Warnings, r.part.tolerate(state.Design, &observed.Design)...)
	}
	resp.State.Raw = state.refresh(r.part, req.State.Raw, realm, observed)
	addWarnings(&resp.Diagnostics, ref, observed.Warnings)
}

// remember keeps beside the state what later plans and deletes need: the
// token of an imported part, and what Kubernetes would leave behind.
func (r *partResource[D, O]) remember(ctx context.Context, ref cloud.Ref, state partState[D, O], observed cloud.Observed[D, O], resp *resource.ReadResponse) diag.Diagnostics {
	var diags diag.Diagnostics
	if ref.Token == "" {
		diags.Append(resp.Private.SetKey(ctx, privateToken, privateString(observed.Token))...)
	} else if observed.Token != "" && observed.Token != ref.Token && observed.Incarnation != state.Incarnation {
		diags.AddError(explain("Reading "+ref.Part+" of "+ref.Cluster, cloud.Owned(ref.Part+" of "+ref.Cluster, observed.Owner, observed.Incarnation, ref)))
	}
	diags.Append(resp.Private.SetKey(ctx, privateLeftovers, privateString(strings.Join(observed.Leftovers, "\n")))...)
	return diags
}

// Update implements resource.Resource.
func (r *partResource[D, O]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	planned, err := readPart[D, O](req.Plan.Raw, req.Config.Raw, r.part)
	if err != nil {
		resp.Diagnostics.AddError("Invalid "+r.part.name, err.Error())
		return
	}
	limit, diags := planTimeout(ctx, &req.Plan, timeouts.Value.Update, r.part.timeout)
	resp.Diagnostics.Append(diags...)
	token, diags := req.Private.GetKey(ctx, privateToken)
	resp.Diagnostics.Append(diags...)
	ref := r.ref(planned, privateText(token))
	if ref.Token == "" {
		ref.Token = r.session.options.Random(16)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateToken, privateString(ref.Token))...)
	}
	before, err := readPart[D, O](req.State.Raw, req.State.Raw, r.part)
	if err != nil {
		resp.Diagnostics.AddError("Invalid state of "+r.part.name, err.Error())
		return
	}
	known := before.Design
	observed, realm, err := r.ensure(ctx, limit, ref, planned, known)
	if err != nil {
		// An update is never tainted: fail, and keep what exists.
		resp.Diagnostics.AddError(explain("Updating "+ref.Part+" of "+ref.Cluster, err))
		if observed.Exists {
			resp.State.Raw = before.partly(r.part, req.State.Raw, observed)
		}
		return
	}
	resp.State.Raw = planned.settle(r.part, req.Plan.Raw, realm, observed, nil)
	addWarnings(&resp.Diagnostics, ref, observed.Warnings)
}

// Delete implements resource.Resource.
func (r *partResource[D, O]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state, err := readPart[D, O](req.State.Raw, req.State.Raw, r.part)
	if err != nil {
		resp.Diagnostics.AddError("Invalid state of "+r.part.name, err.Error())
		return
	}
	limit, diags := stateTimeout(ctx, &req.State, r.part.timeout)
	resp.Diagnostics.Append(diags...)
	token, diags := req.Private.GetKey(ctx, privateToken)
	resp.Diagnostics.Append(diags...)
	ref := r.ref(state, privateText(token))
	c, _, err := r.open(ctx, state)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		err = r.part.open(c).Delete(ctx, ref, state.Design, deleteOptions(state.Design))
	}
	if err != nil && !isNotFound(err) {
		resp.Diagnostics.AddError(explain("Deleting "+ref.Part+" of "+ref.Cluster, err))
	}
}

func deleteOptions[D blueprint.Section](design D) cloud.DeleteOptions {
	scope := design.In()
	options := cloud.DeleteOptions{
		KeepLogs:       scope.OnDestroy.Logs == "retain",
		KeepKeys:       scope.OnDestroy.Keys == "retain",
		SweepLeftovers: scope.OnDestroy.Leftovers == "sweep",
		Force:          scope.OnDestroy.Force,
	}
	if vault, ok := any(design).(blueprint.VaultDesign); ok {
		options.RecoveryDays = vault.RecoveryDays
	}
	return options
}

// ensure opens the cloud, checks the realm, and makes it agree.
func (r *partResource[D, O]) ensure(ctx context.Context, limit time.Duration, ref cloud.Ref, planned partState[D, O], known D) (cloud.Observed[D, O], string, error) {
	c, realm, err := r.open(ctx, planned)
	if err != nil {
		return cloud.Observed[D, O]{}, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	observed, err := r.part.open(c).Ensure(ctx, ref, planned.Design, known, planned.inputs)
	return observed, realm, err
}

func (r *partResource[D, O]) open(ctx context.Context, p partState[D, O]) (cloud.Cloud, string, error) {
	c, err := r.session.cloudOf(ctx, p.Design.In())
	if err != nil {
		return nil, "", err
	}
	realm, err := realmOf(ctx, c, p.Realm)
	return c, realm, err
}

// ref names the part and who may touch it.
func (r *partResource[D, O]) ref(p partState[D, O], token string) cloud.Ref {
	scope := p.Design.In()
	return cloud.Ref{
		Region: scope.Region, Cluster: scope.Cluster, Part: r.part.key(p.Design),
		Owner: r.session.owner, Incarnation: p.Incarnation, Token: token,
	}
}

// key is the part's name in refs and tags: "node-pool/apps".
func (p part[D, O]) key(design D) string {
	kind := strings.ReplaceAll(p.name, "_", "-")
	if p.instance == nil {
		return kind
	}
	return kind + "/" + p.instance(design)
}

// ImportState implements resource.ResourceWithImportState: the id is
// realm/region/cluster, and the name of the part where a cluster has several.
func (r *partResource[D, O]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	form := "account/region/cluster"
	if r.part.instance != nil {
		form += "/name"
	}
	words := strings.Split(req.ID, "/")
	if len(words) != strings.Count(form, "/")+1 || hasEmpty(words) {
		resp.Diagnostics.AddError("Invalid import id", fmt.Sprintf("%q is not of the form %s, such as %s.", req.ID, form, importExample(r.part.instance != nil)))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), req.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("realm"), words[0])...)
}

func importExample(named bool) string {
	if named {
		return "111122223333/eu-west-1/shop-eu/apps"
	}
	return "111122223333/eu-west-1/shop-eu"
}

func hasEmpty(words []string) bool {
	for _, word := range words {
		if word == "" {
			return true
		}
	}
	return false
}

func addWarnings(diags *diag.Diagnostics, ref cloud.Ref, warnings []string) {
	for _, warning := range warnings {
		diags.AddWarning(ref.Part+" of "+ref.Cluster, warning)
	}
}
