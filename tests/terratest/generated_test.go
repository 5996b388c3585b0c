package terratest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// blueprintFile is a blueprint as a user keeps it.
const blueprintFile = `
blueprint "shop-eu" {
  cloud              = "aws"
  region             = "eu-west-1"
  kubernetes_version = "1.34"
  stage              = "development"
  network = {
    cidr           = "10.68.0.0/16"
    zones          = ["eu-west-1a", "eu-west-1b"]
    egress         = "nat"
    reachable_from = ["10.64.0.0/14"]
  }
  access      = { admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"] }
  autoscaling = "none"
  node_pools  = { main = { instance_types = ["m7g.large"], min_size = 2, max_size = 2, mode = "system" } }
  registry    = { repositories = ["shop/web"] }
}
`

// kready runs the built binary.
func kready(t *testing.T, args ...string) string {
	t.Helper()
	binary, err := filepath.Abs(filepath.Join(root, "bin", "kready"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("kready %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestGeneratedModule proves that the module that is written for a blueprint
// is applied as it is.
func TestGeneratedModule(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("make terratest builds kready")
	}
	from := t.TempDir()
	blueprint := filepath.Join(from, "shop.kready.hcl")
	if err := os.WriteFile(blueprint, []byte(blueprintFile), 0o600); err != nil {
		t.Fatal(err)
	}
	kready(t, "generate", "module", "-blueprint", blueprint, "-root", "-sandbox", "-out", filepath.Join(from, "live"))
	s := newStack(t, from, "live")
	s.life(20, func() {
		if n := s.count("eks/cluster"); n != 1 {
			t.Errorf("%d clusters, want one", n)
		}
	})
}
