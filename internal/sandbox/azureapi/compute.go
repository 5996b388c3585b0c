package azureapi

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const (
	scaleSetType = "Microsoft.Compute/virtualMachineScaleSets"
	diskType     = "Microsoft.Compute/disks"

	totalCores   = "cores"
	defaultCores = 2000 // a new subscription has less; a test may set less
)

// computeTypes are what clusters make in their own groups: callers only read
// them. Disks can be deleted, as what a volume claim has left behind.
func computeTypes() []*resourceType {
	return []*resourceType{
		{
			name: scaleSetType, tracked: true, zoned: true, readOnly: true,
			sku: fields{"name": text(), "tier": text(), "capacity": whole(0, 5000)},
			properties: fields{
				"provisioningState": output(), "uniqueId": text(), "orchestrationMode": text(), "virtualMachineProfile": anything(),
			},
		},
		{
			name: diskType, tracked: true, zoned: true, patch: tagsOnly,
			flow: &flow{remove: byHeader, states: []string{"InProgress"}, polls: 1, retry: "10", version: "2024-03-02"},
			sku:  fields{"name": text().or("Premium_LRS"), "tier": output()},
			properties: fields{
				"provisioningState": output(), "diskState": output(), "uniqueId": output(), "timeCreated": output(),
				"creationData": object(fields{"createOption": oneOf("Empty").need()}).need(), "diskSizeGB": whole(1, 65536).need(),
				"networkAccessPolicy": oneOf("AllowAll", "AllowPrivate", "DenyAll"), "publicNetworkAccess": oneOf("Enabled", "Disabled"),
			},
			put: func(w *write) error { w.r.Properties["diskState"] = "Unattached"; return nil },
		},
	}
}

func computeRoutes() map[string]route {
	return map[string]route{
		"GET Microsoft.Compute/skus":                       {run: listSKUs},
		"GET Microsoft.Compute/locations/usages":           {run: computeUsages},
		"GET Microsoft.Quota/quotas":                       {open: true, run: getQuotas},
		"GET Microsoft.Quota/usages":                       {open: true, run: getQuotaUsages},
		"GET Microsoft.Compute/locations/operations":       {open: true, run: pollStatus},
		"GET Microsoft.Compute/locations/operationResults": {open: true, run: pollResult},
	}
}

var locationFilter = regexp.MustCompile(`(?i)^\s*location\s+eq\s+'([^']*)'\s*$`)

// listSKUs lists the sizes, for all locations or the one in the filter.
func listSKUs(q *request) (*sandbox.Response, error) {
	wanted := locationNames()
	if text := q.query.Get("$filter"); text != "" {
		m := locationFilter.FindStringSubmatch(text)
		if m == nil {
			return nil, badFilter(text)
		}
		wanted = []string{locationName(m[1])}
	}
	out := []any{}
	for _, at := range wanted {
		if locations[at].display == "" {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(sizes())) {
			out = append(out, q.showSKU(sizes()[key], at))
		}
	}
	return respond(http.StatusOK, map[string]any{"value": out}), nil // one page, as the service answers
}

func (q *request) showSKU(s vmSize, at string) map[string]any {
	tier, size, _ := strings.Cut(s.name, "_")
	restrictions := []any{}
	if q.tx.Setting("azure/restricted/"+at+"/"+s.name, "") != "" {
		restrictions = append(restrictions, map[string]any{
			"type": "Location", "values": []string{at}, "reasonCode": "NotAvailableForSubscription",
			"restrictionInfo": map[string]any{"locations": []string{at}},
		})
	}
	info := map[string]any{"location": at, "zones": []any{}, "zoneDetails": []any{}}
	if zones := locations[at].zones(); zones != nil {
		info["zones"] = zones
	}
	return map[string]any{
		"resourceType": "virtualMachines", "name": s.name, "tier": tier, "size": size, "family": s.family,
		"locations": []string{at}, "locationInfo": []any{info}, "capabilities": s.capabilities(), "restrictions": restrictions,
	}
}

// coreLimits are the limits on vCPUs in a location: in all, and by family.
func (q *request) coreLimits(at string) map[string]int {
	out := map[string]int{totalCores: q.tx.SettingInt("azure/quota/"+at+"/"+totalCores, defaultCores)}
	for _, s := range sizes() {
		out[s.family] = q.tx.SettingInt("azure/quota/"+at+"/"+s.family, defaultCores/2)
	}
	return out
}

// coresUsed counts the vCPUs of all scale sets in a location.
func (q *request) coresUsed(at string) map[string]int {
	out := map[string]int{}
	for _, r := range q.inRegion(scaleSetType, at) {
		s, _ := sizeOf(textAt(r.SKU, "name"))
		n := s.vcpus * numberAt(r.SKU, "capacity")
		out[totalCores] += n
		out[s.family] += n
	}
	return out
}

func computeUsages(q *request) (*sandbox.Response, error) {
	at, err := q.locationAsked()
	if err != nil {
		return nil, err
	}
	limits, used := q.coreLimits(at), q.coresUsed(at)
	out := []any{}
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		out = append(out, map[string]any{
			"name": map[string]any{"value": name, "localizedValue": coresName(name)}, "unit": "Count", "currentValue": used[name], "limit": limits[name],
		})
	}
	return respond(http.StatusOK, map[string]any{"value": out}), nil
}

func coresName(name string) string {
	if name == totalCores {
		return "Total Regional vCPUs"
	}
	return name + " vCPUs"
}

// quotaScope matches the scope of Microsoft.Quota: a provider in a location.
var quotaScope = regexp.MustCompile(`/providers/(microsoft\.[a-z]+)/locations/([a-z0-9]+)$`)

// quotas are the limits and uses of the scope that the request names.
func (q *request) quotas() (limit, used map[string]int, err error) {
	m := quotaScope.FindStringSubmatch(q.address.scope)
	if m == nil || locations[m[2]].display == "" {
		return nil, nil, refuse(http.StatusBadRequest, "InvalidScope", "The scope '%s' is not one of a resource provider and location.", q.address.scope)
	}
	switch m[1] {
	case "microsoft.compute":
		return q.coreLimits(m[2]), q.coresUsed(m[2]), nil
	case "microsoft.network":
		limit, used = map[string]int{}, map[string]int{}
		for _, t := range q.api.ordered {
			if t.usage != "" && t.namespace() == networkNamespace {
				limit[t.usage], used[t.usage] = q.limit(m[2], t.usage), len(q.inRegion(t.name, m[2]))
			}
		}
		return limit, used, nil
	}
	return nil, nil, refuse(http.StatusBadRequest, "InvalidResourceProvider", "The resource provider '%s' has no quotas here.", m[1])
}

func getQuotas(q *request) (*sandbox.Response, error) {
	limit, _, err := q.quotas()
	if err != nil {
		return nil, err
	}
	return q.showQuotas("quotas", limit, func(n int) map[string]any {
		return map[string]any{"limit": map[string]any{"limitObjectType": "LimitValue", "limitType": "Independent", "value": n}}
	})
}

func getQuotaUsages(q *request) (*sandbox.Response, error) {
	_, used, err := q.quotas()
	if err != nil {
		return nil, err
	}
	limit, _, err := q.quotas()
	if err != nil {
		return nil, err
	}
	for name := range limit {
		limit[name] = used[name]
	}
	return q.showQuotas("usages", limit, func(n int) map[string]any {
		return map[string]any{"usages": map[string]any{"usagesType": "Individual", "value": n}}
	})
}

func (q *request) showQuotas(kind string, values map[string]int, value func(int) map[string]any) (*sandbox.Response, error) {
	show := func(name string) map[string]any {
		properties := value(values[name])
		properties["name"] = map[string]any{"value": name, "localizedValue": coresName(name)}
		properties["isQuotaApplicable"], properties["unit"], properties["properties"] = true, "Count", map[string]any{}
		return map[string]any{"id": q.address.scope + "/providers/Microsoft.Quota/" + kind + "/" + name, "name": name, "type": "Microsoft.Quota/" + kind, "properties": properties}
	}
	if q.address.whole() {
		for name := range values {
			if strings.EqualFold(name, q.address.names[0]) {
				return respond(http.StatusOK, show(name)), nil
			}
		}
		return nil, refuse(http.StatusNotFound, "InvalidResourceName", "The resource name '%s' is not one of this scope.", q.address.names[0])
	}
	out := []any{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, show(name))
	}
	return q.page(out)
}
