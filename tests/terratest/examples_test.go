package terratest

import (
	"os"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/logger"
	"github.com/gruntwork-io/terratest/modules/terraform"

	"github.com/kready-io/terraform-provider-kready/kreadytest"
)

// TestQuickstart proves that the first thing a new user runs works from
// nothing to nothing: a cluster in each cloud.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	s := newStack(t, root, "examples/quickstart", "modules")
	s.life(20, func() {
		for _, kind := range []string{"eks/cluster", "ec2/vpc", "Microsoft.ContainerService/managedClusters", "Microsoft.Network/virtualNetworks"} {
			if n := s.count(kind); n != 1 {
				t.Errorf("%d of %s, want one", n, kind)
			}
		}
	})
}

// TestNetworkOnly proves modules/network-only: the network, and no cluster.
func TestNetworkOnly(t *testing.T) {
	t.Parallel()
	s := newStack(t, root, "examples/network-only", "modules")
	s.life(20, func() {
		if clusters, networks := s.count("eks/cluster"), s.count("ec2/vpc"); clusters != 0 || networks != 1 {
			t.Errorf("%d clusters in %d networks, want a network alone", clusters, networks)
		}
	})
}

// TestTerraformTest proves the example of `terraform test`: it passes, in
// clouds that its own file names, and leaves nothing behind.
func TestTerraformTest(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("make terratest builds kready")
	}
	folder := kreadytest.Copy(t, root, "examples/terraform-test", "modules")
	options := &terraform.Options{TerraformDir: folder, TerraformBinary: os.Getenv("TF_ACC_TERRAFORM_PATH"), Logger: logger.Discard}
	terraform.InitContext(t, t.Context(), options)
	out := terraform.RunTerraformCommandContext(t, t.Context(), options, "test", "-no-color")
	if !strings.Contains(out, "Success! 2 passed, 0 failed.") {
		t.Error(out)
	}
	state := folder + "/.kready/network.tftest.json"
	if journal := kready(t, "sandbox", "journal", "-state", state); !strings.Contains(journal, "CreateSubnet") {
		t.Errorf("nothing was built in the clouds of the test:\n%s", journal)
	}
	if left := kready(t, "sandbox", "show", "-json", "-state", state); !strings.Contains(left, `"objects": []`) {
		t.Errorf("something is left:\n%s", left)
	}
}
