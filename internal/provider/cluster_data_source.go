package provider

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

var _ datasource.DataSourceWithConfigure = (*clusterDataSource)(nil)

// clusterDataSource looks a cluster up that some state made, this one or
// another.
type clusterDataSource struct {
	session *session
}

func newClusterDataSource() datasource.DataSource { return &clusterDataSource{} }

// whereModel is where a data source looks.
type whereModel struct {
	Cloud  string `json:"cloud" doc:"\"aws\" or \"azure\"."`
	Region string `json:"region" doc:"Region."`
	Target string `json:"target,omitempty" doc:"Provider target to look in."`
}

func (m whereModel) scope() blueprint.Scope {
	return blueprint.Scope{Cloud: m.Cloud, Region: m.Region, Target: m.Target}
}

func whereAttributes() map[string]dschema.Attribute {
	attributes := map[string]dschema.Attribute{}
	for _, f := range fieldsOf(reflect.TypeFor[whereModel]()) {
		attributes[f.name] = dschema.StringAttribute{Required: !f.omits, Optional: f.omits, MarkdownDescription: f.doc}
	}
	return attributes
}

// Metadata implements datasource.DataSource.
func (d *clusterDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cluster"
}

// Schema implements datasource.DataSource.
func (d *clusterDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := whereAttributes()
	attributes["name"] = dschema.StringAttribute{Required: true, MarkdownDescription: "Name of the cluster."}
	attributes["id"] = dschema.StringAttribute{Computed: true, MarkdownDescription: "Account (or subscription, or sandbox), region and name."}
	attributes["kubernetes_version"] = dschema.StringAttribute{Computed: true, MarkdownDescription: "Minor version that runs."}
	attributes["owner"] = dschema.StringAttribute{Computed: true, MarkdownDescription: "Owner that made it; empty where kready did not."}
	attributes["incarnation"] = dschema.StringAttribute{Computed: true, MarkdownDescription: "Birth mark of its blueprint."}
	attributes["objects"] = dschema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Its cloud objects by component key."}
	for _, f := range fieldsOf(reflect.TypeFor[blueprint.ClusterOutputs]()) {
		attributes[f.name] = computedDataAttribute(f.typ, f.doc)
	}
	resp.Schema = dschema.Schema{
		MarkdownDescription: "A cluster that exists, for configurations beside the one that made it.",
		Attributes:          attributes,
	}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *clusterDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// Read implements datasource.DataSource.
func (d *clusterDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
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
	name := text(attributes["name"])
	c, err := d.session.cloudOf(ctx, where.scope())
	if err != nil {
		resp.Diagnostics.AddError(explain("Looking up cluster "+name, err))
		return
	}
	realm, err := c.Realm(ctx)
	if err != nil {
		resp.Diagnostics.AddError(explain("Looking up cluster "+name, err))
		return
	}
	ref := cloud.Ref{Region: where.Region, Cluster: name, Part: "cluster", Owner: d.session.owner}
	observed, err := c.Cluster().Find(ctx, ref, blueprint.ControlPlaneDesign{})
	if err != nil {
		resp.Diagnostics.AddError(explain(fmt.Sprintf("Looking up cluster %s in %s/%s", name, realm, where.Region), err))
		return
	}
	attributes["id"] = wireText(realm + "/" + where.Region + "/" + name)
	attributes["kubernetes_version"] = wireText(observed.Design.KubernetesVersion)
	attributes["owner"] = wireText(observed.Owner)
	attributes["incarnation"] = wireText(observed.Incarnation)
	attributes["objects"] = wireTextMap(observed.Objects)
	outputs, err := object(encode(observed.Outputs))
	if err != nil {
		resp.Diagnostics.AddError("Invalid cluster", err.Error())
		return
	}
	for key, value := range outputs {
		attributes[key] = value
	}
	resp.State.Raw = tftypes.NewValue(req.Config.Raw.Type(), attributes)
}
