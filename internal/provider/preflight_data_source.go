package provider

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/preflight"
)

var _ datasource.DataSourceWithConfigure = (*preflightDataSource)(nil)

// preflightDataSource holds a design against the cloud that it is meant for:
// the one place in a plan that asks a cloud, because somebody asked for it.
type preflightDataSource struct {
	session *session
}

func newPreflightDataSource() datasource.DataSource { return &preflightDataSource{} }

// preflightModel is what is asked for, and what was found.
type preflightModel struct {
	Design     string              `json:"design"`
	ReportOnly bool                `json:"report_only,omitempty"`
	Findings   []blueprint.Finding `json:"findings"`
}

// Metadata implements datasource.DataSource.
func (d *preflightDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_preflight"
}

// Schema implements datasource.DataSource.
func (d *preflightDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = dschema.Schema{
		MarkdownDescription: "Holds a design against the cloud that it is meant for, before anything is made: networks, subnets, routes, roles and keys that exist, " +
			"free addresses, tags that load balancers need, zones, versions, ranges in use and behind connections. Each finding says what to do.",
		Attributes: map[string]dschema.Attribute{
			"design":      dschema.StringAttribute{Required: true, MarkdownDescription: "The design as JSON: `jsonencode(kready_cluster_blueprint.….design)`."},
			"report_only": dschema.BoolAttribute{Optional: true, MarkdownDescription: "Report errors in findings only, and let the plan pass. Default: false."},
			"findings":    computedDataAttribute(reflect.TypeFor[[]blueprint.Finding](), "What was found."),
		},
	}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *preflightDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// Read implements datasource.DataSource.
func (d *preflightDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model preflightModel
	if _, err := decode(req.Config.Raw, &model); err != nil {
		resp.Diagnostics.AddError("Invalid data source", err.Error())
		return
	}
	var design blueprint.Design
	if err := json.Unmarshal([]byte(model.Design), &design); err != nil || design.Empty() {
		resp.Diagnostics.AddAttributeError(path.Root("design"), "Not a design", "Write jsonencode(kready_cluster_blueprint.….design).")
		return
	}
	findings, err := preflight.Run(ctx, design, d.session.cloudOf)
	if err != nil {
		resp.Diagnostics.AddError(explain("Preflight", err))
		return
	}
	if !model.ReportOnly {
		addFindings(&resp.Diagnostics, findings)
	}
	attributes, err := object(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid data source", err.Error())
		return
	}
	attributes["findings"] = encode(append([]blueprint.Finding{}, findings...))
	resp.State.Raw = tftypes.NewValue(req.Config.Raw.Type(), attributes)
}
