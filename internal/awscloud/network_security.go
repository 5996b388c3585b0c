package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

const groupComponent = "security-group/endpoints"

// wantsGroup tells whether any endpoint has interfaces to protect.
func (r *networkRun) wantsGroup() bool {
	for _, endpoint := range r.design.Endpoints {
		if endpoint.Type == "interface" {
			return true
		}
	}
	return false
}

// admitted reads back what the endpoints' group admits: ranges on tcp 443 as
// they are, anything else with what it is.
func (v *networkView) admitted() []string {
	if v.group == nil {
		return nil
	}
	var list []string
	for _, r := range rulesOf(v.group.IpPermissions) {
		if r.protocol == "tcp" && r.from == 443 && r.to == 443 {
			list = append(list, r.source)
			continue
		}
		list = append(list, remark(r.source, "in: "+r.String()))
	}
	for _, r := range rulesOf(v.group.IpPermissionsEgress) {
		list = append(list, remark(r.source, "out: "+r.String()))
	}
	slices.Sort(list)
	return list
}

// ensureEndpointGroup makes the security group of the interface endpoints: it
// admits HTTPS from every node and pod range, and lets nothing out, since
// endpoints only answer. A group's name can't change: under another name it
// is made anew, and the endpoints move over.
func (r *networkRun) ensureEndpointGroup(ctx context.Context) error {
	if !r.wantsGroup() {
		return nil
	}
	object := r.object(groupComponent)
	name := r.groupName()
	r.mu.Lock()
	r.view.chooseGroup(name)
	have := r.view.group
	r.mu.Unlock()
	if have == nil || aws.ToString(have.GroupName) != name {
		made, err := r.createGroup(ctx, name)
		if err != nil {
			return wrap(err, object)
		}
		have = made
		r.put(groupComponent, aws.ToString(have.GroupId), func(v *networkView) {
			v.groups = append(v.groups, *have)
			v.group = have
		})
	}
	var want []rule
	for _, cidr := range r.design.AdmittedCIDRs {
		want = append(want, rule{protocol: "tcp", from: 443, to: 443, source: cidr})
	}
	in, err := r.ensureRules(ctx, object, aws.ToString(have.GroupId), false, have.IpPermissions, want, "HTTPS from nodes and pods")
	if err != nil {
		return err
	}
	out, err := r.ensureRules(ctx, object, aws.ToString(have.GroupId), true, have.IpPermissionsEgress, nil, "")
	if in || out {
		r.touched()
	}
	return err
}

func (r *networkRun) groupName() string {
	if name := r.design.Names[groupComponent]; name != "" {
		return name
	}
	return r.ref.Cluster + "-endpoints"
}

// createGroup makes the group and reads it, because it is born with a rule
// that lets everything out.
func (r *networkRun) createGroup(ctx context.Context, name string) (*types.SecurityGroup, error) {
	find := func(ctx context.Context) (string, error) {
		got, err := r.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: append(r.view.inside(), filter("group-name", name))})
		if err != nil || len(got.SecurityGroups) == 0 {
			return "", err
		}
		group := got.SecurityGroups[0]
		id := aws.ToString(group.GroupId)
		return id, r.ref.MayTouch(r.object(groupComponent)+" ("+id+")", fromEC2(group.Tags))
	}
	id, err := create(ctx, brief(r.poll), find, func(ctx context.Context) (string, error) {
		return retryFresh(ctx, r.poll, func(ctx context.Context) (string, error) {
			got, err := r.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
				GroupName: aws.String(name), Description: aws.String("Endpoints of " + r.ref.Cluster), VpcId: r.view.vpc.VpcId,
				TagSpecifications: tagSpec(types.ResourceTypeSecurityGroup, r.tagsOf(groupComponent)),
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

// closeDefaultGroup empties the group that every VPC is born with, so that
// nothing is admitted by accident. It can't be deleted.
func (r *networkRun) closeDefaultGroup(ctx context.Context) error {
	group := r.view.defaultGroup
	if !r.design.DefaultClosed || group == nil {
		return nil
	}
	object, id := r.object("default security group"), aws.ToString(group.GroupId)
	in, err := r.ensureRules(ctx, object, id, false, group.IpPermissions, nil, "")
	if err != nil {
		return err
	}
	out, err := r.ensureRules(ctx, object, id, true, group.IpPermissionsEgress, nil, "")
	if in || out {
		r.touched()
	}
	return err
}

func (r *networkRun) removeGroup(ctx context.Context, id string) error {
	err := r.removeInUse(ctx, r.object(groupComponent), filter("group-id", id), func(ctx context.Context) error {
		_, err := r.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: aws.String(id)})
		return err
	})
	if err != nil {
		return err
	}
	r.drop(groupComponent, func(v *networkView) {
		v.groups = slices.DeleteFunc(v.groups, func(g types.SecurityGroup) bool { return aws.ToString(g.GroupId) == id })
		if v.group != nil && aws.ToString(v.group.GroupId) == id {
			v.group = nil
		}
	})
	return nil
}
