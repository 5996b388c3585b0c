package awscloud

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsarn "github.com/aws/aws-sdk-go-v2/aws/arn"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// callTimeout bounds one HTTP exchange with a real endpoint. AWS answers
// within seconds; an answer that takes longer is lost, and retried.
const callTimeout = time.Minute

// Open returns the cloud of one account and region. It makes no call and
// looks up no credentials; the first call that needs AWS does both, and
// checks target.AllowedAccountIDs once.
func Open(_ context.Context, target cloud.Target) (cloud.Cloud, error) {
	if target.Region == "" {
		return nil, &cloud.Error{
			Kind: cloud.ErrInvalid, Operation: "open aws", Reason: "no region is given",
			Todo: "Set region in the blueprint.",
		}
	}
	if target.Sandbox && target.Transport == nil {
		return nil, &cloud.Error{
			Kind: cloud.ErrInvalid, Operation: "open aws", Reason: "the sandbox has no transport, so a call would reach the network",
			Todo: "This is a defect of kready: please report it.",
		}
	}
	return &awsCloud{target: target}, nil
}

// awsCloud implements [cloud.Cloud].
type awsCloud struct {
	target cloud.Target

	mu  sync.Mutex
	api *api // nil until the first call that succeeds
}

// api is an open account: service clients, and what every call needs to know.
type api struct {
	account   string // 12 digits
	partition string // "aws", "aws-cn", "aws-us-gov"
	region    string
	realm     string // account, or the sandbox's id
	poll      cloud.Poll
	defaults  map[string]string // provider's default_tags
	ignore    cloud.IgnoreTags
	elsewhere func(ctx context.Context, target string) (*api, error) // another target, for a far side

	ec2     *ec2.Client
	ecr     *ecr.Client
	eks     *eks.Client
	elb     *elasticloadbalancingv2.Client
	events  *eventbridge.Client
	iam     *iam.Client
	kms     *kms.Client
	logs    *cloudwatchlogs.Client
	quotas  *servicequotas.Client
	secrets *secretsmanager.Client
	sqs     *sqs.Client
	ssm     *ssm.Client
	sts     *sts.Client
}

// Realm implements [cloud.Cloud].
func (c *awsCloud) Realm(ctx context.Context) (string, error) {
	api, err := c.open(ctx)
	if err != nil {
		return "", err
	}
	return api.realm, nil
}

// open returns the open account. Only success is remembered, so that a lapse
// (expired credentials, a network that is down) can be mended and retried.
func (c *awsCloud) open(ctx context.Context) (*api, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.api != nil {
		return c.api, nil
	}
	loaded, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	opened := newAPI(loaded, c.target)
	opened.elsewhere = c.elsewhere
	identity, err := opened.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, wrap(err, "the account behind the credentials")
	}
	opened.account = aws.ToString(identity.Account)
	opened.realm = opened.account
	if c.target.Sandbox {
		if opened.realm, err = c.sandboxRealm(ctx, opened, identity); err != nil {
			return nil, err
		}
	}
	opened.partition = "aws"
	if arn, err := awsarn.Parse(aws.ToString(identity.Arn)); err == nil && arn.Partition != "" {
		opened.partition = arn.Partition
	}
	if allowed := c.target.AllowedAccountIDs; len(allowed) > 0 && !slices.Contains(allowed, opened.account) {
		return nil, &cloud.Error{
			Kind: cloud.ErrRealm, Operation: "sts GetCallerIdentity", Object: "account " + opened.account,
			Reason: "the credentials are for account " + opened.account + "; allowed_account_ids holds " + strings.Join(allowed, ", "),
			Todo:   "Use the profile or role of the right account, or change allowed_account_ids of this target.",
		}
	}
	c.api = opened
	return opened, nil
}

// sandboxRealm is what tells a sandbox, and an account in it, from others. Two
// sandboxes may share account numbers; the store's id tells them apart, and it
// answers as the name of the session of whoever took no role.
func (c *awsCloud) sandboxRealm(ctx context.Context, opened *api, identity *sts.GetCallerIdentityOutput) (string, error) {
	session := func(id string) string {
		if _, name, ok := strings.Cut(id, ":"); ok {
			return name
		}
		return id
	}
	if c.target.AssumeRole == nil && c.target.WebIdentity == nil {
		return session(aws.ToString(identity.UserId)), nil
	}
	itself, err := sts.NewFromConfig(c.sandboxConfig()).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", wrap(err, "the sandbox behind the credentials")
	}
	return session(aws.ToString(itself.UserId)) + "-" + opened.account, nil
}

// elsewhere opens another target of the provider, for the far side of a
// connection.
func (c *awsCloud) elsewhere(ctx context.Context, target string) (*api, error) {
	if c.target.Elsewhere == nil {
		return nil, &cloud.Error{Kind: cloud.ErrInvalid, Object: fmt.Sprintf("target %q", target), Reason: "no other target can be opened here",
			Todo: "Name the target in the provider block."}
	}
	opened, err := c.target.Elsewhere(ctx, target)
	if err != nil {
		return nil, err
	}
	other, ok := opened.(*awsCloud)
	if !ok {
		return nil, &cloud.Error{Kind: cloud.ErrInvalid, Object: fmt.Sprintf("target %q", target), Reason: "the target does not lead to AWS"}
	}
	return other.open(ctx)
}

// at opens the account for one part, whose region must be this cloud's.
func (c *awsCloud) at(ctx context.Context, ref cloud.Ref) (*api, error) {
	if ref.Cluster == "" {
		// EKS turns DescribeCluster("") into ListClusters, and a filter on an
		// empty tag value matches strangers.
		return nil, &cloud.Error{Kind: cloud.ErrInvalid, Operation: "aws", Object: ref.Part, Reason: "the name of the cluster is empty"}
	}
	if ref.Region != "" && ref.Region != c.target.Region {
		return nil, &cloud.Error{
			Kind: cloud.ErrInvalid, Operation: "aws", Object: ref.Part + " of " + ref.Cluster,
			Reason: fmt.Sprintf("the design is for region %s, and this connection is to %s", ref.Region, c.target.Region),
		}
	}
	return c.open(ctx)
}

// load makes the configuration. The sandbox gets one made by hand: no
// environment variable, shared file or metadata service is looked at.
func (c *awsCloud) load(ctx context.Context) (aws.Config, error) {
	target := c.target
	if target.Sandbox {
		return c.assume(c.sandboxConfig()), nil
	}
	loaded, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(target.Region),
		config.WithSharedConfigProfile(target.Profile),
		config.WithRetryer(retryer(target)),
		// Buildable, so that AWS_CA_BUNDLE can add its certificates.
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(callTimeout)),
	)
	if err != nil {
		return aws.Config{}, &cloud.Error{
			Kind: cloud.ErrDenied, Operation: "load AWS configuration", Reason: err.Error(), Err: err,
			Todo: "Check the profile named in targets, and the files ~/.aws/config and ~/.aws/credentials.",
		}
	}
	if target.Transport != nil {
		loaded.HTTPClient = &http.Client{Transport: target.Transport, Timeout: callTimeout}
	}
	if target.EndpointURL != "" {
		loaded.BaseEndpoint = aws.String(target.EndpointURL)
	}
	identify(&loaded, target.UserAgent)
	return c.assume(loaded), nil
}

// sandboxConfig is the way into the sandbox's own account.
func (c *awsCloud) sandboxConfig() aws.Config {
	loaded := aws.Config{
		Region:      c.target.Region,
		Credentials: credentials.NewStaticCredentialsProvider("AKIASANDBOX", "sandbox", ""),
		HTTPClient:  &http.Client{Transport: c.target.Transport},
		Retryer:     retryer(c.target),
	}
	identify(&loaded, c.target.UserAgent)
	return loaded
}

// assume takes the target's roles, one after the other.
func (c *awsCloud) assume(loaded aws.Config) aws.Config {
	if role := c.target.WebIdentity; role != nil {
		provider := stscreds.NewWebIdentityRoleProvider(sts.NewFromConfig(loaded), role.RoleARN, stscreds.IdentityTokenFile(role.TokenFile),
			func(o *stscreds.WebIdentityRoleOptions) {
				o.RoleSessionName = "kready"
				if role.SessionName != "" {
					o.RoleSessionName = role.SessionName
				}
			})
		loaded.Credentials = aws.NewCredentialsCache(provider)
	}
	if role := c.target.AssumeRole; role != nil {
		provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(loaded), role.RoleARN, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = "kready"
			if role.SessionName != "" {
				o.RoleSessionName = role.SessionName
			}
			if role.ExternalID != "" {
				o.ExternalID = aws.String(role.ExternalID)
			}
		})
		loaded.Credentials = aws.NewCredentialsCache(provider)
	}
	return loaded
}

// identify adds "name/version" to the user agent.
func identify(loaded *aws.Config, agent string) {
	if agent == "" {
		return
	}
	name, version, _ := strings.Cut(agent, "/")
	loaded.APIOptions = append(loaded.APIOptions, awsmiddleware.AddUserAgentKeyValue(name, version))
}

// newAPI builds the service clients; that takes microseconds and no call.
func newAPI(loaded aws.Config, target cloud.Target) *api {
	return &api{
		region:   target.Region,
		poll:     pollOf(target),
		defaults: target.DefaultTags,
		ignore:   target.IgnoreTags,

		ec2:     ec2.NewFromConfig(loaded),
		ecr:     ecr.NewFromConfig(loaded),
		eks:     eks.NewFromConfig(loaded),
		elb:     elasticloadbalancingv2.NewFromConfig(loaded),
		events:  eventbridge.NewFromConfig(loaded),
		iam:     iam.NewFromConfig(loaded),
		kms:     kms.NewFromConfig(loaded),
		logs:    cloudwatchlogs.NewFromConfig(loaded),
		quotas:  servicequotas.NewFromConfig(loaded),
		secrets: secretsmanager.NewFromConfig(loaded),
		sqs:     sqs.NewFromConfig(loaded),
		ssm:     ssm.NewFromConfig(loaded),
		sts:     sts.NewFromConfig(loaded),
	}
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

// arn makes an ARN in the account and region; service "iam" has no region.
func (a *api) arn(service, resource string) string {
	return a.iamAccount().ARN(service, resource)
}

// iamAccount is where the ARNs of policies point to.
func (a *api) iamAccount() awsiam.Account {
	return awsiam.Account{Partition: a.partition, ID: a.account, Region: a.region}
}
