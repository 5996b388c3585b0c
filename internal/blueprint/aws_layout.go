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

// tierPlan is one tier of the network's own range: where it stands and how
// large its subnets may be. A smaller number of bits is a larger subnet.
type tierPlan struct {
	name  string
	zones []string
	fixed int // given by the spec or by the subnets that stand; else 0
	roomy int // wanted where the network is large
	need  int // what the horizon needs
	hard  int // what the pools need now: never smaller
}

// mostZones is how many zones a default layout leaves room for.
const mostZones = 6

// planNetwork places the subnet of every tier and zone in the network's own
// range. It first tries generous sizes with room for zones to come, then
// gives up generosity, then the room, and growth last.
func (r *resolver) planNetwork(network netip.Prefix, tiers []tierPlan) map[string]netip.Prefix {
	ranges := []cidr.SubnetRange{{Name: networkRangeName, CIDR: network, Path: "network.cidr"}}
	standing := r.priorRanges([]netip.Prefix{network}, r.tierRequests(tiers, 0, nil))
	settled := r.tierRequests(tiers, 0, func(tierPlan) int { return 0 })
	settled = slices.DeleteFunc(settled, func(request cidr.SubnetRequest) bool {
		_, stands := standing[request.Key]
		return !stands && standing[request.MovedFrom] == (netip.Prefix{}) && !request.CIDR.IsValid()
	})
	plan, problems := cidr.PlanSubnets(ranges, sized(settled, 0), standing)
	if cidr.HasErrors(problems) {
		r.reportLayout("subnets", problems)
		return plan.Subnets
	}
	for _, attempt := range layoutAttempts(len(r.zones)) {
		requests := r.tierRequests(tiers, attempt.zones, attempt.bits)
		if plan, problems = cidr.PlanSubnets(ranges, requests, standing); len(problems) == 0 {
			return plan.Subnets
		}
	}
	if !problemsAreOfSize(problems) {
		r.reportLayout("subnets", problems)
		return plan.Subnets
	}
	r.reportNetworkTooSmall(network, tiers, standing)
	return plan.Subnets
}

// reportLayout takes over the planner's problems; a pin is an attribute itself.
func (r *resolver) reportLayout(rule string, problems []cidr.Problem) {
	for _, problem := range problems {
		if strings.HasPrefix(problem.Path, "pins[") {
			problem.Path = strings.TrimSuffix(problem.Path, ".cidr")
		}
		r.report.judged(rule, problem)
	}
}

// layoutAttempt is one way to size the tiers.
type layoutAttempt struct {
	zones int // room for so many zones
	bits  func(tierPlan) int
}

// layoutAttempts are the ways to size the tiers of a network, best first.
func layoutAttempts(zones int) []layoutAttempt {
	var attempts []layoutAttempt
	for shrink := 0; shrink <= 12; shrink++ {
		for room := max(mostZones, zones); room > zones; room-- {
			attempts = append(attempts, layoutAttempt{room, func(t tierPlan) int { return min(t.need, t.roomy+shrink) }})
		}
	}
	for shrink := 0; shrink <= 12; shrink++ {
		attempts = append(attempts, layoutAttempt{zones, func(t tierPlan) int { return min(t.hard, t.need+shrink) }})
	}
	return attempts
}

// tierRequests asks for the subnets of all tiers; bits sizes those that have
// no settled size. Further zones, up to room, are held.
func (r *resolver) tierRequests(tiers []tierPlan, room int, bits func(tierPlan) int) []cidr.SubnetRequest {
	var requests []cidr.SubnetRequest
	for _, tier := range tiers {
		length := tier.fixed
		if length == 0 && bits != nil {
			length = bits(tier)
		}
		for _, zone := range tier.zones {
			request := r.subnetRequest(tier.name, zone, networkRangeName)
			if r.givenSubnet(subnetKey(tier.name, zone)) != "" && !r.insideNetwork(request.CIDR) {
				continue // it stands, and takes no room that is to be given
			}
			request.Bits = cmp.Or(request.Bits, length)
			requests = append(requests, request)
		}
		if slices.Contains(tier.zones, spanning) {
			continue // the subnet serves zones to come as well
		}
		for i := len(r.zones); i < room && len(tier.zones) > 0; i++ {
			requests = append(requests, cidr.SubnetRequest{
				Key: fmt.Sprintf("%s-~%d", tier.name, i), Bits: length, In: networkRangeName, Hold: true,
			})
		}
	}
	return requests
}

// insideNetwork tells whether a range is part of the network's own.
func (r *resolver) insideNetwork(prefix netip.Prefix) bool {
	network, err := cidr.Parse(r.spec.Network.CIDR)
	return err == nil && prefix.IsValid() && cidr.Contains(network, prefix)
}

// subnetRequest asks for one subnet: its pin, or the range that it has.
func (r *resolver) subnetRequest(tier, zone, in string) cidr.SubnetRequest {
	key := subnetKey(tier, zone)
	request := cidr.SubnetRequest{Key: key, In: in, Path: at("network.tiers", tier)}
	if old := r.spec.Network.Tiers[tier].MovedFrom; old != "" {
		request.MovedFrom = subnetKey(old, zone)
	}
	if prefix, ok := r.standingRange(key); ok {
		request.Bits = prefix.Bits()
	} else if prefix, ok := r.standingRange(request.MovedFrom); ok {
		request.Bits = prefix.Bits()
	}
	if pin, ok := r.spec.Pins[subnetKeyPrefix+key]; ok {
		if prefix, err := cidr.Parse(pin); err == nil {
			request.CIDR, request.Bits, request.Path = prefix, prefix.Bits(), at("pins", subnetKeyPrefix+key)
		}
	}
	return request
}

// sized gives requests without a length that one.
func sized(requests []cidr.SubnetRequest, bits int) []cidr.SubnetRequest {
	requests = slices.Clone(requests)
	for i := range requests {
		requests[i].Bits = cmp.Or(requests[i].Bits, bits)
	}
	return requests
}

// standingRange is the range that a subnet key has, or had once.
func (r *resolver) standingRange(key string) (netip.Prefix, bool) {
	if key == "" || r.replaced["network"] {
		return netip.Prefix{}, false
	}
	text := r.held[subnetKeyPrefix+key]
	if subnet, ok := r.priorNetwork().Subnets[key]; ok && subnet.CIDR != "" {
		text = subnet.CIDR
	}
	prefix, err := cidr.Parse(text)
	return prefix, err == nil
}

// priorRanges are the ranges that subnet keys have or had, for the planner.
// Those outside every range concern it only where they are asked for.
func (r *resolver) priorRanges(ranges []netip.Prefix, requests []cidr.SubnetRequest) map[string]netip.Prefix {
	prior := map[string]netip.Prefix{}
	keys := slices.Collect(maps.Keys(r.priorNetwork().Subnets))
	for key := range r.held {
		if name, ok := strings.CutPrefix(key, subnetKeyPrefix); ok {
			keys = append(keys, name)
		}
	}
	asked := map[string]bool{}
	for _, request := range requests {
		asked[request.Key] = true
	}
	for _, key := range keys {
		prefix, ok := r.standingRange(key)
		inside := slices.ContainsFunc(ranges, func(outer netip.Prefix) bool { return cidr.Contains(outer, prefix) })
		if ok && (inside || asked[key]) {
			prior[key] = prefix
		}
	}
	return prior
}

// standingBits is the length of a tier's subnets that stand, 0 without any.
// New zones of the tier get the same.
func (r *resolver) standingBits(tier string) int {
	moved := r.spec.Network.Tiers[tier].MovedFrom
	bits := 0
	subnets := r.priorNetwork().Subnets
	for _, key := range slices.Sorted(maps.Keys(subnets)) {
		if name := subnets[key].Tier; name != tier && (moved == "" || name != moved) {
			continue
		}
		if prefix, ok := r.standingRange(key); ok && (bits == 0 || prefix.Bits() < bits) {
			bits = prefix.Bits()
		}
	}
	return bits
}

// reportNetworkTooSmall says what is needed, what there is, and which prefix
// length would do.
func (r *resolver) reportNetworkTooSmall(network netip.Prefix, tiers []tierPlan, standing map[string]netip.Prefix) {
	r.cramped = true
	smallest := func(t tierPlan) int { return t.hard }
	requests := r.tierRequests(tiers, 0, smallest)
	needed := 0
	var parts []string
	for _, tier := range tiers {
		bits := cmp.Or(tier.fixed, tier.hard)
		if len(tier.zones) > 0 {
			parts = append(parts, fmt.Sprintf("%s %d × /%d", tier.name, len(tier.zones), bits))
		}
	}
	for _, request := range requests {
		needed += 1 << (32 - clamp(request.Bits, 8, 32))
	}
	held := ""
	if len(standing) > 0 {
		held = " Ranges of subnets that stand, and of keys that were removed, are not given to others."
	}
	largest, _ := r.subnetSizes()
	todo := fmt.Sprintf("A %s range is a /%d at most: lower max_size, use fewer pools, or build a second cluster.", r.words().network, largest)
	for bits := network.Bits() - 1; bits >= largest; bits-- {
		grown := cidr.Grown(network, bits)
		ranges := []cidr.SubnetRange{{Name: networkRangeName, CIDR: grown}}
		if _, problems := cidr.PlanSubnets(ranges, requests, nil); !cidr.HasErrors(problems) {
			todo = fmt.Sprintf("A /%d would hold it; where the network stands already, lower max_size, remove a tier, or give a tier a longer prefix_length.", bits)
			break
		}
	}
	r.report.fail("network.cidr", "network-too-small",
		fmt.Sprintf("%s has %d addresses, and the subnets need %d", network, 1<<(32-network.Bits()), needed),
		"Needed at the least: %s.%s %s", strings.Join(parts, ", "), held, todo)
}
