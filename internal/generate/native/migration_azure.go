package native

import "strings"

// azureImports are the addresses of a native AKS module with the ids of the
// objects that kready made. Azure's ids are the same for everybody.
func (c *standing) azureImports() []imported {
	rows := &importRows{}
	c.azureNetworkImports(rows)
	c.azurePlaneImports(rows)
	born := defaultPool(c.design)
	for name := range c.design.NodePools {
		if key := name + "/all"; key != born {
			rows.add(keyed("azurerm_kubernetes_cluster_node_pool.this", key), c.objects["node_pool/"+name]["pool"])
		}
	}
	for component, id := range c.objects["registry"] {
		kind, key, _ := strings.Cut(component, "/")
		switch kind {
		case "registry":
			rows.add("azurerm_container_registry.this[0]", id)
		case "private-endpoint":
			rows.add("azurerm_private_endpoint.registry[0]", id)
		case "cache-rule":
			rows.add(keyed("azurerm_container_registry_cache_rule.this", key), id)
		case "role-assignment":
			rows.add(keyed("azurerm_role_assignment.push", strings.TrimPrefix(key, "push-")), id)
		}
	}
	for component, id := range c.objects["vault"] {
		kind, key, _ := strings.Cut(component, "/")
		switch kind {
		case "vault":
			rows.add(keyed("azurerm_key_vault.vault", key), id)
		case "private-endpoint":
			rows.add(keyed("azurerm_private_endpoint.vault", key), id)
		}
	}
	for name := range c.design.WorkloadIdentities {
		for component, id := range c.objects["identity/"+name] {
			kind, key, _ := strings.Cut(component, "/")
			switch kind {
			case "identity":
				rows.add(keyed("azurerm_user_assigned_identity.workload", name), id)
			case "federated-credential":
				rows.add(keyed("azurerm_federated_identity_credential.workload", name), id)
			case "role-assignment":
				rows.add(keyed("azurerm_role_assignment.workload", name+"/"+key), id)
			}
		}
	}
	return rows.list
}

func (c *standing) azureNetworkImports(rows *importRows) {
	network, objects := *c.design.Network, c.objects["network"]
	singles := map[string]string{
		"resource-group": "azurerm_resource_group.this[0]", "vnet": "azurerm_virtual_network.this", "workspace": "azurerm_log_analytics_workspace.this[0]",
		"flow-log": "azurerm_network_watcher_flow_log.this[0]", "storage-account/flow-logs": "azurerm_storage_account.flow_logs[0]",
	}
	lists := map[string]string{
		"subnet": "azurerm_subnet.this", "nsg": "azurerm_network_security_group.this", "route-table": "azurerm_route_table.this", "nat": "azurerm_nat_gateway.this",
		"public-ip": "azurerm_public_ip.nat", "private-dns-zone": "azurerm_private_dns_zone.this", "dns-link": "azurerm_private_dns_zone_virtual_network_link.this",
	}
	for component, id := range objects {
		kind, key, _ := strings.Cut(component, "/")
		if to := singles[component]; to != "" {
			rows.add(to, id)
		} else if to := lists[kind]; to != "" {
			rows.add(keyed(to, key), id)
		}
		switch kind {
		case "nsg":
			rows.add(keyed("azurerm_subnet_network_security_group_association.this", key), objects["subnet/"+key])
			for name := range network.Azure.SecurityGroups[key].Rules {
				rows.add(keyed("azurerm_network_security_rule.this", key+"/"+name), id+"/securityRules/"+name)
			}
		case "nat":
			rows.add(keyed("azurerm_nat_gateway_public_ip_association.this", key), id+"|"+objects["public-ip/"+key])
		case "route-table":
			rows.add(keyed("azurerm_route.next_hop", key), id+"/routes/default")
		}
	}
	for key, subnet := range network.Subnets {
		if subnet.NATGateway != "" {
			rows.add(keyed("azurerm_subnet_nat_gateway_association.this", key), objects["subnet/"+key])
		}
		if subnet.RouteTable != "" {
			rows.add(keyed("azurerm_subnet_route_table_association.this", key), objects["subnet/"+key])
		}
	}
}

func (c *standing) azurePlaneImports(rows *importRows) {
	plane, objects := *c.design.ControlPlane, c.objects["cluster"]
	for component, id := range objects {
		kind, key, _ := strings.Cut(component, "/")
		switch kind {
		case "cluster":
			rows.add("azurerm_kubernetes_cluster.this", id)
		case "identity":
			rows.add(keyed("azurerm_user_assigned_identity.cluster", component), id)
		case "key-vault":
			rows.add("azurerm_key_vault.cluster[0]", id)
		case "diagnostic-setting":
			rows.add("azurerm_monitor_diagnostic_setting.cluster[0]", objects["cluster"]+"|kready")
		case "lock":
			rows.add("azurerm_management_lock.cluster[0]", id)
		case "role-assignment":
			if _, own := plane.Azure.RoleAssignments[key]; own {
				rows.add(keyed("azurerm_role_assignment.cluster", key), id)
			} else {
				rows.add(keyed("azurerm_role_assignment.access", key), id)
			}
		}
	}
}
