package awscloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// wantTags are all the tags of one component: the provider's defaults, the
// design's, kready's own, and Name where name isn't empty. Ignored keys are
// left to whoever owns them.
func (a *api) wantTags(ref cloud.Ref, component, name string, design map[string]string) map[string]string {
	tags := map[string]string{}
	for _, source := range []map[string]string{a.defaults, design} {
		for key, value := range source {
			if !a.ignore.Ignores(key) {
				tags[key] = value
			}
		}
	}
	maps.Copy(tags, ref.OwnershipTags(component))
	if name != "" {
		tags["Name"] = name
	}
	return tags
}

// isOwnTag tells whether kready sets the key: the contract's tags, and those
// with which this adapter remembers what AWS can't tell.
func isOwnTag(key string) bool { return cloud.IsOwnTag(key) || strings.HasPrefix(key, "kready-") }

// changedTags compares tags: set must be written, drop must be removed. Tags
// that AWS, Kubernetes or others own are never dropped.
func (a *api) changedTags(want, have map[string]string) (set map[string]string, drop []string) {
	for key, value := range want {
		if got, ok := have[key]; !ok || got != value {
			if set == nil {
				set = map[string]string{}
			}
			set[key] = value
		}
	}
	for key := range have {
		_, wanted := want[key]
		if !wanted && key != "Name" && !cloud.IsCloudTag(key) && !a.ignore.Ignores(key) {
			drop = append(drop, key)
		}
	}
	slices.Sort(drop)
	return set, drop
}

// tagged is one observed object with its tags.
type tagged struct {
	component string
	name      string // wanted Name tag; "" where the object has none, or its name is observed elsewhere
	tags      map[string]string
}

// observeTags folds the tags of a part's objects into the design's tags: what
// main carries, and a remark wherever another object carries something else.
// Every object is held against main's own tags, so that a token, owner or
// incarnation that differs on one of them shows too.
func (a *api) observeTags(main tagged, others []tagged) map[string]string {
	result := cloud.UserTags(main.tags, a.defaults, a.ignore)
	note := func(key, value, what string) {
		if result == nil {
			result = map[string]string{}
		}
		result[key] = remark(value, what)
	}
	for key := range result {
		if isOwnTag(key) {
			delete(result, key)
		}
	}
	want := maps.Clone(main.tags)
	for key, value := range a.defaults {
		if _, ok := want[key]; !ok && !a.ignore.Ignores(key) {
			note(key, "", "missing on "+main.component)
			want[key] = value
		}
	}
	for _, other := range others {
		a.compareTags(want, other, note)
	}
	if len(result) == 0 {
		return nil
	}
	return result
}

// compareTags notes where other's tags are not main's.
func (a *api) compareTags(main map[string]string, other tagged, note func(key, value, what string)) {
	skip := func(key string) bool {
		switch {
		case key == "Name", key == cloud.TagComponent:
			return true
		case isOwnTag(key):
			return !slices.Contains(sharedTags, key)
		}
		return cloud.IsCloudTag(key) || a.ignore.Ignores(key)
	}
	for key, value := range main {
		if skip(key) {
			continue
		}
		got, ok := other.tags[key]
		switch {
		case !ok:
			note(key, value, "missing on "+other.component)
		case got != value:
			note(key, value, other.component+": "+got)
		}
	}
	for key, value := range other.tags {
		if _, ok := main[key]; !ok && !skip(key) {
			note(key, value, "only on "+other.component)
		}
	}
	fixed := map[string]string{cloud.TagComponent: other.component}
	if other.name != "" {
		fixed["Name"] = other.name
	}
	for key, value := range fixed {
		got, ok := other.tags[key]
		switch {
		case !ok:
			note(key, value, "missing on "+other.component)
		case got != value:
			note(key, value, other.component+": "+got)
		}
	}
}

// sharedTags are the own tags that all objects of one part have in common.
var sharedTags = []string{cloud.TagCluster, cloud.TagPart, cloud.TagOwner, cloud.TagIncarnation, cloud.TagToken}

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
