package catalog

import "slices"

// Operating systems of nodes, as kready spells them.
const (
	OSAL2023       = "al2023"
	OSBottlerocket = "bottlerocket"
	OSUbuntu2204   = "ubuntu2204"
	OSUbuntu2404   = "ubuntu2404"
	OSAzureLinux3  = "azurelinux3"
)

// Variants of a node image.
const (
	VariantStandard = ""
	VariantNVIDIA   = "nvidia" // NVIDIA GPUs with driver
	VariantNeuron   = "neuron" // AWS Inferentia and Trainium
	VariantFIPS     = "fips"   // FIPS 140 validated cryptography
)

// NodeImage is a kind of node image that a cloud maintains.
type NodeImage struct {
	Cloud        string // AWS or Azure
	OS           string // one of the OS constants
	Architecture string // AMD64 or ARM64; "" on Azure, where one name serves both
	Variant      string // one of the Variant constants; "" on Azure
	// APIName is what the cloud's API calls it: the AMI type of a managed node
	// group, or the OS SKU of an agent pool.
	APIName string
	// Oldest and Newest bound the Kubernetes versions that it runs; the zero
	// Minor leaves that side open.
	Oldest, Newest Minor
}

// Runs tells whether the cloud supports the image with a Kubernetes version.
func (n NodeImage) Runs(minor Minor) bool {
	return (n.Oldest == Minor{} || n.Oldest.Compare(minor) <= 0) && (n.Newest == Minor{} || minor.Compare(n.Newest) <= 0)
}

// LookupNodeImage finds the image of an operating system for an architecture
// and variant. On Azure, architecture and variant don't change the name and are
// not looked at.
func LookupNodeImage(cloud, os, architecture, variant string) (NodeImage, bool) {
	i := slices.IndexFunc(nodeImages, func(n NodeImage) bool {
		return n.Cloud == cloud && n.OS == os &&
			(cloud == Azure || n.Architecture == architecture && n.Variant == variant)
	})
	if i < 0 {
		return NodeImage{}, false
	}
	return nodeImages[i], true
}

// VariantFor is the variant that an EC2 instance type needs: with drivers for
// its GPUs or Neuron devices, or the standard one.
func VariantFor(t InstanceType) string {
	switch {
	case t.NeuronDevices > 0:
		return VariantNeuron
	case t.GPUs > 0:
		return VariantNVIDIA
	}
	return VariantStandard
}

// NodeImages lists a cloud's node images.
func NodeImages(cloud string) []NodeImage {
	return slices.DeleteFunc(slices.Clone(nodeImages), func(n NodeImage) bool { return n.Cloud != cloud })
}

// DefaultOS is what nodes run when nothing is asked for.
func DefaultOS(cloud string) string {
	if cloud == Azure {
		return OSUbuntu2404
	}
	return OSAL2023
}

var (
	amiTypesTable = Table{
		Name:   "eks-ami-types",
		Holds:  "AMI types of EKS managed node groups by operating system, architecture and variant",
		Source: "enumeration AMITypes of the EKS API model in botocore 1.44.5",
		Date:   day(2026, 11, 17),
	}
	osSKUsTable = Table{
		Name:   "aks-os-skus",
		Holds:  "OS SKUs of AKS node pools and the Kubernetes versions they run",
		Source: "MicrosoftDocs/azure-aks-docs articles/aks/upgrade-os-version.md (fb060ab)",
		Date:   day(2026, 8, 21),
	}
)

func imageTables() []Table {
	amis, skus := amiTypesTable, osSKUsTable
	amis.Rows, skus.Rows = len(NodeImages(AWS)), len(NodeImages(Azure))
	return []Table{amis, skus}
}

var nodeImages = []NodeImage{
	ami(OSAL2023, AMD64, VariantStandard, "AL2023_x86_64_STANDARD"),
	ami(OSAL2023, ARM64, VariantStandard, "AL2023_ARM_64_STANDARD"),
	ami(OSAL2023, AMD64, VariantNVIDIA, "AL2023_x86_64_NVIDIA"),
	ami(OSAL2023, ARM64, VariantNVIDIA, "AL2023_ARM_64_NVIDIA"),
	ami(OSAL2023, AMD64, VariantNeuron, "AL2023_x86_64_NEURON"),
	ami(OSBottlerocket, AMD64, VariantStandard, "BOTTLEROCKET_x86_64"),
	ami(OSBottlerocket, ARM64, VariantStandard, "BOTTLEROCKET_ARM_64"),
	ami(OSBottlerocket, AMD64, VariantNVIDIA, "BOTTLEROCKET_x86_64_NVIDIA"),
	ami(OSBottlerocket, ARM64, VariantNVIDIA, "BOTTLEROCKET_ARM_64_NVIDIA"),
	ami(OSBottlerocket, AMD64, VariantFIPS, "BOTTLEROCKET_x86_64_FIPS"),
	ami(OSBottlerocket, ARM64, VariantFIPS, "BOTTLEROCKET_ARM_64_FIPS"),

	{Cloud: Azure, OS: OSUbuntu2204, APIName: "Ubuntu2204", Oldest: Minor{1, 25}, Newest: Minor{1, 36}},
	{Cloud: Azure, OS: OSUbuntu2404, APIName: "Ubuntu2404", Oldest: Minor{1, 32}, Newest: Minor{1, 38}},
	{Cloud: Azure, OS: OSAzureLinux3, APIName: "AzureLinux3", Oldest: Minor{1, 28}, Newest: Minor{1, 36}},
}

func ami(os, architecture, variant, apiName string) NodeImage {
	return NodeImage{Cloud: AWS, OS: os, Architecture: architecture, Variant: variant, APIName: apiName}
}
