package awsapi

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func logsService() *service {
	return &service{
		name:     "logs",
		protocol: json11{target: "Logs_20140328"},
		operations: operations{
			"CreateLogGroup":                {run: createLogGroup},
			"DescribeLogGroups":             {run: describeLogGroups},
			"DeleteLogGroup":                {run: deleteLogGroup},
			"PutRetentionPolicy":            {run: putRetentionPolicy},
			"DeleteRetentionPolicy":         {run: deleteRetentionPolicy},
			"AssociateKmsKey":               {run: associateLogKey},
			"DisassociateKmsKey":            {run: disassociateLogKey},
			"PutLogGroupDeletionProtection": {run: protectLogGroup},
			"TagResource":                   {run: tagLogGroup},
			"UntagResource":                 {run: untagLogGroup},
			"ListTagsForResource":           {run: listLogGroupTags},
		},
	}
}

// logGroup is a log group; its id in the store is its name.
type logGroup struct {
	sandbox.Meta
	ARN       string    `json:"arn"` // without the trailing ":*"
	Created   time.Time `json:"creationTime"`
	Retention int       `json:"retentionInDays,omitempty"` // 0: for ever
	Key       string    `json:"kmsKeyId,omitempty"`        // ARN
	Class     string    `json:"logGroupClass"`
	Protected bool      `json:"deletionProtectionEnabled,omitempty"`
}

var logGroups = sandbox.NewTable[logGroup](cloud, "logs/log-group")

var (
	logGroupName = matching(`[\.\-_/#A-Za-z0-9]+`)
	logTagKey    = matching(`([\p{L}\p{Z}\p{N}_.:/=+\-@]+)`)
	logTagValue  = matching(`([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`)
)

// retentions are the days that CloudWatch Logs knows.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

const logsInvalid = "InvalidParameterException"

func checkLogGroupName(q *request, name string) error {
	q.object(name)
	var c constraints
	c.required("logGroupName", name)
	if name != "" {
		c.length("logGroupName", name, 1, 512)
		c.pattern("logGroupName", name, logGroupName)
	}
	return c.err(logsInvalid)
}

func logGroupNotFound() error {
	return fail(http.StatusBadRequest, "ResourceNotFoundException", "The specified log group does not exist.")
}

func askedLogGroup(q *request, name string) (*logGroup, error) {
	if err := checkLogGroupName(q, name); err != nil {
		return nil, err
	}
	group, ok := logGroups.Get(q.tx, q.region, name)
	if !ok {
		return nil, logGroupNotFound()
	}
	return group, nil
}

// logGroupByARN takes an ARN with or without its trailing ":*", or a name.
func logGroupByARN(q *request, reference string) (*logGroup, error) {
	q.object(reference)
	name := strings.TrimSuffix(reference, ":*")
	if strings.HasPrefix(name, "arn:") {
		_, name, _ = strings.Cut(name, ":log-group:")
	}
	group, ok := logGroups.Get(q.tx, q.region, name)
	if !ok {
		return nil, logGroupNotFound()
	}
	return group, nil
}

// putLogGroup makes a log group, as its owner or as a service that logs.
func putLogGroup(tx *sandbox.Tx, region, account, name string) *logGroup {
	group := &logGroup{ARN: arn("logs", region, account, "log-group:"+name), Created: tx.Now(), Class: "STANDARD"}
	group.ID, group.Name, group.Region = name, name, region
	logGroups.Put(tx, group)
	return group
}

// logKey finds the key that is to encrypt a log group. Its policy must let
// CloudWatch Logs use it, or the call fails: that is easily forgotten.
func logKey(q *request, reference, group string) (string, error) {
	key, problem := usableKey(q.tx, q.region, reference)
	actions := []string{"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"}
	if problem != "" || !strings.HasPrefix(reference, "arn:") ||
		!key.lets("logs."+q.region+".amazonaws.com", actions...) && !key.lets("logs.amazonaws.com", actions...) {
		return "", fail(http.StatusBadRequest, logsInvalid,
			"The specified KMS Key Id could not be found or is not allowed to be used with Arn '%s'", q.arn("logs", "log-group:"+group))
	}
	return key.ARN, nil
}

func createLogGroup(q *request) (any, error) {
	var in struct {
		LogGroupName, KmsKeyId, LogGroupClass string

		Tags                      map[string]string
		DeletionProtectionEnabled bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if err := checkLogGroupName(q, in.LogGroupName); err != nil {
		return nil, err
	}
	if strings.HasPrefix(in.LogGroupName, "aws/") {
		return nil, fail(http.StatusBadRequest, logsInvalid, "Log groups starting with 'aws/' are reserved for AWS.")
	}
	var c constraints
	c.oneOf("logGroupClass", in.LogGroupClass, "STANDARD", "INFREQUENT_ACCESS", "DELIVERY")
	if err := c.err(logsInvalid); err != nil {
		return nil, err
	}
	if err := checkLogTags(in.Tags); err != nil {
		return nil, err
	}
	reviveLogGroups(q.tx, q.region, q.account)
	if _, taken := logGroups.Get(q.tx, q.region, in.LogGroupName); taken {
		q.keep()
		return nil, fail(http.StatusBadRequest, "ResourceAlreadyExistsException", "The specified log group already exists")
	}
	key := ""
	if in.KmsKeyId != "" {
		var err error
		if key, err = logKey(q, in.KmsKeyId, in.LogGroupName); err != nil {
			return nil, err
		}
	}
	if len(logGroups.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaLogGroups) {
		return nil, fail(http.StatusBadRequest, "LimitExceededException", "Resource limit exceeded.")
	}
	group := putLogGroup(q.tx, q.region, q.account, in.LogGroupName)
	group.Tags, group.Key, group.Protected = in.Tags, key, in.DeletionProtectionEnabled
	if in.LogGroupClass != "" {
		group.Class = in.LogGroupClass
	}
	logGroups.Put(q.tx, group)
	return nil, nil
}

func (g *logGroup) wire() map[string]any {
	out := map[string]any{
		"logGroupName": g.ID, "creationTime": g.Created.UnixMilli(), "metricFilterCount": 0, "storedBytes": 0,
		"arn": g.ARN + ":*", "logGroupArn": g.ARN, "logGroupClass": g.Class, "deletionProtectionEnabled": g.Protected,
	}
	if g.Retention > 0 {
		out["retentionInDays"] = g.Retention
	}
	if g.Key != "" {
		out["kmsKeyId"] = g.Key
	}
	return out
}

func describeLogGroups(q *request) (any, error) {
	var in struct {
		LogGroupNamePrefix, LogGroupNamePattern, NextToken, LogGroupClass string

		Limit                 int
		LogGroupIdentifiers   []string
		IncludeLinkedAccounts bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if in.LogGroupNamePrefix != "" && in.LogGroupNamePattern != "" {
		return nil, fail(http.StatusBadRequest, logsInvalid, "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	if in.Limit == 0 {
		in.Limit = 50
	}
	var c constraints
	c.number("limit", in.Limit, 1, 50)
	if err := c.err(logsInvalid); err != nil {
		return nil, err
	}
	reviveLogGroups(q.tx, q.region, q.account)
	q.object(in.LogGroupNamePrefix)
	groups := logGroups.Where(q.tx, q.region, func(g *logGroup) bool {
		return strings.HasPrefix(g.ID, in.LogGroupNamePrefix) &&
			strings.Contains(strings.ToLower(g.ID), strings.ToLower(in.LogGroupNamePattern)) &&
			(in.LogGroupClass == "" || in.LogGroupClass == g.Class) &&
			(len(in.LogGroupIdentifiers) == 0 || slices.Contains(in.LogGroupIdentifiers, g.ID) || slices.Contains(in.LogGroupIdentifiers, g.ARN))
	})
	slices.SortFunc(groups, func(a, b *logGroup) int { return strings.Compare(a.ID, b.ID) })
	cut, next, ok := page(groups, in.NextToken, in.Limit)
	if !ok {
		return nil, fail(http.StatusBadRequest, logsInvalid, "The specified nextToken is invalid.")
	}
	list := []map[string]any{}
	for _, g := range cut {
		list = append(list, g.wire())
	}
	out := map[string]any{"logGroups": list}
	if next != "" {
		out["nextToken"] = next
	}
	return out, nil
}

// logGroupRequest is the input of the simple operations.
type logGroupRequest struct{ LogGroupName string }

func deleteLogGroup(q *request) (any, error) {
	var in logGroupRequest
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	group, err := askedLogGroup(q, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	if group.Protected {
		return nil, fail(http.StatusBadRequest, "ValidationException", "The log group has deletion protection enabled; disable it to delete the log group.")
	}
	logGroups.Delete(q.tx, q.region, group.ID)
	return nil, nil
}

func putRetentionPolicy(q *request) (any, error) {
	var in struct {
		LogGroupName    string
		RetentionInDays int
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	group, err := askedLogGroup(q, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(retentions, in.RetentionInDays) {
		var c constraints
		c.add("retentionInDays", in.RetentionInDays, "satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]")
		return nil, c.err(logsInvalid)
	}
	group.Retention = in.RetentionInDays
	logGroups.Put(q.tx, group)
	return nil, nil
}

func deleteRetentionPolicy(q *request) (any, error) {
	var in logGroupRequest
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	group, err := askedLogGroup(q, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	group.Retention = 0
	logGroups.Put(q.tx, group)
	return nil, nil
}

// keyedLogGroup finds the group of the key operations, which take its name or
// an identifier.
func keyedLogGroup(q *request, name, identifier string) (*logGroup, error) {
	if (name == "") == (identifier == "") {
		return nil, fail(http.StatusBadRequest, logsInvalid, "Either logGroupName or resourceIdentifier is required, and not both.")
	}
	return logGroupByARN(q, name+identifier)
}

func associateLogKey(q *request) (any, error) {
	var in struct{ LogGroupName, KmsKeyId, ResourceIdentifier string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	group, err := keyedLogGroup(q, in.LogGroupName, in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	if group.Key, err = logKey(q, in.KmsKeyId, group.ID); err != nil {
		return nil, err
	}
	logGroups.Put(q.tx, group)
	return nil, nil
}

func disassociateLogKey(q *request) (any, error) {
	var in struct{ LogGroupName, ResourceIdentifier string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	group, err := keyedLogGroup(q, in.LogGroupName, in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	group.Key = ""
	logGroups.Put(q.tx, group)
	return nil, nil
}

func protectLogGroup(q *request) (any, error) {
	var in struct {
		LogGroupIdentifier        string
		DeletionProtectionEnabled bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	group, err := logGroupByARN(q, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	group.Protected = in.DeletionProtectionEnabled
	logGroups.Put(q.tx, group)
	return nil, nil
}

// reviveLogGroups makes the log groups anew that somebody deleted while a
// cluster still logs: EKS writes on, and CloudWatch Logs makes the group again,
// without tags, key or retention.
func reviveLogGroups(tx *sandbox.Tx, region, account string) {
	for _, name := range controlPlaneLogs(tx, region) {
		if _, ok := logGroups.Get(tx, region, name); !ok {
			putLogGroup(tx, region, account, name)
		}
	}
}
