package awsapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// jsonTag is a tag as ECR, Secrets Manager, EventBridge and others write it.
type jsonTag struct{ Key, Value string }

// jsonTags puts given tags over old ones and checks the result; refusals have
// the service's codes for a bad tag and for too many.
func jsonTags(old map[string]string, given []jsonTag, bad, tooMany string) (map[string]string, error) {
	tags := addTags(old, nil)
	seen := map[string]bool{}
	for _, t := range given {
		switch {
		case t.Key == "" || len(t.Key) > 128 || len(t.Value) > 256:
			return nil, fail(http.StatusBadRequest, bad, "Tag keys have 1 to 128 characters and values up to 256: %s", clip(t.Key))
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return nil, fail(http.StatusBadRequest, bad, "Tag keys can't begin with aws:, which is reserved: %s", t.Key)
		case seen[t.Key]:
			return nil, fail(http.StatusBadRequest, bad, "Duplicate tag key: %s", t.Key)
		}
		seen[t.Key] = true
		tags[t.Key] = t.Value
	}
	if len(tags) > 50 {
		return nil, fail(http.StatusBadRequest, tooMany, "A resource has at most 50 tags.")
	}
	return tags, nil
}

// jsonTagList lists tags sorted by key.
func jsonTagList(tags map[string]string) []jsonTag {
	out := []jsonTag{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, jsonTag{key, tags[key]})
	}
	return out
}
