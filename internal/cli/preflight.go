package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/generate"
	"github.com/kready-io/terraform-provider-kready/internal/preflight"
)

const preflightUsage = `Usage: kready preflight [flags] (-blueprint FILE | -from-plan FILE | -from-state FILE)

Holds blueprints against the clouds that they are meant for, before anything is
made: networks, subnets, routes, roles and keys that exist, free addresses,
tags that load balancers need, zones, versions, and ranges in use. It reads
only. Every finding says what to do.

Exit codes: 0 no errors, warnings perhaps; 1 errors; 2 could not look.`

// preflight is kready preflight.
func (app App) preflight(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("preflight", flag.ContinueOnError)
	var (
		input   blueprintInput
		w       where
		targets words
	)
	input.register(flags)
	flags.StringVar(&w.sandbox, "sandbox", "", "look into the embedded clouds whose state is in `file`, not at a real account")
	flags.StringVar(&w.profile, "profile", "", "AWS `profile` of the shared configuration")
	flags.StringVar(&w.subscription, "subscription", "", "Azure `subscription`")
	flags.Var(&targets, "target", "`name=value`: AWS profile or Azure subscription of a target of the provider; may be repeated")
	if code, done := parse(flags, cio, args, preflightUsage); done {
		return code
	}
	if flags.NArg() > 0 {
		return unusable(cio, "preflight", fmt.Errorf("takes flags only, got %q", flags.Args()))
	}
	accounts := map[string]string{}
	for _, text := range targets {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return unusable(cio, "preflight", fmt.Errorf("-target %q is not of the form name=value", text))
		}
		accounts[name] = value
	}
	blueprints, problems, err := input.read(cio)
	if err != nil {
		return unusable(cio, "preflight", err)
	}
	outcomes, judged := generate.Judge(blueprints)
	problems = append(problems, judged...)
	if generate.HasErrors(problems) {
		printProblems(cio.Err, problems)
		return unusable(cio, "preflight", fmt.Errorf("%s in the blueprints themselves; nothing was asked", countProblems(problems)))
	}
	open := app.surveyors(cio, w, accounts)
	for i, outcome := range outcomes {
		findings, err := preflight.Run(ctx, outcome.Design, open)
		if err != nil {
			return unusable(cio, "preflight", err)
		}
		for _, f := range findings {
			b := blueprints[i]
			problems = append(problems, generate.Problem{
				Severity: f.Severity, Position: b.At(f.Path), Blueprint: b.Spec.Name, Path: f.Path, Rule: f.Rule, Summary: f.Summary, Detail: f.Detail,
			})
		}
	}
	printProblems(cio.Out, problems)
	fmt.Fprintf(cio.Out, "%d blueprints looked at; %s\n", len(blueprints), countProblems(problems))
	if generate.HasErrors(problems) {
		return exitFailed
	}
	return exitOK
}

// surveyors opens the cloud of a section: with the account of its target, where
// one is named.
func (app App) surveyors(cio IO, w where, accounts map[string]string) func(context.Context, blueprint.Scope) (cloud.Cloud, error) {
	var open func(context.Context, blueprint.Scope) (cloud.Cloud, error)
	open = func(ctx context.Context, scope blueprint.Scope) (cloud.Cloud, error) {
		place := w
		place.elsewhere = func(ctx context.Context, target string) (cloud.Cloud, error) {
			return open(ctx, blueprint.Scope{Cloud: scope.Cloud, Region: scope.Region, Target: target})
		}
		place.cloud, place.region, place.owner = scope.Cloud, scope.Region, "kready" // reading needs no owner, opening a cloud does
		if account := accounts[scope.Target]; account != "" {
			place.profile, place.subscription = account, account
		}
		return place.open(ctx, cio, app)
	}
	return open
}
