package azureapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// putPool fills and checks one pool of a cluster, whether it came in the
// cluster's body or on its own.
func putPool(w *write) error {
	if !strings.EqualFold(textAt(w.r.Properties, "osType"), "Windows") || len(w.r.Name) <= 6 {
		for _, check := range []func(*write) error{poolSize, poolScale, poolVersion, poolNetwork, poolRole, poolQuota} {
			if err := check(w); err != nil {
				return err
			}
		}
		fillPool(w)
		return nil
	}
	return w.invalid("agentPoolProfile.name", "The name of a Windows agent pool can have 6 characters at most. Please see https://aka.ms/aks-naming-rules for more details.")
}

// fillPool adds what AKS sets on its own.
func fillPool(w *write) {
	p := w.r.Properties
	usual := func(name string, v any) {
		if p[name] == nil {
			p[name] = clone(v)
		}
	}
	usual("powerState", map[string]any{"code": "Running"})
	upgrade, security := objectAt(p, "upgradeSettings"), objectAt(p, "securityProfile")
	if upgrade == nil {
		upgrade = map[string]any{}
		p["upgradeSettings"] = upgrade
	}
	for name, v := range map[string]any{"maxSurge": "10%", "maxUnavailable": "0"} {
		if upgrade[name] == nil {
			upgrade[name] = v
		}
	}
	if security == nil {
		security = map[string]any{}
		p["securityProfile"] = security
	}
	for name, v := range map[string]any{"enableSecureBoot": false, "enableVTPM": false, "sshAccess": "LocalUser"} {
		if security[name] == nil {
			security[name] = v
		}
	}
	if textAt(p, "scaleSetPriority") == "Spot" {
		usual("scaleSetEvictionPolicy", "Delete")
		usual("spotMaxPrice", -1)
		const spot = "kubernetes.azure.com/scalesetpriority"
		labels := objectAt(p, "nodeLabels")
		if labels == nil {
			labels = map[string]any{}
			p["nodeLabels"] = labels
		}
		labels[spot] = "spot"
		if taints := textsAt(p, "nodeTaints"); !slices.Contains(taints, spot+"=spot:NoSchedule") {
			p["nodeTaints"] = clone(append(taints, spot+"=spot:NoSchedule"))
		}
	}
	if w.old == nil || w.old.Properties["nodeImageVersion"] == nil ||
		textAt(w.old.Properties, "currentOrchestratorVersion") != textAt(p, "currentOrchestratorVersion") || !same(w.old.Properties["osSKU"], p["osSKU"]) {
		p["nodeImageVersion"] = w.nodeImage(w.r)
	}
}

// poolSize checks the machines: their size, their disk, their system.
func poolSize(w *write) error {
	p := w.r.Properties
	s, ok := sizeOf(textAt(p, "vmSize"))
	if textAt(p, "vmSize") == "" {
		s, ok = sizeOf("Standard_D4ds_v5")
		p["vmSize"] = s.name
	}
	if !ok || w.tx.Setting("azure/restricted/"+w.parent.Location+"/"+s.name, "") != "" {
		return w.fail(http.StatusBadRequest, "VMSizeNotSupported", "The VM size of %s is not allowed in your subscription in location '%s'. For more details, please visit https://aka.ms/cpu-quota.", textAt(p, "vmSize"), w.parent.Location)
	}
	if s.vcpus < 2 {
		return w.fail(http.StatusBadRequest, "VMSizeNotSupported", "The VM size %s has %d vCPU; agent pools need 2.", s.name, s.vcpus)
	}
	if textAt(p, "mode") == "System" && (s.burstable() || s.vcpus < 4 || s.memoryGB < 4) {
		return w.fail(http.StatusBadRequest, "SystemPoolSkuTooLow", "The VM size %s of agent pool %s is not fit for system pools: they need 4 vCPUs and 4 GB of memory or more, and no B series. See https://aka.ms/aks/system-pool-sku.", s.name, w.r.Name)
	}
	windows := textAt(p, "osType") == "Windows"
	if windows && (textAt(p, "mode") == "System" || textAt(w.parent.Properties, "networkProfile", "outboundType") == "none" || textAt(w.parent.Properties, "networkProfile", "networkDataplane") == "cilium") {
		return w.invalid("agentPoolProfile.osType", "Windows is for user pools only, and neither for isolated clusters nor for dataplane cilium.")
	}
	if p["osSKU"] == nil {
		p["osSKU"] = map[bool]string{false: "Ubuntu", true: "Windows2022"}[windows]
	}
	if windows != (textAt(p, "osSKU") == "Windows2022") {
		return w.invalid("agentPoolProfile.osSKU", "%s does not go with osType %s.", textAt(p, "osSKU"), textAt(p, "osType"))
	}
	return w.osDisk(s)
}

func (w *write) osDisk(s vmSize) error {
	p := w.r.Properties
	wanted := numberAt(p, "osDiskSizeGB")
	if p["osDiskType"] == nil {
		p["osDiskType"] = "Managed"
		if s.ephemeralGB >= max(wanted, 128) || wanted == 0 && s.ephemeralGB >= 30 {
			p["osDiskType"] = "Ephemeral"
		}
	}
	if wanted == 0 {
		wanted = 128
		if textAt(p, "osDiskType") == "Ephemeral" {
			wanted = min(wanted, s.ephemeralGB)
		}
		p["osDiskSizeGB"] = float64(wanted)
	}
	switch {
	case wanted < 30:
		return w.invalid("agentPoolProfile.osDiskSizeGB", "It must be 30 or more; it is %d.", wanted)
	case textAt(p, "osDiskType") == "Ephemeral" && wanted > s.ephemeralGB:
		return w.fail(http.StatusBadRequest, "VMTemporaryDiskTooSmall", "The virtual machine size %s has a cache or temporary disk of %d GB, but the OS disk requires %d GB. Use a VM size with larger cache or temporary disk, a smaller OS disk, or osDiskType Managed.", s.name, s.ephemeralGB, wanted)
	}
	return nil
}

// poolScale checks how many machines there are, and where.
func poolScale(w *write) error {
	p := w.r.Properties
	auto, system := flagAt(p, "enableAutoScaling"), textAt(p, "mode") == "System"
	low, high := numberAt(p, "minCount"), numberAt(p, "maxCount")
	floor := 0
	if system {
		floor = 1
	}
	if p["count"] == nil {
		p["count"] = float64(max(1, low))
		if w.old != nil {
			p["count"] = w.old.Properties["count"]
		}
	}
	switch {
	case !auto && (p["minCount"] != nil || p["maxCount"] != nil):
		return w.invalid("agentPoolProfile.minCount", "minCount and maxCount require enableAutoScaling.")
	case auto && (p["minCount"] == nil || p["maxCount"] == nil || low > high || low < floor || high < 1):
		return w.invalid("agentPoolProfile.minCount", "With enableAutoScaling, minCount and maxCount are required, from %d to 1000, and minCount is not above maxCount; they are %d and %d.", floor, low, high)
	}
	if auto && w.old != nil && flagAt(w.old.Properties, "enableAutoScaling") {
		p["count"] = float64(min(max(numberAt(w.old.Properties, "count"), low), high)) // the autoscaler's, not the caller's
	}
	n := numberAt(p, "count")
	switch {
	case auto && (n < low || n > high):
		return w.invalid("agentPoolProfile.count", "It must be from minCount %d to maxCount %d; it is %d.", low, high, n)
	case n < floor:
		return w.invalid("agentPoolProfile.count", "A system pool has one node or more.")
	}
	for _, z := range textsAt(p, "availabilityZones") {
		if !slices.Contains(locations[w.parent.Location].zones(), z) {
			return w.fail(http.StatusBadRequest, "AvailabilityZoneNotSupported", "Preflight validation check for resource(s) for container service %s failed. Message: The zone(s) '%s' for resource 'agentPoolProfile' is not supported. The supported zones for location '%s' are '%s'.",
				w.parent.Name, z, w.parent.Location, strings.Join(locations[w.parent.Location].zones(), ","))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(objectAt(p, "nodeLabels"))) {
		if strings.HasPrefix(name, "kubernetes.azure.com/") && name != "kubernetes.azure.com/scalesetpriority" {
			return w.invalid("agentPoolProfile.nodeLabels", "The label %s has the prefix kubernetes.azure.com, which is reserved.", name)
		}
	}
	return nil
}

// poolVersion resolves the pool's version, which is never above the control
// plane's.
func poolVersion(w *write) error {
	p := w.r.Properties
	cluster := w.parent.Properties
	top, _ := parseVersion(textAt(cluster, "currentKubernetesVersion"))
	asked := textAt(p, "orchestratorVersion")
	if asked == "" {
		asked = textAt(cluster, "kubernetesVersion")
		p["orchestratorVersion"] = asked
	}
	if w.old != nil && asked == textAt(w.old.Properties, "orchestratorVersion") {
		p["currentOrchestratorVersion"] = w.old.Properties["currentOrchestratorVersion"]
		return nil
	}
	full := top
	if k, ok := parseVersion(asked); !ok || k.minor != top.minor || k.patch >= 0 {
		var err error
		if full, err = w.offered(asked, textAt(cluster, "supportPlan"), w.parent.Name); err != nil {
			return err
		}
	}
	switch {
	case full.minor > top.minor || full.minor == top.minor && full.patch > top.patch:
		return w.fail(http.StatusBadRequest, "NodePoolMcVersionIncompatible", "Node pool version %s and control plane version %s are incompatible. Minor version of node pool version %d is bigger than control plane version's %d. For more information, please check https://aka.ms/aks/UpgradeVersionRules", full, top, full.minor, top.minor)
	case top.minor-full.minor > 3:
		return w.fail(http.StatusBadRequest, "NodePoolMcVersionIncompatible", "Node pool version %s and control plane version %s are incompatible. Node pool version is more than 3 minor versions behind. For more information, please check https://aka.ms/aks/UpgradeVersionRules", full, top)
	}
	if w.old != nil {
		before, _ := parseVersion(textAt(w.old.Properties, "currentOrchestratorVersion"))
		if full.minor < before.minor || full.minor == before.minor && full.patch < before.patch {
			return w.fail(http.StatusBadRequest, "BadRequest", "Downgrading Kubernetes version %s to %s is not allowed.", before, full)
		}
	}
	p["currentOrchestratorVersion"] = full.String()
	return nil
}

// poolRole keeps one system pool in every cluster.
func poolRole(w *write) error {
	if w.old == nil || textAt(w.old.Properties, "mode") != "System" || textAt(w.r.Properties, "mode") == "System" {
		return nil
	}
	return lastSystemPool(w.request, w.r)
}

func lastSystemPool(q *request, r *resource) error {
	for _, pool := range q.children(r.ID[:strings.LastIndex(r.ID, "/agentpools/")], poolType) {
		if pool.ID != r.ID && textAt(pool.Properties, "mode") == "System" && pool.State != "Deleting" {
			return nil
		}
	}
	refusal := refuse(http.StatusBadRequest, "OperationNotAllowed", "There has to be at least one system agent pool in the cluster: %s is the last.", r.Name)
	refusal.bare = true
	return refusal
}

// poolQuota holds the vCPUs of the pool against the subscription's limits.
func poolQuota(w *write) error {
	at := w.parent.Location
	s, _ := sizeOf(textAt(w.r.Properties, "vmSize"))
	wanted := numberAt(w.r.Properties, "count") * s.vcpus
	if w.old != nil {
		wanted -= numberAt(w.old.Properties, "count") * s.vcpus
	}
	if wanted <= 0 {
		return nil
	}
	limit, used := w.coreLimits(at), w.coresUsed(at)
	for _, name := range []string{totalCores, s.family} {
		if left := limit[name] - used[name]; wanted > left {
			return w.fail(http.StatusBadRequest, "ErrCode_InsufficientVCPUQuota", "Insufficient vcpu quota requested %d, remaining %d for family %s for region %s. If you want to increase the quota, please follow this instruction: https://learn.microsoft.com/en-us/azure/quotas/view-quotas.", wanted, left, name, at)
		}
	}
	return nil
}

// scaleSet is the path of a pool's machines in the cluster's own group.
func (q *request) scaleSet(cluster, pool *resource) string {
	number := derived(q.tx.Realm(), cluster.ID)
	return q.nodePath(cluster, scaleSetType, fmt.Sprintf("aks-%s-%s-vmss", pool.Name, strings.ReplaceAll(number, "-", "")[:8]))
}

// storePool makes the pool's machines.
func storePool(w *write) error {
	p := w.r.Properties
	body := map[string]any{
		"location": w.parent.Location, "tags": map[string]any{"aks-managed-poolName": w.r.Name, "aks-managed-orchestrator": "Kubernetes:" + textAt(p, "currentOrchestratorVersion")},
		"sku":        map[string]any{"name": p["vmSize"], "tier": "Standard", "capacity": p["count"]},
		"properties": map[string]any{"orchestrationMode": "Uniform"},
	}
	if zones := listAt(p, "availabilityZones"); len(zones) > 0 {
		body["zones"] = zones
	}
	_, err := w.plant(w.scaleSet(w.parent, w.r), body)
	return err
}

func gonePool(q *request, r *resource, _ []*resource) {
	cluster := q.get(r.ID[:strings.LastIndex(r.ID, "/agentpools/")])
	if cluster == nil {
		return // its group went with it
	}
	if machines := q.get(q.scaleSet(cluster, r)); machines != nil {
		q.drop(machines)
	}
}

func removePool(q *request, r *resource) error {
	if textAt(r.Properties, "mode") != "System" {
		return nil
	}
	return lastSystemPool(q, r)
}

// showPool: a pool is where its cluster is while the cluster is being written.
func showPool(q *request, r *resource, out map[string]any) {
	p := objectAt(out, "properties")
	p["eTag"] = r.ETag
	delete(out, "eTag")
	if r.Operation == "" {
		if cluster := q.above(r); cluster != nil && cluster.State != "" {
			p["provisioningState"] = cluster.State
		}
	}
}

// upgradeNodeImage rolls a pool to the newest image of its version.
func upgradeNodeImage(q *request, r *resource) (*sandbox.Response, error) {
	t := q.typeOf(poolType)
	if err := q.mayChange(t, r.ID, r); err != nil {
		return nil, err
	}
	if err := q.unlocked(r.ID, false); err != nil {
		return nil, err
	}
	newest := q.nodeImage(r)
	if textAt(r.Properties, "nodeImageVersion") == newest {
		return q.answer(t, r, http.StatusOK), nil
	}
	r.Kept = map[string]any{"image": newest}
	r.State = "UpgradingNodeImageVersion"
	q.touch(r)
	o := q.begin(t, r, http.MethodPost)
	answer := q.answer(t, r, http.StatusAccepted)
	q.announce(answer.Header, o, byStatus)
	return answer, nil
}

func poolDone(q *request, r *resource) {
	if image := textAt(r.Kept, "image"); image != "" {
		r.Properties["nodeImageVersion"] = image
		r.Kept = nil
		q.save(r)
	}
}
