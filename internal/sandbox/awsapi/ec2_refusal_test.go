package awsapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// refusedWith is the error code of an answer, "" for a success.
func refusedWith(err error) string {
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	if err != nil {
		return "not an answer: " + err.Error()
	}
	return ""
}

// TestVPCRanges proves which second ranges a VPC takes, by the VPC guide's
// table of restrictions: rows are primary range, ranges added before, the
// range asked for, and whether AWS refuses it.
func TestVPCRanges(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, c := range []struct {
		primary string
		before  []string
		add     string
		refused bool
	}{
		{"10.16.0.0/16", nil, "10.17.0.0/16", false},
		{"10.16.0.0/16", nil, "100.64.0.0/16", false},
		{"10.16.0.0/16", nil, "8.8.0.0/16", false},
		{"10.16.0.0/16", nil, "10.0.0.0/16", false},
		{"10.16.0.0/16", nil, "10.16.128.0/17", true}, // overlaps
		{"10.16.0.0/16", nil, "172.16.0.0/16", true},
		{"10.16.0.0/16", nil, "192.168.0.0/16", true},
		{"10.16.0.0/16", nil, "198.19.0.0/16", true},
		{"10.16.0.0/16", nil, "169.254.0.0/16", true},
		{"10.16.0.0/16", nil, "100.64.0.0/10", true}, // larger than a /16
		{"10.16.0.0/16", nil, "10.17.0.0/29", true},  // smaller than a /28
		{"10.1.0.0/16", nil, "10.0.0.0/16", true},    // 10.0.0.0/15 and 10.0.0.0/16
		{"10.16.0.0/16", []string{"10.1.0.0/16"}, "10.0.0.0/24", true},
		{"172.16.0.0/16", nil, "172.17.0.0/16", false},
		{"172.16.0.0/16", nil, "172.31.0.0/16", true},
		{"172.16.0.0/16", nil, "10.0.0.0/16", true},
		{"192.168.0.0/16", nil, "100.65.0.0/16", false},
		{"192.168.0.0/16", nil, "10.0.0.0/16", true},
		{"100.64.0.0/16", nil, "100.65.0.0/16", false},
		{"100.64.0.0/16", nil, "10.0.0.0/16", true},
		{"10.16.0.0/16", []string{"10.17.0.0/16", "10.18.0.0/16", "10.19.0.0/16", "10.20.0.0/16"}, "10.21.0.0/16", true}, // a sixth
	} {
		client := ec2Client(openBox(t))
		vpc := newVPC(t, client, c.primary)
		for _, cidr := range c.before {
			ok(client.AssociateVpcCidrBlock(ctx, &ec2.AssociateVpcCidrBlockInput{VpcId: &vpc, CidrBlock: &cidr}))(t)
		}
		_, err := client.AssociateVpcCidrBlock(ctx, &ec2.AssociateVpcCidrBlockInput{VpcId: &vpc, CidrBlock: &c.add})
		if (err != nil) != c.refused {
			t.Errorf("a VPC with %s %v and then %s: %v, want refused %v", c.primary, c.before, c.add, err, c.refused)
		}
	}
}

// TestRefusals proves the error codes that an adapter decides by.
func TestRefusals(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	box := openBox(t)
	client := ec2Client(box)
	vpc, other := newVPC(t, client, "10.0.0.0/16"), newVPC(t, client, "10.1.0.0/16")
	first := newSubnet(t, client, vpc, "10.0.0.0/24", "eu-west-1a")
	second := newSubnet(t, client, vpc, "10.0.1.0/24", "eu-west-1a")
	table := *ok(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &vpc}))(t).RouteTable.RouteTableId
	group := *ok(client.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		VpcId: &vpc, GroupName: aws.String("web"), Description: aws.String("web"),
	}))(t).GroupId
	gateway := *ok(client.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{}))(t).InternetGateway.InternetGatewayId
	s3 := aws.String("com.amazonaws.eu-west-1.s3")
	ok(client.CreateVpcEndpoint(ctx, &ec2.CreateVpcEndpointInput{VpcId: &vpc, ServiceName: s3, RouteTableIds: []string{table}}))(t)
	main := *ok(client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{
		{Name: aws.String("vpc-id"), Values: []string{vpc}}, {Name: aws.String("association.main"), Values: []string{"true"}},
	}}))(t).RouteTables[0].Associations[0].RouteTableAssociationId
	rule := []types.IpPermission{{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443), IpRanges: []types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}}}}
	ok(client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: rule}))(t)

	subnet := func(vpc, cidr, zone string) error {
		_, err := client.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: &vpc, CidrBlock: &cidr, AvailabilityZone: &zone})
		return err
	}
	newGroup := func(name string) error {
		_, err := client.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{VpcId: &vpc, GroupName: &name, Description: aws.String("x")})
		return err
	}
	route := func(in ec2.CreateRouteInput) error {
		in.RouteTableId = &table
		_, err := client.CreateRoute(ctx, &in)
		return err
	}
	endpoint := func(in ec2.CreateVpcEndpointInput) error {
		in.VpcId = &vpc
		_, err := client.CreateVpcEndpoint(ctx, &in)
		return err
	}
	refusal := func(_ any, err error) error { return err }
	for _, c := range []struct {
		what string
		err  error
		code string
	}{
		{"subnet in no VPC", subnet("vpc-0123", "10.0.9.0/24", "eu-west-1a"), "InvalidVpcID.NotFound"},
		{"subnet outside of its VPC", subnet(vpc, "10.9.0.0/24", "eu-west-1a"), "InvalidSubnet.Range"},
		{"subnet larger than its VPC", subnet(vpc, "10.0.0.0/15", "eu-west-1a"), "InvalidSubnet.Range"},
		{"subnet on another", subnet(vpc, "10.0.0.128/25", "eu-west-1a"), "InvalidSubnet.Conflict"},
		{"subnet in no zone", subnet(vpc, "10.0.9.0/24", "eu-west-1q"), "InvalidParameterValue"},
		{"subnet of no range", subnet(vpc, "10.0.9.0", "eu-west-1a"), "InvalidParameterValue"},
		{"group twice", newGroup("web"), "InvalidGroup.Duplicate"},
		{"group named default", newGroup("default"), "InvalidGroup.Reserved"},
		{"group named as an id", newGroup("sg-web"), "InvalidParameterValue"},
		{"rule twice", refusal(client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: rule})), "InvalidPermission.Duplicate"},
		{"revoke of no rule", refusal(client.RevokeSecurityGroupEgress(ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: &group, IpPermissions: rule})), "InvalidPermission.NotFound"},
		{"route to nothing", route(ec2.CreateRouteInput{DestinationCidrBlock: aws.String("0.0.0.0/0")}), "MissingParameter"},
		{"route to no NAT gateway", route(ec2.CreateRouteInput{DestinationCidrBlock: aws.String("0.0.0.0/0"), NatGatewayId: aws.String("nat-0123")}), "InvalidNatGatewayID.NotFound"},
		{"route to a gateway elsewhere", route(ec2.CreateRouteInput{DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: &gateway}), "InvalidParameterValue"},
		{"route to no transit gateway", route(ec2.CreateRouteInput{DestinationCidrBlock: aws.String("10.8.0.0/16"), TransitGatewayId: aws.String("tgw-0123")}), "InvalidTransitGatewayID.NotFound"},
		{"main association", refusal(client.DisassociateRouteTable(ctx, &ec2.DisassociateRouteTableInput{AssociationId: &main})), "InvalidParameterValue"},
		{"second gateway endpoint", endpoint(ec2.CreateVpcEndpointInput{ServiceName: s3, RouteTableIds: []string{table}}), "RouteAlreadyExists"},
		{"endpoint to nothing", endpoint(ec2.CreateVpcEndpointInput{ServiceName: aws.String("com.amazonaws.eu-west-1.nothing"), VpcEndpointType: types.VpcEndpointTypeInterface}), "InvalidServiceName"},
		{"private names without host names", endpoint(ec2.CreateVpcEndpointInput{
			ServiceName: aws.String("com.amazonaws.eu-west-1.sts"), VpcEndpointType: types.VpcEndpointTypeInterface, SubnetIds: []string{first}, PrivateDnsEnabled: aws.Bool(true),
		}), "InvalidParameter"},
		{"endpoint twice in a zone", endpoint(ec2.CreateVpcEndpointInput{
			ServiceName: aws.String("com.amazonaws.eu-west-1.sts"), VpcEndpointType: types.VpcEndpointTypeInterface, SubnetIds: []string{first, second}, PrivateDnsEnabled: aws.Bool(false),
		}), "DuplicateSubnetsInSameZone"},
		{"peering with overlap is failed, not refused", refusal(client.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{VpcId: &vpc, PeerVpcId: &other})), ""},
		{"peering with itself", refusal(client.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{VpcId: &vpc, PeerVpcId: &vpc})), "InvalidParameterValue"},
		{"tag on nothing", refusal(client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{"vpc-0123"}, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}})), "InvalidVpcID.NotFound"},
		{"tag of AWS's own", refusal(client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{vpc}, Tags: []types.Tag{{Key: aws.String("aws:x"), Value: aws.String("b")}}})), "InvalidParameterValue"},
		{"unknown filter", refusal(client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: []types.Filter{{Name: aws.String("color"), Values: []string{"red"}}}})), "InvalidParameterValue"},
		{"page of one", refusal(client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{MaxResults: aws.Int32(1)})), "InvalidParameterValue"},
		{"page of nowhere", refusal(client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{NextToken: aws.String("bogus")})), "InvalidNextToken"},
		{"dry run", refusal(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.3.0.0/16"), DryRun: aws.Bool(true)})), "DryRunOperation"},
		{"parameter that is not modelled", refusal(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.3.0.0/16"), Ipv4IpamPoolId: aws.String("p")})), "UnsupportedOperation"},
		{"operation that is not modelled", refusal(client.DescribeImages(ctx, &ec2.DescribeImagesInput{})), "InvalidAction"},
		{"no such instance type", refusal(client.DescribeInstanceTypes(ctx, &ec2.DescribeInstanceTypesInput{InstanceTypes: []types.InstanceType{"m99.huge"}})), "InvalidInstanceType"},
	} {
		if got := refusedWith(c.err); got != c.code {
			t.Errorf("%s: %q (%v), want %q", c.what, got, c.err, c.code)
		}
	}
	objects, err := box.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	vpcs := 0
	for _, o := range objects {
		vpcs += strings.Count(o.Type, "ec2/vpc") - strings.Count(o.Type, "ec2/vpc-")
	}
	if vpcs != 2 {
		t.Errorf("%d VPCs are left after calls that made none; want 2", vpcs)
	}
}

// TestNetworkQuotas proves that each quota stops at its default, that a setting
// raises it, and that a refused create leaves nothing.
func TestNetworkQuotas(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	box := openBox(t)
	client := ec2Client(box)
	vpc := newVPC(t, client, "10.0.0.0/16")
	for _, c := range []struct {
		setting string
		before  int // made already
		code    string
		make    func() error
	}{
		{"quota/aws/vpc/L-F678F1CE", 1, "VpcLimitExceeded", func() error {
			_, err := client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.9.0.0/16")})
			return err
		}},
		{"quota/aws/eu-west-1/ec2/L-0263D0A3", 0, "AddressLimitExceeded", func() error {
			_, err := client.AllocateAddress(ctx, &ec2.AllocateAddressInput{})
			return err
		}},
		{"quota/aws/vpc/L-A4707A72", 0, "InternetGatewayLimitExceeded", func() error {
			_, err := client.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{})
			return err
		}},
	} {
		for i := c.before; i < 5; i++ {
			if err := c.make(); err != nil {
				t.Fatal(err)
			}
		}
		wantRefusal(t, c.make(), c.code)
		if err := box.Set(c.setting, "6"); err != nil {
			t.Fatal(err)
		}
		if err := c.make(); err != nil {
			t.Errorf("%s=6: %v", c.setting, err)
		}
		wantRefusal(t, c.make(), c.code)
	}
	group := *ok(client.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{VpcId: &vpc, GroupName: aws.String("g"), Description: aws.String("g")}))(t).GroupId
	rules := func(n int) []types.IpRange {
		var out []types.IpRange
		for i := range n {
			out = append(out, types.IpRange{CidrIp: aws.String(fmt.Sprintf("10.0.0.%d/32", i))})
		}
		return out
	}
	for n, code := range map[int]string{60: "", 61: "RulesPerSecurityGroupLimitExceeded"} {
		_, err := client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: &group, DryRun: aws.Bool(true),
			IpPermissions: []types.IpPermission{{IpProtocol: aws.String("-1"), IpRanges: rules(n)}},
		})
		if got := refusedWith(err); code != "" && got != code || code == "" && got != "DryRunOperation" {
			t.Errorf("%d rules in one group: %s, want %q", n, got, code)
		}
	}
}

// TestRetryAfterDrop proves the two halves of a lost answer: what has a client
// token is made once although the SDK sends it twice, what has none is made
// twice, and it is for the caller to find the first.
func TestRetryAfterDrop(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	box := openBox(t)
	setup := ec2Client(box)
	vpc := newVPC(t, setup, "10.0.0.0/16")
	config := configOf(box, "eu-west-1")
	config.RetryMaxAttempts = 3
	client := ec2.NewFromConfig(config)
	for _, operation := range []string{"CreateRouteTable", "CreateVpc"} {
		if _, err := box.AddFault(sandbox.Fault{Operation: operation, Drop: "after"}); err != nil {
			t.Fatal(err)
		}
	}
	made := *ok(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &vpc}))(t).RouteTable.RouteTableId
	tables := ok(client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{}))(t).RouteTables
	if len(tables) != 2 || *tables[1].RouteTableId != made {
		t.Errorf("a create with a token left %d route tables; want the main one and %s", len(tables), made)
	}
	ok(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.1.0.0/16")}))(t)
	if vpcs := ok(client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{}))(t).Vpcs; len(vpcs) != 3 {
		t.Errorf("a create without a token, sent twice, left %d VPCs; want 3", len(vpcs))
	}
	token := aws.String("same")
	ok(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &vpc, ClientToken: token}))(t)
	_, err := client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: aws.String("vpc-0123"), ClientToken: token})
	wantRefusal(t, err, "IdempotentParameterMismatch")
}

// TestReadAfterWrite proves that with the setting on, a new object is missed
// by that many describes by id and is there for a describe by filter.
func TestReadAfterWrite(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	box := openBox(t)
	if err := box.Set("aws/ec2/read_after_write", "2"); err != nil {
		t.Fatal(err)
	}
	client := ec2Client(box)
	vpc := newVPC(t, client, "10.0.0.0/16")
	var got []string
	for range 3 {
		_, err := client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{vpc}})
		got = append(got, refusedWith(err))
	}
	if want := "InvalidVpcID.NotFound InvalidVpcID.NotFound "; strings.Join(got, " ") != want {
		t.Errorf("three describes say %q, want %q", strings.Join(got, " "), want)
	}
}

// TestPages proves that pages neither repeat nor lose what is there
// throughout, whatever comes and goes between them.
func TestPages(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client := ec2Client(openBox(t))
	vpc := newVPC(t, client, "10.0.0.0/16")
	for i := range 13 {
		newSubnet(t, client, vpc, fmt.Sprintf("10.0.%d.0/24", i), "eu-west-1b")
	}
	pages := ec2.NewDescribeSubnetsPaginator(client, &ec2.DescribeSubnetsInput{MaxResults: aws.Int32(5)})
	seen := map[string]int{}
	sizes := ""
	for n := 0; pages.HasMorePages(); n++ {
		page := ok(pages.NextPage(ctx))(t)
		sizes += fmt.Sprint(len(page.Subnets), " ")
		for _, s := range page.Subnets {
			seen[*s.CidrBlock]++
		}
		if n == 0 { // the second subnet goes, a new one comes
			ok(client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: page.Subnets[1].SubnetId}))(t)
			newSubnet(t, client, vpc, "10.0.200.0/24", "eu-west-1b")
		}
	}
	for cidr, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", cidr, n)
		}
	}
	if sizes != "5 5 4 " || len(seen) != 14 {
		t.Errorf("pages of %swith %d subnets; want 5 5 4 with 14", sizes, len(seen))
	}
}

// TestThrottling proves that the SDK takes a fault rule's answer for the
// cloud's own throttling and tries again.
func TestThrottling(t *testing.T) {
	t.Parallel()
	box := openBox(t)
	if _, err := box.AddFault(sandbox.Fault{Status: http.StatusServiceUnavailable, Code: "RequestLimitExceeded"}); err != nil {
		t.Fatal(err)
	}
	config := configOf(box, "eu-west-1")
	config.RetryMaxAttempts = 2
	ok(ec2.NewFromConfig(config).DescribeVpcs(context.Background(), &ec2.DescribeVpcsInput{}))(t)
}
