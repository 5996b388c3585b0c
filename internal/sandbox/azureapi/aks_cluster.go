package azureapi

import (
	"fmt"
	"net/http"
	"strings"
)

// putCluster checks a cluster as its resource provider does: one concern after
// the other, the first problem only.
func putCluster(w *write) error {
	fillCluster(w)
	for _, check := range []func(*write) error{
		clusterVersion, clusterIdentity, clusterNames, clusterNetwork, clusterAccess, clusterSecurity,
		clusterChannels, clusterAddons, clusterBootstrap, clusterPools, clusterRoles,
	} {
		if err := check(w); err != nil {
			return err
		}
	}
	return nil
}

// fillCluster adds what AKS sets on its own.
func fillCluster(w *write) {
	p := w.r.Properties
	usual := map[string]any{
		"servicePrincipalProfile": map[string]any{"clientId": "msi"},
		"storageProfile":          map[string]any{"diskCSIDriver": map[string]any{"enabled": true}, "fileCSIDriver": map[string]any{"enabled": true}, "snapshotController": map[string]any{"enabled": true}},
		"securityProfile":         map[string]any{}, "workloadAutoScalerProfile": map[string]any{},
		"metricsProfile":           map[string]any{"costAnalysis": map[string]any{"enabled": false}},
		"bootstrapProfile":         map[string]any{"artifactSource": "Direct"},
		"nodeProvisioningProfile":  map[string]any{"mode": "Manual", "defaultNodePools": "Auto"},
		"autoUpgradeProfile":       map[string]any{"nodeOSUpgradeChannel": "NodeImage"},
		"oidcIssuerProfile":        map[string]any{"enabled": false},
		"nodeResourceGroupProfile": map[string]any{"restrictionLevel": "Unrestricted"},
		"publicNetworkAccess":      "Enabled",
		"maxAgentPools":            100,
		"nodeResourceGroup":        fmt.Sprintf("MC_%s_%s_%s", w.groupAsWritten(), w.r.Name, w.r.Location),
	}
	for name, v := range usual {
		if p[name] == nil {
			p[name] = clone(v)
		}
	}
	for _, profile := range listAt(w.body, "properties", "agentPoolProfiles") {
		if flagAt(profile, "enableAutoScaling") {
			w.scales()
		}
	}
	if w.old == nil {
		p["powerState"] = map[string]any{"code": "Running"}
		p["resourceUID"] = w.tx.Hex(24)
	}
}

// groupAsWritten is the name of the cluster's group as it was written first.
func (w *write) groupAsWritten() string {
	if g := w.get(w.r.group()); g != nil {
		return g.Name
	}
	return w.address.group
}

// scales fills the autoscaler's profile, as AKS does once a pool scales itself.
func (w *write) scales() {
	profile := objectAt(w.r.Properties, "autoScalerProfile")
	if profile == nil {
		profile = map[string]any{}
		w.r.Properties["autoScalerProfile"] = profile
	}
	for name, v := range autoscalerDefaults {
		if profile[name] == nil {
			profile[name] = v
		}
	}
}

// clusterIdentity checks who the cluster and its nodes act as.
func clusterIdentity(w *write) error {
	if w.r.Identity == nil {
		return w.fail(http.StatusBadRequest, "InvalidParameter", "The cluster %s must have a managed identity: service principals are not modelled.", w.r.Name)
	}
	own := textAt(w.r.Identity, "type") == userAssigned
	kubelet := objectAt(w.r.Properties, "identityProfile", "kubeletidentity")
	for name := range objectAt(w.r.Properties, "identityProfile") {
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
	for member, is := range map[string]string{"clientId": "clientId", "objectId": "principalId"} {
		if given := textAt(kubelet, member); given != "" && !same(given, identity.Properties[is]) {
			return w.invalid("identityProfile.kubeletidentity."+member, "%s is not the %s of identity %s.", given, member, identity.Path)
		}
		kubelet[member] = identity.Properties[is]
	}
	return nil
}

// clusterNames checks and makes the names by which the API server is reached.
func clusterNames(w *write) error {
	p := w.r.Properties
	prefix, subdomain := textAt(p, "dnsPrefix"), textAt(p, "fqdnSubdomain")
	switch {
	case prefix == "" && subdomain == "":
		return w.invalid("dnsPrefix", "It is required.")
	case prefix != "" && subdomain != "":
		return w.invalid("fqdnSubdomain", "dnsPrefix and fqdnSubdomain cannot be set at the same time.")
	case subdomain != "" && !strings.HasPrefix(textAt(p, "apiServerAccessProfile", "privateDNSZone"), "/"):
		return w.invalid("fqdnSubdomain", "It requires a private DNS zone of your own.")
	case len(prefix) > 54:
		return w.invalid("dnsPrefix", "It can have 54 characters at most.")
	case len(textAt(p, "nodeResourceGroup")) > 80:
		return w.fail(http.StatusBadRequest, "InvalidParameter", "The length of the node resource group name is too long. The maximum length is 80 and the length of the value provided is %d. Please see https://aka.ms/aks-naming-rules for more details.", len(textAt(p, "nodeResourceGroup")))
	}
	if w.old != nil {
		return nil
	}
	if w.get("/subscriptions/"+w.address.subscription+"/resourceGroups/"+textAt(p, "nodeResourceGroup")) != nil {
		return w.fail(http.StatusBadRequest, "NodeResourceGroupAlreadyExists", "The node resource group %s exists already. Choose another name, or delete it.", textAt(p, "nodeResourceGroup"))
	}
	return nil
}

// hostNames gives a new cluster its names.
func (w *write) hostNames(private, public, integrated bool, zone string) {
	p := w.r.Properties
	host := textAt(p, "fqdnSubdomain")
	if host == "" {
		host = fmt.Sprintf("%s-%08d", textAt(p, "dnsPrefix"), w.tx.Number(100000000))
	}
	if !private || public {
		p["fqdn"] = host + ".hcp." + w.r.Location + ".azmk8s.io"
		p["azurePortalFQDN"] = strings.Replace(textAt(p, "fqdn"), ".hcp.", ".portal.hcp.", 1)
	}
	if !private {
		return
	}
	switch {
	case strings.HasPrefix(zone, "/"):
		p["privateFQDN"] = host + "." + lastSegment(zone)
	default:
		p["privateFQDN"] = host + "." + w.tx.UUID() + "." + privateDomain(integrated, w.r.Location)
	}
	if p["azurePortalFQDN"] == nil {
		p["azurePortalFQDN"] = w.tx.Hex(32) + "-priv.portal.hcp." + w.r.Location + ".azmk8s.io"
	}
}

// privateDomain is the domain of private names: private link has its own.
func privateDomain(integrated bool, location string) string {
	if integrated {
		return "private." + location + ".azmk8s.io"
	}
	return "privatelink." + location + ".azmk8s.io"
}

// clusterAccess checks how the API server is reached.
func clusterAccess(w *write) error {
	p := w.r.Properties
	access := objectAt(p, "apiServerAccessProfile")
	if access == nil {
		access = map[string]any{}
		p["apiServerAccessProfile"] = access
	}
	private, integrated := flagAt(access, "enablePrivateCluster"), flagAt(access, "enableVnetIntegration")
	if w.old != nil {
		if flagAt(w.old.Properties, "apiServerAccessProfile", "enableVnetIntegration") && !integrated {
			return w.fail(http.StatusBadRequest, "PropertyChangeNotAllowed", "Changing property 'apiServerAccessProfile.enableVnetIntegration' from true to false is not allowed.")
		}
		if flagAt(w.old.Properties, "apiServerAccessProfile", "enablePrivateCluster") != private && !integrated {
			return w.fail(http.StatusBadRequest, "PropertyChangeNotAllowed", "Changing property 'apiServerAccessProfile.enablePrivateCluster' is not allowed without API server VNet integration.")
		}
	}
	if integrated {
		if err := w.integrated(textAt(access, "subnetId")); err != nil {
			return err
		}
	} else if textAt(access, "subnetId") != "" {
		return w.invalid("apiServerAccessProfile.subnetId", "It requires enableVnetIntegration.")
	}
	if !private {
		if textAt(access, "privateDNSZone") != "" {
			return w.invalid("apiServerAccessProfile.privateDNSZone", "It requires enablePrivateCluster.")
		}
		if w.old == nil {
			w.hostNames(false, true, integrated, "")
		}
		return nil
	}
	if len(listAt(access, "authorizedIPRanges")) > 0 {
		return w.fail(http.StatusBadRequest, "BadRequest", "Private cluster cannot be enabled with authorized IP ranges.")
	}
	if access["enablePrivateClusterPublicFQDN"] == nil {
		access["enablePrivateClusterPublicFQDN"] = true
	}
	public, zone := flagAt(access, "enablePrivateClusterPublicFQDN"), textAt(access, "privateDNSZone")
	if zone == "" {
		zone = "system"
		access["privateDNSZone"] = zone
	}
	switch lower := strings.ToLower(zone); {
	case lower == "none" && !public:
		return w.fail(http.StatusBadRequest, "BadRequest", "Private DNS zone none requires the public FQDN: enablePrivateClusterPublicFQDN must be true.")
	case lower == "none" || lower == "system":
	default:
		if err := w.ownZone(zone, integrated); err != nil {
			return err
		}
	}
	if w.old == nil {
		w.hostNames(true, public, integrated, zone)
	}
	return nil
}

// integrated checks the subnet that the API server stands in.
func (w *write) integrated(id string) error {
	const parameter = "apiServerAccessProfile.subnetId"
	nodes := w.nodeSubnets()
	if id == "" {
		if len(nodes) > 0 {
			return w.invalid(parameter, "API server VNet integration in a network of your own requires a subnet.")
		}
		return nil
	}
	s := w.get(id)
	if s == nil {
		return w.invalid(parameter, "The subnet %s was not found.", id)
	}
	delegated := false
	for _, d := range listAt(s.Properties, "delegations") {
		delegated = delegated || textAt(d, "properties", "serviceName") == clusterType
	}
	vnet := w.vnetOf(s)
	switch {
	case !delegated:
		return w.fail(http.StatusBadRequest, "APIServerSubnetNotDelegated", "The API server subnet %s must be delegated to %s.", s.Path, clusterType)
	case prefixesOf(subnetPrefixes(s))[0].Bits() > 28:
		return w.fail(http.StatusBadRequest, "InsufficientSubnetSize", "The API server subnet %s must be /28 or larger.", s.Path)
	case flagAt(vnet.Properties, "encryption", "enabled"):
		return w.fail(http.StatusBadRequest, "VnetEncryptionNotSupported", "API server VNet integration is not supported in virtual network %s, which has encryption enabled.", vnet.Path)
	}
	for _, n := range nodes {
		if n.ID == s.ID {
			return w.invalid(parameter, "The API server subnet %s cannot be a subnet of nodes.", s.Path)
		}
		if w.vnetOf(n).ID != vnet.ID {
			return w.invalid(parameter, "The API server subnet %s must be in the virtual network of the nodes, %s.", s.Path, w.vnetOf(n).Path)
		}
	}
	return nil
}

// ownZone checks a private DNS zone that the caller brings.
func (w *write) ownZone(id string, integrated bool) error {
	const parameter = "apiServerAccessProfile.privateDNSZone"
	zone := w.get(id)
	if zone == nil || zone.Type != privateZoneType {
		return w.invalid(parameter, "It must be system, none, or the id of a private DNS zone that exists; %s was not found.", id)
	}
	domain := privateDomain(integrated, w.r.Location)
	name := strings.ToLower(zone.Name)
	if name != domain && !(strings.HasSuffix(name, "."+domain) && strings.Count(strings.TrimSuffix(name, "."+domain), ".") == 0) {
		return w.fail(http.StatusBadRequest, "CustomPrivateDNSZoneInvalid", "The private DNS zone %s must be named %s, or have one label before it.", zone.Name, domain)
	}
	if textAt(w.r.Identity, "type") != userAssigned {
		return w.fail(http.StatusBadRequest, "CustomPrivateDNSZoneMissingPermissionError", "A private DNS zone of your own requires a user-assigned identity.")
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

// clusterChannels checks how the cluster is kept up to date.
func clusterChannels(w *write) error {
	p := w.r.Properties
	channel, os := textAt(p, "autoUpgradeProfile", "upgradeChannel"), textAt(p, "autoUpgradeProfile", "nodeOSUpgradeChannel")
	if channel == "node-image" && os != "NodeImage" {
		return w.invalid("autoUpgradeProfile.nodeOSUpgradeChannel", "It must be NodeImage when upgradeChannel is node-image.")
	}
	if textAt(p, "networkProfile", "outboundType") == "none" && os != "NodeImage" && os != "None" {
		return w.invalid("autoUpgradeProfile.nodeOSUpgradeChannel", "It must be NodeImage or None in a network-isolated cluster.")
	}
	return nil
}

// addons are the add-ons that AKS has, and whether each acts under an identity
// of its own.
var addons = map[string]bool{
	"azurepolicy": true, "omsagent": true, "azureKeyvaultSecretsProvider": true, "ingressApplicationGateway": true, "aciConnectorLinux": true,
	"kubeDashboard": false, "httpApplicationRouting": true, "openServiceMesh": false, "gitops": false,
}

// clusterAddons checks add-ons, and adds what a policy of the tenant demands:
// nobody asked for it, and it is there.
func clusterAddons(w *write) error {
	p := w.r.Properties
	given := objectAt(p, "addonProfiles")
	if demanded := w.tx.Setting("azure/tenant-addons", ""); demanded != "" {
		if given == nil {
			given = map[string]any{}
			p["addonProfiles"] = given
		}
		for name := range strings.SplitSeq(demanded, ",") {
			if given[name] == nil {
				given[name] = map[string]any{"enabled": true}
			}
		}
	}
	for name, addon := range given {
		known := ""
		for a := range addons {
			if strings.EqualFold(a, name) {
				known = a
			}
		}
		if known == "" {
			return w.invalid("addonProfiles", "The add-on %s is not known.", name)
		}
		if known == "omsagent" && flagAt(addon, "enabled") {
			workspace := ""
			for key, v := range objectAt(addon, "config") {
				if strings.EqualFold(key, "logAnalyticsWorkspaceResourceID") {
					workspace, _ = v.(string)
				}
			}
			if w.get(workspace) == nil {
				return w.invalid("addonProfiles.omsagent.config.logAnalyticsWorkspaceResourceID", "The workspace %s was not found.", workspace)
			}
		}
	}
	return nil
}

// clusterBootstrap checks where nodes of an isolated cluster get their images.
func clusterBootstrap(w *write) error {
	b := objectAt(w.r.Properties, "bootstrapProfile")
	registryID := textAt(b, "containerRegistryId")
	if textAt(b, "artifactSource") != "Cache" {
		if registryID != "" {
			return w.invalid("bootstrapProfile.containerRegistryId", "It requires artifactSource Cache.")
		}
		return nil
	}
	if registryID == "" {
		return nil // AKS makes a registry of its own
	}
	registry := w.get(registryID)
	if textAt(registry.SKU, "name") != "Premium" {
		return w.invalid("bootstrapProfile.containerRegistryId", "The registry %s must be of SKU Premium.", registry.Path)
	}
	cached := false
	for _, rule := range w.below(registry, "cacheRules") {
		cached = cached || textAt(rule.Properties, "sourceRepository") == "mcr.microsoft.com/*" && textAt(rule.Properties, "targetRepository") == "aks-managed-repository/*"
	}
	if !cached {
		return w.fail(http.StatusBadRequest, "BootstrapContainerRegistryInvalid", "The registry %s has no cache rule from mcr.microsoft.com/* to aks-managed-repository/*.", registry.Path)
	}
	if textAt(registry.Properties, "publicNetworkAccess") == "Disabled" && len(w.users(registry.ID, endpointType)) == 0 && w.old == nil {
		w.keep("doomed", "VMExtensionError_K8SAPIServerConnFail: Nodes could not pull from "+textAt(registry.Properties, "loginServer")+": it is private and has no private endpoint")
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
