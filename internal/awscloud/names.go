package awscloud

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// ofCluster names an object in messages: "subnet/nodes-eu-west-1a of shop-eu".
func ofCluster(component string, ref cloud.Ref) string { return component + " of " + ref.Cluster }

// nameTag is the Name tag of a component that the design gives no name:
// "shop-eu/subnet/nodes-eu-west-1a". It can be read back, so an object whose
// kready-component tag was removed is still known.
func nameTag(ref cloud.Ref, component string) string { return ref.Cluster + "/" + component }

// componentOf is the component key of an object that stands in something that
// is ours: by its tag, or, where that was removed or overwritten, by its Name.
// "" is an object that kready did not make.
func componentOf(ref cloud.Ref, tags map[string]string) string {
	if other := tags[cloud.TagCluster]; other != "" && other != ref.Cluster {
		return "" // another cluster's, in a network that both use
	}
	name, _ := strings.CutPrefix(tags["Name"], ref.Cluster+"/")
	for _, key := range []string{tags[cloud.TagComponent], name} {
		if kind, _, _ := strings.Cut(key, "/"); slices.Contains(componentKinds, kind) {
			return key
		}
	}
	return ""
}

// componentKinds are the first words of component keys, of all parts on AWS.
var componentKinds = []string{
	"access-entry", "addon", "address", "cluster", "connection", "endpoint", "flow-log", "group", "internet-gateway", "key", "key-alias",
	"launch-template", "log-group", "nat", "oidc-provider", "pod-identity", "pod-range", "prefix-reservation", "queue",
	"repository", "role", "route-table", "rule", "security-group", "subnet", "vpc",
}

// named returns the design's name of a component, else the derived one.
func named(names map[string]string, ref cloud.Ref, component string) string {
	if name := names[component]; name != "" {
		return name
	}
	return nameTag(ref, component)
}

// idempotencyToken is the ClientToken of a create: the same for every attempt
// at the same object, in any process. parameters are everything that the call
// says, because AWS refuses a token that comes back with something else, and
// the ids of predecessors that AWS may still remember under it.
func idempotencyToken(ref cloud.Ref, component string, parameters ...string) string {
	parts := append([]string{ref.Cluster, ref.Incarnation, ref.Token, ref.Part, component}, parameters...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])[:32]
}

// tagText is tags as one of a token's parameters.
func tagText(tags map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		b.WriteString(key + "\x01" + tags[key] + "\x01")
	}
	return b.String()
}

// remark and withoutRemark write and drop what the design has no word for; see
// the package comment.
var (
	remark        = cloud.Remark
	withoutRemark = cloud.WithoutRemark
)
