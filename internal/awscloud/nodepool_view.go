package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

const templateComponent = "launch-template"

// Tags of the launch template that remember what AWS can't tell.
const (
	tagMode       = "kready-mode"
	tagRelease    = "kready-release" // the pinned release; absent where none is
	tagAutoscaled = "kready-autoscaled"
	tagRollout    = "kready-rollout-id"
)

// poolView is a pool as AWS shows it.
type poolView struct {
	api   *api
	ref   cloud.Ref
	known blueprint.NodePoolDesign // where to look, never what is

	cluster  *types.Cluster                  // nil: there is none
	places   map[string]place                // subnets by id
	template *ec2types.LaunchTemplate        // nil: there is none
	version  *ec2types.LaunchTemplateVersion // the default one
	latest   *ec2types.LaunchTemplateVersion
	groups   map[string]*types.Nodegroup // of this pool, by name
}

// poolName is the pool's name: the part's.
func poolName(ref cloud.Ref) string {
	_, name, _ := strings.Cut(ref.Part, "/")
	return name
}

func templateName(ref cloud.Ref) string { return ref.Cluster + "-" + poolName(ref) }

func (a *api) viewPool(ctx context.Context, ref cloud.Ref, known blueprint.NodePoolDesign) (*poolView, error) {
	view := &poolView{api: a, ref: ref, known: known, groups: map[string]*types.Nodegroup{}, places: map[string]place{}}
	inCluster := func(ctx context.Context) error {
		found := &clusterView{api: a, ref: ref}
		if err := found.findCluster(ctx); err != nil || found.cluster == nil {
			return err
		}
		view.cluster = found.cluster
		return together(view.viewPlaces, view.viewGroups)(ctx)
	}
	if err := together(inCluster, view.viewTemplate)(ctx); err != nil {
		return nil, err
	}
	return view, nil
}

func (v *poolView) viewPlaces(ctx context.Context) (err error) {
	v.places, err = v.api.subnetPlaces(ctx, v.ref, aws.ToString(v.cluster.ResourcesVpcConfig.VpcId), v.known.GivenSubnets)
	return err
}

// viewTemplate finds the template by its tags, else by its name.
func (v *poolView) viewTemplate(ctx context.Context) error {
	object := ofCluster(templateComponent+" of "+v.ref.Part, v.ref)
	find := func(filters ...ec2types.Filter) error {
		found, err := all(ctx, ec2.NewDescribeLaunchTemplatesPaginator(v.api.ec2, &ec2.DescribeLaunchTemplatesInput{Filters: filters}),
			func(page *ec2.DescribeLaunchTemplatesOutput) []ec2types.LaunchTemplate { return page.LaunchTemplates })
		if len(found) > 0 {
			v.template = &found[0]
		}
		return wrap(unlessNotFound(err), object)
	}
	if err := find(tagFilter(cloud.TagCluster, v.ref.Cluster), tagFilter(cloud.TagPart, v.ref.Part), tagFilter(cloud.TagComponent, templateComponent)); err != nil {
		return err
	}
	if v.template == nil {
		if err := find(filter("launch-template-name", templateName(v.ref))); err != nil || v.template == nil {
			return err
		}
	}
	got, err := v.api.ec2.DescribeLaunchTemplateVersions(ctx, &ec2.DescribeLaunchTemplateVersionsInput{
		LaunchTemplateId: v.template.LaunchTemplateId, Versions: []string{"$Default", "$Latest"}})
	if isNotFound(err) {
		v.template = nil
		return nil
	}
	if err != nil {
		return wrap(err, object)
	}
	for _, version := range got.LaunchTemplateVersions {
		if aws.ToBool(version.DefaultVersion) {
			v.version = &version
		}
		if v.latest == nil || aws.ToInt64(version.VersionNumber) >= aws.ToInt64(v.latest.VersionNumber) {
			v.latest = &version
		}
	}
	return nil
}

// viewGroups reads the groups of this pool: those that known names, and those
// whose name begins with the pool's and whose tags say so.
func (v *poolView) viewGroups(ctx context.Context) error {
	names := map[string]string{}
	prefix := poolName(v.ref)
	// Long names are cut; what is left of the beginning is still the pool's.
	prefix = prefix[:min(len(prefix), 40)]
	pages := eks.NewListNodegroupsPaginator(v.api.eks, &eks.ListNodegroupsInput{ClusterName: aws.String(v.ref.Cluster)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return wrap(err, ofCluster("node groups", v.ref))
		}
		for _, name := range page.Nodegroups {
			if v.knownGroup(name) != "" || strings.HasPrefix(name, prefix) {
				names[name] = name
			}
		}
	}
	found := make(chan *types.Nodegroup, len(names))
	err := each(ctx, names, func(ctx context.Context, name, _ string) error {
		group, err := v.api.readGroup(ctx, v.ref, name)
		if group != nil && (v.knownGroup(name) != "" || group.Tags[cloud.TagPart] == v.ref.Part) {
			found <- group
		}
		return err
	})
	close(found)
	for group := range found {
		v.groups[aws.ToString(group.NodegroupName)] = group
	}
	return err
}

// readGroup returns nil where there is none.
func (a *api) readGroup(ctx context.Context, ref cloud.Ref, name string) (*types.Nodegroup, error) {
	got, err := a.eks.DescribeNodegroup(ctx, &eks.DescribeNodegroupInput{ClusterName: aws.String(ref.Cluster), NodegroupName: aws.String(name)})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err, ofCluster("node group "+name, ref))
	}
	return got.Nodegroup, nil
}

// knownGroup is the key under which the known design has a group's name.
func (v *poolView) knownGroup(name string) string {
	for key, group := range v.known.Groups {
		if group.Name == name {
			return key
		}
	}
	return ""
}

// keyOfGroup is a group's design key: as its tags tell, else as it is known.
func (v *poolView) keyOfGroup(group *types.Nodegroup) string {
	if key, ok := strings.CutPrefix(group.Tags[cloud.TagComponent], "group/"); ok {
		return key
	}
	return v.knownGroup(aws.ToString(group.NodegroupName))
}

// current is the group of each key: the one of the known name, else the
// newest. Others of the same key are predecessors that have still to go.
func (v *poolView) current() map[string]*types.Nodegroup {
	list := slices.SortedFunc(func(yield func(*types.Nodegroup) bool) {
		for _, group := range v.groups {
			if !yield(group) {
				return
			}
		}
	}, func(a, b *types.Nodegroup) int {
		if rankA, rankB := rank(v.knownGroup(aws.ToString(a.NodegroupName)) != ""), rank(v.knownGroup(aws.ToString(b.NodegroupName)) != ""); rankA != rankB {
			return rankB - rankA
		}
		if byAge := aws.ToTime(b.CreatedAt).Compare(aws.ToTime(a.CreatedAt)); byAge != 0 {
			return byAge
		}
		return strings.Compare(aws.ToString(a.NodegroupName), aws.ToString(b.NodegroupName))
	})
	groups := map[string]*types.Nodegroup{}
	for _, group := range list {
		if key := v.keyOfGroup(group); key != "" && groups[key] == nil {
			groups[key] = group
		}
	}
	return groups
}

func (v *poolView) templateTags() map[string]string {
	if v.template == nil {
		return nil
	}
	return fromEC2(v.template.Tags)
}

// otherGroups names the node groups of the cluster that are not among own.
func (r *poolRun) otherGroups(ctx context.Context, own map[string]string) ([]string, error) {
	var others []string
	pages := eks.NewListNodegroupsPaginator(r.eks, &eks.ListNodegroupsInput{ClusterName: aws.String(r.ref.Cluster)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(unlessNotFound(err), ofCluster("node groups", r.ref))
		}
		for _, name := range page.Nodegroups {
			if own[name] == "" {
				others = append(others, name)
			}
		}
	}
	return others, nil
}

// hasAddons tells whether add-ons of the add-ons part still stand.
func (a *api) hasAddons(ctx context.Context, ref cloud.Ref) (bool, error) {
	found, err := a.findAddons(ctx, ref, nil)
	for _, one := range found {
		if one.tags[cloud.TagPart] == addonsPart {
			return true, err
		}
	}
	return false, err
}
