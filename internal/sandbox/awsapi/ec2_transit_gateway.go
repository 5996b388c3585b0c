package awsapi

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// transitGateway connects VPCs of a region.
type transitGateway struct {
	ec2Object
	Description  string           `json:"description,omitempty"`
	ASN          int              `json:"asn"`
	Options      transitOptions   `json:"options"`
	DefaultTable string           `json:"default_table,omitempty"`
	State        string           `json:"state"` // pending, available, deleting
	Created      time.Time        `json:"created"`
	Progress     sandbox.Progress `json:"progress"`
}

// transitOptions are the switches of gateways and attachments, by name.
type transitOptions map[string]string

var transitGateways = &ec2Type[transitGateway]{
	table:  sandbox.NewTable[transitGateway](cloud, "ec2/transit-gateway"),
	prefix: "tgw-", tag: "transit-gateway", code: "InvalidTransitGatewayID.NotFound", says: "Transit Gateway %s was deleted or does not exist.",
	ids: "TransitGatewayIds", set: "transitGatewaySet",
	filters: []string{"owner-id", "state", "transit-gateway-id", "options.amazon-side-asn"},
	states:  []string{"state"},
}

// transitTable is a route table of a transit gateway.
type transitTable struct {
	ec2Object
	Gateway      string         `json:"gateway"`
	Default      bool           `json:"default"`
	Propagations []string       `json:"propagations,omitempty"` // attachments
	Routes       []transitRoute `json:"routes,omitempty"`
	Created      time.Time      `json:"created"`
}

type transitRoute struct {
	Destination string `json:"destination"`
	Attachment  string `json:"attachment,omitempty"` // empty: blackhole
}

var transitTables = &ec2Type[transitTable]{
	table:  sandbox.NewTable[transitTable](cloud, "ec2/transit-gateway-route-table"),
	prefix: "tgw-rtb-", tag: "transit-gateway-route-table", code: "InvalidRouteTableID.NotFound",
	says: "Transit Gateway Route Table %s was deleted or does not exist.",
	ids:  "TransitGatewayRouteTableIds", set: "transitGatewayRouteTables",
	filters: []string{"default-association-route-table", "default-propagation-route-table", "state", "transit-gateway-id", "transit-gateway-route-table-id"},
}

// share lets another account use a resource, as a resource share of AWS RAM
// does. Its id is the resource's, a slash and the account's.
type share struct {
	sandbox.Meta
	Resource string `json:"resource"`
	From     string `json:"from"` // account, as tables know it
	To       string `json:"to"`
}

var shares = sandbox.NewWideTable[share](cloud, "ram/share")

// sharedWith are the objects of a table that others let the caller's account use.
func sharedWith[T any](t *ec2Type[T], q *request) []*T {
	var out []*T
	for _, s := range shares.Where(q.tx, q.region, func(s *share) bool { return s.To == q.tx.Account() }) {
		q.tx.Inside(s.From, func() {
			if v, ok := t.table.Get(q.tx, q.region, s.Resource); ok {
				out = append(out, v)
			}
		})
	}
	return out
}

func init() {
	transitGateways.shared = func(q *request) []*transitGateway { return sharedWith(transitGateways, q) }
	transitGateways.filter, transitGateways.progress, transitGateways.render = transitField, transitProgress, renderTransit
	transitTables.filter, transitTables.render = transitTableField, renderTransitTable
}

func transitField(tx *sandbox.Tx, g *transitGateway, name string) []string {
	return []string{map[string]string{
		"owner-id": accountOf(tx, g.Account), "state": g.State, "transit-gateway-id": g.ID, "options.amazon-side-asn": strconv.Itoa(g.ASN),
	}[name]}
}

func transitProgress(q *request, g *transitGateway) {
	done, moved := g.Progress.Poll()
	switch {
	case done && g.State == "deleting":
		for _, t := range transitTables.table.Where(q.tx, g.Region, func(t *transitTable) bool { return t.Gateway == g.ID }) {
			transitTables.table.Delete(q.tx, g.Region, t.ID)
		}
		transitGateways.table.Delete(q.tx, g.Region, g.ID)
		return
	case done && g.State == "pending":
		g.State, moved = "available", true
	}
	if moved {
		transitGateways.table.Put(q.tx, g)
	}
}

func (o transitOptions) render(more ...node) node {
	var kids []node
	for _, name := range sortedKeys(o) {
		kids = append(kids, text(lowerFirst(name), o[name]))
	}
	return group("options", append(kids, more...)...)
}

// transitOptions reads switches, each enable or disable.
func (q *request) transitOptions(defaults transitOptions) (transitOptions, error) {
	out := transitOptions{}
	f := q.form.sub("Options")
	for name, def := range defaults {
		value := f.text(name)
		if value == "" {
			value = def
		}
		if value != "enable" && value != "disable" {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter %s is invalid.", value, lowerFirst(name))
		}
		out[name] = value
	}
	return out, nil
}

func renderTransit(q *request, g *transitGateway) []node {
	more := []node{num("amazonSideAsn", g.ASN)}
	if g.DefaultTable != "" {
		more = append(more, text("associationDefaultRouteTableId", g.DefaultTable), text("propagationDefaultRouteTableId", g.DefaultTable))
	}
	return []node{
		text("transitGatewayId", g.ID), text("transitGatewayArn", arn("ec2", g.Region, accountOf(q.tx, g.Account), "transit-gateway/"+g.ID)), text("state", g.State),
		text("ownerId", accountOf(q.tx, g.Account)), text("description", g.Description), instant("creationTime", g.Created),
		g.Options.render(more...), tagSet(g.Tags),
	}
}

func createTransitGateway(q *request) (any, error) {
	tags, err := q.tagSpecification("transit-gateway")
	if err != nil {
		return nil, err
	}
	asn, err := q.form.sub("Options").number("AmazonSideAsn", 64512)
	if err != nil {
		return nil, err
	}
	options, err := q.transitOptions(transitOptions{
		"AutoAcceptSharedAttachments": "disable", "DefaultRouteTableAssociation": "enable", "DefaultRouteTablePropagation": "enable",
		"VpnEcmpSupport": "enable", "DnsSupport": "enable", "SecurityGroupReferencingSupport": "disable", "MulticastSupport": "disable",
	})
	if err != nil {
		return nil, err
	}
	if len(transitGateways.table.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaTransit) {
		return nil, fail(http.StatusBadRequest, "TransitGatewayLimitExceeded", "The maximum number of transit gateways has been reached.")
	}
	g := &transitGateway{
		ec2Object: q.newObject("tgw-", tags), Description: q.form.text("Description"), ASN: asn, Options: options,
		State: "pending", Created: q.tx.Now(), Progress: q.tx.Steps("ec2/transit-gateway", 2),
	}
	if options["DefaultRouteTableAssociation"] == "enable" || options["DefaultRouteTablePropagation"] == "enable" {
		t := &transitTable{
			ec2Object: ec2Object{Meta: sandbox.Meta{Region: q.region, ID: newID(q.tx, "tgw-rtb-")}},
			Gateway:   g.ID, Default: true, Created: q.tx.Now(),
		}
		transitTables.table.Put(q.tx, t)
		g.DefaultTable = t.ID
	}
	transitGateways.table.Put(q.tx, g)
	return []node{group("transitGateway", renderTransit(q, g)...)}, nil
}

func deleteTransitGateway(q *request) (any, error) {
	g, err := transitGateways.own(q, "TransitGatewayId")
	if err != nil {
		return nil, err
	}
	attached := func(a *transitAttachment) bool { return a.Gateway == g.ID && a.State != "deleted" }
	if a, ok := attachments.table.First(q.tx, q.region, attached); ok {
		if a.State == "deleting" {
			attachmentProgress(q, a)
		}
		q.keep()
		return nil, fail(http.StatusBadRequest, "IncorrectState", "%s has non-deleted VPC Attachments: %s.", g.ID, a.ID)
	}
	if g.State != "deleting" {
		g.State, g.Progress = "deleting", q.tx.Steps("ec2/transit-gateway", 2)
		transitGateways.table.Put(q.tx, g)
	}
	return []node{group("transitGateway", renderTransit(q, g)...)}, nil
}

func transitTableField(_ *sandbox.Tx, t *transitTable, name string) []string {
	def := strconv.FormatBool(t.Default)
	return []string{map[string]string{
		"default-association-route-table": def, "default-propagation-route-table": def, "state": "available",
		"transit-gateway-id": t.Gateway, "transit-gateway-route-table-id": t.ID,
	}[name]}
}

func renderTransitTable(_ *request, t *transitTable) []node {
	return []node{
		text("transitGatewayRouteTableId", t.ID), text("transitGatewayId", t.Gateway), text("state", "available"),
		flag("defaultAssociationRouteTable", t.Default), flag("defaultPropagationRouteTable", t.Default),
		instant("creationTime", t.Created), tagSet(t.Tags),
	}
}

func createTransitTable(q *request) (any, error) {
	g, err := transitGateways.own(q, "TransitGatewayId")
	if err != nil {
		return nil, err
	}
	tags, err := q.tagSpecification("transit-gateway-route-table")
	if err != nil {
		return nil, err
	}
	if g.State != "available" {
		return nil, fail(http.StatusBadRequest, "IncorrectState", "%s is in invalid state", g.ID)
	}
	t := &transitTable{ec2Object: q.newObject("tgw-rtb-", tags), Gateway: g.ID, Created: q.tx.Now()}
	transitTables.table.Put(q.tx, t)
	return []node{group("transitGatewayRouteTable", renderTransitTable(q, t)...)}, nil
}

func deleteTransitTable(q *request) (any, error) {
	t, err := transitTables.named(q, "TransitGatewayRouteTableId")
	if err != nil {
		return nil, err
	}
	used := exists(attachments, q.tx, q.region, func(a *transitAttachment) bool { return a.Table == t.ID && a.State != "deleted" })
	if t.Default || used {
		return nil, fail(http.StatusBadRequest, "IncorrectState", "%s is a default route table, or still has associations.", t.ID)
	}
	transitTables.table.Delete(q.tx, q.region, t.ID)
	return []node{group("transitGatewayRouteTable", renderTransitTable(q, t)...)}, nil
}

func createTransitRoute(q *request) (any, error) {
	t, err := transitTables.named(q, "TransitGatewayRouteTableId")
	if err != nil {
		return nil, err
	}
	cidr, err := q.prefix("DestinationCidrBlock", "InvalidParameterValue", 0, 32)
	if err != nil {
		return nil, err
	}
	blackhole, err := q.form.flag("Blackhole", false)
	if err != nil {
		return nil, err
	}
	r := transitRoute{Destination: cidr.String(), Attachment: q.form.text("TransitGatewayAttachmentId")}
	if blackhole == (r.Attachment != "") {
		return nil, fail(http.StatusBadRequest, "InvalidParameterCombination", "A route has either an attachment or is a blackhole")
	}
	if r.Attachment != "" {
		if _, err := attachments.get(q, r.Attachment); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(t.Routes, func(o transitRoute) bool { return o.Destination == r.Destination }) {
		return nil, fail(http.StatusBadRequest, "RouteAlreadyExists", "The route identified by %s already exists.", r.Destination)
	}
	t.Routes = append(slices.Clone(t.Routes), r)
	transitTables.table.Put(q.tx, t)
	return []node{group("route", q.renderTransitRoute(r, "static")...)}, nil
}

func deleteTransitRoute(q *request) (any, error) {
	t, err := transitTables.named(q, "TransitGatewayRouteTableId")
	if err != nil {
		return nil, err
	}
	cidr, err := q.prefix("DestinationCidrBlock", "InvalidParameterValue", 0, 32)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(t.Routes, func(o transitRoute) bool { return o.Destination == cidr.String() })
	if i < 0 {
		return nil, fail(http.StatusBadRequest, "InvalidRoute.NotFound", "no route with destination-cidr-block %s in %s", cidr, t.ID)
	}
	gone := t.Routes[i]
	t.Routes = slices.Delete(slices.Clone(t.Routes), i, i+1)
	transitTables.table.Put(q.tx, t)
	return []node{group("route", q.renderTransitRoute(gone, "static")...)}, nil
}

// searchTransitRoutes lists static routes and those that attachments propagate.
func searchTransitRoutes(q *request) (any, error) {
	t, err := transitTables.named(q, "TransitGatewayRouteTableId")
	if err != nil {
		return nil, err
	}
	filters, err := q.filters([]string{"attachment.transit-gateway-attachment-id", "attachment.resource-id", "route-search.exact-match", "state", "type"})
	if err != nil {
		return nil, err
	}
	q.form.ignore("MaxResults")
	type one struct {
		transitRoute
		kind string
	}
	var found []one
	for _, r := range t.Routes {
		found = append(found, one{r, "static"})
	}
	for _, id := range t.Propagations {
		a, ok := attachments.table.Get(q.tx, q.region, id)
		v, there := vpcs.table.Anywhere(q.tx, q.region, a.vpc(ok))
		if !there {
			continue
		}
		for _, p := range v.live() {
			static := func(r transitRoute) bool { return r.Destination == p.String() }
			if !slices.ContainsFunc(t.Routes, static) {
				found = append(found, one{transitRoute{p.String(), id}, "propagated"})
			}
		}
	}
	found = slices.DeleteFunc(found, func(o one) bool {
		a, ok := attachments.table.Get(q.tx, q.region, o.Attachment)
		return slices.ContainsFunc(filters, func(f filter) bool {
			return !f.any([]string{map[string]string{
				"attachment.transit-gateway-attachment-id": o.Attachment, "attachment.resource-id": a.vpc(ok),
				"route-search.exact-match": o.Destination, "state": o.state(), "type": o.kind,
			}[f.name]})
		})
	})
	return []node{
		items("routeSet", found, func(o one) []node { return q.renderTransitRoute(o.transitRoute, o.kind) }),
		flag("additionalRoutesAvailable", false),
	}, nil
}

func (r transitRoute) state() string {
	if r.Attachment == "" {
		return "blackhole"
	}
	return "active"
}

func (q *request) renderTransitRoute(r transitRoute, kind string) []node {
	out := []node{text("destinationCidrBlock", r.Destination), text("type", kind), text("state", r.state())}
	if a, ok := attachments.table.Get(q.tx, q.region, r.Attachment); ok {
		out = append(out, items("transitGatewayAttachments", []*transitAttachment{a}, func(a *transitAttachment) []node {
			return []node{text("resourceId", a.VPC), text("transitGatewayAttachmentId", a.ID), text("resourceType", "vpc")}
		}))
	}
	return out
}
