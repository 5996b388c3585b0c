package awsapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// natGateway translates addresses for a zone (zonal, in a subnet) or for all
// zones of a VPC (regional).
type natGateway struct {
	ec2Object
	VPC          string           `json:"vpc"`
	Subnet       string           `json:"subnet,omitempty"` // zonal
	Zone         string           `json:"zone,omitempty"`   // zonal
	Mode         string           `json:"mode"`             // zonal, regional
	Connectivity string           `json:"connectivity"`     // public, private
	AutoZones    bool             `json:"auto_zones,omitempty"`
	RouteTable   string           `json:"route_table,omitempty"` // regional: AWS makes one, with a way to the internet gateway
	State        string           `json:"state"`                 // pending, available, failed, deleting, deleted
	Failure      string           `json:"failure,omitempty"`
	FailureText  string           `json:"failure_text,omitempty"`
	Addresses    []natAddress     `json:"addresses"`
	Created      time.Time        `json:"created"`
	Deleted      time.Time        `json:"deleted,omitzero"`
	Progress     sandbox.Progress `json:"progress"`
}

type natAddress struct {
	Allocation  string `json:"allocation,omitempty"`
	Association string `json:"association,omitempty"`
	Interface   string `json:"interface,omitempty"`
	Private     string `json:"private,omitempty"`
	Public      string `json:"public,omitempty"`
	Zone        string `json:"zone,omitempty"` // regional
	Primary     bool   `json:"primary"`
}

// over says that the gateway is gone, although it is still listed.
func (n *natGateway) over() bool { return n.State == "deleted" || n.State == "failed" }

// natListed is how long a deleted or failed gateway is still described.
const natListed = time.Hour

var natGateways = &ec2Type[natGateway]{
	table:  sandbox.NewTable[natGateway](cloud, "ec2/nat-gateway"),
	prefix: "nat-", tag: "natgateway", code: "NatGatewayNotFound", word: "natGateway", says: "The Nat Gateway %s was not found",
	ids: "NatGatewayId", set: "natGatewaySet",
	filters: []string{"nat-gateway-id", "state", "subnet-id", "vpc-id"},
	states:  []string{"state"},
}

func init() {
	natGateways.filter, natGateways.progress, natGateways.render = natField, natProgress, renderNAT
}

func natField(_ *sandbox.Tx, n *natGateway, name string) []string {
	return []string{map[string]string{
		"nat-gateway-id": n.ID, "state": n.State, "subnet-id": n.Subnet, "vpc-id": n.VPC,
	}[name]}
}

// natProgress moves a gateway one step: pending to available or failed,
// deleting to deleted, and away some time after that.
func natProgress(q *request, n *natGateway) {
	done, moved := n.Progress.Poll()
	switch {
	case n.over() && q.tx.Now().Sub(n.Deleted) > natListed:
		natGateways.table.Delete(q.tx, n.Region, n.ID)
		return
	case done && n.State == "pending" && n.Failure != "":
		n.State, n.Deleted, n.Pending, moved = "failed", q.tx.Now(), true, true
		n.letGo(q.tx)
	case done && n.State == "pending":
		n.State, moved = "available", true
	case done && n.State == "deleting":
		n.State, n.Deleted, n.Pending, moved = "deleted", q.tx.Now(), true, true
		n.letGo(q.tx)
	}
	if moved {
		natGateways.table.Put(q.tx, n)
	}
}

// letGo returns the gateway's interface and addresses.
func (n *natGateway) letGo(tx *sandbox.Tx) {
	leaveInterfaces(tx, n.Region, sandbox.Progress{}, func(i *networkInterface) bool { return i.Owner == n.ID })
	for _, used := range n.Addresses {
		if a, ok := addresses.table.Get(tx, n.Region, used.Allocation); ok && a.Association == used.Association {
			a.release()
			addresses.table.Put(tx, a)
		}
	}
	routeTables.table.Delete(tx, n.Region, n.RouteTable)
}

func renderNAT(_ *request, n *natGateway) []node {
	auto := "disabled"
	if n.AutoZones {
		auto = "enabled"
	}
	regional := []node{}
	if n.Mode == "regional" {
		regional = []node{text("autoScalingIps", auto), text("autoProvisionZones", auto), text("routeTableId", n.RouteTable)}
	}
	return append([]node{
		text("natGatewayId", n.ID), text("vpcId", n.VPC), text("subnetId", n.Subnet), text("state", n.State),
		text("connectivityType", n.Connectivity), text("availabilityMode", n.Mode),
		text("failureCode", n.Failure), text("failureMessage", n.FailureText),
		instant("createTime", n.Created), instant("deleteTime", n.Deleted),
		items("natGatewayAddressSet", n.Addresses, func(a natAddress) []node {
			return []node{
				text("allocationId", a.Allocation), text("associationId", a.Association), text("networkInterfaceId", a.Interface),
				text("privateIp", a.Private), text("publicIp", a.Public), flag("isPrimary", a.Primary), text("status", "succeeded"),
				text("availabilityZone", a.Zone),
			}
		}),
		tagSet(n.Tags),
	}, regional...)
}

func createNATGateway(q *request) (any, error) {
	id, err := q.replayed()
	if err != nil {
		return nil, err
	}
	if n, ok := natGateways.table.Get(q.tx, q.region, id); ok {
		return q.answerNAT(n), nil
	}
	tags, err := q.tagSpecification("natgateway")
	if err != nil {
		return nil, err
	}
	n := &natGateway{
		ec2Object: q.newObject("nat-", tags), Mode: q.form.text("AvailabilityMode"), Connectivity: q.form.text("ConnectivityType"),
		State: "pending", Created: q.tx.Now(), Progress: q.tx.Steps("ec2/nat-gateway", 2),
	}
	if n.Connectivity == "" {
		n.Connectivity = "public"
	}
	switch n.Mode {
	case "", "zonal":
		n.Mode = "zonal"
		err = q.zonalNAT(n)
	case "regional":
		err = q.regionalNAT(n)
	default:
		err = fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter availabilityMode is invalid.", n.Mode)
	}
	if err != nil {
		return nil, err
	}
	natGateways.table.Put(q.tx, n)
	q.remember(n.ID)
	return q.answerNAT(n), nil
}

func (q *request) answerNAT(n *natGateway) []node {
	return []node{text("clientToken", q.form.text("ClientToken")), group("natGateway", renderNAT(q, n)...)}
}

func (q *request) zonalNAT(n *natGateway) error {
	s, err := subnets.named(q, "SubnetId")
	if err != nil {
		return err
	}
	q.object(n.ID)
	n.VPC, n.Subnet, n.Zone = s.VPC, s.ID, s.Zone
	inZone := natGateways.table.Where(q.tx, q.region, func(o *natGateway) bool {
		return o.Zone == s.Zone && !o.over()
	})
	if len(inZone) >= quota(q.tx, q.region, quotaNATGateways) {
		return fail(http.StatusBadRequest, "NatGatewayLimitExceeded", "Performing this operation would exceed the limit of %d NAT gateways", len(inZone))
	}
	var a *address
	switch allocation := q.form.text("AllocationId"); {
	case n.Connectivity == "public" && allocation == "":
		return fail(http.StatusBadRequest, "MissingParameter", "The request must include the AllocationId parameter. Add the required parameter and retry the request.")
	case n.Connectivity == "private" && allocation != "":
		return fail(http.StatusBadRequest, "InvalidParameterCombination", "AllocationId cannot be used with the connectivity type private")
	case n.Connectivity == "public":
		if a, err = addresses.get(q, allocation); err != nil {
			return err
		}
	case n.Connectivity != "private":
		return fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter connectivityType is invalid.", n.Connectivity)
	}
	i, err := q.newInterface(interfaceSpec{
		Subnet: s.ID, Description: "Interface for NAT Gateway " + n.ID, Type: "nat_gateway", Requester: "amazon-aws",
		Managed: true, Owner: n.ID, Address: q.form.text("PrivateIpAddress"),
	})
	if err != nil {
		return err
	}
	used := natAddress{Interface: i.ID, Private: i.Address.String(), Primary: true}
	if a != nil {
		used.Allocation, used.Public = a.ID, a.IP
		n.Failure, n.FailureText = q.natFailure(s.VPC, a)
		if n.Failure == "" {
			a.associate(q, i)
			used.Association = a.Association
		}
	}
	n.Addresses = []natAddress{used}
	return nil
}

// natFailure says why a public gateway will fail. AWS accepts the create and
// shows the reason in the gateway's state.
func (q *request) natFailure(vpc string, a *address) (code, message string) {
	if a.Association != "" {
		return "Resource.AlreadyAssociated", "Elastic IP address [" + a.ID + "] is already associated"
	}
	if !exists(gateways, q.tx, q.region, func(g *internetGateway) bool { return g.VPC == vpc }) {
		return "Gateway.NotAttached", "Network " + vpc + " has no Internet gateway attached"
	}
	return "", ""
}

// regionalNAT makes a gateway for all zones of a VPC. With addresses given for
// each zone it stays in those zones; without, AWS finds zones and addresses.
func (q *request) regionalNAT(n *natGateway) error {
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return err
	}
	q.object(n.ID)
	n.VPC = v.ID
	if n.Connectivity != "public" {
		return fail(http.StatusBadRequest, "InvalidParameterCombination", "A regional NAT gateway has the connectivity type public")
	}
	if q.form.has("SubnetId") || q.form.has("AllocationId") {
		return fail(http.StatusBadRequest, "InvalidParameterCombination", "A regional NAT gateway takes VpcId and AvailabilityZoneAddresses, not SubnetId and AllocationId")
	}
	given := q.form.each("AvailabilityZoneAddress")
	n.AutoZones = len(given) == 0
	for _, g := range gateways.table.Where(q.tx, q.region, func(g *internetGateway) bool { return g.VPC == v.ID }) {
		t := &routeTable{ec2Object: q.newObject("rtb-", nil), VPC: v.ID, Routes: []tableRoute{{Destination: "0.0.0.0/0", Target: g.ID, Origin: "CreateRouteTable"}}, NATGateway: n.ID}
		routeTables.table.Put(q.tx, t)
		n.RouteTable = t.ID
	}
	if n.AutoZones {
		n.Failure, n.FailureText = q.natFailure(v.ID, &address{})
		return nil
	}
	for _, f := range given {
		at := f.text("AvailabilityZone") + f.text("AvailabilityZoneId")
		if err := q.addNATAddresses(n, at, f.list("AllocationId")); err != nil {
			return err
		}
	}
	return nil
}

// addNATAddresses gives addresses to one zone of a regional gateway.
func (q *request) addNATAddresses(n *natGateway, at string, allocations []string) error {
	z, ok := zoneNamed(q.region, at)
	if !ok {
		return fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter availabilityZone is invalid.", at)
	}
	if len(allocations) == 0 {
		return fail(http.StatusBadRequest, "MissingParameter", "The request must contain an AllocationId for the zone %s", z.name)
	}
	for _, id := range allocations {
		a, err := addresses.get(q, id)
		if err != nil {
			return err
		}
		if code, message := q.natFailure(n.VPC, a); code != "" {
			n.Failure, n.FailureText = code, message
			continue
		}
		a.Association = newID(q.tx, "eipassoc-")
		addresses.table.Put(q.tx, a)
		first := !slices.ContainsFunc(n.Addresses, func(o natAddress) bool { return o.Zone == z.name })
		n.Addresses = append(slices.Clone(n.Addresses), natAddress{
			Allocation: a.ID, Association: a.Association, Public: a.IP, Zone: z.name, Primary: first,
		})
	}
	return nil
}

// associateNATAddress gives a gateway more addresses: to a zone of a regional
// one. Secondary addresses of a zonal one are not modelled.
func associateNATAddress(q *request) (any, error) {
	n, err := natGateways.named(q, "NatGatewayId")
	if err != nil {
		return nil, err
	}
	if n.Mode != "regional" || n.AutoZones {
		return nil, unmodelled(nil, "secondary addresses of zonal NAT gateways")
	}
	if n.State != "available" {
		return nil, fail(http.StatusBadRequest, "InvalidState", "The NAT gateway '%s' is %s", n.ID, n.State)
	}
	at := q.form.text("AvailabilityZone") + q.form.text("AvailabilityZoneId")
	if err := q.addNATAddresses(n, at, q.form.list("AllocationId")); err != nil {
		return nil, err
	}
	if n.Failure != "" {
		return nil, fail(http.StatusBadRequest, n.Failure, "%s", n.FailureText)
	}
	natGateways.table.Put(q.tx, n)
	return renderNATAddresses(n), nil
}

func disassociateNATAddress(q *request) (any, error) {
	n, err := natGateways.named(q, "NatGatewayId")
	if err != nil {
		return nil, err
	}
	if n.Mode != "regional" {
		return nil, unmodelled(nil, "secondary addresses of zonal NAT gateways")
	}
	q.form.ignore("MaxDrainDurationSeconds")
	for _, id := range q.form.list("AssociationId") {
		i := slices.IndexFunc(n.Addresses, func(a natAddress) bool { return a.Association == id })
		if i < 0 {
			return nil, fail(http.StatusBadRequest, "InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
		}
		if a, ok := addresses.table.Get(q.tx, q.region, n.Addresses[i].Allocation); ok {
			a.release()
			addresses.table.Put(q.tx, a)
		}
		n.Addresses = slices.Delete(slices.Clone(n.Addresses), i, i+1)
	}
	natGateways.table.Put(q.tx, n)
	return renderNATAddresses(n), nil
}

func renderNATAddresses(n *natGateway) []node {
	return []node{text("natGatewayId", n.ID), items("natGatewayAddressSet", n.Addresses, func(a natAddress) []node {
		return []node{
			text("allocationId", a.Allocation), text("associationId", a.Association), text("publicIp", a.Public),
			flag("isPrimary", a.Primary), text("status", "succeeded"), text("availabilityZone", a.Zone),
		}
	})}
}

func deleteNATGateway(q *request) (any, error) {
	n, err := natGateways.named(q, "NatGatewayId")
	if err != nil {
		return nil, err
	}
	if !n.over() && n.State != "deleting" {
		n.State, n.Progress = "deleting", q.tx.Steps("ec2/nat-gateway", 2)
		natGateways.table.Put(q.tx, n)
	}
	return []node{text("natGatewayId", n.ID)}, nil
}

// stepRegional moves regional gateways that are being deleted, for callers
// that try to delete what they hold; zonal ones are found by their interface.
func (q *request) stepRegional(match func(*natGateway) bool) {
	for _, n := range natGateways.table.Where(q.tx, q.region, match) {
		if n.Mode == "regional" && n.State == "deleting" {
			natProgress(q, n)
			q.keep()
		}
	}
}
