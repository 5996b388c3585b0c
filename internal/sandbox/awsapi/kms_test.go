package awsapi_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func keyPolicy(statement string) *string {
	return aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}` + statement + `]}`)
}

// TestKeyLife proves a key's way from birth to its last day: alias, rotation,
// scheduled deletion, cancellation, and that it is gone when the day has come.
func TestKeyLife(t *testing.T) {
	t.Parallel()
	box, config := newBox(t)
	client := kms.NewFromConfig(config)
	made := must(client.CreateKey(background, &kms.CreateKeyInput{Description: aws.String("shop-eu"), Policy: keyPolicy(""), Tags: []kmstypes.Tag{{TagKey: aws.String("kready-cluster"), TagValue: aws.String("shop-eu")}}}))(t).KeyMetadata
	alias := aws.String("alias/kready/shop-eu")
	must(client.CreateAlias(background, &kms.CreateAliasInput{AliasName: alias, TargetKeyId: made.KeyId}))(t)
	_, err := client.CreateAlias(background, &kms.CreateAliasInput{AliasName: alias, TargetKeyId: made.KeyId})
	wantCode(t, "AlreadyExistsException", err)
	must(client.EnableKeyRotation(background, &kms.EnableKeyRotationInput{KeyId: made.KeyId, RotationPeriodInDays: aws.Int32(90)}))(t)
	rotation := must(client.GetKeyRotationStatus(background, &kms.GetKeyRotationStatusInput{KeyId: made.Arn}))(t)
	if !rotation.KeyRotationEnabled || aws.ToInt32(rotation.RotationPeriodInDays) != 90 || rotation.NextRotationDate == nil {
		t.Errorf("rotation %+v", rotation)
	}
	got := must(client.DescribeKey(background, &kms.DescribeKeyInput{KeyId: alias}))(t).KeyMetadata
	if aws.ToString(got.Arn) != aws.ToString(made.Arn) || got.KeyState != kmstypes.KeyStateEnabled || got.CreationDate.Unix() != time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).Unix() {
		t.Errorf("key %+v", got)
	}
	_, err = client.ScheduleKeyDeletion(background, &kms.ScheduleKeyDeletionInput{KeyId: made.KeyId, PendingWindowInDays: aws.Int32(6)})
	wantCode(t, "ValidationException", err)
	schedule := &kms.ScheduleKeyDeletionInput{KeyId: made.KeyId, PendingWindowInDays: aws.Int32(7)}
	must(client.ScheduleKeyDeletion(background, schedule))(t)
	_, err = client.ScheduleKeyDeletion(background, schedule)
	wantCode(t, "KMSInvalidStateException", err)
	_, err = client.CreateAlias(background, &kms.CreateAliasInput{AliasName: aws.String("alias/other"), TargetKeyId: made.KeyId})
	wantCode(t, "KMSInvalidStateException", err)
	must(client.CancelKeyDeletion(background, &kms.CancelKeyDeletionInput{KeyId: made.KeyId}))(t)
	must(client.DeleteAlias(background, &kms.DeleteAliasInput{AliasName: alias}))(t)
	must(client.ScheduleKeyDeletion(background, schedule))(t)
	if shown := must(box.Objects(false))(t); len(shown) != 0 {
		t.Errorf("shown %+v; a key pending deletion is shown only with all", shown)
	}
	if err := box.Advance(7*24*time.Hour + time.Second); err != nil {
		t.Fatal(err)
	}
	_, err = client.DescribeKey(background, &kms.DescribeKeyInput{KeyId: made.KeyId})
	wantCode(t, "NotFoundException", err)
}

// TestKeyPolicy proves that a policy is refused which names nobody or locks
// its owner out.
func TestKeyPolicy(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	client := kms.NewFromConfig(config)
	linked := `,{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"},"Action":"kms:CreateGrant","Resource":"*"}`
	_, err := client.CreateKey(background, &kms.CreateKeyInput{Policy: keyPolicy(linked)})
	wantCode(t, "MalformedPolicyDocumentException", err)
	must(iam.NewFromConfig(config).CreateServiceLinkedRole(background, &iam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("autoscaling.amazonaws.com")}))(t)
	must(client.CreateKey(background, &kms.CreateKeyInput{Policy: keyPolicy(linked)}))(t)
	locked := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"logs.amazonaws.com"},"Action":"kms:*","Resource":"*"}]}`
	_, err = client.CreateKey(background, &kms.CreateKeyInput{Policy: aws.String(locked)})
	wantCode(t, "MalformedPolicyDocumentException", err)
	_, err = client.Encrypt(background, &kms.EncryptInput{KeyId: aws.String("alias/x"), Plaintext: []byte("x")})
	wantCode(t, "UnknownOperationException", err)
}

// TestLogGroup proves retention, tags, and that a key must let the service in.
func TestLogGroup(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	client := cloudwatchlogs.NewFromConfig(config)
	keys := kms.NewFromConfig(config)
	closed := must(keys.CreateKey(background, &kms.CreateKeyInput{Policy: keyPolicy("")}))(t).KeyMetadata.Arn
	open := must(keys.CreateKey(background, &kms.CreateKeyInput{Policy: keyPolicy(`,{"Effect":"Allow","Principal":{"Service":"logs.eu-west-1.amazonaws.com"},"Action":["kms:Encrypt*","kms:Decrypt*","kms:GenerateDataKey*"],"Resource":"*"}`)}))(t).KeyMetadata.Arn
	name := aws.String("/aws/eks/shop-eu/cluster")
	_, err := client.CreateLogGroup(background, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: name, KmsKeyId: closed})
	wantCode(t, "InvalidParameterException", err)
	must(client.CreateLogGroup(background, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: name, KmsKeyId: open, Tags: map[string]string{"kready-cluster": "shop-eu"}}))(t)
	_, err = client.CreateLogGroup(background, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: name})
	wantCode(t, "ResourceAlreadyExistsException", err)
	_, err = client.PutRetentionPolicy(background, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: name, RetentionInDays: aws.Int32(100)})
	wantCode(t, "InvalidParameterException", err)
	must(client.PutRetentionPolicy(background, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: name, RetentionInDays: aws.Int32(90)}))(t)
	groups := must(client.DescribeLogGroups(background, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: name}))(t).LogGroups
	if len(groups) != 1 || aws.ToInt32(groups[0].RetentionInDays) != 90 || aws.ToString(groups[0].KmsKeyId) != *open ||
		aws.ToString(groups[0].Arn) != "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/shop-eu/cluster:*" {
		t.Fatalf("groups %+v", groups)
	}
	tags := must(client.ListTagsForResource(background, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: groups[0].LogGroupArn}))(t).Tags
	if tags["kready-cluster"] != "shop-eu" {
		t.Errorf("tags %v", tags)
	}
	must(client.DeleteLogGroup(background, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: name}))(t)
	_, err = client.DeleteLogGroup(background, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: name})
	wantCode(t, "ResourceNotFoundException", err)
}
