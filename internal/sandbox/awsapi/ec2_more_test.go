package awsapi_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// TestEndpoints proves that a gateway endpoint keeps its route in exactly the
// tables that it names, an interface endpoint its interfaces in exactly its
// subnets, and that both give everything back.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client := ec2Client(openBox(t))
	vpc := newVPC(t, client, "10.0.0.0/16")
	ok(client.ModifyVpcAttribute(ctx, &ec2.ModifyVpcAttributeInput{VpcId: &vpc, EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(true)}}))(t)
	a, b := newSubnet(t, client, vpc, "10.0.0.0/24", "eu-west-1a"), newSubnet(t, client, vpc, "10.0.1.0/24", "eu-west-1b")
	var tables []string
	for range 2 {
		tables = append(tables, *ok(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &vpc}))(t).RouteTable.RouteTableId)
	}
	routes := func() (n []int) {
		for _, id := range tables {
			n = append(n, len(ok(client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{id}}))(t).RouteTables[0].Routes)-1)
		}
		return n
	}
	interfaces := func() int {
		return len(ok(client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{}))(t).NetworkInterfaces)
	}
	gateway := ok(client.CreateVpcEndpoint(ctx, &ec2.CreateVpcEndpointInput{
		VpcId: &vpc, ServiceName: aws.String("com.amazonaws.eu-west-1.s3"), RouteTableIds: tables[:1],
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`),
	}))(t).VpcEndpoint.VpcEndpointId
	if n := routes(); n[0] != 1 || n[1] != 0 {
		t.Errorf("a gateway endpoint in the first table makes %v routes", n)
	}
	ok(client.ModifyVpcEndpoint(ctx, &ec2.ModifyVpcEndpointInput{VpcEndpointId: gateway, AddRouteTableIds: tables[1:], RemoveRouteTableIds: tables[:1]}))(t)
	if n := routes(); n[0] != 0 || n[1] != 1 {
		t.Errorf("moved to the second table it makes %v routes", n)
	}
	private := ok(client.CreateVpcEndpoint(ctx, &ec2.CreateVpcEndpointInput{
		VpcId: &vpc, ServiceName: aws.String("com.amazonaws.eu-west-1.ecr.api"), VpcEndpointType: types.VpcEndpointTypeInterface,
		SubnetIds: []string{a}, PrivateDnsEnabled: aws.Bool(true),
	}))(t).VpcEndpoint.VpcEndpointId
	ok(client.ModifyVpcEndpoint(ctx, &ec2.ModifyVpcEndpointInput{VpcEndpointId: private, AddSubnetIds: []string{b}}))(t)
	if n := interfaces(); n != 2 {
		t.Errorf("an endpoint in two subnets has %d interfaces", n)
	}
	_, err := client.CreateVpcEndpoint(ctx, &ec2.CreateVpcEndpointInput{
		VpcId: &vpc, ServiceName: aws.String("com.amazonaws.eu-west-1.ecr.api"), VpcEndpointType: types.VpcEndpointTypeInterface,
		SubnetIds: []string{a}, PrivateDnsEnabled: aws.Bool(true),
	})
	wantRefusal(t, err, "InvalidParameter") // the private name is taken
	read := ok(client.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{VpcEndpointIds: []string{*private}}))(t).VpcEndpoints[0]
	if read.State != "available" || len(read.SubnetIds) != 2 || !*read.PrivateDnsEnabled || len(read.DnsEntries) != 2 {
		t.Errorf("the endpoint reads back as %+v", read)
	}
	gone := ok(client.DeleteVpcEndpoints(ctx, &ec2.DeleteVpcEndpointsInput{VpcEndpointIds: []string{*gateway, *private, "vpce-0123"}}))(t)
	if len(gone.Unsuccessful) != 1 || *gone.Unsuccessful[0].Error.Code != "InvalidVpcEndpointId.NotFound" {
		t.Errorf("deleting two endpoints and one that is not there: %+v", gone.Unsuccessful)
	}
	if left := ok(client.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{}))(t).VpcEndpoints; len(left) != 0 || interfaces() != 0 || routes()[1] != 0 {
		t.Errorf("deleted endpoints leave %d endpoints, %d interfaces, %v routes", len(left), interfaces(), routes())
	}
}

// TestNATGateways proves the ways in which a gateway fails after it was
// accepted, and the regional gateway with pinned addresses per zone.
func TestNATGateways(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client := ec2Client(openBox(t))
	vpc := newVPC(t, client, "10.0.0.0/16")
	subnet := newSubnet(t, client, vpc, "10.0.0.0/24", "eu-west-1a")
	address := func() *string { return ok(client.AllocateAddress(ctx, &ec2.AllocateAddressInput{}))(t).AllocationId }
	settle := func(id *string) types.NatGateway {
		var n types.NatGateway
		for range 3 {
			n = ok(client.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{NatGatewayIds: []string{*id}}))(t).NatGateways[0]
		}
		return n
	}
	first := address()
	early := settle(ok(client.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{SubnetId: &subnet, AllocationId: first}))(t).NatGateway.NatGatewayId)
	if early.State != types.NatGatewayStateFailed || aws.ToString(early.FailureCode) != "Gateway.NotAttached" {
		t.Errorf("without an internet gateway: %s %s", early.State, aws.ToString(early.FailureCode))
	}
	gateway := ok(client.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{}))(t).InternetGateway.InternetGatewayId
	ok(client.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: gateway, VpcId: &vpc}))(t)
	good := settle(ok(client.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{SubnetId: &subnet, AllocationId: first}))(t).NatGateway.NatGatewayId)
	twice := settle(ok(client.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{SubnetId: &subnet, AllocationId: first}))(t).NatGateway.NatGatewayId)
	if good.State != types.NatGatewayStateAvailable || twice.State != types.NatGatewayStateFailed || aws.ToString(twice.FailureCode) != "Resource.AlreadyAssociated" {
		t.Errorf("two gateways with one address: %s, and %s %s", good.State, twice.State, aws.ToString(twice.FailureCode))
	}
	second, third := address(), address()
	regional := settle(ok(client.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{
		VpcId: &vpc, AvailabilityMode: types.AvailabilityModeRegional,
		AvailabilityZoneAddresses: []types.AvailabilityZoneAddress{{AvailabilityZone: aws.String("eu-west-1a"), AllocationIds: []string{*second}}},
	}))(t).NatGateway.NatGatewayId)
	ok(client.AssociateNatGatewayAddress(ctx, &ec2.AssociateNatGatewayAddressInput{
		NatGatewayId: regional.NatGatewayId, AllocationIds: []string{*third}, AvailabilityZone: aws.String("eu-west-1b"),
	}))(t)
	read := settle(regional.NatGatewayId)
	if read.AvailabilityMode != types.AvailabilityModeRegional || len(read.NatGatewayAddresses) != 2 || *read.NatGatewayAddresses[1].AvailabilityZone != "eu-west-1b" {
		t.Errorf("the regional gateway reads back as %+v", read)
	}
	_, err := client.ReleaseAddress(ctx, &ec2.ReleaseAddressInput{AllocationId: third})
	wantRefusal(t, err, "InvalidIPAddress.InUse")
	ok(client.DeleteNatGateway(ctx, &ec2.DeleteNatGatewayInput{NatGatewayId: regional.NatGatewayId}))(t)
	if gone := settle(regional.NatGatewayId); gone.State != types.NatGatewayStateDeleted {
		t.Errorf("the deleted gateway is %s", gone.State)
	}
	ok(client.ReleaseAddress(ctx, &ec2.ReleaseAddressInput{AllocationId: third}))(t)
}

// TestLaunchTemplates proves that versions are numbered and immutable, that a
// version begins with its source, and that what comes back is what went in.
func TestLaunchTemplates(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client := ec2Client(openBox(t))
	made := ok(client.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("nodes"), TagSpecifications: tagged(types.ResourceTypeLaunchTemplate, "nodes"),
		LaunchTemplateData: &types.RequestLaunchTemplateData{
			UserData:        aws.String("aGVsbG8="),
			MetadataOptions: &types.LaunchTemplateInstanceMetadataOptionsRequest{HttpTokens: types.LaunchTemplateHttpTokensStateRequired, HttpPutResponseHopLimit: aws.Int32(1)},
			BlockDeviceMappings: []types.LaunchTemplateBlockDeviceMappingRequest{{
				DeviceName: aws.String("/dev/xvda"), Ebs: &types.LaunchTemplateEbsBlockDeviceRequest{VolumeSize: aws.Int32(80), Encrypted: aws.Bool(true)},
			}},
			TagSpecifications: []types.LaunchTemplateTagSpecificationRequest{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}},
		},
	}))(t).LaunchTemplate
	second := ok(client.CreateLaunchTemplateVersion(ctx, &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: made.LaunchTemplateId, SourceVersion: aws.String("$Latest"),
		LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String("ami-0123")},
	}))(t).LaunchTemplateVersion
	data := second.LaunchTemplateData
	if *second.VersionNumber != 2 || *data.ImageId != "ami-0123" || *data.UserData != "aGVsbG8=" || *data.BlockDeviceMappings[0].Ebs.VolumeSize != 80 ||
		!*data.BlockDeviceMappings[0].Ebs.Encrypted || data.MetadataOptions.HttpTokens != types.LaunchTemplateHttpTokensStateRequired ||
		*data.MetadataOptions.HttpPutResponseHopLimit != 1 || *data.TagSpecifications[0].Tags[0].Value != "b" {
		t.Errorf("the second version reads back as %+v", data)
	}
	first := ok(client.DescribeLaunchTemplateVersions(ctx, &ec2.DescribeLaunchTemplateVersionsInput{
		LaunchTemplateName: aws.String("nodes"), Versions: []string{"$Default"},
	}))(t).LaunchTemplateVersions[0]
	if *first.VersionNumber != 1 || first.LaunchTemplateData.ImageId != nil {
		t.Errorf("the default version is %d with image %v", *first.VersionNumber, first.LaunchTemplateData.ImageId)
	}
	ok(client.ModifyLaunchTemplate(ctx, &ec2.ModifyLaunchTemplateInput{LaunchTemplateId: made.LaunchTemplateId, DefaultVersion: aws.String("2")}))(t)
	_, err := client.ModifyLaunchTemplate(ctx, &ec2.ModifyLaunchTemplateInput{LaunchTemplateId: made.LaunchTemplateId, DefaultVersion: aws.String("9")})
	wantRefusal(t, err, "InvalidLaunchTemplateId.VersionNotFound")
	_, err = client.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{LaunchTemplateName: aws.String("nodes"), LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String("x")}})
	wantRefusal(t, err, "InvalidLaunchTemplateName.AlreadyExistsException")
	ok(client.DeleteLaunchTemplate(ctx, &ec2.DeleteLaunchTemplateInput{LaunchTemplateName: aws.String("nodes")}))(t)
	_, err = client.DescribeLaunchTemplates(ctx, &ec2.DescribeLaunchTemplatesInput{LaunchTemplateNames: []string{"nodes"}})
	wantRefusal(t, err, "InvalidLaunchTemplateName.NotFoundException")
}

// TestSecurityGroupRules proves that rules have ids of their own, are shown
// both ways, and are revoked by either.
func TestSecurityGroupRules(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client := ec2Client(openBox(t))
	vpc := newVPC(t, client, "10.0.0.0/16")
	group := ok(client.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{VpcId: &vpc, GroupName: aws.String("g"), Description: aws.String("g")}))(t).GroupId
	permissions := []types.IpPermission{
		{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443),
			IpRanges: []types.IpRange{{CidrIp: aws.String("10.0.0.0/16"), Description: aws.String("nodes")}, {CidrIp: aws.String("100.64.0.0/16")}},
		},
		{IpProtocol: aws.String("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: group}}},
	}
	rules := ok(client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: group, IpPermissions: permissions, TagSpecifications: tagged(types.ResourceTypeSecurityGroupRule, "rule"),
	}))(t).SecurityGroupRules
	if len(rules) != 3 || *rules[0].Description != "nodes" || *rules[2].ReferencedGroupInfo.GroupId != *group || *rules[1].Tags[0].Value != "rule" {
		t.Fatalf("three rules read back as %+v", rules)
	}
	shown := ok(client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{*group}}))(t).SecurityGroups[0]
	if len(shown.IpPermissions) != 2 || len(shown.IpPermissions[0].IpRanges) != 2 || len(shown.IpPermissionsEgress) != 1 {
		t.Errorf("the group shows %+v", shown)
	}
	ok(client.UpdateSecurityGroupRuleDescriptionsIngress(ctx, &ec2.UpdateSecurityGroupRuleDescriptionsIngressInput{
		GroupId: group, SecurityGroupRuleDescriptions: []types.SecurityGroupRuleDescription{{SecurityGroupRuleId: rules[1].SecurityGroupRuleId, Description: aws.String("pods")}},
	}))(t)
	ok(client.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: group, SecurityGroupRuleIds: []string{*rules[0].SecurityGroupRuleId}}))(t)
	ok(client.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: group, IpPermissions: permissions[1:]}))(t)
	left := ok(client.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{*group}}}}))(t).SecurityGroupRules
	if len(left) != 2 || *left[1].Description != "pods" || *left[1].CidrIpv4 != "100.64.0.0/16" || !*left[0].IsEgress {
		t.Errorf("after two revokes there is %+v", left)
	}
}

// TestTransitGateway proves the way of a VPC into a hub: attachment, route,
// association, propagation, and that it holds the VPC until it is gone.
func TestTransitGateway(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	box := openBox(t)
	client := ec2Client(box)
	planted, err := box.Plant("aws", "transit-gateway", map[string]string{"region": "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	hub, hubTable := planted[0].ID, planted[1].ID
	vpc := newVPC(t, client, "10.0.0.0/16")
	subnet := newSubnet(t, client, vpc, "10.0.0.0/24", "eu-west-1a")
	table := ok(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &vpc}))(t).RouteTable.RouteTableId
	route := &ec2.CreateRouteInput{RouteTableId: table, DestinationCidrBlock: aws.String("10.64.0.0/14"), TransitGatewayId: &hub}
	_, err = client.CreateRoute(ctx, route)
	wantRefusal(t, err, "InvalidTransitGatewayID.NotFound") // not attached
	attachment := ok(client.CreateTransitGatewayVpcAttachment(ctx, &ec2.CreateTransitGatewayVpcAttachmentInput{
		TransitGatewayId: &hub, VpcId: &vpc, SubnetIds: []string{subnet},
		TagSpecifications: tagged(types.ResourceTypeTransitGatewayAttachment, "hub"),
	}))(t).TransitGatewayVpcAttachment.TransitGatewayAttachmentId
	var read types.TransitGatewayVpcAttachment
	for range 2 {
		read = ok(client.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{TransitGatewayAttachmentIds: []string{*attachment}}))(t).TransitGatewayVpcAttachments[0]
	}
	if read.State != types.TransitGatewayAttachmentStateAvailable || *read.Tags[0].Value != "hub" {
		t.Errorf("the attachment reads back as %+v", read)
	}
	ok(client.CreateRoute(ctx, route))(t)
	routes := ok(client.SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
		TransitGatewayRouteTableId: &hubTable, Filters: []types.Filter{{Name: aws.String("type"), Values: []string{"propagated"}}},
	}))(t).Routes
	if len(routes) != 1 || *routes[0].DestinationCidrBlock != "10.0.0.0/16" {
		t.Errorf("the hub learnt %+v", routes)
	}
	_, err = client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &subnet})
	wantRefusal(t, err, "DependencyViolation")
	ok(client.DeleteTransitGatewayVpcAttachment(ctx, &ec2.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: attachment}))(t)
	for range 2 {
		read = ok(client.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{TransitGatewayAttachmentIds: []string{*attachment}}))(t).TransitGatewayVpcAttachments[0]
	}
	if read.State != types.TransitGatewayAttachmentStateDeleted {
		t.Errorf("the deleted attachment is %s", read.State)
	}
	ok(client.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: table}))(t)
	ok(client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &subnet}))(t)
	ok(client.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: &vpc}))(t)
}

// TestReservationsAndACLs proves prefix reservations, that addresses are not
// taken from them, and the network ACL that a VPC is born with.
func TestReservationsAndACLs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client := ec2Client(openBox(t))
	vpc := newVPC(t, client, "10.0.0.0/16")
	subnet := newSubnet(t, client, vpc, "10.0.0.0/24", "eu-west-1a")
	reserve := func(cidr string) error {
		_, err := client.CreateSubnetCidrReservation(ctx, &ec2.CreateSubnetCidrReservationInput{
			SubnetId: &subnet, Cidr: &cidr, ReservationType: types.SubnetCidrReservationTypePrefix,
			TagSpecifications: tagged(types.ResourceTypeSubnetCidrReservation, "pods"),
		})
		return err
	}
	if err := reserve("10.0.0.128/25"); err != nil {
		t.Fatal(err)
	}
	if got := refusedWith(reserve("10.0.0.192/26")); got != "InvalidSubnetCidrReservation.Conflict" {
		t.Errorf("a reservation on another: %s", got)
	}
	if got := refusedWith(reserve("10.0.1.0/28")); got != "InvalidSubnetCidrReservation.Range" {
		t.Errorf("a reservation outside: %s", got)
	}
	held := ok(client.GetSubnetCidrReservations(ctx, &ec2.GetSubnetCidrReservationsInput{SubnetId: &subnet}))(t).SubnetIpv4CidrReservations
	if len(held) != 1 || *held[0].Cidr != "10.0.0.128/25" || *held[0].Tags[0].Value != "pods" {
		t.Errorf("reservations read back as %+v", held)
	}
	acl := ok(client.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}}}))(t).NetworkAcls
	if len(acl) != 1 || !*acl[0].IsDefault || *acl[0].Associations[0].SubnetId != subnet || len(acl[0].Entries) != 4 {
		t.Errorf("the VPC's network ACL reads back as %+v", acl)
	}
	ok(client.DeleteSubnetCidrReservation(ctx, &ec2.DeleteSubnetCidrReservationInput{SubnetCidrReservationId: held[0].SubnetCidrReservationId}))(t)
	if err := reserve("10.0.0.192/26"); err != nil {
		t.Errorf("after the delete: %v", err)
	}
}
