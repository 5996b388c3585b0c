package cloud

import (
	"context"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// Surveyor is what a cloud can say about the place that a design is meant for,
// before anything is made. An adapter may implement it beside [Cloud]. It
// changes nothing, and asks only for what the design refers to.
type Surveyor interface {
	Survey(ctx context.Context, design blueprint.Design) (Survey, error)
}

// Survey is what was found. What a design refers to and is missing here does
// not exist, or can't be seen with these credentials.
type Survey struct {
	Network  *SurveyedNetwork          // of network.existing; nil: there is none
	Subnets  map[string]SurveyedSubnet // of network.existing, by subnet key
	Tables   map[string]SurveyedTable  // route tables of network.existing and of its subnets, by id
	Links    map[string]SurveyedLink   // far sides of connections, by connection name
	Ranges   []NetworkRange            // ranges in use in the account and region
	Roles    map[string]SurveyedRole   // of roles that exist, by ARN
	Keys     map[string]string         // state of keys that exist, by id: "enabled", or what else
	Zones    []string                  // zones that the account sees
	Versions []VersionInfo             // Kubernetes versions on offer
}

// SurveyedNetwork is a network that exists.
type SurveyedNetwork struct {
	ID           string
	CIDRs        []string
	PrivateNames bool              // private names of endpoints can be found in it
	Endpoints    map[string]string // private endpoints that are there: id by service
}

// SurveyedSubnet is a subnet that exists.
type SurveyedSubnet struct {
	ID, Network, Zone, CIDR string
	Free                    int  // addresses that can still be given
	Public                  bool // instances in it get public addresses
	Tags                    map[string]string
	Table                   string // id of the route table that it uses
}

// SurveyedTable is a route table that exists.
type SurveyedTable struct {
	ID, Network string
	Default     string // what the default route leads to; empty: there is none
	Dead        bool   // the default route leads nowhere
}

// SurveyedLink is the far side of a connection.
type SurveyedLink struct {
	Seen  bool     // the gateway or network can be seen
	Owner string   // account or subscription of it
	CIDRs []string // ranges that are known behind it, our own network's aside
}

// SurveyedRole is a role that exists.
type SurveyedRole struct {
	Services []string // services that may take it
}
