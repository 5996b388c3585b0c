package awscloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Kinds of what Kubernetes leaves behind, in the order in which they let go of
// each other.
const (
	leftInstance  = "instance"
	leftBalancer  = "load balancer"
	leftTargets   = "target group"
	leftInterface = "network interface"
	leftGroup     = "security group"
	leftVolume    = "volume"
)

var leftKinds = []string{leftInstance, leftBalancer, leftTargets, leftInterface, leftGroup, leftVolume}

// Tags by which controllers mark what they make for a cluster: the load
// balancer controller, the VPC CNI, the EBS driver.
const (
	tagBalancerCluster = "elbv2.k8s.aws/cluster"
	tagCNICluster      = "cluster.k8s.amazonaws.com/name"
	tagVolumeCluster   = "KubernetesCluster"
	tagEKSCluster      = "aws:eks:cluster-name"
	tagKarpenterPool   = "karpenter.sh/nodepool"
)

// Leftovers implements [cloud.Discovery].
func (c *awsCloud) Leftovers(ctx context.Context, cluster string) ([]cloud.Leftover, error) {
	ref := cloud.Ref{Region: c.target.Region, Cluster: cluster, Part: "cluster"}
	api, err := c.at(ctx, ref)
	if err != nil {
		return nil, err
	}
	return api.leftovers(ctx, ref)
}

// leftovers lists what Kubernetes made for a cluster and would leave behind.
// Calls: load balancers and target groups one a page, and one for the tags of
// twenty; then one each for instances, interfaces, security groups and volumes.
func (a *api) leftovers(ctx context.Context, ref cloud.Ref) ([]cloud.Leftover, error) {
	var instances, balancers, targets, faces, groups, volumes []cloud.Leftover
	into := func(list *[]cloud.Leftover, look func(context.Context, cloud.Ref) ([]cloud.Leftover, error)) step {
		return func(ctx context.Context) (err error) {
			*list, err = look(ctx, ref)
			return err
		}
	}
	err := together(
		into(&instances, a.leftInstances),
		into(&balancers, a.leftBalancers), into(&targets, a.leftTargetGroups), into(&faces, a.leftInterfaces),
		into(&groups, a.leftGroups), into(&volumes, a.leftVolumes),
	)(ctx)
	return slices.Concat(instances, balancers, targets, faces, groups, volumes), err
}

// ofKubernetes tells by which tag an object is the cluster's and Kubernetes
// made it; "" where it isn't. What kready or EKS made is not.
func ofKubernetes(cluster string, tags map[string]string) string {
	if tags[cloud.TagPart] != "" || tags[tagEKSCluster] != "" {
		return ""
	}
	for _, key := range []string{tagBalancerCluster, tagCNICluster, tagVolumeCluster} {
		if tags[key] == cluster {
			return key + " = " + cluster
		}
	}
	if value, ok := tags["kubernetes.io/cluster/"+cluster]; ok && value == "owned" {
		return "kubernetes.io/cluster/" + cluster + " = owned"
	}
	return ""
}

// leftInstances lists the nodes that Karpenter started: no group of kready's
// holds them. Those of Auto Mode are EKS's own, and go with the cluster.
func (a *api) leftInstances(ctx context.Context, ref cloud.Ref) ([]cloud.Leftover, error) {
	reservations, err := all(ctx, ec2.NewDescribeInstancesPaginator(a.ec2, &ec2.DescribeInstancesInput{Filters: []ec2types.Filter{
		filter("tag-key", tagKarpenterPool), tagFilter("kubernetes.io/cluster/"+ref.Cluster, "owned"),
		filter("instance-state-name", "pending", "running", "stopping", "stopped"),
	}}), func(page *ec2.DescribeInstancesOutput) []ec2types.Reservation { return page.Reservations })
	var left []cloud.Leftover
	for _, reservation := range reservations {
		for _, instance := range reservation.Instances {
			if instance.Operator != nil && aws.ToBool(instance.Operator.Managed) {
				continue
			}
			why := tagKarpenterPool + " = " + fromEC2(instance.Tags)[tagKarpenterPool]
			left = append(left, cloud.Leftover{Kind: leftInstance, ID: aws.ToString(instance.InstanceId), Why: why})
		}
	}
	return left, wrap(err, ofCluster("instances", ref))
}

func (a *api) leftBalancers(ctx context.Context, ref cloud.Ref) ([]cloud.Leftover, error) {
	var arns []string
	pages := elb.NewDescribeLoadBalancersPaginator(a.elb, &elb.DescribeLoadBalancersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, ofCluster("load balancers", ref))
		}
		for _, found := range page.LoadBalancers {
			arns = append(arns, aws.ToString(found.LoadBalancerArn))
		}
	}
	return a.leftByTags(ctx, ref, leftBalancer, arns)
}

func (a *api) leftTargetGroups(ctx context.Context, ref cloud.Ref) ([]cloud.Leftover, error) {
	var arns []string
	pages := elb.NewDescribeTargetGroupsPaginator(a.elb, &elb.DescribeTargetGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, ofCluster("target groups", ref))
		}
		for _, found := range page.TargetGroups {
			arns = append(arns, aws.ToString(found.TargetGroupArn))
		}
	}
	return a.leftByTags(ctx, ref, leftTargets, arns)
}

// leftByTags picks the cluster's out of ARNs, twenty a call.
func (a *api) leftByTags(ctx context.Context, ref cloud.Ref, kind string, arns []string) ([]cloud.Leftover, error) {
	const batch = 20
	var left []cloud.Leftover
	slices.Sort(arns)
	for chunk := range slices.Chunk(arns, batch) {
		got, err := a.elb.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: chunk})
		if isNotFound(err) {
			continue // one of them went in between; the next look tells
		}
		if err != nil {
			return nil, wrap(err, ofCluster(kind+"s", ref))
		}
		for _, description := range got.TagDescriptions {
			if why := ofKubernetes(ref.Cluster, fromELB(description.Tags)); why != "" {
				left = append(left, cloud.Leftover{Kind: kind, ID: aws.ToString(description.ResourceArn), Why: why})
			}
		}
	}
	return left, nil
}

func fromELB(list []elbtypes.Tag) map[string]string {
	tags := make(map[string]string, len(list))
	for _, tag := range list {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

// clusterTagKeys filter by the tags that Kubernetes may have set.
func clusterTagKeys(cluster string) ec2types.Filter {
	return filter("tag-key", tagBalancerCluster, tagCNICluster, tagVolumeCluster, "kubernetes.io/cluster/"+cluster)
}

// leftInterfaces lists interfaces that nothing uses any more: those of nodes
// and load balancers go with them.
func (a *api) leftInterfaces(ctx context.Context, ref cloud.Ref) ([]cloud.Leftover, error) {
	found, err := all(ctx, ec2.NewDescribeNetworkInterfacesPaginator(a.ec2, &ec2.DescribeNetworkInterfacesInput{
		Filters: []ec2types.Filter{clusterTagKeys(ref.Cluster), filter("status", "available")}}),
		func(page *ec2.DescribeNetworkInterfacesOutput) []ec2types.NetworkInterface {
			return page.NetworkInterfaces
		})
	var left []cloud.Leftover
	for _, face := range found {
		if why := ofKubernetes(ref.Cluster, fromEC2(face.TagSet)); why != "" {
			left = append(left, cloud.Leftover{Kind: leftInterface, ID: aws.ToString(face.NetworkInterfaceId), Why: why})
		}
	}
	return left, wrap(err, ofCluster("network interfaces", ref))
}

func (a *api) leftGroups(ctx context.Context, ref cloud.Ref) ([]cloud.Leftover, error) {
	found, err := all(ctx, ec2.NewDescribeSecurityGroupsPaginator(a.ec2, &ec2.DescribeSecurityGroupsInput{Filters: []ec2types.Filter{clusterTagKeys(ref.Cluster)}}),
		func(page *ec2.DescribeSecurityGroupsOutput) []ec2types.SecurityGroup { return page.SecurityGroups })
	var left []cloud.Leftover
	for _, group := range found {
		if strings.HasPrefix(aws.ToString(group.GroupName), "eks-cluster-sg-") {
			continue // EKS made it, and removes it
		}
		if why := ofKubernetes(ref.Cluster, fromEC2(group.Tags)); why != "" {
			left = append(left, cloud.Leftover{Kind: leftGroup, ID: aws.ToString(group.GroupId), Why: why})
		}
	}
	return left, wrap(err, ofCluster("security groups", ref))
}

func (a *api) leftVolumes(ctx context.Context, ref cloud.Ref) ([]cloud.Leftover, error) {
	found, err := all(ctx, ec2.NewDescribeVolumesPaginator(a.ec2, &ec2.DescribeVolumesInput{Filters: []ec2types.Filter{clusterTagKeys(ref.Cluster)}}),
		func(page *ec2.DescribeVolumesOutput) []ec2types.Volume { return page.Volumes })
	var left []cloud.Leftover
	for _, volume := range found {
		if why := ofKubernetes(ref.Cluster, fromEC2(volume.Tags)); why != "" && volume.State != ec2types.VolumeStateDeleting {
			left = append(left, cloud.Leftover{Kind: leftVolume, ID: aws.ToString(volume.VolumeId), Why: why})
		}
	}
	return left, wrap(err, ofCluster("volumes", ref))
}

// clearLeftovers refuses to go on where something is left behind, or removes
// it.
func (a *api) clearLeftovers(ctx context.Context, ref cloud.Ref, sweep bool) error {
	left, err := a.leftovers(ctx, ref)
	if err != nil || len(left) == 0 {
		return err
	}
	if !sweep {
		var lines []string
		for _, l := range left {
			lines = append(lines, fmt.Sprintf("%s %s (%s)", l.Kind, l.ID, l.Why))
		}
		return &cloud.Error{
			Kind: cloud.ErrLeftovers, Operation: "delete", Object: ofCluster(ref.Part, ref),
			Reason: "Kubernetes made these, and they would stay: " + strings.Join(lines, ", "),
			Todo: "Delete the Services, Ingresses and claims that made them while the cluster still runs, " +
				"or set on_destroy = { leftovers = \"sweep\" }, apply, and destroy again.",
		}
	}
	return a.sweep(ctx, ref, left)
}

// sweep removes leftovers kind by kind, and waits: an interface of a load
// balancer goes some time after it, and its security group only then.
func (a *api) sweep(ctx context.Context, ref cloud.Ref, left []cloud.Leftover) error {
	for _, kind := range leftKinds {
		ids := map[string]string{}
		for _, l := range left {
			if l.Kind == kind {
				ids[l.ID] = l.Kind
			}
		}
		if err := each(ctx, ids, func(ctx context.Context, id, kind string) error { return a.sweepOne(ctx, ref, kind, id) }); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) sweepOne(ctx context.Context, ref cloud.Ref, kind, id string) error {
	object := ofCluster(kind+" "+id, ref)
	remove := map[string]func(context.Context) error{
		leftInstance: func(ctx context.Context) error {
			_, err := a.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{id}})
			return err
		},
		leftBalancer: func(ctx context.Context) error {
			_, err := a.elb.DeleteLoadBalancer(ctx, &elb.DeleteLoadBalancerInput{LoadBalancerArn: aws.String(id)})
			return err
		},
		leftTargets: func(ctx context.Context) error {
			_, err := a.elb.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: aws.String(id)})
			return err
		},
		leftInterface: func(ctx context.Context) error {
			_, err := a.ec2.DeleteNetworkInterface(ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: aws.String(id)})
			return err
		},
		leftGroup: func(ctx context.Context) error {
			_, err := a.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: aws.String(id)})
			return err
		},
		leftVolume: func(ctx context.Context) error {
			_, err := a.ec2.DeleteVolume(ctx, &ec2.DeleteVolumeInput{VolumeId: aws.String(id)})
			return err
		},
	}[kind]
	if kind == leftGroup {
		// Rules of other groups may name it.
		if err := a.dropRulesFrom(ctx, object, id); err != nil {
			return err
		}
	}
	_, err := persist(ctx, a.poll, lingering,
		func(err error) bool {
			return isCode(err, "DependencyViolation", "InvalidGroup.InUse", "ResourceInUse", "InvalidNetworkInterface.InUse", "OperationNotPermitted") ||
				isCode(err, "VolumeInUse", "IncorrectState")
		},
		func(ctx context.Context) (struct{}, error) {
			return commit(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, remove(ctx) })
		})
	if unlessNotFound(err) != nil {
		return wrap(err, object)
	}
	if kind == leftInstance {
		return a.waitTerminated(ctx, object, id)
	}
	return nil
}

// waitTerminated waits until an instance is gone, and its interfaces with it.
func (a *api) waitTerminated(ctx context.Context, object, id string) error {
	return a.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		got, err := a.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
		if isNotFound(err) {
			return true, "", nil
		}
		if err != nil {
			return false, "", wrap(err, object)
		}
		for _, reservation := range got.Reservations {
			for _, instance := range reservation.Instances {
				if instance.State != nil && instance.State.Name != ec2types.InstanceStateNameTerminated {
					return false, string(instance.State.Name), nil
				}
			}
		}
		return true, "", nil
	})
}

// dropRulesFrom removes the admissions of other groups that name a group as
// their source, without which it can't be deleted.
func (a *api) dropRulesFrom(ctx context.Context, object, group string) error {
	found, err := all(ctx, ec2.NewDescribeSecurityGroupsPaginator(a.ec2, &ec2.DescribeSecurityGroupsInput{
		Filters: []ec2types.Filter{filter("ip-permission.group-id", group)}}),
		func(page *ec2.DescribeSecurityGroupsOutput) []ec2types.SecurityGroup { return page.SecurityGroups })
	if err != nil {
		return wrap(err, object)
	}
	for _, other := range found {
		if aws.ToString(other.GroupId) == group {
			continue
		}
		var rest []rule
		for _, r := range rulesOf(other.IpPermissions) {
			if r.source != group {
				rest = append(rest, r)
			}
		}
		if _, err := a.ensureRules(ctx, object, aws.ToString(other.GroupId), false, other.IpPermissions, rest, ""); err != nil {
			return err
		}
	}
	return nil
}
