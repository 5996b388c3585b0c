package awsapi

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// networkInterface is an elastic network interface: of an instance, of a
// service (NAT gateway, endpoint, control plane), or of nobody.
type networkInterface struct {
	ec2Object
	VPC         string       `json:"vpc"`
	Subnet      string       `json:"subnet"`
	Zone        string       `json:"zone"`
	Groups      []string     `json:"groups,omitempty"`
	Description string       `json:"description,omitempty"`
	Type        string       `json:"type"` // interface, nat_gateway, vpc_endpoint, network_load_balancer, …
	Address     netip.Addr   `json:"address"`
	Secondary   []netip.Addr `json:"secondary,omitempty"`
	Prefixes    []string     `json:"prefixes,omitempty"`
	MAC         string       `json:"mac"`
	SourceCheck bool         `json:"source_check"`

	// Requester is the service that made it; empty for the account itself.
	// Managed interfaces can be neither detached nor deleted by the account.
	Requester string `json:"requester,omitempty"`
	Managed   bool   `json:"managed,omitempty"`

	Status     string               `json:"status"` // available, in-use, detaching
	Attachment *interfaceAttachment `json:"attachment,omitempty"`

	// Owner is the id of what it belongs to: a NAT gateway, an endpoint, a
	// cluster's ARN, an instance.
	Owner string `json:"owner,omitempty"`

	// Leaving interfaces are being deleted by their service, which takes the
	// polls that Progress still has.
	Leaving  bool             `json:"leaving,omitempty"`
	Progress sandbox.Progress `json:"progress"`
}

type interfaceAttachment struct {
	ID            string    `json:"id"`
	Instance      string    `json:"instance,omitempty"`
	InstanceOwner string    `json:"instance_owner"`
	Device        int       `json:"device"`
	Time          time.Time `json:"time"`
	DeleteWith    bool      `json:"delete_with"`
	Status        string    `json:"status"`
}

var interfaces = &ec2Type[networkInterface]{
	table:  sandbox.NewTable[networkInterface](cloud, "ec2/network-interface"),
	prefix: "eni-", tag: "network-interface", code: "InvalidNetworkInterfaceID.NotFound", word: "networkInterface",
	ids: "NetworkInterfaceId", set: "networkInterfaceSet",
	filters: []string{
		"addresses.private-ip-address", "association.allocation-id", "association.public-ip", "attachment.attachment-id",
		"attachment.instance-id", "attachment.instance-owner-id", "attachment.status", "availability-zone", "description",
		"group-id", "group-name", "interface-type", "mac-address", "network-interface-id", "owner-id", "private-ip-address",
		"requester-id", "requester-managed", "status", "subnet-id", "vpc-id",
	},
	states: []string{"status", "attachment.status"},
}

func init() {
	interfaces.filter, interfaces.progress, interfaces.render = interfaceField, interfaceProgress, renderInterface
}

func interfaceField(tx *sandbox.Tx, i *networkInterface, name string) []string {
	if i.Attachment != nil {
		switch name {
		case "attachment.attachment-id":
			return []string{i.Attachment.ID}
		case "attachment.instance-id":
			return []string{i.Attachment.Instance}
		case "attachment.instance-owner-id":
			return []string{i.Attachment.InstanceOwner}
		case "attachment.status":
			return []string{i.Attachment.Status}
		}
	}
	switch name {
	case "addresses.private-ip-address":
		return append(each(i.Secondary, netip.Addr.String), i.Address.String())
	case "association.allocation-id", "association.public-ip":
		a, ok := addressOf(tx, i)
		switch {
		case !ok:
			return nil
		case name == "association.public-ip":
			return []string{a.IP}
		default:
			return []string{a.ID}
		}
	case "group-id":
		return i.Groups
	case "group-name":
		return each(i.Groups, func(id string) string { return groupName(tx, i.Region, id) })
	case "owner-id":
		return []string{account(tx)}
	case "requester-managed":
		return []string{strconv.FormatBool(i.Managed)}
	}
	return []string{map[string]string{
		"availability-zone": i.Zone, "description": i.Description, "interface-type": i.Type, "mac-address": i.MAC,
		"network-interface-id": i.ID, "private-ip-address": i.Address.String(), "requester-id": i.Requester,
		"status": i.Status, "subnet-id": i.Subnet, "vpc-id": i.VPC,
	}[name]}
}

func groupName(tx *sandbox.Tx, region, id string) string {
	if g, ok := securityGroups.table.Get(tx, region, id); ok {
		return g.GroupName
	}
	return ""
}

// interfaceProgress takes a leaving interface away, and ends a detach.
func interfaceProgress(q *request, i *networkInterface) {
	stepInterface(q.tx, i)
}

func stepInterface(tx *sandbox.Tx, i *networkInterface) {
	if !i.Leaving && i.Status != "detaching" {
		return
	}
	if done, _ := i.Progress.Poll(); done {
		if i.Leaving {
			dropInterface(tx, i)
			return
		}
		i.Status, i.Attachment = "available", nil
	}
	interfaces.table.Put(tx, i)
}

// dropInterface removes an interface and lets go of its address.
func dropInterface(tx *sandbox.Tx, i *networkInterface) {
	for _, a := range addresses.table.List(tx, i.Region) {
		if a.Interface == i.ID {
			a.release()
			addresses.table.Put(tx, a)
		}
	}
	interfaces.table.Delete(tx, i.Region, i.ID)
}

func renderInterface(q *request, i *networkInterface) []node {
	association := node{}
	if a, ok := addressOf(q.tx, i); ok {
		association = group("association", text("allocationId", a.ID), text("associationId", a.Association),
			text("ipOwnerId", q.account), text("publicIp", a.IP))
	}
	attachment := node{}
	if a := i.Attachment; a != nil {
		attachment = group("attachment", text("attachmentId", a.ID), text("instanceId", a.Instance),
			text("instanceOwnerId", a.InstanceOwner), num("deviceIndex", a.Device), instant("attachTime", a.Time),
			flag("deleteOnTermination", a.DeleteWith), text("status", a.Status))
	}
	dns := "ip-" + dashed(i.Address) + "." + i.Region + ".compute.internal"
	privates := append([]netip.Addr{i.Address}, i.Secondary...)
	return []node{
		text("networkInterfaceId", i.ID), text("subnetId", i.Subnet), text("vpcId", i.VPC),
		text("availabilityZone", i.Zone), text("description", i.Description), text("ownerId", q.account),
		text("requesterId", i.Requester), flag("requesterManaged", i.Managed), text("status", i.Status),
		text("macAddress", i.MAC), text("privateIpAddress", i.Address.String()), text("privateDnsName", dns),
		flag("sourceDestCheck", i.SourceCheck), text("interfaceType", i.Type),
		items("groupSet", i.Groups, func(id string) []node {
			return []node{text("groupId", id), text("groupName", groupName(q.tx, i.Region, id))}
		}),
		attachment, association,
		items("privateIpAddressesSet", privates, func(a netip.Addr) []node {
			out := []node{text("privateIpAddress", a.String()), flag("primary", a == i.Address)}
			if a == i.Address {
				out = append(out, association)
			}
			return out
		}),
		items("ipv4PrefixSet", i.Prefixes, func(p string) []node { return []node{text("ipv4Prefix", p)} }),
		items("ipv6AddressesSet", []string(nil), plain),
		tagSet(i.Tags),
	}
}

func dashed(a netip.Addr) string {
	b := a.As4()
	return fmt.Sprintf("%d-%d-%d-%d", b[0], b[1], b[2], b[3])
}

// interfaceSpec says what a service wants for an interface of its own.
type interfaceSpec struct {
	Subnet      string
	Groups      []string // the VPC's default group when empty, unless Type has none
	Description string
	Type        string // "interface" when empty
	Requester   string
	Managed     bool
	Owner       string
	Address     string // any free one when empty
	Instance    string // attached to that instance when set
	Tags        map[string]string
}

// newInterface makes an interface, as a service of AWS does for its own use:
// EKS for a control plane, a node group for its instances. Errors are EC2's
// own (InsufficientFreeAddressesInSubnet, InvalidSubnetID.NotFound).
func (q *request) newInterface(spec interfaceSpec) (*networkInterface, error) {
	s, err := subnets.get(q, spec.Subnet)
	if err != nil {
		return nil, err
	}
	if len(interfaces.table.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaInterfaces) {
		return nil, fail(http.StatusBadRequest, "NetworkInterfaceLimitExceeded", "The maximum number of network interfaces has been reached.")
	}
	address, err := q.takeAddress(s, spec.Address)
	if err != nil {
		return nil, err
	}
	i := &networkInterface{
		ec2Object: ec2Object{Meta: sandbox.Meta{Region: q.region, ID: newID(q.tx, "eni-"), Tags: spec.Tags}},
		VPC:       s.VPC, Subnet: s.ID, Zone: s.Zone, Groups: spec.Groups, Description: spec.Description, Type: spec.Type,
		Address: address, MAC: mac(q.tx.Hex(10)), SourceCheck: true,
		Requester: spec.Requester, Managed: spec.Managed, Owner: spec.Owner, Status: "in-use",
	}
	if i.Type == "" {
		i.Type = "interface"
	}
	switch {
	case spec.Instance != "":
		i.Attachment = &interfaceAttachment{Instance: spec.Instance, InstanceOwner: q.account, DeleteWith: true}
	case spec.Requester != "":
		i.Attachment = &interfaceAttachment{InstanceOwner: spec.Requester, Device: 1}
	default:
		i.Status = "available"
	}
	if i.Attachment != nil {
		i.Attachment.ID, i.Attachment.Time, i.Attachment.Status = newID(q.tx, "eni-attach-"), q.tx.Now(), "attached"
	}
	interfaces.table.Put(q.tx, i)
	return i, nil
}

// leaveInterfaces starts the delete of a service's interfaces. With no steps
// they are gone at once; otherwise each takes that many polls, and until then
// stands in the way of its subnet, group and VPC.
func leaveInterfaces(tx *sandbox.Tx, region string, steps sandbox.Progress, match func(*networkInterface) bool) {
	for _, i := range interfaces.table.Where(tx, region, match) {
		if steps.Left == 0 {
			dropInterface(tx, i)
			continue
		}
		i.Leaving, i.Progress = true, steps
		interfaces.table.Put(tx, i)
	}
}

func mac(hex string) string {
	return "0a:" + hex[0:2] + ":" + hex[2:4] + ":" + hex[4:6] + ":" + hex[6:8] + ":" + hex[8:10]
}

// takeAddress finds the lowest free address of a subnet, outside of what is
// reserved, or checks the one asked for.
func (q *request) takeAddress(s *subnet, wanted string) (netip.Addr, error) {
	used := map[netip.Addr]bool{}
	var taken []netip.Prefix
	for _, i := range interfaces.table.List(q.tx, q.region) {
		if i.Subnet == s.ID {
			used[i.Address] = true
			for _, a := range i.Secondary {
				used[a] = true
			}
			taken = append(taken, prefixes(i.Prefixes...)...)
		}
	}
	first, last := s.CIDR.Addr(), lastAddress(s.CIDR)
	usable := func(a netip.Addr) bool {
		return s.CIDR.Contains(a) && a.Compare(fourth(first)) >= 0 && a != last && !used[a] &&
			!slices.ContainsFunc(taken, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	if wanted != "" {
		a, err := netip.ParseAddr(wanted)
		if err != nil || !s.CIDR.Contains(a) {
			return a, fail(http.StatusBadRequest, "InvalidParameterValue", "Address %s does not fall within the subnet's address range", wanted)
		}
		if !usable(a) {
			return a, fail(http.StatusBadRequest, "InvalidIPAddress.InUse", "Address %s is in use.", wanted)
		}
		return a, nil
	}
	for a := fourth(first); s.CIDR.Contains(a); a = a.Next() {
		kept := slices.ContainsFunc(s.Reservations, func(r subnetReservation) bool { return r.CIDR.Contains(a) })
		if usable(a) && !kept {
			return a, nil
		}
	}
	return netip.Addr{}, fail(http.StatusBadRequest, "InsufficientFreeAddressesInSubnet", "The specified subnet '%s' does not have enough free addresses to satisfy the request.", s.ID)
}

// fourth is the first address that a subnet gives: .0 to .3 are AWS's.
func fourth(a netip.Addr) netip.Addr { return a.Next().Next().Next().Next() }

func lastAddress(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}

func deleteInterface(q *request) (any, error) {
	i, err := interfaces.named(q, "NetworkInterfaceId")
	if err != nil {
		return nil, err
	}
	if i.Managed {
		return nil, fail(http.StatusBadRequest, "OperationNotPermitted", "You do not have permission to delete the requester-managed network interface '%s'.", i.ID)
	}
	if i.Attachment != nil {
		stepInterface(q.tx, i)
		q.keep()
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Network interface '%s' is currently in use.", i.ID)
	}
	dropInterface(q.tx, i)
	return []node{flag("return", true)}, nil
}

func detachInterface(q *request) (any, error) {
	id, err := q.form.required("AttachmentId")
	if err != nil {
		return nil, err
	}
	q.form.ignore("Force") // nothing here needs more force
	i, ok := interfaces.table.First(q.tx, q.region, func(i *networkInterface) bool {
		return i.Attachment != nil && i.Attachment.ID == id
	})
	switch {
	case !ok:
		return nil, fail(http.StatusBadRequest, "InvalidAttachmentID.NotFound", "The attachment ID '%s' does not exist", id)
	case i.Managed:
		return nil, fail(http.StatusBadRequest, "OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")
	case i.Attachment.Instance != "" && i.Attachment.Device == 0:
		return nil, fail(http.StatusBadRequest, "OperationNotPermitted", "The network interface at device index 0 cannot be detached.")
	}
	q.object(i.ID)
	changed := *i.Attachment
	changed.Status = "detaching"
	i.Attachment, i.Status, i.Progress = &changed, "detaching", q.tx.Steps("ec2/network-interface", 1)
	interfaces.table.Put(q.tx, i)
	return []node{flag("return", true)}, nil
}

// refuseBusy refuses a delete with DependencyViolation. What stands in the way
// and is already leaving takes a step: a caller that only tries again, and
// never looks at the interface, gets through in the end as it would on AWS.
func (q *request) refuseBusy(word, id string, match func(*networkInterface) bool) error {
	for _, i := range interfaces.table.Where(q.tx, q.region, match) {
		switch i.Type {
		case "nat_gateway":
			if n, ok := natGateways.table.Get(q.tx, q.region, i.Owner); ok && n.State == "deleting" {
				natProgress(q, n)
			}
		case "vpc_endpoint":
			if e, ok := endpoints.table.Get(q.tx, q.region, i.Owner); ok && e.State == "deleting" {
				endpointProgress(q, e)
			}
		default:
			stepInterface(q.tx, i)
		}
	}
	q.keep()
	return fail(http.StatusBadRequest, "DependencyViolation", "The %s '%s' has dependencies and cannot be deleted.", word, id)
}
