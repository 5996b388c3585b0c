package awsapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// kmsPage is how KMS pages its lists.
type kmsPage struct {
	Limit  int
	Marker string
}

func kmsPaged[T any](in kmsPage, name string, values []T) (any, error) {
	size := in.Limit
	if size == 0 {
		size = 100
	}
	var c constraints
	c.number("limit", size, 1, 1000)
	if err := c.err("ValidationException"); err != nil {
		return nil, err
	}
	cut, next, ok := page(values, in.Marker, size)
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidMarkerException", "Could not deserialize marker")
	}
	out := map[string]any{name: append([]T{}, cut...), "Truncated": next != ""}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}

type kmsTag struct{ TagKey, TagValue string }

// kmsTags checks tags and puts them over old ones.
func kmsTags(old map[string]string, given []kmsTag) (map[string]string, error) {
	tags := addTags(old, nil)
	seen := map[string]bool{}
	var c constraints
	for _, t := range given {
		c.length("tags.member.tagKey", t.TagKey, 1, 128)
		c.length("tags.member.tagValue", t.TagValue, 0, 256)
		if strings.HasPrefix(strings.ToLower(t.TagKey), "aws:") {
			return nil, fail(http.StatusBadRequest, "TagException", "Tags beginning with aws: are reserved")
		}
		if seen[t.TagKey] {
			return nil, fail(http.StatusBadRequest, "TagException", "Duplicate tag keys")
		}
		seen[t.TagKey] = true
		tags[t.TagKey] = t.TagValue
	}
	if err := c.err("ValidationException"); err != nil {
		return nil, err
	}
	if len(tags) > 50 {
		return nil, fail(http.StatusBadRequest, "TagException", "Too many tags")
	}
	return tags, nil
}

func tagKey(q *request) (any, error) {
	var in struct {
		KeyId string
		Tags  []kmsTag
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := liveKey(q, in.KeyId)
	if err != nil {
		return nil, err
	}
	if key.Tags, err = kmsTags(key.Tags, in.Tags); err != nil {
		return nil, err
	}
	kmsKeys.Put(q.tx, key)
	return nil, nil
}

func untagKey(q *request) (any, error) {
	var in struct {
		KeyId   string
		TagKeys []string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := liveKey(q, in.KeyId)
	if err != nil {
		return nil, err
	}
	key.Tags = dropTags(key.Tags, in.TagKeys)
	kmsKeys.Put(q.tx, key)
	return nil, nil
}

func listKeyTags(q *request) (any, error) {
	var in struct {
		keyID
		kmsPage
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := askedKey(q, in.KeyId, false)
	if err != nil {
		return nil, err
	}
	var tags []kmsTag
	for _, name := range slices.Sorted(maps.Keys(key.Tags)) {
		tags = append(tags, kmsTag{name, key.Tags[name]})
	}
	return kmsPaged(in.kmsPage, "Tags", tags)
}

func getKeyPolicy(q *request) (any, error) {
	var in struct{ KeyId, PolicyName string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := askedKey(q, in.KeyId, false)
	if err != nil {
		return nil, err
	}
	if in.PolicyName != "" && in.PolicyName != "default" {
		return nil, kmsNotFound("No such policy exists")
	}
	return map[string]any{"Policy": key.Policy, "PolicyName": "default"}, nil
}

func putKeyPolicy(q *request) (any, error) {
	var in struct {
		KeyId, PolicyName, Policy      string
		BypassPolicyLockoutSafetyCheck bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := liveKey(q, in.KeyId)
	if err != nil {
		return nil, err
	}
	if in.PolicyName != "" && in.PolicyName != "default" {
		return nil, kmsInvalid("The only valid policy name is default")
	}
	if err := keyPolicy(q, in.Policy, in.BypassPolicyLockoutSafetyCheck); err != nil {
		return nil, err
	}
	key.Policy = in.Policy
	kmsKeys.Put(q.tx, key)
	return nil, nil
}

func listKeyPolicies(q *request) (any, error) {
	var in struct {
		keyID
		kmsPage
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if _, err := askedKey(q, in.KeyId, false); err != nil {
		return nil, err
	}
	return kmsPaged(in.kmsPage, "PolicyNames", []string{"default"})
}

func enableKeyRotation(q *request) (any, error) {
	var in struct {
		KeyId                string
		RotationPeriodInDays *int
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := liveKey(q, in.KeyId)
	if err != nil {
		return nil, err
	}
	if key.State == "Disabled" {
		return nil, fail(http.StatusBadRequest, "DisabledException", "%s is disabled.", key.ARN)
	}
	period := 365
	if in.RotationPeriodInDays != nil {
		period = *in.RotationPeriodInDays
	}
	var c constraints
	c.number("rotationPeriodInDays", period, 90, 2560)
	if err := c.err("ValidationException"); err != nil {
		return nil, err
	}
	key.Rotation, key.Period, key.NextRotate = true, period, q.tx.Now().AddDate(0, 0, period)
	kmsKeys.Put(q.tx, key)
	return nil, nil
}

func disableKeyRotation(q *request) (any, error) {
	var in keyID
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := liveKey(q, in.KeyId)
	if err != nil {
		return nil, err
	}
	key.Rotation, key.Period, key.NextRotate = false, 0, time.Time{}
	kmsKeys.Put(q.tx, key)
	return nil, nil
}

func getKeyRotationStatus(q *request) (any, error) {
	var in keyID
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := askedKey(q, in.KeyId, false)
	if err != nil {
		return nil, err
	}
	// A key that waits for deletion is not rotated, whatever was set.
	on := key.Rotation && key.State != "PendingDeletion"
	out := map[string]any{"KeyId": key.ARN, "KeyRotationEnabled": on}
	if on {
		out["RotationPeriodInDays"], out["NextRotationDate"] = key.Period, epoch(key.NextRotate)
	}
	return out, nil
}
