package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"
)

// kubeconfig prints a kubeconfig in exec form: it holds no secret.
func (app App) kubeconfig(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("kubeconfig", flag.ContinueOnError)
	var w where
	w.register(flags)
	plugin := flags.String("exec", "kready", "`plugin` that is asked for credentials: kready, or on Azure kubelogin")
	if code, done := parse(flags, cio, args, "Usage: kready kubeconfig -region REGION -cluster NAME [flags] > FILE\n\nPrints a kubeconfig that asks `kready token` for credentials when it is used. It holds no secret."); done {
		return code
	}
	if err := w.check(flags); err != nil {
		fmt.Fprintf(cio.Err, "kready kubeconfig: %v\n", err)
		return exitUsage
	}
	if *plugin != "kready" && (*plugin != "kubelogin" || w.cloud != "azure") {
		fmt.Fprintf(cio.Err, "kready kubeconfig: -exec %q is neither kready nor, with -cloud azure, kubelogin\n", *plugin)
		return exitUsage
	}
	c, err := w.open(ctx, cio, app)
	if err != nil {
		return fail(cio, "kubeconfig", err)
	}
	credentials, err := c.Credentials(ctx, w.cluster)
	if err != nil {
		return fail(cio, "kubeconfig", err)
	}
	arguments := []string{"token", "-cloud", w.cloud, "-region", w.region, "-cluster", w.cluster}
	for _, f := range []struct{ name, value string }{{"-sandbox", w.sandbox}, {"-profile", w.profile}, {"-subscription", w.subscription}} {
		if f.value != "" {
			arguments = append(arguments, f.name, f.value)
		}
	}
	if *plugin == "kubelogin" {
		arguments = credentials.Kubelogin
	}
	var list strings.Builder
	for _, argument := range arguments {
		fmt.Fprintf(&list, "        - %q\n", argument)
	}
	fmt.Fprintf(cio.Out, `apiVersion: v1
kind: Config
current-context: %[1]q
clusters:
  - name: %[1]q
    cluster:
      server: %[2]q
      certificate-authority-data: %[3]q
contexts:
  - name: %[1]q
    context:
      cluster: %[1]q
      user: %[1]q
users:
  - name: %[1]q
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1
        command: %[5]s
        interactiveMode: %[6]s
        args:
%[4]s`, w.cluster, credentials.Endpoint, credentials.CertificateAuthority, list.String(), *plugin, interactive[*plugin])
	return exitOK
}

// interactive tells whether a plugin may ask the person in front of it.
var interactive = map[string]string{"kready": "Never", "kubelogin": "IfAvailable"}
