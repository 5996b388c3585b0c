package cli

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

const blueprintValidateUsage = `Usage: kready validate [flags] FILE…

Holds the blueprints of files to all rules, without Terraform and without a
cloud: for editors and pre-commit. A FILE is *.kready.hcl, JSON of the same
shape, or - for HCL on standard input. All files are judged as one set: names
that double and networks that overlap are found, too.

Exit codes: 0 no errors, warnings perhaps; 1 errors; 2 a file can't be read.

-format json writes one object, made for programs:

    format_version  "1.0"; the minor grows with new members
    valid           whether there are no errors
    error_count, warning_count
    blueprints      name, cloud, region, file, line, column of each
    problems        severity ("error" or "warning"), file, line, column,
                    blueprint, path, rule, summary, detail of each`

// validate is kready validate.
func (app App) validate(_ context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("validate", flag.ContinueOnError)
	var input blueprintInput
	input.registerValues(flags)
	format := flags.String("format", "text", "`format`: text or json")
	files, code, done := parseBudget(flags, cio, args, blueprintValidateUsage)
	if done {
		return code
	}
	input.files = files
	write := map[string]func(io.Writer, []generate.Blueprint, []generate.Problem) error{"text": validationText, "json": validationJSON}[*format]
	switch {
	case len(files) == 0:
		return unusable(cio, "validate", fmt.Errorf("name at least one file"))
	case write == nil:
		return unusable(cio, "validate", fmt.Errorf("-format %q: the formats are text and json", *format))
	}
	blueprints, problems, err := input.read(cio)
	if err != nil {
		return unusable(cio, "validate", err)
	}
	// What could be read is judged, whatever stands beside it.
	_, judged := generate.Judge(blueprints)
	problems = append(problems, judged...)
	if err := write(cio.Out, blueprints, problems); err != nil {
		return unusable(cio, "validate", err)
	}
	if generate.HasErrors(problems) {
		return exitFailed
	}
	return exitOK
}

func validationText(w io.Writer, blueprints []generate.Blueprint, problems []generate.Problem) error {
	printProblems(w, problems)
	if generate.HasErrors(problems) {
		_, err := fmt.Fprintf(w, "%s\n", countProblems(problems))
		return err
	}
	_, err := fmt.Fprintf(w, "%s valid; %s\n", counted(len(blueprints), "blueprint"), countProblems(problems))
	return err
}

// validation is the JSON report. Its members only ever grow.
type validation struct {
	FormatVersion string               `json:"format_version"`
	Valid         bool                 `json:"valid"`
	ErrorCount    int                  `json:"error_count"`
	WarningCount  int                  `json:"warning_count"`
	Blueprints    []validatedBlueprint `json:"blueprints"`
	Problems      []generate.Problem   `json:"problems"`
}

type validatedBlueprint struct {
	Name   string `json:"name"`
	Cloud  string `json:"cloud"`
	Region string `json:"region"`
	generate.Position
}

func validationJSON(w io.Writer, blueprints []generate.Blueprint, problems []generate.Problem) error {
	report := validation{FormatVersion: "1.0", Valid: !generate.HasErrors(problems), Blueprints: []validatedBlueprint{}, Problems: append([]generate.Problem{}, problems...)}
	for _, b := range blueprints {
		report.Blueprints = append(report.Blueprints, validatedBlueprint{b.Spec.Name, b.Spec.Cloud, b.Spec.Region, b.At("")})
	}
	for _, p := range problems {
		if p.Severity == blueprint.SeverityError {
			report.ErrorCount++
		} else {
			report.WarningCount++
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}
