package blueprint

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// capacity reports how far the design carries. waits names the unknown input
// without which it can't be told.
func (r *resolver) capacity() (capacity CapacityReport, waits string) {
	capacity.MonthsToExhaustion = -1
	network := r.design.Network
	if network == nil {
		return capacity, ""
	}
	if plane := r.design.ControlPlane; plane != nil && IsUnknown(plane.PodCIDR) {
		return capacity, unknownPath(plane.PodCIDR)
	}
	for _, subnet := range network.Subnets {
		if IsUnknown(subnet.CIDR) {
			return CapacityReport{MonthsToExhaustion: -1}, unknownPath(subnet.CIDR)
		}
	}
	tiers := r.tierCapacities(*network)
	for _, tier := range tiers {
		capacity.AddressesTotal += tier.usable
		capacity.AddressesAtMax += tier.need
	}
	r.countPods(&capacity)
	r.countAddressable(&capacity, tiers)
	if capacity.AddressesTotal > 0 {
		capacity.HeadroomPercent = max(0, capacity.AddressesTotal-capacity.AddressesAtMax) * 100 / capacity.AddressesTotal
	}
	capacity.BlocksFree = freePercent(*network, r.held)
	r.project(&capacity, tiers)
	return capacity, ""
}

// tierCapacity is one tier in one zone.
type tierCapacity struct {
	key    string
	usable int
	need   int // addresses with every pool at its maximum, and updating
	nodes  int // nodes behind that need
}

func (r *resolver) tierCapacities(network NetworkDesign) []tierCapacity {
	var tiers []tierCapacity
	zones := network.Zones
	if network.Cloud == CloudAzure {
		zones = []string{spanning}
	}
	for _, zone := range zones {
		zoneNeed := r.demand.zones[zone]
		for _, tier := range []struct {
			name string
			need int
		}{{TierNodes, zoneNeed.node}, {TierPods, zoneNeed.pod}} {
			key := subnetKey(tier.name, zone)
			if prefix, err := cidr.Parse(network.Subnets[key].CIDR); err == nil {
				tiers = append(tiers, tierCapacity{key, usableAddresses(prefix.Bits()), tier.need, zoneNeed.nodes})
			}
		}
		if plane := r.design.ControlPlane; plane != nil && plane.PodCIDR != "" {
			if prefix, err := cidr.Parse(plane.PodCIDR); err == nil {
				tiers = append(tiers, tierCapacity{TierPods, cidr.OverlayNodes(prefix) * overlayNodeRange, zoneNeed.pod, zoneNeed.nodes})
			}
		}
	}
	return tiers
}

// countPods counts nodes and pods with every pool at its maximum.
func (r *resolver) countPods(capacity *CapacityReport) {
	for _, pool := range r.demand.pools {
		for _, nodes := range pool.shares {
			capacity.Nodes += nodes
			if pool.pods < math.MaxInt {
				capacity.Pods += nodes * pool.pods
			}
		}
	}
}

// countAddressable scales nodes and pods to what the tightest tier of each
// zone can address. Without pools there is nothing to scale by.
func (r *resolver) countAddressable(capacity *CapacityReport, tiers []tierCapacity) {
	if capacity.Nodes == 0 {
		return
	}
	byZone := map[string]int{}
	for _, tier := range tiers {
		_, zone, _ := strings.Cut(tier.key, "-")
		if tier.need == 0 {
			continue
		}
		nodes := int(int64(tier.usable) * int64(tier.nodes) / int64(tier.need))
		if known, ok := byZone[zone]; !ok || nodes < known {
			byZone[zone] = nodes
		}
	}
	for _, nodes := range byZone {
		capacity.NodesAddressable += nodes
	}
	capacity.PodsAddressable = int(int64(capacity.NodesAddressable) * int64(capacity.Pods) / int64(capacity.Nodes))
}

// freePercent is the share of the network's range that no key holds.
func freePercent(network NetworkDesign, held map[string]string) int {
	whole, err := cidr.Parse(network.CIDR)
	if err != nil || whole.Bits() > 28 || !whole.Addr().Is4() {
		return 0
	}
	taken := 0
	for key, text := range held {
		prefix, err := cidr.Parse(text)
		if err == nil && strings.HasPrefix(key, subnetKeyPrefix) && cidr.Contains(whole, prefix) {
			taken += 1 << (32 - prefix.Bits())
		}
	}
	total := 1 << (32 - whole.Bits())
	return max(0, total-taken) * 100 / total
}

// mostMonths bounds the search for exhaustion: fifty years.
const mostMonths = 600

// project grows today's need month by month, and judges when it no longer fits.
func (r *resolver) project(capacity *CapacityReport, tiers []tierCapacity) {
	spec := r.spec.Capacity
	if spec == nil {
		capacity.NeedYears1To2, capacity.NeedYears2To5 = capacity.AddressesAtMax, capacity.AddressesAtMax
		return
	}
	rate := spec.GrowthPerYear
	if !(rate >= 0) {
		rate = 0
	}
	rate = min(rate, 10)
	horizon := horizonYears(spec)
	capacity.NeedYears1To2 = grown(capacity.AddressesAtMax, rate, 24)
	capacity.NeedYears2To5 = grown(capacity.AddressesAtMax, rate, 12*min(horizon, 5))
	tightest := r.exhaustion(capacity, tiers, rate)
	start, err := time.Parse("2006-01", spec.Start)
	switch {
	case capacity.MonthsToExhaustion < 0:
	case IsUnknown(spec.Start):
		capacity.ExhaustedIn = Unknown(unknownPath(spec.Start))
	case err == nil:
		capacity.ExhaustedIn = start.AddDate(0, capacity.MonthsToExhaustion, 0).Format("2006-01")
	}
	r.judgeExhaustion(*capacity, tightest, horizon)
}

// exhaustion finds the first month in which some subnet no longer holds what
// is needed, and that subnet.
func (r *resolver) exhaustion(capacity *CapacityReport, tiers []tierCapacity, rate float64) string {
	if rate == 0 {
		return ""
	}
	for month := range mostMonths + 1 {
		at := slices.IndexFunc(tiers, func(t tierCapacity) bool { return grown(t.need, rate, month) > t.usable })
		if at >= 0 {
			capacity.MonthsToExhaustion = month
			return tiers[at].key
		}
	}
	return ""
}

// grown is need after so many months at a yearly rate, rounded up.
func grown(need int, rate float64, months int) int {
	result := float64(need) * math.Pow(1+rate, float64(months)/12)
	return int(math.Ceil(min(result, 1e15) - 1e-6))
}

func (r *resolver) judgeExhaustion(capacity CapacityReport, key string, horizon int) {
	months := capacity.MonthsToExhaustion
	if months < 0 || months > 12*horizon || r.cramped {
		return // said already where the layout was made
	}
	summary := fmt.Sprintf("addresses run out after %s", plural(months, "month"))
	when := ""
	if capacity.ExhaustedIn != "" && !IsUnknown(capacity.ExhaustedIn) {
		when = " in " + capacity.ExhaustedIn
	}
	todo := fmt.Sprintf("%s is full%s at the stated growth. A subnet can't be resized: plan larger tiers before the first apply, add a zone, or plan a second cluster.", key, when)
	if months <= 12 {
		r.report.relax("capacity", "capacity-year-1", summary, "%s", todo)
		return
	}
	r.report.warn("capacity", "capacity-horizon", summary, "%s", todo)
}
