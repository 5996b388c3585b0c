package azurecloud

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Words of the two sides of a peering.
const (
	peeringWord = "connection"
	backWord    = "connection-back"
)

// peeringName is the name of a connection's peering, on both sides. Peerings
// have no tags: their names say whose they are.
func (v *view) peeringName(name string) string { return v.peeringPrefix() + name }

func (v *view) peeringPrefix() string { return "kready-" + v.ref.Cluster + "-" }

// peeringThings are both sides of every peering of the network.
func (v *view) peeringThings(d blueprint.NetworkDesign, vnet string) []thing {
	var things []thing
	for name, connection := range d.Connections {
		side := func(component, from, other string, properties armnetwork.VirtualNetworkPeeringPropertiesFormat) {
			properties.RemoteVirtualNetwork = &armnetwork.SubResource{ID: to.Ptr(other)}
			properties.AllowVirtualNetworkAccess = to.Ptr(true)
			things = append(things, thing{
				component: component + "/" + name, id: child(from, peerings, v.peeringName(name)), want: body(armnetwork.VirtualNetworkPeering{Properties: &properties}),
			})
		}
		side(peeringWord, vnet, connection.PeerNetworkID, armnetwork.VirtualNetworkPeeringPropertiesFormat{
			AllowForwardedTraffic: to.Ptr(connection.ForwardedTraffic), AllowGatewayTransit: to.Ptr(false), UseRemoteGateways: to.Ptr(connection.RemoteGateways),
		})
		side(backWord, connection.PeerNetworkID, vnet, armnetwork.VirtualNetworkPeeringPropertiesFormat{
			AllowForwardedTraffic: to.Ptr(connection.ForwardedTraffic), AllowGatewayTransit: to.Ptr(connection.RemoteGateways), UseRemoteGateways: to.Ptr(false),
		})
	}
	return things
}

// lookPeerings files what the design may no longer hold: kready's peerings of
// the network, and their far sides.
func (v *view) lookPeerings(ctx context.Context) error {
	vnet := v.find("vnet")
	if vnet == nil {
		return nil
	}
	if err := v.listed(ctx, peerings, vnet.id+"/virtualNetworkPeerings", "", func(entry document) string {
		if name, ours := cutPrefixFold(text(entry, "name"), v.peeringPrefix()); ours {
			return peeringWord + "/" + name
		}
		return ""
	}); err != nil {
		return err
	}
	return cloud.Each(ctx, v.all(peeringWord), func(ctx context.Context, name string, have *found) error {
		remote := remoteOf(have)
		if remote == "" || v.find(backWord+"/"+name) != nil {
			return nil
		}
		id := child(remote, peerings, v.peeringName(name))
		far, err := v.get(ctx, peerings, id)
		if isNotFound(err) {
			return nil
		}
		if err == nil && sameID(text(far, "properties", "remoteVirtualNetwork", "id"), vnet.id) {
			v.file(thing{component: backWord + "/" + name, id: id}, peerings, far, nil)
		}
		return wrap(err, ofCluster(backWord+"/"+name, v.ref))
	})
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// remoteOf is the network at the other end of a peering.
func remoteOf(peering *found) string {
	return text(peering.body, "properties", "remoteVirtualNetwork", "id")
}

// refusePeerings refuses a peering of kready's name that leads to another
// network: it is another cluster's of the same name.
func refusePeerings(r *networkRun) error {
	vnet := r.networkID(r.design)
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(r.design.Connections)) {
		have := r.find(backWord + "/" + name)
		if have == nil || sameID(remoteOf(have), vnet) {
			continue
		}
		problems = append(problems, &cloud.Error{
			Kind: cloud.ErrInvalid, Operation: "peer", Object: r.object(backWord + "/" + name),
			Reason: have.id + " leads to " + remoteOf(have),
			Todo:   "Another cluster of this name is connected to it. Give the connection another name.",
		})
	}
	return errors.Join(problems...)
}

// displacePeerings removes sides that can't be mended: one whose other side was
// deleted, and one that leads elsewhere.
func displacePeerings(ctx context.Context, r *networkRun) error {
	if err := refusePeerings(r); err != nil {
		return err
	}
	var stale []*found
	for word, have := range r.peeringSides() {
		name := keyOf(word)
		connection, wanted := r.design.Connections[name]
		switch {
		case !wanted, strings.EqualFold(text(have.body, "properties", "peeringState"), "Disconnected"),
			wordOf(word) == peeringWord && !sameID(remoteOf(have), connection.PeerNetworkID):
			stale = append(stale, have)
		}
	}
	return r.removeAll(ctx, stale)
}

// peeringSides are both sides of all peerings, by component.
func (v *view) peeringSides() map[string]*found {
	sides := map[string]*found{}
	for _, word := range []string{peeringWord, backWord} {
		for name, have := range v.all(word) {
			sides[word+"/"+name] = have
		}
	}
	return sides
}

// connectionDesigns reads the peerings back. What only the design knows is taken
// from it.
func (v *view) connectionDesigns(known blueprint.NetworkDesign) map[string]blueprint.ConnectionDesign {
	var designs map[string]blueprint.ConnectionDesign
	for name, have := range v.all(peeringWord) {
		p := at(have.body, "properties")
		design := blueprint.ConnectionDesign{
			PeerNetworkID: text(p, "remoteVirtualNetwork", "id"), RemoteGateways: flag(p, "useRemoteGateways"), ForwardedTraffic: flag(p, "allowForwardedTraffic"),
			Routes: known.Connections[name].Routes, Target: known.Connections[name].Target,
		}
		if state := text(p, "peeringState"); strings.EqualFold(state, "Disconnected") {
			design.PeerNetworkID = cloud.Remark(design.PeerNetworkID, "the peering is disconnected")
		}
		if designs == nil {
			designs = map[string]blueprint.ConnectionDesign{}
		}
		designs[name] = design
	}
	return designs
}
