package azureapi

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

const (
	networkNamespace = "Microsoft.Network"

	vnetType       = "Microsoft.Network/virtualNetworks"
	subnetType     = "Microsoft.Network/virtualNetworks/subnets"
	peeringType    = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings"
	nsgType        = "Microsoft.Network/networkSecurityGroups"
	ruleType       = "Microsoft.Network/networkSecurityGroups/securityRules"
	routeTableType = "Microsoft.Network/routeTables"
	routeType      = "Microsoft.Network/routeTables/routes"
	publicIPType   = "Microsoft.Network/publicIPAddresses"
	natType        = "Microsoft.Network/natGateways"
	endpointType   = "Microsoft.Network/privateEndpoints"
	zoneGroupType  = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"
	interfaceType  = "Microsoft.Network/networkInterfaces"
)

func networkTypes() []*resourceType {
	return []*resourceType{
		virtualNetwork(), subnet(), peering(),
		securityGroup(), securityRule(),
		routeTable(), routeOfTable(),
		publicIP(), natGateway(),
	}
}

// networkFlow is how Microsoft.Network's own long writes go.
func networkFlow() *flow {
	return &flow{
		create: byHeader, remove: byHeader, states: []string{"InProgress"}, creating: "Updating",
		polls: 2, retry: "10", notify: true,
	}
}

var networkNameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$`)

func networkName(name string) string {
	if !networkNameForm.MatchString(name) {
		return "must begin with a letter or number, end with a letter, number or underscore, and may contain only letters, numbers, underscores, periods, or hyphens, 1 to 80 in all"
	}
	return ""
}

// inline is a member that holds child resources: they are stored apart.
func inline() *member { return output() }

// children writes the child resources that a parent's body holds. A parent's
// body replaces: children that it does not name go.
func (w *write) children(member, typeName string) error {
	given, ok := at(w.body, "properties", member).([]any)
	if !ok {
		return nil
	}
	t := w.typeOf(typeName)
	named := map[string]bool{}
	for i, element := range given {
		body, isObject := element.(map[string]any)
		name := textAt(body, "name")
		if !isObject || name == "" {
			return w.malformed(w.t, misfit{path: fmt.Sprintf("%s[%d].name", member, i), problem: "is required", absent: true})
		}
		if named[strings.ToLower(name)] {
			return w.fail(http.StatusBadRequest, "InvalidRequestFormat", "%s has more than one entry named %s.", member, name)
		}
		named[strings.ToLower(name)] = true
	}
	for _, child := range w.below(w.r, t.segment()) {
		if named[strings.ToLower(child.Name)] {
			continue
		}
		if err := w.unlocked(child.ID, true); err != nil {
			return err
		}
		if err := w.mayGo(t, child); err != nil {
			return err
		}
		w.drop(child)
	}
	for _, element := range given {
		body := objectAt(element)
		a := w.addressOf(w.r)
		a.types, a.names = append(slices.Clone(a.types), t.segment()), append(slices.Clone(a.names), textAt(body, "name"))
		child, err := w.build(t, a, only(body, "properties", "name", "id", "type", "etag"), w.get(a.id()))
		if err != nil {
			return err
		}
		if err := child.store(); err != nil {
			return err
		}
	}
	return nil
}

func only(body map[string]any, names ...string) map[string]any {
	out := map[string]any{}
	for _, name := range names {
		if v, ok := body[name]; ok {
			out[name] = v
		}
	}
	return out
}

// addressOf is the address of a stored resource.
func (q *request) addressOf(r *resource) address {
	a, _ := parseAddress(r.Path)
	a.scope = scopeOf(r.ID)
	return a
}

// showChildren shows child resources inside their parent.
func showChildren(q *request, r *resource, out map[string]any, member string) {
	shown := []any{}
	for _, child := range q.below(r, q.typeOf(r.Type+"/"+member).segment()) {
		shown = append(shown, q.render(child))
	}
	objectAt(out, "properties")[member] = shown
}

// showUsers shows who refers to a resource, as a list of ids.
func showUsers(q *request, r *resource, out map[string]any, member string, types ...string) {
	users := q.users(r.ID, types...)
	if len(users) == 0 {
		return
	}
	var ids []any
	for _, u := range users {
		ids = append(ids, map[string]any{"id": u.Path})
	}
	objectAt(out, "properties")[member] = ids
}

// resourceGUID gives a new network object its GUID.
func resourceGUID(w *write) {
	if w.old == nil {
		w.r.Properties["resourceGuid"] = w.tx.UUID()
	}
}

// sameRegion refuses references across regions: subnets, gateways and
// addresses of one network are in one region.
func (w *write) sameRegion(location string, ids ...string) error {
	for _, id := range ids {
		if other := w.get(id); other != nil && other.Location != "" && other.Location != location {
			return w.fail(http.StatusBadRequest, "InvalidResourceReference",
				"Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.", other.Path, w.r.Path)
		}
	}
	return nil
}

// ranges reads address ranges in the words of Microsoft.Network.
func (w *write) ranges(texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range texts {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, w.fail(http.StatusBadRequest, "InvalidAddressPrefixFormat",
				"Address prefix %s of resource %s is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24.", s, w.r.Path)
		}
		if p != p.Masked() {
			return nil, w.fail(http.StatusBadRequest, "InvalidCIDRNotation",
				"The address prefix %s in resource %s has an invalid CIDR notation. For the given prefix length, the address prefix should be %s.", s, w.r.Path, p.Masked())
		}
		out = append(out, p)
	}
	return out, nil
}

func contained(p netip.Prefix, in []netip.Prefix) bool {
	return slices.ContainsFunc(in, func(o netip.Prefix) bool { return o.Bits() <= p.Bits() && o.Contains(p.Addr()) })
}

func prefixesOf(texts []string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range texts {
		if p, err := netip.ParsePrefix(s); err == nil {
			out = append(out, p)
		}
	}
	return out
}
