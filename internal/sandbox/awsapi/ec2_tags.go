package awsapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// maxTags is how many tags an object may have; those that begin with "aws:"
// are AWS's own and do not count.
const maxTags = 50

// tagged is a type whose objects CreateTags, DeleteTags and DescribeTags know.
type tagged struct {
	prefix string
	tag    string
	// find returns an object's Meta and the way to put it back.
	find    func(tx *sandbox.Tx, region, id string) (meta *sandbox.Meta, put func(), ok bool)
	missing func(id string) *apiError
	list    func(tx *sandbox.Tx, region string) []*sandbox.Meta
}

func taggedAs[T any](t *ec2Type[T]) tagged {
	return tagged{
		prefix:  t.prefix,
		tag:     t.tag,
		missing: func(id string) *apiError { return t.missing(id) },
		find: func(tx *sandbox.Tx, region, id string) (*sandbox.Meta, func(), bool) {
			v, ok := t.table.Get(tx, region, id)
			if !ok {
				return nil, nil, false
			}
			return entity(v).Base(), func() { t.table.Put(tx, v) }, true
		},
		list: func(tx *sandbox.Tx, region string) []*sandbox.Meta {
			var out []*sandbox.Meta
			for _, v := range t.table.List(tx, region) {
				out = append(out, entity(v).Base())
			}
			return out
		},
	}
}

// tagSpecification reads the tags for a new object of type tag.
func (q *request) tagSpecification(tag string) (map[string]string, error) {
	all, err := q.tagSpecifications(tag)
	return all[tag], err
}

// tagSpecifications reads the tags for the new objects of an operation that
// makes several types.
func (q *request) tagSpecifications(allowed ...string) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	// Newer operations spell the list in the plural.
	given := append(q.form.each("TagSpecification"), q.form.each("TagSpecifications")...)
	for _, specification := range given {
		tag, err := specification.required("ResourceType")
		if err != nil {
			return nil, err
		}
		if !slices.Contains(allowed, tag) {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "'%s' is not a valid taggable resource type for this operation.", tag)
		}
		if out[tag] != nil {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Duplicate resource type '%s' in tag specifications.", tag)
		}
		out[tag], err = readTags(specification)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readTags reads Tag.N.Key and Tag.N.Value.
func readTags(f *form) (map[string]string, error) {
	tags := map[string]string{}
	for _, t := range f.each("Tag") {
		key, value := t.text("Key"), t.text("Value")
		if err := checkTag(key, value); err != nil {
			return nil, err
		}
		if _, twice := tags[key]; twice {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Duplicate tag key '%s' specified.", key)
		}
		tags[key] = value
	}
	return tags, checkTagCount(tags)
}

func checkTag(key, value string) error {
	switch {
	case key == "":
		return fail(http.StatusBadRequest, "InvalidParameterValue", "Tag key cannot be empty.")
	case utf8.RuneCountInString(key) > 128:
		return fail(http.StatusBadRequest, "InvalidParameterValue", "Tag key exceeds the maximum length of 128 characters.")
	case utf8.RuneCountInString(value) > 256:
		return fail(http.StatusBadRequest, "InvalidParameterValue", "Tag value exceeds the maximum length of 256 characters.")
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return fail(http.StatusBadRequest, "InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
	}
	return nil
}

func checkTagCount(tags map[string]string) error {
	n := 0
	for key := range tags {
		if !strings.HasPrefix(key, "aws:") {
			n++
		}
	}
	if n > maxTags {
		return fail(http.StatusBadRequest, "TagLimitExceeded", "More than %d tags specified.", maxTags)
	}
	return nil
}

func tagSet(tags map[string]string) node {
	return items("tagSet", sortedKeys(tags), func(key string) []node {
		return []node{{name: "key", text: key}, {name: "value", text: tags[key]}}
	})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// taggedByID finds the type of an id, the longest prefix first.
func taggedByID(id string) (tagged, bool) {
	best, found := tagged{}, false
	for _, t := range taggedTypes() {
		if strings.HasPrefix(id, t.prefix) && len(t.prefix) > len(best.prefix) {
			best, found = t, true
		}
	}
	return best, found
}

func createTags(q *request) (any, error) {
	tags, err := readTags(q.form)
	if err != nil {
		return nil, err
	}
	return nil, q.eachTagged(func(meta *sandbox.Meta) error {
		merged := maps.Clone(meta.Tags)
		if merged == nil {
			merged = map[string]string{}
		}
		maps.Copy(merged, tags)
		meta.Tags = merged
		return checkTagCount(merged)
	})
}

// deleteTags removes the tags named; one that comes with a value goes only if
// it has that value; no tags at all means all of them.
func deleteTags(q *request) (any, error) {
	type doomed struct {
		key, value string
		anyValue   bool
	}
	var gone []doomed
	for _, t := range q.form.each("Tag") {
		gone = append(gone, doomed{t.text("Key"), t.text("Value"), !t.has("Value")})
	}
	return nil, q.eachTagged(func(meta *sandbox.Meta) error {
		kept := map[string]string{}
		for key, value := range meta.Tags {
			remove := len(gone) == 0 && !strings.HasPrefix(key, "aws:")
			for _, d := range gone {
				remove = remove || d.key == key && (d.anyValue || d.value == value)
			}
			if !remove {
				kept[key] = value
			}
		}
		meta.Tags = kept
		return nil
	})
}

func (q *request) eachTagged(change func(*sandbox.Meta) error) error {
	ids := q.form.list("ResourceId")
	if len(ids) == 0 {
		return fail(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter resourceIdSet")
	}
	q.object(ids[0])
	for _, id := range ids {
		t, ok := taggedByID(id)
		if !ok {
			return fail(http.StatusBadRequest, "InvalidID", "The ID '%s' is not valid", id)
		}
		meta, put, ok := t.find(q.tx, q.region, id)
		if !ok {
			return t.missing(id)
		}
		if err := change(meta); err != nil {
			return err
		}
		put()
	}
	return nil
}

// describeTags lists tags one by one, with the type of what carries them.
func describeTags(q *request) (any, error) {
	filters, err := q.filters([]string{"key", "resource-id", "resource-type", "value"})
	if err != nil {
		return nil, err
	}
	size, token, err := q.page(false)
	if err != nil {
		return nil, err
	}
	type one struct {
		id, tag, key, value string
		place               uint64
	}
	var found []one
	for _, t := range taggedTypes() {
		for _, meta := range t.list(q.tx, q.region) {
			for i, key := range sortedKeys(meta.Tags) {
				o := one{meta.ID, t.tag, key, meta.Tags[key], meta.Sequence<<8 | uint64(i)}
				fields := map[string]string{"key": o.key, "resource-id": o.id, "resource-type": o.tag, "value": o.value, "tag:" + key: o.value}
				ok := true
				for _, f := range filters {
					value, has := fields[f.name]
					ok = ok && has && f.any([]string{value})
				}
				if ok {
					found = append(found, o)
				}
			}
		}
	}
	page, next := paginate(found, size, token, func(o one) uint64 { return o.place })
	return []node{
		items("tagSet", page, func(o one) []node {
			return []node{
				text("resourceId", o.id), text("resourceType", o.tag), text("key", o.key),
				{name: "value", text: o.value},
			}
		}),
		text("nextToken", next),
	}, nil
}
