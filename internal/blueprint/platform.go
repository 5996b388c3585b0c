package blueprint

import "fmt"

// Kinds of blueprints.
const (
	KindCluster  = "cluster"
	KindPlatform = "platform"
)

func (r *resolver) platform() bool { return r.spec.Kind == KindPlatform }

// resolvePlatform settles what several clusters share: registry and vaults, and
// on Azure the network in which their private endpoints stand. It outlives
// every one of them.
func (r *resolver) resolvePlatform() {
	r.validatePlatform()
	if r.spec.Cloud == CloudAzure {
		r.resolveAzureNetwork()
		r.resolveAzureRegistry()
		r.resolveAzureVault()
	} else {
		r.resolveAWSRegistry()
		r.resolveAWSVault()
	}
	r.names.validate(r.report)
}

// validatePlatform refuses what only a cluster has.
func (r *resolver) validatePlatform() {
	spec := r.spec
	if spec.Registry == nil && spec.Vault == nil {
		r.report.fail("kind", "platform-empty", "a platform without registry and vault is nothing", "Add registry or vault, or leave kind out for a cluster.")
	}
	for _, cluster := range []struct {
		used bool
		path string
	}{
		{len(spec.NodePools) > 0, "node_pools"}, {spec.KubernetesVersion != "", "kubernetes_version"}, {len(spec.WorkloadIdentities) > 0, "workload_identities"},
		{len(spec.Addons) > 0, "addons"}, {spec.Autoscaling != "", "autoscaling"}, {spec.Access != nil, "access"}, {spec.Encryption != nil, "encryption"},
		{spec.ControlPlaneLogs != nil, "control_plane_logs"}, {spec.Maintenance != nil, "maintenance_window"}, {spec.Capacity != nil, "capacity"},
		{spec.Cloud == CloudAWS && (spec.Network.CIDR != "" || len(spec.Network.Zones) > 0 || spec.Network.Existing != nil), "network"},
	} {
		if cluster.used {
			r.report.fail(cluster.path, "platform-cluster", fmt.Sprintf("%s belongs to a cluster, and kind is \"platform\"", cluster.path), "Remove it here, and give it to the clusters' own blueprints.")
		}
	}
	if spec.Registry != nil && spec.Registry.Existing != nil {
		r.report.fail("registry.existing", "platform-existing", "a platform makes its registry", "Remove existing: clusters use it with registry.existing.")
	}
	if spec.Vault != nil && spec.Vault.Existing != nil {
		r.report.fail("vault.existing", "platform-existing", "a platform makes its vaults", "Remove existing: clusters use it with vault.existing.")
	}
}
