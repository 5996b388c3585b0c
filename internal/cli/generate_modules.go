package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

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
	code := to.write(cio, "generate modules", fileSet{files, generate.Origin{Command: "modules", Source: "templates/modules"}})
	foreign, err := others(to.out, files)
	if err != nil {
		return unusable(cio, "generate modules", err)
	}
	for _, name := range foreign {
		fmt.Fprintf(cio.Err, "kready generate modules: %s is of no template: remove it, or put its source into templates/modules\n", name)
	}
	if to.check && len(foreign) > 0 {
		return exitFailed
	}
	return code
}

// others are the files of a folder that is all generated which are not.
func others(folder string, files generate.Files) ([]string, error) {
	var found []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && path != folder && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir // .terraform: what init left
		}
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if _, ours := files[filepath.ToSlash(name)]; !ours {
			found = append(found, path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return found, err
}
