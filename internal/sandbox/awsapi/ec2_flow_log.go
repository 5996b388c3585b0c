package awsapi

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// flowLog records the traffic of a VPC, subnet or interface.
type flowLog struct {
	ec2Object
	Resource    string    `json:"resource"`
	Traffic     string    `json:"traffic"`     // ACCEPT, REJECT, ALL
	Destination string    `json:"destination"` // ARN
	Kind        string    `json:"kind"`        // cloud-watch-logs, s3
	LogGroup    string    `json:"log_group,omitempty"`
	Role        string    `json:"role,omitempty"`
	Format      string    `json:"format"`
	Interval    int       `json:"interval"` // seconds
	Created     time.Time `json:"created"`
}

var flowLogs = &ec2Type[flowLog]{
	table:  sandbox.NewTable[flowLog](cloud, "ec2/flow-log"),
	prefix: "fl-", tag: "vpc-flow-log", code: "InvalidFlowLogId.NotFound", says: "These flow log ids in the input list are not found: [TotalCount: 1] %s",
	ids: "FlowLogId", set: "flowLogSet",
	filters: []string{"deliver-log-status", "log-destination-type", "flow-log-id", "log-group-name", "resource-id", "traffic-type"},
}

func init() { flowLogs.filter, flowLogs.render = flowLogField, renderFlowLog }

func flowLogField(_ *sandbox.Tx, l *flowLog, name string) []string {
	return []string{map[string]string{
		"deliver-log-status": "SUCCESS", "log-destination-type": l.Kind, "flow-log-id": l.ID, "log-group-name": l.LogGroup,
		"resource-id": l.Resource, "traffic-type": l.Traffic,
	}[name]}
}

func renderFlowLog(_ *request, l *flowLog) []node {
	return []node{
		text("flowLogId", l.ID), text("flowLogStatus", "ACTIVE"), text("deliverLogsStatus", "SUCCESS"), text("resourceId", l.Resource),
		text("trafficType", l.Traffic), text("logDestinationType", l.Kind), text("logDestination", l.Destination),
		text("logGroupName", l.LogGroup), text("deliverLogsPermissionArn", l.Role), text("logFormat", l.Format),
		num("maxAggregationInterval", l.Interval), instant("creationTime", l.Created), tagSet(l.Tags),
	}
}

const usualFlowFormat = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"

// describeFlowLogs answers an unknown id with an empty list, as AWS does.
func describeFlowLogs(q *request) (any, error) {
	result, err := flowLogs.describe(q)
	var refusal *apiError
	if errors.As(err, &refusal) && refusal.code == flowLogs.code {
		return []node{items("flowLogSet", []string(nil), plain)}, nil
	}
	return result, err
}

func createFlowLogs(q *request) (any, error) {
	id, err := q.replayed()
	if err != nil {
		return nil, err
	}
	if id != "" {
		return q.answerFlowLogs(strings.Split(id, " ")), nil
	}
	l, err := q.readFlowLog()
	if err != nil {
		return nil, err
	}
	resources := q.form.list("ResourceId")
	if len(resources) == 0 {
		return nil, fail(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter ResourceIds")
	}
	kind, err := q.form.required("ResourceType")
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, resource := range resources {
		if err := q.checkFlowResource(kind, resource); err != nil {
			return nil, err
		}
		twin := func(o *flowLog) bool {
			return o.Resource == resource && o.Destination == l.Destination && o.Traffic == l.Traffic
		}
		if exists(flowLogs, q.tx, q.region, twin) {
			return nil, fail(http.StatusBadRequest, "FlowLogAlreadyExists", "Error. There is an existing Flow Log with the same configuration and log destination for %s.", resource)
		}
		made := *l
		made.ec2Object, made.Resource = q.newObject("fl-", l.Tags), resource
		flowLogs.table.Put(q.tx, &made)
		ids = append(ids, made.ID)
	}
	q.remember(strings.Join(ids, " "))
	return q.answerFlowLogs(ids), nil
}

func (q *request) answerFlowLogs(ids []string) []node {
	return []node{
		text("clientToken", q.form.text("ClientToken")), items("flowLogIdSet", ids, plain), items("unsuccessful", []string(nil), plain),
	}
}

func (q *request) checkFlowResource(kind, id string) error {
	var err error
	switch kind {
	case "VPC":
		_, err = vpcs.get(q, id)
	case "Subnet":
		_, err = subnets.get(q, id)
	case "NetworkInterface":
		_, err = interfaces.get(q, id)
	default:
		err = unmodelled(nil, "flow logs of a "+kind)
	}
	return err
}

// readFlowLog reads what all flow logs of a request have in common.
func (q *request) readFlowLog() (*flowLog, error) {
	tags, err := q.tagSpecification("vpc-flow-log")
	if err != nil {
		return nil, err
	}
	interval, err := q.form.number("MaxAggregationInterval", 600)
	if err != nil {
		return nil, err
	}
	l := &flowLog{
		Traffic: q.form.text("TrafficType"), Kind: q.form.text("LogDestinationType"), Destination: q.form.text("LogDestination"),
		LogGroup: q.form.text("LogGroupName"), Role: q.form.text("DeliverLogsPermissionArn"), Format: q.form.text("LogFormat"),
		Interval: interval, Created: q.tx.Now(),
	}
	l.Tags = tags
	if l.Format == "" {
		l.Format = usualFlowFormat
	}
	if l.Kind == "" {
		l.Kind = "cloud-watch-logs"
	}
	switch {
	case l.Traffic != "ACCEPT" && l.Traffic != "REJECT" && l.Traffic != "ALL":
		return nil, fail(http.StatusBadRequest, "InvalidParameter", "Value (%s) for parameter trafficType is invalid. It is ACCEPT, REJECT or ALL.", l.Traffic)
	case l.Interval != 60 && l.Interval != 600:
		return nil, fail(http.StatusBadRequest, "InvalidParameter", "Value (%d) for parameter maxAggregationInterval is invalid. It is 60 or 600.", l.Interval)
	case l.Kind == "s3" && l.Destination == "":
		return nil, fail(http.StatusBadRequest, "MissingParameter", "LogDestination must be provided for the destination type s3")
	case l.Kind == "s3":
		return l, nil
	case l.Kind != "cloud-watch-logs":
		return nil, unmodelled(nil, "flow logs to "+l.Kind)
	case l.Role == "":
		return nil, fail(http.StatusBadRequest, "MissingParameter", "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.")
	case l.LogGroup == "" && l.Destination == "":
		return nil, fail(http.StatusBadRequest, "MissingParameter", "LogGroupName or LogDestination must be provided")
	}
	if l.LogGroup == "" {
		_, l.LogGroup, _ = strings.Cut(l.Destination, ":log-group:")
		l.LogGroup = strings.TrimSuffix(l.LogGroup, ":*")
	} else {
		l.Destination = q.arn("logs", "log-group:"+l.LogGroup)
	}
	return l, nil
}

func deleteFlowLogs(q *request) (any, error) {
	ids := q.form.list("FlowLogId")
	if len(ids) == 0 {
		return nil, fail(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter FlowLogIds")
	}
	q.object(ids[0])
	var missing []string
	for _, id := range ids {
		if !flowLogs.table.Delete(q.tx, q.region, id) {
			missing = append(missing, id)
		}
	}
	return []node{items("unsuccessful", missing, func(id string) []node {
		e := flowLogs.missing(id)
		return []node{text("resourceId", id), group("error", text("code", e.code), text("message", e.message))}
	})}, nil
}
