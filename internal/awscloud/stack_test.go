package awscloud_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// sameText tells whether two sections are the same JSON.
func sameText(a, b any) bool {
	left, errLeft := json.Marshal(a)
	right, errRight := json.Marshal(b)
	return errLeft == nil && errRight == nil && string(left) == string(right)
}

func isLinkedRole(object string) bool { return strings.Contains(object, "AWSServiceRoleFor") }

// isAlias tells whether an object is an alias: it stays with its key while that
// waits to be deleted, so that the key is found again.
func isAlias(object string) bool { return strings.HasPrefix(object, "kms/alias ") }

func isLeftovers(err error) bool { return errors.Is(err, cloud.ErrLeftovers) }

func (w *world) kms() *kms.Client { return kms.NewFromConfig(w.operator()) }

func (w *world) eks() *eks.Client { return eks.NewFromConfig(w.operator()) }

// addonVersions lists the versions that EKS offers of an add-on, for a minor.
func (w *world) addonVersions(addon, minor string) []string {
	w.t.Helper()
	got, err := w.eks().DescribeAddonVersions(context.Background(), &eks.DescribeAddonVersionsInput{AddonName: aws.String(addon), KubernetesVersion: aws.String(minor)})
	if err != nil {
		w.t.Fatal(err)
	}
	var versions []string
	for _, info := range got.Addons {
		for _, version := range info.AddonVersions {
			versions = append(versions, aws.ToString(version.AddonVersion))
		}
	}
	return versions
}

// scale does what an autoscaler does.
func (w *world) scale(group string, size int32) {
	w.t.Helper()
	ctx := context.Background()
	_, err := w.eks().UpdateNodegroupConfig(ctx, &eks.UpdateNodegroupConfigInput{ClusterName: aws.String("shop"), NodegroupName: aws.String(group),
		ScalingConfig: &types.NodegroupScalingConfig{DesiredSize: aws.Int32(size)}})
	if err != nil {
		w.t.Fatal(err)
	}
	for range 100 {
		got, err := w.eks().DescribeNodegroup(ctx, &eks.DescribeNodegroupInput{ClusterName: aws.String("shop"), NodegroupName: aws.String(group)})
		if err != nil {
			w.t.Fatal(err)
		}
		if got.Nodegroup.Status == types.NodegroupStatusActive {
			return
		}
	}
	w.t.Fatal("the group does not settle")
}
