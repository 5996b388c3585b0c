package azurecloud

import (
	"context"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

var _ cloud.Inventory = (*azureCloud)(nil)

// Ranges implements [cloud.Inventory] from virtual networks, with the subnets
// and peerings in them.
func (c *azureCloud) Ranges(ctx context.Context) ([]cloud.NetworkRange, error) {
	api, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	all, err := api.list(ctx, vnets, "/subscriptions/"+api.subscription+"/providers/"+vnets.name, "")
	if err != nil {
		return nil, wrap(err, "virtual networks of "+api.region)
	}
	listed := &inventory{api: api, mine: map[string]bool{}}
	var here []document
	for _, vnet := range all {
		if strings.EqualFold(text(vnet, "location"), api.region) {
			here = append(here, vnet)
			listed.mine[strings.ToLower(text(vnet, "id"))] = true
		}
	}
	for _, vnet := range here {
		listed.network(vnet)
	}
	for _, vnet := range here {
		listed.subnets(vnet)
	}
	for _, vnet := range here {
		listed.peerings(vnet)
	}
	return listed.ranges, nil
}

// inventory collects the ranges of one subscription and region.
type inventory struct {
	api    *api
	mine   map[string]bool // lower-cased ids of the networks here
	ranges []cloud.NetworkRange
}

// add notes ranges; who made the network made what is in it.
func (i *inventory) add(kind, network, id, name string, marks map[string]string, ranges ...string) {
	for _, cidr := range ranges {
		i.ranges = append(i.ranges, cloud.NetworkRange{
			CIDR: cidr, Kind: kind, Network: network, ID: id, Name: name,
			Owner: marks[cloud.TagOwner], Cluster: marks[cloud.TagCluster], Realm: i.api.subscription, Region: i.api.region,
		})
	}
}

func (i *inventory) network(vnet document) {
	id := text(vnet, "id")
	i.add(cloud.RangeNetwork, id, id, text(vnet, "name"), marksOf(vnets, vnet), texts(vnet, "properties", "addressSpace", "addressPrefixes")...)
}

func (i *inventory) subnets(vnet document) {
	for _, subnet := range entries(vnet, "properties", "subnets") {
		ranges := texts(subnet, "properties", "addressPrefixes")
		if one := text(subnet, "properties", "addressPrefix"); one != "" {
			ranges = []string{one}
		}
		i.add(cloud.RangeSubnet, text(vnet, "id"), text(subnet, "id"), text(subnet, "name"), marksOf(vnets, vnet), ranges...)
	}
}

// peerings adds the ranges of the other side, as far as it is not listed itself.
func (i *inventory) peerings(vnet document) {
	for _, peering := range entries(vnet, "properties", "virtualNetworkPeerings") {
		other := text(peering, "properties", "remoteVirtualNetwork", "id")
		if i.mine[strings.ToLower(other)] {
			continue
		}
		ranges := texts(peering, "properties", "remoteVirtualNetworkAddressSpace", "addressPrefixes")
		if len(ranges) == 0 {
			ranges = texts(peering, "properties", "remoteAddressSpace", "addressPrefixes")
		}
		i.add(cloud.RangePeer, other, text(peering, "id"), text(peering, "name"), nil, ranges...)
	}
}
