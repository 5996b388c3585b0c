package awscloud

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Tags of the VPC that remember what can't be found by tag or read back.
const (
	tagLogGroup = "kready-flow-log-group" // name of the log group
	tagLogRole  = "kready-flow-log-role"  // name of the role
	tagTarget   = "kready-target"         // the design's target
)

// networkView is a network as AWS shows it, by the keys of the design.
type networkView struct {
	api   *api
	ref   cloud.Ref
	known blueprint.NetworkDesign // where to look, never what is

	vpc          *types.Vpc // nil: there is none
	vpcTags      map[string]string
	twins        []string // further VPCs with the same tags
	dnsSupport   bool
	dnsHostnames bool
	heirs        map[string]string // ownership tags of a subnet, where the VPC lost its own

	subnets      map[string]types.Subnet                // by design key
	reservations map[string]types.SubnetCidrReservation // by range
	tables       map[string]types.RouteTable            // by route table key
	foreign      []types.RouteTable                     // tables in the VPC that are not kready's
	gateway      *types.InternetGateway
	nats         map[string]types.NatGateway // alive, by design key
	deadNATs     []types.NatGateway          // failed or going
	graves       map[string][]string         // ids of NAT gateways that are gone and still shown, by component
	addresses    map[string]types.Address    // by address key
	endpoints    map[string]types.VpcEndpoint
	deadPoints   []types.VpcEndpoint
	groups       []types.SecurityGroup // of the endpoints
	group        *types.SecurityGroup  // the one of them that is used
	defaultGroup *types.SecurityGroup
	connections  map[string]*connection
	flowLog      *types.FlowLog
	logGroup     *logGroup
	role         *observedRole
	strangers    []componentObject // of a name that the design wants, but not kready's

	// spares are objects beyond one per component, such as two runs at once
	// leave; they are removed.
	spareMu sync.Mutex
	spares  []spare
}

// spare is an object that the design has no place for.
type spare struct{ component, id string }

func (v *networkView) addSpare(component, id string) {
	v.spareMu.Lock()
	defer v.spareMu.Unlock()
	v.spares = append(v.spares, spare{component, id})
}

func (v *networkView) vpcID() string {
	if v.vpc == nil {
		return ""
	}
	return aws.ToString(v.vpc.VpcId)
}

// ownership are the tags by which the network is judged: the VPC's, or where
// somebody removed those, a subnet's.
func (v *networkView) ownership() map[string]string {
	if v.heirs != nil {
		return v.heirs
	}
	if v.theirs() {
		for _, object := range v.objects() {
			if object.inside && object.tags[cloud.TagToken] != "" {
				return object.tags
			}
		}
	}
	return v.vpcTags
}

// viewNetwork reads the network: one call to find the VPC, then one call per
// kind of object, all at the same time, and one per subnet that can hold
// reservations.
func (a *api) viewNetwork(ctx context.Context, ref cloud.Ref, known blueprint.NetworkDesign) (*networkView, error) {
	view := &networkView{
		api: a, ref: ref, known: known,
		subnets: map[string]types.Subnet{}, reservations: map[string]types.SubnetCidrReservation{},
		tables: map[string]types.RouteTable{}, nats: map[string]types.NatGateway{},
		addresses: map[string]types.Address{}, endpoints: map[string]types.VpcEndpoint{}, graves: map[string][]string{}, connections: map[string]*connection{},
	}
	if err := view.findVPC(ctx); err != nil {
		return nil, err
	}
	look := together(view.viewGateway, view.viewAddresses, inOrder(view.viewLogGroup, view.viewLogRole))
	if view.vpc != nil {
		look = together(
			view.viewAttributes,
			inOrder(view.viewSubnets, view.viewReservations),
			view.viewTables,
			view.viewGateway,
			inOrder(view.viewNATGateways, view.viewAddresses),
			view.viewEndpoints,
			view.viewGroups,
			view.viewFlowLogs,
			view.viewConnections,
			inOrder(view.viewLogGroup, view.viewLogRole),
		)
	}
	if err := look(ctx); err != nil {
		return nil, err
	}
	return view, nil
}

// ours filters by the tags of this part.
func (v *networkView) ours() []types.Filter {
	return []types.Filter{tagFilter(cloud.TagCluster, v.ref.Cluster), tagFilter(cloud.TagPart, v.ref.Part)}
}

// inside filters by place.
func (v *networkView) inside() []types.Filter { return []types.Filter{filter("vpc-id", v.vpcID())} }

func (v *networkView) viewAttributes(ctx context.Context) error {
	for attribute, into := range map[types.VpcAttributeName]*bool{
		types.VpcAttributeNameEnableDnsSupport: &v.dnsSupport, types.VpcAttributeNameEnableDnsHostnames: &v.dnsHostnames,
	} {
		got, err := v.api.ec2.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: v.vpc.VpcId, Attribute: attribute})
		if err != nil {
			return wrap(err, ofCluster("vpc", v.ref))
		}
		for _, value := range []*types.AttributeBooleanValue{got.EnableDnsSupport, got.EnableDnsHostnames} {
			if value != nil {
				*into = aws.ToBool(value.Value)
			}
		}
	}
	return nil
}

func (v *networkView) viewSubnets(ctx context.Context) error {
	found, err := all(ctx, ec2.NewDescribeSubnetsPaginator(v.api.ec2, &ec2.DescribeSubnetsInput{Filters: v.inside()}),
		func(page *ec2.DescribeSubnetsOutput) []types.Subnet { return page.Subnets })
	if err != nil {
		return wrap(err, ofCluster("subnets", v.ref))
	}
	for _, subnet := range found {
		keep(v, v.subnets, "subnet/", fromEC2(subnet.Tags), aws.ToString(subnet.SubnetId), subnet)
	}
	v.takeGivenSubnets(found)
	return nil
}

// viewReservations looks at the subnets whose addresses pods take: the pod
// tier's, or the nodes' where there is none.
func (v *networkView) viewReservations(ctx context.Context) error {
	holders := map[string]types.Subnet{}
	for _, tier := range []string{blueprint.TierPods, blueprint.TierNodes} {
		for key, subnet := range v.subnets {
			if tierOf(key, subnet) == tier && !v.isGivenSubnet(key) {
				holders[key] = subnet
			}
		}
		if len(holders) > 0 {
			break
		}
	}
	found := make(chan types.SubnetCidrReservation, 64*len(holders)+1)
	err := each(ctx, holders, func(ctx context.Context, key string, subnet types.Subnet) error {
		list, err := v.reservationsIn(ctx, key, aws.ToString(subnet.SubnetId))
		for _, reservation := range list {
			found <- reservation
		}
		return err
	})
	close(found)
	var reservations []types.SubnetCidrReservation
	for reservation := range found {
		reservations = append(reservations, reservation)
	}
	if err == nil {
		err = v.tagReservations(ctx, reservations)
	}
	for _, reservation := range reservations {
		// Filed by what it reserves: a component key is only a name for that.
		cidr := aws.ToString(reservation.Cidr)
		kind, _, _ := strings.Cut(v.componentOf(fromEC2(reservation.Tags)), "/")
		if kind == "prefix-reservation" || v.knowsReservation(cidr) {
			v.reservations[cidr] = reservation
		}
	}
	return err
}

// tagReservations asks EC2's tag register for the tags of reservations that
// came without any: a simulator may know them only there.
func (v *networkView) tagReservations(ctx context.Context, reservations []types.SubnetCidrReservation) error {
	bare := map[string]*types.SubnetCidrReservation{}
	for i := range reservations {
		if len(reservations[i].Tags) == 0 {
			bare[aws.ToString(reservations[i].SubnetCidrReservationId)] = &reservations[i]
		}
	}
	if len(bare) == 0 {
		return nil
	}
	found, err := all(ctx, ec2.NewDescribeTagsPaginator(v.api.ec2, &ec2.DescribeTagsInput{Filters: []types.Filter{filter("resource-id", sortedKeys(bare)...)}}),
		func(page *ec2.DescribeTagsOutput) []types.TagDescription { return page.Tags })
	if err != nil {
		return wrap(err, ofCluster("prefix reservations", v.ref))
	}
	for _, tag := range found {
		if reservation := bare[aws.ToString(tag.ResourceId)]; reservation != nil {
			reservation.Tags = append(reservation.Tags, types.Tag{Key: tag.Key, Value: tag.Value})
		}
	}
	return nil
}

// knowsReservation tells whether the caller's design has the reservation.
func (v *networkView) knowsReservation(cidr string) bool {
	for _, subnet := range v.known.Subnets {
		if slices.Contains(subnet.Reservations, cidr) {
			return true
		}
	}
	return false
}

func (v *networkView) reservationsIn(ctx context.Context, key, subnet string) ([]types.SubnetCidrReservation, error) {
	var list []types.SubnetCidrReservation
	input := &ec2.GetSubnetCidrReservationsInput{SubnetId: aws.String(subnet)}
	for {
		page, err := v.api.ec2.GetSubnetCidrReservations(ctx, input)
		if err != nil {
			return nil, wrap(err, ofCluster("prefix reservations in subnet/"+key, v.ref))
		}
		list = append(list, page.SubnetIpv4CidrReservations...)
		if aws.ToString(page.NextToken) == "" {
			return list, nil
		}
		input.NextToken = page.NextToken
	}
}

func (v *networkView) viewTables(ctx context.Context) error {
	found, err := all(ctx, ec2.NewDescribeRouteTablesPaginator(v.api.ec2, &ec2.DescribeRouteTablesInput{Filters: v.inside()}),
		func(page *ec2.DescribeRouteTablesOutput) []types.RouteTable { return page.RouteTables })
	if err != nil {
		return wrap(err, ofCluster("route tables", v.ref))
	}
	for _, table := range found {
		if !keep(v, v.tables, "route-table/", fromEC2(table.Tags), aws.ToString(table.RouteTableId), table) {
			v.foreign = append(v.foreign, table)
		}
	}
	return nil
}

// viewGateway reads every internet gateway of the region, of which there are
// no more than VPCs: so one that lost its tags or its attachment, the two
// things that filters go by, is still seen.
func (v *networkView) viewGateway(ctx context.Context) error {
	found, err := all(ctx, ec2.NewDescribeInternetGatewaysPaginator(v.api.ec2, &ec2.DescribeInternetGatewaysInput{}),
		func(page *ec2.DescribeInternetGatewaysOutput) []types.InternetGateway { return page.InternetGateways })
	if err != nil {
		return wrap(err, ofCluster("internet-gateway", v.ref))
	}
	found = slices.DeleteFunc(found, func(gateway types.InternetGateway) bool {
		tags := fromEC2(gateway.Tags)
		ours := tags[cloud.TagCluster] == v.ref.Cluster && tags[cloud.TagPart] == v.ref.Part || v.attached(gateway)
		return !ours || v.componentOf(tags) != "internet-gateway"
	})
	// The attached one first: any other is a spare.
	slices.SortStableFunc(found, func(a, b types.InternetGateway) int { return rank(v.attached(b)) - rank(v.attached(a)) })
	for i, gateway := range found {
		if i == 0 {
			v.gateway = &gateway
			continue
		}
		v.addSpare("internet-gateway", aws.ToString(gateway.InternetGatewayId))
	}
	return nil
}

func rank(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// attached tells whether the gateway is attached to this VPC.
func (v *networkView) attached(gateway types.InternetGateway) bool {
	return slices.ContainsFunc(gateway.Attachments, func(a types.InternetGatewayAttachment) bool {
		return v.vpc != nil && aws.ToString(a.VpcId) == v.vpcID()
	})
}

func (v *networkView) viewNATGateways(ctx context.Context) error {
	found, err := all(ctx, ec2.NewDescribeNatGatewaysPaginator(v.api.ec2, &ec2.DescribeNatGatewaysInput{Filter: v.inside()}),
		func(page *ec2.DescribeNatGatewaysOutput) []types.NatGateway { return page.NatGateways })
	if err != nil {
		return wrap(err, ofCluster("NAT gateways", v.ref))
	}
	for _, gateway := range found {
		switch gateway.State {
		case types.NatGatewayStatePending, types.NatGatewayStateAvailable:
			keep(v, v.nats, "nat/", fromEC2(gateway.Tags), aws.ToString(gateway.NatGatewayId), gateway)
		case types.NatGatewayStateFailed, types.NatGatewayStateDeleting:
			if strings.HasPrefix(v.componentOf(fromEC2(gateway.Tags)), "nat/") {
				v.deadNATs = append(v.deadNATs, gateway)
			}
		}
		if component := v.componentOf(fromEC2(gateway.Tags)); gateway.State == types.NatGatewayStateDeleted && component != "" {
			v.graves[component] = append(v.graves[component], aws.ToString(gateway.NatGatewayId))
		}
	}
	return nil
}

func (v *networkView) viewAddresses(ctx context.Context) error {
	got, err := v.api.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{Filters: v.ours()})
	if err != nil {
		return wrap(err, ofCluster("addresses", v.ref))
	}
	for _, address := range got.Addresses {
		keep(v, v.addresses, "address/", fromEC2(address.Tags), aws.ToString(address.AllocationId), address)
	}
	// An address whose tags somebody removed is still known by the gateway
	// that uses it.
	lost := map[string]string{}
	for gatewayKey, gateway := range v.nats {
		for _, address := range gateway.NatGatewayAddresses {
			key := gatewayKey
			if regional(gateway) {
				key += "-" + aws.ToString(address.AvailabilityZone)
			}
			if _, ok := v.addresses[key]; !ok {
				lost[aws.ToString(address.AllocationId)] = key
			}
		}
	}
	delete(lost, "")
	if len(lost) == 0 {
		return nil
	}
	got, err = v.api.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{AllocationIds: slices.Sorted(maps.Keys(lost))})
	if unlessNotFound(err) != nil {
		return wrap(err, ofCluster("addresses", v.ref))
	}
	if got != nil {
		for _, address := range got.Addresses {
			v.addresses[lost[aws.ToString(address.AllocationId)]] = address
		}
	}
	return nil
}

func (v *networkView) viewEndpoints(ctx context.Context) error {
	found, err := all(ctx, ec2.NewDescribeVpcEndpointsPaginator(v.api.ec2, &ec2.DescribeVpcEndpointsInput{Filters: v.inside()}),
		func(page *ec2.DescribeVpcEndpointsOutput) []types.VpcEndpoint { return page.VpcEndpoints })
	if err != nil {
		return wrap(err, ofCluster("endpoints", v.ref))
	}
	for _, endpoint := range found {
		tags, id := fromEC2(endpoint.Tags), aws.ToString(endpoint.VpcEndpointId)
		switch strings.ToLower(string(endpoint.State)) {
		case "pending", "available", "pendingacceptance", "partial":
			keep(v, v.endpoints, "endpoint/", tags, id, endpoint)
		case "deleting", "failed", "rejected", "expired":
			if strings.HasPrefix(v.componentOf(tags), "endpoint/") {
				v.deadPoints = append(v.deadPoints, endpoint)
			}
		}
	}
	return nil
}

func (v *networkView) viewGroups(ctx context.Context) error {
	found, err := all(ctx, ec2.NewDescribeSecurityGroupsPaginator(v.api.ec2, &ec2.DescribeSecurityGroupsInput{Filters: v.inside()}),
		func(page *ec2.DescribeSecurityGroupsOutput) []types.SecurityGroup { return page.SecurityGroups })
	if err != nil {
		return wrap(err, ofCluster("security groups", v.ref))
	}
	for _, group := range found {
		if aws.ToString(group.GroupName) == "default" {
			v.defaultGroup = &group
			continue
		}
		// The cluster's groups stand in the same VPC and belong to its part.
		if v.componentOf(fromEC2(group.Tags)) == groupComponent {
			v.groups = append(v.groups, group)
		}
	}
	v.chooseGroup(v.known.Names[groupComponent])
	return nil
}

// chooseGroup takes the endpoints' group of that name, else any. There are two
// while a renamed one takes over.
func (v *networkView) chooseGroup(name string) {
	v.group = nil
	for _, group := range v.groups {
		if v.group == nil || aws.ToString(group.GroupName) == name {
			v.group = &group
		}
	}
}

// spareGroups are those that were not chosen.
func (v *networkView) spareGroups() []spare {
	var list []spare
	for _, group := range v.groups {
		if id := aws.ToString(group.GroupId); v.group == nil || id != aws.ToString(v.group.GroupId) {
			list = append(list, spare{groupComponent, id})
		}
	}
	return list
}

// keep files an object under the rest of its component key, and tells whether
// it is kready's. A second one of the same key is a spare.
func keep[T any](v *networkView, into map[string]T, kind string, tags map[string]string, id string, object T) bool {
	component := v.componentOf(tags)
	key, ok := strings.CutPrefix(component, kind)
	if !ok || key == "" {
		return false
	}
	if _, taken := into[key]; taken {
		v.addSpare(component, id)
		return true
	}
	into[key] = object
	return true
}

// componentOf is the component key of an object of this part. In a VPC of
// others only the tags tell whose something is.
func (v *networkView) componentOf(tags map[string]string) string {
	if v.theirs() && (tags[cloud.TagCluster] != v.ref.Cluster || tags[cloud.TagPart] != v.ref.Part) {
		return ""
	}
	return componentOf(v.ref, tags)
}

// tierOf is the tier in a subnet's key, which ends in its zone.
func tierOf(key string, subnet types.Subnet) string {
	return strings.TrimSuffix(key, "-"+aws.ToString(subnet.AvailabilityZone))
}

// pager is what all of EC2's paginators have in common.
type pager[P any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*ec2.Options)) (P, error)
}

// all collects the items of every page.
func all[P, T any](ctx context.Context, pages pager[P], items func(P) []T) ([]T, error) {
	var list []T
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, items(page)...)
	}
	return list, nil
}
