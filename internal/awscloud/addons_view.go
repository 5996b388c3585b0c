package awscloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// addonsView is the part as AWS shows it.
type addonsView struct {
	api   *api
	ref   cloud.Ref
	known blueprint.AddonsDesign // where to look, never what is
	short bool                   // only what known names is looked at

	cluster      *types.Cluster
	addons       map[string]*addon
	roles        map[string]*observedRole // by component
	associations map[string]*podIdentity  // by component
	queue        *interruptionQueue
	rules        map[string]*interruptionRule // by event
}

// viewAddonsPart reads the part. Where short, only the add-ons that known
// names are looked at.
func (a *api) viewAddonsPart(ctx context.Context, ref cloud.Ref, known blueprint.AddonsDesign, short bool) (*addonsView, error) {
	view := &addonsView{api: a, ref: ref, known: known, short: short, addons: map[string]*addon{}, roles: map[string]*observedRole{},
		associations: map[string]*podIdentity{}, rules: map[string]*interruptionRule{}}
	found := &clusterView{api: a, ref: ref}
	if err := found.findCluster(ctx); err != nil {
		return nil, err
	}
	view.cluster = found.cluster
	var steps []step
	if view.cluster != nil {
		steps = append(steps,
			func(ctx context.Context) error { return view.viewAddons(ctx, short) },
			view.viewAssociations)
	}
	steps = append(steps, view.viewInterruption)
	if err := together(steps...)(ctx); err != nil {
		return nil, err
	}
	return view, view.viewRoles(ctx)
}

func (v *addonsView) viewAddons(ctx context.Context, short bool) error {
	var names []string
	if short {
		names = append([]string{}, sortedKeys(v.known.Addons)...)
	}
	found, err := v.api.findAddons(ctx, v.ref, names)
	if err != nil {
		return err
	}
	for name, one := range found {
		_, wanted := v.known.Addons[name]
		if part := one.tags[cloud.TagPart]; part == v.ref.Part || wanted && part == "" {
			v.addons[name] = one
		}
	}
	return nil
}

// viewAssociations finds the associations of the autoscalers.
func (v *addonsView) viewAssociations(ctx context.Context) error {
	object := ofCluster("pod-identity", v.ref)
	pages := eks.NewListPodIdentityAssociationsPaginator(v.api.eks, &eks.ListPodIdentityAssociationsInput{ClusterName: aws.String(v.ref.Cluster)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return wrap(err, object)
		}
		for _, summary := range page.Associations {
			for _, scaler := range awsiam.Controllers {
				if aws.ToString(summary.Namespace) != scaler.Namespace || aws.ToString(summary.ServiceAccount) != scaler.Account {
					continue
				}
				found, err := v.api.readAssociation(ctx, v.ref, object, aws.ToString(summary.AssociationId))
				if err != nil {
					return err
				}
				component := "pod-identity/" + scaler.Name
				if found != nil && (found.tags[cloud.TagPart] == v.ref.Part || v.known.Autoscaling != "" && awsiam.Controllers[v.known.Autoscaling].Name == scaler.Name) {
					v.associations[component] = found
				}
			}
		}
	}
	return nil
}

// viewRoles reads the roles that add-ons and autoscalers use, and those that
// are known by name only.
func (v *addonsView) viewRoles(ctx context.Context) error {
	names := map[string]string{}
	for component, name := range v.known.Names {
		if strings.HasPrefix(component, "role/") {
			names[component] = withoutRemark(name)
		}
	}
	for component, found := range v.associations {
		if component := strings.Replace(component, "pod-identity/", "role/", 1); names[component] == "" {
			names[component] = roleName(found.roles)
		}
	}
	for name, one := range v.addons {
		if one.role != nil && (names["role/"+name] == "" || names["role/"+name] == one.role.name) {
			v.roles["role/"+name] = one.role
			delete(names, "role/"+name)
		}
	}
	found := make([]*observedRole, len(names))
	components := slices.Sorted(maps.Keys(names))
	var steps []step
	for i, component := range components {
		if names[component] == "" {
			continue
		}
		steps = append(steps, func(ctx context.Context) (err error) {
			found[i], err = v.api.findGrantRole(ctx, ofCluster(component, v.ref), names[component])
			return err
		})
	}
	if err := together(steps...)(ctx); err != nil {
		return err
	}
	for i, component := range components {
		if found[i] != nil {
			v.roles[component] = found[i]
		}
	}
	return nil
}

// objects lists everything that exists, sorted by component.
func (v *addonsView) objects() []componentObject {
	var list []componentObject
	for name, one := range v.addons {
		list = append(list, componentObject{component: "addon/" + name, id: eksID(v.ref, name), tags: one.tags, inside: true})
	}
	for component, found := range v.roles {
		list = append(list, componentObject{component: component, id: found.arn, tags: found.tags})
	}
	for component, found := range v.associations {
		list = append(list, componentObject{component: component, id: found.id, tags: found.tags, inside: true})
	}
	if v.queue != nil {
		list = append(list, componentObject{component: queueComponent, id: v.queue.url, tags: v.queue.tags})
	}
	for event, found := range v.rules {
		list = append(list, componentObject{component: ruleComponent(event), id: found.arn, tags: found.tags})
	}
	slices.SortFunc(list, func(a, b componentObject) int { return strings.Compare(a.component, b.component) })
	return list
}

// observe turns the view into a design.
func (v *addonsView) observe() observedAddons {
	seen := observedAddons{Objects: map[string]string{}, Outputs: blueprint.AddonsOutputs{Versions: map[string]string{}}}
	var main tagged
	var others []tagged
	for _, object := range v.objects() {
		if object.tags[cloud.TagPart] != v.ref.Part && !object.inside {
			continue // in the way, and not ours
		}
		seen.Objects[object.component] = object.id
		entry := tagged{component: object.component, tags: object.tags}
		if main.component == "" {
			main = entry
		} else {
			others = append(others, entry)
		}
	}
	seen.Exists = main.component != ""
	if !seen.Exists {
		return seen
	}
	seen.Owner, seen.Incarnation, seen.Token = main.tags[cloud.TagOwner], main.tags[cloud.TagIncarnation], main.tags[cloud.TagToken]
	var busy []string
	for _, name := range sortedKeys(v.addons) {
		one := v.addons[name]
		seen.Outputs.Versions[name] = one.version
		switch one.status {
		case types.AddonStatusCreating, types.AddonStatusUpdating, types.AddonStatusDeleting:
			busy = append(busy, "addon/"+name+" "+string(one.status))
		case types.AddonStatusDegraded:
			seen.Warnings = append(seen.Warnings, "The add-on "+name+" is DEGRADED: "+strings.Join(one.issues, "; ")+".")
		}
	}
	seen.Busy = strings.Join(busy, ", ")
	if v.queue != nil {
		seen.Outputs.Queue = v.queue.name
	}
	seen.Design = v.design(main, others)
	return seen
}

func (v *addonsView) design(main tagged, others []tagged) blueprint.AddonsDesign {
	tags := main.tags
	design := blueprint.AddonsDesign{
		Scope: blueprint.Scope{
			Cloud: blueprint.CloudAWS, Region: v.api.region, Cluster: v.ref.Cluster, Target: targetOf(tags, v.known.Target),
			OnDestroy: cloud.ParseLifecycle(tags[cloud.TagLifecycle]),
		},
		KubernetesVersion: tags[tagResolvedFor], Identity: tags[tagIdentity],
		Boundary: tags[tagBoundary], RolePath: tags[tagRolePath], Names: map[string]string{},
	}
	issuer := (&clusterView{cluster: v.cluster}).issuer()
	for name, one := range v.addons {
		if design.Addons == nil {
			design.Addons = map[string]blueprint.AddonDesign{}
		}
		design.Addons[name] = one.design(v.api, v.ref, canonicalJSON(one.configuration), design.KubernetesVersion, design.Identity, v.api.oidcProviderARN(issuer))
	}
	v.observeRoles(&design)
	v.observeScaler(&design)
	design.Tags = v.api.allTags(main, others, v.known.Target)
	for _, other := range others {
		for _, key := range []string{cloud.TagLifecycle, tagIdentity, tagResolvedFor, tagTarget, tagRolePath, tagBoundary} {
			if other.tags[key] != tags[key] {
				if design.Tags == nil {
					design.Tags = map[string]string{}
				}
				design.Tags[key] = remark("", "differs on "+other.component)
			}
		}
	}
	return design
}

// observeRoles reads boundary and path off the roles.
func (v *addonsView) observeRoles(design *blueprint.AddonsDesign) {
	first := true
	var remarks []string
	for _, component := range sortedKeys(v.roles) {
		found := v.roles[component]
		if found.tags[cloud.TagPart] != v.ref.Part {
			continue
		}
		design.Names[component] = found.name
		if first {
			design.Boundary, design.RolePath, first = found.boundary, found.path, false
		} else if found.boundary != design.Boundary {
			remarks = append(remarks, component+": "+found.boundary)
		}
	}
	design.Boundary = remark(design.Boundary, remarks...)
}

// observeScaler tells which autoscaler's objects are there, and remarks on
// those that are not as they should be.
func (v *addonsView) observeScaler(design *blueprint.AddonsDesign) {
	var remarks []string
	for _, word := range sortedKeys(awsiam.Controllers) {
		scaler := awsiam.Controllers[word]
		found, bound := v.roles["role/"+scaler.Name], v.associations["pod-identity/"+scaler.Name]
		if found == nil && bound == nil && (word != blueprint.AutoscalingKarpenter || v.queue == nil) {
			continue
		}
		if design.Autoscaling != "" {
			remarks = append(remarks, "and "+word)
			continue
		}
		design.Autoscaling = word
		issuer := (&clusterView{cluster: v.cluster}).issuer()
		if found == nil {
			remarks = append(remarks, "role is missing")
		} else {
			queue := ""
			if v.queue != nil {
				queue = v.queue.name
			} else if word == blueprint.AutoscalingKarpenter {
				queue = withoutRemark(v.known.Names[queueComponent])
			}
			want := role{component: "role/" + scaler.Name, boundary: found.boundary,
				trust:  v.api.trustFor(v.ref, design.Identity, v.api.oidcProviderARN(issuer), scaler.Namespace, scaler.Account),
				inline: scaler.Policies(v.api.iamAccount(), v.ref.Cluster, v.nodeRoleARN(cloud.Inputs{}), queue)}
			remarks = append(remarks, append(want.differences(found), extraPolicies(want, found)...)...)
		}
		switch {
		case design.Identity == "irsa":
		case bound == nil:
			remarks = append(remarks, "pod identity is missing")
		case found != nil && bound.roles != found.arn:
			remarks = append(remarks, "bound to "+bound.roles)
		}
	}
	if v.queue != nil || len(v.rules) > 0 {
		remarks = append(remarks, v.observeInterruption(design)...)
	}
	design.Autoscaling = remark(design.Autoscaling, remarks...)
}
