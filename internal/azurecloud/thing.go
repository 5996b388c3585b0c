package azurecloud

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// thing is one ARM resource of a part, as the design wants it. Its kind is in
// its id.
type thing struct {
	component string
	id        string            // "" while it can't be known yet
	want      document          // the members that kready manages; nil ones are left alone and not written back
	birth     document          // what only a create says, such as the location
	tags      map[string]string // what the object remembers, beside the usual tags
	shared    bool              // others may stand at this id; it is adopted, never owned
	given     bool              // it exists and is somebody else's: looked at, and nothing more
}

// found is one resource that exists.
type found struct {
	component string
	id        string
	kind      kind
	body      document
	marks     map[string]string // tags, or what stands for them; nil where the kind has neither
	foreign   bool              // somebody else's that serves, and is left alone
	given     bool              // somebody else's that the design names: it is looked at only
}

func (f *found) state() string { return text(f.body, "properties", "provisioningState") }

// busy tells whether Azure is still at work on it.
func (f *found) busy() bool {
	switch strings.ToLower(f.state()) {
	case "", "succeeded", "failed", "canceled", "cancelled":
		return false
	}
	return true
}

func (f *found) failed() bool {
	switch strings.ToLower(f.state()) {
	case "failed", "canceled", "cancelled":
		return true
	}
	return false
}

// path is where a member stands that most kinds have beside their properties.
func (k kind) path(member string) []string {
	if k.inside {
		return []string{"properties", member}
	}
	return []string{member}
}

// withTags is a body with these tags, and no others.
func (k kind) withTags(body, tags document) document {
	body = merged(body, nil)
	if !k.inside {
		body["tags"] = tags
		return body
	}
	properties, _ := body["properties"].(document)
	properties = merged(properties, nil)
	properties["tags"] = tags
	body["properties"] = properties
	return body
}

// marksOf reads the marks of a resource.
func marksOf(k kind, body document) map[string]string {
	switch {
	case k.tagged:
		marks := map[string]string{}
		object, _ := at(body, k.path("tags")...).(map[string]any)
		for key, value := range object {
			marks[key], _ = value.(string)
		}
		return marks
	case k.marked != "":
		return parseMarks(text(body, "properties", k.marked))
	}
	return nil
}

// markText writes ownership tags as one text, for what has no tags:
// "kready-cluster=shop kready-part=cluster …".
func markText(marks map[string]string) string {
	var words []string
	for _, key := range slices.Sorted(maps.Keys(marks)) {
		words = append(words, key+"="+url.QueryEscape(marks[key]))
	}
	return strings.Join(words, " ")
}

func parseMarks(text string) map[string]string {
	marks := map[string]string{}
	for _, word := range strings.Fields(text) {
		if key, value, ok := strings.Cut(word, "="); ok && cloud.IsAdapterTag(key) {
			if plain, err := url.QueryUnescape(value); err == nil {
				marks[key] = plain
			}
		}
	}
	return marks
}

// wordOf is the first word of a component key: "subnet" of "subnet/nodes".
func wordOf(component string) string {
	word, _, _ := strings.Cut(component, "/")
	return word
}

// keyOf is the rest of a component key: "nodes" of "subnet/nodes".
func keyOf(component string) string {
	_, key, _ := strings.Cut(component, "/")
	return key
}
