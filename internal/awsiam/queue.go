package awsiam

// interruptions are the events that Karpenter drains a node for, by the names
// of blueprint.KarpenterEvents.
// https://karpenter.sh/docs/concepts/disruption/#interruption
var interruptions = map[string][2]string{
	"health":            {"aws.health", "AWS Health Event"},
	"rebalance":         {"aws.ec2", "EC2 Instance Rebalance Recommendation"},
	"spot-interruption": {"aws.ec2", "EC2 Spot Instance Interruption Warning"},
	"state-change":      {"aws.ec2", "EC2 Instance State-change Notification"},
}

// QueueRetention is how long an interruption is of any use, in seconds.
const QueueRetention = 300

// EventPattern is the EventBridge pattern of an interruption.
func EventPattern(event string) Document {
	return Document{"source": []string{interruptions[event][0]}, "detail-type": []string{interruptions[event][1]}}
}

// QueuePolicy lets AWS's events alone write to the interruption queue, and
// over TLS alone.
func (a Account) QueuePolicy(name string) Document {
	arn := a.ARN("sqs", name)
	return Policy(
		Document{"Sid": "Events", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn,
			"Principal": Document{"Service": "events.amazonaws.com"},
			"Condition": Document{"StringEquals": Document{"aws:SourceAccount": a.ID}}},
		Document{"Sid": "TLSOnly", "Effect": "Deny", "Action": "sqs:*", "Resource": arn, "Principal": "*",
			"Condition": Document{"Bool": Document{"aws:SecureTransport": "false"}}},
	)
}
