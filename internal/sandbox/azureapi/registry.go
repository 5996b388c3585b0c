package azureapi

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const (
	registryType  = "Microsoft.ContainerRegistry/registries"
	cacheRuleType = "Microsoft.ContainerRegistry/registries/cacheRules"
)

var registryName = regexp.MustCompile(`^[A-Za-z0-9]{5,50}$`)

func registryTypes() []*resourceType {
	switched := func() *member { return oneOf("enabled", "disabled") }
	registryFlow := func() *flow {
		return &flow{create: byHeader, remove: byHeader, states: []string{"Creating"}, creating: "Creating", polls: 2, retry: "5", version: "2019-06-01-preview"}
	}
	return []*resourceType{
		{
			name: registryType, tracked: true, patch: anyMember, flow: registryFlow(), badInput: "InvalidParameter",
			identity: []string{systemAssigned, userAssigned, noIdentity},
			sku:      fields{"name": oneOf("Basic", "Standard", "Premium").need(), "tier": output()},
			properties: fields{
				"provisioningState": output(), "loginServer": output(), "creationDate": output(), "status": output(),
				"dataEndpointHostNames": output(), "privateEndpointConnections": output(),
				"adminUserEnabled": flag().or(false), "anonymousPullEnabled": flag().or(false), "dataEndpointEnabled": flag().or(false),
				"publicNetworkAccess": oneOf("Enabled", "Disabled").or("Enabled"), "networkRuleBypassOptions": oneOf("AzureServices", "None").or("AzureServices"),
				"networkRuleBypassAllowedForTasks": flag(), "zoneRedundancy": oneOf("Enabled", "Disabled").or("Disabled").once(),
				"roleAssignmentMode": oneOf("LegacyRegistryPermissions", "AbacRepositoryPermissions"),
				"networkRuleSet": object(fields{
					"defaultAction": oneOf("Allow", "Deny").or("Allow"),
					"ipRules":       list(object(fields{"action": oneOf("Allow").or("Allow"), "value": text().need()})),
				}),
				"encryption": object(fields{"status": switched().or("disabled"), "keyVaultProperties": object(fields{
					"keyIdentifier": text(), "identity": text(), "versionedKeyIdentifier": output(), "keyRotationEnabled": output(), "lastKeyRotationTimestamp": output(),
				})}),
				"policies": object(fields{
					"quarantinePolicy":                 object(fields{"status": switched().or("disabled")}),
					"trustPolicy":                      object(fields{"type": oneOf("Notary").or("Notary"), "status": switched().or("disabled")}),
					"retentionPolicy":                  object(fields{"days": whole(0, 365).or(7), "status": switched().or("disabled"), "lastUpdatedTime": output()}),
					"exportPolicy":                     object(fields{"status": switched().or("enabled")}),
					"azureADAuthenticationAsArmPolicy": object(fields{"status": switched().or("enabled")}),
					"softDeletePolicy":                 object(fields{"retentionDays": whole(1, 90).or(7), "status": switched().or("disabled"), "lastUpdatedTime": output()}),
				}),
			},
			names: func(name string) string {
				if !registryName.MatchString(name) {
					return "may contain alpha numeric characters only and must be between 5 and 50 characters"
				}
				return ""
			},
			put: putRegistry,
			show: func(q *request, r *resource, out map[string]any) {
				showConnections(q, r, out)
				showSystemData(q, r, out)
			},
			actions: map[string]action{
				"listCredentials": {read: true, run: registryCredentials},
			},
		},
		{
			name: cacheRuleType, flow: registryFlow(), patch: anyMember, badInput: "InvalidParameter",
			properties: fields{
				"provisioningState": output(), "creationDate": output(),
				"sourceRepository": text().need().once(), "targetRepository": text().need().once(), "credentialSetResourceId": text(),
			},
			names: func(name string) string {
				if len(name) < 5 || len(name) > 50 || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
					return "must have 5 to 50 letters, digits and hyphens"
				}
				return ""
			},
			put: putCacheRule, show: showSystemData,
		},
	}
}

func putRegistry(w *write) error {
	p := w.r.Properties
	if w.old == nil {
		for _, other := range w.all(registryType) {
			if strings.EqualFold(other.Name, w.r.Name) {
				return w.fail(http.StatusConflict, "AlreadyInUse", "The registry DNS name %s.azurecr.io is already in use. You can check if the name is already claimed using following API: https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability", strings.ToLower(w.r.Name))
			}
		}
		p["creationDate"] = w.tx.Now().Format(time.RFC3339Nano)
	}
	sku := textAt(w.r.SKU, "name")
	w.r.SKU["tier"] = sku
	premium := map[string]bool{
		"publicNetworkAccess":       textAt(p, "publicNetworkAccess") == "Disabled",
		"networkRuleSet":            textAt(p, "networkRuleSet", "defaultAction") == "Deny",
		"dataEndpointEnabled":       flagAt(p, "dataEndpointEnabled"),
		"zoneRedundancy":            textAt(p, "zoneRedundancy") == "Enabled",
		"encryption":                textAt(p, "encryption", "status") == "enabled",
		"policies.retentionPolicy":  textAt(p, "policies", "retentionPolicy", "status") == "enabled",
		"policies.trustPolicy":      textAt(p, "policies", "trustPolicy", "status") == "enabled",
		"policies.quarantinePolicy": textAt(p, "policies", "quarantinePolicy", "status") == "enabled",
		"policies.exportPolicy":     textAt(p, "policies", "exportPolicy", "status") == "disabled",
	}
	for _, feature := range slices.Sorted(maps.Keys(premium)) {
		if premium[feature] && sku != "Premium" {
			return w.fail(http.StatusBadRequest, "FeatureNotSupported", "The feature %s is not supported in SKU %s of registry %s. Use SKU Premium.", feature, sku, w.r.Name)
		}
	}
	switch {
	case sku == "Basic" && flagAt(p, "anonymousPullEnabled"):
		return w.fail(http.StatusBadRequest, "FeatureNotSupported", "The feature anonymousPullEnabled is not supported in SKU Basic of registry %s.", w.r.Name)
	case textAt(p, "policies", "exportPolicy", "status") == "disabled" && textAt(p, "publicNetworkAccess") != "Disabled":
		return w.fail(http.StatusBadRequest, "ExportPolicyCannotBeDisabled", "The export policy of registry %s can be disabled only when public network access is disabled.", w.r.Name)
	case textAt(p, "zoneRedundancy") == "Enabled" && !locations[w.r.Location].zoned:
		return w.fail(http.StatusBadRequest, "ZoneRedundancyNotSupported", "Zone redundancy is not supported in region %s.", w.r.Location)
	case textAt(p, "encryption", "status") == "enabled" && (w.r.Identity == nil || textAt(p, "encryption", "keyVaultProperties", "keyIdentifier") == ""):
		return w.fail(http.StatusBadRequest, "InvalidParameter", "Encryption of registry %s needs a user-assigned identity and a key.", w.r.Name)
	}
	if sku != "Premium" {
		delete(p, "networkRuleSet")
	} else if p["networkRuleSet"] == nil {
		p["networkRuleSet"] = map[string]any{"defaultAction": "Allow", "ipRules": []any{}}
	}
	fillPolicies(p)
	p["loginServer"] = strings.ToLower(w.r.Name) + ".azurecr.io"
	p["dataEndpointHostNames"] = []any{}
	if flagAt(p, "dataEndpointEnabled") {
		p["dataEndpointHostNames"] = []any{strings.ToLower(w.r.Name) + "." + w.r.Location + ".data.azurecr.io"}
	}
	return nil
}

// fillPolicies adds what the service shows although nobody asked for it.
func fillPolicies(p map[string]any) {
	policies := objectAt(p, "policies")
	if policies == nil {
		policies = map[string]any{}
		p["policies"] = policies
	}
	for name, usual := range map[string]map[string]any{
		"quarantinePolicy":                 {"status": "disabled"},
		"trustPolicy":                      {"type": "Notary", "status": "disabled"},
		"retentionPolicy":                  {"days": 7, "status": "disabled"},
		"exportPolicy":                     {"status": "enabled"},
		"azureADAuthenticationAsArmPolicy": {"status": "enabled"},
		"softDeletePolicy":                 {"retentionDays": 7, "status": "disabled"},
	} {
		if policies[name] == nil {
			policies[name] = clone(usual)
		}
	}
	if p["encryption"] == nil {
		p["encryption"] = map[string]any{"status": "disabled"}
	}
}

// registryUsages is a GET, though its name is that of an action.
func registryUsages(q *request) (*sandbox.Response, error) {
	above := q.address.above(1)
	r := q.get(above.id())
	if r == nil {
		return nil, q.missing(q.typeOf(registryType), above)
	}
	limit := map[string]int{"Basic": 10, "Standard": 100, "Premium": 500}[textAt(r.SKU, "name")]
	return respond(http.StatusOK, map[string]any{"value": []any{
		map[string]any{"name": "Size", "limit": limit << 30, "currentValue": numberAt(r.Kept, "bytes"), "unit": "Bytes"},
		map[string]any{"name": "Webhooks", "limit": 500, "currentValue": 0, "unit": "Count"},
	}}), nil
}

func registryCredentials(q *request, r *resource) (*sandbox.Response, error) {
	if !flagAt(r.Properties, "adminUserEnabled") {
		return nil, refuse(http.StatusBadRequest, "UnAuthorizedForCredentialOperations",
			"Cannot perform credential operations for %s as admin user is disabled. Kindly enable admin user as per docs: https://docs.microsoft.com/en-us/azure/container-registry/container-registry-authentication#admin-account", r.Path)
	}
	return respond(http.StatusOK, map[string]any{"username": r.Name, "passwords": []any{
		map[string]any{"name": "password", "value": "sandbox"}, map[string]any{"name": "password2", "value": "sandbox"},
	}}), nil
}

func putCacheRule(w *write) error {
	p := w.r.Properties
	source, target := textAt(p, "sourceRepository"), textAt(p, "targetRepository")
	if !strings.Contains(source, "/") || strings.Contains(source, "*") != strings.Contains(target, "*") {
		return w.fail(http.StatusBadRequest, "InvalidParameter", "The source repository '%s' and target repository '%s' of a cache rule do not fit: the source begins with a login server, and both have a wildcard or none.", source, target)
	}
	for _, other := range w.below(w.parent, "cacheRules") {
		if other.ID != w.r.ID && strings.EqualFold(textAt(other.Properties, "targetRepository"), target) {
			return w.fail(http.StatusConflict, "CacheRuleConflict", "The cache rule %s of registry %s has the target repository '%s' already.", other.Name, w.parent.Name, target)
		}
	}
	if w.old == nil {
		p["creationDate"] = w.tx.Now().Format(time.RFC3339Nano)
	}
	return nil
}

func registryRoutes() map[string]route {
	return map[string]route{
		"POST Microsoft.ContainerRegistry/checkNameAvailability": {read: true, run: checkRegistryName},
		"GET Microsoft.ContainerRegistry/registries/listUsages":  {run: registryUsages},
	}
}

func checkRegistryName(q *request) (*sandbox.Response, error) {
	body, err := q.decode()
	if err != nil {
		return nil, err
	}
	name := textAt(body, "name")
	if problem := q.typeOf(registryType).names(name); problem != "" {
		return respond(http.StatusOK, map[string]any{"nameAvailable": false, "reason": "Invalid", "message": "The name " + problem + "."}), nil
	}
	for _, r := range q.all(registryType) {
		if strings.EqualFold(r.Name, name) {
			return respond(http.StatusOK, map[string]any{"nameAvailable": false, "reason": "AlreadyExists", "message": "The registry " + name + " is already in use."}), nil
		}
	}
	return respond(http.StatusOK, map[string]any{"nameAvailable": true}), nil
}
