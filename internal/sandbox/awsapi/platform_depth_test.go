package awsapi_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestPodIdentity proves that an association needs a role that trusts Pod
// Identity, is unique for its service account, and can be changed.
func TestPodIdentity(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(t)
	cluster := aws.String("shop-eu")
	role := s.role(t, "reader", "pods.eks.amazonaws.com", "")
	create := func(role *string) (*eks.CreatePodIdentityAssociationOutput, error) {
		return s.eks.CreatePodIdentityAssociation(background, &eks.CreatePodIdentityAssociationInput{
			ClusterName: cluster, Namespace: aws.String("shop"), ServiceAccount: aws.String("web"), RoleArn: role, Tags: map[string]string{"a": "b"},
		})
	}
	_, err := create(s.node)
	wantCode(t, "InvalidParameterException", err)
	made := must(create(role))(t).Association
	_, err = create(role)
	wantCode(t, "ResourceInUseException", err)
	other := s.role(t, "writer", "pods.eks.amazonaws.com", "")
	must(s.eks.UpdatePodIdentityAssociation(background, &eks.UpdatePodIdentityAssociationInput{ClusterName: cluster, AssociationId: made.AssociationId, RoleArn: other}))(t)
	got := must(s.eks.DescribePodIdentityAssociation(background, &eks.DescribePodIdentityAssociationInput{ClusterName: cluster, AssociationId: made.AssociationId}))(t).Association
	if aws.ToString(got.RoleArn) != *other || aws.ToString(got.Namespace) != "shop" || got.Tags["a"] != "b" {
		t.Errorf("association %+v", got)
	}
	must(s.eks.DeletePodIdentityAssociation(background, &eks.DeletePodIdentityAssociationInput{ClusterName: cluster, AssociationId: made.AssociationId}))(t)
	_, err = s.eks.DescribePodIdentityAssociation(background, &eks.DescribePodIdentityAssociationInput{ClusterName: cluster, AssociationId: made.AssociationId})
	wantCode(t, "ResourceNotFoundException", err)
}

// TestWebIdentity proves the way of IRSA: issuer, provider, audience and trust
// must agree.
func TestWebIdentity(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	roles, client := iam.NewFromConfig(config), sts.NewFromConfig(config)
	issuer := "https://oidc.eks.eu-west-1.amazonaws.com/id/AB"
	provider := must(roles.CreateOpenIDConnectProvider(background, &iam.CreateOpenIDConnectProviderInput{Url: &issuer, ClientIDList: []string{"sts.amazonaws.com"}}))(t).OpenIDConnectProviderArn
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + *provider + `"},"Action":"sts:AssumeRoleWithWebIdentity"}]}`
	role := must(roles.CreateRole(background, &iam.CreateRoleInput{RoleName: aws.String("irsa"), AssumeRolePolicyDocument: &trust}))(t).Role.Arn
	token := func(issuer, audience string) *string {
		claims := `{"iss":"` + issuer + `","sub":"system:serviceaccount:shop:web","aud":["` + audience + `"]}`
		return aws.String("e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln")
	}
	assume := func(token *string) (*sts.AssumeRoleWithWebIdentityOutput, error) {
		return client.AssumeRoleWithWebIdentity(background, &sts.AssumeRoleWithWebIdentityInput{RoleArn: role, RoleSessionName: aws.String("pod"), WebIdentityToken: token})
	}
	_, err := assume(token("https://elsewhere.example", "sts.amazonaws.com"))
	wantCode(t, "InvalidIdentityToken", err)
	_, err = assume(token(issuer, "another"))
	wantCode(t, "InvalidIdentityToken", err)
	got := must(assume(token(issuer, "sts.amazonaws.com")))(t)
	if aws.ToString(got.SubjectFromWebIdentityToken) != "system:serviceaccount:shop:web" {
		t.Errorf("identity %+v", got)
	}
}

// TestPolicyVersions proves that a managed policy keeps five versions, and its
// default one to the end.
func TestPolicyVersions(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	client := iam.NewFromConfig(config)
	document := aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::x/*"}]}`)
	policy := must(client.CreatePolicy(background, &iam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: document}))(t).Policy.Arn
	for range 4 {
		must(client.CreatePolicyVersion(background, &iam.CreatePolicyVersionInput{PolicyArn: policy, PolicyDocument: document, SetAsDefault: true}))(t)
	}
	_, err := client.CreatePolicyVersion(background, &iam.CreatePolicyVersionInput{PolicyArn: policy, PolicyDocument: document})
	wantCode(t, "LimitExceeded", err)
	_, err = client.DeletePolicyVersion(background, &iam.DeletePolicyVersionInput{PolicyArn: policy, VersionId: aws.String("v5")})
	wantCode(t, "DeleteConflict", err)
	_, err = client.DeletePolicy(background, &iam.DeletePolicyInput{PolicyArn: policy})
	wantCode(t, "DeleteConflict", err)
	must(client.SetDefaultPolicyVersion(background, &iam.SetDefaultPolicyVersionInput{PolicyArn: policy, VersionId: aws.String("v1")}))(t)
	for _, version := range []string{"v2", "v3", "v4", "v5"} {
		must(client.DeletePolicyVersion(background, &iam.DeletePolicyVersionInput{PolicyArn: policy, VersionId: &version}))(t)
	}
	got := must(client.GetPolicyVersion(background, &iam.GetPolicyVersionInput{PolicyArn: policy, VersionId: aws.String("v1")}))(t).PolicyVersion
	if !got.IsDefaultVersion || !strings.Contains(aws.ToString(got.Document), "s3%3AGetObject") {
		t.Errorf("version %+v", got)
	}
	must(client.DeletePolicy(background, &iam.DeletePolicyInput{PolicyArn: policy}))(t)
	_, err = client.CreatePolicy(background, &iam.CreatePolicyInput{PolicyName: aws.String("long"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + strings.Repeat("x", 6144) + `"}]}`)})
	wantCode(t, "LimitExceeded", err)
	if managed := must(client.GetPolicy(background, &iam.GetPolicyInput{PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy")}))(t).Policy; aws.ToString(managed.PolicyName) != "AmazonEKS_CNI_Policy" {
		t.Errorf("policy %+v", managed)
	}
}

// TestGrants proves grants, and that a grant to Auto Scaling is as good as a
// key policy.
func TestGrants(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	client := kms.NewFromConfig(config)
	key := must(client.CreateKey(background, &kms.CreateKeyInput{}))(t).KeyMetadata.KeyId
	must(iam.NewFromConfig(config).CreateServiceLinkedRole(background, &iam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("autoscaling.amazonaws.com")}))(t)
	grantee := aws.String("arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")
	input := &kms.CreateGrantInput{KeyId: key, GranteePrincipal: grantee, Operations: []kmstypes.GrantOperation{kmstypes.GrantOperationCreateGrant, kmstypes.GrantOperationDecrypt}, Name: aws.String("asg")}
	made := must(client.CreateGrant(background, input))(t)
	again := must(client.CreateGrant(background, input))(t)
	if aws.ToString(made.GrantId) != aws.ToString(again.GrantId) {
		t.Error("the same named grant was made twice")
	}
	if list := must(client.ListGrants(background, &kms.ListGrantsInput{KeyId: key}))(t).Grants; len(list) != 1 || aws.ToString(list[0].GranteePrincipal) != *grantee {
		t.Errorf("grants %+v", list)
	}
	must(client.RevokeGrant(background, &kms.RevokeGrantInput{KeyId: key, GrantId: made.GrantId}))(t)
	_, err := client.RevokeGrant(background, &kms.RevokeGrantInput{KeyId: key, GrantId: made.GrantId})
	wantCode(t, "NotFoundException", err)
	must(client.PutKeyPolicy(background, &kms.PutKeyPolicyInput{KeyId: key, Policy: keyPolicy("")}))(t)
	if got := must(client.DescribeKey(background, &kms.DescribeKeyInput{KeyId: aws.String("alias/aws/ebs")}))(t).KeyMetadata; got.KeyManager != kmstypes.KeyManagerTypeAws {
		t.Errorf("the AWS managed key is %+v", got)
	}
}

// TestTemplateVersions proves that a node group moves between versions of its
// template, not between templates, and what a custom image changes.
func TestTemplateVersions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(t)
	s.addon(t, "vpc-cni")
	template := func(name string, data *ec2types.RequestLaunchTemplateData) *string {
		return must(s.ec2.CreateLaunchTemplate(background, &ec2.CreateLaunchTemplateInput{LaunchTemplateName: &name, LaunchTemplateData: data}))(t).LaunchTemplate.LaunchTemplateId
	}
	plain := template("plain", &ec2types.RequestLaunchTemplateData{EbsOptimized: aws.Bool(true)})
	other := template("other", &ec2types.RequestLaunchTemplateData{EbsOptimized: aws.Bool(true)})
	custom := template("custom", &ec2types.RequestLaunchTemplateData{ImageId: aws.String("ami-0123456789abcdef0")})
	must(s.ec2.CreateLaunchTemplateVersion(background, &ec2.CreateLaunchTemplateVersionInput{LaunchTemplateId: plain, LaunchTemplateData: &ec2types.RequestLaunchTemplateData{EbsOptimized: aws.Bool(false)}}))(t)
	cluster := aws.String("shop-eu")
	create := func(name string, template *string, change func(*eks.CreateNodegroupInput)) error {
		in := &eks.CreateNodegroupInput{ClusterName: cluster, NodegroupName: &name, NodeRole: s.node, Subnets: s.subnets, LaunchTemplate: &ekstypes.LaunchTemplateSpecification{Id: template}}
		change(in)
		_, err := s.eks.CreateNodegroup(background, in)
		return err
	}
	same := func(*eks.CreateNodegroupInput) {}
	wantCode(t, "InvalidParameterException", create("c", custom, func(in *eks.CreateNodegroupInput) { in.Version = aws.String("1.34") }))
	wantCode(t, "", create("c", custom, same))
	if n := s.nodegroup(t, "c"); n.AmiType != ekstypes.AMITypesCustom || n.ReleaseVersion != nil {
		t.Errorf("custom image: %+v", n)
	}
	wantCode(t, "", create("p", plain, same))
	if n := s.nodegroup(t, "p"); aws.ToString(n.LaunchTemplate.Version) != "1" {
		t.Errorf("the default version is pinned as %s", aws.ToString(n.LaunchTemplate.Version))
	}
	update := func(id *string, version string) error {
		_, err := s.eks.UpdateNodegroupVersion(background, &eks.UpdateNodegroupVersionInput{ClusterName: cluster, NodegroupName: aws.String("p"), LaunchTemplate: &ekstypes.LaunchTemplateSpecification{Id: id, Version: &version}})
		return err
	}
	wantCode(t, "InvalidParameterException", update(other, "1"))
	wantCode(t, "", update(plain, "2"))
	if n := s.nodegroup(t, "p"); n.Status != ekstypes.NodegroupStatusActive || aws.ToString(n.LaunchTemplate.Version) != "2" {
		t.Errorf("after the update: %+v", n)
	}
	must(s.eks.UpdateNodegroupConfig(background, &eks.UpdateNodegroupConfigInput{ClusterName: cluster, NodegroupName: aws.String("p"), Taints: &ekstypes.UpdateTaintsPayload{
		AddOrUpdateTaints: []ekstypes.Taint{{Key: aws.String("spot"), Effect: ekstypes.TaintEffectNoSchedule}},
	}}))(t)
	if n := s.nodegroup(t, "p"); len(n.Taints) != 1 {
		t.Errorf("taints %+v", n.Taints)
	}
	must(s.eks.DeleteAddon(background, &eks.DeleteAddonInput{ClusterName: cluster, AddonName: aws.String("vpc-cni")}))(t)
	var err error
	for range 3 {
		_, err = s.eks.DescribeAddon(background, &eks.DescribeAddonInput{ClusterName: cluster, AddonName: aws.String("vpc-cni")})
	}
	wantCode(t, "ResourceNotFoundException", err)
}

// TestResourcePolicies proves the policies of repositories and secrets.
func TestResourcePolicies(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	repositories, secrets := ecr.NewFromConfig(config), secretsmanager.NewFromConfig(config)
	name := aws.String("shop/web")
	must(repositories.CreateRepository(background, &ecr.CreateRepositoryInput{RepositoryName: name, EncryptionConfiguration: &ecrtypes.EncryptionConfiguration{EncryptionType: ecrtypes.EncryptionTypeKms}}))(t)
	push := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":["ecr:PutImage"]}]}`
	must(repositories.SetRepositoryPolicy(background, &ecr.SetRepositoryPolicyInput{RepositoryName: name, PolicyText: &push}))(t)
	if got := must(repositories.GetRepositoryPolicy(background, &ecr.GetRepositoryPolicyInput{RepositoryName: name}))(t); aws.ToString(got.PolicyText) != push {
		t.Errorf("policy %s", aws.ToString(got.PolicyText))
	}
	_, err := repositories.SetRepositoryPolicy(background, &ecr.SetRepositoryPolicyInput{RepositoryName: name, PolicyText: aws.String(`{"Statement":[]}`)})
	wantCode(t, "InvalidParameterException", err)
	must(repositories.DeleteRepositoryPolicy(background, &ecr.DeleteRepositoryPolicyInput{RepositoryName: name}))(t)

	id := aws.String("shop")
	must(secrets.CreateSecret(background, &secretsmanager.CreateSecretInput{Name: id}))(t)
	open := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
	_, err = secrets.PutResourcePolicy(background, &secretsmanager.PutResourcePolicyInput{SecretId: id, ResourcePolicy: &open, BlockPublicPolicy: aws.Bool(true)})
	wantCode(t, "PublicPolicyException", err)
	closed := strings.Replace(open, `"Principal":"*"`, `"Principal":{"AWS":"arn:aws:iam::444455556666:root"}`, 1)
	must(secrets.PutResourcePolicy(background, &secretsmanager.PutResourcePolicyInput{SecretId: id, ResourcePolicy: &closed}))(t)
	must(secrets.UpdateSecret(background, &secretsmanager.UpdateSecretInput{SecretId: id, Description: aws.String("of the shop")}))(t)
	if got := must(secrets.DescribeSecret(background, &secretsmanager.DescribeSecretInput{SecretId: id}))(t); aws.ToString(got.Description) != "of the shop" {
		t.Errorf("secret %+v", got)
	}
	if got := must(secrets.GetResourcePolicy(background, &secretsmanager.GetResourcePolicyInput{SecretId: id}))(t); aws.ToString(got.ResourcePolicy) != closed {
		t.Errorf("policy %s", aws.ToString(got.ResourcePolicy))
	}
}
