package azurecloud

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type clusterPart = part[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs]
type clusterRun = run[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs]

// Cluster implements [cloud.Cloud]: an AKS cluster with the pool that it is born
// with, its identities and their roles, the vault of its key, its logs, access,
// maintenance windows and lock.
func (c *azureCloud) Cluster() cloud.Part[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs] {
	return &clusterPart{
		cloud: c, main: "cluster",
		group: func(d blueprint.ControlPlaneDesign) string { return planeOf(d).ResourceGroup },
		tags:  func(d *blueprint.ControlPlaneDesign) *map[string]string { return &d.Tags },
		roles: func(d blueprint.ControlPlaneDesign) []string {
			var names []string
			for _, role := range planeOf(d).RoleAssignments {
				names = append(names, role.Role)
			}
			for _, access := range d.AzureAccess() {
				names = append(names, access.Role)
			}
			return names
		},
		things:   clusterThings,
		look:     lookCluster,
		validate: validateCluster,
		steps:    clusterSteps,
		observe:  observeCluster,
		removal:  []string{"lock", "diagnostic-setting", "maintenance", "cluster", "role-assignment", "identity", "key-vault"},
		prepare: func(ctx context.Context, r *clusterRun, options cloud.DeleteOptions) error {
			return r.refuseLeftovers(ctx, options.SweepLeftovers)
		},
		keeps: func(options cloud.DeleteOptions, component string) bool {
			return options.KeepKeys && component == "key-vault"
		},
		remove: func(_ context.Context, _ *clusterRun, have *found) (bool, error) {
			return have.component == "key", nil // ARM can't delete a key; it goes with its vault
		},
		leftovers: func(ctx context.Context, v *view) []string {
			var told []string
			for _, left := range v.leftoversOf(ctx) {
				told = append(told, left.Kind+" "+left.ID)
			}
			return told
		},
	}
}

func planeOf(d blueprint.ControlPlaneDesign) blueprint.ControlPlaneAzureDesign {
	if d.Azure == nil {
		return blueprint.ControlPlaneAzureDesign{}
	}
	return *d.Azure
}

// clusterSteps is the table of contents: how a control plane comes to be, and
// how it is brought back to its design. What the cluster's identities need they
// have before it is made; the lock comes last, because it holds for all that
// hangs on the cluster.
func clusterSteps(r *clusterRun) cloud.Step {
	return cloud.InOrder(
		cloud.Together(r.make("identity"), cloud.InOrder(r.recoverVaults, r.make("key-vault"), r.make("key"))),
		func(ctx context.Context) error { return r.make(rolesBefore(r)...)(ctx) },
		r.make("cluster"),
		func(ctx context.Context) error { return upgrade(ctx, r) },
		func(ctx context.Context) error { return lift(ctx, r) },
		cloud.Together(r.make("role-assignment"), r.make("diagnostic-setting"), r.make("maintenance")),
		r.removeRest,
		r.make("lock"),
	)
}

// rolesBefore are the assignments that don't hang on the cluster itself.
func rolesBefore(r *clusterRun) []string {
	var components []string
	for key := range planeOf(r.design).RoleAssignments {
		components = append(components, "role-assignment/"+key)
	}
	return components
}

// lift takes the lock away where something below the cluster has to go: it holds
// for all of that too. It is put back at the end.
func lift(ctx context.Context, r *clusterRun) error {
	lock := r.find("lock")
	if lock == nil {
		return nil
	}
	wanted := r.design.Components()
	for _, have := range r.everything() {
		below := wordOf(have.component) == "maintenance" || wordOf(have.component) == "role-assignment"
		if below && !slices.Contains(wanted, have.component) || slices.Contains(r.spares, have) {
			return r.removeAll(ctx, []*found{lock})
		}
	}
	return nil
}

// validateCluster refuses what can't be realized, before any call.
func validateCluster(ref cloud.Ref, design blueprint.ControlPlaneDesign, inputs cloud.Inputs) error {
	object := ofCluster("cluster", ref)
	refuse := func(reason, todo string) error {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: object, Reason: reason, Todo: todo}
	}
	if design.Azure == nil || design.BootstrapPool == nil {
		return refuse("the design has no azure section or no bootstrap pool", "This is a defect of kready: please report it.")
	}
	azure := *design.Azure
	var network []string
	need := func(keys ...string) { network = append(network, keys...) }
	need("subnet/" + blueprint.TierNodes)
	for _, key := range design.Subnets {
		need("subnet/" + key)
	}
	if azure.PodSubnet != "" {
		need("subnet/" + azure.PodSubnet)
	}
	if azure.PrivateZone == "own" {
		need("private-dns-zone/cluster")
	}
	if azure.WorkspaceID == "" && (len(design.LogTypes) > 0 || azure.Defender) {
		need("workspace")
	}
	registry := azure.CachedRegistry
	for _, role := range azure.RoleAssignments {
		switch part, key, _ := strings.Cut(role.Scope, ":"); part {
		case "network":
			need(key)
		case "registry":
			registry = true
		}
	}
	var problems []error
	network = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(network))), func(key string) bool { return inputs.Network[key] != "" })
	if len(network) > 0 {
		problems = append(problems, refuse("the network has no "+strings.Join(network, ", "),
			"Hand over network = kready_network.….objects of the same cluster, and apply the network first."))
	}
	if registry && azure.RegistryID == "" && inputs.Registry["registry"] == "" {
		problems = append(problems, refuse("the cluster's nodes pull from its registry, and the registry is not given",
			"Hand over registry = kready_registry.….objects of the same cluster."))
	}
	return errors.Join(problems...)
}

// lookCluster reads what has no tags, or hangs on what is found only now: roles,
// windows, the deleted pools' cluster, and identities that others made.
func lookCluster(ctx context.Context, v *view, known blueprint.ControlPlaneDesign) error {
	azure := planeOf(known)
	ids := map[string]string{"identity/control-plane": azure.ControlPlaneID, "identity/kubelet": azure.KubeletIdentityID, "key": known.KeyID}
	if cluster := v.find("cluster"); cluster != nil {
		// On import, and where somebody swapped them, the cluster says who it is.
		for component, id := range map[string]string{"identity/control-plane": identityOf(cluster.body), "identity/kubelet": kubeletOf(cluster.body)} {
			if ids[component] == "" && v.find(component) == nil {
				ids[component] = id
			}
		}
	}
	v.foreign = map[string]document{}
	err := cloud.Each(ctx, ids, func(ctx context.Context, component, id string) error {
		if id == "" {
			return nil
		}
		k, _ := kindOf(id)
		body, err := v.get(ctx, k, id)
		if err == nil {
			v.mu.Lock()
			v.foreign[component] = body
			v.mu.Unlock()
		}
		return wrap(unlessNotFound(err), ofCluster(component, v.ref))
	})
	if err != nil {
		return err
	}
	looks := []cloud.Step{}
	for _, component := range []string{"identity/control-plane", "identity/kubelet"} {
		if principal := v.principal(component); principal != "" {
			looks = append(looks, func(ctx context.Context) error {
				return v.lookRoles(ctx, "/subscriptions/"+v.subscription, "principalId eq '"+principal+"'")
			})
		}
	}
	cluster := v.find("cluster")
	if cluster != nil {
		looks = append(looks,
			func(ctx context.Context) error { return v.lookRoles(ctx, cluster.id, "") },
			func(ctx context.Context) error {
				return v.listed(ctx, maintenances, cluster.id+"/maintenanceConfigurations", "", func(entry document) string {
					return "maintenance/" + text(entry, "name")
				})
			},
			func(ctx context.Context) error {
				return v.listed(ctx, locks, cluster.id+"/providers/"+locks.name, "$filter="+url.QueryEscape("atScope()"), func(document) string { return "" })
			},
			func(ctx context.Context) error {
				return v.listed(ctx, diagnostics, cluster.id+"/providers/"+diagnostics.name, "", func(entry document) string {
					if text(entry, "name") == diagnosticName {
						return "diagnostic-setting"
					}
					return ""
				})
			},
			func(ctx context.Context) error { return v.lookAuthority(ctx, cluster) },
		)
	}
	if vault := v.find("key-vault"); vault != nil && v.find("key") == nil {
		looks = append(looks, func(ctx context.Context) error {
			return v.listed(ctx, vaultKeys, vault.id+"/keys", "", func(entry document) string {
				if text(entry, "name") == keyName {
					return "key"
				}
				return ""
			})
		})
	}
	return cloud.Together(looks...)(ctx)
}

// principal is the object id of an identity, this part's or one that was there
// before; "" while there is none.
func (v *view) principal(component string) string {
	return text(v.identity(component), "properties", "principalId")
}

// identity is the body of an identity.
func (v *view) identity(component string) document {
	if have := v.find(component); have != nil {
		return have.body
	}
	return v.foreign[component]
}

// identityOf is the id of the identity that a cluster acts as.
func identityOf(cluster document) string {
	object, _ := at(cluster, "identity", "userAssignedIdentities").(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(object)) {
		return id
	}
	return ""
}

// kubeletOf is the id of the identity that a cluster's nodes act as.
func kubeletOf(cluster document) string {
	return text(cluster, "properties", "identityProfile", "kubeletidentity", "resourceId")
}

// upgrade takes the control plane from the version that it runs to the wanted
// one, a minor at a time: AKS takes no larger step.
func upgrade(ctx context.Context, r *clusterRun) error {
	for {
		cluster := r.find("cluster")
		have, want := minor(text(cluster.body, "properties", "kubernetesVersion")), minor(r.design.KubernetesVersion)
		if have >= want || have == 0 {
			return nil
		}
		step := clusterThing(r.view, r.design)
		step.want = merged(step.want, document{"properties": document{"kubernetesVersion": version(have + 1)}})
		if err := r.ensure(ctx, step); err != nil {
			return wrap(err, r.object("cluster")+" to "+version(have+1))
		}
	}
}
