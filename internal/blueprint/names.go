package blueprint

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// fitted returns name if it is not longer than limit; else its beginning and
// a hash of all of it, so that two long names stay two names. What is not known
// yet stays unknown.
func fitted(name string, limit int) string {
	if len(name) <= limit || IsUnknown(name) {
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
	kinds     map[string]string // kind of name, by override key that names something
}

func newNamer(spec Spec) *namer {
	return &namer{overrides: spec.Names, kinds: map[string]string{}}
}

// nameTag is the kind of a name that is a tag only.
const nameTag = "name-tag"

// nameStorageAccount is the kind of a storage account's name, which is unique
// in the world. Source: Azure resource name rules, 2026-08.
const (
	nameStorageAccount = "storage-account"
	maxStorageAccount  = 24
)

var storageAccount = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

// maxTagValue is the longest value of a tag.
// Source: EC2 user guide, tag restrictions, 2024-12.
const maxTagValue = 256

// name settles the name of the component that overrides call key; kind is its
// kind in the catalog's rules, or nameTag.
func (n *namer) name(key, prior, derived, kind string) string {
	n.kinds[key] = kind
	if override, ok := n.overrides[key]; ok && override != "" {
		return override
	}
	if prior != "" {
		return prior
	}
	if IsUnknown(derived) {
		return Unknown(unknownPath(derived))
	}
	limit := maxTagValue
	if rule, ok := catalog.LookupNameRule(kind); ok {
		limit = rule.Max
	}
	return fitted(derived, limit)
}

// validate reports overrides that name nothing, or what the cloud refuses.
func (n *namer) validate(report *report) {
	for _, key := range slices.Sorted(maps.Keys(n.overrides)) {
		path := at("names", key)
		kind, used := n.kinds[key]
		switch value := n.overrides[key]; {
		case !used:
			report.fail(path, "names-unused", "nothing that this blueprint makes has this key",
				"Use one of %s, or remove it.", quoted(slices.Sorted(maps.Keys(n.kinds))))
		case value == "":
			report.fail(path, "names-empty", "the name is empty", "Give a name, or remove the key to have one derived.")
		case IsUnknown(value):
			report.wait(value)
		case kind == nameTag && len(value) > maxTagValue:
			report.fail(path, "names-form", "the name is too long", "Use %d characters at most.", maxTagValue)
		case kind == nameStorageAccount:
			if !storageAccount.MatchString(value) {
				report.fail(path, "names-form", "the cloud refuses this name", "Use 3 to %d lower-case letters and digits.", maxStorageAccount)
			}
		case kind != nameTag:
			if err := catalog.ValidateName(kind, value); err != nil {
				report.fail(path, "names-form", "the cloud refuses this name", "%s.", upperFirst(err.Error()))
			}
		}
	}
}
