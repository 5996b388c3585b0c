package acceptance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// armVersions are versions of Azure's API that show what is compared.
var armVersions = map[string]string{
	"microsoft.network": "2024-05-01", "microsoft.containerservice": "2025-05-01", "microsoft.containerregistry": "2025-04-01",
	"microsoft.keyvault": "2024-11-01", "microsoft.operationalinsights": "2023-09-01", "microsoft.managedidentity": "2023-01-31",
	"microsoft.authorization": "2022-04-01", "microsoft.insights": "2021-05-01-preview",
}

// azureCreated asks Azure's own wire what is in the sandbox.
func azureCreated(t *testing.T, s *standing) facts {
	t.Helper()
	objects, err := s.Objects(false)
	if err != nil {
		t.Fatal(err)
	}
	f, identities, assignments := facts{}, map[string]string{}, []planned{}
	for _, object := range objects {
		at := strings.LastIndex(strings.ToLower(object.ID), "/providers/")
		if at < 0 {
			continue
		}
		words := strings.Split(strings.ToLower(object.ID[at+len("/providers/"):]), "/")
		version, known := armVersions[words[0]]
		if !known {
			continue
		}
		kind := words[1]
		if len(words) > 3 {
			kind += "/" + words[len(words)-2]
		}
		switch read, ok := azureFacts[kind]; {
		case ok:
			read(f, path.Base(object.ID), armDocument(t, s, object.ID, version))
		case kind == "userassignedidentities":
			identities[armDocument(t, s, object.ID, version).text("properties", "principalId")] = path.Base(object.ID)
		case kind == "roleassignments":
			assignments = append(assignments, armDocument(t, s, object.ID, version))
		}
	}
	if len(assignments) < 5 {
		t.Errorf("only %d role assignments: the comparison would prove little", len(assignments))
	}
	for _, r := range assignments {
		role := armDocument(t, s, r.text("properties", "roleDefinitionId"), armVersions["microsoft.authorization"])
		f.azureRole(role.text("properties", "roleName"), r.text("properties", "principalId"), r.text("properties", "scope"), identities)
	}
	return f
}

// armDocument is what Azure's management API answers for an id.
func armDocument(t *testing.T, s *standing, id, version string) planned {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://management.azure.com"+id+"?api-version="+version, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer any")
	response, err := (&http.Client{Transport: s.Transport()}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text := must(io.ReadAll(response.Body))(t)
	_ = response.Body.Close()
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", id, response.StatusCode, text)
	}
	return planned{Values: body}
}

// azureRole is a role assignment: which role, whose, on what. Who has no name
// here is named by the id that the blueprint gives.
func (f facts) azureRole(role, principal, scope string, identities map[string]string) {
	if name, ok := identities[principal]; ok {
		principal = name
	}
	f.put("role "+role+" of "+principal+" on "+azurePlace(scope), "assigned")
}

// azureInvented is an id that the stand-in of the provider made up.
var azureInvented = regexp.MustCompile(`^azurerm_([a-z_]+)\.id\(/?([^)]*)\)`)

// azureWords are the words of Azure's ids for the types of the provider.
var azureWords = map[string]string{
	"resource_group": "resourcegroups", "virtual_network": "virtualnetworks", "subnet": "subnets", "route_table": "routetables",
	"private_dns_zone": "privatednszones", "user_assigned_identity": "userassignedidentities", "key_vault": "vaults",
	"container_registry": "registries", "kubernetes_cluster": "managedclusters", "log_analytics_workspace": "workspaces",
}

// azurePlace is what an id is the id of, "subnets nodes", whoever gave it.
func azurePlace(id string) string {
	if match := azureInvented.FindStringSubmatch(id); match != nil {
		id = "/" + azureWords[match[1]] + "/" + match[2] + strings.TrimPrefix(id, match[0])
	}
	words := strings.Split(strings.ToLower(id), "/")
	return strings.Join(words[max(len(words)-2, 0):], " ")
}

// azureFacts read what is compared out of ARM's documents, by kind.
var azureFacts = map[string]func(f facts, name string, r planned){
	"virtualnetworks": func(f facts, _ string, r planned) {
		f.put("network range", r.list("properties", "addressSpace", "addressPrefixes"))
		for i := range r.list("properties", "subnets") {
			at := func(steps ...any) any { return r.at(append([]any{"properties", "subnets", i}, steps...)...) }
			text := func(steps ...any) string { return r.text(append([]any{"properties", "subnets", i}, steps...)...) }
			f.azureSubnet(text("name"), text("properties", "addressPrefix"), at("properties", "defaultOutboundAccess") == false,
				text("properties", "delegations", 0, "properties", "serviceName"), path.Base("/"+text("properties", "natGateway", "id")),
				path.Base("/"+text("properties", "networkSecurityGroup", "id")), text("properties", "privateEndpointNetworkPolicies"))
		}
	},
	"networksecuritygroups": func(f facts, name string, r planned) {
		for i := range r.list("properties", "securityRules") {
			rule, _ := r.at("properties", "securityRules", i, "properties").(map[string]any)
			one := planned{Values: rule}
			f.azureRule(name+" "+r.text("properties", "securityRules", i, "name"), one.text("direction"), one.text("access"), one.text("priority"), one.text("protocol"),
				oneOrMore(one, "sourceAddressPrefix", "sourceAddressPrefixes"), oneOrMore(one, "destinationAddressPrefix", "destinationAddressPrefixes"), oneOrMore(one, "destinationPortRange", "destinationPortRanges"))
		}
	},
	"natgateways": func(f facts, name string, r planned) {
		zones := strings.Join(r.words("zones"), ",")
		if r.text("sku", "name") == "StandardV2" {
			zones = "" // Azure puts it into every zone by itself
		}
		f.put("nat "+name, r.text("sku", "name")+" "+zones)
	},
	"workspaces": func(f facts, name string, r planned) {
		f.put("workspace "+name+" days", r.at("properties", "retentionInDays"))
	},
	"registries": func(f facts, name string, r planned) {
		f.put("registry "+name, fmt.Sprintf("%s, admin %t, %s, untagged kept %s days", r.text("sku", "name"), r.is("properties", "adminUserEnabled"),
			closed(r.text("properties", "publicNetworkAccess") == "Disabled"), r.text("properties", "policies", "retentionPolicy", "days")))
	},
	"vaults": func(f facts, name string, r planned) {
		f.put("vault "+name, fmt.Sprintf("%s, RBAC %t, purge protected %t, %s, %s days", strings.ToLower(r.text("properties", "sku", "name")), r.is("properties", "enableRbacAuthorization"),
			r.is("properties", "enablePurgeProtection"), closed(r.text("properties", "publicNetworkAccess") == "Disabled"), r.text("properties", "softDeleteRetentionInDays")))
	},
	"diagnosticsettings": func(f facts, _ string, r planned) {
		var categories []string
		for i := range r.list("properties", "logs") {
			if r.is("properties", "logs", i, "enabled") {
				categories = append(categories, r.text("properties", "logs", i, "category"))
			}
		}
		target, _, _ := strings.Cut(strings.ToLower(r.text("id")), "/providers/microsoft.insights/")
		f.azureLogs(target, r.text("properties", "workspaceId"), r.text("properties", "logAnalyticsDestinationType"), categories)
	},
	"managedclusters": func(f facts, _ string, r planned) {
		at := func(steps ...any) string { return r.text(append([]any{"properties"}, steps...)...) }
		f.put("cluster version", at("kubernetesVersion"))
		f.put("cluster tier", r.text("sku", "tier")+" "+at("supportPlan"))
		f.put("cluster private", at("apiServerAccessProfile", "enablePrivateCluster"))
		f.put("cluster public name", at("apiServerAccessProfile", "enablePrivateClusterPublicFQDN"))
		f.put("cluster in the network", at("apiServerAccessProfile", "enableVnetIntegration"))
		f.put("cluster run command", at("apiServerAccessProfile", "disableRunCommand") != "true")
		f.put("cluster local accounts", at("disableLocalAccounts") != "true")
		f.put("cluster Azure RBAC", at("aadProfile", "enableAzureRBAC"))
		f.put("cluster issuer", at("oidcIssuerProfile", "enabled"))
		f.put("cluster workload identity", at("securityProfile", "workloadIdentity", "enabled"))
		f.put("cluster key", at("securityProfile", "azureKeyVaultKms", "keyVaultNetworkAccess"))
		f.put("cluster network", strings.Join([]string{at("networkProfile", "networkPlugin"), at("networkProfile", "networkPluginMode"), at("networkProfile", "networkPolicy"),
			at("networkProfile", "networkDataplane"), at("networkProfile", "outboundType"), at("networkProfile", "podCidr"), at("networkProfile", "serviceCidr"), at("networkProfile", "dnsServiceIP")}, " "))
		f.put("cluster node image channel", at("autoUpgradeProfile", "nodeOSUpgradeChannel"))
		f.put("cluster node resource group", at("nodeResourceGroup"))
		f.put("cluster boots from", at("bootstrapProfile", "artifactSource"))
	},
	"managedclusters/agentpools": func(f facts, name string, r planned) {
		at := func(steps ...any) string { return r.text(append([]any{"properties"}, steps...)...) }
		if labels, ok := r.at("properties", "nodeLabels").(map[string]any); ok {
			delete(labels, "kubernetes.azure.com/scalesetpriority") // AKS adds it to Spot pools by itself
		}
		taints := slices.DeleteFunc(r.words("properties", "nodeTaints"), func(taint string) bool {
			return strings.HasPrefix(taint, "kubernetes.azure.com/scalesetpriority=") // and so it does with this taint
		})
		f.azurePool(name, at("vmSize"), at("minCount")+" to "+at("maxCount"), at("mode"), at("osSKU"), at("osDiskType")+" "+at("osDiskSizeGB"),
			at("maxPods"), at("orchestratorVersion"), r.words("properties", "availabilityZones"), taints, r.at("properties", "nodeLabels"))
	},
	"userassignedidentities/federatedidentitycredentials": func(f facts, _ string, r planned) {
		f.put("trust in "+r.text("properties", "subject"), strings.Join(r.words("properties", "audiences"), ","))
	},
}

func closed(is bool) string {
	if is {
		return "closed"
	}
	return "open"
}

// oneOrMore is a value that Azure has one or several of.
func oneOrMore(r planned, one, several string) []string {
	words := r.words(several)
	if word := r.text(one); word != "" {
		words = append(words, word)
	}
	slices.Sort(words)
	return words
}

func (f facts) azureSubnet(name, cidr string, closed bool, delegation, nat, group, endpoints string) {
	f.put("subnet "+name+" range", cidr)
	f.put("subnet "+name+" own way out closed", closed)
	f.put("subnet "+name+" delegation", delegation)
	f.put("subnet "+name+" nat", strings.Trim(nat, "/"))
	f.put("subnet "+name+" security group", strings.Trim(group, "/"))
	f.put("subnet "+name+" endpoint policies", endpoints)
}

func (f facts) azureRule(name, direction, access, priority, protocol string, from, to, ports []string) {
	f.put("rule "+name, fmt.Sprintf("%s %s %s %s from %v to %v ports %v", direction, access, priority, strings.ToLower(protocol), from, to, ports))
}

func (f facts) azurePool(name, size, sizes, mode, image, disk, pods, version string, zones, taints []string, labels any) {
	key := "pool " + name
	f.put(key+" size", size)
	f.put(key+" nodes", sizes)
	f.put(key+" mode", mode)
	f.put(key+" image", image)
	f.put(key+" disk", disk)
	f.put(key+" pods", pods)
	f.put(key+" version", version)
	slices.Sort(zones)
	f.put(key+" zones", strings.Join(zones, ","))
	slices.Sort(taints)
	f.put(key+" taints", strings.Join(taints, ","))
	if m, _ := labels.(map[string]any); len(m) == 0 {
		labels = map[string]any{}
	}
	f.put(key+" labels", labels)
}

// azureLogs are the categories that a diagnostic setting sends to a workspace.
func (f facts) azureLogs(target, workspace, tables string, categories []string) {
	slices.Sort(categories)
	f.put("logs of "+azurePlace(target), categories)
	f.put("logs of "+azurePlace(target)+" go to", azurePlace(workspace)+" "+tables)
}

// azureAsked are the facts of a native module.
func azureAsked(resources []planned) facts {
	f := facts{}
	of := func(kind string) (list []planned) {
		for _, r := range resources {
			if r.Type == kind {
				list = append(list, r)
			}
		}
		return list
	}
	f.put("network range", of("azurerm_virtual_network")[0].list("address_space"))
	name := map[string]string{}
	for _, kind := range []string{"azurerm_nat_gateway", "azurerm_network_security_group"} {
		for _, r := range of(kind) {
			name[r.text("id")] = r.text("name")
		}
	}
	joined := map[string]string{}
	for _, r := range of("azurerm_subnet_nat_gateway_association") {
		joined["nat "+r.text("subnet_id")] = name[r.text("nat_gateway_id")]
	}
	for _, r := range of("azurerm_subnet_network_security_group_association") {
		joined["nsg "+r.text("subnet_id")] = name[r.text("network_security_group_id")]
	}
	for _, r := range of("azurerm_subnet") {
		id := r.text("id")
		f.azureSubnet(r.text("name"), r.text("address_prefixes", 0), !r.is("default_outbound_access_enabled"),
			r.text("delegation", 0, "service_delegation", 0, "name"), joined["nat "+id], joined["nsg "+id], r.text("private_endpoint_network_policies"))
	}
	for _, r := range of("azurerm_network_security_rule") {
		f.azureRule(r.text("network_security_group_name")+" "+r.text("name"), r.text("direction"), r.text("access"), r.text("priority"), r.text("protocol"),
			oneOrMore(r, "source_address_prefix", "source_address_prefixes"), oneOrMore(r, "destination_address_prefix", "destination_address_prefixes"), oneOrMore(r, "destination_port_range", "destination_port_ranges"))
	}
	for _, r := range of("azurerm_nat_gateway") {
		f.put("nat "+r.text("name"), r.text("sku_name")+" "+strings.Join(r.words("zones"), ","))
	}
	for _, r := range of("azurerm_log_analytics_workspace") {
		f.put("workspace "+r.text("name")+" days", r.at("retention_in_days"))
	}
	for _, r := range of("azurerm_container_registry") {
		f.put("registry "+r.text("name"), fmt.Sprintf("%s, admin %t, %s, untagged kept %s days", r.text("sku"), r.is("admin_enabled"),
			closed(!r.is("public_network_access_enabled")), r.text("retention_policy_in_days")))
	}
	for _, r := range of("azurerm_key_vault") {
		f.put("vault "+r.text("name"), fmt.Sprintf("%s, RBAC %t, purge protected %t, %s, %s days", r.text("sku_name"), r.is("rbac_authorization_enabled"),
			r.is("purge_protection_enabled"), closed(!r.is("public_network_access_enabled")), r.text("soft_delete_retention_days")))
	}
	for _, r := range of("azurerm_federated_identity_credential") {
		f.put("trust in "+r.text("subject"), strings.Join(r.words("audience"), ","))
	}
	f.azureRolesAsked(of)
	for _, r := range of("azurerm_monitor_diagnostic_setting") {
		var categories []string
		for i := range r.list("enabled_log") {
			categories = append(categories, r.text("enabled_log", i, "category"))
		}
		f.azureLogs(r.text("target_resource_id"), r.text("log_analytics_workspace_id"), r.text("log_analytics_destination_type"), categories)
	}
	f.azureClusterAsked(of("azurerm_kubernetes_cluster")[0])
	for _, r := range of("azurerm_kubernetes_cluster_node_pool") {
		f.azurePoolAsked(r)
		f.put("pool "+r.text("name")+" mode", r.text("mode"))
	}
	return f
}

func (f facts) azureRolesAsked(of func(string) []planned) {
	identities := map[string]string{cloudAnswers["azurerm_client_config"]["object_id"]: "whoever applies"}
	for _, r := range of("azurerm_user_assigned_identity") {
		identities[r.text("principal_id")] = r.text("name")
	}
	for _, r := range of("azurerm_role_assignment") {
		role := r.text("role_definition_name")
		if role == "" {
			role = path.Base(r.text("role_definition_id"))
		}
		f.azureRole(role, r.text("principal_id"), r.text("scope"), identities)
	}
}

func (f facts) azureClusterAsked(r planned) {
	f.put("cluster version", r.text("kubernetes_version"))
	f.put("cluster tier", r.text("sku_tier")+" "+r.text("support_plan"))
	f.put("cluster private", r.text("private_cluster_enabled"))
	f.put("cluster public name", r.text("private_cluster_public_fqdn_enabled"))
	f.put("cluster in the network", r.text("api_server_access_profile", 0, "virtual_network_integration_enabled"))
	f.put("cluster run command", r.is("run_command_enabled"))
	f.put("cluster local accounts", !r.is("local_account_disabled"))
	f.put("cluster Azure RBAC", r.text("azure_active_directory_role_based_access_control", 0, "azure_rbac_enabled"))
	f.put("cluster issuer", r.text("oidc_issuer_enabled"))
	f.put("cluster workload identity", r.text("workload_identity_enabled"))
	f.put("cluster key", r.text("key_management_service", 0, "key_vault_network_access"))
	var words []string
	for _, name := range []string{"network_plugin", "network_plugin_mode", "network_policy", "network_data_plane", "outbound_type", "pod_cidr", "service_cidr", "dns_service_ip"} {
		words = append(words, r.text("network_profile", 0, name))
	}
	f.put("cluster network", strings.Join(words, " "))
	f.put("cluster node image channel", r.text("node_os_upgrade_channel"))
	f.put("cluster node resource group", r.text("node_resource_group"))
	boots := r.text("bootstrap_profile", 0, "artifact_source")
	if boots == "" {
		boots = "Direct" // what Azure takes where nothing is said
	}
	f.put("cluster boots from", boots)
	pool, _ := r.at("default_node_pool", 0).(map[string]any)
	f.azurePoolAsked(planned{Values: pool})
	f.put("pool "+fmt.Sprint(pool["name"])+" mode", "System")
}

func (f facts) azurePoolAsked(r planned) {
	taints := r.words("node_taints")
	if r.is("only_critical_addons_enabled") {
		taints = append(taints, "CriticalAddonsOnly=true:NoSchedule") // what the provider makes of it
	}
	f.azurePool(r.text("name"), r.text("vm_size"), r.text("min_count")+" to "+r.text("max_count"), "", r.text("os_sku"), r.text("os_disk_type")+" "+r.text("os_disk_size_gb"),
		r.text("max_pods"), r.text("orchestrator_version"), r.words("zones"), taints, r.at("node_labels"))
}
