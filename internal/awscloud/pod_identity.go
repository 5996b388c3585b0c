package awscloud

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// ensureAssociation binds a service account to a role by EKS Pod Identity.
// have is what already binds it, or nil; what it returns exists.
func (a *api) ensureAssociation(ctx context.Context, ref cloud.Ref, component, namespace, account, roleARN string, tags map[string]string, have *podIdentity) (*podIdentity, bool, error) {
	object := ofCluster(component, ref)
	if have == nil {
		made, err := persist(ctx, brief(a.poll), freshLooks,
			func(err error) bool { return notAssumableYet(err) || isNotFound(err) },
			func(ctx context.Context) (*eks.CreatePodIdentityAssociationOutput, error) {
				return commit(ctx, func(ctx context.Context) (*eks.CreatePodIdentityAssociationOutput, error) {
					return a.eks.CreatePodIdentityAssociation(ctx, &eks.CreatePodIdentityAssociationInput{
						ClusterName: aws.String(ref.Cluster), Namespace: aws.String(namespace), ServiceAccount: aws.String(account),
						RoleArn: aws.String(roleARN), Tags: tags,
						ClientRequestToken: aws.String(idempotencyToken(ref, component, namespace, account)),
					})
				})
			})
		if isCode(err, "ResourceInUseException") {
			// A lost answer makes the next attempt meet its own association.
			found, findErr := a.findAssociation(ctx, ref, namespace, account)
			if findErr == nil && found != nil && ref.MayTouch(object, found.tags) == nil {
				return found, true, nil
			}
		}
		if err != nil {
			return nil, true, wrap(err, object)
		}
		return &podIdentity{
			id: aws.ToString(made.Association.AssociationId), arn: aws.ToString(made.Association.AssociationArn),
			namespace: namespace, account: account, roles: roleARN, tags: tags,
		}, true, nil
	}
	changed := false
	if have.roles != roleARN {
		changed = true
		_, err := settle(ctx, a.poll, func(ctx context.Context) (*eks.UpdatePodIdentityAssociationOutput, error) {
			return a.eks.UpdatePodIdentityAssociation(ctx, &eks.UpdatePodIdentityAssociationInput{
				ClusterName: aws.String(ref.Cluster), AssociationId: aws.String(have.id), RoleArn: aws.String(roleARN)})
		})
		if err != nil {
			return have, true, wrap(err, object)
		}
	}
	tagged, err := a.repairEKSTags(ctx, object, have.arn, tags, have.tags)
	return have, changed || tagged, err
}

func (a *api) deleteAssociation(ctx context.Context, ref cloud.Ref, have *podIdentity) error {
	_, err := commit(ctx, func(ctx context.Context) (*eks.DeletePodIdentityAssociationOutput, error) {
		return a.eks.DeletePodIdentityAssociation(ctx, &eks.DeletePodIdentityAssociationInput{
			ClusterName: aws.String(ref.Cluster), AssociationId: aws.String(have.id)})
	})
	return wrap(unlessNotFound(err), ofCluster("pod-identity", ref))
}

// repairEKSTags makes the tags of anything in EKS what is wanted.
func (a *api) repairEKSTags(ctx context.Context, object, arn string, want, have map[string]string) (bool, error) {
	set, drop := a.changedTags(want, have)
	if len(set) > 0 {
		_, err := settle(ctx, a.poll, func(ctx context.Context) (*eks.TagResourceOutput, error) {
			return a.eks.TagResource(ctx, &eks.TagResourceInput{ResourceArn: aws.String(arn), Tags: set})
		})
		if err != nil {
			return true, wrap(err, object)
		}
	}
	if len(drop) > 0 {
		_, err := commit(ctx, func(ctx context.Context) (*eks.UntagResourceOutput, error) {
			return a.eks.UntagResource(ctx, &eks.UntagResourceInput{ResourceArn: aws.String(arn), TagKeys: drop})
		})
		if err != nil {
			return true, wrap(err, object)
		}
	}
	return len(set)+len(drop) > 0, nil
}

// podIdentityTrust lets EKS hand the role to pods of this cluster alone.
func (a *api) podIdentityTrust(cluster string) document {
	return a.iamAccount().PodIdentityTrust(cluster)
}

// irsaTrust lets one service account of the issuer behind an OIDC provider
// take the role.
func (a *api) irsaTrust(provider, namespace, account string) document {
	_, issuer, _ := strings.Cut(provider, ":oidc-provider/")
	return awsiam.IRSATrust(provider, issuer, namespace, account)
}

// irsaOf reads the provider and the subject of an IRSA trust.
func irsaOf(trust string) (provider, subject string, ok bool) {
	value, err := decodePolicyRaw(trust)
	if err != nil {
		return "", "", false
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "", "", false
	}
	var policy struct {
		Statement []struct {
			Principal struct{ Federated string }
			Condition struct{ StringEquals map[string]string }
		}
	}
	if json.Unmarshal(text, &policy) != nil || len(policy.Statement) != 1 || policy.Statement[0].Principal.Federated == "" {
		return "", "", false
	}
	for key, value := range policy.Statement[0].Condition.StringEquals {
		if strings.HasSuffix(key, ":sub") {
			subject = value
		}
	}
	return policy.Statement[0].Principal.Federated, subject, true
}

// decodePolicyRaw parses a policy text, URL-encoded or not, as it is.
func decodePolicyRaw(text string) (any, error) {
	if strings.HasPrefix(text, "%") {
		plain, err := url.QueryUnescape(text)
		if err != nil {
			return nil, err
		}
		text = plain
	}
	var value any
	err := json.Unmarshal([]byte(text), &value)
	return value, err
}
