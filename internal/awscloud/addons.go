package awscloud

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// addonsPart is the part's name: of it there is one a cluster.
const addonsPart = "addons"

type observedAddons = cloud.Observed[blueprint.AddonsDesign, blueprint.AddonsOutputs]

// addons realizes the add-ons that stand once nodes run, and what the
// autoscaler of the cluster needs in the cloud.
type addons struct{ cloud *awsCloud }

// Addons implements [cloud.Cloud].
func (c *awsCloud) Addons() cloud.Part[blueprint.AddonsDesign, blueprint.AddonsOutputs] {
	return addons{c}
}

// Find implements [cloud.Part]. An empty design is always found: there is
// nothing that could be missing.
func (p addons) Find(ctx context.Context, ref cloud.Ref, known blueprint.AddonsDesign) (observedAddons, error) {
	api, err := p.cloud.at(ctx, ref)
	if err != nil {
		return observedAddons{}, err
	}
	view, err := api.viewAddonsPart(ctx, ref, known, known.Cluster != "")
	if err != nil {
		return observedAddons{}, err
	}
	seen := view.observe()
	if seen.Exists {
		return seen, nil
	}
	if known.Cluster != "" && len(known.Components()) == 0 && view.cluster != nil {
		return observedAddons{Exists: true, Design: known, Objects: map[string]string{}, Owner: ref.Owner, Incarnation: ref.Incarnation, Token: ref.Token}, nil
	}
	return observedAddons{}, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "eks ListAddons", Object: ofCluster(ref.Part, ref),
		Reason: "none of its add-ons, roles or queues exists"}
}

// addonsRun is one Ensure or Delete.
type addonsRun struct {
	*api
	ref    cloud.Ref
	design blueprint.AddonsDesign
	known  blueprint.AddonsDesign
	inputs cloud.Inputs
	ledger

	mu   sync.Mutex // guards view
	view *addonsView
}

func (r *addonsRun) object(component string) string { return ofCluster(component, r.ref) }

// Ensure implements [cloud.Part].
func (p addons) Ensure(ctx context.Context, ref cloud.Ref, design, known blueprint.AddonsDesign, inputs cloud.Inputs) (observedAddons, error) {
	api, err := p.cloud.at(ctx, ref)
	if err != nil {
		return observedAddons{}, err
	}
	if ref.Token == "" || ref.Owner == "" || ref.Part == "" {
		return observedAddons{}, &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: ofCluster(ref.Part, ref),
			Reason: "owner, part and token must be given to make or change anything", Todo: "This is a defect of kready: please report it."}
	}
	view, err := api.viewAddonsPart(ctx, ref, withNames(design, known), false)
	if err != nil {
		return observedAddons{}, err
	}
	view.known = design
	run := &addonsRun{api: api, ref: ref, design: design, known: known, inputs: inputs, view: view}
	if err := run.refuse(); err != nil {
		return observedAddons{}, err
	}
	if err := run.steps()(ctx); err != nil {
		return run.remains(ctx), err
	}
	if len(design.Components()) == 0 {
		return p.Find(ctx, ref, design)
	}
	if _, changed := run.snapshot(); !changed {
		return view.observe(), nil
	}
	return run.settled(ctx)
}

// withNames is the design with the names of what it no longer holds, so that
// those are looked for too.
func withNames(design, known blueprint.AddonsDesign) blueprint.AddonsDesign {
	names := map[string]string{}
	for _, source := range []map[string]string{known.Names, design.Names} {
		for component, name := range source {
			names[component] = withoutRemark(name)
		}
	}
	design.Names = names
	return design
}

// steps is the table of contents.
func (r *addonsRun) steps() step {
	return inOrder(
		together(r.ensureAddons, r.ensureController, r.ensureInterruption),
		r.removeRest,
	)
}

// refuse judges ownership of everything that was found, before anything is
// changed.
func (r *addonsRun) refuse() error {
	view := r.view
	if view.cluster == nil {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "eks DescribeCluster", Object: r.object("cluster"), Reason: "there is no cluster " + r.ref.Cluster,
			Todo: "Apply the cluster first."}
	}
	var problems []error
	if tags := view.cluster.Tags; tags[cloud.TagOwner] != "" || tags[cloud.TagIncarnation] != "" {
		problems = append(problems, r.ref.MayTouch(r.object("cluster")+" (EKS cluster "+r.ref.Cluster+")", tags))
	}
	for _, object := range view.objects() {
		tags := object.tags
		if object.inside {
			// In a cluster of ours, the want of a tag makes no stranger.
			tags = r.ref.OwnershipTags(object.component)
			for _, key := range []string{cloud.TagOwner, cloud.TagIncarnation, cloud.TagToken} {
				if value, ok := object.tags[key]; ok {
					tags[key] = value
				}
			}
		}
		problems = append(problems, r.ref.MayTouch(r.object(object.component)+" ("+object.id+")", tags))
	}
	return errors.Join(problems...)
}

// tagsOf are the tags of one component. There is no main object, so each of
// them remembers what the part must know.
func (r *addonsRun) tagsOf(component string) map[string]string {
	tags := r.lifecycleTags(r.ref, component, r.design.Tags, r.design.OnDestroy)
	memory := map[string]string{
		tagTarget: r.design.Target, tagIdentity: r.design.Identity, tagResolvedFor: r.design.KubernetesVersion,
		tagRolePath: r.design.RolePath, tagBoundary: r.design.Boundary,
	}
	for key, value := range memory {
		if value != "" {
			tags[key] = value
		}
	}
	return tags
}

func (r *addonsRun) ensureAddons(ctx context.Context) error {
	return each(ctx, r.design.Addons, func(ctx context.Context, name string, design blueprint.AddonDesign) error {
		tags := r.tagsOf("addon/" + name)
		tags[tagVersionPolicy] = design.VersionPolicy
		if design.Version != "" {
			tags[tagPinned] = design.Version
		}
		want := wantedAddon{name: name, design: design, configuration: design.Configuration, kubernetes: r.design.KubernetesVersion,
			identity: r.design.Identity, tags: tags}
		if design.Grant != "" {
			trust := r.trustFor(r.ref, r.design.Identity, r.provider(), design.Namespace, design.Account)
			wanted, err := r.grantRole(r.ref, "role/"+name, r.design.Names["role/"+name], r.design.RolePath, r.design.Boundary, design.Grant, trust, r.tagsOf("role/"+name))
			if err == nil {
				want.roleARN, err = r.ensureOwnRole(ctx, wanted)
			}
			if err != nil {
				return err
			}
		}
		changed, err := r.ensureAddon(ctx, r.ref, want, r.view.addons[name], func() { r.made("addon/"+name, eksID(r.ref, name)) })
		if changed {
			r.touched()
		}
		return err
	})
}

// provider is the ARN of the trust in the cluster's token issuer.
func (r *addonsRun) provider() string {
	return r.oidcProviderARN((&clusterView{cluster: r.view.cluster}).issuer())
}

// ensureOwnRole makes one of the part's roles what is wanted, and no more.
func (r *addonsRun) ensureOwnRole(ctx context.Context, want role) (string, error) {
	r.mu.Lock()
	seen := r.view.roles[want.component]
	r.mu.Unlock()
	have, changed, err := r.ensureRole(ctx, r.ref, want)
	if have == nil {
		return "", err
	}
	r.mu.Lock()
	r.view.roles[want.component] = have
	r.mu.Unlock()
	if changed {
		r.made(want.component, have.arn)
	}
	if err != nil || seen == nil || seen.name != want.name {
		return have.arn, err
	}
	dropped, err := r.dropInline(ctx, r.object(want.component), want, seen)
	if dropped {
		r.touched()
	}
	return have.arn, err
}

// ensureController makes the autoscaler's role and binds it to its service
// account.
func (r *addonsRun) ensureController(ctx context.Context) error {
	scaler, ok := awsiam.Controllers[r.design.Autoscaling]
	if !ok {
		return nil
	}
	component := "role/" + scaler.Name
	want := role{component: component, name: r.design.Names[component], path: r.design.RolePath, boundary: r.design.Boundary, tags: r.tagsOf(component),
		trust:  r.trustFor(r.ref, r.design.Identity, r.provider(), scaler.Namespace, scaler.Account),
		inline: scaler.Policies(r.iamAccount(), r.ref.Cluster, r.view.nodeRoleARN(r.inputs), r.design.Names["queue/karpenter"])}
	arn, err := r.ensureOwnRole(ctx, want)
	if err != nil || r.design.Identity == "irsa" {
		return err
	}
	component = "pod-identity/" + scaler.Name
	bound, changed, err := r.ensureAssociation(ctx, r.ref, component, scaler.Namespace, scaler.Account, arn, r.tagsOf(component), r.view.associations[component])
	if changed && bound != nil {
		r.made(component, bound.id)
	} else if changed {
		r.touched()
	}
	return err
}

// removeRest removes what the design no longer holds.
func (r *addonsRun) removeRest(ctx context.Context) error {
	wanted := map[string]bool{}
	for _, component := range r.design.Components() {
		wanted[component] = true
	}
	rest := map[string]bool{}
	for _, object := range r.view.objects() {
		if !wanted[object.component] && object.tags[cloud.TagPart] == r.ref.Part {
			rest[object.component] = true
		}
	}
	roles := map[string]string{}
	for component, name := range r.known.Names {
		// Renamed, or of a run that the view knows nothing of.
		if old := withoutRemark(name); strings.HasPrefix(component, "role/") && old != "" && old != r.design.Names[component] {
			roles[component] = old
		}
	}
	return r.remove(ctx, rest, roles)
}

// remove deletes components: what uses something before what is used.
func (r *addonsRun) remove(ctx context.Context, doomed map[string]bool, roles map[string]string) error {
	if len(doomed) > 0 || len(roles) > 0 {
		r.touched()
	}
	names := map[string]string{}
	for component := range doomed {
		if name, ok := cutComponent("addon", component); ok {
			names[name] = component
		}
		if found := r.view.roles[component]; found != nil {
			roles[component] = found.name
		}
	}
	return inOrder(
		func(ctx context.Context) error {
			return each(ctx, names, func(ctx context.Context, name, _ string) error { return r.deleteAddon(ctx, r.ref, name, false) })
		},
		func(ctx context.Context) error {
			for component, found := range r.view.associations {
				if doomed[component] {
					if err := r.deleteAssociation(ctx, r.ref, found); err != nil {
						return err
					}
				}
			}
			return nil
		},
		func(ctx context.Context) error { return r.removeInterruption(ctx, doomed) },
		func(ctx context.Context) error {
			return each(ctx, roles, func(ctx context.Context, component, name string) error {
				ref := r.ref
				if found := r.view.roles[component]; found != nil && found.name == name && doomed[component] {
					ref = holding(ref, found.tags)
				}
				return r.deleteRole(ctx, ref, component, name)
			})
		},
	)(ctx)
}

// Delete implements [cloud.Part]. It is the first part of a cluster to go, so
// what Kubernetes would leave behind is judged here, while controllers still
// run that can clean it up.
func (p addons) Delete(ctx context.Context, ref cloud.Ref, design blueprint.AddonsDesign, options cloud.DeleteOptions) error {
	if ref.Token == "" {
		return noToken(ref)
	}
	api, err := p.cloud.at(ctx, ref)
	if err != nil {
		return err
	}
	view, err := api.viewAddonsPart(ctx, ref, design, false)
	if err != nil {
		return err
	}
	run := &addonsRun{api: api, ref: ref, design: design, view: view}
	doomed := map[string]bool{}
	for _, object := range view.objects() {
		if object.tags[cloud.TagToken] == ref.Token {
			doomed[object.component] = true
		}
	}
	if len(doomed) > 0 && view.cluster != nil {
		if err := run.disarm(ctx, doomed, options.SweepLeftovers); err != nil {
			return err
		}
		if err := api.clearLeftovers(ctx, ref, options.SweepLeftovers); err != nil {
			return err
		}
	}
	roles := map[string]string{}
	for component, name := range design.Names {
		if strings.HasPrefix(component, "role/") {
			roles[component] = withoutRemark(name) // it goes only where it carries the token
		}
	}
	return run.remove(ctx, doomed, roles)
}

// disarm takes Karpenter's rights away before its nodes are swept: it would
// start others in their place.
func (r *addonsRun) disarm(ctx context.Context, doomed map[string]bool, sweep bool) error {
	if !sweep || !doomed["role/karpenter"] {
		return nil
	}
	rights := map[string]bool{"role/karpenter": true}
	if doomed["pod-identity/karpenter"] {
		rights["pod-identity/karpenter"] = true
	}
	return r.remove(ctx, rights, map[string]string{})
}

// settled reads the part once more after changes.
func (r *addonsRun) settled(ctx context.Context) (observedAddons, error) {
	var seen observedAddons
	looks := 0
	poll := brief(r.poll)
	err := poll.Until(ctx, r.object(addonsPart), func(ctx context.Context) (bool, string, error) {
		view, err := r.viewAddonsPart(ctx, r.ref, r.design, false)
		if err != nil {
			return false, "", err
		}
		looks++
		seen = view.observe()
		same := sameSection(seen.Design, r.design) && len(absentFrom(r.design, seen.Objects)) == 0
		return same || looks >= freshLooks, "spreading", nil
	})
	if err != nil {
		return r.remains(ctx), err
	}
	if absent := absentFrom(r.design, seen.Objects); len(absent) > 0 {
		return seen, unseen(r.object(addonsPart), absent)
	}
	return seen, nil
}

// remains is what exists after a failure or an interruption.
func (r *addonsRun) remains(ctx context.Context) observedAddons {
	ctx, cancel := readBack(ctx)
	defer cancel()
	made, _ := r.snapshot()
	view, err := r.viewAddonsPart(ctx, r.ref, r.design, false)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		view = r.view
	}
	seen := view.observe()
	addMade(&seen.Objects, made)
	seen.Exists = len(seen.Objects) > 0
	return seen
}

// nodeRoleARN is the role of the nodes, as the cluster's part made or
// remembers it.
func (v *addonsView) nodeRoleARN(inputs cloud.Inputs) string {
	if v.cluster == nil {
		return ""
	}
	remembered := v.cluster.Tags[tagNodeRole]
	switch {
	case strings.HasPrefix(remembered, "arn:"):
		return remembered
	case inputs.Cluster["role/node"] != "":
		return inputs.Cluster["role/node"]
	}
	return v.api.arn("iam", "role"+pathOf(v.cluster.Tags[tagRolePath])+remembered)
}
