package native

import (
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// importRows gathers imports under their addresses.
type importRows struct {
	list      []imported
	cluster   string
	partition string
}

func (r *importRows) add(to, id string) {
	if id != "" {
		r.list = append(r.list, imported{to, id})
	}
}

// keyed is the address of an instance.
func keyed(resource, key string) string { return resource + "[" + literal(key) + "]" }

// lastStep is the part of an ARN behind the last slash or colon.
func lastStep(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

// awsImports are the addresses of a native EKS module with the ids of the
// objects that kready made.
func (c *standing) awsImports() []imported {
	plane := c.design.ControlPlane
	rows := &importRows{cluster: plane.Cluster, partition: "aws"}
	if words := strings.Split(c.objects["cluster"]["cluster"], ":"); len(words) > 1 {
		rows.partition = words[1]
	}
	c.importNetwork(rows)
	c.importPlane(rows)
	for name := range c.design.NodePools {
		for component, id := range c.objects["node_pool/"+name] {
			if component == "launch-template" {
				rows.add(keyed("aws_launch_template.this", name), id)
			} else if key, ok := strings.CutPrefix(component, "group/"); ok {
				rows.add(keyed("aws_eks_node_group.this", name+"/"+key), plane.Cluster+":"+c.design.NodePools[name].Groups[key].Name)
			}
		}
	}
	c.importAddons(rows)
	c.importThings(rows)
	return rows.list
}

func (c *standing) importNetwork(rows *importRows) {
	network, objects := *c.design.Network, c.objects["network"]
	singles := map[string]string{
		"vpc": "aws_vpc.this", "internet-gateway": "aws_internet_gateway.this[0]", "flow-log": "aws_flow_log.this[0]",
		"security-group/endpoints": "aws_security_group.endpoints[0]",
	}
	lists := map[string]string{
		"pod-range": "aws_vpc_ipv4_cidr_block_association.pods", "subnet": "aws_subnet.this", "route-table": "aws_route_table.this",
		"nat": "aws_nat_gateway.this", "address": "aws_eip.nat", "endpoint": "aws_vpc_endpoint.this",
	}
	ways := map[string]string{}
	for key, subnet := range network.Subnets {
		table := blueprint.RouteTableKey(subnet.RouteTo)
		ways[table] = subnet.RouteTo
		rows.add(keyed("aws_route_table_association.this", key), objects["subnet/"+key]+"/"+objects["route-table/"+table])
		for _, cidr := range subnet.Reservations {
			rows.add(keyed("aws_ec2_subnet_cidr_reservation.prefixes", cidr), objects["subnet/"+key]+":"+objects["prefix-reservation/"+cidr])
		}
	}
	for table, way := range ways {
		kind, _, _ := strings.Cut(way, "/")
		if kind != "" {
			rows.add(keyed("aws_route."+kind, table), objects["route-table/"+table]+"_0.0.0.0/0")
		}
	}
	for component, id := range objects {
		kind, key, _ := strings.Cut(component, "/")
		if to := singles[component]; to != "" {
			rows.add(to, id)
		} else if to := lists[kind]; to != "" {
			rows.add(keyed(to, key), id)
		}
	}
	if network.FlowLogs != nil {
		rows.add("aws_cloudwatch_log_group.flow_logs[0]", network.Names["log-group/flow-logs"])
		rows.add("aws_iam_role.flow_logs[0]", network.Names["role/flow-logs"])
		rows.add("aws_iam_role_policy.flow_logs[0]", network.Names["role/flow-logs"]+":"+awsiam.FlowLogPolicy)
	}
}

func (c *standing) importPlane(rows *importRows) {
	plane, objects := *c.design.ControlPlane, c.objects["cluster"]
	account := awsiam.Account{Partition: rows.partition}
	rows.add("aws_eks_cluster.this", plane.Cluster)
	rows.add("aws_security_group.control_plane", objects["security-group/control-plane"])
	if len(plane.LogTypes) > 0 {
		rows.add("aws_cloudwatch_log_group.cluster[0]", plane.Names["log-group"])
	}
	rows.role("cluster", plane.Names["role/cluster"], account.ClusterRole(plane.AutoMode, ""))
	if plane.Encryption != "cloud" && plane.ClusterRole == "" {
		rows.add("aws_iam_role_policy.cluster[0]", plane.Names["role/cluster"]+":"+awsiam.EncryptionPolicy)
	}
	rows.role("node", plane.Names["role/node"], account.NodeRole(plane.AutoMode))
	rows.key("cluster[0]", objects["key"], plane.Names["key-alias"])
	rows.add("aws_iam_openid_connect_provider.this[0]", objects["oidc-provider"])
	for key, entry := range plane.AccessEntries {
		principal := entry.Principal
		if entry.Role == "node" {
			if principal = plane.NodeRole; principal == "" {
				principal = objects["role/node"]
			}
		} else {
			policy := map[string]string{"cluster_admin": "AmazonEKSClusterAdminPolicy", "admin": "AmazonEKSAdminPolicy", "edit": "AmazonEKSEditPolicy", "view": "AmazonEKSViewPolicy"}[entry.Role]
			rows.add(keyed("aws_eks_access_policy_association.this", key),
				plane.Cluster+"#"+principal+"#arn:"+rows.partition+":eks::aws:cluster-access-policy/"+policy)
		}
		rows.add(keyed("aws_eks_access_entry.this", key), plane.Cluster+":"+principal)
	}
	for name := range plane.Addons {
		rows.add(keyed("aws_eks_addon.before_nodes", name), plane.Cluster+":"+name)
	}
}

// role is one of the control plane's two.
func (r *importRows) role(resource, name string, rights awsiam.Role) {
	if name == "" {
		return
	}
	r.add("aws_iam_role."+resource+"[0]", name)
	for _, arn := range rights.Managed {
		r.add(keyed("aws_iam_role_policy_attachment."+resource, lastStep(arn)), name+"/"+arn)
	}
}

func (r *importRows) key(resource, arn, alias string) {
	if arn == "" {
		return
	}
	r.add("aws_kms_key."+resource, lastStep(arn))
	r.add("aws_kms_alias."+resource, alias)
}

// importAddons are add-ons, the autoscaler's queue, and every role of a pod.
func (c *standing) importAddons(rows *importRows) {
	design := c.design
	if design.Addons == nil {
		design.Addons = &blueprint.AddonsDesign{}
	}
	for name := range design.Addons.Addons {
		rows.add(keyed("aws_eks_addon.this", name), rows.cluster+":"+name)
	}
	if design.Addons.Autoscaling == blueprint.AutoscalingKarpenter {
		queue := c.objects["addons"]["queue/karpenter"]
		rows.add("aws_sqs_queue.karpenter[0]", queue)
		rows.add("aws_sqs_queue_policy.karpenter[0]", queue)
		if c.group != "" {
			rows.add("aws_ec2_tag.karpenter[0]", c.group+",karpenter.sh/discovery")
		}
		for _, event := range blueprint.KarpenterEvents {
			rule := design.Addons.Names["rule/karpenter-"+event]
			rows.add(keyed("aws_cloudwatch_event_rule.karpenter", event), rule)
			rows.add(keyed("aws_cloudwatch_event_target.karpenter", event), rule+"/karpenter")
		}
	}
	names := map[string]string{}
	for key, role := range workloadRoles(design) {
		name, _ := role.(object)[0].value.(string)
		names[key] = name
		rows.add(keyed("aws_iam_role.workload", key), name)
	}
	for key, policy := range workloadPolicies(design) {
		role, _ := policy.(object)[0].value.(string)
		name, _ := policy.(object)[1].value.(string)
		rows.add(keyed("aws_iam_role_policy.workload", key), names[role]+":"+name)
	}
	bind := func(key, association string) {
		if association != "" {
			rows.add(keyed("aws_eks_pod_identity_association.workload", key), rows.cluster+","+association)
		}
	}
	for component, id := range c.objects["addons"] {
		if scaler, ok := strings.CutPrefix(component, "pod-identity/"); ok {
			bind("autoscaler/"+scaler, id)
		}
	}
	for name := range design.WorkloadIdentities {
		bind("identity/"+name, c.objects["identity/"+name]["pod-identity"])
	}
}

// importThings are the registry and the vaults.
func (c *standing) importThings(rows *importRows) {
	if registry := c.design.Registry; registry != nil {
		rows.key("registry[0]", c.objects["registry"]["key"], registry.Names["key-alias"])
		for key, repository := range registry.Repositories {
			rows.add(keyed("aws_ecr_repository.this", key), repository.Name)
			rows.add(keyed("aws_ecr_lifecycle_policy.this", key), repository.Name)
			if len(registry.PushPrincipals) > 0 {
				rows.add(keyed("aws_ecr_repository_policy.this", key), repository.Name)
			}
		}
	}
	if vault := c.design.Vault; vault != nil {
		for name, entry := range vault.Vaults {
			rows.key("vault["+literal(name)+"]", c.objects["vault"]["key/"+name], entry.Name)
		}
	}
}
