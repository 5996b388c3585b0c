package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// ensureLogGroup makes the log group before the cluster does: one that EKS
// made would keep its logs for ever.
func (r *clusterRun) ensureLogGroup(ctx context.Context) error {
	name := r.design.Names["log-group"]
	if name == "" || len(r.design.LogTypes) == 0 {
		return nil
	}
	tags := r.wantTags(r.ref, "log-group", "", r.design.Tags)
	if r.logGroupOfEKS() {
		r.touched()
		_, err := commit(ctx, func(ctx context.Context) (*cloudwatchlogs.TagResourceOutput, error) {
			return r.logs.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: aws.String(r.view.logGroup.arn), Tags: tags})
		})
		if err != nil {
			return wrap(err, r.object("log-group"))
		}
	}
	changed, err := r.api.ensureLogGroup(ctx, r.ref, logGroup{component: "log-group", name: name, retentionDays: r.design.LogRetentionDays, tags: tags})
	if changed && err == nil {
		r.made("log-group", r.logGroupARN(name))
	}
	return err
}

// logGroupOfEKS tells whether EKS made the log group anew, after somebody
// removed kready's: it has no tags, and this configuration's cluster writes to
// it.
func (r *clusterRun) logGroupOfEKS() bool {
	group, have := r.view.logGroup, r.view.cluster
	return group != nil && have != nil && group.tags[cloud.TagOwner] == "" && group.tags[cloud.TagCluster] == "" &&
		r.ref.MayTouch("", have.Tags) == nil
}

// ensureGroup makes the security group of the control plane's interfaces:
// HTTPS from where the private API is reached, and nothing out (what goes to
// nodes is EKS's own group's).
func (r *clusterRun) ensureGroup(ctx context.Context) error {
	object := r.object(controlPlaneGroup)
	tags := r.wantTags(r.ref, controlPlaneGroup, nameTag(r.ref, controlPlaneGroup), r.design.Tags)
	have := r.view.group
	if have == nil {
		made, err := r.createGroup(ctx, tags)
		if err != nil {
			return wrap(err, object)
		}
		have = made
		r.mu.Lock()
		r.view.group = made
		r.mu.Unlock()
		r.made(controlPlaneGroup, aws.ToString(made.GroupId))
	}
	id := aws.ToString(have.GroupId)
	retagged, err := r.repairEC2Tags(ctx, id, object, tags, fromEC2(have.Tags))
	if retagged {
		r.touched()
	}
	if err != nil {
		return err
	}
	var want []rule
	for _, source := range r.design.ReachableFrom {
		want = append(want, admit443(source))
	}
	in, err := r.ensureRules(ctx, object, id, false, have.IpPermissions, want, "API from callers of "+r.ref.Cluster)
	if err != nil {
		return err
	}
	out, err := r.ensureRules(ctx, object, id, true, have.IpPermissionsEgress, nil, "")
	if in || out {
		r.touched()
	}
	return err
}

// createGroup makes the group and reads it, because it is born with a rule
// that lets everything out.
func (r *clusterRun) createGroup(ctx context.Context, tags map[string]string) (*types.SecurityGroup, error) {
	name, vpc := r.design.Names[controlPlaneGroup], r.inputs.Network["vpc"]
	find := func(ctx context.Context) (string, error) {
		got, err := r.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("vpc-id", vpc), filter("group-name", name)}})
		if err != nil || len(got.SecurityGroups) == 0 {
			return "", err
		}
		id := aws.ToString(got.SecurityGroups[0].GroupId)
		return id, r.ref.MayTouch(r.object(controlPlaneGroup)+" ("+id+")", fromEC2(got.SecurityGroups[0].Tags))
	}
	id, err := create(ctx, brief(r.poll), find, func(ctx context.Context) (string, error) {
		return retryFresh(ctx, r.poll, func(ctx context.Context) (string, error) {
			got, err := r.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
				GroupName: aws.String(name), Description: aws.String("Control plane of " + r.ref.Cluster), VpcId: aws.String(vpc),
				TagSpecifications: tagSpec(types.ResourceTypeSecurityGroup, tags),
			}, once)
			if err != nil {
				return "", err
			}
			return aws.ToString(got.GroupId), nil
		})
	})
	if err != nil {
		return nil, err
	}
	return persist(ctx, brief(r.poll), freshLooks, isNotFound, func(ctx context.Context) (*types.SecurityGroup, error) {
		got, err := r.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{id}})
		if err != nil {
			return nil, err
		}
		if len(got.SecurityGroups) == 0 {
			return nil, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "ec2 DescribeSecurityGroups", Object: id, Reason: "the group that was just made can't be seen yet"}
		}
		return &got.SecurityGroups[0], nil
	})
}

// ensureDiscoveryTag lets Karpenter find the group that EKS made; subnets are
// the network's to tag.
func (r *clusterRun) ensureDiscoveryTag(ctx context.Context) error {
	group := r.view.ownGroup
	if group == nil {
		if err := r.view.viewGroups(ctx, ""); err != nil {
			return err
		}
		if group = r.view.ownGroup; group == nil {
			return nil
		}
	}
	got, tagged := fromEC2(group.Tags)[tagDiscovery]
	wanted := r.design.Autoscaling == "karpenter"
	var set map[string]string
	var drop []string
	switch {
	case wanted && got != r.ref.Cluster:
		set = map[string]string{tagDiscovery: r.ref.Cluster}
	case !wanted && tagged && got == r.ref.Cluster:
		drop = []string{tagDiscovery}
	default:
		return nil
	}
	r.touched()
	return r.retag(ctx, r.object("cluster"), []string{aws.ToString(group.GroupId)}, set, drop)
}
