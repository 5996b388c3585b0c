package provider

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

var (
	_ resource.ResourceWithConfigure   = (*clusterBlueprintResource)(nil)
	_ resource.ResourceWithImportState = (*clusterBlueprintResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*clusterBlueprintResource)(nil)
)

// clusterBlueprintResource decides what a cluster should be. It owns no cloud
// object: everything happens in the plan, and Create, Update and Delete write
// down what was planned.
type clusterBlueprintResource struct {
	session *session
}

func newClusterBlueprintResource() resource.Resource { return &clusterBlueprintResource{} }

// blueprintModel is what a state holds beside the specification.
type blueprintModel struct {
	Design        blueprint.Design         `json:"design"`
	Capacity      blueprint.CapacityReport `json:"capacity_report"`
	Findings      []blueprint.Finding      `json:"findings"`
	Digest        string                   `json:"digest,omitempty"`
	Incarnation   string                   `json:"incarnation,omitempty"`
	DesignVersion int                      `json:"design_version,omitempty"`
	Held          map[string]string        `json:"held_ranges"`
}

// Metadata implements resource.Resource.
func (r *clusterBlueprintResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cluster_blueprint"
}

// Schema implements resource.Resource.
func (r *clusterBlueprintResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := inputAttributes(reflect.TypeFor[blueprint.Spec](), byTag)
	attributes["id"] = schema.StringAttribute{Computed: true, MarkdownDescription: "Cloud, region and name."}
	attributes["incarnation"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Random birth mark of the cluster, known after the first apply. Objects that carry it belong to this blueprint. " +
			"Set it only to adopt a cluster whose state is lost, as `kready adopt` prints it.",
	}
	attributes["design"] = computedAttribute(reflect.TypeFor[blueprint.Design](), "The settled cluster: every key and range, known in the first plan when the inputs are. Hand each section to its resource.")
	attributes["capacity_report"] = computedAttribute(reflect.TypeFor[blueprint.CapacityReport](), "How far the design carries.")
	attributes["findings"] = computedAttribute(reflect.TypeFor[[]blueprint.Finding](), "Warnings of the plan, for reports.")
	attributes["digest"] = schema.StringAttribute{Computed: true, MarkdownDescription: "SHA-256 of the design."}
	attributes["design_version"] = schema.Int64Attribute{Computed: true, MarkdownDescription: "Version of the defaults that the design was made with; it stays, so that a newer provider plans no change."}
	attributes["held_ranges"] = schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Ranges by component key, those of removed components included: none is ever given to another key. `pins` takes them."}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Decides what a private Kubernetes cluster should be, on EKS or AKS, and refuses what would fail or be unsafe later. " +
			"It owns no cloud object; the other resources realize its design, or `modules/cluster` does with one block.",
		Attributes: attributes,
	}
}

// Configure implements resource.ResourceWithConfigure.
func (r *clusterBlueprintResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// Create implements resource.Resource.
func (r *clusterBlueprintResource) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	attributes, err := object(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid blueprint", err.Error())
		return
	}
	if !attributes["incarnation"].IsKnown() {
		attributes["incarnation"] = wireText(r.session.options.Random(16))
	}
	resp.State.Raw = settled(req.Plan.Raw.Type(), attributes)
}

// Read implements resource.Resource: there is nothing to read.
func (r *clusterBlueprintResource) Read(_ context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	resp.State.Raw = req.State.Raw
}

// Update implements resource.Resource.
func (r *clusterBlueprintResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	attributes, err := object(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid blueprint", err.Error())
		return
	}
	if !attributes["incarnation"].IsKnown() {
		attributes["incarnation"] = wireText(r.session.options.Random(16))
	}
	resp.State.Raw = settled(req.Plan.Raw.Type(), attributes)
}

// settled is a plan as a state: what is still unknown at apply never was
// given, so it is null.
func settled(t tftypes.Type, attributes map[string]tftypes.Value) tftypes.Value {
	for name, value := range attributes {
		if !value.IsKnown() {
			attributes[name] = tftypes.NewValue(value.Type(), nil)
		}
	}
	return tftypes.NewValue(t, attributes)
}

// Delete implements resource.Resource: the realizers delete, each its own.
func (r *clusterBlueprintResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// ImportState implements resource.ResourceWithImportState. A blueprint is
// decided, not found: what an import brings back is the birth mark of a
// cluster, as NAME/INCARNATION; pins bring back its ranges.
func (r *clusterBlueprintResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	name, incarnation, found := strings.Cut(req.ID, "/")
	if !found || name == "" || incarnation == "" {
		resp.Diagnostics.AddError("Invalid import id",
			fmt.Sprintf("%q is not of the form name/incarnation, such as shop-eu/0123456789abcdef. `kready adopt` prints it for a cluster that exists.", req.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), name)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("incarnation"), incarnation)...)
}
