package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// findVPC looks for the VPC by its tags. Where somebody removed those, the
// token or a tagged subnet still tells which one it is.
func (v *networkView) findVPC(ctx context.Context) error {
	if v.theirs() {
		return v.findGivenVPC(ctx)
	}
	found, err := v.describeVPCs(ctx, v.ours()...)
	if err != nil {
		return err
	}
	if len(found) == 0 && v.ref.Token != "" {
		if found, err = v.describeVPCs(ctx, tagFilter(cloud.TagToken, v.ref.Token)); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		if found, err = v.vpcOfSubnets(ctx); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, func(a, b types.Vpc) int {
		if byClaim := v.claim(b) - v.claim(a); byClaim != 0 {
			return byClaim
		}
		return strings.Compare(aws.ToString(a.VpcId), aws.ToString(b.VpcId))
	})
	v.vpc, v.vpcTags = &found[0], fromEC2(found[0].Tags)
	v.inherit()
	for _, twin := range found[1:] {
		v.twins = append(v.twins, aws.ToString(twin.VpcId))
	}
	return nil
}

// claim ranks VPCs of the same cluster's name: by token, by owner and
// incarnation, any.
func (v *networkView) claim(vpc types.Vpc) int {
	tags := fromEC2(vpc.Tags)
	switch {
	case v.ref.Token != "" && tags[cloud.TagToken] == v.ref.Token:
		return 2
	case v.ref.MayTouch("", tags) == nil:
		return 1
	}
	return 0
}

func (v *networkView) describeVPCs(ctx context.Context, filters ...types.Filter) ([]types.Vpc, error) {
	found, err := all(ctx, ec2.NewDescribeVpcsPaginator(v.api.ec2, &ec2.DescribeVpcsInput{Filters: filters}),
		func(page *ec2.DescribeVpcsOutput) []types.Vpc { return page.Vpcs })
	return found, wrap(err, ofCluster("vpc", v.ref))
}

// vpcOfSubnets finds the VPC through a subnet that still carries tags.
func (v *networkView) vpcOfSubnets(ctx context.Context) ([]types.Vpc, error) {
	subnets, err := all(ctx, ec2.NewDescribeSubnetsPaginator(v.api.ec2, &ec2.DescribeSubnetsInput{Filters: v.ours()}),
		func(page *ec2.DescribeSubnetsOutput) []types.Subnet { return page.Subnets })
	if err != nil || len(subnets) == 0 {
		return nil, wrap(err, ofCluster("subnets", v.ref))
	}
	heir := subnets[0]
	for _, subnet := range subnets {
		if v.ref.MayTouch("", fromEC2(subnet.Tags)) == nil {
			heir = subnet
			break
		}
	}
	v.heirs = fromEC2(heir.Tags)
	return v.describeVPCs(ctx, filter("vpc-id", aws.ToString(heir.VpcId)))
}
