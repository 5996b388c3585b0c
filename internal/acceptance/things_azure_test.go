package acceptance

import "github.com/kready-io/terraform-provider-kready/internal/sandbox"

// azureThings are the same resources on Azure: what is updated, what disappears,
// and what goes wrong have other names there.
var azureThings = map[string]thing{
	"kready_network": {
		update:      things["kready_network"].update,
		disappears:  "nsg/data",
		interrupted: sandbox.Fault{Service: "Microsoft.Network", Operation: "PUT natGateways", Status: 403, Code: "AuthorizationFailed"},
		quota:       sandbox.Fault{Service: "Microsoft.Network", Operation: "PUT publicIPAddresses", Status: 400, Code: "PublicIPCountLimitReached"},
	},
	"kready_cluster": {
		update:      []string{`capacity            = {`, "control_plane_logs = { types = [\"kube-audit\"] }\n  capacity            = {"},
		disappears:  "diagnosticSettings kready",
		interrupted: sandbox.Fault{Service: "Microsoft.Insights", Operation: "PUT diagnosticSettings", Status: 403, Code: "AuthorizationFailed"},
		quota:       sandbox.Fault{Service: "Microsoft.ContainerService", Operation: "PUT managedClusters", Status: 400, Code: "ErrCode_InsufficientVCPUQuota"},
	},
	"kready_node_pool": {
		update:      things["kready_node_pool"].update,
		whole:       true,
		disappears:  "agentPools apps",
		interrupted: sandbox.Fault{Service: "Microsoft.ContainerService", Operation: "PUT managedClusters/agentPools", Contains: "agentPools/apps", Status: 403, Code: "AuthorizationFailed"},
		quota:       sandbox.Fault{Service: "Microsoft.ContainerService", Operation: "PUT managedClusters/agentPools", Contains: "agentPools/apps", Status: 400, Code: "ErrCode_InsufficientVCPUQuota"},
	},
	"kready_registry": {
		update:      []string{`["shop/web", "shop/api"] }`, `["shop/web", "shop/api"], push_principals = ["0b7c1a52-3f0e-4a7e-8d0a-6f1f2c3d4e5f"] }`},
		disappears:  "private-endpoint",
		interrupted: sandbox.Fault{Service: "Microsoft.Network", Operation: "PUT privateEndpoints", Contains: "registry", Status: 403, Code: "AuthorizationFailed"},
		quota:       sandbox.Fault{Service: "Microsoft.ContainerRegistry", Operation: "PUT registries", Status: 400, Code: "RegistryQuotaExceeded"},
	},
	"kready_vault": {
		update:      things["kready_vault"].update,
		disappears:  "private-endpoint/shop",
		interrupted: sandbox.Fault{Service: "Microsoft.Network", Operation: "PUT privateEndpoints", Contains: "vault", Status: 403, Code: "AuthorizationFailed"},
		quota:       sandbox.Fault{Service: "Microsoft.KeyVault", Operation: "PUT vaults", Contains: "-shop-", Status: 400, Code: "VaultQuotaExceeded"},
	},
	"kready_workload_identity": {
		update:      things["kready_workload_identity"].update,
		disappears:  "federatedIdentityCredentials shop",
		interrupted: sandbox.Fault{Service: "Microsoft.ManagedIdentity", Operation: "PUT userAssignedIdentities/federatedIdentityCredentials", Status: 403, Code: "AuthorizationFailed"},
		quota:       sandbox.Fault{Service: "Microsoft.ManagedIdentity", Operation: "PUT userAssignedIdentities/federatedIdentityCredentials", Status: 400, Code: "FederatedIdentityCredentialsCountLimitReached"},
	},
}
