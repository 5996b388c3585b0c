package cloud

import (
	"maps"
	"slices"
	"strings"
)

// Tagging is how one account tags: the provider's default tags, and the tags
// that others own.
type Tagging struct {
	Defaults map[string]string
	Ignore   IgnoreTags
}

// Want are all the tags of one component: the provider's defaults, the
// design's, kready's own, and Name where name isn't empty. Ignored keys are
// left to whoever owns them.
func (t Tagging) Want(ref Ref, component, name string, design map[string]string) map[string]string {
	tags := map[string]string{}
	for _, source := range []map[string]string{t.Defaults, design} {
		for key, value := range source {
			if !t.Ignore.Ignores(key) {
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

// IsAdapterTag tells whether kready sets the key: the contract's tags, and those
// with which an adapter remembers what its cloud can't tell.
func IsAdapterTag(key string) bool { return IsOwnTag(key) || strings.HasPrefix(key, "kready-") }

// Changed compares tags: set must be written, drop must be removed. Tags
// that the cloud, Kubernetes or others own are never dropped.
func (t Tagging) Changed(want, have map[string]string) (set map[string]string, drop []string) {
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
		if !wanted && key != "Name" && !IsCloudTag(key) && !t.Ignore.Ignores(key) {
			drop = append(drop, key)
		}
	}
	slices.Sort(drop)
	return set, drop
}

// Tagged is one observed object with its tags.
type Tagged struct {
	Component string
	Name      string // wanted Name tag; "" where the object has none, or its name is observed elsewhere
	Tags      map[string]string
}

// Observe folds the tags of a part's objects into the design's tags: what
// main carries, and a remark wherever another object carries something else.
// Every object is held against main's own tags, so that a token, owner or
// incarnation that differs on one of them shows too.
func (t Tagging) Observe(main Tagged, others []Tagged) map[string]string {
	result := UserTags(main.Tags, t.Defaults, t.Ignore)
	note := func(key, value, what string) {
		if result == nil {
			result = map[string]string{}
		}
		result[key] = Remark(value, what)
	}
	for key := range result {
		if IsAdapterTag(key) {
			delete(result, key)
		}
	}
	want := maps.Clone(main.Tags)
	for key, value := range t.Defaults {
		if _, ok := want[key]; !ok && !t.Ignore.Ignores(key) {
			note(key, "", "missing on "+main.Component)
			want[key] = value
		}
	}
	for _, other := range others {
		t.compare(want, other, note)
	}
	if len(result) == 0 {
		return nil
	}
	return result
}

// compare notes where other's tags are not main's.
func (t Tagging) compare(main map[string]string, other Tagged, note func(key, value, what string)) {
	skip := func(key string) bool {
		switch {
		case key == "Name", key == TagComponent:
			return true
		case IsAdapterTag(key):
			return !slices.Contains(SharedTags, key)
		}
		return IsCloudTag(key) || t.Ignore.Ignores(key)
	}
	for key, value := range main {
		if skip(key) {
			continue
		}
		got, ok := other.Tags[key]
		switch {
		case !ok:
			note(key, value, "missing on "+other.Component)
		case got != value:
			note(key, value, other.Component+": "+got)
		}
	}
	for key, value := range other.Tags {
		if _, ok := main[key]; !ok && !skip(key) {
			note(key, value, "only on "+other.Component)
		}
	}
	fixed := map[string]string{TagComponent: other.Component}
	if other.Name != "" {
		fixed["Name"] = other.Name
	}
	for key, value := range fixed {
		got, ok := other.Tags[key]
		switch {
		case !ok:
			note(key, value, "missing on "+other.Component)
		case got != value:
			note(key, value, other.Component+": "+got)
		}
	}
}

// SharedTags are the own tags that all objects of one part have in common.
var SharedTags = []string{TagCluster, TagPart, TagOwner, TagIncarnation, TagToken}
