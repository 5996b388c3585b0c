package blueprint

import "strings"

// IdentityOf implements [Section].
func (d NetworkDesign) IdentityOf(component string) string {
	if d.Cloud == CloudAzure {
		return d.azureIdentityOf(component)
	}
	if id, ok := d.Given()[component]; ok {
		return id
	}
	kind, name, _ := strings.Cut(component, "/")
	switch kind {
	case "connection":
		return d.Connections[name].TransitGatewayID + d.Connections[name].PeerNetworkID
	case "subnet":
		subnet := d.Subnets[name]
		return subnet.Zone + " " + subnet.CIDR
	case "nat":
		nat := d.NATGateways[name]
		return nat.Zone + " " + nat.Subnet + " " + nat.SKU
	case "endpoint":
		return d.Endpoints[name].Type
	case "role":
		return d.RolePath + d.Names[component]
	}
	return d.Names[component]
}

// IdentityOf implements [Section].
func (d ControlPlaneDesign) IdentityOf(component string) string {
	if d.Cloud == CloudAzure {
		return d.azureIdentityOf(component)
	}
	kind, name, _ := strings.Cut(component, "/")
	switch kind {
	case "access-entry":
		return d.AccessEntries[name].Principal
	case "role":
		return d.RolePath + d.Names[component]
	}
	return d.Names[component]
}

// IdentityOf implements [Section].
func (d NodePoolDesign) IdentityOf(component string) string {
	if component == "pool" {
		return d.Groups["all"].Name
	}
	if kind, name, _ := strings.Cut(component, "/"); kind == "group" {
		return d.Groups[name].Name
	}
	return ""
}

// IdentityOf implements [Section].
func (d AddonsDesign) IdentityOf(component string) string {
	if strings.HasPrefix(component, "role/") {
		return d.RolePath + d.Names[component]
	}
	return d.Names[component]
}

// IdentityOf implements [Section].
func (d RegistryDesign) IdentityOf(component string) string {
	if d.Cloud == CloudAzure {
		return d.azureIdentityOf(component)
	}
	if kind, name, _ := strings.Cut(component, "/"); kind == "repository" {
		return d.Repositories[name].Name
	}
	return d.Names[component] + d.Name
}

// IdentityOf implements [Section].
func (d VaultDesign) IdentityOf(component string) string {
	if d.Cloud == CloudAzure {
		return d.azureIdentityOf(component)
	}
	kind, name, _ := strings.Cut(component, "/")
	if kind == "key" {
		return "" // a key keeps its id whatever its alias is called
	}
	return d.Vaults[name].Name
}

// IdentityOf implements [Section].
func (d WorkloadIdentityDesign) IdentityOf(component string) string {
	if d.Cloud == CloudAzure {
		return d.azureIdentityOf(component)
	}
	if component == "pod-identity" {
		return d.Namespace + "/" + d.ServiceAccount
	}
	return d.RolePath + d.RoleName
}
