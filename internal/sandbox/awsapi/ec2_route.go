package awsapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// tableRoute is one route. Target is an id; what it is shows by its prefix.
type tableRoute struct {
	Destination string `json:"destination"` // range, or prefix list id
	Target      string `json:"target"`
	Instance    string `json:"instance,omitempty"` // of a target interface
	Origin      string `json:"origin"`             // CreateRouteTable, CreateRoute
}

// routeTargets are the kinds of target: parameter, answer's element, prefix of
// ids. A gateway endpoint and "local" stand in gatewayId.
var routeTargets = []struct{ parameter, element, prefix string }{
	{"GatewayId", "gatewayId", "igw-"},
	{"NatGatewayId", "natGatewayId", "nat-"},
	{"TransitGatewayId", "transitGatewayId", "tgw-"},
	{"VpcPeeringConnectionId", "vpcPeeringConnectionId", "pcx-"},
	{"NetworkInterfaceId", "networkInterfaceId", "eni-"},
	{"VpcEndpointId", "gatewayId", "vpce-"},
}

// target is the route's target if it is shown in that element.
func (r tableRoute) target(element string) string {
	if r.element() == element {
		return r.Target
	}
	return ""
}

func (r tableRoute) element() string {
	for _, t := range routeTargets {
		if strings.HasPrefix(r.Target, t.prefix) {
			return t.element
		}
	}
	return "gatewayId" // local
}

func (r tableRoute) render(tx *sandbox.Tx, t *routeTable) []node {
	destination := "destinationCidrBlock"
	if strings.HasPrefix(r.Destination, "pl-") {
		destination = "destinationPrefixListId"
	}
	return []node{
		text(destination, r.Destination), text(r.element(), r.Target), text("instanceId", r.Instance),
		text("origin", r.Origin), text("state", r.state(tx, t)),
	}
}

// state is blackhole when the target is gone.
func (r tableRoute) state(tx *sandbox.Tx, t *routeTable) string {
	alive := true
	switch r.element() {
	case "natGatewayId":
		n, ok := natGateways.table.Get(tx, t.Region, r.Target)
		alive = ok && !n.over()
	case "transitGatewayId":
		alive = exists(attachments, tx, t.Region, func(a *transitAttachment) bool {
			return a.Gateway == r.Target && a.VPC == t.VPC && (a.State == "available" || a.State == "pending" || a.State == "modifying")
		})
	case "vpcPeeringConnectionId":
		p, ok := peerings.table.Get(tx, t.Region, r.Target)
		alive = ok && p.State == "active"
	case "networkInterfaceId":
		i, ok := interfaces.table.Get(tx, t.Region, r.Target)
		alive = ok && i.Status == "in-use"
	default:
		if strings.HasPrefix(r.Target, "igw-") {
			g, ok := gateways.table.Get(tx, t.Region, r.Target)
			alive = ok && g.VPC == t.VPC
		}
	}
	if !alive {
		return "blackhole"
	}
	return "active"
}

// allRoutes are the local routes of the VPC's ranges and the table's own.
func (t *routeTable) allRoutes(tx *sandbox.Tx) []tableRoute {
	var out []tableRoute
	if v, ok := vpcs.table.Get(tx, t.Region, t.VPC); ok {
		for _, p := range v.live() {
			out = append(out, tableRoute{Destination: p.String(), Target: "local", Origin: "CreateRouteTable"})
		}
	}
	return append(out, t.Routes...)
}

func createRoute(q *request) (any, error) {
	t, r, err := q.readRoute()
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(t.allRoutes(q.tx), func(o tableRoute) bool { return o.Destination == r.Destination }) {
		return nil, fail(http.StatusBadRequest, "RouteAlreadyExists", "The route identified by %s already exists.", r.Destination)
	}
	if err := q.checkAgainstLocal(t, r); err != nil {
		return nil, err
	}
	if len(t.Routes) >= quota(q.tx, q.region, quotaRoutes) {
		return nil, fail(http.StatusBadRequest, "RouteLimitExceeded", "The maximum number of routes has been reached.")
	}
	t.Routes = append(slices.Clone(t.Routes), r)
	routeTables.table.Put(q.tx, t)
	return []node{flag("return", true)}, nil
}

func replaceRoute(q *request) (any, error) {
	t, r, err := q.readRoute()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(t.Routes, func(o tableRoute) bool { return o.Destination == r.Destination })
	if i < 0 {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "There is no route defined for '%s' in the route table. Use CreateRoute instead.", r.Destination)
	}
	t.Routes = slices.Clone(t.Routes)
	t.Routes[i] = r
	routeTables.table.Put(q.tx, t)
	return []node{flag("return", true)}, nil
}

func deleteRoute(q *request) (any, error) {
	t, err := routeTables.named(q, "RouteTableId")
	if err != nil {
		return nil, err
	}
	destination, err := q.destination()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(t.Routes, func(o tableRoute) bool { return o.Destination == destination })
	if i < 0 {
		if slices.ContainsFunc(t.allRoutes(q.tx), func(o tableRoute) bool { return o.Destination == destination }) {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "cannot remove local route %s in route table %s", destination, t.ID)
		}
		return nil, fail(http.StatusBadRequest, "InvalidRoute.NotFound", "no route with destination-cidr-block %s in route table %s", destination, t.ID)
	}
	if strings.HasPrefix(destination, "pl-") && strings.HasPrefix(t.Routes[i].Target, "vpce-") {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "cannot remove VPC endpoint route %s in route table %s", destination, t.ID)
	}
	t.Routes = slices.Delete(slices.Clone(t.Routes), i, i+1)
	routeTables.table.Put(q.tx, t)
	return []node{flag("return", true)}, nil
}

// readRoute reads a route's table, destination and target, and proves that
// the target exists and can be reached from the table's VPC.
func (q *request) readRoute() (*routeTable, tableRoute, error) {
	r := tableRoute{Origin: "CreateRoute"}
	t, err := routeTables.named(q, "RouteTableId")
	if err != nil {
		return nil, r, err
	}
	if r.Destination, err = q.destination(); err != nil {
		return nil, r, err
	}
	for _, kind := range routeTargets {
		id := q.form.text(kind.parameter)
		if id == "" {
			continue
		}
		if r.Target != "" {
			return nil, r, fail(http.StatusBadRequest, "InvalidParameterCombination", "A route has exactly one target")
		}
		r.Target = id
		if err := q.checkTarget(t, &r, kind.parameter); err != nil {
			return nil, r, err
		}
	}
	if r.Target == "" {
		return nil, r, fail(http.StatusBadRequest, "MissingParameter", "The request must contain a target for the route")
	}
	return t, r, nil
}

func (q *request) destination() (string, error) {
	if list := q.form.text("DestinationPrefixListId"); list != "" {
		if _, ok := prefixListByID(q.region, list); !ok {
			return "", fail(http.StatusBadRequest, "InvalidPrefixListID.NotFound", "The prefix list ID '%s' does not exist", list)
		}
		return list, nil
	}
	p, err := q.prefix("DestinationCidrBlock", "InvalidParameterValue", 0, 32)
	return p.String(), err
}

func (q *request) checkTarget(t *routeTable, r *tableRoute, parameter string) error {
	far := fail(http.StatusBadRequest, "InvalidParameterValue", "route table %s and network gateway %s belong to different networks", t.ID, r.Target)
	switch parameter {
	case "GatewayId":
		g, err := gateways.get(q, r.Target)
		if err != nil {
			return err
		}
		if g.VPC != t.VPC {
			return far
		}
	case "NatGatewayId":
		n, ok := natGateways.table.Get(q.tx, q.region, r.Target)
		if !ok || n.over() {
			return fail(http.StatusBadRequest, "InvalidNatGatewayID.NotFound", "The natGateway ID '%s' does not exist", r.Target)
		}
		if n.VPC != t.VPC {
			return far
		}
	case "TransitGatewayId":
		if _, err := transitGateways.get(q, r.Target); err != nil {
			return err
		}
		attached := func(a *transitAttachment) bool {
			return a.Gateway == r.Target && a.VPC == t.VPC && a.State == "available"
		}
		if !exists(attachments, q.tx, q.region, attached) {
			return fail(http.StatusBadRequest, "InvalidTransitGatewayID.NotFound", "The transitGateway ID '%s' does not exist, or has no attachment to the VPC '%s'.", r.Target, t.VPC)
		}
	case "VpcPeeringConnectionId":
		p, err := peerings.get(q, r.Target)
		if err != nil {
			return err
		}
		if p.Requester != t.VPC && p.Accepter != t.VPC {
			return far
		}
	case "NetworkInterfaceId":
		i, err := interfaces.get(q, r.Target)
		if err != nil {
			return err
		}
		if i.Attachment != nil {
			r.Instance = i.Attachment.Instance
		}
	case "VpcEndpointId":
		e, err := endpoints.get(q, r.Target)
		if err != nil {
			return err
		}
		return fail(http.StatusBadRequest, "InvalidParameterValue", "The VPC endpoint '%s' is of type %s; routes take Gateway Load Balancer endpoints, which this sandbox does not model.", e.ID, e.Type)
	}
	return nil
}

// checkAgainstLocal refuses routes inside the VPC to anything but an interface.
func (q *request) checkAgainstLocal(t *routeTable, r tableRoute) error {
	if strings.HasPrefix(r.Destination, "pl-") || strings.HasPrefix(r.Target, "eni-") {
		return nil // not a range, or allowed
	}
	p, err := netip.ParsePrefix(r.Destination)
	if err != nil {
		return err
	}
	v, err := vpcs.get(q, t.VPC)
	if err != nil {
		return err
	}
	inside := func(own netip.Prefix) bool { return own.Bits() <= p.Bits() && own.Overlaps(p) }
	if slices.ContainsFunc(v.live(), inside) {
		return fail(http.StatusBadRequest, "InvalidParameterValue", "The destination CIDR block %s is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.", p)
	}
	return nil
}
