package blueprint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// resourceGroupScope is the scope of a role assignment on the cluster's
// resource group.
const resourceGroupScope = "resource-group"

// azureGrantRoles are the roles behind the grants of controllers, on the
// cluster's resource group; none for what AKS does by itself.
// Source: Azure built-in roles, 2026-08.
var azureGrantRoles = map[string][]string{
	"backup":                   {"Disk Snapshot Contributor", "Storage Blob Data Contributor"},
	"cert-manager":             {"DNS Zone Contributor", "Private DNS Zone Contributor"},
	"external-dns":             {"DNS Zone Contributor", "Private DNS Zone Contributor"},
	"load-balancer-controller": {"Network Contributor"},
	"cluster-autoscaler":       nil,
	"ebs-csi":                  nil,
	"efs-csi":                  nil,
}

// azurePolicy is a role of the caller's own on a scope of the caller's own.
//
// Compiled when it is first asked: so long a repetition costs every start of the
// program memory and time.
var azurePolicy = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([A-Za-z][A-Za-z0-9 ()/_.-]{0,511}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})@(/(?:subscriptions|providers)/[^@\s]+)$`)
})

// resolveAzureIdentities settles the identities of service accounts.
func (r *resolver) resolveAzureIdentities() {
	if len(r.spec.WorkloadIdentities) == 0 {
		return
	}
	r.design.WorkloadIdentities = map[string]WorkloadIdentityDesign{}
	accounts := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.spec.WorkloadIdentities)) {
		spec := r.spec.WorkloadIdentities[name]
		path := at("workload_identities", name)
		standing := r.priorIdentity(name, spec)
		roles := map[string]RoleAssignmentDesign{}
		grants := r.grants(path, spec.Grants)
		for i, grant := range spec.Grants {
			r.addGrantRoles(nth(path+".grants", i), grant, grants, roles)
		}
		r.addPolicyRoles(path, spec.Policies, roles)
		design := WorkloadIdentityDesign{
			Scope: r.scope(false), Name: or(standing.Name, name),
			Namespace: spec.Namespace, ServiceAccount: spec.ServiceAccount, Identity: "workload_identity", Tags: cloned(r.spec.Tags),
			Azure: &WorkloadIdentityAzureDesign{ResourceGroup: r.resourceGroup(), RoleAssignments: cloned(roles)},
		}
		derived := fitted(r.spec.Name+"-workload-"+name, maxFederation)
		design.RoleName = r.names.name("workload-identity/"+name, standing.RoleName, derived, catalog.NameIdentity)
		r.design.WorkloadIdentities[name] = design
		r.validateIdentitySpec(path, name, spec)
		r.validateAccount(path, spec, accounts)
	}
}

// maxFederation is the longest name of a federated credential, which is called
// as its identity is.
const maxFederation = 120

// addGrantRoles spells a grant out in role assignments.
func (r *resolver) addGrantRoles(path, grant string, grants map[string]GrantDesign, roles map[string]RoleAssignmentDesign) {
	design, ok := grants[grant]
	if !ok {
		return
	}
	if IsUnknown(grant) {
		roles[grant] = RoleAssignmentDesign{Role: grant, Scope: grant}
		return
	}
	switch {
	case strings.HasPrefix(grant, "vault:read"):
		for _, vault := range design.On {
			roles["vault-read-"+vault] = RoleAssignmentDesign{Role: "Key Vault Secrets User", Scope: r.vaultScope(vault)}
		}
	case grant == "registry:pull":
		roles["registry-pull"] = RoleAssignmentDesign{Role: "AcrPull", Scope: r.registryScope()}
	case grant == "registry:push":
		roles["registry-push"] = RoleAssignmentDesign{Role: "AcrPush", Scope: r.registryScope()}
	default:
		names := azureGrantRoles[grant]
		for i, role := range names {
			key := grant
			if i > 0 {
				key = fmt.Sprintf("%s-%d", grant, i+1)
			}
			roles[key] = RoleAssignmentDesign{Role: role, Scope: resourceGroupScope}
		}
		if len(names) == 0 {
			r.report.warn(path, "grant-builtin", fmt.Sprintf("AKS does by itself what %q is for", grant),
				"Its own controllers run outside the nodes, with the cluster's identity. Remove the grant, and don't install the controller.")
		}
	}
}

// addPolicyRoles reads roles of the caller's own, "ROLE@SCOPE".
func (r *resolver) addPolicyRoles(path string, policies map[string]string, roles map[string]RoleAssignmentDesign) {
	for _, name := range slices.Sorted(maps.Keys(policies)) {
		text, key := policies[name], "policy-"+name
		place := at(path+".policies", name)
		if IsUnknown(text) {
			r.report.wait(text)
			roles[key] = RoleAssignmentDesign{Role: text, Scope: text}
			continue
		}
		match := azurePolicy().FindStringSubmatch(text)
		if match == nil {
			r.report.fail(place, "policy-role", "the policy is no role on a scope",
				"Write \"ROLE@SCOPE\", such as \"Storage Blob Data Reader@/subscriptions/…/storageAccounts/media\".")
			continue
		}
		roles[key] = RoleAssignmentDesign{Role: match[1], Scope: match[2]}
		if match[1] == "Owner" || match[1] == "User Access Administrator" || strings.Count(match[2], "/") <= 2 {
			r.report.warn(place, "policy-wildcard", fmt.Sprintf("%s on %s allows more than a workload needs", match[1], match[2]),
				"A pod that is taken over could use it. Name a narrower role, on the objects themselves.")
		}
	}
}
