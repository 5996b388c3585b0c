package azureapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// profiles are the pools in the cluster's body.
func (w *write) profiles() []any { return listAt(w.body, "properties", "agentPoolProfiles") }

// clusterPools checks the pools in a cluster's body as far as they are the
// cluster's business; each pool is checked on its own when it is stored.
func clusterPools(w *write) error {
	profiles := w.profiles()
	if w.old == nil {
		if len(profiles) == 0 {
			return w.invalid("agentPoolProfiles", "A cluster must have at least one agent pool.")
		}
		system := false
		for _, p := range profiles {
			system = system || strings.EqualFold(textAt(p, "mode"), "System")
		}
		if !system {
			return w.invalid("agentPoolProfiles", "A cluster must have at least one agent pool of mode System.")
		}
		return w.oneNetwork()
	}
	if profiles == nil {
		return nil
	}
	have := map[string]*resource{}
	for _, pool := range w.below(w.old, "agentPools") {
		have[strings.ToLower(pool.Name)] = pool
	}
	specified, unchanged := 0, true
	for _, p := range profiles {
		name := strings.ToLower(textAt(p, "name"))
		pool := have[name]
		if pool == nil {
			return w.fail(http.StatusBadRequest, "BadRequest", "A new agent pool was introduced. Adding agent pools to an existing cluster is not allowed through managed cluster operations. For agent pool specific change, please use per agent pool operations: https://aka.ms/agent-pool-rest-api")
		}
		delete(have, name)
		if v := textAt(p, "orchestratorVersion"); v != "" {
			specified++
			unchanged = unchanged && v == textAt(pool.Properties, "orchestratorVersion")
		}
	}
	if len(have) > 0 {
		return w.fail(http.StatusBadRequest, "BadRequest", "An agent pool was left out. Removing agent pools is not allowed through managed cluster operations. For agent pool specific change, please use per agent pool operations: https://aka.ms/agent-pool-rest-api")
	}
	if w.upgrades() && (specified != 0 && specified != len(profiles) || specified > 0 && !unchanged && !w.rollsPools()) {
		return w.fail(http.StatusBadRequest, "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged", "Using managed cluster api, all Agent pools' OrchestratorVersion must be all specified or all unspecified. If all specified, they must be stay unchanged or the same with control plane. For agent pool specific change, please use per agent pool operations: https://aka.ms/agent-pool-rest-api")
	}
	return nil
}

// upgrades reports whether the body changes the control plane's version.
func (w *write) upgrades() bool {
	return w.old != nil && textAt(w.r.Properties, "kubernetesVersion") != textAt(w.old.Properties, "kubernetesVersion")
}

// rollsPools reports whether the body takes the pools along in an upgrade:
// none has a version, or all have the control plane's.
func (w *write) rollsPools() bool {
	version := textAt(w.body, "properties", "kubernetesVersion")
	for _, p := range w.profiles() {
		if v := textAt(p, "orchestratorVersion"); v != "" && v != version {
			return false
		}
	}
	return true
}

// oneNetwork: all pools are in one virtual network, or none is in the caller's.
func (w *write) oneNetwork() error {
	vnet := ""
	for i, p := range w.profiles() {
		id := textAt(p, "vnetSubnetID")
		at := "-"
		if s := w.get(id); s != nil {
			at = w.vnetOf(s).ID
		} else if id != "" {
			return w.invalid("agentPoolProfile.vnetSubnetID", "The subnet %s was not found.", id)
		}
		if i > 0 && at != vnet {
			return w.invalid("agentPoolProfile.vnetSubnetID", "All agent pools must be in the same virtual network.")
		}
		vnet = at
	}
	return nil
}

// storeCluster makes what comes with a cluster: its own group, its identity
// for nodes, its private names, and its pools.
func storeCluster(w *write) error {
	if w.old == nil {
		if err := w.nodeGroup(); err != nil {
			return err
		}
		if err := w.kubelet(); err != nil {
			return err
		}
		if err := w.privateName(); err != nil {
			return err
		}
	}
	if err := w.addonIdentities(); err != nil {
		return err
	}
	w.save(w.r)
	t := w.typeOf(poolType)
	roll := w.upgrades() && w.rollsPools()
	profiles := w.profiles()
	if profiles == nil && roll {
		for _, pool := range w.below(w.r, "agentPools") {
			profiles = append(profiles, merge(only(pool.Properties, poolInput()...), map[string]any{"name": pool.Name, "orchestratorVersion": nil}))
		}
	}
	for _, p := range profiles {
		given, _ := clone(p).(map[string]any)
		name := textAt(given, "name")
		delete(given, "name")
		a := w.addressOf(w.r)
		a.types, a.names = append(a.types, "agentPools"), append(a.names, name)
		if roll {
			given["orchestratorVersion"] = w.r.Properties["kubernetesVersion"]
		}
		pool, err := w.build(t, a, map[string]any{"properties": given}, w.get(a.id()))
		if err != nil {
			return err
		}
		if err := pool.store(); err != nil {
			return err
		}
	}
	return nil
}

// poolInput are the members of a pool that a body may have.
func poolInput() []string {
	var out []string
	for name, m := range poolFields() {
		if !m.output {
			out = append(out, name)
		}
	}
	return out
}

// nodePath is the path of something in the cluster's own group.
func (q *request) nodePath(cluster *resource, typeName, name string) string {
	path := "/subscriptions/" + cluster.subscription() + "/resourceGroups/" + textAt(cluster.Properties, "nodeResourceGroup")
	if typeName == "" {
		return path
	}
	return path + "/providers/" + typeName + "/" + name
}

func (w *write) nodeGroup() error {
	tags := map[string]any{"aks-managed-cluster-name": w.r.Name, "aks-managed-cluster-rg": w.groupAsWritten()}
	for name, v := range w.r.Tags {
		tags[name] = v
	}
	_, err := w.plant(w.nodePath(w.r, "", ""), map[string]any{"location": w.r.Location, "managedBy": w.r.Path, "tags": tags})
	return err
}

// kubelet gives the nodes an identity, unless the caller brought one.
func (w *write) kubelet() error {
	if objectAt(w.r.Properties, "identityProfile", "kubeletidentity") != nil {
		return nil
	}
	made, err := w.plantIdentity(w.r.Name + "-agentpool")
	if err != nil {
		return err
	}
	w.r.Properties["identityProfile"] = map[string]any{"kubeletidentity": made}
	return nil
}

// plantIdentity makes a managed identity in the cluster's own group.
func (w *write) plantIdentity(name string) (map[string]any, error) {
	r, err := w.plant(w.nodePath(w.r, identityType, name), map[string]any{"location": w.r.Location})
	if err != nil {
		return nil, err
	}
	return map[string]any{"resourceId": r.Path, "clientId": r.Properties["clientId"], "objectId": r.Properties["principalId"]}, nil
}

func (w *write) addonIdentities() error {
	profiles := objectAt(w.r.Properties, "addonProfiles")
	for _, name := range slices.Sorted(maps.Keys(profiles)) { // in order, so that ids are repeatable
		entry := objectAt(profiles[name])
		if !flagAt(entry, "enabled") || entry["identity"] != nil {
			continue
		}
		made, err := w.plantIdentity(strings.ToLower(name) + "-" + w.r.Name)
		if err != nil {
			return err
		}
		entry["identity"] = made
	}
	return nil
}

// linkOwner marks what a cluster made in zones that are not its own.
const linkOwner = "cluster"

// privateName puts the API server's private name into its zone: one of the
// cluster's own, or the caller's, linked to the cluster's network.
func (w *write) privateName() error {
	p := w.r.Properties
	access := objectAt(p, "apiServerAccessProfile")
	zoneID := textAt(access, "privateDNSZone")
	fqdn := textAt(p, "privateFQDN")
	if fqdn == "" || strings.EqualFold(zoneID, "none") {
		return nil
	}
	host, domain, _ := strings.Cut(fqdn, ".")
	var zone *resource
	if strings.HasPrefix(zoneID, "/") {
		zone = w.get(zoneID)
		host = strings.TrimSuffix(fqdn, "."+lastSegment(zoneID))
	} else {
		made, err := w.plant(w.nodePath(w.r, privateZoneType, domain), map[string]any{"location": "global"})
		if err != nil {
			return err
		}
		zone = made
	}
	address := w.apiAddress(access)
	record, err := w.recordIn(zone, "A", host, map[string]any{"ttl": 300, "aRecords": []any{map[string]any{"ipv4Address": address}}})
	if err != nil {
		return err
	}
	record.Kept = map[string]any{linkOwner: w.r.ID}
	w.save(record)
	return w.linkZone(zone, host)
}

// apiAddress is where the API server is reached in the network.
func (w *write) apiAddress(access map[string]any) string {
	subnet := w.get(textAt(access, "subnetId"))
	if subnet == nil {
		if nodes := w.nodeSubnets(); len(nodes) > 0 {
			subnet = nodes[0]
		}
	}
	if subnet != nil {
		taken := w.taken(subnet)
		for range w.neighbours(subnet) { // other clusters' API servers have the first addresses
			if a, ok := free(subnet, taken); ok {
				taken[a] = true
			}
		}
		if a, ok := free(subnet, taken); ok {
			return a.String()
		}
	}
	return "10.224.0.4" // in the network that AKS makes itself
}

// linkZone links the zone to the networks of the nodes, where it is not.
func (w *write) linkZone(zone *resource, name string) error {
	for _, vnet := range w.vnets() {
		linked := false
		for _, l := range w.below(zone, "virtualNetworkLinks") {
			linked = linked || strings.EqualFold(textAt(l.Properties, "virtualNetwork", "id"), vnet.ID)
		}
		if linked {
			continue
		}
		link, err := w.plant(zone.Path+"/virtualNetworkLinks/"+name, map[string]any{
			"location": "global", "properties": map[string]any{"virtualNetwork": map[string]any{"id": vnet.Path}, "registrationEnabled": false},
		})
		if err != nil {
			return err
		}
		link.Kept = map[string]any{linkOwner: w.r.ID}
		w.save(link)
	}
	return nil
}

// goneCluster takes along what the cluster had made: its own group, and its
// name in the caller's zone.
func goneCluster(q *request, r *resource, _ []*resource) {
	if group := q.get(q.nodePath(r, "", "")); group != nil {
		q.drop(group)
	}
	for _, typeName := range []string{privateZoneType + "/A", zoneLinkType} {
		for _, made := range q.all(typeName) {
			if textAt(made.Kept, linkOwner) == r.ID {
				q.drop(made)
			}
		}
	}
}

func showCluster(q *request, r *resource, out map[string]any) {
	p := objectAt(out, "properties")
	pools := []any{}
	for _, pool := range q.below(r, "agentPools") {
		profile := objectAt(q.render(pool), "properties")
		profile["name"] = pool.Name
		pools = append(pools, profile)
	}
	p["agentPoolProfiles"] = pools
	if access := objectAt(p, "apiServerAccessProfile"); flagAt(access, "enablePrivateCluster") && !flagAt(access, "enableVnetIntegration") {
		p["privateLinkResources"] = []any{managementLink(r)}
	}
	if len(objectAt(p, "apiServerAccessProfile")) == 0 {
		delete(p, "apiServerAccessProfile")
	}
	if objectAt(p, "autoUpgradeProfile") == nil {
		p["autoUpgradeProfile"] = map[string]any{}
	}
	out["systemData"] = systemData(r)
}

func managementLink(r *resource) map[string]any {
	return map[string]any{
		"id": r.Path + "/privateLinkResources/management", "name": "management", "type": clusterType + "/privateLinkResources",
		"groupId": "management", "requiredMembers": []string{"management"},
	}
}
