package awscloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// natDesigns reads the NAT gateways back.
func (v *networkView) natDesigns() map[string]blueprint.NATGatewayDesign {
	if len(v.nats) == 0 {
		return nil
	}
	designs := map[string]blueprint.NATGatewayDesign{}
	for key, gateway := range v.nats {
		if regional(gateway) {
			designs[key] = blueprint.NATGatewayDesign{Zones: v.natZones(key, gateway)}
			continue
		}
		subnet := v.subnetKey(aws.ToString(gateway.SubnetId))
		designs[key] = blueprint.NATGatewayDesign{Subnet: subnet, Zone: aws.ToString(v.subnets[subnet].AvailabilityZone)}
	}
	return designs
}

// ensureNATGateways makes the gateways, zonal ones in their public subnet,
// each with its addresses, and waits until they carry traffic. A zonal gateway
// can't move or change its address: one that stands elsewhere is made anew.
func (r *networkRun) ensureNATGateways(ctx context.Context) error {
	for _, dead := range r.view.deadNATs {
		if err := r.buryNATGateway(ctx, dead); err != nil {
			return err
		}
	}
	return each(ctx, r.design.NATGateways, func(ctx context.Context, key string, want blueprint.NATGatewayDesign) error {
		component := "nat/" + key
		r.mu.Lock()
		have, exists := r.view.nats[key]
		place := r.placeOf(key, want)
		r.mu.Unlock()
		if place.subnet == "" && len(want.Zones) == 0 {
			return &cloud.Error{Kind: cloud.ErrUnsupported, Operation: "ensure", Object: r.object(component),
				Reason: "a NAT gateway needs the public subnet that it stands in, and the design names " + "\"" + want.Subnet + "\"",
				Todo:   "This is a defect of kready: please report it."}
		}
		if exists && !place.holds(have) {
			if err := r.removeNATGateway(ctx, key, aws.ToString(have.NatGatewayId)); err != nil {
				return err
			}
			exists = false
		}
		if !exists {
			made, err := r.createNATGateway(ctx, component, place)
			if err != nil {
				return wrap(err, r.object(component))
			}
			have = *made
			r.put(component, aws.ToString(have.NatGatewayId), func(v *networkView) { v.nats[key] = have })
		}
		if have.State != types.NatGatewayStateAvailable {
			if err := r.waitNATGateway(ctx, component, aws.ToString(have.NatGatewayId)); err != nil {
				return err
			}
			r.touched()
		}
		return r.ensureNATZones(ctx, component, aws.ToString(have.NatGatewayId), place)
	})
}

// natPlace is where a gateway stands, and with which addresses.
type natPlace struct {
	vpc, subnet string            // a zonal one stands in the subnet
	addresses   map[string]string // allocation ids by zone
}

// placeOf looks up what a design names; the caller holds the lock.
func (r *networkRun) placeOf(key string, want blueprint.NATGatewayDesign) natPlace {
	place := natPlace{vpc: r.view.vpcID(), addresses: map[string]string{}}
	if len(want.Zones) == 0 {
		place.subnet = aws.ToString(r.view.subnets[want.Subnet].SubnetId)
	}
	for address, zone := range want.AddressKeys(key) {
		place.addresses[zone] = aws.ToString(r.view.addresses[address].AllocationId)
	}
	return place
}

// holds tells whether a gateway stands there, or can be brought to it in place.
func (p natPlace) holds(gateway types.NatGateway) bool {
	if p.subnet == "" {
		return regional(gateway) && gateway.AutoProvisionZones != types.AutoProvisionZonesStateEnabled
	}
	for _, address := range p.addresses {
		if !uses(gateway, address) {
			return false
		}
	}
	return aws.ToString(gateway.SubnetId) == p.subnet
}

// request is what makes the gateway, and the words that set it apart from any
// other request under the same idempotency token.
func (p natPlace) request() (input *ec2.CreateNatGatewayInput, salt []string) {
	input = &ec2.CreateNatGatewayInput{ConnectivityType: types.ConnectivityTypePublic}
	if p.subnet != "" {
		input.SubnetId = aws.String(p.subnet)
		for _, address := range p.addresses {
			input.AllocationId = aws.String(address)
		}
		return input, []string{p.subnet, aws.ToString(input.AllocationId)}
	}
	input.VpcId, input.AvailabilityMode = aws.String(p.vpc), types.AvailabilityModeRegional
	salt = []string{p.vpc}
	for _, zone := range sortedKeys(p.addresses) {
		input.AvailabilityZoneAddresses = append(input.AvailabilityZoneAddresses, types.AvailabilityZoneAddress{
			AvailabilityZone: aws.String(zone), AllocationIds: []string{p.addresses[zone]},
		})
		salt = append(salt, zone+"="+p.addresses[zone])
	}
	return input, salt
}

// uses tells whether the gateway has the address. A gateway that is still
// being made may not show any.
func uses(gateway types.NatGateway, allocation string) bool {
	shown := false
	for _, address := range gateway.NatGatewayAddresses {
		if aws.ToString(address.AllocationId) == allocation {
			return true
		}
		shown = shown || address.AllocationId != nil
	}
	return !shown
}

// createNATGateway makes a gateway under the component's idempotency token.
// For a day after a deletion AWS answers that token with the deleted gateway,
// so those that it still shows, and those that it answers with, make another.
func (r *networkRun) createNATGateway(ctx context.Context, component string, place natPlace) (*types.NatGateway, error) {
	tags := r.tagsOf(component)
	input, salt := place.request()
	input.TagSpecifications = tagSpec(types.ResourceTypeNatgateway, tags)
	r.mu.Lock()
	salt = append(append(salt, tagText(tags)), sorted(r.view.graves[component])...)
	r.mu.Unlock()
	for tries := 0; ; tries++ {
		got, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.CreateNatGatewayOutput, error) {
			input.ClientToken = aws.String(idempotencyToken(r.ref, component, salt...))
			return r.ec2.CreateNatGateway(ctx, input)
		})
		if err != nil && place.subnet == "" && isCode(err, "InvalidSubnetID.NotFound", "MissingParameter", "UnknownParameter") {
			return nil, &cloud.Error{Kind: cloud.ErrUnsupported, Operation: "ec2 CreateNatGateway", Object: r.object(component), Err: err,
				Reason: "EC2 here asks for a subnet, so it knows no regional NAT gateways: " + cause(err),
				Todo:   "Set aws = { nat_mode = \"zonal\" } in the blueprint."}
		}
		if err != nil {
			return nil, err
		}
		id := aws.ToString(got.NatGateway.NatGatewayId)
		live, err := r.natGateway(ctx, id)
		if err != nil {
			r.made(component, id) // it exists, though nobody may look
			return nil, err
		}
		switch {
		case live == nil, live.State == types.NatGatewayStatePending, live.State == types.NatGatewayStateAvailable:
			return got.NatGateway, nil
		case tries > 3:
			return got.NatGateway, nil // waiting reports why it fails
		case live.State == types.NatGatewayStateFailed:
			return live, nil
		}
		salt = append(salt, id)
	}
}

// natGateway reads one gateway; nil where it can't be seen (yet).
func (r *networkRun) natGateway(ctx context.Context, id string) (*types.NatGateway, error) {
	got, err := r.ec2.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{NatGatewayIds: []string{id}})
	if isNotFound(err) || err == nil && len(got.NatGateways) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &got.NatGateways[0], nil
}

func (r *networkRun) waitNATGateway(ctx context.Context, component, id string) error {
	object := r.object(component)
	return r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		gateway, err := r.natGateway(ctx, id)
		if err != nil {
			return false, "", wrap(err, object)
		}
		if gateway == nil {
			return false, "not visible", nil
		}
		switch gateway.State {
		case types.NatGatewayStateAvailable:
			return true, "", nil
		case types.NatGatewayStatePending:
			return false, "pending", nil
		}
		return false, "", &cloud.Error{
			Kind: kindOf(aws.ToString(gateway.FailureCode)), Operation: "ec2 CreateNatGateway", Object: object,
			Reason: "the gateway is " + string(gateway.State) + ": " + aws.ToString(gateway.FailureCode) + ": " + aws.ToString(gateway.FailureMessage),
			Todo:   "Mend what the message names and apply again: kready removes the failed gateway and makes another.",
		}
	})
}

// buryNATGateway waits for a gateway that is going, and deletes one that
// failed: both still hold their address.
func (r *networkRun) buryNATGateway(ctx context.Context, dead types.NatGateway) error {
	component := componentOf(r.ref, fromEC2(dead.Tags))
	if dead.State == types.NatGatewayStateFailed {
		return r.removeNATGateway(ctx, strings.TrimPrefix(component, "nat/"), aws.ToString(dead.NatGatewayId))
	}
	if err := r.waitNATGone(ctx, component, aws.ToString(dead.NatGatewayId)); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.graves[component] = append(r.view.graves[component], aws.ToString(dead.NatGatewayId))
	return nil
}

func (r *networkRun) removeNATGateway(ctx context.Context, key, id string) error {
	component := "nat/" + key
	_, err := commit(ctx, func(ctx context.Context) (*ec2.DeleteNatGatewayOutput, error) {
		return r.ec2.DeleteNatGateway(ctx, &ec2.DeleteNatGatewayInput{NatGatewayId: aws.String(id)})
	})
	if unlessNotFound(err) != nil {
		return wrap(err, r.object(component))
	}
	if err := r.waitNATGone(ctx, component, id); err != nil {
		return err
	}
	r.drop(component, func(v *networkView) {
		if have, ok := v.nats[key]; ok && aws.ToString(have.NatGatewayId) == id {
			delete(v.nats, key)
		}
		v.graves[component] = append(v.graves[component], id)
	})
	return nil
}

func (r *networkRun) waitNATGone(ctx context.Context, component, id string) error {
	object := r.object(component)
	return r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		gateway, err := r.natGateway(ctx, id)
		if err != nil {
			return false, "", wrap(err, object)
		}
		// A gateway that failed to be made goes through no "deleting".
		if gateway == nil || gateway.State == types.NatGatewayStateDeleted || gateway.State == types.NatGatewayStateFailed {
			return true, "", nil
		}
		return false, string(gateway.State), nil
	})
}
