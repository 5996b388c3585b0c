package azureapi

import (
	"net/http"
	"slices"
	"strings"
)

// link is what a private endpoint can be an endpoint of.
type link struct {
	groups []string
	// names are the names that clients use, with the private zone and the
	// record in it that should answer them.
	names func(r *resource) []endpointName
	// refuse says why this resource cannot have private endpoints.
	refuse func(r *resource) string
}

type endpointName struct{ member, fqdn, zone, record string }

// links are the private links by type. Source: learn.microsoft.com, "Azure
// Private Endpoint private DNS zone values".
func links() map[string]link {
	return map[string]link{
		registryType: {
			groups: []string{"registry"},
			names: func(r *resource) []endpointName {
				name := strings.ToLower(r.Name)
				const zone = "privatelink.azurecr.io"
				return []endpointName{
					{"registry_data_" + r.Location, name + "." + r.Location + ".data.azurecr.io", zone, name + "." + r.Location + ".data"},
					{"registry", name + ".azurecr.io", zone, name},
				}
			},
			refuse: func(r *resource) string {
				if textAt(r.SKU, "name") != "Premium" {
					return "Private endpoints are for registries of SKU Premium."
				}
				return ""
			},
		},
		clusterType: {
			groups: []string{"management"},
			names: func(r *resource) []endpointName {
				host, domain, _ := strings.Cut(textAt(r.Properties, "privateFQDN"), ".")
				return []endpointName{{"management", host + "." + domain, domain, host}}
			},
			refuse: func(r *resource) string {
				access := objectAt(r.Properties, "apiServerAccessProfile")
				if !flagAt(access, "enablePrivateCluster") || flagAt(access, "enableVnetIntegration") {
					return "Private endpoints are for private clusters without API server VNet integration."
				}
				return ""
			},
		},
		vaultType: {
			groups: []string{"vault"},
			names: func(r *resource) []endpointName {
				name := strings.ToLower(r.Name)
				return []endpointName{{"default", name + ".vault.azure.net", "privatelink.vaultcore.azure.net", name}}
			},
		},
		storageType: {
			groups: []string{"blob"},
			names: func(r *resource) []endpointName {
				return []endpointName{{"blob", r.Name + ".blob.core.windows.net", "privatelink.blob.core.windows.net", r.Name}}
			},
		},
	}
}

func linkTypes() []string {
	var out []string
	for name := range links() {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// showConnections shows the private endpoints of their target.
func showConnections(q *request, r *resource, out map[string]any) {
	var connections []any
	for _, e := range q.users(r.ID, endpointType) {
		connections = append(connections, map[string]any{
			"id": r.Path + "/privateEndpointConnections/" + e.Name, "name": e.Name, "type": r.Type + "/privateEndpointConnections",
			"properties": map[string]any{
				"provisioningState": "Succeeded", "privateEndpoint": map[string]any{"id": e.Path},
				"privateLinkServiceConnectionState": map[string]any{"status": "Approved", "description": "", "actionsRequired": "None"},
			},
		})
	}
	if connections != nil {
		objectAt(out, "properties")["privateEndpointConnections"] = connections
	}
}

func putZoneGroup(w *write) error {
	for _, other := range w.below(w.parent, "privateDnsZoneGroups") {
		if other.ID != w.r.ID {
			return w.fail(http.StatusBadRequest, "PrivateEndpointCannotHaveMoreThanOnePrivateDnsZoneGroup", "Private endpoint %s has the private DNS zone group %s already.", w.parent.Path, other.Name)
		}
	}
	seen := map[string]bool{}
	for _, c := range listAt(w.r.Properties, "privateDnsZoneConfigs") {
		zone := lastSegment(strings.ToLower(textAt(c, "properties", "privateDnsZoneId")))
		if seen[zone] {
			return w.fail(http.StatusBadRequest, "DuplicatePrivateDnsZone", "Private DNS zone group %s names the zone %s twice.", w.r.Path, zone)
		}
		seen[zone] = true
	}
	return nil
}

// recordOwner is the metadata by which a record set says whose it is.
const recordOwner = "creator"

// storeZoneGroup writes the endpoint's addresses into the zones.
func storeZoneGroup(w *write) error {
	goneZoneGroup(w.request, w.r, nil)
	for _, c := range listAt(w.r.Properties, "privateDnsZoneConfigs") {
		inner := objectAt(c, "properties")
		zone := w.get(textAt(inner, "privateDnsZoneId"))
		objectAt(c)["id"] = w.r.Path + "/privateDnsZoneConfigs/" + textAt(c, "name")
		sets := []any{}
		for _, n := range w.endpointAddresses(w.parent) {
			if !strings.EqualFold(n.zone, zone.Name) {
				continue
			}
			if _, err := w.recordIn(zone, "A", n.record, map[string]any{
				"ttl": 10, "aRecords": []any{map[string]any{"ipv4Address": n.address}},
				"metadata": map[string]any{recordOwner: "created by private endpoint " + w.parent.Name + " with resource guid " + textAt(w.parent.Properties, "resourceGuid")},
			}); err != nil {
				return err
			}
			sets = append(sets, map[string]any{"recordType": "A", "recordSetName": n.record, "fqdn": n.record + "." + zone.Name, "ttl": float64(10), "provisioningState": "Succeeded", "ipAddresses": []any{n.address}})
		}
		inner["recordSets"] = sets
	}
	w.save(w.r)
	return nil
}

// goneZoneGroup takes the endpoint's records out of all zones.
func goneZoneGroup(q *request, r *resource, _ []*resource) {
	a, _ := parseAddress(r.ID)
	endpoint := a.names[0]
	for _, set := range q.all(privateZoneType + "/A") {
		owner := strings.ToLower(textAt(set.Properties, "metadata", recordOwner))
		if strings.HasPrefix(owner, "created by private endpoint "+endpoint+" with") {
			q.drop(set)
		}
	}
}
