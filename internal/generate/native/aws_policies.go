package native

import (
	"maps"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// inPlan is where ARNs point to when only Terraform knows the account. Names
// and region come from local values, so that one text serves every cluster.
var inPlan = awsiam.Account{
	Partition: symbol("local.partition"),
	ID:        symbol("local.account"),
	Region:    symbol("local.region"),
}

var clusterName = symbol("local.name")

// managed are the names of managed policies; ARNs are made from them where
// they are attached, so that for_each goes over what is known.
func managed(role awsiam.Role) expression {
	var names []string
	for _, arn := range role.Managed {
		_, name, _ := strings.Cut(arn, ":policy/")
		names = append(names, name)
	}
	return expression("toset(" + render(names) + ")")
}

// awsPolicies is templates/native/eks/policies.tf: the documents that are the
// same in every module. A test holds the file to it.
func awsPolicies() string {
	cluster := inPlan.ClusterRole(false, symbol("local.secrets_key"))
	autoCluster := inPlan.ClusterRole(true, "")
	node, autoNode := inPlan.NodeRole(false), inPlan.NodeRole(true)
	return locals(object{
		{"cluster_rights", object{
			{"trust", document(cluster.Trust)},
			{"managed", expression("local.cluster.auto_mode ? " + string(managed(autoCluster)) + " : " + string(managed(cluster)))},
			{"encryption", document(cluster.Inline[awsiam.EncryptionPolicy])},
		}},
		{"node_rights", object{
			{"trust", document(node.Trust)},
			{"managed", expression("local.cluster.auto_mode ? " + string(managed(autoNode)) + " : " + string(managed(node)))},
		}},
		{"node_key_policy", document(inPlan.NodeKeyPolicy())},
		{"workload_trust", expression(workloadTrust())},
	})
}

// workloadTrust lets one service account of the cluster take each role.
func workloadTrust() string {
	irsa := awsiam.IRSATrust(symbol("local.oidc_provider"), symbol("local.oidc_issuer"), symbol("role.namespace"), symbol("role.service_account"))
	return "{\nfor key, role in local.workload_roles : key => (\nlocal.cluster.identity == \"irsa\" ? " + render(document(irsa)) +
		" : " + render(document(inPlan.PodIdentityTrust(clusterName))) + "\n)\n}"
}

// awsGrants is templates/modules/eks/grants.tf: every document that a design
// may choose, for the module that learns the design only when it runs. A test
// holds the file to it.
func awsGrants() string {
	controllers, endpoints := table{}, table{}
	for _, grant := range awsiam.ControllerGrants() {
		controllers[grant] = grantPolicy(grant, blueprint.GrantDesign{})
	}
	for key, word := range map[string]string{"account": awsiam.EndpointAccount, "organization": awsiam.EndpointOrganization + symbol("local.organization")} {
		policies := table{"default": endpointPolicy(word, "")}
		for _, service := range awsiam.EndpointServices {
			policies[service] = endpointPolicy(word, service)
		}
		endpoints[key] = policies
	}
	karpenterRights, patterns := table{}, table{}
	for name, policy := range awsiam.Controllers[blueprint.AutoscalingKarpenter].Policies(inPlan, clusterName, symbol("local.node_role_arn"), symbol("local.queue")) {
		karpenterRights[name] = document(policy)
	}
	for _, event := range blueprint.KarpenterEvents {
		patterns[event] = document(awsiam.EventPattern(event))
	}
	each := awsiam.Scope{On: []string{eachName}, Given: map[string]string{eachName: eachPlace}, Vaults: map[string]string{eachName: eachKey}}
	vault, _ := inPlan.Grant("vault:read", each)
	pull, _ := inPlan.Grant("registry:pull", each)
	push, _ := inPlan.Grant("registry:push", each)
	over := func(condition string, policy awsiam.Document) expression {
		return expression("{\nfor key, grant in local.object_grants : key => " + render(document(policy)) + " if " + condition + "\n}")
	}
	return locals(object{
		{"controller_grants", controllers},
		{"vault_grants", over(`startswith(grant.name, "vault:")`, vault)},
		{"pull_grants", over(`grant.name == "registry:pull"`, pull)},
		{"push_grants", over(`grant.name == "registry:push"`, push)},
		{"endpoint_policies", endpoints},
		{"karpenter_rights", karpenterRights},
		{"karpenter_patterns", patterns},
		{"karpenter_queue_policy", document(inPlan.QueuePolicy(symbol("local.queue")))},
		{"flow_log_rights", expression("local.flow_logs == null ? null : " + render(flowLogRights()))},
		{"account_key_policy", document(inPlan.KeyPolicy())},
		{"vault_key_policy", document(inPlan.VaultKeyPolicy())},
		{"push_policy", expression("one([for grant in local.pushers : " + render(document(awsiam.PushPolicy([]string{eachName}))) + "])")},
	})
}

// flowLogRights and vaultKeyPolicy belong to parts that not every cluster has.
func flowLogRights() object {
	role := inPlan.FlowLogRole(symbol("local.flow_logs.log_group"))
	return object{{"trust", document(role.Trust)}, {"policy", document(role.Inline[awsiam.FlowLogPolicy])}}
}

// endpointPolicy is the policy of one endpoint, nil for AWS's own default.
func endpointPolicy(word, service string) any {
	policy := inPlan.EndpointPolicy(word, service)
	if policy == nil {
		return nil
	}
	return document(policy)
}

// grantPolicy is the document of a built-in grant. Vaults' keys are those of
// the module.
func grantPolicy(grant string, on blueprint.GrantDesign) document {
	scope := awsiam.Scope{Cluster: clusterName, On: on.On, Given: on.Given, Vaults: map[string]string{}}
	if strings.HasPrefix(grant, "vault:") {
		for _, name := range on.On {
			if on.Given[name] != "" {
				continue
			}
			scope.Vaults[name] = symbol("aws_kms_key.vault[" + literal(name) + "].arn")
		}
	}
	policy, _ := inPlan.Grant(grant, scope) // the blueprint refuses other words
	return document(policy)
}

// workloadPolicies are the inline policies of the roles of pods, by role and
// name.
func workloadPolicies(design blueprint.Design) table {
	policies := table{}
	put := func(role, name string, policy any) {
		policies[role+"/"+name] = object{{"role", role}, {"name", name}, {"policy", policy}}
	}
	for _, addons := range []map[string]blueprint.AddonDesign{design.ControlPlane.Addons, design.Addons.Addons} {
		for name, addon := range addons {
			if addon.Grant != "" {
				put("addon/"+name, awsiam.GrantPolicyName(addon.Grant), grantPolicy(addon.Grant, blueprint.GrantDesign{}))
			}
		}
	}
	if scaler, ok := awsiam.Controllers[design.Addons.Autoscaling]; ok {
		queue := design.Addons.Names["queue/karpenter"]
		for name, policy := range scaler.Policies(inPlan, clusterName, symbol("local.node_role_arn"), queue) {
			put("autoscaler/"+scaler.Name, name, document(policy))
		}
	}
	for name, identity := range design.WorkloadIdentities {
		for grant, on := range identity.Grants {
			put("identity/"+name, awsiam.GrantPolicyName(grant), grantPolicy(grant, on))
		}
		for own, policy := range identity.Policies {
			put("identity/"+name, awsiam.PolicyPrefix+own, policy)
		}
	}
	return policies
}

// workloadRoles are the roles of pods, by what they are for.
func workloadRoles(design blueprint.Design) table {
	roles := table{}
	put := func(key, name, namespace, account string) {
		roles[key] = object{{"name", name}, {"namespace", namespace}, {"service_account", account}}
	}
	addons := func(designs map[string]blueprint.AddonDesign, names map[string]string) {
		for name, addon := range designs {
			if addon.Grant != "" {
				put("addon/"+name, names["role/"+name], addon.Namespace, addon.Account)
			}
		}
	}
	addons(design.ControlPlane.Addons, design.ControlPlane.Names)
	addons(design.Addons.Addons, design.Addons.Names)
	if scaler, ok := awsiam.Controllers[design.Addons.Autoscaling]; ok {
		put("autoscaler/"+scaler.Name, design.Addons.Names["role/"+scaler.Name], scaler.Namespace, scaler.Account)
	}
	for name, identity := range design.WorkloadIdentities {
		put("identity/"+name, identity.RoleName, identity.Namespace, identity.ServiceAccount)
	}
	return roles
}

// karpenter is what feeds Karpenter's interruption queue, nil without it.
func karpenter(design blueprint.AddonsDesign) any {
	if design.Autoscaling != blueprint.AutoscalingKarpenter {
		return nil
	}
	queue := design.Names["queue/karpenter"]
	rules := table{}
	for _, event := range blueprint.KarpenterEvents {
		rules[event] = object{{"name", design.Names["rule/karpenter-"+event]}, {"pattern", document(awsiam.EventPattern(event))}}
	}
	return object{{"queue", queue}, {"policy", document(inPlan.QueuePolicy(queue))}, {"rules", rules}}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
