package awscloud_test

import (
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// operator is somebody else's access to the same account.
func (w *world) operator() aws.Config {
	return aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKIAOPERATOR", "x", ""),
		HTTPClient: &http.Client{Transport: w.box.Transport()},
	}
}

func (w *world) ec2() *ec2.Client             { return ec2.NewFromConfig(w.operator()) }
func (w *world) iam() *iam.Client             { return iam.NewFromConfig(w.operator()) }
func (w *world) logs() *cloudwatchlogs.Client { return cloudwatchlogs.NewFromConfig(w.operator()) }

// operatorRemoves deletes an object of a network through EC2, with the steps
// that EC2 demands first.
func (w *world) operatorRemoves(client *ec2.Client, component string, made networkSeen) {
	w.t.Helper()
	ctx, id := w.t.Context(), aws.String(made.Objects[component])
	kind, _, _ := strings.Cut(component, "/")
	var err error
	switch kind {
	case "endpoint":
		_, err = client.DeleteVpcEndpoints(ctx, &ec2.DeleteVpcEndpointsInput{VpcEndpointIds: []string{*id}})
	case "flow-log":
		_, err = client.DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: []string{*id}})
	case "internet-gateway":
		// The public addresses of the NAT gateways hold it fast: it is only
		// taken out of the store, as if AWS had lost it.
		w.remove(*id)
	case "nat":
		_, err = client.DeleteNatGateway(ctx, &ec2.DeleteNatGatewayInput{NatGatewayId: id})
	case "prefix-reservation":
		_, err = client.DeleteSubnetCidrReservation(ctx, &ec2.DeleteSubnetCidrReservationInput{SubnetCidrReservationId: id})
	case "route-table":
		w.freeTable(client, types.Filter{Name: aws.String("route-table-id"), Values: []string{*id}})
		// The gateway endpoint holds its tables too.
		_, _ = client.ModifyVpcEndpoint(ctx, &ec2.ModifyVpcEndpointInput{VpcEndpointId: aws.String(made.Objects["endpoint/s3"]), RemoveRouteTableIds: []string{*id}})
		_, err = client.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: id})
	case "subnet":
		_, err = client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: id})
	case "log-group", "role":
		w.remove(storedID(w, made, component))
	default:
		w.t.Fatalf("how does an operator remove %s?", component)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) freeTable(client *ec2.Client, where types.Filter) {
	w.t.Helper()
	got, err := client.DescribeRouteTables(w.t.Context(), &ec2.DescribeRouteTablesInput{Filters: []types.Filter{where}})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, table := range got.RouteTables {
		for _, a := range table.Associations {
			if _, err := client.DisassociateRouteTable(w.t.Context(), &ec2.DisassociateRouteTableInput{AssociationId: a.RouteTableAssociationId}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}
