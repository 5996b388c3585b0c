// Command changelog keeps CHANGELOG.md by fragments: each change brings one
// small file, so that no two changes meet in the same lines, and a release
// collects them.
//
//	changelog [-root DIR] check             every fragment can be read
//	changelog [-root DIR] release VERSION   move the fragments into CHANGELOG.md
//
// A fragment is .changes/unreleased/ANY-NAME.yaml with a kind and a body:
//
//	kind: FEATURES
//	body: "resource/kready_network: takes existing subnets by tier and zone"
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// kinds in the order in which a release lists them.
var kinds = []string{"BREAKING CHANGES", "NOTES", "FEATURES", "ENHANCEMENTS", "BUG FIXES"}

// area is how a body begins: what it is about, then what a user notices.
var area = regexp.MustCompile(`^(provider|(resource|data-source|ephemeral|function)/kready_\w+|function/\w+|cli/[\w-]+|module/[\w-]+|kreadytest|sandbox|docs|build): \S`)

// fragment is one change as its author wrote it.
type fragment struct {
	Kind string `yaml:"kind"`
	Body string `yaml:"body"`

	path string
}

func main() {
	root := flag.String("root", "..", "the repository")
	flag.Parse()
	if err := run(*root, flag.Args(), time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "changelog:", err)
		os.Exit(1)
	}
}

// run obeys args; today dates a release.
func run(root string, args []string, today time.Time) error {
	fragments, err := read(filepath.Join(root, ".changes", "unreleased"))
	switch {
	case err != nil:
		return err
	case len(args) == 1 && args[0] == "check":
		return nil
	case len(args) == 2 && args[0] == "release":
		return release(root, args[1], fragments, today)
	}
	return errors.New("want \"check\" or \"release VERSION\"")
}

// read returns the fragments in the order of their file names, or every
// problem that they have.
func read(dir string) ([]fragment, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil, err
	}
	var fragments []fragment
	var problems []error
	for _, path := range paths {
		f, err := readFragment(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", path, err))
			continue
		}
		fragments = append(fragments, f)
	}
	return fragments, errors.Join(problems...)
}

func readFragment(path string) (fragment, error) {
	f := fragment{path: path}
	if filepath.Ext(path) != ".yaml" {
		return f, errors.New("is no fragment: its name must end in .yaml")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		return f, err
	}
	f.Body = strings.TrimSpace(f.Body)
	switch {
	case !slices.Contains(kinds, f.Kind):
		return f, fmt.Errorf("kind %q: want one of %s", f.Kind, strings.Join(kinds, ", "))
	case strings.Contains(f.Body, "\n"):
		return f, errors.New("body: want one line, details belong into the documentation")
	case !area.MatchString(f.Body):
		return f, fmt.Errorf("body %q: begin with what it is about, such as \"resource/kready_network: \", \"cli/budget: \" or \"provider: \"", f.Body)
	}
	return f, nil
}

// release writes a section for version above the others and removes the
// fragments.
func release(root, version string, fragments []fragment, today time.Time) error {
	if len(fragments) == 0 {
		return errors.New("no fragments: there is nothing to release")
	}
	path := filepath.Join(root, "CHANGELOG.md")
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if bytes.Contains(old, []byte("\n## "+version+" (")) {
		return fmt.Errorf("%s has a section for %s already", path, version)
	}
	head, rest, found := strings.Cut(string(old), "\n## ")
	if found {
		rest = "\n## " + rest
	}
	text := strings.TrimRight(head, "\n") + "\n\n" + section(version, fragments, today) + rest
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	for _, f := range fragments {
		if err := os.Remove(f.path); err != nil {
			return err
		}
	}
	return nil
}

// section renders one release, kinds in their order, bodies in theirs.
func section(version string, fragments []fragment, today time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s (%s)\n", version, today.Format(time.DateOnly))
	for _, kind := range kinds {
		var bodies []string
		for _, f := range fragments {
			if f.Kind == kind {
				bodies = append(bodies, "- "+f.Body+"\n")
			}
		}
		if len(bodies) > 0 {
			slices.Sort(bodies)
			fmt.Fprintf(&b, "\n%s:\n\n%s", kind, strings.Join(bodies, ""))
		}
	}
	return b.String()
}
