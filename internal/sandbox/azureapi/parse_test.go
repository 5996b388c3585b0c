package azureapi

import (
	"regexp"
	"strings"
	"testing"
)

// TestAddress proves what paths mean: lists, actions, extension resources, and
// paths that only begin like ARM's.
func TestAddress(t *testing.T) {
	t.Parallel()
	const sub = "/subscriptions/S"
	for _, test := range []struct {
		path, key, id, group string
		whole                bool
	}{
		{"/subscriptions", "microsoft.resources/subscriptions", "", "", false},
		{sub, "microsoft.resources/subscriptions", "/subscriptions/s", "", true},
		{sub + "/resourceGroups", "microsoft.resources/resourcegroups", "", "", false},
		{sub + "/resourcegroups/G/", "microsoft.resources/resourcegroups", "/subscriptions/s/resourcegroups/g", "G", true},
		{sub + "/resourceGroups/G/resources", "microsoft.resources/resourcegroups/resources", "", "G", false},
		{sub + "/providers/Microsoft.Network", "microsoft.resources/providers", "", "", true},
		{sub + "/providers/Microsoft.Network/register", "microsoft.resources/providers/register", "", "", false},
		{sub + "/providers/Microsoft.Network/locations/L/usages", "microsoft.network/locations/usages", "", "", false},
		{sub + "/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/V/subnets/S", "microsoft.network/virtualnetworks/subnets",
			"/subscriptions/s/resourcegroups/g/providers/microsoft.network/virtualnetworks/v/subnets/s", "G", true},
		{sub + "/resourceGroups/providers/providers/Microsoft.Network/virtualNetworks/providers", "microsoft.network/virtualnetworks",
			"/subscriptions/s/resourcegroups/providers/providers/microsoft.network/virtualnetworks/providers", "providers", true},
		{sub + "/resourceGroups/G/providers/A.B/c/D/providers/Microsoft.Authorization/locks/L", "microsoft.authorization/locks",
			"/subscriptions/s/resourcegroups/g/providers/a.b/c/d/providers/microsoft.authorization/locks/l", "G", true},
		{"/providers/Microsoft.Authorization/roleDefinitions/R", "microsoft.authorization/roledefinitions", "/providers/microsoft.authorization/roledefinitions/r", "", true},
	} {
		a, ok := parseAddress(test.path)
		if !ok || a.key() != test.key || a.whole() != test.whole || a.group != test.group {
			t.Errorf("%s is %q, whole %v, in %q, %v", test.path, a.key(), a.whole(), a.group, ok)
		}
		if test.id != "" && a.id() != test.id {
			t.Errorf("%s has id %q; want %q", test.path, a.id(), test.id)
		}
	}
	for _, path := range []string{"", "/", "/index.html", "//x", "/subscriptions//x"} {
		if a, ok := parseAddress(path); ok {
			t.Errorf("%q is taken for %s", path, a.key())
		}
	}
}

// FuzzAddress proves that no path breaks the parser, that the id of a whole
// resource names itself, and that letter case does not matter.
func FuzzAddress(f *testing.F) {
	f.Add("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/x")
	f.Add("/subscriptions/s/resourceGroups/g/providers/A.B/c/d/providers/E.F/g/h")
	f.Add("/providers/A.B/c/d")
	f.Fuzz(func(t *testing.T, path string) {
		a, ok := parseAddress(path)
		if !ok {
			return
		}
		lower, again := parseAddress(strings.ToLower(path))
		if !again || lower.key() != a.key() || lower.id() != a.id() {
			t.Fatalf("%q: lower case is %q %q, as given %q %q", path, lower.key(), lower.id(), a.key(), a.id())
		}
		if a.whole() && strings.Contains(path, "/providers/") && len(a.types) > 0 && a.namespace != resourcesNamespace {
			if twin, ok := parseAddress(a.id()); !ok || twin.id() != a.id() || twin.key() != a.key() {
				t.Fatalf("%q: its id %q is parsed as %q", path, a.id(), twin.id())
			}
		}
	})
}

// FuzzWildcard holds the matcher of roles' actions against a regular
// expression.
func FuzzWildcard(f *testing.F) {
	f.Add("microsoft.network/*", "microsoft.network/a/b")
	f.Add("*/read", "x/read")
	f.Add("a/*/c/*", "a/b/c/d")
	f.Add("**", "")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		twin := regexp.MustCompile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(strings.ToValidUTF8(pattern, "?")), `\*`, `.*`) + `$`)
		pattern, s = strings.ToValidUTF8(pattern, "?"), strings.ToValidUTF8(s, "?")
		if got, want := wildcard(pattern, s), twin.MatchString(s); got != want {
			t.Fatalf("%q on %q: %v; the twin says %v", pattern, s, got, want)
		}
	})
}

// TestBuiltinRoles proves that no two built-in roles share a GUID or a name.
func TestBuiltinRoles(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range builtinRoles {
		if !isGUID(r.guid) || seen[r.guid] || seen[r.name] {
			t.Errorf("role %s %s", r.guid, r.name)
		}
		seen[r.guid], seen[r.name] = true, true
	}
}

// TestShape proves what a shape refuses, drops, fills in and keeps.
func TestShape(t *testing.T) {
	t.Parallel()
	shape := fields{
		"name": text().need(), "size": whole(1, 9).or(3), "mode": oneOf("On", "Off"), "born": output(), "place": text().once(), "kind": text().stays(),
		"inner": object(fields{"flag": flag().need()}), "list": list(object(fields{"name": text().need(), "made": output()})), "tags": dict(),
	}
	old := map[string]any{"name": "a", "born": "then", "place": "here", "kind": "k", "list": []any{map[string]any{"name": "x", "made": "1"}, map[string]any{"name": "y", "made": "2"}}}
	read := reading{}
	got := read.object(shape, "", map[string]any{"NAME": "b", "mode": "on", "born": "now", "tags": map[string]any{"t": "v", "gone": nil}, "list": []any{map[string]any{"name": "Y"}}}, old)
	want := map[string]any{"name": "b", "size": 3.0, "mode": "On", "born": "then", "place": "here", "kind": "k", "tags": map[string]any{"t": "v"}, "list": []any{map[string]any{"name": "Y", "made": "2"}}}
	if read.misfit != nil || !same(got, want) {
		t.Errorf("misfit %+v, read %v; want %v", read.misfit, got, want)
	}
	for name, body := range map[string]map[string]any{
		"name is required":                        {},
		"size is 10; it must be from 1 to 9":      {"name": "a", "size": 10.0},
		"size is not a whole number":              {"name": "a", "size": 1.5},
		`mode is "up"; it must be one of On, Off`: {"name": "a", "mode": "up"},
		"other is not a member of this object":    {"name": "a", "other": 1.0},
		"inner.flag is required":                  {"name": "a", "inner": map[string]any{}},
		"inner is not an object":                  {"name": "a", "inner": []any{}},
		"list[0].name is not a string":            {"name": "a", "list": []any{map[string]any{"name": 1.0}}},
		"place cannot be changed":                 {"name": "a", "place": "there"},
		"tags.t is not a string":                  {"name": "a", "tags": map[string]any{"t": 1.0}},
	} {
		read := reading{}
		read.object(shape, "", body, old)
		if read.misfit == nil || read.misfit.path+" "+read.misfit.problem != name {
			t.Errorf("%v: %+v; want %q", body, read.misfit, name)
		}
	}
}
