package awsapi_test

import (
	"context"
	"sort"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// typesOf are the types of objects, each as often as it is there.
func typesOf(objects []sandbox.Object) string {
	var out []string
	for _, o := range objects {
		out = append(out, o.Type)
	}
	sort.Strings(out)
	return strings.Join(out, " ")
}

// TestPlants proves what each plant makes, that it carries the tags by which a
// sweeper has to find it, and that it stands in the way of a destroy until it
// is removed through the API.
func TestPlants(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	box := openBox(t)
	client := ec2Client(box)
	balancers := elb.NewFromConfig(configOf(box, "eu-west-1"))
	vpc := newVPC(t, client, "10.0.0.0/16")
	subnet := newSubnet(t, client, vpc, "10.0.0.0/24", "eu-west-1a")
	newSubnet(t, client, vpc, "10.0.1.0/24", "eu-west-1b")

	for what, want := range map[string]string{
		"load-balancer":     "ec2/network-interface ec2/network-interface ec2/security-group elbv2/load-balancer elbv2/target-group",
		"volume":            "ec2/volume",
		"network-interface": "ec2/network-interface",
		"security-group":    "ec2/security-group",
		"transit-gateway":   "ec2/transit-gateway ec2/transit-gateway-route-table",
	} {
		planted, err := box.Plant("aws", what, map[string]string{"cluster": "shop", "vpc": vpc})
		if err != nil {
			t.Fatal(err)
		}
		if got := typesOf(planted); got != want {
			t.Errorf("planting a %s made %s, want %s", what, got, want)
		}
	}
	owned := []types.Filter{{Name: aws.String("tag:kubernetes.io/cluster/shop"), Values: []string{"owned"}}}
	volumes := ok(client.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{Filters: owned}))(t).Volumes
	groups := ok(client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: owned}))(t).SecurityGroups
	loose := ok(client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{Filters: owned}))(t).NetworkInterfaces
	found := ok(balancers.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{}))(t).LoadBalancers
	if len(volumes) != 1 || len(groups) != 2 || len(loose) != 1 || len(found) != 1 {
		t.Fatalf("found %d volumes, %d groups, %d interfaces, %d load balancers; want 1, 2, 1, 1", len(volumes), len(groups), len(loose), len(found))
	}
	tags := ok(balancers.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: []string{*found[0].LoadBalancerArn}}))(t).TagDescriptions[0].Tags
	has := map[string]string{}
	for _, tag := range tags {
		has[*tag.Key] = *tag.Value
	}
	if has["elbv2.k8s.aws/cluster"] != "shop" {
		t.Errorf("the load balancer is tagged %v", has)
	}

	_, err := client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &subnet})
	wantRefusal(t, err, "DependencyViolation")
	targets := ok(balancers.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{}))(t).TargetGroups
	_, err = balancers.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: targets[0].TargetGroupArn})
	wantRefusal(t, err, "ResourceInUse")

	ok(balancers.DeleteLoadBalancer(ctx, &elb.DeleteLoadBalancerInput{LoadBalancerArn: found[0].LoadBalancerArn}))(t)
	ok(balancers.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: targets[0].TargetGroupArn}))(t)
	ok(client.DeleteVolume(ctx, &ec2.DeleteVolumeInput{VolumeId: volumes[0].VolumeId}))(t)
	ok(client.DeleteNetworkInterface(ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: loose[0].NetworkInterfaceId}))(t)
	for _, g := range groups {
		for attempt := 1; ; attempt++ { // interfaces of the load balancer linger
			_, err := client.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: g.GroupId})
			if err == nil {
				break
			}
			wantRefusal(t, err, "DependencyViolation")
			if attempt == 5 {
				t.Fatalf("%s is still used after 5 attempts", *g.GroupName)
			}
		}
	}
	ok(client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &subnet}))(t)
}

// TestPlantRefusals proves that a plant says what it lacks instead of making
// something that no cluster's sweep would find.
func TestPlantRefusals(t *testing.T) {
	t.Parallel()
	box := openBox(t)
	for _, c := range []struct {
		what      string
		arguments map[string]string
		want      string
	}{
		{"tree", nil, "it knows account, load-balancer"},
		{"load-balancer", nil, "region="},
		{"load-balancer", map[string]string{"region": "eu-west-1"}, "cluster="},
		{"load-balancer", map[string]string{"region": "eu-west-1", "cluster": "shop"}, "vpc="},
		{"volume", map[string]string{"region": "eu-west-1"}, "cluster="},
		{"volume", map[string]string{"region": "eu-west-1", "cluster": "a", "zone": "eu-west-9a"}, "zone"},
	} {
		if _, err := box.Plant("aws", c.what, c.arguments); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("planting %s with %v: %v, want an error about %q", c.what, c.arguments, err, c.want)
		}
	}
	if objects, err := box.Objects(true); err != nil || len(objects) != 0 {
		t.Errorf("refused plants left %s (%v)", typesOf(objects), err)
	}
}

// TestRemove proves that every object of a whole network can be deleted behind
// Terraform's back, one by one in any order, and that nothing is left which
// names what is gone in a way that the API would trip over.
func TestRemove(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	build := func() (*sandbox.Sandbox, *ec2.Client) {
		box := openBox(t)
		client := ec2Client(box)
		vpc := newVPC(t, client, "10.0.0.0/16")
		public := newSubnet(t, client, vpc, "10.0.0.0/24", "eu-west-1a")
		private := newSubnet(t, client, vpc, "10.0.1.0/24", "eu-west-1a")
		gateway := ok(client.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{}))(t).InternetGateway.InternetGatewayId
		ok(client.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: gateway, VpcId: &vpc}))(t)
		address := ok(client.AllocateAddress(ctx, &ec2.AllocateAddressInput{}))(t).AllocationId
		nat := ok(client.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{SubnetId: &public, AllocationId: address}))(t).NatGateway.NatGatewayId
		table := ok(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &vpc}))(t).RouteTable.RouteTableId
		ok(client.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{RouteTableId: table, SubnetId: &private}))(t)
		ok(client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: table, DestinationCidrBlock: aws.String("0.0.0.0/0"), NatGatewayId: nat}))(t)
		group := ok(client.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{VpcId: &vpc, GroupName: aws.String("e"), Description: aws.String("e")}))(t).GroupId
		ok(client.CreateVpcEndpoint(ctx, &ec2.CreateVpcEndpointInput{
			VpcId: &vpc, ServiceName: aws.String("com.amazonaws.eu-west-1.sts"), VpcEndpointType: types.VpcEndpointTypeInterface,
			SubnetIds: []string{private}, SecurityGroupIds: []string{*group}, PrivateDnsEnabled: aws.Bool(false),
		}))(t)
		ok(client.CreateVpcEndpoint(ctx, &ec2.CreateVpcEndpointInput{VpcId: &vpc, ServiceName: aws.String("com.amazonaws.eu-west-1.s3"), RouteTableIds: []string{*table}}))(t)
		return box, client
	}
	describe := func(client *ec2.Client) {
		ok(client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{}))(t)
		ok(client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{}))(t)
		ok(client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{}))(t)
		ok(client.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{}))(t)
		ok(client.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{}))(t)
		ok(client.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{}))(t)
		ok(client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{}))(t)
		ok(client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{}))(t)
	}
	box, _ := build()
	all, err := box.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		box, client := build() // the seed is fixed: so are the ids
		for j := range all {
			o := all[(i+j)%len(all)]
			if _, _, err := box.Read(o.ID); err != nil {
				continue // went along with another
			}
			if _, err := box.Remove(o.ID); err != nil {
				t.Fatalf("remove %s: %v", o.Type, err)
			}
			describe(client)
		}
		left, err := box.Objects(false)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) != 0 {
			t.Errorf("removing everything from %s on leaves %s", all[i].Type, typesOf(left))
		}
	}
}

// TestBlackhole proves that a route whose target is removed behind Terraform's
// back stays and is reported as a black hole.
func TestBlackhole(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	box := openBox(t)
	client := ec2Client(box)
	vpc := newVPC(t, client, "10.0.0.0/16")
	gateway := ok(client.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{}))(t).InternetGateway.InternetGatewayId
	ok(client.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: gateway, VpcId: &vpc}))(t)
	table := ok(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &vpc}))(t).RouteTable.RouteTableId
	ok(client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: table, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: gateway}))(t)
	if _, err := box.Remove(*gateway); err != nil {
		t.Fatal(err)
	}
	routes := ok(client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{*table}}))(t).RouteTables[0].Routes
	if len(routes) != 2 || routes[1].State != types.RouteStateBlackhole {
		t.Errorf("the route reads back as %+v", routes)
	}
}
