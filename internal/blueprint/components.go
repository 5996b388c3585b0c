package blueprint

import (
	"maps"
	"slices"
	"strings"
)

// Component keys are how people, plans, budgets and crash tests name a cloud
// object: kind/name, where the name is a key of the design. They are for life.

// RouteTableKey is the route table that a subnet with this default route
// uses: one table for each way out, "local" for none.
func RouteTableKey(routeTo string) string {
	if routeTo == "" {
		return "local"
	}
	return strings.ReplaceAll(routeTo, "/", "-")
}

// Main implements [Section].
func (d NetworkDesign) Main() string {
	if d.Cloud == CloudAzure {
		return "vnet"
	}
	return "vpc"
}

// Components implements [Section].
func (d NetworkDesign) Components() []string {
	if d.Cloud == CloudAzure {
		return d.azureComponents()
	}
	keys := set{"vpc": {}}
	for _, cidr := range d.PodCIDRs {
		keys.add("pod-range/" + cidr)
	}
	interfaces := false
	for key, subnet := range d.Subnets {
		keys.add("subnet/" + key)
		if subnet.RouteTo != routeGiven {
			keys.add("route-table/" + RouteTableKey(subnet.RouteTo))
		}
		for _, cidr := range subnet.Reservations {
			keys.add("prefix-reservation/" + cidr)
		}
		if subnet.RouteTo == "internet" {
			keys.add("internet-gateway")
		}
	}
	for key, gateway := range d.NATGateways {
		keys.add("nat/" + key)
		for address := range gateway.AddressKeys(key) {
			keys.add("address/" + address)
		}
		keys.add("internet-gateway")
	}
	for service, endpoint := range d.Endpoints {
		keys.add("endpoint/" + service)
		interfaces = interfaces || endpoint.Type == "interface"
	}
	if interfaces {
		keys.add("security-group/endpoints")
	}
	for name := range d.Connections {
		keys.add("connection/" + name)
	}
	if d.FlowLogs != nil {
		keys.add("flow-log")
		keys.add("log-group/flow-logs")
		keys.add("role/flow-logs")
	}
	return keys.sorted()
}

// Main implements [Section].
func (d ControlPlaneDesign) Main() string { return "cluster" }

// Components implements [Section].
func (d ControlPlaneDesign) Components() []string {
	if d.Cloud == CloudAzure {
		return d.azureComponents()
	}
	keys := set{"cluster": {}, "security-group/control-plane": {}}
	if len(d.LogTypes) > 0 {
		keys.add("log-group")
	}
	if d.ClusterRole == "" {
		keys.add("role/cluster")
	}
	if d.NodeRole == "" {
		keys.add("role/node")
	}
	if d.Encryption == "own" {
		keys.add("key")
		keys.add("key-alias")
	}
	for key := range d.AccessEntries {
		keys.add("access-entry/" + key)
	}
	for name, addon := range d.Addons {
		keys.add("addon/" + name)
		if addon.Grant != "" {
			keys.add("role/" + name)
		}
	}
	if d.Identity == "irsa" {
		keys.add("oidc-provider")
	}
	return keys.sorted()
}

// Main implements [Section].
func (d NodePoolDesign) Main() string {
	if d.Cloud == CloudAzure {
		return "pool"
	}
	return "launch-template"
}

// Components implements [Section].
func (d NodePoolDesign) Components() []string {
	keys := set{d.Main(): {}}
	if d.Cloud == CloudAzure {
		return keys.sorted()
	}
	for key := range d.Groups {
		keys.add("group/" + key)
	}
	return keys.sorted()
}

// KarpenterEvents are the EventBridge rules that feed Karpenter's
// interruption queue.
var KarpenterEvents = []string{"health", "rebalance", "spot-interruption", "state-change"}

// Main implements [Section]. Add-ons have no main object.
func (d AddonsDesign) Main() string { return "" }

// Components implements [Section].
func (d AddonsDesign) Components() []string {
	if d.Cloud == CloudAzure {
		return d.azureComponents()
	}
	keys := set{}
	for name, addon := range d.Addons {
		keys.add("addon/" + name)
		if addon.Grant != "" {
			keys.add("role/" + name)
		}
	}
	switch d.Autoscaling {
	case AutoscalingCluster:
		keys.add("role/cluster-autoscaler")
		keys.add("pod-identity/cluster-autoscaler")
	case AutoscalingKarpenter:
		keys.add("role/karpenter")
		keys.add("pod-identity/karpenter")
		keys.add("queue/karpenter")
		for _, event := range KarpenterEvents {
			keys.add("rule/karpenter-" + event)
		}
	}
	if d.Identity == "irsa" {
		for key := range keys {
			if strings.HasPrefix(key, "pod-identity/") {
				delete(keys, key)
			}
		}
	}
	return keys.sorted()
}

// Main implements [Section].
func (d RegistryDesign) Main() string {
	if d.Cloud == CloudAzure {
		return "registry"
	}
	return "key"
}

// Components implements [Section].
func (d RegistryDesign) Components() []string {
	if d.Cloud == CloudAzure {
		return d.azureComponents()
	}
	keys := set{"key": {}, "key-alias": {}}
	for key := range d.Repositories {
		keys.add("repository/" + key)
	}
	return keys.sorted()
}

// Main implements [Section]. Vaults stand side by side.
func (d VaultDesign) Main() string { return "" }

// Components implements [Section].
func (d VaultDesign) Components() []string {
	if d.Cloud == CloudAzure {
		return d.azureComponents()
	}
	keys := set{}
	for name := range d.Vaults {
		keys.add("key/" + name)
		keys.add("key-alias/" + name)
	}
	return keys.sorted()
}

// Main implements [Section].
func (d WorkloadIdentityDesign) Main() string {
	if d.Cloud == CloudAzure {
		return "identity"
	}
	return "role"
}

// Components implements [Section].
func (d WorkloadIdentityDesign) Components() []string {
	if d.Cloud == CloudAzure {
		return d.azureComponents()
	}
	keys := set{"role": {}}
	if d.Identity == "pod_identity" {
		keys.add("pod-identity")
	}
	return keys.sorted()
}

type set map[string]struct{}

func (s set) add(key string) { s[key] = struct{}{} }

func (s set) sorted() []string { return slices.Sorted(maps.Keys(s)) }
