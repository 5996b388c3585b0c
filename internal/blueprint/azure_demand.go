package blueprint

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// spanning is the zone of what spans zones, as every subnet on Azure does.
const spanning = ""

const (
	overlayNodeRange = 256 // a node of an overlay takes a /24, however few pods it runs
	podsInOverlay    = 250 // AKS default and limit of pods a node with an overlay; IP planning, 2026-08
	podsInSubnet     = 110 // AKS default with a pod subnet; IP planning, 2026-08
	defaultSurge     = "33%"
)

// typicalVMSize stands in for a VM size that the catalog does not hold yet.
var typicalVMSize = catalog.VMSize{VCPUs: 8, MemoryMiB: 32768, Architecture: catalog.AMD64, PremiumDisks: true}

// vmSizeOf looks a VM size up; false stands for typicalVMSize.
func vmSizeOf(name string) (catalog.VMSize, bool) {
	if facts, ok := catalog.LookupVMSize(name); ok {
		return facts, true
	}
	return typicalVMSize, false
}

// overlay tells whether pods have a range of their own behind the nodes.
func (r *resolver) overlay() bool { return r.podsMode() == "non_routable" }

func (r *resolver) azureMaxPods(spec NodePoolSpec) int {
	most := podsInOverlay
	if !r.overlay() {
		most = podsInSubnet
	}
	return clamp(or(spec.MaxPods, most), 1, podsInOverlay)
}

// azureDemand adds up what the pools need: subnets span the zones, so there is
// one sum.
func (r *resolver) azureDemand() demand {
	total := demand{zones: map[string]zoneDemand{}}
	var sum zoneDemand
	for _, name := range slices.Sorted(maps.Keys(r.spec.NodePools)) {
		spec := r.spec.NodePools[name]
		maximum := clamp(spec.MaxSize, 0, mostNodes)
		pods := r.azureMaxPods(spec)
		pool := poolDemand{
			name: name, zones: r.azurePoolZones(name, spec), shares: map[string]int{spanning: maximum},
			surge: azureSurge(surgeOf(spec), maximum), perNode: 1, pods: pods,
			perNodePod: int(cidr.AKSNodes{Nodes: 1, MaxPods: pods}.DynamicPodAddresses()),
		}
		if r.overlay() {
			pool.perNodePod = overlayNodeRange
		}
		total.pools = append(total.pools, pool)
		nodes := maximum + pool.surge
		sum.nodes += nodes
		sum.node += nodes * pool.perNode
		sum.pod += nodes * pool.perNodePod
		if maximum > sum.roll {
			sum.roll, sum.rollNode, sum.rollPod = maximum, maximum*pool.perNode, maximum*pool.perNodePod
		}
	}
	sum.node++ // the private endpoint of the API, or a load balancer
	total.zones[spanning] = sum
	return total
}

// surgeOf is how many nodes an update of the pool adds.
func surgeOf(spec NodePoolSpec) string {
	if spec.MaxSurge == "" && spec.MaxUnavailable != "" {
		return "0"
	}
	return or(spec.MaxSurge, defaultSurge)
}

func azureSurge(text string, maximum int) int {
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		p, err := strconv.Atoi(percent)
		if err != nil {
			return 1
		}
		return cidr.Surge(maximum, clamp(p, 0, 100))
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 1
	}
	return clamp(n, 0, mostNodes)
}

// aksNodes are all nodes at once, for rules of package cidr.
func (r *resolver) aksNodes() cidr.AKSNodes {
	nodes := 0
	for _, pool := range r.demand.pools {
		nodes += pool.shares[spanning]
	}
	return cidr.AKSNodes{Nodes: nodes, Surge: r.demand.zones[spanning].nodes - nodes, MaxPods: podsInOverlay}
}

// resolveOverlay settles the pod range of an overlay. A range that stands is
// kept, or grows into the range that holds it, which is all that AKS can do;
// so the twice as large range around it is held from the start.
func (r *resolver) resolveOverlay() string {
	if !r.overlay() {
		return ""
	}
	const path = "network.pods.cidrs"
	standing := parsed([]string{r.priorControlPlane().PodCIDR})
	given := r.podCIDRs()
	if waits := firstUnknown(given...); waits != "" {
		if len(standing) > 0 {
			r.waitsForFixed(path, waits)
			return standing[0].String()
		}
		r.report.wait(waits)
		return waits
	}
	if len(given) > 0 {
		return r.givenOverlay(given, standing)
	}
	if waits := firstUnknown(r.unknownForeign(), r.spec.Network.CIDR); waits != "" {
		r.report.wait(waits)
		if len(standing) == 0 {
			return waits
		}
		return standing[0].String()
	}
	if len(standing) > 0 {
		return r.grownOverlay(standing[0]).String()
	}
	return r.newOverlay()
}

// givenOverlay is the one range that the spec gives.
func (r *resolver) givenOverlay(given []string, standing []netip.Prefix) string {
	const path = "network.pods.cidrs"
	if len(given) > 1 {
		r.report.fail(path, "pod-range", "an overlay has one range for pods", "AKS takes no list: give one range that is large enough, %s a node.", "a /24")
		return ""
	}
	prefix, problems := cidr.ParseAt(nth(path, 0), given[0])
	r.report.judged("pod-range", problems...)
	if len(problems) > 0 {
		return ""
	}
	if len(standing) > 0 {
		r.report.judged("pod-range-kept", cidr.JudgeOverlayGrowth(nth(path, 0), standing[0], prefix)...)
	}
	r.holdOverlay(prefix)
	return prefix.String()
}

// grownOverlay is the range that stands, or the smallest around it with room
// for what the pools need now.
func (r *resolver) grownOverlay(standing netip.Prefix) netip.Prefix {
	bits, ok := r.aksNodes().OverlayPodBits()
	if !ok || bits >= standing.Bits() {
		r.holdOverlay(standing)
		return standing
	}
	grown := cidr.Grown(standing, bits)
	taken := append(r.foreignRanges(), parsed([]string{r.spec.Network.CIDR, r.priorControlPlane().ServiceCIDR})...)
	if overlapsAny(grown, taken) {
		return standing // too small: reported where it is judged
	}
	r.report.warn("network.pods.cidrs", "pod-range-grows", "the pod range grows from "+standing.String()+" to "+grown.String(),
		"The pools need it, and AKS can only grow a range into the one around it, never back.")
	r.holdOverlay(grown)
	return grown
}

// newOverlay is the lowest range that is free with the range around it.
func (r *resolver) newOverlay() string {
	_, later := r.demand.largest(r.growth(), podAddresses)
	nodes := cidr.AKSNodes{Nodes: (later + overlayNodeRange - 1) / overlayNodeRange}
	bits, ok := nodes.OverlayPodBits()
	now, fits := r.aksNodes().OverlayPodBits()
	if !ok || bits < 11 { // 5,000 nodes, the most that AKS runs, need a /11
		bits = 11
	}
	bits = min(bits, 16)
	if !fits {
		now = bits
	}
	taken := append(r.foreignRanges(), parsed([]string{r.spec.Network.CIDR})...)
	for ; bits <= now; bits++ {
		if around, ok := freeRange(taken, bits-1); ok {
			chosen := netip.PrefixFrom(around.Addr(), bits)
			r.holdOverlay(chosen)
			return chosen.String()
		}
	}
	if lone, ok := freeRange(taken, now); ok {
		r.holdOverlay(lone)
		return lone.String()
	}
	r.report.fail("network.pods.cidrs", "pod-range", "no range is left for pods in "+cidr.SharedSpace().String(),
		"Every one overlaps the network, or a range in network.reserved, network.reachable_from or a connection. Give network.pods.cidrs.")
	return ""
}

// holdOverlay keeps the range around the pods' free, where it is.
func (r *resolver) holdOverlay(pods netip.Prefix) {
	around := cidr.Grown(pods, pods.Bits()-1)
	taken := append(r.foreignRanges(), parsed([]string{r.spec.Network.CIDR})...)
	if !overlapsAny(around, taken) {
		r.held[podRangePrefix+"overlay"] = around.String()
	}
}

// freeRange is the lowest range of that length in 100.64.0.0/10 that overlaps
// nothing.
func freeRange(taken []netip.Prefix, bits int) (netip.Prefix, bool) {
	if bits <= cidr.SharedSpace().Bits() {
		return netip.Prefix{}, false
	}
	space, err := cidr.NewSpace(cidr.SharedSpace())
	if err != nil { // unreachable: a constant
		return netip.Prefix{}, false
	}
	for _, prefix := range taken {
		space.Exclude(prefix)
	}
	for free := range space.Free() {
		if free.Bits() <= bits {
			return netip.PrefixFrom(free.Addr(), bits), true
		}
	}
	return netip.Prefix{}, false
}
