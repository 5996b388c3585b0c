package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const (
	hubAccount  = "111122223333"
	prodAccount = "222233334444"
	devAccount  = "333344445555"
)

// organisation is what was there before kready came: a hub with a transit
// gateway in one account, an account for production with a VPC in it, one for
// development, and guard rails in both.
type organisation struct {
	*box
	gateway, spokes, shared  string // transit gateway, and its route tables
	vpc                      string
	subnets                  map[string]string // of the VPC, by subnet key
	nodesTable, controlTable string
}

// inAccount is a client configuration of an account of the organisation.
func (b *box) inAccount(account string) aws.Config {
	config := aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKIAPERSON", "secret", ""),
		HTTPClient: &http.Client{Transport: b.Transport()},
	}
	if account != hubAccount {
		config.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(config), "arn:aws:iam::"+account+":role/deployer"))
	}
	return config
}

// must is the answer, or the end of the test.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (b *box) plant(t *testing.T, what string, arguments map[string]string) []sandbox.Object {
	t.Helper()
	return must(b.Plant("aws", what, arguments))(t)
}

func newOrganisation(t *testing.T) *organisation {
	t.Helper()
	ctx := context.Background()
	o := &organisation{box: newBox(t), subnets: map[string]string{}}
	boundary := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	for _, account := range []string{prodAccount, devAccount} {
		o.plant(t, "account", map[string]string{"account": account, "region": "eu-west-1"})
		must(iam.NewFromConfig(o.inAccount(account)).CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("boundary"), PolicyDocument: aws.String(boundary)}))(t)
	}
	for _, object := range o.plant(t, "transit-gateway", map[string]string{"region": "eu-west-1", "share": prodAccount + "," + devAccount}) {
		if object.Type == "ec2/transit-gateway" {
			o.gateway = object.ID
		}
	}
	hub := ec2.NewFromConfig(o.inAccount(hubAccount))
	for _, table := range []*string{&o.spokes, &o.shared} {
		*table = *must(hub.CreateTransitGatewayRouteTable(ctx, &ec2.CreateTransitGatewayRouteTableInput{TransitGatewayId: &o.gateway}))(t).TransitGatewayRouteTable.TransitGatewayRouteTableId
	}
	o.makeVPC(t)
	return o
}

// makeVPC is the VPC that the production account was handed: attached to the
// hub by whoever runs the network, with all that a cluster needs but a cluster.
func (o *organisation) makeVPC(t *testing.T) {
	t.Helper()
	ctx, client := context.Background(), ec2.NewFromConfig(o.inAccount(prodAccount))
	tags := func(kind types.ResourceType, name string) []types.TagSpecification {
		return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String(name)}, {Key: aws.String("team"), Value: aws.String("network")}}}}
	}
	o.vpc = *must(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.72.0.0/16"), TagSpecifications: tags(types.ResourceTypeVpc, "prod")}))(t).Vpc.VpcId
	must(client.ModifyVpcAttribute(ctx, &ec2.ModifyVpcAttributeInput{VpcId: &o.vpc, EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(true)}}))(t)
	must(client.AssociateVpcCidrBlock(ctx, &ec2.AssociateVpcCidrBlockInput{VpcId: &o.vpc, CidrBlock: aws.String("100.70.0.0/16")}))(t)
	must(client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{}))(t)
	var attach []string
	for i, zone := range []string{"a", "b", "c"} {
		for key, cidr := range map[string]string{
			"control_plane": fmt.Sprintf("10.72.255.%d/28", 16*i), "nodes": fmt.Sprintf("10.72.%d.0/20", 16*i), "pods": fmt.Sprintf("100.70.%d.0/18", 64*i),
		} {
			id := *must(client.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: &o.vpc, CidrBlock: aws.String(cidr), AvailabilityZone: aws.String("eu-west-1" + zone), TagSpecifications: tags(types.ResourceTypeSubnet, key+zone)}))(t).Subnet.SubnetId
			o.subnets[key+"-eu-west-1"+zone] = id
			if key == "nodes" {
				attach = append(attach, id)
			}
		}
	}
	must(client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{}))(t)
	must(client.CreateTransitGatewayVpcAttachment(ctx, &ec2.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: &o.gateway, VpcId: &o.vpc, SubnetIds: attach}))(t)
	waiting := must(client.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{}))(t).TransitGatewayVpcAttachments[0]
	hub := ec2.NewFromConfig(o.inAccount(hubAccount))
	must(hub.AcceptTransitGatewayVpcAttachment(ctx, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: waiting.TransitGatewayAttachmentId}))(t)
	for range 3 {
		must(client.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{}))(t)
	}
	for _, table := range []*string{&o.nodesTable, &o.controlTable} {
		*table = *must(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &o.vpc, TagSpecifications: tags(types.ResourceTypeRouteTable, "private")}))(t).RouteTable.RouteTableId
		must(client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: table, DestinationCidrBlock: aws.String("0.0.0.0/0"), TransitGatewayId: &o.gateway}))(t)
	}
	for key, id := range o.subnets {
		table := o.nodesTable
		if strings.HasPrefix(key, "control_plane") {
			table = o.controlTable
		}
		must(client.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{RouteTableId: &table, SubnetId: aws.String(id)}))(t)
	}
}

// config is one configuration for both accounts: what differs is data.
func (o *organisation) config(t *testing.T, edits ...string) string {
	t.Helper()
	subnets, tables := "", ""
	for _, key := range slices.Sorted(maps.Keys(o.subnets)) {
		subnets += fmt.Sprintf("            %q = %q\n", key, o.subnets[key])
		if !strings.HasPrefix(key, "control_plane") {
			tables += fmt.Sprintf("            %q = %q\n", key, o.nodesTable)
		}
	}
	text := fmt.Sprintf(`
provider "kready" {
  sandbox = { path = %s }
  owner   = "platform-team/eu"
  targets = {
    prod = { aws = { assume_role = { role_arn = "arn:aws:iam::%[2]s:role/deployer" }, allowed_account_ids = ["%[2]s"] } }
    dev  = { aws = { assume_role = { role_arn = "arn:aws:iam::%[3]s:role/deployer" }, allowed_account_ids = ["%[3]s"] } }
    hub  = { aws = { allowed_account_ids = ["%[4]s"] } }
    idle = { aws = { assume_role = { role_arn = "arn:aws:iam::999988887777:role/nobody" } } }
  }
  default_tags    = { CostCenter = "4711" }
  ignore_tags     = { key_prefixes = ["scanner-"] }
  tag_policies    = { CostCenter = { values = ["4711"], required = true }, Stage = { values = ["production", "development"] } }
  allowed_regions = ["eu-west-1"]
}

locals {
  clusters = {
    prod = {
      account = "%[2]s"
      network = {
        cidr           = "10.72.0.0/16"
        zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
        reachable_from = ["10.64.0.0/14"]
        egress         = "nat"
        existing = {
          network_id   = %[5]q
          subnets      = {
%[6]s          }
          route_tables = {
%[7]s          }
        }
      }
    }
    dev = {
      account = "%[3]s"
      network = {
        cidr           = "10.73.0.0/16"
        zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
        reachable_from = ["10.64.0.0/14"]
        egress         = "appliance"
        next_hop       = %[8]q
        pods           = { cidrs = ["100.71.0.0/16"] }
        connections = {
          hub = {
            transit_gateway_id             = %[8]q
            transit_gateway_route_table_id = %[9]q
            propagate_to                   = [%[10]q]
            routes                         = ["10.64.0.0/14", "10.72.0.0/16"]
            target                         = "hub"
          }
        }
      }
    }
  }
}

resource "kready_cluster_blueprint" "this" {
  for_each = local.clusters

  name               = "shop-${each.key}"
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.34"
  target             = each.key
  network            = each.value.network
  access = {
    admin_groups = ["arn:aws:iam::${each.value.account}:role/platform-admin"]
    break_glass  = ["arn:aws:iam::${each.value.account}:role/break-glass"]
    bindings     = { shop = { principal = "arn:aws:iam::${each.value.account}:role/shop", role = "edit", namespaces = ["shop"] } }
  }
  node_pools = { system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" } }
  aws = {
    permissions_boundary = "arn:aws:iam::${each.value.account}:policy/boundary"
    role_path            = "/platform/"
    role_name_prefix     = "acme-"
  }
  tags                = { Stage = "production" }
  on_destroy          = { logs = "delete" }
  deletion_protection = false
}

module "cluster" {
  source   = %[11]s
  for_each = kready_cluster_blueprint.this

  blueprint = each.value
}
`, quote(o.path), prodAccount, devAccount, hubAccount, o.vpc, subnets, tables, o.gateway, o.spokes, o.shared, quote(moduleSource(t, "cluster")))
	return edit(t, text, edits...)
}

// stored is every object as the sandbox's file has it, by type, account and id.
func (b *box) stored(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Objects map[string]map[string][]json.RawMessage
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	objects := map[string]string{}
	for cloud, kinds := range file.Objects {
		for kind, list := range kinds {
			for _, raw := range list {
				var meta sandbox.Meta
				if err := json.Unmarshal(raw, &meta); err != nil {
					t.Fatal(err)
				}
				if !meta.Hidden && !meta.Pending {
					objects[strings.Join([]string{cloud, kind, meta.Account, meta.Region, meta.ID}, " ")] = string(raw)
				}
			}
		}
	}
	return objects
}

// untouched fails unless everything that was there before is there, exactly as
// it was, and nothing else.
func (b *box) untouched(t *testing.T, before map[string]string) {
	t.Helper()
	after := b.stored(t)
	for key, was := range before {
		if now, there := after[key]; !there {
			t.Errorf("%s is gone", key)
		} else if now != was {
			t.Errorf("%s was changed:\nwas %s\nnow %s", key, was, now)
		}
	}
	for key := range after {
		if _, there := before[key]; !there {
			t.Errorf("%s is left", key)
		}
	}
}

// TestAccOrganisation proves the way into an organisation that is there
// already: one configuration builds in two accounts, one cluster in a VPC that
// was handed over, the other attached to a hub in a third account, under
// boundary, role path, prefix and tag policy. The second plan is empty, nothing
// is called for a target that nothing uses, and destroying leaves everything
// that was there exactly as it was.
func TestAccOrganisation(t *testing.T) {
	t.Parallel()
	o := newOrganisation(t)
	before := o.stored(t)
	w := newWorkspace(t, o.config(t))
	w.apply()
	w.empty()
	o.judgeRoles(t)
	o.judgeHub(t)
	o.judgeGiven(t, before)
	if err := o.Journal(func(e sandbox.Entry) error {
		if strings.Contains(e.Object, "999988887777") {
			return fmt.Errorf("%s was called for a target that nothing uses", e.Operation)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	o.addForeignRoutes(t)
	w.empty() // routes and tags of others are no drift
	o.dropForeignRoutes(t)
	w.destroy()
	o.untouched(t, before)
}

// judgeRoles holds every role that kready made against the guard rails.
func (o *organisation) judgeRoles(t *testing.T) {
	t.Helper()
	for _, account := range []string{prodAccount, devAccount} {
		client, count := iam.NewFromConfig(o.inAccount(account)), 0
		for _, role := range must(client.ListRoles(context.Background(), &iam.ListRolesInput{}))(t).Roles {
			if *role.RoleName == "deployer" || strings.HasPrefix(*role.Path, "/aws-service-role/") {
				continue
			}
			count++
			got := must(client.GetRole(context.Background(), &iam.GetRoleInput{RoleName: role.RoleName}))(t).Role
			if *got.Path != "/platform/" || !strings.HasPrefix(*got.RoleName, "acme-") || got.PermissionsBoundary == nil ||
				*got.PermissionsBoundary.PermissionsBoundaryArn != "arn:aws:iam::"+account+":policy/boundary" {
				t.Errorf("role %s%s is outside of the guard rails", *got.Path, *got.RoleName)
			}
		}
		if count < 3 {
			t.Errorf("account %s has %d roles of kready's", account, count)
		}
	}
}

// judgeHub asks the hub what it learnt.
func (o *organisation) judgeHub(t *testing.T) {
	t.Helper()
	ctx, client := context.Background(), ec2.NewFromConfig(o.inAccount(hubAccount))
	routes := must(client.SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
		TransitGatewayRouteTableId: &o.shared, Filters: []types.Filter{{Name: aws.String("type"), Values: []string{"propagated"}}}}))(t).Routes
	var learnt []string
	for _, route := range routes {
		learnt = append(learnt, *route.DestinationCidrBlock)
	}
	slices.Sort(learnt)
	if !slices.Equal(learnt, []string{"10.73.0.0/16", "100.71.0.0/16"}) {
		t.Errorf("the hub learnt %v", learnt)
	}
	if got := must(client.GetTransitGatewayRouteTableAssociations(ctx, &ec2.GetTransitGatewayRouteTableAssociationsInput{TransitGatewayRouteTableId: &o.spokes}))(t).Associations; len(got) != 1 {
		t.Errorf("%d attachments are associated with the table of the spokes", len(got))
	}
}

// judgeGiven holds what was handed over against what it was: a gateway
// endpoint's route in the table that was named for it, and nothing else.
func (o *organisation) judgeGiven(t *testing.T, before map[string]string) {
	t.Helper()
	after := o.stored(t)
	for key, was := range before {
		switch now := after[key]; {
		case now == was, strings.Contains(key, "ec2/transit-gateway-route-table"), strings.HasSuffix(key, o.nodesTable):
		case strings.Contains(key, "ec2/subnet ") || strings.Contains(key, "ec2/vpc ") || strings.HasSuffix(key, o.controlTable):
			t.Errorf("%s was changed:\nwas %s\nnow %s", key, was, now)
		}
	}
}

// addForeignRoutes is what a network team does beside kready's.
func (o *organisation) addForeignRoutes(t *testing.T) {
	t.Helper()
	ctx, client := context.Background(), ec2.NewFromConfig(o.inAccount(devAccount))
	for _, table := range o.devTables(t) {
		must(client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: aws.String(table), DestinationCidrBlock: aws.String("10.99.0.0/16"), TransitGatewayId: &o.gateway}))(t)
		must(client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{table}, Tags: []types.Tag{{Key: aws.String("scanner-run"), Value: aws.String("7")}}}))(t)
	}
}

func (o *organisation) dropForeignRoutes(t *testing.T) {
	t.Helper()
	client := ec2.NewFromConfig(o.inAccount(devAccount))
	for _, table := range o.devTables(t) {
		must(client.DeleteRoute(context.Background(), &ec2.DeleteRouteInput{RouteTableId: aws.String(table), DestinationCidrBlock: aws.String("10.99.0.0/16")}))(t)
	}
}

func (o *organisation) devTables(t *testing.T) []string {
	t.Helper()
	var ids []string
	client := ec2.NewFromConfig(o.inAccount(devAccount))
	for _, table := range must(client.DescribeRouteTables(context.Background(), &ec2.DescribeRouteTablesInput{Filters: []types.Filter{{Name: aws.String("tag-key"), Values: []string{"kready-component"}}}}))(t).RouteTables {
		ids = append(ids, *table.RouteTableId)
	}
	return ids
}
