// Package azureapi is the wire of Azure Resource Manager (ARM) over a
// sandbox's store: the token endpoint, subscriptions, resource groups and
// providers, and the resource types that a private AKS cluster is made of.
//
// # How it is built
//
// ARM is uniform: a resource is a JSON object at a path, and GET, PUT, PATCH,
// DELETE and POST mean the same for all of them. So there is one store of
// resources, keyed by the lower-cased id, one way through it (write.go,
// remove.go, read.go) and one model of long-running operations (operation.go).
// What differs from type to type is a value:
//
//	var natGateway = &resourceType{
//		name:       "Microsoft.Network/natGateways",
//		tracked:    true,                    // has location and tags
//		flow:       networkFlow,             // how PUT and DELETE answer and end
//		properties: fields{                  // what the body may hold
//			"idleTimeoutInMinutes": whole(4, 120).or(4),
//			"publicIpAddresses":    list(ref("Microsoft.Network/publicIPAddresses")),
//			"subnets":              listOutput(),
//		},
//		put:    putNatGateway,               // rules that a shape cannot say
//		show:   showNatGateway,              // back-references, computed for each answer
//		usedBy: []string{subnetType},        // who stands in the way of a delete
//	}
//
// A shape (shape.go) refuses members that it does not know, wrong kinds of
// value, values out of range, and references to what does not exist; it drops
// what is output only, so that what was read can be written back.
//
// What does not fit this mould (usages, version lists, operations in progress,
// built-in roles) is an entry of New's routes, under the same addresses.
//
// # What it does not know
//
// An unknown namespace or type, an unknown action, an unknown member of a body:
// each is refused as ARM does it. Nothing is accepted that has no effect on
// later answers, except free text such as tags and descriptions.
//
// Every answer to a long operation carries Retry-After as Azure sends it, and
// retry-after-ms: 1, which Microsoft's SDKs prefer, so that nobody waits.
//
// # Error codes
//
// Status and code are Azure's where Microsoft documents them or recorded
// traffic shows them. Where neither does, the status is the one that Azure
// gives for such a thing (400 for what the body says, 409 for what is there or
// under way) and the code says what is wrong; nobody should branch on those.
// They are: VnetSubnetMissingPermission, KeyVaultMissingPermission,
// BootstrapContainerRegistry…, APIServerSubnetNotDelegated,
// CustomPrivateDNSZoneInvalid, NatGatewayNotAssociatedWithSubnet,
// KeyVaultNotReachable, KMSPrivateKeyVaultRequiresVnetIntegration,
// InvalidPodCidrChange, PodCidrOverlap…, VMTemporaryDiskTooSmall,
// NatGateway…Mismatch, RouteNextHopIpAddress…, SecurityRuleParameter…,
// AddressSpaceOverlap, AddressPrefixNotAllowed, NsgFlowLogsRetired,
// FlowLogAlreadyExistsForTarget, CacheRuleConflict, FeatureNotSupported,
// InvalidOperationSignature, ResourceGroupDeletionBlocked at once.
//
// # Settings
//
//	azure/subscriptions         further subscription ids of this tenant, comma-separated
//	azure/registered            resource providers registered from the start, comma-separated, or "all"
//	azure/page                  entries in a page of a list (50)
//	azure/retry-after           replaces the seconds of every Retry-After; 0 sends none
//	azure/fail/<type>           how the next long operation on a type ends: "Code: message"
//	azure/quota/<location>/<n>  limit of a usage, such as azure/quota/westeurope/cores
//	azure/restricted/<location>/<size>  any text: the subscription cannot have the VM size there
//	azure/tenant-addons         AKS add-ons that a policy of the tenant demands, comma-separated
//	azure/node-image            newest release of node images, such as 202611.10.0
//	steps/azure/<type>          polls that an operation on a type takes
//	steps/azure/principal       uses of a new identity that answer PrincipalNotFound
//	steps/azure/role            checks of a new role assignment that do not see it yet
package azureapi
