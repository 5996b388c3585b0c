package awsapi

import (
	"net/http"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// internetGateway is attached to one VPC or to none.
type internetGateway struct {
	ec2Object
	VPC string `json:"vpc,omitempty"`
}

var gateways = &ec2Type[internetGateway]{
	table:  sandbox.NewTable[internetGateway](cloud, "ec2/internet-gateway"),
	prefix: "igw-", tag: "internet-gateway", code: "InvalidInternetGatewayID.NotFound", word: "internetGateway",
	ids: "InternetGatewayId", set: "internetGatewaySet",
	filters: []string{"attachment.state", "attachment.vpc-id", "internet-gateway-id", "owner-id"},
}

func init() { gateways.filter, gateways.render = gatewayField, renderGateway }

func gatewayField(tx *sandbox.Tx, g *internetGateway, name string) []string {
	switch {
	case name == "internet-gateway-id":
		return []string{g.ID}
	case name == "owner-id":
		return []string{account(tx)}
	case g.VPC == "":
		return nil
	case name == "attachment.state":
		return []string{"available"}
	default: // attachment.vpc-id
		return []string{g.VPC}
	}
}

func renderGateway(q *request, g *internetGateway) []node {
	var attached []string
	if g.VPC != "" {
		attached = []string{g.VPC}
	}
	return []node{
		text("internetGatewayId", g.ID), text("ownerId", q.account),
		items("attachmentSet", attached, func(id string) []node {
			return []node{text("vpcId", id), text("state", "available")}
		}),
		tagSet(g.Tags),
	}
}

func createInternetGateway(q *request) (any, error) {
	tags, err := q.tagSpecification("internet-gateway")
	if err != nil {
		return nil, err
	}
	if len(gateways.table.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaGateways) {
		return nil, fail(http.StatusBadRequest, "InternetGatewayLimitExceeded", "The maximum number of internet gateways has been reached.")
	}
	g := &internetGateway{ec2Object: q.newObject("igw-", tags)}
	gateways.table.Put(q.tx, g)
	return []node{group("internetGateway", renderGateway(q, g)...)}, nil
}

func attachInternetGateway(q *request) (any, error) {
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	g, err := gateways.named(q, "InternetGatewayId")
	if err != nil {
		return nil, err
	}
	if g.VPC != "" {
		return nil, fail(http.StatusBadRequest, "Resource.AlreadyAssociated", "resource %s is already attached to network %s", g.ID, g.VPC)
	}
	if exists(gateways, q.tx, q.region, func(o *internetGateway) bool { return o.VPC == v.ID }) {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Network %s already has an internet gateway attached", v.ID)
	}
	g.VPC = v.ID
	gateways.table.Put(q.tx, g)
	return []node{flag("return", true)}, nil
}

func detachInternetGateway(q *request) (any, error) {
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	g, err := gateways.named(q, "InternetGatewayId")
	if err != nil {
		return nil, err
	}
	if g.VPC != v.ID {
		return nil, fail(http.StatusBadRequest, "Gateway.NotAttached", "resource %s is not attached to network %s", g.ID, v.ID)
	}
	mapped := func(i *networkInterface) bool {
		_, ok := addressOf(q.tx, i)
		return i.VPC == v.ID && ok
	}
	if exists(interfaces, q.tx, q.region, mapped) {
		_ = q.refuseBusy("vpc", v.ID, mapped) // what is leaving takes a step
		return nil, fail(http.StatusBadRequest, "DependencyViolation", "Network %s has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.", v.ID)
	}
	g.VPC = ""
	gateways.table.Put(q.tx, g)
	return []node{flag("return", true)}, nil
}

func deleteInternetGateway(q *request) (any, error) {
	g, err := gateways.named(q, "InternetGatewayId")
	if err != nil {
		return nil, err
	}
	if g.VPC != "" {
		return nil, fail(http.StatusBadRequest, "DependencyViolation", "The internetGateway '%s' has dependencies and cannot be deleted.", g.ID)
	}
	gateways.table.Delete(q.tx, q.region, g.ID)
	return []node{flag("return", true)}, nil
}
