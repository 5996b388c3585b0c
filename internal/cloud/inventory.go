package cloud

import (
	"context"
	"strings"
)

// Inventory is what a cloud can say about addresses that are in use, whoever
// made what uses them. An adapter may implement it beside [Cloud].
type Inventory interface {
	// Ranges lists the address ranges of all networks and subnets of the
	// account or subscription in the target's region, secondary ranges and
	// those of peered networks included, page by page.
	Ranges(ctx context.Context) ([]NetworkRange, error)
}

// Kinds of network ranges.
const (
	RangeNetwork = "network" // of a VPC or VNet
	RangeSubnet  = "subnet"  // inside one
	RangePeer    = "peer"    // of a network that is peered with one, in any account or region
)

// NetworkRange is one range that is in use.
type NetworkRange struct {
	CIDR    string `json:"cidr" doc:"Range."`
	Kind    string `json:"kind" doc:"\"network\", \"subnet\", or \"peer\" for one of a network that is peered."`
	Network string `json:"network" doc:"Id of the network."`
	ID      string `json:"id" doc:"Id of what has the range: the network, the subnet, the peering."`
	Name    string `json:"name,omitempty" doc:"Its name."`
	Owner   string `json:"owner,omitempty" doc:"kready owner that made it; empty where kready did not."`
	Cluster string `json:"cluster,omitempty" doc:"Cluster that it is of, where kready made it."`
	Realm   string `json:"realm" doc:"Account, subscription or sandbox."`
	Region  string `json:"region" doc:"Region."`
}

// String says who has the range, for people.
func (r NetworkRange) String() string {
	if r.Kind == RangePeer {
		return "peered " + r.Network
	}
	name := r.Realm + " " + r.Region + " " + r.Network
	if r.Name != "" {
		name += " (" + r.Name + ")"
	}
	return name
}

// Networks are the ranges of networks without those of their subnets, each
// once: the same network may be listed in its own account and be a peer in
// several others.
func Networks(ranges []NetworkRange) []NetworkRange {
	of := func(r NetworkRange) string { return strings.ToLower(r.Network) }
	listed, seen := map[string]bool{}, map[string]bool{}
	for _, r := range ranges {
		listed[of(r)] = listed[of(r)] || r.Kind == RangeNetwork
	}
	var networks []NetworkRange
	for _, r := range ranges {
		if key := of(r) + " " + r.CIDR; r.Kind != RangeSubnet && (r.Kind != RangePeer || !listed[of(r)]) && !seen[key] {
			seen[key] = true
			networks = append(networks, r)
		}
	}
	return networks
}
