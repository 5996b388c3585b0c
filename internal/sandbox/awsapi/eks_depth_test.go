package awsapi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// TestEncryptedDisks proves that nodes don't start when the key of their disks
// does not admit Auto Scaling, and start when it does.
func TestEncryptedDisks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(t)
	s.addon(t, "vpc-cni")
	must(s.iam.CreateServiceLinkedRole(background, &iam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("autoscaling.amazonaws.com")}))(t)
	linked := `,{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"},"Action":["kms:CreateGrant","kms:Decrypt"],"Resource":"*"}`
	for name, test := range map[string]struct {
		statement string
		want      ekstypes.NodegroupStatus
	}{
		"closed": {"", ekstypes.NodegroupStatusCreateFailed},
		"open":   {linked, ekstypes.NodegroupStatusActive},
	} {
		key := must(kms.NewFromConfig(s.config).CreateKey(background, &kms.CreateKeyInput{Policy: keyPolicy(test.statement)}))(t).KeyMetadata.Arn
		template := must(s.ec2.CreateLaunchTemplate(background, &ec2.CreateLaunchTemplateInput{
			LaunchTemplateName: aws.String(name + "-disks"),
			LaunchTemplateData: &ec2types.RequestLaunchTemplateData{BlockDeviceMappings: []ec2types.LaunchTemplateBlockDeviceMappingRequest{{
				DeviceName: aws.String("/dev/xvda"), Ebs: &ec2types.LaunchTemplateEbsBlockDeviceRequest{Encrypted: aws.Bool(true), KmsKeyId: key, VolumeSize: aws.Int32(50)},
			}}},
		}))(t).LaunchTemplate
		must(s.eks.CreateNodegroup(background, &eks.CreateNodegroupInput{
			ClusterName: aws.String("shop-eu"), NodegroupName: &name, NodeRole: s.node, Subnets: s.subnets, InstanceTypes: []string{"m7i.large"},
			LaunchTemplate: &ekstypes.LaunchTemplateSpecification{Id: template.LaunchTemplateId},
		}))(t)
		if n := s.nodegroup(t, name); n.Status != test.want {
			t.Errorf("%s: %s %+v", name, n.Status, n.Health.Issues)
		}
	}
	volumes := must(s.ec2.DescribeVolumes(background, &ec2.DescribeVolumesInput{}))(t).Volumes
	if len(volumes) != 2 || aws.ToInt32(volumes[0].Size) != 50 || !aws.ToBool(volumes[0].Encrypted) {
		t.Errorf("volumes %+v", volumes)
	}
}

// TestAutoMode proves that the three switches go together and that the node
// role gets its access entry.
func TestAutoMode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	in := s.input()
	in.ComputeConfig = &ekstypes.ComputeConfigRequest{Enabled: aws.Bool(true), NodePools: []string{"system", "general-purpose"}, NodeRoleArn: s.node}
	in.StorageConfig = &ekstypes.StorageConfigRequest{BlockStorage: &ekstypes.BlockStorage{Enabled: aws.Bool(true)}}
	in.KubernetesNetworkConfig.ElasticLoadBalancing = &ekstypes.ElasticLoadBalancing{Enabled: aws.Bool(true)}
	must(s.eks.CreateCluster(background, in))(t)
	c := s.active(t)
	if !aws.ToBool(c.ComputeConfig.Enabled) || aws.ToString(c.ComputeConfig.NodeRoleArn) != *s.node || !aws.ToBool(c.StorageConfig.BlockStorage.Enabled) {
		t.Errorf("cluster %+v", c)
	}
	entry := must(s.eks.DescribeAccessEntry(background, &eks.DescribeAccessEntryInput{ClusterName: c.Name, PrincipalArn: s.node}))(t).AccessEntry
	if aws.ToString(entry.Type) != "EC2" {
		t.Errorf("entry %+v", entry)
	}
}

// TestInPlaceUpdates proves the updates that change one thing each, and that
// each shows in the next describe.
func TestInPlaceUpdates(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(t)
	key := must(kms.NewFromConfig(s.config).CreateKey(background, &kms.CreateKeyInput{}))(t).KeyMetadata.Arn
	encryption := &eks.AssociateEncryptionConfigInput{ClusterName: aws.String("shop-eu"), EncryptionConfig: []ekstypes.EncryptionConfig{{Resources: []string{"secrets"}, Provider: &ekstypes.Provider{KeyArn: key}}}}
	must(s.eks.AssociateEncryptionConfig(background, encryption))(t)
	if c := s.active(t); len(c.EncryptionConfig) != 1 || aws.ToString(c.EncryptionConfig[0].Provider.KeyArn) != *key {
		t.Errorf("encryption %+v", c.EncryptionConfig)
	}
	encryption.ClientRequestToken = nil
	_, err := s.eks.AssociateEncryptionConfig(background, encryption)
	wantCode(t, "InvalidParameterException", err)

	other := []string{s.subnet(t, "eu-west-1a", "10.64.10.0/24"), s.subnet(t, "eu-west-1b", "10.64.11.0/24"), s.subnet(t, "eu-west-1c", "10.64.12.0/24")}
	for name, test := range map[string]struct {
		in    *eks.UpdateClusterConfigInput
		check func(*ekstypes.Cluster) bool
	}{
		"subnets": {&eks.UpdateClusterConfigInput{ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: other}},
			func(c *ekstypes.Cluster) bool { return fmt.Sprint(c.ResourcesVpcConfig.SubnetIds) == fmt.Sprint(other) }},
		"endpoint": {&eks.UpdateClusterConfigInput{ResourcesVpcConfig: &ekstypes.VpcConfigRequest{EndpointPublicAccess: aws.Bool(true), PublicAccessCidrs: []string{"203.0.113.0/24"}}},
			func(c *ekstypes.Cluster) bool {
				return c.ResourcesVpcConfig.EndpointPublicAccess && c.ResourcesVpcConfig.PublicAccessCidrs[0] == "203.0.113.0/24"
			}},
		"logging": {&eks.UpdateClusterConfigInput{Logging: &ekstypes.Logging{ClusterLogging: []ekstypes.LogSetup{{Types: []ekstypes.LogType{"scheduler"}, Enabled: aws.Bool(true)}}}},
			func(c *ekstypes.Cluster) bool { return len(c.Logging.ClusterLogging[0].Types) == 3 }},
		"support": {&eks.UpdateClusterConfigInput{UpgradePolicy: &ekstypes.UpgradePolicyRequest{SupportType: ekstypes.SupportTypeStandard}},
			func(c *ekstypes.Cluster) bool { return c.UpgradePolicy.SupportType == ekstypes.SupportTypeStandard }},
		"zonal shift": {&eks.UpdateClusterConfigInput{ZonalShiftConfig: &ekstypes.ZonalShiftConfigRequest{Enabled: aws.Bool(true)}},
			func(c *ekstypes.Cluster) bool { return aws.ToBool(c.ZonalShiftConfig.Enabled) }},
		"tier": {&eks.UpdateClusterConfigInput{ControlPlaneScalingConfig: &ekstypes.ControlPlaneScalingConfig{Tier: "tier-xl"}},
			func(c *ekstypes.Cluster) bool { return c.ControlPlaneScalingConfig.Tier == "tier-xl" }},
		"egress": {&eks.UpdateClusterConfigInput{ResourcesVpcConfig: &ekstypes.VpcConfigRequest{ControlPlaneEgressMode: ekstypes.ControlPlaneEgressModeTypeCustomerRouted}},
			func(c *ekstypes.Cluster) bool {
				return c.ResourcesVpcConfig.ControlPlaneEgressMode == ekstypes.ControlPlaneEgressModeTypeCustomerRouted
			}},
	} {
		test.in.Name = aws.String("shop-eu")
		if _, err := s.eks.UpdateClusterConfig(background, test.in); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c := s.active(t); !test.check(c) {
			t.Errorf("%s does not show: %+v %+v", name, c, c.ResourcesVpcConfig)
		}
	}
	_, err = s.eks.UpdateClusterConfig(background, &eks.UpdateClusterConfigInput{Name: aws.String("shop-eu"), ResourcesVpcConfig: &ekstypes.VpcConfigRequest{ControlPlaneEgressMode: ekstypes.ControlPlaneEgressModeTypeAwsManaged}})
	wantCode(t, "InvalidParameterException", err)
}

// TestRemoveBehind proves that what is removed behind Terraform's back takes
// along what AWS would have, and that what depends on it shows.
func TestRemoveBehind(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(t)
	s.addon(t, "vpc-cni")
	must(s.eks.CreateNodegroup(background, &eks.CreateNodegroupInput{ClusterName: aws.String("shop-eu"), NodegroupName: aws.String("apps"), NodeRole: s.node, Subnets: s.subnets}))(t)
	s.nodegroup(t, "apps")
	if _, err := s.box.Remove("iam/role:node"); err != nil {
		t.Fatal(err)
	}
	if n := s.nodegroup(t, "apps"); n.Status != ekstypes.NodegroupStatusDegraded || n.Health.Issues[0].Code != ekstypes.NodegroupIssueCodeIamNodeRoleNotFound {
		t.Errorf("without its role: %s %+v", n.Status, n.Health)
	}
	if _, err := s.box.Remove("iam/role:cluster"); err != nil {
		t.Fatal(err)
	}
	if c := s.active(t); len(c.Health.Issues) != 1 || c.Health.Issues[0].Code != ekstypes.ClusterIssueCodeIamRoleNotFound {
		t.Errorf("cluster without its role: %+v", c.Health)
	}
	if _, err := s.box.Remove("eks/cluster:shop-eu"); err != nil {
		t.Fatal(err)
	}
	for _, o := range must(s.box.Objects(false))(t) {
		if strings.HasPrefix(o.Type, "eks/") || o.Type == "ec2/instance" {
			t.Errorf("left behind: %+v", o)
		}
	}
}

// TestQueryQueue proves the older protocol of SQS, which old clients speak.
func TestQueryQueue(t *testing.T) {
	t.Parallel()
	box, _ := newBox(t)
	send := func(body string) (int, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(background, http.MethodPost, "https://sqs.eu-west-1.amazonaws.com/", strings.NewReader(body+"&Version=2012-11-05"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := box.Transport().RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		content, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(content)
	}
	for _, test := range []struct {
		body, want string
		status     int
	}{
		{"Action=CreateQueue&QueueName=old&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=40&Tag.1.Key=a&Tag.1.Value=b", "<QueueUrl>https://sqs.eu-west-1.amazonaws.com/111122223333/old</QueueUrl>", 200},
		{"Action=GetQueueAttributes&QueueUrl=x/old&AttributeName.1=VisibilityTimeout", "<Attribute><Name>VisibilityTimeout</Name><Value>40</Value></Attribute>", 200},
		{"Action=ListQueueTags&QueueUrl=x/old", "<Tag><Key>a</Key><Value>b</Value></Tag>", 200},
		{"Action=GetQueueUrl&QueueName=none", "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>", 400},
		{"Action=DeleteQueue&QueueUrl=x/old&Surprise=1", "<Code>AWS.SimpleQueueService.UnsupportedOperation</Code>", 400},
		{"Action=DeleteQueue&QueueUrl=x/old", "<DeleteQueueResponse", 200},
	} {
		if status, answer := send(test.body); status != test.status || !strings.Contains(answer, test.want) {
			t.Errorf("%s: %d %s, want %d and %s", test.body, status, answer, test.status, test.want)
		}
	}
}
