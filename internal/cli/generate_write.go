package cli

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/aymanbagabas/go-udiff"

	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

// output is where generated files go, and on which terms: the one way in
// which kready generate touches a disk.
type output struct {
	out                        string
	dryRun, diff, check, force bool

	// kept are names that began as generated files and are somebody's now:
	// they are neither written nor stale.
	kept []string
}

func (o *output) register(flags *flag.FlagSet) {
	flags.StringVar(&o.out, "out", "", "`folder` to write into")
	flags.BoolVar(&o.dryRun, "dry-run", false, "list what would be written, and write nothing")
	flags.BoolVar(&o.diff, "diff", false, "show what would change as a unified diff, and write nothing")
	flags.BoolVar(&o.check, "check", false, "write nothing, and exit with 1 if anything would change")
	flags.BoolVar(&o.force, "force", false, "overwrite, and remove, also what a person has changed")
}

// change is one file that is not on disk as it should be.
type change struct {
	path     string // on disk
	verb     string // create, update or remove
	old, new []byte
	owner    string // why a person's consent is needed, or ""
}

// fileSet is files of one origin.
type fileSet struct {
	files  generate.Files
	origin generate.Origin
}

// write seals files and brings the folder to them. Before anything is written
// it is clear that everything may be: a file that no marker claims, or whose
// hash no longer fits, belongs to a person. What an earlier run of the same
// command left behind in these folders, and nobody changed, is removed.
func (o *output) write(cio IO, command string, sets ...fileSet) int {
	var changes []change
	for _, set := range sets {
		sealed, err := generate.Seal(set.files, set.origin)
		if err != nil {
			return unusable(cio, command, err)
		}
		differ, err := o.compare(sealed, set.origin)
		if err != nil {
			return unusable(cio, command, err)
		}
		changes = append(changes, differ...)
	}
	refused := o.refuse(cio, command, changes)
	for _, c := range changes {
		switch {
		case o.diff:
			fmt.Fprint(cio.Out, c.unified())
			continue
		case refused && !o.dryRun:
			continue
		}
		fmt.Fprintf(cio.Out, "%s %s\n", c.verb, c.path)
		if o.dryRun || o.check || refused {
			continue
		}
		if err := c.apply(cio); err != nil {
			return unusable(cio, command, err)
		}
	}
	switch {
	case refused:
		return exitFailed
	case o.check && len(changes) > 0:
		fmt.Fprintf(cio.Err, "kready %s: files are not as they would be generated, %d of them; run it without -check\n", command, len(changes))
		return exitFailed
	}
	return exitOK
}

// refuse names every file that belongs to a person, and tells whether there
// is one.
func (o *output) refuse(cio IO, command string, changes []change) (refused bool) {
	for _, c := range changes {
		if c.owner != "" && !o.force {
			fmt.Fprintf(cio.Err, "kready %s: %s %s\n", command, c.path, c.owner)
			refused = true
		}
	}
	if refused {
		fmt.Fprintf(cio.Err, "kready %s: nothing was written. -diff shows what would change; move what is yours elsewhere, or give it up with -force.\n", command)
	}
	return refused
}

// compare lists what differs, by path.
func (o *output) compare(sealed generate.Files, origin generate.Origin) ([]change, error) {
	var changes []change
	folders := map[string]bool{}
	for _, name := range sealed.Names() {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("%q would be written outside of %s", name, o.out)
		}
		folders[path.Dir(name)] = true
		c := change{path: o.place(name), verb: "create", new: sealed[name]}
		present, err := readOwn(c.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case bytes.Equal(present, c.new):
			continue
		default:
			c.verb, c.old = "update", present
			c.owner = owner(present)
		}
		changes = append(changes, c)
	}
	for folder := range folders {
		stale, err := o.stale(folder, sealed, origin)
		if err != nil {
			return nil, err
		}
		changes = append(changes, stale...)
	}
	slices.SortFunc(changes, func(a, b change) int { return bytes.Compare([]byte(a.path), []byte(b.path)) })
	return changes, nil
}

// stale are the files of a folder that the same command made and makes no
// more.
func (o *output) stale(folder string, sealed generate.Files, origin generate.Origin) ([]change, error) {
	entries, err := os.ReadDir(o.place(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var changes []change
	for _, entry := range entries {
		name := path.Join(folder, entry.Name())
		if _, wanted := sealed[name]; wanted || !entry.Type().IsRegular() || slices.Contains(o.kept, name) {
			continue
		}
		present, err := os.ReadFile(o.place(name))
		if err != nil {
			return nil, err
		}
		made, _, generated := generate.Sealed(present)
		if !generated || made.Command != origin.Command {
			continue
		}
		changes = append(changes, change{path: o.place(name), verb: "remove", old: present, owner: owner(present)})
	}
	return changes, err
}

func (o *output) place(name string) string { return filepath.Join(o.out, filepath.FromSlash(name)) }

// readOwn reads a regular file: what a link leads to is not ours to replace.
func readOwn(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file; kready writes over nothing else", path)
	}
	return os.ReadFile(path)
}

// owner says why a present file belongs to a person, or "".
func owner(present []byte) string {
	switch _, untouched, generated := generate.Sealed(present); {
	case !generated:
		return "exists and was not made by kready generate"
	case !untouched:
		return "was changed since kready generate made it"
	}
	return ""
}

// unified is the change as a diff that patch and people read.
func (c change) unified() string {
	from, to := filepath.ToSlash(c.path), filepath.ToSlash(c.path)
	switch c.verb {
	case "create":
		from = "/dev/null"
	case "remove":
		to = "/dev/null"
	}
	return udiff.Unified(from, to, string(c.old), string(c.new))
}

// apply makes the change so that a reader sees the old file or the new one,
// never half of one.
func (c change) apply(cio IO) error {
	if c.verb == "remove" {
		return os.Remove(c.path)
	}
	if err := os.MkdirAll(filepath.Dir(c.path), 0o755); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if bytes.HasPrefix(c.new, []byte("#!")) {
		mode = 0o755
	}
	beside := c.path + "." + cio.Random(8) + ".new"
	if err := os.WriteFile(beside, c.new, mode); err != nil {
		return err
	}
	if err := os.Rename(beside, c.path); err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	return nil
}
