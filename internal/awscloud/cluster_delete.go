package awscloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Delete implements [cloud.Part].
func (c cluster) Delete(ctx context.Context, ref cloud.Ref, design blueprint.ControlPlaneDesign, options cloud.DeleteOptions) error {
	if ref.Token == "" {
		return noToken(ref)
	}
	api, err := c.cloud.at(ctx, ref)
	if err != nil {
		return err
	}
	view, err := api.viewCluster(ctx, ref, design, false)
	if err != nil {
		return err
	}
	run := &clusterRun{api: api, ref: ref, design: design, view: view}
	return run.deleteAll(ctx, options)
}

// noToken refuses to delete where nothing can be told to be one's own.
func noToken(ref cloud.Ref) error {
	return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "delete", Object: ofCluster(ref.Part, ref),
		Reason: "no token is given, so nothing can be told to be this resource's own", Todo: "Apply once, so that it is marked; then destroy."}
}

// deleteAll removes what carries the token: the cluster first, because EKS
// writes to the log group and uses the rest until it is gone. Access entries
// and add-ons go with it.
func (r *clusterRun) deleteAll(ctx context.Context, options cloud.DeleteOptions) error {
	own := func(tags map[string]string) bool { return tags[cloud.TagToken] == r.ref.Token }
	view := r.view
	var steps []step
	if view.cluster != nil && own(view.cluster.Tags) {
		steps = append(steps,
			func(ctx context.Context) error { return r.clearLeftovers(ctx, r.ref, options.SweepLeftovers) },
			r.deleteCluster)
	}
	if view.provider != nil && own(view.provider.tags) {
		steps = append(steps, func(ctx context.Context) error { return r.deleteOIDCProvider(ctx, r.ref, view.provider.arn) })
	}
	if view.group != nil && own(fromEC2(view.group.Tags)) {
		steps = append(steps, func(ctx context.Context) error { return r.deleteGroup(ctx, aws.ToString(view.group.GroupId)) })
	}
	names := map[string]string{}
	for component, name := range r.design.Names {
		if strings.HasPrefix(component, "role/") {
			names[component] = withoutRemark(name)
		}
	}
	for component := range view.roles {
		if found := view.ownRole(component); found != nil {
			names[component] = found.name
		}
	}
	for _, name := range strings.Fields(view.tags()[tagFormerRoles]) {
		names["role "+name] = name
	}
	for _, component := range sortedKeys(names) {
		steps = append(steps, func(ctx context.Context) error { return r.deleteRole(ctx, r.ref, component, names[component]) })
	}
	steps = append(steps,
		func(ctx context.Context) error {
			return r.deleteLogGroup(ctx, r.ref, "log-group", clusterLogGroup(r.ref), options.KeepLogs)
		},
		func(ctx context.Context) error {
			alias := withoutRemark(r.design.Names["key-alias"])
			if view.ownKey() && view.key.alias != "" {
				alias = view.key.alias
			}
			return r.deleteKey(ctx, r.ref, "key", alias, options)
		})
	return inOrder(steps...)(ctx)
}

// deleteCluster deletes the cluster and waits until it is gone.
func (r *clusterRun) deleteCluster(ctx context.Context) error {
	object := r.object("cluster")
	_, err := persist(ctx, r.poll, eksTurns, func(err error) bool {
		return busyEKS(err) && !goingEKS(err) && !hasAny(err, "nodegroup", "node group", "attached", "fargate")
	},
		func(ctx context.Context) (*eks.DeleteClusterOutput, error) {
			return commit(ctx, func(ctx context.Context) (*eks.DeleteClusterOutput, error) {
				return r.eks.DeleteCluster(ctx, &eks.DeleteClusterInput{Name: aws.String(r.ref.Cluster)})
			})
		})
	if isNotFound(err) {
		return nil
	}
	if err != nil && !goingEKS(err) {
		wrapped := wrap(err, object)
		if hasAny(err, "protection") {
			return &cloud.Error{Kind: cloud.ErrConflict, Operation: "eks DeleteCluster", Object: object, Reason: cause(err), Err: err,
				Todo: "Set deletion_protection = false, apply, then destroy."}
		}
		return wrapped
	}
	return r.waitGone(ctx)
}

func (r *clusterRun) waitGone(ctx context.Context) error {
	object := r.object("cluster")
	return r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		got, err := r.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String(r.ref.Cluster)})
		if isNotFound(err) {
			return true, "", nil
		}
		if err != nil {
			return false, "", wrap(err, object)
		}
		if got.Cluster.Status == types.ClusterStatusFailed {
			return false, "", failedCluster(object, got.Cluster)
		}
		return false, string(got.Cluster.Status), nil
	})
}

// deleteGroup removes kready's security group. EKS takes its interfaces away
// some time after the cluster.
func (r *clusterRun) deleteGroup(ctx context.Context, id string) error {
	waits := &networkRun{api: r.api, ref: r.ref}
	return waits.removeInUse(ctx, r.object(controlPlaneGroup), filter("group-id", id), func(ctx context.Context) error {
		_, err := r.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: aws.String(id)})
		return err
	})
}

// removeRest removes what the design no longer holds, after everything that
// it holds stands.
func (r *clusterRun) removeRest(ctx context.Context) error {
	if err := r.removeEntries(ctx); err != nil {
		return err
	}
	for _, name := range sortedKeys(r.view.addons) {
		found := r.view.addons[name]
		if _, wanted := r.design.Addons[name]; wanted || found.tags[cloud.TagPart] != r.ref.Part {
			continue
		}
		r.touched()
		if err := r.deleteAddon(ctx, r.ref, name, false); err != nil {
			return err
		}
		if found.role != nil {
			if err := r.deleteRole(ctx, holding(r.ref, found.role.tags), "role/"+name, found.role.name); err != nil {
				return err
			}
		}
	}
	if r.design.Identity != "irsa" && r.view.provider != nil && r.view.provider.tags[cloud.TagPart] == r.ref.Part {
		r.touched()
		if err := r.deleteOIDCProvider(ctx, r.ref, r.view.provider.arn); err != nil {
			return err
		}
	}
	if err := r.removeLogGroup(ctx); err != nil {
		return err
	}
	return r.removeOldRoles(ctx)
}

// removeEntries takes access away from whom the design no longer names.
func (r *clusterRun) removeEntries(ctx context.Context) error {
	wanted := map[string]bool{}
	for _, entry := range r.design.AccessEntries {
		wanted[r.principalOf(entry)] = true
	}
	for _, entry := range sortedEntries(r.view.entries) {
		component := entry.tags[cloud.TagComponent]
		if wanted[entry.principal] || entry.tags[cloud.TagPart] != r.ref.Part || !strings.HasPrefix(component, "access-entry/") {
			continue
		}
		if entry.kind == entryNode && entry.principal == r.roleARN("role/node", r.design.NodeRole) {
			continue // managed node groups join with it
		}
		r.touched()
		if err := r.deleteAccess(ctx, r.ref, component, entry.principal); err != nil {
			return err
		}
	}
	return nil
}

// removeLogGroup removes the log group where logs are off now.
func (r *clusterRun) removeLogGroup(ctx context.Context) error {
	if len(r.design.LogTypes) > 0 || !r.view.ownLogGroup() {
		return nil
	}
	r.touched()
	return r.deleteLogGroup(ctx, holding(r.ref, r.view.logGroup.tags), "log-group", r.view.logGroup.name, r.design.OnDestroy.Logs == "retain")
}

// removeOldRoles removes roles that have other names now, or that existing
// ones replace. A node role stays while nodes use it, because the pools roll
// later: the cluster remembers it, and the next run or the delete removes it.
func (r *clusterRun) removeOldRoles(ctx context.Context) error {
	old := strings.Fields(r.view.tags()[tagFormerRoles])
	for component, name := range r.known.Names {
		if component != "role/cluster" && strings.HasPrefix(component, "role/") { // the cluster's is for its life
			old = append(old, withoutRemark(name))
		}
	}
	var kept []string
	for _, name := range slices.Compact(sorted(old)) {
		if name == "" || slices.Contains(sortedValues(r.design.Names), name) {
			continue
		}
		used, err := r.usedByNodes(ctx, name)
		if err != nil {
			return err
		}
		if used {
			kept = append(kept, name)
			continue
		}
		r.touched()
		if err := r.deleteRole(ctx, r.ref, "role "+name, name); err != nil {
			return err
		}
	}
	return r.rememberRoles(ctx, strings.Join(kept, " "))
}

// usedByNodes tells whether a node group, or an instance profile such as
// Karpenter's, still hands out a role.
func (r *clusterRun) usedByNodes(ctx context.Context, name string) (bool, error) {
	object := r.object("role " + name)
	profiles, err := r.iam.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: aws.String(name)})
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, wrap(err, object)
	}
	if len(profiles.InstanceProfiles) > 0 {
		return true, nil
	}
	pages := eks.NewListNodegroupsPaginator(r.eks, &eks.ListNodegroupsInput{ClusterName: aws.String(r.ref.Cluster)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, wrap(err, object)
		}
		for _, group := range page.Nodegroups {
			found, err := r.readGroup(ctx, r.ref, group)
			if err != nil {
				return false, err
			}
			if found != nil && roleName(aws.ToString(found.NodeRole)) == name {
				return true, nil
			}
		}
	}
	return false, nil
}

// rememberRoles keeps the names of roles that have still to go.
func (r *clusterRun) rememberRoles(ctx context.Context, names string) error {
	want := maps.Clone(r.view.cluster.Tags)
	if want[tagFormerRoles] == names {
		return nil
	}
	r.touched()
	want[tagFormerRoles] = names
	if names == "" {
		delete(want, tagFormerRoles)
	}
	_, err := r.repairEKSTags(ctx, r.object("cluster"), aws.ToString(r.view.cluster.Arn), want, r.view.cluster.Tags)
	return err
}

func sortedValues(m map[string]string) []string {
	var values []string
	for _, value := range m {
		values = append(values, value)
	}
	slices.Sort(values)
	return values
}
