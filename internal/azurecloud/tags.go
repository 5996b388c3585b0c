package azurecloud

import (
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// tagTarget remembers the design's target on a part's main object.
const tagTarget = "kready-target"

// remember are the tags of a part's main object: how it is guarded, and which
// target it is of.
func remember(scope blueprint.Scope, more ...string) map[string]string {
	tags := map[string]string{cloud.TagLifecycle: cloud.LifecycleTag(scope.OnDestroy)}
	if scope.Target != "" {
		tags[tagTarget] = scope.Target
	}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			tags[more[i]] = more[i+1]
		}
	}
	return tags
}

// scopeOf reads back what remember wrote, and where the part is.
func (v *view) scopeOf(main *found) blueprint.Scope {
	target, told := main.marks[tagTarget]
	if !told {
		target = v.target // another target would be a replacement; its tag is remarked on
	}
	return blueprint.Scope{
		Cloud: blueprint.CloudAzure, Region: v.region, Cluster: v.ref.Cluster, Target: target,
		OnDestroy: cloud.ParseLifecycle(main.marks[cloud.TagLifecycle]),
	}
}

// observeTags folds the tags of everything that has tags into the design's: what
// the main object carries, and a remark where another one carries something
// else. known may repeat a default tag: then it is both.
func (v *view) observeTags(main *found, known map[string]string) map[string]string {
	var others []cloud.Tagged
	for _, have := range v.everything() {
		if have == main || have.foreign || have.given {
			continue
		}
		tags := have.marks
		switch {
		case tags == nil:
			continue
		case !have.kind.tagged:
			// Marks hold no tags of people; those are taken as they should be.
			tags = map[string]string{}
			for key, value := range main.marks {
				tags[key] = value
			}
			for _, key := range append(cloud.SharedTags, cloud.TagComponent) {
				delete(tags, key)
				if value, ok := have.marks[key]; ok {
					tags[key] = value
				}
			}
		}
		others = append(others, cloud.Tagged{Component: have.component, Tags: tags})
	}
	tags := v.tagging.Observe(cloud.Tagged{Component: main.component, Tags: main.marks}, others)
	note := func(key, value string) {
		if tags == nil {
			tags = map[string]string{}
		}
		tags[key] = value
	}
	for key, value := range known {
		if _, told := tags[key]; !told && main.marks[key] == value && v.tagging.Defaults[key] == value {
			note(key, value)
		}
	}
	for _, key := range cloud.SharedTags {
		if main.marks[key] == "" {
			note(key, cloud.Remark(tags[key], "missing on "+main.component))
		}
	}
	if got := main.marks[cloud.TagComponent]; got != main.component {
		note(cloud.TagComponent, cloud.Remark("", "is \""+got+"\" on "+main.component))
	}
	return tags
}
