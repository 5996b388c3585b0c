// Package cli is the command-line face of kready: one file for each
// subcommand, one for each output format. A subcommand is a function from
// arguments to an exit code, is handed everything it touches of its process
// (see [IO]), and is therefore tested without one.
package cli

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// Exit codes that every subcommand shares. A subcommand may give 1 a narrower
// meaning ("over the budget"), never another one to 0 or 2.
const (
	exitOK    = 0 // did what was asked, and the answer is yes
	exitUsage = 2 // could not do it: bad arguments, no such subcommand
)

// App is what main composes and hands to the command line: this package knows
// neither a cloud nor which version it is.
type App struct {
	Version string // semantic version without "v", or "dev"
	Clouds  cloud.Clouds
	// OpenSandbox opens the embedded clouds whose state is kept at path.
	OpenSandbox func(path string) (*sandbox.Sandbox, error)
}

// command is one subcommand. Its own flags and help are its own business: it
// answers -h itself.
type command struct {
	name    string
	summary string // one line for "kready help"
	run     func(ctx context.Context, cio IO, args []string) int
}

// commands lists the subcommands in the order of "kready help".
func (app App) commands() []command {
	return []command{
		{"adopt", "print what takes back a cluster whose state is lost", app.adopt},
		{"budget", "hold a plan to a change budget", runBudget},
		{"cidr", "look at an address space: who holds what, and why", app.cidr},
		{"generate", "write modules out of their templates", app.generate},
		{"kubeconfig", "print a kubeconfig that holds no secret", app.kubeconfig},
		{"permissions", "print the least that kready must be allowed to do", app.permissions},
		{"pins", "print the ranges of a pool as pins, to rebuild a lost state", app.pins},
		{"preflight", "hold blueprints against the clouds that they are meant for", app.preflight},
		{"sandbox", "look into the embedded clouds, serve them, make them fail", app.sandbox},
		{"token", "print short-lived credentials, as kubectl's exec plugin", app.token},
		{"validate", "hold blueprint files to all rules, with no Terraform", app.validate},
		{"version", "print the version of this binary", app.version},
	}
}

// Run runs the subcommand that args names (args is without the program's own
// name) and returns the exit code of the process. It never exits itself.
func Run(ctx context.Context, args []string, cio IO, app App) int {
	if len(args) == 0 {
		app.help(cio.Err)
		return exitUsage
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(rest) == 0 {
			app.help(cio.Out)
			return exitOK
		}
		name, rest = rest[0], []string{"-h"}
	case "-version", "--version", "-v":
		name = "version"
	}
	for _, c := range app.commands() {
		if c.name == name {
			return c.run(ctx, cio, rest)
		}
	}
	fmt.Fprintf(cio.Err, "kready: there is no subcommand %q; \"kready help\" lists those there are\n", name)
	return exitUsage
}

// help prints the subcommands, one a line.
func (app App) help(w io.Writer) {
	fmt.Fprint(w, "kready plans, guards and inspects private Kubernetes clusters.\n\n"+
		"Usage:\n\n    kready SUBCOMMAND [arguments]\n\nSubcommands:\n\n")
	list := append(app.commands(), command{name: "help", summary: "print this list, or the help of one subcommand"})
	width := len(slices.MaxFunc(list, func(a, b command) int { return len(a.name) - len(b.name) }).name)
	for _, c := range list {
		fmt.Fprintf(w, "    %-*s   %s\n", width, c.name, c.summary)
	}
	fmt.Fprint(w, "\n\"kready help SUBCOMMAND\" prints the arguments of one. Started by Terraform or OpenTofu,\n"+
		"without arguments, the same binary serves the provider.\n")
}

// version prints what a bug report needs.
func (app App) version(_ context.Context, cio IO, args []string) int {
	switch {
	case len(args) == 0:
		fmt.Fprintf(cio.Out, "kready %s (%s, %s/%s)\n", app.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return exitOK
	case len(args) == 1 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]):
		fmt.Fprint(cio.Out, "Usage: kready version\n\nPrints the version of this binary, of Go, and the platform.\n")
		return exitOK
	default:
		fmt.Fprintf(cio.Err, "kready version: takes no arguments, got %q\n", args)
		return exitUsage
	}
}
