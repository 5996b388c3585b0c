package azureapi

import (
	"net/http"
	"strings"
)

const (
	watcherType = "Microsoft.Network/networkWatchers"
	flowLogType = "Microsoft.Network/networkWatchers/flowLogs"
	storageType = "Microsoft.Storage/storageAccounts"
)

func watcherTypes() []*resourceType {
	return []*resourceType{
		{
			name: watcherType, tracked: true, etagged: true, patch: tagsOnly, bodiless: true, names: networkName,
			flow:       &flow{remove: byHeader, states: []string{"InProgress"}, polls: 2, retry: "10", notify: true},
			properties: fields{"provisioningState": output()},
			put: func(w *write) error {
				for _, other := range w.inRegion(watcherType, w.r.Location) {
					if other.ID != w.r.ID {
						return w.fail(http.StatusBadRequest, "NetworkWatcherCountLimitReached", "Cannot create more than 1 network watchers for this subscription in this region.")
					}
				}
				return nil
			},
		},
		{
			name: flowLogType, tracked: true, etagged: true, patch: tagsOnly, flow: networkFlow(), busy: busyFamily, names: networkName,
			identity: []string{userAssigned, noIdentity},
			properties: fields{
				"provisioningState": output(), "targetResourceGuid": output(),
				"targetResourceId":         id(vnetType, subnetType, interfaceType, nsgType).need().once(),
				"storageId":                id(storageType).need(),
				"enabled":                  flag().or(false),
				"enabledFilteringCriteria": text(),
				"recordTypes":              text(),
				"retentionPolicy":          object(fields{"days": whole(0, 365).or(0), "enabled": flag().or(false)}),
				"format":                   object(fields{"type": oneOf("JSON").or("JSON"), "version": whole(1, 2).or(1)}),
				"flowAnalyticsConfiguration": object(fields{"networkWatcherFlowAnalyticsConfiguration": object(fields{
					"enabled": flag().or(false), "workspaceId": guid(), "workspaceRegion": text(), "workspaceResourceId": text(),
					"trafficAnalyticsInterval": whole(10, 60).or(60),
				})}),
			},
			put: putFlowLog,
		},
		{
			name: storageType, tracked: true, patch: anyMember, names: storageName, badInput: "InvalidRequestPropertyValue",
			kinds: []string{"StorageV2", "BlobStorage", "BlockBlobStorage", "FileStorage", "Storage"},
			flow:  &flow{create: byPlace, polls: 1, retry: "17", creating: "Creating", results: "asyncoperations"},
			sku:   fields{"name": oneOf("Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_GZRS", "Standard_RAGRS", "Standard_RAGZRS", "Premium_LRS", "Premium_ZRS").need(), "tier": output()},
			properties: fields{
				"provisioningState": output(), "primaryEndpoints": output(), "primaryLocation": output(), "statusOfPrimary": output(), "creationTime": output(), "privateEndpointConnections": output(),
				"accessTier": oneOf("Hot", "Cool", "Cold", "Premium").or("Hot"), "allowBlobPublicAccess": flag().or(false), "allowSharedKeyAccess": flag(), "allowCrossTenantReplication": flag().or(false),
				"defaultToOAuthAuthentication": flag(), "isHnsEnabled": flag().once(), "minimumTlsVersion": oneOf("TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3").or("TLS1_2"),
				"publicNetworkAccess": oneOf("Enabled", "Disabled", "SecuredByPerimeter"), "supportsHttpsTrafficOnly": flag().or(true),
				"networkAcls": object(fields{"bypass": text().or("AzureServices"), "defaultAction": oneOf("Allow", "Deny").or("Allow"), "ipRules": list(&member{kind: anyKind}), "virtualNetworkRules": list(&member{kind: anyKind}), "resourceAccessRules": list(&member{kind: anyKind})}),
				"encryption":  &member{kind: anyKind},
			},
			put: putStorage,
		},
	}
}

func putFlowLog(w *write) error {
	p := w.r.Properties
	target, storage := w.get(textAt(p, "targetResourceId")), w.get(textAt(p, "storageId"))
	if target.Type == nsgType && w.old == nil { // retired for new ones on 2025-06-30
		return w.fail(http.StatusBadRequest, "NsgFlowLogsRetired", "Flow logs of network security groups can no longer be created. Create a flow log of the virtual network.")
	}
	if w.r.Location != w.parent.Location {
		return w.fail(http.StatusBadRequest, "InvalidFlowLogLocation", "Flow log %s is in %s, its network watcher in %s.", w.r.Name, w.r.Location, w.parent.Location)
	}
	home := target
	if target.Type == subnetType {
		home = w.vnetOf(target)
	}
	if err := w.sameRegion(w.r.Location, home.ID, storage.ID); err != nil {
		return err
	}
	for _, other := range w.all(flowLogType) {
		if other.ID != w.r.ID && strings.EqualFold(textAt(other.Properties, "targetResourceId"), target.ID) {
			return w.fail(http.StatusBadRequest, "FlowLogAlreadyExistsForTarget", "The target %s has the flow log %s already.", target.Path, other.Path)
		}
	}
	if analytics := objectAt(p, "flowAnalyticsConfiguration", "networkWatcherFlowAnalyticsConfiguration"); flagAt(analytics, "enabled") {
		workspace := w.get(textAt(analytics, "workspaceResourceId"))
		if workspace == nil {
			return w.fail(http.StatusNotFound, "NotFound", "Workspace %s not found.", textAt(analytics, "workspaceResourceId"))
		}
		analytics["workspaceId"], analytics["workspaceRegion"] = workspace.Properties["customerId"], workspace.Location
	}
	p["targetResourceGuid"] = derived(w.tx.Realm(), target.ID)
	return nil
}

func storageName(name string) string {
	if len(name) < 3 || len(name) > 24 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return "must be between 3 and 24 characters in length and use numbers and lower-case letters only"
	}
	return ""
}

func putStorage(w *write) error {
	for _, other := range w.all(storageType) {
		if other.ID != w.r.ID && other.Name == w.r.Name {
			return w.fail(http.StatusConflict, "StorageAccountAlreadyTaken", "The storage account named %s is already taken.", w.r.Name)
		}
	}
	w.r.SKU["tier"], _, _ = strings.Cut(textAt(w.r.SKU, "name"), "_")
	if w.old == nil {
		endpoints := map[string]any{}
		for _, service := range []string{"blob", "queue", "table", "file", "dfs", "web"} {
			endpoints[service] = "https://" + w.r.Name + "." + service + ".core.windows.net/"
		}
		w.r.Properties["primaryEndpoints"], w.r.Properties["primaryLocation"], w.r.Properties["statusOfPrimary"] = endpoints, w.r.Location, "available"
	}
	return nil
}

// watch is what Azure does when the first network of a region is made: the
// subscription gets a network watcher there, in a group of its own. People do
// not call these theirs, so they are hidden.
func (w *write) watch(location string) error {
	if len(w.inRegion(watcherType, location)) > 0 {
		return nil
	}
	group := "/subscriptions/" + w.address.subscription + "/resourceGroups/NetworkWatcherRG"
	if w.get(group) == nil {
		g, err := w.plant(group, map[string]any{"location": location})
		if err != nil {
			return err
		}
		g.Hidden = true
		w.save(g)
	}
	r, err := w.plant(group+"/providers/"+watcherType+"/NetworkWatcher_"+location, map[string]any{"location": location})
	if err != nil {
		return err
	}
	r.Hidden = true
	w.save(r)
	return nil
}
