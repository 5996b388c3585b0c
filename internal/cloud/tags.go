package cloud

import (
	"fmt"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// Tags that kready puts on everything it makes. They hold no "/" or ":",
// which Azure refuses or drops.
const (
	TagCluster     = "kready-cluster"
	TagComponent   = "kready-component"
	TagPart        = "kready-part"
	TagOwner       = "kready-owner"
	TagIncarnation = "kready-incarnation"
	TagToken       = "kready-token"
	TagLifecycle   = "kready-lifecycle"
	// TagKept marks what outlived its part on purpose (on_destroy). It has no
	// token any more, so the next part of the same name and owner may take it.
	TagKept = "kready-kept"
)

// OwnershipTags are the tags of one component of a part.
func (r Ref) OwnershipTags(component string) map[string]string {
	return map[string]string{
		TagCluster:     r.Cluster,
		TagPart:        r.Part,
		TagComponent:   component,
		TagOwner:       r.Owner,
		TagIncarnation: r.Incarnation,
		TagToken:       r.Token,
	}
}

// MayTouch judges an existing object by its tags: nil where it is this
// configuration's (same cluster, owner and incarnation, or the same token),
// ErrOwned otherwise.
func (r Ref) MayTouch(object string, tags map[string]string) error {
	if r.Token != "" && tags[TagToken] == r.Token {
		return nil
	}
	if tags[TagCluster] == r.Cluster && tags[TagOwner] == r.Owner && tags[TagIncarnation] == r.Incarnation {
		return nil
	}
	return Owned(object, tags[TagOwner], tags[TagIncarnation], r)
}

// LifecycleTag writes a part's lifecycle as the value of TagLifecycle, such as
// "protected=true logs=retain keys=delete backups=retain leftovers=refuse force=false".
func LifecycleTag(l blueprint.LifecycleDesign) string {
	return fmt.Sprintf("protected=%t logs=%s keys=%s backups=%s leftovers=%s force=%t",
		l.Protected, l.Logs, l.Keys, l.Backups, l.Leftovers, l.Force)
}

// ParseLifecycle reads the value of TagLifecycle. Words that it doesn't know
// are left out, so that a damaged tag shows as drift and is repaired.
func ParseLifecycle(tag string) blueprint.LifecycleDesign {
	var l blueprint.LifecycleDesign
	for _, word := range strings.Fields(tag) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "protected":
			l.Protected = value == "true"
		case "logs":
			l.Logs = value
		case "keys":
			l.Keys = value
		case "backups":
			l.Backups = value
		case "leftovers":
			l.Leftovers = value
		case "force":
			l.Force = value == "true"
		}
	}
	return l
}

// UserTags is tags without kready's own, the cloud's own and the ignored
// ones: what a design's tags field is compared with.
func UserTags(tags map[string]string, defaults map[string]string, ignore IgnoreTags) map[string]string {
	var user map[string]string
	for key, value := range tags {
		if IsOwnTag(key) || IsCloudTag(key) || ignore.Ignores(key) {
			continue
		}
		if byDefault, ok := defaults[key]; ok && byDefault == value {
			continue
		}
		if user == nil {
			user = map[string]string{}
		}
		user[key] = value
	}
	return user
}

// IsOwnTag tells whether kready sets the key itself.
func IsOwnTag(key string) bool {
	switch key {
	case TagCluster, TagPart, TagComponent, TagOwner, TagIncarnation, TagToken, TagLifecycle, TagKept, "Name":
		return true
	}
	return false
}

// IsCloudTag tells whether the cloud or Kubernetes sets the key.
func IsCloudTag(key string) bool {
	for _, prefix := range []string{"aws:", "eks:", "kubernetes.io/", "k8s.io/", "karpenter.sh/", "elbv2.k8s.aws/", "ebs.csi.aws.com/", "hidden-", "aks-managed-"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// Ignores tells whether the key is one that others own.
func (t IgnoreTags) Ignores(key string) bool {
	for _, k := range t.Keys {
		if k == key {
			return true
		}
	}
	for _, prefix := range t.KeyPrefixes {
		if prefix != "" && strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
