package awscloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Tags by which the load balancer controller and Karpenter choose subnets.
const (
	tagInternalBalancer = "kubernetes.io/role/internal-elb"
	tagPublicBalancer   = "kubernetes.io/role/elb"
	tagDiscovery        = "karpenter.sh/discovery"
)

// clusterTags are the tags of a subnet that Kubernetes reads.
func clusterTags(ref cloud.Ref, subnet blueprint.SubnetDesign) map[string]string {
	tags := map[string]string{}
	switch subnet.Balancer {
	case "internal":
		tags[tagInternalBalancer] = "1"
	case "public":
		tags[tagPublicBalancer] = "1"
	}
	if subnet.Balancer != "" {
		tags["kubernetes.io/cluster/"+ref.Cluster] = "shared"
	}
	if subnet.Tier == blueprint.TierNodes {
		tags[tagDiscovery] = ref.Cluster
	}
	return tags
}

// staleClusterTags are the role and discovery tags that an object should no
// longer have; other tags of Kubernetes are Kubernetes' own.
func staleClusterTags(want, have map[string]string) []string {
	var stale []string
	for _, key := range []string{tagDiscovery, tagPublicBalancer, tagInternalBalancer} {
		_, wanted := want[key]
		if _, ok := have[key]; ok && !wanted {
			stale = append(stale, key)
		}
	}
	return stale
}

// subnetDesigns reads the subnets back.
func (v *networkView) subnetDesigns() map[string]blueprint.SubnetDesign {
	if len(v.subnets) == 0 {
		return nil
	}
	designs := map[string]blueprint.SubnetDesign{}
	for key, subnet := range v.subnets {
		if v.isGivenSubnet(key) {
			designs[key] = v.givenSubnetDesign(key, subnet)
			continue
		}
		designs[key] = v.subnetDesign(key, subnet)
	}
	return designs
}

func (v *networkView) subnetDesign(key string, subnet types.Subnet) blueprint.SubnetDesign {
	design := blueprint.SubnetDesign{
		Tier: tierOf(key, subnet), Zone: aws.ToString(subnet.AvailabilityZone), CIDR: aws.ToString(subnet.CidrBlock),
		RouteTo: v.routeTo(aws.ToString(subnet.SubnetId)),
	}
	tags := fromEC2(subnet.Tags)
	switch {
	case tags[tagInternalBalancer] == "1" && tags[tagPublicBalancer] == "1":
		design.Balancer = "internal and public"
	case tags[tagInternalBalancer] == "1":
		design.Balancer = "internal"
	case tags[tagPublicBalancer] == "1":
		design.Balancer = "public"
	}
	for cidr, reservation := range v.reservations {
		if aws.ToString(reservation.SubnetId) == aws.ToString(subnet.SubnetId) {
			design.Reservations = append(design.Reservations, remark(cidr, reservationRemark(reservation)))
		}
	}
	slices.Sort(design.Reservations)
	var remarks []string
	for tag, value := range clusterTags(v.ref, design) {
		if tags[tag] != value {
			remarks = append(remarks, "tag "+tag+" is not "+value)
		}
	}
	if aws.ToBool(subnet.MapPublicIpOnLaunch) {
		remarks = append(remarks, "instances get public addresses")
	}
	if aws.ToBool(subnet.AssignIpv6AddressOnCreation) {
		remarks = append(remarks, "interfaces get IPv6 addresses")
	}
	slices.Sort(remarks)
	design.Tier = remark(design.Tier, remarks...)
	return design
}

func reservationRemark(reservation types.SubnetCidrReservation) string {
	if reservation.ReservationType == types.SubnetCidrReservationTypePrefix {
		return ""
	}
	return string(reservation.ReservationType)
}

// moved tells whether the subnet that stands under a key is another one than
// the design's: a subnet's range and zone can't change.
func moved(have types.Subnet, want blueprint.SubnetDesign) bool {
	return aws.ToString(have.CidrBlock) != want.CIDR || aws.ToString(have.AvailabilityZone) != want.Zone
}

// displace clears the subnets that the design has elsewhere, with the
// gateways and endpoint interfaces of kready's own in them. Where somebody
// else uses one, the delete says who.
func (r *networkRun) displace(ctx context.Context) error {
	doomed := map[string]string{} // key by id
	for key, want := range r.design.Subnets {
		if have, ok := r.view.subnets[key]; ok && !r.view.isGivenSubnet(key) && moved(have, want) {
			doomed[aws.ToString(have.SubnetId)] = key
		}
	}
	if len(doomed) == 0 {
		return nil
	}
	for key, gateway := range maps.Clone(r.view.nats) {
		if _, ok := doomed[aws.ToString(gateway.SubnetId)]; ok {
			if err := r.removeNATGateway(ctx, key, aws.ToString(gateway.NatGatewayId)); err != nil {
				return err
			}
		}
	}
	for service, endpoint := range r.view.endpoints {
		var leave []string
		for _, id := range endpoint.SubnetIds {
			if _, ok := doomed[id]; ok {
				leave = append(leave, id)
			}
		}
		if len(leave) > 0 {
			if err := r.modifyEndpoint(ctx, service, &ec2.ModifyVpcEndpointInput{RemoveSubnetIds: leave}); err != nil {
				return err
			}
		}
	}
	for _, id := range sortedKeys(doomed) {
		if err := r.removeSubnet(ctx, doomed[id], id); err != nil {
			return err
		}
	}
	return nil
}

// ensureSubnets makes the subnets and sets their attributes.
func (r *networkRun) ensureSubnets(ctx context.Context) error {
	standing := maps.Clone(r.view.subnets)
	return each(ctx, r.design.Subnets, func(ctx context.Context, key string, want blueprint.SubnetDesign) error {
		if r.view.isGivenSubnet(key) {
			return nil
		}
		have, ok := standing[key]
		if !ok {
			made, err := r.createSubnet(ctx, key, want)
			if err != nil {
				return wrap(err, r.object("subnet/"+key))
			}
			have = made
		}
		return r.ensureSubnetAttributes(ctx, key, have)
	})
}

// ensureSubnetAttributes switches off what a private network must not do.
func (r *networkRun) ensureSubnetAttributes(ctx context.Context, key string, have types.Subnet) error {
	off := &types.AttributeBooleanValue{Value: aws.Bool(false)}
	var inputs []*ec2.ModifySubnetAttributeInput
	if aws.ToBool(have.MapPublicIpOnLaunch) {
		inputs = append(inputs, &ec2.ModifySubnetAttributeInput{SubnetId: have.SubnetId, MapPublicIpOnLaunch: off})
	}
	if aws.ToBool(have.AssignIpv6AddressOnCreation) {
		inputs = append(inputs, &ec2.ModifySubnetAttributeInput{SubnetId: have.SubnetId, AssignIpv6AddressOnCreation: off})
	}
	for _, input := range inputs {
		_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.ModifySubnetAttributeOutput, error) {
			return r.ec2.ModifySubnetAttribute(ctx, input)
		})
		if err != nil {
			return wrap(err, r.object("subnet/"+key))
		}
		r.touched()
	}
	return nil
}

func (r *networkRun) createSubnet(ctx context.Context, key string, want blueprint.SubnetDesign) (types.Subnet, error) {
	component := "subnet/" + key
	var made types.Subnet
	find := func(ctx context.Context) (string, error) {
		found, err := r.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: append(r.view.inside(), tagFilter(cloud.TagComponent, component))})
		if err != nil || len(found.Subnets) == 0 {
			return "", err
		}
		made = found.Subnets[0]
		return aws.ToString(made.SubnetId), nil
	}
	id, err := create(ctx, brief(r.poll), find, func(ctx context.Context) (string, error) {
		return retryFresh(ctx, r.poll, func(ctx context.Context) (string, error) {
			got, err := r.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{
				VpcId: r.view.vpc.VpcId, CidrBlock: aws.String(want.CIDR), AvailabilityZone: aws.String(want.Zone),
				TagSpecifications: tagSpec(types.ResourceTypeSubnet, r.tagsOf(component)),
			}, once)
			if err != nil {
				return "", err
			}
			made = *got.Subnet
			return aws.ToString(made.SubnetId), nil
		})
	})
	if err != nil {
		return made, err
	}
	r.put(component, id, func(v *networkView) { v.subnets[key] = made })
	if made.State == types.SubnetStateAvailable {
		return made, nil
	}
	err = r.poll.Until(ctx, r.object(component), func(ctx context.Context) (bool, string, error) {
		got, err := r.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: []string{id}})
		if isNotFound(err) || err == nil && len(got.Subnets) == 0 {
			return false, "not visible", nil
		}
		if err != nil {
			return false, "", err
		}
		return got.Subnets[0].State == types.SubnetStateAvailable, string(got.Subnets[0].State), nil
	})
	return made, err
}

// ensureReservations keeps ranges of pod subnets for prefixes, before nodes
// scatter single addresses over them.
func (r *networkRun) ensureReservations(ctx context.Context) error {
	wanted := map[string]string{} // subnet key by range
	for key, subnet := range r.design.Subnets {
		for _, cidr := range subnet.Reservations {
			wanted[cidr] = key
		}
	}
	// What is reserved otherwise goes first: reservations may not overlap.
	for cidr, have := range maps.Clone(r.view.reservations) {
		if _, ok := wanted[cidr]; !ok {
			if err := r.removeReservation(ctx, cidr, aws.ToString(have.SubnetCidrReservationId)); err != nil {
				return err
			}
		}
	}
	return each(ctx, wanted, func(ctx context.Context, cidr, key string) error {
		component := "prefix-reservation/" + cidr
		r.mu.Lock()
		have, exists := r.view.reservations[cidr]
		subnet := aws.ToString(r.view.subnets[key].SubnetId)
		r.mu.Unlock()
		if exists && aws.ToString(have.SubnetId) == subnet && reservationRemark(have) == "" {
			return nil
		}
		if exists {
			if err := r.removeReservation(ctx, cidr, aws.ToString(have.SubnetCidrReservationId)); err != nil {
				return err
			}
		}
		var made types.SubnetCidrReservation
		find := func(ctx context.Context) (string, error) {
			list, err := r.view.reservationsIn(ctx, key, subnet)
			for _, reservation := range list {
				if aws.ToString(reservation.Cidr) == cidr {
					made = reservation
					return aws.ToString(reservation.SubnetCidrReservationId), nil
				}
			}
			return "", err
		}
		id, err := create(ctx, brief(r.poll), find, func(ctx context.Context) (string, error) {
			return retryFresh(ctx, r.poll, func(ctx context.Context) (string, error) {
				got, err := r.ec2.CreateSubnetCidrReservation(ctx, &ec2.CreateSubnetCidrReservationInput{
					SubnetId: aws.String(subnet), Cidr: aws.String(cidr), ReservationType: types.SubnetCidrReservationTypePrefix,
					Description:       aws.String("Prefixes for pods"),
					TagSpecifications: tagSpec(types.ResourceTypeSubnetCidrReservation, r.tagsOf(component)),
				}, once)
				if err != nil {
					return "", err
				}
				made = *got.SubnetCidrReservation
				if len(made.Tags) == 0 { // not EC2 itself: see tagReservations
					made.Tags = ec2Tags(r.tagsOf(component))
					_, err = r.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{aws.ToString(made.SubnetCidrReservationId)}, Tags: made.Tags})
				}
				return aws.ToString(made.SubnetCidrReservationId), err
			})
		})
		if err != nil {
			return wrap(err, r.object(component))
		}
		r.put(component, id, func(v *networkView) { v.reservations[cidr] = made })
		return nil
	})
}

func (r *networkRun) removeReservation(ctx context.Context, cidr, id string) error {
	component := "prefix-reservation/" + cidr
	_, err := commit(ctx, func(ctx context.Context) (*ec2.DeleteSubnetCidrReservationOutput, error) {
		return r.ec2.DeleteSubnetCidrReservation(ctx, &ec2.DeleteSubnetCidrReservationInput{SubnetCidrReservationId: aws.String(id)})
	})
	if unlessNotFound(err) != nil {
		return wrap(err, r.object(component))
	}
	r.drop(component, func(v *networkView) { delete(v.reservations, cidr) })
	return nil
}

func (r *networkRun) removeSubnet(ctx context.Context, key, id string) error {
	component := "subnet/" + key
	err := r.removeInUse(ctx, r.object(component), filter("subnet-id", id), func(ctx context.Context) error {
		_, err := r.ec2.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: aws.String(id)})
		return err
	})
	if err != nil {
		return err
	}
	r.drop(component, func(v *networkView) {
		if have, ok := v.subnets[key]; ok && aws.ToString(have.SubnetId) == id {
			delete(v.subnets, key)
		}
		for cidr, reservation := range v.reservations {
			if aws.ToString(reservation.SubnetId) == id {
				delete(v.reservations, cidr)
			}
		}
	})
	return nil
}

// subnetIDs are the ids of the subnets of a tier, sorted.
func (v *networkView) subnetIDs(tier string) []string {
	var ids []string
	for key, subnet := range v.subnets {
		if tierOf(key, subnet) == tier {
			ids = append(ids, aws.ToString(subnet.SubnetId))
		}
	}
	slices.Sort(ids)
	return ids
}

// subnetKey is the key of the subnet with that id, or "".
func (v *networkView) subnetKey(id string) string {
	for key, subnet := range v.subnets {
		if aws.ToString(subnet.SubnetId) == id {
			return key
		}
	}
	return strings.TrimSpace(id)
}
