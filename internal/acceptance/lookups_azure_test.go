package acceptance

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cli"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/awsapi"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

// azureConfig is the cluster of config on AKS: what must differ, differs.
func (b *box) azureConfig(t *testing.T, edits ...string) string {
	t.Helper()
	return b.config(t, append([]string{
		`"aws"`, `"azure"`, `"eu-west-1"`, `"westeurope"`, `["eu-west-1a", "eu-west-1b", "eu-west-1c"]`, `["1", "2", "3"]`, `"1.33"`, `"1.35"`,
		`arn:aws:iam::111122223333:role/platform-admin`, `5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c`,
		`["m7g.large"]`, `["Standard_D4pds_v5"]`, `["m7g.2xlarge"]`, `["Standard_D8pds_v5"]`,
	}, edits...)...)
}

// kready runs the command line on the box.
func (b *box) kready(t *testing.T, env map[string]string, args ...string) (out, complaint string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cio := cli.IO{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Getenv: func(name string) string { return env[name] }, Now: time.Now, Random: randomHex}
	code = cli.Run(t.Context(), args, cio, cli.App{Version: "test", Clouds: clouds, OpenSandbox: func(path string) (*sandbox.Sandbox, error) {
		return sandbox.Open(path, sandbox.Options{APIs: []sandbox.API{azureapi.New(), awsapi.New()}})
	}})
	return stdout.String(), stderr.String(), code
}

const azureLookups = `
data "kready_cluster" "eu" {
  cloud      = "azure"
  region     = "westeurope"
  name       = "shop-eu"
  depends_on = [module.eu]
}

data "kready_kubernetes_versions" "aks" {
  cloud  = "azure"
  region = "westeurope"
}

data "kready_node_images" "ubuntu" {
  cloud              = "azure"
  region             = "westeurope"
  os                 = "ubuntu2404"
  architecture       = "arm64"
  kubernetes_version = "1.35"
  depends_on         = [module.eu]
}

data "kready_cidr_inventory" "all" {
  places     = [{ cloud = "azure", region = "westeurope" }]
  own        = true
  depends_on = [module.eu]
}

ephemeral "kready_cluster_credentials" "eu" {
  cluster_id = module.eu.id
}

output "endpoint" {
  value = data.kready_cluster.eu.endpoint == module.eu.endpoint && strcontains(module.eu.endpoint, ".azmk8s.io:443")
}

output "standard" {
  value = contains([for v in data.kready_kubernetes_versions.aks.versions : v.version if v.status == "standard"], "1.35")
}

output "image" {
  value = data.kready_node_images.ubuntu.latest
}

output "network" {
  value = contains([for r in data.kready_cidr_inventory.all.ranges : r.cidr if r.kind == "network" && r.cluster == "shop-eu" && r.owner == "sandbox"], "10.72.0.0/16")
}

output "registry" {
  value = endswith(module.eu.registry_urls["registry"], ".azurecr.io")
}
`

// TestAccLookups_azure proves that an AKS cluster which the module made is found
// by data sources, opens by credentials that stay out of the state, and that the
// command line opens it too: with kready itself or with kubelogin.
func TestAccLookups_azure(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	w := newWorkspace(t, b.azureConfig(t)+azureLookups)
	out := w.apply()
	for _, said := range []string{"endpoint = true", "standard = true", `image = "202610.28.0"`, "network = true", "registry = true"} {
		if !strings.Contains(out, said) {
			t.Errorf("the apply does not say %s:\n%s", said, out[max(0, len(out)-1500):])
		}
	}
	w.empty()
	state, err := os.ReadFile(w.dir + "/terraform.tfstate")
	if err != nil {
		t.Fatal(err)
	}
	const token = "eyJhbGciOiJub25l" // how the sandbox's tokens begin
	if strings.Contains(string(state), token) {
		t.Error("the state holds a token")
	}
	where := []string{"-cloud", "azure", "-region", "westeurope", "-cluster", "shop-eu", "-sandbox", b.path}
	config, complaint, code := b.kready(t, nil, append([]string{"kubeconfig"}, where...)...)
	if code != 0 || !strings.Contains(config, ".azmk8s.io:443") || !strings.Contains(config, "command: kready\n") || strings.Contains(config, token) {
		t.Errorf("kubeconfig exits with %d:\n%s%s", code, config, complaint)
	}
	config, complaint, code = b.kready(t, nil, append([]string{"kubeconfig", "-exec", "kubelogin"}, where...)...)
	if code != 0 || !strings.Contains(config, "command: kubelogin\n") || !strings.Contains(config, `"--server-id"`) {
		t.Errorf("kubeconfig for kubelogin exits with %d:\n%s%s", code, config, complaint)
	}
	info := `{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","spec":{"interactive":false}}`
	answer, complaint, code := b.kready(t, map[string]string{"KUBERNETES_EXEC_INFO": info}, append([]string{"token"}, where...)...)
	var credential struct {
		APIVersion string
		Status     struct{ Token, ExpirationTimestamp string }
	}
	if err := json.Unmarshal([]byte(answer), &credential); err != nil || code != 0 {
		t.Fatalf("token exits with %d: %v\n%s", code, err, complaint)
	}
	if credential.APIVersion != "client.authentication.k8s.io/v1beta1" || !strings.HasPrefix(credential.Status.Token, token) || credential.Status.ExpirationTimestamp == "" {
		t.Errorf("the credential is of %s, until %s", credential.APIVersion, credential.Status.ExpirationTimestamp)
	}
	listed, complaint, code := b.kready(t, nil, "cidr", "inventory", "-cloud", "azure", "-region", "westeurope", "-subnets", "-sandbox", b.path)
	if code != 0 || !strings.Contains(listed, "10.72.0.0/16") || !strings.Contains(listed, "subnet") {
		t.Errorf("the inventory exits with %d:\n%s%s", code, listed, complaint)
	}
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Error(err)
	}
}

// TestAccLookups_azureRefused proves that what can't be found or is asked for in
// the wrong words is told so.
func TestAccLookups_azureRefused(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	where := []string{"-cloud", "azure", "-region", "westeurope", "-cluster", "shop-eu", "-sandbox", b.path}
	if _, complaint, code := b.kready(t, nil, append([]string{"token"}, where...)...); code != 1 || !strings.Contains(complaint, "there is no cluster shop-eu") {
		t.Errorf("token exits with %d: %s", code, complaint)
	}
	if _, complaint, code := b.kready(t, nil, append([]string{"kubeconfig", "-exec", "kubectl"}, where...)...); code != 2 || !strings.Contains(complaint, "kubelogin") {
		t.Errorf("kubeconfig exits with %d: %s", code, complaint)
	}
}
