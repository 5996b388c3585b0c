package awscloud_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// regionalNetwork has one NAT gateway with an address in each of the zones, and
// no public subnet.
func regionalNetwork(zones ...string) blueprint.NetworkDesign {
	design := networkDesign()
	design.Egress, design.NATGateways = "nat", map[string]blueprint.NATGatewayDesign{"regional": {Zones: zones}}
	for key, subnet := range design.Subnets {
		switch {
		case subnet.Tier == blueprint.TierPublic:
			delete(design.Subnets, key)
		case strings.HasPrefix(subnet.RouteTo, "nat/"):
			subnet.RouteTo = "nat/regional"
			design.Subnets[key] = subnet
		}
	}
	delete(design.Endpoints, "ecr.api")
	delete(design.Endpoints, "eks")
	return design
}

// TestNetworkRegionalNAT proves that a regional gateway takes and leaves zones
// in place with the addresses of the others untouched, killed at any change,
// and that an address which somebody takes away shows and comes back.
func TestNetworkRegionalNAT(t *testing.T) {
	ctx, ref := t.Context(), networkRef()
	one, both := regionalNetwork(zoneA), regionalNetwork(zoneA, zoneB)
	for _, way := range []struct{ before, after blueprint.NetworkDesign }{{one, both}, {both, regionalNetwork(zoneB)}} {
		var made networkSeen
		points := crashPoints(t,
			func(w *world) { made = ensureNetwork(t, w.cloud.Network(), ref, way.before) },
			func(c cloud.Cloud) error {
				_, err := c.Network().Ensure(ctx, ref, way.after, way.before, cloud.Inputs{})
				return err
			},
			func(w *world, point string) {
				seen := ensureNetwork(t, w.cloud.Network(), ref, way.after)
				for component, id := range seen.Objects {
					if before := made.Objects[component]; before != "" && before != id {
						t.Errorf("%s: %s was %s and is %s", point, component, before, id)
					}
				}
				if len(seen.Outputs.EgressAddress) != len(way.after.NATGateways["regional"].Zones) || len(doubles(w)) > 0 {
					t.Errorf("%s: addresses %q, doubles %q", point, seen.Outputs.EgressAddress, doubles(w))
				}
			})
		t.Logf("%d points", points)
	}

	w := newWorld(t)
	made := ensureNetwork(t, w.cloud.Network(), ref, both)
	gateways, err := w.ec2().DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{NatGatewayIds: []string{made.Objects["nat/regional"]}})
	if err != nil {
		t.Fatal(err)
	}
	gateway := gateways.NatGateways[0]
	if len(gateway.NatGatewayAddresses) != 2 || gateway.RouteTableId == nil || gateway.SubnetId != nil {
		t.Errorf("the gateway: %+v", gateway)
	}
	_, err = w.ec2().DisassociateNatGatewayAddress(ctx, &ec2.DisassociateNatGatewayAddressInput{
		NatGatewayId: gateway.NatGatewayId, AssociationIds: []string{aws.ToString(gateway.NatGatewayAddresses[1].AssociationId)},
	})
	if err != nil {
		t.Fatal(err)
	}
	shows := func(gone string) {
		t.Helper()
		if seen, err := w.cloud.Network().Find(ctx, ref, both); err != nil || len(diff("design", both, seen.Design)) == 0 {
			t.Errorf("what happened to %s does not show (%v)", gone, err)
		}
		again := ensureNetwork(t, w.cloud.Network(), ref, both)
		for component, id := range again.Objects {
			if component != gone && made.Objects[component] != id {
				t.Errorf("%s was %s and is %s", component, made.Objects[component], id)
			}
		}
		made = again
	}
	shows("an address")
	w.remove(made.Objects["address/regional-"+zoneA])
	shows("address/regional-" + zoneA)
	w.operatorRemoves(w.ec2(), "nat/regional", made)
	shows("nat/regional")
	if err := w.cloud.Network().Delete(ctx, ref, both, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if left := w.left(); !slices.Equal(left, nil) {
		t.Errorf("left:\n%s", lines(left))
	}
}
