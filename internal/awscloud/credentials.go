package awscloud

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// An EKS token is a presigned GetCallerIdentity request: the API server sends
// it to STS to learn who asks. STS answers for 15 minutes; a minute less is
// promised, for clocks that differ.
// https://github.com/kubernetes-sigs/aws-iam-authenticator, "API Authorization
// from Outside a Cluster".
const (
	tokenPrefix   = "k8s-aws-v1."
	tokenLifetime = 14 * time.Minute
	clusterHeader = "x-k8s-aws-id"
)

// Credentials implements [cloud.Discovery]. The token is not logged.
func (c *awsCloud) Credentials(ctx context.Context, cluster string) (cloud.Credentials, error) {
	ref := cloud.Ref{Region: c.target.Region, Cluster: cluster, Part: "cluster"}
	api, err := c.at(ctx, ref)
	if err != nil {
		return cloud.Credentials{}, err
	}
	object := ofCluster("credentials", ref)
	got, err := api.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String(cluster)})
	if err != nil {
		return cloud.Credentials{}, wrap(err, object)
	}
	if aws.ToString(got.Cluster.Endpoint) == "" || got.Cluster.CertificateAuthority == nil {
		return cloud.Credentials{}, &cloud.Error{
			Kind: cloud.ErrConflict, Operation: "eks DescribeCluster", Object: object,
			Reason: "the cluster has no endpoint yet: it is " + string(got.Cluster.Status), Todo: "Try again when it is ACTIVE.",
		}
	}
	presigner := sts.NewPresignClient(api.sts)
	signed, err := presigner.PresignGetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, func(o *sts.PresignOptions) {
		o.ClientOptions = append(o.ClientOptions, sts.WithAPIOptions(
			smithyhttp.SetHeaderValue(clusterHeader, cluster),
			smithyhttp.SetHeaderValue("X-Amz-Expires", "60"),
		))
	})
	if err != nil {
		return cloud.Credentials{}, wrap(err, object)
	}
	return cloud.Credentials{
		Endpoint:             aws.ToString(got.Cluster.Endpoint),
		CertificateAuthority: aws.ToString(got.Cluster.CertificateAuthority.Data),
		Token:                tokenPrefix + base64.RawURLEncoding.EncodeToString([]byte(signed.URL)),
		Expires:              c.target.Now().Add(tokenLifetime),
	}, nil
}
