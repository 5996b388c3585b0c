package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/generate"
	"github.com/kready-io/terraform-provider-kready/internal/generate/native"
)

// flavors are the forms that a module can be generated in.
var flavors = map[string]func(generate.ModuleRequest) (generate.Files, error){
	"kready": generate.KreadyModule,
	"native": native.Module,
}

const moduleUsage = `Usage: kready generate module -blueprint FILE -out DIR [flags]

Writes a cluster as a Terraform module into DIR. Flavors:

    kready   on kready's own resources
    native   on hashicorp/aws or hashicorp/azurerm, with no kready at run time;
             kready.lock.json beside it keeps what was settled

Without -root it is a module to call, with variables for what may differ from
call to call. With -root it is ready to apply; say then where it builds, with
-owner or -sandbox. Of several blueprints -name picks one, and -each writes
every one into a folder of its name.`

// generateModule is kready generate module.
func (app App) generateModule(_ context.Context, cio IO, args []string) int {
	const command = "generate module"
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	var (
		input   blueprintInput
		to      output
		pick    picker
		request generate.ModuleRequest
		flavor  string
	)
	input.register(flags)
	to.register(flags)
	pick.register(flags)
	flags.StringVar(&flavor, "flavor", "kready", "`flavor` of the module: "+strings.Join(slices.Sorted(maps.Keys(flavors)), " or "))
	flags.BoolVar(&request.Root, "root", false, "make it a root module, ready to apply")
	flags.StringVar(&request.Owner, "owner", "", "`owner` in the provider block of a root module")
	flags.BoolVar(&request.Sandbox, "sandbox", false, "build in the embedded clouds: no account, no network")
	if code, done := parse(flags, cio, args, moduleUsage); done {
		return code
	}
	render := flavors[flavor]
	switch {
	case render == nil:
		return unusable(cio, command, fmt.Errorf("-flavor %q is none of %s", flavor, strings.Join(slices.Sorted(maps.Keys(flavors)), ", ")))
	case to.out == "" || flags.NArg() > 0:
		return unusable(cio, command, errors.New("-out must be given, and nothing beside flags"))
	}
	blueprints, code := input.sound(cio, command)
	if code != exitOK {
		return code
	}
	blueprints, err := pick.from(blueprints)
	if err != nil {
		return unusable(cio, command, err)
	}
	var sets []fileSet
	for _, b := range blueprints {
		folder := pick.folder(b)
		request.Blueprint = b
		if request.Lock, err = os.ReadFile(filepath.Join(to.out, folder, native.LockName)); err != nil && !os.IsNotExist(err) {
			return unusable(cio, command, err)
		}
		files, err := render(request)
		if err != nil {
			return unusable(cio, command, err)
		}
		set := fileSet{files: generate.Files{}, origin: generate.Origin{Command: "module " + b.Spec.Name, Source: filepath.Base(b.Source)}}
		for name, content := range files {
			set.files[path.Join(folder, name)] = content
		}
		sets = append(sets, set)
	}
	return to.write(cio, command, sets...)
}

// picker is the flags that choose among blueprints.
type picker struct {
	name string
	each bool
}

func (p *picker) register(flags *flag.FlagSet) {
	flags.StringVar(&p.name, "name", "", "`name` of the blueprint, where the files hold several")
	flags.BoolVar(&p.each, "each", false, "take every blueprint, each into a folder of its name")
}

// from picks.
func (p *picker) from(blueprints []generate.Blueprint) ([]generate.Blueprint, error) {
	var names []string
	for _, b := range blueprints {
		if b.Spec.Name == p.name {
			return []generate.Blueprint{b}, nil
		}
		names = append(names, b.Spec.Name)
	}
	switch {
	case p.name != "":
		return nil, fmt.Errorf("there is no blueprint %q; there is %s", p.name, strings.Join(names, ", "))
	case len(blueprints) > 1 && !p.each:
		return nil, fmt.Errorf("there are several blueprints: pick one with -name, or take all with -each: %s", strings.Join(names, ", "))
	}
	return blueprints, nil
}

// folder is where the files of a blueprint go, in the output folder.
func (p *picker) folder(b generate.Blueprint) string {
	if p.each {
		return b.Spec.Name
	}
	return ""
}
