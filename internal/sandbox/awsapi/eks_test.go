package awsapi_test

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// site is a network with roles, ready for a cluster.
type site struct {
	box     *sandbox.Sandbox
	config  aws.Config
	ec2     *ec2.Client
	eks     *eks.Client
	iam     *iam.Client
	vpc     string
	subnets []string // one a zone
	cluster *string  // role ARNs
	node    *string
}

func newSite(t *testing.T) *site {
	t.Helper()
	box, config := newBox(t)
	s := &site{box: box, config: config, ec2: ec2.NewFromConfig(config), eks: eks.NewFromConfig(config), iam: iam.NewFromConfig(config)}
	s.vpc = *must(s.ec2.CreateVpc(background, &ec2.CreateVpcInput{CidrBlock: aws.String("10.64.0.0/16")}))(t).Vpc.VpcId
	for _, attribute := range []*ec2.ModifyVpcAttributeInput{
		{EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(true)}},
		{EnableDnsSupport: &ec2types.AttributeBooleanValue{Value: aws.Bool(true)}},
	} {
		attribute.VpcId = &s.vpc
		must(s.ec2.ModifyVpcAttribute(background, attribute))(t)
	}
	for i, zone := range []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"} {
		s.subnets = append(s.subnets, s.subnet(t, zone, fmt.Sprintf("10.64.%d.0/24", i)))
	}
	s.cluster = s.role(t, "cluster", "eks.amazonaws.com", "AmazonEKSClusterPolicy")
	s.node = s.role(t, "node", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy")
	return s
}

func (s *site) subnet(t *testing.T, zone, cidr string) string {
	t.Helper()
	return *must(s.ec2.CreateSubnet(background, &ec2.CreateSubnetInput{VpcId: &s.vpc, AvailabilityZone: &zone, CidrBlock: &cidr}))(t).Subnet.SubnetId
}

// role makes a role that has already propagated.
func (s *site) role(t *testing.T, name, service, policy string) *string {
	t.Helper()
	if err := s.box.Set("steps/iam/role", "0"); err != nil {
		t.Fatal(err)
	}
	role := must(s.iam.CreateRole(background, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(strings.Replace(trustEKS, "eks.amazonaws.com", service, 1))}))(t).Role
	if policy != "" {
		must(s.iam.AttachRolePolicy(background, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: aws.String("arn:aws:iam::aws:policy/" + policy)}))(t)
	}
	return role.Arn
}

func (s *site) input() *eks.CreateClusterInput {
	return &eks.CreateClusterInput{
		Name: aws.String("shop-eu"), Version: aws.String("1.34"), RoleArn: s.cluster,
		ResourcesVpcConfig: &ekstypes.VpcConfigRequest{
			SubnetIds: s.subnets, EndpointPrivateAccess: aws.Bool(true), EndpointPublicAccess: aws.Bool(false),
		},
		AccessConfig: &ekstypes.CreateAccessConfigRequest{
			AuthenticationMode: ekstypes.AuthenticationModeApi, BootstrapClusterCreatorAdminPermissions: aws.Bool(false),
		},
		BootstrapSelfManagedAddons: aws.Bool(false),
		KubernetesNetworkConfig:    &ekstypes.KubernetesNetworkConfigRequest{ServiceIpv4Cidr: aws.String("172.20.0.0/16")},
		Logging: &ekstypes.Logging{ClusterLogging: []ekstypes.LogSetup{{
			Types: []ekstypes.LogType{ekstypes.LogTypeAudit, ekstypes.LogTypeApi}, Enabled: aws.Bool(true),
		}}},
		Tags: map[string]string{"kready-cluster": "shop-eu"},
	}
}

// active waits, by polls, until the cluster is there.
func (s *site) active(t *testing.T) *ekstypes.Cluster {
	t.Helper()
	for range 10 {
		c := must(s.eks.DescribeCluster(background, &eks.DescribeClusterInput{Name: aws.String("shop-eu")}))(t).Cluster
		if c.Status == ekstypes.ClusterStatusActive {
			return c
		}
	}
	t.Fatal("the cluster did not become active in ten polls")
	return nil
}

func (s *site) create(t *testing.T) *ekstypes.Cluster {
	t.Helper()
	must(s.eks.CreateCluster(background, s.input()))(t)
	return s.active(t)
}

func (s *site) addon(t *testing.T, name string) {
	t.Helper()
	in := &eks.DescribeAddonInput{ClusterName: aws.String("shop-eu"), AddonName: &name}
	must(s.eks.CreateAddon(background, &eks.CreateAddonInput{ClusterName: in.ClusterName, AddonName: &name}))(t)
	for range 10 {
		if must(s.eks.DescribeAddon(background, in))(t).Addon.Status == ekstypes.AddonStatusActive {
			return
		}
	}
	t.Fatalf("add-on %s did not become active", name)
}

func (s *site) nodegroup(t *testing.T, name string) *ekstypes.Nodegroup {
	t.Helper()
	in := &eks.DescribeNodegroupInput{ClusterName: aws.String("shop-eu"), NodegroupName: &name}
	for range 10 {
		n := must(s.eks.DescribeNodegroup(background, in))(t).Nodegroup
		if n.Status != ekstypes.NodegroupStatusCreating && n.Status != ekstypes.NodegroupStatusUpdating {
			return n
		}
	}
	t.Fatalf("node group %s did not settle", name)
	return nil
}

// TestClusterRoundTrip proves that what a cluster was created with is what it
// is described as, that creation takes polls, and that the control plane's
// interfaces hold on to the network for a while after the delete.
func TestClusterRoundTrip(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := must(s.eks.CreateCluster(background, s.input()))(t).Cluster
	if made.Status != ekstypes.ClusterStatusCreating || made.Endpoint != nil {
		t.Errorf("just made: %s with endpoint %v", made.Status, made.Endpoint)
	}
	c := s.active(t)
	pemBlock, err := base64.StdEncoding.DecodeString(aws.ToString(c.CertificateAuthority.Data))
	if block, _ := pem.Decode(pemBlock); err != nil || block == nil {
		t.Errorf("the certificate authority is no PEM: %v", err)
	}
	v := c.ResourcesVpcConfig
	if !strings.HasPrefix(aws.ToString(c.Identity.Oidc.Issuer), "https://oidc.eks.eu-west-1.amazonaws.com/id/") ||
		aws.ToString(v.VpcId) != s.vpc || v.EndpointPublicAccess || !v.EndpointPrivateAccess || len(v.SubnetIds) != 3 ||
		!strings.HasPrefix(aws.ToString(v.ClusterSecurityGroupId), "sg-") || len(v.PublicAccessCidrs) != 0 ||
		c.AccessConfig.AuthenticationMode != ekstypes.AuthenticationModeApi || aws.ToBool(c.AccessConfig.BootstrapClusterCreatorAdminPermissions) ||
		aws.ToString(c.KubernetesNetworkConfig.ServiceIpv4Cidr) != "172.20.0.0/16" || c.UpgradePolicy.SupportType != ekstypes.SupportTypeExtended ||
		c.Tags["kready-cluster"] != "shop-eu" || len(c.Logging.ClusterLogging) != 2 || c.CreatedAt.Year() != 2026 {
		t.Errorf("cluster %+v %+v", c, v)
	}
	_, err = s.eks.CreateCluster(background, s.input())
	wantCode(t, "ResourceInUseException", err)
	_, err = s.ec2.DeleteSubnet(background, &ec2.DeleteSubnetInput{SubnetId: &s.subnets[0]})
	wantCode(t, "DependencyViolation", err)

	name := aws.String("shop-eu")
	must(s.eks.DeleteCluster(background, &eks.DeleteClusterInput{Name: name}))(t)
	for range 5 {
		_, err = s.eks.DescribeCluster(background, &eks.DescribeClusterInput{Name: name})
	}
	wantCode(t, "ResourceNotFoundException", err)
	refused := 0
	for range 10 {
		if _, err = s.ec2.DeleteSubnet(background, &ec2.DeleteSubnetInput{SubnetId: &s.subnets[0]}); err == nil {
			break
		}
		wantCode(t, "DependencyViolation", err)
		refused++
	}
	if err != nil || refused == 0 {
		t.Errorf("the subnet went after %d refusals, %v; interfaces of the control plane stay a while", refused, err)
	}
	for _, o := range must(s.box.Objects(false))(t) {
		if strings.HasPrefix(o.Type, "eks/") {
			t.Errorf("left behind: %+v", o)
		}
	}
}

// TestClusterRefusals proves each refusal of CreateCluster that EKS documents
// and that emulators leave out.
func TestClusterRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	foreign := must(s.ec2.CreateVpc(background, &ec2.CreateVpcInput{CidrBlock: aws.String("10.65.0.0/16")}))(t).Vpc.VpcId
	stranger := must(s.ec2.CreateSecurityGroup(background, &ec2.CreateSecurityGroupInput{VpcId: foreign, GroupName: aws.String("x"), Description: aws.String("x")}))(t).GroupId
	narrow := s.subnet(t, "eu-west-1a", "10.64.9.0/28")
	notTrusted := s.role(t, "other", "lambda.amazonaws.com", "")
	for name, test := range map[string]struct {
		change func(*eks.CreateClusterInput)
		want   string
	}{
		"bad name":           {func(in *eks.CreateClusterInput) { in.Name = aws.String("-x") }, "InvalidParameterException"},
		"old version":        {func(in *eks.CreateClusterInput) { in.Version = aws.String("1.29") }, "InvalidParameterException"},
		"no such version":    {func(in *eks.CreateClusterInput) { in.Version = aws.String("1.99") }, "InvalidParameterException"},
		"unknown role":       {func(in *eks.CreateClusterInput) { in.RoleArn = aws.String("arn:aws:iam::111122223333:role/nobody") }, "InvalidParameterException"},
		"role without trust": {func(in *eks.CreateClusterInput) { in.RoleArn = notTrusted }, "InvalidParameterException"},
		"unknown subnet":     {func(in *eks.CreateClusterInput) { in.ResourcesVpcConfig.SubnetIds = []string{s.subnets[0], "subnet-0"} }, "InvalidParameterException"},
		"one zone":           {func(in *eks.CreateClusterInput) { in.ResourcesVpcConfig.SubnetIds = []string{s.subnets[0], narrow} }, "InvalidParameterException"},
		"unknown group":      {func(in *eks.CreateClusterInput) { in.ResourcesVpcConfig.SecurityGroupIds = []string{"sg-0"} }, "InvalidParameterException"},
		"group of elsewhere": {func(in *eks.CreateClusterInput) { in.ResourcesVpcConfig.SecurityGroupIds = []string{*stranger} }, "InvalidParameterException"},
		"no endpoint":        {func(in *eks.CreateClusterInput) { in.ResourcesVpcConfig.EndpointPrivateAccess = aws.Bool(false) }, "InvalidParameterException"},
		"private public":     {func(in *eks.CreateClusterInput) { in.ResourcesVpcConfig.PublicAccessCidrs = []string{"10.0.0.0/8"} }, "InvalidParameterException"},
		"services overlap": {func(in *eks.CreateClusterInput) {
			in.KubernetesNetworkConfig.ServiceIpv4Cidr = aws.String("10.64.0.0/20")
		}, "InvalidParameterException"},
		"services public": {func(in *eks.CreateClusterInput) {
			in.KubernetesNetworkConfig.ServiceIpv4Cidr = aws.String("100.64.0.0/16")
		}, "InvalidParameterException"},
		"services too small": {func(in *eks.CreateClusterInput) {
			in.KubernetesNetworkConfig.ServiceIpv4Cidr = aws.String("172.20.0.0/25")
		}, "InvalidParameterException"},
		"unknown key": {func(in *eks.CreateClusterInput) {
			in.EncryptionConfig = []ekstypes.EncryptionConfig{{Resources: []string{"secrets"}, Provider: &ekstypes.Provider{KeyArn: aws.String("arn:aws:kms:eu-west-1:111122223333:key/x")}}}
		}, "InvalidParameterException"},
		"creator by map": {func(in *eks.CreateClusterInput) {
			in.AccessConfig.AuthenticationMode = ekstypes.AuthenticationModeConfigMap
		}, "InvalidParameterException"},
		"half an auto mode": {func(in *eks.CreateClusterInput) {
			in.ComputeConfig = &ekstypes.ComputeConfigRequest{Enabled: aws.Bool(true)}
		}, "InvalidParameterException"},
		"standard, too old": {func(in *eks.CreateClusterInput) {
			in.Version = aws.String("1.32")
			in.UpgradePolicy = &ekstypes.UpgradePolicyRequest{SupportType: ekstypes.SupportTypeStandard}
		}, "InvalidParameterException"},
		"hybrid, unmodelled": {func(in *eks.CreateClusterInput) { in.RemoteNetworkConfig = &ekstypes.RemoteNetworkConfigRequest{} }, "UnsupportedOperation"},
	} {
		in := s.input()
		test.change(in)
		_, err := s.eks.CreateCluster(background, in)
		if got := code(err); got != test.want {
			t.Errorf("%s: code %q (%v), want %q", name, got, err, test.want)
		}
	}
	if left := must(s.eks.ListClusters(background, &eks.ListClustersInput{}))(t).Clusters; len(left) != 0 {
		t.Errorf("clusters %v after refusals only", left)
	}
}

// TestForbiddenZone proves that a zone without control planes is refused with
// the zones that have them.
func TestForbiddenZone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	config := s.config.Copy()
	config.Region = "us-east-1"
	network, clusters := ec2.NewFromConfig(config), eks.NewFromConfig(config)
	vpc := must(network.CreateVpc(background, &ec2.CreateVpcInput{CidrBlock: aws.String("10.70.0.0/16")}))(t).Vpc.VpcId
	in := s.input()
	in.ResourcesVpcConfig.SubnetIds = nil
	for i, zone := range []string{"us-east-1a", "us-east-1e"} {
		subnet := must(network.CreateSubnet(background, &ec2.CreateSubnetInput{VpcId: vpc, AvailabilityZone: &zone, CidrBlock: aws.String(fmt.Sprintf("10.70.%d.0/24", i))}))(t)
		in.ResourcesVpcConfig.SubnetIds = append(in.ResourcesVpcConfig.SubnetIds, *subnet.Subnet.SubnetId)
	}
	_, err := clusters.CreateCluster(background, in)
	wantCode(t, "UnsupportedAvailabilityZoneException", err)
}

// TestRolePropagation proves that EKS can't assume a role made a moment ago,
// and can on the next try.
func TestRolePropagation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if err := s.box.Set("steps/iam/role", ""); err != nil {
		t.Fatal(err)
	}
	in := s.input()
	in.RoleArn = must(s.iam.CreateRole(background, &iam.CreateRoleInput{RoleName: aws.String("new"), AssumeRolePolicyDocument: aws.String(trustEKS)}))(t).Role.Arn
	_, err := s.eks.CreateCluster(background, in)
	wantCode(t, "InvalidParameterException", err)
	must(s.eks.CreateCluster(background, in))(t)
}

// TestIdempotency proves that a request with a token that was seen makes
// nothing new, and is refused when it says something else.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	in := s.input()
	in.ClientRequestToken = aws.String("once")
	first := must(s.eks.CreateCluster(background, in))(t).Cluster
	again := must(s.eks.CreateCluster(background, in))(t).Cluster
	if aws.ToString(first.Arn) != aws.ToString(again.Arn) {
		t.Errorf("%s and %s", aws.ToString(first.Arn), aws.ToString(again.Arn))
	}
	in.Tags = map[string]string{"other": "tags"}
	_, err := s.eks.CreateCluster(background, in)
	wantCode(t, "InvalidParameterException", err)
}

// TestClusterUpdates proves the rules of updates: one at a time, one kind a
// call, one minor a step, a week to go back, and no way back for some modes.
func TestClusterUpdates(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(t)
	name := aws.String("shop-eu")
	update := func(in *eks.UpdateClusterConfigInput) error {
		in.Name = name
		_, err := s.eks.UpdateClusterConfig(background, in)
		return err
	}
	wantCode(t, "InvalidParameterException", update(&eks.UpdateClusterConfigInput{
		DeletionProtection: aws.Bool(true), UpgradePolicy: &ekstypes.UpgradePolicyRequest{SupportType: ekstypes.SupportTypeStandard},
	}))
	wantCode(t, "InvalidParameterException", update(&eks.UpdateClusterConfigInput{DeletionProtection: aws.Bool(false)}))
	wantCode(t, "", update(&eks.UpdateClusterConfigInput{DeletionProtection: aws.Bool(true)}))
	wantCode(t, "ResourceInUseException", update(&eks.UpdateClusterConfigInput{UpgradePolicy: &ekstypes.UpgradePolicyRequest{SupportType: ekstypes.SupportTypeStandard}}))
	s.active(t)
	_, err := s.eks.DeleteCluster(background, &eks.DeleteClusterInput{Name: name})
	wantCode(t, "InvalidRequestException", err)
	wantCode(t, "InvalidParameterException", update(&eks.UpdateClusterConfigInput{AccessConfig: &ekstypes.UpdateAccessConfigRequest{AuthenticationMode: ekstypes.AuthenticationModeConfigMap}}))
	wantCode(t, "InvalidParameterException", update(&eks.UpdateClusterConfigInput{ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: s.subnets[:2]}}))
	wantCode(t, "InvalidParameterException", update(&eks.UpdateClusterConfigInput{ResourcesVpcConfig: &ekstypes.VpcConfigRequest{EndpointPrivateAccess: aws.Bool(false)}}))

	to := func(version string) error {
		_, err := s.eks.UpdateClusterVersion(background, &eks.UpdateClusterVersionInput{Name: name, Version: &version})
		return err
	}
	wantCode(t, "InvalidParameterException", to("1.36"))
	wantCode(t, "InvalidParameterException", to("1.33"))
	changed := must(s.eks.UpdateClusterVersion(background, &eks.UpdateClusterVersionInput{Name: name, Version: aws.String("1.35")}))(t).Update
	got := must(s.eks.DescribeUpdate(background, &eks.DescribeUpdateInput{Name: name, UpdateId: changed.Id}))(t).Update
	if got.Status != ekstypes.UpdateStatusInProgress || got.Type != ekstypes.UpdateTypeVersionUpdate {
		t.Errorf("update %+v", got)
	}
	if c := s.active(t); aws.ToString(c.Version) != "1.35" {
		t.Errorf("version %s after the update", aws.ToString(c.Version))
	}
	wantCode(t, "", to("1.34")) // within a week
	s.active(t)
	wantCode(t, "", to("1.35"))
	s.active(t)
	if err := s.box.Advance(8 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "InvalidParameterException", to("1.34"))
	ids := must(s.eks.ListUpdates(background, &eks.ListUpdatesInput{Name: name}))(t).UpdateIds
	if len(ids) != 4 {
		t.Errorf("%d updates, want 4", len(ids))
	}
}

// TestNodegroup proves a node group's life with a launch template: what EKS
// refuses to take from one, instances as EC2 sees them, a roll to another
// version, and that it holds on to its cluster.
func TestNodegroup(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(t)
	cluster := aws.String("shop-eu")
	template := must(s.ec2.CreateLaunchTemplate(background, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("shop-eu-apps"),
		LaunchTemplateData: &ec2types.RequestLaunchTemplateData{
			MetadataOptions: &ec2types.LaunchTemplateInstanceMetadataOptionsRequest{HttpTokens: ec2types.LaunchTemplateHttpTokensStateRequired, HttpPutResponseHopLimit: aws.Int32(1)},
			TagSpecifications: []ec2types.LaunchTemplateTagSpecificationRequest{{
				ResourceType: ec2types.ResourceTypeInstance, Tags: []ec2types.Tag{{Key: aws.String("Name"), Value: aws.String("apps")}},
			}},
		},
	}))(t).LaunchTemplate
	input := func() *eks.CreateNodegroupInput {
		return &eks.CreateNodegroupInput{
			ClusterName: cluster, NodegroupName: aws.String("apps"), NodeRole: s.node, Subnets: s.subnets, InstanceTypes: []string{"m7g.large"},
			AmiType: ekstypes.AMITypesAl2023Arm64Standard, Version: aws.String("1.34"),
			LaunchTemplate: &ekstypes.LaunchTemplateSpecification{Id: template.LaunchTemplateId, Version: aws.String("1")},
			ScalingConfig:  &ekstypes.NodegroupScalingConfig{MinSize: aws.Int32(3), MaxSize: aws.Int32(6), DesiredSize: aws.Int32(3)},
			Labels:         map[string]string{"tier": "apps"},
			Taints:         []ekstypes.Taint{{Key: aws.String("dedicated"), Value: aws.String("apps"), Effect: ekstypes.TaintEffectNoSchedule}},
		}
	}
	for name, change := range map[string]func(*eks.CreateNodegroupInput){
		"disk":     func(in *eks.CreateNodegroupInput) { in.DiskSize = aws.Int32(50) },
		"ahead":    func(in *eks.CreateNodegroupInput) { in.Version = aws.String("1.35") },
		"release":  func(in *eks.CreateNodegroupInput) { in.ReleaseVersion = aws.String("1.34.1-20200101") },
		"arch":     func(in *eks.CreateNodegroupInput) { in.InstanceTypes = []string{"m7i.large"} },
		"sizes":    func(in *eks.CreateNodegroupInput) { in.ScalingConfig.DesiredSize = aws.Int32(9) },
		"label":    func(in *eks.CreateNodegroupInput) { in.Labels = map[string]string{"eks.amazonaws.com/x": "y"} },
		"template": func(in *eks.CreateNodegroupInput) { in.LaunchTemplate.Version = aws.String("7") },
		"subnet":   func(in *eks.CreateNodegroupInput) { in.Subnets = []string{"subnet-0"} },
		"role":     func(in *eks.CreateNodegroupInput) { in.NodeRole = s.cluster },
	} {
		in := input()
		change(in)
		_, err := s.eks.CreateNodegroup(background, in)
		if got := code(err); got != "InvalidParameterException" {
			t.Errorf("%s: code %q (%v)", name, got, err)
		}
	}
	// Without a pod network no node becomes ready.
	must(s.eks.CreateNodegroup(background, input()))(t)
	if n := s.nodegroup(t, "apps"); n.Status != ekstypes.NodegroupStatusCreateFailed || n.Health.Issues[0].Code != ekstypes.NodegroupIssueCodeNodeCreationFailure {
		t.Errorf("without vpc-cni: %s %+v", n.Status, n.Health)
	}
	remove := func() {
		must(s.eks.DeleteNodegroup(background, &eks.DeleteNodegroupInput{ClusterName: cluster, NodegroupName: aws.String("apps")}))(t)
		var err error
		for range 5 {
			_, err = s.eks.DescribeNodegroup(background, &eks.DescribeNodegroupInput{ClusterName: cluster, NodegroupName: aws.String("apps")})
		}
		wantCode(t, "ResourceNotFoundException", err)
	}
	remove()
	s.addon(t, "vpc-cni")
	must(s.eks.CreateNodegroup(background, input()))(t)
	n := s.nodegroup(t, "apps")
	if n.Status != ekstypes.NodegroupStatusActive || aws.ToString(n.LaunchTemplate.Name) != "shop-eu-apps" || !strings.HasPrefix(aws.ToString(n.ReleaseVersion), "1.34.") ||
		n.Labels["tier"] != "apps" || len(n.Taints) != 1 || n.CapacityType != ekstypes.CapacityTypesOnDemand || aws.ToInt32(n.UpdateConfig.MaxUnavailable) != 1 {
		t.Errorf("node group %+v", n)
	}
	nodes := func() map[string]string {
		out := map[string]string{}
		answer := must(s.ec2.DescribeInstances(background, &ec2.DescribeInstancesInput{Filters: []ec2types.Filter{
			{Name: aws.String("tag:eks:nodegroup-name"), Values: []string{"apps"}},
			{Name: aws.String("instance-state-name"), Values: []string{"pending", "running"}},
		}}))(t)
		for _, r := range answer.Reservations {
			for _, i := range r.Instances {
				out[*i.InstanceId] = *i.Placement.AvailabilityZone + " " + string(i.MetadataOptions.HttpTokens)
			}
		}
		return out
	}
	before := nodes()
	zones := map[string]bool{}
	for _, where := range before {
		zones[where] = true
	}
	if len(before) != 3 || len(zones) != 3 || !zones["eu-west-1a required"] {
		t.Errorf("instances %v, want three in three zones with the template's metadata options", before)
	}
	_, err := s.eks.DeleteCluster(background, &eks.DeleteClusterInput{Name: cluster})
	wantCode(t, "ResourceInUseException", err)

	must(s.eks.UpdateClusterVersion(background, &eks.UpdateClusterVersionInput{Name: cluster, Version: aws.String("1.35")}))(t)
	s.active(t)
	// An input each: the SDK keeps the token that it draws in the input.
	upgrade := func() *eks.UpdateNodegroupVersionInput {
		return &eks.UpdateNodegroupVersionInput{ClusterName: cluster, NodegroupName: aws.String("apps"), Version: aws.String("1.35")}
	}
	must(s.eks.UpdateNodegroupVersion(background, upgrade()))(t)
	_, err = s.eks.UpdateNodegroupVersion(background, upgrade())
	wantCode(t, "ResourceInUseException", err)
	n = s.nodegroup(t, "apps")
	after := nodes()
	for id := range after {
		if before[id] != "" {
			t.Errorf("instance %s survived the roll", id)
		}
	}
	if aws.ToString(n.Version) != "1.35" || len(after) != 3 {
		t.Errorf("version %s with %v", aws.ToString(n.Version), after)
	}
	must(s.eks.UpdateNodegroupConfig(background, &eks.UpdateNodegroupConfigInput{
		ClusterName: cluster, NodegroupName: aws.String("apps"), ScalingConfig: &ekstypes.NodegroupScalingConfig{DesiredSize: aws.Int32(5)},
		Labels: &ekstypes.UpdateLabelsPayload{AddOrUpdateLabels: map[string]string{"team": "shop"}, RemoveLabels: []string{"tier"}},
	}))(t)
	n = s.nodegroup(t, "apps")
	if len(nodes()) != 5 || n.Labels["team"] != "shop" || n.Labels["tier"] != "" {
		t.Errorf("after scaling: %d nodes, labels %v", len(nodes()), n.Labels)
	}
	remove()
	if len(nodes()) != 0 {
		t.Errorf("instances left: %v", nodes())
	}
}

// TestAddon proves version and schema checks, that a deployment waits for
// nodes, and that an add-on owns the associations it was made with.
func TestAddon(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(t)
	cluster := aws.String("shop-eu")
	create := func(name, version, values string) error {
		in := &eks.CreateAddonInput{ClusterName: cluster, AddonName: &name}
		if version != "" {
			in.AddonVersion = &version
		}
		if values != "" {
			in.ConfigurationValues = &values
		}
		_, err := s.eks.CreateAddon(background, in)
		return err
	}
	wantCode(t, "InvalidParameterException", create("no-such", "", ""))
	wantCode(t, "InvalidParameterException", create("vpc-cni", "v0.0.1-eksbuild.1", ""))
	wantCode(t, "InvalidParameterException", create("vpc-cni", "", `{"eniConfigs": {}}`))
	wantCode(t, "InvalidParameterException", create("vpc-cni", "", `{"env": {"ENABLE_PREFIX_DELEGATION": true}}`))
	values := `{"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true","ENABLE_PREFIX_DELEGATION":"true","ENI_CONFIG_LABEL_DEF":"topology.kubernetes.io/zone"},` +
		`"eniConfig":{"create":true,"region":"eu-west-1","subnets":{"eu-west-1a":{"id":"` + s.subnets[0] + `","securityGroups":["sg-1"]}}},"enableNetworkPolicy":"true"}`
	wantCode(t, "", create("vpc-cni", "", values))
	wantCode(t, "ResourceInUseException", create("vpc-cni", "", ""))
	got := must(s.eks.DescribeAddon(background, &eks.DescribeAddonInput{ClusterName: cluster, AddonName: aws.String("vpc-cni")}))(t).Addon
	if aws.ToString(got.ConfigurationValues) != values || aws.ToString(got.Owner) != "aws" {
		t.Errorf("add-on %+v", got)
	}
	wantCode(t, "", create("coredns", "", ""))
	for range 3 {
		got = must(s.eks.DescribeAddon(background, &eks.DescribeAddonInput{ClusterName: cluster, AddonName: aws.String("coredns")}))(t).Addon
	}
	if got.Status != ekstypes.AddonStatusDegraded {
		t.Errorf("coredns without nodes is %s", got.Status)
	}
	driver := s.role(t, "ebs", "pods.eks.amazonaws.com", "service-role/AmazonEBSCSIDriverPolicy")
	must(s.eks.CreateAddon(background, &eks.CreateAddonInput{ClusterName: cluster, AddonName: aws.String("aws-ebs-csi-driver"), PodIdentityAssociations: []ekstypes.AddonPodIdentityAssociations{
		{ServiceAccount: aws.String("ebs-csi-controller-sa"), RoleArn: driver},
	}}))(t)
	list := must(s.eks.ListPodIdentityAssociations(background, &eks.ListPodIdentityAssociationsInput{ClusterName: cluster}))(t).Associations
	if len(list) != 1 || aws.ToString(list[0].OwnerArn) == "" {
		t.Fatalf("associations %+v", list)
	}
	_, err := s.eks.DeletePodIdentityAssociation(background, &eks.DeletePodIdentityAssociationInput{ClusterName: cluster, AssociationId: list[0].AssociationId})
	wantCode(t, "InvalidRequestException", err)

	versions := must(s.eks.DescribeAddonVersions(background, &eks.DescribeAddonVersionsInput{AddonName: aws.String("kube-proxy"), KubernetesVersion: aws.String("1.34")}))(t).Addons
	if len(versions) != 1 || len(versions[0].AddonVersions) != 2 || !versions[0].AddonVersions[0].Compatibilities[0].DefaultVersion {
		t.Errorf("versions %+v", versions)
	}
	schema := must(s.eks.DescribeAddonConfiguration(background, &eks.DescribeAddonConfigurationInput{AddonName: got.AddonName, AddonVersion: got.AddonVersion}))(t)
	if !strings.Contains(aws.ToString(schema.ConfigurationSchema), "replicaCount") {
		t.Errorf("schema of coredns: %s", aws.ToString(schema.ConfigurationSchema))
	}
	_, err = s.eks.DescribeAddonConfiguration(background, &eks.DescribeAddonConfigurationInput{AddonName: aws.String("vpc-cni"), AddonVersion: got.AddonVersion})
	wantCode(t, "ResourceNotFoundException", err)
}

// TestAccess proves entries and policies, with a principal that has slashes in
// a path.
func TestAccess(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(t)
	cluster := aws.String("shop-eu")
	if err := s.box.Set("iam/strangers", "none"); err != nil {
		t.Fatal(err)
	}
	principal := must(s.iam.CreateRole(background, &iam.CreateRoleInput{RoleName: aws.String("admin"), Path: aws.String("/platform/team/"), AssumeRolePolicyDocument: aws.String(trustEKS)}))(t).Role.Arn
	_, err := s.eks.CreateAccessEntry(background, &eks.CreateAccessEntryInput{ClusterName: cluster, PrincipalArn: aws.String("arn:aws:iam::111122223333:role/nobody")})
	wantCode(t, "InvalidParameterException", err)
	_, err = s.eks.CreateAccessEntry(background, &eks.CreateAccessEntryInput{ClusterName: cluster, PrincipalArn: principal, KubernetesGroups: []string{"system:masters"}})
	wantCode(t, "InvalidParameterException", err)
	entry := must(s.eks.CreateAccessEntry(background, &eks.CreateAccessEntryInput{ClusterName: cluster, PrincipalArn: principal, Tags: map[string]string{"a": "b"}}))(t).AccessEntry
	_, err = s.eks.CreateAccessEntry(background, &eks.CreateAccessEntryInput{ClusterName: cluster, PrincipalArn: principal})
	wantCode(t, "ResourceInUseException", err)
	associate := func(policy string, scope *ekstypes.AccessScope) error {
		_, err := s.eks.AssociateAccessPolicy(background, &eks.AssociateAccessPolicyInput{
			ClusterName: cluster, PrincipalArn: principal, PolicyArn: aws.String("arn:aws:eks::aws:cluster-access-policy/" + policy), AccessScope: scope,
		})
		return err
	}
	wantCode(t, "InvalidParameterException", associate("AmazonEKSRootPolicy", &ekstypes.AccessScope{Type: ekstypes.AccessScopeTypeCluster}))
	wantCode(t, "InvalidParameterException", associate("AmazonEKSEditPolicy", &ekstypes.AccessScope{Type: ekstypes.AccessScopeTypeNamespace}))
	wantCode(t, "", associate("AmazonEKSEditPolicy", &ekstypes.AccessScope{Type: ekstypes.AccessScopeTypeNamespace, Namespaces: []string{"shop"}}))
	list := must(s.eks.ListAssociatedAccessPolicies(background, &eks.ListAssociatedAccessPoliciesInput{ClusterName: cluster, PrincipalArn: principal}))(t)
	if len(list.AssociatedAccessPolicies) != 1 || list.AssociatedAccessPolicies[0].AccessScope.Namespaces[0] != "shop" {
		t.Errorf("policies %+v", list)
	}
	must(s.eks.TagResource(background, &eks.TagResourceInput{ResourceArn: entry.AccessEntryArn, Tags: map[string]string{"c": "d"}}))(t)
	got := must(s.eks.DescribeAccessEntry(background, &eks.DescribeAccessEntryInput{ClusterName: cluster, PrincipalArn: principal}))(t).AccessEntry
	if got.Tags["a"] != "b" || got.Tags["c"] != "d" || aws.ToString(got.Username) != "arn:aws:sts::111122223333:assumed-role/admin/{{SessionName}}" {
		t.Errorf("entry %+v", got)
	}
	must(s.eks.DisassociateAccessPolicy(background, &eks.DisassociateAccessPolicyInput{ClusterName: cluster, PrincipalArn: principal, PolicyArn: aws.String("arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy")}))(t)
	must(s.eks.DeleteAccessEntry(background, &eks.DeleteAccessEntryInput{ClusterName: cluster, PrincipalArn: principal}))(t)
}

// TestLogsComeBack proves that the log group of a cluster that still logs is
// made anew when it is deleted, without its retention.
func TestLogsComeBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(t)
	logs := cloudwatchlogs.NewFromConfig(s.config)
	name := aws.String("/aws/eks/shop-eu/cluster")
	must(logs.PutRetentionPolicy(background, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: name, RetentionInDays: aws.Int32(30)}))(t)
	must(logs.DeleteLogGroup(background, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: name}))(t)
	groups := must(logs.DescribeLogGroups(background, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: name}))(t).LogGroups
	if len(groups) != 1 || groups[0].RetentionInDays != nil {
		t.Errorf("groups %+v", groups)
	}
}

// TestClusterVersions proves the support status of versions on the sandbox's
// day, 2026-11-20.
func TestClusterVersions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got := map[string]ekstypes.VersionStatus{}
	for _, v := range must(s.eks.DescribeClusterVersions(background, &eks.DescribeClusterVersionsInput{IncludeAll: aws.Bool(true)}))(t).ClusterVersions {
		got[aws.ToString(v.ClusterVersion)] = v.VersionStatus
	}
	for version, want := range map[string]ekstypes.VersionStatus{
		"1.36": ekstypes.VersionStatusStandardSupport, "1.34": ekstypes.VersionStatusStandardSupport, "1.33": ekstypes.VersionStatusExtendedSupport,
		"1.31": ekstypes.VersionStatusExtendedSupport, "1.30": ekstypes.VersionStatusUnsupported,
	} {
		if got[version] != want {
			t.Errorf("%s is %s, want %s", version, got[version], want)
		}
	}
}
