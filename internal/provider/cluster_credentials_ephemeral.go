package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	eschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*clusterCredentialsEphemeral)(nil)

// clusterCredentialsEphemeral opens a cluster's API for the length of a run.
// Its input is the cluster's id, unknown until the cluster exists, so that a
// first plan does not open it. Nothing of it enters a state or a plan. Terraform
// can't replace a result during a run, so there is no renewal: a client that
// outlives the token (EKS: 15 minutes) runs `kready token` as exec plugin.
type clusterCredentialsEphemeral struct {
	session *session
}

func newClusterCredentialsEphemeral() ephemeral.EphemeralResource {
	return &clusterCredentialsEphemeral{}
}

// clusterCredentialsModel is what a configuration sees.
type clusterCredentialsModel struct {
	ClusterID            types.String `tfsdk:"cluster_id"`
	Target               types.String `tfsdk:"target"`
	Endpoint             types.String `tfsdk:"endpoint"`
	CertificateAuthority types.String `tfsdk:"certificate_authority"`
	Token                types.String `tfsdk:"token"`
	Expires              types.String `tfsdk:"expires"`
}

// Metadata implements ephemeral.EphemeralResource.
func (e *clusterCredentialsEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cluster_credentials"
}

// Schema implements ephemeral.EphemeralResource.
func (e *clusterCredentialsEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = eschema.Schema{
		MarkdownDescription: "Short-lived credentials for a cluster's API. They never enter the state or a plan.",
		Attributes: map[string]eschema.Attribute{
			"cluster_id":            eschema.StringAttribute{Required: true, MarkdownDescription: "Id of the cluster: `kready_cluster.….id`."},
			"target":                eschema.StringAttribute{Optional: true, MarkdownDescription: "Provider target that the cluster lives in."},
			"endpoint":              eschema.StringAttribute{Computed: true, MarkdownDescription: "URL of the API."},
			"certificate_authority": eschema.StringAttribute{Computed: true, MarkdownDescription: "Certificate of the API's authority, base64."},
			"token":                 eschema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "Bearer token."},
			"expires":               eschema.StringAttribute{Computed: true, MarkdownDescription: "When the token ends, RFC 3339."},
		},
	}
}

// Configure implements ephemeral.EphemeralResourceWithConfigure.
func (e *clusterCredentialsEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.session = sessionOf(req.ProviderData, &resp.Diagnostics)
}

// Open implements ephemeral.EphemeralResource.
func (e *clusterCredentialsEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model clusterCredentialsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	words := strings.Split(model.ClusterID.ValueString(), "/")
	if len(words) != 3 || hasEmpty(words) {
		resp.Diagnostics.AddError("Invalid cluster id", fmt.Sprintf("%q is not of the form account/region/cluster: take kready_cluster.….id.", model.ClusterID.ValueString()))
		return
	}
	credentials, err := e.credentials(ctx, words, model.Target.ValueString())
	if err != nil {
		resp.Diagnostics.AddError(explain("Opening cluster "+words[2], err))
		return
	}
	model.Endpoint = types.StringValue(credentials.Endpoint)
	model.CertificateAuthority = types.StringValue(credentials.CertificateAuthority)
	model.Token = types.StringValue(credentials.Token)
	model.Expires = types.StringValue(credentials.Expires.UTC().Format(time.RFC3339))
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
}

func (e *clusterCredentialsEphemeral) credentials(ctx context.Context, words []string, target string) (cloud.Credentials, error) {
	c, err := e.session.cloudOf(ctx, blueprint.Scope{Cloud: cloudOfRealm(words[0]), Region: words[1], Target: target})
	if err != nil {
		return cloud.Credentials{}, err
	}
	if _, err := realmOf(ctx, c, words[0]); err != nil {
		return cloud.Credentials{}, err
	}
	return c.Credentials(ctx, words[2])
}
