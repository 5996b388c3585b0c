package awsapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// transitAttachment is a VPC's connection to a transit gateway.
type transitAttachment struct {
	ec2Object
	Owner    string           `json:"owner,omitempty"` // account of the VPC, as tables know it
	Hub      string           `json:"hub,omitempty"`   // account of the gateway
	Gateway  string           `json:"gateway"`
	VPC      string           `json:"vpc"`
	Subnets  []string         `json:"subnets"`
	Options  transitOptions   `json:"options"`
	Table    string           `json:"table,omitempty"` // associated route table
	State    string           `json:"state"`           // pendingAcceptance, pending, available, modifying, rejected, deleting, deleted
	Created  time.Time        `json:"created"`
	Deleted  time.Time        `json:"deleted,omitzero"`
	Progress sandbox.Progress `json:"progress"`
}

func (a *transitAttachment) vpc(ok bool) string {
	if !ok {
		return ""
	}
	return a.VPC
}

var attachments = &ec2Type[transitAttachment]{
	table:  sandbox.NewWideTable[transitAttachment](cloud, "ec2/transit-gateway-attachment"),
	prefix: "tgw-attach-", tag: "transit-gateway-attachment", code: "InvalidTransitGatewayAttachmentID.NotFound",
	says: "Transit Gateway Attachment %s was deleted or does not exist.",
	ids:  "TransitGatewayAttachmentIds", set: "transitGatewayVpcAttachments",
	filters: []string{
		"state", "transit-gateway-attachment-id", "transit-gateway-id", "vpc-id", "resource-id", "resource-type", "resource-owner-id",
		"transit-gateway-owner-id", "association.state", "association.transit-gateway-route-table-id",
	},
	states: []string{"state"},
}

func init() {
	attachments.visible = func(q *request, a *transitAttachment) bool {
		return a.Owner == q.tx.Account() || a.Hub == q.tx.Account()
	}
	attachments.filter, attachments.progress, attachments.render = attachmentField, attachmentProgress, renderAttachment
}

func attachmentField(tx *sandbox.Tx, a *transitAttachment, name string) []string {
	if name == "association.state" {
		if a.Table == "" {
			return nil
		}
		return []string{"associated"}
	}
	return []string{map[string]string{
		"state": a.State, "transit-gateway-attachment-id": a.ID, "transit-gateway-id": a.Gateway, "vpc-id": a.VPC, "resource-id": a.VPC,
		"resource-type": "vpc", "resource-owner-id": accountOf(tx, a.Owner), "transit-gateway-owner-id": accountOf(tx, a.Hub),
		"association.transit-gateway-route-table-id": a.Table,
	}[name]}
}

func attachmentProgress(q *request, a *transitAttachment) {
	done, moved := a.Progress.Poll()
	switch {
	case a.State == "deleted" && q.tx.Now().Sub(a.Deleted) > natListed:
		attachments.table.Delete(q.tx, a.Region, a.ID)
		return
	case done && a.State == "deleting":
		a.State, a.Deleted, a.Pending, moved = "deleted", q.tx.Now(), true, true
		a.detach(q.tx)
	case done && (a.State == "pending" || a.State == "modifying"):
		a.State, moved = "available", true
	}
	if moved {
		attachments.table.Put(q.tx, a)
	}
}

// detach returns what the attachment holds: interfaces and places in tables.
func (a *transitAttachment) detach(tx *sandbox.Tx) {
	tx.Inside(a.Owner, func() {
		leaveInterfaces(tx, a.Region, sandbox.Progress{}, func(i *networkInterface) bool { return i.Owner == a.ID })
	})
	tx.Inside(a.Hub, func() {
		for _, t := range transitTables.table.List(tx, a.Region) {
			if slices.Contains(t.Propagations, a.ID) {
				t.Propagations = without(t.Propagations, []string{a.ID})
				transitTables.table.Put(tx, t)
			}
		}
	})
	a.Table = ""
}

func renderAttachment(q *request, a *transitAttachment) []node {
	return []node{
		text("transitGatewayAttachmentId", a.ID), text("transitGatewayId", a.Gateway), text("vpcId", a.VPC), text("vpcOwnerId", accountOf(q.tx, a.Owner)),
		text("state", a.State), items("subnetIds", a.Subnets, plain), instant("creationTime", a.Created), a.Options.render(), tagSet(a.Tags),
	}
}

// describeTransitAttachments is the view over all types of attachment; this
// sandbox has those of VPCs.
func describeTransitAttachments(q *request) (any, error) {
	view := *attachments
	view.set = "transitGatewayAttachments"
	view.render = func(q *request, a *transitAttachment) []node {
		association := node{}
		if a.Table != "" {
			association = group("association", text("transitGatewayRouteTableId", a.Table), text("state", "associated"))
		}
		return []node{
			text("transitGatewayAttachmentId", a.ID), text("transitGatewayId", a.Gateway), text("transitGatewayOwnerId", accountOf(q.tx, a.Hub)),
			text("resourceOwnerId", accountOf(q.tx, a.Owner)), text("resourceType", "vpc"), text("resourceId", a.VPC), text("state", a.State),
			association, instant("creationTime", a.Created), tagSet(a.Tags),
		}
	}
	return view.describe(q)
}

func createAttachment(q *request) (any, error) {
	g, err := transitGateways.named(q, "TransitGatewayId")
	if err != nil {
		return nil, err
	}
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	tags, err := q.tagSpecification("transit-gateway-attachment")
	if err != nil {
		return nil, err
	}
	options, err := q.transitOptions(transitOptions{
		"DnsSupport": "enable", "SecurityGroupReferencingSupport": "enable", "Ipv6Support": "disable", "ApplianceModeSupport": "disable",
	})
	if err != nil {
		return nil, err
	}
	if g.State != "available" {
		return nil, fail(http.StatusBadRequest, "IncorrectState", "%s is in invalid state", g.ID)
	}
	twin := func(a *transitAttachment) bool { return a.Gateway == g.ID && a.VPC == v.ID && a.State != "deleted" }
	if a, ok := attachments.table.First(q.tx, q.region, twin); ok {
		return nil, fail(http.StatusBadRequest, "DuplicateTransitGatewayAttachment", "%s has non-deleted Transit Gateway Attachments with same VPC ID %s: %s.", g.ID, v.ID, a.ID)
	}
	a := &transitAttachment{
		ec2Object: q.newObject("tgw-attach-", tags), Owner: q.tx.Account(), Hub: g.Account, Gateway: g.ID, VPC: v.ID, Options: options,
		State: "pending", Created: q.tx.Now(), Progress: q.tx.Steps("ec2/transit-gateway-attachment", 2),
	}
	if err := q.addAttachmentSubnets(a, q.form.list("SubnetIds")); err != nil {
		return nil, err
	}
	if a.Hub != a.Owner && g.Options["AutoAcceptSharedAttachments"] != "enable" {
		a.State, a.Progress = "pendingAcceptance", sandbox.Progress{}
	} else {
		a.join(q.tx, g)
	}
	attachments.table.Put(q.tx, a)
	return []node{group("transitGatewayVpcAttachment", renderAttachment(q, a)...)}, nil
}

// join puts an attachment into the tables that its gateway is set to.
func (a *transitAttachment) join(tx *sandbox.Tx, g *transitGateway) {
	if g.Options["DefaultRouteTableAssociation"] == "enable" {
		a.Table = g.DefaultTable
	}
	tx.Inside(a.Hub, func() {
		if t, ok := transitTables.table.Get(tx, a.Region, g.DefaultTable); ok && g.Options["DefaultRouteTablePropagation"] == "enable" {
			t.Propagations = append(slices.Clone(t.Propagations), a.ID)
			transitTables.table.Put(tx, t)
		}
	})
}

// acceptAttachment is what the owner of a shared gateway says to an attachment.
func acceptAttachment(q *request) (any, error) {
	a, g, err := q.waitingAttachment()
	if err != nil {
		return nil, err
	}
	a.State, a.Progress = "pending", q.tx.Steps("ec2/transit-gateway-attachment", 2)
	a.join(q.tx, g)
	attachments.table.Put(q.tx, a)
	return []node{group("transitGatewayVpcAttachment", renderAttachment(q, a)...)}, nil
}

func rejectAttachment(q *request) (any, error) {
	a, _, err := q.waitingAttachment()
	if err != nil {
		return nil, err
	}
	a.State = "rejected"
	attachments.table.Put(q.tx, a)
	return []node{group("transitGatewayVpcAttachment", renderAttachment(q, a)...)}, nil
}

// waitingAttachment is one that waits for the caller, and the caller's gateway.
func (q *request) waitingAttachment() (*transitAttachment, *transitGateway, error) {
	a, err := attachments.named(q, "TransitGatewayAttachmentId")
	if err != nil {
		return nil, nil, err
	}
	g, ok := transitGateways.table.Get(q.tx, q.region, a.Gateway)
	switch {
	case !ok:
		return nil, nil, fail(http.StatusForbidden, "UnauthorizedOperation", "You are not authorized to perform this operation.")
	case a.State != "pendingAcceptance":
		return nil, nil, fail(http.StatusBadRequest, "IncorrectState", "%s is in invalid state", a.ID)
	}
	return a, g, nil
}

func (q *request) addAttachmentSubnets(a *transitAttachment, ids []string) error {
	zones := map[string]bool{}
	for _, id := range a.Subnets {
		if s, ok := subnets.table.Get(q.tx, q.region, id); ok {
			zones[s.Zone] = true
		}
	}
	for _, id := range ids {
		s, err := subnets.get(q, id)
		if err != nil {
			return err
		}
		if s.VPC != a.VPC {
			return fail(http.StatusBadRequest, "InvalidParameterValue", "Subnet %s does not belong to the VPC %s", id, a.VPC)
		}
		if zones[s.Zone] {
			return fail(http.StatusBadRequest, "DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")
		}
		zones[s.Zone] = true
		_, err = q.newInterface(interfaceSpec{
			Subnet: id, Description: "Network Interface for Transit Gateway Attachment " + a.ID, Type: "transit_gateway",
			Requester: "amazon-aws", Managed: true, Owner: a.ID,
		})
		if err != nil {
			return err
		}
		a.Subnets = append(slices.Clone(a.Subnets), id)
	}
	if len(a.Subnets) == 0 {
		return fail(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter SubnetIds")
	}
	return nil
}

func modifyAttachment(q *request) (any, error) {
	a, err := attachments.named(q, "TransitGatewayAttachmentId")
	if err != nil {
		return nil, err
	}
	if a.Owner != q.tx.Account() {
		return nil, fail(http.StatusForbidden, "UnauthorizedOperation", "You are not authorized to perform this operation.")
	}
	if a.State != "available" {
		return nil, fail(http.StatusBadRequest, "IncorrectState", "%s is in invalid state", a.ID)
	}
	if a.Options, err = q.transitOptions(a.Options); err != nil {
		return nil, err
	}
	removed := q.form.list("RemoveSubnetIds")
	a.Subnets = without(a.Subnets, removed)
	leaveInterfaces(q.tx, q.region, sandbox.Progress{}, func(i *networkInterface) bool {
		return i.Owner == a.ID && slices.Contains(removed, i.Subnet)
	})
	if err := q.addAttachmentSubnets(a, q.form.list("AddSubnetIds")); err != nil {
		return nil, err
	}
	a.State, a.Progress = "modifying", q.tx.Steps("ec2/transit-gateway-attachment", 1)
	attachments.table.Put(q.tx, a)
	return []node{group("transitGatewayVpcAttachment", renderAttachment(q, a)...)}, nil
}

func deleteAttachment(q *request) (any, error) {
	a, err := attachments.named(q, "TransitGatewayAttachmentId")
	if err != nil {
		return nil, err
	}
	if a.State == "deleted" {
		return nil, attachments.missing(a.ID)
	}
	if a.State != "deleting" {
		a.State, a.Progress = "deleting", q.tx.Steps("ec2/transit-gateway-attachment", 2)
		attachments.table.Put(q.tx, a)
	}
	return []node{group("transitGatewayVpcAttachment", renderAttachment(q, a)...)}, nil
}

// transitPair reads a table and an attachment of the same gateway.
func (q *request) transitPair() (*transitTable, *transitAttachment, error) {
	t, err := transitTables.named(q, "TransitGatewayRouteTableId")
	if err != nil {
		return nil, nil, err
	}
	a, err := attachments.named(q, "TransitGatewayAttachmentId")
	if err != nil {
		return nil, nil, err
	}
	if t.Gateway != a.Gateway {
		return nil, nil, fail(http.StatusBadRequest, "InvalidParameterValue", "%s and %s belong to different transit gateways", t.ID, a.ID)
	}
	return t, a, nil
}

func renderAssociation(t *transitTable, a *transitAttachment, state string) []node {
	return []node{
		text("transitGatewayRouteTableId", t.ID), text("transitGatewayAttachmentId", a.ID),
		text("resourceId", a.VPC), text("resourceType", "vpc"), text("state", state),
	}
}

func associateTransitTable(q *request) (any, error) {
	t, a, err := q.transitPair()
	if err != nil {
		return nil, err
	}
	if a.Table != "" {
		return nil, fail(http.StatusBadRequest, "Resource.AlreadyAssociated", "Transit Gateway Attachment %s is already associated to a route table.", a.ID)
	}
	a.Table = t.ID
	attachments.table.Put(q.tx, a)
	return []node{group("association", renderAssociation(t, a, "associated")...)}, nil
}

func disassociateTransitTable(q *request) (any, error) {
	t, a, err := q.transitPair()
	if err != nil {
		return nil, err
	}
	if a.Table != t.ID {
		return nil, fail(http.StatusBadRequest, "InvalidAssociation.NotFound", "Association for %s and %s does not exist", t.ID, a.ID)
	}
	a.Table = ""
	attachments.table.Put(q.tx, a)
	return []node{group("association", renderAssociation(t, a, "disassociated")...)}, nil
}

func enablePropagation(q *request) (any, error) {
	t, a, err := q.transitPair()
	if err != nil {
		return nil, err
	}
	if slices.Contains(t.Propagations, a.ID) {
		return nil, fail(http.StatusBadRequest, "TransitGatewayRouteTablePropagation.Duplicate", "Propagation %s for route table %s already exists", a.ID, t.ID)
	}
	t.Propagations = append(slices.Clone(t.Propagations), a.ID)
	transitTables.table.Put(q.tx, t)
	return []node{group("propagation", renderAssociation(t, a, "enabled")...)}, nil
}

func disablePropagation(q *request) (any, error) {
	t, a, err := q.transitPair()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(t.Propagations, a.ID) {
		return nil, fail(http.StatusBadRequest, "TransitGatewayRouteTablePropagation.NotFound", "Propagation %s for route table %s does not exist", a.ID, t.ID)
	}
	t.Propagations = without(t.Propagations, []string{a.ID})
	transitTables.table.Put(q.tx, t)
	return []node{group("propagation", renderAssociation(t, a, "disabled")...)}, nil
}

func getTransitAssociations(q *request) (any, error) {
	return transitMembers(q, "associations", "associated", func(t *transitTable, a *transitAttachment) bool { return a.Table == t.ID })
}

func getTransitPropagations(q *request) (any, error) {
	return transitMembers(q, "transitGatewayRouteTablePropagations", "enabled", func(t *transitTable, a *transitAttachment) bool {
		return slices.Contains(t.Propagations, a.ID)
	})
}

func transitMembers(q *request, set, state string, in func(*transitTable, *transitAttachment) bool) (any, error) {
	t, err := transitTables.named(q, "TransitGatewayRouteTableId")
	if err != nil {
		return nil, err
	}
	filters, err := q.filters([]string{"resource-id", "resource-type", "transit-gateway-attachment-id"})
	if err != nil {
		return nil, err
	}
	if _, _, err := q.page(false); err != nil {
		return nil, err
	}
	found := attachments.table.Where(q.tx, q.region, func(a *transitAttachment) bool {
		return in(t, a) && attachments.matches(q.tx, a, filters, nil)
	})
	return []node{items(set, found, func(a *transitAttachment) []node {
		return []node{
			text("transitGatewayAttachmentId", a.ID), text("resourceId", a.VPC), text("resourceType", "vpc"), text("state", state),
		}
	})}, nil
}
