package blueprint

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

const (
	podRangeBits     = 16 // a VPC range is a /16 at most
	roomyPodBits     = 18 // four zones out of one /16
	mostPodRanges    = 4  // with the network's own: as many as a VPC has before a quota is raised
	largestSubnet    = 16
	smallestSubnet   = 28
	subnetKeyPrefix  = "subnet/"
	podRangePrefix   = "pod-range/"
	podsRangeName    = "pods"
	networkRangeName = ""
)

// podPlan is where pods get their addresses.
type podPlan struct {
	ranges  []netip.Prefix
	subnets map[string]netip.Prefix // by subnet key
	waits   string                  // sentinel for which all of it waits
}

// planPods settles the secondary ranges and the pod subnet of each zone.
func (r *resolver) planPods() podPlan {
	if !r.customNetworking() || r.allGiven(TierPods, r.zones) {
		return podPlan{}
	}
	explicit := r.podCIDRs()
	standing := parsed(r.priorNetwork().PodCIDRs)
	if waits := firstUnknown(explicit...); waits != "" {
		if len(standing) > 0 {
			r.waitsForFixed("network.pods.cidrs", waits)
			return r.fitPods(standing, false)
		}
		r.report.wait(waits)
		return podPlan{waits: waits}
	}
	ranges := standing
	if len(explicit) > 0 {
		given, problems := cidr.ParseListAt("network.pods.cidrs", explicit)
		r.report.judged("pod-range", problems...)
		if len(problems) > 0 {
			return podPlan{}
		}
		ranges = sortedRanges(given)
		r.validatePodRangesKept(standing, ranges)
	} else if waits := r.unknownForeign(); waits != "" {
		r.report.wait(waits)
		if len(standing) == 0 {
			return podPlan{waits: waits}
		}
		return r.fitPods(ranges, false) // a further range can't be chosen yet
	}
	if r.givenNetwork() && len(ranges) == 0 {
		return podPlan{} // refused: kready adds no ranges to a network of others
	}
	return r.fitPods(ranges, len(explicit) == 0)
}

// fitPods cuts the pod subnets out of ranges, adding a /16 while they don't
// fit and more may be added.
func (r *resolver) fitPods(ranges []netip.Prefix, mayAdd bool) podPlan {
	requests, hard := r.podRequests()
	foreign := append(r.foreignRanges(), r.heldPodRanges()...)
	var subnets cidr.SubnetPlan
	var problems []cidr.Problem
	tried := ranges
	for bits := r.podBits(len(ranges), mayAdd); ; bits++ {
		grown := slices.Clone(ranges)
		for {
			subnets, problems = cidr.PlanSubnets(podSubnetRanges(grown), sized(requests, bits), r.priorRanges(grown, requests))
			if !cidr.HasErrors(problems) {
				return podPlan{ranges: grown, subnets: subnets.Subnets}
			}
			next, ok := netip.Prefix{}, false
			if mayAdd && len(grown) < mostPodRanges+len(ranges) {
				next, ok = nextPodRange(grown, foreign)
			}
			if !ok {
				break
			}
			grown = sortedRanges(append(grown, next))
			tried = grown
		}
		if bits >= hard {
			break
		}
	}
	if len(requests) > 0 {
		r.reportPodsDontFit(tried, requests, hard, problems)
	}
	return podPlan{ranges: ranges, subnets: subnets.Subnets}
}

// podRequests asks for one pod subnet a zone; those without a length get the
// one that is tried. hard is the longest prefix that still holds the pools.
func (r *resolver) podRequests() (requests []cidr.SubnetRequest, hard int) {
	need, _ := r.demand.largest(1, podAddresses)
	hard = bitsFor(need)
	given := r.givenBits(TierPods)
	for _, zone := range r.madePodZones() {
		request := r.subnetRequest(TierPods, zone, podsRangeName)
		request.Bits = cmp.Or(request.Bits, given)
		requests = append(requests, request)
	}
	return requests, hard
}

// madePodZones are the zones in which the pods' subnet is made.
func (r *resolver) madePodZones() []string {
	return slices.DeleteFunc(slices.Clone(r.zones), func(zone string) bool { return r.givenSubnet(subnetKey(TierPods, zone)) != "" })
}

// podBits is the length to try first: that of the pod subnets that stand, else
// what the horizon needs, at least a quarter of a /16, as far as the ranges go.
func (r *resolver) podBits(ranges int, mayAdd bool) int {
	if standing := r.standingBits(TierPods); standing > 0 {
		return standing
	}
	_, later := r.demand.largest(r.growth(), podAddresses)
	bits := clamp(min(bitsFor(later), roomyPodBits), largestSubnet, smallestSubnet)
	if mayAdd {
		ranges = mostPodRanges
	}
	for bits < smallestSubnet && len(r.zones) > max(ranges, 1)<<(bits-podRangeBits) {
		bits++
	}
	return bits
}

func (r *resolver) reportPodsDontFit(ranges []netip.Prefix, requests []cidr.SubnetRequest, hard int, problems []cidr.Problem) {
	r.cramped = true
	need, _ := r.demand.largest(1, podAddresses)
	switch {
	case len(ranges) == 0:
		r.report.fail("network.pods.cidrs", "pod-range", "no /16 is left for pods in "+cidr.SharedSpace().String(),
			"Every one overlaps a range in network.reserved, network.reachable_from or a connection. Give network.pods.cidrs.")
	case problemsAreOfSize(problems):
		r.report.fail("network.pods.cidrs", "pods-need", fmt.Sprintf("%s can't hold a pod subnet for each of %s", textOf(ranges), plural(len(requests), "zone")),
			"With every pool at its maximum a zone needs %d pod addresses, and gets a /%d; %s of that size don't fit. Add a /16 out of %s to network.pods.cidrs.",
			need, cmp.Or(r.givenBits(TierPods), max(hard, largestSubnet)), plural(len(requests), "subnet"), cidr.SharedSpace())
	default:
		r.reportLayout("pod-subnets", problems)
	}
}

// problemsAreOfSize tells whether all that is wrong is lack of room.
func problemsAreOfSize(problems []cidr.Problem) bool {
	for _, problem := range problems {
		if problem.Severity == cidr.Error && !strings.HasSuffix(problem.Path, ".prefix_length") {
			return false
		}
	}
	return true
}

// nextPodRange is the lowest /16 of 100.64.0.0/10 that overlaps nothing.
func nextPodRange(taken, foreign []netip.Prefix) (netip.Prefix, bool) {
	space, err := cidr.NewSpace(cidr.SharedSpace())
	if err != nil { // unreachable: a constant
		return netip.Prefix{}, false
	}
	for _, prefix := range append(slices.Clone(taken), foreign...) {
		space.Exclude(prefix)
	}
	for free := range space.Free() {
		if free.Bits() <= podRangeBits {
			return netip.PrefixFrom(free.Addr(), podRangeBits), true
		}
	}
	return netip.Prefix{}, false
}

// validatePodRangesKept refuses to drop a range that pods live in.
func (r *resolver) validatePodRangesKept(standing, given []netip.Prefix) {
	for _, prefix := range standing {
		if !slices.Contains(given, prefix) {
			r.report.fail("network.pods.cidrs", "pod-range-kept", fmt.Sprintf("%s is in use and can't be taken away", prefix),
				"Pod subnets were cut out of it, for life. Keep %s in the list; further ranges may be added.", prefix)
		}
	}
}

func (r *resolver) podCIDRs() []string {
	if r.spec.Network.Pods == nil {
		return nil
	}
	return r.spec.Network.Pods.CIDRs
}

// heldPodRanges are ranges of this cluster that pods had once.
func (r *resolver) heldPodRanges() []netip.Prefix {
	var ranges []netip.Prefix
	for _, key := range slices.Sorted(maps.Keys(r.held)) {
		if strings.HasPrefix(key, podRangePrefix) {
			ranges = append(ranges, parsed([]string{r.held[key]})...)
		}
	}
	return ranges
}

func podSubnetRanges(ranges []netip.Prefix) []cidr.SubnetRange {
	list := make([]cidr.SubnetRange, len(ranges))
	for i, prefix := range ranges {
		list[i] = cidr.SubnetRange{Name: podsRangeName, CIDR: prefix, Path: "network.pods.cidrs"}
	}
	return list
}

// prefixReservations are the parts of a pod subnet that only prefixes may
// take: all but a first block, which is left for the addresses of interfaces.
// Scattered single addresses would leave no contiguous /28 for a prefix.
// Source: amazon-vpc-cni-k8s#2749; EC2 CreateSubnetCidrReservation, 2026-08.
func prefixReservations(subnet netip.Prefix, primaries int) []string {
	if !subnet.Addr().Is4() || subnet.Bits() >= 27 {
		return nil
	}
	free := min(bitsFor(2*primaries), subnet.Bits()+6) // at least a 64th
	var reservations []string
	for bits := subnet.Bits() + 1; bits <= free; bits++ {
		lower := netip.PrefixFrom(subnet.Addr(), bits)
		if upper, ok := cidr.Buddy(lower); ok {
			reservations = append(reservations, upper.String())
		}
	}
	slices.Sort(reservations)
	return reservations
}

// parsed returns the ranges among texts that are ranges.
func parsed(texts []string) []netip.Prefix {
	var ranges []netip.Prefix
	for _, text := range texts {
		if prefix, err := cidr.Parse(text); err == nil {
			ranges = append(ranges, prefix)
		}
	}
	return sortedRanges(ranges)
}

func sortedRanges(ranges []netip.Prefix) []netip.Prefix {
	ranges = slices.Clone(ranges)
	slices.SortFunc(ranges, cidr.Compare)
	return slices.Compact(ranges)
}

func textOf(ranges []netip.Prefix) string {
	texts := make([]string, len(ranges))
	for i, prefix := range ranges {
		texts[i] = prefix.String()
	}
	return strings.Join(texts, ", ")
}
