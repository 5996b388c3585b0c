package azurecloud

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm/policy"
	armruntime "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm/runtime"
	azcloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	azpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

const (
	// callTimeout bounds one HTTP exchange with a real endpoint; an answer
	// that takes longer is lost, and asked for again.
	callTimeout = time.Minute
	// attempts is how often the SDK sends one request again: a subscription's
	// quota of requests is shared by everybody in it, so throttling is sat out.
	// The resource's timeout is the real bound.
	attempts = 12
	// longestRetry is the longest that Azure may ask to be left alone: an answer
	// that asks for more is not tried again.
	longestRetry = 5 * time.Minute
)

// environments are Azure's clouds, by the word in a target.
var environments = map[string]azcloud.Configuration{
	"": azcloud.AzurePublic, "public": azcloud.AzurePublic, "usgovernment": azcloud.AzureGovernment, "china": azcloud.AzureChina,
}

// Open returns the cloud of one subscription and region. It makes no call and
// looks up no credentials; the first call that needs Azure does both.
func Open(_ context.Context, target cloud.Target) (cloud.Cloud, error) {
	refuse := func(reason, todo string) error {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "open azure", Reason: reason, Todo: todo}
	}
	if target.Region == "" {
		return nil, refuse("no region is given", "Set region in the blueprint.")
	}
	if target.Sandbox && target.Transport == nil {
		return nil, refuse("the sandbox has no transport, so a call would reach the network", "This is a defect of kready: please report it.")
	}
	if _, known := environments[target.Environment]; !known {
		return nil, refuse(fmt.Sprintf("there is no environment %q", target.Environment), "Set environment to public, usgovernment or china.")
	}
	return &azureCloud{target: target}, nil
}

// azureCloud implements [cloud.Cloud].
type azureCloud struct {
	target cloud.Target

	mu  sync.Mutex
	api *api // nil until the first call that succeeds
}

// api is an open subscription: the way to it, and what every call needs to know.
type api struct {
	subscription string // lower case
	tenant       string
	region       string
	poll         cloud.Poll
	tagging      cloud.Tagging
	endpoint     string
	pipeline     runtime.Pipeline
	credential   azcore.TokenCredential
	now          func() time.Time

	writes turns
	roles  definitions
}

// Realm implements [cloud.Cloud]: the subscription. Every sandbox is one of its
// own.
func (c *azureCloud) Realm(ctx context.Context) (string, error) {
	api, err := c.open(ctx)
	if err != nil {
		return "", err
	}
	return api.subscription, nil
}

// open returns the open subscription. Only success is remembered, so that a
// lapse (an expired login, a network that is down) can be mended and retried.
func (c *azureCloud) open(ctx context.Context) (*api, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.api != nil {
		return c.api, nil
	}
	opened, err := c.connect()
	if err != nil {
		return nil, err
	}
	if err := opened.identify(ctx, c.target); err != nil {
		return nil, err
	}
	c.api = opened
	return opened, nil
}

// at opens the subscription for one part, whose region must be this cloud's.
func (c *azureCloud) at(ctx context.Context, ref cloud.Ref) (*api, error) {
	if ref.Cluster == "" {
		return nil, &cloud.Error{Kind: cloud.ErrInvalid, Operation: "azure", Object: ref.Part, Reason: "the name of the cluster is empty"}
	}
	if ref.Region != "" && ref.Region != c.target.Region {
		return nil, &cloud.Error{
			Kind: cloud.ErrInvalid, Operation: "azure", Object: ref.Part + " of " + ref.Cluster,
			Reason: fmt.Sprintf("the design is for region %s, and this connection is to %s", ref.Region, c.target.Region),
		}
	}
	return c.open(ctx)
}

// connect builds the pipeline; that makes no call.
func (c *azureCloud) connect() (*api, error) {
	target := c.target
	options := policy.ClientOptions{ClientOptions: azpolicy.ClientOptions{
		Cloud:     environments[target.Environment],
		Telemetry: azpolicy.TelemetryOptions{ApplicationID: target.UserAgent},
		Retry:     azpolicy.RetryOptions{MaxRetries: attempts, MaxRetryDelay: longestRetry, TryTimeout: callTimeout},
		// The policy below does it, at the poll's pace.
	}, DisableRPRegistration: true}
	if target.Transport != nil {
		options.Transport = &http.Client{Transport: target.Transport}
	}
	poll := pollOf(target)
	if target.Sandbox {
		options.Retry.RetryDelay, options.Retry.MaxRetryDelay = poll.First, max(poll.Max, time.Second)
		options.Retry.TryTimeout = 0
	}
	credential, err := credentialOf(target, options.ClientOptions)
	if err != nil {
		return nil, err
	}
	registration, err := armruntime.NewRPRegistrationPolicy(credential, &policy.RegistrationOptions{
		ClientOptions: options.ClientOptions, PollingDelay: poll.First,
	})
	if err != nil {
		return nil, err
	}
	pipeline, err := armruntime.NewPipeline("kready", "v1", credential, runtime.PipelineOptions{PerCall: []azpolicy.Policy{registration}}, &options)
	if err != nil {
		return nil, err
	}
	return &api{
		subscription: strings.ToLower(target.SubscriptionID),
		region:       target.Region,
		poll:         poll,
		tagging:      cloud.Tagging{Defaults: target.DefaultTags, Ignore: target.IgnoreTags},
		endpoint:     options.Cloud.Services[azcloud.ResourceManager].Endpoint,
		pipeline:     pipeline,
		credential:   credential,
		now:          target.Now,
	}, nil
}

// credentialOf finds how to log in. The sandbox gets a token made by hand: no
// environment variable, file or metadata service is looked at.
func credentialOf(target cloud.Target, options azpolicy.ClientOptions) (azcore.TokenCredential, error) {
	var credential azcore.TokenCredential
	var err error
	switch {
	case target.Sandbox:
		return sandboxCredential{target.Now}, nil
	case target.UseOIDC:
		credential, err = azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: options, TenantID: target.TenantID})
	default:
		credential, err = azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: options, TenantID: target.TenantID})
	}
	if err != nil {
		return nil, &cloud.Error{
			Kind: cloud.ErrDenied, Operation: "log in to Azure", Reason: err.Error(), Err: err,
			Todo: "Log in (az login), or give a service principal in AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET; with use_oidc, AZURE_FEDERATED_TOKEN_FILE.",
		}
	}
	return credential, nil
}

// sandboxCredential is a token that only the embedded clouds take.
type sandboxCredential struct{ now func() time.Time }

// GetToken implements [azcore.TokenCredential].
func (s sandboxCredential) GetToken(context.Context, azpolicy.TokenRequestOptions) (azcore.AccessToken, error) {
	expires := time.Unix(1<<33, 0)
	if s.now != nil {
		expires = s.now().Add(24 * time.Hour)
	}
	return azcore.AccessToken{Token: "sandbox", ExpiresOn: expires}, nil
}

// identify finds out which subscription this is, and of which tenant.
func (a *api) identify(ctx context.Context, target cloud.Target) error {
	refuse := func(reason, todo string) error {
		return &cloud.Error{Kind: cloud.ErrRealm, Operation: "find the subscription", Object: "subscription " + a.subscription, Reason: reason, Todo: todo}
	}
	if a.subscription != "" {
		found, err := a.get(ctx, subscriptions, "/subscriptions/"+a.subscription)
		if isCode(err, "SubscriptionNotFound", "InvalidSubscriptionId") {
			return refuse("the login does not lead to it", "Log in to the right tenant, or change subscription_id of this target.")
		}
		if err != nil {
			return wrap(err, "subscription "+a.subscription)
		}
		a.tenant = text(found, "tenantId")
	} else {
		found, err := a.list(ctx, subscriptions, "/subscriptions", "")
		if err != nil {
			return wrap(err, "the subscription behind the login")
		}
		if len(found) == 0 || len(found) > 1 && !target.Sandbox {
			return refuse(fmt.Sprintf("the login leads to %d subscriptions, and none is named", len(found)), "Set subscription_id of this target.")
		}
		a.subscription, a.tenant = strings.ToLower(text(found[0], "subscriptionId")), text(found[0], "tenantId")
	}
	if target.TenantID != "" && a.tenant != "" && !strings.EqualFold(a.tenant, target.TenantID) {
		return refuse("it is in tenant "+a.tenant+"; the target names tenant "+target.TenantID, "Change tenant_id or subscription_id of this target.")
	}
	return nil
}

func pollOf(target cloud.Target) cloud.Poll {
	if target.Poll.First > 0 {
		return target.Poll
	}
	chosen := cloud.DefaultPoll
	if target.Sandbox {
		chosen = cloud.SandboxPoll
	}
	chosen.Sleep = target.Poll.Sleep
	return chosen
}
