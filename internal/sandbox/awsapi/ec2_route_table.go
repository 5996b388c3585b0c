package awsapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// routeTable holds the routes that somebody made; local routes follow from the
// VPC's ranges and are added when it is described.
type routeTable struct {
	ec2Object
	VPC          string             `json:"vpc"`
	Routes       []tableRoute       `json:"routes,omitempty"`
	Associations []tableAssociation `json:"associations,omitempty"`
	NATGateway   string             `json:"nat_gateway,omitempty"` // the regional gateway that it came with, and goes with
}

type tableAssociation struct {
	ID     string `json:"id"`
	Subnet string `json:"subnet,omitempty"` // empty: the VPC's main table
}

func (a tableAssociation) main() bool { return a.Subnet == "" }

func (t *routeTable) main() bool {
	return slices.ContainsFunc(t.Associations, tableAssociation.main)
}

var routeTables = &ec2Type[routeTable]{
	table:  sandbox.NewTable[routeTable](cloud, "ec2/route-table"),
	prefix: "rtb-", tag: "route-table", code: "InvalidRouteTableID.NotFound", word: "routeTable",
	ids: "RouteTableId", set: "routeTableSet",
	filters: []string{
		"association.main", "association.route-table-association-id", "association.route-table-id", "association.subnet-id",
		"owner-id", "route-table-id", "route.destination-cidr-block", "route.destination-prefix-list-id", "route.gateway-id",
		"route.nat-gateway-id", "route.transit-gateway-id", "route.vpc-peering-connection-id", "route.instance-id",
		"route.origin", "route.state", "vpc-id",
	},
}

func init() { routeTables.filter, routeTables.render = routeTableField, renderRouteTable }

func routeTableField(tx *sandbox.Tx, t *routeTable, name string) []string {
	routes := func(field func(tableRoute) string) []string { return each(t.allRoutes(tx), field) }
	switch name {
	case "association.main":
		if len(t.Associations) == 0 {
			return []string{"false"}
		}
		return each(t.Associations, func(a tableAssociation) string { return strconv.FormatBool(a.main()) })
	case "association.route-table-association-id":
		return each(t.Associations, func(a tableAssociation) string { return a.ID })
	case "association.route-table-id":
		return each(t.Associations, func(tableAssociation) string { return t.ID })
	case "association.subnet-id":
		return each(t.Associations, func(a tableAssociation) string { return a.Subnet })
	case "owner-id":
		return []string{account(tx)}
	case "route.destination-cidr-block", "route.destination-prefix-list-id":
		return routes(func(r tableRoute) string { return r.Destination })
	case "route.gateway-id":
		return routes(func(r tableRoute) string { return r.target("gatewayId") })
	case "route.nat-gateway-id":
		return routes(func(r tableRoute) string { return r.target("natGatewayId") })
	case "route.transit-gateway-id":
		return routes(func(r tableRoute) string { return r.target("transitGatewayId") })
	case "route.vpc-peering-connection-id":
		return routes(func(r tableRoute) string { return r.target("vpcPeeringConnectionId") })
	case "route.instance-id":
		return routes(func(r tableRoute) string { return r.Instance })
	case "route.origin":
		return routes(func(r tableRoute) string { return r.Origin })
	case "route.state":
		return routes(func(r tableRoute) string { return r.state(tx, t) })
	case "vpc-id":
		return []string{t.VPC}
	default: // route-table-id
		return []string{t.ID}
	}
}

func renderRouteTable(q *request, t *routeTable) []node {
	return []node{
		text("routeTableId", t.ID), text("vpcId", t.VPC), text("ownerId", q.account),
		items("routeSet", t.allRoutes(q.tx), func(r tableRoute) []node { return r.render(q.tx, t) }),
		items("associationSet", t.Associations, func(a tableAssociation) []node {
			return []node{
				text("routeTableAssociationId", a.ID), text("routeTableId", t.ID), text("subnetId", a.Subnet),
				flag("main", a.main()), group("associationState", text("state", "associated")),
			}
		}),
		items("propagatingVgwSet", []string(nil), plain),
		tagSet(t.Tags),
	}
}

// newMainRouteTable is born with its VPC.
func newMainRouteTable(q *request, v *vpc) string {
	t := &routeTable{
		ec2Object:    ec2Object{Meta: sandbox.Meta{Region: q.region, ID: newID(q.tx, "rtb-")}},
		VPC:          v.ID,
		Associations: []tableAssociation{{ID: newID(q.tx, "rtbassoc-")}},
	}
	routeTables.table.Put(q.tx, t)
	return t.ID
}

func createRouteTable(q *request) (any, error) {
	id, err := q.replayed()
	if err != nil {
		return nil, err
	}
	if t, ok := routeTables.table.Get(q.tx, q.region, id); ok {
		return []node{group("routeTable", renderRouteTable(q, t)...)}, nil
	}
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	tags, err := q.tagSpecification("route-table")
	if err != nil {
		return nil, err
	}
	siblings := routeTables.table.Where(q.tx, q.region, func(t *routeTable) bool { return t.VPC == v.ID })
	if len(siblings) >= quota(q.tx, q.region, quotaRouteTables) {
		return nil, fail(http.StatusBadRequest, "RouteTableLimitExceeded", "The maximum number of route tables has been reached.")
	}
	t := &routeTable{ec2Object: q.newObject("rtb-", tags), VPC: v.ID}
	routeTables.table.Put(q.tx, t)
	q.remember(t.ID)
	return []node{group("routeTable", renderRouteTable(q, t)...)}, nil
}

func deleteRouteTable(q *request) (any, error) {
	t, err := routeTables.named(q, "RouteTableId")
	if err != nil {
		return nil, err
	}
	endpoint := exists(endpoints, q.tx, q.region, func(e *vpcEndpoint) bool { return slices.Contains(e.RouteTables, t.ID) })
	if len(t.Associations) > 0 || t.NATGateway != "" || endpoint {
		return nil, q.refuseBusy("routeTable", t.ID, func(*networkInterface) bool { return false })
	}
	routeTables.table.Delete(q.tx, q.region, t.ID)
	return nil, nil
}

func associateRouteTable(q *request) (any, error) {
	t, err := routeTables.named(q, "RouteTableId")
	if err != nil {
		return nil, err
	}
	s, err := subnets.named(q, "SubnetId")
	if err != nil {
		return nil, err
	}
	if s.VPC != t.VPC {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "route table %s and subnet %s belong to different networks", t.ID, s.ID)
	}
	for _, other := range routeTables.table.List(q.tx, q.region) {
		for _, a := range other.Associations {
			if a.Subnet == s.ID && other.ID != t.ID {
				return nil, fail(http.StatusBadRequest, "Resource.AlreadyAssociated", "the specified association for route table %s conflicts with an existing association", t.ID)
			}
			if a.Subnet == s.ID {
				return associated("associationId", a.ID), nil
			}
		}
	}
	a := tableAssociation{ID: newID(q.tx, "rtbassoc-"), Subnet: s.ID}
	t.Associations = append(slices.Clone(t.Associations), a)
	routeTables.table.Put(q.tx, t)
	q.object(a.ID)
	return associated("associationId", a.ID), nil
}

func associated(name, id string) []node {
	return []node{text(name, id), group("associationState", text("state", "associated"))}
}

// association finds the table and place of an association by id.
func (q *request) association() (*routeTable, int, error) {
	id, err := q.form.required("AssociationId")
	if err != nil {
		return nil, 0, err
	}
	q.object(id)
	is := func(a tableAssociation) bool { return a.ID == id }
	t, ok := routeTables.table.First(q.tx, q.region, func(t *routeTable) bool { return slices.ContainsFunc(t.Associations, is) })
	if !ok {
		return nil, 0, fail(http.StatusBadRequest, "InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
	}
	return t, slices.IndexFunc(t.Associations, is), nil
}

func disassociateRouteTable(q *request) (any, error) {
	t, i, err := q.association()
	if err != nil {
		return nil, err
	}
	if t.Associations[i].main() {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "cannot disassociate the main route table association %s", t.Associations[i].ID)
	}
	t.Associations = slices.Delete(slices.Clone(t.Associations), i, i+1)
	routeTables.table.Put(q.tx, t)
	return []node{flag("return", true)}, nil
}

// replaceRouteTableAssociation moves a subnet, or the part of main table, to
// another table; the association gets a new id.
func replaceRouteTableAssociation(q *request) (any, error) {
	from, i, err := q.association()
	if err != nil {
		return nil, err
	}
	to, err := routeTables.named(q, "RouteTableId")
	if err != nil {
		return nil, err
	}
	if from.VPC != to.VPC {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "route tables %s and %s belong to different networks", from.ID, to.ID)
	}
	moved := from.Associations[i]
	moved.ID = newID(q.tx, "rtbassoc-")
	from.Associations = slices.Delete(slices.Clone(from.Associations), i, i+1)
	routeTables.table.Put(q.tx, from)
	to.Associations = append(slices.Clone(to.Associations), moved)
	routeTables.table.Put(q.tx, to)
	if moved.main() {
		v, err := vpcs.get(q, to.VPC)
		if err != nil {
			return nil, err
		}
		v.MainRouteTable = to.ID
		vpcs.table.Put(q.tx, v)
	}
	return associated("newAssociationId", moved.ID), nil
}

// publicSubnet says whether a subnet's table leads to an internet gateway.
func publicSubnet(tx *sandbox.Tx, s *subnet) bool {
	at := func(t *routeTable) bool {
		return slices.ContainsFunc(t.Associations, func(a tableAssociation) bool { return a.Subnet == s.ID })
	}
	t, ok := routeTables.table.First(tx, s.Region, at)
	if !ok {
		t, ok = routeTables.table.First(tx, s.Region, func(t *routeTable) bool { return t.VPC == s.VPC && t.main() })
	}
	return ok && slices.ContainsFunc(t.Routes, func(r tableRoute) bool {
		p, err := netip.ParsePrefix(r.Destination)
		return err == nil && p.Bits() == 0 && len(r.Target) > 4 && r.Target[:4] == "igw-"
	})
}
