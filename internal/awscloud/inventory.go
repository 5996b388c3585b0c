package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

var _ cloud.Inventory = (*awsCloud)(nil)

// largestPage is the most that EC2 puts into a page. It has to be asked for: a
// list of everything in one answer is what EC2 throttles first and, in an
// account with very many objects, refuses.
const largestPage = 1000

// Ranges implements [cloud.Inventory] from VPCs, subnets and VPC peerings. Of
// a range that is being taken away, nothing is said.
func (c *awsCloud) Ranges(ctx context.Context) ([]cloud.NetworkRange, error) {
	api, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	realm, err := c.Realm(ctx)
	if err != nil {
		return nil, err
	}
	listed := &inventory{api: api, region: c.target.Region, realm: realm, mine: map[string]bool{}}
	for _, list := range []func(context.Context) error{listed.vpcs, listed.subnets, listed.peerings} {
		if err := list(ctx); err != nil {
			return nil, err
		}
	}
	return listed.ranges, nil
}

// inventory collects the ranges of one account and region.
type inventory struct {
	api           *api
	region, realm string
	mine          map[string]bool // VPCs of this account and region
	ranges        []cloud.NetworkRange
}

// add notes one range; an empty one is passed over.
func (i *inventory) add(kind, network, id, cidr string, tags []types.Tag) {
	if cidr == "" {
		return
	}
	labels := fromEC2(tags)
	i.ranges = append(i.ranges, cloud.NetworkRange{
		CIDR: cidr, Kind: kind, Network: network, ID: id, Name: labels["Name"],
		Owner: labels[cloud.TagOwner], Cluster: labels[cloud.TagCluster], Realm: i.realm, Region: i.region,
	})
}

func (i *inventory) vpcs(ctx context.Context) error {
	pages := ec2.NewDescribeVpcsPaginator(i.api.ec2, &ec2.DescribeVpcsInput{MaxResults: aws.Int32(largestPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return wrap(err, "VPCs of "+i.region)
		}
		for _, vpc := range page.Vpcs {
			id := aws.ToString(vpc.VpcId)
			i.mine[id] = true
			for _, a := range vpc.CidrBlockAssociationSet {
				if a.CidrBlockState == nil || a.CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated || a.CidrBlockState.State == types.VpcCidrBlockStateCodeAssociating {
					i.add(cloud.RangeNetwork, id, id, aws.ToString(a.CidrBlock), vpc.Tags)
				}
			}
			for _, a := range vpc.Ipv6CidrBlockAssociationSet {
				if a.Ipv6CidrBlockState == nil || a.Ipv6CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated || a.Ipv6CidrBlockState.State == types.VpcCidrBlockStateCodeAssociating {
					i.add(cloud.RangeNetwork, id, id, aws.ToString(a.Ipv6CidrBlock), vpc.Tags)
				}
			}
		}
	}
	return nil
}

func (i *inventory) subnets(ctx context.Context) error {
	pages := ec2.NewDescribeSubnetsPaginator(i.api.ec2, &ec2.DescribeSubnetsInput{MaxResults: aws.Int32(largestPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return wrap(err, "subnets of "+i.region)
		}
		for _, subnet := range page.Subnets {
			network, id := aws.ToString(subnet.VpcId), aws.ToString(subnet.SubnetId)
			i.add(cloud.RangeSubnet, network, id, aws.ToString(subnet.CidrBlock), subnet.Tags)
			for _, a := range subnet.Ipv6CidrBlockAssociationSet {
				if a.Ipv6CidrBlockState == nil || a.Ipv6CidrBlockState.State == types.SubnetCidrBlockStateCodeAssociated {
					i.add(cloud.RangeSubnet, network, id, aws.ToString(a.Ipv6CidrBlock), subnet.Tags)
				}
			}
		}
	}
	return nil
}

// peerings adds the ranges of the other side, as far as it is not listed
// itself.
func (i *inventory) peerings(ctx context.Context) error {
	pages := ec2.NewDescribeVpcPeeringConnectionsPaginator(i.api.ec2, &ec2.DescribeVpcPeeringConnectionsInput{MaxResults: aws.Int32(largestPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return wrap(err, "VPC peerings of "+i.region)
		}
		for _, peering := range page.VpcPeeringConnections {
			if peering.Status == nil || peering.Status.Code != types.VpcPeeringConnectionStateReasonCodeActive {
				continue
			}
			for _, side := range []*types.VpcPeeringConnectionVpcInfo{peering.RequesterVpcInfo, peering.AccepterVpcInfo} {
				if side == nil || i.mine[aws.ToString(side.VpcId)] {
					continue
				}
				for _, block := range side.CidrBlockSet {
					i.add(cloud.RangePeer, aws.ToString(side.VpcId), aws.ToString(peering.VpcPeeringConnectionId), aws.ToString(block.CidrBlock), peering.Tags)
				}
				for _, block := range side.Ipv6CidrBlockSet {
					i.add(cloud.RangePeer, aws.ToString(side.VpcId), aws.ToString(peering.VpcPeeringConnectionId), aws.ToString(block.Ipv6CidrBlock), peering.Tags)
				}
			}
		}
	}
	return nil
}
