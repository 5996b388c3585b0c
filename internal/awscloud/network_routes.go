package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// anywhere is the destination of a default route. Other routes of a table are
// the business of whoever added them: peerings and gateways that the design
// doesn't know.
const anywhere = "0.0.0.0/0"

// hop is where a default route goes: which field of a route, and the id.
type hop struct{ field, id string }

// hopTarget says which field of a route takes an id.
func hopTarget(id string) (field string, target string, ok bool) {
	prefix, _, _ := strings.Cut(id, "-")
	field, ok = map[string]string{
		"igw": "gateway", "vgw": "gateway", "nat": "nat", "tgw": "transit", "vpce": "endpoint",
		"eni": "interface", "i": "instance", "pcx": "peering",
	}[prefix]
	return field, id, ok && id != prefix
}

// hopOf reads the target of a route.
func hopOf(route types.Route) hop {
	for _, h := range []hop{
		{"nat", aws.ToString(route.NatGatewayId)}, {"transit", aws.ToString(route.TransitGatewayId)},
		{"peering", aws.ToString(route.VpcPeeringConnectionId)}, {"interface", aws.ToString(route.NetworkInterfaceId)},
		{"instance", aws.ToString(route.InstanceId)}, {"gateway", aws.ToString(route.GatewayId)},
	} {
		if h.id == "" {
			continue
		}
		if strings.HasPrefix(h.id, "vpce-") {
			h.field = "endpoint"
		}
		return h
	}
	return hop{}
}

// defaultRoute returns the default route of a table, or nil.
func defaultRoute(table types.RouteTable) *types.Route {
	at := slices.IndexFunc(table.Routes, func(r types.Route) bool { return aws.ToString(r.DestinationCidrBlock) == anywhere })
	if at < 0 {
		return nil
	}
	return &table.Routes[at]
}

// routeTo reads back where a subnet's default route really goes: through the
// table that it is associated with, whatever that table is called.
func (v *networkView) routeTo(subnet string) string {
	for _, key := range sortedKeys(v.tables) {
		if tableAssociation(v.tables[key], subnet) != "" {
			return v.routeWord(v.tables[key])
		}
	}
	for _, table := range v.foreign {
		if id := aws.ToString(table.RouteTableId); tableAssociation(table, subnet) != "" {
			if slices.Contains(v.givenTables(), id) {
				return "given/" + id
			}
			return remark(v.routeWord(table), "by route table "+aws.ToString(table.RouteTableId)+", which is not kready's")
		}
	}
	return remark("", "the subnet has no route table of its own")
}

// routeWord is the design's word for a table's default route.
func (v *networkView) routeWord(table types.RouteTable) string {
	route := defaultRoute(table)
	if route == nil {
		return ""
	}
	target := hopOf(*route)
	broken := ""
	if route.State == types.RouteStateBlackhole {
		broken = "leads nowhere: " + target.id + " is gone"
	}
	switch target.field {
	case "nat":
		for key, gateway := range v.nats {
			if aws.ToString(gateway.NatGatewayId) == target.id {
				return remark("nat/"+key, broken)
			}
		}
		if broken == "" {
			broken = "not kready's"
		}
		return remark(target.id, broken)
	case "gateway":
		if !strings.HasPrefix(target.id, "igw-") {
			break
		}
		if v.gateway == nil || aws.ToString(v.gateway.InternetGatewayId) != target.id {
			return remark("internet", "by "+target.id+", which is not kready's")
		}
		if !v.attached(*v.gateway) {
			broken = "leads nowhere: " + target.id + " is not attached"
		}
		return remark("internet", broken)
	}
	return "next_hop" // where that leads nowhere, deadHops warns: it is not ours to repair
}

// deadHops warns of default routes to a next hop that does not answer, such
// as a detached interface.
func (v *networkView) deadHops() []string {
	var warnings []string
	for _, key := range sortedKeys(v.tables) {
		route := defaultRoute(v.tables[key])
		if route == nil || route.State != types.RouteStateBlackhole || v.routeWord(v.tables[key]) != "next_hop" {
			continue
		}
		warnings = append(warnings, "The default route of route-table/"+key+" leads nowhere: AWS can't reach "+hopOf(*route).id+". Check that it exists and is attached.")
	}
	return warnings
}

// nextHop is the target of the tables that lead to neither a NAT gateway nor
// the internet; more than one is a drift.
func (v *networkView) nextHop() string {
	hops := map[string]bool{}
	for _, table := range v.tables {
		if route := defaultRoute(table); route != nil {
			if target := hopOf(*route); target.field != "nat" && !strings.HasPrefix(target.id, "igw-") {
				hops[target.id] = true
			}
		}
	}
	return strings.Join(sortedKeys(hops), ", ")
}

// tableAssociation returns the id of the table's association with the subnet.
func tableAssociation(table types.RouteTable, subnet string) string {
	for _, a := range table.Associations {
		if aws.ToString(a.SubnetId) == subnet && (a.AssociationState == nil || a.AssociationState.State == types.RouteTableAssociationStateCodeAssociated || a.AssociationState.State == types.RouteTableAssociationStateCodeAssociating) {
			return aws.ToString(a.RouteTableAssociationId)
		}
	}
	return ""
}

// tableKeys are the design's route tables: the way out, by table key.
func tableKeys(design blueprint.NetworkDesign) map[string]string {
	keys := map[string]string{}
	for _, subnet := range design.Subnets {
		if !blueprint.IsGivenRoute(subnet.RouteTo) {
			keys[blueprint.RouteTableKey(subnet.RouteTo)] = subnet.RouteTo
		}
	}
	return keys
}

// ensureRouteTables makes the tables, still without a way out.
func (r *networkRun) ensureRouteTables(ctx context.Context) error {
	wanted := tableKeys(r.design)
	r.mu.Lock()
	for key := range r.view.tables {
		delete(wanted, key)
	}
	r.mu.Unlock()
	return each(ctx, wanted, func(ctx context.Context, key, _ string) error {
		component := "route-table/" + key
		made, err := r.createTable(ctx, component)
		if err != nil {
			return wrap(err, r.object(component))
		}
		r.put(component, aws.ToString(made.RouteTableId), func(v *networkView) { v.tables[key] = *made })
		return nil
	})
}

// createTable makes a table under the component's idempotency token. Where
// AWS answers with one that is gone, another token is used.
func (r *networkRun) createTable(ctx context.Context, component string) (*types.RouteTable, error) {
	var dead []string
	tags := r.tagsOf(component)
	for {
		token := idempotencyToken(r.ref, component, append(dead, r.view.vpcID(), tagText(tags))...)
		got, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.CreateRouteTableOutput, error) {
			return r.ec2.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{
				VpcId: r.view.vpc.VpcId, ClientToken: aws.String(token),
				TagSpecifications: tagSpec(types.ResourceTypeRouteTable, tags),
			})
		})
		if err != nil {
			return nil, err
		}
		table, err := r.describeTable(ctx, aws.ToString(got.RouteTable.RouteTableId))
		if err == nil {
			return table, nil
		}
		if !isNotFound(err) || len(dead) > 2 {
			r.made(component, aws.ToString(got.RouteTable.RouteTableId)) // it exists, though nobody may look
			return nil, err
		}
		dead = append(dead, aws.ToString(got.RouteTable.RouteTableId))
	}
}

// describeTable reads a table that was just made.
func (r *networkRun) describeTable(ctx context.Context, id string) (*types.RouteTable, error) {
	return persist(ctx, brief(r.poll), freshLooks/2, isNotFound, func(ctx context.Context) (*types.RouteTable, error) {
		got, err := r.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{id}})
		if err != nil {
			return nil, err
		}
		if len(got.RouteTables) == 0 {
			return nil, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "ec2 DescribeRouteTables", Object: id, Reason: "the table that was just made can't be seen"}
		}
		return &got.RouteTables[0], nil
	})
}

// ensureRoutes points every table's default route to its way out.
func (r *networkRun) ensureRoutes(ctx context.Context) error {
	return each(ctx, tableKeys(r.design), func(ctx context.Context, key, routeTo string) error {
		component := "route-table/" + key
		r.mu.Lock()
		table := r.view.tables[key]
		want := r.view.hopFor(routeTo, r.design)
		r.mu.Unlock()
		have := hop{}
		route := defaultRoute(table)
		if route != nil {
			have = hopOf(*route)
		}
		if have == want {
			return nil
		}
		r.touched()
		err := r.setDefaultRoute(ctx, aws.ToString(table.RouteTableId), route != nil, want)
		return wrap(err, r.object(component))
	})
}

// hopFor is the target of a way out.
func (v *networkView) hopFor(routeTo string, design blueprint.NetworkDesign) hop {
	switch routeTo {
	case "":
		return hop{}
	case "internet":
		if v.gateway == nil {
			return hop{"gateway", ""}
		}
		return hop{"gateway", aws.ToString(v.gateway.InternetGatewayId)}
	case "next_hop":
		field, id, _ := hopTarget(design.NextHop)
		return hop{field, id}
	}
	gateway := v.nats[strings.TrimPrefix(routeTo, "nat/")]
	return hop{"nat", aws.ToString(gateway.NatGatewayId)}
}

// setDefaultRoute makes, replaces or removes a default route. A route that
// exists although it wasn't seen was made by an attempt whose answer was lost.
func (r *networkRun) setDefaultRoute(ctx context.Context, table string, exists bool, want hop) error {
	if want == (hop{}) {
		_, err := commit(ctx, func(ctx context.Context) (*ec2.DeleteRouteOutput, error) {
			return r.ec2.DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(anywhere)})
		})
		return unlessNotFound(err)
	}
	if want.id == "" {
		return &cloud.Error{Kind: cloud.ErrNotFound, Operation: "ec2 CreateRoute", Object: r.object("route table " + table),
			Reason: "the design routes to a gateway that it does not have", Todo: "This is a defect of kready: please report it."}
	}
	field := func(name string) *string {
		if want.field == name {
			return aws.String(want.id)
		}
		return nil
	}
	if !exists {
		_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.CreateRouteOutput, error) {
			return r.ec2.CreateRoute(ctx, &ec2.CreateRouteInput{
				RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(anywhere),
				GatewayId: field("gateway"), NatGatewayId: field("nat"), TransitGatewayId: field("transit"), VpcEndpointId: field("endpoint"),
				NetworkInterfaceId: field("interface"), InstanceId: field("instance"), VpcPeeringConnectionId: field("peering"),
			})
		})
		if !isCode(err, "RouteAlreadyExists") {
			return err
		}
	}
	_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.ReplaceRouteOutput, error) {
		return r.ec2.ReplaceRoute(ctx, &ec2.ReplaceRouteInput{
			RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(anywhere),
			GatewayId: field("gateway"), NatGatewayId: field("nat"), TransitGatewayId: field("transit"), VpcEndpointId: field("endpoint"),
			NetworkInterfaceId: field("interface"), InstanceId: field("instance"), VpcPeeringConnectionId: field("peering"),
		})
	})
	return err
}

// ensureAssociations gives every subnet its table.
func (r *networkRun) ensureAssociations(ctx context.Context) error {
	return each(ctx, r.design.Subnets, func(ctx context.Context, key string, want blueprint.SubnetDesign) error {
		if r.view.isGivenSubnet(key) {
			return nil
		}
		r.mu.Lock()
		subnet := aws.ToString(r.view.subnets[key].SubnetId)
		table := r.view.tables[blueprint.RouteTableKey(want.RouteTo)]
		if id, given := blueprint.GivenTable(want.RouteTo); given {
			if there := r.view.foreignTable(id); there != nil {
				table = *there
			}
		}
		standing := r.view.associationOf(subnet)
		r.mu.Unlock()
		if tableAssociation(table, subnet) != "" {
			return nil
		}
		r.touched()
		err := r.associate(ctx, subnet, aws.ToString(table.RouteTableId), standing)
		return wrap(err, r.object("subnet/"+key))
	})
}

// associationOf is the subnet's association with any table of the VPC.
func (v *networkView) associationOf(subnet string) string {
	for _, key := range sortedKeys(v.tables) {
		if id := tableAssociation(v.tables[key], subnet); id != "" {
			return id
		}
	}
	for _, table := range v.foreign {
		if id := tableAssociation(table, subnet); id != "" {
			return id
		}
	}
	return ""
}

func (r *networkRun) associate(ctx context.Context, subnet, table, standing string) error {
	if standing == "" {
		_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.AssociateRouteTableOutput, error) {
			return r.ec2.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{RouteTableId: aws.String(table), SubnetId: aws.String(subnet)})
		})
		if !isCode(err, "Resource.AlreadyAssociated") {
			return err
		}
		// Made by an attempt whose answer was lost, or by somebody else.
		got, err := r.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("association.subnet-id", subnet)}})
		if err != nil || len(got.RouteTables) == 0 {
			return err
		}
		if aws.ToString(got.RouteTables[0].RouteTableId) == table {
			return nil
		}
		standing = tableAssociation(got.RouteTables[0], subnet)
	}
	_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.ReplaceRouteTableAssociationOutput, error) {
		return r.ec2.ReplaceRouteTableAssociation(ctx, &ec2.ReplaceRouteTableAssociationInput{AssociationId: aws.String(standing), RouteTableId: aws.String(table)})
	})
	return err
}

// removeTable deletes a table and its associations.
func (r *networkRun) removeTable(ctx context.Context, component, id string, associations []types.RouteTableAssociation) error {
	object := r.object(component)
	for _, a := range associations {
		if aws.ToBool(a.Main) || aws.ToString(a.RouteTableAssociationId) == "" {
			continue
		}
		_, err := commit(ctx, func(ctx context.Context) (*ec2.DisassociateRouteTableOutput, error) {
			return r.ec2.DisassociateRouteTable(ctx, &ec2.DisassociateRouteTableInput{AssociationId: a.RouteTableAssociationId})
		})
		if unlessNotFound(err) != nil {
			return wrap(err, object)
		}
	}
	err := r.removeInUse(ctx, object, filter("vpc-id", r.view.vpcID()), func(ctx context.Context) error {
		_, err := r.ec2.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: aws.String(id)})
		return err
	})
	if err != nil {
		return err
	}
	r.drop(component, func(v *networkView) {
		key := strings.TrimPrefix(component, "route-table/")
		if have, ok := v.tables[key]; ok && aws.ToString(have.RouteTableId) == id {
			delete(v.tables, key)
		}
	})
	return nil
}
