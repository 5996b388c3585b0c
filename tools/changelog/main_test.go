package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var today = time.Date(2027, time.March, 4, 0, 0, 0, 0, time.UTC)

// repository makes a repository with a changelog and fragments.
func repository(t *testing.T, changelog string, fragments map[string]string) string {
	t.Helper()
	root := t.TempDir()
	unreleased := filepath.Join(root, ".changes", "unreleased")
	if err := os.MkdirAll(unreleased, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{filepath.Join(root, "CHANGELOG.md"): changelog}
	for name, text := range fragments {
		files[filepath.Join(unreleased, name)] = text
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestRelease proves that a release puts its section above the older ones,
// kinds and entries in a fixed order, and leaves no fragment behind to be
// released twice.
func TestRelease(t *testing.T) {
	root := repository(t, "# Changelog\n\n## 0.1.0 (2027-01-01)\n\nNOTES:\n\n- build: first\n", map[string]string{
		"b.yaml": "kind: BUG FIXES\nbody: \"cli/budget: counts forgets\"\n",
		"a.yaml": "kind: FEATURES\nbody: \"resource/kready_network: is new\"\n",
		"c.yaml": "kind: FEATURES\nbody: \"function/cidr_plan: is new\"\n",
	})
	if err := run(root, []string{"release", "0.2.0"}, today); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := `# Changelog

## 0.2.0 (2027-03-04)

FEATURES:

- function/cidr_plan: is new
- resource/kready_network: is new

BUG FIXES:

- cli/budget: counts forgets

## 0.1.0 (2027-01-01)

NOTES:

- build: first
`
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if err := run(root, []string{"release", "0.3.0"}, today); err == nil || !strings.Contains(err.Error(), "nothing to release") {
		t.Errorf("a second release must find no fragments, got: %v", err)
	}
}

// TestCheckNamesEveryProblem proves that a bad fragment is refused when it is
// written, all of them at once, and not on the day of the release.
func TestCheckNamesEveryProblem(t *testing.T) {
	root := repository(t, "", map[string]string{
		"kind.yaml":    "kind: FEATURE\nbody: \"provider: x\"\n",
		"area.yaml":    "kind: NOTES\nbody: something changed\n",
		"lines.yaml":   "kind: NOTES\nbody: |\n  provider: x\n  and y\n",
		"unknown.yaml": "kind: NOTES\nbody: \"provider: x\"\nissue: 1\n",
		"notes.md":     "hello",
		"good.yaml":    "kind: NOTES\nbody: \"provider: x\"\n",
	})
	err := run(root, []string{"check"}, today)
	if err == nil {
		t.Fatal("five bad fragments, no error")
	}
	for _, want := range []string{"kind.yaml: kind \"FEATURE\"", "area.yaml: body", "lines.yaml: body: want one line", "unknown.yaml: ", "notes.md: is no fragment"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("lacks %q:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "good.yaml") {
		t.Errorf("blames the good one:\n%v", err)
	}
}
