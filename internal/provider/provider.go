package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

var (
	_ provider.Provider                       = (*kreadyProvider)(nil)
	_ provider.ProviderWithFunctions          = (*kreadyProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*kreadyProvider)(nil)
)

type kreadyProvider struct {
	options Options
	session *session // once configured
}

// New returns the provider. It is given the clouds, the sandbox and its
// randomness by main.
func New(options Options) func() provider.Provider {
	return func() provider.Provider { return &kreadyProvider{options: options} }
}

// providerModel is the provider block.
type providerModel struct {
	Owner       string                         `json:"owner,omitempty"`
	Sandbox     *sandboxModel                  `json:"sandbox,omitempty"`
	AWS         *awsTargetModel                `json:"aws,omitempty"`
	Azure       *azureTargetModel              `json:"azure,omitempty"`
	Targets     map[string]targetModel         `json:"targets,omitempty"`
	DefaultTags map[string]string              `json:"default_tags,omitempty"`
	TagPolicies map[string]blueprint.TagPolicy `json:"tag_policies,omitempty"`
	Regions     []string                       `json:"allowed_regions,omitempty"`
	IgnoreTags  *ignoreTagsModel               `json:"ignore_tags,omitempty"`
	Ledger      *ledgerModel                   `json:"ledger,omitempty"`
}

type sandboxModel struct {
	Path string `json:"path,omitempty"`
}

type targetModel struct {
	AWS   *awsTargetModel   `json:"aws,omitempty"`
	Azure *azureTargetModel `json:"azure,omitempty"`
}

type awsTargetModel struct {
	Profile           string            `json:"profile,omitempty"`
	AssumeRole        *assumeRoleModel  `json:"assume_role,omitempty"`
	WebIdentity       *webIdentityModel `json:"assume_role_with_web_identity,omitempty"`
	AllowedAccountIDs []string          `json:"allowed_account_ids,omitempty"`
	EndpointURL       string            `json:"endpoint_url,omitempty"`
}

type assumeRoleModel struct {
	RoleARN     string `json:"role_arn"`
	ExternalID  string `json:"external_id,omitempty"`
	SessionName string `json:"session_name,omitempty"`
}

type webIdentityModel struct {
	RoleARN     string `json:"role_arn"`
	TokenFile   string `json:"web_identity_token_file"`
	SessionName string `json:"session_name,omitempty"`
}

type azureTargetModel struct {
	SubscriptionID string `json:"subscription_id,omitempty"`
	TenantID       string `json:"tenant_id,omitempty"`
	Environment    string `json:"environment,omitempty"`
	UseOIDC        bool   `json:"use_oidc,omitempty"`
}

type ignoreTagsModel struct {
	Keys        []string `json:"keys,omitempty"`
	KeyPrefixes []string `json:"key_prefixes,omitempty"`
}

// fill writes the chosen account into a target.
func (m targetModel) fill(target *cloud.Target) {
	if aws := m.AWS; aws != nil {
		target.Profile, target.EndpointURL = aws.Profile, aws.EndpointURL
		target.AllowedAccountIDs = aws.AllowedAccountIDs
		if role := aws.WebIdentity; role != nil {
			target.WebIdentity = &cloud.WebIdentity{RoleARN: role.RoleARN, TokenFile: role.TokenFile, SessionName: role.SessionName}
		}
		if role := aws.AssumeRole; role != nil {
			target.AssumeRole = &cloud.AssumeRole{RoleARN: role.RoleARN, ExternalID: role.ExternalID, SessionName: role.SessionName}
		}
	}
	if azure := m.Azure; azure != nil {
		target.SubscriptionID, target.TenantID = azure.SubscriptionID, azure.TenantID
		target.Environment, target.UseOIDC = azure.Environment, azure.UseOIDC
	}
}

// Metadata implements provider.Provider.
func (p *kreadyProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "kready"
	resp.Version = p.options.Version
}

// Schema implements provider.Provider.
func (p *kreadyProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	aws := schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "AWS account. Default: what the AWS SDK finds in the environment.",
		Attributes: map[string]schema.Attribute{
			"profile": schema.StringAttribute{Optional: true, MarkdownDescription: "Named profile of the shared configuration."},
			"assume_role": schema.SingleNestedAttribute{
				Optional: true, MarkdownDescription: "Role to take first.",
				Attributes: map[string]schema.Attribute{
					"role_arn":     schema.StringAttribute{Required: true, MarkdownDescription: "ARN of the role."},
					"external_id":  schema.StringAttribute{Optional: true, MarkdownDescription: "External id that the role asks for."},
					"session_name": schema.StringAttribute{Optional: true, MarkdownDescription: "Session name. Default: kready."},
				},
			},
			"assume_role_with_web_identity": schema.SingleNestedAttribute{
				Optional: true, MarkdownDescription: "Role to take with the token of a CI job (OIDC), before assume_role.",
				Attributes: map[string]schema.Attribute{
					"role_arn":                schema.StringAttribute{Required: true, MarkdownDescription: "ARN of the role."},
					"web_identity_token_file": schema.StringAttribute{Required: true, MarkdownDescription: "File that holds the token; it is read again when the credentials expire."},
					"session_name":            schema.StringAttribute{Optional: true, MarkdownDescription: "Session name. Default: kready."},
				},
			},
			"allowed_account_ids": schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Accounts that may be touched. Any other is refused before anything is read."},
			"endpoint_url":        schema.StringAttribute{Optional: true, MarkdownDescription: "Endpoint of all AWS services, for a simulator such as `kready sandbox serve`."},
		},
	}
	azure := schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "Azure subscription.",
		Attributes: map[string]schema.Attribute{
			"subscription_id": schema.StringAttribute{Optional: true, MarkdownDescription: "Subscription."},
			"tenant_id":       schema.StringAttribute{Optional: true, MarkdownDescription: "Tenant."},
			"environment":     schema.StringAttribute{Optional: true, MarkdownDescription: "\"public\" (default), \"usgovernment\" or \"china\"."},
			"use_oidc":        schema.BoolAttribute{Optional: true, MarkdownDescription: "Take the identity of the CI job."},
		},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "kready plans and builds production-ready private Kubernetes clusters on EKS and AKS. Configuring it needs no credentials; they are looked up when something is called.",
		Attributes: map[string]schema.Attribute{
			"owner": schema.StringAttribute{Optional: true, MarkdownDescription: "Who may touch what this state makes, such as \"platform-team/eu\". Kept as a tag on everything. Required, except with sandbox."},
			"sandbox": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Embedded clouds: no account, no network. Only ever chosen here, never by an environment variable.",
				Attributes: map[string]schema.Attribute{
					"path": schema.StringAttribute{Optional: true, MarkdownDescription: "File that holds the embedded clouds. Default: .kready/sandbox.json."},
				},
			},
			"aws":   aws,
			"azure": azure,
			"targets": schema.MapNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Named accounts and subscriptions; a blueprint picks one with target.",
				NestedObject:        schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{"aws": aws, "azure": azure}},
			},
			"ledger":       ledgerAttribute(),
			"default_tags": schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Tags on everything that is made. A blueprint's own win."},
			"tag_policies": schema.MapNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Tags that the organisation minds, by key in its own spelling: checked in the plan of every blueprint, so that a tag policy refuses nothing half way.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"values":   schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Values that are allowed; one that ends in \"*\" stands for all that begin so. Default: any."},
					"required": schema.BoolAttribute{Optional: true, MarkdownDescription: "Everything carries the tag."},
				}},
			},
			"allowed_regions": schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Regions that may be used, for data sovereignty. Any other is refused in the plan, and before anything is called."},
			"ignore_tags": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Tags that others own: never removed, never drift.",
				Attributes: map[string]schema.Attribute{
					"keys":         schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Exact keys."},
					"key_prefixes": schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Prefixes of keys."},
				},
			},
		},
	}
}

// defaultSandboxPath is where the embedded clouds live beside a
// configuration.
const defaultSandboxPath = ".kready/sandbox.json"

// Configure implements provider.Provider. It calls no cloud.
func (p *kreadyProvider) Configure(_ context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	s := &session{options: p.options}
	u, err := decode(req.Config.Raw, &s.config)
	if err != nil {
		resp.Diagnostics.AddError("Invalid provider configuration", err.Error())
		return
	}
	for _, where := range append(u.leaves, u.structure...) {
		resp.Diagnostics.AddAttributeError(attributePath(where), "Unknown provider configuration",
			"The provider needs "+where+" before it can plan. Give it a value that is known when Terraform plans: a literal, a variable or a data source of another provider.")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	s.owner = s.config.Owner
	if s.config.Sandbox != nil {
		s.openSandbox(resp)
	}
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData = s, s, s
	p.session = s
}

func (s *session) openSandbox(resp *provider.ConfigureResponse) {
	file := s.config.Sandbox.Path
	if file == "" {
		file = defaultSandboxPath
	}
	transport, err := s.options.OpenSandbox(file)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("sandbox"), "Sandbox can't be opened",
			"The embedded clouds are kept in "+file+": "+err.Error())
		return
	}
	s.sandbox = transport
	if s.owner == "" {
		s.owner = "sandbox"
	}
}

// Resources implements provider.Provider.
func (p *kreadyProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newCIDRPoolResource,
		newCIDRDelegationResource,
		newClusterBlueprintResource,
		newNetworkResource,
		newClusterResource,
		newNodePoolResource,
		newAddonsResource,
		newRegistryResource,
		newVaultResource,
		newWorkloadIdentityResource,
	}
}

// DataSources implements provider.Provider.
func (p *kreadyProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newCIDRInventoryDataSource,
		newCIDRLedgerDataSource,
		newClusterDataSource,
		newNodeImagesDataSource,
		newPreflightDataSource,
		newKubernetesVersionsDataSource,
	}
}

// EphemeralResources implements provider.ProviderWithEphemeralResources.
func (p *kreadyProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newClusterCredentialsEphemeral}
}

// Functions implements provider.ProviderWithFunctions.
func (p *kreadyProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		newCIDROverlapsFunction,
		newCIDRLayoutFunction,
		newCIDRNextFunction,
		newCIDRSummarizeFunction,
		newPodCapacityFunction,
	}
}
