package cli

import (
	"context"
	"flag"
	"fmt"

	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

// generateModules is kready generate modules.
func (app App) generateModules(_ context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("generate modules", flag.ContinueOnError)
	var to output
	to.register(flags)
	if code, done := parse(flags, cio, args, "Usage: kready generate modules -out DIR [flags]\n\nWrites kready's published modules into DIR, one folder each."); done {
		return code
	}
	if to.out == "" || flags.NArg() > 0 {
		fmt.Fprintf(cio.Err, "kready generate modules: -out must be given, and nothing beside flags\n")
		return exitUsage
	}
	files, err := generate.PublishedModules()
	if err != nil {
		return unusable(cio, "generate modules", err)
	}
	return to.write(cio, "generate modules", fileSet{files, generate.Origin{Command: "modules", Source: "templates/modules"}})
}
