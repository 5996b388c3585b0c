package cli

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/generate"
)

const terratestUsage = `Usage: kready generate terratest -blueprint FILE -out DIR [flags]
       kready generate terratest -module DIR -out DIR [flags]

Writes a Go suite that takes a cluster, or a module of your own, from nothing
to nothing with Terratest: the first plan only creates, the second is empty, a
budget stops the destroy that nobody meant, and nothing is left behind. It
applies in the embedded clouds, and with KREADY_TEST_CLOUD=real on real ones.

-module takes a folder with a configuration. What it calls by relative sources
goes along; variables that it demands come from -var-file.`

// terratestRun is one call of kready generate terratest.
type terratestRun struct {
	to      output
	in      blueprintInput
	pick    picker
	module  string
	owner   string
	request generate.TerratestRequest
}

// generateTerratest is kready generate terratest.
func (app App) generateTerratest(_ context.Context, cio IO, args []string) int {
	const command = "generate terratest"
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	r := terratestRun{request: generate.TerratestRequest{Version: app.Version}}
	r.to.register(flags)
	r.in.register(flags)
	flags.StringVar(&r.pick.name, "name", "", "`name` of the blueprint, where the files hold several")
	flags.StringVar(&r.module, "module", "", "`folder` of the configuration to test")
	flags.Lookup("var-file").Usage = "`file` with values of variables, of the blueprint files or of the module"
	flags.StringVar(&r.owner, "owner", "terratest", "`owner` of what the suite makes on real clouds")
	if code, done := parse(flags, cio, args, terratestUsage); done {
		return code
	}
	if r.to.out == "" || flags.NArg() > 0 || (r.module == "") == (len(r.in.files)+len(r.in.plans)+len(r.in.states) == 0) {
		fmt.Fprintf(cio.Err, "kready generate terratest: -out, and either -blueprint or -module, must be given, and nothing beside flags\n")
		return exitUsage
	}
	files, starts, code := r.files(cio, command)
	if code != exitOK {
		return code
	}
	suite, start, err := generate.TerratestSuite(r.request)
	if err != nil {
		return unusable(cio, command, err)
	}
	for name, content := range suite {
		files[name] = content
	}
	for name, content := range start {
		starts[name] = content
	}
	for _, name := range starts.Names() {
		if _, err := os.Stat(r.to.place(name)); err == nil && !r.to.force {
			r.to.kept = append(r.to.kept, name) // yours since the first run
			continue
		}
		files[name] = starts[name]
	}
	code = r.to.write(cio, command, fileSet{files, generate.Origin{Command: "terratest " + r.request.Name, Source: r.source()}})
	if code == exitOK && !r.to.check && !r.to.diff && !r.to.dryRun {
		fmt.Fprintf(cio.Err, "To run it: cd %s && go mod tidy && go test ./...\n", r.to.out)
	}
	return code
}

func (r *terratestRun) source() string {
	if r.module != "" {
		return "the module, or the flags,"
	}
	return strings.Join(slices.Concat(r.in.files, r.in.plans, r.in.states), " and ")
}

// files are what the suite applies: the module of a blueprint, or nothing,
// where the module is there already.
func (r *terratestRun) files(cio IO, command string) (files, starts generate.Files, code int) {
	if r.module != "" {
		starts, err := r.facts()
		if err != nil {
			return nil, nil, unusable(cio, command, err)
		}
		return generate.Files{}, starts, exitOK
	}
	blueprints, code := r.in.sound(cio, command)
	if code != exitOK {
		return nil, nil, code
	}
	blueprints, err := r.pick.from(blueprints)
	if err != nil {
		return nil, nil, unusable(cio, command, err)
	}
	b := blueprints[0]
	// What a test makes it has to be able to destroy.
	unprotected := false
	b.Spec.DeletionProtection = &unprotected
	module, err := generate.KreadyModule(generate.ModuleRequest{Blueprint: b, Root: true, Owner: r.owner})
	if err != nil {
		return nil, nil, unusable(cio, command, err)
	}
	files = generate.Files{}
	for name, content := range module {
		files["fixture/"+name] = content
	}
	r.request.Name, r.request.Root, r.request.Folders, r.request.Provider = b.Spec.Name, ".", []string{"fixture"}, true
	return files, generate.Files{}, exitOK
}

// facts looks at the module that is to be tested, and at what it calls.
func (r *terratestRun) facts() (generate.Files, error) {
	module, err := filepath.Abs(r.module)
	if err != nil {
		return nil, err
	}
	root, err := repository(module)
	if err != nil {
		return nil, err
	}
	if root == "" {
		root = module
	}
	out, err := filepath.Abs(r.to.out)
	if err != nil {
		return nil, err
	}
	seen := filepath.ToSlash(relativeTo(out, root))
	r.request.Name, r.request.Root = filepath.Base(module), seen
	folders, first, err := calls(root, module)
	if err != nil {
		return nil, err
	}
	r.request.Folders, r.request.Provider = folders, first.Provider
	starts := generate.Files{}
	switch {
	case len(r.in.varFiles) > 1 || len(r.in.vars) > 0:
		return nil, fmt.Errorf("give the values of a module in one -var-file, which becomes the suite's own")
	case len(r.in.varFiles) == 1:
		text, err := os.ReadFile(r.in.varFiles[0])
		if err != nil {
			return nil, err
		}
		r.request.VarFile = "suite.tfvars"
		if strings.HasSuffix(r.in.varFiles[0], ".json") {
			r.request.VarFile += ".json"
		}
		starts[r.request.VarFile] = text
	case len(first.Required) > 0:
		return nil, fmt.Errorf("%s demands %s: give the values with -var-file, or test a configuration that calls it", r.module, strings.Join(first.Required, ", "))
	}
	return starts, nil
}

// calls lists the folders that a module needs, seen from root: itself first,
// then what it calls by relative sources, and what those call.
func calls(root, module string) (folders []string, first generate.ModuleFacts, err error) {
	start := filepath.ToSlash(relativeTo(root, module))
	for todo := []string{start}; len(todo) > 0; todo = todo[1:] {
		folder := todo[0]
		if slices.Contains(folders, folder) {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(folder)) {
			return nil, first, fmt.Errorf("%s calls %s, which is outside of %s", module, folder, root)
		}
		files := generate.Files{}
		names, err := filepath.Glob(filepath.Join(escapeGlob(filepath.Join(root, filepath.FromSlash(folder))), "*.tf"))
		if err != nil {
			return nil, first, err
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, first, err
			}
			files[filepath.Base(name)] = text
		}
		if len(files) == 0 {
			return nil, first, fmt.Errorf("%s has no *.tf file", filepath.Join(root, filepath.FromSlash(folder)))
		}
		facts, err := generate.ReadModule(files)
		if err != nil {
			return nil, first, err
		}
		if len(folders) == 0 {
			first = facts
		}
		folders = append(folders, folder)
		for _, source := range facts.Calls {
			todo = append(todo, path.Join(folder, source))
		}
	}
	return folders, first, nil
}

// relativeTo is a path seen from a folder, or the path itself where there is
// no way.
func relativeTo(folder, path string) string {
	if rel, err := filepath.Rel(folder, path); err == nil {
		return rel
	}
	return path
}
