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

// wantsGateway tells whether any subnet has a way to the internet.
func (r *networkRun) wantsGateway() bool {
	for _, subnet := range r.design.Subnets {
		if subnet.RouteTo == "internet" {
			return true
		}
	}
	return false
}

// ensureInternetGateway makes the gateway and attaches it.
func (r *networkRun) ensureInternetGateway(ctx context.Context) error {
	if !r.wantsGateway() {
		return nil
	}
	const component = "internet-gateway"
	r.mu.Lock()
	gateway := r.view.gateway
	r.mu.Unlock()
	if gateway == nil {
		var made types.InternetGateway
		find := func(ctx context.Context) (string, error) {
			got, err := r.ec2.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{Filters: []types.Filter{tagFilter(cloud.TagToken, r.ref.Token), tagFilter(cloud.TagComponent, component)}})
			if err != nil || len(got.InternetGateways) == 0 {
				return "", err
			}
			made = got.InternetGateways[0]
			return aws.ToString(made.InternetGatewayId), nil
		}
		id, err := create(ctx, brief(r.poll), find, func(ctx context.Context) (string, error) {
			got, err := r.ec2.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{TagSpecifications: tagSpec(types.ResourceTypeInternetGateway, r.tagsOf(component))}, once)
			if err != nil {
				return "", err
			}
			made = *got.InternetGateway
			return aws.ToString(made.InternetGatewayId), nil
		})
		if err != nil {
			return wrap(err, r.object(component))
		}
		gateway = &made
		r.put(component, id, func(v *networkView) { v.gateway = gateway })
	}
	if r.view.attached(*gateway) {
		return nil
	}
	_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.AttachInternetGatewayOutput, error) {
		return r.ec2.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: gateway.InternetGatewayId, VpcId: r.view.vpc.VpcId})
	})
	if isCode(err, "Resource.AlreadyAssociated") {
		err = r.attachedAlready(ctx, gateway, err)
	}
	if err != nil {
		return wrap(err, r.object(component))
	}
	r.touched()
	return nil
}

// attachedAlready is nil where the gateway is attached by an attempt whose
// answer was lost, and refused where another gateway is.
func (r *networkRun) attachedAlready(ctx context.Context, gateway *types.InternetGateway, refused error) error {
	got, err := r.ec2.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{Filters: []types.Filter{filter("attachment.vpc-id", r.view.vpcID())}})
	if err != nil {
		return err
	}
	if len(got.InternetGateways) == 0 {
		return refused
	}
	attached := aws.ToString(got.InternetGateways[0].InternetGatewayId) // a VPC has one at most
	if attached == aws.ToString(gateway.InternetGatewayId) {
		return nil
	}
	return &cloud.Error{
		Kind: cloud.ErrOwned, Operation: "ec2 AttachInternetGateway", Object: r.object("internet-gateway"), Err: refused,
		Reason: "the VPC has the internet gateway " + attached + ", which does not carry kready's tags",
		Todo:   "Detach and delete it, or give it the tags " + cloud.TagCluster + ", " + cloud.TagPart + " and " + cloud.TagComponent + " back; then apply again.",
	}
}

func (r *networkRun) removeInternetGateway(ctx context.Context, id string, attachments []types.InternetGatewayAttachment) error {
	object := r.object("internet-gateway")
	for _, attachment := range attachments {
		err := r.removeInUse(ctx, object, filter("vpc-id", aws.ToString(attachment.VpcId)), func(ctx context.Context) error {
			_, err := r.ec2.DetachInternetGateway(ctx, &ec2.DetachInternetGatewayInput{InternetGatewayId: aws.String(id), VpcId: attachment.VpcId})
			return err
		})
		if err != nil {
			return err
		}
	}
	_, err := commit(ctx, func(ctx context.Context) (*ec2.DeleteInternetGatewayOutput, error) {
		return r.ec2.DeleteInternetGateway(ctx, &ec2.DeleteInternetGatewayInput{InternetGatewayId: aws.String(id)})
	})
	if unlessNotFound(err) != nil {
		return wrap(err, object)
	}
	r.drop("internet-gateway", func(v *networkView) {
		if v.gateway != nil && aws.ToString(v.gateway.InternetGatewayId) == id {
			v.gateway = nil
		}
	})
	return nil
}

// ensureAddresses allocates the addresses that traffic leaves from.
func (r *networkRun) ensureAddresses(ctx context.Context) error {
	return each(ctx, r.design.NATGateways, func(ctx context.Context, key string, _ blueprint.NATGatewayDesign) error {
		component := "address/" + key
		r.mu.Lock()
		_, exists := r.view.addresses[key]
		r.mu.Unlock()
		if exists {
			return nil
		}
		made := types.Address{}
		find := func(ctx context.Context) (string, error) {
			got, err := r.ec2.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{Filters: []types.Filter{tagFilter(cloud.TagToken, r.ref.Token), tagFilter(cloud.TagComponent, component)}})
			if err != nil || len(got.Addresses) == 0 {
				return "", err
			}
			made = got.Addresses[0]
			return aws.ToString(made.AllocationId), nil
		}
		id, err := create(ctx, brief(r.poll), find, func(ctx context.Context) (string, error) {
			tags := r.tagsOf(component)
			got, err := r.ec2.AllocateAddress(ctx, &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc, TagSpecifications: tagSpec(types.ResourceTypeElasticIp, tags)}, once)
			if err != nil {
				return "", err
			}
			made = types.Address{AllocationId: got.AllocationId, PublicIp: got.PublicIp, Tags: ec2Tags(tags)}
			return aws.ToString(made.AllocationId), nil
		})
		if err != nil {
			return wrap(err, r.object(component))
		}
		r.put(component, id, func(v *networkView) { v.addresses[key] = made })
		return nil
	})
}

func (r *networkRun) removeAddress(ctx context.Context, key, id string) error {
	component := "address/" + key
	// The address of a gateway that was just deleted is free a moment later.
	_, err := persist(ctx, brief(r.poll), freshLooks,
		func(err error) bool { return isCode(err, "InvalidIPAddress.InUse", "AuthFailure") },
		func(ctx context.Context) (*ec2.ReleaseAddressOutput, error) {
			return commit(ctx, func(ctx context.Context) (*ec2.ReleaseAddressOutput, error) {
				return r.ec2.ReleaseAddress(ctx, &ec2.ReleaseAddressInput{AllocationId: aws.String(id)})
			})
		})
	if unlessNotFound(err) != nil {
		return wrap(err, r.object(component))
	}
	r.drop(component, func(v *networkView) {
		if have, ok := v.addresses[key]; ok && aws.ToString(have.AllocationId) == id {
			delete(v.addresses, key)
		}
	})
	return nil
}

// natDesigns reads the NAT gateways back.
func (v *networkView) natDesigns() map[string]blueprint.NATGatewayDesign {
	if len(v.nats) == 0 {
		return nil
	}
	designs := map[string]blueprint.NATGatewayDesign{}
	for key, gateway := range v.nats {
		subnet := v.subnetKey(aws.ToString(gateway.SubnetId))
		designs[key] = blueprint.NATGatewayDesign{Subnet: subnet, Zone: aws.ToString(v.subnets[subnet].AvailabilityZone)}
	}
	return designs
}

// ensureNATGateways makes the gateways, each in its public subnet and with
// its address, and waits until they carry traffic. A gateway can't move or
// change its address: one that stands elsewhere is made anew.
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
		subnet := aws.ToString(r.view.subnets[want.Subnet].SubnetId)
		address := aws.ToString(r.view.addresses[key].AllocationId)
		r.mu.Unlock()
		if subnet == "" {
			return &cloud.Error{Kind: cloud.ErrUnsupported, Operation: "ensure", Object: r.object(component),
				Reason: "a NAT gateway needs the public subnet that it stands in, and the design names " + "\"" + want.Subnet + "\"",
				Todo:   "This is a defect of kready: please report it."}
		}
		if exists && (aws.ToString(have.SubnetId) != subnet || !uses(have, address)) {
			if err := r.removeNATGateway(ctx, key, aws.ToString(have.NatGatewayId)); err != nil {
				return err
			}
			exists = false
		}
		if !exists {
			made, err := r.createNATGateway(ctx, component, subnet, address)
			if err != nil {
				return wrap(err, r.object(component))
			}
			have = *made
			r.put(component, aws.ToString(have.NatGatewayId), func(v *networkView) { v.nats[key] = have })
		}
		if have.State == types.NatGatewayStateAvailable {
			return nil
		}
		if err := r.waitNATGateway(ctx, component, aws.ToString(have.NatGatewayId)); err != nil {
			return err
		}
		r.touched()
		return nil
	})
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
func (r *networkRun) createNATGateway(ctx context.Context, component, subnet, address string) (*types.NatGateway, error) {
	tags := r.tagsOf(component)
	r.mu.Lock()
	salt := append([]string{subnet, address, tagText(tags)}, sorted(r.view.graves[component])...)
	r.mu.Unlock()
	for tries := 0; ; tries++ {
		got, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.CreateNatGatewayOutput, error) {
			return r.ec2.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{
				SubnetId: aws.String(subnet), AllocationId: aws.String(address), ConnectivityType: types.ConnectivityTypePublic,
				ClientToken:       aws.String(idempotencyToken(r.ref, component, salt...)),
				TagSpecifications: tagSpec(types.ResourceTypeNatgateway, tags),
			})
		})
		if err != nil {
			return nil, err
		}
		id := aws.ToString(got.NatGateway.NatGatewayId)
		live, err := r.natGateway(ctx, id)
		if err != nil {
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
