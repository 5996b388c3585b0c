package cli

import (
	"context"
	"fmt"
	"slices"
)

// generator is one subcommand of kready generate, in a file of its own.
type generator struct {
	name    string
	summary string
	run     func(app App, ctx context.Context, cio IO, args []string) int
}

// generators lists them in the order of the help.
var generators = []generator{
	{"module", "write a cluster as a Terraform module", App.generateModule},
	{"pipeline", "write a CI pipeline that plans, judges and applies stacks", App.generatePipeline},
	{"diagram", "draw a blueprint, as SVG or Mermaid", App.generateDiagram},
	{"terratest", "write a Go suite that applies a module, in the sandbox or for real", App.generateTerratest},
	{"migration", "hand a standing cluster from one flavor of modules to the other", App.generateMigration},
	{"modules", "write kready's published modules out of their templates", App.generateModules},
}

const generateUsage = `Usage: kready generate SUBCOMMAND [flags]

Writes files out of blueprints. Every file says in its first line who made it,
and carries the hash of its content: one that a person has changed is never
overwritten without -force. Equal blueprints give equal files.

Subcommands:

%s
Flags that all of them know:

    -out DIR   where to write
    -dry-run   list what would be written, and write nothing
    -diff      show what would change as a unified diff, and write nothing
    -check     write nothing, and exit with 1 if anything would change
    -force     overwrite, and remove, also what a person has changed

Exit codes: 0 written, or nothing to do; 1 the answer is no (a blueprint has
errors, a file belongs to somebody, -check found a difference) and nothing was
written; 2 could not do what was asked.

"kready generate SUBCOMMAND -h" prints the flags of one.
`

// generate dispatches the subcommands of kready generate.
func (app App) generate(ctx context.Context, cio IO, args []string) int {
	list := ""
	for _, g := range generators {
		list += fmt.Sprintf("    %-10s %s\n", g.name, g.summary)
	}
	if len(args) == 0 {
		fmt.Fprintf(cio.Err, generateUsage, list)
		return exitUsage
	}
	if slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		fmt.Fprintf(cio.Out, generateUsage, list)
		return exitOK
	}
	for _, g := range generators {
		if g.name == args[0] {
			return g.run(app, ctx, cio, args[1:])
		}
	}
	fmt.Fprintf(cio.Err, "kready generate: there is no subcommand %q; \"kready generate help\" lists those there are\n", args[0])
	return exitUsage
}
