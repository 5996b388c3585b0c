package azurecloud_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// TestVersions proves that versions come newest first, with what AKS says of
// their support and the days of the dated table.
func TestVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	versions, err := w.cloud.Versions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if versions[0].Status != "preview" || versions[0].Version != "1.37" {
		t.Errorf("the first is %+v", versions[0])
	}
	for _, version := range versions {
		switch version.Version {
		case "1.35":
			if !version.Default || version.Status != "standard" || version.PatchOrRelease != "1.35.4" || version.EndOfStandard != "2027-03-31" {
				t.Errorf("%+v", version)
			}
		case "1.32":
			if version.Default || version.Status != "extended" {
				t.Errorf("%+v", version)
			}
		}
	}
}

// TestNodeImages proves that images are those of pools that exist, and that a
// question without an answer is one with words.
func TestNodeImages(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, nil)
	ctx := context.Background()
	query := cloud.NodeImageQuery{OS: "ubuntu2404", Architecture: "amd64", KubernetesVersion: design.ControlPlane.KubernetesVersion}
	if _, err := w.cloud.NodeImages(ctx, query); !errors.Is(err, cloud.ErrNotFound) {
		t.Errorf("without a pool: %v, want not found", err)
	}
	w.cluster(design)
	if err := w.box.Set("azure/node-image", "202611.10.0"); err != nil {
		t.Fatal(err)
	}
	images, err := w.cloud.NodeImages(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	if len(images) != 2 || images[0].Release != "202611.10.0" || images[1].Release != "202610.28.0" || !strings.HasPrefix(images[0].ImageID, "AKSUbuntu-2404") {
		t.Errorf("images: %+v", images)
	}
	for _, wrong := range []cloud.NodeImageQuery{
		{OS: "windows", Architecture: "amd64", KubernetesVersion: "1.33"}, {OS: "ubuntu2404", Architecture: "x86", KubernetesVersion: "1.33"},
	} {
		if _, err := w.cloud.NodeImages(ctx, wrong); !errors.Is(err, cloud.ErrInvalid) {
			t.Errorf("%+v: %v, want invalid", wrong, err)
		}
	}
}

// TestCredentials proves that a cluster is found by name, its API by its
// private name, and that nothing is made up where there is none.
func TestCredentials(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, nil)
	ctx := context.Background()
	if _, err := w.cloud.Credentials(ctx, "shop"); !errors.Is(err, cloud.ErrNotFound) {
		t.Errorf("without a cluster: %v, want not found", err)
	}
	w.cluster(design)
	got, err := w.cloud.Credentials(ctx, "shop")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.Endpoint, "https://shop") || !strings.HasSuffix(got.Endpoint, ":443") || got.CertificateAuthority == "" || strings.Count(got.Token, ".") != 2 || got.Expires.IsZero() {
		t.Errorf("credentials: endpoint %s, authority %q, expires %s", got.Endpoint, got.CertificateAuthority, got.Expires)
	}
	if !strings.Contains(strings.Join(got.Kubelogin, " "), "--server-id 6dae42f8-4368-4678-94ff-3960e28e3630 --tenant-id") {
		t.Errorf("kubelogin %q", got.Kubelogin)
	}
}

// TestRanges proves that networks, subnets and who made them are listed, those
// of other regions are not, and that a network of others is seen as such.
func TestRanges(t *testing.T) {
	t.Parallel()
	w, design := newShop(t, nil)
	for name, arguments := range map[string]map[string]string{
		"hub":  {"region": region, "name": "hub", "cidr": "10.250.0.0/16"},
		"away": {"region": "northeurope", "name": "away", "cidr": "10.251.0.0/16"},
	} {
		if _, err := w.box.Plant("azure", "virtual-network", arguments); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	inventory, is := w.cloud.(cloud.Inventory)
	if !is {
		t.Fatal("no inventory")
	}
	ranges, err := inventory.Ranges(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]cloud.NetworkRange{}
	for _, one := range ranges {
		found[one.Kind+" "+one.CIDR] = one
	}
	if own := found["network 10.64.0.0/16"]; own.Owner != "team" || own.Cluster != "shop" || own.Name != design.Network.Names["vnet"] {
		t.Errorf("our network: %+v", own)
	}
	if other := found["network 10.250.0.0/16"]; other.Name != "hub" || other.Owner != "" {
		t.Errorf("the hub: %+v", other)
	}
	if nodes := found["subnet "+design.Network.Subnets["nodes"].CIDR]; nodes.Owner != "team" || nodes.Name != "nodes" {
		t.Errorf("the nodes' subnet: %+v", nodes)
	}
	if _, listed := found["network 10.251.0.0/16"]; listed {
		t.Error("a network of another region is listed")
	}
}
