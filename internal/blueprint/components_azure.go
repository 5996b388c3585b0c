package blueprint

import "strings"

// clusterAccessRoles are the built-in Azure roles of the roles of access
// entries, on the cluster or one of its namespaces.
var clusterAccessRoles = map[string]string{
	"cluster_admin": "Azure Kubernetes Service RBAC Cluster Admin",
	"admin":         "Azure Kubernetes Service RBAC Admin",
	"edit":          "Azure Kubernetes Service RBAC Writer",
	"view":          "Azure Kubernetes Service RBAC Reader",
}

// clusterUserRole lets a principal fetch the cluster's address and certificate.
const clusterUserRole = "Azure Kubernetes Service Cluster User Role"

// AzureAccess is one role assignment on a cluster that gives a principal access.
type AzureAccess struct {
	Key       string // component key
	Principal string // Entra object id
	Role      string // built-in role
	Namespace string // namespace of the cluster that it holds in; empty: all of it
}

// AzureAccess spells the access entries out in role assignments, sorted by key:
// for each entry role-assignment/access-ENTRY (or one for each namespace,
// role-assignment/access-ENTRY-NAMESPACE), and role-assignment/user-ENTRY, with
// which a principal may fetch the cluster's address.
func (d ControlPlaneDesign) AzureAccess() []AzureAccess {
	found := map[string]AzureAccess{}
	for key, entry := range d.AccessEntries {
		user := "role-assignment/user-" + key
		found[user] = AzureAccess{Key: user, Principal: entry.Principal, Role: clusterUserRole}
		access := AzureAccess{Key: "role-assignment/access-" + key, Principal: entry.Principal, Role: clusterAccessRoles[entry.Role]}
		if len(entry.Namespaces) == 0 {
			found[access.Key] = access
			continue
		}
		base := access.Key
		for _, namespace := range entry.Namespaces {
			access.Key, access.Namespace = base+"-"+namespace, namespace
			found[access.Key] = access
		}
	}
	keys := set{}
	for key := range found {
		keys.add(key)
	}
	var list []AzureAccess
	for _, key := range keys.sorted() {
		list = append(list, found[key])
	}
	return list
}

func (d NetworkDesign) azureComponents() []string {
	keys := set{"vnet": {}}
	for name := range d.Connections {
		keys.add("connection/" + name)
		keys.add("connection-back/" + name) // the far side's
	}
	azure := NetworkAzureDesign{}
	if d.Azure != nil {
		azure = *d.Azure
	}
	if !azure.GroupExists {
		keys.add("resource-group")
	}
	for key, subnet := range d.Subnets {
		keys.add("subnet/" + key)
		if subnet.RouteTable != "" {
			keys.add("route-table/" + subnet.RouteTable)
		}
	}
	for key := range azure.SecurityGroups {
		keys.add("nsg/" + key)
	}
	for key := range d.NATGateways {
		keys.add("nat/" + key)
		keys.add("public-ip/" + key)
	}
	for key := range azure.DNSZones {
		keys.add("private-dns-zone/" + key)
	}
	for key := range azure.DNSLinks {
		keys.add("dns-link/" + key)
	}
	if azure.WorkspaceID == "" {
		keys.add("workspace")
	}
	if d.FlowLogs != nil {
		keys.add("flow-log")
		keys.add("storage-account/flow-logs")
	}
	return keys.sorted()
}

func (d ControlPlaneDesign) azureComponents() []string {
	keys := set{"cluster": {}}
	azure := ControlPlaneAzureDesign{}
	if d.Azure != nil {
		azure = *d.Azure
	}
	if azure.ControlPlaneID == "" {
		keys.add("identity/control-plane")
	}
	if azure.KubeletIdentityID == "" {
		keys.add("identity/kubelet")
	}
	for key := range azure.RoleAssignments {
		keys.add("role-assignment/" + key)
	}
	for _, access := range d.AzureAccess() {
		keys.add(access.Key)
	}
	if d.Encryption == "own" {
		keys.add("key-vault")
		keys.add("key")
	}
	if len(d.LogTypes) > 0 {
		keys.add("diagnostic-setting")
	}
	if d.OnDestroy.Protected {
		keys.add("lock")
	}
	for key := range azure.Maintenance {
		keys.add("maintenance/" + key)
	}
	return keys.sorted()
}

// AKS's add-ons are part of the cluster.
func (d AddonsDesign) azureComponents() []string { return nil }

func (d RegistryDesign) azureComponents() []string {
	keys := set{"registry": {}, "private-endpoint": {}, "zone-group": {}}
	if d.Azure != nil {
		if d.Azure.ZonesByPolicy {
			delete(keys, "zone-group")
		}
		for key := range d.Azure.CacheRules {
			keys.add("cache-rule/" + key)
		}
	}
	for _, principal := range d.PushPrincipals {
		keys.add("role-assignment/push-" + principal)
	}
	return keys.sorted()
}

func (d VaultDesign) azureComponents() []string {
	keys := set{}
	for name := range d.Vaults {
		keys.add("vault/" + name)
		keys.add("private-endpoint/" + name)
		if d.Azure == nil || !d.Azure.ZonesByPolicy {
			keys.add("zone-group/" + name)
		}
	}
	return keys.sorted()
}

func (d WorkloadIdentityDesign) azureComponents() []string {
	keys := set{"identity": {}, "federated-credential": {}}
	if d.Azure != nil {
		for key := range d.Azure.RoleAssignments {
			keys.add("role-assignment/" + key)
		}
	}
	return keys.sorted()
}

func (d NetworkDesign) azureIdentityOf(component string) string {
	if id, ok := d.Given()[component]; ok {
		return id
	}
	kind, name, _ := strings.Cut(component, "/")
	azure := NetworkAzureDesign{}
	if d.Azure != nil {
		azure = *d.Azure
	}
	switch kind {
	case "resource-group":
		return azure.ResourceGroup
	case "connection", "connection-back":
		return d.Connections[name].PeerNetworkID
	case "subnet":
		return d.Subnets[name].CIDR + " " + d.Subnets[name].Delegation
	case "nat", "public-ip":
		nat := d.NATGateways[name]
		return d.Names[component] + " " + nat.Zone + " " + nat.SKU
	case "private-dns-zone":
		return azure.DNSZones[name].Domain
	case "dns-link":
		link := azure.DNSLinks[name]
		return link.Zone + " " + link.NetworkID + " " + link.Name
	}
	return d.Names[component]
}

func (d ControlPlaneDesign) azureIdentityOf(component string) string {
	azure := ControlPlaneAzureDesign{}
	if d.Azure != nil {
		azure = *d.Azure
	}
	kind, name, _ := strings.Cut(component, "/")
	if kind != "role-assignment" {
		return d.Names[component]
	}
	if role, ok := azure.RoleAssignments[name]; ok {
		return role.Identity + " " + role.Role + " " + role.Scope
	}
	for _, access := range d.AzureAccess() {
		if access.Key == component {
			return access.Principal + " " + access.Role + " " + access.Namespace
		}
	}
	return ""
}

func (d RegistryDesign) azureIdentityOf(component string) string {
	kind, name, _ := strings.Cut(component, "/")
	switch kind {
	case "registry":
		return d.Name
	case "cache-rule":
		if d.Azure != nil { // a rule's source and target are for life
			return d.Azure.CacheRules[name].Source + " " + d.Azure.CacheRules[name].Target
		}
	}
	return d.Names[component]
}

func (d VaultDesign) azureIdentityOf(component string) string {
	if kind, name, _ := strings.Cut(component, "/"); kind == "vault" {
		return d.Vaults[name].Name
	}
	return d.Names[component]
}

func (d WorkloadIdentityDesign) azureIdentityOf(component string) string {
	kind, name, _ := strings.Cut(component, "/")
	if kind == "role-assignment" && d.Azure != nil {
		role := d.Azure.RoleAssignments[name]
		return role.Role + " " + role.Scope
	}
	return d.RoleName // subject and issuer of the credential change in place
}
