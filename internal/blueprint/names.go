package blueprint

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// Longest names that the clouds take, in bytes.
// Sources: IAM CreateRole, SQS CreateQueue, EventBridge PutRule, EC2
// CreateSecurityGroup, KMS CreateAlias, CloudWatch Logs CreateLogGroup, EKS
// CreateNodegroup; API references, 2026-08.
const (
	maxRoleName          = 64
	maxQueueName         = 80
	maxRuleName          = 64
	maxSecurityGroupName = 255
	maxAliasName         = 256
	maxLogGroupName      = 512
	maxTagValue          = 256
	maxNodeGroupName     = 63
)

// fitted returns name if it is not longer than limit; else its beginning and
// a hash of all of it, so that two long names stay two names.
func fitted(name string, limit int) string {
	if len(name) <= limit {
		return name
	}
	const digits = 8
	if limit <= digits+1 {
		return shortHash(name)[:max(limit, 0)]
	}
	return strings.TrimRight(name[:limit-digits-1], "-_./") + "-" + shortHash(name)
}

// shortHash is the first eight hexadecimal digits of the SHA-256 of parts.
func shortHash(parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write([]byte(part))
		hash.Write([]byte{0})
	}
	return hex.EncodeToString(hash.Sum(nil))[:8]
}

// namer settles the names of components. An override in the spec wins, then
// the name that prior state holds, then the derived one: a new way of deriving
// names renames nothing that stands.
type namer struct {
	overrides map[string]string
	used      map[string]bool // override keys that named something
}

func newNamer(spec Spec) *namer {
	return &namer{overrides: spec.Names, used: map[string]bool{}}
}

// name settles the name of the component that overrides call key.
func (n *namer) name(key, prior, derived string, limit int) string {
	n.used[key] = true
	if override, ok := n.overrides[key]; ok && override != "" {
		return override
	}
	if prior != "" {
		return prior
	}
	if IsUnknown(derived) {
		return Unknown(unknownPath(derived))
	}
	return fitted(derived, limit)
}

// validate reports overrides that name nothing.
func (n *namer) validate(report *report) {
	for _, key := range slices.Sorted(maps.Keys(n.overrides)) {
		path := at("names", key)
		switch value := n.overrides[key]; {
		case !n.used[key]:
			report.fail(path, "names-unused", "nothing that this blueprint makes has this key",
				"Use one of %s, or remove it.", quoted(slices.Sorted(maps.Keys(n.used))))
		case value == "":
			report.fail(path, "names-empty", "the name is empty", "Give a name, or remove the key to have one derived.")
		case IsUnknown(value):
			report.wait(value)
		}
	}
}
