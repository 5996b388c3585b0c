package cidr

import (
	"fmt"
	"net/netip"
	"slices"
)

// MaxVPCRanges is how many IPv4 ranges a VPC may have, the primary included,
// before the quota is raised (to 50 at most).
// Source: Amazon VPC quotas, 2023-04.
const MaxVPCRanges = 5

// JudgeVPC checks the IPv4 ranges of a VPC, the primary first: their sizes and
// number, overlaps among them, and which may stand beside the primary. Problems
// of the primary are at path.cidr, those of the others at path.secondary[i].
// Sources: EC2 CreateVpc and AssociateVpcCidrBlock, 2026-08; Amazon VPC user
// guide, "IPv4 CIDR block association restrictions", 2023-04.
func JudgeVPC(path string, primary netip.Prefix, secondary ...netip.Prefix) []Problem {
	problems := judgeVPCRange(path+".cidr", primary)
	if count := 1 + len(secondary); count > MaxVPCRanges {
		problems = append(problems, warn(path+".secondary", fmt.Sprintf("%d ranges are more than a VPC has by default", count),
			"The quota is %d, the primary included, and can be raised to 50. Raise it, or use fewer and larger ranges.", MaxVPCRanges))
	}
	held := []Range{{primary, path + ".cidr"}}
	for i, prefix := range secondary {
		place := fmt.Sprintf("%s.secondary[%d]", path, i)
		problems = append(problems, judgeVPCRange(place, prefix)...)
		problems = append(problems, judgeAssociation(place, primary, prefix)...)
		problems = append(problems, judgeLowest(place, primary, secondary, prefix)...)
		held = append(held, Range{prefix, place})
	}
	for outer, inner := range EachOverlap(held) {
		problems = append(problems, refuse(inner.Owner, fmt.Sprintf("%s overlaps %s", inner.CIDR, outer),
			"The ranges of a VPC must not overlap. Choose another range for one of the two."))
	}
	return problems
}

// judgeVPCRange checks one range by itself.
func judgeVPCRange(path string, prefix netip.Prefix) []Problem {
	problems := JudgeRange(path, prefix, AWS)
	if prefix.Addr().Is4() && (prefix.Bits() < 16 || prefix.Bits() > 28) {
		problems = append(problems, refuse(path, fmt.Sprintf("%s is no size for a VPC range", prefix),
			"A VPC range is a /16 to a /28, and can't be resized later. For more than a /16, add a second range."))
	}
	return problems
}

// judgeAssociation checks whether prefix may be added to a VPC with that
// primary. Public ranges and 100.64.0.0/10 may be added to any.
func judgeAssociation(path string, primary, prefix netip.Prefix) []Problem {
	if prefix.Overlaps(benchmark) && !Contains(benchmark, primary) {
		// The EKS best practices guide (2026-05) recommends 198.19.0.0/16 for
		// pods, the VPC guide (2023-04) forbids it: so warn.
		return []Problem{warn(path, fmt.Sprintf("%s may be refused beside %s", prefix, primary),
			"AWS's own guides contradict each other on 198.19.0.0/16 as a secondary range. Use one out of %s, which is always allowed.", sharedSpace)}
	}
	if last := MustParse("172.31.0.0/16"); prefix.Overlaps(last) && Contains(rfc1918[1], primary) {
		return []Problem{refuse(path, fmt.Sprintf("%s can't be added to a VPC whose primary range is %s", prefix, primary),
			"AWS refuses 172.31.0.0/16 beside another range out of 172.16.0.0/12. Use one out of %s.", sharedSpace)}
	}
	added, private := inAny(rfc1918, prefix)
	if !private {
		return nil
	}
	if home, same := inAny(rfc1918, primary); same && home == added {
		return nil
	}
	return []Problem{refuse(path, fmt.Sprintf("%s can't be added to a VPC whose primary range is %s", prefix, primary),
		"AWS refuses a private range (RFC 1918) from another block than the primary's. Use one out of the primary's own block, or out of %s.", sharedSpace)}
}

// judgeLowest checks the rule about 10.0.0.0/16: it can't join a VPC that has anything out of 10.0.0.0/15.
func judgeLowest(path string, primary netip.Prefix, secondary []netip.Prefix, prefix netip.Prefix) []Problem {
	lower, pair := MustParse("10.0.0.0/16"), MustParse("10.0.0.0/15")
	if !Contains(lower, prefix) {
		return nil
	}
	for _, other := range append([]netip.Prefix{primary}, secondary...) {
		if other != prefix && Contains(pair, other) {
			return []Problem{refuse(path, fmt.Sprintf("%s can't be added to a VPC that has %s", prefix, other),
				"AWS refuses a range out of 10.0.0.0/16 beside one out of 10.0.0.0/15. Use one out of %s.", sharedSpace)}
		}
	}
	return nil
}

// JudgeEKSServices checks the range that services get on EKS, against the
// ranges they must not overlap: those of the VPC, and of every network that
// pods reach or that reaches them.
// Source: Amazon EKS API, KubernetesNetworkConfigRequest.serviceIpv4Cidr, 2026-08.
func JudgeEKSServices(path string, services netip.Prefix, others ...Range) []Problem {
	var problems []Problem
	if services.Addr().Is6() {
		return []Problem{refuse(path, "EKS chooses the IPv6 range of services itself",
			"An IPv6 cluster gets one out of fc00::/7, which can't be set. Leave it out.")}
	}
	if _, private := inAny(rfc1918, services); !private {
		problems = append(problems, refuse(path, fmt.Sprintf("%s is not private", services),
			"EKS takes services only out of 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16. Use a range inside one of them."))
	}
	if services.Bits() < 12 || services.Bits() > 24 {
		problems = append(problems, refuse(path, fmt.Sprintf("%s is no size for services on EKS", services),
			"The range is a /12 to a /24, and can't be changed later. A /20 holds 4,096 services."))
	}
	return append(problems, judgeApart(path, "services", services, others)...)
}

// judgeApart reports each of others that prefix overlaps.
func judgeApart(path, what string, prefix netip.Prefix, others []Range) []Problem {
	var problems []Problem
	for _, other := range others {
		if other.CIDR.IsValid() && other.CIDR.Overlaps(prefix) {
			problems = append(problems, refuse(path, fmt.Sprintf("%s overlaps %s", prefix, other),
				"Traffic for one of the two would go to the other. Choose a range for %s that no connected network uses.", what))
		}
	}
	return problems
}

// EKSNode describes a node of EKS with the VPC CNI; the limits of an instance
// type come from EC2 DescribeInstanceTypes.
type EKSNode struct {
	ENIs       int // network interfaces
	IPv4PerENI int // addresses an interface can carry
	VCPUs      int
	// PrefixDelegation gives pods addresses out of /28 prefixes, one in the place of each secondary address.
	PrefixDelegation bool
	// CustomNetworking puts pods into subnets of their own; the first interface then carries none.
	CustomNetworking bool
	// MaxPods is the kubelet's limit if it is set, else 0.
	MaxPods int
}

const (
	prefixSize  = 16 // addresses in a delegated /28
	hostPods    = 2  // aws-node and kube-proxy use the node's own address
	fewVCPUs    = 30
	fewVCPUPods = 110
	maximumPods = 250
)

// Capacity returns how many pods the interfaces can give an address to, and
// the two that need none.
// Sources: amazon-vpc-cni-k8s misc/eni-max-pods.txt, 2026-08: ENIs × (IPv4 per
// ENI − 1) + 2; amazon-eks-ami max-pods-calculator.sh, 2026-11: × 16 with
// prefixes, one ENI fewer with custom networking.
func (n EKSNode) Capacity() int {
	slots := n.podENIs() * max(n.IPv4PerENI-1, 0)
	if slots == 0 {
		return 0
	}
	if n.PrefixDelegation {
		slots *= prefixSize
	}
	return slots + hostPods
}

// Pods returns how many pods a managed node group lets run on the node: its
// capacity, at most 110 with fewer than 30 vCPUs and 250 with more, and at most MaxPods.
// Source: Amazon EKS user guide, "Choose an optimal EC2 node instance type", 2024-12.
func (n EKSNode) Pods() int {
	limit := maximumPods
	if n.VCPUs < fewVCPUs {
		limit = fewVCPUPods
	}
	if n.MaxPods > 0 {
		limit = min(limit, n.MaxPods)
	}
	return min(limit, n.Capacity())
}

// Addresses returns how many addresses one node that is full of pods takes out
// of the node subnet and out of the pod subnet. Without custom networking both
// are the same subnet, and all is counted as node. It counts what the VPC CNI
// keeps warm by default: one spare interface, or one spare prefix.
// Source: amazon-vpc-cni-k8s README, WARM_ENI_TARGET and WARM_PREFIX_TARGET, 2026-08.
func (n EKSNode) Addresses() (node, pod int) {
	perENI := max(n.IPv4PerENI-1, 0)
	if n.podENIs() == 0 || perENI == 0 {
		return 1, 0
	}
	pods := max(n.Pods()-hostPods, 0)
	var used int
	if n.PrefixDelegation {
		prefixes := min(ceil(pods, prefixSize)+1, n.podENIs()*perENI)
		used = prefixes*prefixSize + ceil(prefixes, perENI)
	} else {
		used = min(ceil(pods, perENI)+1, n.podENIs()) * n.IPv4PerENI
	}
	if n.CustomNetworking {
		return 1, used
	}
	return used, 0
}

func (n EKSNode) podENIs() int {
	if n.CustomNetworking {
		return max(n.ENIs-1, 0)
	}
	return max(n.ENIs, 0)
}

func ceil(count, per int) int {
	return (count + per - 1) / per
}

// EKSForbiddenZones returns those of zone ids (use1-az3, not us-east-1c) in
// which EKS can't place the control plane's interfaces.
// Source: Amazon EKS user guide, network requirements, 2024-12.
func EKSForbiddenZones(zoneIDs []string) []string {
	return slices.DeleteFunc(slices.Clone(zoneIDs), func(id string) bool {
		return id != "use1-az3" && id != "usw1-az2" && id != "cac1-az3"
	})
}
