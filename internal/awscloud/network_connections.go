package awscloud

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// A connection is a component of the network: the attachment to a transit
// gateway, or the peering. What it does on the far side (acceptance, one
// association, propagations, routes back) is its content, and is done through
// the target that the connection names.

const connectionKind = "connection/"

// connection is a link as AWS shows it.
type connection struct {
	id      string
	tags    []types.Tag
	state   string
	gateway string // transit gateway
	peer    string // VPC
	account string // of the far side
	subnets []string
	table   string   // that the attachment is associated with, where the far side tells
	learn   []string // of the known tables, those that learn our ranges
	back    []string // of the known tables of the peer, those with all routes back
}

// viewConnections reads the links of the network. Nothing is asked where the
// caller knows of none.
func (v *networkView) viewConnections(ctx context.Context) error {
	if len(v.known.Connections) == 0 && v.known.Cluster != "" {
		return nil
	}
	if err := v.viewAttachments(ctx); err != nil {
		return err
	}
	if err := v.viewPeerings(ctx); err != nil {
		return err
	}
	for _, name := range sortedKeys(v.connections) {
		if err := v.viewFarSide(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (v *networkView) viewAttachments(ctx context.Context) error {
	found, err := all(ctx, ec2.NewDescribeTransitGatewayVpcAttachmentsPaginator(v.api.ec2, &ec2.DescribeTransitGatewayVpcAttachmentsInput{Filters: v.inside()}),
		func(page *ec2.DescribeTransitGatewayVpcAttachmentsOutput) []types.TransitGatewayVpcAttachment {
			return page.TransitGatewayVpcAttachments
		})
	if err != nil {
		return wrap(err, ofCluster("connections", v.ref))
	}
	for _, attachment := range found {
		switch attachment.State {
		case types.TransitGatewayAttachmentStateDeleted, types.TransitGatewayAttachmentStateDeleting, types.TransitGatewayAttachmentStateFailed, types.TransitGatewayAttachmentStateRejected:
			continue
		}
		keep(v, v.connections, connectionKind, fromEC2(attachment.Tags), aws.ToString(attachment.TransitGatewayAttachmentId), &connection{
			id: aws.ToString(attachment.TransitGatewayAttachmentId), tags: attachment.Tags, state: string(attachment.State),
			gateway: aws.ToString(attachment.TransitGatewayId), subnets: sorted(attachment.SubnetIds),
		})
	}
	return nil
}

func (v *networkView) viewPeerings(ctx context.Context) error {
	found, err := all(ctx, ec2.NewDescribeVpcPeeringConnectionsPaginator(v.api.ec2, &ec2.DescribeVpcPeeringConnectionsInput{Filters: []types.Filter{filter("requester-vpc-info.vpc-id", v.vpcID())}}),
		func(page *ec2.DescribeVpcPeeringConnectionsOutput) []types.VpcPeeringConnection {
			return page.VpcPeeringConnections
		})
	if err != nil {
		return wrap(err, ofCluster("connections", v.ref))
	}
	for _, peering := range found {
		if peering.Status == nil || peering.AccepterVpcInfo == nil {
			continue
		}
		switch peering.Status.Code {
		case types.VpcPeeringConnectionStateReasonCodeActive, types.VpcPeeringConnectionStateReasonCodePendingAcceptance,
			types.VpcPeeringConnectionStateReasonCodeProvisioning, types.VpcPeeringConnectionStateReasonCodeInitiatingRequest:
		default:
			continue
		}
		keep(v, v.connections, connectionKind, fromEC2(peering.Tags), aws.ToString(peering.VpcPeeringConnectionId), &connection{
			id: aws.ToString(peering.VpcPeeringConnectionId), tags: peering.Tags, state: string(peering.Status.Code),
			peer: aws.ToString(peering.AccepterVpcInfo.VpcId), account: aws.ToString(peering.AccepterVpcInfo.OwnerId),
		})
	}
	return nil
}

// far opens the account of the far side: the target that is named, or this one
// where the other end is here. nil: it is its owner's business.
func (a *api) far(ctx context.Context, design blueprint.ConnectionDesign) (*api, error) {
	switch {
	case design.Target != "":
		return a.elsewhere(ctx, design.Target)
	case design.TransitGatewayID != "":
		got, err := a.ec2.DescribeTransitGateways(ctx, &ec2.DescribeTransitGatewaysInput{TransitGatewayIds: []string{design.TransitGatewayID}})
		if err != nil {
			return nil, err
		}
		if len(got.TransitGateways) > 0 && aws.ToString(got.TransitGateways[0].OwnerId) != a.account {
			return nil, nil
		}
	case design.PeerAccountID != "" && design.PeerAccountID != a.account:
		return nil, nil
	}
	return a, nil
}

// viewFarSide reads what was named for the far side, and nothing else.
func (v *networkView) viewFarSide(ctx context.Context, name string) error {
	known, have := v.known.Connections[name], v.connections[name]
	if known.GatewayTable == "" && len(known.PropagateTo)+len(known.PeerRouteTables) == 0 {
		return nil
	}
	object := ofCluster(connectionKind+name, v.ref)
	far, err := v.api.far(ctx, known)
	if err != nil || far == nil {
		return wrap(err, object)
	}
	if known.GatewayTable != "" {
		got, err := far.ec2.DescribeTransitGatewayAttachments(ctx, &ec2.DescribeTransitGatewayAttachmentsInput{TransitGatewayAttachmentIds: []string{have.id}})
		if unlessNotFound(err) != nil {
			return wrap(err, object)
		}
		if err == nil && len(got.TransitGatewayAttachments) > 0 && got.TransitGatewayAttachments[0].Association != nil {
			have.table = aws.ToString(got.TransitGatewayAttachments[0].Association.TransitGatewayRouteTableId)
		}
	}
	for _, table := range known.PropagateTo {
		got, err := far.ec2.GetTransitGatewayRouteTablePropagations(ctx, &ec2.GetTransitGatewayRouteTablePropagationsInput{
			TransitGatewayRouteTableId: aws.String(table), Filters: []types.Filter{filter("transit-gateway-attachment-id", have.id)}})
		if unlessNotFound(err) != nil {
			return wrap(err, object)
		}
		if err == nil && len(got.TransitGatewayRouteTablePropagations) > 0 {
			have.learn = append(have.learn, table)
		}
	}
	if len(known.PeerRouteTables) == 0 {
		return nil
	}
	tables, err := far.peerTables(ctx, known.PeerRouteTables)
	if err != nil {
		return wrap(err, object)
	}
	for _, table := range tables {
		if len(v.absentRoutes(table, have.id, v.announced())) == 0 {
			have.back = append(have.back, aws.ToString(table.RouteTableId))
		}
	}
	slices.Sort(have.back)
	return nil
}

func (a *api) peerTables(ctx context.Context, ids []string) ([]types.RouteTable, error) {
	return all(ctx, ec2.NewDescribeRouteTablesPaginator(a.ec2, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("route-table-id", ids...)}}),
		func(page *ec2.DescribeRouteTablesOutput) []types.RouteTable { return page.RouteTables })
}

// announced are the ranges that others route back to: the network's, without
// the pods'.
func (v *networkView) announced() []string {
	if v.known.CIDR != "" {
		return []string{v.known.CIDR}
	}
	return []string{aws.ToString(v.vpc.CidrBlock)}
}

// absentRoutes are the destinations that a table does not route to a target.
func (v *networkView) absentRoutes(table types.RouteTable, target string, destinations []string) []string {
	var absent []string
	for _, destination := range destinations {
		if !slices.ContainsFunc(table.Routes, func(r types.Route) bool {
			return aws.ToString(r.DestinationCidrBlock) == destination && hopOf(r).id == target && r.State != types.RouteStateBlackhole
		}) {
			absent = append(absent, destination)
		}
	}
	return absent
}

// connectionDesigns reads the links back.
func (v *networkView) connectionDesigns() map[string]blueprint.ConnectionDesign {
	if len(v.connections) == 0 {
		return nil
	}
	designs := map[string]blueprint.ConnectionDesign{}
	for name, have := range v.connections {
		known := v.known.Connections[name]
		design := blueprint.ConnectionDesign{
			TransitGatewayID: have.gateway, PeerNetworkID: have.peer, Target: known.Target,
			PropagateTo: have.learn, PeerRouteTables: have.back, Routes: v.observedRoutes(name, have),
		}
		if known.GatewayTable != "" {
			design.GatewayTable = have.table
		}
		if have.account != v.api.account || known.PeerAccountID == have.account {
			design.PeerAccountID = have.account
		}
		for _, id := range have.subnets {
			design.Subnets = append(design.Subnets, v.subnetKey(id))
		}
		slices.Sort(design.Subnets)
		designs[name] = design
	}
	return designs
}

// observedRoutes are the ranges that every table of kready's routes to the
// connection. Routes that others added are theirs.
func (v *networkView) observedRoutes(name string, have *connection) []string {
	var routes []string
	for _, destination := range v.known.Connections[name].Routes {
		var lack []string
		for _, key := range sortedKeys(v.tables) {
			if len(v.absentRoutes(v.tables[key], have.target(), []string{destination})) > 0 {
				lack = append(lack, "route-table/"+key)
			}
		}
		what := ""
		if len(lack) > 0 {
			what = "missing in " + strings.Join(lack, ", ")
		}
		routes = append(routes, remark(destination, what))
	}
	return routes
}

// target is what routes through the connection lead to.
func (c *connection) target() string {
	if c.gateway != "" {
		return c.gateway
	}
	return c.id
}

// ensureConnections makes the links and what they do on the far side.
func (r *networkRun) ensureConnections(ctx context.Context) error {
	return each(ctx, r.design.Connections, func(ctx context.Context, name string, want blueprint.ConnectionDesign) error {
		object := r.object(connectionKind + name)
		r.mu.Lock()
		have := r.view.connections[name]
		r.mu.Unlock()
		if have != nil && (have.gateway != want.TransitGatewayID || have.peer != want.PeerNetworkID) {
			if err := r.removeConnection(ctx, name, have.id); err != nil {
				return err
			}
			have = nil
		}
		if have == nil {
			made, err := r.createConnection(ctx, name, want)
			if err != nil {
				return wrap(err, object)
			}
			have = made
			r.put(connectionKind+name, have.id, func(v *networkView) { v.connections[name] = have })
		}
		far, err := r.far(ctx, want)
		if err != nil {
			return wrap(err, object)
		}
		if err := r.openConnection(ctx, name, want, have, far); err != nil {
			return err
		}
		if err := r.ensureAttachmentSubnets(ctx, name, want, have); err != nil {
			return err
		}
		return r.ensureFarSide(ctx, name, want, have, far)
	})
}

// createConnection makes the attachment or the peering. Neither takes an
// idempotency token: an attempt whose answer was lost is looked for by its tags.
func (r *networkRun) createConnection(ctx context.Context, name string, want blueprint.ConnectionDesign) (*connection, error) {
	component := connectionKind + name
	made := &connection{gateway: want.TransitGatewayID, peer: want.PeerNetworkID, account: want.PeerAccountID, state: "pending", tags: ec2Tags(r.tagsOf(component))}
	find := func(ctx context.Context) (string, error) {
		look := &networkView{api: r.api, ref: r.ref, known: r.view.known, vpc: r.view.vpc, connections: map[string]*connection{}}
		if err := together(look.viewAttachments, look.viewPeerings)(ctx); err != nil || look.connections[name] == nil {
			return "", err
		}
		made = look.connections[name]
		return made.id, nil
	}
	id, err := create(ctx, brief(r.poll), find, func(ctx context.Context) (string, error) {
		return retryFresh(ctx, r.poll, func(ctx context.Context) (string, error) {
			if want.TransitGatewayID == "" {
				return r.createPeering(ctx, want, component)
			}
			made.subnets = r.connectionSubnets(want)
			got, err := r.ec2.CreateTransitGatewayVpcAttachment(ctx, &ec2.CreateTransitGatewayVpcAttachmentInput{
				TransitGatewayId: aws.String(want.TransitGatewayID), VpcId: r.view.vpc.VpcId, SubnetIds: made.subnets,
				TagSpecifications: tagSpec(types.ResourceTypeTransitGatewayAttachment, r.tagsOf(component)),
			}, once)
			if err != nil {
				return "", err
			}
			return aws.ToString(got.TransitGatewayVpcAttachment.TransitGatewayAttachmentId), nil
		})
	})
	made.id = id
	return made, err
}

func (r *networkRun) createPeering(ctx context.Context, want blueprint.ConnectionDesign, component string) (string, error) {
	input := &ec2.CreateVpcPeeringConnectionInput{
		VpcId: r.view.vpc.VpcId, PeerVpcId: aws.String(want.PeerNetworkID),
		TagSpecifications: tagSpec(types.ResourceTypeVpcPeeringConnection, r.tagsOf(component)),
	}
	if want.PeerAccountID != "" {
		input.PeerOwnerId = aws.String(want.PeerAccountID)
	}
	got, err := r.ec2.CreateVpcPeeringConnection(ctx, input, once)
	if err != nil {
		return "", err
	}
	return aws.ToString(got.VpcPeeringConnection.VpcPeeringConnectionId), nil
}

func (r *networkRun) connectionSubnets(want blueprint.ConnectionDesign) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for _, key := range want.Subnets {
		ids = append(ids, aws.ToString(r.view.subnets[key].SubnetId))
	}
	return sorted(ids)
}

// openConnection waits until traffic can pass, and accepts on the far side
// where that is kready's to do.
func (r *networkRun) openConnection(ctx context.Context, name string, want blueprint.ConnectionDesign, have *connection, far *api) error {
	object, accepted := r.object(connectionKind+name), false
	return r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		state, message, err := r.connectionState(ctx, have)
		if err != nil {
			return false, "", wrap(err, object)
		}
		have.state = state
		switch state {
		case "available", "active":
			return true, "", nil
		case "pendingAcceptance", "pending-acceptance":
			if far == nil {
				return false, "", &cloud.Error{Kind: cloud.ErrConflict, Operation: "wait", Object: object,
					Reason: have.id + " waits until the owner of " + have.target() + have.peer + " accepts it",
					Todo:   "Name the provider target of its account in network.connections[\"" + name + "\"].target; or have it accepted, and apply again."}
			}
			if !accepted {
				accepted = true
				r.touched()
				return false, "accepted", wrap(far.accept(ctx, want, have.id), object)
			}
		case "failed", "rejected", "deleted", "deleting", "expired":
			return false, "", &cloud.Error{Kind: cloud.ErrConflict, Operation: "wait", Object: object, Reason: have.id + " is " + state + ": " + message,
				Todo: "A peering fails where ranges of the two networks overlap, pod ranges included; a rejected one has to be talked about with its owner. Then apply again."}
		}
		return false, state, nil
	})
}

func (r *networkRun) connectionState(ctx context.Context, have *connection) (state, message string, err error) {
	if have.gateway == "" {
		got, err := r.ec2.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{VpcPeeringConnectionIds: []string{have.id}})
		if isNotFound(err) || err == nil && len(got.VpcPeeringConnections) == 0 {
			return "not visible", "", nil
		}
		if err != nil {
			return "", "", err
		}
		status := got.VpcPeeringConnections[0].Status
		return string(status.Code), aws.ToString(status.Message), nil
	}
	got, err := r.ec2.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{TransitGatewayAttachmentIds: []string{have.id}})
	if isNotFound(err) || err == nil && len(got.TransitGatewayVpcAttachments) == 0 {
		return "not visible", "", nil
	}
	if err != nil {
		return "", "", err
	}
	return string(got.TransitGatewayVpcAttachments[0].State), "", nil
}

// accept is what the far side says.
func (a *api) accept(ctx context.Context, want blueprint.ConnectionDesign, id string) error {
	if want.TransitGatewayID == "" {
		_, err := settle(ctx, a.poll, func(ctx context.Context) (*ec2.AcceptVpcPeeringConnectionOutput, error) {
			return a.ec2.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: aws.String(id)})
		})
		return err
	}
	_, err := settle(ctx, a.poll, func(ctx context.Context) (*ec2.AcceptTransitGatewayVpcAttachmentOutput, error) {
		return a.ec2.AcceptTransitGatewayVpcAttachment(ctx, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: aws.String(id)})
	})
	return err
}

// ensureAttachmentSubnets gives an attachment a foot in every zone.
func (r *networkRun) ensureAttachmentSubnets(ctx context.Context, name string, want blueprint.ConnectionDesign, have *connection) error {
	subnets := r.connectionSubnets(want)
	add, drop := without(subnets, have.subnets), without(have.subnets, subnets)
	if want.TransitGatewayID == "" || len(add)+len(drop) == 0 {
		return nil
	}
	r.touched()
	_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.ModifyTransitGatewayVpcAttachmentOutput, error) {
		return r.ec2.ModifyTransitGatewayVpcAttachment(ctx, &ec2.ModifyTransitGatewayVpcAttachmentInput{
			TransitGatewayAttachmentId: aws.String(have.id), AddSubnetIds: add, RemoveSubnetIds: drop})
	})
	if err != nil {
		return wrap(err, r.object(connectionKind+name))
	}
	have.subnets = subnets
	return r.openConnection(ctx, name, want, have, nil)
}

// ensureFarSide sets what is named for the far side, and takes back what was.
func (r *networkRun) ensureFarSide(ctx context.Context, name string, want blueprint.ConnectionDesign, have *connection, far *api) error {
	object, known := r.object(connectionKind+name), r.known.Connections[name]
	if want.GatewayTable == "" && len(want.PropagateTo)+len(want.PeerRouteTables)+len(known.PropagateTo)+len(known.PeerRouteTables) == 0 {
		return nil
	}
	if far == nil {
		return &cloud.Error{Kind: cloud.ErrDenied, Operation: "ensure", Object: object, Reason: "the far side is in another account, and the connection names no target that leads there",
			Todo: fmt.Sprintf("Set network.connections[%q].target, or leave its route tables to their owner.", name)}
	}
	if err := r.associateGateway(ctx, far, want.GatewayTable, have); err != nil {
		return wrap(err, object)
	}
	for _, table := range without(want.PropagateTo, have.learn) {
		r.touched()
		_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.EnableTransitGatewayRouteTablePropagationOutput, error) {
			return far.ec2.EnableTransitGatewayRouteTablePropagation(ctx, &ec2.EnableTransitGatewayRouteTablePropagationInput{
				TransitGatewayAttachmentId: aws.String(have.id), TransitGatewayRouteTableId: aws.String(table)})
		})
		if err != nil && !isCode(err, "TransitGatewayRouteTablePropagation.Duplicate") {
			return wrap(err, object)
		}
	}
	for _, table := range without(known.PropagateTo, want.PropagateTo) {
		r.touched()
		_, err := commit(ctx, func(ctx context.Context) (*ec2.DisableTransitGatewayRouteTablePropagationOutput, error) {
			return far.ec2.DisableTransitGatewayRouteTablePropagation(ctx, &ec2.DisableTransitGatewayRouteTablePropagationInput{
				TransitGatewayAttachmentId: aws.String(have.id), TransitGatewayRouteTableId: aws.String(table)})
		})
		if unlessNotFound(err) != nil {
			return wrap(err, object)
		}
	}
	if err := r.routeBack(ctx, far, without(want.PeerRouteTables, have.back), have.id, true); err != nil {
		return wrap(err, object)
	}
	return wrap(r.routeBack(ctx, far, without(known.PeerRouteTables, want.PeerRouteTables), have.id, false), object)
}

// associateGateway moves the attachment to the table that is named; it has one
// at a time.
func (r *networkRun) associateGateway(ctx context.Context, far *api, want string, have *connection) error {
	if want == "" || have.table == want {
		return nil
	}
	r.touched()
	table := func(ctx context.Context) (string, error) {
		got, err := far.ec2.DescribeTransitGatewayAttachments(ctx, &ec2.DescribeTransitGatewayAttachmentsInput{TransitGatewayAttachmentIds: []string{have.id}})
		if err != nil || len(got.TransitGatewayAttachments) == 0 || got.TransitGatewayAttachments[0].Association == nil {
			return "", err
		}
		return aws.ToString(got.TransitGatewayAttachments[0].Association.TransitGatewayRouteTableId), nil
	}
	standing, err := table(ctx)
	if err != nil || standing == want {
		return err
	}
	if standing != "" {
		_, err := commit(ctx, func(ctx context.Context) (*ec2.DisassociateTransitGatewayRouteTableOutput, error) {
			return far.ec2.DisassociateTransitGatewayRouteTable(ctx, &ec2.DisassociateTransitGatewayRouteTableInput{
				TransitGatewayAttachmentId: aws.String(have.id), TransitGatewayRouteTableId: aws.String(standing)})
		})
		if unlessNotFound(err) != nil {
			return err
		}
		err = r.poll.Until(ctx, have.id, func(ctx context.Context) (bool, string, error) {
			now, err := table(ctx)
			return now == "", "associated with " + now, err
		})
		if err != nil {
			return err
		}
	}
	_, err = settle(ctx, r.poll, func(ctx context.Context) (*ec2.AssociateTransitGatewayRouteTableOutput, error) {
		return far.ec2.AssociateTransitGatewayRouteTable(ctx, &ec2.AssociateTransitGatewayRouteTableInput{
			TransitGatewayAttachmentId: aws.String(have.id), TransitGatewayRouteTableId: aws.String(want)})
	})
	if isCode(err, "Resource.AlreadyAssociated") {
		return nil // by an attempt whose answer was lost; the next look tells
	}
	return err
}

// routeBack adds the routes to this network to tables of a peer, or takes those
// that lead through this peering out again.
func (r *networkRun) routeBack(ctx context.Context, far *api, tables []string, peering string, add bool) error {
	if len(tables) == 0 {
		return nil
	}
	have, err := far.peerTables(ctx, tables)
	if err != nil {
		return err
	}
	if add && len(have) < len(tables) {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "verify", Object: strings.Join(tables, ", "), Reason: "not all of these route tables are in account " + far.account,
			Todo: "Correct peer_route_tables, or the target."}
	}
	for _, table := range have {
		for _, destination := range r.view.announced() {
			absent := len(r.view.absentRoutes(table, peering, []string{destination})) > 0
			if absent == !add {
				continue
			}
			r.touched()
			if err := far.setRoute(ctx, aws.ToString(table.RouteTableId), destination, hop{"peering", peering}, add); err != nil {
				return err
			}
		}
	}
	return nil
}

// setRoute makes or removes one route of a table.
func (a *api) setRoute(ctx context.Context, table, destination string, to hop, add bool) error {
	if !add {
		_, err := commit(ctx, func(ctx context.Context) (*ec2.DeleteRouteOutput, error) {
			return a.ec2.DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(destination)})
		})
		return unlessNotFound(err)
	}
	input := &ec2.CreateRouteInput{RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(destination)}
	replace := &ec2.ReplaceRouteInput{RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(destination)}
	if to.field == "transit" {
		input.TransitGatewayId, replace.TransitGatewayId = aws.String(to.id), aws.String(to.id)
	} else {
		input.VpcPeeringConnectionId, replace.VpcPeeringConnectionId = aws.String(to.id), aws.String(to.id)
	}
	_, err := settle(ctx, a.poll, func(ctx context.Context) (*ec2.CreateRouteOutput, error) { return a.ec2.CreateRoute(ctx, input) })
	if isCode(err, "RouteAlreadyExists") {
		_, err = settle(ctx, a.poll, func(ctx context.Context) (*ec2.ReplaceRouteOutput, error) { return a.ec2.ReplaceRoute(ctx, replace) })
	}
	return err
}

// ensureConnectionRoutes gives every table of kready's the routes of every
// connection, and takes out those that a former design had.
func (r *networkRun) ensureConnectionRoutes(ctx context.Context) error {
	r.mu.Lock()
	tables, connections := maps.Clone(r.view.tables), maps.Clone(r.view.connections)
	r.mu.Unlock()
	wanted := tableKeys(r.design)
	return each(ctx, tables, func(ctx context.Context, key string, table types.RouteTable) error {
		if _, stays := wanted[key]; !stays {
			return nil
		}
		object, id := r.object("route-table/"+key), aws.ToString(table.RouteTableId)
		for _, name := range sortedKeys(connections) {
			have := connections[name]
			want := r.design.Connections[name].Routes
			to := hop{"peering", have.target()}
			if have.gateway != "" {
				to.field = "transit"
			}
			for _, destination := range r.view.absentRoutes(table, to.id, want) {
				r.touched()
				if err := r.setRoute(ctx, id, destination, to, true); err != nil {
					return wrap(err, object)
				}
			}
			for _, destination := range without(r.known.Connections[name].Routes, want) {
				if r.routedElsewhere(destination) || len(r.view.absentRoutes(table, to.id, []string{destination})) > 0 {
					continue
				}
				r.touched()
				if err := r.setRoute(ctx, id, destination, to, false); err != nil {
					return wrap(err, object)
				}
			}
		}
		return nil
	})
}

// routedElsewhere tells whether any connection of the design wants the range.
func (r *networkRun) routedElsewhere(destination string) bool {
	for _, connection := range r.design.Connections {
		if slices.Contains(connection.Routes, destination) {
			return true
		}
	}
	return false
}

// removeConnection takes routes back, on both sides, and removes the link.
func (r *networkRun) removeConnection(ctx context.Context, name, id string) error {
	object := r.object(connectionKind + name)
	known := r.known.Connections[name]
	if len(known.PeerRouteTables) > 0 && strings.HasPrefix(id, "pcx-") {
		far, err := r.far(ctx, known)
		if err == nil && far != nil {
			err = r.routeBack(ctx, far, known.PeerRouteTables, id, false)
		}
		if err != nil {
			return wrap(err, object)
		}
	}
	if err := r.withdrawRoutes(ctx, name, id); err != nil {
		return wrap(err, object)
	}
	_, err := commit(ctx, func(ctx context.Context) (struct{}, error) {
		if strings.HasPrefix(id, "pcx-") {
			_, err := r.ec2.DeleteVpcPeeringConnection(ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: aws.String(id)})
			return struct{}{}, err
		}
		_, err := r.ec2.DeleteTransitGatewayVpcAttachment(ctx, &ec2.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: aws.String(id)})
		return struct{}{}, err
	})
	if unlessNotFound(err) != nil {
		return wrap(err, object)
	}
	gone := &connection{id: id}
	if !strings.HasPrefix(id, "pcx-") {
		gone.gateway = "tgw"
	}
	err = r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		state, _, err := r.connectionState(ctx, gone)
		return state == "not visible" || state == "deleted", state, err
	})
	if err != nil {
		return wrap(err, object)
	}
	r.drop(connectionKind+name, func(v *networkView) { delete(v.connections, name) })
	return nil
}

// withdrawRoutes takes the routes of a connection out of kready's own tables:
// they would lead nowhere.
func (r *networkRun) withdrawRoutes(ctx context.Context, name, id string) error {
	r.mu.Lock()
	tables, have := maps.Clone(r.view.tables), r.view.connections[name]
	r.mu.Unlock()
	if have == nil || have.id != id {
		return nil
	}
	for _, key := range sortedKeys(tables) {
		for _, destination := range r.known.Connections[name].Routes {
			if r.routedElsewhere(destination) || len(r.view.absentRoutes(tables[key], have.target(), []string{destination})) > 0 {
				continue
			}
			if err := r.setRoute(ctx, aws.ToString(tables[key].RouteTableId), destination, hop{}, false); err != nil {
				return err
			}
		}
	}
	return nil
}
