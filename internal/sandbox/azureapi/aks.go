package azureapi

import (
	"net/http"
	"regexp"
	"strings"
)

const (
	clusterType     = "Microsoft.ContainerService/managedClusters"
	poolType        = "Microsoft.ContainerService/managedClusters/agentPools"
	maintenanceType = "Microsoft.ContainerService/managedClusters/maintenanceConfigurations"
)

// aksVersion is the api-version in the addresses of AKS's operations, whatever
// the request's was.
const aksVersion = "2017-08-31"

func clusterTypes() []*resourceType {
	aks := func(states ...string) *flow {
		return &flow{create: byHeader, remove: byStatus, states: states, creating: "Creating", polls: 3, retry: "10", version: aksVersion}
	}
	return []*resourceType{
		{
			name: clusterType, shown: "Microsoft.ContainerService/ManagedClusters", lowerGroups: true, bare: true, badInput: "InvalidParameter",
			tracked: true, etagged: true, etagName: "eTag", patch: tagsByPut, busy: busyFamily,
			flow:     aks("InProgress", "ProvisioningControlPlane"),
			identity: []string{systemAssigned, userAssigned}, kinds: []string{"Base"},
			sku:        fields{"name": oneOf("Base").or("Base"), "tier": oneOf("Free", "Standard", "Premium").or("Free")},
			properties: clusterFields(), names: clusterName,
			put: putCluster, stored: storeCluster, gone: goneCluster, show: showCluster,
			actions: map[string]action{
				"listClusterUserCredential":  {read: true, run: userCredential},
				"listClusterAdminCredential": {read: true, run: adminCredential},
			},
		},
		{
			name: poolType, lowerGroups: true, bare: true, badInput: "InvalidParameter",
			etagged: true, etagName: "eTag", busy: busyPool, flow: aks("InProgress"),
			properties: poolFields(), names: poolName,
			put: putPool, stored: storePool, gone: gonePool, done: poolDone, show: showPool, remove: removePool,
			actions: map[string]action{"upgradeNodeImageVersion": {run: upgradeNodeImage}},
		},
		{
			name: maintenanceType, lowerGroups: true, bare: true, badInput: "InvalidParameter",
			properties: maintenanceFields(), put: putMaintenance,
			show: showSystemData,
		},
	}
}

func clusterRoutes() map[string]route {
	return map[string]route{
		"GET Microsoft.ContainerService/locations/kubernetesVersions":                   {run: listVersions},
		"GET Microsoft.ContainerService/managedClusters/upgradeProfiles":                {run: clusterUpgrades},
		"GET Microsoft.ContainerService/managedClusters/availableAgentPoolVersions":     {run: poolVersions},
		"GET Microsoft.ContainerService/managedClusters/agentPools/upgradeProfiles":     {run: poolUpgrades},
		"GET Microsoft.ContainerService/managedClusters/accessProfiles":                 {run: accessProfile},
		"POST Microsoft.ContainerService/managedClusters/accessProfiles/listCredential": {read: true, run: accessProfile},
		"GET Microsoft.ContainerService/managedClusters/privateLinkResources":           {run: clusterLinks},
	}
}

var clusterNameForm = regexp.MustCompile(`^[A-Za-z0-9]$|^[A-Za-z0-9][A-Za-z0-9_-]{0,61}[A-Za-z0-9]$`)

func clusterName(name string) string {
	if !clusterNameForm.MatchString(name) {
		return "must have 1 to 63 letters, digits, underscores and hyphens, and begin and end with a letter or digit"
	}
	return ""
}

var poolNameForm = regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`)

func poolName(name string) string {
	if !poolNameForm.MatchString(name) {
		return "must have 1 to 12 lower-case letters and digits, and begin with a letter; see https://aka.ms/aks-naming-rules"
	}
	return ""
}

// invalid is AKS's usual refusal of a value.
func (w *write) invalid(parameter, format string, arguments ...any) error {
	refusal := w.fail(http.StatusBadRequest, "InvalidParameter", format, arguments...)
	refusal.message = "The value of parameter " + parameter + " is invalid. Error details: " + refusal.message
	refusal.target = parameter
	return refusal
}

func clusterFields() fields {
	driver := func() *member { return object(fields{"enabled": flag().or(true)}) }
	identity := func() *member {
		return object(fields{"resourceId": id(identityType).asGiven(), "clientId": guid(), "objectId": guid()})
	}
	return fields{
		"provisioningState": output(), "powerState": output(), "status": output(), "fqdn": output(), "privateFQDN": output(), "azurePortalFQDN": output(),
		"currentKubernetesVersion": output(), "maxAgentPools": output(), "resourceUID": output(), "privateLinkResources": output(),
		"servicePrincipalProfile": object(fields{"clientId": oneOf("msi").need()}),
		"windowsProfile":          output(),
		"agentPoolProfiles":       inline(),

		"kubernetesVersion": text().stays(), "dnsPrefix": text().once(), "fqdnSubdomain": text().once(),
		"enableRBAC": flag().or(true).once(), "disableLocalAccounts": flag().or(false),
		"nodeResourceGroup": text().once(), "diskEncryptionSetID": text().once(),
		"nodeResourceGroupProfile": object(fields{"restrictionLevel": oneOf("Unrestricted", "ReadOnly").or("Unrestricted")}),
		"supportPlan":              oneOf("KubernetesOfficial", "AKSLongTermSupport").or("KubernetesOfficial"),
		"publicNetworkAccess":      oneOf("Enabled", "Disabled"),
		"identityProfile":          mapOf(identity()).stays(),
		"networkProfile":           networkFields().stays(),
		"apiServerAccessProfile": object(fields{
			"authorizedIPRanges": list(text()), "disableRunCommand": flag(),
			"enablePrivateCluster": flag().stays(), "enablePrivateClusterPublicFQDN": flag().stays(),
			"enableVnetIntegration": flag().stays(), "subnetId": id(subnetType).asGiven().once(), "privateDNSZone": text().stays(),
		}).stays(),
		"aadProfile": object(fields{
			"managed": flag(), "enableAzureRBAC": flag(), "adminGroupObjectIDs": list(guid()), "tenantID": guid(),
		}).stays(),
		"addonProfiles":     mapOf(object(fields{"enabled": flag().need(), "config": dict(), "identity": output()})).stays(),
		"autoScalerProfile": autoscalerFields().stays(),
		"autoUpgradeProfile": object(fields{
			"upgradeChannel":       oneOf("rapid", "stable", "patch", "node-image", "none"),
			"nodeOSUpgradeChannel": oneOf("None", "Unmanaged", "NodeImage", "SecurityPatch").or("NodeImage"),
		}).stays(),
		"upgradeSettings":   object(fields{"overrideSettings": object(fields{"forceUpgrade": flag(), "until": timestamp()})}),
		"oidcIssuerProfile": object(fields{"enabled": flag(), "issuerURL": output()}).stays(),
		"securityProfile": object(fields{
			"azureKeyVaultKms": object(fields{
				"enabled": flag(), "keyId": text(), "keyVaultNetworkAccess": oneOf("Public", "Private").or("Public"), "keyVaultResourceId": text(),
			}),
			"defender": object(fields{
				"logAnalyticsWorkspaceResourceId": id(workspaceType).asGiven(), "securityMonitoring": object(fields{"enabled": flag()}),
			}),
			"imageCleaner":              object(fields{"enabled": flag(), "intervalHours": whole(24, 2160).or(168)}),
			"workloadIdentity":          object(fields{"enabled": flag()}),
			"customCATrustCertificates": list(text()),
		}).stays(),
		"storageProfile": object(fields{
			"diskCSIDriver": driver(), "fileCSIDriver": driver(), "snapshotController": driver(), "blobCSIDriver": object(fields{"enabled": flag().or(false)}),
		}).stays(),
		"linuxProfile": object(fields{
			"adminUsername": text().need().once(), "ssh": object(fields{"publicKeys": list(object(fields{"keyData": text().need()}))}).need(),
		}).stays(),
		"bootstrapProfile":        object(fields{"artifactSource": oneOf("Direct", "Cache").or("Direct"), "containerRegistryId": id(registryType).asGiven()}).stays(),
		"nodeProvisioningProfile": object(fields{"mode": oneOf("Manual", "Auto").or("Manual"), "defaultNodePools": oneOf("Auto", "None")}),
		"metricsProfile":          object(fields{"costAnalysis": object(fields{"enabled": flag()})}),
		"azureMonitorProfile":     object(fields{"metrics": object(fields{"enabled": flag().need(), "kubeStateMetrics": object(fields{"metricLabelsAllowlist": text(), "metricAnnotationsAllowList": text()})})}),
		"workloadAutoScalerProfile": object(fields{
			"keda": object(fields{"enabled": flag().need()}), "verticalPodAutoscaler": object(fields{"enabled": flag().need()}),
		}),
		"serviceMeshProfile": object(fields{"mode": oneOf("Disabled").need()}),
		"ingressProfile":     object(fields{"webAppRouting": object(fields{"enabled": flag(), "dnsZoneResourceIds": list(text()), "nginx": anything(), "identity": output()})}),
	}
}

func networkFields() *member {
	managed := func() *member { return object(fields{"count": whole(1, 100), "countIPv6": whole(0, 100)}) }
	return object(fields{
		"networkPlugin":     oneOf("azure", "kubenet", "none").or("azure").once(),
		"networkPluginMode": oneOf("overlay").stays(),
		"networkPolicy":     oneOf("none", "calico", "azure", "cilium").stays(),
		"networkDataplane":  oneOf("azure", "cilium").or("azure"),
		"networkMode":       oneOf("transparent", "bridge").once(),
		"podCidr":           text().stays(), "podCidrs": list(text()).stays(),
		"serviceCidr": text().once(), "serviceCidrs": list(text()).once(), "dnsServiceIP": ip().once(),
		"outboundType":    oneOf("loadBalancer", "userDefinedRouting", "managedNATGateway", "userAssignedNATGateway", "none").stays(),
		"loadBalancerSku": oneOf("standard", "basic").or("standard").once(),
		"ipFamilies":      list(oneOf("IPv4")).once(),
		"loadBalancerProfile": object(fields{
			"managedOutboundIPs": managed(), "effectiveOutboundIPs": output(), "allocatedOutboundPorts": whole(0, 64000), "idleTimeoutInMinutes": whole(4, 120),
			"backendPoolType": oneOf("NodeIPConfiguration", "NodeIP").or("NodeIPConfiguration"), "enableMultipleStandardLoadBalancers": flag(),
			"outboundIPs": object(fields{"publicIPs": list(ref(publicIPType))}),
		}).stays(),
		"natGatewayProfile": object(fields{
			"managedOutboundIPProfile": object(fields{"count": whole(1, 16)}), "effectiveOutboundIPs": output(), "idleTimeoutInMinutes": whole(4, 120),
		}).stays(),
		"advancedNetworking": object(fields{
			"enabled": flag(), "observability": object(fields{"enabled": flag()}),
			"security": object(fields{"enabled": flag(), "advancedNetworkPolicies": oneOf("None", "FQDN", "L7")}),
		}),
		"staticEgressGatewayProfile": object(fields{"enabled": flag()}),
	})
}

// autoscalerDefaults are what AKS fills in once a pool scales itself.
var autoscalerDefaults = map[string]string{
	"balance-similar-node-groups": "false", "daemonset-eviction-for-empty-nodes": "false", "daemonset-eviction-for-occupied-nodes": "true",
	"expander": "random", "ignore-daemonsets-utilization": "false", "max-empty-bulk-delete": "10", "max-graceful-termination-sec": "600",
	"max-node-provision-time": "15m", "max-total-unready-percentage": "45", "new-pod-scale-up-delay": "0s", "ok-total-unready-count": "3",
	"scale-down-delay-after-add": "10m", "scale-down-delay-after-delete": "10s", "scale-down-delay-after-failure": "3m",
	"scale-down-unneeded-time": "10m", "scale-down-unready-time": "20m", "scale-down-utilization-threshold": "0.5",
	"scan-interval": "10s", "skip-nodes-with-local-storage": "false", "skip-nodes-with-system-pods": "true",
}

func autoscalerFields() *member {
	f := fields{}
	for name, usual := range autoscalerDefaults {
		switch {
		case name == "expander":
			f[name] = oneOf("least-waste", "most-pods", "priority", "random")
		case usual == "true" || usual == "false":
			f[name] = oneOf("true", "false")
		default:
			f[name] = text()
		}
	}
	return object(f)
}

func poolFields() fields {
	return fields{
		"provisioningState": output(), "eTag": output(), "status": output(), "currentOrchestratorVersion": output(), "nodeImageVersion": output(),
		"virtualMachineNodesStatus": output(),

		"count": whole(0, 1000), "minCount": whole(0, 1000), "maxCount": whole(0, 1000), "enableAutoScaling": flag().or(false),
		"vmSize": text().once(), "osDiskSizeGB": whole(0, 2048).once(), "osDiskType": oneOf("Managed", "Ephemeral").once(),
		"kubeletDiskType": oneOf("OS", "Temporary").or("OS").once(), "maxPods": whole(10, 250).once(),
		"osType": oneOf("Linux", "Windows").or("Linux").once(),
		"osSKU":  oneOf("Ubuntu", "Ubuntu2204", "Ubuntu2404", "AzureLinux", "AzureLinux3", "Windows2022").stays(),
		"mode":   oneOf("System", "User").or("User"), "type": oneOf("VirtualMachineScaleSets").or("VirtualMachineScaleSets").once(),
		"availabilityZones": list(text()).once(), "vnetSubnetID": id(subnetType).asGiven().once(), "podSubnetID": id(subnetType).asGiven().once(),
		"podIPAllocationMode": oneOf("DynamicIndividual", "StaticBlock").once(),
		"orchestratorVersion": text().stays(), "nodeLabels": dict(), "nodeTaints": list(text().rule(taintForm)), "tags": dict(),
		"scaleSetPriority": oneOf("Regular", "Spot").or("Regular").once(), "scaleSetEvictionPolicy": oneOf("Delete", "Deallocate").once(), "spotMaxPrice": anything(),
		"scaleDownMode": oneOf("Delete", "Deallocate").or("Delete"), "powerState": object(fields{"code": oneOf("Running", "Stopped")}).stays(),
		"enableEncryptionAtHost": flag().or(false).once(), "enableFIPS": flag().or(false), "enableNodePublicIP": flag().or(false).once(),
		"enableUltraSSD": flag().or(false).once(), "workloadRuntime": oneOf("OCIContainer", "WasmWasi").or("OCIContainer"),
		"upgradeSettings": object(fields{
			"maxSurge": text().rule(surgeForm), "maxUnavailable": text().rule(surgeForm), "drainTimeoutInMinutes": whole(1, 1440),
			"nodeSoakDurationInMinutes": whole(0, 30), "undrainableNodeBehavior": oneOf("Cordon", "Schedule"),
		}).stays(),
		"securityProfile": object(fields{"enableSecureBoot": flag(), "enableVTPM": flag(), "sshAccess": oneOf("LocalUser", "Disabled")}).stays(),
		"kubeletConfig":   anything().once(), "linuxOSConfig": anything().once(),
		"localDNSProfile":           anything(),
		"networkProfile":            object(fields{"allowedHostPorts": list(anything()), "nodePublicIPTags": list(anything())}),
		"proximityPlacementGroupID": text().once(), "capacityReservationGroupID": text().once(),
		"gpuInstanceProfile": oneOf("MIG1g", "MIG2g", "MIG3g", "MIG4g", "MIG7g").once(),
		"gpuProfile":         object(fields{"driver": oneOf("Install", "None").once()}),
		"messageOfTheDay":    text().once(),
		"windowsProfile":     object(fields{"disableOutboundNat": flag()}),
	}
}

var (
	taint = regexp.MustCompile(`^[A-Za-z0-9./_-]+=[A-Za-z0-9._-]*:(NoSchedule|PreferNoSchedule|NoExecute)$|^[A-Za-z0-9./_-]+:(NoSchedule|PreferNoSchedule|NoExecute)$`)
	surge = regexp.MustCompile(`^\d{1,4}$|^(100|[1-9]?\d)%$`)
)

func taintForm(s string) string {
	if !taint.MatchString(s) {
		return "is not a taint such as key=value:NoSchedule"
	}
	return ""
}

func surgeForm(s string) string {
	if !surge.MatchString(s) {
		return "is neither a number nor a percentage"
	}
	return ""
}

// busyPool: an operation on the cluster or on the pool stands in the way of
// the pool's next; other pools do not.
func busyPool(q *request, id string) *resource {
	a, _ := parseAddress(id)
	if r := busyItself(q, a.above(1).id()); r != nil {
		return r
	}
	return busyItself(q, id)
}

func maintenanceFields() fields {
	hours := func() *member { return text() }
	months := func() *member { return whole(1, 6).need() }
	day := func() *member {
		return oneOf("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
	}
	return fields{
		"timeInWeek":     list(object(fields{"day": day(), "hourSlots": list(whole(0, 23))})),
		"notAllowedTime": list(object(fields{"start": timestamp(), "end": timestamp()})),
		"maintenanceWindow": object(fields{
			"durationHours": whole(4, 24).need(), "startTime": hours().need(), "startDate": text(), "utcOffset": text().or("+00:00"),
			"notAllowedDates": list(object(fields{"start": text().need(), "end": text().need()})),
			"schedule": object(fields{
				"daily":           object(fields{"intervalDays": whole(1, 7).need()}),
				"weekly":          object(fields{"dayOfWeek": day().need(), "intervalWeeks": whole(1, 4).need()}),
				"absoluteMonthly": object(fields{"dayOfMonth": whole(1, 31).need(), "intervalMonths": months()}),
				"relativeMonthly": object(fields{"dayOfWeek": day().need(), "intervalMonths": months(), "weekIndex": oneOf("First", "Second", "Third", "Fourth", "Last").need()}),
			}).need(),
		}),
	}
}

var startTime = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)

func putMaintenance(w *write) error {
	p := w.r.Properties
	window := objectAt(p, "maintenanceWindow")
	switch name := strings.ToLower(w.r.Name); {
	case name == "default":
		if window != nil || len(listAt(p, "timeInWeek")) == 0 {
			return w.invalid("maintenanceConfiguration", "The configuration 'default' takes timeInWeek, and no maintenanceWindow.")
		}
		return nil
	case name != "aksmanagedautoupgradeschedule" && name != "aksmanagednodeosupgradeschedule":
		return w.invalid("maintenanceConfiguration.name", "The name must be default, aksManagedAutoUpgradeSchedule or aksManagedNodeOSUpgradeSchedule; it is %s.", w.r.Name)
	case window == nil || p["timeInWeek"] != nil:
		return w.invalid("maintenanceConfiguration", "The configuration %s takes a maintenanceWindow, and no timeInWeek.", w.r.Name)
	case len(objectAt(window, "schedule")) != 1:
		return w.invalid("maintenanceConfiguration.maintenanceWindow.schedule", "One and only one of the schedule types should be specified.")
	case !startTime.MatchString(textAt(window, "startTime")):
		return w.invalid("maintenanceConfiguration.maintenanceWindow.startTime", "%s is not a time such as 02:30.", textAt(window, "startTime"))
	case name == "aksmanagedautoupgradeschedule" && objectAt(window, "schedule", "daily") != nil:
		return w.invalid("maintenanceConfiguration.maintenanceWindow.schedule", "A daily schedule is for aksManagedNodeOSUpgradeSchedule only.")
	}
	if window["startDate"] == nil {
		window["startDate"] = w.tx.Now().Format("2006-01-02")
	}
	return nil
}
