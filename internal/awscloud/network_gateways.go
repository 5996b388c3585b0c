package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// wantsGateway tells whether any subnet has a way to the internet.
func (r *networkRun) wantsGateway() bool {
	for _, subnet := range r.design.Subnets {
		if subnet.RouteTo == "internet" {
			return true
		}
	}
	return len(r.design.NATGateways) > 0 // a regional one has no subnet that says so
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
	wanted := map[string]string{}
	for key, gateway := range r.design.NATGateways {
		maps.Copy(wanted, gateway.AddressKeys(key))
	}
	return each(ctx, wanted, func(ctx context.Context, key, _ string) error {
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
