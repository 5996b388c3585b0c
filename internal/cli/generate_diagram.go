package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

const diagramUsage = `Usage: kready generate diagram -blueprint FILE [-format svg|mermaid] [-out DIR] [flags]

Draws a blueprint: zones, tiers with their ranges, node pools, endpoints,
registry, vault, and who may reach what. With -out the drawing goes into
DIR/NAME.svg or DIR/NAME.mmd, without it to standard output.`

// generateDiagram is kready generate diagram.
func (app App) generateDiagram(_ context.Context, cio IO, args []string) int {
	const command = "generate diagram"
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	var (
		input  blueprintInput
		to     output
		pick   picker
		format string
	)
	input.register(flags)
	to.register(flags)
	flags.StringVar(&pick.name, "name", "", "`name` of the blueprint; default: all of them")
	flags.StringVar(&format, "format", "svg", "`format`: "+strings.Join(slices.Sorted(maps.Keys(generate.DiagramFormats)), " or "))
	if code, done := parse(flags, cio, args, diagramUsage); done {
		return code
	}
	if flags.NArg() > 0 {
		return unusable(cio, command, fmt.Errorf("takes flags only, got %q", flags.Args()))
	}
	blueprints, code := input.sound(cio, command)
	if code != exitOK {
		return code
	}
	pick.each = to.out != ""
	blueprints, err := pick.from(blueprints)
	if err != nil {
		return unusable(cio, command, err)
	}
	var sets []fileSet
	for _, b := range blueprints {
		files, err := generate.Diagram(b, format)
		if err != nil {
			return unusable(cio, command, err)
		}
		sets = append(sets, fileSet{files, generate.Origin{Command: "diagram " + b.Spec.Name + " as " + format, Source: filepath.Base(b.Source)}})
	}
	if to.out == "" {
		if to.check || to.diff || to.dryRun || to.force {
			return unusable(cio, command, errors.New("-check, -diff, -dry-run and -force are about files: give -out"))
		}
		for _, content := range sets[0].files {
			fmt.Fprintf(cio.Out, "%s", content)
		}
		return exitOK
	}
	return to.write(cio, command, sets...)
}
