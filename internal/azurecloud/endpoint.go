package azurecloud

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Words of component keys: a private endpoint, and the group by which its
// address gets into the network's private DNS zone.
const (
	endpointWord  = "private-endpoint"
	zoneGroupWord = "zone-group"
)

// zoneGroupName is what an endpoint's only zone group is called, as in the
// portal.
const zoneGroupName = "default"

// private is the private endpoint of a registry or vault.
type private struct {
	key    string // rest of the component keys, "" where there is one endpoint
	id     string // of the endpoint
	target string // id of what it leads to
	member string // what of it: "registry" or "vault"
	zone   string // key of the network's private DNS zone
	tags   map[string]string
	subnet string // id of the subnet that exists for it; "": the network's
	policy bool   // a policy of the organisation registers it: no zone group
}

// component is the component key of an endpoint or of its zone group.
func (p private) component(word string) string {
	if p.key == "" {
		return word
	}
	return word + "/" + p.key
}

// endpointThings are a private endpoint and its zone group. Subnet and zone are
// the network's: they are known where its ids are handed over.
func (v *view) endpointThings(p private) []thing {
	connection := armnetwork.PrivateLinkServiceConnection{
		Name: to.Ptr(nameOf(p.id)),
		Properties: &armnetwork.PrivateLinkServiceConnectionProperties{
			PrivateLinkServiceID: to.Ptr(p.target), GroupIDs: to.SliceOfPtrs(p.member),
		},
	}
	endpoint := armnetwork.PrivateEndpointProperties{PrivateLinkServiceConnections: []*armnetwork.PrivateLinkServiceConnection{&connection}}
	if subnet := cmp.Or(p.subnet, v.inputs.Network["subnet/"+blueprint.TierEndpoints]); subnet != "" {
		endpoint.Subnet = &armnetwork.Subnet{ID: to.Ptr(subnet)}
	}
	group := thing{component: p.component(zoneGroupWord), id: child(p.id, zoneGroups, zoneGroupName)}
	if zone := v.inputs.Network["private-dns-zone/"+p.zone]; zone != "" {
		group.want = body(armnetwork.PrivateDNSZoneGroup{Properties: &armnetwork.PrivateDNSZoneGroupPropertiesFormat{
			PrivateDNSZoneConfigs: []*armnetwork.PrivateDNSZoneConfig{{
				Name: to.Ptr(p.zone), Properties: &armnetwork.PrivateDNSZonePropertiesFormat{PrivateDNSZoneID: to.Ptr(zone)},
			}},
		}})
	}
	things := []thing{
		{
			component: p.component(endpointWord), id: p.id, birth: v.located(), tags: p.tags,
			want: body(armnetwork.PrivateEndpoint{Properties: &endpoint}),
		},
	}
	if p.policy {
		return things
	}
	return append(things, group)
}

// lookZoneGroups files the zone groups of the endpoints that are there.
func (v *view) lookZoneGroups(ctx context.Context) error {
	looks := map[string]*found{}
	for _, have := range v.everything() {
		if wordOf(have.component) == endpointWord {
			looks[have.component] = have
		}
	}
	return cloud.Each(ctx, looks, func(ctx context.Context, component string, have *found) error {
		return v.listed(ctx, zoneGroups, have.id+"/privateDnsZoneGroups", "", func(document) string {
			return zoneGroupWord + strings.TrimPrefix(component, endpointWord)
		})
	})
}

// displaceEndpoints removes endpoints that can't be put right in place: Azure
// keeps subnet and target of an endpoint for its life, and one whose target was
// made anew stays disconnected.
func (r *run[D, O]) displaceEndpoints(ctx context.Context) error {
	var stale []*found
	for _, t := range r.part.things(r.view, r.design) {
		have := r.find(t.component)
		if have == nil || wordOf(t.component) != endpointWord || !sameID(have.id, t.id) {
			continue
		}
		if disconnected(have) || len(differences("", fixedOfEndpoint(t.want), have.body)) > 0 {
			stale = append(stale, have)
			if group := r.find(zoneGroupWord + strings.TrimPrefix(t.component, endpointWord)); group != nil {
				r.forget(group) // it goes with its endpoint
			}
		}
	}
	return r.removeAll(ctx, stale)
}

// fixedOfEndpoint is what an endpoint keeps for its life.
func fixedOfEndpoint(want document) document {
	var targets []any
	for _, connection := range entries(want, "properties", "privateLinkServiceConnections") {
		targets = append(targets, document{"properties": document{"privateLinkServiceId": at(connection, "properties", "privateLinkServiceId")}})
	}
	return document{"properties": document{"subnet": at(want, "properties", "subnet"), "privateLinkServiceConnections": targets}}
}

// disconnected tells whether an endpoint leads nowhere.
func disconnected(have *found) bool {
	return slices.ContainsFunc(entries(have.body, "properties", "privateLinkServiceConnections"), func(connection document) bool {
		status := text(connection, "properties", "privateLinkServiceConnectionState", "status")
		return strings.EqualFold(status, "Disconnected") || strings.EqualFold(status, "Rejected")
	})
}

// endpointNames reads the names of endpoints back, by component. A remark says
// what the design has no word for: an endpoint that leads nowhere, stands in
// another subnet, or isn't in the zone.
func (v *view) endpointNames(zone, given string) map[string]string {
	names := map[string]string{}
	for _, have := range v.everything() {
		if wordOf(have.component) != endpointWord || v.find(have.component) != have {
			continue
		}
		var remarks []string
		if disconnected(have) {
			remarks = append(remarks, "leads nowhere")
		}
		id := text(have.body, "properties", "subnet", "id")
		if subnet := nameOf(id); given != "" && !sameID(id, given) || given == "" && subnet != blueprint.TierEndpoints {
			remarks = append(remarks, "stands in subnet "+subnet)
		}
		if group := v.find(zoneGroupWord + strings.TrimPrefix(have.component, endpointWord)); group != nil {
			configs := entries(group.body, "properties", "privateDnsZoneConfigs")
			if len(configs) != 1 || text(configs[0], "name") != zone {
				remarks = append(remarks, "is in other zones")
			}
		}
		names[have.component] = cloud.Remark(nameOf(have.id), remarks...)
	}
	return names
}

// endpointNeeds are the network's objects that a private endpoint stands on.
func endpointNeeds(zone string, subnetGiven, byPolicy bool) []string {
	var needs []string
	if !subnetGiven {
		needs = append(needs, "subnet/"+blueprint.TierEndpoints)
	}
	if !byPolicy {
		needs = append(needs, "private-dns-zone/"+zone)
	}
	return needs
}

// needsNetwork refuses a part that stands in a network whose ids were not
// handed over.
func needsNetwork(ref cloud.Ref, inputs cloud.Inputs, components ...string) error {
	var absent []string
	for _, component := range components {
		if inputs.Network[component] == "" {
			absent = append(absent, component)
		}
	}
	if len(absent) == 0 {
		return nil
	}
	return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: ofCluster(ref.Part, ref),
		Reason: "the network has no " + strings.Join(absent, ", "),
		Todo:   "Hand over network = kready_network.….objects of the same cluster, and apply the network first."}
}
