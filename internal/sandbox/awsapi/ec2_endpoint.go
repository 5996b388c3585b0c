package awsapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// vpcEndpoint is a private way from a VPC to a service of AWS: routes to a
// prefix list (Gateway), or interfaces in subnets (Interface).
type vpcEndpoint struct {
	ec2Object
	VPC         string           `json:"vpc"`
	Service     string           `json:"service"`
	Type        string           `json:"type"` // Gateway, Interface
	Policy      string           `json:"policy"`
	RouteTables []string         `json:"route_tables,omitempty"`
	Subnets     []string         `json:"subnets,omitempty"`
	Groups      []string         `json:"groups,omitempty"`
	Interfaces  []string         `json:"interfaces,omitempty"`
	PrivateDNS  bool             `json:"private_dns,omitempty"`
	State       string           `json:"state"` // pending, available, deleting
	Created     time.Time        `json:"created"`
	Progress    sandbox.Progress `json:"progress"`
}

var endpoints = &ec2Type[vpcEndpoint]{
	table:  sandbox.NewTable[vpcEndpoint](cloud, "ec2/vpc-endpoint"),
	prefix: "vpce-", tag: "vpc-endpoint", code: "InvalidVpcEndpointId.NotFound", says: "The Vpc Endpoint Id '%s' does not exist",
	ids: "VpcEndpointId", set: "vpcEndpointSet",
	filters: []string{"service-name", "vpc-endpoint-id", "vpc-endpoint-state", "vpc-endpoint-type", "vpc-id", "ip-address-type"},
	states:  []string{"vpc-endpoint-state"},
}

func init() {
	endpoints.filter, endpoints.progress, endpoints.render = endpointField, endpointProgress, renderEndpoint
}

func endpointField(_ *sandbox.Tx, e *vpcEndpoint, name string) []string {
	return []string{map[string]string{
		"service-name": e.Service, "vpc-endpoint-id": e.ID, "vpc-endpoint-state": e.State,
		"vpc-endpoint-type": e.Type, "vpc-id": e.VPC, "ip-address-type": "ipv4",
	}[name]}
}

func endpointProgress(q *request, e *vpcEndpoint) {
	done, moved := e.Progress.Poll()
	switch {
	case done && e.State == "deleting":
		dropEndpoint(q.tx, e)
		return
	case done && e.State == "pending":
		e.State, moved = "available", true
	}
	if moved {
		endpoints.table.Put(q.tx, e)
	}
}

// dropEndpoint removes an endpoint with its routes and interfaces.
func dropEndpoint(tx *sandbox.Tx, e *vpcEndpoint) {
	routeEndpoint(tx, e, nil)
	leaveInterfaces(tx, e.Region, sandbox.Progress{}, func(i *networkInterface) bool { return i.Owner == e.ID })
	endpoints.table.Delete(tx, e.Region, e.ID)
}

// routeEndpoint gives a gateway endpoint's route to exactly those tables.
func routeEndpoint(tx *sandbox.Tx, e *vpcEndpoint, tables []string) {
	list, _ := prefixListOf(e.Region, e.Service)
	own := func(r tableRoute) bool { return r.Target == e.ID }
	for _, t := range routeTables.table.Where(tx, e.Region, func(t *routeTable) bool { return t.VPC == e.VPC }) {
		has, want := slices.ContainsFunc(t.Routes, own), slices.Contains(tables, t.ID)
		switch {
		case has && !want:
			t.Routes = slices.DeleteFunc(slices.Clone(t.Routes), own)
		case want && !has:
			t.Routes = append(slices.Clone(t.Routes), tableRoute{Destination: list.id, Target: e.ID, Origin: "CreateRoute"})
		default:
			continue
		}
		routeTables.table.Put(tx, t)
	}
}

func renderEndpoint(q *request, e *vpcEndpoint) []node {
	service, _ := endpointServiceNamed(e.Region, e.Service)
	names := []string{}
	if e.Type == "Interface" {
		own := e.ID + "-" + digest(e.ID)[:8] + "." + service.short + "." + e.Region + ".vpce.amazonaws.com"
		names = append(names, own)
		if e.PrivateDNS {
			names = append(names, service.private)
		}
	}
	return []node{
		text("vpcEndpointId", e.ID), text("vpcEndpointType", e.Type), text("vpcId", e.VPC), text("serviceName", e.Service),
		text("serviceRegion", e.Region), text("state", e.State), text("policyDocument", e.Policy), text("ipAddressType", "ipv4"),
		group("dnsOptions", text("dnsRecordIpType", "ipv4")),
		flag("privateDnsEnabled", e.PrivateDNS), flag("requesterManaged", false), text("ownerId", q.account),
		instant("creationTimestamp", e.Created),
		items("routeTableIdSet", e.RouteTables, plain), items("subnetIdSet", e.Subnets, plain),
		items("networkInterfaceIdSet", e.Interfaces, plain),
		items("groupSet", e.Groups, func(id string) []node {
			return []node{text("groupId", id), text("groupName", groupName(q.tx, e.Region, id))}
		}),
		items("dnsEntrySet", names, func(name string) []node {
			return []node{text("dnsName", name), text("hostedZoneId", "Z"+strings.ToUpper(digest(service.private)[:13]))}
		}),
		tagSet(e.Tags),
	}
}

const openPolicy = `{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}`

func createEndpoint(q *request) (any, error) {
	id, err := q.replayed()
	if err != nil {
		return nil, err
	}
	if e, ok := endpoints.table.Get(q.tx, q.region, id); ok {
		return q.answerEndpoint(e), nil
	}
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	tags, err := q.tagSpecification("vpc-endpoint")
	if err != nil {
		return nil, err
	}
	e := &vpcEndpoint{
		ec2Object: q.newObject("vpce-", tags), VPC: v.ID, Type: q.form.text("VpcEndpointType"), Service: q.form.text("ServiceName"),
		State: "pending", Created: q.tx.Now(), Policy: openPolicy, Progress: q.tx.Steps("ec2/vpc-endpoint", 1),
	}
	if e.Type == "" {
		e.Type = "Gateway"
	}
	if region := q.form.text("ServiceRegion"); region != "" && region != q.region {
		return nil, unmodelled(nil, "endpoints of services in another region")
	}
	service, ok := endpointServiceNamed(q.region, e.Service)
	if !ok || !slices.Contains(service.types, e.Type) {
		return nil, fail(http.StatusBadRequest, "InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist", e.Service)
	}
	if err := q.endpointPolicy(e); err != nil {
		return nil, err
	}
	if err := q.endpointOptions(); err != nil {
		return nil, err
	}
	if e.Type == "Gateway" {
		err = q.gatewayEndpoint(v, e)
	} else {
		err = q.interfaceEndpoint(v, e)
	}
	if err != nil {
		return nil, err
	}
	endpoints.table.Put(q.tx, e)
	q.object(e.ID)
	q.remember(e.ID)
	return q.answerEndpoint(e), nil
}

func (q *request) answerEndpoint(e *vpcEndpoint) []node {
	return []node{group("vpcEndpoint", renderEndpoint(q, e)...), text("clientToken", q.form.text("ClientToken"))}
}

// endpointOptions accepts the address options that mean IPv4.
func (q *request) endpointOptions() error {
	for _, v := range []string{q.form.text("IpAddressType"), q.form.text("DnsOptions.DnsRecordIpType")} {
		if v != "" && v != "ipv4" {
			return unmodelled(nil, "endpoints with IPv6")
		}
	}
	return nil
}

func (q *request) endpointPolicy(e *vpcEndpoint) error {
	policy := q.form.text("PolicyDocument")
	if policy == "" {
		return nil
	}
	var document struct{ Statement any }
	if err := json.Unmarshal([]byte(policy), &document); err != nil || document.Statement == nil {
		return fail(http.StatusBadRequest, "InvalidParameter", "Invalid policy document: it must be JSON with at least one statement")
	}
	if service, ok := endpointServiceNamed(q.region, e.Service); ok && service.noPolicy {
		return fail(http.StatusBadRequest, "InvalidParameter", "The service %s does not support endpoint policies", e.Service)
	}
	e.Policy = policy
	return nil
}

func (q *request) gatewayEndpoint(v *vpc, e *vpcEndpoint) error {
	if len(endpoints.table.Where(q.tx, q.region, func(o *vpcEndpoint) bool { return o.Type == e.Type })) >= quota(q.tx, q.region, quotaGatewayVPCEs) {
		return fail(http.StatusBadRequest, "VpcEndpointLimitExceeded", "The maximum number of gateway endpoints has been reached.")
	}
	if private, err := q.form.flag("PrivateDnsEnabled", false); err != nil || private {
		return fail(http.StatusBadRequest, "InvalidParameter", "Private DNS can't be enabled for Gateway endpoints.")
	}
	return q.addEndpointTables(v.ID, e, q.form.list("RouteTableId"))
}

func (q *request) addEndpointTables(vpc string, e *vpcEndpoint, ids []string) error {
	list, _ := prefixListOf(q.region, e.Service)
	for _, id := range ids {
		t, err := routeTables.get(q, id)
		if err != nil {
			return err
		}
		if t.VPC != vpc {
			return fail(http.StatusBadRequest, "InvalidParameter", "Route table %s and VPC %s belong to different networks", id, vpc)
		}
		if slices.ContainsFunc(t.Routes, func(r tableRoute) bool { return r.Destination == list.id && r.Target != e.ID }) {
			return fail(http.StatusBadRequest, "RouteAlreadyExists", "route table %s already has a route with destination-prefix-list-id %s", id, list.id)
		}
		if !slices.Contains(e.RouteTables, id) {
			e.RouteTables = append(slices.Clone(e.RouteTables), id)
		}
	}
	routeEndpoint(q.tx, e, e.RouteTables)
	return nil
}

func (q *request) interfaceEndpoint(v *vpc, e *vpcEndpoint) error {
	siblings := endpoints.table.Where(q.tx, q.region, func(o *vpcEndpoint) bool { return o.VPC == v.ID && o.Type == e.Type })
	if len(siblings) >= quota(q.tx, q.region, quotaInterfaceVPCEs) {
		return fail(http.StatusBadRequest, "VpcEndpointLimitExceeded", "The maximum number of interface endpoints of the VPC has been reached.")
	}
	private, err := q.form.flag("PrivateDnsEnabled", true)
	if err != nil {
		return err
	}
	if err := q.endpointDNS(v, e, private); err != nil {
		return err
	}
	e.Groups = q.form.list("SecurityGroupId")
	if len(e.Groups) == 0 {
		e.Groups = []string{v.DefaultGroup}
	}
	if err := q.checkGroups(v.ID, e.Groups); err != nil {
		return err
	}
	return q.addEndpointSubnets(e, q.form.list("SubnetId"))
}

// endpointDNS turns private names on or off, under EC2's two conditions.
func (q *request) endpointDNS(v *vpc, e *vpcEndpoint, private bool) error {
	if private && (!v.DNSSupport || !v.DNSHostnames) {
		return fail(http.StatusBadRequest, "InvalidParameter", "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for %s", v.ID)
	}
	conflict := func(o *vpcEndpoint) bool {
		return o.ID != e.ID && o.VPC == v.ID && o.Service == e.Service && o.PrivateDNS
	}
	if private && exists(endpoints, q.tx, q.region, conflict) {
		service, _ := endpointServiceNamed(q.region, e.Service)
		return fail(http.StatusBadRequest, "InvalidParameter", "private-dns-enabled cannot be set because there is already a conflicting DNS domain for %s in the VPC %s", service.private, v.ID)
	}
	e.PrivateDNS = private
	return nil
}

func (q *request) addEndpointSubnets(e *vpcEndpoint, ids []string) error {
	zones := map[string]bool{}
	for _, id := range e.Subnets {
		if s, ok := subnets.table.Get(q.tx, q.region, id); ok {
			zones[s.Zone] = true
		}
	}
	for _, id := range ids {
		if slices.Contains(e.Subnets, id) {
			continue
		}
		s, err := subnets.get(q, id)
		if err != nil {
			return err
		}
		if s.VPC != e.VPC {
			return fail(http.StatusBadRequest, "InvalidParameter", "Subnet %s and VPC %s belong to different networks", id, e.VPC)
		}
		if zones[s.Zone] {
			return fail(http.StatusBadRequest, "DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the availability zone of %s. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.", id)
		}
		zones[s.Zone] = true
		i, err := q.newInterface(interfaceSpec{
			Subnet: id, Groups: e.Groups, Description: "VPC Endpoint Interface " + e.ID, Type: "vpc_endpoint",
			Requester: "727180483921", Managed: true, Owner: e.ID,
		})
		if err != nil {
			return err
		}
		e.Subnets, e.Interfaces = append(slices.Clone(e.Subnets), id), append(slices.Clone(e.Interfaces), i.ID)
	}
	return nil
}

func modifyEndpoint(q *request) (any, error) {
	e, err := endpoints.named(q, "VpcEndpointId")
	if err != nil {
		return nil, err
	}
	if e.State == "deleting" {
		return nil, fail(http.StatusBadRequest, "InvalidState", "The Vpc Endpoint '%s' is being deleted", e.ID)
	}
	v, err := vpcs.get(q, e.VPC)
	if err != nil {
		return nil, err
	}
	reset, err := q.form.flag("ResetPolicy", false)
	if err != nil {
		return nil, err
	}
	if reset {
		e.Policy = openPolicy
	}
	if err := q.endpointPolicy(e); err != nil {
		return nil, err
	}
	if err := q.endpointOptions(); err != nil {
		return nil, err
	}
	if e.Type == "Gateway" {
		e.RouteTables = without(e.RouteTables, q.form.list("RemoveRouteTableId"))
		err = q.addEndpointTables(v.ID, e, q.form.list("AddRouteTableId"))
	} else {
		err = q.modifyInterfaceEndpoint(v, e)
	}
	if err != nil {
		return nil, err
	}
	endpoints.table.Put(q.tx, e)
	return []node{flag("return", true)}, nil
}

func (q *request) modifyInterfaceEndpoint(v *vpc, e *vpcEndpoint) error {
	private, err := q.form.flag("PrivateDnsEnabled", e.PrivateDNS)
	if err != nil {
		return err
	}
	if err := q.endpointDNS(v, e, private); err != nil {
		return err
	}
	e.Groups = without(e.Groups, q.form.list("RemoveSecurityGroupId"))
	for _, id := range q.form.list("AddSecurityGroupId") {
		if !slices.Contains(e.Groups, id) {
			e.Groups = append(e.Groups, id)
		}
	}
	if err := q.checkGroups(v.ID, e.Groups); err != nil {
		return err
	}
	removed := q.form.list("RemoveSubnetId")
	e.Subnets = without(e.Subnets, removed)
	for _, i := range interfaces.table.Where(q.tx, q.region, func(i *networkInterface) bool { return i.Owner == e.ID }) {
		if slices.Contains(removed, i.Subnet) {
			dropInterface(q.tx, i)
			e.Interfaces = without(e.Interfaces, []string{i.ID})
			continue
		}
		i.Groups = e.Groups
		interfaces.table.Put(q.tx, i)
	}
	return q.addEndpointSubnets(e, q.form.list("AddSubnetId"))
}

// without returns all but the gone ones, in a slice of its own.
func without(all, gone []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(v string) bool { return slices.Contains(gone, v) })
}

// deleteEndpoints deletes several; what can't be deleted is listed in an
// answer that is otherwise a success.
func deleteEndpoints(q *request) (any, error) {
	ids := q.form.list("VpcEndpointId")
	if len(ids) == 0 {
		return nil, fail(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter VpcEndpointId")
	}
	q.object(ids[0])
	var missing []string
	for _, id := range ids {
		e, ok := endpoints.table.Get(q.tx, q.region, id)
		if !ok {
			missing = append(missing, id)
			continue
		}
		if e.State != "deleting" {
			e.State, e.Progress = "deleting", q.tx.Steps("ec2/vpc-endpoint", 1)
			endpoints.table.Put(q.tx, e)
		}
	}
	return []node{items("unsuccessful", missing, func(id string) []node {
		e := endpoints.missing(id)
		return []node{text("resourceId", id), group("error", text("code", e.code), text("message", e.message))}
	})}, nil
}
