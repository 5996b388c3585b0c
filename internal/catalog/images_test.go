package catalog

import (
	"slices"
	"testing"
)

// Each image is found by what it is, once, under the name that the API takes.
func TestNodeImages(t *testing.T) {
	names := map[string]bool{}
	for _, cloud := range []string{AWS, Azure} {
		for _, image := range NodeImages(cloud) {
			if names[image.APIName] {
				t.Errorf("%s is there twice", image.APIName)
			}
			names[image.APIName] = true
			if found, ok := LookupNodeImage(cloud, image.OS, image.Architecture, image.Variant); !ok || found != image {
				t.Errorf("lookup of %s finds %+v, %t", image.APIName, found, ok)
			}
		}
		if _, ok := LookupNodeImage(cloud, DefaultOS(cloud), AMD64, VariantStandard); !ok {
			t.Errorf("%s has no image of its default system", cloud)
		}
	}
	for _, c := range []struct{ cloud, os, architecture, variant, want string }{
		{AWS, OSAL2023, AMD64, VariantStandard, "AL2023_x86_64_STANDARD"},
		{AWS, OSAL2023, ARM64, VariantStandard, "AL2023_ARM_64_STANDARD"},
		{AWS, OSBottlerocket, AMD64, VariantStandard, "BOTTLEROCKET_x86_64"},
		{AWS, OSBottlerocket, ARM64, VariantStandard, "BOTTLEROCKET_ARM_64"},
		{Azure, OSUbuntu2404, ARM64, VariantStandard, "Ubuntu2404"},
		{Azure, OSAzureLinux3, AMD64, VariantStandard, "AzureLinux3"},
	} {
		if got, ok := LookupNodeImage(c.cloud, c.os, c.architecture, c.variant); !ok || got.APIName != c.want {
			t.Errorf("%v: %+v, %t", c, got, ok)
		}
	}
	for _, c := range []struct{ cloud, os, architecture, variant string }{
		{AWS, OSUbuntu2404, AMD64, VariantStandard}, {Azure, OSAL2023, AMD64, VariantStandard},
		{AWS, OSBottlerocket, AMD64, VariantNeuron}, {AWS, OSAL2023, "riscv64", VariantStandard},
	} {
		if got, ok := LookupNodeImage(c.cloud, c.os, c.architecture, c.variant); ok {
			t.Errorf("%v: %+v", c, got)
		}
	}
}

// An image runs the versions between its bounds, both included, and any where
// it has none.
func TestNodeImageRuns(t *testing.T) {
	ubuntu, _ := LookupNodeImage(Azure, OSUbuntu2404, AMD64, "")
	for version, want := range map[string]bool{"1.31": false, "1.32": true, "1.38": true, "1.39": false} {
		if got := ubuntu.Runs(minor(t, version)); got != want {
			t.Errorf("Ubuntu 24.04 on %s: %t", version, got)
		}
	}
	amazon, _ := LookupNodeImage(AWS, OSAL2023, AMD64, "")
	if !amazon.Runs(Minor{1, 99}) {
		t.Error("Amazon Linux has a bound that no source gives")
	}
}

// Accelerated instance types get the image with their drivers.
func TestVariantFor(t *testing.T) {
	for name, want := range map[string]string{"m7g.large": VariantStandard, "g5.xlarge": VariantNVIDIA, "trn1.2xlarge": VariantNeuron} {
		instance, ok := LookupInstanceType(name)
		if !ok || VariantFor(instance) != want {
			t.Errorf("%s: %q, %t", name, VariantFor(instance), ok)
		}
	}
}

// Add-ons are sorted, whole, and need only add-ons that exist; the default set
// is among them, complete with what it needs.
func TestAddons(t *testing.T) {
	addons := Addons()
	for i, addon := range addons {
		if i > 0 && addons[i-1].Name >= addon.Name {
			t.Errorf("%s follows %s", addon.Name, addons[i-1].Name)
		}
		if addon.Component == "" || addon.Namespace == "" || (addon.Owner != "aws" && addon.Owner != "community") {
			t.Errorf("not whole: %+v", addon)
		}
		if addon.ManagedPolicy != "" && addon.ServiceAccount == "" {
			t.Errorf("%s has a policy and nobody to hold it", addon.Name)
		}
		for _, need := range addon.Needs {
			if _, ok := LookupAddon(need); !ok {
				t.Errorf("%s needs %s, which is unknown", addon.Name, need)
			}
		}
	}
	defaults := DefaultAddons()
	if !slices.IsSorted(defaults) {
		t.Error("default add-ons are not sorted")
	}
	for _, name := range defaults {
		addon, ok := LookupAddon(name)
		if !ok {
			t.Errorf("default add-on %s is unknown", name)
		}
		for _, need := range addon.Needs {
			if !slices.Contains(defaults, need) {
				t.Errorf("default add-on %s needs %s", name, need)
			}
		}
	}
	for _, name := range []string{"vpc-cni", "kube-proxy"} {
		if addon, _ := LookupAddon(name); !addon.BeforeNodes || !slices.Contains(defaults, name) {
			t.Errorf("%s must be there before nodes", name)
		}
	}
	if _, ok := LookupAddon("aws-load-balancer-controller"); ok {
		t.Error("the load balancer controller is no EKS add-on in the source")
	}
}
