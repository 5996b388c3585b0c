package azureapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
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
	for _, name := range slices.Sorted(maps.Keys(given)) {
		addon := given[name]
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
