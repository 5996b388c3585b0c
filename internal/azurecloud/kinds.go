package azurecloud

import "strings"

// kind is a type of ARM resource, and how kready speaks to it.
type kind struct {
	name    string // "Microsoft.Network/virtualNetworks"
	version string // api-version: the one that the pinned SDK module speaks
	tagged  bool   // its objects have tags
	marked  string // member of properties that holds kready's marks, where it has no tags
	etag    bool   // writes carry the etag of what was read
	inside  bool   // tags and etag stand among the properties
}

// The api-versions are those of the pinned modules of azure-sdk-for-go, whose
// models make the bodies.
var (
	subscriptions = kind{name: "Microsoft.Resources/subscriptions", version: "2022-12-01"}
	groups        = kind{name: "Microsoft.Resources/resourceGroups", version: "2021-04-01", tagged: true}
	resources     = kind{name: "Microsoft.Resources/resources", version: "2021-04-01"}

	vnets          = network("virtualNetworks")
	subnets        = kind{name: "Microsoft.Network/virtualNetworks/subnets", version: networkVersion, etag: true}
	peerings       = kind{name: "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", version: networkVersion, etag: true}
	securityGroups = network("networkSecurityGroups")
	routeTables    = network("routeTables")
	publicIPs      = network("publicIPAddresses")
	natGateways    = network("natGateways")
	endpoints      = network("privateEndpoints")
	zoneGroups     = kind{name: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups", version: networkVersion}
	watchers       = network("networkWatchers")
	flowLogs       = network("networkWatchers/flowLogs")
	balancers      = network("loadBalancers")

	dnsZones = kind{name: "Microsoft.Network/privateDnsZones", version: "2024-06-01", tagged: true, etag: true}
	dnsLinks = kind{name: "Microsoft.Network/privateDnsZones/virtualNetworkLinks", version: "2024-06-01", tagged: true, etag: true}

	workspaces      = kind{name: "Microsoft.OperationalInsights/workspaces", version: "2025-07-01", tagged: true}
	storageAccounts = kind{name: "Microsoft.Storage/storageAccounts", version: "2024-01-01", tagged: true}
	diagnostics     = kind{name: "Microsoft.Insights/diagnosticSettings", version: "2021-05-01-preview"}

	identities         = kind{name: "Microsoft.ManagedIdentity/userAssignedIdentities", version: "2024-11-30", tagged: true}
	federations        = kind{name: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials", version: "2024-11-30"}
	roleAssignments    = kind{name: "Microsoft.Authorization/roleAssignments", version: "2022-04-01", marked: "description"}
	roleDefinitions    = kind{name: "Microsoft.Authorization/roleDefinitions", version: "2022-04-01"}
	locks              = kind{name: "Microsoft.Authorization/locks", version: "2020-05-01", marked: "notes"}
	vaults             = kind{name: "Microsoft.KeyVault/vaults", version: "2024-11-01", tagged: true}
	vaultSecrets       = kind{name: "Microsoft.KeyVault/vaults/secrets", version: "2024-11-01"}
	deletedVaults      = kind{name: "Microsoft.KeyVault/locations/deletedVaults", version: "2024-11-01"}
	vaultKeys          = kind{name: "Microsoft.KeyVault/vaults/keys", version: "2024-11-01"}                       // ARM changes no tags of a key
	registries         = kind{name: "Microsoft.ContainerRegistry/registries", version: "2025-04-01", tagged: true} // the first stable one that tells anonymous pulls
	cacheRules         = kind{name: "Microsoft.ContainerRegistry/registries/cacheRules", version: "2023-07-01"}
	clusters           = kind{name: "Microsoft.ContainerService/managedClusters", version: clusterVersion, tagged: true, etag: true}
	agentPools         = kind{name: "Microsoft.ContainerService/managedClusters/agentPools", version: clusterVersion, tagged: true, etag: true, inside: true}
	kubernetesVersions = kind{name: "Microsoft.ContainerService/locations/kubernetesVersions", version: clusterVersion}
	upgradeProfiles    = kind{name: "Microsoft.ContainerService/managedClusters/agentPools/upgradeProfiles", version: clusterVersion}
	maintenances       = kind{name: "Microsoft.ContainerService/managedClusters/maintenanceConfigurations", version: clusterVersion}
	disks              = kind{name: "Microsoft.Compute/disks", version: "2025-01-02", tagged: true}
	networkInterface   = network("networkInterfaces")
)

const (
	networkVersion = "2025-01-01" // armnetwork v7.2.0
	clusterVersion = "2025-10-01" // armcontainerservice v8.2.0
)

func network(name string) kind {
	return kind{name: "Microsoft.Network/" + name, version: networkVersion, tagged: true, etag: true}
}

// kindsByName finds a kind by the type in an id.
var kindsByName = byName(groups, vnets, subnets, peerings, securityGroups, routeTables, publicIPs, natGateways, endpoints, zoneGroups, watchers, flowLogs,
	balancers, dnsZones, dnsLinks, workspaces, storageAccounts, diagnostics, identities, federations, roleAssignments, locks, vaults, vaultKeys,
	registries, cacheRules, clusters, agentPools, maintenances, disks, networkInterface)

func byName(kinds ...kind) map[string]kind {
	found := map[string]kind{}
	for _, k := range kinds {
		found[strings.ToLower(k.name)] = k
	}
	return found
}

// kindOf is the kind of what an id names.
func kindOf(id string) (kind, bool) {
	k, ok := kindsByName[strings.ToLower(typeOf(id))]
	return k, ok
}

// short is the type without its namespace.
func (k kind) short() string {
	_, short, _ := strings.Cut(k.name, "/")
	return short
}
