package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// clusterConfig is a whole cluster as a user writes it. Tests change single
// lines with edit.
const clusterConfig = `
resource "kready_cluster_blueprint" "eu" {
  name               = "shop-eu"
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.33"

  network = {
    cidr           = "10.72.0.0/16"
    zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    egress         = "nat_per_zone"
    reachable_from = ["10.64.0.0/14"]
  }
  access = {
    admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"]
  }
  node_pools = {
    system = { instance_types = ["m7g.large"], min_size = 3, max_size = 6, mode = "system" }
    apps   = { instance_types = ["m7g.2xlarge"], min_size = 3, max_size = 12, labels = { tier = "apps" } }
  }
  registry = { repositories = ["shop/web", "shop/api"] }
  vault    = { names = ["shop"] }
  workload_identities = {
    external-secrets = { namespace = "external-secrets", service_account = "external-secrets", grants = ["vault:read"] }
  }
  deletion_protection = false
}
`

const moduleConfig = `
module "eu" {
  source    = %s
  blueprint = kready_cluster_blueprint.eu
}
`

// config is provider block, blueprint and module, with each old text replaced
// by the new one that follows it.
func (b *box) config(t *testing.T, edits ...string) string {
	t.Helper()
	return b.block() + edit(t, clusterConfig, edits...) + fmt.Sprintf(moduleConfig, quote(moduleSource(t, "cluster")))
}

// edit replaces old by new, in pairs; an old text that isn't there is an
// error in the test.
func edit(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the configuration does not hold %q", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// examples is examples/resources, all of them: together they are one
// configuration of a whole cluster, resource by resource.
func (b *box) examples(t *testing.T, edits ...string) string {
	t.Helper()
	paths, err := filepath.Glob("../../examples/resources/*/resource.tf")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	var all strings.Builder
	for _, path := range paths {
		if strings.Contains(path, "kready_cidr_delegation") {
			continue // it wants a ledger, and has a test of its own
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if onCloud(edits) == "azure" && strings.Contains(path, "kready_addons") {
			continue // AKS's are part of the cluster
		}
		all.WriteString(unrolled(string(text)))
		all.WriteString("\n")
	}
	return b.block() + edit(t, strings.ReplaceAll(all.String(), "[kready_node_pool.eu]", "[kready_node_pool.apps, kready_node_pool.system]"), edits...)
}

// onAzure are the edits of the examples that make the cluster one on AKS: what
// must differ.
var onAzure = []string{
	`"aws"`, `"azure"`, `"eu-west-1"`, `"westeurope"`, `["eu-west-1a", "eu-west-1b", "eu-west-1c"]`, `["1", "2", "3"]`,
	`arn:aws:iam::111122223333:role/platform-admin`, `5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c`,
	`arn:aws:iam::111122223333:role/shop-developer`, `6f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c`,
	`["m7g.large"]`, `["Standard_D4pds_v5"]`, `["m7g.2xlarge"]`, `["Standard_D8pds_v5"]`,
}

// onCloud is the cloud that edits lead to.
func onCloud(edits []string) string {
	if len(edits) > 1 && edits[0] == onAzure[0] {
		return "azure"
	}
	return "aws"
}

// instances are the keys over which the examples' for_each go.
var instances = map[string][]string{
	"kready_node_pool":         {"apps", "system"},
	"kready_workload_identity": {"external-secrets"},
}

var forEach = regexp.MustCompile(`(?m)^  for_each = (\S+).*\n\n`)

// unrolled writes a resource with for_each once for each key, because
// plugin-testing can't address instances by key. TestAccExamples applies the
// examples as they are.
func unrolled(text string) string {
	over := forEach.FindStringSubmatch(text)
	if over == nil {
		return text
	}
	var all strings.Builder
	for name, keys := range instances {
		for _, key := range keys {
			head := "resource \"" + name + "\" \"eu\""
			if !strings.Contains(text, head) {
				continue
			}
			one := forEach.ReplaceAllString(text, "")
			one = strings.Replace(one, head, "resource \""+name+"\" \""+key+"\"", 1)
			one = strings.ReplaceAll(one, "each.value", over[1]+"[\""+key+"\"]")
			all.WriteString(strings.ReplaceAll(one, "${each.key}", key) + "\n")
		}
	}
	return all.String()
}
