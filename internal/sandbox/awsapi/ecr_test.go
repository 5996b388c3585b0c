package awsapi_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

const manifest = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"digest":"sha256:00"}}`

// TestRepository proves the round trip of a repository's settings, tag
// immutability, and that images keep it from being deleted.
func TestRepository(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	client := ecr.NewFromConfig(config)
	name := aws.String("shop/web")
	key := must(kms.NewFromConfig(config).CreateKey(background, &kms.CreateKeyInput{}))(t).KeyMetadata.Arn
	input := func() *ecr.CreateRepositoryInput {
		return &ecr.CreateRepositoryInput{
			RepositoryName: name, ImageTagMutability: ecrtypes.ImageTagMutabilityImmutable,
			ImageScanningConfiguration: &ecrtypes.ImageScanningConfiguration{ScanOnPush: true},
			EncryptionConfiguration:    &ecrtypes.EncryptionConfiguration{EncryptionType: ecrtypes.EncryptionTypeKms, KmsKey: key},
			Tags:                       []ecrtypes.Tag{{Key: aws.String("kready-cluster"), Value: aws.String("shop-eu")}},
		}
	}
	bad := input()
	bad.RepositoryName = aws.String("Shop")
	_, err := client.CreateRepository(background, bad)
	wantCode(t, "InvalidParameterException", err)
	bad = input()
	bad.EncryptionConfiguration.KmsKey = aws.String("arn:aws:kms:eu-west-1:111122223333:key/none")
	_, err = client.CreateRepository(background, bad)
	wantCode(t, "KmsException", err)
	made := must(client.CreateRepository(background, input()))(t).Repository
	_, err = client.CreateRepository(background, input())
	wantCode(t, "RepositoryAlreadyExistsException", err)
	got := must(client.DescribeRepositories(background, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{*name}}))(t).Repositories[0]
	if aws.ToString(got.RepositoryUri) != "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/web" || !got.ImageScanningConfiguration.ScanOnPush ||
		aws.ToString(got.EncryptionConfiguration.KmsKey) != *key || got.ImageTagMutability != ecrtypes.ImageTagMutabilityImmutable {
		t.Errorf("repository %+v", got)
	}
	tags := must(client.ListTagsForResource(background, &ecr.ListTagsForResourceInput{ResourceArn: made.RepositoryArn}))(t).Tags
	if len(tags) != 1 || aws.ToString(tags[0].Value) != "shop-eu" {
		t.Errorf("tags %+v", tags)
	}

	policy := `{"rules":[{"rulePriority":1,"description":"untagged images go","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}`
	must(client.PutLifecyclePolicy(background, &ecr.PutLifecyclePolicyInput{RepositoryName: name, LifecyclePolicyText: &policy}))(t)
	_, err = client.PutLifecyclePolicy(background, &ecr.PutLifecyclePolicyInput{RepositoryName: name, LifecyclePolicyText: aws.String(
		`{"rules":[{"rulePriority":1,"description":"what is tagged without saying with which prefixes","selection":{"tagStatus":"tagged","countType":"imageCountMoreThan","countNumber":14},"action":{"type":"expire"}}]}`)})
	wantCode(t, "InvalidParameterException", err)
	_, err = client.GetRepositoryPolicy(background, &ecr.GetRepositoryPolicyInput{RepositoryName: name})
	wantCode(t, "RepositoryPolicyNotFoundException", err)

	put := func(content, tag string) error {
		_, err := client.PutImage(background, &ecr.PutImageInput{RepositoryName: name, ImageManifest: &content, ImageTag: &tag})
		return err
	}
	wantCode(t, "", put(manifest, "v1"))
	wantCode(t, "ImageAlreadyExistsException", put(manifest, "v1"))
	wantCode(t, "ImageTagAlreadyExistsException", put(manifest+" ", "v1"))
	wantCode(t, "", put(manifest, "latest"))
	details := must(client.DescribeImages(background, &ecr.DescribeImagesInput{RepositoryName: name}))(t).ImageDetails
	if len(details) != 1 || len(details[0].ImageTags) != 2 {
		t.Errorf("images %+v", details)
	}
	_, err = client.DeleteRepository(background, &ecr.DeleteRepositoryInput{RepositoryName: name})
	wantCode(t, "RepositoryNotEmptyException", err)
	gone := must(client.BatchDeleteImage(background, &ecr.BatchDeleteImageInput{RepositoryName: name, ImageIds: []ecrtypes.ImageIdentifier{{ImageDigest: details[0].ImageDigest}, {ImageTag: aws.String("none")}}}))(t)
	if len(gone.ImageIds) != 1 || len(gone.Failures) != 1 || gone.Failures[0].FailureCode != ecrtypes.ImageFailureCodeImageNotFound {
		t.Errorf("deleted %+v", gone)
	}
	must(client.DeleteRepository(background, &ecr.DeleteRepositoryInput{RepositoryName: name}))(t)
	_, err = client.DescribeRepositories(background, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{*name}})
	wantCode(t, "RepositoryNotFoundException", err)
}

// TestRegistry proves what belongs to the registry as a whole.
func TestRegistry(t *testing.T) {
	t.Parallel()
	_, config := newBox(t)
	client := ecr.NewFromConfig(config)
	rule := &ecr.CreatePullThroughCacheRuleInput{EcrRepositoryPrefix: aws.String("k8s"), UpstreamRegistryUrl: aws.String("registry.k8s.io")}
	must(client.CreatePullThroughCacheRule(background, rule))(t)
	_, err := client.CreatePullThroughCacheRule(background, rule)
	wantCode(t, "PullThroughCacheRuleAlreadyExistsException", err)
	_, err = client.CreatePullThroughCacheRule(background, &ecr.CreatePullThroughCacheRuleInput{EcrRepositoryPrefix: aws.String("hub"), UpstreamRegistryUrl: aws.String("registry-1.docker.io")})
	wantCode(t, "InvalidParameterException", err) // it wants credentials
	must(client.PutRegistryScanningConfiguration(background, &ecr.PutRegistryScanningConfigurationInput{ScanType: ecrtypes.ScanTypeEnhanced, Rules: []ecrtypes.RegistryScanningRule{
		{ScanFrequency: ecrtypes.ScanFrequencyContinuousScan, RepositoryFilters: []ecrtypes.ScanningRepositoryFilter{{Filter: aws.String("*"), FilterType: ecrtypes.ScanningRepositoryFilterTypeWildcard}}},
	}}))(t)
	if got := must(client.GetRegistryScanningConfiguration(background, &ecr.GetRegistryScanningConfigurationInput{}))(t).ScanningConfiguration; got.ScanType != ecrtypes.ScanTypeEnhanced || len(got.Rules) != 1 {
		t.Errorf("scanning %+v", got)
	}
	token := must(client.GetAuthorizationToken(background, &ecr.GetAuthorizationTokenInput{}))(t).AuthorizationData
	if len(token) != 1 || aws.ToString(token[0].ProxyEndpoint) != "https://111122223333.dkr.ecr.eu-west-1.amazonaws.com" {
		t.Errorf("authorization %+v", token)
	}
}
