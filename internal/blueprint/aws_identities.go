package blueprint

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// controllerGrants are the built-in grants that have no object.
var controllerGrants = []string{"backup", "cert-manager", "cluster-autoscaler", "ebs-csi", "efs-csi", "external-dns", "load-balancer-controller"}

// maxPolicySize is the longest managed policy, white space aside.
// Source: IAM quotas, 2024-12.
const maxPolicySize = 6144

// resolveAWSIdentities settles the roles of service accounts.
func (r *resolver) resolveAWSIdentities() {
	if len(r.spec.WorkloadIdentities) == 0 {
		return
	}
	r.design.WorkloadIdentities = map[string]WorkloadIdentityDesign{}
	accounts := r.addonAccounts()
	for _, name := range slices.Sorted(maps.Keys(r.spec.WorkloadIdentities)) {
		spec := r.spec.WorkloadIdentities[name]
		path := at("workload_identities", name)
		standing := r.priorIdentity(name, spec)
		design := WorkloadIdentityDesign{
			Scope: r.scope(false), Name: or(standing.Name, name),
			Namespace: spec.Namespace, ServiceAccount: spec.ServiceAccount, Identity: r.identity(),
			Grants: r.grants(path, spec.Grants), Policies: r.policies(path, spec.Policies),
			Boundary: r.aws().PermissionsBoundary, RolePath: r.rolePath(), Tags: cloned(r.spec.Tags),
		}
		design.RoleName = r.names.name("workload-identity/"+name, standing.RoleName, r.roleName("workload-"+name), catalog.NameIAMRole)
		r.design.WorkloadIdentities[name] = design
		r.validateIdentitySpec(path, name, spec)
		r.validateAccount(path, spec, accounts)
	}
}

func (r *resolver) priorIdentity(name string, spec WorkloadIdentitySpec) WorkloadIdentityDesign {
	identities := r.priorIdentities()
	if standing, ok := identities[name]; ok {
		return standing
	}
	if spec.MovedFrom != "" {
		if _, stillAsked := r.spec.WorkloadIdentities[spec.MovedFrom]; !stillAsked {
			return identities[spec.MovedFrom]
		}
	}
	return WorkloadIdentityDesign{}
}

// grants resolves grants to what they apply to.
func (r *resolver) grants(path string, asked []string) map[string]GrantDesign {
	grants := map[string]GrantDesign{}
	for i, grant := range asked {
		place := nth(path+".grants", i)
		if IsUnknown(grant) {
			r.report.wait(grant)
			grants[grant] = GrantDesign{}
			continue
		}
		if design, ok := r.grant(place, grant); ok {
			grants[grant] = design
		}
	}
	if len(grants) == 0 {
		return nil
	}
	return grants
}

func (r *resolver) grant(path, grant string) (GrantDesign, bool) {
	vault, one := strings.CutPrefix(grant, "vault:read:")
	switch {
	case grant == "vault:read" || one:
		if r.spec.Vault == nil {
			r.report.fail(path, "grant-unwired", fmt.Sprintf("%q reads a vault, and the blueprint has none", grant),
				"Add vault = { names = [\"…\"] }, or remove the grant.")
			return GrantDesign{}, false
		}
		names := r.vaultNames()
		if len(names) == 0 {
			return GrantDesign{}, false // what is wrong with the vaults is said there
		}
		if !one {
			return r.given(names), true
		}
		if !slices.Contains(names, vault) {
			r.report.fail(path, "grant-unwired", fmt.Sprintf("there is no vault %q", vault), "The blueprint has %s.", quoted(names))
			return GrantDesign{}, false
		}
		return r.given([]string{vault}), true
	case grant == "registry:pull" || grant == "registry:push":
		if r.spec.Registry == nil {
			r.report.fail(path, "grant-unwired", fmt.Sprintf("%q needs a registry, and the blueprint has none", grant),
				"Add registry = { repositories = [\"…\"] }, or remove the grant.")
			return GrantDesign{}, false
		}
		return r.registryGrant()
	case slices.Contains(controllerGrants, grant):
		return GrantDesign{}, true
	}
	r.report.fail(path, "grant-unknown", fmt.Sprintf("%q is no built-in grant", grant),
		"Use \"vault:read\", \"vault:read:NAME\", \"registry:pull\", \"registry:push\" or one of %s; for anything else write a policy of your own under policies.",
		quoted(controllerGrants))
	return GrantDesign{}, false
}

// policies checks caller-written policies and gives them in canonical JSON.
func (r *resolver) policies(path string, given map[string]string) map[string]string {
	policies := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		place, text := at(path+".policies", name), given[name]
		policies[name] = text
		if IsUnknown(text) {
			r.report.wait(text)
			continue
		}
		var document map[string]any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&document); err != nil || decoder.More() || document["Statement"] == nil {
			r.report.fail(place, "policy-json", "the policy is not an IAM policy document",
				"Write it with jsonencode({ Version = \"2012-10-17\", Statement = […] }).")
			continue
		}
		policies[name] = canonicalJSON(document)
		if size := len(policies[name]); size > maxPolicySize {
			r.report.fail(place, "policy-size", fmt.Sprintf("the policy has %d characters, and IAM takes %d", size, maxPolicySize),
				"Split it into two policies.")
		}
		r.validateWildcards(place, document["Statement"])
	}
	return cloned(policies)
}

// validateWildcards warns of statements that allow everything.
func (r *resolver) validateWildcards(path string, statements any) {
	list, ok := statements.([]any)
	if !ok {
		list = []any{statements}
	}
	for i, element := range list {
		statement, ok := element.(map[string]any)
		if !ok || statement["Effect"] != "Allow" {
			continue
		}
		for _, key := range []string{"Action", "Resource"} {
			if hasWildcard(statement[key]) {
				r.report.warn(path, "policy-wildcard", fmt.Sprintf("statement %d allows every %s", i, strings.ToLower(key)),
					"A wildcard stands for all of a service, or of everything, and a pod that is taken over could use it. Name the %ss that the workload needs.", strings.ToLower(key))
			}
		}
	}
}

// hasWildcard tells whether an Action or Resource is everything: "*", or all
// actions of a service.
func hasWildcard(value any) bool {
	switch value := value.(type) {
	case string:
		return value == "*" || strings.HasSuffix(value, ":*") && strings.Count(value, ":") == 1
	case []any:
		return slices.ContainsFunc(value, hasWildcard)
	}
	return false
}

// addonAccounts are the service accounts that add-ons have identities for.
func (r *resolver) addonAccounts() map[string]string {
	accounts := map[string]string{}
	for name := range addonGrants {
		if facts, _ := catalog.LookupAddon(name); r.addonEnabled(name) {
			accounts[facts.Namespace+"/"+facts.ServiceAccount] = at("addons", name)
		}
	}
	switch r.autoscaling() {
	case AutoscalingCluster:
		accounts["kube-system/cluster-autoscaler"] = "autoscaling"
	case AutoscalingKarpenter:
		accounts["kube-system/karpenter"] = "autoscaling"
	}
	return accounts
}

// validateAccount refuses a second identity of one service account.
func (r *resolver) validateAccount(path string, spec WorkloadIdentitySpec, accounts map[string]string) {
	if waits := firstUnknown(spec.Namespace, spec.ServiceAccount); waits != "" {
		r.report.wait(waits)
		return
	}
	key := spec.Namespace + "/" + spec.ServiceAccount
	if owner, taken := accounts[key]; taken {
		r.report.fail(path+".service_account", "identity-double", fmt.Sprintf("service account %s has an identity already", key),
			"%s gives it one, and a service account has one identity. Merge the two, or use another service account.", owner)
		return
	}
	accounts[key] = path
}
