package native

import (
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// variable is one input of a module: what may change without generating
// again. validation is a condition and what to do where it does not hold.
type variable struct {
	name, description, kind string
	value                   any
	condition, refusal      string
}

// variables is variables.tf.
func variables(design blueprint.Design) string {
	list := awsVariables(design)
	if design.ControlPlane.Cloud == blueprint.CloudAzure {
		list = azureVariables(design)
	}
	var blocks []string
	for _, v := range list {
		blocks = append(blocks, v.block())
	}
	return strings.Join(blocks, "\n")
}

func (v variable) block() string {
	var b strings.Builder
	b.WriteString("variable " + literal(v.name) + " {\n")
	b.WriteString("description = " + literal(v.description) + "\n")
	b.WriteString("type = " + v.kind + "\n")
	b.WriteString("default = " + render(v.value) + "\n")
	b.WriteString("nullable = false\n")
	if v.condition != "" {
		b.WriteString("\nvalidation {\ncondition = " + v.condition + "\nerror_message = " + literal(v.refusal) + "\n}\n")
	}
	b.WriteString("}\n")
	return b.String()
}

const ranges = `alltrue([for range in %s : can(cidrhost(range, 0)) && cidrhost(range, 0) == split("/", range)[0]])`

// sharedVariables are those of both clouds.
func sharedVariables(design blueprint.Design) []variable {
	plane := design.ControlPlane
	return []variable{
		{
			name: "kubernetes_version", kind: "string", value: plane.KubernetesVersion,
			description: "Kubernetes minor version of the control plane, and of every node pool that has none of its own. Raise it one minor at a time.",
			condition:   `can(regex("^1\\.[0-9]+$", var.kubernetes_version))`,
			refusal:     "kubernetes_version is a minor version, such as \"1.34\".",
		},
		{
			name: "node_pool_sizes", kind: "map(object({ min_size = number, max_size = number }))", value: object{},
			description: "Other totals for node pools, by pool name. No more nodes than the blueprint has addresses for.",
			condition:   "alltrue([for name in keys(var.node_pool_sizes) : contains(keys(local.node_pools), name)])",
			refusal:     "node_pool_sizes names a pool that this cluster doesn't have.",
		},
		{
			name: "tags", kind: "map(string)", value: object{},
			description: "Tags beside the design's, on everything that takes tags.",
		},
	}
}

func awsVariables(design blueprint.Design) []variable {
	plane := design.ControlPlane
	return append(sharedVariables(design),
		variable{
			name: "reachable_from", kind: "list(string)", value: plane.ReachableFrom,
			description: "Ranges from which the private API can be reached: runners, VPN.",
			condition:   strings.ReplaceAll(ranges, "%s", "var.reachable_from"),
			refusal:     "reachable_from holds ranges with their host bits zero, such as \"10.64.0.0/14\".",
		},
		variable{
			name: "deletion_protection", kind: "bool", value: plane.OnDestroy.Protected,
			description: "Whether EKS refuses to delete the cluster.",
		},
		variable{
			name: "service_linked_roles", kind: "set(string)", value: []string{},
			description: "Services whose service-linked role is to be made: \"autoscaling\" and \"spot\" in an account that never started such instances. The key's policy names both roles, and KMS refuses one that doesn't exist.",
			condition:   `alltrue([for service in var.service_linked_roles : contains(["autoscaling", "spot"], service)])`,
			refusal:     "service_linked_roles holds \"autoscaling\" and \"spot\".",
		},
	)
}
