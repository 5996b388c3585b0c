package blueprint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Guards is what an organisation demands of every blueprint of a provider, and
// what the provider can reach.
type Guards struct {
	// Targets are the clouds that each named target leads to.
	Targets map[string][]string
	// Regions are those that may be used; none: all.
	Regions []string
	// DefaultTags are added to everything; tags of the blueprint win.
	DefaultTags map[string]string
	// Ignored tells whether a tag key is left to others; nil: none is.
	Ignored func(key string) bool
	// TagPolicies are the tags that the organisation minds, by key in the
	// organisation's own spelling.
	TagPolicies map[string]TagPolicy
}

// TagPolicy is what an organisation demands of one tag.
type TagPolicy struct {
	Values   []string `json:"values,omitempty" doc:"Values that are allowed; one that ends in \"*\" stands for all that begin so. Default: any."`
	Required bool     `json:"required,omitempty" doc:"Everything carries the tag."`
}

// Guard judges a specification by guards. It is pure; what prior settled in
// the same words draws warnings only, as in [Resolve].
func Guard(spec Spec, prior *Prior, guards Guards) []Finding {
	g := &guard{spec: spec, guards: guards, report: newReport(spec)}
	g.regions()
	g.targets()
	g.tags("tags", spec.Tags)
	for _, name := range slices.Sorted(maps.Keys(spec.NodePools)) {
		if tags := spec.NodePools[name].Tags; len(tags) > 0 {
			g.tags(at("node_pools", name)+".tags", tags)
		}
	}
	g.required()
	findings := g.report.sorted()
	if prior != nil && sameSpec(spec, prior.Spec) {
		return lenient(findings)
	}
	return findings
}

type guard struct {
	spec   Spec
	guards Guards
	report *report
}

func (g *guard) regions() {
	if allowed := g.guards.Regions; len(allowed) > 0 && !IsUnknown(g.spec.Region) && !slices.Contains(allowed, g.spec.Region) {
		g.report.fail("region", "region-allowed", fmt.Sprintf("%s is not a region that may be used", g.spec.Region),
			"The provider's allowed_regions are %s. Choose one of them, or have the list changed by whoever answers for where data may be.", quoted(allowed))
	}
}

// targets demands that every named target exists and leads to this cloud.
func (g *guard) targets() {
	named := map[string]string{"target": g.spec.Target, "network.target": g.spec.Network.Target}
	if dns := g.spec.Network.DNS; dns != nil {
		named["network.dns.target"] = dns.Target
	}
	for name, connection := range g.spec.Network.Connections {
		named[at("network.connections", name)+".target"] = connection.Target
	}
	for _, path := range slices.Sorted(maps.Keys(named)) {
		target := named[path]
		if target == "" || IsUnknown(target) {
			continue
		}
		clouds, exists := g.guards.Targets[target]
		switch {
		case !exists:
			g.report.fail(path, "target-unknown", fmt.Sprintf("the provider has no target %q", target),
				"Its targets are %s. Add it to targets in the provider block, or name one that is there.", quoted(slices.Sorted(maps.Keys(g.guards.Targets))))
		case !slices.Contains(clouds, g.spec.Cloud):
			g.report.fail(path, "target-cloud", fmt.Sprintf("target %q does not lead to %s", target, g.spec.Cloud),
				"Give it an attribute %q in the provider block, or name another target.", g.spec.Cloud)
		}
	}
}

// tags holds tags against the organisation's policies.
func (g *guard) tags(path string, tags map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		place, value := at(path, key), tags[key]
		if g.guards.Ignored != nil && g.guards.Ignored(key) {
			g.report.warn(place, "tag-ignored", fmt.Sprintf("%q is among the provider's ignore_tags", key), "So it is never set. Remove it here or there.")
		}
		spelled, policy, minded := g.policyOf(key)
		switch {
		case !minded:
		case spelled != key:
			g.report.fail(place, "tag-case", fmt.Sprintf("the organisation spells this tag %q", spelled), "Write %q: a tag policy refuses other spellings.", spelled)
		case IsUnknown(value):
			g.report.wait(value)
		case !policy.allows(value):
			g.report.fail(place, "tag-value", fmt.Sprintf("%q is not a value of tag %q", value, key), "The organisation allows %s.", quoted(policy.Values))
		}
	}
}

// required demands the tags that everything has to carry; default tags count.
func (g *guard) required() {
	have := maps.Clone(g.guards.DefaultTags)
	if have == nil {
		have = map[string]string{}
	}
	maps.Copy(have, g.spec.Tags)
	for _, key := range slices.Sorted(maps.Keys(g.guards.TagPolicies)) {
		policy := g.guards.TagPolicies[key]
		value, given := have[key]
		_, own := g.spec.Tags[key]
		switch {
		case policy.Required && !given:
			todo := "Add it to tags, or to the provider's default_tags."
			if len(policy.Values) > 0 {
				todo += " Values are " + quoted(policy.Values) + "."
			}
			g.report.fail("tags", "tag-required", fmt.Sprintf("everything has to carry the tag %q", key), "%s", todo)
		case given && !own && !policy.allows(value):
			g.report.fail("tags", "tag-default", fmt.Sprintf("the provider's default_tags give %q the value %q", key, value), "The organisation allows %s. Change default_tags, or give the tag here.", quoted(policy.Values))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(g.guards.DefaultTags)) {
		if spelled, _, minded := g.policyOf(key); minded && spelled != key {
			g.report.fail("tags", "tag-default", fmt.Sprintf("the provider's default_tags spell %q as %q", spelled, key), "Change default_tags: a tag policy refuses other spellings.")
		}
	}
}

// policyOf finds the policy of a tag, however it is spelled.
func (g *guard) policyOf(key string) (spelled string, policy TagPolicy, minded bool) {
	for _, spelled := range slices.Sorted(maps.Keys(g.guards.TagPolicies)) {
		if strings.EqualFold(spelled, key) {
			return spelled, g.guards.TagPolicies[spelled], true
		}
	}
	return "", TagPolicy{}, false
}

func (p TagPolicy) allows(value string) bool {
	return len(p.Values) == 0 || slices.ContainsFunc(p.Values, func(allowed string) bool {
		if prefix, open := strings.CutSuffix(allowed, "*"); open {
			return strings.HasPrefix(value, prefix)
		}
		return allowed == value
	})
}
