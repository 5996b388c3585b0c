package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

const pipelineUsage = `Usage: kready generate pipeline -ci github|gitlab|azuredevops -stack PATTERN… [flags]
       kready generate pipeline -ci github|gitlab|azuredevops -blueprint FILE… [flags]

Writes a pipeline into a repository: plan, budget check, approval, verify,
apply, through the stages, with lint, a secret scan and a job that looks for
drift. Jobs sign in with tokens of their own; no key is kept.

A stack is a folder with a state: of Terraform or OpenTofu, of Terragrunt, or
a project of atlantis.yaml (then Atlantis plans and applies, and the CI does
the rest). Patterns know * within a step and ** for any number of steps. With
-blueprint, each cluster is a stack at -path.

What a repository has one of (CODEOWNERS, .gitlab-ci.yml, azure-pipelines.yml,
the budget) is written where it is missing, and kept where it is somebody's.`

// pipelineRun is one call of kready generate pipeline.
type pipelineRun struct {
	to      output
	in      blueprintInput
	stacks  list
	at      list
	owners  list
	stages  string
	path    string
	clouds  string
	request generate.PipelineRequest
	atlantis,
	kready string
}

// generatePipeline is kready generate pipeline.
func (app App) generatePipeline(_ context.Context, cio IO, args []string) int {
	var r pipelineRun
	flags := flag.NewFlagSet("generate pipeline", flag.ContinueOnError)
	r.register(flags, app.Version)
	if code, done := parse(flags, cio, args, pipelineUsage); done {
		return code
	}
	if flags.NArg() > 0 || r.request.CI == "" || len(r.stacks)+len(r.in.files) == 0 && r.atlantis == "no" {
		fmt.Fprintf(cio.Err, "kready generate pipeline: -ci, and -stack or -blueprint, must be given, and nothing beside flags\n")
		return exitUsage
	}
	if r.to.out == "" {
		r.to.out = "."
	}
	r.request.Stages = strings.Split(r.stages, ",")
	r.request.Owners = r.owners
	r.request.Version = r.kready
	found, code := r.find(cio)
	if code != exitOK {
		return code
	}
	pipeline, err := generate.NewPipeline(r.request)
	if err != nil {
		return unusable(cio, "generate pipeline", err)
	}
	origin := generate.Origin{Command: "pipeline " + r.request.CI, Source: "the stacks, or the flags in ci/kready/lint.sh,"}
	kept, err := r.keep(&pipeline)
	if err != nil {
		return unusable(cio, "generate pipeline", err)
	}
	code = r.to.write(cio, "generate pipeline", fileSet{pipeline.Files, origin})
	for _, note := range slices.Concat(found, kept, pipeline.Notes) {
		fmt.Fprintln(cio.Err, note)
	}
	return code
}

func (r *pipelineRun) register(flags *flag.FlagSet, version string) {
	r.to.register(flags)
	flags.Lookup("out").Usage = "`folder` that is the root of the repository (default the current one)"
	flags.StringVar(&r.request.CI, "ci", "", "`system` to write for: github, gitlab or azuredevops")
	flags.Var(&r.stacks, "stack", "`pattern` of folders that are stacks, such as 'live/*/*'; may be repeated")
	flags.Var(&r.in.files, "blueprint", "`file` with blueprints: each is a stack at -path; may be repeated")
	r.in.registerValues(flags)
	flags.StringVar(&r.path, "path", "clusters/{name}", "`path` of the stack of a blueprint; {name}, {stage}, {cloud} and {region} are the blueprint's")
	flags.StringVar(&r.stages, "stages", "development,staging,production", "`stages`, in the order of promotion")
	flags.Var(&r.at, "stage", "`PATTERN=STAGE`: the stage of stacks whose path doesn't say it; the first that matches holds; may be repeated")
	flags.StringVar(&r.request.Branch, "branch", "main", "`branch` that changes go to")
	flags.Var(&r.owners, "owner", "`who` reviews budgets and pipelines, as CODEOWNERS writes it; may be repeated")
	flags.StringVar(&r.request.Tool, "tool", "terraform", "`program`: terraform or tofu")
	flags.StringVar(&r.request.ToolVersion, "tool-version", "1.13.3", "`version` of Terraform or OpenTofu")
	flags.StringVar(&r.kready, "kready-version", version, "`version` of kready in the pipeline")
	flags.StringVar(&r.clouds, "cloud", "", "`clouds` that jobs sign in to: aws, azure, both with a comma, or none (default what the stacks name)")
	flags.StringVar(&r.atlantis, "atlantis", "auto", "`whether` Atlantis plans and applies: yes, no, or auto: when there is an atlantis.yaml")
}

// find looks for the stacks in the repository and says what it had to guess.
func (r *pipelineRun) find(cio IO) (notes []string, code int) {
	if len(r.in.files) > 0 {
		blueprints, code := r.in.sound(cio, "generate pipeline")
		if code != exitOK {
			return nil, code
		}
		for _, b := range blueprints {
			r.addBlueprint(b.Spec)
		}
		r.request.Blueprints = r.relative(r.in.files)
	}
	search := stackSearch{root: r.to.out, patterns: r.stacks, stages: r.request.Stages, at: r.at, atlantis: r.atlantis}
	if err := search.run(); err != nil {
		return nil, unusable(cio, "generate pipeline", err)
	}
	for _, s := range search.found {
		if !slices.ContainsFunc(r.request.Stacks, func(b generate.Stack) bool { return b.Path == s.Path && b.Workspace == s.Workspace }) {
			r.request.Stacks = append(r.request.Stacks, s)
		}
	}
	r.request.Atlantis = search.byAtlantis
	aws, azure := search.aws, search.azure
	switch r.clouds {
	case "":
		r.request.AWS, r.request.Azure = r.request.AWS || aws, r.request.Azure || azure
		if !r.request.AWS && !r.request.Azure {
			search.notes = append(search.notes, "No stack names a cloud, so no job signs in to one: -cloud says otherwise.")
		}
	default:
		r.request.AWS, r.request.Azure = false, false
		for _, name := range strings.Split(r.clouds, ",") {
			switch name {
			case "aws":
				r.request.AWS = true
			case "azure":
				r.request.Azure = true
			case "none":
			default:
				return nil, unusable(cio, "generate pipeline", fmt.Errorf("-cloud: %q is none of aws, azure and none", name))
			}
		}
	}
	r.request.CheckCommand = r.command()
	return search.notes, exitOK
}

// addBlueprint makes a stack of a blueprint.
func (r *pipelineRun) addBlueprint(spec blueprint.Spec) {
	place := strings.NewReplacer("{name}", spec.Name, "{stage}", spec.Stage, "{cloud}", spec.Cloud, "{region}", spec.Region).Replace(r.path)
	stage := spec.Stage
	if !slices.Contains(r.request.Stages, stage) {
		stage = r.request.Stages[len(r.request.Stages)-1]
	}
	r.request.Stacks = append(r.request.Stacks, generate.Stack{Path: filepath.ToSlash(filepath.Clean(place)), Stage: stage})
	r.request.AWS = r.request.AWS || spec.Cloud == blueprint.CloudAWS
	r.request.Azure = r.request.Azure || spec.Cloud == blueprint.CloudAzure
}

// command is what makes this pipeline again, from the repository's root.
func (r *pipelineRun) command() []string {
	words := []string{"-ci", r.request.CI}
	for _, group := range []struct {
		name   string
		values []string
	}{
		{"-stack", r.stacks}, {"-blueprint", r.relative(r.in.files)}, {"-var", r.in.vars}, {"-var-file", r.relative(r.in.varFiles)},
		{"-stage", r.at}, {"-owner", r.owners},
	} {
		for _, value := range group.values {
			words = append(words, group.name, value)
		}
	}
	for _, one := range []struct{ name, value, usual string }{
		{"-path", r.path, "clusters/{name}"}, {"-stages", r.stages, "development,staging,production"}, {"-branch", r.request.Branch, "main"},
		{"-tool", r.request.Tool, "terraform"}, {"-cloud", r.clouds, ""}, {"-atlantis", r.atlantis, "auto"},
	} {
		if one.value != one.usual {
			words = append(words, one.name, one.value)
		}
	}
	// Versions are always said: another kready has other defaults.
	return append(words, "-tool-version", r.request.ToolVersion, "-kready-version", r.kready)
}

// relative are files as seen from the repository's root.
func (r *pipelineRun) relative(files []string) []string {
	var out []string
	for _, file := range files {
		root, err1 := filepath.Abs(r.to.out)
		full, err2 := filepath.Abs(file)
		if rel, err := filepath.Rel(root, full); errors.Join(err, err1, err2) == nil {
			file = rel
		}
		out = append(out, filepath.ToSlash(file))
	}
	return out
}

// keep moves the files that begin as kready's into the set to write, unless
// they are somebody's by now; what those should say is told instead.
func (r *pipelineRun) keep(p *generate.Pipeline) ([]string, error) {
	var notes []string
	for _, name := range p.Starts.Names() {
		present, err := readOwn(r.to.place(name))
		switch {
		case errors.Is(err, fs.ErrNotExist) || err == nil && owner(present) == "" || r.to.force:
			p.Files[name] = p.Starts[name]
		case err != nil:
			return nil, err
		default:
			r.to.kept = append(r.to.kept, name)
			if name != "kready.budget.hcl" {
				notes = append(notes, fmt.Sprintf("%s is yours and is kept. It should have:\n\n    %s\n", r.to.place(name),
					strings.ReplaceAll(strings.TrimSpace(string(p.Starts[name])), "\n", "\n    ")))
			}
		}
	}
	return notes, nil
}

// readable reads a file that need not be there.
func readable(path string) []byte {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return text
}
