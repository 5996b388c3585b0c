package azureapi

// builtinRole is a role that every tenant has.
type builtinRole struct {
	guid, name  string
	actions     []string // of the control plane
	notActions  []string
	dataActions []string
}

const (
	kubernetesActions = "Microsoft.ContainerService/managedClusters/"
	keyVaultData      = "Microsoft.KeyVault/vaults/"
	registryData      = "Microsoft.ContainerRegistry/registries/"
)

// builtinRoles are the roles that clusters, their identities and their people
// are given. The actions are those that this sandbox asks about, in the roles'
// own wildcards. Source: learn.microsoft.com, "Azure built-in roles", 2026-08.
var builtinRoles = []builtinRole{
	{guid: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", name: "Owner", actions: []string{"*"}},
	{guid: "b24988ac-6180-42a0-ab88-20f7382dd24c", name: "Contributor", actions: []string{"*"},
		notActions: []string{"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write", "Microsoft.Authorization/elevateAccess/Action"}},
	{guid: "acdd72a7-3385-48ef-bd42-f606fba81ae7", name: "Reader", actions: []string{"*/read"}},
	{guid: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", name: "User Access Administrator", actions: []string{"*/read", "Microsoft.Authorization/*"}},
	{guid: "f58310d9-a9f6-439a-9e8d-f62e7b41a168", name: "Role Based Access Control Administrator",
		actions: []string{"*/read", "Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"}},

	{guid: "4d97b98b-1d4f-4787-a291-c67834d212e7", name: "Network Contributor", actions: []string{"Microsoft.Network/*", "Microsoft.Authorization/*/read", "Microsoft.Resources/deployments/*"}},
	{guid: "b12aa53e-6015-4669-85d0-8515ebb3ae7f", name: "Private DNS Zone Contributor", actions: []string{"Microsoft.Network/privateDnsZones/*", "Microsoft.Network/virtualNetworks/read", "Microsoft.Network/virtualNetworks/join/action"}},
	{guid: "befefa01-2a29-4197-83a8-272ff33ce314", name: "DNS Zone Contributor", actions: []string{"Microsoft.Network/dnsZones/*"}},
	{guid: "9980e02c-c2be-4d73-94e8-173b1dc7cf3c", name: "Virtual Machine Contributor", actions: []string{"Microsoft.Compute/virtualMachines/*", "Microsoft.Compute/virtualMachineScaleSets/*", "Microsoft.Compute/disks/*"}},

	{guid: "f1a07417-d97a-45cb-824c-7a7467783830", name: "Managed Identity Operator", actions: []string{"Microsoft.ManagedIdentity/userAssignedIdentities/*/read", "Microsoft.ManagedIdentity/userAssignedIdentities/read", "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action", "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"}},
	{guid: "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59", name: "Managed Identity Contributor", actions: []string{"Microsoft.ManagedIdentity/userAssignedIdentities/read", "Microsoft.ManagedIdentity/userAssignedIdentities/write", "Microsoft.ManagedIdentity/userAssignedIdentities/delete"}},

	{guid: "7f951dda-4ed3-4680-a7ca-43fe172d538d", name: "AcrPull", actions: []string{registryData + "pull/read"}},
	{guid: "8311e382-0749-4cb8-b61a-304f252e45ec", name: "AcrPush", actions: []string{registryData + "pull/read", registryData + "push/write"}},
	{guid: "c2f4ef07-c644-48eb-af81-4b1b4947fb11", name: "AcrDelete", actions: []string{registryData + "artifacts/delete"}},
	{guid: "6cef56e8-d556-48e5-a04f-b8e64114680f", name: "AcrImageSigner", actions: []string{registryData + "sign/write"}},
	{guid: "b93aa761-3e63-49ed-ac28-beffa264f7ac", name: "Container Registry Repository Reader", dataActions: []string{registryData + "repositories/content/read", registryData + "repositories/metadata/read"}},
	{guid: "2a1e307c-b015-4ebd-883e-5b7698a07328", name: "Container Registry Repository Writer", dataActions: []string{registryData + "repositories/content/read", registryData + "repositories/content/write", registryData + "repositories/metadata/read", registryData + "repositories/metadata/write"}},
	{guid: "2efddaa5-3f1f-4df3-97df-af3f13818f4c", name: "Container Registry Repository Contributor", dataActions: []string{registryData + "repositories/*"}},
	{guid: "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7", name: "Container Registry Repository Catalog Lister", dataActions: []string{registryData + "catalog/read"}},

	{guid: "00482a5a-887f-4fb3-b363-3b7fe8e74483", name: "Key Vault Administrator", dataActions: []string{keyVaultData + "*"}},
	{guid: "f25e0fa2-a7c8-4377-a976-54943a77a395", name: "Key Vault Contributor", actions: []string{"Microsoft.KeyVault/*"}},
	{guid: "21090545-7ca7-4776-b22c-e363652d74d2", name: "Key Vault Reader", actions: []string{"Microsoft.KeyVault/vaults/*/read"}, dataActions: []string{keyVaultData + "*/read"}},
	{guid: "8b54135c-b56d-4d72-a534-26097cfdc8d8", name: "Key Vault Data Access Administrator", actions: []string{"Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"}},
	{guid: "14b46e9e-c2b7-41b4-b07b-48a6ebf60603", name: "Key Vault Crypto Officer", dataActions: []string{keyVaultData + "keys/*", keyVaultData + "keyrotationpolicies/*"}},
	{guid: "12338af0-0e69-4776-bea7-57ae8d297424", name: "Key Vault Crypto User", dataActions: []string{keyVaultData + "keys/read", keyVaultData + "keys/update/action", keyVaultData + "keys/encrypt/action", keyVaultData + "keys/decrypt/action", keyVaultData + "keys/wrap/action", keyVaultData + "keys/unwrap/action", keyVaultData + "keys/sign/action", keyVaultData + "keys/verify/action"}},
	{guid: "e147488a-f6f5-4113-8e2d-b22465e65bf6", name: "Key Vault Crypto Service Encryption User", dataActions: []string{keyVaultData + "keys/read", keyVaultData + "keys/wrap/action", keyVaultData + "keys/unwrap/action"}},
	{guid: "08bbd89e-9f13-488c-ac41-acfcb10c90ab", name: "Key Vault Crypto Service Release User", dataActions: []string{keyVaultData + "keys/release/action"}},
	{guid: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7", name: "Key Vault Secrets Officer", dataActions: []string{keyVaultData + "secrets/*"}},
	{guid: "4633458b-17de-408a-b874-0445c86b69e6", name: "Key Vault Secrets User", dataActions: []string{keyVaultData + "secrets/getSecret/action", keyVaultData + "secrets/readMetadata/action"}},
	{guid: "a4417e6f-fecd-4de8-b567-7b0420556985", name: "Key Vault Certificates Officer", dataActions: []string{keyVaultData + "certificates/*"}},
	{guid: "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba", name: "Key Vault Certificate User", dataActions: []string{keyVaultData + "certificates/read", keyVaultData + "secrets/getSecret/action"}},

	{guid: "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8", name: "Azure Kubernetes Service Contributor Role", actions: []string{kubernetesActions + "*"}},
	{guid: "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8", name: "Azure Kubernetes Service Cluster Admin Role", actions: []string{kubernetesActions + "listClusterAdminCredential/action", kubernetesActions + "accessProfiles/listCredential/action", kubernetesActions + "read", kubernetesActions + "runcommand/action"}},
	{guid: "4abbcc35-e782-43d8-92c5-2d3f1bd2253f", name: "Azure Kubernetes Service Cluster User Role", actions: []string{kubernetesActions + "listClusterUserCredential/action", kubernetesActions + "read"}},
	{guid: "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b", name: "Azure Kubernetes Service RBAC Cluster Admin", dataActions: []string{kubernetesActions + "*"}},
	{guid: "3498e952-d568-435e-9b2c-8d77e338d7f7", name: "Azure Kubernetes Service RBAC Admin", dataActions: []string{kubernetesActions + "*"}},
	{guid: "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb", name: "Azure Kubernetes Service RBAC Writer", dataActions: []string{kubernetesActions + "*/read", kubernetesActions + "*/write"}},
	{guid: "7f6c6a51-bcf8-42ba-9220-52d62157d7db", name: "Azure Kubernetes Service RBAC Reader", dataActions: []string{kubernetesActions + "*/read"}},

	{guid: "17d1049b-9a84-46fb-8f53-869881c3d3ab", name: "Storage Account Contributor", actions: []string{"Microsoft.Storage/storageAccounts/*"}},
	{guid: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", name: "Storage Blob Data Owner", dataActions: []string{"Microsoft.Storage/storageAccounts/blobServices/containers/*"}},
	{guid: "ba92f5b4-2d11-453d-a403-e96b0029c9fe", name: "Storage Blob Data Contributor", dataActions: []string{"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"}},
	{guid: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", name: "Storage Blob Data Reader", dataActions: []string{"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"}},
	{guid: "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24", name: "Disk Backup Reader", actions: []string{"Microsoft.Compute/disks/read", "Microsoft.Compute/disks/beginGetAccess/action"}},
	{guid: "7efff54f-a5b4-42b5-a1c5-5411624893ce", name: "Disk Snapshot Contributor", actions: []string{"Microsoft.Compute/snapshots/*"}},

	{guid: "3913510d-42f4-4e42-8a64-420c390055eb", name: "Monitoring Metrics Publisher", actions: []string{"Microsoft.Insights/Register/Action"}, dataActions: []string{"Microsoft.Insights/Metrics/Write"}},
	{guid: "43d0d8ad-25c7-4714-9337-8ba259a9fe05", name: "Monitoring Reader", actions: []string{"*/read"}},
	{guid: "749f88d5-cbae-40b8-bcfc-e573ddc772fa", name: "Monitoring Contributor", actions: []string{"*/read", "Microsoft.Insights/*"}},
	{guid: "92aaf0da-9dab-42b6-94a3-d43ce8d16293", name: "Log Analytics Contributor", actions: []string{"*/read", "Microsoft.OperationalInsights/*"}},
	{guid: "73c42c96-874c-492b-b04d-ab87d138a893", name: "Log Analytics Reader", actions: []string{"*/read", "Microsoft.OperationalInsights/workspaces/search/action"}},
}
