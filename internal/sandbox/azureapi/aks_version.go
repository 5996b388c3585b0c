package azureapi

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// release is one minor version of Kubernetes on AKS.
type release struct {
	minor    int // of 1.x
	patches  []int
	official bool // supported for everybody; else for long-term support only
	longTerm bool
	preview  bool
}

// releases are what AKS offers, oldest first, as of 2026-11. Source:
// learn.microsoft.com, "Supported Kubernetes versions in AKS".
var releases = []release{
	{minor: 31, patches: []int{12, 13}, longTerm: true},
	{minor: 32, patches: []int{9, 10}, longTerm: true},
	{minor: 33, patches: []int{7, 8}, longTerm: true},
	{minor: 34, patches: []int{5, 6}, official: true, longTerm: true},
	{minor: 35, patches: []int{3, 4}, official: true, longTerm: true},
	{minor: 36, patches: []int{1, 2}, official: true, longTerm: true},
	{minor: 37, patches: []int{0}, preview: true},
}

// defaultMinor is the version of a cluster that asks for none.
const defaultMinor = 35

// kubernetes is a version of Kubernetes; patch is -1 when only the minor is
// given.
type kubernetes struct{ minor, patch int }

func (k kubernetes) String() string {
	if k.patch < 0 {
		return fmt.Sprintf("1.%d", k.minor)
	}
	return fmt.Sprintf("1.%d.%d", k.minor, k.patch)
}

func parseVersion(s string) (kubernetes, bool) {
	parts := strings.Split(s, ".")
	if len(parts) < 2 || len(parts) > 3 || parts[0] != "1" {
		return kubernetes{}, false
	}
	k := kubernetes{patch: -1}
	var err error
	if k.minor, err = strconv.Atoi(parts[1]); err != nil {
		return kubernetes{}, false
	}
	if len(parts) == 3 {
		if k.patch, err = strconv.Atoi(parts[2]); err != nil {
			return kubernetes{}, false
		}
	}
	return k, true
}

// newest is the version with its patch: the given one, or the newest there is.
func (r release) newest(k kubernetes) (kubernetes, bool) {
	if k.patch < 0 && len(r.patches) > 0 {
		return kubernetes{k.minor, r.patches[len(r.patches)-1]}, true
	}
	for _, p := range r.patches {
		if p == k.patch {
			return k, true
		}
	}
	return k, false
}

func releaseOf(minor int) (release, bool) {
	for _, r := range releases {
		if r.minor == minor {
			return r, true
		}
	}
	return release{}, false
}

// offered resolves a version that a caller asks for.
func (w *write) offered(asked, plan, name string) (kubernetes, error) {
	k, ok := parseVersion(asked)
	if !ok {
		return k, w.invalid("kubernetesVersion", "%s is not a version of Kubernetes.", asked)
	}
	r, known := releaseOf(k.minor)
	full, patched := r.newest(kubernetes{k.minor, k.patch})
	if !known || !patched {
		return k, w.fail(http.StatusBadRequest, "K8sVersionNotSupported",
			"Managed cluster %s is on version %s, which is not supported in this region. Please use [az aks get-versions] command to get the supported version list in this region. For more information, please check https://aka.ms/supported-version-list", name, asked)
	}
	if !r.official && !r.preview && plan != "AKSLongTermSupport" {
		return k, w.fail(http.StatusBadRequest, "K8sVersionNotSupported",
			"Managed cluster %s is on version %s, which is only available for Long-Term Support (LTS). If you intend to onboard to LTS, please ensure the cluster is in Premium tier and LTS support plan.", name, asked)
	}
	if !r.longTerm && plan == "AKSLongTermSupport" {
		return k, w.fail(http.StatusBadRequest, "K8sVersionNotSupported", "Version %s of managed cluster %s does not support the plan AKSLongTermSupport.", asked, name)
	}
	return full, nil
}

// clusterVersion resolves the control plane's version and checks the step to
// it from the present one.
func clusterVersion(w *write) error {
	p := w.r.Properties
	plan := textAt(p, "supportPlan")
	if plan == "AKSLongTermSupport" && textAt(w.r.SKU, "tier") != "Premium" {
		return w.fail(http.StatusBadRequest, "BadRequest", "Long-Term Support (LTS) is only available in the Premium tier; the tier of managed cluster %s is %s.", w.r.Name, textAt(w.r.SKU, "tier"))
	}
	if plan != "AKSLongTermSupport" && textAt(w.r.SKU, "tier") == "Premium" {
		return w.fail(http.StatusBadRequest, "BadRequest", "The Premium tier goes with the support plan AKSLongTermSupport; the plan of managed cluster %s is %s.", w.r.Name, plan)
	}
	asked := textAt(p, "kubernetesVersion")
	if asked == "" {
		asked = kubernetes{defaultMinor, -1}.String()
		p["kubernetesVersion"] = asked
	}
	if w.old != nil && asked == textAt(w.old.Properties, "kubernetesVersion") {
		p["currentKubernetesVersion"] = w.old.Properties["currentKubernetesVersion"]
		return nil
	}
	full, err := w.offered(asked, plan, w.r.Name)
	if err != nil {
		return err
	}
	if w.old == nil {
		p["currentKubernetesVersion"] = full.String()
		return nil
	}
	now, _ := parseVersion(textAt(w.old.Properties, "currentKubernetesVersion"))
	asksMinor, _ := parseVersion(asked)
	if asksMinor.patch < 0 && asksMinor.minor == now.minor { // 1.34.5 → 1.34 is no upgrade
		p["currentKubernetesVersion"] = now.String()
		return nil
	}
	if err := w.step(now, full, plan); err != nil {
		return err
	}
	p["currentKubernetesVersion"] = full.String()
	return nil
}

// step checks an upgrade of the control plane: forward, one minor at a time
// except between long-term versions, and no node pool left too far behind.
func (w *write) step(now, next kubernetes, plan string) error {
	switch {
	case next.minor < now.minor || next.minor == now.minor && next.patch < now.patch:
		return w.fail(http.StatusBadRequest, "BadRequest", "Downgrading Kubernetes version %s to %s is not allowed.", now, next)
	case next.minor > now.minor+1 && plan != "AKSLongTermSupport":
		return w.fail(http.StatusBadRequest, "BadRequest", "Upgrading Kubernetes version %s to %s is not allowed. Available upgrades: %v. Please see https://aka.ms/aks-supported-k8s-ver for version details.", now, next, upgradesFrom(now, plan))
	}
	for _, pool := range w.below(w.old, "agentPools") {
		v, _ := parseVersion(textAt(pool.Properties, "currentOrchestratorVersion"))
		if next.minor-v.minor > 3 && !w.rollsPools() {
			return w.fail(http.StatusBadRequest, "NodePoolMcVersionIncompatible",
				"Node pool version %s and control plane version %s are incompatible. Minor version of node pool version %d is less than control plane's minor version by more than 3. For more information, please check https://aka.ms/aks/UpgradeVersionRules", v, next, v.minor)
		}
	}
	return nil
}

// upgradesFrom lists where a control plane may go.
func upgradesFrom(now kubernetes, plan string) []string {
	out := []string{}
	for _, r := range releases {
		held := r.longTerm && plan == "AKSLongTermSupport"
		far := r.minor > now.minor+1
		if r.minor < now.minor || far && !held || !r.official && !held {
			continue
		}
		for _, p := range r.patches {
			if r.minor > now.minor || p > now.patch {
				out = append(out, kubernetes{r.minor, p}.String())
			}
		}
	}
	return out
}

func listVersions(q *request) (*sandbox.Response, error) {
	if _, err := q.locationAsked(); err != nil {
		return nil, err
	}
	out := []any{}
	for _, r := range releases {
		plans := []string{}
		if r.official || r.preview {
			plans = append(plans, "KubernetesOfficial")
		}
		if r.longTerm {
			plans = append(plans, "AKSLongTermSupport")
		}
		patches := map[string]any{}
		for _, p := range r.patches {
			k := kubernetes{r.minor, p}
			patches[k.String()] = map[string]any{"upgrades": upgradesFrom(k, plans[len(plans)-1])}
		}
		entry := map[string]any{"version": kubernetes{r.minor, -1}.String(), "capabilities": map[string]any{"supportPlan": plans}, "patchVersions": patches, "isPreview": r.preview}
		if r.minor == defaultMinor {
			entry["isDefault"] = true
		}
		out = append(out, entry)
	}
	return respond(http.StatusOK, map[string]any{"values": out}), nil
}

// clusterAsked is the cluster in the address of a call below it.
func (q *request) clusterAsked() (*resource, error) {
	above := q.address.above(1)
	if r := q.get(above.id()); r != nil {
		return r, nil
	}
	return nil, q.missing(q.typeOf(clusterType), above)
}

func upgradeList(now kubernetes, plan string) []any {
	out := []any{}
	for _, v := range upgradesFrom(now, plan) {
		out = append(out, map[string]any{"kubernetesVersion": v})
	}
	return out
}

func clusterUpgrades(q *request) (*sandbox.Response, error) {
	r, err := q.clusterAsked()
	if err != nil {
		return nil, err
	}
	plan := textAt(r.Properties, "supportPlan")
	profile := func(name, version string) map[string]any {
		k, _ := parseVersion(version)
		out := map[string]any{"kubernetesVersion": version, "osType": "Linux", "upgrades": upgradeList(k, plan)}
		if name != "" {
			out["name"] = name
		}
		return out
	}
	pools := []any{}
	for _, pool := range q.below(r, "agentPools") {
		pools = append(pools, profile(pool.Name, textAt(pool.Properties, "currentOrchestratorVersion")))
	}
	return respond(http.StatusOK, map[string]any{
		"id": r.Path + "/upgradeprofiles/default", "name": "default", "type": clusterType + "/upgradeprofiles",
		"properties": map[string]any{"controlPlaneProfile": profile("", textAt(r.Properties, "currentKubernetesVersion")), "agentPoolProfiles": pools},
	}), nil
}

func poolVersions(q *request) (*sandbox.Response, error) {
	r, err := q.clusterAsked()
	if err != nil {
		return nil, err
	}
	top, _ := parseVersion(textAt(r.Properties, "currentKubernetesVersion"))
	plan := textAt(r.Properties, "supportPlan")
	versions := []any{}
	for _, rel := range releases {
		if rel.minor > top.minor || top.minor-rel.minor > 3 || !rel.official && plan != "AKSLongTermSupport" {
			continue
		}
		for _, p := range rel.patches {
			if rel.minor < top.minor || p <= top.patch {
				v := map[string]any{"kubernetesVersion": kubernetes{rel.minor, p}.String()}
				if rel.minor == top.minor && p == top.patch {
					v["default"] = true
				}
				versions = append(versions, v)
			}
		}
	}
	return respond(http.StatusOK, map[string]any{
		"id": r.Path + "/availableagentpoolversions", "name": "default", "type": clusterType + "/availableAgentpoolVersions",
		"properties": map[string]any{"agentPoolVersions": versions},
	}), nil
}

func poolUpgrades(q *request) (*sandbox.Response, error) {
	above := q.address.above(2)
	pool := q.get(above.id())
	if pool == nil {
		return nil, q.missing(q.typeOf(poolType), above)
	}
	cluster, err := q.clusterAsked()
	if err != nil {
		return nil, err
	}
	version := textAt(pool.Properties, "currentOrchestratorVersion")
	k, _ := parseVersion(version)
	return respond(http.StatusOK, map[string]any{
		"id": pool.Path + "/upgradeProfiles/default", "name": "default", "type": poolType + "/upgradeProfiles",
		"properties": map[string]any{
			"kubernetesVersion": version, "osType": pool.Properties["osType"], "upgrades": upgradeList(k, textAt(cluster.Properties, "supportPlan")),
			"latestNodeImageVersion": q.nodeImage(pool),
		},
	}), nil
}

// imageRelease is the newest release of node images; a test may set another.
const imageRelease = "202610.28.0"

// nodeImage is the newest image for a pool's operating system and size.
func (q *request) nodeImage(pool *resource) string {
	newest := q.tx.Setting("azure/node-image", imageRelease)
	s, _ := sizeOf(textAt(pool.Properties, "vmSize"))
	v, _ := parseVersion(textAt(pool.Properties, "currentOrchestratorVersion"))
	arm := ""
	if s.arm {
		arm = "arm64"
	}
	switch sku := textAt(pool.Properties, "osSKU"); {
	case sku == "Windows2022":
		return "AKSWindows-2022-containerd-20348." + newest
	case strings.HasPrefix(sku, "AzureLinux"):
		return "AKSAzureLinux-V3gen2" + arm + "-" + newest
	case sku == "Ubuntu2404" || sku == "Ubuntu" && v.minor >= 35:
		return "AKSUbuntu-2404gen2" + arm + "containerd-" + newest
	default:
		return "AKSUbuntu-2204gen2" + arm + "containerd-" + newest
	}
}
