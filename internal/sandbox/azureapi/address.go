package azureapi

import (
	"net/http"
	"strings"
)

// address is what a request's path names. Letter case is the caller's; ARM
// compares everything without regard to it.
type address struct {
	subscription string
	group        string
	scope        string   // what an extension resource hangs on, lower-cased; else ""
	namespace    string   // "Microsoft.Network"
	types        []string // of the parents and the resource: virtualNetworks, subnets
	names        []string // one for each type, or one less for a list or an action
}

// resourcesNamespace serves what ARM itself keeps: groups, subscriptions,
// registrations.
const resourcesNamespace = "Microsoft.Resources"

// parseAddress reads a path, decoded: some of Microsoft's SDKs send a whole
// scope with its slashes escaped. It is false when the path is not one of ARM's.
func parseAddress(path string) (address, bool) {
	var segments []string
	for segment := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if segment == "" {
			return address{}, false
		}
		segments = append(segments, segment)
	}
	var a address
	above := segments
	at := lastProviders(segments)
	if at >= 0 {
		above = segments[:at]
	}
	if len(above) > 1 && strings.EqualFold(above[0], "subscriptions") {
		a.subscription = above[1]
	}
	if len(above) > 3 && strings.EqualFold(above[2], "resourceGroups") {
		a.group = above[3]
	}
	if at < 0 {
		return a, a.plain(segments)
	}
	a.scope = strings.ToLower("/" + strings.Join(above, "/"))
	rest := segments[at+1:]
	switch {
	case len(rest) == 0:
		a.namespace, a.types = resourcesNamespace, []string{"providers"}
	case len(rest) == 1:
		a.namespace, a.types, a.names = resourcesNamespace, []string{"providers"}, rest
	case len(rest) == 2 && (strings.EqualFold(rest[1], "register") || strings.EqualFold(rest[1], "unregister")):
		a.namespace, a.types, a.names = resourcesNamespace, []string{"providers", rest[1]}, rest[:1]
	default:
		a.namespace = rest[0]
		a.alternate(rest[1:])
	}
	return a, true
}

// lastProviders is where the last "providers" stands that begins a resource's
// own part of the path: at an even place, since names stand at odd ones.
func lastProviders(segments []string) int {
	found := -1
	for i := 0; i < len(segments); i++ {
		if !strings.EqualFold(segments[i], "providers") {
			i++ // a type: its name follows
			continue
		}
		found = i
		i++ // the namespace
	}
	return found
}

// plain reads a path without "providers".
func (a *address) plain(segments []string) bool {
	a.namespace = resourcesNamespace
	switch root := strings.ToLower(segments[0]); {
	case root == "tenants" && len(segments) == 1:
		a.types = []string{"tenants"}
	case root != "subscriptions":
		return false
	case len(segments) <= 2:
		a.alternate(segments)
	case a.group != "" || strings.EqualFold(segments[2], "resourceGroups"):
		a.alternate(segments[2:])
	default:
		a.alternate(segments)
	}
	return true
}

func (a *address) alternate(segments []string) {
	for i, segment := range segments {
		if i%2 == 0 {
			a.types = append(a.types, segment)
		} else {
			a.names = append(a.names, segment)
		}
	}
}

// whole reports whether the address names one resource, not a list or action.
func (a address) whole() bool { return len(a.types) == len(a.names) }

// key is the lower-cased type: "microsoft.network/virtualnetworks/subnets".
func (a address) key() string {
	return strings.ToLower(a.namespace + "/" + strings.Join(a.types, "/"))
}

// id is the lower-cased id of what a whole address names.
func (a address) id() string {
	if a.namespace == resourcesNamespace && a.scope == "" {
		if a.group != "" {
			return strings.ToLower("/subscriptions/" + a.subscription + "/resourceGroups/" + a.group)
		}
		return strings.ToLower("/subscriptions/" + a.subscription)
	}
	var b strings.Builder
	if a.scope != "/" {
		b.WriteString(a.scope)
	}
	b.WriteString("/providers/" + a.namespace)
	for i, t := range a.types {
		b.WriteString("/" + t)
		if i < len(a.names) {
			b.WriteString("/" + a.names[i])
		}
	}
	return strings.ToLower(b.String())
}

// above is the address of the list, action or resource cut to n names.
func (a address) above(n int) address {
	a.types, a.names = a.types[:n], a.names[:n]
	return a
}

// groupID is the lower-cased id of the group that the address is in, or "".
func (a address) groupID() string {
	if a.group == "" {
		return ""
	}
	return strings.ToLower("/subscriptions/" + a.subscription + "/resourceGroups/" + a.group)
}

// hangs reports whether the address is attached to a resource, not merely
// inside a group or subscription.
func (a address) hangs() bool { return strings.Contains(a.scope, "/providers/") }

// managementHosts and loginHosts are Azure's, public and sovereign.
var (
	managementHosts = map[string]bool{
		"management.azure.com":         true,
		"management.usgovcloudapi.net": true,
		"management.chinacloudapi.cn":  true,
	}
	loginHosts = map[string]bool{
		"login.microsoftonline.com":        true,
		"login.microsoft.com":              true,
		"login.windows.net":                true,
		"login.microsoftonline.us":         true,
		"login.chinacloudapi.cn":           true,
		"login.partner.microsoftonline.cn": true,
	}
)

// hostOf is the host that a request is for, without its port.
func hostOf(r *http.Request) string {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	return name
}

// loopback reports whether a request came to this machine, where paths tell
// ARM and the token endpoint apart.
func loopback(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "127.") || strings.HasPrefix(host, "[")
}
