package cidr

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// rule is an input that a rule refuses (or warns of) beside the nearest one that it accepts.
type rule struct {
	name     string
	refused  []Problem
	severity Severity
	says     string
	accepted []Problem
}

func checkRules(t *testing.T, rules []rule) {
	t.Helper()
	for _, r := range rules {
		if len(r.refused) == 0 {
			t.Errorf("%s: accepted", r.name)
			continue
		}
		if !slices.ContainsFunc(r.refused, func(p Problem) bool {
			return p.Severity == r.severity && p.Path != "" && p.Detail != "" && strings.Contains(p.Error(), r.says)
		}) {
			t.Errorf("%s: got %v, want a %s that says %q", r.name, r.refused, r.severity, r.says)
		}
		if r.severity == Warning && HasErrors(r.refused) {
			t.Errorf("%s: refused with an error: %v", r.name, r.refused)
		}
		if len(r.accepted) > 0 {
			t.Errorf("%s: the nearest is refused: %v", r.name, r.accepted)
		}
	}
}

// Proves that each known range is found from inside and from around, and that
// its neighbours are not.
func TestJudgeRange(t *testing.T) {
	judge := func(text string, clouds ...Cloud) []Problem { return JudgeRange("cidr", MustParse(text), clouds...) }
	checkRules(t, []rule{
		{"this host", judge("0.0.0.0/24"), Error, "0.0.0.0/8", judge("1.0.0.0/24")},
		{"everything", judge("0.0.0.0/0"), Error, "loopback", nil},
		{"loopback", judge("127.1.0.0/16"), Error, "loopback", judge("128.0.0.0/16")},
		{"link-local", judge("169.254.8.0/24", AWS), Error, "link-local", judge("169.253.0.0/16", AWS)},
		{"multicast", judge("239.0.0.0/8"), Error, "multicast", judge("223.0.0.0/8")},
		{"reserved", judge("240.0.0.0/8"), Error, "reserved", nil},
		{"IPv6 link-local", judge("fe80::/64"), Error, "link-local", judge("fd00::/64")},
		{"IPv6 multicast", judge("ff02::/16"), Error, "multicast", judge("2001:db8::/32")},
		{"Azure's probe", judge("168.63.129.0/24", Azure), Error, "168.63.129.16/32", judge("168.63.128.0/24", Azure)},
		{"AKS inside", judge("172.30.8.0/24", Azure), Error, "kept by AKS", judge("172.29.0.0/16", Azure)},
		{"AKS around", judge("172.16.0.0/12", Azure), Error, "overlaps 172.31.0.0/16", judge("172.18.0.0/15", Azure)},
		{"AKS documentation", judge("192.0.2.0/25", Azure), Error, "kept by AKS", judge("192.0.3.0/24", Azure)},
		{"AKS on any cloud", judge("172.30.0.0/16"), Warning, "A cluster on azure can't use it", judge("172.30.0.0/16", AWS)},
		{"Docker", judge("172.17.0.0/16", AWS), Warning, "Docker", judge("172.18.0.0/16", AWS)},
		{"default VPC", judge("172.31.0.0/20", AWS), Warning, "default VPC", judge("172.29.0.0/20", AWS)},
		{"EKS services", judge("10.100.0.0/16", AWS), Warning, "EKS puts services", judge("10.112.0.0/16", AWS)},
		{"EKS services beside 10/8", judge("172.20.0.0/16", AWS), Warning, "EKS puts services", judge("172.21.0.0/16", AWS)},
		{"AKS services", judge("10.0.0.0/16", Azure), Warning, "AKS puts services", judge("10.2.0.0/16", Azure)},
		{"AKS pods", judge("10.244.0.0/16", Azure), Warning, "overlay pods", judge("10.244.0.0/16", AWS)},
		{"kubeadm", judge("10.111.0.0/16"), Warning, "kubeadm", judge("10.112.0.0/16")},
		{"10.0.0.0/15", judge("10.1.0.0/16", AWS), Warning, "bars 10.0.0.0/16", judge("10.2.0.0/16", AWS)},
	})
	for _, known := range KnownRanges() {
		if known.Source == "" || known.Why == "" || strings.HasSuffix(known.Why, ".") {
			t.Errorf("%s has no source, or a reason that is no half sentence: %+v", known.CIDR, known)
		}
	}
}

// Proves the rules on the ranges of a VPC.
func TestJudgeVPC(t *testing.T) {
	judge := func(primary string, secondary ...string) []Problem {
		return JudgeVPC("network", MustParse(primary), prefixes(secondary...)...)
	}
	checkRules(t, []rule{
		{"too large", judge("10.64.0.0/15"), Error, "/16 to a /28", judge("10.64.0.0/16")},
		{"too small", judge("10.64.0.0/29"), Error, "/16 to a /28", judge("10.64.0.0/28")},
		{"secondary too large", judge("10.64.0.0/16", "100.64.0.0/15"), Error, "network.secondary[0]", judge("10.64.0.0/16", "100.64.0.0/16")},
		{"six ranges", judge("10.64.0.0/16", "100.64.0.0/16", "100.65.0.0/16", "100.66.0.0/16", "100.67.0.0/16", "100.68.0.0/16"), Warning, "quota",
			judge("10.64.0.0/16", "100.64.0.0/16", "100.65.0.0/16", "100.66.0.0/16", "100.67.0.0/16")},
		{"overlap", judge("10.64.0.0/16", "10.64.8.0/24"), Error, "10.64.8.0/24 overlaps 10.64.0.0/16", judge("10.64.0.0/16", "10.65.8.0/24")},
		{"10/8 and 172.16/12", judge("10.64.0.0/16", "172.18.0.0/16"), Error, "RFC 1918", judge("10.64.0.0/16", "10.65.0.0/16")},
		{"10/8 and 192.168/16", judge("10.64.0.0/16", "192.168.0.0/16"), Error, "RFC 1918", judge("10.64.0.0/16", "100.64.0.0/16")},
		{"172.16/12 and 10/8", judge("172.18.0.0/16", "10.64.0.0/16"), Error, "RFC 1918", judge("172.18.0.0/16", "172.19.0.0/16")},
		{"172.16/12 and 172.31/16", judge("172.18.0.0/16", "172.31.0.0/16"), Error, "AWS refuses 172.31.0.0/16", judge("172.18.0.0/16", "172.29.0.0/16")},
		{"192.168/16 and 10/8", judge("192.168.0.0/20", "10.64.0.0/16"), Error, "RFC 1918", judge("192.168.0.0/20", "192.168.16.0/20")},
		{"public and 10/8", judge("100.64.0.0/16", "10.64.0.0/16"), Error, "RFC 1918", judge("100.64.0.0/16", "8.8.0.0/16")},
		{"198.19/16", judge("10.64.0.0/16", "198.19.0.0/16"), Warning, "contradict", judge("198.19.0.0/20", "198.19.16.0/20")},
		{"10.0/16 beside 10.0/15", judge("10.1.0.0/16", "10.0.8.0/24"), Error, "10.0.0.0/15", judge("10.64.0.0/16", "10.65.8.0/24")},
		{"link-local", judge("169.254.0.0/16"), Error, "link-local", judge("10.64.0.0/16")},
	})
}

// Proves the rules on the range of services of both clouds.
func TestJudgeServices(t *testing.T) {
	vpc := Range{MustParse("10.64.0.0/16"), "network"}
	eks := func(text string) []Problem { return JudgeEKSServices("services", MustParse(text), vpc) }
	aks := func(text string) []Problem { return JudgeAKSServices("services", MustParse(text), vpc) }
	checkRules(t, []rule{
		{"EKS, overlap", eks("10.64.16.0/20"), Error, "10.64.0.0/16 (network)", eks("10.65.0.0/20")},
		{"EKS, too large", eks("10.32.0.0/11"), Error, "/12 to a /24", eks("10.32.0.0/12")},
		{"EKS, too small", eks("10.65.0.0/25"), Error, "/12 to a /24", eks("10.65.0.0/24")},
		{"EKS, not private", eks("100.64.0.0/20"), Error, "not private", eks("172.20.0.0/20")},
		{"EKS, more than private", eks("172.0.0.0/12"), Error, "not private", eks("172.16.0.0/12")},
		{"EKS, IPv6", eks("fd00::/108"), Error, "fc00::/7", eks("192.168.0.0/20")},
		{"AKS, overlap", aks("10.64.0.0/20"), Error, "10.64.0.0/16 (network)", aks("10.65.0.0/20")},
		{"AKS, too large", aks("10.16.0.0/12"), Error, "smaller than a /12", aks("10.16.0.0/13")},
		{"AKS, too small", aks("10.65.0.0/29"), Error, "tenth", aks("10.65.0.0/28")},
		{"AKS, kept", aks("172.30.0.0/20"), Error, "kept by AKS", aks("172.29.0.0/20")},
		{"AKS, IPv6 too large", aks("fd00::/107"), Error, "/108", aks("fd00::/108")},
	})
	for services, want := range map[string]string{"10.2.0.0/16": "10.2.0.10", "10.2.0.16/28": "10.2.0.26", "fd00::/108": "fd00::a"} {
		if got := DNSService(MustParse(services)).String(); got != want {
			t.Errorf("the DNS service of %s is %s, want %s", services, got, want)
		}
	}
}

// Proves the rules on virtual networks and on the pods of AKS.
func TestJudgeAKS(t *testing.T) {
	vnet := func(texts ...string) []Problem { return JudgeVNet("network.ranges", prefixes(texts...)...) }
	pods := func(text string, nodes int) []Problem {
		return JudgeOverlayPods("pods", MustParse(text), AKSNodes{Nodes: nodes, Surge: 1}, Range{MustParse("10.64.0.0/16"), "network"})
	}
	grow := func(old, next string) []Problem { return JudgeOverlayGrowth("pods", MustParse(old), MustParse(next)) }
	checkRules(t, []rule{
		{"network too large", vnet("64.0.0.0/7"), Error, "/8 to a /29", vnet("64.0.0.0/8")},
		{"network too small", vnet("10.64.0.0/30"), Error, "/8 to a /29", vnet("10.64.0.0/29")},
		{"network overlaps itself", vnet("10.64.0.0/16", "10.64.8.0/24"), Error, "network.ranges[1]", vnet("10.64.0.0/16", "10.65.8.0/24")},
		{"network kept by AKS", vnet("172.31.0.0/20"), Error, "kept by AKS", vnet("172.29.0.0/20")},
		{"too few /24s", pods("100.64.0.0/24", 1), Error, "Use a /23", pods("100.64.0.0/23", 1)},
		{"surge has no /24", pods("100.64.0.0/16", 256), Error, "Use a /15", pods("100.64.0.0/16", 255)},
		{"pods in the network", pods("10.64.8.0/22", 1), Error, "(network)", pods("10.65.8.0/22", 1)},
		{"public pods", pods("20.0.0.0/16", 1), Error, "not private", pods("192.168.0.0/16", 1)},
		{"more nodes than AKS runs", pods("100.64.0.0/10", 5001), Error, "5000", pods("100.64.0.0/10", 5000)},
		{"shrinking", grow("100.64.0.0/16", "100.64.0.0/17"), Error, "can only grow", grow("100.64.0.0/16", "100.64.0.0/16")},
		{"moving", grow("100.64.0.0/16", "100.66.0.0/15"), Error, "100.64.0.0/15", grow("100.64.0.0/16", "100.64.0.0/15")},
		{"IPv6 grows", grow("fd00::/64", "fd00::/63"), Error, "only IPv4", grow("fd00::/64", "fd00::/64")},
		{"too few pods a node", JudgeAKSMaxPods("max_pods", 9), Error, "10 to 250", JudgeAKSMaxPods("max_pods", 10)},
		{"too many pods a node", JudgeAKSMaxPods("max_pods", 251), Error, "10 to 250", JudgeAKSMaxPods("max_pods", 250)},
	})
}

// Proves the bounds of subnets, and that a length found for a number of
// addresses holds it while the next longer one does not.
func TestSubnetSizes(t *testing.T) {
	judge := func(cloud Cloud, text string) []Problem { return JudgeSubnet("subnet", cloud, MustParse(text)) }
	checkRules(t, []rule{
		{"AWS too small", judge(AWS, "10.0.0.0/29"), Error, "/16 to a /28", judge(AWS, "10.0.0.0/28")},
		{"AWS too large", judge(AWS, "10.0.0.0/15"), Error, "/16 to a /28", judge(AWS, "10.0.0.0/16")},
		{"Azure too small", judge(Azure, "10.0.0.0/30"), Error, "/8 to a /29", judge(Azure, "10.0.0.0/29")},
		{"Azure too large", judge(Azure, "10.0.0.0/7"), Error, "/8 to a /29", judge(Azure, "10.0.0.0/8")},
		{"Azure IPv6", judge(Azure, "fd00::/60"), Error, "/64", judge(Azure, "fd00::/64")},
		{"AWS IPv6", judge(AWS, "fd00::/62"), Error, "/64", judge(AWS, "fd00::/60")},
	})
	for _, cloud := range []Cloud{AWS, Azure} {
		for _, count := range []int64{1, 3, 4, 11, 12, 27, 28, 251, 252, 1581, 65531} {
			bits, ok := BitsFor(cloud, count)
			if !ok {
				t.Errorf("no subnet on %s for %d addresses", cloud, count)
				continue
			}
			subnet := netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), bits)
			if Usable(subnet) < count || len(JudgeSubnet("subnet", cloud, subnet)) > 0 {
				t.Errorf("%s for %d addresses on %s has %d", subnet, count, cloud, Usable(subnet))
			}
			smaller := netip.PrefixFrom(subnet.Addr(), bits+1)
			if Usable(smaller) >= count && len(JudgeSubnet("subnet", cloud, smaller)) == 0 {
				t.Errorf("%s would do for %d addresses on %s", smaller, count, cloud)
			}
		}
	}
	if bits, ok := BitsFor(AWS, 65532); ok {
		t.Errorf("AWS has a /%d for 65,532 addresses", bits)
	}
	if _, ok := BitsFor(AWS, 1<<40); ok {
		t.Error("a subnet for 2^40 addresses")
	}
	if Size(MustParse("fd00::/64")) != 1<<63-1 || Size(MustParse("fd00::/66")) != 1<<62 || Usable(MustParse("10.0.0.0/30")) != 0 {
		t.Error("sizes are off")
	}
}

// Proves the capacity of EKS nodes against the figures AWS prints.
func TestEKSNode(t *testing.T) {
	for _, test := range []struct {
		name                      string
		node                      EKSNode
		capacity, pods, own, pool int
	}{
		// m5.large: 29 in eni-max-pods.txt; two of three interfaces filled, one warm.
		{"m5.large", EKSNode{ENIs: 3, IPv4PerENI: 10, VCPUs: 2}, 29, 29, 30, 0},
		{"m5.large with prefixes", EKSNode{ENIs: 3, IPv4PerENI: 10, VCPUs: 2, PrefixDelegation: true}, 434, 110, 129, 0},
		{"m5.large, own pod subnets", EKSNode{ENIs: 3, IPv4PerENI: 10, VCPUs: 2, CustomNetworking: true}, 20, 20, 1, 20},
		{"m5.large, both", EKSNode{ENIs: 3, IPv4PerENI: 10, VCPUs: 2, PrefixDelegation: true, CustomNetworking: true}, 290, 110, 1, 129},
		{"few pods", EKSNode{ENIs: 3, IPv4PerENI: 10, VCPUs: 2, PrefixDelegation: true, MaxPods: 30}, 434, 30, 49, 0},
		{"m5.8xlarge, 32 vCPUs", EKSNode{ENIs: 8, IPv4PerENI: 30, VCPUs: 32, PrefixDelegation: true}, 3714, 250, 273, 0},
		{"30 vCPUs", EKSNode{ENIs: 8, IPv4PerENI: 30, VCPUs: 30}, 234, 234, 240, 0},
		{"29 vCPUs", EKSNode{ENIs: 8, IPv4PerENI: 30, VCPUs: 29}, 234, 110, 150, 0},
		{"t3.nano", EKSNode{ENIs: 2, IPv4PerENI: 2, VCPUs: 2}, 4, 4, 4, 0},
		{"one interface, own pod subnets", EKSNode{ENIs: 1, IPv4PerENI: 10, VCPUs: 2, CustomNetworking: true}, 0, 0, 1, 0},
	} {
		own, pool := test.node.Addresses()
		if test.node.Capacity() != test.capacity || test.node.Pods() != test.pods || own != test.own || pool != test.pool {
			t.Errorf("%s: capacity %d, pods %d, addresses %d and %d; want %d, %d, %d and %d", test.name,
				test.node.Capacity(), test.node.Pods(), own, pool, test.capacity, test.pods, test.own, test.pool)
		}
	}
	if got := EKSForbiddenZones([]string{"use1-az1", "use1-az3", "cac1-az3", "euw1-az3"}); !slices.Equal(got, []string{"use1-az3", "cac1-az3"}) {
		t.Errorf("forbidden zones are %v", got)
	}
}

// Proves the arithmetic of AKS against the figures its documentation prints.
func TestAKSArithmetic(t *testing.T) {
	if got := (AKSNodes{Nodes: 50, Surge: 1, MaxPods: 30}).NodeSubnetAddresses(); got != 1581 {
		t.Errorf("50 nodes of 30 pods take %d addresses, want 1,581", got)
	}
	if bits, _ := BitsFor(Azure, 1581); bits != 21 {
		t.Errorf("1,581 addresses need a /%d, want a /21", bits)
	}
	for nodes, want := range map[int]int{1: 24, 2: 23, 256: 16, 257: 15, 5000: 11} {
		if got, ok := (AKSNodes{Nodes: nodes}).OverlayPodBits(); got != want || !ok {
			t.Errorf("%d nodes need a /%d, want a /%d", nodes, got, want)
		}
	}
	if _, ok := (AKSNodes{Nodes: 70_000}).OverlayPodBits(); ok {
		t.Error("70,000 nodes have a /24 each in a /8")
	}
	if got := OverlayNodes(MustParse("10.244.0.0/16")); got != 256 {
		t.Errorf("a /16 holds %d nodes, want 256", got)
	}
	if OverlayNodes(MustParse("10.244.0.0/25")) != 0 || OverlayNodes(MustParse("fd00::/64")) != 0 {
		t.Error("nodes fit where there is no /24")
	}
	for _, test := range []struct{ nodes, percent, want int }{{3, 33, 1}, {4, 33, 2}, {100, 33, 33}, {1, 10, 1}, {0, 33, 1}} {
		if got := Surge(test.nodes, test.percent); got != test.want {
			t.Errorf("surge of %d %% over %d nodes is %d, want %d", test.percent, test.nodes, got, test.want)
		}
	}
	for _, test := range []struct {
		maxPods         int
		dynamic, static int64
	}{{8, 16, 16}, {9, 32, 16}, {15, 32, 16}, {16, 32, 32}, {110, 128, 112}, {250, 272, 256}} {
		one := AKSNodes{Nodes: 1, MaxPods: test.maxPods}
		if one.DynamicPodAddresses() != test.dynamic || one.StaticPodAddresses() != test.static {
			t.Errorf("%d pods take %d addresses in batches and %d in blocks, want %d and %d", test.maxPods,
				one.DynamicPodAddresses(), one.StaticPodAddresses(), test.dynamic, test.static)
		}
	}
	if got := (AKSNodes{Nodes: 100, Surge: 33}).OverlayNodeAddresses(1); got != 135 {
		t.Errorf("100 nodes with surge take %d addresses, want 135", got)
	}
}
