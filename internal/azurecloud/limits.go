package azurecloud

import (
	"fmt"
	"regexp"
	"strings"
)

// limit is one limit of a subscription, as Microsoft.Quota names it.
type limit struct{ provider, name string }

// countLimits are the limits behind the error codes of Microsoft.Network, which
// all end in CountLimitReached. Source: Azure subscription and service limits,
// networking, 2026-08.
var countLimits = map[string]limit{
	"virtualnetwork":       {"Microsoft.Network", "VirtualNetworks"},
	"networksecuritygroup": {"Microsoft.Network", "NetworkSecurityGroups"},
	"routetable":           {"Microsoft.Network", "RouteTables"},
	"publicip":             {"Microsoft.Network", "PublicIPAddresses"},
	"publicipaddresse":     {"Microsoft.Network", "PublicIPAddresses"},
	"natgateway":           {"Microsoft.Network", "NatGateways"},
	"privateendpoint":      {"Microsoft.Network", "PrivateEndpoints"},
}

// family is the quota that a refusal of AKS speaks of.
var family = regexp.MustCompile(`for family (\S+) for region (\S+?)\.?(?:\s|$)`)

// quotaTodo says which limit to raise, and how; "" where that isn't known.
func quotaTodo(code, words string) string {
	if strings.EqualFold(code, "RoleAssignmentLimitExceeded") {
		return "A subscription has 4,000 role assignments and no more. Remove some that nobody needs, or build in another subscription; then apply again."
	}
	found := limit{}
	if named := family.FindStringSubmatch(words); named != nil {
		found = limit{"Microsoft.Compute", named[1]}
	} else if name, counts := strings.CutSuffix(strings.ToLower(code), "countlimitreached"); counts {
		found = countLimits[strings.TrimSuffix(name, "s")]
	}
	if found.name == "" {
		return ""
	}
	return fmt.Sprintf("Ask for a higher quota %q (az quota update --resource-name %s --scope /subscriptions/ID/providers/%s/locations/REGION --limit-object value=N), or remove what is no longer used; then apply again.",
		found.name, found.name, found.provider)
}
