package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

const (
	flowLogRole  = "role/flow-logs"
	flowLogGroup = "log-group/flow-logs"
)

func (r *networkRun) logGroupName() string {
	if name := r.design.Names[flowLogGroup]; name != "" {
		return name
	}
	return "/kready/" + r.ref.Cluster + "/flow-logs"
}

func (r *networkRun) logRoleName() string {
	if name := r.design.Names[flowLogRole]; name != "" {
		return name
	}
	return r.ref.Cluster + "-" + r.region + "-flow-logs"
}

func (v *networkView) viewFlowLogs(ctx context.Context) error {
	found, err := all(ctx, ec2.NewDescribeFlowLogsPaginator(v.api.ec2, &ec2.DescribeFlowLogsInput{Filter: []types.Filter{filter("resource-id", v.vpcID())}}),
		func(page *ec2.DescribeFlowLogsOutput) []types.FlowLog { return page.FlowLogs })
	if err != nil {
		return wrap(err, ofCluster("flow-log", v.ref))
	}
	for _, log := range found {
		if v.componentOf(fromEC2(log.Tags)) != "flow-log" {
			continue // a security team may keep its own
		}
		if v.flowLog != nil {
			v.addSpare("flow-log", aws.ToString(log.FlowLogId))
			continue
		}
		v.flowLog = &log
	}
	return nil
}

// remembered is the name of the log group or the role: as a tag of the VPC
// remembers it, else (the VPC or its tag is gone) as the caller knows it.
func (v *networkView) remembered(tag string) string {
	if name := v.vpcTags[tag]; name != "" {
		return name
	}
	return v.known.Names[map[string]string{tagLogGroup: flowLogGroup, tagLogRole: flowLogRole}[tag]]
}

// viewLogGroup and viewLogRole find by name what stands in no VPC.
func (v *networkView) viewLogGroup(ctx context.Context) error {
	name := v.remembered(tagLogGroup)
	if name == "" {
		return nil
	}
	group, err := v.api.findLogGroup(ctx, ofCluster(flowLogGroup, v.ref), name)
	switch {
	case group == nil:
	case v.isOurs(flowLogGroup, group.tags):
		v.logGroup = group
	default:
		v.strangers = append(v.strangers, componentObject{component: flowLogGroup, id: group.arn, tags: group.tags})
	}
	return err
}

// isOurs tells whether an object of a name that we look for carries our mark.
// A component tag that was removed makes it no stranger.
func (v *networkView) isOurs(component string, tags map[string]string) bool {
	return componentOf(v.ref, tags) == component || v.ref.Token != "" && tags[cloud.TagToken] == v.ref.Token
}

func (v *networkView) viewLogRole(ctx context.Context) error {
	name := v.remembered(tagLogRole)
	if name == "" {
		return nil
	}
	role, err := v.api.findRole(ctx, ofCluster(flowLogRole, v.ref), name, []string{awsiam.FlowLogPolicy}, true)
	switch {
	case role == nil:
	case v.isOurs(flowLogRole, role.tags):
		v.role = role
	default:
		v.strangers = append(v.strangers, componentObject{component: flowLogRole, id: role.arn, tags: role.tags})
	}
	return err
}

// flowLogsDesign reads the flow log back.
func (v *networkView) flowLogsDesign() *blueprint.FlowLogsDesign {
	if v.flowLog == nil {
		return nil
	}
	design := &blueprint.FlowLogsDesign{Traffic: strings.ToLower(string(v.flowLog.TrafficType))}
	var remarks []string
	if v.logGroup != nil {
		design.RetentionDays = v.logGroup.retentionDays
		if got := aws.ToString(v.flowLog.LogGroupName); got != v.logGroup.name {
			remarks = append(remarks, "goes to "+got)
		}
	}
	if v.role != nil {
		want := v.api.flowLogRole(v.ref, v.role.name, v.remembered(tagLogGroup))
		want.boundary = v.role.boundary // the design has a word for that
		for _, difference := range want.differences(v.role) {
			remarks = append(remarks, "role: "+difference)
		}
		if got := aws.ToString(v.flowLog.DeliverLogsPermissionArn); got != v.role.arn {
			remarks = append(remarks, "delivers as "+got)
		}
	}
	design.Traffic = remark(design.Traffic, remarks...)
	return design
}

// flowLogRole lets the flow log service write to the one log group.
func (a *api) flowLogRole(ref cloud.Ref, name, group string) role {
	want := roleOf(flowLogRole, name, a.iamAccount().FlowLogRole(group))
	want.tags = a.wantTags(ref, flowLogRole, "", nil)
	return want
}

// ensureFlowLogs makes the log group, the role and the flow log; or removes
// them where the design has none.
func (r *networkRun) ensureFlowLogs(ctx context.Context) error {
	if r.design.FlowLogs == nil {
		return r.removeFlowLogs(ctx)
	}
	group := logGroup{
		component: flowLogGroup, name: r.logGroupName(), retentionDays: r.design.FlowLogs.RetentionDays,
		tags: r.wantTags(r.ref, flowLogGroup, "", r.design.Tags),
	}
	changed, err := r.ensureLogGroup(ctx, r.ref, group)
	if changed {
		r.made(flowLogGroup, r.logGroupARN(group.name))
	}
	if err != nil {
		return err
	}
	want := r.flowLogRole(r.ref, r.logRoleName(), group.name)
	want.path, want.boundary = r.design.RolePath, r.design.Boundary
	want.tags = r.wantTags(r.ref, flowLogRole, "", r.design.Tags)
	if have := r.view.role; have != nil && have.name == want.name && have.path != pathOf(want.path) {
		// A role's path is for life: under another it is made anew.
		if err := r.deleteRole(ctx, r.ref, flowLogRole, have.name); err != nil {
			return err
		}
	}
	role, changed, err := r.ensureRole(ctx, r.ref, want)
	if changed && role != nil {
		r.made(flowLogRole, role.arn)
	}
	if err != nil {
		return err
	}
	if err := r.ensureFlowLog(ctx, group.name, role.arn); err != nil {
		return err
	}
	return r.forgetFlowLogNames(ctx)
}

// ensureFlowLog makes the flow log. It can't be changed: one that differs is
// made anew.
func (r *networkRun) ensureFlowLog(ctx context.Context, group, role string) error {
	object := r.object("flow-log")
	traffic := types.TrafficType(strings.ToUpper(r.design.FlowLogs.Traffic))
	if have := r.view.flowLog; have != nil {
		if have.TrafficType == traffic && aws.ToString(have.LogGroupName) == group && aws.ToString(have.DeliverLogsPermissionArn) == role {
			return nil
		}
		if err := r.removeFlowLog(ctx, aws.ToString(have.FlowLogId)); err != nil {
			return err
		}
	}
	input := &ec2.CreateFlowLogsInput{
		ResourceIds: []string{r.view.vpcID()}, ResourceType: types.FlowLogsResourceTypeVpc, TrafficType: traffic,
		LogDestinationType: types.LogDestinationTypeCloudWatchLogs, LogGroupName: aws.String(group), DeliverLogsPermissionArn: aws.String(role),
		TagSpecifications: tagSpec(types.ResourceTypeVpcFlowLog, r.tagsOf("flow-log")),
	}
	find := func(ctx context.Context) (string, error) {
		got, err := r.ec2.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{Filter: []types.Filter{filter("resource-id", r.view.vpcID()), tagFilter(cloud.TagComponent, "flow-log")}})
		if err != nil || len(got.FlowLogs) == 0 {
			return "", err
		}
		return aws.ToString(got.FlowLogs[0].FlowLogId), nil
	}
	passes := func(err error) bool { return isNotFound(err) || notAssumableYet(err) }
	id, err := create(ctx, brief(r.poll), find, func(ctx context.Context) (string, error) {
		return persist(ctx, brief(r.poll), freshLooks, passes, func(ctx context.Context) (string, error) {
			got, err := r.ec2.CreateFlowLogs(ctx, input, once)
			if err != nil {
				return "", err
			}
			if err := unsuccessful(got.Unsuccessful, "ec2 CreateFlowLogs", object); err != nil {
				return "", err
			}
			if len(got.FlowLogIds) == 0 {
				return "", &cloud.Error{Kind: cloud.ErrNotFound, Operation: "ec2 CreateFlowLogs", Object: object, Reason: "AWS answered without an id"}
			}
			return got.FlowLogIds[0], nil
		})
	})
	if isCode(err, "FlowLogAlreadyExists") {
		if found, lookErr := find(ctx); lookErr == nil && found != "" {
			id, err = found, nil
		}
	}
	if err != nil {
		return wrap(err, object)
	}
	r.put("flow-log", id, func(v *networkView) {
		v.flowLog = &types.FlowLog{FlowLogId: aws.String(id), TrafficType: traffic, LogGroupName: aws.String(group), DeliverLogsPermissionArn: aws.String(role)}
	})
	return nil
}

// forgetFlowLogNames removes a group and a role of former names, and lets the
// VPC remember the present ones. In this order: what the VPC remembers is the
// only trace of them.
func (r *networkRun) forgetFlowLogNames(ctx context.Context) error {
	memory := r.memory()
	set, drop := map[string]string{}, []string{}
	for _, key := range []string{tagLogGroup, tagLogRole} {
		tagged, had, want := r.view.vpcTags[key], r.view.remembered(key), memory[key]
		if tagged == want {
			continue
		}
		if had != "" && had != want {
			var err error
			if key == tagLogGroup {
				err = r.deleteLogGroup(ctx, r.ref, flowLogGroup, had, r.design.OnDestroy.Logs == "retain")
			} else {
				err = r.deleteRole(ctx, r.ref, flowLogRole, had)
			}
			if err != nil {
				return err
			}
		}
		if want != "" {
			set[key] = want
		} else if tagged != "" {
			drop = append(drop, key)
		}
	}
	if len(set)+len(drop) == 0 {
		return nil
	}
	if r.view.theirs() {
		return nil // it remembers nothing
	}
	slices.Sort(drop)
	r.touched()
	return r.retag(ctx, r.object("vpc"), []string{r.view.vpcID()}, set, drop)
}

// removeFlowLogs removes what an earlier design had.
func (r *networkRun) removeFlowLogs(ctx context.Context) error {
	if have := r.view.flowLog; have != nil {
		if err := r.removeFlowLog(ctx, aws.ToString(have.FlowLogId)); err != nil {
			return err
		}
	}
	if err := r.forgetFlowLogNames(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	hadGroup, hadRole := r.view.logGroup != nil, r.view.role != nil
	r.mu.Unlock()
	if hadGroup {
		r.drop(flowLogGroup, func(v *networkView) { v.logGroup = nil })
	}
	if hadRole {
		r.drop(flowLogRole, func(v *networkView) { v.role = nil })
	}
	return nil
}

func (r *networkRun) removeFlowLog(ctx context.Context, id string) error {
	object := r.object("flow-log")
	got, err := commit(ctx, func(ctx context.Context) (*ec2.DeleteFlowLogsOutput, error) {
		return r.ec2.DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: []string{id}})
	})
	if unlessNotFound(err) != nil {
		return wrap(err, object)
	}
	if got != nil {
		if err := unsuccessful(got.Unsuccessful, "ec2 DeleteFlowLogs", object); err != nil {
			return err
		}
	}
	r.drop("flow-log", func(v *networkView) {
		if v.flowLog != nil && aws.ToString(v.flowLog.FlowLogId) == id {
			v.flowLog = nil
		}
	})
	return nil
}
