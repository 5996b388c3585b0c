package cli

import (
	"context"
	"errors"
	"flag"
	"path/filepath"

	"github.com/kready-io/terraform-provider-kready/internal/generate"
	"github.com/kready-io/terraform-provider-kready/internal/generate/native"
)

const migrationUsage = `Usage: kready generate migration -from FLAVOR -from-state FILE -out DIR [flags]

Writes migration.tf: import blocks for what the other flavor of a module takes
over, and removed blocks that let this one's resources go. Nothing is destroyed.

    -from kready   to the module that "kready generate module -flavor native" wrote
    -from native   to modules/cluster

Terraform 1.7 or newer reads removed blocks.`

// generateMigration is kready generate migration.
func (app App) generateMigration(_ context.Context, cio IO, args []string) int {
	const command = "generate migration"
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	var to output
	var request native.Migration
	var state string
	to.register(flags)
	flags.StringVar(&request.From, "from", "", "`flavor` that has the cluster: kready or native")
	flags.StringVar(&state, "from-state", "", "`file` with the output of \"terraform show -json\" of its state")
	flags.StringVar(&request.To, "module", "", "`address` of the module that takes it, such as module.shop; default: the root module")
	flags.StringVar(&request.Cluster, "name", "", "`name` of the cluster, where the state holds several")
	if code, done := parse(flags, cio, args, migrationUsage); done {
		return code
	}
	if to.out == "" || state == "" || request.From == "" || flags.NArg() > 0 {
		return unusable(cio, command, errors.New("-from, -from-state and -out must be given, and nothing beside flags"))
	}
	source, err := readSource(cio, state)
	if err != nil {
		return unusable(cio, command, err)
	}
	request.State = source.Text
	files, err := native.Migrate(request)
	if err != nil {
		return unusable(cio, command, err)
	}
	return to.write(cio, command, fileSet{files: files, origin: generate.Origin{Command: "migration", Source: filepath.Base(state)}})
}
