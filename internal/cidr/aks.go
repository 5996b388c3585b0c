package cidr

import (
	"fmt"
	"net/netip"
)

// JudgeVNet checks the address ranges of a virtual network: sizes, ranges Azure
// or AKS refuse, and overlaps among them. Problems are at path[i].
// Sources: Azure Virtual Network FAQ, 2026-08; AKS IP planning, 2026-08-21 (/8 is the largest).
func JudgeVNet(path string, ranges ...netip.Prefix) []Problem {
	var problems []Problem
	held := make([]Range, len(ranges))
	for i, prefix := range ranges {
		place := fmt.Sprintf("%s[%d]", path, i)
		held[i] = Range{prefix, place}
		problems = append(problems, JudgeRange(place, prefix, Azure)...)
		if prefix.Addr().Is4() && (prefix.Bits() < 8 || prefix.Bits() > 29) {
			problems = append(problems, refuse(place, fmt.Sprintf("%s is no size for a virtual network", prefix),
				"Azure takes a /8 to a /29. Use a prefix length in that range."))
		}
	}
	for outer, inner := range EachOverlap(held) {
		problems = append(problems, refuse(inner.Owner, fmt.Sprintf("%s overlaps %s", inner.CIDR, outer),
			"The ranges of a virtual network must not overlap. Choose another range for one of the two."))
	}
	return problems
}

// JudgeAKSServices checks the range that services get on AKS, against the
// ranges it must not overlap: the network's, peers', pods', on-premises. The
// same range may serve in many clusters.
// Source: AKS concepts-network-cni-overview and configure-kubenet, 2026-08-21
// ("must be smaller than /12").
func JudgeAKSServices(path string, services netip.Prefix, others ...Range) []Problem {
	problems := JudgeRange(path, services, Azure)
	switch {
	case services.Addr().Is6():
		if services.Bits() < 108 {
			problems = append(problems, refuse(path, fmt.Sprintf("%s is too large for services on AKS", services),
				"An IPv6 range of services is a /108 or smaller (Kubernetes holds a bitmap of at most 20 bits). Use a /108."))
		}
	case services.Bits() <= 12:
		problems = append(problems, refuse(path, fmt.Sprintf("%s is too large for services on AKS", services),
			"The range must be smaller than a /12. A /20 holds 4,096 services."))
	}
	if services.Addr().BitLen()-services.Bits() < 4 {
		problems = append(problems, refuse(path, fmt.Sprintf("%s is too small for services on AKS", services),
			"The DNS service needs the tenth address, and each service one. A /20 holds 4,096 services."))
	}
	return append(problems, judgeApart(path, "services", services, others)...)
}

// DNSService returns the address that AKS gives its DNS service by default: the
// tenth of the services' range (never the first, which is the API server's).
// Source: AKS concepts-network-cni-overview, 2026-08-21.
func DNSService(services netip.Prefix) netip.Addr {
	start := keyOf(services.Masked().Addr())
	width := services.Addr().BitLen()
	for _, bit := range []int{width - 4, width - 2} { // 10 is 0b1010
		start = start.set(bit)
	}
	return start.address(width)
}

const (
	overlayNodeBits   = 24  // every node of an overlay gets a /24
	maximumAKSPods    = 250 // per node, in every mode
	minimumAKSPods    = 10
	maximumAKSNodes   = 5000 // per cluster, Standard and Premium
	dynamicBatch      = 16   // pod-subnet mode takes addresses in batches
	dynamicLowWater   = 8    // and another batch when fewer than this are free
	staticBlockPods   = 16   // static block mode: a /28 a block
	privateEndpointIP = 1    // the API server's private endpoint in the first pool's subnet
)

// AKSNodes is how many nodes there may be at once.
type AKSNodes struct {
	Nodes int
	// Surge is how many nodes an upgrade adds; see [Surge] for a percentage.
	Surge int
	// MaxPods is the limit of pods a node.
	MaxPods int
}

// Surge returns how many nodes an upgrade adds to a pool at a max surge of
// percent, rounded up and at least one.
// Source: AKS upgrade-aks-cluster, 2026-08 (33 % is recommended for production).
func Surge(nodes, percent int) int {
	return max(ceil(nodes*percent, 100), 1)
}

func (n AKSNodes) total() int { return max(n.Nodes, 0) + max(n.Surge, 0) }

// OverlayPodBits returns the prefix length of the smallest range for the pods
// of an overlay network, and false for more nodes than a /8 has /24s for. Every
// node takes a /24, however few pods it runs.
// Source: AKS azure-cni-overlay, 2026-08-21.
func (n AKSNodes) OverlayPodBits() (int, bool) {
	length := overlayNodeBits - bitsToHold(int64(n.total()))
	return length, length >= 8
}

// OverlayNodes returns how many nodes an overlay's pod range has a /24 for.
func OverlayNodes(pods netip.Prefix) int {
	if pods.Addr().Is6() || pods.Bits() > overlayNodeBits {
		return 0
	}
	return 1 << (overlayNodeBits - pods.Bits())
}

// JudgeOverlayPods checks the pod range of an overlay network against the nodes
// it has to hold and the ranges it must not overlap: the network's, peers',
// on-premises, services. Overlay clusters that are not connected may share one.
// Source: AKS azure-cni-overlay, 2026-08-21.
func JudgeOverlayPods(path string, pods netip.Prefix, nodes AKSNodes, others ...Range) []Problem {
	problems := JudgeRange(path, pods, Azure)
	if _, private := inAny(append([]netip.Prefix{sharedSpace}, rfc1918...), pods); !private && pods.Addr().Is4() {
		problems = append(problems, refuse(path, fmt.Sprintf("%s is not private", pods),
			"AKS supports overlay pods only out of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 and 100.64.0.0/10. Use a range inside one of them, such as out of 100.64.0.0/10."))
	}
	if room := OverlayNodes(pods); pods.Addr().Is4() && room < nodes.total() {
		todo := "Fewer nodes, or a second cluster, are the only ways: no private range is large enough."
		if bits, ok := nodes.OverlayPodBits(); ok {
			todo = fmt.Sprintf("Use a /%d.", bits)
		}
		problems = append(problems, refuse(path, fmt.Sprintf("%s has room for %d nodes, and there may be %d", pods, room, nodes.total()),
			"An overlay gives every node a /24, and %d nodes may be joined by %d during an upgrade. %s", nodes.Nodes, nodes.Surge, todo))
	}
	if nodes.Nodes > maximumAKSNodes {
		problems = append(problems, refuse(path, fmt.Sprintf("%d nodes are more than AKS runs in one cluster", nodes.Nodes),
			"The limit is %d (Standard and Premium tiers). Use several clusters.", maximumAKSNodes))
	}
	return append(problems, judgeApart(path, "pods", pods, others)...)
}

// JudgeOverlayGrowth checks a change of an overlay's pod range: it can only grow
// to a range that holds the old one, IPv4 only, in one piece, and never shrink.
// Source: AKS azure-cni-overlay-pod-expand, 2026-08-21.
func JudgeOverlayGrowth(path string, old, next netip.Prefix) []Problem {
	switch {
	case old == next:
		return nil
	case old.Addr().Is6() || next.Addr().Is6():
		return []Problem{refuse(path, fmt.Sprintf("an IPv6 pod range can't change from %s to %s", old, next),
			"AKS grows only IPv4 ranges. Keep %s.", old)}
	case Contains(next, old):
		return nil
	}
	return []Problem{refuse(path, fmt.Sprintf("the pod range can't change from %s to %s", old, next),
		"AKS can only grow it to a range that holds it, such as %s. Keep %s, or grow to that.", Grown(old, old.Bits()-1), old)}
}

// OverlayNodeAddresses returns how many addresses an overlay (or pod-subnet)
// cluster takes out of its node subnet: one a node, and one for each internal
// load balancer and private endpoint.
func (n AKSNodes) OverlayNodeAddresses(loadBalancers int) int64 {
	return int64(n.total()) + int64(max(loadBalancers, 0)) + privateEndpointIP
}

// NodeSubnetAddresses returns how many addresses a cluster takes that gives pods
// addresses out of the node subnet: each node takes one for itself and one for
// each pod it may run, at once.
// Source: AKS configure-azure-cni, 2026-08-21 (50 nodes, 1 surge, 30 pods: 1,581).
func (n AKSNodes) NodeSubnetAddresses() int64 {
	return int64(n.total()) * int64(1+n.MaxPods)
}

// DynamicPodAddresses returns how many addresses full nodes take out of a pod
// subnet with dynamic allocation, which hands them out in batches of 16, the
// next one when fewer than 8 are free.
// Source: AKS configure-azure-cni-dynamic-ip-allocation, 2026-08-21.
func (n AKSNodes) DynamicPodAddresses() int64 {
	return int64(n.total()) * int64(dynamicBatch*ceil(n.MaxPods+dynamicLowWater, dynamicBatch))
}

// StaticPodAddresses returns how many addresses nodes take out of a pod subnet
// with static block allocation: whole /28s, one address of which is kept, so
// that N blocks run 16N − 1 pods. Such a subnet is a /12 at most.
// Source: AKS configure-azure-cni-static-block-allocation, 2026-08-21.
func (n AKSNodes) StaticPodAddresses() int64 {
	return int64(n.total()) * int64(staticBlockPods*ceil(n.MaxPods+1, staticBlockPods))
}

// JudgeAKSMaxPods checks a limit of pods a node.
// Source: AKS concepts-network-ip-address-planning, 2026-08-21.
func JudgeAKSMaxPods(path string, maxPods int) []Problem {
	if maxPods >= minimumAKSPods && maxPods <= maximumAKSPods {
		return nil
	}
	return []Problem{refuse(path, fmt.Sprintf("%d pods a node are not possible on AKS", maxPods),
		"The limit is %d to %d. Use a number in that range.", minimumAKSPods, maximumAKSPods)}
}
