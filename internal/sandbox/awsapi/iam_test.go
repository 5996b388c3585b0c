package awsapi_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const trustEKS = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`

// TestRoleRoundTrip proves that the SDK reads back every field of a role, and
// that its documents survive IAM's percent-encoding.
func TestRoleRoundTrip(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	client := iam.NewFromConfig(config)
	boundary := must(client.CreatePolicy(background, &iam.CreatePolicyInput{
		PolicyName: aws.String("boundary"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`),
	}))(t).Policy.Arn
	must(client.CreateRole(background, &iam.CreateRoleInput{
		RoleName: aws.String("shop-eu-cluster"), Path: aws.String("/kready/"), AssumeRolePolicyDocument: aws.String(trustEKS),
		Description: aws.String("control plane of shop-eu"), MaxSessionDuration: aws.Int32(7200), PermissionsBoundary: boundary,
		Tags: []iamtypes.Tag{{Key: aws.String("kready-cluster"), Value: aws.String("shop-eu")}, {Key: aws.String("empty"), Value: aws.String("")}},
	}))(t)
	role := must(client.GetRole(background, &iam.GetRoleInput{RoleName: aws.String("shop-eu-cluster")}))(t).Role
	document, err := url.PathUnescape(aws.ToString(role.AssumeRolePolicyDocument))
	if err != nil || document != trustEKS {
		t.Errorf("trust policy %q, %v", document, err)
	}
	if got := aws.ToString(role.Arn); got != "arn:aws:iam::111122223333:role/kready/shop-eu-cluster" {
		t.Errorf("ARN %q", got)
	}
	if aws.ToString(role.Path) != "/kready/" || aws.ToInt32(role.MaxSessionDuration) != 7200 || len(role.Tags) != 2 ||
		aws.ToString(role.PermissionsBoundary.PermissionsBoundaryArn) != aws.ToString(boundary) || !strings.HasPrefix(aws.ToString(role.RoleId), "AROA") {
		t.Errorf("role %+v", role)
	}
	_, err = client.CreateRole(background, &iam.CreateRoleInput{RoleName: aws.String("SHOP-EU-CLUSTER"), AssumeRolePolicyDocument: aws.String(trustEKS)})
	wantCode(t, "EntityAlreadyExists", err)
	_, err = client.DeletePolicy(background, &iam.DeletePolicyInput{PolicyArn: boundary})
	wantCode(t, "DeleteConflict", err)
}

// TestRoleRefusals proves the refusals that an adapter meets, by their codes.
func TestRoleRefusals(t *testing.T) {
	t.Parallel()
	box, config := newBox(t)
	if err := box.Set("iam/strangers", "none"); err != nil {
		t.Fatal(err)
	}
	client := iam.NewFromConfig(config)
	create := func(name, trust string) error {
		_, err := client.CreateRole(background, &iam.CreateRoleInput{RoleName: aws.String(name), AssumeRolePolicyDocument: aws.String(trust)})
		return err
	}
	trust := func(statement string) string { return `{"Version":"2012-10-17","Statement":[` + statement + `]}` }
	for _, test := range []struct{ name, trust, want string }{
		{strings.Repeat("a", 65), trustEKS, "ValidationError"},
		{"with space", trustEKS, "ValidationError"},
		{"a", "", "ValidationError"},
		{"a", "{", "MalformedPolicyDocument"},
		{"a", trust(`{"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole","Resource":"*"}`), "MalformedPolicyDocument"},
		{"a", trust(`{"Effect":"allow","Principal":{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole"}`), "MalformedPolicyDocument"},
		{"a", trust(`{"Effect":"Allow","Action":"sts:AssumeRole"}`), "MalformedPolicyDocument"},
		{"a", trust(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/nobody"},"Action":"sts:AssumeRole"}`), "MalformedPolicyDocument"},
		{"a", trust(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/theirs"},"Action":"sts:AssumeRole"}`), ""},
		{"b", trust(`{"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},"Action":"s3:GetObject"}`), "MalformedPolicyDocument"},
		{"c", trust(`{"Sid":"` + strings.Repeat("x", 2100) + `","Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole"}`), "LimitExceeded"},
	} {
		if got := code(create(test.name, test.trust)); got != test.want {
			t.Errorf("CreateRole %.10s %s: code %q, want %q", test.name, test.trust, got, test.want)
		}
	}
	name := aws.String("a")
	_, err := client.PutRolePolicy(background, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("p"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*"}}`)})
	wantCode(t, "MalformedPolicyDocument", err)
	_, err = client.AttachRolePolicy(background, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicy")})
	wantCode(t, "NoSuchEntity", err) // it lives under service-role/
	must(client.AttachRolePolicy(background, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")}))(t)
	_, err = client.DeleteRole(background, &iam.DeleteRoleInput{RoleName: name})
	wantCode(t, "DeleteConflict", err)
	_, err = client.DetachRolePolicy(background, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
	wantCode(t, "NoSuchEntity", err)
	_, err = client.ListUsers(background, &iam.ListUsersInput{})
	wantCode(t, "InvalidAction", err)
}

// TestInstanceProfile proves that a profile takes one role and keeps it from
// being deleted.
func TestInstanceProfile(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	client := iam.NewFromConfig(config)
	name := aws.String("node")
	must(client.CreateRole(background, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(strings.Replace(trustEKS, "eks.", "ec2.", 1))}))(t)
	must(client.CreateInstanceProfile(background, &iam.CreateInstanceProfileInput{InstanceProfileName: name}))(t)
	must(client.AddRoleToInstanceProfile(background, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: name, RoleName: name}))(t)
	_, err := client.AddRoleToInstanceProfile(background, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: name, RoleName: name})
	wantCode(t, "LimitExceeded", err)
	profiles := must(client.ListInstanceProfilesForRole(background, &iam.ListInstanceProfilesForRoleInput{RoleName: name}))(t).InstanceProfiles
	if len(profiles) != 1 || aws.ToString(profiles[0].Roles[0].RoleName) != "node" {
		t.Errorf("profiles %+v", profiles)
	}
	_, err = client.DeleteRole(background, &iam.DeleteRoleInput{RoleName: name})
	wantCode(t, "DeleteConflict", err)
	must(client.RemoveRoleFromInstanceProfile(background, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: name, RoleName: name}))(t)
	must(client.DeleteInstanceProfile(background, &iam.DeleteInstanceProfileInput{InstanceProfileName: name}))(t)
	must(client.DeleteRole(background, &iam.DeleteRoleInput{RoleName: name}))(t)
}

// TestOIDCProviderAndServiceLinkedRole proves the round trip of an identity
// provider, and that a service-linked role is made once and is read-only.
func TestOIDCProviderAndServiceLinkedRole(t *testing.T) {
	t.Parallel()
	box, config := newBox(t)
	client := iam.NewFromConfig(config)
	in := &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://oidc.eks.eu-west-1.amazonaws.com/id/ABC"), ClientIDList: []string{"sts.amazonaws.com"}}
	made := must(client.CreateOpenIDConnectProvider(background, in))(t)
	got := must(client.GetOpenIDConnectProvider(background, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: made.OpenIDConnectProviderArn}))(t)
	if aws.ToString(got.Url) != "oidc.eks.eu-west-1.amazonaws.com/id/ABC" || len(got.ClientIDList) != 1 || len(got.ThumbprintList) != 1 {
		t.Errorf("provider %+v", got)
	}
	_, err := client.CreateOpenIDConnectProvider(background, in)
	wantCode(t, "EntityAlreadyExists", err)

	linked := &iam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("autoscaling.amazonaws.com")}
	must(client.CreateServiceLinkedRole(background, linked))(t)
	_, err = client.CreateServiceLinkedRole(background, linked)
	wantCode(t, "InvalidInput", err)
	_, err = client.DeleteRole(background, &iam.DeleteRoleInput{RoleName: aws.String("AWSServiceRoleForAutoScaling")})
	wantCode(t, "UnmodifiableEntity", err)
	shown := must(box.Objects(false))(t)
	if len(shown) != 1 || shown[0].Type != "iam/oidc-provider" {
		t.Errorf("shown %+v, want the provider only", shown)
	}
}

// TestCaller proves that an identity carries the realm, that an assumed role
// changes it, and that a new role is refused until it has propagated.
func TestCaller(t *testing.T) {
	t.Parallel()
	box, config := newBox(t)
	realm := must(box.Realm())(t)
	client := sts.NewFromConfig(config)
	who := must(client.GetCallerIdentity(background, &sts.GetCallerIdentityInput{}))(t)
	if aws.ToString(who.Account) != "111122223333" || !strings.HasSuffix(aws.ToString(who.UserId), ":"+realm) {
		t.Errorf("caller %+v in realm %s", who, realm)
	}
	roles := iam.NewFromConfig(config)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}`
	role := must(roles.CreateRole(background, &iam.CreateRoleInput{RoleName: aws.String("deployer"), AssumeRolePolicyDocument: aws.String(trust)}))(t).Role
	assume := &sts.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: aws.String("ci")}
	_, err := client.AssumeRole(background, assume)
	wantCode(t, "AccessDenied", err)
	got := must(client.AssumeRole(background, assume))(t)
	assumed := config.Copy()
	assumed.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: *got.Credentials.AccessKeyId, SecretAccessKey: *got.Credentials.SecretAccessKey, SessionToken: *got.Credentials.SessionToken}, nil
	})
	who = must(sts.NewFromConfig(assumed).GetCallerIdentity(background, &sts.GetCallerIdentityInput{}))(t)
	if aws.ToString(who.Arn) != "arn:aws:sts::111122223333:assumed-role/deployer/ci" {
		t.Errorf("assumed %s", aws.ToString(who.Arn))
	}
	assume.RoleArn = aws.String("arn:aws:iam::111122223333:role/nobody")
	_, err = client.AssumeRole(background, assume)
	wantCode(t, "AccessDenied", err)
}
