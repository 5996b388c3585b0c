package azureapi

import (
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

func securityGroup() *resourceType {
	return &resourceType{
		name: nsgType, tracked: true, patch: tagsOnly, etagged: true, flow: networkFlow(), busy: busyFamily, names: networkName,
		properties: fields{
			"provisioningState":    output(),
			"resourceGuid":         output(),
			"flushConnection":      flag(),
			"securityRules":        inline(),
			"defaultSecurityRules": output(),
			"networkInterfaces":    output(),
			"subnets":              output(),
			"flowLogs":             output(),
		},
		put:    func(w *write) error { resourceGUID(w); return nil },
		stored: func(w *write) error { return w.children("securityRules", ruleType) },
		usage:  "NetworkSecurityGroups",
		usedBy: []string{subnetType},
		show: func(q *request, r *resource, out map[string]any) {
			showChildren(q, r, out, "securityRules")
			showUsers(q, r, out, "subnets", subnetType)
			objectAt(out, "properties")["defaultSecurityRules"] = defaultRules(r)
		},
	}
}

func securityRule() *resourceType {
	return &resourceType{
		name: ruleType, etagged: true, flow: networkFlow(), busy: busyFamily, names: networkName,
		properties: fields{
			"provisioningState":          output(),
			"description":                text().rule(atMost(140)),
			"protocol":                   oneOf("*", "Tcp", "Udp", "Icmp", "Esp", "Ah").need(),
			"sourcePortRange":            text(),
			"sourcePortRanges":           list(text()),
			"destinationPortRange":       text(),
			"destinationPortRanges":      list(text()),
			"sourceAddressPrefix":        text(),
			"sourceAddressPrefixes":      list(text()),
			"destinationAddressPrefix":   text(),
			"destinationAddressPrefixes": list(text()),
			"access":                     oneOf("Allow", "Deny").need(),
			"priority":                   whole(100, 4096).need(),
			"direction":                  oneOf("Inbound", "Outbound").need(),
		},
		put: putRule,
	}
}

func putRule(w *write) error {
	p := w.r.Properties
	for _, side := range []string{"sourcePortRange", "destinationPortRange", "sourceAddressPrefix", "destinationAddressPrefix"} {
		many := side + "s"
		if strings.HasSuffix(side, "Prefix") {
			many = side + "es"
		}
		one, several := textAt(p, side), textsAt(p, many)
		switch {
		case one == "" && len(several) == 0:
			return w.fail(http.StatusBadRequest, "SecurityRuleParameterNotSpecified",
				"Security rule %s must specify %s or %s.", w.r.Path, side, many)
		case one != "" && len(several) > 0:
			return w.fail(http.StatusBadRequest, "SecurityRuleParameterConflict",
				"Security rule %s cannot specify both %s and %s.", w.r.Path, side, many)
		}
		if one != "" {
			several = []string{one}
		}
		for _, v := range several {
			if strings.HasSuffix(side, "PortRange") && !validPorts(v) {
				return w.fail(http.StatusBadRequest, "SecurityRuleInvalidPortRange",
					"Security rule has invalid Port range. Value provided: %s. Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535.", v)
			}
			if strings.HasSuffix(side, "Prefix") && !validPeers(v) {
				return w.fail(http.StatusBadRequest, "SecurityRuleInvalidAddressPrefix",
					"Security rule has invalid Address prefix. Value provided: %s", v)
			}
		}
		delete(p, many)
		if one == "" {
			p[many] = clone(several)
		}
	}
	for _, other := range w.below(w.parent, "securityRules") {
		if other.ID != w.r.ID && numberAt(other.Properties, "priority") == numberAt(p, "priority") &&
			textAt(other.Properties, "direction") == textAt(p, "direction") && !w.renamed(other) {
			return w.fail(http.StatusBadRequest, "SecurityRuleConflict",
				"Security rule %s conflicts with rule %s. Rules cannot have the same Priority and Direction. To learn more, see aka.ms/nsgrules.", w.r.Name, other.Name)
		}
	}
	return nil
}

// renamed reports whether the sibling is itself about to be written by the
// same body, further down, with another priority.
func (w *write) renamed(sibling *resource) bool {
	if w.address.key() != strings.ToLower(nsgType) {
		return false
	}
	for _, entry := range listAt(w.pending(), "properties", "securityRules") {
		if strings.EqualFold(textAt(entry, "name"), sibling.Name) {
			return numberAt(entry, "properties", "priority") != numberAt(sibling.Properties, "priority") ||
				!strings.EqualFold(textAt(entry, "properties", "direction"), textAt(sibling.Properties, "direction"))
		}
	}
	return false
}

// pending is the whole body of the request.
func (q *request) pending() map[string]any {
	body, err := q.decode()
	if err != nil {
		return nil
	}
	return body
}

func validPorts(s string) bool {
	if s == "*" {
		return true
	}
	low, high, isRange := strings.Cut(s, "-")
	a, err := strconv.ParseUint(low, 10, 16)
	if err != nil || !isRange {
		return err == nil
	}
	b, err := strconv.ParseUint(high, 10, 16)
	return err == nil && a <= b
}

// serviceTag is what the name of a service tag looks like, with or without a
// region: AzureCloud.westeurope.
var serviceTag = regexp.MustCompile(`^[A-Z][A-Za-z0-9]+(\.[A-Za-z0-9]+)?$`)

func validPeers(s string) bool {
	if s == "*" || serviceTag.MatchString(s) {
		return true
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	p, err := netip.ParsePrefix(s)
	return err == nil && p == p.Masked()
}

// defaultRules are the six that every security group has.
func defaultRules(r *resource) []any {
	rule := func(name, direction string, priority int, access, from, to string) any {
		return map[string]any{
			"id": r.Path + "/defaultSecurityRules/" + name, "name": name, "etag": etag(r),
			"type": "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
			"properties": map[string]any{
				"provisioningState": "Succeeded", "protocol": "*", "access": access, "direction": direction, "priority": priority,
				"sourceAddressPrefix": from, "destinationAddressPrefix": to, "sourcePortRange": "*", "destinationPortRange": "*",
			},
		}
	}
	return []any{
		rule("AllowVnetInBound", "Inbound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork"),
		rule("AllowAzureLoadBalancerInBound", "Inbound", 65001, "Allow", "AzureLoadBalancer", "*"),
		rule("DenyAllInBound", "Inbound", 65500, "Deny", "*", "*"),
		rule("AllowVnetOutBound", "Outbound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork"),
		rule("AllowInternetOutBound", "Outbound", 65001, "Allow", "*", "Internet"),
		rule("DenyAllOutBound", "Outbound", 65500, "Deny", "*", "*"),
	}
}

func routeTable() *resourceType {
	return &resourceType{
		name: routeTableType, tracked: true, patch: tagsOnly, etagged: true, flow: networkFlow(), busy: busyFamily, names: networkName,
		properties: fields{
			"provisioningState":          output(),
			"resourceGuid":               output(),
			"disableBgpRoutePropagation": flag().or(false),
			"routes":                     inline(),
			"subnets":                    output(),
		},
		put:    func(w *write) error { resourceGUID(w); return nil },
		stored: func(w *write) error { return w.children("routes", routeType) },
		usage:  "RouteTables",
		usedBy: []string{subnetType},
		show: func(q *request, r *resource, out map[string]any) {
			showChildren(q, r, out, "routes")
			showUsers(q, r, out, "subnets", subnetType)
		},
	}
}

func routeOfTable() *resourceType {
	return &resourceType{
		name: routeType, etagged: true, flow: networkFlow(), busy: busyFamily, names: networkName,
		properties: fields{
			"provisioningState": output(),
			"addressPrefix":     text().need(),
			"nextHopType":       oneOf("VirtualNetworkGateway", "VnetLocal", "Internet", "VirtualAppliance", "None").need(),
			"nextHopIpAddress":  ip(),
			"hasBgpOverride":    output(),
		},
		put: putRoute,
	}
}

func putRoute(w *write) error {
	p := w.r.Properties
	prefix := textAt(p, "addressPrefix")
	if !serviceTag.MatchString(prefix) {
		if _, err := w.ranges([]string{prefix}); err != nil {
			return err
		}
	}
	p["hasBgpOverride"] = false
	appliance, hop := textAt(p, "nextHopType") == "VirtualAppliance", textAt(p, "nextHopIpAddress")
	switch {
	case appliance && hop == "":
		return w.fail(http.StatusBadRequest, "RouteNextHopIpAddressRequired", "Route %s with next hop type VirtualAppliance must have a next hop IP address.", w.r.Path)
	case !appliance && hop != "":
		return w.fail(http.StatusBadRequest, "RouteNextHopIpAddressNotAllowed", "Route %s cannot have a next hop IP address: its next hop type is not VirtualAppliance.", w.r.Path)
	}
	for _, other := range w.below(w.parent, "routes") {
		if other.ID != w.r.ID && strings.EqualFold(textAt(other.Properties, "addressPrefix"), prefix) {
			return w.fail(http.StatusBadRequest, "RouteConflict",
				"Route %s conflicts with route %s. Routes in route table %s cannot have the same AddressPrefix.", w.r.Name, other.Name, w.parent.Name)
		}
	}
	return nil
}
