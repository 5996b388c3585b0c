package awsapi_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
)

// openBox opens a strict sandbox with fixed ids.
func openBox(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.Open(filepath.Join(t.TempDir(), "box.json"), sandbox.Options{
		APIs: []sandbox.API{awsapi.New()}, Seed: 1, Strict: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// configOf is an SDK configuration whose requests all end in the sandbox.
func configOf(box *sandbox.Sandbox, region string) aws.Config {
	return aws.Config{
		Region:           region,
		Credentials:      credentials.NewStaticCredentialsProvider("AKIDSANDBOX", "secret", ""),
		HTTPClient:       &http.Client{Transport: box.Transport()},
		RetryMaxAttempts: 1,
	}
}

func ec2Client(box *sandbox.Sandbox) *ec2.Client {
	return ec2.NewFromConfig(configOf(box, "eu-west-1"))
}

// wantRefusal fails the test unless err is an answer with that error code.
func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		t.Fatalf("error is %v; want the code %s", err, code)
	}
	if answer.ErrorCode() != code {
		t.Fatalf("error is %s: %s; want the code %s", answer.ErrorCode(), answer.ErrorMessage(), code)
	}
}

// ok is the answer, or the end of the test.
func ok[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func tagged(kind types.ResourceType, name string) []types.TagSpecification {
	return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String(name)}}}}
}

func newVPC(t *testing.T, client *ec2.Client, cidr string) string {
	t.Helper()
	out := ok(client.CreateVpc(context.Background(), &ec2.CreateVpcInput{
		CidrBlock: aws.String(cidr), TagSpecifications: tagged(types.ResourceTypeVpc, "test"),
	}))(t)
	return *out.Vpc.VpcId
}

func newSubnet(t *testing.T, client *ec2.Client, vpc, cidr, zone string) string {
	t.Helper()
	out := ok(client.CreateSubnet(context.Background(), &ec2.CreateSubnetInput{
		VpcId: aws.String(vpc), CidrBlock: aws.String(cidr), AvailabilityZone: aws.String(zone),
	}))(t)
	return *out.Subnet.SubnetId
}

// TestNetworkLifecycle builds a network as a cluster needs it, reads it back
// field by field, and takes it down against the order that AWS demands.
func TestNetworkLifecycle(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client := ec2Client(openBox(t))
	vpc := newVPC(t, client, "10.0.0.0/16")

	read := ok(client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{vpc}}))(t).Vpcs[0]
	if read.State != types.VpcStateAvailable || *read.CidrBlock != "10.0.0.0/16" || *read.Tags[0].Value != "test" || *read.OwnerId != "111122223333" {
		t.Errorf("the VPC reads back as %+v", read)
	}
	public := newSubnet(t, client, vpc, "10.0.0.0/24", "eu-west-1a")
	private := newSubnet(t, client, vpc, "10.0.1.0/24", "eu-west-1a")

	gateway := *ok(client.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{}))(t).InternetGateway.InternetGatewayId
	ok(client.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: &gateway, VpcId: &vpc}))(t)
	address := *ok(client.AllocateAddress(ctx, &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc}))(t).AllocationId
	nat := *ok(client.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{SubnetId: &public, AllocationId: &address}))(t).NatGateway.NatGatewayId
	state := func() types.NatGatewayState {
		return ok(client.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{NatGatewayIds: []string{nat}}))(t).NatGateways[0].State
	}
	if first, second := state(), state(); first != types.NatGatewayStatePending || second != types.NatGatewayStateAvailable {
		t.Errorf("the NAT gateway went %s, %s; want pending, available", first, second)
	}

	table := *ok(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &vpc}))(t).RouteTable.RouteTableId
	ok(client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String("0.0.0.0/0"), NatGatewayId: &nat}))(t)
	association := *ok(client.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{RouteTableId: &table, SubnetId: &private}))(t).AssociationId
	tables := ok(client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{
		{Name: aws.String("association.subnet-id"), Values: []string{private}},
	}}))(t).RouteTables
	if len(tables) != 1 || len(tables[0].Routes) != 2 || *tables[0].Routes[1].NatGatewayId != nat || *tables[0].Associations[0].RouteTableAssociationId != association {
		t.Errorf("the private subnet's route table reads back as %+v", tables)
	}

	_, err := client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &public})
	wantRefusal(t, err, "DependencyViolation")
	_, err = client.DetachInternetGateway(ctx, &ec2.DetachInternetGatewayInput{InternetGatewayId: &gateway, VpcId: &vpc})
	wantRefusal(t, err, "DependencyViolation")
	_, err = client.ReleaseAddress(ctx, &ec2.ReleaseAddressInput{AllocationId: &address})
	wantRefusal(t, err, "InvalidIPAddress.InUse")
	_, err = client.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: &table})
	wantRefusal(t, err, "DependencyViolation")
	_, err = client.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: &vpc})
	wantRefusal(t, err, "DependencyViolation")

	ok(client.DeleteNatGateway(ctx, &ec2.DeleteNatGatewayInput{NatGatewayId: &nat}))(t)
	// Nobody looks at the gateway: trying again must do.
	for attempt := 1; ; attempt++ {
		_, err = client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &public})
		if err == nil {
			break
		}
		wantRefusal(t, err, "DependencyViolation")
		if attempt == 5 {
			t.Fatal("the subnet is still held by a NAT gateway after 5 attempts")
		}
	}
	ok(client.ReleaseAddress(ctx, &ec2.ReleaseAddressInput{AllocationId: &address}))(t)
	ok(client.DetachInternetGateway(ctx, &ec2.DetachInternetGatewayInput{InternetGatewayId: &gateway, VpcId: &vpc}))(t)
	ok(client.DeleteInternetGateway(ctx, &ec2.DeleteInternetGatewayInput{InternetGatewayId: &gateway}))(t)
	ok(client.DisassociateRouteTable(ctx, &ec2.DisassociateRouteTableInput{AssociationId: &association}))(t)
	ok(client.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: &table}))(t)
	ok(client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &private}))(t)
	ok(client.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: &vpc}))(t)
	_, err = client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{vpc}})
	wantRefusal(t, err, "InvalidVpcID.NotFound")
}
