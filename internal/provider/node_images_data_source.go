package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

var _ datasource.DataSourceWithConfigure = (*nodeImagesDataSource)(nil)

// nodeImagesDataSource lists image releases, so that a pinned pool can see
// that it is behind.
type nodeImagesDataSource struct {
	session *session
}

func newNodeImagesDataSource() datasource.DataSource { return &nodeImagesDataSource{} }

// Metadata implements datasource.DataSource.
func (d *nodeImagesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_node_images"
}

// Schema implements datasource.DataSource.
func (d *nodeImagesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := whereAttributes()
	attributes["os"] = dschema.StringAttribute{Required: true, MarkdownDescription: "\"al2023\", \"bottlerocket\", \"ubuntu2404\" or \"azurelinux3\"."}
	attributes["architecture"] = dschema.StringAttribute{Required: true, MarkdownDescription: "\"amd64\" or \"arm64\"."}
	attributes["kubernetes_version"] = dschema.StringAttribute{Required: true, MarkdownDescription: "Minor version."}
	attributes["latest"] = dschema.StringAttribute{Computed: true, MarkdownDescription: "Newest release, for `node_image.release`."}
	attributes["releases"] = computedDataAttribute(reflect.TypeFor[[]cloud.NodeImage](), "Releases, newest first.")
	resp.Schema = dschema.Schema{MarkdownDescription: "Node image releases that the cloud offers.", Attributes: attributes}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *nodeImagesDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// Read implements datasource.DataSource.
func (d *nodeImagesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
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
		resp.Diagnostics.AddError(explain("Listing node images", err))
		return
	}
	images, err := c.NodeImages(ctx, cloud.NodeImageQuery{
		OS: text(attributes["os"]), Architecture: text(attributes["architecture"]), KubernetesVersion: text(attributes["kubernetes_version"]),
	})
	if err != nil {
		resp.Diagnostics.AddError(explain("Listing node images", err))
		return
	}
	attributes["releases"] = encode(images)
	attributes["latest"] = tftypes.NewValue(tftypes.String, nil)
	if len(images) > 0 {
		attributes["latest"] = wireText(images[0].Release)
	}
	resp.State.Raw = tftypes.NewValue(req.Config.Raw.Type(), attributes)
}
