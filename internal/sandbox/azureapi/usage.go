package azureapi

import (
	"maps"
	"net/http"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// limits are the defaults of what a subscription may have in a location.
// Source: learn.microsoft.com, "Azure subscription and service limits".
var limits = map[string]int{
	"VirtualNetworks":       1000,
	"NetworkSecurityGroups": 5000,
	"RouteTables":           200,
	"PublicIPAddresses":     1000,
	"NatGateways":           1000,
	"PrivateEndpoints":      1000,
}

// limit is a usage's limit in a location: the default, or what a person set.
func (q *request) limit(location, name string) int {
	return q.tx.SettingInt("azure/quota/"+location+"/"+name, limits[name])
}

// quota refuses what would exceed a limit in the new resource's location.
func (w *write) quota(name, code string, wanted int) error {
	limit := w.limit(w.r.Location, name)
	if wanted <= limit {
		return nil
	}
	return w.fail(http.StatusBadRequest, code, "Cannot create more than %d %s for this subscription in this region.", limit, name)
}

func networkRoutes() map[string]route {
	return map[string]route{"GET Microsoft.Network/locations/usages": {run: networkUsages}}
}

// networkUsages shows how much of each limit is used in a location.
func networkUsages(q *request) (*sandbox.Response, error) {
	location, err := q.locationAsked()
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, t := range q.api.ordered {
		if t.usage != "" && t.namespace() == networkNamespace {
			counts[t.usage] = len(q.inRegion(t.name, location))
		}
	}
	var out []any
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, map[string]any{
			"id":           "/subscriptions/" + q.address.subscription + "/providers/Microsoft.Network/locations/" + location + "/usages/" + name,
			"currentValue": counts[name], "limit": q.limit(location, name), "unit": "Count",
			"name": map[string]any{"value": name, "localizedValue": name},
		})
	}
	return q.page(out)
}

// locationAsked is the location in the address of a call on a location.
func (q *request) locationAsked() (string, error) {
	name := locationName(q.address.names[0])
	if locations[name].display == "" {
		return "", refuse(http.StatusBadRequest, "NoRegisteredProviderFound",
			"No registered resource provider found for location '%s' and API version '%s' for type '%s'.", name, q.version, "locations")
	}
	return name, nil
}
