package awsapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// subnet is a range of a VPC in one zone.
type subnet struct {
	ec2Object
	VPC          string              `json:"vpc"`
	CIDR         netip.Prefix        `json:"cidr"`
	Zone         string              `json:"zone"`
	ZoneID       string              `json:"zone_id"`
	PublicIP     bool                `json:"public_ip"`
	HostnameType string              `json:"hostname_type"` // ip-name, resource-name
	DNSARecord   bool                `json:"dns_a_record"`
	DNS64        bool                `json:"dns64"`
	Reservations []subnetReservation `json:"reservations,omitempty"`
	State        string              `json:"state"`
	Progress     sandbox.Progress    `json:"progress"`
}

var subnets = &ec2Type[subnet]{
	table:  sandbox.NewTable[subnet](cloud, "ec2/subnet"),
	prefix: "subnet-", tag: "subnet", code: "InvalidSubnetID.NotFound", word: "subnet", ids: "SubnetId", set: "subnetSet",
	filters: []string{
		"availability-zone", "availabilityZone", "availability-zone-id", "availabilityZoneId",
		"available-ip-address-count", "cidr-block", "cidr", "cidrBlock", "default-for-az", "defaultForAz",
		"map-public-ip-on-launch", "owner-id", "state", "subnet-arn", "subnet-id", "vpc-id",
	},
	states: []string{"state"},
}

func init() {
	subnets.filter, subnets.progress, subnets.render = subnetField, subnetProgress, renderSubnet
}

func subnetField(tx *sandbox.Tx, s *subnet, name string) []string {
	switch name {
	case "availability-zone", "availabilityZone":
		return []string{s.Zone}
	case "availability-zone-id", "availabilityZoneId":
		return []string{s.ZoneID}
	case "available-ip-address-count":
		return []string{strconv.Itoa(freeAddresses(tx, s))}
	case "cidr-block", "cidr", "cidrBlock":
		return []string{s.CIDR.String()}
	case "default-for-az", "defaultForAz":
		return []string{"false"}
	case "map-public-ip-on-launch":
		return []string{strconv.FormatBool(s.PublicIP)}
	case "owner-id":
		return []string{account(tx)}
	case "state":
		return []string{s.State}
	case "subnet-arn":
		return []string{arn("ec2", s.Region, account(tx), "subnet/"+s.ID)}
	case "vpc-id":
		return []string{s.VPC}
	default: // subnet-id
		return []string{s.ID}
	}
}

func subnetProgress(q *request, s *subnet) {
	done, moved := s.Progress.Poll()
	if done && s.State == "pending" {
		s.State, moved = "available", true
	}
	if moved {
		subnets.table.Put(q.tx, s)
	}
}

func renderSubnet(q *request, s *subnet) []node {
	return []node{
		text("subnetId", s.ID), text("subnetArn", q.arn("ec2", "subnet/"+s.ID)), text("ownerId", q.account),
		text("state", s.State), text("vpcId", s.VPC), text("cidrBlock", s.CIDR.String()),
		text("availabilityZone", s.Zone), text("availabilityZoneId", s.ZoneID),
		num("availableIpAddressCount", freeAddresses(q.tx, s)),
		flag("defaultForAz", false), flag("mapPublicIpOnLaunch", s.PublicIP),
		flag("assignIpv6AddressOnCreation", false), flag("mapCustomerOwnedIpOnLaunch", false),
		flag("enableDns64", s.DNS64), flag("ipv6Native", false),
		items("ipv6CidrBlockAssociationSet", []string(nil), plain),
		group("privateDnsNameOptionsOnLaunch",
			text("hostnameType", s.HostnameType),
			flag("enableResourceNameDnsARecord", s.DNSARecord),
			flag("enableResourceNameDnsAAAARecord", false)),
		tagSet(s.Tags),
	}
}

// reservedBySubnet are the addresses that AWS keeps in every subnet: network,
// router, DNS, future use, broadcast.
const reservedBySubnet = 5

// freeAddresses counts what the subnet can still give. Reservations don't
// lower the count; what is taken from them does.
func freeAddresses(tx *sandbox.Tx, s *subnet) int {
	free := 1<<(32-s.CIDR.Bits()) - reservedBySubnet
	for _, i := range interfaces.table.List(tx, s.Region) {
		if i.Subnet == s.ID {
			free -= 1 + len(i.Secondary) + 16*len(i.Prefixes)
		}
	}
	return free
}

func createSubnet(q *request) (any, error) {
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	cidr, err := q.prefix("CidrBlock", "InvalidSubnet.Range", 16, 28)
	if err != nil {
		return nil, err
	}
	z, err := q.zone()
	if err != nil {
		return nil, err
	}
	tags, err := q.tagSpecification("subnet")
	if err != nil {
		return nil, err
	}
	inside := func(r netip.Prefix) bool { return r.Bits() <= cidr.Bits() && r.Contains(cidr.Addr()) }
	if !slices.ContainsFunc(v.live(), inside) {
		return nil, fail(http.StatusBadRequest, "InvalidSubnet.Range", "The CIDR '%s' is invalid.", cidr)
	}
	siblings := subnets.table.Where(q.tx, q.region, func(s *subnet) bool { return s.VPC == v.ID })
	if slices.ContainsFunc(siblings, func(s *subnet) bool { return s.CIDR.Overlaps(cidr) }) {
		return nil, fail(http.StatusBadRequest, "InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", cidr)
	}
	if len(siblings) >= quota(q.tx, q.region, quotaSubnets) {
		return nil, fail(http.StatusBadRequest, "SubnetLimitExceeded", "The maximum number of subnets has been reached.")
	}
	s := &subnet{
		ec2Object: q.newObject("subnet-", tags), VPC: v.ID, CIDR: cidr, Zone: z.name, ZoneID: z.id,
		HostnameType: "ip-name", State: "pending", Progress: q.tx.Steps("ec2/subnet", 1),
	}
	if s.Progress.Left == 0 {
		s.State = "available"
	}
	subnets.table.Put(q.tx, s)
	return []node{group("subnet", renderSubnet(q, s)...)}, nil
}

// zone reads AvailabilityZone or AvailabilityZoneId; the first of the region
// when neither is given.
func (q *request) zone() (zone, error) {
	name, id := q.form.text("AvailabilityZone"), q.form.text("AvailabilityZoneId")
	if name != "" && id != "" {
		return zone{}, fail(http.StatusBadRequest, "InvalidParameterCombination", "AvailabilityZone and AvailabilityZoneId cannot be used together")
	}
	if name == "" && id == "" {
		return regions[q.region][0], nil
	}
	z, ok := zoneNamed(q.region, name+id)
	if !ok || name != "" && z.name != name || id != "" && z.id != id {
		names := each(regions[q.region], func(z zone) string { return z.name })
		return zone{}, fail(http.StatusBadRequest, "InvalidParameterValue",
			"Value (%s) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: %s.",
			name+id, strings.Join(names, ", "))
	}
	return z, nil
}

func deleteSubnet(q *request) (any, error) {
	s, err := subnets.named(q, "SubnetId")
	if err != nil {
		return nil, err
	}
	inside := func(i *networkInterface) bool { return i.Subnet == s.ID }
	busy := exists(interfaces, q.tx, q.region, inside) ||
		exists(attachments, q.tx, q.region, func(a *transitAttachment) bool {
			return a.State != "deleted" && slices.Contains(a.Subnets, s.ID)
		})
	if busy {
		return nil, q.refuseBusy("subnet", s.ID, inside)
	}
	dropSubnet(q.tx, s)
	return nil, nil
}

// dropSubnet removes a subnet and its place in a route table.
func dropSubnet(tx *sandbox.Tx, s *subnet) {
	for _, t := range routeTables.table.List(tx, s.Region) {
		at := func(a tableAssociation) bool { return a.Subnet == s.ID }
		if slices.ContainsFunc(t.Associations, at) {
			t.Associations = slices.DeleteFunc(slices.Clone(t.Associations), at)
			routeTables.table.Put(tx, t)
		}
	}
	subnets.table.Delete(tx, s.Region, s.ID)
}

func modifySubnetAttribute(q *request) (any, error) {
	s, err := subnets.named(q, "SubnetId")
	if err != nil {
		return nil, err
	}
	put := func() { subnets.table.Put(q.tx, s) }
	if kind := q.form.text("PrivateDnsHostnameTypeOnLaunch"); kind != "" {
		if kind != "ip-name" && kind != "resource-name" {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter privateDnsHostnameTypeOnLaunch is invalid.", kind)
		}
		s.HostnameType = kind
		put()
		return []node{flag("return", true)}, nil
	}
	err = setOneFlag(q, map[string]*bool{
		"MapPublicIpOnLaunch": &s.PublicIP, "EnableResourceNameDnsARecordOnLaunch": &s.DNSARecord, "EnableDns64": &s.DNS64,
	}, put)
	return []node{flag("return", true)}, err
}
