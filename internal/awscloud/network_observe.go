package awscloud

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// componentObject is one observed object of a part.
type componentObject struct {
	component string
	id        string
	tags      map[string]string
	inside    bool // it stands in the part's main object
	ec2       bool // its tags are EC2's
	untagged  bool // the API has no tags for it
}

// objects lists everything that exists, sorted by component.
func (v *networkView) objects() []componentObject {
	var list []componentObject
	add := func(component, id string, tags []types.Tag, inside bool) {
		list = append(list, componentObject{component: component, id: id, tags: fromEC2(tags), inside: inside, ec2: true})
	}
	for key, subnet := range v.subnets {
		if v.isGivenSubnet(key) {
			continue
		}
		add("subnet/"+key, aws.ToString(subnet.SubnetId), subnet.Tags, true)
	}
	for cidr, reservation := range v.reservations {
		add("prefix-reservation/"+cidr, aws.ToString(reservation.SubnetCidrReservationId), reservation.Tags, true)
	}
	for key, table := range v.tables {
		add("route-table/"+key, aws.ToString(table.RouteTableId), table.Tags, true)
	}
	if v.gateway != nil {
		add("internet-gateway", aws.ToString(v.gateway.InternetGatewayId), v.gateway.Tags, v.attached(*v.gateway))
	}
	for key, gateway := range v.nats {
		add("nat/"+key, aws.ToString(gateway.NatGatewayId), gateway.Tags, true)
	}
	held := map[string]bool{}
	for _, gateway := range v.nats {
		for _, address := range gateway.NatGatewayAddresses {
			held[aws.ToString(address.AllocationId)] = true
		}
	}
	for key, address := range v.addresses {
		_, gateway := v.nats[key]
		used := gateway || held[aws.ToString(address.AllocationId)]
		add("address/"+key, aws.ToString(address.AllocationId), address.Tags, used)
	}
	for service, endpoint := range v.endpoints {
		add("endpoint/"+service, aws.ToString(endpoint.VpcEndpointId), endpoint.Tags, true)
	}
	if v.group != nil {
		add("security-group/endpoints", aws.ToString(v.group.GroupId), v.group.Tags, true)
	}
	for name, have := range v.connections {
		add(connectionKind+name, have.id, have.tags, true)
	}
	if v.flowLog != nil {
		add("flow-log", aws.ToString(v.flowLog.FlowLogId), v.flowLog.Tags, true)
	}
	if v.role != nil {
		list = append(list, componentObject{component: "role/flow-logs", id: v.role.arn, tags: v.role.tags})
	}
	if v.logGroup != nil {
		list = append(list, componentObject{component: "log-group/flow-logs", id: v.logGroup.arn, tags: v.logGroup.tags})
	}
	for cidr, association := range v.podRanges() {
		if v.theirs() {
			break
		}
		list = append(list, componentObject{component: "pod-range/" + cidr, id: association, inside: true, untagged: true})
	}
	slices.SortFunc(list, func(a, b componentObject) int { return strings.Compare(a.component, b.component) })
	return list
}

// podRanges are the secondary ranges of the VPC by range, with the id of
// their association.
func (v *networkView) podRanges() map[string]string {
	ranges := map[string]string{}
	if v.vpc == nil {
		return ranges
	}
	for _, association := range v.vpc.CidrBlockAssociationSet {
		cidr := aws.ToString(association.CidrBlock)
		if cidr == aws.ToString(v.vpc.CidrBlock) || association.CidrBlockState == nil {
			continue
		}
		switch association.CidrBlockState.State {
		case types.VpcCidrBlockStateCodeAssociated, types.VpcCidrBlockStateCodeAssociating:
			ranges[cidr] = aws.ToString(association.AssociationId)
		}
	}
	return ranges
}

// observe turns the view into a design: equal, field by field, to the one
// that was ensured, where nothing has drifted.
func (v *networkView) observe() observedNetwork {
	seen := observedNetwork{Objects: map[string]string{}}
	objects := v.objects()
	for _, object := range objects {
		seen.Objects[object.component] = object.id
	}
	if v.vpc == nil {
		return seen
	}
	seen.Exists = true
	seen.Objects["vpc"] = v.vpcID()
	maps.Copy(seen.Objects, v.givenObjects())
	owned := v.ownership()
	seen.Owner, seen.Incarnation, seen.Token = owned[cloud.TagOwner], owned[cloud.TagIncarnation], owned[cloud.TagToken]
	seen.Outputs = v.outputs()
	seen.Busy = v.busy()
	if len(v.twins) > 0 {
		seen.Warnings = append(seen.Warnings, "More than one VPC carries the tags of "+v.ref.Cluster+": "+strings.Join(v.twins, ", ")+" too. kready uses "+v.vpcID()+"; look at the others.")
	}
	if v.flowLog != nil && aws.ToString(v.flowLog.DeliverLogsStatus) == "FAILED" {
		seen.Warnings = append(seen.Warnings, "The flow log can't deliver: "+aws.ToString(v.flowLog.DeliverLogsErrorMessage)+".")
	}
	seen.Warnings = append(seen.Warnings, v.deadHops()...)
	seen.Design = v.design(objects)
	return seen
}

func (v *networkView) design(objects []componentObject) blueprint.NetworkDesign {
	design := blueprint.NetworkDesign{
		Scope: blueprint.Scope{
			Cloud: blueprint.CloudAWS, Region: v.api.region, Cluster: v.ref.Cluster, Target: v.vpcTags[tagTarget],
			OnDestroy: cloud.ParseLifecycle(v.vpcTags[cloud.TagLifecycle]),
		},
		CIDR:          aws.ToString(v.vpc.CidrBlock),
		PodCIDRs:      sortedKeys(v.podRanges()),
		Subnets:       v.subnetDesigns(),
		NATGateways:   v.natDesigns(),
		Endpoints:     v.endpointDesigns(),
		DefaultClosed: v.defaultGroup != nil && len(v.defaultGroup.IpPermissions) == 0 && len(v.defaultGroup.IpPermissionsEgress) == 0,
		AdmittedCIDRs: v.admitted(),
		FlowLogs:      v.flowLogsDesign(),
		NextHop:       v.nextHop(),
		Connections:   v.connectionDesigns(),
		Names:         v.names(),
	}
	zones := map[string]bool{}
	for _, subnet := range v.subnets {
		zones[aws.ToString(subnet.AvailabilityZone)] = true
	}
	design.Zones = sortedKeys(zones)
	design.Egress = v.egress(design)
	if v.theirs() {
		v.givenDesign(&design)
	}
	if v.role != nil {
		design.Boundary, design.RolePath = v.role.boundary, v.role.path
	}
	design.Tags = v.tagsDesign(objects)
	return design
}

// givenDesign takes out of the design what is the business of a VPC's owner.
func (v *networkView) givenDesign(design *blueprint.NetworkDesign) {
	design.CIDR, design.Existing, design.DefaultClosed = v.givenRange(), v.existingDesign(), false
	design.PodCIDRs = slices.DeleteFunc(design.PodCIDRs, func(cidr string) bool { return !slices.Contains(v.known.PodCIDRs, cidr) })
	if len(design.PodCIDRs) == 0 {
		design.PodCIDRs = nil
	}
	if v.known.Egress != "" {
		design.Egress = v.known.Egress
	}
	if len(v.tables) == 0 {
		design.NextHop = v.known.NextHop
	}
}

// egress is what the gateways and routes amount to. The DNS switches of the
// VPC have no word of their own: without them, endpoints can't be reached by
// name, so they are remarked on here.
func (v *networkView) egress(design blueprint.NetworkDesign) string {
	word := blueprint.EgressIsolated
	_, zonal := v.nats["all"]
	_, everywhere := v.nats["regional"]
	switch {
	case zonal || everywhere:
		word = blueprint.EgressNAT
	case len(v.nats) > 0:
		word = blueprint.EgressNATPerZone
	case design.NextHop != "":
		word = blueprint.EgressAppliance
	}
	var remarks []string
	if !v.dnsSupport {
		remarks = append(remarks, "DNS support of the VPC is off")
	}
	if !v.dnsHostnames {
		remarks = append(remarks, "DNS host names of the VPC are off")
	}
	return remark(word, remarks...)
}

func (v *networkView) names() map[string]string {
	names := map[string]string{}
	if !v.theirs() {
		names["vpc"] = v.vpcTags["Name"]
	}
	if v.group != nil {
		names["security-group/endpoints"] = aws.ToString(v.group.GroupName)
	}
	if v.role != nil {
		names["role/flow-logs"] = v.role.name
	}
	if v.logGroup != nil {
		names["log-group/flow-logs"] = v.logGroup.name
	}
	return names
}

func (v *networkView) tagsDesign(objects []componentObject) map[string]string {
	others := make([]tagged, 0, len(objects))
	for _, object := range objects {
		if object.untagged {
			continue
		}
		other := tagged{component: object.component, tags: object.tags}
		if object.ec2 {
			other.name = nameTag(v.ref, object.component)
		}
		others = append(others, other)
	}
	main := tagged{component: "vpc", tags: v.vpcTags}
	tags := v.api.observeTags(main, others)
	for key, value := range v.known.Tags {
		// A design may repeat a default tag: then it is both.
		if _, told := tags[key]; told || v.vpcTags[key] != value || v.api.defaults[key] != value {
			continue
		}
		if tags == nil {
			tags = map[string]string{}
		}
		tags[key] = value
	}
	note := func(key, what string) {
		if tags == nil {
			tags = map[string]string{}
		}
		tags[key] = remark(tags[key], what)
	}
	own := slices.Clone(sharedTags)
	if v.flowLog != nil {
		own = append(own, tagLogGroup, tagLogRole)
	}
	for _, key := range own {
		if v.vpcTags[key] == "" {
			note(key, "missing on vpc")
		}
	}
	if got := v.vpcTags[cloud.TagComponent]; got != "vpc" {
		note(cloud.TagComponent, "is \""+got+"\" on vpc")
	}
	return tags
}

func (v *networkView) outputs() blueprint.NetworkOutputs {
	outputs := blueprint.NetworkOutputs{NetworkID: v.vpcID()}
	for _, address := range v.addresses {
		outputs.EgressAddress = append(outputs.EgressAddress, aws.ToString(address.PublicIp))
	}
	slices.Sort(outputs.EgressAddress)
	return outputs
}

func (v *networkView) busy() string {
	var busy []string
	if v.vpc.State == types.VpcStatePending {
		busy = append(busy, "vpc pending")
	}
	for _, key := range sortedKeys(v.nats) {
		if v.nats[key].State == types.NatGatewayStatePending {
			busy = append(busy, "nat/"+key+" pending")
		}
	}
	for _, service := range sortedKeys(v.endpoints) {
		if state := strings.ToLower(string(v.endpoints[service].State)); state != "available" {
			busy = append(busy, "endpoint/"+service+" "+state)
		}
	}
	return strings.Join(busy, ", ")
}

// sortedKeys is nil for an empty map, as an absent list in a design is.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
