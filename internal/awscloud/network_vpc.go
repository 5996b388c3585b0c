package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// ensureVPC makes the VPC, and sets its DNS switches: interface endpoints
// have private names only with both on.
func (r *networkRun) ensureVPC(ctx context.Context) error {
	if r.view.theirs() {
		return r.verifyGiven(ctx)
	}
	object := r.object("vpc")
	if r.view.vpc == nil {
		if err := r.createVPC(ctx); err != nil {
			return wrap(err, object)
		}
	}
	if have := aws.ToString(r.view.vpc.CidrBlock); have != r.design.CIDR {
		return &cloud.Error{
			Kind: cloud.ErrConflict, Operation: "ensure", Object: object,
			Reason: "the VPC has the range " + have + ", the design has " + r.design.CIDR + "; a VPC's range can't change",
			Todo:   "Set network.cidr back to " + have + ", or build a second cluster beside this one and move over.",
		}
	}
	switches := []struct {
		is    *bool
		input *ec2.ModifyVpcAttributeInput
	}{
		// Support first: host names need it.
		{&r.view.dnsSupport, &ec2.ModifyVpcAttributeInput{EnableDnsSupport: &types.AttributeBooleanValue{Value: aws.Bool(true)}}},
		{&r.view.dnsHostnames, &ec2.ModifyVpcAttributeInput{EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(true)}}},
	}
	for _, s := range switches {
		if *s.is {
			continue
		}
		s.input.VpcId = r.view.vpc.VpcId
		_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.ModifyVpcAttributeOutput, error) {
			return r.ec2.ModifyVpcAttribute(ctx, s.input)
		})
		if err != nil {
			return wrap(err, object)
		}
		*s.is = true
		r.touched()
	}
	return nil
}

// createVPC makes the VPC and waits until it can be used. CreateVpc takes no
// idempotency token, and several VPCs may have the same range: so it looks
// once more afterwards, and withdraws where another run was first.
func (r *networkRun) createVPC(ctx context.Context) error {
	tags := r.vpcTags()
	for key, value := range r.memory() {
		tags[key] = value
	}
	id, err := create(ctx, brief(r.poll), r.lookForVPC, func(ctx context.Context) (string, error) {
		made, err := r.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{
			CidrBlock: aws.String(r.design.CIDR), TagSpecifications: tagSpec(types.ResourceTypeVpc, tags),
		}, once)
		if err != nil {
			return "", err
		}
		return aws.ToString(made.Vpc.VpcId), nil
	})
	if err != nil {
		return err
	}
	r.made("vpc", id)
	vpc := types.Vpc{VpcId: aws.String(id), CidrBlock: aws.String(r.design.CIDR), Tags: ec2Tags(tags)}
	r.view.vpc, r.view.vpcTags = &vpc, tags
	err = r.poll.Until(ctx, r.object("vpc"), func(ctx context.Context) (bool, string, error) {
		got, err := r.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{id}})
		if isNotFound(err) || err == nil && len(got.Vpcs) == 0 {
			return false, "not visible", nil
		}
		if err != nil {
			return false, "", err
		}
		vpc = got.Vpcs[0]
		return vpc.State == types.VpcStateAvailable, string(vpc.State), nil
	})
	if err != nil {
		return err
	}
	if err := r.withdraw(ctx); err != nil {
		return err
	}
	// A new VPC's default group and DNS switches are read, not assumed.
	return together(r.view.viewAttributes, r.view.viewGroups, r.view.viewTables)(ctx)
}

// lookForVPC finds a VPC that an attempt whose answer was lost has made.
func (r *networkRun) lookForVPC(ctx context.Context) (string, error) {
	found, err := r.view.describeVPCs(ctx, tagFilter(cloud.TagToken, r.ref.Token), tagFilter(cloud.TagComponent, "vpc"))
	if err != nil || len(found) == 0 {
		return "", err
	}
	return aws.ToString(found[0].VpcId), nil
}

// withdraw removes the VPC that was just made where another configuration
// makes the same cluster at the same time. Both have made theirs before they
// look, so one of them at least sees the other: the higher id withdraws, the
// lower one waits to see it gone. Where the other goes on instead (it looked
// before this VPC was there), that one was first.
func (r *networkRun) withdraw(ctx context.Context) error {
	const looks = 5 * freshLooks
	count := 0
	var rival types.Vpc
	err := brief(r.poll).Until(ctx, r.object("vpc"), func(ctx context.Context) (bool, string, error) {
		found, err := r.view.describeVPCs(ctx, r.view.ours()...)
		if err != nil {
			return false, "", err
		}
		at := slices.IndexFunc(found, func(other types.Vpc) bool {
			return aws.ToString(other.VpcId) != r.view.vpcID() && r.ref.MayTouch("", fromEC2(other.Tags)) != nil
		})
		if at < 0 {
			rival = types.Vpc{}
			return true, "", nil
		}
		rival = found[at]
		if count++; aws.ToString(rival.VpcId) < r.view.vpcID() || count >= looks {
			return true, "", nil
		}
		subnets, err := r.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []types.Filter{filter("vpc-id", aws.ToString(rival.VpcId))}})
		return err == nil && len(subnets.Subnets) > 0, "made by somebody else too", err
	})
	if err != nil || rival.VpcId == nil {
		return err
	}
	_, err = commit(ctx, func(ctx context.Context) (*ec2.DeleteVpcOutput, error) {
		return r.ec2.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: r.view.vpc.VpcId})
	})
	if unlessNotFound(err) != nil {
		return err
	}
	r.drop("vpc", func(v *networkView) { v.vpc = nil })
	return r.ref.MayTouch(r.object("vpc")+" ("+aws.ToString(rival.VpcId)+")", fromEC2(rival.Tags))
}

// vpcTags are the wanted tags of the VPC, less those that remember names.
func (r *networkRun) vpcTags() map[string]string {
	tags := r.wantTags(r.ref, "vpc", named(r.design.Names, r.ref, "vpc"), r.design.Tags)
	tags[cloud.TagLifecycle] = cloud.LifecycleTag(r.design.OnDestroy)
	if r.design.Target != "" {
		tags[tagTarget] = r.design.Target
	}
	return tags
}

// memory are the tags by which Find and Delete know what no describe finds:
// a log group and a role have names, and stand in no VPC.
func (r *networkRun) memory() map[string]string {
	if r.design.FlowLogs == nil {
		return nil
	}
	return map[string]string{tagLogGroup: r.logGroupName(), tagLogRole: r.logRoleName()}
}

// ensureTags repairs the tags of everything that was found, and so marks it
// with this run's token before anything else happens. Objects that need the
// same change share a call.
func (r *networkRun) ensureTags(ctx context.Context) error {
	type change struct {
		set     map[string]string
		drop    []string
		ids     []string
		objects []string
	}
	changes := map[string]*change{}
	want := func(component, id string, want, have map[string]string) {
		set, drop := r.changedTags(want, have)
		drop = append(drop, staleClusterTags(want, have)...)
		if len(set)+len(drop) == 0 {
			return
		}
		key := encode(document{"set": set, "drop": drop})
		if changes[key] == nil {
			changes[key] = &change{set: set, drop: drop}
		}
		changes[key].ids = append(changes[key].ids, id)
		changes[key].objects = append(changes[key].objects, component)
	}
	vpc := r.vpcTags()
	for _, key := range []string{tagLogGroup, tagLogRole} {
		if value, ok := r.view.vpcTags[key]; ok {
			vpc[key] = value // ensureFlowLogs changes these, when what they name is gone
		}
	}
	if !r.view.theirs() {
		want("vpc", r.view.vpcID(), vpc, r.view.vpcTags)
	}
	components := r.design.Components()
	for _, object := range r.view.objects() {
		if object.ec2 && slices.Contains(components, object.component) {
			want(object.component, object.id, r.tagsOf(object.component), object.tags)
		}
	}
	return each(ctx, changes, func(ctx context.Context, _ string, c *change) error {
		r.touched()
		return r.retag(ctx, r.object(strings.Join(c.objects, ", ")), c.ids, c.set, c.drop)
	})
}

// tagsOf are the wanted tags of one component other than the VPC.
func (r *networkRun) tagsOf(component string) map[string]string {
	tags := r.wantTags(r.ref, component, nameTag(r.ref, component), r.design.Tags)
	if key, ok := strings.CutPrefix(component, "subnet/"); ok {
		for key, value := range clusterTags(r.ref, r.design.Subnets[key]) {
			tags[key] = value
		}
	}
	if r.view.theirs() { // which remembers nothing
		tags[tagGivenNetwork] = r.view.vpcID()
		tags[cloud.TagLifecycle] = cloud.LifecycleTag(r.design.OnDestroy)
		if r.design.Target != "" {
			tags[tagTarget] = r.design.Target
		}
	}
	return tags
}

// retag writes and removes tags of several EC2 objects.
func (a *api) retag(ctx context.Context, object string, ids []string, set map[string]string, drop []string) error {
	if len(set) > 0 {
		_, err := settle(ctx, a.poll, func(ctx context.Context) (*ec2.CreateTagsOutput, error) {
			return a.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: ids, Tags: ec2Tags(set)})
		})
		if err != nil {
			return wrap(err, object)
		}
	}
	if len(drop) == 0 {
		return nil
	}
	var list []types.Tag
	for _, key := range drop {
		list = append(list, types.Tag{Key: aws.String(key)})
	}
	_, err := commit(ctx, func(ctx context.Context) (*ec2.DeleteTagsOutput, error) {
		return a.ec2.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: ids, Tags: list})
	})
	return wrap(err, object)
}

// ensurePodRanges adds the pod ranges to the VPC, one after the other: EC2
// takes one change of a VPC's ranges at a time.
func (r *networkRun) ensurePodRanges(ctx context.Context) error {
	if r.view.theirs() {
		return nil // verified: kready adds none
	}
	have := r.view.podRanges()
	for _, cidr := range r.design.PodCIDRs {
		if have[cidr] != "" {
			continue
		}
		component := "pod-range/" + cidr
		id, err := create(ctx, brief(r.poll), func(ctx context.Context) (string, error) { return r.podRange(ctx, cidr) },
			func(ctx context.Context) (string, error) {
				made, err := r.ec2.AssociateVpcCidrBlock(ctx, &ec2.AssociateVpcCidrBlockInput{VpcId: r.view.vpc.VpcId, CidrBlock: aws.String(cidr)}, once)
				if err != nil {
					return "", err
				}
				return aws.ToString(made.CidrBlockAssociation.AssociationId), nil
			})
		if err != nil {
			return wrap(err, r.object(component))
		}
		r.made(component, id)
	}
	if len(r.design.PodCIDRs) == 0 {
		return nil
	}
	return r.waitPodRanges(ctx)
}

// podRange returns the id of the range's association, or "".
func (r *networkRun) podRange(ctx context.Context, cidr string) (string, error) {
	found, err := r.view.describeVPCs(ctx, filter("vpc-id", r.view.vpcID()))
	if err != nil || len(found) == 0 {
		return "", err
	}
	look := networkView{vpc: &found[0]}
	return look.podRanges()[cidr], nil
}

// waitPodRanges waits until subnets can be made in the ranges. Nothing is
// asked where the view shows that already.
func (r *networkRun) waitPodRanges(ctx context.Context) error {
	settled := func(vpc types.Vpc) (bool, string) {
		for _, cidr := range r.design.PodCIDRs {
			at := slices.IndexFunc(vpc.CidrBlockAssociationSet, func(a types.VpcCidrBlockAssociation) bool {
				return aws.ToString(a.CidrBlock) == cidr && a.CidrBlockState != nil && a.CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated
			})
			if at < 0 {
				return false, "associating " + cidr
			}
		}
		return true, ""
	}
	if done, _ := settled(*r.view.vpc); done {
		return nil
	}
	return r.poll.Until(ctx, r.object("pod ranges"), func(ctx context.Context) (bool, string, error) {
		found, err := r.view.describeVPCs(ctx, filter("vpc-id", r.view.vpcID()))
		if err != nil || len(found) == 0 {
			return false, "not visible", err
		}
		done, last := settled(found[0])
		return done, last, failedRange(found[0], r.design.PodCIDRs, r.object("pod ranges"))
	})
}

// failedRange is the error of a range that EC2 gave up on.
func failedRange(vpc types.Vpc, wanted []string, object string) error {
	for _, a := range vpc.CidrBlockAssociationSet {
		if a.CidrBlockState == nil || a.CidrBlockState.State != types.VpcCidrBlockStateCodeFailed || !slices.Contains(wanted, aws.ToString(a.CidrBlock)) {
			continue
		}
		return &cloud.Error{
			Kind: cloud.ErrInvalid, Operation: "ec2 AssociateVpcCidrBlock", Object: object,
			Reason: aws.ToString(a.CidrBlock) + ": " + aws.ToString(a.CidrBlockState.StatusMessage),
			Todo:   "Choose another range under network.pods.cidrs.",
		}
	}
	return nil
}
