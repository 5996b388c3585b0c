package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// stsAudience is the audience of service-account tokens that STS takes.
const stsAudience = "sts.amazonaws.com"

// oidcProvider is the account's trust in a cluster's token issuer.
type oidcProvider struct {
	arn       string
	audiences []string
	tags      map[string]string
}

// oidcProviderARN is the ARN that IAM gives to an issuer's provider.
func (a *api) oidcProviderARN(issuer string) string {
	return a.arn("iam", "oidc-provider/"+strings.TrimPrefix(issuer, "https://"))
}

// findOIDCProvider returns nil where there is none. One call.
func (a *api) findOIDCProvider(ctx context.Context, object, issuer string) (*oidcProvider, error) {
	arn := a.oidcProviderARN(issuer)
	got, err := a.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(arn)})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, object)
	}
	return &oidcProvider{arn: arn, audiences: sorted(got.ClientIDList), tags: fromIAM(got.Tags)}, nil
}

// ensureOIDCProvider makes the provider what is wanted. The issuer is the
// cluster's own and unique, so what exists for it is this cluster's.
func (a *api) ensureOIDCProvider(ctx context.Context, ref cloud.Ref, issuer string, tags map[string]string, have *oidcProvider) (string, bool, error) {
	object := ofCluster("oidc-provider", ref)
	arn := aws.String(a.oidcProviderARN(issuer))
	if have == nil {
		// IAM fetches the thumbprint of a public authority itself.
		_, err := commit(ctx, func(ctx context.Context) (*iam.CreateOpenIDConnectProviderOutput, error) {
			return a.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
				Url: aws.String(issuer), ClientIDList: []string{stsAudience}, Tags: toIAM(tags)})
		})
		if err != nil && !isCode(err, "EntityAlreadyExists") {
			return "", true, wrap(err, object)
		}
		return *arn, true, nil
	}
	var changes []func(context.Context) error
	if !slices.Contains(have.audiences, stsAudience) {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.iam.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{
				OpenIDConnectProviderArn: arn, ClientID: aws.String(stsAudience)})
			return err
		})
	}
	for _, audience := range have.audiences {
		if audience == stsAudience {
			continue
		}
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{
				OpenIDConnectProviderArn: arn, ClientID: aws.String(audience)})
			return err
		})
	}
	set, drop := a.changedTags(tags, have.tags)
	if len(set) > 0 {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.iam.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: toIAM(set)})
			return err
		})
	}
	if len(drop) > 0 {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.iam.UntagOpenIDConnectProvider(ctx, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, TagKeys: drop})
			return err
		})
	}
	for _, change := range changes {
		_, err := settle(ctx, a.poll, func(ctx context.Context) (struct{}, error) { return struct{}{}, change(ctx) })
		if err != nil {
			return *arn, true, wrap(err, object)
		}
	}
	return *arn, len(changes) > 0, nil
}

func (a *api) deleteOIDCProvider(ctx context.Context, ref cloud.Ref, arn string) error {
	_, err := commit(ctx, func(ctx context.Context) (*iam.DeleteOpenIDConnectProviderOutput, error) {
		return a.iam.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(arn)})
	})
	return wrap(unlessNotFound(err), ofCluster("oidc-provider", ref))
}
