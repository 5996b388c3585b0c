package cidr

import (
	"fmt"
	"net/netip"
)

// Cloud names a cloud in rules.
type Cloud string

// The clouds that rules know.
const (
	AWS   Cloud = "aws"
	Azure Cloud = "azure"
)

// KnownRange is a range that means something to a cloud or to Kubernetes, so
// that using it fails or is asking for trouble.
type KnownRange struct {
	CIDR netip.Prefix
	// Cloud is where it matters; empty means everywhere.
	Cloud Cloud
	// Severity is Error where the cloud refuses it or it can't be routed.
	Severity Severity
	// Why is the reason, as a sentence that follows the range.
	Why string
	// Source is the document the rule was read in, and when.
	Source string
}

// KnownRanges returns the table that [JudgeRange] uses, errors first.
func KnownRanges() []KnownRange {
	return append([]KnownRange(nil), knownRanges...)
}

const (
	sourceIANA       = "IANA special-purpose address registries, RFC 6890"
	sourceVNet       = "Azure Virtual Network FAQ, 2026-08"
	sourceAKS        = "AKS concepts-network-cni-overview, 2026-08-21"
	sourceVPC        = "Amazon VPC user guide, vpc-cidr-blocks, 2023-04"
	sourceDefaultVPC = "Amazon VPC user guide, default VPCs, 2023-04"
	sourceEKS        = "Amazon EKS API, KubernetesNetworkConfigRequest, 2026-08"
	sourceKubeadm    = "kubeadm defaults, serviceSubnet"
)

// The table says overlap, not containment: 172.16.0.0/12 is refused on AKS
// because it holds 172.30.0.0/16 (AKS networking concepts, 2026-08-21).
var knownRanges = []KnownRange{
	{MustParse("0.0.0.0/8"), "", Error, `means "this host" and can't be routed`, sourceIANA},
	{MustParse("127.0.0.0/8"), "", Error, "is loopback and can't be routed", sourceIANA},
	{MustParse("169.254.0.0/16"), "", Error, "is link-local: both clouds keep it for metadata and refuse it", sourceVPC + "; " + sourceVNet},
	{MustParse("224.0.0.0/4"), "", Error, "is multicast and can't be given to hosts", sourceIANA},
	{MustParse("240.0.0.0/4"), "", Error, "is reserved and can't be given to hosts", sourceIANA},
	{MustParse("::1/128"), "", Error, "is loopback and can't be routed", sourceIANA},
	{MustParse("fe80::/10"), "", Error, "is link-local and can't be routed", sourceIANA},
	{MustParse("ff00::/8"), "", Error, "is multicast and can't be given to hosts", sourceIANA},
	{MustParse("168.63.129.16/32"), Azure, Error, "is Azure's own health probe and DNS address", sourceVNet},
	{MustParse("192.0.2.0/24"), Azure, Error, "is kept by AKS for itself, in the network, for pods and for services", sourceAKS},
	{MustParse("172.30.0.0/16"), Azure, Error, "is kept by AKS for itself, in the network, for pods and for services", sourceAKS},
	{MustParse("172.31.0.0/16"), Azure, Error, "is kept by AKS for itself, in the network, for pods and for services", sourceAKS},

	{MustParse("172.17.0.0/16"), "", Warning, "is Docker's bridge: hosts that run Docker, and AWS services such as Cloud9 and SageMaker, can't reach it", sourceVPC},
	{MustParse("172.31.0.0/16"), AWS, Warning, "is the default VPC of every AWS account: peering with one would fail", sourceDefaultVPC},
	{MustParse("10.100.0.0/16"), AWS, Warning, "is where EKS puts services unless told otherwise: clusters made by others use it", sourceEKS},
	{MustParse("172.20.0.0/16"), AWS, Warning, "is where EKS puts services unless told otherwise: clusters made by others use it", sourceEKS},
	{MustParse("10.0.0.0/16"), Azure, Warning, "is where AKS puts services, and the portal a new network, unless told otherwise", sourceAKS},
	{MustParse("10.244.0.0/16"), Azure, Warning, "is where AKS puts overlay pods unless told otherwise", sourceAKS},
	{MustParse("10.96.0.0/12"), "", Warning, "is where kubeadm puts services unless told otherwise: clusters on-premises often use it", sourceKubeadm},
	{MustParse("10.0.0.0/15"), AWS, Warning, "once in a VPC bars 10.0.0.0/16 from being added to it", sourceVPC},
}

// JudgeRange compares a range with the known ranges of the clouds it is meant
// for; name none if it may be used on any of them. A range that overlaps one
// the cloud refuses is an Error; if no cloud was named and only one refuses it,
// a Warning. Overlap with a default range is a Warning: it works until two
// networks that both kept the default have to be connected.
func JudgeRange(path string, prefix netip.Prefix, clouds ...Cloud) []Problem {
	var problems []Problem
	for _, known := range knownRanges {
		if !known.CIDR.Overlaps(prefix) || !known.concerns(clouds) {
			continue
		}
		summary := fmt.Sprintf("%s is spoken for", prefix)
		if known.CIDR != prefix {
			summary = fmt.Sprintf("%s overlaps %s", prefix, known.CIDR)
		}
		detail := fmt.Sprintf("%s %s.", known.CIDR, known.Why)
		if known.Severity == Error && (known.Cloud == "" || len(clouds) > 0) {
			problems = append(problems, refuse(path, summary, "%s Choose a range that does not overlap it. Source: %s.", detail, known.Source))
			continue
		}
		if known.Severity == Error {
			detail += fmt.Sprintf(" A cluster on %s can't use it.", known.Cloud)
		}
		problems = append(problems, warn(path, summary, "%s Prefer another range, or put this one under reserved. Source: %s.", detail, known.Source))
	}
	return problems
}

// concerns reports whether the row matters to a range meant for clouds.
func (k KnownRange) concerns(clouds []Cloud) bool {
	if k.Cloud == "" || len(clouds) == 0 {
		return true
	}
	for _, cloud := range clouds {
		if cloud == k.Cloud {
			return true
		}
	}
	return false
}

// The ranges that rules speak of.
var (
	rfc1918 = []netip.Prefix{MustParse("10.0.0.0/8"), MustParse("172.16.0.0/12"), MustParse("192.168.0.0/16")}
	// sharedSpace is RFC 6598, which both clouds allow for pods that are not routed.
	sharedSpace = MustParse("100.64.0.0/10")
	benchmark   = MustParse("198.19.0.0/16")
)

// SharedSpace returns 100.64.0.0/10 (RFC 6598): private to one network, and so
// the first choice for pods that need not be reached from outside.
func SharedSpace() netip.Prefix { return sharedSpace }

// inAny returns the first of ranges that holds prefix.
func inAny(ranges []netip.Prefix, prefix netip.Prefix) (netip.Prefix, bool) {
	for _, outer := range ranges {
		if Contains(outer, prefix) {
			return outer, true
		}
	}
	return netip.Prefix{}, false
}
