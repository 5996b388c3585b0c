package terratest

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fleetSize is how many clusters take their ranges from one pool.
const fleetSize = 20

// TestFleet proves that twenty clusters out of one pool are built and go
// again, and that no two of the ranges that then stand in the clouds overlap,
// nor any with what is reserved: networks with each other, and subnets within
// each.
func TestFleet(t *testing.T) {
	t.Parallel()
	from := t.TempDir()
	var clusters strings.Builder
	for i := range fleetSize {
		fmt.Fprintf(&clusters, "    c%02d = { prefix_length = %d }\n", i, 18+i%4)
	}
	config := fmt.Sprintf(fleetConfig, clusters.String())
	if err := os.MkdirAll(filepath.Join(from, "live", "fleet"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "live", "fleet", "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(from, "modules"), os.DirFS(filepath.Join(root, "modules"))); err != nil {
		t.Fatal(err)
	}
	s := newStack(t, from, "live/fleet", "modules")
	// A region's quotas are for fewer: a fleet of this size asks for more.
	for _, quota := range []string{
		"vpc/L-F678F1CE", // VPCs
		"vpc/L-A4707A72", // internet gateways
		"vpc/L-FE5A380F", // NAT gateways in a zone
		"ec2/L-0263D0A3", // elastic addresses
	} {
		s.clouds.Set("quota/aws/"+quota, "50")
	}
	s.life(1+fleetSize*10, func() {
		if n := s.count("eks/cluster"); n != fleetSize {
			t.Errorf("%d clusters, want %d", n, fleetSize)
		}
		networks := map[string][]netip.Prefix{"": {netip.MustParsePrefix("10.64.0.0/14")}}
		subnets := map[string][]netip.Prefix{}
		for _, o := range s.clouds.Objects() {
			var stored struct {
				CIDR   string `json:"cidr"`
				VPC    string `json:"vpc"`
				Ranges []struct {
					CIDR string `json:"cidr"`
				} `json:"ranges"`
			}
			switch o.Type {
			case "ec2/vpc":
				s.clouds.Read(o.ID, &stored)
				// The first is the network's own; pods have another, which no
				// route leads to and which may be the same everywhere.
				networks[o.ID] = append(networks[o.ID], netip.MustParsePrefix(stored.Ranges[0].CIDR))
			case "ec2/subnet":
				s.clouds.Read(o.ID, &stored)
				subnets[stored.VPC] = append(subnets[stored.VPC], netip.MustParsePrefix(stored.CIDR))
			}
		}
		if len(networks) != fleetSize+1 || len(subnets) != fleetSize {
			t.Fatalf("%d networks, subnets in %d", len(networks)-1, len(subnets))
		}
		var all []netip.Prefix
		for id, ranges := range networks {
			all = append(all, ranges...)
			apart(t, "subnets of "+id, subnets[id])
		}
		apart(t, "networks", all)
	})
}

// apart fails where two ranges overlap.
func apart(t *testing.T, what string, ranges []netip.Prefix) {
	t.Helper()
	for i, a := range ranges {
		for _, b := range ranges[:i] {
			if a.Overlaps(b) {
				t.Errorf("%s: %s and %s overlap", what, a, b)
			}
		}
	}
}

const fleetConfig = `
terraform {
  required_providers {
    kready = { source = "kready-io/kready" }
  }
}

provider "kready" {
  sandbox = {}
}

module "fleet" {
  source = "../../modules/fleet"

  cidrs    = ["10.64.0.0/10"]
  reserved = { onprem = ["10.64.0.0/14"] }

  defaults = {
    cloud              = "aws"
    region             = "eu-west-1"
    stage              = "development"
    kubernetes_version = "1.34"
    autoscaling        = "none"

    network             = { zones = ["eu-west-1a", "eu-west-1b"], egress = "nat", reachable_from = ["10.64.0.0/14"] }
    access              = { admin_groups = ["arn:aws:iam::111122223333:role/platform-admin"] }
    node_pools          = { main = { instance_types = ["m7g.large"], min_size = 2, max_size = 2, mode = "system" } }
    deletion_protection = false
  }

  clusters = {
%s  }
}
`
