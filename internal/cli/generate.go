package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

// generate writes files out of templates and blueprints.
func (app App) generate(_ context.Context, cio IO, args []string) int {
	const usage = "Usage: kready generate modules -out DIR [-check]\n\n" +
		"modules writes kready's published modules into DIR, one folder each."
	if len(args) == 0 || args[0] != "modules" {
		out, code := cio.Err, exitUsage
		if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
			out, code = cio.Out, exitOK
		}
		fmt.Fprintln(out, usage)
		return code
	}
	flags := flag.NewFlagSet("generate modules", flag.ContinueOnError)
	out := flags.String("out", "", "`folder` to write into")
	check := flags.Bool("check", false, "write nothing; exit with 1 where a file differs")
	if code, done := parse(flags, cio, args[1:], usage); done {
		return code
	}
	if *out == "" || flags.NArg() > 0 {
		fmt.Fprintf(cio.Err, "kready generate modules: -out must be given, and nothing beside it\n")
		return exitUsage
	}
	files, err := generate.PublishedModules()
	if err != nil {
		return fail(cio, "generate modules", err)
	}
	differ := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(*out, filepath.FromSlash(name))
		present, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fail(cio, "generate modules", err)
		}
		if err == nil && bytes.Equal(present, files[name]) {
			continue
		}
		differ++
		fmt.Fprintln(cio.Out, path)
		if *check {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fail(cio, "generate modules", err)
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return fail(cio, "generate modules", err)
		}
	}
	if *check && differ > 0 {
		fmt.Fprintf(cio.Err, "kready generate modules: %d files differ from their templates; run it without -check\n", differ)
		return exitFailed
	}
	return exitOK
}
