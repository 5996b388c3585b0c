package acceptance

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kready-io/terraform-provider-kready/internal/awscloud"
	"github.com/kready-io/terraform-provider-kready/internal/azurecloud"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/provider"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

// box is one test's own embedded clouds.
type box struct {
	*sandbox.Sandbox
	path string
}

// newBox makes embedded clouds in a folder of the test's own.
func newBox(t *testing.T) *box {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sandbox.json")
	return &box{Sandbox: openSandbox(t, path), path: path}
}

func openSandbox(t *testing.T, path string) *sandbox.Sandbox {
	t.Helper()
	opened, err := sandbox.Open(path, sandbox.Options{APIs: []sandbox.API{azureapi.New(), awsapi.New()}})
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// block is the provider block of a configuration that uses the box.
func (b *box) block() string {
	return "provider \"kready\" {\n  sandbox = { path = " + quote(b.path) + " }\n}\n"
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"` }

// clouds are what main composes.
var clouds = cloud.Clouds{"aws": awscloud.Open, "azure": azurecloud.Open}

// factories run the provider inside the test process, as plugin-testing wants
// it.
func factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"kready": func() (tfprotov6.ProviderServer, error) { return provider.Server(options())(), nil },
	}
}

func options() provider.Options {
	return provider.Options{
		Version: "test",
		Clouds:  clouds,
		OpenSandbox: func(path string) (http.RoundTripper, error) {
			opened, err := sandbox.Open(path, sandbox.Options{APIs: []sandbox.API{azureapi.New(), awsapi.New()}})
			if err != nil {
				return nil, err
			}
			return opened.Transport(), nil
		},
		Now:    time.Now,
		Random: randomHex,
	}
}

func randomHex(n int) string {
	bytes := make([]byte, (n+1)/2)
	_, _ = rand.Read(bytes) // never fails: crypto/rand aborts the process instead
	return hex.EncodeToString(bytes)[:n]
}

// moduleSource is the path of a published module.
func moduleSource(t *testing.T, name string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "modules", name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: run `make generate`", err)
	}
	return filepath.ToSlash(path)
}
