package acceptance

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// at is a value inside of a resource: names, and numbers of lists.
func (p planned) at(steps ...any) any {
	var value any = p.Values
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

func (p planned) text(steps ...any) string {
	if value := p.at(steps...); value != nil {
		return fmt.Sprint(value)
	}
	return ""
}

func (p planned) list(steps ...any) []any {
	list, _ := p.at(steps...).([]any)
	if list == nil {
		return []any{}
	}
	return list
}

func (p planned) words(steps ...any) []string {
	words := []string{}
	for _, word := range p.list(steps...) {
		words = append(words, fmt.Sprint(word))
	}
	return words
}

func (p planned) is(steps ...any) bool { return p.at(steps...) == true }

// awsAsked are the facts of a native module.
func awsAsked(resources []planned) facts {
	f, names := facts{}, map[string]string{}
	of := func(kind string) (list []planned) {
		for _, r := range resources {
			if r.Type == kind {
				list = append(list, r)
			}
		}
		return list
	}
	for _, kind := range []string{"aws_subnet subnet", "aws_nat_gateway nat", "aws_vpc_endpoint endpoint", "aws_route_table route-table"} {
		kind, component, _ := strings.Cut(kind, " ")
		for _, r := range of(kind) {
			names[r.text("id")] = fmt.Sprintf("%s/%v", component, r.Index)
		}
	}
	for _, r := range of("aws_internet_gateway") {
		names[r.text("id")] = "internet-gateway"
	}
	for _, r := range of("aws_security_group") {
		names[r.text("id")] = map[string]string{"endpoints": "security-group/endpoints", "control_plane": "security group " + r.text("name")}[r.Name]
		rules := []string{}
		for _, rule := range r.list("ingress") {
			rule := planned{Values: rule.(map[string]any)}
			for _, source := range rule.words("cidr_blocks") {
				rules = append(rules, fmt.Sprintf("%s %s %s-%s", source, rule.text("protocol"), rule.text("from_port"), rule.text("to_port")))
			}
		}
		f.group(r.text("name"), rules, len(r.list("egress")))
	}
	f.group("default", nil, 0) // aws_default_security_group without rules: none is left
	pods := []string{}
	for _, r := range of("aws_vpc_ipv4_cidr_block_association") {
		pods = append(pods, r.text("cidr_block"))
	}
	slices.Sort(pods)
	f.put("vpc range", of("aws_vpc")[0].text("cidr_block"))
	f.put("vpc pod ranges", pods)
	f.network(of, names)
	f.logs(of)
	for _, alias := range of("aws_kms_alias") {
		for _, key := range of("aws_kms_key") {
			if key.text("key_id") == alias.text("target_key_id") {
				names[key.text("arn")] = "key of " + alias.text("name")
				f.put("key "+alias.text("name")+" rotates", key.is("enable_key_rotation"))
				f.policy("key "+alias.text("name")+" policy", key.text("policy"))
			}
		}
	}
	f.roles(of)
	f.cluster(of, names)
	f.groups(of)
	for _, r := range of("aws_ecr_repository") {
		key := "repository " + r.text("name")
		f.put(key+" tags", r.text("image_tag_mutability"))
		f.put(key+" scan", r.is("image_scanning_configuration", 0, "scan_on_push"))
		f.put(key+" encryption", r.text("encryption_configuration", 0, "encryption_type")+" "+r.text("encryption_configuration", 0, "kms_key"))
	}
	for _, r := range of("aws_ecr_lifecycle_policy") {
		f.policy("repository "+r.text("repository")+" lifecycle", r.text("policy"))
	}
	for _, r := range of("aws_ecr_repository_policy") {
		f.policy("repository "+r.text("repository")+" policy", r.text("policy"))
	}
	for _, r := range of("aws_sqs_queue") {
		f.put("queue retention", r.text("message_retention_seconds"))
		f.put("queue encryption", r.text("sqs_managed_sse_enabled"))
	}
	for _, r := range of("aws_sqs_queue_policy") {
		f.policy("queue policy", r.text("policy"))
	}
	for _, r := range of("aws_cloudwatch_event_rule") {
		f.policy("rule "+r.text("name"), r.text("event_pattern"))
	}
	return f.renamed(names)
}

func (f facts) network(of func(string) []planned, names map[string]string) {
	ways := map[string]string{}
	for _, route := range of("aws_route") {
		ways[route.text("route_table_id")] = names[route.text("nat_gateway_id")+route.text("gateway_id")]
	}
	tables := map[string]string{}
	for _, r := range of("aws_route_table_association") {
		tables[r.text("subnet_id")] = r.text("route_table_id")
	}
	for _, r := range of("aws_subnet") {
		tags := map[string]string{}
		for tag, value := range r.at("tags").(map[string]any) {
			tags[tag] = fmt.Sprint(value)
		}
		way := ways[tables[r.text("id")]]
		if way == "" {
			way = "none"
		}
		f.subnet(names[r.text("id")], r.text("cidr_block"), r.text("availability_zone"), r.is("map_public_ip_on_launch"), tags, way)
	}
	for _, r := range of("aws_ec2_subnet_cidr_reservation") {
		f.put("reservation "+r.text("cidr_block"), names[r.text("subnet_id")]+" "+r.text("reservation_type"))
	}
	for _, r := range of("aws_nat_gateway") {
		f.put(names[r.text("id")]+" subnet", names[r.text("subnet_id")])
		addresses := len(r.list("availability_zone_address"))
		if addresses == 0 {
			addresses = 1
		}
		f.put(names[r.text("id")]+" addresses", addresses)
	}
	for _, r := range of("aws_vpc_endpoint") {
		policy := r.text("policy")
		f.endpoint(names[r.text("id")], r.text("vpc_endpoint_type"), r.is("private_dns_enabled"), policy,
			r.words("subnet_ids"), r.words("security_group_ids"), len(r.list("route_table_ids")))
	}
}

func (f facts) logs(of func(string) []planned) {
	groups := map[string]string{}
	for _, r := range of("aws_cloudwatch_log_group") {
		groups[r.text("arn")] = r.text("name")
		f.put("log group "+r.text("name")+" days", r.at("retention_in_days"))
	}
	for _, r := range of("aws_flow_log") {
		f.put("flow log", r.text("traffic_type")+" to "+groups[r.text("log_destination")])
	}
}

func (f facts) roles(of func(string) []planned) {
	managed := map[string][]string{}
	for _, r := range of("aws_iam_role_policy_attachment") {
		managed[r.text("role")] = append(managed[r.text("role")], r.text("policy_arn"))
	}
	for _, r := range of("aws_iam_role") {
		key := "role " + r.text("name")
		path := r.text("path")
		if path == "" {
			path = "/"
		}
		f.put(key+" path", path)
		f.put(key+" boundary", r.text("permissions_boundary"))
		f.policy(key+" trust", r.text("assume_role_policy"))
		f.put(key+" managed policies", ordered(anys(managed[r.text("name")])))
	}
	for _, r := range of("aws_iam_role_policy") {
		f.policy("role "+r.text("role")+" policy "+r.text("name"), r.text("policy"))
	}
}

func (f facts) cluster(of func(string) []planned, names map[string]string) {
	cluster := of("aws_eks_cluster")[0]
	names[cluster.text("vpc_config", 0, "cluster_security_group_id")] = "the cluster's own group"
	names[strings.TrimPrefix(cluster.text("identity", 0, "oidc", 0, "issuer"), "https://")] = "the issuer"
	for _, r := range of("aws_iam_openid_connect_provider") {
		names[r.text("arn")] = "arn:aws:iam::111122223333:oidc-provider/the issuer"
	}
	f.put("cluster version", cluster.text("version"))
	f.put("cluster role", cluster.text("role_arn"))
	f.put("cluster private endpoint", cluster.is("vpc_config", 0, "endpoint_private_access"))
	f.put("cluster public endpoint", cluster.is("vpc_config", 0, "endpoint_public_access"))
	f.put("cluster subnets", cluster.list("vpc_config", 0, "subnet_ids"))
	f.put("cluster groups", cluster.list("vpc_config", 0, "security_group_ids"))
	f.put("cluster authentication", cluster.text("access_config", 0, "authentication_mode"))
	f.put("cluster services", cluster.text("kubernetes_network_config", 0, "service_ipv4_cidr"))
	f.put("cluster support", cluster.text("upgrade_policy", 0, "support_type"))
	f.put("cluster deletion protection", cluster.is("deletion_protection"))
	f.put("cluster encryption", cluster.text("encryption_config", 0, "provider", 0, "key_arn"))
	f.put("cluster logs", ordered(cluster.list("enabled_cluster_log_types")))
	for _, r := range of("aws_eks_access_entry") {
		f.put("access of "+r.text("principal_arn"), r.text("type"))
	}
	for _, r := range of("aws_eks_access_policy_association") {
		f.put("access of "+r.text("principal_arn")+" policy",
			r.text("policy_arn")+" "+r.text("access_scope", 0, "type")+" "+strings.Join(r.words("access_scope", 0, "namespaces"), ","))
	}
	accounts := serviceAccounts(of)
	for _, r := range of("aws_eks_addon") {
		key := "addon " + r.text("addon_name")
		f.put(key+" version", r.text("addon_version"))
		f.put(key+" role by IRSA", r.text("service_account_role_arn"))
		f.policy(key+" configuration", r.text("configuration_values"))
		for i := range r.list("pod_identity_association") {
			account := r.text("pod_identity_association", i, "service_account")
			f.put("pod identity "+accounts[account], r.text("pod_identity_association", i, "role_arn"))
		}
	}
	for _, r := range of("aws_eks_pod_identity_association") {
		f.put("pod identity "+r.text("namespace")+"/"+r.text("service_account"), r.text("role_arn"))
	}
}

// serviceAccounts are those that roles of add-ons are for, with their
// namespaces: their descriptions say so.
func serviceAccounts(of func(string) []planned) map[string]string {
	accounts := map[string]string{}
	for _, r := range of("aws_iam_role") {
		account, _, _ := strings.Cut(r.text("description"), " in ")
		_, name, _ := strings.Cut(account, "/")
		accounts[name] = account
	}
	return accounts
}

func (f facts) groups(of func(string) []planned) {
	templates := map[string]planned{}
	for _, r := range of("aws_launch_template") {
		templates[r.text("id")] = r
	}
	for _, r := range of("aws_eks_node_group") {
		key := "node group " + r.text("node_group_name")
		f.put(key+" sizes", r.text("scaling_config", 0, "min_size")+" to "+r.text("scaling_config", 0, "max_size"))
		f.put(key+" instance types", r.list("instance_types"))
		f.put(key+" image", r.text("ami_type"))
		f.put(key+" capacity", r.text("capacity_type"))
		f.put(key+" version", r.text("version"))
		f.put(key+" role", r.text("node_role_arn"))
		f.put(key+" subnets", r.list("subnet_ids"))
		f.put(key+" repair", r.is("node_repair_config", 0, "enabled"))
		labels, _ := r.at("labels").(map[string]any)
		if len(labels) == 0 {
			f.put(key+" labels", nil)
		} else {
			f.put(key+" labels", labels)
		}
		taints := []any{}
		for i := range r.list("taint") {
			taints = append(taints, r.text("taint", i, "key")+"="+r.text("taint", i, "value")+":"+r.text("taint", i, "effect"))
		}
		f.put(key+" taints", taints)
		number := func(name string) string {
			if value := r.text("update_config", 0, name); value != "" {
				return value
			}
			return "0"
		}
		f.put(key+" missing during updates", number("max_unavailable")+" nodes, "+number("max_unavailable_percentage")+"%")
		f.template(key, templates[r.text("launch_template", 0, "id")])
	}
}

func (f facts) template(key string, t planned) {
	f.put(key+" template", t.text("name"))
	f.put(key+" metadata", fmt.Sprintf("%s, tokens %s, %s hops", t.text("metadata_options", 0, "http_endpoint"), t.text("metadata_options", 0, "http_tokens"), t.text("metadata_options", 0, "http_put_response_hop_limit")))
	f.put(key+" groups", t.list("vpc_security_group_ids"))
	userData, _ := base64.StdEncoding.DecodeString(t.text("user_data"))
	f.put(key+" user data", string(userData))
	disks := []string{}
	for i := range t.list("block_device_mappings") {
		size := t.text("block_device_mappings", i, "ebs", 0, "volume_size")
		if size == "" {
			size = "0"
		}
		disks = append(disks, fmt.Sprintf("%s %s GiB %s encrypted %s %s", t.text("block_device_mappings", i, "device_name"), size,
			t.text("block_device_mappings", i, "ebs", 0, "volume_type"), t.text("block_device_mappings", i, "ebs", 0, "encrypted"), t.text("block_device_mappings", i, "ebs", 0, "kms_key_id")))
	}
	f.put(key+" disks", anys(disks))
}
