package azureapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

func virtualNetwork() *resourceType {
	return &resourceType{
		name: vnetType, tracked: true, patch: tagsOnly, etagged: true, names: networkName,
		flow: networkFlow(), busy: busyFamily,
		properties: fields{
			"provisioningState":           output(),
			"resourceGuid":                output(),
			"addressSpace":                object(fields{"addressPrefixes": list(text()).need()}).need(),
			"dhcpOptions":                 object(fields{"dnsServers": list(ip())}),
			"enableDdosProtection":        flag().or(false),
			"encryption":                  object(fields{"enabled": flag().need(), "enforcement": oneOf("AllowUnencrypted", "DropUnencrypted").or("AllowUnencrypted")}),
			"flowTimeoutInMinutes":        whole(4, 30),
			"privateEndpointVNetPolicies": oneOf("Disabled", "Basic").or("Disabled"),
			"subnets":                     inline(),
			"virtualNetworkPeerings":      inline(),
			"flowLogs":                    output(),
			"defaultPublicNatGateway":     output(),
		},
		put:    putNetwork,
		usage:  "VirtualNetworks",
		stored: storeNetwork,
		remove: removeNetwork,
		show: func(q *request, r *resource, out map[string]any) {
			showChildren(q, r, out, "subnets")
			showChildren(q, r, out, "virtualNetworkPeerings")
		},
	}
}

// forbiddenRanges cannot be part of a virtual network. Source:
// learn.microsoft.com, "Virtual Network FAQ".
var forbiddenRanges = prefixesOf([]string{"224.0.0.0/4", "255.255.255.255/32", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32"})

func spaceOf(vnet *resource) []netip.Prefix {
	return prefixesOf(textsAt(vnet.Properties, "addressSpace", "addressPrefixes"))
}

func putNetwork(w *write) error {
	resourceGUID(w)
	space, err := w.ranges(textsAt(w.r.Properties, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	if len(space) == 0 {
		return w.fail(http.StatusBadRequest, "VirtualNetworkAddressSpaceRequired", "Virtual network %s must have an address space.", w.r.Name)
	}
	for i, p := range space {
		if p.Addr().Is4() && (p.Bits() < 2 || p.Bits() > 29) {
			return w.fail(http.StatusBadRequest, "InvalidAddressPrefixSize", "The address prefix %s of virtual network %s is not from /2 to /29.", p, w.r.Name)
		}
		for _, f := range forbiddenRanges {
			if p.Overlaps(f) {
				return w.fail(http.StatusBadRequest, "AddressPrefixNotAllowed", "The address prefix %s of virtual network %s overlaps with %s, which cannot be used.", p, w.r.Name, f)
			}
		}
		for _, o := range space[:i] {
			if p.Overlaps(o) {
				return w.fail(http.StatusBadRequest, "AddressSpaceOverlap", "The address prefixes %s and %s of virtual network %s overlap.", o, p, w.r.Name)
			}
		}
	}
	for _, p := range w.peers() {
		if err := w.disjoint(p.Name, w.r, space, w.get(textAt(p.Properties, "remoteVirtualNetwork", "id"))); err != nil {
			return err
		}
	}
	return nil
}

// peers are the peerings that the network has already.
func (w *write) peers() []*resource {
	if w.old == nil {
		return nil
	}
	return w.below(w.old, "virtualNetworkPeerings")
}

// disjoint refuses to peer networks whose address spaces overlap.
func (w *write) disjoint(peering string, one *resource, space []netip.Prefix, other *resource) error {
	if other == nil {
		return nil
	}
	for _, p := range space {
		for _, o := range spaceOf(other) {
			if p.Overlaps(o) {
				return w.fail(http.StatusBadRequest, "VnetAddressSpacesOverlap",
					"Cannot create or update peering %s. Virtual networks %s and %s cannot be peered because their address spaces overlap. Overlapping address prefixes: %s, %s.",
					peering, one.Path, other.Path, p, o)
			}
		}
	}
	return nil
}

// storeNetwork writes the subnets and peerings of the body. Since 2023-09-01 a
// body without subnets leaves them alone; before, it removed them all.
func storeNetwork(w *write) error {
	if _, given := at(w.body, "properties", "subnets").([]any); !given && w.old != nil && w.version < "2023-09-01" {
		properties, _ := clone(at(w.body, "properties")).(map[string]any)
		properties["subnets"] = []any{}
		w.body = map[string]any{"properties": properties}
	}
	if err := w.children("subnets", subnetType); err != nil {
		return err
	}
	if err := w.children("virtualNetworkPeerings", peeringType); err != nil {
		return err
	}
	space := spaceOf(w.r)
	for _, s := range w.below(w.r, "subnets") {
		for _, p := range prefixesOf(subnetPrefixes(s)) {
			if !contained(p, space) {
				return w.fail(http.StatusBadRequest, "NetcfgInvalidSubnet", "Subnet '%s' is not valid in virtual network '%s'.", s.Name, w.r.Name)
			}
		}
	}
	if w.old == nil {
		return w.watch(w.r.Location)
	}
	return nil
}

func removeNetwork(q *request, r *resource) error {
	for _, s := range q.below(r, "subnets") {
		if users := q.users(s.ID, q.typeOf(subnetType).usedBy...); len(users) > 0 {
			return q.used(q.typeOf(subnetType), s, users)
		}
	}
	return nil
}

func peering() *resourceType {
	return &resourceType{
		name: peeringType, etagged: true, flow: networkFlow(), busy: busyFamily, names: networkName,
		properties: fields{
			"provisioningState":                output(),
			"resourceGuid":                     output(),
			"remoteVirtualNetwork":             ref(vnetType).need().once(),
			"allowVirtualNetworkAccess":        flag().or(true),
			"allowForwardedTraffic":            flag().or(false),
			"allowGatewayTransit":              flag().or(false),
			"useRemoteGateways":                flag().or(false),
			"doNotVerifyRemoteGateways":        flag().or(false),
			"peerCompleteVnets":                flag().or(true),
			"peeringState":                     output(),
			"peeringSyncLevel":                 output(),
			"remoteAddressSpace":               output(),
			"remoteVirtualNetworkAddressSpace": output(),
			"remoteBgpCommunities":             output(),
			"remoteVirtualNetworkEncryption":   output(),
			"localAddressSpace":                output(),
			"localVirtualNetworkAddressSpace":  output(),
		},
		put:  putPeering,
		show: showPeering,
	}
}

// facing is the peering of the other network that looks back, or nil.
func facing(q *request, r *resource) *resource {
	remote := q.get(textAt(r.Properties, "remoteVirtualNetwork", "id"))
	if remote == nil {
		return nil
	}
	back := q.below(remote, "virtualNetworkPeerings")
	here := r.ID[:strings.LastIndex(r.ID, "/virtualnetworkpeerings/")]
	i := slices.IndexFunc(back, func(p *resource) bool {
		return strings.EqualFold(textAt(p.Properties, "remoteVirtualNetwork", "id"), here)
	})
	if i < 0 {
		return nil
	}
	return back[i]
}

func putPeering(w *write) error {
	resourceGUID(w)
	remote := textAt(w.r.Properties, "remoteVirtualNetwork", "id")
	if strings.EqualFold(remote, w.parent.ID) {
		return w.fail(http.StatusBadRequest, "InvalidPeering", "Peering %s cannot refer to its own virtual network.", w.r.Name)
	}
	for _, p := range w.below(w.parent, "virtualNetworkPeerings") {
		if p.ID != w.r.ID && strings.EqualFold(textAt(p.Properties, "remoteVirtualNetwork", "id"), remote) {
			return w.fail(http.StatusBadRequest, "AnotherPeeringAlreadyReferencesRemoteVnet",
				"Peering %s cannot be created: %s already references remote virtual network %s.", w.r.Name, p.Path, remote)
		}
	}
	if err := w.disjoint(w.r.Name, w.parent, spaceOf(w.parent), w.get(remote)); err != nil {
		return err
	}
	if flagAt(w.r.Properties, "useRemoteGateways") {
		return w.fail(http.StatusBadRequest, "RemotePeerVnetHasNoGateways",
			"Peering %s cannot have useRemoteGateways set to true, because remote virtual network %s does not have any gateways.", w.r.Name, remote)
	}
	back := facing(w.request, w.r)
	if back == nil {
		return nil
	}
	if flagAt(back.Kept, "connected") && w.old == nil {
		return w.fail(http.StatusBadRequest, "RemotePeeringIsDisconnected",
			"Cannot create or update peering %s because remote peering %s referencing parent virtual network is in Disconnected state. Update or re-create the remote peering to get it back to Initiated state.", w.r.Path, back.Path)
	}
	w.r.Kept = map[string]any{"connected": true}
	if !flagAt(back.Kept, "connected") {
		back.Kept = map[string]any{"connected": true}
		w.save(back)
	}
	return nil
}

func showPeering(q *request, r *resource, out map[string]any) {
	properties := objectAt(out, "properties")
	state := "Initiated"
	switch {
	case facing(q, r) != nil:
		state = "Connected"
	case flagAt(r.Kept, "connected"):
		state = "Disconnected"
	}
	properties["peeringState"], properties["peeringSyncLevel"] = state, "FullyInSync"
	if remote := q.get(textAt(r.Properties, "remoteVirtualNetwork", "id")); remote != nil {
		space := clone(at(remote.Properties, "addressSpace"))
		properties["remoteAddressSpace"], properties["remoteVirtualNetworkAddressSpace"] = space, clone(space)
	}
}
