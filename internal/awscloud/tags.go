package awscloud

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// tagging is how this account tags.
func (a *api) tagging() cloud.Tagging { return cloud.Tagging{Defaults: a.defaults, Ignore: a.ignore} }

func (a *api) wantTags(ref cloud.Ref, component, name string, design map[string]string) map[string]string {
	return a.tagging().Want(ref, component, name, design)
}

func (a *api) changedTags(want, have map[string]string) (set map[string]string, drop []string) {
	return a.tagging().Changed(want, have)
}

// tagged is one observed object with its tags.
type tagged struct {
	component string
	name      string // wanted Name tag; "" where the object has none, or its name is observed elsewhere
	tags      map[string]string
}

func (t tagged) cloud() cloud.Tagged {
	return cloud.Tagged{Component: t.component, Name: t.name, Tags: t.tags}
}

func (a *api) observeTags(main tagged, others []tagged) map[string]string {
	list := make([]cloud.Tagged, len(others))
	for i, other := range others {
		list[i] = other.cloud()
	}
	return a.tagging().Observe(main.cloud(), list)
}

// sharedTags are the own tags that all objects of one part have in common.
var sharedTags = cloud.SharedTags

// ec2Tags and fromEC2 translate to and from EC2's list of pairs.
func ec2Tags(tags map[string]string) []types.Tag {
	list := make([]types.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}

func fromEC2(list []types.Tag) map[string]string {
	tags := make(map[string]string, len(list))
	for _, tag := range list {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

// tagSpec tags an object in the call that creates it.
func tagSpec(kind types.ResourceType, tags map[string]string) []types.TagSpecification {
	return []types.TagSpecification{{ResourceType: kind, Tags: ec2Tags(tags)}}
}

// tagFilter matches an EC2 object by one tag.
func tagFilter(key, value string) types.Filter { return filter("tag:"+key, value) }

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: aws.String(name), Values: values}
}

// repairEC2Tags makes an EC2 object's tags what is wanted, and tells whether
// anything had to change.
func (a *api) repairEC2Tags(ctx context.Context, id, object string, want, have map[string]string) (changed bool, err error) {
	set, drop := a.changedTags(want, have)
	if len(set) > 0 {
		changed = true
		_, err := settle(ctx, a.poll, func(ctx context.Context) (*ec2.CreateTagsOutput, error) {
			return a.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{id}, Tags: ec2Tags(set)})
		})
		if err != nil {
			return changed, wrap(err, object)
		}
	}
	if len(drop) > 0 {
		changed = true
		var list []types.Tag
		for _, key := range drop {
			list = append(list, types.Tag{Key: aws.String(key)})
		}
		_, err := commit(ctx, func(ctx context.Context) (*ec2.DeleteTagsOutput, error) {
			return a.ec2.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{id}, Tags: list})
		})
		if err != nil {
			return changed, wrap(err, object)
		}
	}
	return changed, nil
}
