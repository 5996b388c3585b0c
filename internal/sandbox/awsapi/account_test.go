package awsapi_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const otherAccount = "222233334444"

// inOther is a configuration that takes the role of another account, as the
// SDK's own provider does it.
func inOther(t *testing.T, box *sandbox.Sandbox) aws.Config {
	t.Helper()
	if _, err := box.Plant("aws", "account", map[string]string{"account": otherAccount, "region": "eu-west-1"}); err != nil {
		t.Fatal(err)
	}
	config := configOf(box, "eu-west-1")
	config.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(config), "arn:aws:iam::"+otherAccount+":role/deployer"))
	return config
}

// TestAccounts proves that a role of another account leads into that account:
// it says so itself, and neither sees what stands in the other.
func TestAccounts(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	box := openBox(t)
	config := inOther(t, box)
	if got := ok(sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t); *got.Account != otherAccount {
		t.Errorf("the caller is in %s", *got.Account)
	}
	here, there := ec2Client(box), ec2.NewFromConfig(config)
	mine, theirs := newVPC(t, here, "10.0.0.0/16"), newVPC(t, there, "10.0.0.0/16")
	for client, want := range map[*ec2.Client]string{here: mine, there: theirs} {
		got := ok(client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{}))(t).Vpcs
		if len(got) != 1 || *got[0].VpcId != want {
			t.Errorf("an account sees %d VPCs, and not its own one alone", len(got))
		}
	}
	_, err := here.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: &theirs})
	wantRefusal(t, err, "InvalidVpcID.NotFound")
	ok(there.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: &theirs}))(t)
	config.Credentials = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(configOf(box, "eu-west-1")), "arn:aws:iam::999988887777:role/deployer")
	_, err = config.Credentials.Retrieve(ctx)
	wantRefusal(t, err, "AccessDenied")
}

// TestSharedTransitGateway proves a hub that stands in one account and serves
// another: it is seen there only once it is shared, its owner accepts, and
// tables and propagations are the owner's alone.
func TestSharedTransitGateway(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	box := openBox(t)
	hubs, spoke := ec2Client(box), ec2.NewFromConfig(inOther(t, box))
	hub := func(share string) (gateway, table string) {
		planted, err := box.Plant("aws", "transit-gateway", map[string]string{"region": "eu-west-1", "share": share})
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range planted {
			switch object.Type {
			case "ec2/transit-gateway":
				gateway = object.ID
			case "ec2/transit-gateway-route-table":
				table = object.ID
			}
		}
		return gateway, table
	}
	secret, _ := hub("")
	gateway, table := hub(otherAccount)
	seen := ok(spoke.DescribeTransitGateways(ctx, &ec2.DescribeTransitGatewaysInput{}))(t).TransitGateways
	if len(seen) != 1 || *seen[0].TransitGatewayId != gateway || *seen[0].OwnerId != "111122223333" {
		t.Errorf("the spoke sees %+v", seen)
	}
	vpc := newVPC(t, spoke, "10.0.0.0/16")
	subnet := newSubnet(t, spoke, vpc, "10.0.0.0/24", "eu-west-1a")
	attach := func(gateway string) (*ec2.CreateTransitGatewayVpcAttachmentOutput, error) {
		return spoke.CreateTransitGatewayVpcAttachment(ctx, &ec2.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: &gateway, VpcId: &vpc, SubnetIds: []string{subnet}})
	}
	_, err := attach(secret)
	wantRefusal(t, err, "InvalidTransitGatewayID.NotFound")
	made := ok(attach(gateway))(t).TransitGatewayVpcAttachment
	if made.State != types.TransitGatewayAttachmentStatePendingAcceptance || *made.VpcOwnerId != otherAccount {
		t.Errorf("made as %+v", made)
	}
	id := made.TransitGatewayAttachmentId
	_, err = spoke.AcceptTransitGatewayVpcAttachment(ctx, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: id})
	wantRefusal(t, err, "UnauthorizedOperation")
	ok(hubs.AcceptTransitGatewayVpcAttachment(ctx, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: id}))(t)
	var read types.TransitGatewayVpcAttachment
	for range 2 {
		read = ok(hubs.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{TransitGatewayAttachmentIds: []string{*id}}))(t).TransitGatewayVpcAttachments[0]
	}
	if read.State != types.TransitGatewayAttachmentStateAvailable {
		t.Errorf("accepted, it is %s", read.State)
	}
	_, err = spoke.GetTransitGatewayRouteTablePropagations(ctx, &ec2.GetTransitGatewayRouteTablePropagationsInput{TransitGatewayRouteTableId: &table})
	wantRefusal(t, err, "InvalidRouteTableID.NotFound")
	routes := ok(hubs.SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
		TransitGatewayRouteTableId: &table, Filters: []types.Filter{{Name: aws.String("type"), Values: []string{"propagated"}}}}))(t).Routes
	if len(routes) != 1 || *routes[0].DestinationCidrBlock != "10.0.0.0/16" {
		t.Errorf("the hub learnt %+v", routes)
	}
	ok(spoke.DeleteTransitGatewayVpcAttachment(ctx, &ec2.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: id}))(t)
	for range 2 {
		ok(spoke.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{}))(t)
	}
	ok(spoke.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &subnet}))(t)
}

// TestPeeringAcrossAccounts proves that a peering waits for the account of the
// other side, and that each of the two sees it.
func TestPeeringAcrossAccounts(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	box := openBox(t)
	here, there := ec2Client(box), ec2.NewFromConfig(inOther(t, box))
	mine, theirs := newVPC(t, here, "10.0.0.0/16"), newVPC(t, there, "10.1.0.0/16")
	made := ok(there.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{VpcId: &theirs, PeerVpcId: &mine, PeerOwnerId: aws.String("111122223333")}))(t).VpcPeeringConnection
	id := made.VpcPeeringConnectionId
	_, err := there.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: id})
	wantRefusal(t, err, "OperationNotPermitted")
	ok(here.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: id}))(t)
	for _, client := range []*ec2.Client{here, there} {
		got := ok(client.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{}))(t).VpcPeeringConnections
		if len(got) != 1 || got[0].Status.Code != types.VpcPeeringConnectionStateReasonCodeActive || *got[0].AccepterVpcInfo.CidrBlock != "10.0.0.0/16" {
			t.Errorf("an account sees %+v", got)
		}
	}
}
