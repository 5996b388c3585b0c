package azurecloud

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/catalog"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type poolPart = part[blueprint.NodePoolDesign, blueprint.NodePoolOutputs]
type poolRun = run[blueprint.NodePoolDesign, blueprint.NodePoolOutputs]

const (
	poolComponent = "pool"
	// poolKey is the key of a pool's only group: a scale set spans the zones.
	poolKey = "all"
)

// Tags by which a pool remembers what AKS has no member for.
const (
	tagRollout = "kready-rollout-id"
	tagRelease = "kready-release" // pinned image release
)

// NodePool implements [cloud.Cloud]: one agent pool. The first system pool is
// born with the cluster and adopted; the last one dies with it.
//
// What a scale set can't change in place gives the pool another name in the
// design: the new pool is made beside the old one, at its size, and the old one
// goes once the new one stands. Where a pool of the right name is the wrong one,
// a temporary pool holds its nodes meanwhile (see [rebuildPool]).
func (c *azureCloud) NodePool() cloud.Part[blueprint.NodePoolDesign, blueprint.NodePoolOutputs] {
	return &poolPart{
		cloud: c, main: poolComponent,
		group: poolGroup,
		tags:  func(d *blueprint.NodePoolDesign) *map[string]string { return &d.Tags },
		things: func(v *view, d blueprint.NodePoolDesign) []thing {
			return []thing{poolThing(v, d)}
		},
		look:     lookPool,
		validate: validatePool,
		steps: func(r *poolRun) cloud.Step {
			return cloud.InOrder(
				func(context.Context) error { return r.ownCluster() },
				func(ctx context.Context) error { return rebuildPool(ctx, r) },
				r.make(poolComponent),
				func(ctx context.Context) error { return pinImage(ctx, r) },
			)
		},
		observe: observePool,
		removal: []string{poolComponent},
		remove:  removePool,
	}
}

func poolGroup(d blueprint.NodePoolDesign) string {
	if d.Azure == nil {
		return ""
	}
	return d.Azure.ResourceGroup
}

// lookPool files the pools of the cluster that are this part's: by their tags,
// or by the name that the design gives.
func lookPool(ctx context.Context, v *view, known blueprint.NodePoolDesign) error {
	if err := v.lookCluster(ctx, poolGroup(known)); err != nil {
		return err
	}
	cluster := v.fact(factCluster)
	if cluster == "" && poolGroup(known) == "" {
		// An import knows the name of the cluster only.
		found, err := v.clusterNamed(ctx, v.ref.Cluster)
		if err != nil {
			return unlessNotFound(err)
		}
		if err := v.lookCluster(ctx, groupOf(text(found, "id"))); err != nil {
			return err
		}
		cluster = v.fact(factCluster)
	}
	if cluster == "" {
		return nil
	}
	return v.listed(ctx, agentPools, cluster+"/agentPools", "", func(entry document) string {
		if text(entry, "name") == known.Groups[poolKey].Name {
			return poolComponent
		}
		return ""
	})
}

// validatePool refuses what can't be realized, before any call.
func validatePool(ref cloud.Ref, design blueprint.NodePoolDesign, inputs cloud.Inputs) error {
	refuse := func(reason, todo string) error {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: ofCluster(ref.Part, ref), Reason: reason, Todo: todo}
	}
	var problems []error
	if inputs.Cluster["cluster"] == "" {
		problems = append(problems, refuse("there is no cluster that could have it", "Hand over cluster = kready_cluster.….objects, and apply the cluster first."))
	}
	subnets := []string{}
	for _, subnet := range design.Groups[poolKey].Subnets {
		subnets = append(subnets, "subnet/"+subnet)
	}
	if design.Azure != nil && design.Azure.PodSubnet != "" {
		subnets = append(subnets, "subnet/"+design.Azure.PodSubnet)
	}
	problems = append(problems, needsNetwork(ref, inputs, subnets...))
	if _, known := catalog.LookupNodeImage(catalog.Azure, design.OS, "", ""); !known {
		problems = append(problems, refuse(fmt.Sprintf("AKS has no nodes with %q", design.OS), "Use node_image = { os = \"ubuntu2404\" } or \"azurelinux3\"."))
	}
	if design.Groups[poolKey].Name == "" || len(design.InstanceTypes) != 1 {
		problems = append(problems, refuse("an agent pool has one name and one VM size", "This is a defect of kready: please report it."))
	}
	return errors.Join(problems...)
}

// removePool deletes a pool, but for the last system pool: AKS keeps it for as
// long as the cluster stands, and it goes with the cluster.
func removePool(ctx context.Context, r *poolRun, have *found) (bool, error) {
	cluster, _, _ := cutFold(have.id, "/agentPools/")
	if strings.EqualFold(text(have.body, "properties", "mode"), "System") {
		pools, err := r.list(ctx, agentPools, cluster+"/agentPools", "")
		if err != nil {
			return false, unlessNotFound(err)
		}
		others := 0
		for _, other := range pools {
			leaving := strings.EqualFold(text(other, "properties", "provisioningState"), "Deleting")
			if !sameID(text(other, "id"), have.id) && strings.EqualFold(text(other, "properties", "mode"), "System") && !leaving {
				others++
			}
		}
		if others == 0 {
			return true, nil
		}
	}
	err := belowLock(ctx, r, cluster, func() error { return r.remove(ctx, agentPools, have.id) })
	if isLastSystemPool(err) {
		err = nil // the other one went in the same moment
	}
	return err == nil, err
}

// isLastSystemPool tells whether AKS refuses a delete because no other system
// pool is left.
func isLastSystemPool(err error) bool {
	return isCode(err, "OperationNotAllowed") && strings.Contains(strings.ToLower(err.Error()), "at least one system")
}
