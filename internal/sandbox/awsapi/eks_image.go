package awsapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// amiType is a kind of node image that EKS builds.
type amiType struct {
	name   string
	arch   string
	family string // al2, al2023, bottlerocket
	// first and last are the minors it is built for; 0 is open.
	first, last int
	// parameter is where SSM publishes it: after the Kubernetes version for
	// Amazon Linux, around it for Bottlerocket.
	parameter string
}

var amiTypes = []amiType{
	{"AL2_x86_64", intel, "al2", 0, 32, "amazon-linux-2"},
	{"AL2_ARM_64", arm, "al2", 0, 32, "amazon-linux-2-arm64"},
	{"AL2_x86_64_GPU", intel, "al2", 0, 32, "amazon-linux-2-gpu"},
	{"AL2023_x86_64_STANDARD", intel, "al2023", 0, 0, "amazon-linux-2023/x86_64/standard"},
	{"AL2023_ARM_64_STANDARD", arm, "al2023", 0, 0, "amazon-linux-2023/arm64/standard"},
	{"AL2023_x86_64_NEURON", intel, "al2023", 0, 0, "amazon-linux-2023/x86_64/neuron"},
	{"AL2023_x86_64_NVIDIA", intel, "al2023", 0, 0, "amazon-linux-2023/x86_64/nvidia"},
	{"AL2023_ARM_64_NVIDIA", arm, "al2023", 0, 0, "amazon-linux-2023/arm64/nvidia"},
	{"BOTTLEROCKET_x86_64", intel, "bottlerocket", 0, 0, "x86_64"},
	{"BOTTLEROCKET_ARM_64", arm, "bottlerocket", 0, 0, "arm64"},
	{"BOTTLEROCKET_x86_64_FIPS", intel, "bottlerocket", 0, 0, "x86_64-fips"},
	{"BOTTLEROCKET_ARM_64_FIPS", arm, "bottlerocket", 0, 0, "arm64-fips"},
	{"BOTTLEROCKET_x86_64_NVIDIA", intel, "bottlerocket", 0, 0, "x86_64-nvidia"},
	{"BOTTLEROCKET_ARM_64_NVIDIA", arm, "bottlerocket", 0, 0, "arm64-nvidia"},
}

func amiTypeNamed(name string) (amiType, bool) {
	i := slices.IndexFunc(amiTypes, func(t amiType) bool { return t.name == name })
	if i < 0 {
		return amiType{}, false
	}
	return amiTypes[i], true
}

// Releases of node images, oldest first. They are made up, in AWS's spelling
// and rhythm. A setting adds newer ones, for whoever wants to see a pin age.
var (
	amazonLinuxDates = []string{"20260828", "20260911", "20260925", "20261009", "20261023", "20261106"}
	bottlerockets    = []string{"1.49.0-5ab1c2d0", "1.50.0-0f3d7e21", "1.51.0-c41e90b7", "1.52.0-77aa03d5"}
)

const (
	amazonLinuxSetting  = "aws/eks/al2023_releases"      // "20261120,20261204"
	bottlerocketSetting = "aws/eks/bottlerocket_release" // "1.53.0-0a1b2c3d"
)

func extra(tx *sandbox.Tx, setting string) []string {
	if given := tx.Setting(setting, ""); given != "" {
		return strings.Split(given, ",")
	}
	return nil
}

// releases are the release versions of an image for a Kubernetes version,
// oldest first.
func (t amiType) releases(tx *sandbox.Tx, v eksVersion) []string {
	if t.family == "bottlerocket" {
		return append(slices.Clone(bottlerockets), extra(tx, bottlerocketSetting)...)
	}
	dates := append(slices.Clone(amazonLinuxDates), extra(tx, amazonLinuxSetting)...)
	return each(dates, func(date string) string { return fmt.Sprintf("1.%d.%d-%s", v.minor, v.patch, date) })
}

// runs says whether the image is built for a version.
func (t amiType) runs(v eksVersion) bool {
	return v.minor >= t.first && (t.last == 0 || v.minor <= t.last)
}

// image is the AMI of a release. It depends on nothing but what it is.
func (t amiType) image(region, version, release string) string {
	return "ami-" + digest(strings.Join([]string{"image", region, t.name, version, release}, "/"))[:17]
}

// usualAMIType is what EKS takes when none is asked for.
func usualAMIType(arch string) amiType {
	name := "AL2023_x86_64_STANDARD"
	if arch == arm {
		name = "AL2023_ARM_64_STANDARD"
	}
	t, _ := amiTypeNamed(name)
	return t
}
