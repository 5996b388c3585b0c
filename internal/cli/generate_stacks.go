package cli

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

// stackSearch finds the stacks of a repository that nobody has described: by
// the files that Terraform, Terragrunt and Atlantis need.
type stackSearch struct {
	root     string
	patterns []string
	stages   []string
	at       []string // PATTERN=STAGE
	atlantis string   // yes, no or auto

	found      []generate.Stack
	byAtlantis bool
	aws, azure bool
	notes      []string
}

// clouds are told by what a stack's files name.
var (
	namesAWS   = regexp.MustCompile(`hashicorp/aws"|provider\s+"aws"|cloud\s*=\s*"aws"`)
	namesAzure = regexp.MustCompile(`hashicorp/azurerm"|provider\s+"azurerm"|cloud\s*=\s*"azure"`)
)

func (s *stackSearch) run() error {
	projects, present, err := s.projects()
	if err != nil {
		return err
	}
	switch s.atlantis {
	case "auto":
		s.byAtlantis = present
	case "yes":
		s.byAtlantis = true
	case "no":
	default:
		return fmt.Errorf("-atlantis is %q; it is yes, no or auto", s.atlantis)
	}
	if len(s.patterns) == 0 && !present {
		return nil // blueprints alone
	}
	for _, pattern := range append(slices.Clone(s.patterns), s.stagePatterns()...) {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("the pattern %q: %w", pattern, err)
		}
	}
	folders, err := s.folders()
	if err != nil {
		return err
	}
	if s.byAtlantis && present {
		s.fromProjects(projects, folders)
	} else {
		for _, folder := range folders {
			s.add(folder, "")
		}
	}
	if len(s.found) == 0 && len(s.patterns) > 0 {
		return fmt.Errorf("no folder below %s is a stack and matches %s; a stack has a *.tf, *.tofu or terragrunt.hcl file", s.root, strings.Join(s.patterns, " or "))
	}
	return nil
}

// folders lists the folders that have the files of a stack and match.
func (s *stackSearch) folders() ([]string, error) {
	var out []string
	err := filepath.WalkDir(s.root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() {
			return nil
		}
		base := entry.Name()
		if name != s.root && (base == ".git" || base == ".terraform" || base == ".terragrunt-cache" || base == "node_modules") {
			return fs.SkipDir
		}
		rel, err := filepath.Rel(s.root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		matches := len(s.patterns) == 0 || slices.ContainsFunc(s.patterns, func(p string) bool { return matchSteps(p, rel) })
		if rel != "." && matches && (s.has(rel, "*.tf", "*.tofu", "*.tf.json") || s.terragrunt(rel)) {
			out = append(out, rel)
		}
		return nil
	})
	return out, err
}

// has tells whether a folder has a file of one of these names.
func (s *stackSearch) has(folder string, names ...string) bool {
	for _, name := range names {
		if found, err := filepath.Glob(filepath.Join(escapeGlob(s.root), escapeGlob(filepath.FromSlash(folder)), name)); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

func escapeGlob(name string) string {
	return strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

func (s *stackSearch) terragrunt(folder string) bool {
	return s.has(folder, "terragrunt.hcl", "terragrunt.stack.hcl")
}

// add makes a stack of a folder.
func (s *stackSearch) add(folder, workspace string) {
	stage, guessed := generate.StageOf(folder+" "+workspace, s.stages)
	for _, rule := range s.at {
		if pattern, named, ok := strings.Cut(rule, "="); ok && matchSteps(pattern, folder) {
			stage, guessed = named, true
			break
		}
	}
	if !guessed && len(s.stages) > 1 {
		s.notes = append(s.notes, fmt.Sprintf("The path %s names no stage, so it is taken for %s: -stage '%s=STAGE' says otherwise.", folder, stage, folder))
	}
	for _, kind := range []string{"*.tf", "*.tofu", "*.hcl", "*.tf.json"} {
		files, err := filepath.Glob(filepath.Join(escapeGlob(s.root), escapeGlob(filepath.FromSlash(folder)), kind))
		if err != nil {
			continue
		}
		for _, file := range files {
			text := readable(file)
			s.aws = s.aws || namesAWS.Match(text)
			s.azure = s.azure || namesAzure.Match(text)
		}
	}
	s.found = append(s.found, generate.Stack{Path: folder, Workspace: workspace, Stage: stage, Terragrunt: s.terragrunt(folder)})
}

func (s *stackSearch) stagePatterns() []string {
	var out []string
	for _, rule := range s.at {
		pattern, _, _ := strings.Cut(rule, "=")
		out = append(out, pattern)
	}
	return out
}

// atlantisProject is what a project of atlantis.yaml says of its place.
type atlantisProject struct {
	Dir       string `yaml:"dir"`
	Workspace string `yaml:"workspace"`
}

// projects reads atlantis.yaml, if there is one.
func (s *stackSearch) projects() (list []atlantisProject, present bool, err error) {
	for _, name := range []string{"atlantis.yaml", "atlantis.yml"} {
		text := readable(filepath.Join(s.root, name))
		if text == nil || s.atlantis == "no" {
			continue
		}
		var config struct {
			Projects []atlantisProject `yaml:"projects"`
		}
		if err := yaml.Unmarshal(text, &config); err != nil {
			return nil, true, fmt.Errorf("%s: %w", name, err)
		}
		return config.Projects, true, nil
	}
	return nil, false, nil
}

// fromProjects takes the stacks that Atlantis knows, and tells of those that
// it doesn't.
func (s *stackSearch) fromProjects(projects []atlantisProject, folders []string) {
	known := map[string]bool{}
	for _, p := range projects {
		folder := path.Clean(p.Dir)
		if len(s.patterns) > 0 && !slices.ContainsFunc(s.patterns, func(pattern string) bool { return matchSteps(pattern, folder) }) {
			continue
		}
		if p.Workspace == "default" {
			p.Workspace = ""
		}
		known[folder] = true
		s.add(folder, p.Workspace)
	}
	for _, folder := range folders {
		if len(s.patterns) > 0 && !known[folder] {
			s.notes = append(s.notes, fmt.Sprintf("%s matches and is no project of atlantis.yaml: Atlantis plans it only when it finds projects by itself.", folder))
			s.add(folder, "")
		}
	}
}

// matchSteps matches a path with slashes: * within a step, ** for any number.
func matchSteps(pattern, name string) bool {
	return matchList(strings.Split(path.Clean(pattern), "/"), strings.Split(name, "/"))
}

func matchList(pattern, name []string) bool {
	switch {
	case len(pattern) == 0:
		return len(name) == 0
	case pattern[0] == "**":
		return matchList(pattern[1:], name) || len(name) > 0 && matchList(pattern, name[1:])
	case len(name) == 0:
		return false
	}
	ok, err := path.Match(pattern[0], name[0])
	return ok && err == nil && matchList(pattern[1:], name[1:])
}
