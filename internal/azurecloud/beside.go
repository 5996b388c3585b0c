package azurecloud

import (
	"context"
	"maps"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// What a part needs to know of the cluster that it belongs to.
const (
	factCluster     = "cluster"     // id, "" where there is none
	factIssuer      = "issuer"      // of tokens of its service accounts
	factVersion     = "version"     // Kubernetes version of its control plane
	factOwner       = "owner"       // who made it, as its tags say
	factIncarnation = "incarnation" // and of which birth
)

// lookCluster asks the cluster: the one that was handed over, or else the one
// of that name in the group. One that isn't there says nothing.
func (v *view) lookCluster(ctx context.Context, group string) error {
	id := v.inputs.Cluster["cluster"]
	if id == "" && group == "" {
		return nil
	}
	if id == "" {
		id = v.id(group, clusters, v.ref.Cluster)
	}
	body, err := v.get(ctx, clusters, id)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return wrap(err, ofCluster("cluster", v.ref))
	}
	marks := marksOf(clusters, body)
	v.learn(map[string]string{
		factCluster: text(body, "id"), factIssuer: text(body, "properties", "oidcIssuerProfile", "issuerURL"),
		factVersion: text(body, "properties", "currentKubernetesVersion"),
		factOwner:   marks[cloud.TagOwner], factIncarnation: marks[cloud.TagIncarnation],
	})
	return nil
}

// learn notes what something beside the part says.
func (v *view) learn(facts map[string]string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.facts == nil {
		v.facts = map[string]string{}
	}
	maps.Copy(v.facts, facts)
}

// fact is what was learned, "" where nothing was.
func (v *view) fact(name string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.facts[name]
}

// ownCluster refuses a part of a cluster that isn't there or is somebody
// else's. The cluster's own token is another one; owner and incarnation count.
func (v *view) ownCluster() error {
	if v.fact(factCluster) == "" {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: ofCluster(v.ref.Part, v.ref), Reason: "there is no cluster " + v.ref.Cluster,
			Todo: "Apply the cluster first."}
	}
	owner, incarnation := v.fact(factOwner), v.fact(factIncarnation)
	if owner == "" && incarnation == "" {
		return nil // not kready's: then it was handed over on purpose
	}
	return v.ref.MayTouch(ofCluster("cluster", v.ref)+" ("+v.fact(factCluster)+")", map[string]string{
		cloud.TagCluster: v.ref.Cluster, cloud.TagOwner: owner, cloud.TagIncarnation: incarnation,
	})
}

// sortedKeys is nil for an empty map, as an absent list in a design is.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
