package awsapi

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func eventsService() *service {
	return &service{
		name:     "events",
		protocol: json11{target: "AWSEvents"},
		operations: operations{
			"PutRule":             {run: putRule},
			"DescribeRule":        {run: describeRule},
			"ListRules":           {run: listRules},
			"DeleteRule":          {run: deleteRule},
			"EnableRule":          {run: enableRule},
			"DisableRule":         {run: disableRule},
			"PutTargets":          {run: putTargets},
			"RemoveTargets":       {run: removeTargets},
			"ListTargetsByRule":   {run: listTargetsByRule},
			"TagResource":         {run: tagRule},
			"UntagResource":       {run: untagRule},
			"ListTagsForResource": {run: listRuleTags},
		},
	}
}

// eventRule is a rule of the default bus; its id in the store is its name.
type eventRule struct {
	sandbox.Meta
	ARN         string        `json:"arn"`
	Description string        `json:"description,omitempty"`
	Pattern     string        `json:"eventPattern,omitempty"`
	Schedule    string        `json:"scheduleExpression,omitempty"`
	State       string        `json:"state"`
	Role        string        `json:"roleArn,omitempty"`
	Targets     []eventTarget `json:"targets,omitempty"`
}

type eventTarget struct {
	ID      string `json:"Id"`
	ARN     string `json:"Arn"`
	RoleARN string `json:"RoleArn,omitempty"`
	Input   string `json:"Input,omitempty"`
	Retry   *struct {
		MaximumRetryAttempts     int `json:",omitempty"`
		MaximumEventAgeInSeconds int `json:",omitempty"`
	} `json:"RetryPolicy,omitempty"`
	DeadLetter *struct {
		ARN string `json:"Arn"`
	} `json:"DeadLetterConfig,omitempty"`
}

var eventRules = sandbox.NewTable[eventRule](cloud, "events/rule")

var (
	ruleName     = matching(`[\.\-_A-Za-z0-9]+`)
	targetID     = matching(`[\.\-_A-Za-z0-9]+`)
	ruleSchedule = regexp.MustCompile(`^(rate\([1-9]\d* (minute|minutes|hour|hours|day|days)\)|cron\(.+\))$`)
)

func eventsInvalid(format string, arguments ...any) error {
	return fail(http.StatusBadRequest, "ValidationException", format, arguments...)
}

// ruleRef names a rule; the only bus is the default one.
type ruleRef struct{ Name, Rule, EventBusName string }

func (in ruleRef) find(q *request) (*eventRule, error) {
	name := in.Name + in.Rule
	q.object(name)
	if in.EventBusName != "" && in.EventBusName != "default" {
		return nil, fail(http.StatusBadRequest, "ResourceNotFoundException", "Event bus %s does not exist.", in.EventBusName)
	}
	rule, ok := eventRules.Get(q.tx, q.region, name)
	if !ok {
		return nil, fail(http.StatusBadRequest, "ResourceNotFoundException", "Rule %s does not exist on EventBus default.", name)
	}
	return rule, nil
}

func (r *eventRule) wire(q *request) map[string]any {
	out := map[string]any{"Name": r.ID, "Arn": r.ARN, "State": r.State, "EventBusName": "default"}
	for name, value := range map[string]string{"Description": r.Description, "EventPattern": r.Pattern, "ScheduleExpression": r.Schedule, "RoleArn": r.Role} {
		if value != "" {
			out[name] = value
		}
	}
	return out
}

// checkPattern says whether text is an event pattern: an object whose leaves
// are lists.
func checkPattern(text string) bool {
	var pattern map[string]any
	return json.Unmarshal([]byte(text), &pattern) == nil && len(pattern) > 0 && leavesAreLists(pattern)
}

func leavesAreLists(pattern map[string]any) bool {
	for _, value := range pattern {
		switch v := value.(type) {
		case []any:
			if len(v) == 0 {
				return false
			}
		case map[string]any:
			if !leavesAreLists(v) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func putRule(q *request) (any, error) {
	var in struct {
		ruleRef
		ScheduleExpression, EventPattern, State, Description, RoleArn string

		Tags []jsonTag
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	rule, err := in.find(q)
	if err != nil {
		if in.EventBusName != "" && in.EventBusName != "default" {
			return nil, err
		}
		rule = &eventRule{ARN: q.arn("events", "rule/"+in.Name)}
		rule.ID, rule.Name, rule.Region = in.Name, in.Name, q.region
		if rule.Tags, err = jsonTags(nil, in.Tags, "ValidationException", "LimitExceededException"); err != nil {
			return nil, err
		}
	}
	if in.State == "" {
		in.State = "ENABLED"
	}
	switch {
	case len(in.Name) == 0 || len(in.Name) > 64 || !ruleName.MatchString(in.Name):
		return nil, eventsInvalid("1 validation error detected: Value '%s' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+ with length 1 to 64", clip(in.Name))
	case in.EventPattern == "" && in.ScheduleExpression == "":
		return nil, eventsInvalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
	case in.EventPattern != "" && !checkPattern(in.EventPattern):
		return nil, fail(http.StatusBadRequest, "InvalidEventPatternException", "Event pattern is not valid. Reason: it is an object of non-empty lists")
	case in.ScheduleExpression != "" && !ruleSchedule.MatchString(in.ScheduleExpression):
		return nil, eventsInvalid("Parameter ScheduleExpression is not valid.")
	case !slices.Contains([]string{"ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}, in.State):
		return nil, eventsInvalid("Parameter State is not valid.")
	case len(in.Description) > 512:
		return nil, eventsInvalid("Description has at most 512 characters.")
	}
	rule.Description, rule.Pattern, rule.Schedule, rule.State, rule.Role = in.Description, in.EventPattern, in.ScheduleExpression, in.State, in.RoleArn
	eventRules.Put(q.tx, rule)
	return map[string]any{"RuleArn": rule.ARN}, nil
}

func describeRule(q *request) (any, error) {
	var in ruleRef
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	rule, err := in.find(q)
	if err != nil {
		return nil, err
	}
	return rule.wire(q), nil
}

func listRules(q *request) (any, error) {
	var in struct {
		NamePrefix, EventBusName, NextToken string
		Limit                               int
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	rules := eventRules.Where(q.tx, q.region, func(r *eventRule) bool { return strings.HasPrefix(r.ID, in.NamePrefix) })
	return eventsPage("Rules", each(rules, func(r *eventRule) map[string]any { return r.wire(q) }), in.NextToken, in.Limit)
}

func eventsPage[T any](name string, values []T, token string, size int) (any, error) {
	if size == 0 {
		size = 100
	}
	cut, next, ok := page(values, token, size)
	if !ok || size < 1 || size > 100 {
		return nil, eventsInvalid("NextToken or Limit is not valid.")
	}
	out := map[string]any{name: append([]T{}, cut...)}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

func deleteRule(q *request) (any, error) {
	var in struct {
		ruleRef
		Force bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	q.object(in.Name)
	rule, ok := eventRules.Get(q.tx, q.region, in.Name)
	if !ok {
		return nil, nil // deleting what is not there succeeds
	}
	if len(rule.Targets) > 0 {
		return nil, eventsInvalid("Rule can't be deleted since it has targets.")
	}
	eventRules.Delete(q.tx, q.region, rule.ID)
	return nil, nil
}

func enableRule(q *request) (any, error)  { return nil, setRuleState(q, "ENABLED") }
func disableRule(q *request) (any, error) { return nil, setRuleState(q, "DISABLED") }

func setRuleState(q *request, state string) error {
	var in ruleRef
	if err := q.decode(&in); err != nil {
		return err
	}
	rule, err := in.find(q)
	if err != nil {
		return err
	}
	rule.State = state
	eventRules.Put(q.tx, rule)
	return nil
}

func putTargets(q *request) (any, error) {
	var in struct {
		ruleRef
		Targets []eventTarget
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	rule, err := in.find(q)
	if err != nil {
		return nil, err
	}
	targets := slices.Clone(rule.Targets)
	for _, t := range in.Targets {
		if len(t.ID) > 64 || !targetID.MatchString(t.ID) || !strings.HasPrefix(t.ARN, "arn:") {
			return nil, eventsInvalid("Target Id %s or its Arn is not valid.", clip(t.ID))
		}
		targets = slices.DeleteFunc(targets, func(o eventTarget) bool { return o.ID == t.ID })
		targets = append(targets, t)
	}
	if len(targets) > 5 {
		return nil, fail(http.StatusBadRequest, "LimitExceededException", "The requested resource exceeds the maximum number allowed: 5 targets a rule.")
	}
	rule.Targets = targets
	eventRules.Put(q.tx, rule)
	return map[string]any{"FailedEntryCount": 0, "FailedEntries": []any{}}, nil
}

func removeTargets(q *request) (any, error) {
	var in struct {
		ruleRef
		Ids   []string
		Force bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	rule, err := in.find(q)
	if err != nil {
		return nil, err
	}
	rule.Targets = slices.DeleteFunc(slices.Clone(rule.Targets), func(t eventTarget) bool { return slices.Contains(in.Ids, t.ID) })
	eventRules.Put(q.tx, rule)
	return map[string]any{"FailedEntryCount": 0, "FailedEntries": []any{}}, nil
}

func listTargetsByRule(q *request) (any, error) {
	var in struct {
		ruleRef
		NextToken string
		Limit     int
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	rule, err := in.find(q)
	if err != nil {
		return nil, err
	}
	return eventsPage("Targets", rule.Targets, in.NextToken, in.Limit)
}

// ruleOf finds a rule by ARN, for the tag operations.
func ruleOf(q *request, reference string) (*eventRule, error) {
	return ruleRef{Name: strings.TrimPrefix(reference, q.arn("events", "rule/"))}.find(q)
}

func tagRule(q *request) (any, error) {
	var in struct {
		ResourceARN string
		Tags        []jsonTag
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	rule, err := ruleOf(q, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	if rule.Tags, err = jsonTags(rule.Tags, in.Tags, "ValidationException", "LimitExceededException"); err != nil {
		return nil, err
	}
	eventRules.Put(q.tx, rule)
	return nil, nil
}

func untagRule(q *request) (any, error) {
	var in struct {
		ResourceARN string
		TagKeys     []string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	rule, err := ruleOf(q, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	rule.Tags = dropTags(rule.Tags, in.TagKeys)
	eventRules.Put(q.tx, rule)
	return nil, nil
}

func listRuleTags(q *request) (any, error) {
	var in struct{ ResourceARN string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	rule, err := ruleOf(q, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Tags": jsonTagList(rule.Tags)}, nil
}
