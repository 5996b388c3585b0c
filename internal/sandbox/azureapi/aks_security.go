package azureapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// clusterIdentity checks who the cluster and its nodes act as.
func clusterIdentity(w *write) error {
	if w.r.Identity == nil {
		return w.fail(http.StatusBadRequest, "InvalidParameter", "The cluster %s must have a managed identity: service principals are not modelled.", w.r.Name)
	}
	own := textAt(w.r.Identity, "type") == userAssigned
	kubelet := objectAt(w.r.Properties, "identityProfile", "kubeletidentity")
	for _, name := range slices.Sorted(maps.Keys(objectAt(w.r.Properties, "identityProfile"))) {
		if name != "kubeletidentity" {
			return w.invalid("identityProfile", "The identity %s is not known; it must be kubeletidentity.", name)
		}
	}
	if kubelet == nil || w.old != nil && same(kubelet["resourceId"], at(w.old.Properties, "identityProfile", "kubeletidentity", "resourceId")) {
		return nil
	}
	if !own {
		return w.fail(http.StatusBadRequest, "CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster", "Custom kubelet identity is only supported on a cluster with a user-assigned managed identity.")
	}
	identity := w.get(textAt(kubelet, "resourceId"))
	if identity == nil {
		return w.invalid("identityProfile.kubeletidentity.resourceId", "The identity %s was not found.", textAt(kubelet, "resourceId"))
	}
	for _, pair := range [][2]string{{"clientId", "clientId"}, {"objectId", "principalId"}} {
		member, is := pair[0], pair[1]
		if given := textAt(kubelet, member); given != "" && !same(given, identity.Properties[is]) {
			return w.invalid("identityProfile.kubeletidentity."+member, "%s is not the %s of identity %s.", given, member, identity.Path)
		}
		kubelet[member] = identity.Properties[is]
	}
	return nil
}

// clusterSecurity checks people, tokens and encryption.
func clusterSecurity(w *write) error {
	p := w.r.Properties
	aad := objectAt(p, "aadProfile")
	if flagAt(aad, "managed") && aad["tenantID"] == nil {
		aad["tenantID"] = tenant(w.tx)
	}
	issuer := objectAt(p, "oidcIssuerProfile")
	switch {
	case aad != nil && !flagAt(aad, "managed"):
		return w.fail(http.StatusBadRequest, "BadRequest", "Legacy Entra ID integration is retired: aadProfile.managed must be true.")
	case flagAt(p, "disableLocalAccounts") && !flagAt(aad, "managed"):
		return w.fail(http.StatusBadRequest, "BadRequest", "Disabling local accounts requires managed Entra ID integration.")
	case flagAt(aad, "enableAzureRBAC") && !flagAt(p, "enableRBAC"):
		return w.fail(http.StatusBadRequest, "BadRequest", "Azure RBAC requires Kubernetes RBAC.")
	case w.old != nil && flagAt(w.old.Properties, "oidcIssuerProfile", "enabled") && !flagAt(issuer, "enabled"):
		return w.fail(http.StatusBadRequest, "OIDCIssuerDisableNotAllowed", "The OIDC issuer cannot be disabled once it is enabled.")
	case flagAt(p, "securityProfile", "workloadIdentity", "enabled") && !flagAt(issuer, "enabled"):
		return w.fail(http.StatusBadRequest, "BadRequest", "Workload identity requires the OIDC issuer.")
	}
	if flagAt(issuer, "enabled") && issuer["issuerURL"] == nil {
		issuer["issuerURL"] = "https://" + w.r.Location + ".oic.prod-aks.azure.com/" + tenant(w.tx) + "/" + w.tx.UUID() + "/"
	}
	if defender := objectAt(p, "securityProfile", "defender"); flagAt(defender, "securityMonitoring", "enabled") && textAt(defender, "logAnalyticsWorkspaceResourceId") == "" {
		return w.invalid("securityProfile.defender.logAnalyticsWorkspaceResourceId", "It is required when Defender is enabled.")
	}
	return w.kms(objectAt(p, "securityProfile", "azureKeyVaultKms"))
}

// kms checks the key that etcd is encrypted with.
func (w *write) kms(kms map[string]any) error {
	if !flagAt(kms, "enabled") {
		return nil
	}
	var key *resource
	for _, k := range w.all(keyType) {
		if same(k.Properties["keyUriWithVersion"], kms["keyId"]) {
			key = k
		}
	}
	if key == nil {
		return w.invalid("securityProfile.azureKeyVaultKms.keyId", "The key %s with its version was not found.", textAt(kms, "keyId"))
	}
	a, _ := parseAddress(key.ID)
	vault := w.get(a.above(1).id())
	private := textAt(kms, "keyVaultNetworkAccess") == "Private"
	switch {
	case private && !same(kms["keyVaultResourceId"], vault.Path):
		return w.invalid("securityProfile.azureKeyVaultKms.keyVaultResourceId", "It must be the id of the key's vault, %s, when the vault is private.", vault.Path)
	case !private && textAt(kms, "keyVaultResourceId") != "":
		return w.invalid("securityProfile.azureKeyVaultKms.keyVaultResourceId", "It must be empty when the vault is public.")
	case private && !flagAt(w.r.Properties, "apiServerAccessProfile", "enableVnetIntegration"):
		return w.fail(http.StatusBadRequest, "KMSPrivateKeyVaultRequiresVnetIntegration", "KMS with a private key vault requires API server VNet integration.")
	case !private && textAt(vault.Properties, "publicNetworkAccess") == "Disabled":
		return w.fail(http.StatusBadRequest, "KeyVaultNotReachable", "The key vault %s has public network access disabled: keyVaultNetworkAccess must be Private.", vault.Path)
	case textAt(w.r.Identity, "type") != userAssigned:
		return w.fail(http.StatusBadRequest, "BadRequest", "KMS requires a user-assigned identity.")
	}
	return nil
}

// clusterRoles checks what the cluster's identity may do. A role that was given
// a moment ago is not seen by the first check. Only user-assigned identities
// can be asked about: the others are made with the cluster.
func clusterRoles(w *write) error {
	if textAt(w.r.Identity, "type") != userAssigned || w.old != nil {
		return nil
	}
	p, who := w.r.Properties, w.principals(w.r)
	if kubelet := textAt(p, "identityProfile", "kubeletidentity", "resourceId"); kubelet != "" && !w.allowed(who, "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", kubelet, false) {
		return w.fail(http.StatusBadRequest, "CustomKubeletIdentityMissingPermissionError",
			"The cluster using user-assigned managed identity must be granted 'Managed Identity Operator' role to assign kubelet identity. You can run 'az role assignment create' to grant it. Check access result not allowed for action Microsoft.ManagedIdentity/userAssignedIdentities/assign/action on %s.", kubelet)
	}
	for _, id := range w.subnetsNamed() {
		if !w.allowed(who, "Microsoft.Network/virtualNetworks/subnets/join/action", id, false) {
			return w.fail(http.StatusBadRequest, "VnetSubnetMissingPermission",
				"The cluster's identity must be granted 'Network Contributor' on subnet %s. Check access result not allowed for action Microsoft.Network/virtualNetworks/subnets/join/action.", id)
		}
	}
	if textAt(p, "networkProfile", "outboundType") == "userDefinedRouting" {
		for _, s := range w.nodeSubnets() {
			if table := textAt(s.Properties, "routeTable", "id"); !w.allowed(who, "Microsoft.Network/routeTables/write", table, false) {
				return w.fail(http.StatusBadRequest, "CustomRouteTableMissingPermission",
					"The cluster's identity must be granted write permission on the route table %s associated with subnet %s.", table, s.Path)
			}
		}
	}
	if zone := textAt(p, "apiServerAccessProfile", "privateDNSZone"); strings.HasPrefix(zone, "/") {
		if !w.allowed(who, "Microsoft.Network/privateDnsZones/A/write", zone, false) {
			return w.fail(http.StatusBadRequest, "CustomPrivateDNSZoneMissingPermissionError",
				"Service principal or user-assigned identity must be given permission to read and write to custom private dns zone %s. Check access result not allowed for action Microsoft.Network/privateDnsZones/A/write.", zone)
		}
		for _, vnet := range w.vnets() {
			if !w.allowed(who, "Microsoft.Network/virtualNetworks/join/action", vnet.ID, false) {
				return w.fail(http.StatusBadRequest, "CustomPrivateDNSZoneMissingPermissionError",
					"The cluster's identity must be granted 'Network Contributor' on virtual network %s to link the custom private dns zone to it.", vnet.Path)
			}
		}
	}
	return w.dataRoles(who)
}

// dataRoles checks what is needed of keys and images.
func (w *write) dataRoles(who []string) error {
	p := w.r.Properties
	if kms := objectAt(p, "securityProfile", "azureKeyVaultKms"); flagAt(kms, "enabled") {
		for _, k := range w.all(keyType) {
			if same(k.Properties["keyUriWithVersion"], kms["keyId"]) && !w.allowed(who, "Microsoft.KeyVault/vaults/keys/encrypt/action", k.ID, true) {
				return w.fail(http.StatusBadRequest, "KeyVaultMissingPermission", "The cluster's identity must be granted 'Key Vault Crypto User' on the key %s.", textAt(kms, "keyId"))
			}
		}
	}
	registry := textAt(p, "bootstrapProfile", "containerRegistryId")
	if registry == "" {
		return nil
	}
	kubelet := []string{textAt(p, "identityProfile", "kubeletidentity", "objectId")}
	if kubelet[0] == "" {
		return w.invalid("identityProfile.kubeletidentity", "A registry of your own as bootstrap source requires a kubelet identity that may pull from it.")
	}
	if !w.allowed(kubelet, registryData+"pull/read", registry, false) && !w.allowed(kubelet, registryData+"repositories/content/read", registry, true) {
		return w.fail(http.StatusBadRequest, "BootstrapContainerRegistryMissingPermission", "The kubelet identity must be granted 'AcrPull' on the registry %s.", registry)
	}
	return nil
}
