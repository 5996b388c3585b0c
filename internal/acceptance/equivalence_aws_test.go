package acceptance

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// observer is somebody else's access to the sandbox's account.
func (s *standing) observer() aws.Config {
	return aws.Config{Region: s.region, Credentials: credentials.NewStaticCredentialsProvider("AKIAOBSERVER", "x", ""), HTTPClient: &http.Client{Transport: s.Transport()}}
}

// boundary makes the permissions boundary that a blueprint names.
func (s *standing) boundary(t *testing.T, arn string) {
	t.Helper()
	_, name, _ := strings.Cut(arn, ":policy/")
	must(iam.NewFromConfig(s.observer()).CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String(name), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`),
	}))(t)
}

// awsCreated asks AWS's own SDK what is in the sandbox.
func awsCreated(t *testing.T, s *standing, name string, objects map[string]map[string]string) facts {
	t.Helper()
	ctx := t.Context()
	config := s.observer()
	f, names := facts{}, map[string]string{}
	network := objects["network"]
	for component, id := range network {
		switch kind, _, _ := strings.Cut(component, "/"); kind {
		case "subnet", "nat", "endpoint", "route-table", "security-group", "internet-gateway":
			names[id] = component
		}
	}
	vpc := network["vpc"]
	in := []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}}
	compute := ec2.NewFromConfig(config)

	found := must(compute.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{vpc}}))(t).Vpcs[0]
	f.put("vpc range", aws.ToString(found.CidrBlock))
	pods := []string{}
	for _, more := range found.CidrBlockAssociationSet {
		if cidr := aws.ToString(more.CidrBlock); cidr != aws.ToString(found.CidrBlock) {
			pods = append(pods, cidr)
		}
	}
	slices.Sort(pods)
	f.put("vpc pod ranges", pods)
	ways := map[string]string{}
	for _, table := range must(compute.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: in}))(t).RouteTables {
		way := "none"
		for _, route := range table.Routes {
			if aws.ToString(route.DestinationCidrBlock) == "0.0.0.0/0" {
				way = names[aws.ToString(route.NatGatewayId)+aws.ToString(route.GatewayId)]
			}
		}
		for _, a := range table.Associations {
			ways[aws.ToString(a.SubnetId)] = way
		}
	}
	for _, subnet := range must(compute.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: in}))(t).Subnets {
		id := aws.ToString(subnet.SubnetId)
		key := names[id]
		tags := map[string]string{}
		for _, tag := range subnet.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		f.subnet(key, aws.ToString(subnet.CidrBlock), aws.ToString(subnet.AvailabilityZone), aws.ToBool(subnet.MapPublicIpOnLaunch), tags, ways[id])
		for _, r := range must(compute.GetSubnetCidrReservations(ctx, &ec2.GetSubnetCidrReservationsInput{SubnetId: subnet.SubnetId}))(t).SubnetIpv4CidrReservations {
			f.put("reservation "+aws.ToString(r.Cidr), key+" "+string(r.ReservationType))
		}
	}
	for _, nat := range must(compute.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{Filter: in}))(t).NatGateways {
		f.put(names[aws.ToString(nat.NatGatewayId)]+" subnet", names[aws.ToString(nat.SubnetId)])
		f.put(names[aws.ToString(nat.NatGatewayId)]+" addresses", len(nat.NatGatewayAddresses))
	}
	for _, endpoint := range must(compute.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{Filters: in}))(t).VpcEndpoints {
		var groups []string
		for _, group := range endpoint.Groups {
			groups = append(groups, aws.ToString(group.GroupId))
		}
		policy := aws.ToString(endpoint.PolicyDocument)
		f.endpoint(names[aws.ToString(endpoint.VpcEndpointId)], string(endpoint.VpcEndpointType), aws.ToBool(endpoint.PrivateDnsEnabled), policy,
			endpoint.SubnetIds, groups, len(endpoint.RouteTableIds))
	}
	for _, group := range must(compute.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: in}))(t).SecurityGroups {
		if strings.HasPrefix(aws.ToString(group.GroupName), "eks-cluster-sg-") {
			continue // EKS's own
		}
		var rules []string
		for _, p := range group.IpPermissions {
			for _, source := range p.IpRanges {
				rules = append(rules, fmt.Sprintf("%s %s %d-%d", aws.ToString(source.CidrIp), aws.ToString(p.IpProtocol), aws.ToInt32(p.FromPort), aws.ToInt32(p.ToPort)))
			}
		}
		f.group(aws.ToString(group.GroupName), rules, len(group.IpPermissionsEgress))
	}
	for _, log := range must(compute.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{}))(t).FlowLogs {
		f.put("flow log", string(log.TrafficType)+" to "+aws.ToString(log.LogGroupName))
	}
	for _, group := range must(cloudwatchlogs.NewFromConfig(config).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{}))(t).LogGroups {
		f.put("log group "+aws.ToString(group.LogGroupName)+" days", int(aws.ToInt32(group.RetentionInDays)))
	}
	awsKeys(t, kms.NewFromConfig(config), f, names)
	awsRoles(t, iam.NewFromConfig(config), f)
	awsCluster(t, config, name, f, names)
	awsRegistry(t, ecr.NewFromConfig(config), f)
	awsQueue(t, config, name, f)
	return f.renamed(names)
}

func (f facts) subnet(key, cidr, zone string, public bool, tags map[string]string, way string) {
	f.put(key+" range", cidr)
	f.put(key+" zone", zone)
	f.put(key+" public addresses", public)
	f.put(key+" way out", way)
	seen := map[string]string{}
	for tag, value := range tags {
		if strings.HasPrefix(tag, "kubernetes.io/") || strings.HasPrefix(tag, "karpenter.sh/") {
			seen[tag] = value
		}
	}
	f.put(key+" tags for Kubernetes", seen)
}

func (f facts) endpoint(key, kind string, dns bool, policy string, subnets, groups []string, tables int) {
	f.put(key+" type", kind)
	f.put(key+" private names", dns)
	f.put(key+" subnets", anys(subnets))
	f.put(key+" groups", anys(groups))
	f.put(key+" route tables", tables)
	f.policy(key+" policy", policy)
}

func (f facts) group(name string, rules []string, out int) {
	f.put("security group "+name+" admits", anys(rules))
	f.put("security group "+name+" lets out", out)
}

func anys(list []string) []any {
	result := []any{}
	for _, text := range list {
		result = append(result, text)
	}
	return result
}

func awsKeys(t *testing.T, client *kms.Client, f facts, names map[string]string) {
	t.Helper()
	ctx := t.Context()
	for _, alias := range must(client.ListAliases(ctx, &kms.ListAliasesInput{}))(t).Aliases {
		name, id := aws.ToString(alias.AliasName), alias.TargetKeyId
		if !strings.HasPrefix(name, "alias/kready-") {
			continue
		}
		key := must(client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id}))(t)
		names[aws.ToString(key.KeyMetadata.Arn)] = "key of " + name
		f.put("key "+name+" rotates", must(client.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: id}))(t).KeyRotationEnabled)
		f.policy("key "+name+" policy", aws.ToString(must(client.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: id, PolicyName: aws.String("default")}))(t).Policy))
	}
}

func awsRoles(t *testing.T, client *iam.Client, f facts) {
	t.Helper()
	ctx := t.Context()
	for pages := iam.NewListRolesPaginator(client, &iam.ListRolesInput{}); pages.HasMorePages(); {
		for _, entry := range must(pages.NextPage(ctx))(t).Roles {
			if strings.HasPrefix(aws.ToString(entry.Path), "/aws-service-role/") {
				continue
			}
			role := must(client.GetRole(ctx, &iam.GetRoleInput{RoleName: entry.RoleName}))(t).Role
			key := "role " + aws.ToString(role.RoleName)
			f.put(key+" path", aws.ToString(role.Path))
			boundary := ""
			if role.PermissionsBoundary != nil {
				boundary = aws.ToString(role.PermissionsBoundary.PermissionsBoundaryArn)
			}
			f.put(key+" boundary", boundary)
			f.policy(key+" trust", plain(t, aws.ToString(role.AssumeRolePolicyDocument)))
			managed := []string{}
			for _, policy := range must(client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: entry.RoleName}))(t).AttachedPolicies {
				managed = append(managed, aws.ToString(policy.PolicyArn))
			}
			f.put(key+" managed policies", ordered(anys(managed)))
			for _, name := range must(client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: entry.RoleName}))(t).PolicyNames {
				got := must(client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: entry.RoleName, PolicyName: aws.String(name)}))(t)
				f.policy(key+" policy "+name, plain(t, aws.ToString(got.PolicyDocument)))
			}
		}
	}
}

// plain is a policy as IAM gives it back, without its escapes.
func plain(t *testing.T, text string) string {
	t.Helper()
	if !strings.HasPrefix(text, "%") {
		return text
	}
	return must(url.QueryUnescape(text))(t)
}

func awsCluster(t *testing.T, config aws.Config, name string, f facts, names map[string]string) {
	t.Helper()
	ctx, client := t.Context(), eks.NewFromConfig(config)
	cluster := must(client.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String(name)}))(t).Cluster
	vpc := cluster.ResourcesVpcConfig
	names[aws.ToString(vpc.ClusterSecurityGroupId)] = "the cluster's own group"
	names[strings.TrimPrefix(aws.ToString(cluster.Identity.Oidc.Issuer), "https://")] = "the issuer"
	for _, id := range vpc.SecurityGroupIds {
		names[id] = "security group " + name + "-control-plane"
	}
	f.put("cluster version", aws.ToString(cluster.Version))
	f.put("cluster role", aws.ToString(cluster.RoleArn))
	f.put("cluster private endpoint", vpc.EndpointPrivateAccess)
	f.put("cluster public endpoint", vpc.EndpointPublicAccess)
	f.put("cluster subnets", anys(vpc.SubnetIds))
	f.put("cluster groups", anys(vpc.SecurityGroupIds))
	f.put("cluster authentication", string(cluster.AccessConfig.AuthenticationMode))
	f.put("cluster services", aws.ToString(cluster.KubernetesNetworkConfig.ServiceIpv4Cidr))
	f.put("cluster support", string(cluster.UpgradePolicy.SupportType))
	f.put("cluster deletion protection", aws.ToBool(cluster.DeletionProtection))
	key := ""
	for _, c := range cluster.EncryptionConfig {
		key = aws.ToString(c.Provider.KeyArn)
	}
	f.put("cluster encryption", key)
	logs := []string{}
	for _, setup := range cluster.Logging.ClusterLogging {
		for _, kind := range setup.Types {
			if aws.ToBool(setup.Enabled) {
				logs = append(logs, string(kind))
			}
		}
	}
	f.put("cluster logs", ordered(anys(logs)))
	for _, principal := range must(client.ListAccessEntries(ctx, &eks.ListAccessEntriesInput{ClusterName: aws.String(name)}))(t).AccessEntries {
		entry := must(client.DescribeAccessEntry(ctx, &eks.DescribeAccessEntryInput{ClusterName: aws.String(name), PrincipalArn: aws.String(principal)}))(t).AccessEntry
		if entry.Tags["kready-cluster"] == "" {
			continue // EKS made it for a node group
		}
		f.put("access of "+principal, aws.ToString(entry.Type))
		if aws.ToString(entry.Type) != "STANDARD" {
			continue
		}
		for _, policy := range must(client.ListAssociatedAccessPolicies(ctx, &eks.ListAssociatedAccessPoliciesInput{ClusterName: aws.String(name), PrincipalArn: aws.String(principal)}))(t).AssociatedAccessPolicies {
			f.put("access of "+principal+" policy", aws.ToString(policy.PolicyArn)+" "+string(policy.AccessScope.Type)+" "+strings.Join(policy.AccessScope.Namespaces, ","))
		}
	}
	awsAddons(t, client, name, f)
	awsGroups(t, client, ec2.NewFromConfig(config), name, f)
}

func awsAddons(t *testing.T, client *eks.Client, name string, f facts) {
	t.Helper()
	ctx := t.Context()
	for _, addon := range must(client.ListAddons(ctx, &eks.ListAddonsInput{ClusterName: aws.String(name)}))(t).Addons {
		got := must(client.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: aws.String(name), AddonName: aws.String(addon)}))(t).Addon
		f.put("addon "+addon+" version", aws.ToString(got.AddonVersion))
		f.put("addon "+addon+" role by IRSA", aws.ToString(got.ServiceAccountRoleArn))
		f.policy("addon "+addon+" configuration", aws.ToString(got.ConfigurationValues))
	}
	for _, one := range must(client.ListPodIdentityAssociations(ctx, &eks.ListPodIdentityAssociationsInput{ClusterName: aws.String(name)}))(t).Associations {
		got := must(client.DescribePodIdentityAssociation(ctx, &eks.DescribePodIdentityAssociationInput{ClusterName: aws.String(name), AssociationId: one.AssociationId}))(t).Association
		f.put("pod identity "+aws.ToString(got.Namespace)+"/"+aws.ToString(got.ServiceAccount), aws.ToString(got.RoleArn))
	}
}

func awsGroups(t *testing.T, client *eks.Client, compute *ec2.Client, name string, f facts) {
	t.Helper()
	ctx := t.Context()
	for _, group := range must(client.ListNodegroups(ctx, &eks.ListNodegroupsInput{ClusterName: aws.String(name)}))(t).Nodegroups {
		got := must(client.DescribeNodegroup(ctx, &eks.DescribeNodegroupInput{ClusterName: aws.String(name), NodegroupName: aws.String(group)}))(t).Nodegroup
		key := "node group " + group
		f.put(key+" sizes", fmt.Sprintf("%d to %d", *got.ScalingConfig.MinSize, *got.ScalingConfig.MaxSize))
		f.put(key+" instance types", anys(got.InstanceTypes))
		f.put(key+" image", string(got.AmiType))
		f.put(key+" capacity", string(got.CapacityType))
		f.put(key+" version", aws.ToString(got.Version))
		f.put(key+" role", aws.ToString(got.NodeRole))
		f.put(key+" subnets", anys(got.Subnets))
		f.put(key+" repair", aws.ToBool(got.NodeRepairConfig.Enabled))
		f.put(key+" labels", got.Labels)
		f.put(key+" taints", taintsOf(got.Taints))
		f.put(key+" missing during updates", fmt.Sprintf("%d nodes, %d%%", aws.ToInt32(got.UpdateConfig.MaxUnavailable), aws.ToInt32(got.UpdateConfig.MaxUnavailablePercentage)))
		version := must(compute.DescribeLaunchTemplateVersions(ctx, &ec2.DescribeLaunchTemplateVersionsInput{
			LaunchTemplateId: got.LaunchTemplate.Id, Versions: []string{aws.ToString(got.LaunchTemplate.Version)}}))(t).LaunchTemplateVersions[0]
		data := version.LaunchTemplateData
		f.put(key+" template", aws.ToString(version.LaunchTemplateName))
		f.put(key+" metadata", fmt.Sprintf("%s, tokens %s, %d hops", data.MetadataOptions.HttpEndpoint, data.MetadataOptions.HttpTokens, *data.MetadataOptions.HttpPutResponseHopLimit))
		f.put(key+" groups", anys(data.SecurityGroupIds))
		userData, _ := base64.StdEncoding.DecodeString(aws.ToString(data.UserData))
		f.put(key+" user data", string(userData))
		disks := []string{}
		for _, d := range data.BlockDeviceMappings {
			disks = append(disks, fmt.Sprintf("%s %d GiB %s encrypted %t %s", aws.ToString(d.DeviceName), aws.ToInt32(d.Ebs.VolumeSize), d.Ebs.VolumeType, aws.ToBool(d.Ebs.Encrypted), aws.ToString(d.Ebs.KmsKeyId)))
		}
		f.put(key+" disks", anys(disks))
	}
}

func taintsOf(taints []ekstypes.Taint) []any {
	list := []any{}
	for _, taint := range taints {
		list = append(list, aws.ToString(taint.Key)+"="+aws.ToString(taint.Value)+":"+string(taint.Effect))
	}
	return list
}

func awsRegistry(t *testing.T, client *ecr.Client, f facts) {
	t.Helper()
	ctx := t.Context()
	for _, repository := range must(client.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{}))(t).Repositories {
		key := "repository " + aws.ToString(repository.RepositoryName)
		f.put(key+" tags", string(repository.ImageTagMutability))
		f.put(key+" scan", repository.ImageScanningConfiguration.ScanOnPush)
		f.put(key+" encryption", string(repository.EncryptionConfiguration.EncryptionType)+" "+aws.ToString(repository.EncryptionConfiguration.KmsKey))
		f.policy(key+" lifecycle", aws.ToString(must(client.GetLifecyclePolicy(ctx, &ecr.GetLifecyclePolicyInput{RepositoryName: repository.RepositoryName}))(t).LifecyclePolicyText))
		if policy, err := client.GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{RepositoryName: repository.RepositoryName}); err == nil {
			f.policy(key+" policy", aws.ToString(policy.PolicyText))
		}
	}
}

func awsQueue(t *testing.T, config aws.Config, name string, f facts) {
	t.Helper()
	ctx, client := t.Context(), sqs.NewFromConfig(config)
	queue, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(name + "-karpenter")})
	if err != nil {
		return // no Karpenter
	}
	got := must(client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: queue.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}}))(t).Attributes
	f.put("queue retention", got["MessageRetentionPeriod"])
	f.put("queue encryption", got["SqsManagedSseEnabled"])
	f.policy("queue policy", got["Policy"])
	for _, rule := range must(eventbridge.NewFromConfig(config).ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: aws.String(name)}))(t).Rules {
		f.policy("rule "+aws.ToString(rule.Name), aws.ToString(rule.EventPattern))
	}
}
