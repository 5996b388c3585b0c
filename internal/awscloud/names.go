package awscloud

import (
	"crypto/sha256"
	"encoding/hex"
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
// is ours: by its tag, else by its Name.
func componentOf(ref cloud.Ref, tags map[string]string) string {
	if key := tags[cloud.TagComponent]; key != "" {
		return key
	}
	if key, ok := strings.CutPrefix(tags["Name"], ref.Cluster+"/"); ok {
		return key
	}
	return ""
}

// named returns the design's name of a component, else the derived one.
func named(names map[string]string, ref cloud.Ref, component string) string {
	if name := names[component]; name != "" {
		return name
	}
	return nameTag(ref, component)
}

// idempotencyToken is the ClientToken of a create: the same for every attempt
// at the same object of the same incarnation, in any process. dead are the
// ids of predecessors that AWS still remembers under the token; without them
// it would hand back an object that was deleted.
func idempotencyToken(ref cloud.Ref, component string, dead ...string) string {
	parts := append([]string{ref.Cluster, ref.Incarnation, ref.Token, ref.Part, component}, dead...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])[:32]
}

// remark adds to a word of the design what the design has no word for; see
// the package comment.
func remark(word string, remarks ...string) string {
	var told []string
	for _, r := range remarks {
		if r != "" {
			told = append(told, r)
		}
	}
	switch {
	case len(told) == 0:
		return word
	case word == "":
		return "(" + strings.Join(told, "; ") + ")"
	}
	return word + " (" + strings.Join(told, "; ") + ")"
}
