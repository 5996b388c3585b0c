// Command terraform-provider-kready is the kready Terraform provider and,
// when a person starts it, the kready command line. This file is the only one
// that sees the faces, the clouds and the sandbox together.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/kready-io/terraform-provider-kready/internal/awscloud"
	"github.com/kready-io/terraform-provider-kready/internal/azurecloud"
	"github.com/kready-io/terraform-provider-kready/internal/cli"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/provider"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

// version is set by the linker (see GNUmakefile and .goreleaser.yml).
var version = "dev"

// pluginCookie is what Terraform and OpenTofu put into the environment of a
// provider that they start; its value is checked by the plugin library.
const pluginCookie = "TF_PLUGIN_MAGIC_COOKIE"

// clouds are the clouds that there are.
var clouds = cloud.Clouds{"aws": awscloud.Open, "azure": azurecloud.Open}

func main() {
	if startedByTerraform(os.Getenv, os.Args[1:]) {
		os.Exit(serveProvider(len(os.Args) > 1))
	}
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

// serveProvider serves until Terraform is done.
func serveProvider(debugger bool) int {
	// A provider lives for seconds and is mostly short-lived values: letting
	// the heap grow saves a third of the time of large plans.
	debug.SetGCPercent(400)
	serve := provider.Server(provider.Options{
		Version: version, Clouds: clouds, OpenSandbox: openTransport, Now: time.Now, Random: randomHex,
	})
	var options []tf6server.ServeOpt
	if debugger {
		options = append(options, tf6server.WithManagedDebug())
	}
	err := tf6server.Serve("registry.terraform.io/kready-io/kready", serve, options...)
	if err != nil {
		fmt.Fprintf(os.Stderr, "kready: serve the provider: %v\n", err)
		return 1
	}
	return 0
}

// runCommandLine hands the process to the command line.
func runCommandLine(ctx context.Context, args []string) int {
	cio := cli.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Now: time.Now, Random: randomHex}
	return cli.Run(ctx, args, cio, cli.App{Version: version, Clouds: clouds, OpenSandbox: openSandbox})
}

// openSandbox opens the embedded clouds that are kept at path. ARM comes first:
// on loopback it is known by its paths, and whatever else comes is AWS's.
func openSandbox(path string) (*sandbox.Sandbox, error) {
	return sandbox.Open(path, sandbox.Options{APIs: []sandbox.API{azureapi.New(), awsapi.New()}})
}

// openTransport is the way into them for the SDKs' clients.
func openTransport(path string) (http.RoundTripper, error) {
	box, err := openSandbox(path)
	if err != nil {
		return nil, err
	}
	return box.Transport(), nil
}

// randomHex returns n random hexadecimal digits.
func randomHex(n int) string {
	bytes := make([]byte, (n+1)/2)
	_, _ = rand.Read(bytes) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(bytes)[:n]
}
