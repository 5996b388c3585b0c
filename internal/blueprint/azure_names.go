package blueprint

import (
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// azure returns the settings that only AKS has, empty where none are given.
func (r *resolver) azure() AzureSpec {
	if r.spec.Azure == nil {
		return AzureSpec{}
	}
	return *r.spec.Azure
}

// resourceGroup is the group that everything of the cluster stands in. Groups
// are named in the whole subscription, so the region is part of a derived name.
func (r *resolver) resourceGroup() string {
	if given := r.givenGroup(); given != "" {
		return given
	}
	prior := ""
	if azure := r.priorNetwork().Azure; azure != nil && !azure.GroupExists {
		prior = azure.ResourceGroup
	}
	derived := fitted(r.spec.Name+"-"+r.spec.Region, catalog.AKSOverlayNameMax)
	return r.names.name("resource-group", prior, derived, catalog.NameResourceGroup)
}

// givenGroup is the resource group that exists, or "".
func (r *resolver) givenGroup() string {
	return or(r.azure().ResourceGroup, r.existing().ResourceGroup)
}

// worldName derives a name that is unique in the world: readable letters, and a
// hash of what tells this cluster from everybody else's. Names and regions may
// well be the same in two organisations; the object ids of administrators are
// not. Once given, a name stays whatever becomes of them. The hash waits for
// ids that are not known yet.
func (r *resolver) worldName(base, purpose string, limit int, separator string) string {
	inputs := []string{r.spec.Name, r.spec.Region, r.spec.Target, purpose}
	if access := r.spec.Access; access != nil {
		inputs = append(inputs, sortedUnique(access.AdminGroups)...)
	}
	if waits := firstUnknown(append(inputs, base)...); waits != "" {
		return Unknown(unknownPath(waits))
	}
	hash := shortHash(inputs...)
	base = base[:min(len(base), limit-len(hash)-len(separator))]
	return strings.TrimRight(base, "-") + separator + hash
}

// lettersAndDigits drops everything else.
func lettersAndDigits(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, text)
}

// singleHyphens has no two hyphens in a row, which Key Vault refuses.
func singleHyphens(text string) string {
	for strings.Contains(text, "--") {
		text = strings.ReplaceAll(text, "--", "-")
	}
	return text
}

// keyVaultName derives the name of a Key Vault.
func (r *resolver) keyVaultName(purpose string) string {
	const limit = 24 // Azure resource name rules, 2026-08
	return r.worldName(singleHyphens(r.spec.Name+"-"+purpose), "vault "+purpose, limit, "-")
}

// poolNameInAzure derives the name of an agent pool: letters of its key, and
// four characters of a hash of the key and of what a scale set can't change in
// place, so that a change of it makes a new pool beside the old one. taken are
// the names of other pools; a derived name that is among them is derived again.
func poolNameInAzure(key string, taken map[string]bool, inputs ...string) string {
	const limit, digits = 12, 4
	base := lettersAndDigits(key)
	if base == "" || base[0] < 'a' {
		base = "p" + base
	}
	base = base[:min(len(base), limit-digits)]
	for salt := ""; ; salt += "'" {
		name := base + shortHash(append([]string{key, salt}, inputs...)...)[:digits]
		if !taken[name] {
			return name
		}
	}
}
