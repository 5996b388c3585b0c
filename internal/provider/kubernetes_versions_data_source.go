package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

var _ datasource.DataSourceWithConfigure = (*kubernetesVersionsDataSource)(nil)

// kubernetesVersionsDataSource lists what the cloud offers now; the tables in
// kready are dated.
type kubernetesVersionsDataSource struct {
	session *session
}

func newKubernetesVersionsDataSource() datasource.DataSource {
	return &kubernetesVersionsDataSource{}
}

// Metadata implements datasource.DataSource.
func (d *kubernetesVersionsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_kubernetes_versions"
}

// Schema implements datasource.DataSource.
func (d *kubernetesVersionsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := whereAttributes()
	attributes["default"] = dschema.StringAttribute{Computed: true, MarkdownDescription: "The cloud's default minor version."}
	attributes["versions"] = computedDataAttribute(reflect.TypeFor[[]cloud.VersionInfo](), "Versions on offer, newest first.")
	resp.Schema = dschema.Schema{MarkdownDescription: "Kubernetes versions that the cloud offers, with their ends of support.", Attributes: attributes}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *kubernetesVersionsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// Read implements datasource.DataSource.
func (d *kubernetesVersionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var where whereModel
	if _, err := decode(req.Config.Raw, &where); err != nil {
		resp.Diagnostics.AddError("Invalid data source", err.Error())
		return
	}
	attributes, err := object(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Invalid data source", err.Error())
		return
	}
	c, err := d.session.cloudOf(ctx, where.scope())
	if err != nil {
		resp.Diagnostics.AddError(explain("Listing Kubernetes versions", err))
		return
	}
	versions, err := c.Versions(ctx)
	if err != nil {
		resp.Diagnostics.AddError(explain("Listing Kubernetes versions", err))
		return
	}
	attributes["versions"] = encode(versions)
	attributes["default"] = tftypes.NewValue(tftypes.String, nil)
	for _, version := range versions {
		if version.Default {
			attributes["default"] = wireText(version.Version)
		}
	}
	resp.State.Raw = tftypes.NewValue(req.Config.Raw.Type(), attributes)
}
