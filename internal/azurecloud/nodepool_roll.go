package azurecloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// fixedOfPool are the members that a scale set keeps for its life.
// Source: AKS agent pools, 2025-10-01.
var fixedOfPool = []string{
	"vmSize", "osDiskSizeGB", "osDiskType", "osType", "osSKU", "maxPods", "availabilityZones", "vnetSubnetID", "podSubnetID", "scaleSetPriority", "type",
}

// rebuildPool makes room for a pool whose name is taken by one of ours that is
// the wrong one, or that never came up: a temporary pool takes its nodes over
// before it goes, so that there is a system pool at any time. The temporary pool
// is a spare of this part's, which goes once the pool stands.
func rebuildPool(ctx context.Context, r *poolRun) error {
	t := poolThing(r.view, r.design)
	have := r.find(poolComponent)
	if have == nil || !sameID(have.id, t.id) {
		return nil
	}
	have, err := r.settle(ctx, have)
	if err != nil || have == nil {
		return err
	}
	fixed := document{}
	for _, member := range fixedOfPool {
		fixed[member] = at(t.want, "properties", member)
	}
	if len(differences("", fixed, at(have.body, "properties"))) == 0 {
		return nil
	}
	temporary := t
	cluster, _, _ := cutFold(t.id, "/agentPools/")
	temporary.id = child(cluster, agentPools, temporaryName(nameOf(t.id)))
	if !slices.ContainsFunc(r.spares, func(spare *found) bool { return sameID(spare.id, temporary.id) && !spare.failed() }) {
		if err := r.write(ctx, temporary, agentPools, merged(temporary.birth, temporary.want), "", nil); err != nil {
			return err
		}
		r.mu.Lock()
		r.spares = append(r.spares, r.seen[poolComponent])
		r.seen[poolComponent] = have
		r.mu.Unlock()
	}
	return r.removeOne(ctx, have)
}

// temporaryName is the name of the pool that stands in for another one: twelve
// characters at most, beginning with a letter.
func temporaryName(name string) string { return "t" + guid(name)[:8] }

// belowLock removes something below a cluster. The lock of a protected one holds
// for that too, so kready's own is taken away for the moment. Pools that roll at
// the same time take turns, lest one puts back what is in another one's way.
func belowLock(ctx context.Context, r *poolRun, cluster string, remove func() error) error {
	err := remove()
	if !isCode(err, "ScopeLocked") {
		return err
	}
	id := under(cluster, locks, lockName)
	done, failed := r.writes.take(ctx, "below "+strings.ToLower(id))
	if failed != nil {
		return failed
	}
	defer done()
	lock, failed := r.get(ctx, locks, id)
	if isNotFound(failed) {
		return err // another lock, which is not ours to lift
	}
	if failed == nil {
		failed = r.remove(ctx, locks, id)
	}
	if failed != nil {
		return failed
	}
	err = remove()
	// Also where the run is being interrupted: nothing else would put it back
	// before the next apply.
	_, failed = r.put(context.WithoutCancel(ctx), locks, id, writable(locks, lock), "")
	return errors.Join(err, failed)
}

// pinImage brings a pool to the image release that the design pins. AKS gives
// pools the newest image and no other.
func pinImage(ctx context.Context, r *poolRun) error {
	have := r.find(poolComponent)
	if r.design.Release == "" || have == nil {
		return nil
	}
	runs := releaseOf(text(have.body, "properties", "nodeImageVersion"))
	if runs == r.design.Release {
		return nil
	}
	profile, err := r.get(ctx, upgradeProfiles, have.id+"/upgradeProfiles/default")
	if err != nil {
		return err
	}
	if newest := releaseOf(text(profile, "properties", "latestNodeImageVersion")); newest != r.design.Release {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "upgrade node image", Object: r.object(poolComponent),
			Reason: fmt.Sprintf("release %s is pinned; the pool runs %s, and AKS can only move it to the newest, %s", r.design.Release, runs, newest),
			Todo:   fmt.Sprintf("Set node_image = { release = %q } to stay, or %q to move, or leave release out.", runs, newest)}
	}
	if _, err := r.post(ctx, agentPools, have.id, "upgradeNodeImageVersion", nil); err != nil {
		return err
	}
	r.Touched()
	body, err := r.get(ctx, agentPools, have.id)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[poolComponent] = &found{component: poolComponent, id: have.id, kind: agentPools, body: body, marks: marksOf(agentPools, body)}
	return nil
}
