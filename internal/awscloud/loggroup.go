package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// logGroup is a CloudWatch log group, as wanted and as found.
type logGroup struct {
	component     string
	name          string
	retentionDays int // 0: kept for ever
	arn           string
	tags          map[string]string
}

// findLogGroup returns nil where there is no such group. Two calls.
func (a *api) findLogGroup(ctx context.Context, object, name string) (*logGroup, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(a.logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, object)
		}
		for _, group := range page.LogGroups {
			if aws.ToString(group.LogGroupName) != name {
				continue
			}
			found := &logGroup{name: name, retentionDays: int(aws.ToInt32(group.RetentionInDays)), arn: a.logGroupARN(name)}
			tags, err := a.logs.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(found.arn)})
			if err != nil {
				return nil, wrap(err, object)
			}
			found.tags = tags.Tags
			return found, nil
		}
	}
	return nil, nil
}

func (a *api) logGroupARN(name string) string { return a.arn("logs", "log-group:"+name) }

// ensureLogGroup makes the group what is wanted, and tells whether anything
// changed. A group of that name that somebody else made is refused.
func (a *api) ensureLogGroup(ctx context.Context, ref cloud.Ref, want logGroup) (changed bool, err error) {
	object := ofCluster(want.component, ref)
	have, err := a.findLogGroup(ctx, object, want.name)
	if err != nil {
		return false, err
	}
	if have == nil {
		_, err := commit(ctx, func(ctx context.Context) (*cloudwatchlogs.CreateLogGroupOutput, error) {
			return a.logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(want.name), Tags: want.tags})
		})
		if isCode(err, "ResourceAlreadyExistsException") {
			// An attempt whose answer was lost, or another's: its tags tell.
			have, err = a.findLogGroup(ctx, object, want.name)
		}
		if err != nil {
			return true, wrap(err, object)
		}
		changed = true
	}
	if have == nil {
		have = &logGroup{name: want.name, arn: a.logGroupARN(want.name), tags: want.tags}
	}
	if err := mayTakeLogGroup(ref, object, have.tags); err != nil {
		return changed, err
	}
	if have.retentionDays != want.retentionDays {
		if err := a.setRetention(ctx, want); err != nil {
			return true, wrap(err, object)
		}
		changed = true
	}
	set, drop := a.changedTags(want.tags, have.tags)
	if len(set) > 0 {
		_, err := settle(ctx, a.poll, func(ctx context.Context) (*cloudwatchlogs.TagResourceOutput, error) {
			return a.logs.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: aws.String(have.arn), Tags: set})
		})
		if err != nil {
			return true, wrap(err, object)
		}
	}
	if len(drop) > 0 {
		_, err := commit(ctx, func(ctx context.Context) (*cloudwatchlogs.UntagResourceOutput, error) {
			return a.logs.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: aws.String(have.arn), TagKeys: drop})
		})
		if err != nil {
			return true, wrap(err, object)
		}
	}
	return changed || len(set)+len(drop) > 0, nil
}

func (a *api) setRetention(ctx context.Context, want logGroup) error {
	if want.retentionDays == 0 {
		_, err := settle(ctx, a.poll, func(ctx context.Context) (*cloudwatchlogs.DeleteRetentionPolicyOutput, error) {
			return a.logs.DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: aws.String(want.name)})
		})
		return err
	}
	_, err := settle(ctx, a.poll, func(ctx context.Context) (*cloudwatchlogs.PutRetentionPolicyOutput, error) {
		return a.logs.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{
			LogGroupName: aws.String(want.name), RetentionInDays: aws.Int32(int32(want.retentionDays))})
	})
	return err
}

// mayTakeLogGroup is ref.MayTouch, and admits a group that the same owner's
// cluster of the same name left behind on purpose.
func mayTakeLogGroup(ref cloud.Ref, object string, tags map[string]string) error {
	if tags[cloud.TagKept] != "" && tags[cloud.TagCluster] == ref.Cluster && tags[cloud.TagOwner] == ref.Owner {
		return nil
	}
	return ref.MayTouch(object, tags)
}

// deleteLogGroup removes the group where it carries ref's token, or, with
// keep, takes the token off it and marks it as kept.
func (a *api) deleteLogGroup(ctx context.Context, ref cloud.Ref, component, name string, keep bool) error {
	object := ofCluster(component, ref)
	if name == "" {
		return nil
	}
	have, err := a.findLogGroup(ctx, object, name)
	if err != nil || have == nil || have.tags[cloud.TagToken] != ref.Token {
		return err
	}
	if keep {
		_, err := commit(ctx, func(ctx context.Context) (*cloudwatchlogs.TagResourceOutput, error) {
			return a.logs.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: aws.String(have.arn), Tags: map[string]string{cloud.TagKept: "true"}})
		})
		if err != nil {
			return wrap(err, object)
		}
		_, err = commit(ctx, func(ctx context.Context) (*cloudwatchlogs.UntagResourceOutput, error) {
			return a.logs.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{
				ResourceArn: aws.String(have.arn), TagKeys: []string{cloud.TagToken, cloud.TagIncarnation}})
		})
		return wrap(unlessNotFound(err), object)
	}
	_, err = commit(ctx, func(ctx context.Context) (*cloudwatchlogs.DeleteLogGroupOutput, error) {
		return a.logs.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String(name)})
	})
	return wrap(unlessNotFound(err), object)
}
