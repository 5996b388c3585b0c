package azureapi

import (
	"net/http"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// Subscription is the id of the subscription that a store with this realm is.
// Every store is another one, so that it serves as the realm of what is in it.
func Subscription(realm string) string { return derived(realm, "subscription") }

// Tenant is the id of the tenant that a store with this realm is in.
func Tenant(realm string) string { return derived(realm, "tenant") }

func tenant(tx *sandbox.Tx) string { return Tenant(tx.Realm()) }

// subscriptions lists the subscriptions of the tenant: the store's own, and
// those that a person added.
func subscriptions(tx *sandbox.Tx) []string {
	out := []string{Subscription(tx.Realm())}
	for s := range strings.SplitSeq(tx.Setting("azure/subscriptions", ""), ",") {
		if s = strings.ToLower(strings.TrimSpace(s)); isGUID(s) {
			out = append(out, s)
		}
	}
	return out
}

func subscriptionRoutes() map[string]route {
	return map[string]route{
		"GET Microsoft.Resources/tenants":                  {open: true, run: listTenants},
		"GET Microsoft.Resources/subscriptions":            {open: true, run: getSubscriptions},
		"GET Microsoft.Resources/subscriptions/locations":  {open: true, run: listLocations},
		"GET Microsoft.Resources/subscriptions/resources":  {open: true, run: everything},
		"GET Microsoft.Resources/resourceGroups/resources": {open: true, run: everything},
	}
}

func listTenants(q *request) (*sandbox.Response, error) {
	id := tenant(q.tx)
	return q.page([]any{map[string]any{
		"id": "/tenants/" + id, "tenantId": id, "displayName": "Sandbox", "tenantCategory": "Home",
		"defaultDomain": "sandbox.onmicrosoft.com", "domains": []string{"sandbox.onmicrosoft.com"}, "countryCode": "NL",
	}})
}

func getSubscriptions(q *request) (*sandbox.Response, error) {
	show := func(id string) map[string]any {
		return map[string]any{
			"id": "/subscriptions/" + id, "subscriptionId": id, "tenantId": tenant(q.tx), "displayName": "Sandbox",
			"state": "Enabled", "authorizationSource": "RoleBased", "managedByTenants": []any{},
			"subscriptionPolicies": map[string]any{"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
		}
	}
	if q.address.whole() {
		return respond(http.StatusOK, show(strings.ToLower(q.address.subscription))), nil
	}
	var out []any
	for _, id := range subscriptions(q.tx) {
		out = append(out, show(id))
	}
	return q.page(out)
}

func listLocations(q *request) (*sandbox.Response, error) {
	var out []any
	for _, name := range locationNames() {
		l := locations[name]
		entry := map[string]any{
			"id":   "/subscriptions/" + q.address.subscription + "/locations/" + name,
			"name": name, "type": "Region", "displayName": l.display, "regionalDisplayName": "(" + l.area + ") " + l.display,
			"metadata": map[string]any{"regionType": "Physical", "regionCategory": "Recommended", "geographyGroup": l.area},
		}
		if l.zoned {
			var zones []any
			for _, z := range l.zones() {
				zones = append(zones, map[string]any{"logicalZone": z, "physicalZone": name + "-az" + z})
			}
			entry["availabilityZoneMappings"] = zones
		}
		out = append(out, entry)
	}
	return respond(http.StatusOK, map[string]any{"value": out}), nil
}
