package awsapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func sqsService() *service {
	return &service{
		name:     "sqs",
		protocol: sqsProtocol{json: json11{target: "AmazonSQS", version: "1.0"}, form: query{version: "2012-11-05", namespace: "http://queue.amazonaws.com/doc/2012-11-05/"}},
		operations: operations{
			"CreateQueue":        {run: createQueue},
			"GetQueueUrl":        {run: getQueueURL},
			"GetQueueAttributes": {run: getQueueAttributes},
			"SetQueueAttributes": {run: setQueueAttributes},
			"DeleteQueue":        {run: deleteQueue},
			"ListQueues":         {run: listQueues},
			"TagQueue":           {run: tagQueue},
			"UntagQueue":         {run: untagQueue},
			"ListQueueTags":      {run: listQueueTags},
		},
	}
}

// queue is a queue; its id in the store is its name.
type queue struct {
	sandbox.Meta
	URL        string            `json:"queueUrl"`
	ARN        string            `json:"arn"`
	Created    time.Time         `json:"created"`
	Modified   time.Time         `json:"modified"`
	Attributes map[string]string `json:"attributes"` // those that were set
}

// queueName is a name that was deleted a moment ago and can't be used yet. On
// AWS that takes a minute; here, so many tries.
type queueName struct {
	sandbox.Meta
	Progress sandbox.Progress `json:"progress"`
}

var (
	queues     = sandbox.NewTable[queue](cloud, "sqs/queue")
	queueNames = sandbox.NewTable[queueName](cloud, "sqs/deleted-queue")
)

// queueDefaults are what a queue has that nobody set.
var queueDefaults = map[string]string{
	"DelaySeconds": "0", "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600",
	"ReceiveMessageWaitTimeSeconds": "0", "VisibilityTimeout": "30", "SqsManagedSseEnabled": "true",
}

// queueBounds are the attributes that are numbers.
var queueBounds = map[string][2]int{
	"DelaySeconds": {0, 900}, "MaximumMessageSize": {1024, 1048576}, "MessageRetentionPeriod": {60, 1209600},
	"ReceiveMessageWaitTimeSeconds": {0, 20}, "VisibilityTimeout": {0, 43200}, "KmsDataKeyReusePeriodSeconds": {60, 86400},
}

var sqsName = matching(`[A-Za-z0-9_-]{1,80}`)

// The codes of SQS have two spellings, by protocol; see sqsProtocol.
func queueNotFound() error {
	return fail(http.StatusBadRequest, "QueueDoesNotExist", "The specified queue does not exist.")
}

// checkAttributes proves attributes that are to be set.
func checkAttributes(q *request, attributes map[string]string) error {
	for name, value := range attributes {
		bounds, isNumber := queueBounds[name]
		n, err := strconv.Atoi(value)
		bad := false
		switch {
		case isNumber:
			bad = err != nil || n < bounds[0] || n > bounds[1]
		case name == "SqsManagedSseEnabled":
			bad = value != "true" && value != "false"
		case name == "KmsMasterKeyId", value == "" && (name == "Policy" || name == "RedrivePolicy" || name == "RedriveAllowPolicy"):
		case name == "Policy":
			document, problem := parsePolicy(value, resourcePolicy)
			bad = problem != "" || unknownPrincipal(q, document) != ""
		case name == "RedrivePolicy" || name == "RedriveAllowPolicy":
			bad = !json.Valid([]byte(value))
		case name == "FifoQueue" || name == "ContentBasedDeduplication":
			return fail(http.StatusBadRequest, "UnsupportedOperation", "This sandbox does not model FIFO queues.")
		default:
			return fail(http.StatusBadRequest, "InvalidAttributeName", "Unknown Attribute %s.", name)
		}
		if bad {
			return fail(http.StatusBadRequest, "InvalidAttributeValue", "Invalid value for the parameter %s.", name)
		}
	}
	return nil
}

func createQueue(q *request) (any, error) {
	in := struct {
		QueueName  string
		Attributes map[string]string
		Tags       map[string]string `json:"tags"`
	}{}
	if err := q.decodeSQS(&in, "QueueName", "Attribute", "Tag"); err != nil {
		return nil, err
	}
	q.object(in.QueueName)
	if !sqsName.MatchString(in.QueueName) {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	if err := checkAttributes(q, in.Attributes); err != nil {
		return nil, err
	}
	if old, ok := queues.Get(q.tx, q.region, in.QueueName); ok {
		for name, value := range in.Attributes {
			if old.attribute(name) != value {
				return nil, fail(http.StatusBadRequest, "QueueNameExists", "A queue already exists with the same name and a different value for attribute %s", name)
			}
		}
		return map[string]any{"QueueUrl": old.URL}, nil
	}
	if ghost, ok := queueNames.Get(q.tx, q.region, in.QueueName); ok {
		done, _ := ghost.Progress.Poll()
		if done {
			queueNames.Delete(q.tx, q.region, ghost.ID)
		} else {
			queueNames.Put(q.tx, ghost)
		}
		q.keep()
		return nil, fail(http.StatusBadRequest, "QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
	}
	made := &queue{Created: q.tx.Now(), Modified: q.tx.Now(), Attributes: addTags(in.Attributes, nil)}
	made.ID, made.Name, made.Region, made.Tags = in.QueueName, in.QueueName, q.region, in.Tags
	made.URL = "https://sqs." + q.region + ".amazonaws.com/" + q.account + "/" + made.ID
	made.ARN = q.arn("sqs", made.ID)
	queues.Put(q.tx, made)
	return map[string]any{"QueueUrl": made.URL}, nil
}

func (k *queue) attribute(name string) string {
	if value, ok := k.Attributes[name]; ok {
		return value
	}
	if name == "SqsManagedSseEnabled" && k.Attributes["KmsMasterKeyId"] != "" {
		return "false"
	}
	return queueDefaults[name]
}

// queueRef names a queue by its URL.
type queueRef struct{ QueueUrl string }

func (in queueRef) find(q *request) (*queue, error) {
	name := in.QueueUrl[strings.LastIndexByte(in.QueueUrl, '/')+1:]
	q.object(name)
	found, ok := queues.Get(q.tx, q.region, name)
	if !ok {
		return nil, queueNotFound()
	}
	return found, nil
}

func getQueueURL(q *request) (any, error) {
	var in struct{ QueueName, QueueOwnerAWSAccountId string }
	if err := q.decodeSQS(&in, "QueueName", "QueueOwnerAWSAccountId"); err != nil {
		return nil, err
	}
	found, err := queueRef{in.QueueName}.find(q)
	if err != nil {
		return nil, err
	}
	return map[string]any{"QueueUrl": found.URL}, nil
}

func getQueueAttributes(q *request) (any, error) {
	var in struct {
		queueRef
		AttributeNames []string
	}
	if err := q.decodeSQS(&in, "QueueUrl", "AttributeName"); err != nil {
		return nil, err
	}
	found, err := in.find(q)
	if err != nil {
		return nil, err
	}
	all := map[string]string{
		"QueueArn": found.ARN, "CreatedTimestamp": strconv.FormatInt(found.Created.Unix(), 10), "LastModifiedTimestamp": strconv.FormatInt(found.Modified.Unix(), 10),
		"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesDelayed": "0", "ApproximateNumberOfMessagesNotVisible": "0",
	}
	for name := range queueDefaults {
		all[name] = found.attribute(name)
	}
	for name, value := range found.Attributes {
		if value != "" {
			all[name] = value
		}
	}
	out := map[string]string{}
	for name, value := range all {
		if slices.Contains(in.AttributeNames, "All") || slices.Contains(in.AttributeNames, name) {
			out[name] = value
		}
	}
	return map[string]any{"Attributes": out}, nil
}

func setQueueAttributes(q *request) (any, error) {
	var in struct {
		queueRef
		Attributes map[string]string
	}
	if err := q.decodeSQS(&in, "QueueUrl", "Attribute"); err != nil {
		return nil, err
	}
	found, err := in.find(q)
	if err != nil {
		return nil, err
	}
	if err := checkAttributes(q, in.Attributes); err != nil {
		return nil, err
	}
	found.Attributes, found.Modified = addTags(found.Attributes, in.Attributes), q.tx.Now()
	queues.Put(q.tx, found)
	return nil, nil
}

func deleteQueue(q *request) (any, error) {
	var in queueRef
	if err := q.decodeSQS(&in, "QueueUrl"); err != nil {
		return nil, err
	}
	found, err := in.find(q)
	if err != nil {
		return nil, err
	}
	queues.Delete(q.tx, q.region, found.ID)
	if steps := q.tx.Steps("sqs/queue-delete", 1); steps.Left > 0 {
		ghost := &queueName{Progress: steps}
		ghost.ID, ghost.Region, ghost.Hidden = found.ID, q.region, true
		queueNames.Put(q.tx, ghost)
	}
	return nil, nil
}

func listQueues(q *request) (any, error) {
	var in struct {
		QueueNamePrefix, NextToken string
		MaxResults                 int
	}
	if err := q.decodeSQS(&in, "QueueNamePrefix", "NextToken", "MaxResults"); err != nil {
		return nil, err
	}
	var urls []string
	for _, k := range queues.List(q.tx, q.region) {
		if strings.HasPrefix(k.ID, in.QueueNamePrefix) {
			urls = append(urls, k.URL)
		}
	}
	slices.Sort(urls)
	cut, next, ok := page(urls, in.NextToken, in.MaxResults)
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Invalid or expired next token.")
	}
	out := map[string]any{"QueueUrls": append([]string{}, cut...)}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

func tagQueue(q *request) (any, error) {
	var in struct {
		queueRef
		Tags map[string]string
	}
	if err := q.decodeSQS(&in, "QueueUrl", "Tag"); err != nil {
		return nil, err
	}
	found, err := in.find(q)
	if err != nil {
		return nil, err
	}
	tags := addTags(found.Tags, in.Tags)
	if len(tags) > 50 {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Too many tags added for queue %s.", found.ID)
	}
	found.Tags = tags
	queues.Put(q.tx, found)
	return nil, nil
}

func untagQueue(q *request) (any, error) {
	var in struct {
		queueRef
		TagKeys []string
	}
	if err := q.decodeSQS(&in, "QueueUrl", "TagKey"); err != nil {
		return nil, err
	}
	found, err := in.find(q)
	if err != nil {
		return nil, err
	}
	found.Tags = dropTags(found.Tags, in.TagKeys)
	queues.Put(q.tx, found)
	return nil, nil
}

func listQueueTags(q *request) (any, error) {
	var in queueRef
	if err := q.decodeSQS(&in, "QueueUrl"); err != nil {
		return nil, err
	}
	found, err := in.find(q)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Tags": addTags(found.Tags, nil)}, nil
}
