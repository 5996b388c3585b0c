package awscloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type observedPool = cloud.Observed[blueprint.NodePoolDesign, blueprint.NodePoolOutputs]

// nodePool realizes a pool: one launch template, and its managed node groups.
type nodePool struct{ cloud *awsCloud }

// NodePool implements [cloud.Cloud].
func (c *awsCloud) NodePool() cloud.Part[blueprint.NodePoolDesign, blueprint.NodePoolOutputs] {
	return nodePool{c}
}

// Find implements [cloud.Part]. Calls: 1 for the cluster, 2 for the template,
// 1 for the subnets, 1 to list groups and 1 a group.
func (n nodePool) Find(ctx context.Context, ref cloud.Ref, known blueprint.NodePoolDesign) (observedPool, error) {
	api, err := n.cloud.at(ctx, ref)
	if err != nil {
		return observedPool{}, err
	}
	view, err := api.viewPool(ctx, ref, known)
	if err != nil {
		return observedPool{}, err
	}
	if view.template == nil && len(view.groups) == 0 {
		return observedPool{}, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "ec2 DescribeLaunchTemplates", Object: ofCluster(ref.Part, ref),
			Reason: "neither its launch template nor a node group exists"}
	}
	return view.observe(), nil
}

// poolRun is one Ensure or Delete.
type poolRun struct {
	*api
	ref    cloud.Ref
	design blueprint.NodePoolDesign
	inputs cloud.Inputs
	ledger

	mu   sync.Mutex // guards view
	view *poolView
}

func (r *poolRun) object(component string) string {
	return ofCluster(component+" of "+r.ref.Part, r.ref)
}

// Ensure implements [cloud.Part].
func (n nodePool) Ensure(ctx context.Context, ref cloud.Ref, design, known blueprint.NodePoolDesign, inputs cloud.Inputs) (observedPool, error) {
	api, err := n.cloud.at(ctx, ref)
	if err != nil {
		return observedPool{}, err
	}
	if err := validatePool(ref, design, inputs); err != nil {
		return observedPool{}, err
	}
	view, err := api.viewPool(ctx, ref, design)
	if err != nil {
		return observedPool{}, err
	}
	run := &poolRun{api: api, ref: ref, design: design, inputs: inputs, view: view}
	if err := run.refuse(); err != nil {
		return observedPool{}, err
	}
	if err := run.steps()(ctx); err != nil {
		return run.remains(ctx), err
	}
	if _, changed := run.snapshot(); !changed {
		return view.observe(), nil
	}
	return run.settled(ctx)
}

// steps is the table of contents. What replaces a group stands before the
// group goes.
func (r *poolRun) steps() step {
	return inOrder(r.ensureTemplate, r.ensureGroups, r.removeRest)
}

// validatePool refuses what can't be realized, before any call.
func validatePool(ref cloud.Ref, design blueprint.NodePoolDesign, inputs cloud.Inputs) error {
	object := ofCluster(ref.Part, ref)
	var problems []error
	refuse := func(reason, todo string) {
		problems = append(problems, &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: object, Reason: reason, Todo: todo})
	}
	if ref.Token == "" || ref.Owner == "" || ref.Part == "" {
		refuse("owner, part and token must be given to make or change anything", "This is a defect of kready: please report it.")
	}
	var absent []string
	for _, group := range design.Groups {
		for _, subnet := range group.Subnets {
			if inputs.Network["subnet/"+subnet] == "" {
				absent = append(absent, "subnet/"+subnet)
			}
		}
	}
	if len(absent) > 0 {
		slices.Sort(absent)
		refuse("the network has no "+strings.Join(slices.Compact(absent), ", "),
			"Hand over network = kready_network.….objects of the same cluster, and apply the network first.")
	}
	if imageType(design.OS, design.Architecture) == "" {
		refuse(fmt.Sprintf("EKS has no managed nodes with %q on %q", design.OS, design.Architecture), "Use node_image = { os = \"al2023\" } or \"bottlerocket\", on amd64 or arm64.")
	}
	return errors.Join(problems...)
}

// refuse judges ownership of everything that was found, before anything is
// changed.
func (r *poolRun) refuse() error {
	view := r.view
	var problems []error
	if view.cluster == nil {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "eks DescribeCluster", Object: r.object("cluster"), Reason: "there is no cluster " + r.ref.Cluster,
			Todo: "Apply the cluster first."}
	}
	if tags := view.cluster.Tags; tags[cloud.TagOwner] != "" || tags[cloud.TagIncarnation] != "" {
		// The cluster's own part has another token; owner and incarnation count.
		problems = append(problems, r.ref.MayTouch(ofCluster("cluster", r.ref)+" (EKS cluster "+r.ref.Cluster+")", tags))
	}
	if view.template != nil {
		problems = append(problems, r.ref.MayTouch(r.object(templateComponent)+" ("+aws.ToString(view.template.LaunchTemplateId)+")", fromEC2(view.template.Tags)))
	}
	for _, name := range sortedKeys(view.groups) {
		problems = append(problems, r.ref.MayTouch(r.object("group")+" (node group "+name+")", view.groups[name].Tags))
	}
	return errors.Join(problems...)
}

// settled reads the pool once more after changes.
func (r *poolRun) settled(ctx context.Context) (observedPool, error) {
	var seen observedPool
	looks := 0
	poll := brief(r.poll)
	err := poll.Until(ctx, r.object("pool"), func(ctx context.Context) (bool, string, error) {
		view, err := r.viewPool(ctx, r.ref, r.design)
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
		return seen, unseen(ofCluster(r.ref.Part, r.ref), absent)
	}
	return seen, nil
}

// remains is what exists after a failure or an interruption.
func (r *poolRun) remains(ctx context.Context) observedPool {
	ctx, cancel := readBack(ctx)
	defer cancel()
	made, _ := r.snapshot()
	view, err := r.viewPool(ctx, r.ref, r.design)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		view = r.view
	}
	seen := view.observe()
	addMade(&seen.Objects, made)
	seen.Exists = seen.Exists || made[templateComponent] != ""
	return seen
}

// Delete implements [cloud.Part].
func (n nodePool) Delete(ctx context.Context, ref cloud.Ref, design blueprint.NodePoolDesign, options cloud.DeleteOptions) error {
	if ref.Token == "" {
		return noToken(ref)
	}
	api, err := n.cloud.at(ctx, ref)
	if err != nil {
		return err
	}
	view, err := api.viewPool(ctx, ref, design)
	if err != nil {
		return err
	}
	run := &poolRun{api: api, ref: ref, design: design, view: view}
	own := map[string]string{}
	for name, group := range view.groups {
		if group.Tags[cloud.TagToken] == ref.Token {
			own[name] = name
		}
	}
	return inOrder(
		func(ctx context.Context) error { return run.checkLeftovers(ctx, own, options.SweepLeftovers) },
		func(ctx context.Context) error {
			return each(ctx, own, func(ctx context.Context, name, _ string) error { return run.deleteGroup(ctx, name) })
		},
		run.deleteTemplate,
	)(ctx)
}

// checkLeftovers refuses to delete the nodes of a cluster on which Kubernetes
// still holds something, because nothing could clean that up any more. While
// the cluster's add-ons stand it lives on with its other pools, and what it
// made is in use.
func (r *poolRun) checkLeftovers(ctx context.Context, own map[string]string, sweep bool) error {
	if r.view.cluster == nil || len(own) == 0 {
		return nil
	}
	lives, err := r.hasAddons(ctx, r.ref)
	if err != nil || lives {
		return err
	}
	if sweep {
		others, err := r.otherGroups(ctx, own)
		if err != nil || len(others) > 0 {
			return err // the last pool, or the cluster, sweeps
		}
	}
	return r.clearLeftovers(ctx, r.ref, sweep)
}
