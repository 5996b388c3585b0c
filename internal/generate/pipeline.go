package generate

import (
	"fmt"
	"slices"
	"strings"
)

// CIs are the systems that pipelines can be generated for.
var CIs = []string{"github", "gitlab", "azuredevops"}

// PipelineRequest asks for a pipeline over stacks: folders that are planned
// and applied each with a state of its own.
type PipelineRequest struct {
	CI     string // one of CIs
	Stacks []Stack
	Stages []string // in the order of promotion; those without a stack are left out
	Branch string   // that changes go to, such as "main"
	Owners []string // who reviews budgets and pipelines, in the words of CODEOWNERS

	Tool         string // "terraform" or "tofu"
	ToolVersion  string
	Version      string // of kready
	Blueprints   []string
	AWS, Azure   bool // clouds that the jobs need an identity on
	Atlantis     bool // Atlantis plans and applies; the CI does the rest
	CheckCommand []string
}

// Stack is one folder with a state.
type Stack struct {
	Path       string // from the repository's root, with slashes
	Workspace  string // or ""
	Stage      string // one of the request's stages
	Terragrunt bool
}

// Pipeline is what a request gives.
type Pipeline struct {
	// Files belong to kready: who changes one keeps it.
	Files Files
	// Starts are written where they are missing, and are then the user's own.
	Starts Files
	// Notes say what to do by hand, one line each.
	Notes []string
}

// NewPipeline renders the pipeline. Its errors name what can't be written into
// pipeline files, all at once.
func NewPipeline(r PipelineRequest) (Pipeline, error) {
	if err := r.validate(); err != nil {
		return Pipeline{}, err
	}
	p := newPipelineView(r)
	out := Pipeline{Files: Files{}, Starts: Files{}}
	if err := p.render(&out); err != nil {
		return Pipeline{}, err
	}
	out.Starts["kready.budget.hcl"] = p.budget()
	if len(r.Owners) == 0 {
		out.Notes = append(out.Notes, "Nobody is named who reviews budgets: give -owner, or write who does into CODEOWNERS.")
	}
	return out, nil
}

// StageOf guesses the stage of a stack by the names in its path: "live/prod/eu"
// and "clusters/shop-prod" are production. What says nothing is taken for the
// last stage, which is guarded most.
func StageOf(path string, stages []string) (stage string, guessed bool) {
	words := strings.FieldsFunc(strings.ToLower(path), func(r rune) bool { return strings.ContainsRune("/-_. ", r) })
	for _, s := range stages {
		if slices.Contains(words, strings.ToLower(s)) {
			return s, true
		}
	}
	for _, s := range stages {
		for _, word := range words {
			if slices.Contains(shortStages[s], word) {
				return s, true
			}
		}
	}
	return stages[len(stages)-1], false
}

// shortStages are what people call the usual stages.
var shortStages = map[string][]string{
	"development": {"dev", "develop", "sandbox", "lab"},
	"staging":     {"stage", "stg", "preprod", "preproduction", "uat", "qa", "test"},
	"production":  {"prod", "prd"},
}

// mostJobs is how many jobs one matrix may have: GitHub's limit is 256,
// GitLab's 200.
const mostJobs = 200

// reservedJobs are names that the pipelines give to jobs of their own.
var reservedJobs = []string{"lint", "secrets", "package", "gate", "check", "drift", "budget", "plan", "apply", "kready"}

// validate finds everything that can't go into a pipeline. Names are put into
// YAML, shell and the CI's own expressions, which all have their escapes; but
// a path that needs them in all three is refused, because no person could
// read what came out.
func (r *PipelineRequest) validate() error {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if !slices.Contains(CIs, r.CI) {
		say("%q is no CI that kready knows; it knows %s", r.CI, strings.Join(CIs, ", "))
	}
	if r.Tool != "terraform" && r.Tool != "tofu" {
		say("the tool is %q; it is terraform or tofu", r.Tool)
	}
	for what, version := range map[string]string{"the tool's version": r.ToolVersion, "kready's version": r.Version} {
		if !versionForm.MatchString(version) {
			say("%s is %q; it is a number such as 1.11.4", what, version)
		}
	}
	if !branchForm.MatchString(r.Branch) {
		say("the branch %q has characters other than letters, digits and ._/-", r.Branch)
	}
	for _, owner := range r.Owners {
		if !ownerForm.MatchString(owner) {
			say("the owner %q is neither @user, @organisation/team nor an e-mail address", owner)
		}
	}
	for i, stage := range r.Stages {
		if !stageForm.MatchString(stage) || slices.Contains(reservedJobs, stage) {
			say("the stage %q is the name of jobs and environments: lower-case letters, digits and -, beginning with a letter, and none of %s", stage, strings.Join(reservedJobs, ", "))
		}
		if slices.Contains(r.Stages[:i], stage) {
			say("the stage %q is named twice", stage)
		}
	}
	wrong = append(wrong, r.wrongStacks()...)
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("the pipeline can't be written:\n  %s", strings.Join(slices.Compact(wrong), "\n  "))
}

func (r *PipelineRequest) wrongStacks() []string {
	var wrong []string
	if len(r.Stacks) == 0 {
		wrong = append(wrong, "there is no stack")
	}
	seen, count := map[Stack]bool{}, map[string]int{}
	for _, s := range r.Stacks {
		if !pathForm.MatchString(s.Path) || slices.ContainsFunc(strings.Split(s.Path, "/"), dots) {
			wrong = append(wrong, fmt.Sprintf("the stack %q has characters that shells and pipelines read as something else; rename the folder: letters, digits, blanks and ._+=@,- are fine, and no step begins with -", s.Path))
		}
		if s.Workspace != "" && !workspaceForm.MatchString(s.Workspace) {
			wrong = append(wrong, fmt.Sprintf("the workspace %q of the stack %q has characters other than letters, digits and ._-", s.Workspace, s.Path))
		}
		if !slices.Contains(r.Stages, s.Stage) {
			wrong = append(wrong, fmt.Sprintf("the stack %q is of the stage %q, which is none of %s", s.Path, s.Stage, strings.Join(r.Stages, ", ")))
		}
		id := Stack{Path: s.Path, Workspace: s.Workspace}
		if seen[id] {
			wrong = append(wrong, fmt.Sprintf("the stack %q is named twice", s.Path))
		}
		seen[id] = true
		if count[s.Stage]++; count[s.Stage] == mostJobs+1 {
			wrong = append(wrong, fmt.Sprintf("the stage %q has more than %d stacks, which is more than one matrix takes; make a pipeline for each part of the fleet, with -name and narrower -stack patterns", s.Stage, mostJobs))
		}
	}
	return wrong
}

// dots tells whether a step of a path leads elsewhere.
func dots(step string) bool { return step == "" || step == "." || step == ".." }
