package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

// crowd is how many networks others run on each cloud, and page what the clouds
// put into one answer: three pages of networks.
const crowd, page = 12, 5

const crowdConfig = `
data "kready_cidr_inventory" "all" {
  places = [
    { cloud = "aws", region = "eu-west-1" },
    { cloud = "azure", region = "westeurope" },
  ]
}

resource "kready_cidr_pool" "corp" {
  cidrs       = ["10.64.0.0/11"]
  reserved    = data.kready_cidr_inventory.all.reserved
  allocations = { shop = { prefix_length = 16 }, data = { prefix_length = 16 } }
}

output "found" {
  value = [for r in data.kready_cidr_inventory.all.ranges : "${r.kind} ${r.cidr}"]
}

output "blocks" {
  value = kready_cidr_pool.corp.blocks
}
`

// TestAccCIDRInventoryData_crowded proves that an inventory is whole where
// both clouds answer in pages and throttle three calls in a row, on the first
// page and on a later one: every network of others, secondary ranges, subnets
// and peered networks included, is listed once, through Terraform and the
// command line, and a pool that reserves them gives what is left.
func TestAccCIDRInventoryData_crowded(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for name, value := range map[string]string{"aws/ec2/page": fmt.Sprint(page), "azure/page": fmt.Sprint(page), "quota/aws/vpc/L-F678F1CE": "50", "azure/registered": "all"} {
		if err := b.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	want := append(b.crowdAWS(t), b.crowdAzure(t)...)

	b.throttle(t)
	w := newWorkspace(t, b.block()+crowdConfig)
	w.apply()
	b.clear(t)
	var found []string
	w.readOutput("found", &found)
	slices.Sort(found)
	slices.Sort(want)
	if !slices.Equal(found, want) {
		t.Errorf("found %q\nwant  %q", found, want)
	}
	var blocks map[string]string
	w.readOutput("blocks", &blocks)
	// 10.64 to 10.75 are VPCs, 10.76 to 10.87 virtual networks, 10.88 is what
	// one is peered with, 10.89 a secondary range.
	if blocks["data"] != "10.90.0.0/16" || blocks["shop"] != "10.91.0.0/16" {
		t.Errorf("the pool gives %v", blocks)
	}
	w.empty()

	b.throttle(t)
	out, complaint, code := b.kready(t, nil, "cidr", "inventory", "-place", "aws/eu-west-1", "-place", "azure/westeurope", "-subnets", "-sandbox", b.path)
	b.clear(t)
	var listed []string
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		listed = append(listed, fields[1]+" "+fields[0])
	}
	slices.Sort(listed)
	if code != 0 || !slices.Equal(listed, want) {
		t.Errorf("exits with %d and lists %q\nwant %q\n%s", code, listed, want, complaint)
	}
}

// readOutput reads one output of the workspace, which may be a collection.
func (w *workspace) readOutput(name string, into any) {
	w.t.Helper()
	text, code := w.run("output", "-json", name)
	if err := json.Unmarshal([]byte(text), into); err != nil || code != 0 {
		w.t.Fatalf("output %s exits with %d: %v\n%s", name, code, err, text)
	}
}

// throttle makes both clouds refuse three calls in a row: the first page of
// subnets, and the second of networks.
func (b *box) throttle(t *testing.T) {
	t.Helper()
	for _, operation := range []struct {
		name string
		nth  int
	}{{"DescribeVpcs", 2}, {"DescribeSubnets", 1}, {"DescribeVpcPeeringConnections", 1}} {
		b.fault(t, sandbox.Fault{Cloud: "aws", Service: "ec2", Operation: operation.name, Nth: operation.nth, Times: 3, Status: http.StatusServiceUnavailable, Code: "RequestLimitExceeded"})
	}
	networks := sandbox.Fault{Cloud: "azure", Service: "Microsoft.Network", Operation: "LIST virtualNetworks", Times: 3, Status: http.StatusTooManyRequests, Code: "TooManyRequests"}
	b.fault(t, networks)
	networks.Contains = "skiptoken"
	b.fault(t, networks)
}

// crowdAWS makes VPCs with a subnet each, one with a secondary range, and
// returns what an inventory has to say of them.
func (b *box) crowdAWS(t *testing.T) []string {
	t.Helper()
	ctx, client := context.Background(), ec2.NewFromConfig(b.inAccount(hubAccount))
	var want []string
	for i := range crowd {
		network, subnet := fmt.Sprintf("10.%d.0.0/16", 64+i), fmt.Sprintf("10.%d.16.0/20", 64+i)
		vpc := must(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: &network}))(t).Vpc.VpcId
		if i == 0 {
			must(client.AssociateVpcCidrBlock(ctx, &ec2.AssociateVpcCidrBlockInput{VpcId: vpc, CidrBlock: aws.String("10.89.0.0/16")}))(t)
			want = append(want, "network 10.89.0.0/16")
		}
		must(client.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: vpc, CidrBlock: &subnet}))(t)
		want = append(want, "network "+network, "subnet "+subnet)
	}
	return want
}

// crowdAzure makes virtual networks with a subnet each, one of them peered with
// a network of another region, and returns what an inventory has to say of them.
func (b *box) crowdAzure(t *testing.T) []string {
	t.Helper()
	ctx, realm := context.Background(), must(b.Realm())(t)
	options := policy.ClientOptions{Transport: &http.Client{Transport: b.Transport()}}
	credential := must(azidentity.NewClientSecretCredential(azureapi.Tenant(realm), "11111111-2222-4333-8444-555555555555", "secret",
		&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true}))(t)
	clients := must(armnetwork.NewClientFactory(azureapi.Subscription(realm), credential, &arm.ClientOptions{ClientOptions: options}))(t)
	var want []string
	for i := range crowd {
		name, network, subnet := fmt.Sprintf("spoke-%d", i), fmt.Sprintf("10.%d.0.0/16", 64+crowd+i), fmt.Sprintf("10.%d.16.0/20", 64+crowd+i)
		must(b.Plant("azure", "virtual-network", map[string]string{"region": "westeurope", "name": name, "cidr": network}))(t)
		poller := must(clients.NewSubnetsClient().BeginCreateOrUpdate(ctx, name, name, "nodes", armnetwork.Subnet{
			Properties: &armnetwork.SubnetPropertiesFormat{AddressPrefix: &subnet},
		}, nil))(t)
		must(poller.PollUntilDone(ctx, nil))(t)
		want = append(want, "network "+network, "subnet "+subnet)
	}
	must(b.Plant("azure", "virtual-network", map[string]string{"region": "northeurope", "name": "hub", "cidr": "10.88.0.0/16"}))(t)
	hub := must(clients.NewVirtualNetworksClient().Get(ctx, "hub", "hub", nil))(t)
	poller := must(clients.NewVirtualNetworkPeeringsClient().BeginCreateOrUpdate(ctx, "spoke-0", "spoke-0", "to-hub", armnetwork.VirtualNetworkPeering{
		Properties: &armnetwork.VirtualNetworkPeeringPropertiesFormat{RemoteVirtualNetwork: &armnetwork.SubResource{ID: hub.ID}, AllowVirtualNetworkAccess: to.Ptr(true)},
	}, nil))(t)
	must(poller.PollUntilDone(ctx, nil))(t)
	return append(want, "peer 10.88.0.0/16")
}
