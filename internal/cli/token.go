package cli

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"time"
)

// execCredential is what kubectl and client-go read from an exec plugin:
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
type execCredential struct {
	APIVersion string               `json:"apiVersion"`
	Kind       string               `json:"kind"`
	Status     execCredentialStatus `json:"status"`
}

type execCredentialStatus struct {
	ExpirationTimestamp string `json:"expirationTimestamp"`
	Token               string `json:"token"`
}

// token prints short-lived credentials for a cluster's API, as kubectl's exec
// plugin. The token goes to standard output and nowhere else.
func (app App) token(ctx context.Context, cio IO, args []string) int {
	flags := flag.NewFlagSet("token", flag.ContinueOnError)
	var w where
	w.register(flags)
	if code, done := parse(flags, cio, args, "Usage: kready token -region REGION -cluster NAME [flags]\n\nPrints a short-lived token for the cluster's API, in the form that kubectl's exec plugins use."); done {
		return code
	}
	if err := w.check(flags); err != nil {
		fmt.Fprintf(cio.Err, "kready token: %v\n", err)
		return exitUsage
	}
	c, err := w.open(ctx, cio, app)
	if err != nil {
		return fail(cio, "token", err)
	}
	credentials, err := c.Credentials(ctx, w.cluster)
	if err != nil {
		return fail(cio, "token", err)
	}
	encoder := json.NewEncoder(cio.Out)
	err = encoder.Encode(execCredential{
		APIVersion: execVersion(cio.Getenv("KUBERNETES_EXEC_INFO")), Kind: "ExecCredential",
		Status: execCredentialStatus{
			ExpirationTimestamp: credentials.Expires.UTC().Format(time.RFC3339), Token: credentials.Token,
		},
	})
	if err != nil {
		return fail(cio, "token", err)
	}
	return exitOK
}

// execVersions are the versions of the exec interface, the usual one first.
var execVersions = []string{"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"}

// execVersion is the version in which the caller wants its answer: clients refuse
// another one than their kubeconfig names, and those that AKS writes name
// v1beta1.
func execVersion(info string) string {
	var asked struct {
		APIVersion string `json:"apiVersion"`
	}
	if err := json.Unmarshal([]byte(info), &asked); err == nil && slices.Contains(execVersions, asked.APIVersion) {
		return asked.APIVersion
	}
	return execVersions[0]
}
