package awscloud

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// ensureGroups makes every group what is wanted. Where one must be rebuilt
// under its own name they go one after the other, so that not all nodes are
// missing at once.
func (r *poolRun) ensureGroups(ctx context.Context) error {
	standing := r.view.current()
	for key := range r.design.Groups {
		if have := standing[key]; have != nil && r.rebuild(key, have) != "" {
			for _, key := range sortedKeys(r.design.Groups) {
				if err := r.ensureGroup(ctx, key, standing[key]); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return each(ctx, r.design.Groups, func(ctx context.Context, key string, _ blueprint.NodeGroupDesign) error {
		return r.ensureGroup(ctx, key, standing[key])
	})
}

// rebuild says why a group of the wanted name must be made again: EKS keeps
// the template, image type and instance types of a group for its life, and a
// group that failed to come up never does.
func (r *poolRun) rebuild(key string, have *types.Nodegroup) string {
	want := r.design.Groups[key]
	if aws.ToString(have.NodegroupName) != want.Name {
		return ""
	}
	switch {
	case have.Status == types.NodegroupStatusCreateFailed, have.Status == types.NodegroupStatusDeleting, have.Status == types.NodegroupStatusDeleteFailed:
		return string(have.Status)
	case have.LaunchTemplate == nil || aws.ToString(have.LaunchTemplate.Id) != aws.ToString(r.view.template.LaunchTemplateId):
		return "its launch template is gone"
	case have.AmiType != imageType(r.design.OS, r.design.Architecture):
		return "image type " + string(have.AmiType)
	case !slices.Equal(have.InstanceTypes, r.design.InstanceTypes):
		return "instance types " + strings.Join(have.InstanceTypes, ", ")
	case have.CapacityType != capacity(r.design.CapacityType):
		return "capacity type " + string(have.CapacityType)
	case !slices.Equal(sorted(have.Subnets), sorted(r.subnetsOf(want))):
		return "subnets " + strings.Join(have.Subnets, ", ")
	}
	return ""
}

func (r *poolRun) subnetsOf(group blueprint.NodeGroupDesign) []string {
	var ids []string
	for _, key := range group.Subnets {
		ids = append(ids, r.inputs.Network["subnet/"+key])
	}
	return ids
}

// ensureGroup makes one group what is wanted. A group of another name under
// the same key is the predecessor: its size is taken over.
func (r *poolRun) ensureGroup(ctx context.Context, key string, have *types.Nodegroup) error {
	want := r.design.Groups[key]
	size := want.MinSize
	if have != nil && have.ScalingConfig != nil && have.Status != types.NodegroupStatusCreateFailed {
		size = int(aws.ToInt32(have.ScalingConfig.DesiredSize))
	}
	size = min(max(size, want.MinSize), want.MaxSize)
	if have != nil && r.rebuild(key, have) != "" {
		r.touched()
		if err := r.deleteGroup(ctx, want.Name); err != nil {
			return err
		}
		have = nil
	}
	if have == nil || aws.ToString(have.NodegroupName) != want.Name {
		return r.createGroup(ctx, key, size)
	}
	if have.Status != types.NodegroupStatusActive {
		r.touched()
		if have.Status != types.NodegroupStatusDegraded {
			if err := r.waitGroup(ctx, want.Name); err != nil {
				return err
			}
		}
		again, err := r.readGroup(ctx, r.ref, want.Name)
		if err != nil || again == nil {
			return err
		}
		have = again
	}
	return r.updateGroup(ctx, key, have)
}

func (r *poolRun) groupTags(key string) map[string]string {
	return r.wantTags(r.ref, "group/"+key, "", r.design.Tags)
}

func (r *poolRun) templateSpec() *types.LaunchTemplateSpecification {
	return &types.LaunchTemplateSpecification{
		Id: r.view.template.LaunchTemplateId, Version: aws.String(strconv.FormatInt(aws.ToInt64(r.view.version.VersionNumber), 10))}
}

// nodeRole is the role of the nodes, as the cluster's part made or remembers
// it.
func (r *poolRun) nodeRole(ctx context.Context) (string, error) {
	remembered := r.view.cluster.Tags[tagNodeRole]
	if strings.HasPrefix(remembered, "arn:") {
		return remembered, nil
	}
	if arn := r.inputs.Cluster["role/node"]; arn != "" {
		return arn, nil
	}
	if remembered != "" {
		found, err := r.findRole(ctx, ofCluster("role/node", r.ref), remembered, nil, false)
		if err != nil {
			return "", err
		}
		if found != nil {
			return found.arn, nil
		}
	}
	return "", &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: r.object("group"), Reason: "the cluster has no role for nodes",
		Todo: "Apply the cluster first, and hand over cluster = kready_cluster.….objects."}
}

func (r *poolRun) createGroup(ctx context.Context, key string, size int) error {
	design, want := r.design, r.design.Groups[key]
	object := r.object("group/" + key)
	role, err := r.nodeRole(ctx)
	if err != nil {
		return err
	}
	input := &eks.CreateNodegroupInput{
		ClusterName: aws.String(r.ref.Cluster), NodegroupName: aws.String(want.Name), NodeRole: aws.String(role),
		Subnets: r.subnetsOf(want), AmiType: imageType(design.OS, design.Architecture), CapacityType: capacity(design.CapacityType),
		InstanceTypes: design.InstanceTypes, Labels: design.Labels, Taints: toTaints(design.Taints), LaunchTemplate: r.templateSpec(),
		NodeRepairConfig: &types.NodeRepairConfig{Enabled: aws.Bool(design.Repair)}, UpdateConfig: updateConfig(design.MaxUnavailable),
		ScalingConfig: &types.NodegroupScalingConfig{
			MinSize: aws.Int32(int32(want.MinSize)), MaxSize: aws.Int32(int32(want.MaxSize)), DesiredSize: aws.Int32(int32(size))},
		Version: aws.String(design.KubernetesVersion), Tags: r.groupTags(key),
	}
	if design.Release != "" {
		input.ReleaseVersion = aws.String(design.Release)
	}
	refused := 0
	_, err = persist(ctx, r.poll, eksTurns,
		func(err error) bool {
			if notAssumableYet(err) || isNotFound(err) {
				refused++
				return refused < freshLooks
			}
			return busyEKS(err) && !hasAny(err, "already exists")
		},
		func(ctx context.Context) (*eks.CreateNodegroupOutput, error) {
			return commit(ctx, func(ctx context.Context) (*eks.CreateNodegroupOutput, error) {
				return r.eks.CreateNodegroup(ctx, input)
			})
		})
	if err != nil && hasAny(err, "already exists") {
		// A lost answer makes the next attempt meet its own group.
		found, findErr := r.readGroup(ctx, r.ref, want.Name)
		if findErr == nil && found != nil {
			err = r.ref.MayTouch(object+" (node group "+want.Name+")", found.Tags)
		}
	}
	if err != nil {
		return wrap(err, object)
	}
	r.made("group/"+key, eksID(r.ref, want.Name))
	return r.waitGroup(ctx, want.Name)
}

// degradedGroupLooks is how often a group may be seen DEGRADED before that is
// an answer.
const degradedGroupLooks = 20

// waitGroup waits until a group's nodes have joined.
func (r *poolRun) waitGroup(ctx context.Context, name string) error {
	object := r.object("node group " + name)
	unseen, degraded := 0, 0
	return r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		found, err := r.readGroup(ctx, r.ref, name)
		if err != nil {
			return false, "", err
		}
		if found == nil {
			if unseen++; unseen < freshLooks {
				return false, "not visible", nil
			}
			return false, "", &cloud.Error{Kind: cloud.ErrNotFound, Operation: "eks DescribeNodegroup", Object: object, Reason: "the node group is gone",
				Todo: "Somebody else may be deleting it. Apply again."}
		}
		switch found.Status {
		case types.NodegroupStatusActive:
			return true, "", nil
		case types.NodegroupStatusCreateFailed, types.NodegroupStatusDeleteFailed:
			return false, "", unhealthyGroup(object, found)
		case types.NodegroupStatusDegraded:
			if degraded++; degraded >= degradedGroupLooks {
				return false, "", unhealthyGroup(object, found)
			}
		}
		return false, string(found.Status), nil
	})
}

func unhealthyGroup(object string, found *types.Nodegroup) error {
	reason := "the node group is " + string(found.Status)
	if found.Health != nil {
		for _, i := range found.Health.Issues {
			reason += "; " + issue(string(i.Code), aws.ToString(i.Message), i.ResourceIds)
		}
	}
	return &cloud.Error{Kind: cloud.ErrConflict, Operation: "eks DescribeNodegroup", Object: object, Reason: reason,
		Todo: "Mend what it names (capacity of the zone, free addresses, the way to the API and to images), then apply again: kready replaces a group that never came up."}
}

// updateGroup changes what differs: version, release and template in one
// rolling update, then the configuration.
func (r *poolRun) updateGroup(ctx context.Context, key string, have *types.Nodegroup) error {
	if err := r.rollGroup(ctx, key, have); err != nil {
		return err
	}
	if input := r.configChange(key, have); input != nil {
		r.touched()
		err := r.updateEKS(ctx, r.object("group/"+key), eksTarget{cluster: r.ref.Cluster, group: aws.ToString(have.NodegroupName)},
			func(ctx context.Context) (*types.Update, error) {
				got, err := r.eks.UpdateNodegroupConfig(ctx, input)
				if err != nil {
					return nil, err
				}
				return got.Update, nil
			})
		if err != nil {
			return err
		}
		if err := r.waitGroup(ctx, aws.ToString(have.NodegroupName)); err != nil {
			return err
		}
	}
	changed, err := r.repairEKSTags(ctx, r.object("group/"+key), aws.ToString(have.NodegroupArn), r.groupTags(key), have.Tags)
	if changed {
		r.touched()
	}
	return err
}

// rollGroup replaces the nodes where version, pinned release or template
// differ. EKS drains each node, max_unavailable at a time.
func (r *poolRun) rollGroup(ctx context.Context, key string, have *types.Nodegroup) error {
	spec := r.templateSpec()
	newer := minor(r.design.KubernetesVersion) > minor(aws.ToString(have.Version))
	released := r.design.Release != "" && aws.ToString(have.ReleaseVersion) != r.design.Release
	if !newer && !released && aws.ToString(have.LaunchTemplate.Version) == aws.ToString(spec.Version) {
		return nil
	}
	r.touched()
	input := &eks.UpdateNodegroupVersionInput{ClusterName: aws.String(r.ref.Cluster), NodegroupName: have.NodegroupName, LaunchTemplate: spec}
	if newer || released {
		input.Version = aws.String(r.design.KubernetesVersion)
	}
	if r.design.Release != "" {
		input.ReleaseVersion = aws.String(r.design.Release)
	}
	err := r.updateEKS(ctx, r.object("group/"+key), eksTarget{cluster: r.ref.Cluster, group: aws.ToString(have.NodegroupName)},
		func(ctx context.Context) (*types.Update, error) {
			got, err := r.eks.UpdateNodegroupVersion(ctx, input)
			if err != nil {
				return nil, err
			}
			return got.Update, nil
		})
	if err != nil {
		return err
	}
	return r.waitGroup(ctx, aws.ToString(have.NodegroupName))
}

// configChange is what differs in sizes, labels, taints and upkeep; nil for
// nothing. The desired size is whoever scales the nodes', and only kept within
// its bounds.
func (r *poolRun) configChange(key string, have *types.Nodegroup) *eks.UpdateNodegroupConfigInput {
	want := r.design.Groups[key]
	input := &eks.UpdateNodegroupConfigInput{ClusterName: aws.String(r.ref.Cluster), NodegroupName: have.NodegroupName}
	changed := false
	scaling := have.ScalingConfig
	if scaling == nil || int(aws.ToInt32(scaling.MinSize)) != want.MinSize || int(aws.ToInt32(scaling.MaxSize)) != want.MaxSize {
		desired := want.MinSize
		if scaling != nil {
			desired = min(max(int(aws.ToInt32(scaling.DesiredSize)), want.MinSize), want.MaxSize)
		}
		input.ScalingConfig = &types.NodegroupScalingConfig{
			MinSize: aws.Int32(int32(want.MinSize)), MaxSize: aws.Int32(int32(want.MaxSize)), DesiredSize: aws.Int32(int32(desired))}
		changed = true
	}
	if !maps.Equal(have.Labels, r.design.Labels) {
		payload := &types.UpdateLabelsPayload{AddOrUpdateLabels: map[string]string{}}
		for label, value := range r.design.Labels {
			if got, ok := have.Labels[label]; !ok || got != value {
				payload.AddOrUpdateLabels[label] = value
			}
		}
		for _, label := range sortedKeys(have.Labels) {
			if _, wanted := r.design.Labels[label]; !wanted {
				payload.RemoveLabels = append(payload.RemoveLabels, label)
			}
		}
		input.Labels, changed = payload, true
	}
	if standing := fromTaints(have.Taints); !slices.Equal(standing, r.design.Taints) {
		input.Taints, changed = taintChange(standing, r.design.Taints), true
	}
	if maxUnavailable(have.UpdateConfig) != maxUnavailable(updateConfig(r.design.MaxUnavailable)) {
		input.UpdateConfig, changed = updateConfig(r.design.MaxUnavailable), true
	}
	if repairs(have.NodeRepairConfig) != r.design.Repair {
		input.NodeRepairConfig, changed = &types.NodeRepairConfig{Enabled: aws.Bool(r.design.Repair)}, true
	}
	if !changed {
		return nil
	}
	return input
}

// taintChange is the way from one list of taints to another. A taint is told
// by key and effect.
func taintChange(have, want []blueprint.TaintSpec) *types.UpdateTaintsPayload {
	payload := &types.UpdateTaintsPayload{}
	for _, taint := range want {
		if !slices.Contains(have, taint) {
			payload.AddOrUpdateTaints = append(payload.AddOrUpdateTaints, toTaints([]blueprint.TaintSpec{taint})...)
		}
	}
	for _, taint := range have {
		if !slices.ContainsFunc(want, func(w blueprint.TaintSpec) bool { return w.Key == taint.Key && w.Effect == taint.Effect }) {
			payload.RemoveTaints = append(payload.RemoveTaints, toTaints([]blueprint.TaintSpec{taint})...)
		}
	}
	return payload
}

// removeRest removes the groups that the design no longer holds, after those
// that take their place stand: EKS drains them.
func (r *poolRun) removeRest(ctx context.Context) error {
	wanted := map[string]bool{}
	for _, group := range r.design.Groups {
		wanted[group.Name] = true
	}
	rest := map[string]string{}
	for name, group := range r.view.groups {
		if !wanted[name] && group.Tags[cloud.TagPart] == r.ref.Part {
			rest[name] = name
		}
	}
	return each(ctx, rest, func(ctx context.Context, name, _ string) error {
		r.touched()
		return r.deleteGroup(ctx, name)
	})
}

// deleteGroup removes a group with its nodes and waits. Its interfaces and
// instances are gone when it is.
func (r *poolRun) deleteGroup(ctx context.Context, name string) error {
	object := r.object("node group " + name)
	_, err := persist(ctx, r.poll, eksTurns, func(err error) bool { return busyEKS(err) && !goingEKS(err) }, func(ctx context.Context) (*eks.DeleteNodegroupOutput, error) {
		return commit(ctx, func(ctx context.Context) (*eks.DeleteNodegroupOutput, error) {
			return r.eks.DeleteNodegroup(ctx, &eks.DeleteNodegroupInput{ClusterName: aws.String(r.ref.Cluster), NodegroupName: aws.String(name)})
		})
	})
	if isNotFound(err) {
		return nil
	}
	if err != nil && !goingEKS(err) {
		return wrap(err, object)
	}
	return r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		found, err := r.readGroup(ctx, r.ref, name)
		if err != nil || found == nil {
			return found == nil, "", err
		}
		if found.Status == types.NodegroupStatusDeleteFailed {
			return false, "", unhealthyGroup(object, found)
		}
		return false, string(found.Status), nil
	})
}
