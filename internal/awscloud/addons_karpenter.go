package awscloud

import (
	"context"
	"maps"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

const queueComponent = "queue/karpenter"

func ruleComponent(event string) string { return "rule/karpenter-" + event }

func eventPattern(event string) string { return encode(awsiam.EventPattern(event)) }

// targetID names the queue among a rule's targets.
const targetID = "karpenter"

// interruptionQueue is the queue as found.
type interruptionQueue struct {
	name, url, arn string
	attributes     map[string]string
	tags           map[string]string
}

// interruptionRule is an EventBridge rule as found.
type interruptionRule struct {
	name, arn, pattern string
	enabled            bool
	targets            map[string]string // ARN by id
	tags               map[string]string
}

func (v *addonsView) queueName() string {
	if name := withoutRemark(v.known.Names[queueComponent]); name != "" {
		return name
	}
	return v.ref.Cluster + "-karpenter"
}

func (v *addonsView) ruleName(event string) string {
	if name := withoutRemark(v.known.Names[ruleComponent(event)]); name != "" {
		return name
	}
	return v.ref.Cluster + "-karpenter-" + event
}

// viewInterruption reads queue and rules, where there may be any: 3 calls for
// the queue and 3 a rule.
func (v *addonsView) viewInterruption(ctx context.Context) error {
	if v.short && v.known.Names[queueComponent] == "" {
		return nil
	}
	var err error
	if v.queue, err = v.api.findQueue(ctx, ofCluster(queueComponent, v.ref), v.queueName()); err != nil {
		return err
	}
	if v.queue != nil && v.queue.tags[cloud.TagPart] != v.ref.Part && v.known.Autoscaling != blueprint.AutoscalingKarpenter {
		v.queue = nil
	}
	for _, event := range blueprint.KarpenterEvents {
		found, err := v.api.findRule(ctx, ofCluster(ruleComponent(event), v.ref), v.ruleName(event))
		if err != nil {
			return err
		}
		if found != nil && (found.tags[cloud.TagPart] == v.ref.Part || v.known.Autoscaling == blueprint.AutoscalingKarpenter) {
			v.rules[event] = found
		}
	}
	return nil
}

func (a *api) findQueue(ctx context.Context, object, name string) (*interruptionQueue, error) {
	url, err := a.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(name)})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, object)
	}
	got, err := a.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: url.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, object)
	}
	tags, err := a.sqs.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: url.QueueUrl})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, object)
	}
	return &interruptionQueue{name: name, url: aws.ToString(url.QueueUrl), arn: a.arn("sqs", name), attributes: got.Attributes, tags: tags.Tags}, nil
}

func (a *api) findRule(ctx context.Context, object, name string) (*interruptionRule, error) {
	got, err := a.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: aws.String(name)})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, object)
	}
	found := &interruptionRule{name: name, arn: aws.ToString(got.Arn), pattern: aws.ToString(got.EventPattern),
		enabled: got.State == types.RuleStateEnabled, targets: map[string]string{}, tags: map[string]string{}}
	targets, err := a.events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: aws.String(name)})
	if unlessNotFound(err) != nil {
		return nil, wrap(err, object)
	}
	if targets != nil {
		for _, target := range targets.Targets {
			found.targets[aws.ToString(target.Id)] = aws.ToString(target.Arn)
		}
	}
	tags, err := a.events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: got.Arn})
	if unlessNotFound(err) != nil {
		return nil, wrap(err, object)
	}
	if tags != nil {
		for _, tag := range tags.Tags {
			found.tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
	}
	return found, nil
}

// queueAttributes are the queue as wanted: encrypted, short-lived, written to
// by AWS's events alone, and over TLS alone.
func (a *api) queueAttributes(name string) map[string]string {
	return map[string]string{"MessageRetentionPeriod": strconv.Itoa(awsiam.QueueRetention), "SqsManagedSseEnabled": "true", "Policy": encode(a.iamAccount().QueuePolicy(name))}
}

// changedAttributes are those of a queue that must be set.
func changedAttributes(want, have map[string]string) map[string]string {
	changed := map[string]string{}
	for key, value := range want {
		if key == "Policy" && samePolicy(value, have[key]) || value == have[key] {
			continue
		}
		changed[key] = value
	}
	return changed
}

// observeInterruption names what it finds, and remarks on what is not as it
// should be.
func (v *addonsView) observeInterruption(design *blueprint.AddonsDesign) []string {
	var remarks []string
	queue := v.api.arn("sqs", v.queueName())
	if v.queue == nil {
		remarks = append(remarks, "queue is missing")
	} else {
		design.Names[queueComponent] = v.queue.name
		for _, key := range sortedKeys(changedAttributes(v.api.queueAttributes(v.queue.name), v.queue.attributes)) {
			remarks = append(remarks, "queue's "+key+" differs")
		}
	}
	for _, event := range blueprint.KarpenterEvents {
		found := v.rules[event]
		if found == nil {
			remarks = append(remarks, "rule for "+event+" is missing")
			continue
		}
		design.Names[ruleComponent(event)] = found.name
		if !found.enabled {
			remarks = append(remarks, "rule for "+event+" is off")
		}
		if !samePolicy(found.pattern, eventPattern(event)) {
			remarks = append(remarks, "rule for "+event+" has another pattern")
		}
		if !maps.Equal(found.targets, map[string]string{targetID: queue}) {
			remarks = append(remarks, "rule for "+event+" has other targets")
		}
	}
	return remarks
}

// ensureInterruption makes the queue and the rules that feed it.
func (r *addonsRun) ensureInterruption(ctx context.Context) error {
	if r.design.Autoscaling != blueprint.AutoscalingKarpenter {
		return nil
	}
	if err := r.ensureQueue(ctx); err != nil {
		return err
	}
	events := map[string]string{}
	for _, event := range blueprint.KarpenterEvents {
		events[event] = r.design.Names[ruleComponent(event)]
	}
	return each(ctx, events, r.ensureRule)
}

func (r *addonsRun) ensureQueue(ctx context.Context) error {
	name, object, have := r.design.Names[queueComponent], r.object(queueComponent), r.view.queue
	attributes, tags := r.queueAttributes(name), r.tagsOf(queueComponent)
	if have == nil {
		// SQS refuses a name for a minute after its queue was deleted. The same
		// call again gives the same queue.
		got, err := persist(ctx, r.poll, lingering, func(err error) bool { return hasAny(err, "QueueDeletedRecently", "60 seconds") },
			func(ctx context.Context) (*sqs.CreateQueueOutput, error) {
				return commit(ctx, func(ctx context.Context) (*sqs.CreateQueueOutput, error) {
					return r.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name), Attributes: attributes, Tags: tags})
				})
			})
		if err != nil {
			return wrap(err, object)
		}
		r.made(queueComponent, aws.ToString(got.QueueUrl))
		return nil
	}
	changes := map[string]func(context.Context) error{}
	if changed := changedAttributes(attributes, have.attributes); len(changed) > 0 {
		changes["attributes"] = func(ctx context.Context) error {
			_, err := r.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: aws.String(have.url), Attributes: changed})
			return err
		}
	}
	set, drop := r.changedTags(tags, have.tags)
	if len(set) > 0 {
		changes["tags"] = func(ctx context.Context) error {
			_, err := r.sqs.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: aws.String(have.url), Tags: set})
			return err
		}
	}
	if len(drop) > 0 {
		changes["untag"] = func(ctx context.Context) error {
			_, err := r.sqs.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: aws.String(have.url), TagKeys: drop})
			return err
		}
	}
	return r.apply(ctx, object, changes)
}

// apply makes changes that don't depend on each other, in the order of their
// names.
func (r *addonsRun) apply(ctx context.Context, object string, changes map[string]func(context.Context) error) error {
	for _, key := range sortedKeys(changes) {
		r.touched()
		_, err := settle(ctx, r.poll, func(ctx context.Context) (struct{}, error) { return struct{}{}, changes[key](ctx) })
		if err != nil {
			return wrap(err, object)
		}
	}
	return nil
}

func (r *addonsRun) ensureRule(ctx context.Context, event, name string) error {
	component := ruleComponent(event)
	object, have, tags := r.object(component), r.view.rules[event], r.tagsOf(component)
	queue := r.arn("sqs", r.design.Names[queueComponent])
	changes := map[string]func(context.Context) error{}
	put := func(tags map[string]string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := r.events.PutRule(ctx, &eventbridge.PutRuleInput{
				Name: aws.String(name), EventPattern: aws.String(eventPattern(event)), State: types.RuleStateEnabled, Tags: toEvents(tags),
				Description: aws.String("Tells Karpenter of " + r.ref.Cluster + " about " + event),
			})
			return err
		}
	}
	if have == nil {
		changes["1"] = put(tags)
		have = &interruptionRule{targets: map[string]string{}, tags: tags}
		r.made(component, r.arn("events", "rule/"+name))
	} else if !have.enabled || !samePolicy(have.pattern, eventPattern(event)) {
		changes["1"] = put(nil)
	}
	if have.targets[targetID] != queue {
		changes["2"] = func(ctx context.Context) error {
			got, err := r.events.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String(name), Targets: []types.Target{{Id: aws.String(targetID), Arn: aws.String(queue)}}})
			if err == nil && got.FailedEntryCount > 0 {
				err = &cloud.Error{Kind: cloud.ErrInvalid, Operation: "eventbridge PutTargets", Object: object, Reason: aws.ToString(got.FailedEntries[0].ErrorMessage)}
			}
			return err
		}
	}
	var strangers []string
	for id := range have.targets {
		if id != targetID {
			strangers = append(strangers, id)
		}
	}
	if len(strangers) > 0 {
		changes["3"] = func(ctx context.Context) error {
			_, err := r.events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: aws.String(name), Ids: strangers})
			return err
		}
	}
	set, drop := r.changedTags(tags, have.tags)
	if len(set) > 0 {
		changes["4"] = func(ctx context.Context) error {
			_, err := r.events.TagResource(ctx, &eventbridge.TagResourceInput{ResourceARN: aws.String(have.arn), Tags: toEvents(set)})
			return err
		}
	}
	if len(drop) > 0 {
		changes["5"] = func(ctx context.Context) error {
			_, err := r.events.UntagResource(ctx, &eventbridge.UntagResourceInput{ResourceARN: aws.String(have.arn), TagKeys: drop})
			return err
		}
	}
	return r.apply(ctx, object, changes)
}

func toEvents(tags map[string]string) []types.Tag {
	var list []types.Tag
	for _, key := range sortedKeys(tags) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}

// removeInterruption removes rules, then the queue.
func (r *addonsRun) removeInterruption(ctx context.Context, doomed map[string]bool) error {
	for _, event := range blueprint.KarpenterEvents {
		found := r.view.rules[event]
		if found == nil || !doomed[ruleComponent(event)] {
			continue
		}
		object := r.object(ruleComponent(event))
		if len(found.targets) > 0 {
			_, err := commit(ctx, func(ctx context.Context) (*eventbridge.RemoveTargetsOutput, error) {
				return r.events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: aws.String(found.name), Ids: sortedKeys(found.targets)})
			})
			if unlessNotFound(err) != nil {
				return wrap(err, object)
			}
		}
		_, err := commit(ctx, func(ctx context.Context) (*eventbridge.DeleteRuleOutput, error) {
			return r.events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String(found.name)})
		})
		if unlessNotFound(err) != nil {
			return wrap(err, object)
		}
	}
	if r.view.queue == nil || !doomed[queueComponent] {
		return nil
	}
	_, err := commit(ctx, func(ctx context.Context) (*sqs.DeleteQueueOutput, error) {
		return r.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String(r.view.queue.url)})
	})
	return wrap(unlessNotFound(err), r.object(queueComponent))
}
