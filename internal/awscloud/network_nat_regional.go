package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// A regional NAT gateway stands in every zone for which it was given an address.
// kready gives it its own addresses, so that they are known and stay: without
// any, AWS would find zones and addresses by itself. More addresses in a zone
// that it serves are the business of whoever needs the ports.

// regional tells whether a gateway is one.
func regional(gateway types.NatGateway) bool {
	return gateway.AvailabilityMode == types.AvailabilityModeRegional
}

// natZones are the zones that a regional gateway serves from kready's
// addresses, and a remark for each that it serves from others only.
func (v *networkView) natZones(key string, gateway types.NatGateway) []string {
	ours := blueprint.NATGatewayDesign{Zones: v.known.Zones}
	for zone := range zonesOf(gateway) {
		if !slices.Contains(ours.Zones, zone) {
			ours.Zones = append(slices.Clone(ours.Zones), zone)
		}
	}
	if len(ours.Zones) == 0 {
		return nil
	}
	var zones []string
	for address, zone := range ours.AddressKeys(key) {
		have := aws.ToString(v.addresses[address].AllocationId)
		given := zonesOf(gateway)[zone]
		switch {
		case have != "" && (slices.Contains(given, have) || len(gateway.NatGatewayAddresses) == 0 && gateway.State == types.NatGatewayStatePending):
			zones = append(zones, zone)
		case len(given) > 0:
			zones = append(zones, remark(zone, "by "+given[0]+", which is not kready's"))
		}
	}
	if gateway.AutoProvisionZones == types.AutoProvisionZonesStateEnabled {
		zones = append(zones, "by AWS's choice")
	}
	return sorted(zones)
}

// zonesOf are a regional gateway's addresses by zone.
func zonesOf(gateway types.NatGateway) map[string][]string {
	zones := map[string][]string{}
	for _, address := range gateway.NatGatewayAddresses {
		if address.Status == types.NatGatewayAddressStatusFailed || address.Status == types.NatGatewayAddressStatusDisassociating {
			continue
		}
		zone := aws.ToString(address.AvailabilityZone)
		zones[zone] = append(zones[zone], aws.ToString(address.AllocationId))
	}
	delete(zones, "")
	return zones
}

// ensureNATZones gives a regional gateway its address in every zone, and takes
// it out of zones that it no longer serves.
func (r *networkRun) ensureNATZones(ctx context.Context, component, id string, place natPlace) error {
	if place.subnet != "" {
		return nil
	}
	object := r.object(component)
	gateway, err := r.natGateway(ctx, id)
	if err != nil || gateway == nil {
		return wrap(err, object)
	}
	have := zonesOf(*gateway)
	for _, zone := range sortedKeys(place.addresses) {
		if slices.Contains(have[zone], place.addresses[zone]) {
			continue
		}
		_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.AssociateNatGatewayAddressOutput, error) {
			return r.ec2.AssociateNatGatewayAddress(ctx, &ec2.AssociateNatGatewayAddressInput{
				NatGatewayId: aws.String(id), AllocationIds: []string{place.addresses[zone]}, AvailabilityZone: aws.String(zone),
			})
		})
		// Where the answer of an attempt was lost, the next one finds it done;
		// waiting tells that from an address that something else uses.
		if err != nil && !isCode(err, "Resource.AlreadyAssociated") {
			return wrap(err, object)
		}
		r.touched()
		if err := r.waitNATAddress(ctx, component, id, place.addresses[zone], true, err); err != nil {
			return err
		}
	}
	for _, address := range gateway.NatGatewayAddresses {
		zone := aws.ToString(address.AvailabilityZone)
		if _, wanted := place.addresses[zone]; wanted || zone == "" {
			continue
		}
		if err := r.leaveNATZone(ctx, component, id, address); err != nil {
			return err
		}
	}
	return nil
}

// leaveNATZone takes one address from a gateway. AWS drains it first.
func (r *networkRun) leaveNATZone(ctx context.Context, component, id string, address types.NatGatewayAddress) error {
	if address.Status != types.NatGatewayAddressStatusDisassociating {
		_, err := commit(ctx, func(ctx context.Context) (*ec2.DisassociateNatGatewayAddressOutput, error) {
			return r.ec2.DisassociateNatGatewayAddress(ctx, &ec2.DisassociateNatGatewayAddressInput{
				NatGatewayId: aws.String(id), AssociationIds: []string{aws.ToString(address.AssociationId)},
			})
		})
		if unlessNotFound(err) != nil {
			return wrap(err, r.object(component))
		}
		r.touched()
	}
	return r.waitNATAddress(ctx, component, id, aws.ToString(address.AllocationId), false, nil)
}

// waitNATAddress waits until a gateway uses an address, or no longer does.
// refused is what AWS said when it was asked to.
func (r *networkRun) waitNATAddress(ctx context.Context, component, id, allocation string, used bool, refused error) error {
	object := r.object(component)
	looks := 0
	return r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		gateway, err := r.natGateway(ctx, id)
		if err != nil {
			return false, "", wrap(err, object)
		}
		if gateway == nil {
			return !used, "not visible", nil
		}
		at := slices.IndexFunc(gateway.NatGatewayAddresses, func(a types.NatGatewayAddress) bool { return aws.ToString(a.AllocationId) == allocation })
		looks++
		switch {
		case at < 0 && used && refused != nil && looks >= freshLooks:
			return false, "", wrap(refused, object)
		case at < 0:
			return !used, "without " + allocation, nil
		}
		address := gateway.NatGatewayAddresses[at]
		if address.Status == types.NatGatewayAddressStatusFailed && used {
			return false, "", &cloud.Error{Kind: cloud.ErrConflict, Operation: "ec2 AssociateNatGatewayAddress", Object: object,
				Reason: allocation + " failed: " + aws.ToString(address.FailureMessage), Todo: "Mend what the message names and apply again."}
		}
		return used && (address.Status == types.NatGatewayAddressStatusSucceeded || address.Status == ""), string(address.Status), nil
	})
}
