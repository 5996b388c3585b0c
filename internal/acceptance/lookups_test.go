package acceptance

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// example reads one example file.
func example(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAccExamples applies all examples as they are written, resources, data
// sources and ephemeral resources together, plans nothing after, and destroys.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	var resources strings.Builder
	resources.WriteString(b.block())
	for _, name := range []string{"cidr_pool", "cluster_blueprint", "network", "cluster", "node_pool", "addons", "registry", "vault", "workload_identity"} {
		resources.WriteString(example(t, "resources/kready_"+name+"/resource.tf") + "\n")
	}
	w := newWorkspace(t, resources.String())
	w.apply()
	for _, path := range []string{
		"data-sources/kready_cluster/data-source.tf", "data-sources/kready_node_images/data-source.tf",
		"data-sources/kready_kubernetes_versions/data-source.tf", "ephemeral-resources/kready_cluster_credentials/ephemeral-resource.tf",
	} {
		resources.WriteString(example(t, path) + "\n")
	}
	w.write(resources.String())
	w.apply()
	w.empty()
	w.destroy()
	if err := b.nothingLeft(nil); err != nil {
		t.Error(err)
	}
}

// TestAccClusterData_basic and the tests beside it prove that data sources
// answer with what the cloud shows, and name what they could not find.
func TestAccClusterData_basic(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	w := newWorkspace(t, b.config(t))
	w.apply()
	w.write(b.config(t) + example(t, "data-sources/kready_cluster/data-source.tf"))
	if out := w.apply(); !strings.Contains(out, "endpoint = \"https://") {
		t.Errorf("the endpoint is missing:\n%s", out)
	}
	w.destroy()
}

func TestAccClusterData_refused(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{{
			Config:      b.block() + example(t, "data-sources/kready_cluster/data-source.tf"),
			ExpectError: regexp.MustCompile(`(?s)Looking up cluster shop-eu.*not\s+found`),
		}},
	})
}

func TestAccNodeImagesData_basic(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{{
			Config: b.block() + example(t, "data-sources/kready_node_images/data-source.tf"),
			Check:  resource.TestMatchOutput("newest_image", regexp.MustCompile(`^1\.34\.\d+-\d{8}$`)),
		}},
	})
}

func TestAccNodeImagesData_refused(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{{
			Config:      b.block() + strings.Replace(example(t, "data-sources/kready_node_images/data-source.tf"), `"al2023"`+"\n", `"windows"`+"\n", 1),
			ExpectError: regexp.MustCompile(`there is no operating system "windows" on EKS`),
		}},
	})
}

func TestAccKubernetesVersionsData_basic(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{{
			Config: b.block() + example(t, "data-sources/kready_kubernetes_versions/data-source.tf"),
			Check:  resource.TestMatchResourceAttr("data.kready_kubernetes_versions.eks", "versions.0.version", regexp.MustCompile(`^1\.\d+$`)),
		}},
	})
}

func TestAccKubernetesVersionsData_refused(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{{
			Config:      b.block() + strings.Replace(example(t, "data-sources/kready_kubernetes_versions/data-source.tf"), `"aws"`, `"gcp"`, 1),
			ExpectError: regexp.MustCompile(`this version of kready builds on`),
		}},
	})
}

// TestAccClusterCredentials_basic proves that the ephemeral resource opens a
// cluster that exists, and is not opened while the cluster is yet to be made.
func TestAccClusterCredentials_basic(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	const opened = `
ephemeral "kready_cluster_credentials" "eu" {
  cluster_id = module.eu.id
}
`
	w := newWorkspace(t, b.config(t)+opened)
	w.apply()
	w.empty()
	state, err := os.ReadFile(w.dir + "/terraform.tfstate")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(state), "k8s-aws-v1") {
		t.Error("the state holds a token")
	}
	w.destroy()
}

func TestAccClusterCredentials_refused(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	w := newWorkspace(t, b.block()+"ephemeral \"kready_cluster_credentials\" \"eu\" {\n  cluster_id = \"shop-eu\"\n}\n")
	w.fails([]string{"plan"}, "is not of the form account/region/cluster")
}
