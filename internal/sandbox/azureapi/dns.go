package azureapi

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const (
	privateZoneType = "Microsoft.Network/privateDnsZones"
	zoneLinkType    = "Microsoft.Network/privateDnsZones/virtualNetworkLinks"
	publicZoneType  = "Microsoft.Network/dnsZones"
)

// privateRecords and publicRecords are the types of record sets, by the member
// that holds the records.
var (
	privateRecords = map[string]fields{
		"A":     {"aRecords": list(object(fields{"ipv4Address": ip().need()}))},
		"AAAA":  {"aaaaRecords": list(object(fields{"ipv6Address": ip().need()}))},
		"CNAME": {"cnameRecord": object(fields{"cname": text().need()})},
		"MX":    {"mxRecords": list(object(fields{"preference": whole(0, 65535).need(), "exchange": text().need()}))},
		"PTR":   {"ptrRecords": list(object(fields{"ptrdname": text().need()}))},
		"SOA":   {"soaRecord": startOfAuthority()},
		"SRV":   {"srvRecords": list(service())},
		"TXT":   {"txtRecords": list(object(fields{"value": list(text()).need()}))},
	}
	publicRecords = map[string]fields{
		"A":     {"ARecords": list(object(fields{"ipv4Address": ip().need()}))},
		"AAAA":  {"AAAARecords": list(object(fields{"ipv6Address": ip().need()}))},
		"CAA":   {"caaRecords": list(object(fields{"flags": whole(0, 255).need(), "tag": text().need(), "value": text().need()}))},
		"CNAME": {"CNAMERecord": object(fields{"cname": text().need()})},
		"MX":    {"MXRecords": list(object(fields{"preference": whole(0, 65535).need(), "exchange": text().need()}))},
		"NS":    {"NSRecords": list(object(fields{"nsdname": text().need()}))},
		"PTR":   {"PTRRecords": list(object(fields{"ptrdname": text().need()}))},
		"SOA":   {"SOARecord": startOfAuthority()},
		"SRV":   {"SRVRecords": list(service())},
		"TXT":   {"TXTRecords": list(object(fields{"value": list(text()).need()}))},
	}
)

func startOfAuthority() *member {
	number := func() *member { return whole(0, 1<<31-1) }
	return object(fields{"host": text(), "email": text(), "serialNumber": number(), "refreshTime": number(), "retryTime": number(), "expireTime": number(), "minimumTtl": number(), "minimumTTL": number()})
}

func service() *member {
	return object(fields{"priority": whole(0, 65535).need(), "weight": whole(0, 65535).need(), "port": whole(0, 65535).need(), "target": text().need()})
}

func dnsTypes() []*resourceType {
	private := func() *flow {
		return &flow{create: byStatus, remove: byStatus, states: []string{"InProgress"}, creating: "Creating", polls: 2, retry: "30",
			statuses: "privateDnsOperationStatuses", results: "privateDnsOperationResults", grouped: true}
	}
	types := []*resourceType{
		{
			name: privateZoneType, tracked: true, etagged: true, bodiless: true, patch: anyMember, flow: private(), names: zoneName, badInput: "BadRequest",
			properties: fields{
				"provisioningState": output(), "internalId": output(),
				"maxNumberOfRecordSets": output(), "numberOfRecordSets": output(),
				"maxNumberOfVirtualNetworkLinks": output(), "numberOfVirtualNetworkLinks": output(),
				"maxNumberOfVirtualNetworkLinksWithRegistration": output(), "numberOfVirtualNetworkLinksWithRegistration": output(),
			},
			put: onlyGlobal, stored: storePrivateZone, remove: removePrivateZone, show: showPrivateZone,
		},
		{
			name: zoneLinkType, tracked: true, etagged: true, patch: anyMember, flow: private(), names: linkName, badInput: "BadRequest",
			properties: fields{
				"provisioningState": output(), "virtualNetworkLinkState": output(),
				"virtualNetwork":      ref(vnetType).need().once(),
				"registrationEnabled": flag().or(false),
				"resolutionPolicy":    oneOf("Default", "NxDomainRedirect").or("Default"),
			},
			put: putZoneLink,
		},
		{
			name: publicZoneType, tracked: true, etagged: true, bodiless: true, patch: tagsOnly, names: zoneName, badInput: "BadRequest",
			flow: &flow{remove: byStatus, states: []string{"InProgress"}, polls: 2, retry: "30", statuses: "dnsOperationStatuses", results: "dnsOperationResults", grouped: true},
			properties: fields{
				"maxNumberOfRecordSets": output(), "maxNumberOfRecordsPerRecordSet": output(), "numberOfRecordSets": output(),
				"nameServers": output(), "zoneType": oneOf("Public").or("Public"),
				"registrationVirtualNetworks": output(), "resolutionVirtualNetworks": output(),
			},
			put: putPublicZone, stored: storePublicZone, show: showPublicZone,
		},
	}
	for _, kind := range []string{"A", "AAAA", "CNAME", "MX", "PTR", "SOA", "SRV", "TXT"} {
		types = append(types, recordSet(privateZoneType, kind, "ttl", privateRecords[kind]))
	}
	for _, kind := range []string{"A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"} {
		types = append(types, recordSet(publicZoneType, kind, "TTL", publicRecords[kind]))
	}
	return types
}

func dnsRoutes() map[string]route {
	return map[string]route{
		"GET Microsoft.Network/dnsOperationStatuses": {open: true, run: pollStatus},
		"GET Microsoft.Network/dnsOperationResults":  {open: true, run: pollResult},
		"GET " + privateZoneType + "/ALL":            {run: allRecords},
		"GET " + publicZoneType + "/all":             {run: allRecords},
		"GET " + publicZoneType + "/recordsets":      {run: allRecords},
	}
}

// recordSet is one type of record set: DNS has the type where ARM has types.
func recordSet(zone, kind, ttl string, records fields) *resourceType {
	f := fields{
		"fqdn": output(), "isAutoRegistered": output(), "provisioningState": output(), "metadata": dict(), ttl: whole(0, 1<<31-1),
	}
	for name, m := range records {
		f[name] = m
	}
	if zone == publicZoneType {
		f["targetResource"] = object(fields{})
		f["trafficManagementProfile"] = object(fields{})
	}
	return &resourceType{
		name: zone + "/" + kind, etagged: true, patch: anyMember, properties: f, badInput: "BadRequest",
		names: recordName,
		put: func(w *write) error {
			if w.r.Properties[ttl] == nil || numberAt(w.r.Properties, ttl) == 0 {
				w.r.Properties[ttl] = float64(3600)
			}
			return putRecords(w, kind)
		},
		remove: func(q *request, r *resource) error {
			if kind == "SOA" || kind == "NS" && r.Name == "@" {
				return refuse(http.StatusBadRequest, "BadRequest", "RecordSets of type '%s' with name '@' cannot be deleted.", kind)
			}
			return nil
		},
		show: showRecords,
	}
}

var (
	zoneLabel   = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)
	recordLabel = regexp.MustCompile(`^(\*|[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)$`)
	linkForm    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$`)
)

func zoneName(name string) string {
	labels := strings.Split(name, ".")
	if len(labels) < 2 || len(labels) > 34 || len(name) > 253 {
		return "must be a domain name of 2 to 34 labels"
	}
	for _, l := range labels {
		if !zoneLabel.MatchString(l) {
			return "has the invalid label '" + l + "'"
		}
	}
	return ""
}

func linkName(name string) string {
	if !linkForm.MatchString(name) {
		return "must have 1 to 80 letters, digits, underscores, hyphens and periods, and begin with a letter or digit"
	}
	return ""
}

func recordName(name string) string {
	if name == "@" {
		return ""
	}
	for i, l := range strings.Split(name, ".") {
		if !recordLabel.MatchString(l) || l == "*" && i > 0 {
			return "has the invalid label '" + l + "'"
		}
	}
	return ""
}

// onlyGlobal: DNS zones are in no region.
func onlyGlobal(w *write) error {
	if w.r.Location != "global" {
		return w.fail(http.StatusBadRequest, "LocationNotAvailableForResourceType", "The provided location '%s' is not available for resource type '%s'. List of available regions for the resource type is 'global'.", w.r.Location, w.t.name)
	}
	return nil
}

func putZoneLink(w *write) error {
	if err := onlyGlobal(w); err != nil {
		return err
	}
	w.r.Properties["virtualNetworkLinkState"] = "Completed"
	vnet := textAt(w.r.Properties, "virtualNetwork", "id")
	for _, other := range w.all(zoneLinkType) {
		if other.ID == w.r.ID || !strings.EqualFold(textAt(other.Properties, "virtualNetwork", "id"), vnet) {
			continue
		}
		a, _ := parseAddress(other.ID)
		zone := w.get(a.above(1).id())
		switch {
		case zone == nil:
		case zone.ID == w.parent.ID:
			return w.fail(http.StatusConflict, "Conflict", "A virtual network link for the virtual network '%s' and the zone '%s' exists already: '%s'.", vnet, zone.Name, other.Name)
		case strings.EqualFold(zone.Name, w.parent.Name):
			return w.fail(http.StatusBadRequest, "BadRequest",
				"A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link virtual network with '%s' and '%s' zones.", w.parent.Name, zone.Name)
		case flagAt(other.Properties, "registrationEnabled") && flagAt(w.r.Properties, "registrationEnabled"):
			return w.fail(http.StatusConflict, "Conflict", "The virtual network '%s' registers in the zone '%s' already; it can register in one only.", vnet, zone.Name)
		}
	}
	return nil
}

func storePrivateZone(w *write) error {
	if w.old != nil {
		return nil
	}
	return w.authority("ttl", "soaRecord", "azureprivatedns.net", "azureprivatedns-host.microsoft.com")
}

// authority makes the record set that a zone begins with.
func (w *write) authority(ttl, member, host, email string) error {
	_, err := w.record("SOA", "@", map[string]any{ttl: 3600, member: map[string]any{
		"host": host, "email": email, "serialNumber": 1, "refreshTime": 3600, "retryTime": 300, "expireTime": 2419200, "minimumTtl": 10,
	}})
	return err
}

// record writes a record set of the zone w.r, as a service of Azure does.
func (w *write) record(kind, name string, properties map[string]any) (*resource, error) {
	return w.recordIn(w.r, kind, name, properties)
}

func (q *request) recordIn(zone *resource, kind, name string, properties map[string]any) (*resource, error) {
	t := q.typeOf(zone.Type + "/" + kind)
	a := q.addressOf(zone)
	a.types, a.names = append(a.types, kind), append(a.names, name)
	body, _ := clone(map[string]any{"properties": properties}).(map[string]any)
	w, err := q.build(t, a, body, q.get(a.id()))
	if err != nil {
		return nil, err
	}
	return w.r, w.store()
}

func removePrivateZone(q *request, r *resource) error {
	if links := q.below(r, "virtualNetworkLinks"); len(links) > 0 {
		return refuse(http.StatusConflict, "CannotDeleteResource", "Can not delete resource before nested resources are deleted. %s has the link %s.", r.Path, links[0].Path)
	}
	return nil
}

func (q *request) recordSets(zone *resource) []*resource {
	var out []*resource
	for _, r := range q.within(zone.ID) {
		if r.Type != zoneLinkType && strings.HasPrefix(r.Type, zone.Type+"/") {
			out = append(out, r)
		}
	}
	return out
}

func showPrivateZone(q *request, r *resource, out map[string]any) {
	p := objectAt(out, "properties")
	registering := 0
	links := q.below(r, "virtualNetworkLinks")
	for _, l := range links {
		if flagAt(l.Properties, "registrationEnabled") {
			registering++
		}
	}
	p["maxNumberOfRecordSets"], p["numberOfRecordSets"] = 25000, len(q.recordSets(r))
	p["maxNumberOfVirtualNetworkLinks"], p["numberOfVirtualNetworkLinks"] = 1000, len(links)
	p["maxNumberOfVirtualNetworkLinksWithRegistration"], p["numberOfVirtualNetworkLinksWithRegistration"] = 100, registering
}

func putPublicZone(w *write) error {
	if err := onlyGlobal(w); err != nil {
		return err
	}
	if w.old != nil {
		return nil
	}
	n := w.tx.Number(50) + 1
	var servers []any
	for i, suffix := range []string{"com", "net", "org", "info"} {
		servers = append(servers, fmt.Sprintf("ns%d-%02d.azure-dns.%s.", i+1, n, suffix))
	}
	w.r.Properties["nameServers"] = servers
	return nil
}

func storePublicZone(w *write) error {
	if w.old != nil {
		return nil
	}
	var servers []any
	for _, s := range textsAt(w.r.Properties, "nameServers") {
		servers = append(servers, map[string]any{"nsdname": s})
	}
	if _, err := w.record("NS", "@", map[string]any{"TTL": 172800, "NSRecords": servers}); err != nil {
		return err
	}
	return w.authority("TTL", "SOARecord", textsAt(w.r.Properties, "nameServers")[0], "azuredns-hostmaster.microsoft.com")
}

func showPublicZone(q *request, r *resource, out map[string]any) {
	p := objectAt(out, "properties")
	p["maxNumberOfRecordSets"], p["numberOfRecordSets"] = 10000, len(q.recordSets(r))
}

// putRecords holds what DNS itself demands.
func putRecords(w *write, kind string) error {
	p := w.r.Properties
	empty := true
	for name := range p {
		if strings.HasSuffix(strings.ToLower(name), "records") || strings.HasSuffix(strings.ToLower(name), "record") {
			if l, isList := p[name].([]any); !isList || len(l) > 0 {
				empty = false
			}
		}
	}
	if empty {
		return w.fail(http.StatusBadRequest, "BadRequest", "The record set '%s' of type '%s' has no records.", w.r.Name, kind)
	}
	if kind == "SOA" && w.r.Name != "@" || kind == "CNAME" && w.r.Name == "@" {
		return w.fail(http.StatusBadRequest, "BadRequest", "The name '%s' cannot have a record set of type '%s'.", w.r.Name, kind)
	}
	for _, other := range w.recordSets(w.parent) {
		if other.ID == w.r.ID || !strings.EqualFold(other.Name, w.r.Name) {
			continue
		}
		if kind == "CNAME" || strings.HasSuffix(other.Type, "/CNAME") {
			return w.fail(http.StatusBadRequest, "BadRequest", "The record set could not be created because a CNAME record with the same name already exists in this zone, or it is one and other records exist: '%s'.", w.r.Name)
		}
	}
	return nil
}

func showRecords(q *request, r *resource, out map[string]any) {
	p := objectAt(out, "properties")
	delete(p, "provisioningState")
	a, _ := parseAddress(r.Path)
	p["fqdn"] = r.Name + "." + a.names[0] + "."
	if r.Name == "@" {
		p["fqdn"] = a.names[0] + "."
	}
	if strings.HasPrefix(r.Type, privateZoneType) {
		p["isAutoRegistered"] = false
	} else {
		p["provisioningState"] = "Succeeded"
		p["targetResource"] = map[string]any{}
	}
}

// allRecords lists the record sets of a zone, whatever their type.
func allRecords(q *request) (*sandbox.Response, error) {
	above := q.address.above(1)
	zone := q.get(above.id())
	if zone == nil {
		return nil, q.missing(q.api.types[above.key()], above)
	}
	out := []any{}
	suffix := strings.ToLower(q.query.Get("$recordsetnamesuffix"))
	for _, r := range q.recordSets(zone) {
		if strings.HasSuffix(strings.ToLower(r.Name), suffix) {
			out = append(out, q.render(r))
		}
	}
	return q.page(out)
}
