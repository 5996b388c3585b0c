package awscloud

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type observedCluster = cloud.Observed[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs]

// cluster realizes an EKS control plane with its roles, key, log group,
// security group, access entries, and the add-ons that must stand before the
// first node.
type cluster struct{ cloud *awsCloud }

// Cluster implements [cloud.Cloud].
func (c *awsCloud) Cluster() cloud.Part[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs] {
	return cluster{c}
}

// Find implements [cloud.Part].
func (c cluster) Find(ctx context.Context, ref cloud.Ref, known blueprint.ControlPlaneDesign) (observedCluster, error) {
	api, err := c.cloud.at(ctx, ref)
	if err != nil {
		return observedCluster{}, err
	}
	view, err := api.viewCluster(ctx, ref, known, true)
	if err != nil {
		return observedCluster{}, err
	}
	if view.cluster == nil {
		return view.observe(), &cloud.Error{Kind: cloud.ErrNotFound, Operation: "eks DescribeCluster", Object: ofCluster("cluster", ref),
			Reason: "there is no cluster of that name in " + api.region}
	}
	view.viewLeftovers(ctx)
	return view.observe(), nil
}

// clusterRun is one Ensure or Delete: what is wanted, what was seen, and what
// was made so far.
type clusterRun struct {
	*api
	ref    cloud.Ref
	design blueprint.ControlPlaneDesign
	known  blueprint.ControlPlaneDesign
	inputs cloud.Inputs
	ledger

	mu   sync.Mutex // guards view, which parallel steps add to
	view *clusterView
}

func (r *clusterRun) object(component string) string { return ofCluster(component, r.ref) }

// Ensure implements [cloud.Part].
func (c cluster) Ensure(ctx context.Context, ref cloud.Ref, design, known blueprint.ControlPlaneDesign, inputs cloud.Inputs) (observedCluster, error) {
	api, err := c.cloud.at(ctx, ref)
	if err != nil {
		return observedCluster{}, err
	}
	if err := validateCluster(ref, design, inputs); err != nil {
		return observedCluster{}, err
	}
	view, err := api.viewCluster(ctx, ref, design, false)
	if err != nil {
		return observedCluster{}, err
	}
	run := &clusterRun{api: api, ref: ref, design: design, known: known, inputs: inputs, view: view}
	if view.group == nil && view.cluster == nil {
		if err := view.viewGroups(ctx, inputs.Network["vpc"]); err != nil {
			return observedCluster{}, err
		}
	}
	if err := run.refuse(); err != nil {
		return observedCluster{}, err
	}
	if err := run.steps()(ctx); err != nil {
		return run.remains(ctx), err
	}
	if _, changed := run.snapshot(); !changed {
		return view.observe(), nil
	}
	return run.settled(ctx)
}

// steps is the table of contents: how a control plane comes to be, and how it
// is brought back to its design.
func (r *clusterRun) steps() step {
	return inOrder(
		together(
			inOrder(r.ensureLinkedRoles, r.ensureKey, r.ensureClusterRole),
			r.ensureNodeRole,
			r.ensureLogGroup,
			r.ensureGroup,
		),
		r.ensureCluster,
		r.ensureClusterTags,
		r.ensureConfig,
		r.ensureEncryption,
		r.ensureVersion,
		r.ensureDiscoveryTag,
		r.ensureOIDC,
		together(r.ensureEntries, r.ensureAddons),
		r.removeRest,
	)
}

// validateCluster refuses what can't be realized, before any call.
func validateCluster(ref cloud.Ref, design blueprint.ControlPlaneDesign, inputs cloud.Inputs) error {
	object := ofCluster("cluster", ref)
	refuse := func(kind error, reason, todo string) error {
		return &cloud.Error{Kind: kind, Operation: "ensure", Object: object, Reason: reason, Todo: todo}
	}
	var problems []error
	if ref.Token == "" || ref.Owner == "" || ref.Part == "" {
		problems = append(problems, refuse(cloud.ErrInvalid, "owner, part and token must be given to make or change anything", "This is a defect of kready: please report it."))
	}
	var absent []string
	for _, key := range wantedInputs(design) {
		if inputs.Network[key] == "" {
			absent = append(absent, key)
		}
	}
	if len(absent) > 0 {
		problems = append(problems, refuse(cloud.ErrInvalid, "the network has no "+strings.Join(absent, ", "),
			"Hand over network = kready_network.….objects of the same cluster, and apply the network first."))
	}
	return errors.Join(problems...)
}

// wantedInputs are the network's components that the cluster refers to.
func wantedInputs(design blueprint.ControlPlaneDesign) []string {
	keys := []string{"vpc"}
	for _, subnet := range design.Subnets {
		keys = append(keys, "subnet/"+subnet)
	}
	for _, zone := range sortedKeys(design.PodSubnets) {
		keys = append(keys, "subnet/"+withoutRemark(design.PodSubnets[zone]))
	}
	return keys
}

// refuse judges ownership of everything that was found, before anything is
// changed.
func (r *clusterRun) refuse() error {
	view := r.view
	var problems []error
	judge := func(component, what string, tags map[string]string) {
		problems = append(problems, r.ref.MayTouch(r.object(component)+" ("+what+")", tags))
	}
	if view.cluster != nil {
		judge("cluster", "EKS cluster "+r.ref.Cluster, view.cluster.Tags)
	}
	for component, found := range view.roles {
		if !view.foreignRole(component) {
			judge(component, "IAM role "+found.name, found.tags)
		}
	}
	if view.logGroup != nil && !r.logGroupOfEKS() {
		problems = append(problems, mayTakeLogGroup(r.ref, r.object("log-group")+" ("+view.logGroup.name+")", view.logGroup.tags))
	}
	if arn := view.keyARN(); arn != "" && view.key == nil && r.design.Encryption == "own" {
		problems = append(problems, &cloud.Error{
			Kind: cloud.ErrConflict, Operation: "kms DescribeKey", Object: r.object("key"),
			Reason: "the cluster encrypts with " + arn + ", and that key is gone for good; EKS takes no other one",
			Todo:   "The cluster's secrets can't be read any more. Build a second cluster beside this one and move over.",
		})
	}
	if view.key != nil && r.design.Encryption == "own" {
		problems = append(problems, mayTakeKey(r.ref, r.object("key"), view.key))
	}
	if view.group != nil {
		judge(controlPlaneGroup, *view.group.GroupId, fromEC2(view.group.Tags))
	}
	// What stands in a cluster of ours is no stranger for want of a tag; a tag
	// that names somebody else says that it is.
	inside := func(component, what string, have map[string]string) {
		tags := r.ref.OwnershipTags(component)
		for _, key := range []string{cloud.TagOwner, cloud.TagIncarnation, cloud.TagToken} {
			if value, ok := have[key]; ok {
				tags[key] = value
			}
		}
		if view.cluster != nil && tags[cloud.TagToken] == view.cluster.Tags[cloud.TagToken] {
			return
		}
		judge(component, what, tags)
	}
	for _, key := range sortedKeys(r.design.AccessEntries) {
		if found := view.entryOf(key, r.principalOf(r.design.AccessEntries[key])); found != nil {
			inside("access-entry/"+key, "access entry of "+found.principal, found.tags)
		}
	}
	for name, found := range view.addons {
		inside("addon/"+name, "add-on "+name, found.tags)
	}
	return errors.Join(problems...)
}

// settled reads the cluster once more after changes, for a while where what
// was changed a moment ago can't be seen yet.
func (r *clusterRun) settled(ctx context.Context) (observedCluster, error) {
	var seen observedCluster
	looks := 0
	poll := brief(r.poll)
	err := poll.Until(ctx, r.object("cluster"), func(ctx context.Context) (bool, string, error) {
		view, err := r.viewCluster(ctx, r.ref, r.design, false)
		if err != nil {
			return false, "", err
		}
		looks++
		seen = view.observe()
		if sameSection(seen.Design, r.design) && len(absentFrom(r.design, seen.Objects)) == 0 {
			return true, "", nil
		}
		return looks >= freshLooks || ahead(seen.Design.KubernetesVersion, r.design.KubernetesVersion), "spreading", nil
	})
	if err != nil {
		return r.remains(ctx), err
	}
	if absent := absentFrom(r.design, seen.Objects); len(absent) > 0 {
		return seen, unseen(r.object("cluster"), absent)
	}
	return seen, nil
}

// What sections and objects are compared by is the same on every cloud; these
// are the short names.
var (
	sameSection = cloud.SameSection
	absentFrom  = cloud.Absent
	unseen      = cloud.Unseen
	addMade     = cloud.AddMade
)

// remains is what exists after a failure or an interruption, as far as it can
// be learned.
func (r *clusterRun) remains(ctx context.Context) observedCluster {
	ctx, cancel := readBack(ctx)
	defer cancel()
	made, _ := r.snapshot()
	view, err := r.viewCluster(ctx, r.ref, r.design, false)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		view = r.view
	}
	seen := view.observe()
	addMade(&seen.Objects, made)
	seen.Exists = seen.Exists || made["cluster"] != ""
	return seen
}

// ahead tells whether a version is newer than another.
func ahead(version, than string) bool { return minor(withoutRemark(version)) > minor(than) }
