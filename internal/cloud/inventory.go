package cloud

import "context"

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
