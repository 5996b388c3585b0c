package awsapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// address is an elastic IP address.
type address struct {
	ec2Object
	IP          string `json:"ip"`
	Association string `json:"association,omitempty"`
	Interface   string `json:"interface,omitempty"`
	Private     string `json:"private,omitempty"`
	Instance    string `json:"instance,omitempty"`
}

func (a *address) release() { a.Association, a.Interface, a.Private, a.Instance = "", "", "", "" }

var addresses = &ec2Type[address]{
	table:  sandbox.NewTable[address](cloud, "ec2/elastic-ip"),
	prefix: "eipalloc-", tag: "elastic-ip", code: "InvalidAllocationID.NotFound", word: "allocation",
	ids: "AllocationId", set: "addressesSet",
	filters: []string{
		"allocation-id", "association-id", "domain", "instance-id", "network-border-group", "network-interface-id",
		"network-interface-owner-id", "private-ip-address", "public-ip",
	},
}

func init() { addresses.filter, addresses.render = addressField, renderAddress }

func addressField(tx *sandbox.Tx, a *address, name string) []string {
	if name == "network-interface-owner-id" && a.Interface != "" {
		return []string{account(tx)}
	}
	return []string{map[string]string{
		"allocation-id": a.ID, "association-id": a.Association, "domain": "vpc", "instance-id": a.Instance,
		"network-border-group": a.Region, "network-interface-id": a.Interface, "private-ip-address": a.Private, "public-ip": a.IP,
	}[name]}
}

func renderAddress(q *request, a *address) []node {
	owner := ""
	if a.Interface != "" {
		owner = q.account
	}
	return []node{
		text("publicIp", a.IP), text("allocationId", a.ID), text("domain", "vpc"), text("publicIpv4Pool", "amazon"),
		text("networkBorderGroup", a.Region), text("associationId", a.Association), text("networkInterfaceId", a.Interface),
		text("networkInterfaceOwnerId", owner), text("privateIpAddress", a.Private), text("instanceId", a.Instance),
		tagSet(a.Tags),
	}
}

// addressOf finds the elastic IP of an interface.
func addressOf(tx *sandbox.Tx, i *networkInterface) (*address, bool) {
	return addresses.table.First(tx, i.Region, func(a *address) bool { return a.Interface == i.ID })
}

// describeAddresses knows no pages, and takes public addresses as well as ids.
func describeAddresses(q *request) (any, error) {
	wanted := q.form.list("PublicIp")
	result, err := addresses.describe(q)
	if err != nil || len(wanted) == 0 {
		return result, err
	}
	var found []*address
	for _, ip := range wanted {
		a, ok := addresses.table.First(q.tx, q.region, func(a *address) bool { return a.IP == ip })
		if !ok {
			return nil, fail(http.StatusBadRequest, "InvalidAddress.NotFound", "Address '%s' not found.", ip)
		}
		found = append(found, a)
	}
	return []node{items("addressesSet", found, func(a *address) []node { return renderAddress(q, a) })}, nil
}

// documentation are the ranges that no host on the internet has (RFC 5737):
// whatever reads a sandbox address by mistake reaches nobody.
var documentation = []string{"203.0.113", "198.51.100", "192.0.2"}

// newPublicIP draws an address that no other object of this cloud has.
func newPublicIP(tx *sandbox.Tx) (string, error) {
	used := map[string]bool{}
	for _, a := range addresses.table.List(tx, "*") {
		used[a.IP] = true
	}
	start := tx.Number(uint64(254 * len(documentation)))
	for n := range uint64(254 * len(documentation)) {
		at := (start + n) % uint64(254*len(documentation))
		ip := fmt.Sprintf("%s.%d", documentation[at/254], at%254+1)
		if !used[ip] {
			return ip, nil
		}
	}
	return "", fail(http.StatusBadRequest, "InsufficientAddressCapacity", "This sandbox has %d public addresses, and all are taken.", 254*len(documentation))
}

func allocateAddress(q *request) (any, error) {
	if domain := q.form.text("Domain"); domain != "" && domain != "vpc" {
		return nil, fail(http.StatusBadRequest, "UnsupportedOperation", "EC2-Classic is retired: the domain is vpc")
	}
	if pool := q.form.text("PublicIpv4Pool"); pool != "" && pool != "amazon" {
		return nil, fail(http.StatusBadRequest, "InvalidPublicIpv4PoolID.NotFound", "The pool ID '%s' does not exist", pool)
	}
	if border := q.form.text("NetworkBorderGroup"); border != "" && border != q.region {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Network border group '%s' is not one of this region", border)
	}
	tags, err := q.tagSpecification("elastic-ip")
	if err != nil {
		return nil, err
	}
	if len(addresses.table.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaAddresses) {
		return nil, fail(http.StatusBadRequest, "AddressLimitExceeded", "The maximum number of addresses has been reached.")
	}
	ip, err := newPublicIP(q.tx)
	if err != nil {
		return nil, err
	}
	a := &address{ec2Object: q.newObject("eipalloc-", tags), IP: ip}
	addresses.table.Put(q.tx, a)
	return []node{
		text("publicIp", a.IP), text("allocationId", a.ID), text("domain", "vpc"),
		text("publicIpv4Pool", "amazon"), text("networkBorderGroup", q.region),
	}, nil
}

func releaseAddress(q *request) (any, error) {
	a, err := addresses.named(q, "AllocationId")
	if err != nil {
		return nil, err
	}
	q.form.ignore("NetworkBorderGroup")
	if a.Association != "" {
		_ = q.refuseBusy("address", a.ID, func(i *networkInterface) bool { return i.ID == a.Interface })
		q.stepRegional(func(n *natGateway) bool {
			return slices.ContainsFunc(n.Addresses, func(used natAddress) bool { return used.Allocation == a.ID })
		})
		return nil, fail(http.StatusBadRequest, "InvalidIPAddress.InUse", "Address %s is in use.", a.IP)
	}
	addresses.table.Delete(q.tx, q.region, a.ID)
	return []node{flag("return", true)}, nil
}

func associateAddress(q *request) (any, error) {
	a, err := addresses.named(q, "AllocationId")
	if err != nil {
		return nil, err
	}
	i, err := q.addressTarget()
	if err != nil {
		return nil, err
	}
	again, err := q.form.flag("AllowReassociation", true)
	if err != nil {
		return nil, err
	}
	if a.Interface != "" && a.Interface != i.ID && !again {
		return nil, fail(http.StatusBadRequest, "Resource.AlreadyAssociated", "resource %s is already associated with associate-id %s", a.ID, a.Association)
	}
	if !exists(gateways, q.tx, q.region, func(g *internetGateway) bool { return g.VPC == i.VPC }) {
		return nil, fail(http.StatusBadRequest, "Gateway.NotAttached", "Network %s is not attached to any internet gateway", i.VPC)
	}
	a.associate(q, i)
	return []node{flag("return", true), text("associationId", a.Association)}, nil
}

func (a *address) associate(q *request, i *networkInterface) {
	a.Association, a.Interface, a.Private = newID(q.tx, "eipassoc-"), i.ID, i.Address.String()
	if i.Attachment != nil {
		a.Instance = i.Attachment.Instance
	}
	addresses.table.Put(q.tx, a)
}

// addressTarget is the interface that an address is to be given to.
func (q *request) addressTarget() (*networkInterface, error) {
	if id := q.form.text("NetworkInterfaceId"); id != "" {
		return interfaces.get(q, id)
	}
	id, err := q.form.required("InstanceId")
	if err != nil {
		return nil, err
	}
	i, ok := interfaces.table.First(q.tx, q.region, func(i *networkInterface) bool {
		return i.Attachment != nil && i.Attachment.Instance == id && i.Attachment.Device == 0
	})
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
	}
	return i, nil
}

func disassociateAddress(q *request) (any, error) {
	id, err := q.form.required("AssociationId")
	if err != nil {
		return nil, err
	}
	a, ok := addresses.table.First(q.tx, q.region, func(a *address) bool { return a.Association == id })
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
	}
	q.object(a.ID)
	if i, ok := interfaces.table.Get(q.tx, q.region, a.Interface); ok && (i.Managed || strings.HasPrefix(i.Owner, "nat-")) {
		return nil, fail(http.StatusBadRequest, "AuthFailure", "You do not have permission to access the specified resource.")
	}
	a.release()
	addresses.table.Put(q.tx, a)
	return []node{flag("return", true)}, nil
}
