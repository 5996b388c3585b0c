package awscloud

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// repository is one ECR repository as found.
type repository struct {
	name, arn, uri  string
	keyARN          string // empty: ECR's own AES256
	immutable, scan bool
	lifecycle       string // policy text, "" for none
	policy          string // policy text, "" for none
	pushers         []string
	tags            map[string]string
}

// wantedRepository is one ECR repository as wanted.
type wantedRepository struct {
	component string
	design    blueprint.RepositoryDesign
	keyARN    string
	pushers   []string
	tags      map[string]string
}

// readRepository fills in what listing does not tell. Three calls.
func (a *api) readRepository(ctx context.Context, object string, found *repository) error {
	name := aws.String(found.name)
	lifecycle, err := a.ecr.GetLifecyclePolicy(ctx, &ecr.GetLifecyclePolicyInput{RepositoryName: name})
	switch {
	case err == nil:
		found.lifecycle = aws.ToString(lifecycle.LifecyclePolicyText)
	case !isNotFound(err):
		return wrap(err, object)
	}
	policy, err := a.ecr.GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{RepositoryName: name})
	switch {
	case err == nil:
		found.policy = aws.ToString(policy.PolicyText)
		found.pushers = pushersOf(found.policy)
	case !isNotFound(err):
		return wrap(err, object)
	}
	tags, err := a.ecr.ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: aws.String(found.arn)})
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return wrap(err, object)
	}
	found.tags = map[string]string{}
	for _, tag := range tags.Tags {
		found.tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return nil
}

// design reads the repository back.
func (found *repository) design(key *observedKey) blueprint.RepositoryDesign {
	var remarks []string
	days, keep, ok := parseLifecycle(found.lifecycle)
	if !ok && found.lifecycle != "" {
		remarks = append(remarks, "lifecycle policy differs")
	}
	if found.policy != "" && !samePolicy(found.policy, encode(awsiam.PushPolicy(found.pushers))) {
		remarks = append(remarks, "repository policy differs")
	}
	name := found.name
	if key == nil || found.keyARN != key.arn {
		remarks = append(remarks, "encrypted with another key; that is for life")
	}
	return blueprint.RepositoryDesign{
		Name: remark(name, remarks...), ImmutableTags: found.immutable, ScanOnPush: found.scan,
		KeepUntaggedDays: days, KeepImages: keep,
	}
}

// ensureRepository makes the repository what is wanted. have is nil where
// there is none; what it returns exists, also beside an error.
func (a *api) ensureRepository(ctx context.Context, ref cloud.Ref, want wantedRepository, have *repository) (made *repository, changed bool, err error) {
	object := ofCluster(want.component, ref)
	if have != nil && (have.name != want.design.Name || have.keyARN != want.keyARN) {
		// Name and key of a repository are for life: it is made anew, unless it
		// holds images.
		if err := a.deleteRepository(ctx, ref, want.component, have, false); err != nil {
			return have, true, err
		}
		have = nil
	}
	if have == nil {
		if have, err = a.createRepository(ctx, object, want); err != nil {
			return have, true, wrap(err, object)
		}
		if err := ref.MayTouch("repository "+have.name, have.tags); err != nil {
			return nil, false, err
		}
		changed = true
	}
	repaired, err := a.repairRepository(ctx, object, want, have)
	return have, changed || repaired, err
}

func (a *api) createRepository(ctx context.Context, object string, want wantedRepository) (*repository, error) {
	mutability := types.ImageTagMutabilityMutable
	if want.design.ImmutableTags {
		mutability = types.ImageTagMutabilityImmutable
	}
	made, err := settle(ctx, a.poll, func(ctx context.Context) (*ecr.CreateRepositoryOutput, error) {
		return a.ecr.CreateRepository(ctx, &ecr.CreateRepositoryInput{
			RepositoryName: aws.String(want.design.Name), ImageTagMutability: mutability,
			ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: want.design.ScanOnPush},
			EncryptionConfiguration:    &types.EncryptionConfiguration{EncryptionType: types.EncryptionTypeKms, KmsKey: aws.String(want.keyARN)},
			Tags:                       toECR(want.tags),
		})
	})
	// A lost answer makes the SDK's next attempt meet its own repository; the
	// caller judges its tags.
	if err != nil && !isCode(err, "RepositoryAlreadyExistsException") {
		return nil, err
	}
	seen, err := persist(ctx, brief(a.poll), freshLooks, isNotFound, func(ctx context.Context) (*repository, error) {
		got, err := a.ecr.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{want.design.Name}})
		if err != nil {
			return nil, err
		}
		if len(got.Repositories) == 0 {
			return nil, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "ecr DescribeRepositories", Object: object, Reason: "the repository that was just made can't be seen yet"}
		}
		first := got.Repositories[0]
		have := &repository{
			name: want.design.Name, arn: aws.ToString(first.RepositoryArn), uri: aws.ToString(first.RepositoryUri),
			immutable: first.ImageTagMutability == types.ImageTagMutabilityImmutable,
		}
		if first.ImageScanningConfiguration != nil {
			have.scan = first.ImageScanningConfiguration.ScanOnPush
		}
		if first.EncryptionConfiguration != nil {
			have.keyARN = aws.ToString(first.EncryptionConfiguration.KmsKey)
		}
		return have, a.readRepository(ctx, object, have)
	})
	if err != nil && made != nil && made.Repository != nil {
		// It exists, whatever can't be read of it.
		seen = &repository{name: want.design.Name, arn: aws.ToString(made.Repository.RepositoryArn), uri: aws.ToString(made.Repository.RepositoryUri), keyARN: want.keyARN, tags: want.tags}
	}
	return seen, err
}

// repairRepository changes what differs.
func (a *api) repairRepository(ctx context.Context, object string, want wantedRepository, have *repository) (bool, error) {
	name := aws.String(have.name)
	var changes []func(context.Context) error
	if have.immutable != want.design.ImmutableTags {
		mutability := types.ImageTagMutabilityMutable
		if want.design.ImmutableTags {
			mutability = types.ImageTagMutabilityImmutable
		}
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.ecr.PutImageTagMutability(ctx, &ecr.PutImageTagMutabilityInput{RepositoryName: name, ImageTagMutability: mutability})
			return err
		})
	}
	if have.scan != want.design.ScanOnPush {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.ecr.PutImageScanningConfiguration(ctx, &ecr.PutImageScanningConfigurationInput{
				RepositoryName: name, ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: want.design.ScanOnPush}})
			return err
		})
	}
	if days, keep, ok := parseLifecycle(have.lifecycle); !ok || days != want.design.KeepUntaggedDays || keep != want.design.KeepImages {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.ecr.PutLifecyclePolicy(ctx, &ecr.PutLifecyclePolicyInput{
				RepositoryName: name, LifecyclePolicyText: aws.String(lifecyclePolicy(want.design.KeepUntaggedDays, want.design.KeepImages))})
			return err
		})
	}
	switch wanted := encode(awsiam.PushPolicy(want.pushers)); {
	case len(want.pushers) > 0 && !samePolicy(have.policy, wanted):
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.ecr.SetRepositoryPolicy(ctx, &ecr.SetRepositoryPolicyInput{RepositoryName: name, PolicyText: aws.String(wanted)})
			return err
		})
	case len(want.pushers) == 0 && have.policy != "":
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.ecr.DeleteRepositoryPolicy(ctx, &ecr.DeleteRepositoryPolicyInput{RepositoryName: name})
			return unlessNotFound(err)
		})
	}
	set, drop := a.changedTags(want.tags, have.tags)
	if len(set) > 0 {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.ecr.TagResource(ctx, &ecr.TagResourceInput{ResourceArn: aws.String(have.arn), Tags: toECR(set)})
			return err
		})
	}
	if len(drop) > 0 {
		changes = append(changes, func(ctx context.Context) error {
			_, err := a.ecr.UntagResource(ctx, &ecr.UntagResourceInput{ResourceArn: aws.String(have.arn), TagKeys: drop})
			return err
		})
	}
	for _, change := range changes {
		_, err := settle(ctx, a.poll, func(ctx context.Context) (struct{}, error) { return struct{}{}, change(ctx) })
		if err != nil {
			return true, wrap(err, object)
		}
	}
	return len(changes) > 0, nil
}

// refuseImages is ErrNotEmpty where the repository holds images.
func (a *api) refuseImages(ctx context.Context, ref cloud.Ref, component string, found *repository) error {
	object := ofCluster(component, ref)
	count := 0
	pages := ecr.NewListImagesPaginator(a.ecr, &ecr.ListImagesInput{RepositoryName: aws.String(found.name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return wrap(unlessNotFound(err), object)
		}
		count += len(page.ImageIds)
	}
	if count == 0 {
		return nil
	}
	return &cloud.Error{
		Kind: cloud.ErrNotEmpty, Operation: "ecr DeleteRepository", Object: object,
		Reason: fmt.Sprintf("repository %s holds %d images", found.name, count),
		Todo:   "Delete or move the images, or set registry.force_destroy = true in the blueprint, apply, and try again.",
	}
}

// deleteRepository removes a repository, with its images only where force.
func (a *api) deleteRepository(ctx context.Context, ref cloud.Ref, component string, found *repository, force bool) error {
	if !force {
		if err := a.refuseImages(ctx, ref, component, found); err != nil {
			return err
		}
	}
	_, err := commit(ctx, func(ctx context.Context) (*ecr.DeleteRepositoryOutput, error) {
		return a.ecr.DeleteRepository(ctx, &ecr.DeleteRepositoryInput{RepositoryName: aws.String(found.name), Force: force})
	})
	return wrap(unlessNotFound(err), ofCluster(component, ref))
}

// pushersOf reads the principals of a push policy, sorted.
func pushersOf(text string) []string {
	var policy struct {
		Statement []struct {
			Sid       string
			Principal struct {
				AWS any
			}
		}
	}
	if json.Unmarshal([]byte(text), &policy) != nil {
		return nil
	}
	var principals []string
	for _, statement := range policy.Statement {
		if statement.Sid != "Push" {
			continue
		}
		switch aws := statement.Principal.AWS.(type) {
		case string:
			principals = append(principals, aws)
		case []any:
			for _, one := range aws {
				if text, ok := one.(string); ok {
					principals = append(principals, text)
				}
			}
		}
	}
	return sorted(principals)
}

// lifecycleRule and lifecycleText are ECR's lifecycle policy:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
type lifecycleRule struct {
	Priority    int               `json:"rulePriority"`
	Description string            `json:"description"`
	Selection   map[string]any    `json:"selection"`
	Action      map[string]string `json:"action"`
}

type lifecycleText struct {
	Rules []lifecycleRule `json:"rules"`
}

// lifecyclePolicy expires untagged images after some days and keeps a number
// of tagged ones.
func lifecyclePolicy(untaggedDays, keep int) string {
	text, err := json.Marshal(lifecycleText{Rules: []lifecycleRule{
		{
			Priority: 1, Description: "expire untagged images",
			Selection: map[string]any{"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": untaggedDays},
			Action:    map[string]string{"type": "expire"},
		},
		{
			Priority: 2, Description: "keep the newest images",
			Selection: map[string]any{"tagStatus": "tagged", "tagPatternList": []string{"*"}, "countType": "imageCountMoreThan", "countNumber": keep},
			Action:    map[string]string{"type": "expire"},
		},
	}})
	if err != nil {
		panic("awscloud: lifecycle policy can't be encoded: " + err.Error())
	}
	return string(text)
}

// parseLifecycle reads the two numbers of a policy that lifecyclePolicy made;
// ok is false for any other policy.
func parseLifecycle(text string) (untaggedDays, keep int, ok bool) {
	var policy lifecycleText
	if text == "" || json.Unmarshal([]byte(text), &policy) != nil || len(policy.Rules) != 2 {
		return 0, 0, false
	}
	days, daysOK := policy.Rules[0].Selection["countNumber"].(float64)
	count, countOK := policy.Rules[1].Selection["countNumber"].(float64)
	if !daysOK || !countOK {
		return 0, 0, false
	}
	return int(days), int(count), samePolicy(text, lifecyclePolicy(int(days), int(count)))
}

func toECR(tags map[string]string) []types.Tag {
	list := make([]types.Tag, 0, len(tags))
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(name), Value: aws.String(tags[name])})
	}
	return list
}

// cutComponent splits "repository/shop-web" into its name, if it is of that
// kind.
func cutComponent(kind, component string) (name string, ok bool) {
	return strings.CutPrefix(component, kind+"/")
}
