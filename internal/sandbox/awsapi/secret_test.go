package awsapi_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secrettypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// TestSecret proves that a value round-trips, that neither the store nor the
// journal holds it, and that a deleted name stays taken until it is over.
func TestSecret(t *testing.T) {
	t.Parallel()
	box, config := newBox(t)
	client := secretsmanager.NewFromConfig(config)
	const planted = "correct-horse-battery-staple"
	id := aws.String("shop/db")
	made := must(client.CreateSecret(background, &secretsmanager.CreateSecretInput{Name: id, SecretString: aws.String(planted), Tags: []secrettypes.Tag{{Key: aws.String("kready-cluster"), Value: aws.String("shop-eu")}}}))(t)
	_, err := client.CreateSecret(background, &secretsmanager.CreateSecretInput{Name: id})
	wantCode(t, "ResourceExistsException", err)
	must(client.PutSecretValue(background, &secretsmanager.PutSecretValueInput{SecretId: made.ARN, SecretString: aws.String(planted + "-2")}))(t)
	current := must(client.GetSecretValue(background, &secretsmanager.GetSecretValueInput{SecretId: id}))(t)
	previous := must(client.GetSecretValue(background, &secretsmanager.GetSecretValueInput{SecretId: id, VersionStage: aws.String("AWSPREVIOUS")}))(t)
	if aws.ToString(current.SecretString) != planted+"-2" || aws.ToString(previous.SecretString) != planted {
		t.Errorf("values do not come back")
	}
	for _, path := range []string{box.Path(), box.JournalPath()} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), planted) {
			t.Errorf("%s holds the planted secret", path)
		}
	}
	list := must(client.ListSecrets(background, &secretsmanager.ListSecretsInput{Filters: []secrettypes.Filter{{Key: secrettypes.FilterNameStringTypeName, Values: []string{"shop/"}}}}))(t).SecretList
	if len(list) != 1 || aws.ToString(list[0].Tags[0].Value) != "shop-eu" {
		t.Errorf("secrets %+v", list)
	}
	_, err = client.DeleteSecret(background, &secretsmanager.DeleteSecretInput{SecretId: id, RecoveryWindowInDays: aws.Int64(3)})
	wantCode(t, "InvalidParameterException", err)
	must(client.DeleteSecret(background, &secretsmanager.DeleteSecretInput{SecretId: id, RecoveryWindowInDays: aws.Int64(7)}))(t)
	_, err = client.GetSecretValue(background, &secretsmanager.GetSecretValueInput{SecretId: id})
	wantCode(t, "InvalidRequestException", err)
	_, err = client.CreateSecret(background, &secretsmanager.CreateSecretInput{Name: id})
	wantCode(t, "InvalidRequestException", err)
	must(client.RestoreSecret(background, &secretsmanager.RestoreSecretInput{SecretId: id}))(t)
	must(client.DeleteSecret(background, &secretsmanager.DeleteSecretInput{SecretId: id, RecoveryWindowInDays: aws.Int64(7)}))(t)
	if err := box.Advance(8 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	must(client.CreateSecret(background, &secretsmanager.CreateSecretInput{Name: id}))(t)
}

// TestServiceQuotas proves that a quota read is the quota enforced, and that an
// increase is granted by polls.
func TestServiceQuotas(t *testing.T) {
	t.Parallel()
	box, config := newBox(t)
	client := servicequotas.NewFromConfig(config)
	if err := box.Set("quota/aws/vpc/L-F678F1CE", "7"); err != nil {
		t.Fatal(err)
	}
	service, quota := aws.String("vpc"), aws.String("L-F678F1CE")
	value := func() float64 {
		return *must(client.GetServiceQuota(background, &servicequotas.GetServiceQuotaInput{ServiceCode: service, QuotaCode: quota}))(t).Quota.Value
	}
	if value() != 7 {
		t.Errorf("value %v, want 7", value())
	}
	if d := must(client.GetAWSDefaultServiceQuota(background, &servicequotas.GetAWSDefaultServiceQuotaInput{ServiceCode: service, QuotaCode: quota}))(t).Quota; *d.Value != 5 {
		t.Errorf("default %v, want 5", *d.Value)
	}
	_, err := client.GetServiceQuota(background, &servicequotas.GetServiceQuotaInput{ServiceCode: service, QuotaCode: aws.String("L-00000000")})
	wantCode(t, "NoSuchResourceException", err)
	_, err = client.RequestServiceQuotaIncrease(background, &servicequotas.RequestServiceQuotaIncreaseInput{ServiceCode: service, QuotaCode: quota, DesiredValue: aws.Float64(6)})
	wantCode(t, "IllegalArgumentException", err)
	asked := must(client.RequestServiceQuotaIncrease(background, &servicequotas.RequestServiceQuotaIncreaseInput{ServiceCode: service, QuotaCode: quota, DesiredValue: aws.Float64(20)}))(t).RequestedQuota
	for range 3 {
		must(client.GetRequestedServiceQuotaChange(background, &servicequotas.GetRequestedServiceQuotaChangeInput{RequestId: asked.Id}))(t)
	}
	if value() != 20 {
		t.Errorf("value %v after the request was granted, want 20", value())
	}
	if list := must(client.ListServiceQuotas(background, &servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("eks")}))(t).Quotas; len(list) == 0 {
		t.Error("EKS has no quotas")
	}
}

// TestInterruptionQueue proves a queue with a rule that sends to it, the order
// in which they can be deleted, and that a name is not free at once.
func TestInterruptionQueue(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	queues, events := sqs.NewFromConfig(config), eventbridge.NewFromConfig(config)
	input := &sqs.CreateQueueInput{QueueName: aws.String("shop-eu-interruption"), Attributes: map[string]string{"MessageRetentionPeriod": "300"}, Tags: map[string]string{"kready-cluster": "shop-eu"}}
	url := must(queues.CreateQueue(background, input))(t).QueueUrl
	_, err := queues.CreateQueue(background, &sqs.CreateQueueInput{QueueName: input.QueueName, Attributes: map[string]string{"MessageRetentionPeriod": "600"}})
	wantCode(t, "QueueAlreadyExists", err) // the old name, which the SDK reads from the header
	_, err = queues.CreateQueue(background, &sqs.CreateQueueInput{QueueName: aws.String("x"), Attributes: map[string]string{"MessageRetentionPeriod": "1"}})
	wantCode(t, "InvalidAttributeValue", err)
	attributes := must(queues.GetQueueAttributes(background, &sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}}))(t).Attributes
	if attributes["MessageRetentionPeriod"] != "300" || attributes["QueueArn"] != "arn:aws:sqs:eu-west-1:111122223333:shop-eu-interruption" {
		t.Errorf("attributes %v", attributes)
	}
	rule := aws.String("shop-eu-spot")
	_, err = events.PutRule(background, &eventbridge.PutRuleInput{Name: rule, EventPattern: aws.String(`{"source": "aws.ec2"}`)})
	wantCode(t, "InvalidEventPatternException", err)
	must(events.PutRule(background, &eventbridge.PutRuleInput{Name: rule, EventPattern: aws.String(`{"source": ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"]}`)}))(t)
	must(events.PutTargets(background, &eventbridge.PutTargetsInput{Rule: rule, Targets: []eventtypes.Target{{Id: aws.String("queue"), Arn: aws.String(attributes["QueueArn"])}}}))(t)
	_, err = events.DeleteRule(background, &eventbridge.DeleteRuleInput{Name: rule})
	wantCode(t, "ValidationException", err)
	if targets := must(events.ListTargetsByRule(background, &eventbridge.ListTargetsByRuleInput{Rule: rule}))(t).Targets; len(targets) != 1 {
		t.Errorf("targets %+v", targets)
	}
	must(events.RemoveTargets(background, &eventbridge.RemoveTargetsInput{Rule: rule, Ids: []string{"queue"}}))(t)
	must(events.DeleteRule(background, &eventbridge.DeleteRuleInput{Name: rule}))(t)
	_, err = events.DescribeRule(background, &eventbridge.DescribeRuleInput{Name: rule})
	wantCode(t, "ResourceNotFoundException", err)
	must(queues.DeleteQueue(background, &sqs.DeleteQueueInput{QueueUrl: url}))(t)
	_, err = queues.GetQueueAttributes(background, &sqs.GetQueueAttributesInput{QueueUrl: url})
	wantCode(t, "AWS.SimpleQueueService.NonExistentQueue", err)
	_, err = queues.CreateQueue(background, input)
	wantCode(t, "AWS.SimpleQueueService.QueueDeletedRecently", err)
	must(queues.CreateQueue(background, input))(t)
}

// TestNodeImageParameters proves that SSM names the release that EKS would
// take, for both families.
func TestNodeImageParameters(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	client := ssm.NewFromConfig(config)
	get := func(name string) string {
		return aws.ToString(must(client.GetParameter(background, &ssm.GetParameterInput{Name: &name}))(t).Parameter.Value)
	}
	if got := get("/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/arm64/standard/recommended/release_version"); !strings.HasPrefix(got, "1.34.") {
		t.Errorf("release %q", got)
	}
	if got := get("/aws/service/bottlerocket/aws-k8s-1.34/x86_64/latest/image_version"); !strings.HasPrefix(got, "1.") {
		t.Errorf("version %q", got)
	}
	_, err := client.GetParameter(background, &ssm.GetParameterInput{Name: aws.String("/aws/service/eks/optimized-ami/1.34/amazon-linux-2/recommended/image_id")})
	wantCode(t, "ParameterNotFound", err) // Amazon Linux 2 ends with 1.32
	page := must(client.GetParametersByPath(background, &ssm.GetParametersByPathInput{Path: aws.String("/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard"), Recursive: aws.Bool(true)}))(t)
	if len(page.Parameters) != 10 || page.NextToken == nil {
		t.Errorf("%d parameters on the first page", len(page.Parameters))
	}
}
