package awsapi

import (
	"net/http"
	"slices"
	"strings"
)

func checkLogTags(tags map[string]string) error {
	var c constraints
	for key, value := range tags {
		c.length("tags.key", key, 1, 128)
		c.length("tags.value", value, 0, 256)
		if key != "" {
			c.pattern("tags.key", key, logTagKey)
		}
		c.pattern("tags.value", value, logTagValue)
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return fail(http.StatusBadRequest, logsInvalid, "aws: prefixed tag key names are not allowed for external use.")
		}
	}
	if len(tags) > 50 {
		return fail(http.StatusBadRequest, "TooManyTagsException", "The maximum number of tags is 50.")
	}
	slices.Sort(c.found) // tags come in a map's order
	return c.err(logsInvalid)
}

func tagLogGroup(q *request) (any, error) {
	var in struct {
		ResourceArn string
		Tags        map[string]string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	group, err := logGroupByARN(q, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags := addTags(group.Tags, in.Tags)
	if err := checkLogTags(tags); err != nil {
		return nil, err
	}
	group.Tags = tags
	logGroups.Put(q.tx, group)
	return nil, nil
}

func untagLogGroup(q *request) (any, error) {
	var in struct {
		ResourceArn string
		TagKeys     []string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	group, err := logGroupByARN(q, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	group.Tags = dropTags(group.Tags, in.TagKeys)
	logGroups.Put(q.tx, group)
	return nil, nil
}

func listLogGroupTags(q *request) (any, error) {
	var in struct{ ResourceArn string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	group, err := logGroupByARN(q, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return map[string]any{"tags": addTags(group.Tags, nil)}, nil
}
