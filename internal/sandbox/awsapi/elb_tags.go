package awsapi

import (
	"maps"
	"net/http"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// memberTags reads Tags.member.N.Key and Value.
func (q *request) memberTags(name string) (map[string]string, error) {
	tags := map[string]string{}
	for _, t := range q.form.each(name) {
		key, value := t.text("Key"), t.text("Value")
		if err := checkTag(key, value); err != nil {
			return nil, err
		}
		if _, twice := tags[key]; twice {
			return nil, fail(http.StatusBadRequest, "DuplicateTagKeys", "Duplicate tag key '%s' specified.", key)
		}
		tags[key] = value
	}
	return tags, checkTagCount(tags)
}

// balancerResource finds a load balancer or target group by ARN.
func (q *request) balancerResource(id string) (*sandbox.Meta, func(), error) {
	if b, ok := loadBalancers.Get(q.tx, q.region, id); ok {
		return &b.Meta, func() { loadBalancers.Put(q.tx, b) }, nil
	}
	if t, ok := targetGroups.Get(q.tx, q.region, id); ok {
		return &t.Meta, func() { targetGroups.Put(q.tx, t) }, nil
	}
	return nil, nil, noBalancer("[" + id + "]")
}

func describeLoadBalancerTags(q *request) (any, error) {
	ids := q.form.list("ResourceArns")
	if len(ids) > 20 {
		return nil, fail(http.StatusBadRequest, "ValidationError", "At most 20 resources can be asked for in one call")
	}
	var found []*sandbox.Meta
	for _, id := range ids {
		meta, _, err := q.balancerResource(id)
		if err != nil {
			return nil, err
		}
		found = append(found, meta)
	}
	return []node{members("TagDescriptions", found, func(meta *sandbox.Meta) []node {
		return []node{text("ResourceArn", meta.ID), members("Tags", sortedKeys(meta.Tags), func(key string) []node {
			return []node{text("Key", key), {name: "Value", text: meta.Tags[key]}}
		})}
	})}, nil
}

func addLoadBalancerTags(q *request) (any, error) {
	tags, err := q.memberTags("Tags")
	if err != nil {
		return nil, err
	}
	return q.changeBalancerTags(func(have map[string]string) { maps.Copy(have, tags) })
}

func removeLoadBalancerTags(q *request) (any, error) {
	keys := q.form.list("TagKeys")
	return q.changeBalancerTags(func(have map[string]string) {
		for _, key := range keys {
			delete(have, key)
		}
	})
}

func (q *request) changeBalancerTags(change func(map[string]string)) (any, error) {
	for _, id := range q.form.list("ResourceArns") {
		meta, put, err := q.balancerResource(id)
		if err != nil {
			return nil, err
		}
		tags := map[string]string{}
		maps.Copy(tags, meta.Tags)
		change(tags)
		if err := checkTagCount(tags); err != nil {
			return nil, err
		}
		meta.Tags = tags
		put()
	}
	return []node{}, nil
}
