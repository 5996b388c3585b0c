package awscloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type observedNetwork = cloud.Observed[blueprint.NetworkDesign, blueprint.NetworkOutputs]

// network realizes a VPC and what stands in it.
type network struct{ cloud *awsCloud }

// Network implements [cloud.Cloud].
func (c *awsCloud) Network() cloud.Part[blueprint.NetworkDesign, blueprint.NetworkOutputs] {
	return network{c}
}

// Find implements [cloud.Part].
func (n network) Find(ctx context.Context, ref cloud.Ref, known blueprint.NetworkDesign) (observedNetwork, error) {
	api, err := n.cloud.at(ctx, ref)
	if err != nil {
		return observedNetwork{}, err
	}
	view, err := api.viewNetwork(ctx, ref, known)
	if err != nil {
		return observedNetwork{}, err
	}
	if view.vpc == nil {
		return view.observe(), &cloud.Error{
			Kind: cloud.ErrNotFound, Operation: "ec2 DescribeVpcs", Object: ofCluster("vpc", ref),
			Reason: "no VPC in " + api.region + " has the tags " + cloud.TagCluster + " = " + ref.Cluster + " and " + cloud.TagPart + " = " + ref.Part,
		}
	}
	return view.observe(), nil
}

// networkRun is one Ensure or Delete: what is wanted, what was seen, and what
// was made so far.
type networkRun struct {
	*api
	ref    cloud.Ref
	design blueprint.NetworkDesign
	known  blueprint.NetworkDesign // as last settled: whose routes are to be taken back
	ledger

	mu   sync.Mutex // guards view, which parallel steps add to
	view *networkView
}

func (r *networkRun) object(component string) string { return ofCluster(component, r.ref) }

// put changes the view, and notes the object that was made.
func (r *networkRun) put(component, id string, change func(*networkView)) {
	r.mu.Lock()
	change(r.view)
	r.mu.Unlock()
	r.made(component, id)
}

// drop changes the view, and notes that the object was removed.
func (r *networkRun) drop(component string, change func(*networkView)) {
	r.mu.Lock()
	change(r.view)
	r.mu.Unlock()
	r.gone(component)
}

// Ensure implements [cloud.Part].
func (n network) Ensure(ctx context.Context, ref cloud.Ref, design, known blueprint.NetworkDesign, _ cloud.Inputs) (observedNetwork, error) {
	api, err := n.cloud.at(ctx, ref)
	if err != nil {
		return observedNetwork{}, err
	}
	if err := validateNetwork(ref, design); err != nil {
		return observedNetwork{}, err
	}
	// Looking by the wanted names too, so that what they would collide with is
	// seen before anything is made.
	look := design
	look.Names = maps.Clone(known.Names)
	if look.Names == nil {
		look.Names = map[string]string{}
	}
	maps.Copy(look.Names, design.Names)
	look.Connections = maps.Clone(known.Connections)
	if look.Connections == nil {
		look.Connections = map[string]blueprint.ConnectionDesign{}
	}
	maps.Copy(look.Connections, design.Connections)
	view, err := api.viewNetwork(ctx, ref, look)
	if err != nil {
		return observedNetwork{}, err
	}
	run := &networkRun{api: api, ref: ref, design: design, known: known, view: view}
	if err := run.refuse(); err != nil {
		return observedNetwork{}, err
	}
	if err := run.steps()(ctx); err != nil {
		return run.remains(ctx), err
	}
	if _, changed := run.snapshot(); !changed {
		return view.observe(), nil
	}
	return run.settled(ctx)
}

// steps is the table of contents: how a network comes to be, and how it is
// brought back to its design.
func (r *networkRun) steps() step {
	return inOrder(
		r.ensureVPC,
		r.ensureTags,
		together(
			inOrder(r.ensurePodRanges, r.displace, r.ensureSubnets, r.ensureReservations),
			r.ensureInternetGateway,
			r.ensureRouteTables,
			r.ensureAddresses,
			r.ensureEndpointGroup,
			r.closeDefaultGroup,
			r.ensureFlowLogs,
		),
		together(
			inOrder(together(r.ensureNATGateways, r.ensureConnections), r.ensureRoutes, r.ensureConnectionRoutes, r.ensureAssociations),
			r.ensureEndpoints,
		),
		r.removeRest,
	)
}

// validateNetwork refuses what this version can't realize, and what would
// make strangers' objects match, before any call.
func validateNetwork(ref cloud.Ref, design blueprint.NetworkDesign) error {
	object := ofCluster("network", ref)
	refuse := func(kind error, reason, todo string) error {
		return &cloud.Error{Kind: kind, Operation: "ensure", Object: object, Reason: reason, Todo: todo}
	}
	var problems []error
	if ref.Token == "" || ref.Owner == "" || ref.Part == "" {
		problems = append(problems, refuse(cloud.ErrInvalid, "owner, part and token must be given to make or change anything", "This is a defect of kready: please report it."))
	}
	hop := false
	for _, subnet := range design.Subnets {
		hop = hop || subnet.RouteTo == "next_hop"
	}
	if _, _, ok := hopTarget(design.NextHop); hop && !ok {
		problems = append(problems, refuse(cloud.ErrInvalid, fmt.Sprintf("AWS can't route to next_hop %q", design.NextHop),
			"Give the id of a transit gateway (tgw-…), a firewall endpoint (vpce-…), a network interface (eni-…), an instance (i-…), a peering (pcx-…) or a virtual private gateway (vgw-…)."))
	}
	return errors.Join(problems...)
}

// refuse judges ownership of everything that was found, before anything is
// changed.
func (r *networkRun) refuse() error {
	var problems []error
	if r.view.vpc != nil && !r.view.theirs() {
		if err := r.ref.MayTouch(r.object("vpc")+" ("+r.view.vpcID()+")", r.view.ownership()); err != nil {
			return err
		}
	}
	wanted := r.design.Components()
	strangers := slices.DeleteFunc(slices.Clone(r.view.strangers), func(o componentObject) bool { return !slices.Contains(wanted, o.component) })
	for _, object := range slices.Concat(r.view.objects(), strangers) {
		tags := object.tags
		if object.component == flowLogGroup && mayTakeLogGroup(r.ref, "", tags) == nil {
			continue
		}
		if object.inside {
			// It stands in our VPC: a tag that somebody removed makes it no
			// stranger, a tag that names somebody else does.
			tags = r.ref.OwnershipTags(object.component)
			for _, key := range []string{cloud.TagOwner, cloud.TagIncarnation, cloud.TagToken} {
				if value, ok := object.tags[key]; ok {
					tags[key] = value
				}
			}
			if tags[cloud.TagToken] == r.view.ownership()[cloud.TagToken] {
				continue
			}
		}
		if err := r.ref.MayTouch(r.object(object.component)+" ("+object.id+")", tags); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// settled reads the network once more after changes. What was made a moment
// ago may not be visible in every describe yet, so it looks again for a while
// where something seems to be missing.
func (r *networkRun) settled(ctx context.Context) (observedNetwork, error) {
	var seen observedNetwork
	looks := 0
	poll := brief(r.poll)
	err := poll.Until(ctx, r.object("network"), func(ctx context.Context) (bool, string, error) {
		view, err := r.viewNetwork(ctx, r.ref, r.design)
		if err != nil {
			return false, "", err
		}
		looks++
		seen = view.observe()
		if view.vpc != nil && reflect.DeepEqual(seen.Design, r.design) && len(missing(r.design, seen.Objects)) == 0 {
			return true, "", nil
		}
		return looks >= freshLooks, "spreading", nil
	})
	if err != nil {
		return r.remains(ctx), err
	}
	if absent := missing(r.design, seen.Objects); len(absent) > 0 {
		return seen, &cloud.Error{
			Kind: cloud.ErrNotFound, Operation: "ensure", Object: r.object("network"),
			Reason: "made, but can't be seen: " + strings.Join(absent, ", "),
			Todo:   "Somebody else may be deleting them. Apply again.",
		}
	}
	return seen, nil
}

// missing lists the components of a design that objects lacks.
func missing(design blueprint.NetworkDesign, objects map[string]string) []string {
	return slices.DeleteFunc(design.Components(), func(key string) bool { return objects[key] != "" })
}

// remains is what exists after a failure or an interruption, as far as it can
// be learned.
func (r *networkRun) remains(ctx context.Context) observedNetwork {
	ctx, cancel := readBack(ctx)
	defer cancel()
	made, _ := r.snapshot()
	view, err := r.viewNetwork(ctx, r.ref, r.design)
	if err != nil {
		// What this run saw and made is still the truth, less its design.
		r.mu.Lock()
		defer r.mu.Unlock()
		view = r.view
	}
	seen := view.observe()
	for component, id := range made {
		if seen.Objects == nil {
			seen.Objects = map[string]string{}
		}
		if seen.Objects[component] == "" {
			seen.Objects[component] = id
		}
	}
	seen.Exists = seen.Exists || made["vpc"] != ""
	return seen
}
