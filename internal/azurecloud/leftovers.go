package azurecloud

import (
	"context"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// leftoversOf lists what Kubernetes made in the cluster's own group: load
// balancers with an address, and disks of claims. Azure deletes them with the
// cluster, and with them the data and the addresses that others rely on, so
// people hear of it first. What can't be read is not listed.
func (v *view) leftoversOf(ctx context.Context) []cloud.Leftover {
	cluster := v.find("cluster")
	if cluster == nil {
		return nil
	}
	found, err := v.leftoversIn(ctx, text(cluster.body, "properties", "nodeResourceGroup"))
	if err != nil {
		return nil
	}
	return found
}

// leftoversIn lists what Kubernetes made in a cluster's own group.
func (a *api) leftoversIn(ctx context.Context, group string) ([]cloud.Leftover, error) {
	scope := a.groupID(group) + "/providers/"
	lbs, err := a.list(ctx, balancers, scope+balancers.name, "")
	if unlessNotFound(err) != nil {
		return nil, wrap(err, "load balancers in "+group)
	}
	var found []cloud.Leftover
	for _, balancer := range lbs {
		for _, front := range entries(balancer, "properties", "frontendIPConfigurations") {
			// The one that nodes leave by is AKS's own, and named by a GUID.
			if name := text(front, "name"); !isGUID(name) && !strings.HasPrefix(name, "aksOutbound") {
				found = append(found, cloud.Leftover{Kind: "load balancer", ID: text(balancer, "id") + " (" + name + ")", Why: "it stands in " + group})
			}
		}
	}
	volumes, err := a.list(ctx, disks, scope+disks.name, "")
	if unlessNotFound(err) != nil {
		return nil, wrap(err, "disks in "+group)
	}
	for _, disk := range volumes {
		tags := marksOf(groups, disk)
		if claim := tags["kubernetes.io-created-for-pvc-name"]; claim != "" {
			found = append(found, cloud.Leftover{
				Kind: "volume", ID: text(disk, "id"), Why: "claim " + tags["kubernetes.io-created-for-pvc-namespace"] + "/" + claim,
			})
		}
	}
	slices.SortFunc(found, func(a, b cloud.Leftover) int { return strings.Compare(a.Kind+a.ID, b.Kind+b.ID) })
	return found, nil
}

// refuseLeftovers refuses to delete a cluster on which Kubernetes still holds
// something, unless that is to be swept: then it goes with the cluster.
func (r *run[D, O]) refuseLeftovers(ctx context.Context, sweep bool) error {
	cluster := r.find("cluster")
	if sweep || cluster == nil || !r.mine(cluster) {
		return nil
	}
	found, err := r.leftoversIn(ctx, text(cluster.body, "properties", "nodeResourceGroup"))
	if err != nil || len(found) == 0 {
		return err
	}
	var told []string
	for _, left := range found {
		told = append(told, left.Kind+" "+left.ID+" ("+left.Why+")")
	}
	return &cloud.Error{
		Kind: cloud.ErrLeftovers, Operation: "delete", Object: r.object("cluster"),
		Reason: "Kubernetes still holds " + strings.Join(told, ", "),
		Todo:   "Delete the Services, Ingresses and claims that made them, or set on_destroy = { leftovers = \"sweep\" }, apply, and destroy again: then they go with the cluster, and what is on the disks with them.",
	}
}

// Leftovers implements [cloud.Discovery].
func (c *azureCloud) Leftovers(ctx context.Context, cluster string) ([]cloud.Leftover, error) {
	api, err := c.at(ctx, cloud.Ref{Region: c.target.Region, Cluster: cluster, Part: "cluster"})
	if err != nil {
		return nil, err
	}
	have, err := api.clusterNamed(ctx, cluster)
	if err != nil {
		return nil, err
	}
	return api.leftoversIn(ctx, text(have, "properties", "nodeResourceGroup"))
}
