package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

// blueprintInput is the flags of every subcommand that reads blueprints.
type blueprintInput struct {
	files, vars, varFiles, plans, states list
}

func (b *blueprintInput) register(flags *flag.FlagSet) {
	flags.Var(&b.files, "blueprint", "`file` with blueprints: *.kready.hcl, JSON of the same shape, or - for HCL on standard input; may be repeated")
	b.registerValues(flags)
	flags.Var(&b.plans, "from-plan", "`file` with the output of \"terraform show -json PLANFILE\": take its blueprints, as it settles them")
	flags.Var(&b.states, "from-state", "`file` with the output of \"terraform show -json\" of a state: take its blueprints, as they stand")
}

// registerValues is for subcommands that take files as arguments.
func (b *blueprintInput) registerValues(flags *flag.FlagSet) {
	flags.Var(&b.vars, "var", "`name=value` of a variable of the files; may be repeated")
	flags.Var(&b.varFiles, "var-file", "`file` with values of variables, in HCL or JSON; may be repeated")
}

// read reads the blueprints. An error is a file that could not be read at all;
// what is wrong in one is a problem.
func (b *blueprintInput) read(cio IO) ([]generate.Blueprint, []generate.Problem, error) {
	if len(b.files)+len(b.plans)+len(b.states) == 0 {
		return nil, nil, errors.New("name a file with -blueprint, -from-plan or -from-state")
	}
	input := generate.Input{Vars: b.vars}
	var wrong []error
	for _, group := range []struct {
		names list
		into  *[]generate.Source
	}{{b.files, &input.Files}, {b.varFiles, &input.VarFiles}, {b.plans, &input.Plans}, {b.states, &input.States}} {
		for _, name := range group.names {
			source, err := readSource(cio, name)
			wrong = append(wrong, err)
			*group.into = append(*group.into, source)
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, nil, err
	}
	blueprints, problems := generate.Read(input)
	return blueprints, problems, nil
}

func readSource(cio IO, name string) (generate.Source, error) {
	if name == "-" {
		text, err := io.ReadAll(cio.In)
		return generate.Source{Name: "stdin", Text: text}, err
	}
	text, err := os.ReadFile(name)
	return generate.Source{Name: name, Text: text}, err
}

// sound reads blueprints and judges them. Warnings are printed and let pass;
// with an error there are no blueprints, and code says how the command ends.
func (b *blueprintInput) sound(cio IO, command string) (blueprints []generate.Blueprint, code int) {
	blueprints, problems, err := b.read(cio)
	if err != nil {
		return nil, unusable(cio, command, err)
	}
	if !generate.HasErrors(problems) {
		_, problems = generate.Judge(blueprints)
	}
	printProblems(cio.Err, problems)
	if generate.HasErrors(problems) {
		fmt.Fprintf(cio.Err, "kready %s: %s; nothing was written\n", command, countProblems(problems))
		return nil, exitFailed
	}
	return blueprints, exitOK
}

// printProblems prints each as compilers do, so that editors find the place.
func printProblems(w io.Writer, problems []generate.Problem) {
	for _, p := range problems {
		for line := range strings.SplitSeq(p.String(), "\n") {
			fmt.Fprintln(w, oneLine(line))
		}
	}
}

// countProblems is a count in words.
func countProblems(problems []generate.Problem) string {
	count := map[blueprint.Severity]int{}
	for _, p := range problems {
		count[p.Severity]++
	}
	return counted(count[blueprint.SeverityError], "error") + ", " + counted(count[blueprint.SeverityWarning], "warning")
}

// counted is a count with its noun.
func counted(count int, noun string) string {
	if count == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", count, noun)
}
