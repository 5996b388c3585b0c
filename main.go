// Command terraform-provider-kready is the kready Terraform provider and,
// when a person starts it, the kready command line. This file is the only one
// that sees the faces, the clouds and the sandbox together.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cli"
)

// version is set by the linker (see GNUmakefile and .goreleaser.yml).
var version = "dev"

// pluginCookie is what Terraform and OpenTofu put into the environment of a
// provider that they start; its value is checked by the plugin library.
const pluginCookie = "TF_PLUGIN_MAGIC_COOKIE"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := runCommandLine(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// startedByTerraform reports whether Terraform launched this process: it sets
// the plugin cookie and passes no arguments. Arguments win, because whatever a
// provider's process starts inherits the cookie, and would otherwise hang
// serving. "-debug" is the one hand-started way to serve.
func startedByTerraform(getenv func(string) string, args []string) bool {
	if len(args) > 0 {
		return args[0] == "-debug" || args[0] == "--debug"
	}
	return getenv(pluginCookie) != ""
}

// runCommandLine hands the process to the command line.
func runCommandLine(ctx context.Context, args []string) int {
	cio := cli.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Now: time.Now}
	return cli.Run(ctx, args, cio, cli.App{Version: version})
}
