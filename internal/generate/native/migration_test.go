package native

import (
	"strings"
	"testing"
)

// TestMigrateBack proves that every resource of modules/cluster gets its
// import, under the id that it takes, and that every resource of the native
// module is let go once, without keys and without a destroy.
func TestMigrateBack(t *testing.T) {
	const state = `{"format_version": "1.0", "values": {"root_module": {"child_modules": [{"resources": [
		{"address": "module.n.aws_vpc.this", "mode": "managed", "type": "aws_vpc", "values": {}},
		{"address": "module.n.data.aws_region.current", "mode": "data", "type": "aws_region", "values": {}},
		{"address": "module.n.aws_eks_cluster.this", "mode": "managed", "type": "aws_eks_cluster",
		 "values": {"name": "shop", "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/shop"}},
		{"address": "module.n.aws_eks_node_group.this[\"apps/eu-west-1a\"]", "mode": "managed", "type": "aws_eks_node_group", "index": "apps/eu-west-1a", "values": {}},
		{"address": "module.n.aws_eks_node_group.this[\"apps/eu-west-1b\"]", "mode": "managed", "type": "aws_eks_node_group", "index": "apps/eu-west-1b", "values": {}},
		{"address": "module.n.aws_iam_role.workload[\"identity/dns\"]", "mode": "managed", "type": "aws_iam_role", "index": "identity/dns", "values": {}},
		{"address": "module.n.aws_kms_key.vault[\"shop\"]", "mode": "managed", "type": "aws_kms_key", "index": "shop", "values": {}}
	]}]}}}`
	files, err := Migrate(Migration{State: []byte(state), From: "native", To: "module.eu"})
	if err != nil {
		t.Fatal(err)
	}
	text := string(files["migration.tf"])
	for to, id := range map[string]string{
		"module.eu.kready_network.this":                  "111122223333/eu-west-1/shop",
		"module.eu.kready_cluster.this":                  "111122223333/eu-west-1/shop",
		`module.eu.kready_node_pool.this["apps"]`:        "111122223333/eu-west-1/shop/apps",
		`module.eu.kready_workload_identity.this["dns"]`: "111122223333/eu-west-1/shop/dns",
		"module.eu.kready_vault.this[0]":                 "111122223333/eu-west-1/shop",
	} {
		if !strings.Contains(text, "import {\n  to = "+to+"\n  id = \""+id+"\"\n}") {
			t.Errorf("%s is not imported by %s:\n%s", to, id, text)
		}
	}
	if n := strings.Count(text, "import {"); n != 5 {
		t.Errorf("%d imports", n)
	}
	for _, from := range []string{"module.n.aws_vpc.this", "module.n.aws_eks_cluster.this", "module.n.aws_eks_node_group.this", "module.n.aws_iam_role.workload", "module.n.aws_kms_key.vault"} {
		if strings.Count(text, "removed {\n  from = "+from+"\n\n  lifecycle {\n    destroy = false\n  }\n}") != 1 {
			t.Errorf("%s is not let go once:\n%s", from, text)
		}
	}
}

// TestMigrateRefuses proves that what is no state, or holds no cluster, or
// several, is said, with what to do.
func TestMigrateRefuses(t *testing.T) {
	network := func(name string) string {
		return `{"address": "kready_network.` + name + `", "mode": "managed", "type": "kready_network", "values": {"design": {"cluster": "` + name + `", "cloud": "aws"}, "objects": {"vpc": "vpc-1"}}}`
	}
	state := func(resources ...string) string {
		return `{"format_version": "1.0", "values": {"root_module": {"resources": [` + strings.Join(resources, ",") + `]}}}`
	}
	for name, c := range map[string]struct {
		request Migration
		want    string
	}{
		"no state":       {Migration{From: "kready", State: []byte("{}")}, "terraform show -json"},
		"nothing":        {Migration{From: "kready", State: []byte(state())}, "no cluster of kready's"},
		"several":        {Migration{From: "kready", State: []byte(state(network("a"), network("b")))}, "-name: a, b"},
		"parts":          {Migration{From: "kready", State: []byte(state(network("a")))}, "only parts of a"},
		"another flavor": {Migration{From: "eksctl", State: []byte(state(network("a")))}, `not from "eksctl"`},
		"no module":      {Migration{From: "native", State: []byte(state())}, "-module module.NAME"},
		"no native":      {Migration{From: "native", To: "module.x", State: []byte(state(network("a")))}, "no cluster of a native module"},
	} {
		if _, err := Migrate(c.request); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
