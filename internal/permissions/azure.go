package permissions

import (
	"slices"
	"strings"
)

// azureImplied are what Azure asks of whoever makes a call, beside the call
// itself: to join what one names, to hand an identity over, to look at how an
// operation goes on. Only a real subscription can prove them.
// Source: Azure's resource provider operations, 2026-08.
var azureImplied = []implied{
	{"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", "Microsoft.ContainerService/managedClusters/write", "the cluster runs as identities of its own"},
	{"Microsoft.Network/natGateways/join/action", "Microsoft.Network/virtualNetworks/subnets/write", "subnets name their NAT gateway"},
	{"Microsoft.Network/networkSecurityGroups/join/action", "Microsoft.Network/virtualNetworks/subnets/write", "subnets name their security group"},
	{"Microsoft.Network/privateDnsZones/join/action", "Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write", "private endpoints write into the zone"},
	{"Microsoft.Network/publicIPAddresses/join/action", "Microsoft.Network/natGateways/write", "NAT gateways name their addresses"},
	{"Microsoft.Network/routeTables/join/action", "Microsoft.Network/virtualNetworks/subnets/write", "subnets name their route table"},
	{"Microsoft.Network/virtualNetworks/join/action", "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write", "zones are linked to the network"},
	{"Microsoft.Network/virtualNetworks/peer/action", "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write", "both sides of a peering name the other network"},
	{"Microsoft.Network/virtualNetworks/subnets/join/action", "Microsoft.ContainerService/managedClusters/agentPools/write", "nodes and endpoints stand in subnets"},
}

// azureRole is a custom role. Azure calls everything beyond a resource's own
// reads and writes an action of its own; all of these are management-plane
// actions but those that are listed as data actions.
func azureRole(purpose string, scope Scope) document {
	actions, data := []string{}, []string{}
	for _, action := range Demanded("azure", purpose) {
		if slices.Contains(azureData, action) {
			data = append(data, action)
			continue
		}
		actions = append(actions, action)
	}
	assignable := "/subscriptions/" + or(scope.Account, "SUBSCRIPTION_ID")
	return document{
		"Name": "kready " + purpose, "IsCustom": true,
		"Description":      "What kready needs to " + purpose + ".",
		"Actions":          actions,
		"DataActions":      data,
		"AssignableScopes": []string{strings.TrimSuffix(assignable, "/")},
	}
}
