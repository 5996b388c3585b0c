package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

var _ cloud.Surveyor = (*awsCloud)(nil)

// Survey implements [cloud.Surveyor]: a describe for each kind of thing that
// the design refers to.
func (c *awsCloud) Survey(ctx context.Context, design blueprint.Design) (cloud.Survey, error) {
	api, err := c.open(ctx)
	if err != nil {
		return cloud.Survey{}, err
	}
	s := &surveyor{api: api, survey: cloud.Survey{
		Subnets: map[string]cloud.SurveyedSubnet{}, Tables: map[string]cloud.SurveyedTable{}, Links: map[string]cloud.SurveyedLink{},
		Roles: map[string]cloud.SurveyedRole{}, Keys: map[string]string{},
	}}
	if design.Network != nil {
		s.network = *design.Network
		if s.survey.Ranges, err = c.Ranges(ctx); err != nil {
			return s.survey, err
		}
		if err := inOrder(s.place, s.given, s.links)(ctx); err != nil {
			return s.survey, err
		}
	}
	if design.ControlPlane != nil {
		if s.survey.Versions, err = c.Versions(ctx); err != nil {
			return s.survey, err
		}
		return s.survey, s.rights(ctx, *design.ControlPlane)
	}
	return s.survey, nil
}

type surveyor struct {
	*api
	network blueprint.NetworkDesign
	survey  cloud.Survey
}

// place asks which zones the account sees.
func (s *surveyor) place(ctx context.Context) error {
	got, err := s.ec2.DescribeAvailabilityZones(ctx, &ec2.DescribeAvailabilityZonesInput{})
	if err != nil {
		return wrap(err, "zones of "+s.region)
	}
	for _, zone := range got.AvailabilityZones {
		s.survey.Zones = append(s.survey.Zones, aws.ToString(zone.ZoneName))
	}
	slices.Sort(s.survey.Zones)
	return nil
}

// given looks at the network that exists, by a view of it.
func (s *surveyor) given(ctx context.Context) error {
	if s.network.Existing == nil || s.network.Existing.NetworkID == "" {
		return nil
	}
	view, err := s.viewNetwork(ctx, cloud.Ref{Region: s.region, Cluster: s.network.Cluster, Part: "network"}, s.network)
	if err != nil || view.vpc == nil {
		return err
	}
	network := &cloud.SurveyedNetwork{ID: view.vpcID(), PrivateNames: view.dnsSupport && view.dnsHostnames, Endpoints: map[string]string{}}
	for _, prefix := range view.ranges() {
		network.CIDRs = append(network.CIDRs, prefix.String())
	}
	endpoints, err := all(ctx, ec2.NewDescribeVpcEndpointsPaginator(s.ec2, &ec2.DescribeVpcEndpointsInput{Filters: view.inside()}),
		func(page *ec2.DescribeVpcEndpointsOutput) []types.VpcEndpoint { return page.VpcEndpoints })
	if err != nil {
		return wrap(err, "endpoints of "+view.vpcID())
	}
	for _, endpoint := range endpoints {
		service := strings.TrimPrefix(aws.ToString(endpoint.ServiceName), s.serviceName(""))
		if view.componentOf(fromEC2(endpoint.Tags)) == "" && !isDead(endpoint) {
			network.Endpoints[service] = aws.ToString(endpoint.VpcEndpointId)
		}
	}
	s.survey.Network = network
	for key := range s.network.Existing.Subnets {
		if have, there := view.subnets[key]; there {
			s.survey.Subnets[key] = cloud.SurveyedSubnet{
				ID: aws.ToString(have.SubnetId), Network: aws.ToString(have.VpcId), Zone: aws.ToString(have.AvailabilityZone), CIDR: aws.ToString(have.CidrBlock),
				Free: int(aws.ToInt32(have.AvailableIpAddressCount)), Public: aws.ToBool(have.MapPublicIpOnLaunch), Tags: fromEC2(have.Tags),
				Table: view.tableOf(aws.ToString(have.SubnetId)),
			}
		}
	}
	for _, table := range view.foreign {
		found := cloud.SurveyedTable{ID: aws.ToString(table.RouteTableId), Network: view.vpcID()}
		if route := defaultRoute(table); route != nil {
			found.Default, found.Dead = hopOf(*route).id, route.State == types.RouteStateBlackhole
		}
		s.survey.Tables[found.ID] = found
	}
	return nil
}

// links looks at the far side of every connection: whether it can be seen, and
// what it knows, where that may be asked.
func (s *surveyor) links(ctx context.Context) error {
	for _, name := range sortedKeys(s.network.Connections) {
		want := s.network.Connections[name]
		link, err := s.link(ctx, want)
		if err != nil {
			return wrap(err, "connection "+name)
		}
		s.survey.Links[name] = link
	}
	return nil
}

func (s *surveyor) link(ctx context.Context, want blueprint.ConnectionDesign) (cloud.SurveyedLink, error) {
	var link cloud.SurveyedLink
	if want.TransitGatewayID == "" {
		far, err := s.far(ctx, want)
		if err != nil || far == nil {
			return cloud.SurveyedLink{Seen: err == nil, Owner: want.PeerAccountID}, err // another account's VPC can't be looked at
		}
		got, err := far.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{want.PeerNetworkID}})
		if isNotFound(err) || err == nil && len(got.Vpcs) == 0 {
			return link, nil
		}
		if err != nil {
			return link, err
		}
		link.Seen, link.Owner = true, far.account
		for _, association := range got.Vpcs[0].CidrBlockAssociationSet {
			link.CIDRs = append(link.CIDRs, aws.ToString(association.CidrBlock))
		}
		return link, nil
	}
	got, err := s.ec2.DescribeTransitGateways(ctx, &ec2.DescribeTransitGatewaysInput{TransitGatewayIds: []string{want.TransitGatewayID}})
	if isNotFound(err) || err == nil && len(got.TransitGateways) == 0 {
		return link, nil
	}
	if err != nil {
		return link, err
	}
	link.Seen, link.Owner = true, aws.ToString(got.TransitGateways[0].OwnerId)
	far, err := s.far(ctx, want)
	if err != nil || far == nil {
		return link, err
	}
	for _, table := range want.PropagateTo {
		routes, err := far.ec2.SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
			TransitGatewayRouteTableId: aws.String(table), Filters: []types.Filter{filter("type", "propagated", "static")}})
		if unlessNotFound(err) != nil {
			return link, err
		}
		if err != nil {
			continue
		}
		for _, route := range routes.Routes {
			if !s.ours(route) {
				link.CIDRs = append(link.CIDRs, aws.ToString(route.DestinationCidrBlock))
			}
		}
	}
	return link, nil
}

// ours tells whether a route of the gateway leads to this very network.
func (s *surveyor) ours(route types.TransitGatewayRoute) bool {
	return slices.ContainsFunc(route.TransitGatewayAttachments, func(a types.TransitGatewayRouteAttachment) bool {
		id := aws.ToString(a.ResourceId)
		return s.network.Existing != nil && id == s.network.Existing.NetworkID || s.isOurVPC(id)
	})
}

// isOurVPC tells whether a VPC is the one that this cluster has already.
func (s *surveyor) isOurVPC(id string) bool {
	return slices.ContainsFunc(s.survey.Ranges, func(r cloud.NetworkRange) bool { return r.Network == id && r.Cluster == s.network.Cluster })
}

// rights looks at roles and keys that exist.
func (s *surveyor) rights(ctx context.Context, plane blueprint.ControlPlaneDesign) error {
	for _, arn := range []string{plane.ClusterRole, plane.NodeRole} {
		if arn == "" || blueprint.IsUnknown(arn) {
			continue
		}
		got, err := s.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(arn[strings.LastIndexByte(arn, '/')+1:])})
		if isNotFound(err) || err == nil && aws.ToString(got.Role.Arn) != arn {
			continue
		}
		if err != nil {
			return wrap(err, arn)
		}
		s.survey.Roles[arn] = cloud.SurveyedRole{Services: trustedServices(aws.ToString(got.Role.AssumeRolePolicyDocument))}
	}
	if plane.Encryption != "existing" || blueprint.IsUnknown(plane.KeyID) {
		return nil
	}
	got, err := s.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(plane.KeyID)})
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return wrap(err, plane.KeyID)
	}
	s.survey.Keys[plane.KeyID] = strings.ToLower(string(got.KeyMetadata.KeyState))
	return nil
}

// trustedServices are the services that a trust policy lets take a role.
func trustedServices(text string) []string {
	value, err := decodePolicy(text)
	if err != nil {
		return nil
	}
	var found []string
	var visit func(any, bool)
	visit = func(value any, inside bool) {
		switch value := value.(type) {
		case string:
			if inside {
				found = append(found, value)
			}
		case map[string]bool:
			for word := range value {
				visit(word, inside)
			}
		case []any:
			for _, inner := range value {
				visit(inner, inside)
			}
		case map[string]any:
			for key, inner := range value {
				visit(inner, inside || key == "Service")
			}
		}
	}
	visit(value, false)
	slices.Sort(found)
	return slices.Compact(found)
}
