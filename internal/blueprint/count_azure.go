package blueprint

// azureContentOf is what a component on Azure is made from, as [contentOf] says
// it: what belongs to no component in particular belongs to the main object.
func azureContentOf(section Section, kind, name string) any {
	switch section := section.(type) {
	case NetworkDesign:
		return azureNetworkContent(section, kind, name)
	case ControlPlaneDesign:
		return azureControlPlaneContent(section, kind)
	case RegistryDesign:
		switch kind {
		case "registry":
			section.PushPrincipals, section.Names = nil, nil
			return section
		case "private-endpoint":
			return section.Tags
		}
		return nil // their identity is all there is to them
	case VaultDesign:
		if kind == "zone-group" {
			return nil
		}
		section.Vaults, section.Names = nil, nil
		return section
	case WorkloadIdentityDesign:
		switch kind {
		case "federated-credential":
			return []string{section.Namespace, section.ServiceAccount}
		case "role-assignment":
			return nil
		}
		section.Namespace, section.ServiceAccount = "", ""
		if section.Azure != nil {
			section.Azure = &WorkloadIdentityAzureDesign{ResourceGroup: section.Azure.ResourceGroup}
		}
		return section
	}
	return section
}

func azureNetworkContent(section NetworkDesign, kind, name string) any {
	azure := NetworkAzureDesign{}
	if section.Azure != nil {
		azure = *section.Azure
	}
	switch kind {
	case "vnet":
		return []any{section.CIDR, section.Tags, section.OnDestroy}
	case "resource-group":
		return section.Tags
	case "subnet":
		return section.Subnets[name]
	case "nsg":
		return []any{azure.SecurityGroups[name], section.Tags}
	case "nat", "public-ip":
		return []any{section.NATGateways[name], section.Tags}
	case "route-table":
		return []any{section.NextHop, section.Tags}
	case "workspace":
		return []any{azure.WorkspaceDays, section.Tags}
	case "flow-log", "storage-account":
		return []any{section.FlowLogs, azure.WorkspaceID, section.Tags}
	}
	return nil
}

func azureControlPlaneContent(section ControlPlaneDesign, kind string) any {
	azure := ControlPlaneAzureDesign{}
	if section.Azure != nil {
		azure = *section.Azure
	}
	switch kind {
	case "identity", "key-vault", "key":
		return section.Tags
	case "diagnostic-setting":
		return []any{section.LogTypes, azure.WorkspaceID}
	case "maintenance":
		return azure.Maintenance
	case "cluster":
		azure.Maintenance, azure.RoleAssignments = nil, nil
		section.Azure, section.AccessEntries, section.LogTypes, section.Names = &azure, nil, nil, nil
		return section
	}
	return nil // role assignments and the lock are what they are called
}
